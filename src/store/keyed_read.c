/* Reading an exchange by key: bucket by bucket, sorted; one that is too large goes through an
 * exchange of its own (keyed_split.c), a key that is too large through a merge (keyed_merge.c). */
#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "store/keyed_inside.h"

static int open_parts(const ca_keyed *keyed, ca_error *err)
{
    for (size_t i = 0; i < keyed->writer_count; i++) {
        ca_keyed_writer *writer = keyed->writers[i];
        assert(writer->finished);
        if (writer->on_disk && !writer->opened) {
            int rc = ca_keyed_open_part(keyed, writer->path, &writer->opened, err);
            if (rc) {
                return rc;
            }
        }
    }
    return 0;
}

int ca_keyed_reader_new(ca_keyed *keyed, const ca_keyed_limits *limits,
                        ca_keyed_reader **ret_reader, ca_error *err)
{
    int rc = open_parts(keyed, err);
    if (rc) {
        return rc;
    }
    ca_keyed_reader *reader = ca_alloc_zero(1, sizeof *reader);
    ca_part_reader *parts = reader ? ca_part_reader_new() : NULL;
    if (!parts) {
        ca_free(reader);
        return ca_error_nomem(err);
    }
    reader->keyed = keyed;
    reader->limits = *limits;
    reader->end = keyed->plan.manifest.buckets;
    reader->parts = parts;
    *ret_reader = reader;
    return 0;
}

void ca_keyed_reader_free(ca_keyed_reader *reader)
{
    if (!reader) {
        return;
    }
    ca_keyed_split_free(reader);
    ca_keyed_merge_free(reader->merge);
    ca_part_reader_free(reader->parts);
    ca_keyed_lines_done(&reader->lines);
    ca_free(reader->numbers.lists);
    ca_free(reader->hash);
    ca_free(reader->marks);
    ca_free(reader->sorting);
    ca_free(reader);
}

void ca_keyed_select(ca_keyed_reader *reader, uint32_t from, uint32_t end)
{
    assert(from <= end && end <= reader->keyed->plan.manifest.buckets);
    ca_keyed_split_free(reader);
    ca_keyed_merge_free(reader->merge);
    reader->merge = NULL;
    reader->next = from;
    reader->end = end;
}

/* Leaves out the marks whose hash has no line; both are sorted. */
static void match_marks(ca_keyed_reader *reader, unsigned rows)
{
    size_t kept = 0;
    unsigned row = 0;
    for (size_t i = 0; i < reader->mark_count; i++) {
        while (row < rows && reader->hash[row] < reader->marks[i].hash) {
            row++;
        }
        if (row < rows && reader->hash[row] == reader->marks[i].hash) {
            reader->marks[kept++] = reader->marks[i];
        }
    }
    reader->mark_count = kept;
}

static int load_bucket(ca_keyed_reader *reader, uint32_t bucket, ca_batch *batch,
                       ca_keyed_group *ret_group, ca_error *err)
{
    ca_keyed_cursor cursor = {0};
    ca_batch_clear(batch);
    int rc = ca_keyed_load_sorted(reader, bucket, batch, err);
    if (rc == CA_END) {
        rc = ca_keyed_load(reader, bucket, &cursor, 0, batch, err);
        rc = rc ? rc : ca_keyed_sort(reader, batch, err);
    }
    rc = rc ? rc : ca_keyed_load_marks(reader, bucket, err);
    if (rc == 0) {
        ca_keyed_sort_marks(reader->marks, reader->mark_count);
        match_marks(reader, batch->rows);
        *ret_group = (ca_keyed_group){
            .hash = reader->hash, .uses = reader->uses, .marks = reader->marks, .mark_count = reader->mark_count};
    }
    return rc;
}

static bool is_large(const ca_keyed_reader *reader, uint64_t rows, uint64_t bytes)
{
    const ca_keyed_limits *limits = &reader->limits;
    return (limits->bytes && bytes > limits->bytes) || (limits->rows && rows > limits->rows);
}

/* The next bucket: as a group, or, when it is too large, by what takes its place. */
static int next_bucket(ca_keyed_reader *reader, ca_batch *batch, ca_keyed_group *ret_group,
                       bool *ret_group_made, ca_error *err)
{
    uint32_t bucket = reader->next++;
    uint64_t rows, marks, contents, differences;
    ca_keyed_size(reader, bucket, &rows, &marks, &contents);
    uint64_t bytes = rows * reader->keyed->row_memory + contents + marks * sizeof(ca_keyed_mark);
    *ret_group_made = false;
    if (rows == 0) {
        return 0;
    }
    if (is_large(reader, rows, bytes)) {
        int rc = ca_keyed_differences(reader, bucket, &differences, err);
        if (rc) {
            return rc;
        }
        if (differences) {
            return ca_keyed_split(reader, bucket, differences, bytes, batch, err);
        }
        if (reader->limits.chunks && bytes > reader->limits.whole) {
            return ca_keyed_merge_new(reader, bucket, bytes, batch, err);
        }
    }
    *ret_group_made = true;
    return load_bucket(reader, bucket, batch, ret_group, err);
}

static int next_group(ca_keyed_reader *reader, ca_batch *batch, ca_keyed_group *ret_group,
                      ca_error *err)
{
    for (;;) {
        bool made = false;
        int rc = 0;
        if (reader->split_reader) {
            rc = ca_keyed_next(reader->split_reader, batch, ret_group, err);
            if (rc != CA_END) {
                return rc;
            }
            ca_keyed_split_free(reader);
        } else if (reader->merge) {
            rc = ca_keyed_merge_next(reader, batch, ret_group, err);
            if (rc != CA_END) {
                return rc;
            }
            ca_keyed_merge_free(reader->merge);
            reader->merge = NULL;
        } else if (reader->next == reader->end) {
            return CA_END;
        } else {
            rc = next_bucket(reader, batch, ret_group, &made, err);
            if (rc || made) {
                return rc;
            }
        }
    }
}

int ca_keyed_next(ca_keyed_reader *reader, ca_batch *batch, ca_keyed_group *ret_group,
                  ca_error *err)
{
    assert(batch->schema == reader->keyed->plan.schema);
    ca_error failure = reader->failure;
    ca_keyed_group group;
    int rc = failure.code ? failure.code : next_group(reader, batch, &group, &failure);
    if (rc == 0) {
        *ret_group = group;
    } else if (rc < 0) {
        reader->failure = failure;
        if (err) {
            *err = failure;
        }
    }
    return rc;
}
