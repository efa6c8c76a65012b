/* Tests of run/timing.c: what each phase and each worker took, by clocks that the test winds. */
#include "run/timing.h"

#include <string.h>

#include "support/check_main.h"

static int64_t wall, process, thread;

static int64_t read_wall(ca_clock *clock)
{
    (void)clock;
    return wall;
}

static int64_t read_process(ca_clock *clock)
{
    (void)clock;
    return process;
}

static int64_t read_thread(ca_clock *clock)
{
    (void)clock;
    return thread;
}

static ca_clock made;
static ca_scan_options options;
static ca_scan_summary summary;
static ca_scan_state scan;

static void setup(void)
{
    made = (ca_clock){.now_ms = read_wall, .steady_ns = read_wall, .process_ns = read_process, .thread_ns = read_thread};
    wall = 1000;
    process = 200;
    thread = 30;
    options = (ca_scan_options){.clock = &made};
    memset(&summary, 0, sizeof summary);
    scan = (ca_scan_state){.options = &options, .summary = &summary};
}

static void wind(int64_t more_wall, int64_t more_process, int64_t more_thread)
{
    wall += more_wall;
    process += more_process;
    thread += more_thread;
}

START_TEST(a_phase_has_what_passed_since_the_one_before)
{
    ca_timing_begin(&scan);
    wind(7, 5, 4);
    ca_timing_end(&scan, CA_PHASE_SETUP);
    wind(100, 150, 60);
    ca_timing_end(&scan, CA_PHASE_STREAM);
    wind(1, 2, 3);
    ca_timing_end(&scan, CA_PHASE_SETUP);    /* a part of it came later: it is added */
    ck_assert_int_eq(summary.timings.phases[CA_PHASE_SETUP].wall_ns, 8);
    ck_assert_int_eq(summary.timings.phases[CA_PHASE_SETUP].cpu_ns, 7);
    ck_assert_int_eq(summary.timings.phases[CA_PHASE_STREAM].wall_ns, 100);
    ck_assert_int_eq(summary.timings.phases[CA_PHASE_STREAM].cpu_ns, 150);
    ck_assert_int_eq(summary.timings.phases[CA_PHASE_FACTS].cpu_ns, 0);
    ck_assert_int_eq(summary.timings.threads_ns[0], 67);
}
END_TEST

START_TEST(workers_add_up_but_the_first_is_the_run_itself)
{
    ca_timing_begin(&scan);
    int64_t start = ca_timing_thread(&scan);
    ck_assert_int_eq(start, 30);
    wind(0, 0, 11);
    ca_timing_worked(&scan, 0, start);
    ca_timing_worked(&scan, 1, start);
    ca_timing_worked(&scan, CA_SCAN_THREADS_MAX - 1, start);
    wind(0, 0, 1);
    ca_timing_worked(&scan, 1, start);
    ck_assert_int_eq(summary.timings.threads_ns[0], 0);
    ck_assert_int_eq(summary.timings.threads_ns[1], 23);
    ck_assert_int_eq(summary.timings.threads_ns[CA_SCAN_THREADS_MAX - 1], 11);
    ca_timing_end(&scan, CA_PHASE_JUDGE);
    ck_assert_int_eq(summary.timings.threads_ns[0], 12);
}
END_TEST

START_TEST(a_clock_may_not_know_the_processor)
{
    made.process_ns = NULL;
    made.thread_ns = NULL;
    ca_timing_begin(&scan);
    wind(9, 9, 9);
    ca_timing_end(&scan, CA_PHASE_SETTLE);
    ck_assert_int_eq(summary.timings.phases[CA_PHASE_SETTLE].wall_ns, 9);
    ck_assert_int_eq(summary.timings.phases[CA_PHASE_SETTLE].cpu_ns, 0);
    ck_assert_int_eq(summary.timings.threads_ns[0], 0);
    ck_assert_int_eq(ca_timing_process(&scan), 0);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, a_phase_has_what_passed_since_the_one_before);
    tcase_add_test(tcase, workers_add_up_but_the_first_is_the_run_itself);
    tcase_add_test(tcase, a_clock_may_not_know_the_processor);
}

CA_CHECK_MAIN("run/timing", add_tests)
