/* Staging lines for the exchange by key: records in chunks, a list of chunks a bucket, within a
 * budget of memory. */
#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "store/keyed_inside.h"

#define CHUNK_MOST  16384u
#define CHUNK_LEAST 512u
#define AHEAD       8u /* rows between fetching a place and writing there */

static size_t chunk_size(const ca_keyed *keyed, size_t budget)
{
    size_t fair = budget / keyed->plan.manifest.buckets / 4;
    return fair > CHUNK_MOST ? CHUNK_MOST : fair < CHUNK_LEAST ? CHUNK_LEAST : fair;
}

static int add_writer(ca_keyed *keyed, ca_keyed_writer *writer)
{
    ca_keyed_writer **writers = ca_grown_array(keyed->writers, keyed->writer_count,
                                               &keyed->writer_cap, sizeof(ca_keyed_writer *));
    if (!writers) {
        return CA_NOMEM;
    }
    keyed->writers = writers;
    writers[keyed->writer_count++] = writer;
    return 0;
}

int ca_keyed_writer_new(ca_keyed *keyed, uint32_t task, size_t budget, ca_keyed_writer **ret_writer,
                        ca_error *err)
{
    ca_keyed_writer *writer = ca_alloc_zero(1, sizeof *writer);
    if (!writer) {
        return ca_error_nomem(err);
    }
    writer->keyed = keyed;
    writer->task = task;
    writer->budget = budget;
    writer->chunk_bytes = chunk_size(keyed, budget);
    writer->buckets = ca_alloc_zero(keyed->plan.manifest.buckets, sizeof *writer->buckets);
    writer->sources = ca_alloc_zero(keyed->count, sizeof *writer->sources);
    writer->path = ca_keyed_path(keyed, task, "part");
    if (!writer->buckets || !writer->sources || !writer->path || add_writer(keyed, writer)) {
        ca_keyed_writer_free(writer);
        return ca_error_nomem(err);
    }
    *ret_writer = writer;
    return 0;
}

static void free_chunks(ca_keyed_chunk *chunk)
{
    while (chunk) {
        ca_keyed_chunk *next = chunk->next;
        ca_free(chunk);
        chunk = next;
    }
}

void ca_keyed_drop_chunks(ca_keyed_writer *writer)
{
    for (uint32_t i = 0; writer->buckets && i < writer->keyed->plan.manifest.buckets; i++) {
        free_chunks(writer->buckets[i].first);
        writer->buckets[i] = (ca_keyed_bucket){0};
    }
    free_chunks(writer->spare);
    writer->spare = NULL;
    writer->held = 0;
}

/* What only writing to disk needs. */
static void drop_spilling(ca_keyed_writer *writer)
{
    ca_part_writer_free(writer->part);
    ca_batch_free(writer->batch);
    ca_free(writer->hash);
    ca_free(writer->marks);
    ca_free(writer->numbers.lists);
    writer->part = NULL;
    writer->batch = NULL;
    writer->hash = writer->uses = NULL;
    writer->marks = NULL;
    writer->numbers = (ca_keyed_numbers){0};
}

void ca_keyed_writer_free(ca_keyed_writer *writer)
{
    if (!writer) {
        return;
    }
    ca_disk *disk = writer->keyed->plan.disk;
    drop_spilling(writer);
    ca_keyed_drop_chunks(writer);
    ca_part_close(writer->opened);
    if (writer->on_disk) {
        disk->remove(disk, writer->path, NULL);
    }
    ca_free(writer->buckets);
    ca_free(writer->sources);
    ca_free(writer->path);
    ca_free(writer);
}

/* --- Putting -------------------------------------------------------------------------------- */

/* Makes a failure last: every later call returns it. */
static int fail(ca_keyed_writer *writer, const ca_error *failure, ca_error *err)
{
    writer->failure = *failure;
    if (err) {
        *err = *failure;
    }
    return failure->code;
}

static int failed(const ca_keyed_writer *writer, ca_error *err)
{
    if (writer->failure.code && err) {
        *err = writer->failure;
    }
    return writer->failure.code;
}

static bool over_budget(const ca_keyed_writer *writer, size_t more)
{
    return more > writer->budget || writer->held > writer->budget - more;
}

static ca_keyed_chunk *take_spare(ca_keyed_writer *writer)
{
    ca_keyed_chunk *chunk = writer->spare;
    if (chunk) {
        writer->spare = chunk->next;
    }
    return chunk;
}

/* A chunk of its own for a record that is larger than the usual ones takes the place of empty ones. */
static void give_up_spares(ca_keyed_writer *writer, size_t more)
{
    while (writer->spare && over_budget(writer, more)) {
        ca_keyed_chunk *chunk = take_spare(writer);
        writer->held -= sizeof *chunk + chunk->cap;
        ca_free(chunk);
    }
}

/* A chunk for at least `bytes`; everything staged is written first when it would exceed the budget. */
static int new_chunk(ca_keyed_writer *writer, size_t bytes, ca_keyed_chunk **ret_chunk,
                     ca_error *err)
{
    bool usual = bytes <= writer->chunk_bytes;
    size_t cap = usual ? writer->chunk_bytes : bytes;
    size_t size = sizeof(ca_keyed_chunk) + cap;
    ca_keyed_chunk *chunk = usual ? take_spare(writer) : NULL;
    if (!chunk) {
        give_up_spares(writer, size);
    }
    if (!chunk && writer->held > 0 && over_budget(writer, size)) {
        int rc = ca_keyed_spill(writer, err);
        if (rc) {
            return rc;
        }
        chunk = usual ? take_spare(writer) : NULL;
    }
    if (!chunk) {
        chunk = ca_alloc(size);
        if (!chunk) {
            return ca_error_nomem(err);
        }
        writer->held += size;
    }
    chunk->next = NULL;
    chunk->used = 0;
    chunk->cap = cap;
    *ret_chunk = chunk;
    return 0;
}

static void leave_chunk(ca_keyed_bucket *bucket)
{
    if (bucket->last) {
        bucket->last->used = bucket->last->cap - bucket->left;
    }
}

void ca_keyed_leave_chunks(ca_keyed_writer *writer)
{
    for (uint32_t i = 0; i < writer->keyed->plan.manifest.buckets; i++) {
        leave_chunk(&writer->buckets[i]);
    }
}

/* Room for a record when the last chunk of the bucket has none. */
static int add_chunk(ca_keyed_writer *writer, ca_keyed_bucket *bucket, size_t bytes, ca_error *err)
{
    ca_keyed_chunk *chunk = NULL;
    ca_error failure;
    int rc = new_chunk(writer, bytes, &chunk, &failure);
    if (rc) {
        return fail(writer, &failure, err);
    }
    leave_chunk(bucket);
    if (bucket->last) {
        bucket->last->next = chunk;
    } else {
        bucket->first = chunk;
    }
    bucket->last = chunk;
    bucket->at = chunk->bytes;
    bucket->left = chunk->cap;
    return 0;
}

/* Where a record of so many bytes goes. */
static int take_room(ca_keyed_writer *writer, ca_keyed_bucket *bucket, size_t bytes,
                     uint8_t **ret_at, ca_error *err)
{
    if (bytes > bucket->left) {
        int rc = add_chunk(writer, bucket, bytes, err);
        if (rc) {
            return rc;
        }
    }
    *ret_at = bucket->at;
    bucket->at += bytes;
    bucket->left -= bytes;
    return 0;
}

static int put_row(ca_keyed_writer *writer, const ca_batch *batch, unsigned row, uint64_t hash,
                   uint64_t uses, ca_error *err)
{
    const ca_keyed *keyed = writer->keyed;
    ca_keyed_bucket *bucket = &writer->buckets[ca_keyed_bucket_of(keyed, hash)];
    size_t contents;
    size_t bytes = ca_keyed_measure(keyed, writer->sources, row, &contents);
    if (contents > CA_KEYED_RECORD_MAX) {
        return ca_error_set(err, CA_LIMIT,
                            "the texts and lists of a line take %zu bytes, above the limit of %u",
                            contents, CA_KEYED_RECORD_MAX);
    }
    uint8_t *to;
    int rc = take_room(writer, bucket, bytes, &to, err);
    if (rc) {
        return rc;
    }
    ca_keyed_write_line(keyed, writer->sources, batch, row, hash, uses, bytes, to);
    bucket->rows++;
    bucket->contents += contents;
    writer->rows++;
    return 0;
}

/* The record of a later row goes where nothing was for long: its place is fetched meanwhile. */
static inline void expect(const ca_keyed_writer *writer, uint64_t hash)
{
    const uint8_t *at = writer->buckets[ca_keyed_bucket_of(writer->keyed, hash)].at;
    if (at) {
        __builtin_prefetch(at, 1);
        __builtin_prefetch(at + 64, 1);
        __builtin_prefetch(at + 128, 1);
    }
}

int ca_keyed_put(ca_keyed_writer *writer, const ca_batch *batch, const uint64_t *rows,
                 const uint64_t *hashes, const uint64_t *uses, ca_error *err)
{
    assert(!writer->finished);
    int rc = failed(writer, err);
    ca_keyed_sources(writer->keyed, batch, writer->sources);
    for (unsigned row = 0; rc == 0 && row < batch->rows; row++) {
        if (row + AHEAD < batch->rows && (!rows || ca_bit(rows, row + AHEAD))) {
            expect(writer, hashes[row + AHEAD]);
        }
        if (!rows || ca_bit(rows, row)) {
            rc = put_row(writer, batch, row, hashes[row], uses ? uses[row] : UINT64_MAX, err);
        }
    }
    return rc;
}

int ca_keyed_put_mark(ca_keyed_writer *writer, const ca_keyed_mark *mark, ca_error *err)
{
    assert(!writer->finished && mark->kind > 0);
    ca_keyed_bucket *bucket = &writer->buckets[ca_keyed_bucket_of(writer->keyed, mark->hash)];
    uint8_t *to;
    int rc = failed(writer, err);
    rc = rc ? rc : take_room(writer, bucket, CA_KEYED_MARK_BYTES, &to, err);
    if (rc == 0) {
        ca_keyed_write_mark(mark, to);
        bucket->marks++;
    }
    return rc;
}

/* --- The end -------------------------------------------------------------------------------- */

static int complete(ca_keyed_writer *writer, ca_error *err)
{
    ca_digest digest;
    int rc = ca_keyed_spill(writer, err);
    rc = rc ? rc : ca_part_finish(writer->part, &digest, err);
    if (rc == 0) {
        writer->disk_bytes = ca_part_written(writer->part);
        writer->on_disk = true;
        drop_spilling(writer);
        ca_keyed_drop_chunks(writer);
    }
    return rc;
}

int ca_keyed_finish(ca_keyed_writer *writer, ca_error *err)
{
    ca_error failure;
    if (writer->finished) {
        return 0;
    }
    int rc = failed(writer, err);
    if (rc == 0 && (writer->part || writer->keyed->plan.on_disk)) {
        rc = complete(writer, &failure);
        if (rc) {
            return fail(writer, &failure, err);
        }
    }
    if (rc == 0) {
        ca_keyed_leave_chunks(writer);
        free_chunks(writer->spare);
        writer->spare = NULL;
        writer->finished = true;
    }
    return rc;
}

uint64_t ca_keyed_rows(const ca_keyed_writer *writer)
{
    return writer->rows;
}

uint64_t ca_keyed_disk_bytes(const ca_keyed_writer *writer)
{
    return writer->disk_bytes;
}
