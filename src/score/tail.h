/* T(u): how large a share of a population lies above u. Mid-ranks up to the 98th percentile, exponential beyond, with the scale b
 * that the median excess gives (not the mean: what is looked for sits there). The scale is only estimated, from m excesses, so that
 * the share beyond is the predictive one: (1 + e / (m b))^-m, which is exp(-e / b) where m is large.
 * The logarithm is kept at bounded knots. */
#ifndef CA_SCORE_TAIL_H
#define CA_SCORE_TAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CA_TAIL_KNOTS  4096u       /* at most */
#define CA_TAIL_GRID   4096u
#define CA_TAIL_MOST   34.538776394910684    /* -ln 1e-15: no probability is smaller */

/* A share that is known: -ln of it is its level; `normal` is the normal score that goes with it. */
typedef struct ca_tail_knot {
    double level, normal;
} ca_tail_knot;

/* Zeroed: of nobody, every level is 0. */
typedef struct ca_tail {
    uint32_t count;
    double *at;               /* where, ascending; they lie together, as they are searched */
    ca_tail_knot *knots;      /* what; a line between neighbours */
    double end_level;         /* right above the last knot */
    double scale;             /* b: of the excess, > 0 */
    double weight;            /* m, at least 1 */
    double from, parts_per;   /* where the grid begins, and its parts per unit */
    uint32_t step;            /* of the first look within a part, a power of two */
    uint16_t *grid;           /* where to look: the last knot at or below the beginning of each part */
} ca_tail;

/* Of ascending numbers, which may be none. False when memory ran out. */
bool ca_tail_fit(const double *sorted, size_t count, ca_tail *ret_tail);
/* Takes knots that were stored; false when they make no tail or memory ran out (`*ret_memory`). */
bool ca_tail_make(const double *at, const double *level, uint32_t count, ca_tail *tail, bool *ret_memory);
void ca_tail_done(ca_tail *tail);
double ca_tail_level(const ca_tail *tail, double u);     /* 0 to CA_TAIL_MOST */
/* The same, and the normal score. */
double ca_tail_look(const ca_tail *tail, double u, double *ret_normal);

/* One for each size class, or one for all. */
#define CA_TAIL_CLASSES 3u
typedef struct ca_tails {
    uint32_t classes;
    ca_tail of[CA_TAIL_CLASSES];
} ca_tails;
void ca_tails_done(ca_tails *tails);
/* Of many, at most CA_TAIL_BATCH, whose tail is whose: by size where there are several, as they come within one. */
#define CA_TAIL_BATCH 1024u
typedef struct ca_tail_order {
    uint16_t who[CA_TAIL_BATCH + 1];
    uint16_t ends[CA_TAIL_CLASSES];
} ca_tail_order;
void ca_tail_order_make(ca_tail_order *order, uint32_t classes, const uint8_t *sizes, size_t count);
/* ca_tail_look for many; what is not a number has no level, which is not a number either, and the normal score 0. Either may be
 * NULL. */
void ca_tails_look(const ca_tails *tails, const ca_tail_order *order, const double *numbers, size_t count, double *levels, double *normals);

#endif
