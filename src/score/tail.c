/* Fitting a tail at knots, and looking a level up. */
#include "score/tail.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "score/numbers.h"

#define BULK    .98
#define PIECES  512u       /* of equal share, where numbers are many */
#define LOWEST  256u       /* of knots one in so many lies below the grid, which the lowest would stretch */
#define LN2     0.69314718055994530942

/* --- Knots -------------------------------------------------------------------------------------------------------------- */

static bool take_memory(ca_tail *tail, size_t count)
{
    tail->at = ca_alloc_zero(2 * count + 1, sizeof *tail->at);
    tail->knots = ca_alloc_zero(count + 1, sizeof *tail->knots);
    tail->grid = ca_alloc_zero(CA_TAIL_GRID + 2, sizeof *tail->grid);
    return tail->at && tail->knots && tail->grid;
}

static size_t part_of(const ca_tail *tail, double u)
{
    double part = (u - tail->from) * tail->parts_per;
    return part > 0 ? (part < CA_TAIL_GRID ? (size_t)(int)part : CA_TAIL_GRID) : 0;
}

/* The last knot that has a next; a single one has zeros behind it, of which no share is taken. */
static uint32_t last_start(const ca_tail *tail)
{
    return tail->count > 1 ? tail->count - 2 : 0;
}

/* What follows from the knots. */
static void complete(ca_tail *tail)
{
    for (uint32_t i = 0; i <= tail->count; i++)      /* no step goes farther */
        tail->at[tail->count + i] = INFINITY;
    tail->from = tail->at[tail->count / LOWEST];
    double width = tail->at[tail->count - 1] - tail->from;
    tail->parts_per = width > 1e-300 ? fmin(CA_TAIL_GRID / width, 1e300) : 0;
    for (uint32_t i = 0; i < tail->count; i++)
        tail->knots[i].normal = ca_normal_above(exp(-tail->knots[i].level));
    for (uint32_t knot = 0, part = 0; knot < tail->count; knot++) {
        size_t next = knot + 1 < tail->count ? part_of(tail, tail->at[knot + 1]) : CA_TAIL_GRID + 1;
        while (part <= next)
            tail->grid[part++] = (uint16_t)knot;
    }
    int most = 0;      /* knots in a part */
    for (size_t part = 0; part <= CA_TAIL_GRID; part++) {
        int knots = tail->grid[part + 1] - tail->grid[part];
        most = knots > most ? knots : most;
    }
    while (2 * tail->step <= (uint32_t)most && most > 0)
        tail->step = tail->step ? 2 * tail->step : 1;
}

static void add_knot(ca_tail *tail, double at, double level)
{
    tail->at[tail->count] = at;
    tail->knots[tail->count++] = (ca_tail_knot){.level = level};
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
        if (before >= kept_end && first > 0)
            add_knot(tail, sorted[before], level_of(before, first, count));
        add_knot(tail, sorted[first], level_of(first, end, count));
        next = end - first > step;
        kept_end = end;
    }
}

/* Knots are mostly fewer than there was room for, and models are kept until all is told. */
static bool give_back_rest(ca_tail *tail)
{
    double *at = ca_realloc_array(tail->at, 2 * (size_t)tail->count + 1, sizeof *at);
    if (!at)
        return false;
    tail->at = at;
    ca_tail_knot *knots = ca_realloc_array(tail->knots, (size_t)tail->count + 1, sizeof *knots);
    if (!knots)
        return false;
    tail->knots = knots;
    return true;
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
        tail->end_level = fmax(tail->knots[tail->count - 1].level, -log(.5 / (double)count));
        tail->scale = fmax(from - middle, fabs(from) * 1e-3 + 1e-3);
        tail->weight = 1;
        return;
    }
    double median = sorted[most + (above - 1) / 2] / 2 + sorted[most + above / 2] / 2;
    tail->end_level = -log((double)above / (double)count);
    tail->scale = fmax((median - from) / LN2, 1e-300);
    tail->weight = (double)above;
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
    if (!give_back_rest(ret_tail)) {
        ca_tail_done(ret_tail);
        return false;
    }
    fit_end(ret_tail, sorted, count, most);
    complete(ret_tail);
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
    for (uint32_t i = 0; i < count; i++)
        add_knot(tail, at[i], level[i]);
    complete(tail);
    return true;
}

void ca_tail_done(ca_tail *tail)
{
    ca_free(tail->at);
    ca_free(tail->knots);
    ca_free(tail->grid);
    memset(tail, 0, sizeof *tail);
}

void ca_tails_done(ca_tails *tails)
{
    for (unsigned i = 0; i < CA_TAIL_CLASSES; i++)
        ca_tail_done(&tails->of[i]);
}

/* --- Levels ------------------------------------------------------------------------------------------------------------- */

static double far_level(const ca_tail *tail, double u)
{
    double excess = u - tail->at[tail->count - 1];
    double level = tail->end_level + tail->weight * log1p(excess / tail->scale / tail->weight);
    return level < CA_TAIL_MOST ? level : CA_TAIL_MOST;
}

static bool is_far(const ca_tail *tail, double u)
{
    return u > tail->at[tail->count - 1];
}

/* Which way is not foreseen: no branches. */
static uint32_t step_up(const ca_tail *tail, double u, uint32_t low, uint32_t step)
{
    return low + (step & -(uint32_t)(tail->at[low + step] <= u));
}

/* The last knot but for those that have no next. */
static uint32_t start_at(const ca_tail *tail, uint32_t low)
{
    return low < last_start(tail) ? low : last_start(tail);
}

/* How far it is to the next knot; 0 below all. */
static double share_of(const ca_tail *tail, double u, uint32_t low)
{
    double from = tail->at[low], share = (u - from) / (tail->at[low + 1] - from);
    uint64_t bits;
    memcpy(&bits, &share, sizeof bits);
    bits &= (bits >> 63) - 1;      /* without a branch, as many lie right at a knot */
    memcpy(&share, &bits, sizeof share);
    return share;
}

/* Between which knots a number lies that is not far: behind the one that is returned, by a share of the way to the next. */
static uint32_t find(const ca_tail *tail, double u, double *ret_share)
{
    uint32_t low = tail->grid[part_of(tail, u)];
    for (uint32_t step = tail->step; step > 0; step /= 2)
        low = step_up(tail, u, low, step);
    low = start_at(tail, low);
    *ret_share = share_of(tail, u, low);
    return low;
}

static double between(double from, double to, double share)
{
    return from + share * (to - from);
}

double ca_tail_level(const ca_tail *tail, double u)
{
    double share;
    if (tail->count == 0)
        return 0;
    if (is_far(tail, u))
        return far_level(tail, u);
    const ca_tail_knot *knot = &tail->knots[find(tail, u, &share)];
    return between(knot->level, knot[1].level, share);
}

double ca_tail_look(const ca_tail *tail, double u, double *ret_normal)
{
    double share;
    *ret_normal = 0;
    if (tail->count == 0)
        return 0;
    if (is_far(tail, u)) {
        double level = far_level(tail, u);
        *ret_normal = ca_normal_above(exp(-level));
        return level;
    }
    const ca_tail_knot *knot = &tail->knots[find(tail, u, &share)];
    *ret_normal = between(knot->normal, knot[1].normal, share);
    return between(knot->level, knot[1].level, share);
}

/* --- Of many ------------------------------------------------------------------------------------------------------------ */

void ca_tail_order_make(ca_tail_order *order, uint32_t classes, const uint8_t *sizes, size_t count)
{
    size_t at = 0;
    for (unsigned class = 0; class < CA_TAIL_CLASSES; class++) {
        for (size_t i = 0; i < count; i++) {
            order->who[at] = (uint16_t)i;
            at += (classes > 1 ? sizes[i] : 0u) == class;
        }
        order->ends[class] = (uint16_t)at;
    }
}

/* Those who are looked up in one tail: one step of all of them after another, so that none waits for its own. */
typedef struct batch {
    const ca_tail *tail;
    const double *numbers;
    uint16_t between[CA_TAIL_BATCH + 1], beyond[CA_TAIL_BATCH + 1];      /* knots */
    double u[CA_TAIL_BATCH + 1];      /* of those between knots */
    int32_t low[CA_TAIL_BATCH];
    size_t near, far;
} batch;

/* What is not a number is in neither. Which it is, is not foreseen: no branches. */
static void divide(batch *of, const uint16_t *who, size_t count)
{
    size_t near = 0, far = 0;
    double last = of->tail->count > 0 ? of->tail->at[of->tail->count - 1] : (double)NAN;
    for (size_t k = 0; k < count; k++) {
        double u = of->numbers[who[k]];
        bool known = !isnan(u), below = u <= last;
        of->between[near] = of->beyond[far] = who[k];
        of->u[near] = u;
        near += below;
        far += known & !below;
    }
    of->near = near;
    of->far = far;
}

static void find_all(batch *of)
{
    const ca_tail *tail = of->tail;
    for (size_t k = 0; k < of->near; k++) {
        double part = (of->u[k] - tail->from) * tail->parts_per;
        of->low[k] = (int32_t)(part > 0 ? part : 0);      /* nobody lies beyond the last */
    }
    for (size_t k = 0; k < of->near; k++)
        of->low[k] = (int32_t)step_up(tail, of->u[k], tail->grid[of->low[k]], tail->step);
    for (uint32_t step = tail->step / 2; step > 0; step /= 2)
        for (size_t k = 0; k < of->near; k++)
            of->low[k] = (int32_t)step_up(tail, of->u[k], (uint32_t)of->low[k], step);
}

/* What is known of those between knots. */
static void look_between(const batch *of, double *levels, double *normals)
{
    for (size_t k = 0; k < of->near; k++) {
        uint32_t low = start_at(of->tail, (uint32_t)of->low[k]);
        const ca_tail_knot *knot = &of->tail->knots[low];
        double share = share_of(of->tail, of->u[k], low);
        if (levels)
            levels[of->between[k]] = between(knot->level, knot[1].level, share);
        if (normals)
            normals[of->between[k]] = between(knot->normal, knot[1].normal, share);
    }
}

static void look_beyond(const batch *of, double *levels, double *normals)
{
    for (size_t k = 0; k < of->far; k++) {
        size_t i = of->beyond[k];
        double level = normals ? ca_tail_look(of->tail, of->numbers[i], &normals[i]) : ca_tail_level(of->tail, of->numbers[i]);
        if (levels)
            levels[i] = level;
    }
}

void ca_tails_look(const ca_tails *tails, const ca_tail_order *order, const double *numbers, size_t count, double *levels, double *normals)
{
    batch of;
    of.numbers = numbers;
    for (size_t i = 0; i < count && levels; i++)
        levels[i] = NAN;
    if (normals)
        memset(normals, 0, count * sizeof *normals);
    for (unsigned class = 0, from = 0; class < tails->classes; from = order->ends[class++]) {
        of.tail = &tails->of[class];
        divide(&of, order->who + from, order->ends[class] - from);
        find_all(&of);
        look_between(&of, levels, normals);
        look_beyond(&of, levels, normals);
    }
}
