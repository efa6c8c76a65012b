/* Staging lines for the exchange by key: rows wait until there are enough of them, become a block, and blocks stay
 * within a budget of memory. */
#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "store/keyed_inside.h"

#define BLOCK_LEAST    64u           /* rows */
#define SLAB_MOST      ((size_t)4 << 20)
#define SLAB_LEAST     ((size_t)2 << 20) /* below that, large pages do not come in */
#define BLOCK_FAIR     4096u         /* rows: what more are gained by is less */
#define CONTENTS_OF_ROW 256u         /* bytes of texts and lists, after as many of which as rows a block is made */

/* Rows wait in a small part of the budget, and many of them in a smaller one. */
static unsigned rows_of_block(const ca_keyed *keyed, size_t budget)
{
    size_t fair = budget / 8 / keyed->row_memory;
    size_t many = budget / 32 / keyed->row_memory;
    fair = fair < BLOCK_FAIR ? fair : many < BLOCK_FAIR ? BLOCK_FAIR : many;
    return fair > CA_KEYED_BLOCK_ROWS ? CA_KEYED_BLOCK_ROWS : fair < BLOCK_LEAST ? BLOCK_LEAST : (unsigned)fair;
}

static size_t contents_of_block(unsigned rows)
{
    return (size_t)(rows > BLOCK_FAIR ? rows : BLOCK_FAIR) * CONTENTS_OF_ROW;
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
    writer->block_rows = rows_of_block(keyed, budget);
    writer->block_contents = contents_of_block(writer->block_rows);
    writer->stage.cap = writer->block_rows;
    writer->slab_bytes = budget / 32 >= SLAB_MOST ? SLAB_MOST : budget / 32 >= SLAB_LEAST ? SLAB_LEAST : 0;
    writer->buckets = ca_alloc_zero(keyed->plan.manifest.buckets, sizeof *writer->buckets);
    writer->chosen = ca_realloc_array(NULL, CA_KEYED_BLOCK_ROWS, sizeof *writer->chosen);
    writer->path = ca_keyed_path(keyed, task, "part");
    if (!writer->buckets || !writer->chosen || !writer->path || add_writer(keyed, writer)) {
        ca_keyed_writer_free(writer);
        return ca_error_nomem(err);
    }
    *ret_writer = writer;
    return 0;
}

void ca_keyed_drop_blocks(ca_keyed_writer *writer)
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
    writer->first = writer->last = NULL;
    writer->held = 0;
}

/* What only putting rows needs. */
static void drop_staging(ca_keyed_writer *writer)
{
    ca_keyed_stage_done(&writer->stage);
    ca_keyed_packer_done(&writer->packer);
    ca_free(writer->chosen);
    writer->chosen = NULL;
}

/* What only writing to disk needs. */
static void drop_spilling(ca_keyed_writer *writer)
{
    ca_part_writer_free(writer->part);
    ca_batch_free(writer->batch);
    ca_free(writer->hash);
    ca_free(writer->numbers.lists);
    ca_keyed_pieces_done(&writer->pieces);
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
    drop_staging(writer);
    ca_keyed_drop_blocks(writer);
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

static void add_block(ca_keyed_writer *writer, ca_keyed_block *block)
{
    if (writer->last) {
        writer->last->next = block;
    } else {
        writer->first = block;
    }
    writer->last = block;
    for (uint32_t i = 0; i < writer->keyed->plan.manifest.buckets; i++) {
        writer->buckets[i].rows += block->pieces[i].rows;
        writer->buckets[i].contents += block->pieces[i].contents;
    }
}

/* Memory for a block; everything staged is written first when it would exceed the budget. */
static int take_memory(ca_keyed_writer *writer, size_t size, void **ret_memory, ca_error *err)
{
    ca_keyed_slab *slab = writer->slabs;
    if (!slab || size > slab->cap - slab->used) {
        size_t cap = sizeof *slab + size;
        cap = cap < writer->slab_bytes ? writer->slab_bytes : cap;
        int rc = writer->held > 0 && over_budget(writer, cap) ? ca_keyed_spill(writer, err) : 0;
        if (rc) {
            return rc;
        }
        slab = ca_alloc_large(cap);
        if (!slab) {
            return ca_error_nomem(err);
        }
        *slab = (ca_keyed_slab){writer->slabs, sizeof *slab, cap};
        writer->slabs = slab;
        writer->held += cap;
    }
    *ret_memory = (uint8_t *)slab + slab->used;
    slab->used += size;
    return 0;
}

static int make_block(ca_keyed_writer *writer, ca_error *err)
{
    ca_error failure;
    size_t size;
    void *memory = NULL;
    int rc = ca_keyed_pack(writer->keyed, &writer->packer, &writer->stage, &size) ? ca_error_nomem(&failure) : 0;
    rc = rc ? rc : take_memory(writer, size, &memory, &failure);
    if (rc) {
        return fail(writer, &failure, err);
    }
    add_block(writer, ca_keyed_take_block(writer->keyed, &writer->packer, memory));
    return 0;
}

/* What waits becomes a block. */
static int close_stage(ca_keyed_writer *writer, ca_error *err)
{
    if (!writer->stage.batch || writer->stage.batch->rows == 0) {
        return 0;
    }
    int rc = make_block(writer, err);
    ca_keyed_stage_clear(writer->keyed, &writer->stage);
    return rc;
}

/* The first ones of the rows, until the stage is full; *contents: of all, then of these. */
static ca_keyed_rows_in fitting(const ca_keyed_writer *writer, const ca_keyed_rows_in *in, size_t *contents)
{
    const ca_keyed_stage *stage = &writer->stage;
    unsigned room = writer->block_rows - (stage->batch ? stage->batch->rows : 0);
    ca_keyed_rows_in some = *in;
    size_t most;
    if (in->count > room) {
        some.count = room;
        *contents = ca_keyed_measure_rows(writer->keyed, &some, &most);
    }
    if (stage->contents + *contents > writer->block_contents) {
        *contents = 0;
        for (some.count = 0; some.count < in->count && some.count < room &&
                             stage->contents + *contents <= writer->block_contents;) {
            *contents += ca_keyed_measure(writer->keyed, in->batch, in->rows[some.count++]);
        }
    }
    return some;
}

static int stage_rows(ca_keyed_writer *writer, ca_keyed_rows_in in, size_t contents, ca_error *err)
{
    int rc = 0;
    while (rc == 0 && in.count > 0) {
        size_t added = contents;
        ca_keyed_rows_in some = fitting(writer, &in, &added);
        if (ca_keyed_stage_add(writer->keyed, &writer->stage, &some, added)) {
            ca_error failure;
            ca_error_nomem(&failure);
            return fail(writer, &failure, err);
        }
        contents -= added;
        in.rows += some.count;
        in.count -= some.count;
        if (writer->stage.batch->rows >= writer->block_rows || writer->stage.contents > writer->block_contents) {
            rc = close_stage(writer, err);
        }
    }
    return rc;
}

static int refuse_large(const ca_keyed *keyed, const ca_keyed_rows_in *in, ca_error *err)
{
    for (unsigned i = 0; i < in->count; i++) {
        size_t bytes = ca_keyed_measure(keyed, in->batch, in->rows[i]);
        if (bytes > CA_KEYED_RECORD_MAX) {
            return ca_error_set(err, CA_LIMIT,
                                "the texts and lists of a line take %zu bytes, above the limit of %u", bytes,
                                CA_KEYED_RECORD_MAX);
        }
    }
    return 0;
}

static int take_rows(ca_keyed_writer *writer, const ca_keyed_rows_in *in, ca_error *err)
{
    size_t most;
    size_t contents = ca_keyed_measure_rows(writer->keyed, in, &most);
    int rc = most > CA_KEYED_RECORD_MAX ? refuse_large(writer->keyed, in, err) : 0;
    if (rc) {
        return rc;
    }
    rc = stage_rows(writer, *in, contents, err);
    writer->rows += rc ? 0 : in->count;
    return rc;
}

int ca_keyed_put(ca_keyed_writer *writer, const ca_batch *batch, const uint64_t *rows,
                 const uint64_t *hashes, const uint64_t *uses, ca_error *err)
{
    assert(!writer->finished);
    int rc = failed(writer, err);
    ca_keyed_rows_in in = {batch, writer->chosen, 0, hashes, uses};
    for (unsigned first = 0; rc == 0 && first < batch->rows; first += 64) {
        uint64_t rest = rows ? rows[first / 64] : UINT64_MAX;
        rest &= batch->rows - first < 64 ? (UINT64_C(1) << (batch->rows - first)) - 1 : UINT64_MAX;
        if (in.count + 64 > writer->block_rows) {
            rc = take_rows(writer, &in, err);
            in.count = 0;
        }
        for (; rest; rest &= rest - 1) {
            writer->chosen[in.count++] = first + (unsigned)__builtin_ctzll(rest);
        }
    }
    return rc || in.count == 0 ? rc : take_rows(writer, &in, err);
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
    rc = rc ? rc : close_stage(writer, err);
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
    drop_staging(writer);
    writer->finished = true;
    return 0;
}

uint64_t ca_keyed_rows(const ca_keyed_writer *writer)
{
    return writer->rows;
}

uint64_t ca_keyed_disk_bytes(const ca_keyed_writer *writer)
{
    return writer->disk_bytes;
}
