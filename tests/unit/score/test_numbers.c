/* Numbers in order, quantiles, robust scales and normal scores, against obvious twins. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "score/numbers.h"
#include "support/check_main.h"
#include "support/score_table.h"

#define MOST 5000

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void fill(double *to, size_t count, uint64_t seed, int how)
{
    for (size_t i = 0; i < count; i++) {
        double number = score_normal(&seed);
        switch (how) {
        case 0: to[i] = number; break;
        case 1: to[i] = floor(2 * number); break;
        case 2: to[i] = number * 1e300; break;
        case 3: to[i] = (double)(float)exp(9 * number); break;
        case 4: to[i] = exp(70 * number); break;               /* nearly all within one step */
        case 5: to[i] = i % 97 ? 1 : number * 1e6; break;      /* most are equal */
        case 6: to[i] = number * 1e-310; break;
        case 7: to[i] = i % 99 ? number : i % 2 ? INFINITY : -INFINITY; break;
        default: to[i] = 4;
        }
    }
}

START_TEST(sorts)
{
    static const size_t counts[] = {0, 1, 2, 3, 24, 25, 49, 100, 1023, 1024, 1025, MOST};
    static double numbers[MOST], expected[MOST], scratch[MOST];
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++)
        for (int how = 0; how < 9; how++) {
            fill(numbers, counts[c], 7 + c, how);
            memcpy(expected, numbers, sizeof expected);
            qsort(expected, counts[c], sizeof *expected, ascending);
            ca_numbers_sort(numbers, counts[c], scratch);
            for (size_t i = 0; i < counts[c]; i++)
                ck_assert_double_eq(numbers[i], expected[i]);
        }
}
END_TEST

START_TEST(zeros_of_both_signs_are_one_number)
{
    static double numbers[2000], scratch[2000];
    for (size_t i = 0; i < 2000; i++)
        numbers[i] = i % 2 ? -0.0 : 0.0;
    numbers[7] = -1;
    ca_numbers_sort(numbers, 2000, scratch);
    ck_assert_double_eq(numbers[0], -1);
    ck_assert_double_eq(ca_numbers_scale(numbers + 1, 1999), 0);
}
END_TEST

START_TEST(quantiles_lie_between_neighbours)
{
    static const double numbers[] = {1, 2, 4, 8};
    ck_assert_double_eq(ca_numbers_quantile(numbers, 4, 0), 1);
    ck_assert_double_eq(ca_numbers_quantile(numbers, 4, .5), 3);
    ck_assert_double_eq_tol(ca_numbers_quantile(numbers, 4, .75), 5, 1e-12);
    ck_assert_double_eq(ca_numbers_quantile(numbers, 4, 1), 8);
    ck_assert_double_eq(ca_numbers_quantile(numbers, 1, .98), 1);
}
END_TEST

/* By sorting distances. */
static double slow_scale(const double *sorted, size_t count)
{
    static double distances[MOST];
    double median = ca_numbers_quantile(sorted, count, .5);
    for (size_t i = 0; i < count; i++)
        distances[i] = fabs(sorted[i] - median);
    qsort(distances, count, sizeof *distances, ascending);
    double mad = 1.4826 * ca_numbers_quantile(distances, count, .5);
    double spread = (ca_numbers_quantile(sorted, count, .95) - ca_numbers_quantile(sorted, count, .05)) / 3.29;
    return mad > .3 * spread ? mad : spread;
}

START_TEST(scale_is_the_median_distance)
{
    static double numbers[MOST], scratch[MOST];
    for (size_t count = 1; count < 300; count++)
        for (int how = 0; how < 4; how++) {
            fill(numbers, count, count, how);
            ca_numbers_sort(numbers, count, scratch);
            double expected = slow_scale(numbers, count);
            if (expected > 0)
                ck_assert_double_eq_tol(ca_numbers_scale(numbers, count), expected, 1e-12 * expected);
        }
}
END_TEST

START_TEST(scale_of_mostly_equal_numbers_is_not_zero)
{
    static double numbers[1000];
    ck_assert_double_eq(ca_numbers_scale(numbers, 1000), 0);
    for (size_t i = 900; i < 1000; i++)      /* a tenth: the 95th percentile */
        numbers[i] = 3;
    ck_assert_double_eq_tol(ca_numbers_scale(numbers, 1000), 3 / 3.29, 1e-12);
    for (size_t i = 900; i < 980; i++)       /* two of a hundred: within the 99th */
        numbers[i] = 0;
    ck_assert_double_eq_tol(ca_numbers_scale(numbers, 1000), 3 * sqrt(.02 * .98), 1e-9);
    for (size_t i = 980; i < 999; i++)       /* one */
        numbers[i] = 0;
    ck_assert_double_eq_tol(ca_numbers_scale(numbers, 1000), 3 * sqrt(.001 * .999), 1e-9);
}
END_TEST

START_TEST(normal_scores)
{
    ck_assert_double_eq_tol(ca_normal_above(.5), 0, 1e-15);
    ck_assert_double_eq_tol(ca_normal_above(.025), 1.959963984540054, 1e-13);
    ck_assert_double_eq_tol(ca_normal_above(.975), -1.959963984540054, 1e-13);
    ck_assert_double_eq_tol(ca_normal_above(1e-15), 7.941345326170997, 1e-12);
    for (double z = -7.5; z < 7.9; z += .01)      /* against the distribution of the C library */
        ck_assert_double_eq_tol(ca_normal_above(.5 * erfc(z / sqrt(2))), z, z < -6 ? 2e-2 : z < -5 ? 1e-8 : 1e-10);
    ck_assert(isfinite(ca_normal_above(0)) && isfinite(ca_normal_above(1)));
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, sorts);
    tcase_add_test(tcase, zeros_of_both_signs_are_one_number);
    tcase_add_test(tcase, quantiles_lie_between_neighbours);
    tcase_add_test(tcase, scale_is_the_median_distance);
    tcase_add_test(tcase, scale_of_mostly_equal_numbers_is_not_zero);
    tcase_add_test(tcase, normal_scores);
}

CA_CHECK_MAIN("score/numbers", add_tests)
