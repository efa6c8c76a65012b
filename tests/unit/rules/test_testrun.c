/* Inline tests: what passes, and every way in which a case can be wrong. */
#include "support/check_main.h"
#include "support/rule_front.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "rules/testrun.h"

static rule_front *front;
static ca_arena arena;
static ca_buf words;
static ca_testrun result;

static void set_up(void)
{
    front = rule_front_new();
    ca_arena_init(&arena);
    ca_buf_init(&words);
}

static void tear_down(void)
{
    ca_buf_done(&words);
    ca_arena_done(&arena);
    rule_front_free(front);
}

/* Lines 1 to 9 of every rule; `rest` begins on line 10. */
static const char head[] = "rule: US-0101\n"
                           "version: 1\n"
                           "title: A title\n"
                           "status: active\n"
                           "severity: high\n"
                           "category: eligibility\n"
                           "effective: 2020-01-01 .. open\nmessage: \"Claim {claim_id}\"\n";

static const char *run_source(const char *source)
{
    ca_diags diags;
    ca_error err = {0};
    const char *said = rule_front_load(front, source);
    const ca_rule *rule = rule_front_rule(front);
    ck_assert_msg(rule != NULL && strstr(said, "error") == NULL, "%s", said);
    ca_diags_init(&diags, &arena);
    result = (ca_testrun){0};
    ck_assert_int_eq(ca_testrun_rule(rule_front_set(front), rule, &diags, &result, &err), 0);
    ca_diags_sort(&diags);
    ca_buf_clear(&words);
    for (size_t i = 0; i < diags.count; i++) {
        ck_assert_str_eq(diags.items[i].file, "US-0101.yaml");
        ca_buf_printf(&words, "%u:%u: %s\n", diags.items[i].line, diags.items[i].column,
                      diags.items[i].text);
    }
    ca_diags_done(&diags);
    return ca_buf_cstr(&words);
}

static const char *run(const char *rest)
{
    ca_buf source;
    ca_buf_init(&source);
    ca_buf_add_cstr(&source, head);
    ca_buf_add_cstr(&source, rest);
    const char *said = run_source(ca_buf_cstr(&source));
    ca_buf_done(&source);
    return said;
}

/* A line rule `units > 1` with `where: sex = 'M'`, excused by KX; its tests begin on line 15. */
#define LINE_RULE                                                                                  \
    "kind: line\nwhere: sex = 'M'\nwhen: units > cap\nparameters: {cap: 1}\n"                      \
    "unless: [{name: kx, when: modifiers has 'KX', reason: A reason}]\ntests:\n"

#define CLAIM_RULE "kind: claim\nwhere: units > 0\nwhen: sum(units) > 3\ntests:\n"

START_TEST(a_good_case)
{
    const char *said = run(LINE_RULE "  - name: more than one unit hits\n"
                                     "    lines: |\n"
                                     "      id  sex  units  modifiers\n"
                                     "      1   M    2      59\n"
                                     "      2   M    1      ''\n"
                                     "      3   F    2      ''\n"
                                     "      4   M    2      KX;59\n"
                                     "\n"
                                     "      5   M    -      ''\n"
                                     "      6   -    2      ''\n"
                                     "    hits: [1]\n"
                                     "    excused: [4]\n"
                                     "    unknown: [5, 6]\n");
    ck_assert_str_eq(said, "");
    ck_assert_uint_eq(result.cases, 1);
    ck_assert_uint_eq(result.failed, 0);
}
END_TEST

START_TEST(lists_not_given_are_not_checked_but_hits_are)
{
    ck_assert_str_eq(run(LINE_RULE "  - name: case\n"
                                   "    lines: |\n"
                                   "      id sex units\n"
                                   "      1 M 2\n"
                                   "      2 M -\n"
                                   "    hits: [1]\n"),
                     "");
    ck_assert_str_eq(
        run(LINE_RULE
            "  - name: case\n    lines: |\n      id sex units\n      1 M 2\n      2 M 1\n"),
        "15:3: no test case that must match\n15:5: key 'hits' is missing\n");
}
END_TEST

START_TEST(wrong_expectations)
{
    const char *lines = "  - name: case\n"
                        "    lines: |\n"
                        "      id sex units modifiers\n"
                        "      a M 2 ''\n"
                        "      b M 1 ''\n"
                        "      c M - ''\n"
                        "      d M 2 KX\n";
    char rest[600];
    const struct {
        const char *expects;
        const char *said;
    } cases[] = {
        {"    hits: []\n", "22:11: line a is hit, but is not listed here\n"},
        {"    hits: [a, b]\n", "22:11: line b should be hit, but is pass\n"},
        {"    hits: [a, c]\n", "22:11: line c should be hit, but is unknown: units\n"},
        {"    hits: [a, d]\n", "22:11: line d should be hit, but is excused: kx\n"},
        {"    hits: [a]\n    excused: []\n",
         "23:14: line d is excused: kx, but is not listed here\n"},
        {"    hits: [a]\n    unknown: []\n",
         "23:14: line c is unknown: units, but is not listed here\n"},
        {"    hits: [a]\n    unknown: [b, c]\n", "23:14: line b should be unknown, but is pass\n"},
        {"    hits: [a]\n    excused: [a, d]\n", "23:14: line a should be excused, but is hit\n"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        snprintf(rest, sizeof(rest), "%s%s%s", LINE_RULE, lines, cases[i].expects);
        const char *said = run(rest);
        ck_assert_msg(strstr(said, cases[i].said) != NULL, "%s:\n%s", cases[i].expects, said);
        ck_assert_uint_eq(result.failed, 1);
    }
}
END_TEST

START_TEST(broken_tables)
{
    const struct {
        const char *table;
        const char *said;
    } cases[] = {
        {"id sex units\n      1 M\n",
         "18:7: a row has as many cells as the header (an empty one is written -): 3 expected, 2 "
         "found"},
        {"id sex units\n      1 M 2 3\n",
         "18:7: a row has as many cells as the header (cells with spaces stand between quotes): 3 "
         "expected, 4 found"},
        {"sex id\n      M 1\n", "17:7: 'sex': the first column of a test table is 'id'"},
        {"id sex unist\n      1 M 2\n", "17:14: 'unist': no such column; did you mean 'units'?"},
        {"id sex wxyzwxyz\n      1 M 2\n", "17:14: 'wxyzwxyz': no such column"},
        {"id sex sex\n      1 M M\n", "17:14: 'sex': the column stands twice"},
        {"id sex units\n      1 M 2\n      1 M 2\n", "19:7: '1': the id stands twice"},
        {"id sex units\n", "16:12: a test table has a header line and at least one row"},
        {"id sex units\n      1 Q 2\n", "18:9: sex: no value of this field"},
        {"id sex units\n      1 m 2\n", "18:9: sex: write M instead of m"},
        {"id sex units\n      1 M 2,5\n", "18:11: units: write 2.5 instead of 2,5"},
        {"id sex units\n      1 M 1,2,5\n", "18:11: units: no number with a point"},
        {"id sex service_date\n      1 M 01.03.2024\n",
         "18:11: service_date: write 2024-03-01 instead of 01.03.2024"},
        {"id sex units\n      1 M x\n", "18:11: units: no number with a point"},
        {"id sex line_no\n      1 M 1.5\n", "18:11: line_no: no whole number"},
        {"id sex service_date\n      1 M 2020-02-30\n",
         "18:11: service_date: dates are written yyyy-mm-dd"},
        {"id sex principal_diagnosis\n      1 M O80\n",
         "18:11: principal_diagnosis: the family has several code systems; write SYSTEM:CODE"},
        {"id sex principal_diagnosis\n      1 M icd11:O80\n",
         "there is no such code system before the colon"},
        {"id sex principal_diagnosis\n      1 M hcpcs:O80\n",
         "the code system before the colon is of another family"},
        {"id sex eligibility\n      1 M 2020-01-01\n", "eligibility: intervals are written"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char rest[700];
        snprintf(rest, sizeof(rest),
                 LINE_RULE "  - name: case\n    lines: |\n      %s    hits: [1]\n", cases[i].table);
        const char *said = run(rest);
        ck_assert_msg(strstr(said, cases[i].said) != NULL, "%s:\n%s", cases[i].table, said);
        ck_assert_uint_eq(result.failed, 1);
    }
}
END_TEST

START_TEST(broken_cases)
{
    const struct {
        const char *test;
        const char *said;
    } cases[] = {
        {"    hits: [2]\n", "19:12: there is no line with the id '2'"},
        {"    hits: 1\n", "19:11: hits must be a list, not text"},
        {"    hits: [[1]]\n", "19:12"},
        {"    hits: [1]\n    hist: [1]\n", "20:5: unknown key 'hist'; did you mean 'hits'?"},
        {"    hits: [1]\n    horizon: 2020-01-01 .. 2021-01-01\n",
         "20:5: 'horizon' is for rules that wait for later lines, not for line rules"},
        {"    hits: [1]\n    tables: {mue: \"procedure max_units\"}\n",
         "20:14: the rule does not read a set or table 'mue'"},
        {"    hits: [1]\n    parameters: {cup: 2}\n", "20:18: the rule has no parameter 'cup'"},
        {"    hits: [1]\n    parameters: {cap: many}\n", "the rule cannot be read with this case"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char rest[700];
        snprintf(rest, sizeof(rest),
                 LINE_RULE "  - name: case\n    lines: |\n      id sex units\n      1 M 2\n%s",
                 cases[i].test);
        const char *said = run(rest);
        ck_assert_msg(strstr(said, cases[i].said) != NULL, "%s:\n%s", cases[i].test, said);
        ck_assert_uint_eq(result.failed, 1);
    }
    const char *said = run(
        LINE_RULE "  - lines: |\n      id sex units\n      1 M 2\n      2 M 1\n    hits: [1]\n");
    ck_assert_msg(strstr(said, "key 'name' is missing") != NULL, "%s", said);
}
END_TEST

START_TEST(balance)
{
    const char *positive =
        "  - name: case\n    lines: |\n      id sex units\n      1 M 2\n    hits: [1]\n";
    const char *negative =
        "  - name: other\n    lines: |\n      id sex units\n      1 M 1\n    hits: []\n";
    char rest[900];
    snprintf(rest, sizeof(rest), "%s%s", LINE_RULE, positive);
    ck_assert_str_eq(run(rest), "15:3: no test case that must not match\n");
    snprintf(rest, sizeof(rest), "%s%s", LINE_RULE, negative);
    ck_assert_str_eq(run(rest), "15:3: no test case that must match\n");
    snprintf(rest, sizeof(rest), "%s%s%s", LINE_RULE, negative, positive);
    ck_assert_str_eq(run(rest), "");
    ck_assert_uint_eq(result.cases, 2);
    ck_assert_str_eq(run("kind: line\nwhen: units > 1\n"),
                     "1:1: US-0101 is active and has no tests\n");
    ck_assert_str_eq(run_source("rule: US-0101\n"
                                "version: 1\n"
                                "title: A title\n"
                                "status: draft\n"
                                "severity: high\n"
                                "category: eligibility\n"
                                "kind: line\nwhen: units > 1\nmessage: \"Claim {claim_id}\"\n"),
                     "");
}
END_TEST

START_TEST(claims)
{
    const char *table = "  - name: case\n"
                        "    lines: |\n"
                        "      id claim_id units\n"
                        "      1 C1 2\n"
                        "      2 C2 4\n"
                        "      3 C1 2\n"
                        "      4 C1 0\n"
                        "      5 - 4\n"
                        "      6 - 3\n";
    const struct {
        const char *expects;
        const char *said;
    } cases[] = {
        {"    hits: [[1, 3], [2], 5]\n", ""},
        {"    hits: [[3, 1], [2], [5]]\n    unknown: []\n", ""},
        {"    hits: [[1, 3, 4], [2], [5]]\n",
         "22:12: the lines that take part are others: 3 named here, 2 in the claim\n"},
        {"    hits: [[1], [2], [5]]\n",
         "22:12: the lines that take part are others: 1 named here, 2 in the claim\n"},
        {"    hits: [[1, 2], [5]]\n", "22:16: these lines belong to different claims\n"},
        {"    hits: [[1, 3], [5]]\n",
         "22:11: the claim of line 2 is hit, but is not listed here\n"},
        {"    hits: [[1, 3], [2], [5], [6]]\n",
         "13:3: no test case that must not match\n"
         "22:11: the claim of line 6 should be hit, but is pass\n"},
        {"    hits: [[1, 3], [2], [5], []]\n", "22:30: an empty list names no claim\n"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char rest[700];
        snprintf(rest, sizeof(rest), "%s%s%s", CLAIM_RULE, table, cases[i].expects);
        ck_assert_str_eq(run(rest), cases[i].said);
    }
}
END_TEST

START_TEST(memory_runs_out_at_every_allocation)
{
    const char *rest = LINE_RULE "  - name: case\n"
                                 "    lines: |\n"
                                 "      id sex units modifiers\n"
                                 "      1 M 2 ''\n"
                                 "      2 M 1 KX\n"
                                 "    hits: [1]\n";
    ck_assert_str_eq(run(rest), "");
    const ca_rule *rule = rule_front_rule(front);
    for (uint64_t n = 1; n < 2000; n++) {
        ca_diags diags;
        ca_arena texts;
        ca_arena_init(&texts);
        ca_diags_init(&diags, &texts);
        ca_testrun run_result = {0};
        ca_alloc_fail(n, 1);
        int code = ca_testrun_rule(rule_front_set(front), rule, &diags, &run_result, NULL);
        ca_alloc_fail(0, 0);
        size_t errors = diags.errors;
        ca_diags_done(&diags);
        ca_arena_done(&texts);
        if (code == 0 && errors == 0) {
            ck_assert_uint_gt(n, 10);
            return;
        }
        ck_assert(code == CA_NOMEM || code == 0);
    }
    ck_abort_msg("never succeeded");
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_good_case);
    tcase_add_test(tcase, lists_not_given_are_not_checked_but_hits_are);
    tcase_add_test(tcase, wrong_expectations);
    tcase_add_test(tcase, broken_tables);
    tcase_add_test(tcase, broken_cases);
    tcase_add_test(tcase, balance);
    tcase_add_test(tcase, claims);
    tcase_add_test(tcase, memory_runs_out_at_every_allocation);
}

CA_CHECK_MAIN("rules/testrun", add_tests)
