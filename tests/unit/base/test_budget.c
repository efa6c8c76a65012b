/* Tests of base/budget.c: the parts of --memory never exceed it where it is no less than the floor. */
#include "base/budget.h"

#include "support/check_main.h"

#define MIB (UINT64_C(1) << 20)

START_TEST(the_floor_grows_with_rules_tables_and_exchanges)
{
    ck_assert_uint_eq(ca_budget_floor(10 * MIB, 0), 29 * MIB);
    ck_assert_uint_eq(ca_budget_floor(11 * MIB, 0), 30 * MIB);
    ck_assert_uint_eq(ca_budget_floor(10 * MIB, 1), 35 * MIB + MIB / 16);
    ck_assert_uint_eq(ca_budget_floor(10 * MIB, 4), 41 * MIB + MIB / 16);
}
END_TEST

START_TEST(fewer_threads_rather_than_none)
{
    ca_budget_ask ask = {.memory = ca_budget_floor(5 * MIB, 3), .held = 5 * MIB, .exchanges = 3, .jobs = 8};
    ck_assert_uint_eq(ca_budget_split(&ask).workers, 1);
    ask.memory += 29 * MIB + MIB / 16 - 1;    /* one more has buckets, looks, settles, and writes to three exchanges */
    ck_assert_uint_eq(ca_budget_split(&ask).workers, 1);
    ask.memory += 1;
    ck_assert_uint_eq(ca_budget_split(&ask).workers, 2);
    ask.memory = UINT64_MAX / 2;
    ck_assert_uint_eq(ca_budget_split(&ask).workers, 8);
    ask.jobs = 0;
    ck_assert_uint_eq(ca_budget_split(&ask).workers, 1);
    ask.memory = 0;
    ask.jobs = 8;
    ck_assert_uint_eq(ca_budget_split(&ask).workers, 1);
}
END_TEST

/* What is there at one time, as budget.c says it is used. */
static uint64_t used(const ca_budget_ask *ask, const ca_budget *budget)
{
    uint64_t workers = budget->workers;
    uint64_t waits = ask->exchanges * workers * (budget->writer + MIB) + (ask->exchanges ? workers * budget->filter : 0);
    uint64_t claims = workers * 9 * MIB + (ask->exchanges ? workers * (budget->waiting + budget->records) : 0);
    uint64_t settling = workers * (budget->bucket + (ask->exchanges ? 10 : 6) * MIB);
    uint64_t judging = ask->exchanges ? 3 * workers * budget->group + 4 * budget->large + budget->peers : 0;
    settling += claims;
    return ask->held + waits + (settling > judging ? settling : judging);
}

START_TEST(all_parts_fit)
{
    for (unsigned exchanges = 0; exchanges <= 32; exchanges += 4)
        for (unsigned jobs = 1; jobs <= 64; jobs *= 4)
            for (uint64_t more = 0; more < 4096 * MIB; more = 2 * more + MIB / 3) {
                ca_budget_ask ask = {.held = 7 * MIB, .exchanges = exchanges, .jobs = jobs, .peers = exchanges % 8 == 4};
                ask.memory = ca_budget_floor(ask.held, exchanges) + more;
                ca_budget budget = ca_budget_split(&ask);
                ck_assert_uint_le(used(&ask, &budget), ask.memory);
                ck_assert_uint_le(budget.filter * budget.workers, ask.memory / 8);
                ck_assert_uint_ge(budget.filter, MIB / 16);
                ck_assert_uint_ge(budget.bucket, 4 * MIB);
                ck_assert_uint_le(budget.bucket, 16 * MIB);
                ck_assert_uint_ge(budget.group, 2 * MIB);
                ck_assert_uint_ge(budget.large, 2 * MIB);
                ck_assert_uint_le(budget.pieces_writer + MIB + budget.pieces, budget.bucket);
                ck_assert_uint_ge(budget.pieces_writer, MIB);
                ck_assert(ask.peers ? budget.peers >= 4 * MIB : budget.peers == 0);
            }
}
END_TEST

START_TEST(whole_mebibytes)
{
    ck_assert_uint_eq(ca_budget_mib(0), 0);
    ck_assert_uint_eq(ca_budget_mib(1), 1);
    ck_assert_uint_eq(ca_budget_mib(MIB), 1);
    ck_assert_uint_eq(ca_budget_mib(MIB + 1), 2);
    ck_assert_uint_eq(ca_budget_mib(UINT64_MAX), UINT64_C(1) << 44);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, the_floor_grows_with_rules_tables_and_exchanges);
    tcase_add_test(tcase, fewer_threads_rather_than_none);
    tcase_add_test(tcase, all_parts_fit);
    tcase_add_test(tcase, whole_mebibytes);
}

CA_CHECK_MAIN("base/budget", add_tests)
