/* Batches that wait: a block each, column after column, in which the batch that comes back finds its arrays. */
#include "store/batches.h"

#include <string.h>

#include "base/alloc.h"
#include "base/threads.h"
#include "store/part.h"
#include "store/part_inside.h"

/* Memory for many blocks, given back when all of them were read. */
typedef struct slab {
    uint8_t *bytes;
    size_t used;
    size_t unread;                /* blocks in it */
    ca_mutex *lock;               /* of all slabs */
} slab;

typedef struct block {
    uint32_t slab;                /* where it is; NO_SLAB: in the file */
    uint64_t offset;
    size_t len;
} block;

#define NO_SLAB    UINT32_MAX
#define SLAB_BYTES ((size_t)8 << 20)

struct ca_batches {
    ca_disk *disk;
    char *path;
    ca_file *file;                /* NULL until memory is full */
    uint64_t written;
    const ca_schema *schema;
    uint8_t *columns;
    size_t budget;
    slab *slabs;
    ca_mutex *lock;               /* who holds it may count what is unread */
    size_t slab_count, slab_cap;
    uint64_t added;
    block *blocks;
    size_t count, cap;
    uint8_t *scratch;             /* a block on its way to the file */
    size_t scratch_cap;
    ca_error failure;             /* of writing, code 0 = none: nothing works after one */
};

/* Where a block begins. */
typedef struct block_head {
    uint64_t number;
    uint64_t byte_count, list_count, interval_count, more_len;
    uint32_t rows;
    uint32_t unused;
} block_head;

int ca_batches_new(ca_disk *disk, const char *path, const ca_schema *schema, const uint8_t *columns, size_t budget,
                   ca_batches **ret_batches, ca_error *err)
{
    ca_batches *batches = ca_alloc_zero(1, sizeof *batches);
    size_t size = strlen(path) + 1;
    if (!batches) {
        return ca_error_nomem(err);
    }
    *batches = (ca_batches){.disk = disk, .schema = schema, .budget = budget, .path = ca_alloc(size),
                            .columns = ca_alloc(schema->count), .lock = ca_mutex_new()};
    if (!batches->path || !batches->columns || !batches->lock) {
        ca_batches_free(batches);
        return ca_error_nomem(err);
    }
    memcpy(batches->path, path, size);
    memcpy(batches->columns, columns, schema->count);
    *ret_batches = batches;
    return 0;
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
    ca_free(batches->columns);
    ca_free(batches->path);
    ca_free(batches);
}

/* --- The layout: what a block holds, part by part ------------------------------------------------------------- */

static size_t value_size(ca_type type)
{
    return ca_part_is_list(type) ? sizeof(ca_slice) : ca_part_value_size(type);
}

static size_t aligned(size_t len)
{
    return (len + 7) / 8 * 8;
}

/* Called for each part, in order: where its pointer is, and how many bytes it has. */
typedef void part_visit(void *context, void *pointer, size_t len);

static void visit_parts(const ca_batches *batches, ca_batch *batch, const block_head *head, part_visit *visit, void *context)
{
    size_t rows = head->rows;
    size_t bitmap = (rows + 63) / 64 * sizeof(uint64_t);
    visit(context, &batch->origin, rows * sizeof *batch->origin);
    visit(context, &batch->digest, rows * sizeof *batch->digest);
    visit(context, &batch->live, bitmap);
    for (unsigned c = 0; c < batches->schema->count; c++) {
        if (batches->columns[c]) {
            visit(context, &batch->columns[c].present, bitmap);
            visit(context, &batch->columns[c].as.any, rows * value_size(batches->schema->columns[c].type));
        }
    }
    visit(context, &batch->bytes, head->byte_count);
    visit(context, &batch->list_codes, head->list_count * sizeof *batch->list_codes);
    visit(context, &batch->intervals, head->interval_count * sizeof *batch->intervals);
}

static void add_length(void *context, void *pointer, size_t len)
{
    (void)pointer;
    *(size_t *)context += aligned(len);
}

/* A column that the batch never used has no arrays: its rows are missing. */
static void copy_part(void *context, void *pointer, size_t len)
{
    uint8_t **to = context;
    const void *from;
    memcpy(&from, pointer, sizeof from);
    if (from && len) {
        memcpy(*to, from, len);
    } else if (len) {
        memset(*to, 0, len);
    }
    *to += aligned(len);
}

static void point_part(void *context, void *pointer, size_t len)
{
    const uint8_t **at = context;
    memcpy(pointer, at, sizeof *at);
    *at += aligned(len);
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

/* Room for a block in the last slab, or in a new one where there may be more; NULL: there may not. */
static uint8_t *take_slab(ca_batches *batches, size_t len)
{
    slab *last = batches->slab_count ? &batches->slabs[batches->slab_count - 1] : NULL;
    bool fits = last && len <= SLAB_BYTES - last->used;
    bool may = !batches->file && (batches->slab_count + 1) * SLAB_BYTES <= batches->budget && len <= SLAB_BYTES;
    if (!fits && may) {
        slab *slabs = ca_grown_array(batches->slabs, batches->slab_count, &batches->slab_cap, sizeof *slabs);
        uint8_t *bytes = slabs ? ca_alloc_large(SLAB_BYTES) : NULL;
        batches->slabs = slabs ? slabs : batches->slabs;
        if (bytes) {
            last = &slabs[batches->slab_count++];
            *last = (slab){.bytes = bytes, .lock = batches->lock};
            fits = true;
        }
    }
    if (!fits || batches->file) {
        return NULL;
    }
    last->used += len;
    last->unread++;
    return last->bytes + last->used - len;
}

/* A block on its way to the file. */
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

int ca_batches_add(ca_batches *batches, const ca_batch *batch, uint64_t number, const void *more, size_t more_len,
                   ca_error *err)
{
    ca_batch parts = *batch;
    block_head head = {.number = number, .byte_count = batch->byte_count, .list_count = batch->list_count,
                 .interval_count = batch->interval_count, .more_len = more_len, .rows = batch->rows};
    size_t len = sizeof head;
    if (batches->failure.code) {
        return fail(batches, &batches->failure, err);
    }
    visit_parts(batches, &parts, &head, add_length, &len);
    len += aligned(more_len);
    block *blocks = ca_grown_array(batches->blocks, batches->count, &batches->cap, sizeof *blocks);
    batches->blocks = blocks ? blocks : batches->blocks;
    uint8_t *stays = blocks ? take_slab(batches, len) : NULL;
    uint8_t *bytes = stays || !blocks ? stays : take_scratch(batches, len);
    if (!bytes) {
        return ca_error_nomem(err);
    }
    uint8_t *to = bytes + sizeof head;
    memcpy(bytes, &head, sizeof head);
    visit_parts(batches, &parts, &head, copy_part, &to);
    memcpy(to, more, more_len);
    int rc = stays ? 0 : write_out(batches, bytes, len, err);
    if (rc == 0) {
        uint64_t offset = stays ? (uint64_t)(stays - batches->slabs[batches->slab_count - 1].bytes) : batches->written - len;
        blocks[batches->count++] = (block){stays ? (uint32_t)(batches->slab_count - 1) : NO_SLAB, offset, len};
        batches->added += len;
    }
    return rc;
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

static int fetch(const ca_batches *batches, const block *from, ca_waiting *waiting, ca_error *err)
{
    if (from->len > waiting->buffer_cap) {
        uint8_t *buffer = ca_realloc(waiting->buffer, from->len);
        if (!buffer) {
            return ca_error_nomem(err);
        }
        waiting->buffer = buffer;
        waiting->buffer_cap = from->len;
    }
    int64_t got = batches->disk->read_at(batches->file, from->offset, waiting->buffer, from->len, err);
    if (got < 0) {
        return (int)got;
    }
    return (uint64_t)got == from->len ? 0
                                      : ca_error_set(err, CA_FAIL, "the temporary file %s was changed while in use: run again",
                                                     batches->path);
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

int ca_batches_read(ca_batches *batches, size_t i, ca_waiting *waiting, ca_error *err)
{
    const block *from = &batches->blocks[i];
    block_head head;
    give_back(waiting);
    int rc = from->slab == NO_SLAB ? fetch(batches, from, waiting, err) : 0;
    if (rc) {
        return rc;
    }
    waiting->slab = from->slab == NO_SLAB ? NULL : &batches->slabs[from->slab];
    const uint8_t *bytes = waiting->slab ? batches->slabs[from->slab].bytes + from->offset : waiting->buffer;
    const uint8_t *at = bytes + sizeof head;
    memcpy(&head, bytes, sizeof head);
    unsigned words = (head.rows + 63) / 64;
    waiting->batch = (ca_batch){.schema = batches->schema, .rows = head.rows, .capacity = words * 64, .words = words,
                                .byte_count = head.byte_count, .list_count = head.list_count,
                                .interval_count = head.interval_count, .borrows = true};
    visit_parts(batches, &waiting->batch, &head, point_part, &at);
    waiting->number = head.number;
    waiting->more = at;
    waiting->more_len = head.more_len;
    return 0;
}

void ca_waiting_done(ca_waiting *waiting)
{
    give_back(waiting);
    ca_free(waiting->buffer);
    *waiting = (ca_waiting){0};
}
