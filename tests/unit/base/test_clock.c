/* How a time is written, and that the real clocks move forward. */
#include <string.h>

#include "base/clock.h"
#include "support/check_main.h"

START_TEST(writing_times)
{
    static const struct {
        int64_t ms;
        const char *text;
    } times[] = {{0, "1970-01-01T00:00:00Z"},
                 {999, "1970-01-01T00:00:00Z"},
                 {-1, "1969-12-31T23:59:59Z"},
                 {-1000, "1969-12-31T23:59:59Z"},
                 {-1001, "1969-12-31T23:59:58Z"},
                 {-86400000, "1969-12-31T00:00:00Z"},
                 {86399999, "1970-01-01T23:59:59Z"},
                 {86400000, "1970-01-02T00:00:00Z"},
                 {INT64_C(1795375800000), "2026-11-22T19:30:00Z"},
                 {INT64_C(1709210096789), "2024-02-29T12:34:56Z"},
                 {INT64_C(253402300799999), "9999-12-31T23:59:59Z"},
                 {INT64_C(253402300800000), "9999-12-31T23:59:59Z"},
                 {INT64_C(-62135596800000), "0001-01-01T00:00:00Z"},
                 {INT64_C(-62135596800001), "0001-01-01T00:00:00Z"},
                 {INT64_MAX, "9999-12-31T23:59:59Z"},
                 {INT64_MIN, "0001-01-01T00:00:00Z"}};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        char text[CA_TIME_SIZE];
        ca_time_print(times[i].ms, text);
        ck_assert_str_eq(text, times[i].text);
    }
}
END_TEST

START_TEST(the_real_clock)
{
    ca_clock *clock = ca_clock_real();
    int64_t now = clock->now_ms(clock), steady = clock->steady_ns(clock);
    ck_assert_int_gt(now, INT64_C(1700000000000));
    ck_assert_int_lt(now, INT64_C(4102444800000)); /* 2100: milliseconds, not nanoseconds */
    ck_assert_int_ge(clock->steady_ns(clock), steady);
    while (clock->steady_ns(clock) == steady)
        ;
}
END_TEST

START_TEST(the_clocks_of_the_processor)
{
    ca_clock *clock = ca_clock_real();
    int64_t thread = clock->thread_ns(clock), process = clock->process_ns(clock);
    ck_assert_int_gt(thread, 0);
    ck_assert_int_ge(process, thread);    /* a thread is a part of its process */
    while (clock->thread_ns(clock) == thread)
        ;
    ck_assert_int_gt(clock->process_ns(clock), process);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, writing_times);
    tcase_add_test(tcase, the_real_clock);
    tcase_add_test(tcase, the_clocks_of_the_processor);
}

CA_CHECK_MAIN("base/clock", add_tests)
