/* From rows of a batch to a block: what is staged in memory. Rows lie there by bucket, columns side by side within
 * one, numbers as small differences, a text that repeats once. */
#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "store/keyed_inside.h"
#include "store/part_inside.h"

typedef ca_keyed_span span;

static const ca_keyed_shape own_shapes[CA_KEYED_OWN_USES] = {
    [CA_KEYED_OWN_FILE] = CA_KEYED_FILES,
    [CA_KEYED_OWN_LENGTH] = CA_KEYED_LENGTHS,
    [CA_KEYED_OWN_ROW] = CA_KEYED_ROWS,
    [CA_KEYED_OWN_OFFSET] = CA_KEYED_OFFSETS,
};

static size_t round_up(size_t bytes)
{
    return (bytes + 7) / 8 * 8;
}

static void free_lists(ca_keyed_packer *packer)
{
    ca_free(packer->order);
    ca_free(packer->bucket);
    packer->order = NULL;
    packer->bucket = NULL;
    packer->cap = 0;
}

void ca_keyed_packer_done(ca_keyed_packer *packer)
{
    free_lists(packer);
    ca_free(packer->ends);
    ca_free(packer->spans);
    ca_free(packer->scratch);
    ca_free(packer->codings);
    *packer = (ca_keyed_packer){0};
}

/* Lists by row: for as many rows as may wait. */
static int make_lists(ca_keyed_packer *packer, size_t rows)
{
    if (rows <= packer->cap) {
        return 0;
    }
    free_lists(packer);
    packer->order = ca_realloc_array(NULL, rows, sizeof *packer->order);
    packer->bucket = ca_realloc_array(NULL, rows, sizeof *packer->bucket);
    if (!packer->order || !packer->bucket) {
        free_lists(packer);
        return CA_NOMEM;
    }
    packer->cap = rows;
    return 0;
}

static int make_room(const ca_keyed *keyed, ca_keyed_packer *packer, size_t rows)
{
    uint32_t buckets = keyed->plan.manifest.buckets;
    if (!packer->ends) {
        packer->ends = ca_realloc_array(NULL, buckets, sizeof *packer->ends);
        uint32_t spans = buckets < CA_KEYED_BLOCK_ROWS ? buckets : CA_KEYED_BLOCK_ROWS;
        packer->spans = ca_realloc_array(NULL, spans, sizeof *packer->spans);
        packer->codings = ca_realloc_array(NULL, keyed->count, sizeof *packer->codings);
    }
    if (packer->ends && packer->spans && packer->codings && make_lists(packer, rows) == 0) {
        return 0;
    }
    ca_keyed_packer_done(packer);
    return CA_NOMEM;
}

/* --- By bucket ------------------------------------------------------------------------------ */

static void order_rows(const ca_keyed *keyed, ca_keyed_packer *packer, const ca_keyed_stage *stage)
{
    uint32_t buckets = keyed->plan.manifest.buckets;
    uint32_t rows = stage->batch->rows;
    uint32_t from = 0;
    memset(packer->ends, 0, buckets * sizeof *packer->ends);
    for (uint32_t row = 0; row < rows; row++) {
        unsigned bucket = ca_keyed_bucket_of(keyed, stage->hash[row]);
        packer->bucket[row] = (uint16_t)bucket;
        packer->ends[bucket]++;
    }
    packer->span_count = 0;
    for (uint32_t i = 0; i < buckets; i++) {
        uint32_t count = packer->ends[i];
        packer->ends[i] = packer->span_count;
        if (count) {
            packer->spans[packer->span_count++] = (span){.bucket = i, .from = from, .end = from};
        }
        from += count;
    }
    for (uint32_t row = 0; row < rows; row++) {
        span *of = &packer->spans[packer->ends[packer->bucket[row]]];
        packer->order[of->end++] = row;
        of->room += stage->narrow[row];
        of->wide_room += stage->wide[row];
    }
}

static bool is_wide(const ca_keyed_column *column)
{
    return column->element > 1;
}

/* What a row takes without its contents: numbers as wide as they were chosen. */
static size_t fixed_bytes(const ca_keyed *keyed, const ca_keyed_packer *packer)
{
    size_t bytes = sizeof(uint64_t) + sizeof(ca_digest) + 1;
    for (unsigned i = 0; i < CA_KEYED_OWN_NUMBERS; i++) {
        bytes += packer->block.own[i].width;
    }
    for (unsigned i = 0; i < keyed->count; i++) {
        bytes += i < keyed->fixed ? packer->codings[i].width : 1;
        bytes += packer->codings[i].presence == CA_PART_SOME;
    }
    return bytes;
}

/* Gives each bucket room in the scratch for the most that its rows can take. */
static int make_scratch(const ca_keyed *keyed, ca_keyed_packer *packer)
{
    size_t row = fixed_bytes(keyed, packer);
    size_t total = 0;
    for (unsigned s = 0; s < packer->span_count; s++) {
        span *of = &packer->spans[s];
        of->contents = (uint32_t)(of->room + of->wide_room);
        of->room = round_up(of->room + (of->end - of->from) * row);
        of->wide_room = round_up(of->wide_room);
        total += of->room + of->wide_room;
    }
    if (total > packer->scratch_bytes) {
        ca_free(packer->scratch);
        packer->scratch_bytes = 0;
        packer->scratch = ca_alloc(total);
        if (!packer->scratch) {
            return CA_NOMEM;
        }
        packer->scratch_bytes = total;
    }
    uint8_t *at = packer->scratch;
    for (unsigned s = 0; s < packer->span_count; s++) {
        span *of = &packer->spans[s];
        of->wide_start = of->wide_at = at;
        of->start = of->at = at + of->wide_room;
        at += of->wide_room + of->room;
    }
    return 0;
}

/* --- Presence ------------------------------------------------------------------------------- */

static void put_bits(ca_keyed_packer *packer, const uint64_t *bits)
{
    for (unsigned s = 0; s < packer->span_count; s++) {
        span *of = &packer->spans[s];
        for (uint32_t i = of->from; i < of->end; i += 8) {
            unsigned byte = 0;
            for (uint32_t j = i; j < of->end && j < i + 8; j++) {
                byte |= (unsigned)ca_bit(bits, packer->order[j]) << (j - i);
            }
            *of->at++ = (uint8_t)byte;
        }
    }
}

/* --- Numbers -------------------------------------------------------------------------------- */

static ca_keyed_shape shape_of(ca_type type)
{
    size_t size = ca_part_value_size(type);
    return size == sizeof(int64_t)     ? CA_KEYED_WIDE
           : type == CA_TYPE_DATE      ? CA_KEYED_SIGNED
           : size == sizeof(uint32_t)  ? CA_KEYED_UNSIGNED
                                       : CA_KEYED_BYTE;
}

static void put_numbers(ca_keyed_packer *packer, const void *values, ca_keyed_shape shape,
                        const ca_keyed_coding *coding)
{
    for (unsigned s = 0; coding->width && s < packer->span_count; s++) {
        span *of = &packer->spans[s];
        of->at = ca_keyed_narrow(values, shape, packer->order + of->from, of->end - of->from, coding, of->at);
    }
}

/* How all columns are written, before there is room for them. */
static void choose_all(const ca_keyed *keyed, ca_keyed_packer *packer, const ca_keyed_stage *stage)
{
    const ca_batch *batch = stage->batch;
    const ca_keyed_rows_in all = {.rows = stage->rows, .count = batch->rows};
    ca_keyed_coding *own = packer->block.own;
    for (unsigned number = 0; number < CA_KEYED_OWN_USES; number++) {
        ca_keyed_choose(batch->origin, own_shapes[number], batch->rows, &own[number]);
    }
    ca_keyed_choose(stage->uses, CA_KEYED_WIDE, batch->rows, &own[CA_KEYED_OWN_USES]);
    packer->block.live = ca_keyed_presence_of(batch->live, &all);
    for (unsigned i = 0; i < keyed->count; i++) {
        const ca_column *column = &batch->columns[keyed->columns[i].column];
        ca_keyed_coding *coding = &packer->codings[i];
        *coding = (ca_keyed_coding){.presence = ca_keyed_presence_of(column->present, &all)};
        if (i >= keyed->fixed) {
            coding->width = stage->longest[i] >= CA_KEYED_LEN_LONG;
        } else if (coding->presence != CA_PART_NONE) {
            ca_keyed_choose(column->as.any, shape_of(keyed->columns[i].type), batch->rows, coding);
        }
    }
}

/* --- Texts and lists ------------------------------------------------------------------------ */

static const uint8_t *pool_of(const ca_batch *batch, ca_type type)
{
    return type == CA_TYPE_CODES       ? (const uint8_t *)batch->list_codes
           : type == CA_TYPE_INTERVALS ? (const uint8_t *)batch->intervals
                                       : (const uint8_t *)batch->bytes;
}

/* All of them shorter than a byte can tell. Without a branch for those that repeat: they cannot be foreseen. */
static inline uint8_t *put_short(const ca_keyed_packer *packer, const span *of, const ca_slice *slices,
                                 const uint8_t *pool, size_t element, uint8_t *lengths, uint8_t *to)
{
    ca_slice last = {0};
    for (uint32_t i = of->from; i < of->end; i++) {
        ca_slice slice = slices[packer->order[i]];
        bool same = slice.from == last.from && slice.len == last.len;
        if (slice.len) {
            ca_copy_few((char *)to, (const char *)pool + slice.from * element, slice.len * element);
        }
        *lengths++ = same ? CA_KEYED_LEN_SAME : (uint8_t)slice.len;
        to += same ? 0 : slice.len * element;
        last = slice;
    }
    return to;
}

/* Each behind its length if that is long. */
static uint8_t *put_long(const ca_keyed_packer *packer, const span *of, const ca_slice *slices, const uint8_t *pool,
                         size_t element, uint8_t *lengths, uint8_t *to)
{
    ca_slice last = {0};
    for (uint32_t i = of->from; i < of->end; i++) {
        ca_slice slice = slices[packer->order[i]];
        if (slice.len && slice.from == last.from && slice.len == last.len) {
            *lengths++ = CA_KEYED_LEN_SAME;
            continue;
        }
        size_t escape = ca_keyed_escape(slice.len, element);
        *lengths++ = escape ? CA_KEYED_LEN_LONG : (uint8_t)slice.len;
        if (escape) {
            memcpy(to, &slice.len, sizeof slice.len);
        }
        if (slice.len) {
            memcpy(to + escape, pool + slice.from * element, slice.len * element);
        }
        to += escape + slice.len * element;
        last = slice;
    }
    return to;
}

/* A byte for the length of each row of a bucket, then the contents: behind them, or where wide ones are. */
static void put_span(const ca_keyed_packer *packer, span *of, const ca_batch *batch, const ca_keyed_column *column,
                     const ca_keyed_coding *coding)
{
    const ca_slice *slices = batch->columns[column->column].as.slice;
    const uint8_t *pool = pool_of(batch, column->type);
    uint8_t *lengths = of->at;
    uint8_t **to = is_wide(column) ? &of->wide_at : &of->at;
    of->at += of->end - of->from;
    if (coding->width) {
        *to = put_long(packer, of, slices, pool, column->element, lengths, *to);
    } else if (column->element == 1) {
        *to = put_short(packer, of, slices, pool, 1, lengths, *to);
    } else {
        *to = put_short(packer, of, slices, pool, column->element, lengths, *to);
    }
}

/* --- The block ------------------------------------------------------------------------------ */

static void put_own(ca_keyed_packer *packer, const ca_keyed_stage *stage)
{
    for (unsigned s = 0; s < packer->span_count; s++) {
        span *of = &packer->spans[s];
        for (uint32_t i = of->from; i < of->end; i++, of->at += sizeof *stage->hash) {
            memcpy(of->at, &stage->hash[packer->order[i]], sizeof *stage->hash);
        }
        for (uint32_t i = of->from; i < of->end; i++, of->at += sizeof(ca_digest)) {
            memcpy(of->at, &stage->batch->digest[packer->order[i]], sizeof(ca_digest));
        }
    }
    for (unsigned number = 0; number < CA_KEYED_OWN_USES; number++) {
        put_numbers(packer, stage->batch->origin, own_shapes[number], &packer->block.own[number]);
    }
}

static void put_column(const ca_keyed *keyed, ca_keyed_packer *packer, const ca_batch *batch, unsigned number)
{
    const ca_keyed_column *column = &keyed->columns[number];
    const ca_column *from = &batch->columns[column->column];
    const ca_keyed_coding *coding = &packer->codings[number];
    if (coding->presence == CA_PART_SOME) {
        put_bits(packer, from->present);
    }
    if (coding->presence == CA_PART_NONE) {
        return;
    }
    if (number < keyed->fixed) {
        put_numbers(packer, from->as.any, shape_of(column->type), coding);
        return;
    }
    for (unsigned s = 0; s < packer->span_count; s++) {
        put_span(packer, &packer->spans[s], batch, column, coding);
    }
}

/* In the sequence in which they are read: what decides the order first. */
static void put_all(const ca_keyed *keyed, ca_keyed_packer *packer, const ca_keyed_stage *stage)
{
    const unsigned *sequence = keyed->sequence;
    put_own(packer, stage);
    for (unsigned i = 0; i < keyed->deciding; i++) {
        put_column(keyed, packer, stage->batch, sequence[i]);
    }
    put_numbers(packer, stage->uses, CA_KEYED_WIDE, &packer->block.own[CA_KEYED_OWN_USES]);
    if (packer->block.live == CA_PART_SOME) {
        put_bits(packer, stage->batch->live);
    }
    for (unsigned i = keyed->deciding; i < keyed->count; i++) {
        put_column(keyed, packer, stage->batch, sequence[i]);
    }
}

/* What was written to the scratch, side by side; the pieces tell where. */
static void take_bytes(const ca_keyed *keyed, const ca_keyed_packer *packer, ca_keyed_block *block)
{
    uint32_t at = 0;
    memset(block->pieces, 0, keyed->plan.manifest.buckets * sizeof *block->pieces);
    for (unsigned s = 0; s < packer->span_count; s++) {
        const span *of = &packer->spans[s];
        size_t wide = (size_t)(of->wide_at - of->wide_start);
        size_t bytes = (size_t)(of->at - of->start);
        block->pieces[of->bucket] = (ca_keyed_piece){
            .rows = of->end - of->from, .at = at, .wide = (uint32_t)wide, .contents = (uint32_t)of->contents};
        memcpy(block->bytes + at, of->wide_start, wide);
        memcpy(block->bytes + at + wide, of->start, bytes);
        at += (uint32_t)round_up(wide + bytes);
    }
}

static size_t pieces_size(const ca_keyed *keyed)
{
    return round_up(keyed->plan.manifest.buckets * sizeof(ca_keyed_piece));
}

/* Its lists and bytes lie behind it. */
ca_keyed_block *ca_keyed_take_block(const ca_keyed *keyed, const ca_keyed_packer *packer, void *memory)
{
    ca_keyed_block *block = memory;
    *block = packer->block;
    block->next = NULL;
    block->codings = (ca_keyed_coding *)(block + 1);
    block->pieces = (ca_keyed_piece *)(void *)(block->codings + keyed->count);
    block->bytes = (uint8_t *)block->pieces + pieces_size(keyed);
    memcpy(block->codings, packer->codings, keyed->count * sizeof *packer->codings);
    take_bytes(keyed, packer, block);
    return block;
}

int ca_keyed_pack(const ca_keyed *keyed, ca_keyed_packer *packer, const ca_keyed_stage *stage, size_t *ret_size)
{
    assert(stage->batch->rows > 0 && stage->batch->rows <= stage->cap);
    if (make_room(keyed, packer, stage->cap)) {
        return CA_NOMEM;
    }
    order_rows(keyed, packer, stage);
    choose_all(keyed, packer, stage);
    if (make_scratch(keyed, packer)) {
        return CA_NOMEM;
    }
    put_all(keyed, packer, stage);
    *ret_size = sizeof(ca_keyed_block) + keyed->count * sizeof *packer->codings + pieces_size(keyed);
    for (unsigned s = 0; s < packer->span_count; s++) {
        const span *of = &packer->spans[s];
        *ret_size += round_up((size_t)(of->wide_at - of->wide_start) + (size_t)(of->at - of->start));
    }
    return 0;
}
