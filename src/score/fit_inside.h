/* What the steps of fitting a model share. */
#ifndef CA_SCORE_FIT_INSIDE_H
#define CA_SCORE_FIT_INSIDE_H

#include "score/matrix.h"
#include "score/source.h"

typedef struct ca_score_fitting {
    ca_score_source source;
    ca_score_model *model;
    const ca_linalg *linalg;
    ca_peer_cells cells;
    double *x, *residuals, *variances;     /* one for each entity, as the two below */
    double *work, *scratch, *distances;
    ca_matrix *z;                          /* by column: the distance from peers, or not a number */
    double *z_means;                       /* by column: of z within CA_Z_MOST; missing ones are 0 */
} ca_score_fitting;

/* fit_column.c: constants, statistics of cells, z and tails of one column; adds the column to `z`. */
int ca_fit_column(ca_score_fitting *fit, size_t column, ca_error *err);
/* funnel.c: from residuals and exposures; in `work` and `scratch`. */
int ca_fit_funnel(ca_score_fitting *fit, size_t column, ca_error *err);
/* fit_matrices.c: which columns are copies, then the matrices of M1 and R. */
int ca_fit_matrices(ca_score_fitting *fit, ca_error *err);
/* fit_channels.c */
int ca_fit_channels(ca_score_fitting *fit, ca_error *err);

/* fit.c: tails of numbers of all entities, by size; what is not a number is nobody's. */
int ca_fit_tails(ca_score_fitting *fit, const double *numbers, ca_tails *ret_tails, ca_error *err);

#endif
