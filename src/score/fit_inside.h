/* What the steps of fitting a model share. Everybody has a place: in order of id, or, where some are drawn, by cell and within a cell as
 * they are drawn. Every sum runs in the order of places. */
#ifndef CA_SCORE_FIT_INSIDE_H
#define CA_SCORE_FIT_INSIDE_H

#include <string.h>

#include "score/matrix.h"
#include "score/scorer.h"
#include "score/source.h"

/* Beyond these numbers some are drawn, by a hash of their ids. */
#define CA_FIT_DRAWN     131072u    /* entities of a kind, and values of a column */
#define CA_FIT_SPECIALTY 16384u     /* values of a specialty */
#define CA_FIT_CELL      1024u      /* values of a cell below it */

typedef struct ca_score_fitting {
    ca_score_source source;
    ca_score_model *model;
    const ca_linalg *linalg;
    uint32_t *rows;                /* of the table, by place */
    uint32_t *places;              /* by row */
    uint32_t *draws;               /* by place: who were drawn before; NULL: all are */
    uint8_t *sizes;                /* by place: third by claims */
    ca_peer_place *peers;          /* by place */
    ca_peer_cells cells;
    uint32_t *sample;              /* places of those from whom it is learned how columns go together, ascending */
    size_t count;                  /* of the sample */
    uint32_t *drawn;               /* by place: which of the sample; `count` of nobody */
    /* The column that is being fitted. */
    double *values, *exposures;    /* by place */
    float *x;                      /* by place: on the scale of the model */
    ca_arcs arcs;
    /* Seats of those whose values are known: in the upper half x, as bits in its order, in the lower the place in the order of cells. */
    uint64_t *sorted;              /* by x */
    uint64_t *split;               /* by cell of one level, and within each by x */
    uint32_t *ends;                /* by cell: of its seats among these, which begin where its span does */
    uint32_t *at_level;            /* by cell: itself or its parent of that level; 0: none */
    uint32_t *finest;              /* cells by place in the order of cells */
    uint32_t *at;                  /* places of those whose values are known and drawn, ascending; of these: */
    size_t known;
    double *numbers, *volumes;     /* x and exposure */
    double *residuals, *variances;
    uint8_t *bins;                 /* of a funnel */
    size_t room;                   /* for so many in each of these, and in the following */
    double *work, *scratch, *distances;
    ca_matrix *z;                  /* by column: of the sample the distance from peers, or not a number */
    ca_score_results *results;     /* to fill, where all are in the sample; or NULL */
    double *z_means;               /* by column: of z within CA_Z_MOST; missing ones are 0 */
} ca_score_fitting;

/* fit_column.c: constants, statistics of cells, z and tails of one column; adds the column to `z`. */
int ca_fit_column(ca_score_fitting *fit, size_t column, ca_error *err);
void ca_fit_constants(ca_score_fitting *fit, size_t column, size_t count);     /* of the transform, from `count` ascending values in `work` */
/* fit_order.c: constants, x, `at` and `sorted` of the `known` values of a column; constants are those of the drawn. */
void ca_fit_order(ca_score_fitting *fit, size_t column, size_t known, uint64_t draws);
/* x of those of the seats who are drawn, into `work`; returns how many. */
size_t ca_fit_ordered(ca_score_fitting *fit, const uint64_t *seats, size_t known, uint64_t draws);
void ca_fit_split(ca_score_fitting *fit, uint32_t level, size_t known);
static inline double ca_fit_seat_x(uint64_t seat)
{
    uint32_t bits = (uint32_t)(seat >> 32);
    float x;
    bits = bits >> 31 ? bits & ~(UINT32_C(1) << 31) : ~bits;
    memcpy(&x, &bits, sizeof x);
    return (double)x;
}
/* funnel.c: from residuals and volumes; in `work` and `scratch`. */
void ca_fit_funnel(ca_score_fitting *fit, size_t column);
/* fit_matrices.c: which columns are copies, then the matrices of M1 and R. */
int ca_fit_matrices(ca_score_fitting *fit, ca_error *err);
/* fit_channels.c */
int ca_fit_channels(ca_score_fitting *fit, ca_error *err);

/* fit.c: scores are left in `results`, if there are any, where everybody is in the sample; ret_scored says so. */
int ca_fit_model(ca_score_table *table, const ca_linalg *linalg, ca_score_results *results, bool *ret_scored, ca_score_model **ret_model,
                 ca_error *err);
/* Tails of the numbers of entities at `places`, by size; what is not a number is nobody's. */
int ca_fit_tails(ca_score_fitting *fit, const double *numbers, const uint32_t *places, size_t count, ca_tails *ret_tails, ca_error *err);
/* How many of `most` are drawn, so that about `wanted` of the `known` are among them. */
static inline uint64_t ca_fit_draws(const ca_score_fitting *fit, size_t known, size_t wanted)
{
    return known <= wanted || !fit->draws ? UINT64_MAX : (uint64_t)fit->source.count * wanted / known;
}
static inline bool ca_fit_is_drawn(const ca_score_fitting *fit, size_t place, uint64_t draws)
{
    return !fit->draws || fit->draws[place] < draws;
}
/* Of the size of one of the sample. */
static inline const ca_tail *ca_fit_tail_of(const ca_score_fitting *fit, const ca_tails *tails, size_t drawn)
{
    return &tails->of[fit->model->classes > 1 ? fit->sizes[fit->sample[drawn]] : 0];
}
/* How many entities the block of the sample from `first` has. */
static inline size_t ca_fit_block(const ca_score_fitting *fit, size_t first)
{
    return fit->count - first < CA_SCORE_BLOCK ? fit->count - first : CA_SCORE_BLOCK;
}

#endif
