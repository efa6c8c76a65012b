/* The hypergeometric tail against sums of exact fractions, and in places that a table of probabilities would not reach. */
#include <math.h>

#include "score/hypergeometric.h"
#include "support/check_main.h"

#define SMALL 24u

/* Whole numbers of ways, exact in 64 bits for so small a population. */
static uint64_t choose(uint64_t n, uint64_t k)
{
    uint64_t ways = 1;
    if (k > n)
        return 0;
    for (uint64_t i = 1; i <= k; i++)
        ways = ways * (n - k + i) / i;
    return ways;
}

/* P(X >= shared) by counting the ways one by one. */
static double slow_tail(uint64_t population, uint64_t first, uint64_t second, uint64_t shared)
{
    uint64_t ways = 0;
    for (uint64_t k = shared; k <= first && k <= second; k++)
        ways += choose(first, k) * choose(population - first, second - k);
    return (double)ways / (double)choose(population, second);
}

START_TEST(agrees_with_counting_all_ways)
{
    for (uint64_t population = 1; population <= SMALL; population++)
        for (uint64_t first = 0; first <= population; first++)
            for (uint64_t second = 0; second <= population; second++)
                for (uint64_t shared = 0; shared <= population + 1; shared++) {
                    double slow = slow_tail(population, first, second, shared);
                    double fast = exp(ca_hypergeometric_log_tail(population, first, second, shared));
                    ck_assert_double_le(fabs(slow - fast), 1e-12 * slow);
                }
}
END_TEST

START_TEST(factorials_have_their_logarithms)
{
    double sum = 0;
    ck_assert_double_eq(ca_log_factorial(0), 0);
    ck_assert_double_eq(ca_log_factorial(1), 0);
    for (uint64_t n = 2; n <= 2000; n++) {
        sum += log((double)n);
        ck_assert_double_le(fabs(ca_log_factorial(n) - sum), 1e-12 * sum);
    }
}
END_TEST

/* The one term is all there is: all of the smaller lie in the larger. */
START_TEST(reaches_far_beyond_the_smallest_number)
{
    double tail = ca_hypergeometric_log_tail(1000000, 500, 500, 500);
    double ways = ca_log_factorial(500) + ca_log_factorial(999500) - ca_log_factorial(1000000);
    ck_assert_double_le(fabs(tail - ways), 1e-6);
    ck_assert_double_le(tail, -4000);
}
END_TEST

START_TEST(knows_what_is_certain_and_what_is_impossible)
{
    ck_assert_double_eq(ca_hypergeometric_log_tail(100, 60, 70, 30), 0);     /* 30 must be shared */
    ck_assert_double_lt(ca_hypergeometric_log_tail(100, 60, 70, 31), 0);
    ck_assert_double_eq(ca_hypergeometric_log_tail(100, 0, 70, 0), 0);
    ck_assert(isinf(ca_hypergeometric_log_tail(100, 60, 70, 61)));
    ck_assert_double_eq(ca_hypergeometric_log_tail(100, 100, 70, 70), 0);
    ck_assert_double_eq(ca_hypergeometric_log_tail(0, 0, 0, 0), 0);
}
END_TEST

/* Above and below the most likely value, where the sums change sides, the tail falls by exactly one probability. */
START_TEST(falls_by_one_probability_at_a_time)
{
    const uint64_t population = 40000, first = 3000, second = 5000;
    double before = 1;
    for (uint64_t shared = 1; shared < 600; shared++) {
        double tail = exp(ca_hypergeometric_log_tail(population, first, second, shared));
        double one = exp(ca_log_factorial(first) - ca_log_factorial(shared - 1) - ca_log_factorial(first - shared + 1) +
                         ca_log_factorial(population - first) - ca_log_factorial(second - shared + 1) -
                         ca_log_factorial(population - first - second + shared - 1) - ca_log_factorial(population) +
                         ca_log_factorial(second) + ca_log_factorial(population - second));
        ck_assert_double_le(fabs(before - tail - one), 1e-10);
        ck_assert_double_le(tail, before);
        before = tail;
    }
    ck_assert_double_lt(before, 1e-15);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, agrees_with_counting_all_ways);
    tcase_add_test(tcase, factorials_have_their_logarithms);
    tcase_add_test(tcase, reaches_far_beyond_the_smallest_number);
    tcase_add_test(tcase, knows_what_is_certain_and_what_is_impossible);
    tcase_add_test(tcase, falls_by_one_probability_at_a_time);
}

CA_CHECK_MAIN("score/hypergeometric", add_tests)
