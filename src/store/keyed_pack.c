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
    ca_free(packer->narrow);
    ca_free(packer->wide);
    ca_free(packer->bucket);
    packer->order = packer->narrow = packer->wide = NULL;
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

/* Lists by row: for as many rows as waited. */
static int make_lists(ca_keyed_packer *packer, size_t rows)
{
    if (rows <= packer->cap) {
        return 0;
    }
    free_lists(packer);
    packer->order = ca_realloc_array(NULL, rows, sizeof *packer->order);
    packer->narrow = ca_realloc_array(NULL, rows, sizeof *packer->narrow);
    packer->wide = ca_realloc_array(NULL, rows, sizeof *packer->wide);
    packer->bucket = ca_realloc_array(NULL, rows, sizeof *packer->bucket);
    if (!packer->order || !packer->narrow || !packer->wide || !packer->bucket) {
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

static void order_rows(const ca_keyed *keyed, ca_keyed_packer *packer, const ca_keyed_rows_in *in)
{
    uint32_t buckets = keyed->plan.manifest.buckets;
    uint32_t from = 0;
    memset(packer->ends, 0, buckets * sizeof *packer->ends);
    for (unsigned i = 0; i < in->count; i++) {
        unsigned bucket = ca_keyed_bucket_of(keyed, in->hash[in->rows[i]]);
        packer->bucket[i] = (uint16_t)bucket;
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
    for (unsigned i = 0; i < in->count; i++) {
        span *of = &packer->spans[packer->ends[packer->bucket[i]]];
        packer->order[of->end++] = in->rows[i];
        of->room += packer->narrow[i];
        of->wide_room += packer->wide[i];
    }
}

static bool is_wide(const ca_keyed_column *column)
{
    return column->element > 1;
}

static const ca_slice *slices_of(const ca_keyed_rows_in *in, const ca_keyed_column *column)
{
    return in->batch->columns[column->column].as.slice;
}

/* Bytes of a length that its own byte cannot tell: they go before the contents. */
static size_t escape_bytes(uint32_t len, size_t element)
{
    return len < CA_KEYED_LEN_LONG ? 0 : element < sizeof len ? sizeof len : element;
}

/* Adds to each row what its value takes if it does not repeat. */
static void measure(const ca_keyed_rows_in *in, const ca_keyed_column *column, uint32_t *bytes)
{
    const uint64_t *present = in->batch->columns[column->column].present;
    const ca_slice *slices = slices_of(in, column);
    uint8_t presence = ca_keyed_presence_of(present, in);
    for (unsigned i = 0; presence != CA_PART_NONE && i < in->count; i++) {
        uint32_t row = in->rows[i];
        uint32_t len = presence == CA_PART_ALL || ca_bit(present, row) ? slices[row].len : 0;
        bytes[i] += len * column->element + (uint32_t)escape_bytes(len, column->element);
    }
}

static void measure_all(const ca_keyed *keyed, ca_keyed_packer *packer, const ca_keyed_rows_in *in)
{
    memset(packer->narrow, 0, in->count * sizeof *packer->narrow);
    memset(packer->wide, 0, in->count * sizeof *packer->wide);
    for (unsigned i = keyed->fixed; i < keyed->count; i++) {
        measure(in, &keyed->columns[i], is_wide(&keyed->columns[i]) ? packer->wide : packer->narrow);
    }
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
static void choose_all(const ca_keyed *keyed, ca_keyed_packer *packer, const ca_keyed_rows_in *in)
{
    ca_keyed_coding *own = packer->block.own;
    for (unsigned number = 0; number < CA_KEYED_OWN_USES; number++) {
        ca_keyed_choose(in->batch->origin, own_shapes[number], in->rows, in->count, &own[number]);
    }
    own[CA_KEYED_OWN_USES] = (ca_keyed_coding){.least = -1};
    if (in->uses) {
        ca_keyed_choose(in->uses, CA_KEYED_WIDE, in->rows, in->count, &own[CA_KEYED_OWN_USES]);
    }
    packer->block.live = ca_keyed_presence_of(in->batch->live, in);
    for (unsigned i = 0; i < keyed->count; i++) {
        const ca_column *column = &in->batch->columns[keyed->columns[i].column];
        packer->codings[i] = (ca_keyed_coding){.presence = ca_keyed_presence_of(column->present, in)};
        if (i < keyed->fixed && packer->codings[i].presence != CA_PART_NONE) {
            ca_keyed_choose(column->as.any, shape_of(keyed->columns[i].type), in->rows, in->count, &packer->codings[i]);
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

/* Contents of one row, behind their length if that is long. */
static uint8_t *put_contents(uint8_t *to, const uint8_t *pool, ca_slice slice, size_t element)
{
    size_t escape = escape_bytes(slice.len, element);
    if (escape) {
        memcpy(to, &slice.len, sizeof slice.len);
        to += escape;
    }
    if (element == 1) {
        ca_copy_few((char *)to, (const char *)pool + slice.from, slice.len);
    } else {
        memcpy(to, pool + slice.from * element, slice.len * element);
    }
    return to + slice.len * element;
}

/* A byte for the length of each row of a bucket, then the contents: behind them, or where wide ones are. */
static void put_span(const ca_keyed_packer *packer, span *of, const ca_keyed_rows_in *in,
                     const ca_keyed_column *column, ca_keyed_coding *coding)
{
    const uint64_t *present = in->batch->columns[column->column].present;
    const ca_slice *slices = slices_of(in, column);
    const uint8_t *pool = pool_of(in->batch, column->type);
    uint8_t *lengths = of->at;
    uint8_t **to = is_wide(column) ? &of->wide_at : &of->at;
    ca_slice last = {0};
    of->at += of->end - of->from;
    for (uint32_t i = of->from; i < of->end; i++) {
        uint32_t row = packer->order[i];
        ca_slice slice = coding->presence == CA_PART_ALL || ca_bit(present, row) ? slices[row] : (ca_slice){0};
        if (slice.len == 0) {
            *lengths++ = 0;
        } else if (slice.from == last.from && slice.len == last.len) {
            *lengths++ = CA_KEYED_LEN_SAME;
        } else {
            *lengths++ = slice.len < CA_KEYED_LEN_LONG ? (uint8_t)slice.len : CA_KEYED_LEN_LONG;
            coding->width |= slice.len >= CA_KEYED_LEN_LONG;
            *to = put_contents(*to, pool, slice, column->element);
        }
        last = slice;
    }
}

/* --- The block ------------------------------------------------------------------------------ */

static void put_own(ca_keyed_packer *packer, const ca_keyed_rows_in *in)
{
    for (unsigned s = 0; s < packer->span_count; s++) {
        span *of = &packer->spans[s];
        for (uint32_t i = of->from; i < of->end; i++, of->at += sizeof *in->hash) {
            memcpy(of->at, &in->hash[packer->order[i]], sizeof *in->hash);
        }
        for (uint32_t i = of->from; i < of->end; i++, of->at += sizeof(ca_digest)) {
            memcpy(of->at, &in->batch->digest[packer->order[i]], sizeof(ca_digest));
        }
    }
    for (unsigned number = 0; number < CA_KEYED_OWN_USES; number++) {
        put_numbers(packer, in->batch->origin, own_shapes[number], &packer->block.own[number]);
    }
}

static void put_column(const ca_keyed *keyed, ca_keyed_packer *packer, const ca_keyed_rows_in *in, unsigned number)
{
    const ca_keyed_column *column = &keyed->columns[number];
    const ca_column *from = &in->batch->columns[column->column];
    ca_keyed_coding *coding = &packer->codings[number];
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
        put_span(packer, &packer->spans[s], in, column, coding);
    }
}

/* In the sequence in which they are read: what decides the order first. */
static void put_all(const ca_keyed *keyed, ca_keyed_packer *packer, const ca_keyed_rows_in *in)
{
    const unsigned *sequence = keyed->sequence;
    put_own(packer, in);
    for (unsigned i = 0; i < keyed->deciding; i++) {
        put_column(keyed, packer, in, sequence[i]);
    }
    put_numbers(packer, in->uses, CA_KEYED_WIDE, &packer->block.own[CA_KEYED_OWN_USES]);
    if (packer->block.live == CA_PART_SOME) {
        put_bits(packer, in->batch->live);
    }
    for (unsigned i = keyed->deciding; i < keyed->count; i++) {
        put_column(keyed, packer, in, sequence[i]);
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

int ca_keyed_pack(const ca_keyed *keyed, ca_keyed_packer *packer, const ca_keyed_rows_in *in, size_t *ret_size)
{
    assert(in->count > 0 && in->count <= CA_KEYED_BLOCK_ROWS);
    if (make_room(keyed, packer, in->count)) {
        return CA_NOMEM;
    }
    measure_all(keyed, packer, in);
    order_rows(keyed, packer, in);
    choose_all(keyed, packer, in);
    if (make_scratch(keyed, packer)) {
        return CA_NOMEM;
    }
    put_all(keyed, packer, in);
    *ret_size = sizeof(ca_keyed_block) + keyed->count * sizeof *packer->codings + pieces_size(keyed);
    for (unsigned s = 0; s < packer->span_count; s++) {
        const span *of = &packer->spans[s];
        *ret_size += round_up((size_t)(of->wide_at - of->wide_start) + (size_t)(of->at - of->start));
    }
    return 0;
}
