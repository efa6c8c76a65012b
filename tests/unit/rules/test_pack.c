/* The shipped packs: every rule and feature loads without a word, and its inline tests pass. */
#include "support/check_main.h"

#include <stdio.h>
#include <string.h>

#include "rules/feature_test.h"

typedef struct pack_world {
    ca_arena arena;
    ca_codes codes;
    ca_schema schema;
    ca_vocabulary vocabulary;
    ca_refs *refs;
    ca_ruleset *set;
    ca_featureset *features;
    ca_diags diags;
    ca_error err;
} pack_world;

static pack_world world;

static void path_of(char path[512], const char *name)
{
    const char *root = getenv("CA_SOURCE_ROOT");
    snprintf(path, 512, "%s/rules/%s", root ? root : ".", name);
}

static void succeed(int code)
{
    for (size_t i = 0; i < world.diags.count; i++)
        fprintf(stderr, "%s:%u:%u: %s\n", world.diags.items[i].file,
                (unsigned)world.diags.items[i].line, (unsigned)world.diags.items[i].column,
                world.diags.items[i].text);
    ck_assert_msg(code == 0, "%s", world.err.text);
    ck_assert_uint_eq(world.diags.count, 0);
}

static void load(const char *folder)
{
    char path[512];
    path_of(path, folder);
    succeed(
        ca_ruleset_add_folder(world.set, ca_disk_real(), path, false, &world.diags, &world.err));
    succeed(
        ca_featureset_add_folder(world.features, ca_disk_real(), path, false, &world.diags, &world.err));
}

static void set_up(void)
{
    char path[512];
    world = (pack_world){0};
    ca_arena_init(&world.arena);
    ca_diags_init(&world.diags, &world.arena);
    ca_codes_init(&world.codes, &world.arena);
    ca_schema_init(&world.schema);
    path_of(path, "vocabulary.yaml");
    succeed(ca_vocabulary_load(ca_disk_real(), path, &world.codes, &world.arena, &world.diags,
                               &world.vocabulary, &world.err));
    world.refs = ca_refs_new(&world.codes, ca_disk_real());
    ck_assert_ptr_nonnull(world.refs);
    static const char *const sets[] = {"core/sets.yaml", "us/sets.yaml"};
    for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
        path_of(path, sets[i]);
        succeed(ca_refs_load(world.refs, path, false, &world.diags, &world.err));
    }
    succeed(ca_ruleset_new(&world.schema, &world.codes, world.refs, &world.vocabulary, &world.set,
                           &world.err));
    succeed(ca_featureset_new(&world.schema, &world.codes, world.refs, &world.vocabulary,
                              &world.features, &world.err));
    load("core");
    load("us");
    succeed(ca_ruleset_finish(world.set, &world.diags, &world.err));
    succeed(ca_featureset_finish(world.features, world.set, &world.diags, &world.err));
}

static void tear_down(void)
{
    ca_featureset_free(world.features);
    ca_ruleset_free(world.set);
    ca_refs_free(world.refs);
    ca_codes_done(&world.codes);
    ca_diags_done(&world.diags);
    ca_arena_done(&world.arena);
}

START_TEST(the_rules_are_there)
{
    static const char *const ids[] = {"CORE-0101", "CORE-0102", "CORE-0103", "CORE-0104",
                                      "CORE-0105", "US-0101",   "US-0102",   "US-0111",
                                      "US-0112",   "US-0113",   "US-0114",   "US-0121",
                                      "US-0131",   "US-0132",   "US-0133",   "CORE-0201",
                                      "CORE-0202", "CORE-0203", "CORE-0301", "CORE-0302",
                                      "CORE-0303", "CORE-0401", "CORE-0402", "CORE-0406", "CORE-0407",
                                      "CORE-0408", "CORE-0501", "CORE-0502", "CORE-0503",
                                      "CORE-0504", "US-0201",   "US-0202",   "US-0203",
                                      "US-0204"};
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        const ca_rule *rule = ca_ruleset_find(world.set, ca_text_of(ids[i]));
        ck_assert_msg(rule != NULL, "%s", ids[i]);
        ck_assert_int_eq(rule->status, CA_RULE_ACTIVE);
        ck_assert_msg(rule->reference_count > 0 && rule->description[0] != '\0', "%s", ids[i]);
    }
}
END_TEST

START_TEST(all_inline_tests_pass)
{
    ca_testrun result = {0};
    for (size_t i = 0; i < world.set->count; i++)
        succeed(ca_testrun_rule(world.set, world.set->rules[i], &world.diags, &result, &world.err));
    ck_assert_uint_eq(result.failed, 0);
    ck_assert_uint_ge(result.cases, world.set->count);
}
END_TEST

START_TEST(all_features_are_active_and_their_tests_pass)
{
    ca_testrun result = {0};
    const ca_featureset *set = world.features;
    for (size_t i = 0; i < set->count; i++) {
        const ca_feature *feature = set->features[i];
        ck_assert_msg(!feature->draft && feature->title[0] != '\0', "%s", feature->id);
        ck_assert_msg(feature->direction == CA_DIRECTION_CONTEXT || feature->exposes[0] != '\0', "%s", feature->id);
        succeed(ca_testrun_feature(set, feature, &world.diags, &result, &world.err));
    }
    ck_assert_uint_eq(result.failed, 0);
    ck_assert_uint_ge(result.cases, set->count);
}
END_TEST

/* Each kind has something to be compared by, and something that this is conditioned on. */
START_TEST(every_kind_of_entity_has_features)
{
    const ca_featureset *set = world.features;
    size_t of_entities = set->first[CA_ENTITY_LINE];
    ck_assert_uint_ge(of_entities, 35);
    ck_assert_uint_ge(set->active[CA_ENTITY_LINE], 12);
    for (unsigned entity = 0; entity < CA_ENTITY_LINE; entity++) {
        size_t context = 0;
        for (size_t i = set->first[entity]; i < set->first[entity + 1]; i++)
            context += set->features[i]->direction == CA_DIRECTION_CONTEXT;
        ck_assert_msg(context >= 2 && set->active[entity] >= context + 5, "%s", ca_entity_kinds[entity].name);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, the_rules_are_there);
    tcase_add_test(tcase, all_inline_tests_pass);
    tcase_add_test(tcase, all_features_are_active_and_their_tests_pass);
    tcase_add_test(tcase, every_kind_of_entity_has_features);
}

CA_CHECK_MAIN("rules/pack", add_tests)
