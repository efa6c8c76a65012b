/* From staged lines to the part file: bucket by bucket their rows become rows of a batch again, and the batch becomes
 * sections. */
#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "store/keyed_inside.h"

/* For so many rows in the batch, and for what goes with them. */
static int make_room(ca_keyed_writer *writer, size_t rows, ca_error *err)
{
    if (!writer->batch) {
        writer->batch = ca_batch_new(writer->keyed->plan.schema, CA_KEYED_SECTION_ROWS);
    }
    if (rows > writer->hash_cap) {
        uint64_t *hash = ca_realloc_array(writer->hash, rows, 2 * sizeof *hash);
        if (!hash) {
            return ca_error_nomem(err);
        }
        writer->hash = hash;
        writer->uses = memmove(hash + rows, hash + writer->hash_cap, writer->hash_cap * sizeof *hash);
        writer->hash_cap = rows;
    }
    return writer->batch ? ca_keyed_prepare(writer->keyed, writer->batch, rows, err) : ca_error_nomem(err);
}

/* The part file and what making its sections takes, when something is written first. */
static int open_part(ca_keyed_writer *writer, ca_error *err)
{
    const ca_keyed *keyed = writer->keyed;
    int rc = make_room(writer, CA_KEYED_SECTION_ROWS, err);
    if (rc || writer->part) {
        return rc;
    }
    ca_part_options options = ca_keyed_options(keyed);
    rc = ca_keyed_make_folder(keyed, err);
    return rc ? rc
              : ca_part_create(keyed->plan.disk, writer->path, keyed->part_columns,
                               CA_KEYED_OWN_COLUMNS + keyed->count, &options, &writer->part, err);
}

static int close_lines(ca_keyed_writer *writer, uint32_t bucket, ca_error *err)
{
    ca_batch *batch = writer->batch;
    int rc = 0;
    for (unsigned from = 0; rc == 0 && from < batch->rows; from += CA_KEYED_SECTION_ROWS) {
        unsigned end = batch->rows - from < CA_KEYED_SECTION_ROWS ? batch->rows : from + CA_KEYED_SECTION_ROWS;
        rc = ca_keyed_add_lines(writer->keyed, writer->part, bucket, batch, writer->hash, writer->uses, from, end,
                                &writer->numbers, err);
    }
    ca_batch_clear(batch);
    return rc;
}

/* Sections end where a chunk does, or within one that is larger. */
static int add_chunk(ca_keyed_writer *writer, uint32_t bucket, const ca_keyed_chunk *chunk, ca_error *err)
{
    ca_batch *batch = writer->batch;
    bool full = batch->rows + chunk->rows > CA_KEYED_SECTION_ROWS ||
                ca_keyed_contents(batch) > CA_KEYED_SECTION_BYTES;
    int rc = full ? close_lines(writer, bucket, err) : 0;
    rc = rc ? rc : make_room(writer, (size_t)batch->rows + chunk->rows, err);
    if (rc) {
        return rc;
    }
    return ca_keyed_unpack(&writer->lines, writer->keyed, chunk, batch, writer->hash, writer->uses) ? ca_error_nomem(err)
                                                                                                    : 0;
}

static int spill_marks(ca_keyed_writer *writer, uint32_t number, ca_error *err)
{
    const ca_keyed_bucket *bucket = &writer->buckets[number];
    int rc = 0;
    for (size_t at = 0; rc == 0 && at < bucket->marks; at += CA_KEYED_SECTION_ROWS) {
        size_t left = bucket->marks - at;
        unsigned count = left < CA_KEYED_SECTION_ROWS ? (unsigned)left : CA_KEYED_SECTION_ROWS;
        rc = ca_keyed_add_marks(writer->part, number, writer->marks + bucket->first_mark + at, count,
                                &writer->numbers, err);
    }
    return rc;
}

int ca_keyed_spill(ca_keyed_writer *writer, ca_error *err)
{
    int rc = open_part(writer, err);
    if (rc == 0 && ca_keyed_order_marks(writer)) {
        rc = ca_error_nomem(err);
    }
    for (uint32_t i = 0; rc == 0 && i < writer->keyed->plan.manifest.buckets; i++) {
        for (const ca_keyed_chunk *chunk = writer->buckets[i].first; rc == 0 && chunk; chunk = chunk->next) {
            rc = add_chunk(writer, i, chunk, err);
        }
        rc = rc ? rc : close_lines(writer, i, err);
        rc = rc ? rc : spill_marks(writer, i, err);
    }
    if (rc == 0) {
        writer->disk_bytes = ca_part_written(writer->part);
        ca_keyed_drop_staged(writer);
    }
    return rc;
}
