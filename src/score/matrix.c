/* Columns of numbers in memory or in a file, in the order in which they were written. */
#include "score/matrix.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"

struct ca_matrix {
    ca_matrix_shape shape;
    size_t blocks, added;
    size_t *memory;         /* to which `taken` is given back */
    size_t taken;
    double *numbers;        /* NULL: in the file */
    ca_disk *disk;
    ca_file *file;
    char *path;
};

static size_t numbers_of(const ca_matrix *matrix)
{
    const ca_matrix_shape *shape = &matrix->shape;
    return (shape->by_blocks ? matrix->blocks * CA_SCORE_BLOCK : shape->rows) * shape->columns;
}

static int open_file(ca_matrix *matrix, ca_disk *disk, const char *path, ca_error *err)
{
    size_t len = strlen(path) + 1;
    matrix->path = ca_alloc(len);
    if (!matrix->path)
        return ca_error_nomem(err);
    memcpy(matrix->path, path, len);
    matrix->disk = disk;
    return ca_disk_open_new(disk, matrix->path, &matrix->file, err);
}

int ca_matrix_new(const ca_matrix_shape *shape, size_t *memory, ca_disk *disk, const char *path, ca_matrix **ret_matrix,
                  ca_error *err)
{
    ca_matrix *matrix = ca_alloc_zero(1, sizeof *matrix);
    if (!matrix)
        return ca_error_nomem(err);
    matrix->shape = *shape;
    matrix->memory = memory;
    matrix->blocks = (shape->rows + CA_SCORE_BLOCK - 1) / CA_SCORE_BLOCK;
    size_t bytes = numbers_of(matrix) * sizeof(double);     /* limits of tables: far from an overflow */
    int rc = 0;
    if (path && bytes > *memory / 2) {
        rc = open_file(matrix, disk, path, err);
    } else {
        matrix->numbers = ca_alloc(bytes);
        matrix->taken = bytes < *memory ? bytes : *memory;
        *memory -= matrix->taken;
        rc = matrix->numbers ? 0 : ca_error_nomem(err);
    }
    if (rc < 0) {
        ca_matrix_free(matrix);
        return rc;
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
    ca_free(matrix->path);
    ca_free(matrix->numbers);
    ca_free(matrix);
}

int ca_matrix_add(ca_matrix *matrix, const double *numbers, ca_error *err)
{
    const ca_matrix_shape *shape = &matrix->shape;
    size_t count = shape->by_blocks ? shape->columns * CA_SCORE_BLOCK : shape->rows;
    assert(matrix->added < (shape->by_blocks ? matrix->blocks : shape->columns));
    if (matrix->file) {
        int rc = matrix->disk->write(matrix->file, numbers, count * sizeof *numbers, err);
        if (rc < 0)
            return rc;
    } else if (count > 0) {
        memcpy(matrix->numbers + matrix->added * count, numbers, count * sizeof *numbers);
    }
    matrix->added++;
    return 0;
}

/* Numbers that lie together. */
static int read_piece(ca_matrix *matrix, size_t at, size_t count, double *to, ca_error *err)
{
    if (!matrix->file) {
        memcpy(to, matrix->numbers + at, count * sizeof *to);
        return 0;
    }
    size_t done = 0, bytes = count * sizeof *to;
    while (done < bytes) {
        int64_t got = matrix->disk->read_at(matrix->file, at * sizeof *to + done, (char *)to + done, bytes - done, err);
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
    assert(column < shape->columns && first + count <= shape->rows);
    if (count == 0)
        return 0;
    if (!shape->by_blocks)
        return read_piece(matrix, column * shape->rows + first, count, to, err);
    while (count > 0) {
        size_t block = first / CA_SCORE_BLOCK, within = first % CA_SCORE_BLOCK;
        size_t piece = CA_SCORE_BLOCK - within < count ? CA_SCORE_BLOCK - within : count;
        int rc = read_piece(matrix, (block * shape->columns + column) * CA_SCORE_BLOCK + within, piece, to, err);
        if (rc < 0)
            return rc;
        first += piece;
        to += piece;
        count -= piece;
    }
    return 0;
}
