/* A key that takes more memory than there is: its lines are sorted a load at a time, each load
 * written as a run, and the runs are merged while they are handed out in chunks. */
#include <string.h>

#include "base/alloc.h"
#include "store/keyed_inside.h"

typedef struct run {
    ca_batch *batch; /* the section being merged */
    uint64_t *uses;  /* of its rows */
    unsigned row;    /* the next of it */
    size_t section, end;
} run;

struct ca_keyed_merge {
    const ca_keyed *keyed;
    uint64_t hash; /* of all lines */
    char *path;
    ca_part_writer *writer;
    bool written;
    ca_part *part;
    run *runs;
    size_t run_count, run_cap;
    run **heap; /* runs that are not used up, the one with the first line on top */
    size_t heap_count;
    bool begun;
};

static void close_run(run *done)
{
    ca_batch_free(done->batch);
    ca_free(done->uses);
    done->batch = NULL;
    done->uses = NULL;
}

void ca_keyed_merge_free(ca_keyed_merge *merge)
{
    if (!merge) {
        return;
    }
    for (size_t i = 0; i < merge->run_count; i++) {
        close_run(&merge->runs[i]);
    }
    ca_part_close(merge->part);
    ca_part_writer_free(merge->writer);
    if (merge->written) {
        merge->keyed->plan.disk->remove(merge->keyed->plan.disk, merge->path, NULL);
    }
    ca_free(merge->runs);
    ca_free(merge->heap);
    ca_free(merge->path);
    ca_free(merge);
}

/* --- Making runs ---------------------------------------------------------------------------- */

/* Rows of a section, so that one of each run fits a quarter of the limit. */
static unsigned section_rows(const ca_keyed_reader *reader, uint64_t rows, uint64_t bytes)
{
    uint64_t limit = reader->limits.bytes ? reader->limits.bytes : CA_KEYED_SECTION_BYTES;
    uint64_t runs = 2 * bytes / limit + 2;
    uint64_t fitting = limit / 4 / runs / (bytes / rows + 1) / 64 * 64;
    return fitting < 64                      ? 64
           : fitting > CA_KEYED_SECTION_ROWS ? CA_KEYED_SECTION_ROWS
                                             : (unsigned)fitting;
}

static int write_run(ca_keyed_reader *reader, ca_keyed_merge *merge, const ca_batch *batch,
                     unsigned step, ca_error *err)
{
    for (unsigned from = 0; from < batch->rows; from += step) {
        unsigned end = batch->rows - from < step ? batch->rows : from + step;
        int rc = ca_keyed_add_lines(reader->keyed, merge->writer, (uint32_t)merge->run_count, batch,
                                    reader->hash, reader->uses, from, end, &reader->numbers, err);
        if (rc) {
            return rc;
        }
    }
    run *runs = ca_grown_array(merge->runs, merge->run_count, &merge->run_cap, sizeof *runs);
    if (!runs) {
        return ca_error_nomem(err);
    }
    merge->runs = runs;
    runs[merge->run_count++] = (run){0};
    return 0;
}

static int write_runs(ca_keyed_reader *reader, ca_keyed_merge *merge, uint32_t bucket,
                      unsigned step, ca_batch *batch, ca_error *err)
{
    ca_keyed_cursor cursor = {0};
    size_t load = reader->limits.bytes ? reader->limits.bytes / 2 + 1 : CA_KEYED_SECTION_BYTES;
    for (;;) {
        ca_batch_clear(batch);
        int rc = ca_keyed_load(reader, bucket, &cursor, load, batch, err);
        if (rc) {
            return rc == CA_END ? 0 : rc;
        }
        merge->hash = reader->hash[0];
        rc = ca_keyed_sort(reader, batch, err);
        rc = rc ? rc : write_run(reader, merge, batch, step, err);
        if (rc) {
            return rc;
        }
    }
}

static int create_part(ca_keyed_merge *merge, uint32_t bucket, ca_error *err)
{
    const ca_keyed *keyed = merge->keyed;
    ca_part_options options = ca_keyed_options(keyed);
    options.unsynced = true;
    merge->path = ca_keyed_path(keyed, bucket, "runs");
    if (!merge->path) {
        return ca_error_nomem(err);
    }
    int rc = ca_keyed_make_folder(keyed, err);
    return rc ? rc
              : ca_part_create(keyed->plan.disk, merge->path, keyed->part_columns,
                               CA_KEYED_OWN_COLUMNS + keyed->count, &options, &merge->writer, err);
}

static int finish_part(ca_keyed_merge *merge, ca_error *err)
{
    ca_digest digest;
    int rc = ca_part_finish(merge->writer, &digest, err);
    if (rc) {
        return rc;
    }
    merge->written = true;
    ca_part_writer_free(merge->writer);
    merge->writer = NULL;
    return ca_keyed_open_part(merge->keyed, merge->path, &merge->part, err);
}

/* --- Merging -------------------------------------------------------------------------------- */

/* The next section of a run; CA_END when it is used up. */
static int load_section(ca_keyed_reader *reader, const ca_keyed_merge *merge, run *of,
                        ca_error *err)
{
    uint64_t hash[CA_KEYED_SECTION_ROWS];
    if (of->section == of->end) {
        close_run(of);
        return CA_END;
    }
    unsigned rows = ca_part_section_at(merge->part, of->section)->rows;
    if (!of->batch) {
        of->batch = ca_batch_new(merge->keyed->plan.schema, rows);
        of->uses = ca_realloc_array(NULL, CA_KEYED_SECTION_ROWS, sizeof *of->uses);
        if (!of->batch || !of->uses) {
            return ca_error_nomem(err);
        }
    }
    ca_batch_clear(of->batch);
    of->row = 0;
    int rc = ca_keyed_prepare(merge->keyed, of->batch, rows, err);
    return rc ? rc
              : ca_keyed_get_lines(merge->keyed, merge->part, of->section++, of->batch, hash,
                                   of->uses, &reader->numbers, reader->parts, err);
}

static bool comes_before(const ca_keyed_merge *merge, const run *a, const run *b)
{
    return ca_keyed_compare(merge->keyed, a->batch, a->row, b->batch, b->row, 0) < 0;
}

static void sink(ca_keyed_merge *merge, size_t at)
{
    for (;;) {
        size_t first = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < merge->heap_count; child++) {
            if (comes_before(merge, merge->heap[child], merge->heap[first])) {
                first = child;
            }
        }
        if (first == at) {
            return;
        }
        run *swap = merge->heap[at];
        merge->heap[at] = merge->heap[first];
        merge->heap[first] = swap;
        at = first;
    }
}

static int start_merging(ca_keyed_reader *reader, ca_keyed_merge *merge, ca_error *err)
{
    merge->heap = ca_alloc_zero(merge->run_count, sizeof *merge->heap);
    if (!merge->heap) {
        return ca_error_nomem(err);
    }
    for (size_t i = 0; i < merge->run_count; i++) {
        run *one = &merge->runs[i];
        one->end = ca_part_bucket(merge->part, (uint32_t)i, &one->section);
        int rc = load_section(reader, merge, one, err);
        if (rc < 0) {
            return rc;
        }
        if (rc == 0) {
            merge->heap[merge->heap_count++] = one;
        }
    }
    for (size_t i = merge->heap_count; i-- > 0;) {
        sink(merge, i);
    }
    return 0;
}

/* Those of the key: marks of keys without lines may lie in the same bucket. */
static int load_marks(ca_keyed_reader *reader, const ca_keyed_merge *merge, uint32_t bucket,
                      ca_error *err)
{
    size_t kept = 0;
    int rc = ca_keyed_load_marks(reader, bucket, err);
    for (size_t i = 0; rc == 0 && i < reader->mark_count; i++) {
        if (reader->marks[i].hash == merge->hash) {
            reader->marks[kept++] = reader->marks[i];
        }
    }
    reader->mark_count = kept;
    ca_keyed_sort_marks(reader->marks, kept);
    return rc;
}

int ca_keyed_merge_new(ca_keyed_reader *reader, uint32_t bucket, uint64_t bytes, ca_batch *batch,
                       ca_error *err)
{
    uint64_t rows, marks, contents;
    ca_keyed_size(reader, bucket, &rows, &marks, &contents);
    ca_keyed_merge *merge = ca_alloc_zero(1, sizeof *merge);
    if (!merge) {
        return ca_error_nomem(err);
    }
    reader->merge = merge;
    merge->keyed = reader->keyed;
    int rc = create_part(merge, bucket, err);
    rc = rc ? rc : write_runs(reader, merge, bucket, section_rows(reader, rows, bytes), batch, err);
    rc = rc ? rc : finish_part(merge, err);
    rc = rc ? rc : start_merging(reader, merge, err);
    return rc ? rc : load_marks(reader, merge, bucket, err);
}

/* Copies the first line of all runs to the batch. */
static int take_line(ca_keyed_reader *reader, ca_keyed_merge *merge, ca_batch *batch, ca_error *err)
{
    run *from = merge->heap[0];
    unsigned row = batch->rows;
    reader->hash[row] = merge->hash;
    reader->uses[row] = from->uses[from->row];
    batch->origin[row] = from->batch->origin[from->row];
    batch->digest[row] = from->batch->digest[from->row];
    for (unsigned i = 0; i < merge->keyed->count; i++) {
        if (ca_batch_copy(from->batch, from->row, merge->keyed->columns[i].column, batch, row)) {
            ca_batch_cut(batch, row);
            return ca_error_nomem(err);
        }
    }
    if (ca_bit(from->batch->live, from->row)) {
        ca_bit_set(batch->live, row);
    }
    batch->rows++;
    from->row++;
    int rc = from->row == from->batch->rows ? load_section(reader, merge, from, err) : 0;
    if (rc == CA_END) {
        merge->heap[0] = merge->heap[--merge->heap_count];
        rc = 0;
    }
    if (rc == 0) {
        sink(merge, 0);
    }
    return rc;
}

/* A chunk takes half of the limit. */
static bool is_full(const ca_keyed_reader *reader, const ca_batch *batch)
{
    const ca_keyed_limits *limits = &reader->limits;
    size_t bytes = batch->rows * reader->keyed->row_memory + ca_keyed_contents(batch);
    return (limits->bytes && bytes > limits->bytes / 2) ||
           (limits->rows && batch->rows >= limits->rows) || batch->rows >= CA_BATCH_ROWS_GROWN;
}

int ca_keyed_merge_next(ca_keyed_reader *reader, ca_batch *batch, ca_keyed_group *ret_group,
                        ca_error *err)
{
    ca_keyed_merge *merge = reader->merge;
    int rc = 0;
    if (merge->heap_count == 0) {
        return CA_END;
    }
    ca_batch_clear(batch);
    while (rc == 0 && merge->heap_count > 0 && !is_full(reader, batch)) {
        rc = ca_keyed_make_room(reader, batch, (size_t)batch->rows + 1, err);
        rc = rc ? rc : take_line(reader, merge, batch, err);
    }
    if (rc == 0) {
        *ret_group = (ca_keyed_group){
            .hash = reader->hash,
            .uses = reader->uses,
            .marks = reader->marks,
            .mark_count = reader->mark_count,
            .continued = merge->begun,
            .more = merge->heap_count > 0,
        };
        merge->begun = true;
    }
    return rc;
}
