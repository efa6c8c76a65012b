/* From rows of a batch to a block: what is staged in memory. Rows lie there by bucket, columns side by side within
 * one, numbers as small differences, a text that repeats once. */
#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "store/keyed_inside.h"
#include "store/part_inside.h"

typedef ca_keyed_span span;

void ca_keyed_packer_done(ca_keyed_packer *packer)
{
    ca_free(packer->order);
    ca_free(packer->numbers);
    ca_free(packer->ends);
    ca_free(packer->spans);
    ca_free(packer->scratch);
    ca_free(packer->codings);
    *packer = (ca_keyed_packer){0};
}

static int make_room(const ca_keyed *keyed, ca_keyed_packer *packer)
{
    uint32_t buckets = keyed->plan.manifest.buckets;
    if (packer->order) {
        return 0;
    }
    packer->order = ca_realloc_array(NULL, CA_KEYED_BLOCK_ROWS, sizeof *packer->order);
    packer->numbers = ca_realloc_array(NULL, CA_KEYED_BLOCK_ROWS, sizeof *packer->numbers);
    packer->ends = ca_realloc_array(NULL, buckets, sizeof *packer->ends);
    uint32_t spans = buckets < CA_KEYED_BLOCK_ROWS ? buckets : CA_KEYED_BLOCK_ROWS;
    packer->spans = ca_realloc_array(NULL, spans, sizeof *packer->spans);
    packer->codings = ca_realloc_array(NULL, keyed->count, sizeof *packer->codings);
    if (packer->order && packer->numbers && packer->ends && packer->spans && packer->codings) {
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
        packer->ends[ca_keyed_bucket_of(keyed, in->hash[in->rows[i]])]++;
    }
    packer->span_count = 0;
    for (uint32_t i = 0; i < buckets; i++) {
        uint32_t count = packer->ends[i];
        packer->ends[i] = from;
        if (count) {
            packer->spans[packer->span_count++] = (span){.bucket = i, .from = from, .end = from + count};
        }
        from += count;
    }
    for (unsigned i = 0; i < in->count; i++) {
        packer->order[packer->ends[ca_keyed_bucket_of(keyed, in->hash[in->rows[i]])]++] = in->rows[i];
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

static size_t measure(const ca_keyed_packer *packer, const span *of, const ca_keyed_rows_in *in,
                      const ca_keyed_column *column)
{
    const uint64_t *present = in->batch->columns[column->column].present;
    const ca_slice *slices = slices_of(in, column);
    size_t bytes = 0;
    for (uint32_t i = of->from; i < of->end; i++) {
        uint32_t row = packer->order[i];
        if (ca_bit(present, row)) {
            uint32_t len = slices[row].len;
            bytes += (size_t)len * column->element + escape_bytes(len, column->element);
        }
    }
    return bytes;
}

/* Gives each bucket room in the scratch for the most that its rows can take; its `start` and `wide_start` are offsets
 * until then. */
static int make_scratch(const ca_keyed *keyed, ca_keyed_packer *packer, const ca_keyed_rows_in *in)
{
    size_t total = 0;
    for (unsigned s = 0; s < packer->span_count; s++) {
        span *of = &packer->spans[s];
        size_t narrow = (of->end - of->from) * keyed->packed_row;
        size_t wide = 0;
        for (unsigned i = keyed->fixed; i < keyed->count; i++) {
            const ca_keyed_column *column = &keyed->columns[i];
            if (in->batch->columns[column->column].present) {
                *(is_wide(column) ? &wide : &narrow) += measure(packer, of, in, column);
            }
        }
        of->contents = (uint32_t)(narrow - (of->end - of->from) * keyed->packed_row + wide);
        of->room = (narrow + 7) / 8 * 8;
        of->wide_room = (wide + 7) / 8 * 8;
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

static uint8_t put_presence(ca_keyed_packer *packer, const ca_keyed_rows_in *in, const uint64_t *bits)
{
    uint8_t presence = ca_keyed_presence_of(bits, in);
    if (presence == CA_PART_SOME) {
        put_bits(packer, bits);
    }
    return presence;
}

/* --- Numbers -------------------------------------------------------------------------------- */

/* Writes packer->numbers, which are by place in the order. */
static void put_numbers(ca_keyed_packer *packer, unsigned count, ca_keyed_coding *coding)
{
    const int64_t *numbers = packer->numbers;
    ca_keyed_choose(numbers, count, coding);
    for (unsigned s = 0; s < packer->span_count; s++) {
        span *of = &packer->spans[s];
        of->at = ca_keyed_narrow(numbers + of->from, of->end - of->from, coding, of->at);
    }
}

static void gather_values(const ca_keyed_packer *packer, ca_type type, const void *values, unsigned count)
{
    const uint32_t *order = packer->order;
    int64_t *to = packer->numbers;
    const int64_t *wide = values;
    const ca_date *dates = values;
    const uint32_t *codes = values;
    const uint8_t *choices = values;
    if (ca_part_value_size(type) == sizeof *wide) {
        for (unsigned i = 0; i < count; i++) {
            to[i] = wide[order[i]];
        }
    } else if (type == CA_TYPE_DATE) {
        for (unsigned i = 0; i < count; i++) {
            to[i] = dates[order[i]];
        }
    } else if (type == CA_TYPE_CODE) {
        for (unsigned i = 0; i < count; i++) {
            to[i] = codes[order[i]];
        }
    } else {
        for (unsigned i = 0; i < count; i++) {
            to[i] = choices[order[i]];
        }
    }
}

static void gather_origins(const ca_keyed_packer *packer, const ca_keyed_rows_in *in, unsigned number)
{
    const uint32_t *order = packer->order;
    const ca_origin *origin = in->batch->origin;
    int64_t *to = packer->numbers;
    for (unsigned i = 0; i < in->count; i++) {
        const ca_origin *of = &origin[order[i]];
        to[i] = number == CA_KEYED_OWN_FILE     ? of->file
                : number == CA_KEYED_OWN_LENGTH ? of->length
                : number == CA_KEYED_OWN_ROW    ? (int64_t)of->row
                                                : (int64_t)of->offset;
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

static void put_own(ca_keyed_packer *packer, const ca_keyed_rows_in *in, ca_keyed_coding *codings)
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
        gather_origins(packer, in, number);
        put_numbers(packer, in->count, &codings[number]);
    }
}

static void put_uses(ca_keyed_packer *packer, const ca_keyed_rows_in *in, ca_keyed_coding *coding)
{
    for (unsigned i = 0; i < in->count; i++) {
        packer->numbers[i] = in->uses ? (int64_t)in->uses[packer->order[i]] : -1;
    }
    put_numbers(packer, in->count, coding);
}

static void put_column(const ca_keyed *keyed, ca_keyed_packer *packer, const ca_keyed_rows_in *in, unsigned number,
                       ca_keyed_coding *coding)
{
    const ca_keyed_column *column = &keyed->columns[number];
    const ca_column *from = &in->batch->columns[column->column];
    *coding = (ca_keyed_coding){.presence = put_presence(packer, in, from->present)};
    if (coding->presence == CA_PART_NONE) {
        return;
    }
    if (number < keyed->fixed) {
        gather_values(packer, column->type, from->as.any, in->count);
        put_numbers(packer, in->count, coding);
        return;
    }
    for (unsigned s = 0; s < packer->span_count; s++) {
        put_span(packer, &packer->spans[s], in, column, coding);
    }
}

/* In the sequence in which they are read: what decides the order first. */
static void put_all(const ca_keyed *keyed, ca_keyed_packer *packer, const ca_keyed_rows_in *in,
                    ca_keyed_coding *codings)
{
    const unsigned *sequence = keyed->sequence;
    put_own(packer, in, packer->block.own);
    for (unsigned i = 0; i < keyed->deciding; i++) {
        put_column(keyed, packer, in, sequence[i], &codings[sequence[i]]);
    }
    put_uses(packer, in, &packer->block.own[CA_KEYED_OWN_USES]);
    packer->block.live = put_presence(packer, in, in->batch->live);
    for (unsigned i = keyed->deciding; i < keyed->count; i++) {
        put_column(keyed, packer, in, sequence[i], &codings[sequence[i]]);
    }
}

static size_t round_up(size_t bytes)
{
    return (bytes + 7) / 8 * 8;
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
    if (make_room(keyed, packer)) {
        return CA_NOMEM;
    }
    order_rows(keyed, packer, in);
    if (make_scratch(keyed, packer, in)) {
        return CA_NOMEM;
    }
    put_all(keyed, packer, in, packer->codings);
    *ret_size = sizeof(ca_keyed_block) + keyed->count * sizeof *packer->codings + pieces_size(keyed);
    for (unsigned s = 0; s < packer->span_count; s++) {
        const span *of = &packer->spans[s];
        *ret_size += round_up((size_t)(of->wide_at - of->wide_start) + (size_t)(of->at - of->start));
    }
    return 0;
}
