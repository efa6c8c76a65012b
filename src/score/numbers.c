/* Sorting numbers, their quantiles and robust scales. */
#include "score/numbers.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define FEW   24u         /* that are put in place one by one */
#define MANY  300u        /* from here by digits */
#define DIGIT  11u
#define DIGITS 2u
#define VALUES (1u << DIGIT)
#define SOME   64u         /* that say how far most reach */

static void insert_each(double *numbers, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        double number = numbers[i];
        size_t at = i;
        for (; at > 0 && numbers[at - 1] > number; at--)
            numbers[at] = numbers[at - 1];
        numbers[at] = number;
    }
}

static void merge(const double *from, size_t middle, size_t end, double *to)
{
    size_t i = 0, j = middle;
    for (size_t k = 0; k < end; k++)
        to[k] = j == end || (i < middle && from[i] <= from[j]) ? from[i++] : from[j++];
}

static void merge_sort(double *numbers, size_t count, double *scratch)
{
    double *from = numbers, *to = scratch;
    for (size_t at = 0; at < count; at += FEW)
        insert_each(numbers + at, count - at < FEW ? count - at : FEW);
    for (size_t width = FEW; width < count; width *= 2) {
        for (size_t at = 0; at < count; at += 2 * width) {
            size_t end = count - at < 2 * width ? count - at : 2 * width;
            merge(from + at, width < end ? width : end, end, to + at);
        }
        double *swap = from;
        from = to;
        to = swap;
    }
    if (from != numbers)
        memcpy(numbers, from, count * sizeof *numbers);
}

/* Numbers become whole ones of two digits, in their order: as far as most of them reach in equal steps, what lies beyond at both ends. */
typedef struct steps {
    double from, to, per;
} steps;

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

/* What some reach, and as far again on both sides, but no farther than all; without steps where these cannot be told. */
static steps steps_of(const double *numbers, size_t count)
{
    double low = numbers[0], high = low, least = low, most = low;
    for (size_t i = 0; i < count; i++) {
        least = smaller(least, numbers[i]);
        most = larger(most, numbers[i]);
    }
    for (size_t i = 0; i < SOME; i++) {
        low = smaller(low, numbers[i * count / SOME]);
        high = larger(high, numbers[i * count / SOME]);
    }
    double width = high - low;
    steps of = {larger(least, low - width), smaller(most, high + width), 0};
    if (!(width > 0))
        of = (steps){least, most, 0};
    double per = (VALUES * VALUES - 1) / (of.to - of.from);
    of.per = of.to - of.from < 1e300 && per < 1e300 ? per : 0;
    return of;
}

static uint32_t key_of(const steps *of, double number)
{
    double within = smaller(larger(number, of->from), of->to) - of->from;
    return (uint32_t)(int32_t)(within * of->per);
}

static size_t digit_of(const steps *of, double number, unsigned digit)
{
    return key_of(of, number) >> digit * DIGIT & (VALUES - 1);
}

/* By keys, least digit first. */
static void sort_keys(const steps *of, double *numbers, size_t count, double *scratch)
{
    uint32_t counts[DIGITS][VALUES];
    memset(counts, 0, sizeof counts);
    for (size_t i = 0; i < count; i++) {
        uint32_t key = key_of(of, numbers[i]);
        counts[0][key & (VALUES - 1)]++;
        counts[1][key >> DIGIT]++;
    }
    double *from = numbers, *to = scratch;
    for (unsigned digit = 0; digit < DIGITS; digit++) {
        uint32_t sum = 0;
        for (size_t i = 0; i < VALUES; i++) {
            uint32_t here = counts[digit][i];
            counts[digit][i] = sum;
            sum += here;
        }
        for (size_t i = 0; i < count; i++)
            to[counts[digit][digit_of(of, from[i], digit)]++] = from[i];
        double *swap = from;
        from = to;
        to = swap;
    }
}

/* Few numbers have the same key and yet differ. */
static void digit_sort(double *numbers, size_t count, double *scratch)
{
    const steps of = steps_of(numbers, count);
    if (of.per <= 0) {
        merge_sort(numbers, count, scratch);
        return;
    }
    sort_keys(&of, numbers, count, scratch);
    for (size_t i = 1; i < count; i++) {
        if (numbers[i - 1] <= numbers[i])
            continue;
        uint32_t key = key_of(&of, numbers[i]);
        size_t from = i, end = i + 1;
        for (; from > 0 && key_of(&of, numbers[from - 1]) == key; from--)
            continue;
        for (; end < count && key_of(&of, numbers[end]) == key; end++)
            continue;
        if (end - from <= FEW)
            insert_each(numbers + from, end - from);
        else
            merge_sort(numbers + from, end - from, scratch);
        i = end;
    }
}

void ca_numbers_sort(double *numbers, size_t count, double *scratch)
{
    if (count <= FEW)
        insert_each(numbers, count);
    else if (count < MANY)
        merge_sort(numbers, count, scratch);
    else
        digit_sort(numbers, count, scratch);
}

double ca_numbers_quantile(const double *sorted, size_t count, double share)
{
    double place = share * (double)(count - 1);
    size_t below = (size_t)place;
    if (below + 1 >= count)
        return sorted[count - 1];
    return sorted[below] + (place - (double)below) * (sorted[below + 1] - sorted[below]);
}

/* Distances from the median to both sides of the middle, each ascending. */
typedef struct sides {
    const double *sorted;
    size_t middle, right;      /* so many on the left, so many on the right */
    double median;
} sides;

static double on_left(const sides *of, size_t i)
{
    return i < of->middle ? of->median - of->sorted[of->middle - 1 - i] : INFINITY;
}

static double on_right(const sides *of, size_t i)
{
    return i < of->right ? of->sorted[of->middle + i] - of->median : INFINITY;
}

/* How many of the `most` nearest lie on the left. */
static size_t nearest_on_left(const sides *of, size_t most)
{
    size_t from = most > of->right ? most - of->right : 0, to = most < of->middle ? most : of->middle;
    while (from < to) {      /* which half is not foreseen: no branches */
        size_t left = from + (to - from) / 2;
        const double *middle = of->sorted + of->middle;
        bool more = of->median - *(middle - 1 - left) < middle[most - left - 1] - of->median;
        from = more ? left + 1 : from;
        to = more ? to : left;
    }
    return from;
}

/* The median of the distances from the median. */
static double median_distance(const double *sorted, size_t count, double median)
{
    sides of = {sorted, count / 2, count - count / 2, median};
    size_t most = count / 2 + 1, left = nearest_on_left(&of, most), right = most - left;
    double last_left = left > 0 ? on_left(&of, left - 1) : -1, last_right = right > 0 ? on_right(&of, right - 1) : -1;
    double last = larger(last_left, last_right);
    if (count % 2)
        return last;
    double before_left = left > 1 ? on_left(&of, left - 2) : -1, before_right = right > 1 ? on_right(&of, right - 2) : -1;
    double before = last_left >= last_right ? larger(before_left, last_right) : larger(last_left, before_right);
    return (before + last) / 2;
}

/* The standard deviation of numbers that are moved to `low` and `high` where they are outside. */
static double deviation_within(const double *sorted, size_t count, double low, double high)
{
    double sum = 0, squares = 0, middle = (low + high) / 2;
    if (!(low < high))
        return 0;
    for (size_t i = 0; i < count; i++) {
        double x = (sorted[i] < low ? low : sorted[i] > high ? high : sorted[i]) - middle;
        sum += x;
        squares += x * x;
    }
    double n = (double)count, mean = sum / n;
    return sqrt(fmax(0, squares / n - mean * mean));
}

double ca_numbers_scale(const double *sorted, size_t count)
{
    double spread = (ca_numbers_quantile(sorted, count, .95) - ca_numbers_quantile(sorted, count, .05)) / 3.29;
    double distance = 1.4826 * median_distance(sorted, count, ca_numbers_quantile(sorted, count, .5));
    if (distance > .3 * spread)
        return distance;
    if (spread > 0)
        return spread;
    double scale = deviation_within(sorted, count, ca_numbers_quantile(sorted, count, .01), ca_numbers_quantile(sorted, count, .99));
    return scale > 0 ? scale : deviation_within(sorted, count, sorted[0], sorted[count - 1]);
}
