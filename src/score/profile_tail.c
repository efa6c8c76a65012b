/* The chance of as unusual an item in a cell. surprise.h says how it is defined. */
#include <stdlib.h>

#include "base/alloc.h"
#include "score/profile_inside.h"

static const double LEAST_P = 1e-15;
static const double FEW_BEYOND = 5;      /* lines beyond q that weigh as much as the coarser cell's scale */
static const double CONDITION_WEIGHT = 20;
enum { BEYOND_OF = 50 };                 /* one line in 50 lies beyond q */

uint32_t ca_surprise_of(double p)
{
    return (uint32_t)llround(-log(p < LEAST_P ? LEAST_P : p < 1 ? p : 1) * 1e6);
}

/* --- Numbers -------------------------------------------------------------------------------------------------------- */

double ca_tail_distance(const ca_kept *kept, double number)
{
    return asinh(number / kept->about.unit);
}

/* The excess that half of the lines beyond q do not reach, walking away from q. `beyond` > 0. */
static double median_excess(const ca_kept *kept, const ca_kept_cell *cell, uint32_t at, bool above, uint64_t beyond, double from)
{
    uint64_t seen = 0;
    do {
        at = above ? at + 1 : at - 1;
        seen += kept->counts[cell->from + at];
    } while (seen * 2 < beyond);
    return fabs(ca_tail_distance(kept, ca_bucket_number(kept->items[cell->from + at])) - from);
}

static ca_kept_tail tail_of(const ca_kept *kept, const ca_kept_cell *cell, bool above, const ca_kept_tail *coarser)
{
    uint64_t beyond = cell->lines;
    uint32_t at = above ? CA_USUAL_NONE : cell->count;     /* the first step goes to the first or last item */
    do {
        at = above ? at + 1 : at - 1;
        beyond -= kept->counts[cell->from + at];
    } while (beyond > cell->lines / BEYOND_OF);
    ca_kept_tail tail = {.q = kept->items[cell->from + at]};
    tail.at = ca_tail_distance(kept, ca_bucket_number(tail.q));
    tail.share = beyond > 0 ? (double)beyond / (double)cell->lines : .5 / (double)cell->lines;
    if (beyond == 0) {
        tail.b = coarser != NULL ? coarser->b : 1;
        return tail;
    }
    tail.b = median_excess(kept, cell, at, above, beyond, tail.at) / log(2);
    if (coarser != NULL)
        tail.b = ((double)beyond * tail.b + FEW_BEYOND * coarser->b) / ((double)beyond + FEW_BEYOND);
    return tail;
}

void ca_tail_prepare(ca_kept *kept, uint32_t cell)
{
    const ca_kept_cell *of = &kept->cells[cell];
    const ca_kept_tail *coarser = of->parent == CA_USUAL_NONE ? NULL : &kept->tails[(size_t)of->parent * 2];
    for (unsigned side = 0; side < 2; side++)
        kept->tails[(size_t)cell * 2 + side] = of->count == 0
                                                   ? (ca_kept_tail){.share = 1, .b = 1}
                                                   : tail_of(kept, of, side == 0, coarser ? &coarser[side] : NULL);
}

double ca_tail_beyond(const ca_kept_tail *tail, double distance)
{
    return tail->share * exp(-distance / tail->b);
}

/* On one side: `beyond` lines lie farther out. */
static double one_side(const ca_kept *kept, const ca_kept_cell *cell, const ca_kept_tail *tail, bool above, double number,
                       uint64_t beyond, uint64_t equal)
{
    double q = ca_bucket_number(tail->q);
    if (above ? number > q : number < q)
        return ca_tail_beyond(tail, fabs(ca_tail_distance(kept, number) - tail->at));
    return ((double)beyond + .5 * (double)equal) / (double)cell->lines;
}

double ca_tail_number(const ca_kept *kept, uint32_t cell, double number, uint64_t below, uint64_t equal)
{
    const ca_kept_cell *of = &kept->cells[cell];
    const ca_kept_tail *tails = &kept->tails[(size_t)cell * 2];
    if (of->lines == 0)
        return 1;
    uint64_t above = of->lines - below - equal;
    double high = one_side(kept, of, &tails[0], true, number, above, equal);
    if (kept->about.direction == 1)
        return high;
    double low = one_side(kept, of, &tails[1], false, number, below, equal);
    if (kept->about.direction == -1)
        return low;
    double p = 2 * (high < low ? high : low);
    return p < 1 ? p : 1;
}

/* --- Choices and conditions ----------------------------------------------------------------------------------------- */

/* Lines that may have what the cell does not: one more than it has of what it has once only. */
static double unseen(const ca_kept_cell *cell)
{
    return (double)cell->once + 1;
}

double ca_tail_choice(const ca_kept_cell *cell, uint64_t under)
{
    return (unseen(cell) + .5 * (double)under) / ((double)cell->lines + unseen(cell));
}

static double p_of_choice(const ca_kept *kept, uint32_t cell, uint64_t choice)
{
    double p = 1;
    for (uint32_t i = cell; i != CA_USUAL_NONE; i = kept->cells[i].parent) {
        const ca_kept_cell *of = &kept->cells[i];
        uint32_t at;
        if (ca_kept_find_item(kept, of, choice, &at))
            return p * ca_tail_choice(of, kept->under[at]);
        p *= unseen(of) / ((double)of->lines + unseen(of));
    }
    return p / 2;
}

/* From the cell of all lines to this one. */
static double p_of_condition(const ca_kept *kept, uint32_t cell)
{
    uint32_t path[CA_USUAL_LEVELS_MAX + 1];
    unsigned length = 0;
    for (uint32_t i = cell; i != CA_USUAL_NONE; i = kept->cells[i].parent)
        path[length++] = i;
    double p = .5, weight = 1;
    while (length-- > 0) {
        const ca_kept_cell *of = &kept->cells[path[length]];
        uint32_t at;
        double hits = ca_kept_find_item(kept, of, 2, &at) ? (double)kept->counts[at] : 0;
        p = (hits + weight * p) / ((double)of->lines + weight);
        weight = CONDITION_WEIGHT;
    }
    return p;
}

/* Beyond the 98th percentile of a side that is looked at it does not matter how many lines are where: the other side is usual. */
static double p_of_number(const ca_kept *kept, uint32_t cell, uint64_t item)
{
    const ca_kept_tail *tails = &kept->tails[(size_t)cell * 2];
    int direction = kept->about.direction;
    double number = ca_bucket_number(item);
    bool above = direction != -1 && number > ca_bucket_number(tails[0].q), low = direction != 1 && number < ca_bucket_number(tails[1].q);
    if (kept->cells[cell].lines > 0 && (above || low)) {
        const ca_kept_tail *tail = &tails[above ? 0 : 1];
        double p = ca_tail_beyond(tail, fabs(ca_tail_distance(kept, number) - tail->at));
        return direction == 2 ? fmin(1, 2 * p) : p;
    }
    uint64_t below, equal;
    ca_kept_beside(kept, &kept->cells[cell], item, &below, &equal);
    return ca_tail_number(kept, cell, number, below, equal);
}

double ca_kept_p(const ca_kept *kept, uint32_t cell, uint64_t item)
{
    switch (kept->about.form) {
    case CA_USUAL_NUMBER:
        return p_of_number(kept, cell, ca_kept_item(kept, item));
    case CA_USUAL_CHOICE:
        return item == CA_USUAL_OTHER || item >= kept->item_limit ? 1 : p_of_choice(kept, cell, item);
    case CA_USUAL_CONDITION:
        return item == 2 ? p_of_condition(kept, cell) : 1;
    }
    return 1;
}
