/* Codes, lists, sets and tables in conditions over lines; both evaluators say the same. */
#include "support/check_main.h"
#include "support/judge.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

static judge_world world;

static void set_up(void)
{
    judge_init(&world);
}

static void tear_down(void)
{
    judge_done(&world);
}

#define LINE(when, table, expected)                                                                \
    ck_assert_str_eq(judge_when(&world, "line", when, table), expected)

START_TEST(codes_enumerations_and_texts)
{
    const char *table = "id sex procedure billing_provider_id rendering_provider_id\n"
                        "1 M V0103 N1 N1\n"
                        "2 F V9 N1 N2\n"
                        "3 - - - N1\n"
                        "4 X V0104 '' ''\n";
    LINE("sex = 'M'", table, "1 hit; 2 pass; 3 unknown sex; 4 pass");
    LINE("('M' != sex)", table, "1 pass; 2 hit; 3 unknown sex; 4 hit");
    LINE("sex in ('M', 'X')", table, "1 hit; 2 pass; 3 unknown sex; 4 hit");
    LINE("sex not in ('M', 'X')", table, "1 pass; 2 hit; 3 unknown sex; 4 pass");
    LINE("procedure = 'v0103'", table, "1 hit; 2 pass; 3 unknown procedure; 4 pass");
    LINE("procedure != 'V0103'", table, "1 pass; 2 hit; 3 unknown procedure; 4 hit");
    LINE("procedure = 'V7777'", table, "1 pass; 2 pass; 3 unknown procedure; 4 pass");
    LINE("procedure in ('V0103', 'V9')", table, "1 hit; 2 hit; 3 unknown procedure; 4 pass");
    LINE("procedure in codes('V0103'..'V0104')", table,
         "1 hit; 2 pass; 3 unknown procedure; 4 hit");
    LINE("procedure not in codes('V01')", table, "1 pass; 2 hit; 3 unknown procedure; 4 pass");
    LINE("procedure starts with 'v01'", table, "1 hit; 2 pass; 3 unknown procedure; 4 hit");
    LINE("billing_provider_id = rendering_provider_id", table,
         "1 hit; 2 pass; 3 unknown billing_provider_id; 4 hit");
    LINE("billing_provider_id in ('N1', 'N7')", table,
         "1 hit; 2 hit; 3 unknown billing_provider_id; 4 pass");
    LINE("rendering_provider_id starts with 'N'", table, "1 hit; 2 hit; 3 hit; 4 pass");
    LINE("billing_provider_id != 'N1'", table,
         "1 pass; 2 pass; 3 unknown billing_provider_id; 4 hit");
}
END_TEST

START_TEST(ranges_of_codes_include_what_begins_with_their_end)
{
    const char *table = "id principal_diagnosis\n"
                        "1 icd10cm:E139\n"
                        "2 icd10cm:E14\n"
                        "3 icd10cm:E08\n"
                        "4 icd9cm:E139\n"
                        "5 icd10cm:E079\n"
                        "6 icd10cm:E13\n";
    LINE("principal_diagnosis in codes('icd10cm:E08'..'icd10cm:E13')", table,
         "1 hit; 2 pass; 3 hit; 4 pass; 5 pass; 6 hit");
    LINE("principal_diagnosis in ('icd10cm:E13')", table,
         "1 pass; 2 pass; 3 pass; 4 pass; 5 pass; 6 hit");
    LINE("principal_diagnosis in codes('icd10cm:E13')", table,
         "1 hit; 2 pass; 3 pass; 4 pass; 5 pass; 6 hit");
    LINE("principal_diagnosis = 'icd9cm:E139'", table,
         "1 pass; 2 pass; 3 pass; 4 hit; 5 pass; 6 pass");
}
END_TEST

START_TEST(lists_that_are_supplied_are_never_missing)
{
    const char *table = "id modifiers\n1 KX;59\n2 ''\n3 76\n";
    LINE("modifiers has 'KX'", table, "1 hit; 2 pass; 3 pass");
    LINE("modifiers overlaps set allowed_modifiers", table, "1 hit; 2 pass; 3 pass");
    LINE("modifiers within set allowed_modifiers", table, "1 hit; 2 hit; 3 pass");
    LINE("modifiers overlaps ('59', '76')", table, "1 hit; 2 pass; 3 hit");
    LINE("modifiers within codes('5'..'7')", table, "1 pass; 2 hit; 3 hit");
    LINE("modifiers is present", table, "1 hit; 2 hit; 3 hit");
    LINE("not (modifiers has 'KX')", table, "1 pass; 2 hit; 3 hit");
}
END_TEST

START_TEST(lists_that_are_not_supplied_are_unknown)
{
    const char *table = "id paid\n1 10\n2 -\n";
    LINE("modifiers has 'KX'", table, "1 unknown modifiers; 2 unknown modifiers");
    LINE("modifiers overlaps set allowed_modifiers", table,
         "1 unknown modifiers; 2 unknown modifiers");
    LINE("modifiers within set allowed_modifiers", table,
         "1 unknown modifiers; 2 unknown modifiers");
    LINE("not (modifiers has 'KX')", table, "1 unknown modifiers; 2 unknown modifiers");
    LINE("modifiers is missing", table, "1 hit; 2 hit");
    LINE("size(modifiers) = 0", table, "1 unknown modifiers; 2 unknown modifiers");
}
END_TEST

START_TEST(dated_sets_need_their_date)
{
    const char *table = "id principal_diagnosis other_diagnoses service_date paid_date\n"
                        "1 icd10cm:O80 icd10cm:I10 2024-09-30 2024-10-01\n"
                        "2 icd10cm:O80 icd10cm:O80 2024-10-01 2024-09-30\n"
                        "3 icd10cm:Z34 '' 2031-01-01 -\n"
                        "4 icd10cm:O80 '' - -\n"
                        "5 - icd10cm:O80 - 2024-01-01\n"
                        "6 icd9cm:O80 icd9cm:Z34 2020-01-01 -\n";
    LINE("principal_diagnosis in set female_dx", table,
         "1 hit; 2 pass; 3 hit; 4 unknown service_date; 5 unknown principal_diagnosis; 6 pass");
    LINE("principal_diagnosis not in set female_dx", table,
         "1 pass; 2 hit; 3 pass; 4 unknown service_date; 5 unknown principal_diagnosis; 6 hit");
    LINE(
        "principal_diagnosis in set female_dx on paid_date", table,
        "1 pass; 2 hit; 3 unknown paid_date; 4 unknown paid_date; 5 unknown principal_diagnosis; "
        "6 unknown paid_date");
    LINE("principal_diagnosis in set female_dx on 2020-01-01", table,
         "1 hit; 2 hit; 3 hit; 4 hit; 5 unknown principal_diagnosis; 6 pass");
    LINE("principal_diagnosis in set female_dx on add_days(service_date, 1)", table,
         "1 pass; 2 pass; 3 hit; 4 unknown service_date; 5 unknown principal_diagnosis; 6 pass");
    LINE("other_diagnoses overlaps set female_dx", table,
         "1 pass; 2 pass; 3 pass; 4 pass; 5 unknown service_date; 6 pass");
    LINE("other_diagnoses within set female_dx", table,
         "1 pass; 2 pass; 3 hit; 4 hit; 5 unknown service_date; 6 pass");
}
END_TEST

START_TEST(unbound_sets_are_unknown_and_named)
{
    const char *table =
        "id principal_diagnosis other_diagnoses\n1 icd10cm:O80 icd10cm:I10\n2 - ''\n";
    LINE("principal_diagnosis in set valid_dx", table, "1 unknown valid_dx; 2 unknown valid_dx");
    LINE("not (diagnoses within set valid_dx)", table, "1 unknown valid_dx; 2 pass");
    LINE("other_diagnoses overlaps set valid_dx", table, "1 unknown valid_dx; 2 pass");
    LINE("line_diagnoses within set valid_dx", table, "1 unknown valid_dx; 2 unknown valid_dx");
}
END_TEST

START_TEST(tables_are_looked_up)
{
    const char *table =
        "id procedure service_date units billing_provider_id\n"
        "1 V0103 2024-01-01 4 P1\n"
        "2 V0103 2019-12-31 4 P2\n"
        "3 - 2024-01-01 4 P1\n4 V0103 - 4 P1\n5 V0103 2024-01-01 3 -\n6 V9 2024-01-01 9 P1\n";
    LINE("mue(procedure) is found", table,
         "1 hit; 2 pass; 3 unknown procedure; 4 unknown service_date; 5 hit; 6 pass");
    LINE("mue(procedure) is not found", table,
         "1 pass; 2 hit; 3 unknown procedure; 4 unknown service_date; 5 pass; 6 hit");
    LINE(
        "units > mue(procedure).max_units", table,
        "1 hit; 2 unknown mue; 3 unknown procedure; 4 unknown service_date; 5 pass; 6 unknown mue");
    LINE("units > mue(procedure on 2024-05-05).max_units", table,
         "1 hit; 2 hit; 3 unknown procedure; 4 hit; 5 pass; 6 unknown mue");
    LINE("mue(procedure).max_units is missing", table,
         "1 pass; 2 hit; 3 hit; 4 hit; 5 pass; 6 hit");
    LINE(
        "contract(billing_provider_id, procedure).price < 10", table,
        "1 hit; 2 unknown contract; 3 unknown procedure; 4 hit; 5 unknown billing_provider_id; "
        "6 unknown contract");
    LINE(
        "contract(billing_provider_id, procedure).grade = 'A'", table,
        "1 hit; 2 unknown contract; 3 unknown procedure; 4 hit; 5 unknown billing_provider_id; "
        "6 unknown contract");
}
END_TEST

/* The dictionary grows between two batches: what is known of its codes grows with it. */
START_TEST(new_codes_after_the_first_batch)
{
    LINE("procedure in codes('V01')", "id procedure\n1 V0103\n2 V0203\n", "1 hit; 2 pass");
    ca_eval *eval = world.eval;
    const ca_rule *rule = world.rule;
    ca_batch *batch = world.lines.lines;
    ca_codes *codes = rule_front_set(world.front)->codes;
    uint64_t yes[1];
    uint64_t no[1];
    for (int i = 0; i < 3000; i++) {
        char code[16];
        snprintf(code, sizeof(code), "V%02d%02dX", i / 100, i % 100);
        uint8_t system;
        ck_assert(ca_codes_find_system(codes, CA_TEXT("hcpcs"), &system));
        ck_assert_int_eq(ca_codes_put(codes, system, ca_text_of(code),
                                      &batch->columns[CA_F_PROCEDURE].as.code[1]),
                         0);
        if (i % 500 != 0 && i / 100 != 1)
            continue;
        ck_assert_int_eq(ca_eval_condition(eval, &world.lines.frame, rule->when, batch->live, NULL,
                                           NULL, yes, no, NULL),
                         0);
        ck_assert_uint_eq(yes[0], i / 100 == 1 ? 3 : 1);
        ck_assert_uint_eq(yes[0] | no[0], 3);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, codes_enumerations_and_texts);
    tcase_add_test(tcase, ranges_of_codes_include_what_begins_with_their_end);
    tcase_add_test(tcase, lists_that_are_supplied_are_never_missing);
    tcase_add_test(tcase, lists_that_are_not_supplied_are_unknown);
    tcase_add_test(tcase, dated_sets_need_their_date);
    tcase_add_test(tcase, unbound_sets_are_unknown_and_named);
    tcase_add_test(tcase, tables_are_looked_up);
    tcase_add_test(tcase, new_codes_after_the_first_batch);
}

CA_CHECK_MAIN("rules/eval_members", add_tests)
