/* What the parts of the generic ensemble know of each other. Rows come in blocks of a fixed size, the last one filled up with
 * zeros, so that a row's score never depends on the rows beside it. */
#ifndef CA_SCORE_ENSEMBLE_PARTS_H
#define CA_SCORE_ENSEMBLE_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "score/ensemble.h"
#include "score/linalg.h"

#define CA_ENSEMBLE_BLOCK 256

/* Random numbers that are a function of what they are for: (seed, purpose, tree, node) and their number. */
typedef enum ca_draw_purpose { CA_DRAW_SETS = 1, CA_DRAW_TREE_ROWS, CA_DRAW_SPLITS } ca_draw_purpose;
typedef struct ca_draws {
    uint64_t key;
    uint64_t count;
} ca_draws;
ca_draws ca_draws_of(uint64_t seed, ca_draw_purpose purpose, uint64_t tree, uint64_t node);
size_t ca_draw_below(ca_draws *draws, size_t limit);        /* 0 to limit - 1; limit is 1 to 2^32 */
double ca_draw_unit(ca_draws *draws);                       /* 0 to 1, without 1 */
/* `count` different numbers below `limit`, in no order; at most `limit` of them. */
void ca_draw_distinct(ca_draws *draws, size_t limit, size_t count, size_t *ret_numbers);

/* The rows that everything is fitted on, by the hash of their content. */
typedef struct ca_sample {
    double *rows;           /* count * columns; missing cells are NAN */
    size_t count;
    size_t columns;
    double *low, *high;     /* by column, of all rows of the table; low > high where all cells are missing */
    uint64_t missing;       /* cells of the table */
} ca_sample;
/* What is not finite becomes NAN, what is huge 1e100, minus zero zero. */
void ca_sample_clean(double *cells, size_t count);
int ca_sample_take(const ca_ensemble_rows *rows, uint64_t seed, size_t want, ca_arena *arena, ca_sample *ret_sample,
                   ca_error *err);

/* Which rows of a table that is larger than the sample are in it. A row that makes up more than 1 / CA_REPEATS of the table has its
 * share of the sample; of the others those with the smallest hashes are in it. Two passes over the hashes of all rows in any
 * order: notice all, then count all. */
#define CA_REPEATS 32768
typedef struct ca_chooser ca_chooser;
ca_chooser *ca_chooser_new(uint64_t rows, size_t want);     /* NULL when memory ran out */
void ca_chooser_free(ca_chooser *chooser);
void ca_chooser_notice(ca_chooser *chooser, uint64_t hash);
void ca_chooser_count(ca_chooser *chooser, uint64_t hash);
/* Writes `want` hashes, sorted, each as often as its row is in the sample. */
void ca_chooser_hashes(ca_chooser *chooser, uint64_t *ret_hashes);

/* How columns are seen. */
typedef struct ca_scale {
    size_t column;          /* of the table */
    double median, scale;   /* bent: asinh((x - median) / scale) */
    double mean, deviation; /* plain: (x - mean) / deviation */
    float low, high;        /* bent, of all rows of the table */
} ca_scale;
typedef struct ca_scales {
    ca_scale *of;
    size_t count;           /* columns that vary */
    size_t columns;         /* of the table */
} ca_scales;
/* CA_END: no column varies. */
int ca_scales_fit(const ca_sample *sample, ca_arena *model, ca_arena *work, ca_scales *ret_scales, ca_error *err);
/* z: scales->count numbers a row, may be where rows are; bent: one more, which is 1. */
void ca_scales_apply(const ca_scales *scales, const double *rows, size_t count, double *z, float *bent);

/* Trimmed covariance. */
typedef struct ca_trimmed {
    const ca_linalg *linalg;
    size_t n;
    double *mean;
    double *factor;
} ca_trimmed;
/* `center`: the medians of the columns of z. */
int ca_trimmed_fit(const ca_linalg *linalg, const double *z, size_t count, size_t n, const double *center, ca_arena *model,
                   ca_arena *work, ca_trimmed *ret_trimmed, ca_error *err);
void ca_trimmed_rate(const ca_trimmed *trimmed, double *z, double *ret_scores);     /* a block of rows, which are lost */

/* Distances from random sets of rows. */
enum { CA_VORONOI_SETS = 100, CA_VORONOI_SIZE = 16 };
typedef struct ca_voronoi {
    const ca_linalg *linalg;
    size_t stride;          /* numbers a row: columns and a 1 */
    float *centers;         /* sets * size rows; the last number is -|c|^2 / 2 */
    float *weights;         /* of the cells */
    float *products;        /* scratch */
} ca_voronoi;
int ca_voronoi_fit(const ca_linalg *linalg, const float *bent, size_t count, size_t n, uint64_t seed, ca_arena *model,
                   ca_arena *work, ca_voronoi *ret_voronoi, ca_error *err);
void ca_voronoi_rate(const ca_voronoi *voronoi, const float *bent, double *ret_scores);

/* Isolation forest: trees of fixed shape, so that going down one needs no questions but the splits. */
enum { CA_FOREST_TREES = 100, CA_FOREST_ROWS = 256, CA_FOREST_DEPTH = 8, CA_FOREST_LEAVES = 1 << CA_FOREST_DEPTH };
typedef struct ca_split {
    float at;               /* x >= at goes to the second child */
    uint32_t column;
} ca_split;
typedef struct ca_tree {
    ca_split splits[CA_FOREST_LEAVES];      /* from 1; children of i are 2 i and 2 i + 1 */
    float lengths[CA_FOREST_LEAVES];        /* of the path to each leaf */
} ca_tree;
typedef struct ca_forest {
    ca_tree *trees;
    size_t stride;
} ca_forest;
double ca_forest_average_path(size_t rows);     /* of unsuccessful searches in a binary tree of `rows` leaves */
int ca_forest_fit(const float *bent, size_t count, size_t n, uint64_t seed, ca_arena *model, ca_arena *work,
                  ca_forest *ret_forest, ca_error *err);
void ca_forest_rate(const ca_forest *forest, const float *bent, double *ret_scores);    /* minus the mean length */

/* Smoothed histograms. */
enum { CA_HISTOGRAM_BINS = 64 };
typedef struct ca_histogram {
    float low, high, per_unit;      /* bins a unit */
    float evidence[CA_HISTOGRAM_BINS + 2];  /* -ln p by bin; before the first and after the last nobody was */
} ca_histogram;
typedef struct ca_histograms {
    ca_histogram *of;
    size_t count;
} ca_histograms;
int ca_histograms_fit(const ca_scales *scales, const float *bent, size_t count, ca_arena *model, ca_histograms *ret_histograms,
                      ca_error *err);
void ca_histograms_rate(const ca_histograms *histograms, const float *bent, double *ret_scores);

/* A channel's scores in the sample, as shares of rows that have more. */
typedef struct ca_ranks {
    double *scores;         /* different ones, rising */
    double *at;             /* -ln of the share above each, half of those with the same counted */
    double *after;          /* -ln of the share above what lies behind each; [0] is before the first */
    size_t count;
} ca_ranks;
int ca_ranks_fit(double *scores, size_t count, ca_arena *model, ca_ranks *ret_ranks, ca_error *err);   /* sorts them */
void ca_ranks_add(const ca_ranks *ranks, const double *scores, double *sums);   /* a block; adds what each score is worth */

double ca_rounded_score(double score);      /* to 1e-6 */
int ca_compare_doubles(const void *a, const void *b);   /* for qsort; none is NAN */

#endif
