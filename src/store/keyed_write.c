/* Staging lines for the exchange by key: each goes to a chunk of its bucket, and all chunks stay within a budget of
 * memory. */
#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "store/keyed_inside.h"

#define ROWS_LEAST  64u                 /* that wait, however small the budget is */
#define CHUNK_MOST  ((size_t)8 << 10)
#define CHUNK_LEAST ((size_t)1 << 10)
#define SLAB_MOST   ((size_t)4 << 20)
#define SLAB_LEAST  ((size_t)2 << 20) /* below that, large pages do not come in */

static size_t within(size_t value, size_t from, size_t to)
{
    return value < from ? from : value > to ? to : value;
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
    writer->budget = within(budget, ROWS_LEAST * keyed->row_memory, SIZE_MAX);
    writer->slab_bytes = budget / 32 >= SLAB_MOST ? SLAB_MOST : budget / 32 >= SLAB_LEAST ? SLAB_LEAST : 0;
    writer->chunk_bytes = within(budget / keyed->plan.manifest.buckets / 4, CHUNK_LEAST, CHUNK_MOST) / 8 * 8;
    writer->buckets = ca_alloc_zero(keyed->plan.manifest.buckets, sizeof *writer->buckets);
    writer->path = ca_keyed_path(keyed, task, "part");
    if (!writer->buckets || !writer->path || add_writer(keyed, writer)) {
        ca_keyed_writer_free(writer);
        return ca_error_nomem(err);
    }
    *ret_writer = writer;
    return 0;
}

void ca_keyed_drop_staged(ca_keyed_writer *writer)
{
    while (writer->slabs) {
        ca_keyed_slab *slab = writer->slabs;
        writer->slabs = slab->next;
        ca_free(slab);
    }
    if (writer->buckets) {
        memset(writer->buckets, 0, writer->keyed->plan.manifest.buckets * sizeof *writer->buckets);
    }
    ca_free(writer->marks);
    writer->marks = NULL;
    writer->mark_count = writer->mark_cap = 0;
    writer->held = 0;
}

/* What only writing to disk needs. */
static void drop_spilling(ca_keyed_writer *writer)
{
    ca_part_writer_free(writer->part);
    ca_batch_free(writer->batch);
    ca_free(writer->hash);
    ca_free(writer->numbers.lists);
    ca_keyed_lines_done(&writer->lines);
    writer->part = NULL;
    writer->batch = NULL;
    writer->hash = writer->uses = NULL;
    writer->hash_cap = 0;
    writer->numbers = (ca_keyed_numbers){0};
}

void ca_keyed_writer_free(ca_keyed_writer *writer)
{
    if (!writer) {
        return;
    }
    ca_disk *disk = writer->keyed->plan.disk;
    drop_spilling(writer);
    ca_keyed_drop_staged(writer);
    ca_part_close(writer->opened);
    if (writer->on_disk) {
        disk->remove(disk, writer->path, NULL);
    }
    ca_free(writer->buckets);
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

/* Memory for a chunk; CA_END when it would exceed the budget. */
static int take_memory(ca_keyed_writer *writer, size_t size, void **ret_memory)
{
    ca_keyed_slab *slab = writer->slabs;
    if (!slab || size > slab->cap - slab->used) {
        size_t cap = sizeof *slab + size;
        cap = cap < writer->slab_bytes ? writer->slab_bytes : cap;
        if (writer->held > 0 && over_budget(writer, cap)) {
            return CA_END;
        }
        slab = ca_alloc_large(cap);
        if (!slab) {
            return CA_NOMEM;
        }
        *slab = (ca_keyed_slab){writer->slabs, sizeof *slab, cap};
        writer->slabs = slab;
        writer->held += cap;
    }
    *ret_memory = (uint8_t *)slab + slab->used;
    slab->used += size;
    return 0;
}

static int add_chunk(ca_keyed_writer *writer, ca_keyed_bucket *bucket, size_t size)
{
    void *memory;
    size_t cap = sizeof(ca_keyed_chunk) + size + sizeof(uint64_t); /* its place, and what keeps the next chunk aligned */
    cap = cap < writer->chunk_bytes ? writer->chunk_bytes : cap;
    int rc = take_memory(writer, cap, &memory);
    if (rc) {
        return rc;
    }
    ca_keyed_chunk *chunk = memory;
    *chunk = (ca_keyed_chunk){.used = sizeof *chunk, .cap = (uint32_t)cap};
    if (bucket->last) {
        bucket->last->next = chunk;
    } else {
        bucket->first = chunk;
    }
    bucket->last = chunk;
    return 0;
}

static bool has_room(const ca_keyed_chunk *chunk, size_t size)
{
    return chunk && size + (chunk->rows + 1) * sizeof(uint32_t) <= chunk->cap - chunk->used;
}

/* Places for rows from this one on, up to *ret_end, for which the budget has room; CA_NOMEM. */
static int take_places(ca_keyed_writer *writer, ca_keyed_tile *tile, unsigned from, unsigned *ret_end)
{
    int rc = 0;
    for (; from < tile->count; from++) {
        ca_keyed_bucket *bucket = &writer->buckets[ca_keyed_bucket_of(writer->keyed, tile->hash[tile->rows[from]])];
        uint32_t contents = tile->lists[from] + tile->texts[from];
        size_t size = (writer->keyed->record[tile->form] + contents + 7) / 8 * 8;
        rc = has_room(bucket->last, size) ? 0 : add_chunk(writer, bucket, size);
        if (rc) {
            break;
        }
        ca_keyed_chunk *chunk = bucket->last;
        uint32_t *end = (uint32_t *)(void *)((uint8_t *)chunk + chunk->cap);
        tile->records[from] = (ca_keyed_record *)(void *)((uint8_t *)chunk + chunk->used);
        end[-1 - (ptrdiff_t)chunk->rows++] = chunk->used;
        chunk->used += (uint32_t)size;
        chunk->contents += contents;
        bucket->rows++;
        bucket->contents += contents;
    }
    *ret_end = from;
    return rc == CA_END ? 0 : rc;
}

/* Everything staged is written when there is no room for more. */
static int stage_rows(ca_keyed_writer *writer, ca_keyed_tile *tile, ca_error *err)
{
    for (unsigned from = 0; from < tile->count;) {
        unsigned end;
        if (take_places(writer, tile, from, &end)) {
            return ca_error_nomem(err);
        }
        if (end > from) {
            ca_keyed_write_records(writer->keyed, tile, from, end);
        }
        int rc = end < tile->count ? ca_keyed_spill(writer, err) : 0;
        if (rc) {
            return rc;
        }
        from = end;
    }
    return 0;
}

static int refuse_large(const ca_keyed_tile *tile, ca_error *err)
{
    for (unsigned i = 0; i < tile->count; i++) {
        size_t bytes = (size_t)tile->lists[i] + tile->texts[i];
        if (bytes > CA_KEYED_RECORD_MAX) {
            return ca_error_set(err, CA_LIMIT,
                                "the texts and lists of a line take %zu bytes, above the limit of %u", bytes,
                                CA_KEYED_RECORD_MAX);
        }
    }
    return 0;
}

static int take_rows(ca_keyed_writer *writer, ca_keyed_tile *tile, ca_error *err)
{
    ca_error failure;
    ca_keyed_measure(writer->keyed, tile);
    int rc = refuse_large(tile, err);
    if (rc) {
        return rc;
    }
    if (stage_rows(writer, tile, &failure)) {
        return fail(writer, &failure, err);
    }
    tile->count = 0;
    return 0;
}

int ca_keyed_put(ca_keyed_writer *writer, const ca_batch *batch, const uint64_t *rows,
                 const uint64_t *hashes, const uint64_t *uses, ca_error *err)
{
    assert(!writer->finished);
    ca_keyed_tile tile; /* large: not cleared */
    tile.batch = batch;
    tile.hash = hashes;
    tile.uses = uses;
    tile.count = 0;
    int rc = failed(writer, err);
    for (unsigned first = 0; rc == 0 && first < batch->rows; first += 64) {
        uint64_t rest = rows ? rows[first / 64] : UINT64_MAX;
        rest &= batch->rows - first < 64 ? (UINT64_C(1) << (batch->rows - first)) - 1 : UINT64_MAX;
        if (tile.count + 64 > CA_KEYED_TILE) {
            rc = take_rows(writer, &tile, err);
        }
        for (; rest; rest &= rest - 1) {
            unsigned row = first + (unsigned)__builtin_ctzll(rest);
            __builtin_prefetch(&batch->origin[row]);
            __builtin_prefetch(&batch->digest[row]);
            tile.rows[tile.count++] = row;
        }
    }
    return rc || tile.count == 0 ? rc : take_rows(writer, &tile, err);
}

/* --- Marks ---------------------------------------------------------------------------------- */

int ca_keyed_put_mark(ca_keyed_writer *writer, const ca_keyed_mark *mark, ca_error *err)
{
    assert(!writer->finished && mark->kind > 0);
    ca_error failure;
    int rc = failed(writer, err);
    if (rc) {
        return rc;
    }
    if (writer->held > 0 && over_budget(writer, sizeof *mark) && (rc = ca_keyed_spill(writer, &failure))) {
        return fail(writer, &failure, err);
    }
    ca_keyed_mark *marks = ca_grown_array(writer->marks, writer->mark_count, &writer->mark_cap, sizeof *marks);
    if (!marks) {
        ca_error_nomem(&failure);
        return fail(writer, &failure, err);
    }
    writer->marks = marks;
    marks[writer->mark_count++] = *mark;
    writer->held += sizeof *mark;
    writer->buckets[ca_keyed_bucket_of(writer->keyed, mark->hash)].marks++;
    return 0;
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
    if (rc) {
        return rc;
    }
    if (writer->part || writer->keyed->plan.on_disk) {
        rc = complete(writer, &failure);
    } else if (ca_keyed_order_marks(writer)) {
        rc = ca_error_nomem(&failure);
    }
    if (rc) {
        return fail(writer, &failure, err);
    }
    writer->finished = true;
    return 0;
}

uint64_t ca_keyed_disk_bytes(const ca_keyed_writer *writer)
{
    return writer->disk_bytes;
}
