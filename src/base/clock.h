/* Time is injected: nothing below run and cli may look at a clock. */
#ifndef CA_BASE_CLOCK_H
#define CA_BASE_CLOCK_H

#include <stdint.h>

typedef struct ca_clock ca_clock;
struct ca_clock {
    int64_t (*now_ms)(ca_clock *clock);       /* UTC, milliseconds since 1970 */
    int64_t (*steady_ns)(ca_clock *clock);    /* only differences mean something */
    void *state;
    int64_t (*process_ns)(ca_clock *clock);   /* processor time of all threads; NULL: not known */
    int64_t (*thread_ns)(ca_clock *clock);    /* of the calling thread; NULL: not known */
};

ca_clock *ca_clock_real(void);
/* "2026-11-22T19:30:00Z" */
#define CA_TIME_SIZE 21
void ca_time_print(int64_t ms, char ret_text[CA_TIME_SIZE]);

#endif
