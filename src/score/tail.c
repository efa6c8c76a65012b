/* Fitting a tail at knots, and looking a level up. */
#include "score/tail.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"

#define BULK    .98
#define PIECES  512u       /* of equal share, where numbers are many */
#define LN2     0.69314718055994530942

/* --- Knots -------------------------------------------------------------------------------------------------------------- */

static bool take_memory(ca_tail *tail, size_t count)
{
    tail->at = ca_alloc_zero(count + 1, sizeof *tail->at);
    tail->level = ca_alloc_zero(count + 1, sizeof *tail->level);
    tail->grid = ca_alloc_zero(CA_TAIL_GRID + 1, sizeof *tail->grid);
    return tail->at && tail->level && tail->grid;
}

static size_t part_of(const ca_tail *tail, double u)
{
    double from = tail->at[0], to = tail->at[tail->count - 1];
    double part = (u - from) / (to - from) * CA_TAIL_GRID;
    return part > 0 ? (part < CA_TAIL_GRID ? (size_t)part : CA_TAIL_GRID) : 0;
}

static void make_grid(ca_tail *tail)
{
    uint32_t knot = 0;
    for (size_t part = 0; part <= CA_TAIL_GRID; part++) {
        while (knot + 1 < tail->count && part_of(tail, tail->at[knot + 1]) < part)
            knot++;
        tail->grid[part] = (uint16_t)knot;
    }
}

/* The share above the middle of the numbers from `first` to before `end`, which are equal. */
static double level_of(size_t first, size_t end, size_t count)
{
    return -log(((double)(count - end) + .5 * (double)(end - first)) / (double)count);
}

static size_t end_of_equals(const double *sorted, size_t first, size_t count)
{
    size_t end = first + 1;
    while (end < count && sorted[end] <= sorted[first])
        end++;
    return end;
}

/* Where numbers are many a knot for each piece. Where many are equal the share jumps: those before and behind are kept too. */
static void choose_knots(ca_tail *tail, const double *sorted, size_t count, size_t most)
{
    size_t step = count / PIECES, kept_end = 0, before = 0;
    bool next = true;
    for (size_t first = 0, end; first < most; before = first, first = end) {
        end = end_of_equals(sorted, first, most);
        if (!next && end < most && end - kept_end <= step)
            continue;
        if (before >= kept_end && first > 0) {
            tail->at[tail->count] = sorted[before];
            tail->level[tail->count++] = level_of(before, first, count);
        }
        tail->at[tail->count] = sorted[first];
        tail->level[tail->count++] = level_of(first, end, count);
        next = end - first > step;
        kept_end = end;
    }
}

/* How many numbers are not beyond the bulk: all that equal the last of it are in it. */
static size_t bulk_of(const double *sorted, size_t count)
{
    size_t last = (size_t)ceil(BULK * (double)count);
    last = last > 0 ? last - 1 : 0;
    return end_of_equals(sorted, last, count);
}

static void fit_end(ca_tail *tail, const double *sorted, size_t count, size_t most)
{
    double from = sorted[most - 1];
    size_t above = count - most;
    if (above == 0) {      /* nobody: as far as the upper half reaches stands for the excess */
        double middle = sorted[count / 2];
        tail->end_level = fmax(tail->level[tail->count - 1], -log(.5 / (double)count));
        tail->scale = fmax(from - middle, fabs(from) * 1e-3 + 1e-3);
        tail->weight = 1;
        return;
    }
    double median = sorted[most + (above - 1) / 2] / 2 + sorted[most + above / 2] / 2;
    tail->end_level = -log((double)above / (double)count);
    tail->scale = fmax((median - from) / LN2, 1e-300);
    /* The variance of the scale by the median is 1 / ln^2 2 of that by all: so many numbers are worth as much. */
    tail->weight = fmax(1, (double)above * LN2 * LN2);
}

bool ca_tail_fit(const double *sorted, size_t count, ca_tail *ret_tail)
{
    memset(ret_tail, 0, sizeof *ret_tail);
    if (count == 0)
        return true;
    size_t most = bulk_of(sorted, count);
    if (!take_memory(ret_tail, most < CA_TAIL_KNOTS ? most : CA_TAIL_KNOTS)) {
        ca_tail_done(ret_tail);
        return false;
    }
    choose_knots(ret_tail, sorted, count, most);
    fit_end(ret_tail, sorted, count, most);
    make_grid(ret_tail);
    return true;
}

bool ca_tail_make(const double *at, const double *level, uint32_t count, ca_tail *tail, bool *ret_memory)
{
    *ret_memory = false;
    bool good = count <= CA_TAIL_KNOTS && isfinite(tail->scale) && tail->scale > 0 && tail->end_level >= 0 &&
                tail->end_level <= CA_TAIL_MOST && tail->weight >= 1 && tail->weight <= 1e18;
    for (uint32_t i = 0; i < count && good; i++)
        good = fabs(at[i]) <= 1e300 && level[i] >= 0 && level[i] <= CA_TAIL_MOST && (i == 0 || (at[i] > at[i - 1] && level[i] >= level[i - 1]));
    if (!good || count == 0)
        return count == 0;
    *ret_memory = !take_memory(tail, count);
    if (*ret_memory)
        return false;
    tail->count = count;
    memcpy(tail->at, at, count * sizeof *at);
    memcpy(tail->level, level, count * sizeof *level);
    make_grid(tail);
    return true;
}

void ca_tail_done(ca_tail *tail)
{
    ca_free(tail->at);
    ca_free(tail->level);
    ca_free(tail->grid);
    memset(tail, 0, sizeof *tail);
}

void ca_tails_done(ca_tails *tails)
{
    for (unsigned i = 0; i < CA_TAIL_CLASSES; i++)
        ca_tail_done(&tails->of[i]);
}

/* --- Levels ------------------------------------------------------------------------------------------------------------- */

static double end_level(const ca_tail *tail, double excess)
{
    return fmin(CA_TAIL_MOST, tail->end_level + tail->weight * log1p(excess / tail->scale / tail->weight));
}

double ca_tail_level(const ca_tail *tail, double u)
{
    if (tail->count == 0 || u <= tail->at[0])
        return tail->count == 0 ? 0 : tail->level[0];
    uint32_t last = tail->count - 1;
    if (u >= tail->at[last])
        return u > tail->at[last] ? end_level(tail, u - tail->at[last]) : tail->level[last];
    size_t part = part_of(tail, u);
    uint32_t low = tail->grid[part], high = part < CA_TAIL_GRID ? tail->grid[part + 1] + 1u : last;
    high = high < last ? high : last;
    while (low + 1 < high) {      /* at[low] <= u < at[high] */
        uint32_t middle = (low + high) / 2;
        if (tail->at[middle] <= u)
            low = middle;
        else
            high = middle;
    }
    double share = (u - tail->at[low]) / (tail->at[low + 1] - tail->at[low]);
    return tail->level[low] + share * (tail->level[low + 1] - tail->level[low]);
}
