/* A line that is counted itself, judged as if it were not: how surprising lines are that the profile has not seen is measured on
 * lines that it has. What differs most is what is there once: without its line it is not there. */
#include "score/profile_inside.h"

enum { LARGE = 10000 };    /* in a cell of so many lines one of them changes nothing */

/* --- Numbers -------------------------------------------------------------------------------------------------------- */

static double side_without(const ca_kept *kept, const ca_kept_cell *cell, bool above, uint64_t item, uint64_t beyond, uint64_t equal)
{
    const ca_kept_tail *tail = &kept->tails[(size_t)(cell - kept->cells) * 2 + (above ? 0 : 1)];
    double others = (double)cell->lines - 1;
    if (above ? item <= tail->q : item >= tail->q)
        return ((double)beyond + .5 * (double)(equal - 1)) / others;
    ca_kept_tail fewer = *tail;
    double past = tail->share * (double)cell->lines - 1;
    fewer.share = fmax(past, .5) / others;
    return ca_tail_beyond(&fewer, fabs(ca_tail_distance(kept, ca_bucket_number(item)) - tail->at));
}

static double number_without(const ca_kept *kept, const ca_kept_cell *cell, uint64_t item)
{
    uint64_t below, equal;
    ca_kept_beside(kept, cell, item, &below, &equal);
    double high = side_without(kept, cell, true, item, cell->lines - below - equal, equal);
    double low = side_without(kept, cell, false, item, below, equal);
    return kept->about.direction == 1 ? high : kept->about.direction == -1 ? low : fmin(1, 2 * fmin(high, low));
}

/* --- Choices and conditions ----------------------------------------------------------------------------------------- */

static double choice_without(const ca_kept *kept, const ca_kept_cell *cell, uint64_t choice)
{
    uint32_t at;
    double p = 1;
    for (;; cell = &kept->cells[cell->parent]) {
        ca_kept_cell fewer = *cell;
        uint64_t own = ca_kept_find_item(kept, cell, choice, &at) ? kept->counts[at] - 1 : 0;
        uint64_t rarer = 0, equal = own;
        fewer.lines--;
        fewer.once = own == 0 ? cell->once - 1 : own == 1 ? cell->once + 1 : cell->once;
        if (own > 0) {
            for (uint32_t i = cell->from; i < cell->from + cell->count; i++) {
                rarer += i != at && kept->counts[i] < own ? kept->counts[i] : 0;
                equal += i != at && kept->counts[i] == own ? own : 0;
            }
            return p * ca_tail_choice(&fewer, 2 * rarer + equal);
        }
        p *= ca_tail_choice(&fewer, 0);
        if (cell->parent == CA_USUAL_NONE)
            return p / 2;
    }
}

static double condition_without(const ca_kept *kept, const ca_kept_cell *cell, uint64_t item)
{
    uint32_t at;
    double hits = ca_kept_find_item(kept, cell, 2, &at) ? (double)kept->counts[at] : 0;
    double p = ca_kept_p(kept, (uint32_t)(cell - kept->cells), 2);
    return item == 1 ? 1 : p * fmax(hits - 1, .5) / hits;
}

uint32_t ca_kept_surprise_without(const ca_kept *kept, uint32_t cell, uint64_t item)
{
    const ca_kept_cell *of = &kept->cells[cell];
    uint64_t counted = ca_kept_item(kept, item);
    uint32_t at;
    if (of->lines >= LARGE || of->lines < 2 || !ca_kept_find_item(kept, of, counted, &at))
        return ca_kept_surprise(kept, cell, item);
    switch (kept->about.form) {
    case CA_USUAL_NUMBER:
        return ca_surprise_of(number_without(kept, of, counted));
    case CA_USUAL_CHOICE:
        return counted == CA_USUAL_OTHER ? 0 : ca_surprise_of(choice_without(kept, of, counted));
    case CA_USUAL_CONDITION:
        return ca_surprise_of(condition_without(kept, of, counted));
    }
    return 0;
}
