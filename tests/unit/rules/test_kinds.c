/* Line rules, and what both kinds share: dates, where, exceptions, and the five outcomes that
 * add up. */
#include "support/check_main.h"
#include "support/judge.h"

#include <string.h>

#include "rules/kinds.h"

static judge_world world;

static void set_up(void)
{
    judge_init(&world);
}

static void tear_down(void)
{
    judge_done(&world);
}

#define JUDGE(kind, when, keys, table, expected)                                                   \
    ck_assert_str_eq(judge_rule(&world, kind, when, keys, table), expected)

START_TEST(effective_is_inclusive)
{
    const char *keys = "effective: 2020-01-01 .. 2020-12-31\n";
    const char *table = "id units service_date\n"
                        "1 1 2019-12-31\n"
                        "2 1 2020-01-01\n"
                        "3 1 2020-12-31\n"
                        "4 1 2021-01-01\n"
                        "5 1 -\n"
                        "6 0 -\n";
    const char *expected =
        "1 not_applicable; 2 hit; 3 hit; 4 not_applicable; 5 unknown service_date; "
        "6 unknown service_date";
    JUDGE("line", "units > 0", keys, table, expected);
    JUDGE("line", "units > 0", "effective: 2020-01-01 .. open\n", table,
          "1 not_applicable; 2 hit; 3 hit; 4 hit; 5 unknown service_date; 6 unknown service_date");
    JUDGE("line", "units > 0", "", table, "1 hit; 2 hit; 3 hit; 4 hit; 5 hit; 6 pass");
    JUDGE("line", "units > 0", "effective: 2020-01-01 .. 2020-12-31\neffective_on: paid_date\n",
          "id units service_date paid_date\n"
          "1 1 2020-01-01 2021-01-01\n"
          "2 1 2021-01-01 2020-06-06\n"
          "3 1 2020-06-06 -\n",
          "1 not_applicable; 2 hit; 3 unknown paid_date");
    JUDGE("claim", "any(units > 0)", keys,
          "id units from_date\n"
          "1 1 2019-12-31\n"
          "2 1 2020-01-01\n"
          "3 1 2020-12-31\n"
          "4 1 2021-01-01\n"
          "5 1 -\n",
          "1 not_applicable; 2 hit; 3 hit; 4 not_applicable; 5 unknown from_date");
}
END_TEST

START_TEST(a_claims_date_comes_from_its_lines_where_it_has_none)
{
    JUDGE("claim", "any(units > 0)", "effective: 2020-01-01 .. 2020-12-31\n",
          "id claim_id units service_date\n"
          "1 C1 1 2020-02-01\n"
          "2 C1 1 2019-12-31\n"
          "3 C2 1 2020-02-01\n"
          "4 C2 1 -\n"
          "5 C3 1 -\n",
          "1 not_applicable; 3 hit; 5 unknown from_date");
}
END_TEST

START_TEST(where_of_a_line_rule)
{
    const char *table = "id sex units\n1 M 1\n2 M 0\n3 M -\n4 F 1\n5 F -\n6 - 1\n7 - 0\n";
    JUDGE(
        "line", "units > 0", "where: sex = 'M'\n", table,
        "1 hit; 2 pass; 3 unknown units; 4 not_applicable; 5 not_applicable; 6 unknown sex; "
        "7 unknown sex");
    /* A line outside is outside even without its date. */
    JUDGE("line", "units > 0", "where: sex = 'M'\neffective: 2020-01-01 .. open\n",
          "id sex units service_date\n1 F 1 -\n2 M 1 -\n3 - 1 -\n4 - 1 2019-01-01\n",
          "1 not_applicable; 2 unknown service_date; 3 unknown service_date; 4 not_applicable");
}
END_TEST

START_TEST(the_first_true_exception_excuses)
{
    const char *keys =
        "unless:\n  - name: kx\n    when: modifiers has 'KX'\n    reason: A reason\n"
        "  - name: old\n    when: age_at(birth_date, service_date) > 100\n    reason: A reason\n";
    const char *table = "id units modifiers birth_date service_date\n"
                        "1 1 KX 1900-01-01 2020-01-01\n"
                        "2 1 '' 1900-01-01 2020-01-01\n"
                        "3 1 '' 1990-01-01 2020-01-01\n"
                        "4 0 KX 1900-01-01 2020-01-01\n"
                        "5 1 '' - 2020-01-01\n"
                        "6 1 KX - -\n";
    JUDGE("line", "units > 0", keys, table,
          "1 excused kx; 2 excused old; 3 hit; 4 pass; 5 hit, old? birth_date; 6 excused kx");
    /* The first is UNKNOWN, the second excuses all the same; where none does, the finding stands
     * and is marked. */
    JUDGE("line", "units > 0", keys,
          "id units birth_date service_date\n"
          "1 1 1900-01-01 2020-01-01\n"
          "2 1 1990-01-01 2020-01-01\n"
          "3 0 - -\n",
          "1 excused old; 2 hit, kx? modifiers; 3 pass");
}
END_TEST

START_TEST(rows_that_are_not_live_are_not_offered)
{
    const char *table = "id claim_status units\n"
                        "1 original 1\n"
                        "2 void 1\n"
                        "3 reversal 1\n"
                        "4 denied 1\n"
                        "5 replacement 1\n"
                        "6 - 1\n";
    judge_rule(&world, "line", "units > 0", "", table);
    ck_assert_uint_eq(world.lines.lines->live[0], 0x39);
    ck_assert_int_eq(world.said[0].outcome, CA_HIT);
    ck_assert_int_eq(world.said[1].outcome, CA_PASS); /* nothing was said */
    ck_assert_ptr_null(world.said[1].leaves);
}
END_TEST

START_TEST(five_outcomes_add_up)
{
    const char *keys = "where: sex = 'M'\n"
                       "unless:\n"
                       "  - name: kx\n"
                       "    when: modifiers has 'KX'\n"
                       "    reason: A reason\n";
    judge_rule(&world, "line", "units > 0", keys,
               "id sex units modifiers\n"
               "1 M 1 ''\n"
               "2 M 1 KX\n"
               "3 M 0 ''\n"
               "4 M - ''\n"
               "5 F 1 ''\n"
               "6 - 1 ''\n"
               "7 M 1 ''\n");
    uint64_t bits[4] = {0};
    ca_verdict verdict = {&bits[0], &bits[1], &bits[2], &bits[3]};
    uint64_t offered[1] = {0x7f};
    ck_assert_int_eq(
        ca_eval_rule(world.eval, &world.lines.frame, world.rule, offered, &verdict, NULL), 0);
    ck_assert_uint_eq(bits[0], 0x41);
    ck_assert_uint_eq(bits[1], 0x02);
    ck_assert_uint_eq(bits[2], 0x28);
    ck_assert_uint_eq(bits[3], 0x10);
    ck_assert_uint_eq(bits[0] & bits[1], 0);
    ck_assert_uint_eq(offered[0] & ~(bits[0] | bits[1] | bits[2] | bits[3]),
                      0x04); /* pass, by subtraction */
}
END_TEST

START_TEST(the_rows_of_the_kinds)
{
    ck_assert_ptr_eq(ca_kind_find(CA_TEXT("line")), &ca_kind_line);
    ck_assert_ptr_eq(ca_kind_find(CA_TEXT("claim")), &ca_kind_claim);
    ck_assert_int_eq(ca_kind_line.gathering, CA_GATHER_LINE);
    ck_assert_int_eq(ca_kind_claim.gathering, CA_GATHER_CLAIM);
    ck_assert(!ca_kind_line.scope.aggregates && ca_kind_claim.scope.aggregates);
    ck_assert_uint_eq(ca_kind_line.unit_date, CA_F_SERVICE_DATE);
    ck_assert_uint_eq(ca_kind_claim.unit_date, CA_F_FROM_DATE);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, effective_is_inclusive);
    tcase_add_test(tcase, a_claims_date_comes_from_its_lines_where_it_has_none);
    tcase_add_test(tcase, where_of_a_line_rule);
    tcase_add_test(tcase, the_first_true_exception_excuses);
    tcase_add_test(tcase, rows_that_are_not_live_are_not_offered);
    tcase_add_test(tcase, five_outcomes_add_up);
    tcase_add_test(tcase, the_rows_of_the_kinds);
}

CA_CHECK_MAIN("rules/kinds", add_tests)
