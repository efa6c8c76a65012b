/* From the rows of a bucket in blocks to rows of a batch: a column at a time, piece by piece. */
#include <limits.h>
#include <string.h>

#include "base/alloc.h"
#include "store/keyed_inside.h"
#include "store/part_inside.h"

typedef struct ca_keyed_open_piece {
    const ca_keyed_block *block;
    const uint8_t *at, *wide; /* what is read next */
    uint32_t from, rows;      /* of the rows being read */
} piece;

#define LIVE UINT_MAX /* in place of the number of a column */

void ca_keyed_pieces_done(ca_keyed_pieces *pieces)
{
    ca_free(pieces->pieces);
    ca_free(pieces->bits);
    *pieces = (ca_keyed_pieces){0};
}

int ca_keyed_open_piece(ca_keyed_pieces *pieces, const ca_keyed_block *block, uint32_t bucket)
{
    piece *grown = ca_grown_array(pieces->pieces, pieces->count, &pieces->cap, sizeof *grown);
    if (!grown) {
        return CA_NOMEM;
    }
    const ca_keyed_piece *of = &block->pieces[bucket];
    pieces->pieces = grown;
    const uint8_t *wide = block->bytes + of->at;
    grown[pieces->count++] = (piece){block, wide + of->wide, wide, pieces->rows, of->rows};
    pieces->rows += of->rows;
    return 0;
}

/* --- Which rows have a value ---------------------------------------------------------------- */

/* Of a piece in which some rows have a value, or all where others lack it: rows side by side. */
static void get_bits(piece *of, uint8_t presence, uint64_t *bits, unsigned base)
{
    unsigned row = base + of->from;
    if (presence == CA_PART_ALL) {
        ca_keyed_set_range(bits, row, row + of->rows);
        return;
    }
    for (uint32_t i = 0; i < of->rows; i += 8, row += 8) {
        uint64_t byte = *of->at++;
        bits[row / 64] |= byte << row % 64;
        if (row % 64 > 56 && byte >> (64 - row % 64)) {
            bits[row / 64 + 1] |= byte >> (64 - row % 64);
        }
    }
}

/* Bits for rows side by side, until they are put in order. */
static uint64_t *clear_bits(ca_keyed_pieces *now)
{
    size_t words = now->rows / 64 + 2;
    if (words > now->bits_cap) {
        ca_free(now->bits);
        now->bits_cap = 0;
        now->bits = ca_realloc_array(NULL, words, sizeof *now->bits);
        if (!now->bits) {
            return NULL;
        }
        now->bits_cap = words;
    }
    return memset(now->bits, 0, words * sizeof *now->bits);
}

/* From side by side to where the rows go. */
static void order_bits(const ca_keyed_pieces *now, const uint64_t *from, uint64_t *to)
{
    for (unsigned i = 0; i < now->rows; i += 64) {
        unsigned count = now->rows - i < 64 ? now->rows - i : 64;
        uint64_t word = 0;
        for (unsigned j = 0; j < count; j++) {
            word |= (uint64_t)ca_bit(from, now->order[i + j]) << j;
        }
        to[i / 64] = word;
    }
}

static uint8_t presence_in(const piece *of, unsigned number)
{
    return number == LIVE ? of->block->live : of->block->codings[number].presence;
}

/* Whether all pieces agree: then rows need not be looked at. */
static uint8_t common_presence(const ca_keyed_pieces *now, unsigned number)
{
    uint8_t first = presence_in(&now->pieces[0], number);
    for (size_t i = 1; i < now->count; i++) {
        if (presence_in(&now->pieces[i], number) != first) {
            return CA_PART_SOME;
        }
    }
    return first;
}

/* --- Numbers -------------------------------------------------------------------------------- */

/* Where the rows of a piece go: *ret_place, or side by side from the returned one on. */
static unsigned first_row(const ca_keyed_pieces *now, const piece *of, const uint32_t **ret_place)
{
    *ret_place = now->place ? now->place + of->from : NULL;
    return now->batch->rows + (now->place ? 0 : of->from);
}

static void get_values(const ca_keyed_pieces *now, piece *of, const ca_keyed_coding *coding, ca_type type, void *values)
{
    const uint32_t *place;
    unsigned row = first_row(now, of, &place);
    size_t size = ca_part_value_size(type);
    ca_keyed_shape shape = size == sizeof(int64_t)    ? CA_KEYED_WIDE
                         : size == sizeof(uint32_t) ? CA_KEYED_UNSIGNED
                                                    : CA_KEYED_BYTE;
    of->at = ca_keyed_widen(of->at, of->rows, coding, shape, place, (uint8_t *)values + row * size);
}

/* --- Texts and lists ------------------------------------------------------------------------ */

/* Where contents begin in their pool. */
static size_t pool_used(const ca_batch *batch, ca_type type)
{
    return type == CA_TYPE_CODES       ? batch->list_count
           : type == CA_TYPE_INTERVALS ? batch->interval_count
                                       : batch->byte_count;
}

static int add_contents(ca_batch *batch, ca_type type, const uint8_t *from, size_t count)
{
    ca_slice all;
    if (type == CA_TYPE_CODES) {
        return ca_batch_add_codes(batch, (const uint32_t *)(const void *)from, count, &all);
    }
    if (type == CA_TYPE_INTERVALS) {
        return ca_batch_add_intervals(batch, (const ca_interval *)(const void *)from, count, &all);
    }
    return ca_batch_add_bytes(batch, (ca_text){(const char *)from, count}, &all);
}

/* Without branches: which rows repeat cannot be foreseen. */
static size_t get_short(const uint8_t *lengths, uint32_t rows, size_t base, const uint32_t *place, ca_slice *to)
{
    uint32_t next = (uint32_t)base;
    uint32_t from = 0;
    uint32_t len = 0;
    for (uint32_t i = 0; i < rows; i++) {
        uint32_t length = lengths[i];
        bool same = length == CA_KEYED_LEN_SAME;
        from = same ? from : next;
        len = same ? len : length;
        next += same ? 0 : length;
        ca_slice *slice = &to[place ? place[i] : i];
        slice->from = from;
        slice->len = len;
    }
    return next - base;
}

/* Lengths that lie before their own contents stay in the pool with these. */
static size_t get_long(const uint8_t *lengths, uint32_t rows, size_t base, const uint32_t *place, ca_slice *to,
                       const uint8_t *from, size_t element)
{
    size_t escape = element < sizeof to->len ? sizeof to->len / element : 1;
    size_t used = 0;
    ca_slice last = {0};
    for (uint32_t i = 0; i < rows; i++) {
        if (lengths[i] != CA_KEYED_LEN_SAME) {
            uint32_t len = lengths[i];
            if (len == CA_KEYED_LEN_LONG) {
                memcpy(&len, from + used * element, sizeof len);
                used += escape;
            }
            last = (ca_slice){(uint32_t)(base + used), len};
            used += len;
        }
        to[place ? place[i] : i] = last;
    }
    return used;
}

static int get_lists(const ca_keyed_pieces *now, piece *of, const ca_keyed_coding *coding,
                     const ca_keyed_column *column, ca_slice *slices)
{
    const uint32_t *place;
    ca_slice *to = slices + first_row(now, of, &place);
    const uint8_t *lengths = of->at;
    of->at += of->rows;
    const uint8_t **from = column->element > 1 ? &of->wide : &of->at;
    size_t base = pool_used(now->batch, column->type);
    size_t used = coding->width ? get_long(lengths, of->rows, base, place, to, *from, column->element)
                                : get_short(lengths, of->rows, base, place, to);
    int rc = used ? add_contents(now->batch, column->type, *from, used) : 0;
    *from += used * column->element;
    return rc;
}

/* Sets the bits of a column, or of what counts, and returns what all pieces have in common. */
static int get_presence(ca_keyed_pieces *now, unsigned number, uint64_t *bits, uint8_t *ret_common)
{
    unsigned base = now->batch->rows;
    uint8_t common = common_presence(now, number);
    *ret_common = common;
    if (common == CA_PART_ALL) {
        ca_keyed_set_range(bits, base, base + now->rows);
    }
    if (common != CA_PART_SOME) {
        return 0;
    }
    uint64_t *to = bits;
    if (now->order && !(to = clear_bits(now))) {
        return CA_NOMEM;
    }
    for (size_t i = 0; i < now->count; i++) {
        uint8_t presence = presence_in(&now->pieces[i], number);
        if (presence != CA_PART_NONE) {
            get_bits(&now->pieces[i], presence, to, now->order ? 0 : base);
        }
    }
    if (now->order) {
        order_bits(now, to, bits);
    }
    return 0;
}

static int get_column(ca_keyed_pieces *now, unsigned number)
{
    const ca_keyed_column *of = &now->keyed->columns[number];
    const ca_column *column = &now->batch->columns[of->column];
    uint8_t common;
    if (get_presence(now, number, column->present, &common)) {
        return CA_NOMEM;
    }
    for (size_t i = 0; common != CA_PART_NONE && i < now->count; i++) {
        piece *from = &now->pieces[i];
        const ca_keyed_coding *coding = &from->block->codings[number];
        if (coding->presence == CA_PART_NONE) {
            continue;
        }
        if (number < now->keyed->fixed) {
            get_values(now, from, coding, of->type, column->as.any);
        } else if (get_lists(now, from, coding, of, column->as.slice)) {
            return CA_NOMEM;
        }
    }
    return 0;
}

/* --- All of it ------------------------------------------------------------------------------ */

static void get_origins(const ca_keyed_pieces *now, piece *of)
{
    static const ca_keyed_shape shapes[CA_KEYED_OWN_USES] = {
        [CA_KEYED_OWN_FILE] = CA_KEYED_FILES,
        [CA_KEYED_OWN_LENGTH] = CA_KEYED_LENGTHS,
        [CA_KEYED_OWN_ROW] = CA_KEYED_ROWS,
        [CA_KEYED_OWN_OFFSET] = CA_KEYED_OFFSETS,
    };
    ca_origin *origin = now->batch->origin + now->batch->rows + of->from;
    for (unsigned number = 0; number < CA_KEYED_OWN_USES; number++) {
        of->at = ca_keyed_widen(of->at, of->rows, &of->block->own[number], shapes[number], NULL, origin);
    }
}

int ca_keyed_unpack_deciding(ca_keyed_pieces *now)
{
    unsigned row = now->batch->rows;
    now->place = now->order = NULL;
    for (size_t i = 0; i < now->count; i++) {
        piece *of = &now->pieces[i];
        memcpy(now->hash + row, of->at, of->rows * sizeof *now->hash);
        of->at += of->rows * sizeof *now->hash;
        memcpy(now->batch->digest + row, of->at, of->rows * sizeof(ca_digest));
        of->at += of->rows * sizeof(ca_digest);
        get_origins(now, of);
        row += of->rows;
    }
    int rc = 0;
    for (unsigned i = 0; rc == 0 && i < now->keyed->deciding; i++) {
        rc = get_column(now, now->keyed->sequence[i]);
    }
    return rc;
}

int ca_keyed_unpack_rest(ca_keyed_pieces *now)
{
    uint8_t common;
    for (size_t i = 0; i < now->count; i++) {
        piece *of = &now->pieces[i];
        get_values(now, of, &of->block->own[CA_KEYED_OWN_USES], CA_TYPE_INT, now->uses);
    }
    int rc = get_presence(now, LIVE, now->batch->live, &common);
    for (unsigned i = now->keyed->deciding; rc == 0 && i < now->keyed->count; i++) {
        rc = get_column(now, now->keyed->sequence[i]);
    }
    return rc;
}

int ca_keyed_unpack(ca_keyed_pieces *now, const ca_keyed_block *block, uint32_t bucket)
{
    unsigned before = now->batch->rows;
    now->count = 0;
    now->rows = 0;
    int rc = ca_keyed_open_piece(now, block, bucket);
    rc = rc ? rc : ca_keyed_unpack_deciding(now);
    rc = rc ? rc : ca_keyed_unpack_rest(now);
    now->batch->rows += now->rows;
    if (rc) {
        ca_batch_cut(now->batch, before);
    }
    return rc;
}

uint64_t ca_keyed_hash_of(const ca_keyed_block *block, uint32_t bucket, uint32_t row)
{
    const ca_keyed_piece *of = &block->pieces[bucket];
    uint64_t hash;
    memcpy(&hash, block->bytes + of->at + of->wide + row * sizeof hash, sizeof hash);
    return hash;
}
