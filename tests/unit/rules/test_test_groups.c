/* Inline tests of rules of several lines: shapes of their lists, and what is said when the rule sees it otherwise. */
#include "support/check_main.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "rules/testrun.h"
#include "support/rule_front.h"

static rule_front *front;
static ca_arena arena;
static ca_buf words;
static ca_testrun result;
static int code;

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

static const char *run(const char *kind_keys, const char *status, const char *cases)
{
    char source[3000];
    ca_diags diags;
    ca_error err = {0};
    snprintf(source, sizeof(source),
             "rule: US-0101\nversion: 1\ntitle: T\nstatus: %s\nseverity: high\ncategory: eligibility\n%s%s", status,
             kind_keys, cases);
    const char *said = rule_front_load(front, source);
    const ca_rule *rule = rule_front_rule(front);
    ck_assert_msg(rule != NULL && strstr(said, "error") == NULL, "%s", said);
    ca_diags_init(&diags, &arena);
    result = (ca_testrun){0};
    code = ca_testrun_rule(rule_front_set(front), rule, &diags, &result, &err);
    ca_diags_sort(&diags);
    ca_buf_clear(&words);
    for (size_t i = 0; i < diags.count; i++)
        ca_buf_printf(&words, "%u:%u: %s\n", diags.items[i].line, diags.items[i].column, diags.items[i].text);
    ca_diags_done(&diags);
    return ca_buf_cstr(&words);
}

/* Each is five lines long, so that the tests begin on line 12. */
#define WINDOW                                                                                     \
    "kind: window\nmessage: \"{count()}\"\nper: [patient_id]\nwithin: day\nwhen: sum(units) > 3 and "  \
    "any(mue(procedure).max_units > 1)\n"
#define PAIR "kind: pair\nmessage: \"{patient_id}\"\nsame: [patient_id]\n\nwhen: a.units > b.units\n"
#define LINES                                                                                      \
    "tests:\n  - name: case\n    lines: |\n      id  patient_id  units  service_date  procedure\n"     \
    "      1   P1          2      2024-01-01    V0103\n      2   P1          2      2024-01-01    V0103\n" \
    "      3   P1          2      2024-01-02    V0103\n"

/* Three lines of one day and one of the next; units 2, 1, 2, 1. */
#define FOUR                                                                                       \
    "tests:\n  - name: case\n    lines: |\n      id  patient_id  units  service_date\n"                \
    "      1   P1          2      2024-01-01\n      2   P1          1      2024-01-01\n"              \
    "      3   P1          2      2024-01-02\n      4   P1          -      2024-01-02\n"
#define DAY "kind: window\nmessage: \"{count()}\"\nper: [patient_id]\nwithin: day\nwhen: sum(units) > 2\n"
#define MUE "    tables:\n      mue: |\n        procedure  max_units\n        V0103      2\n"
#define CLAIMS "kind: overlap\nlevel: claim\nmessage: m\nper: [patient_id]\ninterval: from_date to through_date\n"
#define STAYS                                                                                      \
    "tests:\n  - name: case\n    lines: |\n      id  patient_id  claim_id  claim_type  from_date   through_date\n" \
    "      1   P1          A         inpatient   2024-01-01  2024-01-09\n"                              \
    "      2   P1          A         inpatient   2024-01-01  2024-01-09\n"                              \
    "      3   P1          B         inpatient   2024-01-05  2024-01-12\n"                              \
    "      4   P1          B         inpatient   2024-01-05  2024-01-12\n"

/* Each line of `said` is what one expectation is told. */
START_TEST(what_is_found_is_compared)
{
    static const struct {
        const char *kind, *lines, *expects, *said;
    } cases[] = {
        {PAIR, FOUR, "    hits: [[1, 2], [3, 2]]\n    unknown: [4]\n", ""},
        {PAIR, FOUR, "    hits: [[3, 2], [1, 2]]\n", ""},
        {PAIR, FOUR, "    hits: [[2, 1], [3, 2]]\n", "20:12: these lines should be hit, but the rule does not say so\n"},
        {PAIR, FOUR, "    hits: [[1, 2]]\n", "20:11: [3, 2] is hit, but is not listed here\n"},
        {PAIR, FOUR, "    hits: [[1, 2], [1, 2], [3, 2]]\n",
         "20:20: these lines should be hit, but the rule does not say so\n"},
        {PAIR, FOUR, "    hits: [[1, 2], [3, 2]]\n    unknown: []\n", "21:14: [4] is unknown: units, but is not listed here\n"},
        {PAIR, FOUR, "    hits: [[1, 2], [3, 2]]\n    unknown: [2]\n",
         "21:15: this line should be unknown, but the rule does not say so\n"},
        {PAIR, FOUR, "    hits: [[1, 2], [3, 2]]\n    excused: [[1, 2]]\n",
         "21:15: these lines should be excused, but the rule does not say so\n"},
        {DAY, FOUR, "    hits: [[1, 2]]\n    unknown: [[3, 4]]\n", ""},
        {DAY, FOUR, "    hits: [[2, 1]]\n    unknown: [[4, 3]]\n", ""},
        {DAY, FOUR, "    hits: [[1, 2, 3]]\n", "20:12: these lines should be hit, but the rule does not say so\n"},
        {DAY, FOUR, "    hits: [[1]]\n", "20:12: these lines should be hit, but the rule does not say so\n"},
        {DAY, FOUR, "    hits: []\n", "20:11: [1, 2] is hit, but is not listed here\n"},
        {WINDOW, LINES, "    hits: [[1, 2]]\n    unknown: []\n    horizon: 2024-01-01 .. 2024-12-31\n" MUE, ""},
        {CLAIMS, STAYS, "    hits: [[1, 3]]\n", ""},
        {CLAIMS, STAYS, "    hits: [[2, 4]]\n", ""},
        {CLAIMS, STAYS, "    hits: [[3, 1]]\n", "20:12: these lines should be hit, but the rule does not say so\n"},
        {CLAIMS, STAYS, "    hits: [[1, 2]]\n", "20:12: these lines should be hit, but the rule does not say so\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[1200];
        snprintf(text, sizeof text, "%s%s", cases[i].lines, cases[i].expects);
        const char *said = run(cases[i].kind, "draft", text);
        ck_assert_msg(strcmp(said, cases[i].said) == 0, "%zu: %s:\n%s", i, cases[i].expects, said);
        ck_assert_uint_eq(result.cases, 1);
        ck_assert_uint_eq(result.failed, *cases[i].said != 0);
    }
}
END_TEST

START_TEST(shapes_of_hits)
{
    static const struct {
        const char *kind;
        const char *expects;
        const char *said;
    } cases[] = {
        {WINDOW, "    hits: [1]\n", "19:12: in window rules this is a list of ids: [1, 2]\n"},
        {WINDOW, "    hits: [[]]\n", "19:12: in window rules this is a list of ids: [1, 2]\n"},
        {WINDOW, "    hits: [[1, 9]]\n", "19:16: there is no line with the id '9'\n"},
        {WINDOW, "    hits: [[1, 1]]\n", "19:16: the line stands twice in this list\n"},
        {WINDOW, "    hits: [[1]]\n    excused: [2]\n", "20:15: in window rules this is a list of ids: [1, 2]\n"},
        {WINDOW, "    hits: 1\n    \n", "19:11: 'hits' must be a list, not text\n"},
        {PAIR, "    hits: [1]\n", "19:12: in pair rules this is a pair of ids: [1, 2]\n"},
        {PAIR, "    hits: [[1]]\n", "19:12: in pair rules this is a pair of ids: [1, 2]\n"},
        {PAIR, "    hits: [[1, 2, 3]]\n", "19:12: in pair rules this is a pair of ids: [1, 2]\n"},
        {PAIR, "    hits: []\n    horizon: 2024-01-01 .. 2024-12-31\n",
         "20:5: 'horizon' is for rules that wait for later lines, not for pair rules\n"},
        {WINDOW, "    hits: [[1, 2]]\n    horizon: 2024-01-01\n",
         "20:14: 'horizon' says from where to where the data goes: 2024-01-01 .. 2024-12-31\n"},
        {WINDOW, "    hits: [[1, 2]]\n    horizon: 2024-01-01 .. open\n",
         "20:14: 'horizon' says from where to where the data goes: 2024-01-01 .. 2024-12-31\n"},
        {WINDOW, "    hits: [[1, 2]]\n    horizon: 2024-01-02 .. 2024-01-01\n",
         "20:14: 'horizon' says from where to where the data goes: 2024-01-01 .. 2024-12-31\n"},
        {WINDOW, "    unknown: [1]\n", "13:5: key 'hits' is missing\n"},
        {WINDOW, "    hits: [[1, 2]]\n    tables: {nothing: 'a'}\n",
         "20:14: the rule does not read a set or table 'nothing'\n"},
        {WINDOW, "    hits: [[1, 2]]\n    hints: []\n", "20:5: unknown key 'hints'; did you mean 'hits'?\n"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[800];
        snprintf(text, sizeof(text), "%s%s", LINES, cases[i].expects);
        const char *said = run(cases[i].kind, "draft", text);
        ck_assert_msg(strcmp(said, cases[i].said) == 0, "%s:\n%s", cases[i].expects, said);
        ck_assert_uint_eq(result.failed, 1);
    }
}
END_TEST

START_TEST(broken_tables_are_seen)
{
    const char *said = run(PAIR, "draft",
                           "tests:\n  - name: case\n    lines: |\n      id  patient  units\n      1   P1       much\n"
                           "      2   P1\n    hits: []\n");
    ck_assert_str_eq(said, "17:7: a row has as many cells as the header (an empty one is written -): 3 "
                           "expected, 2 found\n");
    said = run(PAIR, "draft", "tests:\n  - name: case\n    lines: |\n      id  patient  units\n      1   P1       much\n    hits: []\n");
    ck_assert_str_eq(said, "15:11: 'patient': no such column\n16:20: units: no number with a point\n");
}
END_TEST

START_TEST(active_and_shadow_rules_need_both_sides)
{
    static const char *const statuses[] = {"active", "shadow"};
    for (size_t i = 0; i < 2; i++) {
        ck_assert_str_eq(run(PAIR, statuses[i], LINES "    hits: []\n"), "13:3: no test case that must match\n");
        ck_assert_str_eq(run(PAIR, statuses[i], "tests:\n  - name: case\n    lines: |\n      id  patient_id  units\n"
                                                "      1   P1          3\n      2   P1          2\n"
                                                "    hits: [[1, 2]]\n"),
                         "13:3: no test case that must not match\n");
        char said[100];
        snprintf(said, sizeof(said), "1:1: US-0101 is %s and has no tests\n", statuses[i]);
        ck_assert_str_eq(run(PAIR, statuses[i], ""), said);
    }
    ck_assert_str_eq(run(PAIR, "draft", ""), "");
    ck_assert_str_eq(run(PAIR, "retired", ""), "");
}
END_TEST

START_TEST(memory_may_run_out)
{
    size_t n = 1;
    for (bool finished = false; !finished; n++) {
        char source[] = "rule: US-0101\nversion: 1\ntitle: T\nstatus: draft\nseverity: high\ncategory: eligibility\n" PAIR
            LINES "    hits: [[2, 1]]\n";
        ca_diags diags;
        ca_error err = {0};
        rule_front_load(front, source);
        const ca_rule *rule = rule_front_rule(front);
        ca_diags_init(&diags, &arena);
        result = (ca_testrun){0};
        ca_alloc_fail(n, 1);
        code = ca_testrun_rule(rule_front_set(front), rule, &diags, &result, &err);
        ca_alloc_fail(0, 0);
        finished = code == 0 && !diags.failed;
        if (code != 0)
            ck_assert_int_eq(code, CA_NOMEM);
        ck_assert_uint_lt(n, 2000);
        ca_diags_done(&diags);
    }
    ck_assert_uint_gt(n, 10);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, what_is_found_is_compared);
    tcase_add_test(tcase, shapes_of_hits);
    tcase_add_test(tcase, broken_tables_are_seen);
    tcase_add_test(tcase, active_and_shadow_rules_need_both_sides);
    tcase_add_test(tcase, memory_may_run_out);
}

CA_CHECK_MAIN("rules/test_groups", add_tests)
