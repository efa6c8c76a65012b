/* Rows of numbers as they come, and how they get in order of id: what is beyond memory goes to a file in runs that are each in
 * order. The order of all then says from which run the next row comes, so that nothing is compared again. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "score/table_inside.h"

#define RUN_LEAST   64u       /* rows that wait, however small memory is */
#define VALUE_MOST  1e30      /* beyond, nobody needs a difference, and squares stay finite */

char *ca_score_path(const ca_score_table *table, const char *name, unsigned number)
{
    size_t size = strlen(table->folder) + strlen(table->kind) + strlen(name) + 32;
    char *path = ca_alloc(size);
    if (path)
        snprintf(path, size, "%s/score-%s-%s%u", table->folder, table->kind, name, number);
    return path;
}

static size_t row_numbers(const ca_score_table *table)
{
    return 2 * table->feature_count;
}

/* Unknown where it is not a number that can be used. */
static ca_score_value cleaned(const ca_score_feature *feature, ca_score_value given)
{
    double exposure = isfinite(given.exposure) ? fmin(given.exposure, VALUE_MOST) : NAN;
    bool known = isfinite(given.value) && !isinf(given.exposure) && !(exposure <= 0) &&
                 !(feature->minimum_exposure > 0 && !(exposure >= feature->minimum_exposure));
    if (feature->transform == CA_SCORE_SHARE)
        known = known && exposure > 0 && given.value >= 0 && given.value <= 1;
    if (!known)
        return (ca_score_value){NAN, exposure};
    return (ca_score_value){fmax(-VALUE_MOST, fmin(given.value, VALUE_MOST)), exposure};
}

/* --- Order -------------------------------------------------------------------------------------------------------------- */

static int compare(const ca_score_table *table, uint32_t a, uint32_t b)
{
    return ca_text_cmp(ca_score_entity_id(&table->entities[a]), ca_score_entity_id(&table->entities[b]));
}

/* Two neighbouring ascending pieces of `from` become one in `to`. */
static bool merge(const ca_score_table *table, const uint32_t *from, size_t middle, size_t end, uint32_t *to)
{
    size_t i = 0, j = middle;
    for (size_t k = 0; k < end; k++) {
        int order = i == middle ? 1 : j == end ? -1 : compare(table, from[i], from[j]);
        if (order == 0)
            return false;
        to[k] = order < 0 ? from[i++] : from[j++];
    }
    return true;
}

int ca_score_order(const ca_score_table *table, size_t first, size_t count, uint32_t *order, ca_error *err)
{
    uint32_t *other = ca_alloc_zero(count + 1, sizeof *other), *from = order, *to = other;
    if (!other)
        return ca_error_nomem(err);
    bool single = true;
    for (size_t i = 0; i < count; i++)
        order[i] = (uint32_t)(first + i);
    for (size_t width = 1; width < count && single; width *= 2) {
        for (size_t at = 0; at < count; at += 2 * width) {
            size_t end = count - at < 2 * width ? count - at : 2 * width;
            single = single && merge(table, from + at, width < end ? width : end, end, to + at);
        }
        uint32_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != order)
        memcpy(order, from, count * sizeof *order);
    ca_free(other);
    return single ? 0 : CA_END;
}

/* --- Runs --------------------------------------------------------------------------------------------------------------- */

/* The rows in memory go to the file, in order of id. */
static int write_run(ca_score_table *table, ca_error *err)
{
    size_t width = row_numbers(table) * sizeof(double), count = table->row_count;
    uint32_t *order = ca_alloc_zero(count + 1, sizeof *order);
    int rc = order ? ca_score_order(table, table->count - count, count, order, err) : ca_error_nomem(err);
    if (rc == CA_END)
        rc = ca_error_set(err, CA_CONFIG, "an entity is in the table of %s twice", table->kind);
    if (rc == 0 && !table->run_file) {
        table->run_path = ca_score_path(table, "rows", 0);
        rc = table->run_path ? ca_disk_open_new(table->disk, table->run_path, &table->run_file, err) : ca_error_nomem(err);
    }
    for (size_t i = 0; i < count && rc == 0; i++)
        rc = table->disk->write(table->run_file, table->rows + (order[i] - (table->count - count)) * row_numbers(table), width, err);
    ca_free(order);
    if (rc == 0) {
        table->row_count = 0;
        table->runs++;
    }
    return rc;
}

static int make_room(ca_score_table *table, ca_error *err)
{
    size_t width = row_numbers(table) * sizeof(double) + 1;
    if (table->run_rows == 0) {
        table->run_rows = !table->folder ? SIZE_MAX : table->memory / 4 / width;
        table->run_rows = table->run_rows < RUN_LEAST ? RUN_LEAST : table->run_rows;
    }
    if (table->row_count == table->run_rows)
        return write_run(table, err);
    if (table->row_count < table->row_cap)
        return 0;
    size_t cap = table->row_cap ? 2 * table->row_cap : RUN_LEAST;
    cap = cap < table->run_rows ? cap : table->run_rows;
    double *rows = ca_realloc_array(table->rows, cap, width);
    if (!rows)
        return ca_error_nomem(err);
    table->rows = rows;
    table->row_cap = cap;
    return 0;
}

int ca_score_rows_add(ca_score_table *table, const ca_score_value *values, uint32_t *ret_missing, ca_error *err)
{
    int rc = make_room(table, err);
    if (rc < 0)
        return rc;
    double *row = table->rows + table->row_count++ * row_numbers(table);
    *ret_missing = 0;
    for (size_t i = 0; i < table->feature_count; i++) {
        ca_score_value value = cleaned(&table->features[i], values[i]);
        row[2 * i] = value.value;
        row[2 * i + 1] = value.exposure;
        *ret_missing += isnan(value.value) != 0;
    }
    return 0;
}

void ca_score_rows_done(ca_score_table *table)
{
    ca_free(table->rows);
    table->rows = NULL;
    if (table->run_file) {
        table->disk->close(table->run_file, NULL);
        table->disk->remove(table->disk, table->run_path, NULL);
        table->run_file = NULL;
    }
    ca_free(table->run_path);
    table->run_path = NULL;
}

/* --- Rows in order ------------------------------------------------------------------------------------------------------ */

typedef struct run_reader {
    size_t next, end;       /* rows of the file that are not in memory */
    double *rows;
    size_t at, held, cap;
} run_reader;

static int fill_reader(ca_score_table *table, run_reader *reader, ca_error *err)
{
    size_t width = row_numbers(table) * sizeof(double), done = 0;
    reader->at = 0;
    reader->held = reader->end - reader->next < reader->cap ? reader->end - reader->next : reader->cap;
    while (done < reader->held * width) {
        int64_t got = table->disk->read_at(table->run_file, reader->next * width + done, (char *)reader->rows + done,
                                           reader->held * width - done, err);
        if (got < 0)
            return (int)got;
        if (got == 0)
            return ca_error_set(err, CA_FAIL, "%s: the temporary file became shorter", table->run_path);
        done += (size_t)got;
    }
    reader->next += reader->held;
    return 0;
}

/* Row by row in order: the next of the run it is in. */
static int put_in_order(ca_score_table *table, const uint32_t *order, run_reader *readers, double *block, ca_error *err)
{
    size_t width = row_numbers(table);
    for (size_t i = 0; i < table->count; i++) {
        const double *row;
        if (readers) {
            run_reader *reader = &readers[order[i] / table->run_rows];
            int rc = reader->at == reader->held ? fill_reader(table, reader, err) : 0;
            if (rc < 0)
                return rc;
            row = reader->rows + reader->at++ * width;
        } else {
            row = table->rows + order[i] * width;
        }
        for (size_t j = 0; j < width; j++)
            block[j * CA_SCORE_BLOCK + i % CA_SCORE_BLOCK] = row[j];
        if (i % CA_SCORE_BLOCK == CA_SCORE_BLOCK - 1 || i + 1 == table->count) {
            int rc = ca_matrix_add(table->values, block, err);
            if (rc < 0)
                return rc;
        }
    }
    return 0;
}

/* A quarter of the memory for the readers of all runs, in `readers` and one piece behind them. */
static run_reader *make_readers(const ca_score_table *table)
{
    size_t width = row_numbers(table), cap = table->memory / 4 / table->runs / (width * sizeof(double) + 1) + 1;
    cap = cap < table->run_rows ? cap : table->run_rows;
    size_t head = table->runs * sizeof(run_reader);
    run_reader *readers = ca_alloc_zero(1, head + table->runs * cap * width * sizeof(double));
    for (size_t i = 0; readers && i < table->runs; i++) {
        size_t end = (i + 1) * table->run_rows;
        readers[i] = (run_reader){.next = i * table->run_rows, .end = end < table->count ? end : table->count, .cap = cap};
        readers[i].rows = (double *)(void *)((char *)readers + head) + i * cap * width;
    }
    return readers;
}

int ca_score_rows_finish(ca_score_table *table, const uint32_t *order, ca_error *err)
{
    int rc = table->run_file && table->row_count > 0 ? write_run(table, err) : 0;
    if (rc < 0)
        return rc;
    if (table->run_file) {
        ca_free(table->rows);
        table->rows = NULL;
    }
    ca_matrix_shape shape = {.rows = table->count, .columns = row_numbers(table), .by_blocks = true};
    char *path = table->folder ? ca_score_path(table, "values", 0) : NULL;
    run_reader *readers = table->run_file ? make_readers(table) : NULL;
    double *block = ca_alloc_zero(row_numbers(table) + 1, CA_SCORE_BLOCK * sizeof *block);
    if ((table->folder && !path) || (table->run_file && !readers) || !block)
        rc = ca_error_nomem(err);
    if (rc == 0)
        rc = ca_matrix_new(&shape, &table->memory, table->disk, path, &table->values, err);
    if (rc == 0)
        rc = put_in_order(table, order, readers, block, err);
    ca_free(block);
    ca_free(readers);
    ca_free(path);
    if (rc == 0)
        ca_score_rows_done(table);
    return rc;
}
