/* The system's clocks, and the one way in which a time is written. */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

#include "base/date.h"

#define DAY_MS INT64_C(86400000)

static int64_t real_now_ms(ca_clock *clock)
{
    (void)clock;
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t nanoseconds(clockid_t id)
{
    struct timespec now = {0};
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t real_steady_ns(ca_clock *clock)
{
    (void)clock;
    return nanoseconds(CLOCK_MONOTONIC);
}

static int64_t real_process_ns(ca_clock *clock)
{
    (void)clock;
    return nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
}

static int64_t real_thread_ns(ca_clock *clock)
{
    (void)clock;
    return nanoseconds(CLOCK_THREAD_CPUTIME_ID);
}

ca_clock *ca_clock_real(void)
{
    static ca_clock real = {real_now_ms, real_steady_ns, NULL, real_process_ns, real_thread_ns};
    return &real;
}

void ca_time_print(int64_t ms, char ret_text[CA_TIME_SIZE])
{
    int64_t day = ms / DAY_MS - (ms % DAY_MS < 0 ? 1 : 0);
    int64_t of_day = (ms % DAY_MS + DAY_MS) % DAY_MS / 1000;
    if (day < CA_DATE_MIN || day > CA_DATE_MAX) { /* a clock gone mad: the nearest time there is */
        of_day = day < CA_DATE_MIN ? 0 : 86399;
        day = day < CA_DATE_MIN ? CA_DATE_MIN : CA_DATE_MAX;
    }
    char date[CA_DATE_SIZE];
    ca_date_print((ca_date)day, date);
    unsigned second = (unsigned)of_day;
    snprintf(ret_text, CA_TIME_SIZE, "%sT%02u:%02u:%02uZ", date, second / 3600 % 24,
             second / 60 % 60, second % 60);
}
