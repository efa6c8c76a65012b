/* The generic ensemble: which rows of a table are unlike the others, where nothing is known of peers, exposures or directions.
 * Four channels see each row: its Mahalanobis distance from a trimmed mean and covariance; its distance from the nearest of 16
 * rows in each of 100 random sets, weighed by how wide that row's Voronoi cell is; the length of its path in an isolation forest
 * of 100 trees of 256 rows; its improbability in smoothed histograms of 64 bins, column by column. A row's score is the sum of
 * -ln p over the four, p being the share of rows that score higher (ties count half): Fisher's sum, used for its order only.
 *
 * Distances, trees and bins see asinh((x - median) / scale), covariance sees (x - mean) / deviation; scale is IQR / 1.349, where
 * that is 0 (q95 - q05) / 3.29, where that is 0 the deviation. Sources: Liu, Ting and Zhou, Isolation Forest (ICDM 2008);
 * Bandaragoda and others, isolation by nearest neighbours (Computational Intelligence 2018); Goldstein and Dengel, HBOS (KI 2012);
 * Rousseeuw and Van Driessen, concentration steps of the minimum covariance determinant (Technometrics 1999).
 *
 * Everything is fitted on a sample of at most 65,536 rows and 8,388,608 cells; a smaller table is its own sample. Which rows it
 * has depends on what is in them and the seed, not on their order, and rows that repeat are in it as often as in the table. So
 * scores are the same for any order of rows and any size of blocks, on one kind of processor. */
#ifndef CA_SCORE_ENSEMBLE_H
#define CA_SCORE_ENSEMBLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "score/linalg.h"

#define CA_ENSEMBLE_COLUMNS     2048        /* at most */
#define CA_ENSEMBLE_LEAST_ROWS  16          /* a table with fewer has too little to compare with */
#define CA_ENSEMBLE_SAMPLE      65536       /* rows that it is fitted on, at most … */
#define CA_ENSEMBLE_CELLS       8388608     /* … and rows times columns */

/* Where rows are: in memory, or in a file. What is not finite is missing; numbers beyond 1e100 count as 1e100. */
typedef struct ca_ensemble_rows {
    uint64_t count;
    size_t columns;
    /* Rows `first` to `first + count`, `columns` numbers each, into `to`. Read several times, each time from the first to the
     * last. 0 or a negative code. */
    int (*read)(void *state, uint64_t first, size_t count, double *to, ca_error *err);
    void *state;
} ca_ensemble_rows;

/* What the table was like. */
typedef struct ca_ensemble_facts {
    uint64_t rows;
    uint64_t missing;       /* cells: they take the column's median */
    size_t sample;          /* rows that it was fitted on */
    size_t columns_used;    /* the others never vary, or are all missing */
} ca_ensemble_facts;

typedef struct ca_ensemble ca_ensemble;

/* CA_END: insufficient data, fewer than CA_ENSEMBLE_LEAST_ROWS rows or no column that varies; facts tell which, and may be NULL.
 * CA_LIMIT: too many columns. Holds about 12 bytes a cell of the sample and 160 a row of it, 12 KB a column, 16 bytes times
 * the square of the columns, and 8 MB: 30 MB with 16 columns, 120 with 128, 200 with 2,048. */
int ca_ensemble_fit(const ca_linalg *linalg, const ca_ensemble_rows *rows, uint64_t seed, ca_ensemble **ret_ensemble,
                    ca_ensemble_facts *ret_facts, ca_error *err);
void ca_ensemble_free(ca_ensemble *ensemble);   /* NULL is fine */

/* Scores of `count` rows, of the table or new ones, from 0 (like all others) upwards, rounded to 1e-6. Uses memory of the
 * ensemble: one thread at a time. */
void ca_ensemble_rate(ca_ensemble *ensemble, const double *rows, size_t count, double *ret_scores);

/* Both for a matrix in memory, row by row. */
int ca_ensemble_score(const ca_linalg *linalg, const double *matrix, size_t rows, size_t columns, uint64_t seed,
                      double *ret_scores, ca_error *err);

#endif
