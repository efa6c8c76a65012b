/* Inline tests: tables and parameters of a case, and what its lines hold where they say nothing. */
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

START_TEST(tables_and_parameters_of_a_case)
{
    const char *said = run(
        "kind: line\n"
        "when: principal_diagnosis in set female_dx and units > mue(procedure).max_units * factor\n"
        "parameters: {factor: 1}\ntests:\n"
        "  - name: shipped rows\n"
        "    lines: |\n"
        "      id principal_diagnosis procedure units\n"
        "      1 icd10cm:O80 V0103 4\n"
        "      2 icd10cm:I10 V0103 4\n      3 icd10cm:O80 V0103 3\n    hits: [1]\n"
        "  - name: rows of the case\n"
        "    tables:\n"
        "      female_dx: |\n"
        "        code         valid_from  valid_to\n"
        "        icd10cm:I10  2020-01-01  -\n"
        "      mue: |\n"
        "        procedure  max_units  price  valid_from  valid_to\n"
        "        V0103      1          1      2020-01-01  -\n"
        "    parameters: {factor: 3}\n"
        "    lines: |\n"
        "      id principal_diagnosis procedure units\n"
        "      1 icd10cm:O80 V0103 4\n"
        "      2 icd10cm:I10 V0103 4\n"
        "      3 icd10cm:I10 V0103 3\n    hits: [2]\n"
        "  - name: shipped rows again\n"
        "    lines: |\n"
        "      id principal_diagnosis procedure units\n"
        "      1 icd10cm:O80 V0103 4\n"
        "      2 icd10cm:I10 V0103 4\n"
        "    hits: [1]\n");
    ck_assert_str_eq(said, "");
    ck_assert_uint_eq(result.cases, 3);
}
END_TEST

START_TEST(defaults_of_columns)
{
    /* service_date is the first day of `effective`; other columns not listed are missing; '' is
     * the empty list or text. */
    const char *said = run(
        "kind: line\n"
        "when: service_date = 2020-01-01 and units is missing and size(modifiers) = 0 and "
        "x.tooth = 'a b'\n"
        "tests:\n"
        "  - name: case\n"
        "    lines: |\n"
        "      id modifiers x.tooth\n"
        "      1 '' 'a b'\n"
        "      2 '' ''\n"
        "    hits: [1]\n"
        "  - name: dates may be missing\n"
        "    lines: |\n"
        "      id modifiers x.tooth service_date\n"
        "      1 '' 'a b' -\n"
        "    hits: []\n"
        "    unknown: [1]\n");
    ck_assert_str_eq(said, "");
    said =
        run("kind: claim\n"
            "when: from_date = 2020-01-01 and diagnoses has 'icd10cm:I10' and size(diagnoses) = 2\n"
            "tests:\n"
            "  - name: principal and others are the diagnoses\n"
            "    lines: |\n"
            "      id principal_diagnosis other_diagnoses\n"
            "      1 icd10cm:O80 icd10cm:I10\n"
            "      2 - icd10cm:I10\n"
            "      3 icd10cm:I10 icd10cm:O80\n"
            "    hits: [[1], [3]]\n"
            "    unknown: []\n"
            "  - name: the first service is the claim's date\n"
            "    lines: |\n"
            "      id claim_id diagnoses service_date\n"
            "      1 C1 icd10cm:O80;icd10cm:I10 2020-01-09\n"
            "      2 C1 icd10cm:O80;icd10cm:I10 2020-01-01\n"
            "      3 C2 icd10cm:O80;icd10cm:I10 2020-01-09\n"
            "    hits: [[1, 2]]\n"
            "  - name: header values must agree\n    lines: |\n      id claim_id diagnoses\n"
            "      1 C1 icd10cm:O80;icd10cm:I10\n"
            "      2 C1 icd10cm:O80\n"
            "    hits: []\n"
            "    unknown: [[1, 2]]\n");
    ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(a_site_parameter_does_not_reach_the_tests)
{
    ck_assert_int_eq(ca_ruleset_override(rule_front_set(front), CA_TEXT("US-0101"), CA_TEXT("cap"),
                                         CA_TEXT("5"), NULL),
                     0);
    ck_assert_str_eq(run(LINE_RULE "  - name: case\n"
                                   "    lines: |\n"
                                   "      id sex units\n"
                                   "      1 M 2\n"
                                   "      2 M 1\n"
                                   "    hits: [1]\n"),
                     "");
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, tables_and_parameters_of_a_case);
    tcase_add_test(tcase, defaults_of_columns);
    tcase_add_test(tcase, a_site_parameter_does_not_reach_the_tests);
}

CA_CHECK_MAIN("rules/test_frame", add_tests)
