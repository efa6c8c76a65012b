/* What features compile to: one part for what means the same, and hashes that change with what decides. */
#include "support/check_main.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "support/feature_front.h"
#include "support/memdisk.h"

static feature_front front;

static void set_up(void)
{
    feature_front_begin(&front);
}

static void tear_down(void)
{
    feature_front_end(&front);
}

static const ca_feature_tally *tally_of(const ca_feature_term *term)
{
    return &front.set->tallies[term->tally];
}

START_TEST(a_share_rests_on_its_whole)
{
    ck_assert_str_eq(feature_front_with(&front, "where: units > 0\nshare: count(where paid > 1) / count()\n"), "");
    const ca_feature *feature = feature_front_only(&front);
    ck_assert_int_eq(feature->form, CA_FEATURE_SHARE);
    ck_assert_int_eq(feature->transform, CA_TRANSFORM_SHARE);
    ck_assert_int_eq(feature->direction, CA_DIRECTION_MORE);
    ck_assert_int_eq(feature->minimum, 5);
    ck_assert(feature->has_denominator);
    ck_assert_uint_eq(feature->exposure.tally, feature->denominator.tally);
    ck_assert_uint_ne(feature->where, CA_NO_INDEX);
    ck_assert_uint_ne(tally_of(&feature->numerator)->where, feature->where);
    ck_assert_uint_eq(tally_of(&feature->denominator)->where, CA_NO_INDEX);
    ck_assert_uint_eq(front.set->condition_count, 2);
    ck_assert_uint_eq(front.set->tally_count, 2);
}
END_TEST

START_TEST(other_features_rest_on_lines)
{
    ck_assert_str_eq(feature_front_with(&front, "value: top_share(sum(paid), drug where units > 0)\n"), "");
    const ca_feature *feature = feature_front_only(&front);
    ck_assert_int_eq(feature->exposure.reduce, CA_REDUCE_TOTAL);
    ck_assert_uint_eq(tally_of(&feature->exposure)->where, tally_of(&feature->numerator)->where);
    ck_assert_uint_eq(tally_of(&feature->exposure)->number, CA_NO_INDEX);
    ck_assert_uint_eq(tally_of(&feature->exposure)->key, CA_NO_INDEX);
    ck_assert_int_eq(feature->transform, CA_TRANSFORM_SHARE);
    ck_assert_str_eq(feature_front_with(&front, "ratio: sum(charge) / sum(paid)\n"), "");
    feature = feature_front_only(&front);
    ck_assert_uint_eq(tally_of(&feature->exposure)->number, CA_NO_INDEX);
    ck_assert_int_eq(feature->transform, CA_TRANSFORM_LOG);
}
END_TEST

START_TEST(numbers_are_sums_of_columns)
{
    ck_assert_str_eq(feature_front_with(&front, "value: sum(2 * (charge - 3 * paid) + units - -1.5)\n"), "");
    const ca_feature_number *number = &front.set->numbers[tally_of(&feature_front_only(&front)->numerator)->number];
    ck_assert_uint_eq(number->count, 3);
    ck_assert_uint_eq(number->column[0], CA_F_UNITS);
    ck_assert_int_eq(number->factor[0], 1);
    ck_assert_uint_eq(number->column[1], CA_F_CHARGE);
    ck_assert_int_eq(number->factor[1], 2);
    ck_assert_uint_eq(number->column[2], CA_F_PAID);
    ck_assert_int_eq(number->factor[2], -6);
    ck_assert_int_eq(number->constant, 15000);
    ck_assert(number->money);
    ck_assert_str_eq(feature_front_with(&front, "value: sum(days_between(service_date, paid_date) + days_supply)\n"), "");
    number = &front.set->numbers[tally_of(&feature_front_only(&front)->numerator)->number];
    ck_assert_uint_eq(number->count, 3);
    ck_assert_uint_eq(number->column[0], CA_F_PAID_DATE);
    ck_assert_int_eq(number->factor[0], 10000);
    ck_assert_uint_eq(number->column[1], CA_F_SERVICE_DATE);
    ck_assert_int_eq(number->factor[1], -10000);
    ck_assert_int_eq(number->factor[2], 10000);
    ck_assert(!number->money);
}
END_TEST

START_TEST(terms_say_how_weights_are_reduced)
{
    ck_assert_str_eq(feature_front_with(&front, "value: top_share(3, sum(paid), drug, quantity)\n"), "");
    const ca_feature_term *term = &feature_front_only(&front)->numerator;
    ck_assert_int_eq(term->reduce, CA_REDUCE_TOP_SHARE);
    ck_assert_uint_eq(term->top, 3);
    ck_assert_uint_eq(front.set->keys[tally_of(term)->key].count, 2);
    ck_assert_str_eq(feature_front_with(&front, "value: groups(sum(paid) >= 12.5, drug)\n"), "");
    term = &feature_front_only(&front)->numerator;
    ck_assert_int_eq(term->reduce, CA_REDUCE_GROUPS);
    ck_assert(term->limited);
    ck_assert_int_eq(term->compare, CA_GE);
    ck_assert_int_eq(term->limit, 125000);
    ck_assert_str_eq(feature_front_with(&front, "value: groups(distinct(prescriber_id) > 2, patient_id)\n"), "");
    term = &feature_front_only(&front)->numerator;
    ck_assert_int_eq(term->limit, 2);
    ck_assert_uint_ne(tally_of(term)->once, CA_NO_INDEX);
    ck_assert_uint_ne(tally_of(term)->once, tally_of(term)->key);
    ck_assert_str_eq(feature_front_with(&front, "ratio: sum(paid) / (365 * count())\n"), "");
    ck_assert_int_eq(feature_front_only(&front)->denominator.factor, 365);
    ck_assert_int_eq(feature_front_only(&front)->exposure.factor, 1);
}
END_TEST

#define TWO(first, second)                                                                                                 \
    "features:\n"                                                                                                          \
    "  - {feature: one, version: 1, title: T, status: draft, entity: pharmacy, direction: more, say: \"{value}\", " first "}\n" \
    "  - {feature: two, version: 1, title: T, status: draft, entity: pharmacy, direction: more, say: \"{value}\", " second "}\n"

static const struct {
    const char *source;
    size_t conditions, numbers, keys, tallies;
} shared[] = {
    /* The default exposure of both is a tally of its own. */
    {TWO("value: \"sum(paid + charge where units > 1)\"", "value: \"max(charge + paid where units > 1)\""), 1, 1, 0, 2},
    {TWO("value: \"distinct(drug, patient_id)\"", "value: \"concentration(patient_id, drug)\""), 0, 0, 1, 2},
    {TWO("value: \"sum(paid where units > 1)\"", "value: \"sum(paid where units > 2)\""), 2, 1, 0, 4},
    {TWO("value: \"sum(paid - charge)\"", "value: \"sum(charge - paid)\""), 0, 2, 0, 3},
    {TWO("value: \"count(where hit('US-0101'))\"", "value: \"count(where hit('US-0102'))\""), 2, 0, 0, 2},
    {TWO("value: \"count(where hit('US-0101'))\"", "value: \"count(where hit('US-0101'))\""), 1, 0, 0, 1},
};

START_TEST(what_means_the_same_is_one)
{
    ck_assert_str_eq(feature_front_load(&front, shared[_i].source), "");
    ck_assert_uint_eq(front.set->count, 2);
    ck_assert_uint_eq(front.set->condition_count, shared[_i].conditions);
    ck_assert_uint_eq(front.set->number_count, shared[_i].numbers);
    ck_assert_uint_eq(front.set->key_count, shared[_i].keys);
    ck_assert_uint_eq(front.set->tally_count, shared[_i].tallies);
}
END_TEST

START_TEST(hits_have_their_places)
{
    ck_assert_str_eq(feature_front_load(&front, TWO("value: \"count(where hit('US-0102'))\"",
                                                    "value: \"count(where not hit('US-0101') or hit('US-0102'))\"")), "");
    ck_assert_uint_eq(front.set->hit_count, 2);
    ck_assert_str_eq(front.set->hits[0], "US-0101");
    ck_assert_str_eq(front.set->hits[1], "US-0102");
    const ca_node *first = front.set->conditions[0];
    const ca_node *either = front.set->conditions[1];
    ck_assert_uint_eq(first->hit, 1);
    ck_assert_uint_eq(either->args[0]->args[0]->hit, 0);
    ck_assert_uint_eq(either->args[1]->hit, 1);
}
END_TEST

/* --- Sets ------------------------------------------------------------------------------------- */

#define FEATURE(id, entity, keys)                                                                                        \
    "  - {feature: " id ", version: 1, title: T, entity: " entity ", direction: more, say: \"{value}\", tests: [], " keys "}\n"

START_TEST(active_features_come_before_drafts_by_entity)
{
    ck_assert_str_eq(feature_front_load(&front, "features:\n" FEATURE("b", "patient", "value: count()")
                     FEATURE("a", "patient", "status: draft, value: sum(paid)") FEATURE("c", "provider", "value: count()")
                     FEATURE("aa", "patient", "value: distinct(drug)")),
                     "");
    const ca_featureset *set = front.set;
    ck_assert_uint_eq(set->count, 4);
    ck_assert_str_eq(set->features[0]->id, "c");
    ck_assert_str_eq(set->features[1]->id, "aa");
    ck_assert_str_eq(set->features[2]->id, "b");
    ck_assert_str_eq(set->features[3]->id, "a");
    ck_assert_uint_eq(set->first[CA_ENTITY_PATIENT], 1);
    ck_assert_uint_eq(set->active[CA_ENTITY_PATIENT], 2);
    ck_assert_uint_eq(set->active[CA_ENTITY_PHARMACY], 0);
    ck_assert_uint_eq(set->first[CA_ENTITIES], 4);
    ck_assert(set->columns[CA_F_DRUG] && set->columns[CA_F_PATIENT_ID] && set->columns[CA_F_SEX]);
    ck_assert(!set->columns[CA_F_PAID]);    /* of a draft */
    ck_assert(!set->columns[ca_schema_provider(CA_ROLE_PHARMACY, CA_F_SPECIALTY)]);    /* facts say it, not lines */
}
END_TEST

START_TEST(twins_are_told)
{
    ck_assert_str_eq(feature_front_load(&front, "features:\n" FEATURE("b", "patient", "value: sum(paid + charge)")
                     FEATURE("a", "patient", "value: sum(charge + paid)")),
                     "2:5: warning: b measures exactly what a does; leave one of them out\n");
}
END_TEST

static void hash_with(const char *keys, uint8_t ret_logic[32], uint8_t ret_text[32])
{
    ck_assert_str_eq(feature_front_with(&front, keys), "");
    memcpy(ret_logic, feature_front_only(&front)->logic_hash, 32);
    memcpy(ret_text, feature_front_only(&front)->text_hash, 32);
}

static const char *const variants[] = {
    "value: sum(paid where units > 1)\n",
    "value: sum(paid where units > 2)\n",
    "value: sum(charge where units > 1)\n",
    "value: max(paid where units > 1)\n",
    "value: sum(paid where units > 1)\nminimum: 6\n",
    "value: sum(paid where units > 1)\ntransform: plain\n",
    "value: sum(paid where units > 1)\nexposure: count()\n",
    "value: sum(paid where units > 1)\nwhere: units > 0\n",
    "value: top_share(drug)\n",
    "value: top_share(2, drug)\n",
    "value: top_share(drug, patient_id)\n",
    "value: groups(count() > 2, drug)\n",
    "value: groups(count() >= 2, drug)\n",
    "value: busiest(distinct(drug), service_date)\n",
    "value: busiest(distinct(patient_id), service_date)\n",
    "ratio: sum(paid) / count()\n",
    "ratio: sum(paid) / count()\nmoney: yes\n",
    "ratio: sum(paid) / (2 * count())\n",
    "share: count(where units > 1) / count()\n",
    "value: count(where hit('US-0101'))\n",
    "value: count(where hit('US-0102'))\n",
};

#define VARIANTS (sizeof(variants) / sizeof(variants[0]))

START_TEST(what_decides_changes_the_logic)
{
    uint8_t logic[VARIANTS][32];
    uint8_t text[32];
    for (size_t i = 0; i < VARIANTS; i++) {
        hash_with(variants[i], logic[i], text);
        for (size_t k = 0; k < i; k++)
            ck_assert_msg(memcmp(logic[i], logic[k], 32) != 0, "%s%s", variants[i], variants[k]);
    }
}
END_TEST

START_TEST(words_do_not)
{
    uint8_t one[32], other[32], text[32], other_text[32];
    hash_with("value: sum(paid where units > 1)\n", one, text);
    hash_with("value: sum( paid where (units > 1) )\ndescription: words\nexposes: more words\n", other, other_text);
    ck_assert_mem_eq(one, other, 32);
    ck_assert(memcmp(text, other_text, 32) != 0);
}
END_TEST

START_TEST(the_digest_is_of_active_features)
{
    uint8_t one[32];
    ck_assert_str_eq(feature_front_load(&front, "features:\n" FEATURE("a", "patient", "value: count()")), "");
    memcpy(one, front.set->digest, 32);
    ck_assert_str_eq(feature_front_load(&front, "features:\n" FEATURE("a", "patient", "value: count()")
                                                    FEATURE("b", "patient", "status: draft, value: sum(paid)")), "");
    ck_assert_mem_eq(one, front.set->digest, 32);
    ck_assert_str_eq(feature_front_load(&front, "features:\n" FEATURE("a", "patient", "value: count()")
                                                    FEATURE("b", "patient", "value: sum(paid)")), "");
    ck_assert(memcmp(one, front.set->digest, 32) != 0);
}
END_TEST

/* --- Lines and words -------------------------------------------------------------------------- */

#define LINE "feature: a-line\nversion: 1\ntitle: A title\nstatus: draft\nentity: line\n"

START_TEST(a_line_falls_back_to_all_lines)
{
    ck_assert_str_eq(feature_front_load(&front, LINE "surprise: paid / units\ndirection: both\ngiven: [[drug, region], [drug]]\n"
                                                     "say: \"{{{value|money}}} of {drug}, {peer}\"\n"), "");
    const ca_feature *feature = feature_front_only(&front);
    const ca_feature_line *line = &feature->line;
    ck_assert_int_eq(line->form, CA_LINE_NUMBER);
    ck_assert_uint_ne(line->above, CA_NO_INDEX);
    ck_assert_uint_ne(line->below, CA_NO_INDEX);
    ck_assert_uint_eq(line->cell_count, 3);
    ck_assert_uint_eq(front.set->keys[line->cells[0]].count, 2);
    ck_assert_uint_eq(front.set->keys[line->cells[1]].count, 1);
    ck_assert_uint_eq(line->cells[2], CA_NO_INDEX);
    ck_assert_int_eq(feature->minimum, 50);
    ck_assert_uint_eq(feature->say_count, 6);
    ck_assert_uint_eq(feature->say[0].text.len, 1);
    ck_assert_int_eq(feature->say[1].word, CA_SAY_VALUE);
    ck_assert_int_eq(feature->say[1].format, CA_FORMAT_MONEY);
    ck_assert(ca_text_is(feature->say[2].text, "} of "));
    ck_assert_int_eq(feature->say[3].word, CA_SAY_COLUMN);
    ck_assert_uint_eq(feature->say[3].column, CA_F_DRUG);
    ck_assert_int_eq(feature->say[5].word, CA_SAY_PEER);
}
END_TEST

START_TEST(a_line_surprises_by_code_or_condition)
{
    ck_assert_str_eq(feature_front_load(&front, LINE "surprise: drug\nsay: \"{value}\"\n"), "");
    ck_assert_int_eq(feature_front_only(&front)->line.form, CA_LINE_CODE);
    ck_assert_uint_eq(feature_front_only(&front)->line.column, CA_F_DRUG);
    ck_assert_uint_eq(feature_front_only(&front)->line.cell_count, 1);
    ck_assert_int_eq(feature_front_only(&front)->say[0].format, CA_FORMAT_PERCENT);
    ck_assert_str_eq(feature_front_load(&front, LINE "surprise: is_weekend(service_date)\nsay: \"{value}\"\n"), "");
    ck_assert_int_eq(feature_front_only(&front)->line.form, CA_LINE_CONDITION);
    ck_assert_uint_eq(feature_front_only(&front)->line.condition, 0);
    ck_assert_str_eq(feature_front_load(&front, LINE "surprise: \"not hit('US-0101')\"\nsay: \"{value}\"\n"), "");
    ck_assert_int_eq(feature_front_only(&front)->line.form, CA_LINE_CONDITION);
}
END_TEST

/* --- Files ------------------------------------------------------------------------------------ */

START_TEST(folders_called_features_are_read)
{
    static const struct {
        const char *path;
        const char *id;
    } files[] = {{"pack/features/a.yaml", "a"}, {"pack/sub/features/more/b.yaml", "b"}, {"pack/other/c.yaml", NULL},
                 {"pack/features/US-0101.yaml", NULL}, {"pack/features/sets.yaml", NULL}, {"pack/features/notes.txt", NULL},
                 {"pack/features/.d.yaml", NULL}};
    ca_diags diags;
    ca_arena texts;
    char source[300];
    memdisk *memory = memdisk_new();
    ca_arena_init(&texts);
    ca_diags_init(&diags, &texts);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        snprintf(source, sizeof(source), "feature: %s\nversion: 1\ntitle: T\nstatus: draft\nentity: patient\nvalue: count()\n"
                 "direction: more\nsay: \"{value}\"\n", files[i].id ? files[i].id : "none");
        memdisk_put(memory, files[i].path, source, strlen(source));
    }
    ck_assert_str_eq(feature_front_load(&front, "features: []\n"), "");
    ck_assert_int_eq(ca_featureset_add_folder(front.set, memdisk_disk(memory), "pack/", false, &diags, NULL), 0);
    ck_assert_uint_eq(diags.count, 0);
    ck_assert_uint_eq(front.set->count, 2);
    ck_assert_ptr_nonnull(ca_featureset_find(front.set, CA_TEXT("a")));
    ck_assert_ptr_nonnull(ca_featureset_find(front.set, CA_TEXT("b")));
    /* Again: the same is no other pack's, unless it may replace. */
    ck_assert_int_eq(ca_featureset_add_file(front.set, memdisk_disk(memory), "pack/features/a.yaml", false, &diags, NULL), 0);
    ck_assert_uint_eq(diags.errors, 1);
    ck_assert_int_eq(ca_featureset_add_file(front.set, memdisk_disk(memory), "pack/features/a.yaml", true, &diags, NULL), 0);
    ck_assert_uint_eq(diags.errors, 1);
    ck_assert_uint_eq(front.set->count, 2);
    ca_diags_done(&diags);
    ca_arena_done(&texts);
    memdisk_free(memory);
}
END_TEST

START_TEST(files_are_told_by_their_folder)
{
    ca_arena arena;
    bool is = false;
    static const struct {
        const char *path;
        bool is;
    } files[] = {{"features/a.yaml", true}, {"x/features/a.yaml", true}, {"x/features/US-0101.yaml", false},
                 {"features/x/a.yaml", false}, {"a.yaml", false}, {"x/features/a.txt", false}};
    ca_arena_init(&arena);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        ck_assert_int_eq(ca_is_feature_file(&arena, files[i].path, &is, NULL), 0);
        ck_assert_msg(is == files[i].is, "%s", files[i].path);
    }
    ck_assert(ca_is_feature_folder("x/features//"));
    ck_assert(!ca_is_feature_folder("features/x"));
    ck_assert(!ca_is_feature_folder(""));
    ca_arena_done(&arena);
}
END_TEST

START_TEST(memory_may_run_out)
{
    const ca_ruleset *rules = rule_front_set(front.world);
    const char *source = TWO("where: units > 1, share: \"count(where drug in ('00000000001')) / count()\"",
                             "value: \"busiest(sum(paid), drug, patient_id)\"");
    int code = CA_NOMEM;
    for (uint64_t n = 1; code == CA_NOMEM && n < 500; n++) {
        ca_featureset *set = NULL;
        ca_diags diags;
        ca_arena texts;
        ca_arena_init(&texts);
        ca_diags_init(&diags, &texts);
        ca_alloc_fail(n, 1);
        code = ca_featureset_new(rules->schema, rules->codes, rules->refs, rules->vocabulary, &set, NULL);
        if (code == 0)
            code = ca_featureset_add_source(set, "some.yaml", ca_text_of(source), false, &diags, NULL);
        if (code == 0)
            code = ca_featureset_finish(set, NULL, &diags, NULL);
        ca_alloc_fail(0, 0);
        ck_assert(code == CA_NOMEM || (code == 0 && set->count == 2));
        ck_assert_uint_eq(diags.errors, 0);
        ca_featureset_free(set);
        ca_diags_done(&diags);
        ca_arena_done(&texts);
    }
    ck_assert_int_eq(code, 0);
}
END_TEST

START_TEST(entities_have_names)
{
    ca_entity entity = CA_ENTITY_LINE;
    for (unsigned i = 0; i < CA_ENTITIES; i++) {
        ck_assert(ca_entity_find(ca_text_of(ca_entity_kinds[i].name), &entity));
        ck_assert_uint_eq(entity, i);
    }
    ck_assert(!ca_entity_find(CA_TEXT("pharmacies"), &entity));
    ck_assert_uint_eq(ca_entity_kinds[CA_ENTITY_PHARMACY].specialty, ca_schema_provider(CA_ROLE_PHARMACY, CA_F_SPECIALTY));
    ck_assert_uint_eq(ca_entity_kinds[CA_ENTITY_PROVIDER].region, ca_schema_provider(CA_ROLE_RENDERING, CA_F_PROVIDER_REGION));
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_share_rests_on_its_whole);
    tcase_add_test(tcase, other_features_rest_on_lines);
    tcase_add_test(tcase, numbers_are_sums_of_columns);
    tcase_add_test(tcase, terms_say_how_weights_are_reduced);
    tcase_add_loop_test(tcase, what_means_the_same_is_one, 0, (int)(sizeof(shared) / sizeof(shared[0])));
    tcase_add_test(tcase, hits_have_their_places);
    tcase_add_test(tcase, active_features_come_before_drafts_by_entity);
    tcase_add_test(tcase, twins_are_told);
    tcase_add_test(tcase, what_decides_changes_the_logic);
    tcase_add_test(tcase, words_do_not);
    tcase_add_test(tcase, the_digest_is_of_active_features);
    tcase_add_test(tcase, a_line_falls_back_to_all_lines);
    tcase_add_test(tcase, a_line_surprises_by_code_or_condition);
    tcase_add_test(tcase, folders_called_features_are_read);
    tcase_add_test(tcase, files_are_told_by_their_folder);
    tcase_add_test(tcase, memory_may_run_out);
    tcase_add_test(tcase, entities_have_names);
}

CA_CHECK_MAIN("rules/feature", add_tests)
