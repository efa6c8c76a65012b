/* The filter of marks forgets nothing, takes few marks for others, and adds up. */
#include "support/check_main.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/seen.h"

#define MARKS 20000u

static uint32_t number(uint32_t i)
{
    uint64_t x = (i + UINT64_C(1)) * UINT64_C(0x9E3779B97F4A7C15);
    return (uint32_t)(x >> 32);
}

START_TEST(forgets_nothing)
{
    static const size_t sizes[] = {0, 64, 1000, 100000, 1u << 20};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        ca_seen *seen = ca_seen_new(sizes[s]);
        ck_assert_ptr_nonnull(seen);
        for (uint32_t i = 0; i < MARKS; i++) {
            ca_seen_add(seen, number(i / 4), i % 4);
            if (i % 3 == 0)
                ca_seen_add(seen, number(i / 4), i % 4);
        }
        for (uint32_t i = 0; i < MARKS; i++) {
            ck_assert(ca_seen_once(seen, number(i / 4), i % 4));
            ck_assert(i % 3 || ca_seen_twice(seen, number(i / 4), i % 4));
        }
        ca_seen_free(seen);
    }
}
END_TEST

/* 20,000 marks in 1 MiB: hardly any is taken for another. */
START_TEST(takes_few_for_others)
{
    ca_seen *seen = ca_seen_new(1u << 20);
    unsigned once = 0;
    unsigned twice = 0;
    ck_assert_ptr_nonnull(seen);
    ck_assert(!ca_seen_once(seen, 0, 0) && !ca_seen_twice(seen, UINT32_MAX, UINT32_MAX));
    for (uint32_t i = 0; i < MARKS; i++)
        ca_seen_add(seen, number(i), 7);
    for (uint32_t i = 0; i < MARKS; i++) {
        twice += ca_seen_twice(seen, number(i), 7);
        once += ca_seen_once(seen, number(i), 8) + ca_seen_once(seen, number(i + MARKS), 7);
    }
    ck_assert_uint_lt(once, MARKS / 100);
    ck_assert_uint_lt(twice, MARKS / 1000);
    ca_seen_free(seen);
}
END_TEST

START_TEST(adds_up)
{
    ca_seen *whole = ca_seen_new(4096);
    ca_seen *sum = ca_seen_new(4096);
    ca_seen *part = ca_seen_new(4096);
    ck_assert(whole && sum && part);
    for (uint32_t i = 0; i < 300; i++) {
        ca_seen_add(whole, number(i % 200), 1);
        ca_seen_add(i % 2 ? sum : part, number(i % 200), 1);
    }
    ca_seen_merge(sum, part);
    for (uint32_t i = 0; i < 400; i++) {
        ck_assert_int_eq(ca_seen_once(whole, number(i), 1), ca_seen_once(sum, number(i), 1));
        ck_assert_int_eq(ca_seen_twice(whole, number(i), 1), ca_seen_twice(sum, number(i), 1));
    }
    ca_seen_free(whole);
    ca_seen_free(sum);
    ca_seen_free(part);
}
END_TEST

START_TEST(says_when_memory_is_out)
{
    for (uint64_t n = 1; n <= 2; n++) {
        ca_alloc_fail(n, 0);
        ck_assert_ptr_null(ca_seen_new(1000));
        ca_alloc_fail(0, 0);
    }
    ca_seen_free(NULL);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, forgets_nothing);
    tcase_add_test(tcase, takes_few_for_others);
    tcase_add_test(tcase, adds_up);
    tcase_add_test(tcase, says_when_memory_is_out);
}

CA_CHECK_MAIN("base/seen", add_tests)
