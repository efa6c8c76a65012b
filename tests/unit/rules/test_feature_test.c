/* Inline tests of features: what passes, and what is said of each that does not. */
#include "support/check_main.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "rules/feature_test.h"
#include "support/feature_front.h"

static feature_front front;
static ca_buf said;

static void set_up(void)
{
    feature_front_begin(&front);
    ca_buf_init(&said);
}

static void tear_down(void)
{
    ca_buf_done(&said);
    feature_front_end(&front);
}

static const char *run(const char *source, ca_testrun *ret_result)
{
    ca_diags diags;
    ca_arena texts;
    ca_arena_init(&texts);
    ca_diags_init(&diags, &texts);
    ck_assert_str_eq(feature_front_load(&front, source), "");
    *ret_result = (ca_testrun){0};
    ck_assert_int_eq(ca_testrun_feature(front.set, feature_front_only(&front), &diags, ret_result, NULL), 0);
    ca_buf_clear(&said);
    for (size_t i = 0; i < diags.count; i++)
        ca_buf_printf(&said, "%u:%u: %s\n", (unsigned)diags.items[i].line, (unsigned)diags.items[i].column, diags.items[i].text);
    ca_diags_done(&diags);
    ca_arena_done(&texts);
    return ca_buf_cstr(&said);
}

#define SHARE                                                                                                            \
    "feature: a-share\nversion: 1\ntitle: T\nentity: pharmacy\nshare: count(where hit('US-0101')) / count()\ndirection: more\n" \
    "say: \"{value}\"\n"
#define CASE                                                                                                             \
    "tests:\n  - name: one\n    lines: |\n      id  pharmacy_id  paid\n      1   R1           1.00\n      2   R1           2.00\n" \
    "      3   R2           3.00\n      4   -            3.00\n      5   UNKNOWN      3.00\n"

static const struct {
    const char *source;
    const char *said;
} cases[] = {
    {SHARE CASE "    hits: {US-0101: [1]}\n    values: {R1: 1/2, R2: 0}\n", ""},
    {SHARE CASE "    hits: {US-0101: [1]}\n    values: {R1: 0.5, R2: 0}\n    exposure: {R2: 1}\n", ""},
    {SHARE CASE "    values: {R1: 0, R2: 0}\n", ""},
    {SHARE CASE "    hits: {US-0101: [1]}\n    values: {R1: 1/3, R2: missing}\n",
     "18:18: R1 should be 1/3, but is 1/2\n18:27: R2 should be missing, but is 0\n"},
    {SHARE CASE "    values: {R1: half, R2: 1/0}\n",
     "17:18: an expected value is a number, a fraction such as 3/4, or 'missing'\n"
     "17:28: an expected value is a number, a fraction such as 3/4, or 'missing'\n"},
    {SHARE CASE "    values: {R1: 0}\n", "17:13: R2 is not listed; name every entity of the table\n"},
    {SHARE CASE "    values: {R1: 0, R2: 0, R3: 0}\n", "17:28: there is no pharmacy 'R3' in the table\n"},
    {SHARE CASE "    values: {R1: 0, R2: 0}\n    exposure: {R1: 3, R3: 1}\n",
     "18:20: the exposure of R1 should be 3, but is 2\n18:23: there is no pharmacy 'R3' in the table\n"},
    {SHARE CASE "    hits: {US-0102: [1]}\n    values: {R1: 0, R2: 0}\n", "17:12: no feature asks what US-0102 hit\n"},
    {SHARE CASE "    hits: {US-0101: [9]}\n    values: {R1: 0, R2: 0}\n", "17:22: there is no line with the id '9'\n"},
    {SHARE CASE "    hits: {US-0101: 1}\n    values: {R1: 0, R2: 0}\n", "17:21: 'US-0101' must be a list, not text\n"},
    {SHARE CASE "    hits: 1\n    values: {R1: 0, R2: 0}\n", "17:11: 'hits' must be a mapping of 'key: value', not text\n"},
    {SHARE CASE "    tables:\n      female_dx: |\n        code\n        Z34\n    values: {R1: 0, R2: 0}\n",
     "18:7: no feature reads a set or table 'female_dx'\n"},
    {SHARE CASE "    values: {R1: 0, R2: 0}\n    hitz: {}\n", "18:5: unknown key 'hitz'; did you mean 'hits'?\n"},
    {SHARE CASE "    values: 1\n", "17:13: 'values' must be a mapping of 'key: value', not text\n"
                                   "9:3: no test case in which a-share has a value\n"},
    {SHARE "tests:\n  - name: one\n    lines: |\n      id  pharmacy\n      1   R1\n    values: {R1: 0}\n",
     "11:11: 'pharmacy': no such column; did you mean 'pharmacy_id'?\n9:3: no test case in which a-share has a value\n"},
    {SHARE "tests:\n  - name: one\n    lines: |\n      id  pharmacy_id\n      1   -\n    values: {}\n",
     "9:3: no test case in which a-share has a value\n"},
    {SHARE "tests: [1]\n", "8:9: a test case must be a mapping of 'key: value', not text\n"
                           "8:8: no test case in which a-share has a value\n"},
    {SHARE "tests: []\n", "8:8: no test case in which a-share has a value\n"},
};

START_TEST(entities)
{
    ca_testrun result;
    ck_assert_str_eq(run(cases[_i].source, &result), cases[_i].said);
    ck_assert_uint_eq(result.failed, result.cases == 0 || cases[_i].said[0] == '\0' ? 0 : result.failed);
}
END_TEST

START_TEST(tables_of_the_case_stand_for_those_loaded)
{
    ca_testrun result;
    const char *source =
        "feature: a-share\nversion: 1\ntitle: T\nentity: pharmacy\nshare: count(where principal_diagnosis in set female_dx) / "
        "count()\ndirection: more\nsay: \"{value}\"\ntests:\n  - name: one\n    tables:\n      female_dx: |\n        code\n"
        "        icd10cm:A00\n    lines: |\n"
        "      id  pharmacy_id  principal_diagnosis  service_date\n      1   R1           icd10cm:A00          2024-01-01\n"
        "      2   R1           icd10cm:Z34          2024-01-01\n      3   R1           icd10cm:A00          2024-01-01\n"
        "    values: {R1: 2/3}\n"
        "  - name: the set that is loaded\n    lines: |\n"
        "      id  pharmacy_id  principal_diagnosis  service_date\n      1   R1           icd10cm:A00          2024-01-01\n"
        "      2   R1           icd10cm:Z34          2024-01-01\n    values: {R1: 1/2}\n";
    ck_assert_str_eq(run(source, &result), "");
    ck_assert_uint_eq(result.cases, 2);
    ck_assert_uint_eq(result.failed, 0);
}
END_TEST

#define LINE(surprise)                                                                                                     \
    "feature: a-line\nversion: 1\ntitle: T\nentity: line\nsurprise: " surprise "\ndirection: more\nsay: \"{value}\"\n"     \
    "tests:\n  - name: one\n    lines: |\n      id  drug         units  paid\n      1   00000000001  4      10.00\n"           \
    "      2   -            0      -\n"

static const struct {
    const char *source;
    const char *said;
} line_cases[] = {
    {LINE("paid / units") "    values: {1: 5/2, 2: missing}\n", ""},
    {LINE("paid / units") "    values: {1: 3, 2: 0}\n", "14:17: line 1 should be 3, but is 5/2\n14:23: line 2 should be 0, but is missing\n"},
    {LINE("drug") "    values: {1: 00000000001, 2: missing}\n", ""},
    {LINE("drug") "    values: {1: 00000000002, 2: 1}\n",
     "14:17: line 1 should be 00000000002, but is 00000000001\n14:33: line 2 should be 1, but is missing\n"},
    {LINE("units > 1 and paid > 1") "    values: {1: yes, 2: no}\n", ""},
    {LINE("paid > 1") "    values: {1: no, 2: missing}\n", "14:17: line 1 should be no, but is yes\n"},
    {LINE("paid > 1") "    values: {1: yes}\n", "14:13: line 2 is not listed; name every line of the table\n"},
    {LINE("paid > 1") "    values: {1: yes, 2: missing, 3: no}\n", "14:34: there is no line '3' in the table\n"},
    {LINE("paid > 1") "    values: {1: yes, 2: missing}\n    exposure: {1: 1}\n", "15:5: a line has no exposure\n"},
};

START_TEST(of_lines)
{
    ca_testrun result;
    ck_assert_str_eq(run(line_cases[_i].source, &result), line_cases[_i].said);
}
END_TEST

START_TEST(memory_may_run_out)
{
    ck_assert_str_eq(feature_front_load(&front, SHARE CASE "    hits: {US-0101: [1]}\n    values: {R1: 1/2, R2: 0}\n"), "");
    int code = CA_NOMEM;
    for (uint64_t n = 1; code == CA_NOMEM && n < 500; n++) {
        ca_testrun result = {0};
        ca_diags diags;
        ca_arena texts;
        ca_arena_init(&texts);
        ca_diags_init(&diags, &texts);
        ca_alloc_fail(n, 1);
        code = ca_testrun_feature(front.set, feature_front_only(&front), &diags, &result, NULL);
        ca_alloc_fail(0, 0);
        ck_assert(code == CA_NOMEM || (code == 0 && diags.errors == 0));
        ca_diags_done(&diags);
        ca_arena_done(&texts);
    }
    ck_assert_int_eq(code, 0);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, entities, 0, (int)(sizeof(cases) / sizeof(cases[0])));
    tcase_add_test(tcase, tables_of_the_case_stand_for_those_loaded);
    tcase_add_loop_test(tcase, of_lines, 0, (int)(sizeof(line_cases) / sizeof(line_cases[0])));
    tcase_add_test(tcase, memory_may_run_out);
}

CA_CHECK_MAIN("rules/feature_test", add_tests)
