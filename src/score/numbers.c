/* Sorting numbers, their quantiles and robust scales. */
#include "score/numbers.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define FEW   24u         /* that are put in place one by one */
#define MANY  300u        /* from here by digits */
#define DIGIT  11u
#define DIGITS 3u
#define HIGH   (DIGIT * DIGITS)      /* bits by which they are sorted first: sign, exponent and six decimals */

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

/* Bits in the order of the numbers: negative ones come first, and the larger of them have the smaller bits. */
static uint64_t bits_of(double number)
{
    uint64_t bits;
    number += 0.0;      /* minus zero is zero */
    memcpy(&bits, &number, sizeof bits);
    return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

static size_t digit_of(double number, unsigned digit)
{
    return (size_t)(bits_of(number) >> (64 - HIGH + digit * DIGIT)) & ((1u << DIGIT) - 1);
}

/* By the highest bits, least digit first; a digit that all share costs nothing. Where the sorted numbers are is returned. */
static double *sort_high(double *numbers, size_t count, double *scratch)
{
    uint32_t counts[DIGITS][1u << DIGIT];
    memset(counts, 0, sizeof counts);
    for (size_t i = 0; i < count; i++)
        for (unsigned digit = 0; digit < DIGITS; digit++)
            counts[digit][digit_of(numbers[i], digit)]++;
    double *from = numbers, *to = scratch;
    for (unsigned digit = 0; digit < DIGITS; digit++) {
        if (counts[digit][digit_of(from[0], digit)] == count)
            continue;
        uint32_t sum = 0;
        for (size_t i = 0; i < 1u << DIGIT; i++) {
            uint32_t here = counts[digit][i];
            counts[digit][i] = sum;
            sum += here;
        }
        for (size_t i = 0; i < count; i++)
            to[counts[digit][digit_of(from[i], digit)]++] = from[i];
        double *swap = from;
        from = to;
        to = swap;
    }
    return from;
}

/* Few numbers agree in the highest bits and yet differ. */
static void digit_sort(double *numbers, size_t count, double *scratch)
{
    double *sorted = sort_high(numbers, count, scratch), *other = sorted == numbers ? scratch : numbers;
    for (size_t from = 0, end; from < count; from = end) {
        bool equal = true;
        for (end = from + 1; end < count && bits_of(sorted[end]) >> (64 - HIGH) == bits_of(sorted[from]) >> (64 - HIGH); end++)
            equal = equal && sorted[end - 1] <= sorted[end];
        if (!equal && end - from <= FEW)
            insert_each(sorted + from, end - from);
        else if (!equal)
            merge_sort(sorted + from, end - from, other + from);
    }
    if (sorted != numbers)
        memcpy(numbers, sorted, count * sizeof *numbers);
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

static double larger(double a, double b)
{
    return a > b ? a : b;
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
    while (from < to) {
        size_t left = from + (to - from) / 2;
        if (on_left(of, left) < on_right(of, most - left - 1))
            from = left + 1;
        else
            to = left;
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
