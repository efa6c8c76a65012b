/* q-values against the definition: for each rate, how many are reported. */
#include <math.h>

#include "base/alloc.h"
#include "score/bh.h"
#include "support/check_main.h"

#define MOST 60

/* By its definition: the least over all ranks from one's own on, by a walk over all for each. Equal ones have the last rank. */
static double slow_q(const double *p, size_t count, uint64_t tests, size_t which)
{
    double least = 1;
    for (size_t i = 0; i < count; i++) {
        size_t rank = 0;
        if (p[i] < p[which] || isnan(p[i]))
            continue;
        for (size_t j = 0; j < count; j++)
            rank += p[j] <= p[i];
        least = fmin(least, p[i] * (double)tests / (double)rank);
    }
    return least;
}

static double numbers(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(*state >> 11) / 9007199254740992.0;
}

START_TEST(agrees_with_the_definition)
{
    uint64_t state = (uint64_t)_i;
    for (size_t count = 0; count <= MOST; count++) {
        double p[MOST + 1], log_p[MOST + 1], log_q[MOST + 1];
        uint64_t tests = count + (uint64_t)(numbers(&state) * 500) * (uint64_t)(_i % 2);
        for (size_t i = 0; i < count; i++) {
            p[i] = numbers(&state) < 0.3 ? floor(numbers(&state) * 8 + 1) / 1000 : numbers(&state);     /* some are equal */
            if (_i == 2 && numbers(&state) < 0.2)
                p[i] = NAN;
            log_p[i] = log(p[i]);
        }
        ck_assert_int_eq(ca_bh(log_p, count, tests, log_q, NULL), 0);
        for (size_t i = 0; i < count; i++) {
            if (isnan(p[i]))
                ck_assert(isnan(log_q[i]));
            else
                ck_assert_double_le(fabs(exp(log_q[i]) - slow_q(p, count, tests, i)), 1e-12);
        }
    }
}
END_TEST

START_TEST(counts_tests_that_are_not_listed)
{
    double log_p[] = {log(0.001), log(0.004)};
    ck_assert_int_eq(ca_bh(log_p, 2, 100, log_p, NULL), 0);
    ck_assert_double_le(fabs(exp(log_p[0]) - 0.1), 1e-12);
    ck_assert_double_le(fabs(exp(log_p[1]) - 0.2), 1e-12);
}
END_TEST

START_TEST(keeps_the_order_of_what_is_nearly_impossible)
{
    double log_p[] = {-4000, -5000, -INFINITY};
    ck_assert_int_eq(ca_bh(log_p, 3, 10, log_p, NULL), 0);
    ck_assert_double_le(fabs(log_p[0] - (-4000 + log(10.0 / 3))), 1e-9);
    ck_assert_double_le(fabs(log_p[1] - (-5000 + log(10.0 / 2))), 1e-9);
    ck_assert(isinf(log_p[2]));
}
END_TEST

START_TEST(tells_that_memory_ran_out)
{
    double log_p[] = {-1};
    ca_alloc_fail(1, 1);
    ck_assert_int_eq(ca_bh(log_p, 1, 1, log_p, NULL), CA_NOMEM);
    ca_alloc_fail(0, 0);
    ck_assert_double_eq(log_p[0], -1);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, agrees_with_the_definition, 0, 4);
    tcase_add_test(tcase, counts_tests_that_are_not_listed);
    tcase_add_test(tcase, keeps_the_order_of_what_is_nearly_impossible);
    tcase_add_test(tcase, tells_that_memory_ran_out);
}

CA_CHECK_MAIN("score/bh", add_tests)
