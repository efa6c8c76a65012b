/* Columns of numbers of many entities: the first in memory while they fit, the others in a temporary file. Written once from front to back, by
 * columns or by blocks of CA_SCORE_BLOCK entities, and read in any pieces; both ways give the same numbers. */
#ifndef CA_SCORE_MATRIX_H
#define CA_SCORE_MATRIX_H

#include "score/table.h"

typedef struct ca_matrix ca_matrix;

typedef struct ca_matrix_shape {
    size_t columns;
    bool by_blocks;         /* as many as come; else by columns */
    size_t rows;            /* by columns */
} ca_matrix_shape;

/* At most half of `*memory` is taken as it is needed, and given back when the matrix is freed. With `path` NULL what is needed is taken
 * all the same. */
int ca_matrix_new(const ca_matrix_shape *shape, size_t *memory, ca_disk *disk, const char *path, ca_matrix **ret_matrix,
                  ca_error *err);
/* Gives its memory back to where it was taken from, removes its file; NULL is fine. */
void ca_matrix_free(ca_matrix *matrix);
/* By columns: the next column, `rows` numbers. By blocks: all columns of the next block, each of CA_SCORE_BLOCK numbers, of
 * which those behind the last entity do not matter. */
int ca_matrix_add(ca_matrix *matrix, const double *numbers, ca_error *err);
int ca_matrix_read(ca_matrix *matrix, size_t column, size_t first, size_t count, double *to, ca_error *err);

/* By blocks: numbers of one block, at least one; `rows` ascend. */
int ca_matrix_pick(ca_matrix *matrix, size_t column, const uint32_t *rows, size_t count, double *to, ca_error *err);

#endif
