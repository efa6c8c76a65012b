/* Tests of run/worker.c: threads that share work, and counts that do not depend on who counted. */
#include "run/worker.h"

#include <stdatomic.h>
#include <string.h>

#include "base/alloc.h"
#include "support/check_main.h"
#include "support/night.h"

#define RULES 3
#define UNITS 4000

static night n;
static ca_scan_state scan;
static ca_arena arena;

static void setup(void)
{
    night_init(&n);
    night_rule(&n, "CORE-0001", "line", "units <= 0", "");
    night_rule(&n, "CORE-0002", "line", "units > 5", "");
    night_rule(&n, "CORE-0003", "claim", "sum(paid) > 100", "");
    n.options.memory = UINT64_C(1) << 40;
    ca_arena_init(&arena);
    night_put(&n, "claims.csv", "claim_id,claim_type\n");
}

static void end(void)
{
    if (scan.options) {
        ca_engine_end(&scan);
    }
    scan = (ca_scan_state){0};
}

static void teardown(void)
{
    end();
    ca_arena_done(&arena);
    night_done(&n);
}

static void begin(unsigned jobs)
{
    static ca_scan_summary summary;
    static const char *inputs[] = {"claims.csv"};
    ca_diags diags;
    ca_error err = {0};
    memset(&summary, 0, sizeof summary);
    ca_diags_init(&diags, &arena);
    n.options.jobs = jobs;
    n.options.inputs = inputs;
    n.options.input_count = 1;
    scan = (ca_scan_state){.options = &n.options, .summary = &summary, .arena = &arena};
    ck_assert_msg(ca_lock_take(&scan, &err) == 0, "%s", err.text);
    ck_assert_msg(ca_engine_begin(&scan, &diags, &err) == 0, "%s", err.text);
    ca_diags_done(&diags);
}

struct shares {
    _Atomic unsigned next;
    unsigned done[UNITS];         /* by unit: how often; each is written by who took it */
    unsigned fails_at;            /* UNITS = never */
};

static uint64_t hash_of(unsigned unit)
{
    return ca_unit_hash(7, unit);
}

static int count_units(void *context, ca_worker *worker, ca_error *err)
{
    struct shares *shares = context;
    for (unsigned unit; (unit = atomic_fetch_add(&shares->next, 1)) < UNITS;) {
        ca_tally *tally = &worker->scan->tallies[unit % RULES];
        shares->done[unit]++;
        if (unit == shares->fails_at) {
            return ca_error_set(err, CA_LIMIT, "unit %u", unit);
        }
        tally->offered += 1;
        tally->unknown += unit % 2;
        tally->blame[0] += unit;
        ca_sample_admits(&tally->unknown_sample, hash_of(unit));
    }
    return 0;
}

static ca_tally tallies[RULES];

static void count_with(unsigned jobs)
{
    static struct shares shares;
    ca_crew *crew = NULL;
    ca_error err = {0};
    begin(jobs);
    memset(&shares, 0, sizeof shares);
    shares.fails_at = UNITS;
    ck_assert_int_eq(ca_crew_new(&scan, &crew, &err), 0);
    ck_assert_uint_eq(crew->count, jobs);
    ck_assert_int_eq(ca_crew_run(crew, count_units, &shares, &err), 0);
    for (unsigned unit = 0; unit < UNITS; unit++) {
        ck_assert_uint_eq(shares.done[unit], 1);
    }
    ca_crew_merge(crew);
    ca_crew_merge(crew);    /* nothing is added twice */
    memcpy(tallies, scan.tallies, sizeof tallies);
    for (size_t i = 0; i < RULES; i++) {
        ck_assert_uint_eq(tallies[i].blame[0], i == 0 ? 2667333 : i == 1 ? 2664667 : 2666000);
        tallies[i].blame = NULL;
    }
    ca_crew_free(crew);
    end();
}

START_TEST(counts_do_not_depend_on_the_number_of_threads)
{
    ca_tally alone[RULES];
    count_with(1);
    memcpy(alone, tallies, sizeof alone);
    ck_assert_uint_eq(alone[0].offered, UNITS / RULES + 1);
    ck_assert_uint_eq(alone[1].unknown, 667);
    ck_assert_uint_eq(alone[0].unknown_sample.count, CA_SAMPLE_CANDIDATES);
    count_with((unsigned)_i);
    for (size_t i = 0; i < RULES; i++) {
        ck_assert_uint_eq(tallies[i].offered, alone[i].offered);
        ck_assert_uint_eq(tallies[i].unknown, alone[i].unknown);
        ck_assert_mem_eq(&tallies[i].unknown_sample, &alone[i].unknown_sample, sizeof alone[i].unknown_sample);
    }
}
END_TEST

START_TEST(a_failure_is_told)
{
    static struct shares shares;
    ca_crew *crew = NULL;
    ca_error err = {0};
    begin(3);
    shares.fails_at = 1234;
    ck_assert_int_eq(ca_crew_new(&scan, &crew, &err), 0);
    ck_assert_int_eq(ca_crew_run(crew, count_units, &shares, &err), CA_LIMIT);
    ck_assert_str_eq(err.text, "unit 1234");
    ca_crew_free(crew);
}
END_TEST

START_TEST(memory_and_a_limit_bound_the_threads)
{
    begin(2);
    scan.held = UINT64_C(10) << 20;
    scan.tables_held = true;
    n.options.memory = UINT64_C(47) << 20;
    ck_assert_uint_eq(ca_crew_size(&scan), 1);
    n.options.jobs = 8;
    n.options.memory = UINT64_C(67) << 20;
    ck_assert_uint_eq(ca_crew_size(&scan), 3);
    scan.held += UINT64_C(1) << 20;
    ck_assert_uint_eq(ca_crew_size(&scan), 2);
    n.options.memory = 1;
    ck_assert_uint_eq(ca_crew_size(&scan), 1);
    n.options.memory = UINT64_MAX;
    n.options.jobs = 1024;
    ck_assert_uint_eq(ca_crew_size(&scan), CA_WORKERS_MAX);
    n.options.jobs = 0;
    ck_assert_uint_eq(ca_crew_size(&scan), 1);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    begin(3);
    for (uint64_t call = 1;; call++) {
        ca_crew *crew = NULL;
        ca_error err = {0};
        ca_alloc_fail(call, 0);
        int rc = ca_crew_new(&scan, &crew, &err);
        ca_alloc_fail(0, 0);
        if (rc == 0) {
            ck_assert_uint_gt(call, 6);
            ca_crew_free(crew);
            break;
        }
        ck_assert_int_eq(rc, CA_NOMEM);
        ck_assert_ptr_null(crew);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, counts_do_not_depend_on_the_number_of_threads, 2, 6);
    tcase_add_test(tcase, a_failure_is_told);
    tcase_add_test(tcase, memory_and_a_limit_bound_the_threads);
    tcase_add_test(tcase, every_allocation_may_fail);
}

CA_CHECK_MAIN("run/worker", add_tests)
