/* Tails: ranks in the bulk, exponential beyond, the same as an obvious twin, bounded, never below one in 1e15. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "score/numbers.h"
#include "score/tail.h"
#include "support/check_main.h"
#include "support/score_table.h"

#define MOST 200000
static double numbers[MOST], scratch[MOST];

static void fill(size_t count, uint64_t seed, double steps)
{
    for (size_t i = 0; i < count; i++) {
        numbers[i] = score_normal(&seed);
        if (steps > 0)
            numbers[i] = floor(numbers[i] * steps) / steps;
    }
    ca_numbers_sort(numbers, count, scratch);
}

/* From the definition, by counting. */
static double slow_level(size_t count, double u)
{
    size_t above = 0, equal = 0, beyond = 0;
    for (size_t i = 0; i < count; i++) {
        above += numbers[i] > u;
        equal += numbers[i] == u;
    }
    double q = numbers[(size_t)ceil(.98 * (double)count) - 1];
    if (u <= q)
        return -log(((double)above + .5 * (double)equal) / (double)count);
    for (size_t i = 0; i < count; i++)
        beyond += numbers[i] > q;
    size_t first = count - beyond;
    double median = (numbers[first + (beyond - 1) / 2] + numbers[first + beyond / 2]) / 2;
    double b = (median - q) / log(2), m = (double)beyond;
    return fmin(CA_TAIL_MOST, -log((double)beyond / (double)count) + m * log(1 + (u - q) / (b * m)));
}

START_TEST(is_the_mid_rank_and_then_the_exponential)
{
    for (size_t count = 40; count < 500; count += 51)
        for (int steps = 0; steps < 9; steps += 4) {
            ca_tail tail;
            fill(count, count, steps);
            ck_assert(ca_tail_fit(numbers, count, &tail));
            for (size_t i = 0; i < count; i++)
                ck_assert_double_eq_tol(ca_tail_level(&tail, numbers[i]), slow_level(count, numbers[i]), 1e-9);
            if (tail.end_level < -log(.6 / (double)count))       /* somebody is beyond the bulk */
                ck_assert_double_eq_tol(ca_tail_level(&tail, 9.5), slow_level(count, 9.5), 1e-9);
            ca_tail_done(&tail);
        }
}
END_TEST

START_TEST(knots_are_bounded_and_near)
{
    for (int steps = 0; steps < 300; steps += 100) {
        ca_tail tail;
        fill(MOST, 3, steps);
        ck_assert(ca_tail_fit(numbers, MOST, &tail));
        ck_assert_uint_le(tail.count, CA_TAIL_KNOTS);
        for (size_t i = 0; i < MOST; i += 4999) {
            double slow = exp(-slow_level(MOST, numbers[i])), fast = exp(-ca_tail_level(&tail, numbers[i]));
            ck_assert_double_eq_tol(fast, slow, 2e-3);
        }
        ca_tail_done(&tail);
    }
}
END_TEST

/* Models of all kinds are kept until all is told: theirs is what is used, not what there was room for. */
START_TEST(holds_no_more_than_its_knots_take)
{
    for (int steps = 0; steps < 300; steps += 100) {
        ca_tail tail;
        fill(MOST, 3, steps);
        uint64_t before = ca_alloc_held();
        ck_assert(ca_tail_fit(numbers, MOST, &tail));
        size_t used = (2 * tail.count + 1) * sizeof *tail.at + (tail.count + 1) * sizeof *tail.knots + (CA_TAIL_GRID + 2) * sizeof *tail.grid;
        ck_assert_uint_lt(tail.count, CA_TAIL_KNOTS / 2);
        ck_assert_uint_le(ca_alloc_held() - before, used + 256);      /* an allocator rounds */
        ca_tail_done(&tail);
        ck_assert_uint_eq(ca_alloc_held(), before);
    }
}
END_TEST

START_TEST(never_falls)
{
    for (int steps = 0; steps < 5; steps++) {
        ca_tail tail;
        double before = 0;
        fill(3000, 5, steps);
        ck_assert(ca_tail_fit(numbers, 3000, &tail));
        for (double u = -9; u < 60; u += .003) {
            double level = ca_tail_level(&tail, u);
            ck_assert(level >= before && level <= CA_TAIL_MOST);
            before = level;
        }
        ck_assert_double_eq(ca_tail_level(&tail, 1e308), CA_TAIL_MOST);
        ca_tail_done(&tail);
    }
}
END_TEST

/* A tenth of a percent that differ from all others are that rare, not one in fifty. */
START_TEST(few_that_differ)
{
    ca_tail tail;
    memset(numbers, 0, 10000 * sizeof *numbers);
    for (size_t i = 9990; i < 10000; i++)
        numbers[i] = 1 + (double)(i - 9990) / 10;
    ck_assert(ca_tail_fit(numbers, 10000, &tail));
    ck_assert_uint_eq(tail.count, 1);
    ck_assert_double_eq_tol(ca_tail_level(&tail, 0), -log(.5005), 1e-9);
    ck_assert_double_ge(ca_tail_level(&tail, .01), -log(.00101));
    ck_assert_double_ge(ca_tail_level(&tail, 1.5), -log(.0006));
    ca_tail_done(&tail);
}
END_TEST

START_TEST(of_nobody_of_one_and_of_equals)
{
    ca_tail tail;
    ck_assert(ca_tail_fit(numbers, 0, &tail));
    ck_assert_double_eq(ca_tail_level(&tail, 5), 0);
    ca_tail_done(&tail);
    for (size_t count = 1; count < 100; count += 33) {
        for (size_t i = 0; i < count; i++)
            numbers[i] = 4;
        ck_assert(ca_tail_fit(numbers, count, &tail));
        ck_assert_double_eq_tol(ca_tail_level(&tail, 4), log(2), 1e-12);
        ck_assert_double_eq_tol(ca_tail_level(&tail, 3), log(2), 1e-12);
        ck_assert_double_ge(ca_tail_level(&tail, 5), log(2.0 * (double)count));
        ca_tail_done(&tail);
    }
}
END_TEST

START_TEST(stored_knots_make_the_same_or_none)
{
    static double knots[2][CA_TAIL_KNOTS];
    ca_tail tail, other;
    bool nomem;
    fill(2000, 9, 0);
    ck_assert(ca_tail_fit(numbers, 2000, &tail));
    other = (ca_tail){.end_level = tail.end_level, .scale = tail.scale, .weight = tail.weight};
    for (uint32_t i = 0; i < tail.count; i++) {
        knots[0][i] = tail.at[i];
        knots[1][i] = tail.knots[i].level;
    }
    ck_assert(ca_tail_make(knots[0], knots[1], tail.count, &other, &nomem));
    for (double u = -5; u < 8; u += .01)
        ck_assert_double_eq(ca_tail_level(&tail, u), ca_tail_level(&other, u));
    ca_tail_done(&other);
    const double at[] = {1, 1}, level[] = {0, 1}, falling[] = {1, 0}, good[] = {1, 2};
    other = (ca_tail){.scale = 1, .weight = 1};
    ck_assert(!ca_tail_make(at, level, 2, &other, &nomem) && !nomem);
    ck_assert(!ca_tail_make(good, falling, 2, &other, &nomem) && !nomem);
    ca_alloc_fail(1, 1);
    ck_assert(!ca_tail_make(good, level, 2, &other, &nomem) && nomem);
    ca_alloc_fail(0, 0);
    ca_tail_done(&other);
    other.scale = 0;
    ck_assert(!ca_tail_make(good, level, 2, &other, &nomem) && !nomem);
    ca_tail_done(&tail);
}
END_TEST

/* Of three sizes, one of which nobody is, with numbers that are none, far and below all. */
START_TEST(many_are_looked_up_as_each)
{
    static uint8_t sizes[CA_TAIL_BATCH];
    static double looked[CA_TAIL_BATCH], levels[CA_TAIL_BATCH], normals[CA_TAIL_BATCH], alone[CA_TAIL_BATCH];
    uint64_t seed = 77;
    for (uint32_t classes = 1; classes <= CA_TAIL_CLASSES; classes += CA_TAIL_CLASSES - 1)
        for (int steps = 0; steps < 9; steps += 4) {
            ca_tails tails = {.classes = classes};
            ca_tail_order order;
            for (uint32_t class = 0; class < classes; class++) {
                fill(class == 2 ? 0 : 3000, class + 5, steps);
                numbers[0] -= 500;      /* stretches no grid */
                ck_assert(ca_tail_fit(numbers, class == 2 ? 0 : 3000, &tails.of[class]));
            }
            for (size_t i = 0; i < CA_TAIL_BATCH; i++) {
                sizes[i] = (uint8_t)(score_random(&seed) * CA_TAIL_CLASSES);
                looked[i] = i % 5 == 0 ? (double)NAN : i % 7 == 0 ? numbers[i] : i % 64 == 1 ? -1e6 : 2 * score_normal(&seed);
            }
            ca_tail_order_make(&order, classes, sizes, CA_TAIL_BATCH);
            ca_tails_look(&tails, &order, looked, CA_TAIL_BATCH, levels, normals);
            ca_tails_look(&tails, &order, looked, CA_TAIL_BATCH, alone, NULL);
            for (size_t i = 0; i < CA_TAIL_BATCH; i++) {
                double normal = 0, level = isnan(looked[i]) ? 0 : ca_tail_look(&tails.of[classes > 1 ? sizes[i] : 0], looked[i], &normal);
                ck_assert(isnan(looked[i]) ? isnan(levels[i]) && isnan(alone[i]) : levels[i] == level && alone[i] == level);
                ck_assert(normals[i] == normal);
            }
            ca_tails_done(&tails);
        }
}
END_TEST

START_TEST(without_memory)
{
    fill(100, 1, 0);
    uint64_t before = ca_alloc_held();
    for (uint64_t n = 1; n <= 5; n++) {
        ca_tail tail;
        ca_alloc_fail(n, 0);
        ck_assert(!ca_tail_fit(numbers, 100, &tail));
        ca_alloc_fail(0, 0);
        ck_assert_uint_eq(ca_alloc_held(), before);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, is_the_mid_rank_and_then_the_exponential);
    tcase_add_test(tcase, knots_are_bounded_and_near);
    tcase_add_test(tcase, holds_no_more_than_its_knots_take);
    tcase_add_test(tcase, never_falls);
    tcase_add_test(tcase, few_that_differ);
    tcase_add_test(tcase, of_nobody_of_one_and_of_equals);
    tcase_add_test(tcase, stored_knots_make_the_same_or_none);
    tcase_add_test(tcase, many_are_looked_up_as_each);
    tcase_add_test(tcase, without_memory);
}

CA_CHECK_MAIN("score/tail", add_tests)
