/* Batches that wait: a block each, which has what belongs to the rows, and then these, compact. What only the second reader takes comes
 * last, so that each reads one piece. */
#include "store/batches.h"

#include <string.h>

#include "base/alloc.h"
#include "base/threads.h"

/* Memory for many blocks, given back when all of them were read. */
typedef struct slab {
    uint8_t *bytes;
    size_t used;
    size_t unread;                /* blocks in it, as often as they are still read */
    ca_mutex *lock;               /* of all slabs */
} slab;

enum { PARTS = 3 };

typedef struct block {
    uint32_t slab;                /* where it is; NO_SLAB: in the file */
    uint64_t offset;
    uint64_t number;
    size_t more_len;
    size_t both, second, len;     /* where parts begin and the last one ends: store/compact.h */
    uint64_t hashes[PARTS];       /* of their bytes, where they are in the file */
} block;

#define NO_SLAB    UINT32_MAX
#define SLAB_BYTES ((size_t)8 << 20)

struct ca_batches {
    ca_disk *disk;
    char *path;
    ca_file *file;                /* NULL until memory is full */
    uint64_t written;
    const ca_schema *schema;
    ca_compact_maker maker;
    size_t budget;
    unsigned times;               /* that each is read */
    slab *slabs;
    ca_mutex *lock;               /* who holds it may count what is unread */
    size_t slab_count, slab_cap;
    uint64_t added;
    block *blocks;
    size_t count, cap;
    uint8_t *scratch;             /* a block of which it is not known where it will be */
    size_t scratch_cap;
    ca_error failure;             /* of writing, code 0 = none: nothing works after one */
};

int ca_batches_new(ca_disk *disk, const char *path, const ca_schema *schema, const uint8_t *columns, size_t budget,
                   ca_batches **ret_batches, ca_error *err)
{
    ca_batches *batches = ca_alloc_zero(1, sizeof *batches);
    size_t size = strlen(path) + 1;
    if (!batches) {
        return ca_error_nomem(err);
    }
    *batches = (ca_batches){.disk = disk, .schema = schema, .budget = budget, .times = 1, .path = ca_alloc(size), .lock = ca_mutex_new()};
    if (!batches->path || !batches->lock || ca_compact_maker_init(&batches->maker, schema, columns)) {
        ca_batches_free(batches);
        return ca_error_nomem(err);
    }
    memcpy(batches->path, path, size);
    *ret_batches = batches;
    return 0;
}

void ca_batches_read_times(ca_batches *batches, unsigned times)
{
    batches->times = times;
}

void ca_batches_free(ca_batches *batches)
{
    if (!batches) {
        return;
    }
    for (size_t i = 0; i < batches->slab_count; i++) {
        ca_free(batches->slabs[i].bytes);
    }
    ca_mutex_free(batches->lock);
    ca_free(batches->slabs);
    if (batches->file) {
        batches->disk->close(batches->file, NULL);
        batches->disk->remove(batches->disk, batches->path, NULL);
    }
    ca_free(batches->blocks);
    ca_free(batches->scratch);
    ca_compact_maker_done(&batches->maker);
    ca_free(batches->path);
    ca_free(batches);
}

/* --- Adding ---------------------------------------------------------------------------------------------------- */

static int fail(ca_batches *batches, const ca_error *failure, ca_error *err)
{
    batches->failure = *failure;
    if (err) {
        *err = *failure;
    }
    return failure->code;
}

/* The last slab, if it has room for so many bytes; else a new one, where there may be more. NULL: there may not. */
static slab *take_slab(ca_batches *batches, size_t len)
{
    slab *last = batches->slab_count ? &batches->slabs[batches->slab_count - 1] : NULL;
    bool may = (batches->slab_count + 1) * SLAB_BYTES <= batches->budget && len <= SLAB_BYTES;
    if (batches->file || (last && len <= SLAB_BYTES - last->used) || !may) {
        return batches->file || !last || len > SLAB_BYTES - last->used ? NULL : last;
    }
    slab *slabs = ca_grown_array(batches->slabs, batches->slab_count, &batches->slab_cap, sizeof *slabs);
    uint8_t *bytes = slabs ? ca_alloc_large(SLAB_BYTES) : NULL;
    batches->slabs = slabs ? slabs : batches->slabs;
    if (!bytes) {
        return NULL;
    }
    last = &slabs[batches->slab_count++];
    *last = (slab){.bytes = bytes, .lock = batches->lock};
    return last;
}

static uint8_t *take_scratch(ca_batches *batches, size_t len)
{
    if (len > batches->scratch_cap) {
        uint8_t *more = ca_realloc(batches->scratch, len);
        if (!more) {
            return NULL;
        }
        batches->scratch = more;
        batches->scratch_cap = len;
    }
    return batches->scratch;
}

static int write_out(ca_batches *batches, const uint8_t *bytes, size_t len, ca_error *err)
{
    ca_error failure;
    int rc = batches->file ? 0 : ca_disk_open_new(batches->disk, batches->path, &batches->file, &failure);
    rc = rc ? rc : batches->disk->write(batches->file, bytes, len, &failure);
    if (rc) {
        return fail(batches, &failure, err);
    }
    batches->written += len;
    return 0;
}

/* Where a block of at most `most` bytes is made: where it is to stay if there is room for the most, else in the scratch. */
static uint8_t *find_place(ca_batches *batches, size_t most)
{
    const slab *last = batches->slab_count && !batches->file ? &batches->slabs[batches->slab_count - 1] : NULL;
    return last && most <= SLAB_BYTES - last->used ? last->bytes + last->used : take_scratch(batches, most);
}

/* Where the part begins; of the last and one: where it ends. */
static size_t begin_of(const block *of, unsigned part)
{
    const size_t begins[PARTS + 1] = {0, of->both, of->second, of->len};
    return begins[part];
}

static uint64_t hash_part(const block *of, unsigned part, const uint8_t *bytes)
{
    size_t from = begin_of(of, part);
    return ca_hash64(bytes + from, begin_of(of, part + 1) - from);
}

/* A block that was made goes where it is to stay. */
static int keep(ca_batches *batches, const uint8_t *bytes, block *made, ca_error *err)
{
    slab *stays = take_slab(batches, made->len);
    made->slab = stays ? (uint32_t)(batches->slab_count - 1) : NO_SLAB;
    made->offset = stays ? stays->used : batches->written;
    if (stays) {
        if (bytes == batches->scratch) {
            memcpy(stays->bytes + stays->used, bytes, made->len);
        }
        stays->used += made->len;
        stays->unread += batches->times;
    } else {
        int rc = write_out(batches, bytes, made->len, err);
        if (rc) {
            return rc;
        }
        for (unsigned part = 0; part < PARTS; part++) {
            made->hashes[part] = hash_part(made, part, bytes);
        }
    }
    batches->blocks[batches->count++] = *made;
    batches->added += made->len;
    return 0;
}

int ca_batches_add(ca_batches *batches, const ca_batch *batch, const ca_compact_known *known, uint64_t number, const void *more,
                   size_t more_len, ca_error *err)
{
    size_t before = (more_len + 7) / 8 * 8;
    ca_compact_parts parts;
    if (batches->failure.code) {
        return fail(batches, &batches->failure, err);
    }
    block *blocks = ca_grown_array(batches->blocks, batches->count, &batches->cap, sizeof *blocks);
    batches->blocks = blocks ? blocks : batches->blocks;
    uint8_t *bytes = blocks ? find_place(batches, before + ca_compact_most(&batches->maker, batch)) : NULL;
    if (!bytes || ca_compact_make(&batches->maker, batch, known, bytes + before, &parts)) {
        return ca_error_nomem(err);
    }
    block made = {.number = number,
                  .more_len = more_len,
                  .both = before + parts.both,
                  .second = before + parts.second,
                  .len = before + parts.end};
    memset(bytes + more_len, 0, before - more_len);
    memcpy(bytes, more, more_len);
    return keep(batches, bytes, &made, err);
}

size_t ca_batches_count(const ca_batches *batches)
{
    return batches->count;
}

uint64_t ca_batches_bytes(const ca_batches *batches)
{
    return batches->added;
}

/* --- Reading ----------------------------------------------------------------------------------------------------- */

/* The reader's parts, each where it lies in the block. */
static int fetch(const ca_batches *batches, const block *from, unsigned reader, ca_waiting *waiting, ca_error *err)
{
    unsigned first = reader == CA_COMPACT_FIRST ? 0 : 1;
    size_t start = begin_of(from, first), len = begin_of(from, first + 2) - start;
    if (from->len > waiting->buffer_cap) {
        ca_free(waiting->buffer);
        waiting->buffer_cap = 0;
        waiting->buffer = ca_alloc(from->len);
        if (!waiting->buffer) {
            return ca_error_nomem(err);
        }
        waiting->buffer_cap = from->len;
    }
    int64_t got = batches->disk->read_at(batches->file, from->offset + start, waiting->buffer + start, len, err);
    if (got < 0) {
        return (int)got;
    }
    bool same = (uint64_t)got == len;
    for (unsigned part = first; same && part < first + 2; part++) {
        same = hash_part(from, part, waiting->buffer) == from->hashes[part];
    }
    return same ? 0
                : ca_error_set(err, CA_FAIL, "the temporary file %s was changed while in use: run again", batches->path);
}

/* The slab of the block that was read last may go, if it was the last of it. */
static void give_back(ca_waiting *waiting)
{
    slab *of = waiting->slab;
    if (!of) {
        return;
    }
    ca_mutex_lock(of->lock);
    of->unread--;
    if (of->unread == 0) {
        ca_free(of->bytes);
        of->bytes = NULL;
    }
    ca_mutex_unlock(of->lock);
    waiting->slab = NULL;
}

int ca_batches_read(ca_batches *batches, size_t i, unsigned reader, ca_waiting *waiting, ca_error *err)
{
    const block *from = &batches->blocks[i];
    give_back(waiting);
    int rc = from->slab == NO_SLAB ? fetch(batches, from, reader, waiting, err) : 0;
    if (rc) {
        return rc;
    }
    waiting->slab = from->slab == NO_SLAB ? NULL : &batches->slabs[from->slab];
    uint8_t *bytes = waiting->slab ? waiting->slab->bytes + from->offset : waiting->buffer;
    size_t before = (from->more_len + 7) / 8 * 8;
    waiting->number = from->number;
    waiting->more = reader == CA_COMPACT_FIRST ? bytes : NULL;
    waiting->more_len = reader == CA_COMPACT_FIRST ? from->more_len : 0;
    ca_compact_open(&waiting->compact, batches->schema, bytes + before, from->both - before, reader);
    waiting->rows = waiting->compact.rows;
    return 0;
}

int ca_batches_take_columns(ca_waiting *waiting, const uint8_t *columns, const uint32_t *rows, uint32_t count,
                            const ca_batch **ret_batch, ca_error *err)
{
    if (ca_compact_take_columns(&waiting->compact, columns, rows, count, &waiting->taker)) {
        return ca_error_nomem(err);
    }
    *ret_batch = waiting->taker.batch;
    return 0;
}

int ca_batches_take(ca_waiting *waiting, const uint8_t *columns, const uint32_t *rows, uint32_t count,
                    const ca_batch **ret_batch, ca_error *err)
{
    if (ca_compact_take(&waiting->compact, columns, rows, count, &waiting->taker)) {
        return ca_error_nomem(err);
    }
    *ret_batch = waiting->taker.batch;
    return 0;
}

ca_batch *ca_waiting_own(ca_waiting *waiting, ca_error *err)
{
    ca_batch *batch = waiting->taker.batch;
    if (ca_batch_own(batch)) {
        ca_error_nomem(err);
        return NULL;
    }
    return batch;
}

void ca_waiting_done(ca_waiting *waiting)
{
    give_back(waiting);
    ca_compact_taker_done(&waiting->taker);
    ca_free(waiting->buffer);
    *waiting = (ca_waiting){0};
}
