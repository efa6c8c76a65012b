/* Columns of numbers in memory or in a file, in the order in which they were written. */
#include "score/matrix.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"

struct ca_matrix {
    ca_matrix_shape shape;
    size_t piece;           /* numbers that are added at a time */
    size_t added;
    size_t *memory;         /* to which `taken` is given back */
    size_t most, taken;
    double **pieces;        /* the first `held` of them; those behind are in the file */
    size_t held, cap;
    ca_disk *disk;
    ca_file *file;
    char *path;             /* NULL: everything stays in memory */
};

int ca_matrix_new(const ca_matrix_shape *shape, size_t *memory, ca_disk *disk, const char *path, ca_matrix **ret_matrix,
                  ca_error *err)
{
    ca_matrix *matrix = ca_alloc_zero(1, sizeof *matrix);
    if (!matrix)
        return ca_error_nomem(err);
    *matrix = (ca_matrix){.shape = *shape, .memory = memory, .most = *memory / 2, .disk = disk};
    matrix->piece = shape->by_blocks ? shape->columns * CA_SCORE_BLOCK : shape->rows;    /* limits of tables: far from an overflow */
    if (path) {
        size_t len = strlen(path) + 1;
        matrix->path = ca_alloc(len);
        if (!matrix->path) {
            ca_matrix_free(matrix);
            return ca_error_nomem(err);
        }
        memcpy(matrix->path, path, len);
    }
    *ret_matrix = matrix;
    return 0;
}

void ca_matrix_free(ca_matrix *matrix)
{
    if (!matrix)
        return;
    *matrix->memory += matrix->taken;
    if (matrix->file) {
        matrix->disk->close(matrix->file, NULL);
        matrix->disk->remove(matrix->disk, matrix->path, NULL);
    }
    for (size_t i = 0; i < matrix->held; i++)
        ca_free(matrix->pieces[i]);
    ca_free(matrix->pieces);
    ca_free(matrix->path);
    ca_free(matrix);
}

static int hold(ca_matrix *matrix, const double *numbers, ca_error *err)
{
    size_t bytes = matrix->piece * sizeof *numbers, left = *matrix->memory;
    double **grown = ca_grown_array(matrix->pieces, matrix->held, &matrix->cap, sizeof *grown);
    if (!grown)
        return ca_error_nomem(err);
    matrix->pieces = grown;
    matrix->pieces[matrix->held] = ca_alloc(bytes);
    if (!matrix->pieces[matrix->held])
        return ca_error_nomem(err);
    if (bytes > 0)
        memcpy(matrix->pieces[matrix->held], numbers, bytes);
    matrix->held++;
    matrix->taken += bytes < left ? bytes : left;
    *matrix->memory -= bytes < left ? bytes : left;
    return 0;
}

int ca_matrix_add(ca_matrix *matrix, const double *numbers, ca_error *err)
{
    size_t bytes = matrix->piece * sizeof *numbers;
    int rc = 0;
    assert(matrix->shape.by_blocks || matrix->added < matrix->shape.columns);
    if (!matrix->file && (!matrix->path || matrix->taken + bytes <= matrix->most)) {
        rc = hold(matrix, numbers, err);
    } else {
        rc = matrix->file ? 0 : ca_disk_open_new(matrix->disk, matrix->path, &matrix->file, err);
        rc = rc < 0 ? rc : matrix->disk->write(matrix->file, numbers, bytes, err);
    }
    matrix->added += rc == 0;
    return rc;
}

/* Numbers of one piece. */
static int read_piece(ca_matrix *matrix, size_t piece, size_t at, size_t count, double *to, ca_error *err)
{
    if (piece < matrix->held) {
        memcpy(to, matrix->pieces[piece] + at, count * sizeof *to);
        return 0;
    }
    size_t from = ((piece - matrix->held) * matrix->piece + at) * sizeof *to, done = 0, bytes = count * sizeof *to;
    while (done < bytes) {
        int64_t got = matrix->disk->read_at(matrix->file, from + done, (char *)to + done, bytes - done, err);
        if (got < 0)
            return (int)got;
        if (got == 0)
            return ca_error_set(err, CA_FAIL, "%s: the temporary file became shorter", matrix->path);
        done += (size_t)got;
    }
    return 0;
}

int ca_matrix_read(ca_matrix *matrix, size_t column, size_t first, size_t count, double *to, ca_error *err)
{
    const ca_matrix_shape *shape = &matrix->shape;
    assert(column < shape->columns);
    if (count == 0)
        return 0;
    if (!shape->by_blocks)
        return read_piece(matrix, column, first, count, to, err);
    while (count > 0) {
        size_t block = first / CA_SCORE_BLOCK, within = first % CA_SCORE_BLOCK;
        size_t piece = CA_SCORE_BLOCK - within < count ? CA_SCORE_BLOCK - within : count;
        assert(block < matrix->added);
        int rc = read_piece(matrix, block, column * CA_SCORE_BLOCK + within, piece, to, err);
        if (rc < 0)
            return rc;
        first += piece;
        to += piece;
        count -= piece;
    }
    return 0;
}

/* Out of a file all from the first to the last are read at once. */
int ca_matrix_pick(ca_matrix *matrix, size_t column, const uint32_t *rows, size_t count, double *to, ca_error *err)
{
    double near[CA_SCORE_BLOCK];
    size_t block = rows[0] / CA_SCORE_BLOCK, at = column * CA_SCORE_BLOCK + rows[0] % CA_SCORE_BLOCK;
    assert(matrix->shape.by_blocks && rows[count - 1] / CA_SCORE_BLOCK == block);
    const double *from = near;
    if (block < matrix->held) {
        from = matrix->pieces[block] + at;
    } else {
        int rc = read_piece(matrix, block, at, rows[count - 1] - rows[0] + 1, near, err);
        if (rc < 0)
            return rc;
    }
    for (size_t i = 0; i < count; i++)
        to[i] = from[rows[i] - rows[0]];
    return 0;
}
