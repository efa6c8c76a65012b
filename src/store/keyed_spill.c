/* From staged records to the part file: bucket by bucket the records become rows of a batch again,
 * and the batch becomes sections. */
#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "store/keyed_inside.h"

/* The part file and what making its sections takes, when something is written first. */
static int open_part(ca_keyed_writer *writer, ca_error *err)
{
    const ca_keyed *keyed = writer->keyed;
    if (!writer->batch) {
        writer->batch = ca_batch_new(keyed->plan.schema, CA_KEYED_SECTION_ROWS);
        writer->hash = ca_alloc(2 * CA_KEYED_SECTION_ROWS * sizeof *writer->hash);
        writer->marks = ca_alloc(CA_KEYED_SECTION_ROWS * sizeof *writer->marks);
        if (!writer->batch || !writer->hash || !writer->marks) {
            return ca_error_nomem(err);
        }
        writer->uses = writer->hash + CA_KEYED_SECTION_ROWS;
    }
    int rc = ca_keyed_prepare(keyed, writer->batch, CA_KEYED_SECTION_ROWS, err);
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
    int rc = batch->rows ? ca_keyed_add_lines(writer->keyed, writer->part, bucket, batch,
                                              writer->hash, writer->uses, 0, batch->rows, &writer->numbers, err)
                         : 0;
    ca_batch_clear(batch);
    return rc;
}

static int close_marks(ca_keyed_writer *writer, uint32_t bucket, unsigned *count, ca_error *err)
{
    int rc = *count ? ca_keyed_add_marks(writer->part, bucket, writer->marks, *count,
                                         &writer->numbers, err)
                    : 0;
    *count = 0;
    return rc;
}

static int add_record(ca_keyed_writer *writer, uint32_t bucket, const uint8_t *record,
                      unsigned *mark_count, ca_error *err)
{
    ca_batch *batch = writer->batch;
    if (ca_keyed_record_kind(record)) {
        writer->marks[(*mark_count)++] = ca_keyed_read_mark(record);
        return *mark_count == CA_KEYED_SECTION_ROWS ? close_marks(writer, bucket, mark_count, err)
                                                    : 0;
    }
    writer->hash[batch->rows] = ca_keyed_record_hash(record);
    writer->uses[batch->rows] = ca_keyed_record_uses(record);
    if (ca_keyed_read_line(writer->keyed, record, batch)) {
        return ca_error_nomem(err);
    }
    return batch->rows == CA_KEYED_SECTION_ROWS || ca_keyed_contents(batch) > CA_KEYED_SECTION_BYTES
               ? close_lines(writer, bucket, err)
               : 0;
}

/* Empties the bucket; its chunks of the usual size are kept for others. */
static void release(ca_keyed_writer *writer, ca_keyed_bucket *bucket)
{
    ca_keyed_chunk *chunk = bucket->first;
    while (chunk) {
        ca_keyed_chunk *next = chunk->next;
        if (chunk->cap == writer->chunk_bytes) {
            chunk->next = writer->spare;
            writer->spare = chunk;
        } else {
            writer->held -= sizeof *chunk + chunk->cap;
            ca_free(chunk);
        }
        chunk = next;
    }
    *bucket = (ca_keyed_bucket){0};
}

static int spill_bucket(ca_keyed_writer *writer, uint32_t number, ca_error *err)
{
    ca_keyed_bucket *bucket = &writer->buckets[number];
    unsigned mark_count = 0;
    int rc = 0;
    for (const ca_keyed_chunk *chunk = bucket->first; rc == 0 && chunk; chunk = chunk->next) {
        for (size_t at = 0; rc == 0 && at < chunk->used;) {
            const uint8_t *record = chunk->bytes + at;
            rc = add_record(writer, number, record, &mark_count, err);
            at += ca_keyed_record_size(record);
        }
    }
    rc = rc ? rc : close_lines(writer, number, err);
    rc = rc ? rc : close_marks(writer, number, &mark_count, err);
    if (rc == 0) {
        release(writer, bucket);
    }
    return rc;
}

int ca_keyed_spill(ca_keyed_writer *writer, ca_error *err)
{
    int rc = open_part(writer, err);
    ca_keyed_leave_chunks(writer);
    for (uint32_t i = 0; rc == 0 && i < writer->keyed->plan.manifest.buckets; i++) {
        rc = spill_bucket(writer, i, err);
    }
    if (rc == 0) {
        writer->disk_bytes = ca_part_written(writer->part);
    }
    return rc;
}
