/* Conditions over lines: numbers, dates, missing values, Kleene logic, blame; both evaluators
 * say the same. */
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

START_TEST(numbers_against_literals)
{
    const char *table = "id units\n1 -1\n2 0\n3 0.5\n4 1\n5 1.0001\n6 -\n";
    LINE("units <= 0", table, "1 hit; 2 hit; 3 pass; 4 pass; 5 pass; 6 unknown units");
    LINE("units < 1", table, "1 hit; 2 hit; 3 hit; 4 pass; 5 pass; 6 unknown units");
    LINE("units > 1", table, "1 pass; 2 pass; 3 pass; 4 pass; 5 hit; 6 unknown units");
    LINE("units >= 1", table, "1 pass; 2 pass; 3 pass; 4 hit; 5 hit; 6 unknown units");
    LINE("units = 1", table, "1 pass; 2 pass; 3 pass; 4 hit; 5 pass; 6 unknown units");
    LINE("units != 1", table, "1 hit; 2 hit; 3 hit; 4 pass; 5 hit; 6 unknown units");
    LINE("1 > units", table, "1 hit; 2 hit; 3 hit; 4 pass; 5 pass; 6 unknown units");
    LINE("units = 0.00005", table, "1 pass; 2 pass; 3 pass; 4 pass; 5 pass; 6 unknown units");
    LINE("units != 0.00005", table, "1 hit; 2 hit; 3 hit; 4 hit; 5 hit; 6 unknown units");
    LINE("units >= 0.00005", table, "1 pass; 2 pass; 3 hit; 4 hit; 5 hit; 6 unknown units");
    LINE("units <= 1.00005", table, "1 hit; 2 hit; 3 hit; 4 hit; 5 pass; 6 unknown units");
    LINE("units > 1.00005", table, "1 pass; 2 pass; 3 pass; 4 pass; 5 hit; 6 unknown units");
    LINE("units between 0 and 1", table, "1 pass; 2 hit; 3 hit; 4 hit; 5 pass; 6 unknown units");
    LINE("units between 1 and 0", table, "1 pass; 2 pass; 3 pass; 4 pass; 5 pass; 6 unknown units");
    LINE("units < 99999999999999999", table, "1 hit; 2 hit; 3 hit; 4 hit; 5 hit; 6 unknown units");
    LINE("units < -99999999999999999", table,
         "1 pass; 2 pass; 3 pass; 4 pass; 5 pass; 6 unknown units");
}
END_TEST

START_TEST(numbers_against_columns)
{
    const char *table = "id paid charge days_supply\n"
                        "1 10 10 10\n"
                        "2 10.01 10 11\n"
                        "3 9 10 9\n"
                        "4 - 10 -\n"
                        "5 9 - 9\n"
                        "6 - - -\n";
    LINE("paid > charge", table,
         "1 pass; 2 hit; 3 pass; 4 unknown paid; 5 unknown charge; 6 unknown paid");
    LINE("paid <= charge", table,
         "1 hit; 2 pass; 3 hit; 4 unknown paid; 5 unknown charge; 6 unknown paid");
    LINE("paid = days_supply", table,
         "1 hit; 2 pass; 3 hit; 4 unknown paid; 5 hit; 6 unknown paid");
    LINE("days_supply != paid", table,
         "1 pass; 2 hit; 3 pass; 4 unknown days_supply; 5 pass; 6 unknown days_supply");
}
END_TEST

START_TEST(arithmetic_is_exact_and_overflow_is_missing)
{
    const char *table = "id paid units\n1 0.30 3\n2 0.31 3\n3 10 0\n4 5 -\n";
    LINE("paid / units = 0.1", table, "1 hit; 2 pass; 3 unknown other; 4 unknown units");
    LINE("paid - 0.1 - 0.1 = 0.1", table, "1 hit; 2 pass; 3 pass; 4 pass");
    LINE("units * 0.75 = 2.25", table, "1 hit; 2 hit; 3 pass; 4 unknown units");
    LINE("-paid < -0.30", table, "1 pass; 2 hit; 3 hit; 4 hit");
    LINE("paid * paid * paid * paid * paid * paid * paid * paid >= 0",
         "id paid\n1 99999999999999\n2 1\n", "1 unknown other; 2 hit");
}
END_TEST

START_TEST(functions)
{
    const char *dates = "id service_date service_end_date units\n"
                        "1 2024-02-29 2024-03-02 1\n"
                        "2 2024-03-02 - 2\n"
                        "3 - - -\n";
    LINE("days_between(service_date, service_end_date) = 2", dates,
         "1 hit; 2 unknown service_end_date; 3 unknown service_date");
    LINE("add_days(service_date, 2) = 2024-03-02", dates, "1 hit; 2 pass; 3 unknown service_date");
    LINE("add_months(service_date, 12) = 2025-02-28", dates,
         "1 hit; 2 pass; 3 unknown service_date");
    LINE("add_days(service_date, 99999999) > service_date", dates,
         "1 unknown other; 2 unknown other; 3 unknown service_date");
    LINE("year(service_date) = 2024 and month(service_date) = 2", dates,
         "1 hit; 2 pass; 3 unknown service_date");
    LINE("weekday(service_date) = 4", dates, "1 hit; 2 pass; 3 unknown service_date");
    LINE("is_weekend(service_date)", dates, "1 pass; 2 hit; 3 unknown service_date");
    LINE("coalesce(service_end_date, service_date) = 2024-03-02", dates,
         "1 hit; 2 hit; 3 unknown service_end_date");
    LINE("least(units, 1.5) = 1.5 or greatest(units, 5, 3) < 5", dates,
         "1 pass; 2 hit; 3 unknown units");
    LINE("greatest(service_date, service_end_date) = 2024-03-02", dates,
         "1 hit; 2 unknown service_end_date; 3 unknown service_date");
    LINE("abs(units - 2) = 1", dates, "1 hit; 2 pass; 3 unknown units");
    LINE("round(units / 8, 2) = 0.12", dates, "1 hit; 2 pass; 3 unknown units");
    LINE("round(units / 4, 0) = 0", dates, "1 hit; 2 hit; 3 unknown units");
    LINE("size(modifiers) = 2", "id modifiers\n1 A;B\n2 ''\n3 -\n",
         "1 hit; 2 pass; 3 unknown modifiers");
}
END_TEST

/* Written as it is here, a remainder decides it; a little differently, the general way does. */
START_TEST(amounts_are_round)
{
    const char *table = "id charge units\n1 300.00 6\n2 310.00 5\n3 0.00 -\n4 -200.00 0\n5 -250.00 -3\n6 - 3.5\n7 300.0001 1\n8 49.99 9\n"
                        "9 922337203685400.00 12\n10 922337203685477.5807 900000000000\n11 -922337203685477.5808 1\n";
    const char *hundreds = "1 hit; 2 pass; 3 hit; 4 hit; 5 pass; 6 unknown charge; 7 pass; 8 pass; 9 hit; 10 pass; 11 pass";
    LINE("charge = 100 * round(charge / 100, 0)", table, hundreds);
    LINE("round(charge / 100, 0) * 100 = charge", table, hundreds);
    LINE("charge = 100 * (0 + round(charge / 100, 0))", table, hundreds);
    LINE("not charge != 100 * round(charge / 100, 0)", table, hundreds);
    LINE("charge = 2.5 * round(charge / 2.5, 0)", table,
         "1 hit; 2 hit; 3 hit; 4 hit; 5 hit; 6 unknown charge; 7 pass; 8 pass; 9 hit; 10 pass; 11 pass");
    LINE("charge = 100 * round(charge / 50, 0)", table,
         "1 pass; 2 pass; 3 hit; 4 pass; 5 pass; 6 unknown charge; 7 pass; 8 pass; 9 pass; 10 pass; 11 pass");
    LINE("charge = 0.5 * round(charge / 0.5, 0)", table,
         "1 hit; 2 hit; 3 hit; 4 hit; 5 hit; 6 unknown charge; 7 pass; 8 pass; 9 hit; 10 pass; 11 pass");
    LINE("charge = 100 * round(charge / 100, 1)", table,
         "1 hit; 2 hit; 3 hit; 4 hit; 5 hit; 6 unknown charge; 7 pass; 8 pass; 9 hit; 10 pass; 11 pass");
    LINE("charge < 100 * round(charge / 100, 0)", table,
         "1 pass; 2 pass; 3 pass; 4 pass; 5 hit; 6 unknown charge; 7 pass; 8 pass; 9 pass; 10 hit; 11 pass");
    LINE("units = 3 * round(units / 3, 0)", table,
         "1 hit; 2 pass; 3 unknown units; 4 hit; 5 hit; 6 pass; 7 pass; 8 hit; 9 hit; 10 hit; 11 pass");
}
END_TEST

START_TEST(ages_are_completed_years)
{
    const char *table =
        "id birth_date service_date\n1 2000-02-29 2012-02-28\n2 2000-02-29 2012-02-29\n"
        "3 2000-02-29 2013-02-28\n4 - 2012-01-01\n5 2000-01-01 -\n6 2012-01-01 2011-12-31\n";
    LINE("age_at(birth_date, service_date) >= 12", table,
         "1 pass; 2 hit; 3 hit; 4 unknown birth_date; 5 unknown service_date; 6 pass");
    LINE("age_at(birth_date, service_date) between 11 and 12", table,
         "1 hit; 2 hit; 3 hit; 4 unknown birth_date; 5 unknown service_date; 6 pass");
    LINE("age_at(birth_date, service_date) < 0", table,
         "1 pass; 2 pass; 3 pass; 4 unknown birth_date; 5 unknown service_date; 6 hit");
    LINE("age_at(birth_date, service_date) != 11", table,
         "1 pass; 2 hit; 3 hit; 4 unknown birth_date; 5 unknown service_date; 6 hit");
    LINE("age_days(birth_date, service_date) = -1", table,
         "1 pass; 2 pass; 3 pass; 4 unknown birth_date; 5 unknown service_date; 6 hit");
}
END_TEST

START_TEST(columns_that_are_not_mapped_are_missing)
{
    const char *table = "id paid\n1 10\n2 -\n";
    LINE("sex = 'M'", table, "1 unknown sex; 2 unknown sex");
    LINE("units > 1", table, "1 unknown units; 2 unknown units");
    LINE("procedure in ('V1')", table, "1 unknown procedure; 2 unknown procedure");
    LINE("units is missing and paid is present", table, "1 hit; 2 pass");
    LINE("paid > charge", table, "1 unknown charge; 2 unknown paid");
    LINE("age_at(birth_date, service_date) > 3", table,
         "1 unknown birth_date; 2 unknown birth_date");
}
END_TEST

/* Days around every birthday that matters; judge_when compares both evaluators. */
START_TEST(ages_near_birthdays)
{
    static const char *const births[] = {"1996-02-28", "1996-02-29", "1996-03-01",
                                         "1900-03-01", "1999-12-31", "2000-01-01"};
    static const int years[] = {0, 1, 3, 4, 12, 18, 55, 100, 124};
    static const char *const conditions[] = {
        "age_at(birth_date, service_date) >=", "age_at(birth_date, service_date) <",
        "age_at(birth_date, service_date) !=", "age_at(birth_date, service_date) between -1 and",
        "age_at(birth_date, service_date) between 1 and"};
    for (size_t y = 0; y < sizeof(years) / sizeof(years[0]); y++) {
        ca_buf table;
        ca_buf_init(&table);
        ca_buf_add_cstr(&table, "id birth_date service_date\n");
        for (int row = 0; row < 6 * 9; row++) {
            ca_date date;
            char text[CA_DATE_SIZE];
            ck_assert(ca_date_parse_iso(ca_text_of(births[row / 9]), &date));
            ck_assert(ca_date_add_months(date, 12 * years[y], &date));
            ca_date_print(date + row % 9 - 4, text);
            ca_buf_printf(&table, "%d %s %s\n", row, births[row / 9], text);
        }
        for (size_t c = 0; c < sizeof(conditions) / sizeof(conditions[0]); c++) {
            ca_buf when;
            ca_buf_init(&when);
            ca_buf_printf(&when, "%s %d", conditions[c], years[y]);
            const char *said = judge_when(&world, "line", ca_buf_cstr(&when), ca_buf_cstr(&table));
            ck_assert(strstr(said, "hit") != NULL || years[y] == 0);
            ca_buf_done(&when);
        }
        ca_buf_done(&table);
    }
}
END_TEST

START_TEST(logic_is_kleene)
{
    /* a: sex = 'M', b: units > 0; each TRUE, FALSE, UNKNOWN */
    const char *table =
        "id sex units\n1 M 1\n2 M 0\n3 M -\n4 F 1\n5 F 0\n6 F -\n7 - 1\n8 - 0\n9 - -\n";
    LINE(
        "sex = 'M' and units > 0", table,
        "1 hit; 2 pass; 3 unknown units; 4 pass; 5 pass; 6 pass; 7 unknown sex; 8 pass; "
        "9 unknown sex");
    LINE(
        "sex = 'M' or units > 0", table,
        "1 hit; 2 hit; 3 hit; 4 hit; 5 pass; 6 unknown units; 7 hit; 8 unknown sex; 9 unknown sex");
    LINE(
        "not (sex = 'M' and units > 0)", table,
        "1 pass; 2 hit; 3 unknown units; 4 hit; 5 hit; 6 hit; 7 unknown sex; 8 hit; 9 unknown sex");
    LINE(
        "not (sex = 'M' or units > 0)", table,
        "1 pass; 2 pass; 3 pass; 4 pass; 5 hit; 6 unknown units; 7 pass; 8 unknown sex; "
        "9 unknown sex");
}
END_TEST

START_TEST(the_first_unknown_leaf_is_blamed)
{
    LINE("(sex = 'M' or paid > 0) and units > 0",
         "id sex paid units\n1 - 1 -\n2 - - -\n3 M - -\n4 F - 1\n",
         "1 unknown sex; 2 unknown sex; 3 unknown paid; 4 unknown paid");
    LINE("paid > 0 or (sex = 'M' and units > 0)", "id sex paid units\n1 - 0 -\n2 F - 1\n",
         "1 unknown sex; 2 unknown paid");
}
END_TEST

/* More rows than fit into one word, and none at all. */
START_TEST(many_rows)
{
    ca_buf table;
    ca_buf expected;
    ca_buf_init(&table);
    ca_buf_init(&expected);
    ca_buf_add_cstr(&table, "id units sex modifiers procedure\n");
    for (int i = 0; i < 200; i++) {
        ca_buf_printf(&table, "%d %d %s %s %s\n", i, i, i % 3 ? "M" : "F", i % 2 ? "KX;59" : "''",
                      i % 5 ? "V0103" : "V9");
        bool hit = i > 100 && i % 3 && i % 2 && i % 5;
        ca_buf_printf(&expected, "%s%d %s", i ? "; " : "", i, hit ? "hit" : "pass");
    }
    LINE("units > 100 and sex = 'M' and modifiers has 'KX' and procedure in ('V0103')",
         ca_buf_cstr(&table), ca_buf_cstr(&expected));
    LINE(
        "not (units <= 100 or sex != 'M' or not (modifiers overlaps set allowed_modifiers) or "
        "procedure = 'V9')",
        ca_buf_cstr(&table), ca_buf_cstr(&expected));
    ca_buf_done(&table);
    ca_buf_done(&expected);
}
END_TEST

START_TEST(only_the_mask_is_judged)
{
    LINE("units > 0", "id units\n1 1\n2 1\n3 0\n4 0\n5 -\n",
         "1 hit; 2 hit; 3 pass; 4 pass; 5 unknown units");
    uint64_t mask[1] = {UINT64_MAX << 5 | 0x15}; /* rows 0, 2, 4, and rows that do not exist */
    uint64_t yes[1] = {77};
    uint64_t no[1] = {77};
    ck_assert_int_eq(ca_eval_condition(world.eval, &world.lines.frame, world.rule->when, mask, NULL,
                                       NULL, yes, no, NULL),
                     0);
    ck_assert_uint_eq(yes[0], 0x01);
    ck_assert_uint_eq(no[0], 0x04);
}
END_TEST

START_TEST(memory_runs_out_at_every_allocation)
{
    const char *table =
        "id units procedure service_date modifiers\n1 1 V0103 2024-01-01 KX\n2 1 - - ''\n";
    const char *when =
        "units > 0 and procedure in ('V0103') and not (modifiers overlaps codes('5'..'7'))";
    ck_assert_str_eq(judge_when(&world, "line", when, table), "1 hit; 2 unknown procedure");
    for (uint64_t n = 1; n < 100; n++) {
        uint64_t bits[4] = {0};
        uint64_t *counts =
            calloc(ca_blame_slots(world.rule, world.lines.lines->schema), sizeof(*counts));
        ca_verdict verdict = {&bits[0], &bits[1], &bits[2], &bits[3]};
        ca_error err = {0};
        ca_alloc_fail(n, 1);
        ca_eval *eval = ca_eval_new();
        int code = eval ? ca_eval_rule(eval, &world.lines.frame, world.rule,
                                       world.lines.lines->live, &verdict, &err)
                        : CA_NOMEM;
        if (code == 0)
            code =
                ca_eval_blame(eval, &world.lines.frame, world.rule, verdict.unknown, counts, &err);
        ca_eval_free(eval);
        ca_alloc_fail(0, 0);
        free(counts);
        if (code == 0) {
            ck_assert_uint_gt(n, 2);
            ck_assert_uint_eq(bits[0], 1);
            return;
        }
        ck_assert_int_eq(code, CA_NOMEM);
    }
    ck_abort_msg("never succeeded");
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, numbers_against_literals);
    tcase_add_test(tcase, numbers_against_columns);
    tcase_add_test(tcase, arithmetic_is_exact_and_overflow_is_missing);
    tcase_add_test(tcase, functions);
    tcase_add_test(tcase, amounts_are_round);
    tcase_add_test(tcase, ages_are_completed_years);
    tcase_add_test(tcase, columns_that_are_not_mapped_are_missing);
    tcase_add_test(tcase, ages_near_birthdays);
    tcase_add_test(tcase, logic_is_kleene);
    tcase_add_test(tcase, the_first_unknown_leaf_is_blamed);
    tcase_add_test(tcase, many_rows);
    tcase_add_test(tcase, only_the_mask_is_judged);
    tcase_add_test(tcase, memory_runs_out_at_every_allocation);
}

CA_CHECK_MAIN("rules/eval", add_tests)
