/* Mutants of features: which there are of what they count, which ones tests catch, and what may be declared. */
#include <string.h>

#include "base/alloc.h"
#include "rules/mutate_parts.h"
#include "support/check_main.h"
#include "support/feature_front.h"

static feature_front front;
static ca_arena arena;
static ca_buf words;
static ca_diags diags;

static void set_up(void)
{
    feature_front_begin(&front);
    ca_arena_init(&arena);
    ca_diags_init(&diags, &arena);
    ca_buf_init(&words);
}

static void tear_down(void)
{
    ca_buf_done(&words);
    ca_diags_done(&diags);
    ca_arena_done(&arena);
    feature_front_end(&front);
}

static const ca_feature *load(const char *keys)
{
    const char *said = feature_front_with(&front, keys);
    ck_assert_msg(strstr(said, "error") == NULL, "%s", said);
    return feature_front_only(&front);
}

/* Each change by itself. */
static const char *mutants_of(const char *keys)
{
    ca_mutant *items;
    size_t count;
    const ca_feature *feature = load(keys);
    ck_assert_int_eq(ca_feature_mutants(front.set, feature, &arena, &items, &count, NULL), 0);
    ca_buf_clear(&words);
    for (size_t i = 0; i < count; i++)
        ca_buf_printf(&words, "%u:%u %s\n", (unsigned)items[i].line, (unsigned)items[i].column, items[i].change);
    return ca_buf_cstr(&words);
}

/* --- Which there are ---------------------------------------------------------------------------- */

START_TEST(conditions)
{
    ck_assert_str_eq(mutants_of("where: units > 4 and sex = 'F'\nshare: count(where paid < 9) / count()\n"),
                     "8:8 where: without units > 4\n"
                     "8:22 where: without sex = 'F'\n"
                     "8:18 where: units > 4 and sex = 'F' -> units > 4 or sex = 'F'\n"
                     "8:14 where: units > 4 -> units >= 4\n"
                     "8:16 where: units > 4 -> units > 3\n"
                     "8:16 where: units > 4 -> units > 5\n"
                     "8:26 where: sex = 'F' -> sex != 'F'\n"
                     "9:20 share: without paid < 9\n"
                     "9:25 share: paid < 9 -> paid <= 9\n"
                     "9:27 share: paid < 9 -> paid < 8\n"
                     "9:27 share: paid < 9 -> paid < 10\n");
}
END_TEST

/* The same condition twice: each place is changed by itself. */
START_TEST(places_of_their_own)
{
    const char *said = mutants_of("where: units > 4\nratio: sum(paid where units > 4) / count(where units > 4)\n");
    ck_assert_ptr_nonnull(strstr(said, "8:14 where: units > 4 -> units >= 4\n"));
    ck_assert_ptr_nonnull(strstr(said, "9:29 ratio: units > 4 -> units >= 4\n"));
    ck_assert_ptr_nonnull(strstr(said, "9:54 ratio: units > 4 -> units >= 4\n"));
}
END_TEST

START_TEST(sums)
{
    ck_assert_str_eq(mutants_of("ratio: sum(paid - (charge + 2 * units)) / (365 * count())\n"),
                     "8:8 ratio: sum(paid - (charge + 2 * units)) -> max(paid - (charge + 2 * units))\n"
                     "8:17 ratio: sum(paid - (charge + 2 * units)) -> sum(paid + (charge + 2 * units))\n"
                     "8:27 ratio: sum(paid - (charge + 2 * units)) -> sum(paid - (charge - 2 * units))\n"
                     "8:29 ratio: sum(paid - (charge + 2 * units)) -> sum(paid - (charge + 1 * units))\n"
                     "8:29 ratio: sum(paid - (charge + 2 * units)) -> sum(paid - (charge + 3 * units))\n"
                     "8:44 ratio: 365 * count() -> 364 * count()\n"
                     "8:44 ratio: 365 * count() -> 366 * count()\n");
    ck_assert_str_eq(mutants_of("value: min(paid)\n"), "8:8 value: min(paid) -> max(paid)\n");
}
END_TEST

START_TEST(groups)
{
    ck_assert_str_eq(mutants_of("ratio: distinct(patient_id, service_date where units > 1) / distinct(patient_id)\n"),
                     "8:8 ratio: distinct(patient_id, service_date where units > 1) -> count(where units > 1)\n"
                     "8:17 ratio: distinct(patient_id, service_date where units > 1) -> distinct(service_date where units > 1)\n"
                     "8:27 ratio: distinct(patient_id, service_date where units > 1) -> distinct(patient_id where units > 1)\n"
                     "8:48 ratio: without units > 1\n"
                     "8:54 ratio: units > 1 -> units >= 1\n"
                     "8:56 ratio: units > 1 -> units > 0\n"
                     "8:56 ratio: units > 1 -> units > 2\n"
                     "8:61 ratio: distinct(patient_id) -> count()\n");
    ck_assert_str_eq(mutants_of("value: top_share(5, patient_id)\n"),
                     "8:18 value: top_share(5, patient_id) -> top_share(4, patient_id)\n"
                     "8:18 value: top_share(5, patient_id) -> top_share(6, patient_id)\n");
    ck_assert_str_eq(mutants_of("value: busiest(sum(units), service_date)\nexposure: count()\n"),
                     "8:16 value: busiest(sum(units), service_date) -> busiest(count(), service_date)\n");
    ck_assert_str_eq(mutants_of("value: concentration(patient_id)\n"),
                     "8:8 value: concentration(patient_id) -> top_share(patient_id)\n");
    ck_assert_str_eq(mutants_of("share: groups(distinct(patient_id) >= 3, service_date) / distinct(service_date)\n"),
                     "8:36 share: groups(distinct(patient_id) >= 3, service_date) -> groups(distinct(patient_id) > 3, service_date)\n"
                     "8:15 share: groups(distinct(patient_id) >= 3, service_date) -> groups(count() >= 3, service_date)\n"
                     "8:39 share: groups(distinct(patient_id) >= 3, service_date) -> groups(distinct(patient_id) >= 2, service_date)\n"
                     "8:39 share: groups(distinct(patient_id) >= 3, service_date) -> groups(distinct(patient_id) >= 4, service_date)\n"
                     "8:58 share: distinct(service_date) -> count()\n");
}
END_TEST

static const char *of_lines(const char *keys)
{
    ca_mutant *items;
    size_t count;
    ca_buf_clear(&front.source);
    ca_buf_printf(&front.source, "feature: a-line\nversion: 1\ntitle: A title\nstatus: draft\nentity: line\nsay: \"{value}\"\n%s", keys);
    const char *said = feature_front_load(&front, ca_buf_cstr(&front.source));
    ck_assert_msg(strstr(said, "error") == NULL, "%s", said);
    ck_assert_int_eq(ca_feature_mutants(front.set, feature_front_only(&front), &arena, &items, &count, NULL), 0);
    ca_buf_clear(&words);
    for (size_t i = 0; i < count; i++)
        ca_buf_printf(&words, "%s\n", items[i].change);
    return ca_buf_cstr(&words);
}

START_TEST(lines)
{
    ck_assert_str_eq(of_lines("surprise: paid / units\ngiven: [procedure]\ndirection: more\n"), "surprise: paid / units -> paid\n");
    ck_assert_str_eq(of_lines("surprise: is_weekend(service_date)\ngiven: [procedure]\n"), "");
    ck_assert_str_eq(of_lines("surprise: units > 9\ngiven: [procedure]\n"),
                     "surprise: units > 9 -> units >= 9\nsurprise: units > 9 -> units > 8\nsurprise: units > 9 -> units > 10\n");
    ck_assert_str_eq(of_lines("surprise: procedure\ngiven: [region]\nwhere: units > 9\n"),
                     "where: without units > 9\nwhere: units > 9 -> units >= 9\nwhere: units > 9 -> units > 8\n"
                     "where: units > 9 -> units > 10\n");
}
END_TEST

/* --- Running them -------------------------------------------------------------------------------- */

#define SHARE "share: count(where units > 4) / count()\n"
#define TESTS(more, value)                                                                              \
    "tests:\n  - name: a case\n    lines: |\n      id  pharmacy_id  units\n      1   R1           9\n"   \
    "      2   R1           0\n" more "    values: {R1: " value "}\n"

static const char *fates(const char *keys)
{
    ca_mutation mutation;
    const ca_feature *feature = load(keys);
    ck_assert_int_eq(ca_mutate_feature(front.set, feature, &arena, &diags, &mutation, NULL), 0);
    ca_buf_clear(&words);
    ca_buf_printf(&words, "%zu %zu %zu %s%s\n", mutation.caught, mutation.survive, mutation.equivalent,
                  ca_mutation_passes(&mutation) ? "passes" : "below", mutation.untested ? ", untested" : "");
    for (size_t i = 0; i < mutation.count; i++)
        if (mutation.items[i].fate != CA_MUTANT_CAUGHT)
            ca_buf_printf(&words, "%s: %s%s\n", ca_mutant_fate_name(mutation.items[i].fate), mutation.items[i].change,
                          mutation.items[i].reason ? mutation.items[i].reason : "");
    for (size_t i = 0; i < diags.count; i++)
        ca_buf_printf(&words, "%u:%u: %.50s\n", (unsigned)diags.items[i].line, (unsigned)diags.items[i].column, diags.items[i].text);
    return ca_buf_cstr(&words);
}

START_TEST(survivors)
{
    ck_assert_str_eq(fates(SHARE TESTS("", "1/2")),
                     "1 3 0 below\n"
                     "survives: share: units > 4 -> units >= 4\n"
                     "survives: share: units > 4 -> units > 3\n"
                     "survives: share: units > 4 -> units > 5\n");
    ck_assert_str_eq(fates(SHARE TESTS("      3   R1           4\n      4   R1           5\n", "1/2")), "4 0 0 passes\n");
}
END_TEST

/* The minimum, the direction and the peers decide nothing that a case could say. */
START_TEST(what_is_left_alone)
{
    ck_assert_str_eq(fates("value: distinct(patient_id)\nminimum: 7\ntransform: plain\n"
                           "tests:\n  - name: a case\n    lines: |\n      id  pharmacy_id  patient_id\n      1   R1           P1\n"
                           "      2   R1           P1\n    values: {R1: 1}\n"),
                     "1 0 0 passes\n");
}
END_TEST

START_TEST(tables_of_a_case)
{
    ck_assert_str_eq(fates("share: count(where principal_diagnosis in set female_dx) / count()\n"
                           "tests:\n  - name: a case\n    tables:\n      female_dx: |\n        code\n        icd10cm:Z99\n    lines: |\n"
                           "      id  pharmacy_id  service_date  principal_diagnosis\n      1   R1  2024-03-04  icd10cm:Z99\n"
                           "      2   R1  2024-03-04  icd10cm:J45\n      3   R1  2024-03-04  icd10cm:J45\n    values: {R1: 1/3}\n"),
                     "1 0 0 passes\n");
}
END_TEST

START_TEST(declared)
{
    ck_assert_str_eq(fates(SHARE TESTS("      3   R1           4\n", "1/3")
                           "mutants:\n  - {change: \"share: units > 4 -> units > 5\", equivalent: ' so'}\n"),
                     "3 0 1 passes\nequivalent: share: units > 4 -> units > 5 so\n");
}
END_TEST

START_TEST(declared_wrongly)
{
    ck_assert_str_eq(fates(SHARE TESTS("      3   R1           4\n      4   R1           5\n", "1/2")
                           "mutants:\n  - {change: \"share: units > 4 -> units > 5\", equivalent: so}\n"
                           "  - {change: \"share: units > 4 -> units > 7\", equivalent: so}\n"),
                     "4 0 0 passes\n"
                     "19:14: this mutant is declared equivalent, but a test cat\n"
                     "20:14: there is no such mutant; copy the change from what\n");
}
END_TEST

START_TEST(the_shape_of_declarations)
{
    ck_assert_str_eq(feature_front_with(&front, SHARE "mutants:\n  - change: x\n"), "10:5: error: key 'equivalent' is missing\n");
    ck_assert_str_eq(feature_front_with(&front, SHARE "mutants: x\n"), "9:10: error: 'mutants' must be a list, not text\n");
}
END_TEST

START_TEST(nothing_to_try)
{
    ck_assert_str_eq(fates(SHARE), "0 0 0 passes, untested\n");
    ck_assert_str_eq(fates(SHARE TESTS("", "1/3")), "0 0 0 passes, untested\n");
}
END_TEST

/* In a list only the feature itself is changed. */
START_TEST(one_of_several)
{
    ca_mutation mutation;
    static const char list[] =
        "features:\n"
        "  - {feature: one, version: 1, title: A, status: draft, entity: pharmacy, direction: more, say: \"{value}\",\n"
        "     share: count(where units > 4) / count(), tests: [{name: x, lines: \"id pharmacy_id units\\n1 R1 5\\n2 R1 4\\n\", values: {R1: 1/2}}]}\n"
        "  - {feature: two, version: 1, title: A, status: draft, entity: pharmacy, direction: more, say: \"{value}\",\n"
        "     share: count(where units > 4) / count(), tests: [{name: x, lines: \"id pharmacy_id units\\n1 R1 5\\n2 R1 4\\n\", values: {R1: 1/2}}]}\n";
    ck_assert_str_eq(feature_front_load(&front, list), "");
    for (size_t i = 0; i < 2; i++) {
        ck_assert_int_eq(ca_mutate_feature(front.set, front.set->features[i], &arena, &diags, &mutation, NULL), 0);
        ck_assert_uint_eq(mutation.count, 4);
        ck_assert_uint_eq(mutation.caught, 4);
        ck_assert_uint_eq(mutation.items[0].line, 3 + 2 * (uint32_t)i);
    }
}
END_TEST

START_TEST(memory_may_run_out)
{
    const ca_feature *feature = load(SHARE TESTS("", "1/2"));
    ca_mutation mutation;
    int code = CA_NOMEM;
    for (uint64_t n = 1; code == CA_NOMEM; n += 1 + n / 8) {
        ca_arena room;
        ca_diags quiet;
        ca_arena_init(&room);
        ca_diags_init(&quiet, &room);
        ca_alloc_fail(n, 1);
        code = ca_mutate_feature(front.set, feature, &room, &quiet, &mutation, NULL);
        ca_alloc_fail(0, 0);
        ck_assert(code == CA_NOMEM || (code == 0 && mutation.survive == 3));
        ca_diags_done(&quiet);
        ca_arena_done(&room);
    }
    ck_assert_int_eq(code, 0);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, conditions);
    tcase_add_test(tcase, places_of_their_own);
    tcase_add_test(tcase, sums);
    tcase_add_test(tcase, groups);
    tcase_add_test(tcase, lines);
    tcase_add_test(tcase, survivors);
    tcase_add_test(tcase, what_is_left_alone);
    tcase_add_test(tcase, tables_of_a_case);
    tcase_add_test(tcase, declared);
    tcase_add_test(tcase, declared_wrongly);
    tcase_add_test(tcase, the_shape_of_declarations);
    tcase_add_test(tcase, nothing_to_try);
    tcase_add_test(tcase, one_of_several);
    tcase_add_test(tcase, memory_may_run_out);
}

CA_CHECK_MAIN("rules/feature_mutate", add_tests)
