/* One column of a section to bytes: which rows have a value, then those values. Texts and lists that
 * repeat are written once. */
#include "store/part_inside.h"

#include <string.h>

#include "base/alloc.h"

#define TRIED 64 /* contents that are looked up in any case */

void ca_part_encoder_done(ca_part_encoder *encoder)
{
    ca_part_codes_done(&encoder->codes);
    ca_buf_done(&encoder->plain);
    ca_free(encoder->numbers);
    ca_free(encoder->indices);
    ca_free(encoder->distinct);
    ca_free(encoder->slots);
}

static unsigned ones(uint64_t word)
{
    return (unsigned)__builtin_popcountll(word);
}

static bool has(const uint64_t *present, unsigned row)
{
    return !present || ca_bit(present, row);
}

/* Writes the presence of the rows and returns how many have a value. */
static unsigned put_presence(ca_buf *to, const uint64_t *present, unsigned rows)
{
    unsigned count = present ? 0 : rows;
    uint64_t last = rows % 64 ? (UINT64_C(1) << rows % 64) - 1 : UINT64_MAX;
    unsigned words = (rows + 63) / 64;
    for (unsigned i = 0; present && i < words; i++) {
        count += ones(i + 1 < words ? present[i] : present[i] & last);
    }
    int mode = count == rows ? CA_PART_ALL : count == 0 ? CA_PART_NONE : CA_PART_SOME;
    ca_buf_add_char(to, (char)mode);
    for (unsigned i = 0; mode == CA_PART_SOME && i < words; i++) {
        uint8_t word[8];
        ca_put64(word, i + 1 < words ? present[i] : present[i] & last);
        ca_buf_add(to, word, i + 1 < words ? 8 : (rows - i * 64 + 7) / 8);
    }
    return count;
}

/* --- Values of a fixed size ----------------------------------------------------------------- */

/* The values of the rows that have one, as numbers; `to` has room for one more than there are. */
static size_t gather(ca_type type, unsigned rows, const ca_part_values *values, const uint64_t *present, int64_t *to)
{
    size_t count = 0;
    if (ca_type_size(type) == sizeof(int64_t)) {
        const int64_t *from = values->values;
        for (unsigned row = 0; row < rows; row++) {
            to[count] = from[row];
            count += has(present, row);
        }
    } else if (type == CA_TYPE_DATE) {
        const ca_date *from = values->values;
        for (unsigned row = 0; row < rows; row++) {
            to[count] = from[row];
            count += has(present, row);
        }
    } else if (type == CA_TYPE_CODE) {
        const uint32_t *from = values->values;
        for (unsigned row = 0; row < rows; row++) {
            to[count] = from[row];
            count += has(present, row);
        }
    } else {
        const uint8_t *from = values->values;
        for (unsigned row = 0; row < rows; row++) {
            to[count] = from[row];
            count += has(present, row);
        }
    }
    return count;
}

static int to_own_codes(ca_part_codes *codes, int64_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int rc = ca_part_own_code(codes, (uint32_t)numbers[i], &numbers[i]);
        if (rc) {
            return rc;
        }
    }
    return 0;
}

static int put_values(ca_part_encoder *encoder, ca_type type, unsigned rows, unsigned present,
                      const ca_part_values *values)
{
    if (!ca_part_room(&encoder->numbers, &encoder->number_cap, rows + 1)) {
        return CA_NOMEM;
    }
    bool wide = ca_type_size(type) == sizeof(int64_t);
    if (wide && present == rows) {
        ca_part_put_numbers(&encoder->plain, values->values, rows);
        return 0;
    }
    size_t count = gather(type, rows, values, present == rows ? NULL : values->present, encoder->numbers);
    int rc = type == CA_TYPE_CODE ? to_own_codes(&encoder->codes, encoder->numbers, count) : 0;
    if (rc == 0) {
        ca_part_put_numbers(&encoder->plain, encoder->numbers, count);
    }
    return rc;
}

/* --- Texts and lists ------------------------------------------------------------------------ */

/* An empty table for `count` values, and room to list them. */
static int clear_distinct(ca_part_encoder *encoder, size_t count)
{
    size_t slot_count = 64;
    while (slot_count < 2 * count) {
        slot_count *= 2;
    }
    if (slot_count > encoder->slot_count) {
        ca_free(encoder->slots);
        ca_free(encoder->distinct);
        encoder->slot_count = 0;
        encoder->slots = ca_alloc(slot_count * sizeof *encoder->slots);
        encoder->distinct = ca_alloc(slot_count * sizeof *encoder->distinct);
        if (!encoder->slots || !encoder->distinct) {
            return CA_NOMEM;
        }
        encoder->slot_count = slot_count;
    }
    memset(encoder->slots, 0, encoder->slot_count * sizeof *encoder->slots);
    encoder->distinct_count = 0;
    return ca_part_room(&encoder->indices, &encoder->index_cap, count) ? 0 : CA_NOMEM;
}

static bool same(const uint8_t *pool, ca_slice a, ca_slice b, size_t element)
{
    return a.len == b.len &&
           memcmp(pool + a.from * element, pool + b.from * element, a.len * element) == 0;
}

/* The number of this content among the distinct ones. */
static uint32_t number_distinct(ca_part_encoder *encoder, const uint8_t *pool, ca_slice slice,
                                size_t element)
{
    uint64_t hash = ca_hash64(pool + slice.from * element, slice.len * element);
    size_t mask = encoder->slot_count - 1;
    size_t slot = hash & mask;
    while (encoder->slots[slot]) {
        uint32_t number = encoder->slots[slot] - 1;
        if (same(pool, encoder->distinct[number], slice, element)) {
            return number;
        }
        slot = (slot + 1) & mask;
    }
    encoder->distinct[encoder->distinct_count++] = slice;
    encoder->slots[slot] = (uint32_t)encoder->distinct_count;
    return (uint32_t)encoder->distinct_count - 1;
}

/* A content of its own, whether or not there is one like it. */
static uint32_t add_distinct(ca_part_encoder *encoder, ca_slice slice)
{
    encoder->distinct[encoder->distinct_count++] = slice;
    return (uint32_t)encoder->distinct_count - 1;
}

/* Numbers the contents of all rows. Neighbours are often equal; the others are looked up for as long as that finds
 * enough to be worth its time. */
static void index_contents(ca_part_encoder *encoder, unsigned rows, const ca_part_values *values,
                           const uint8_t *pool, size_t element)
{
    const ca_slice *slices = values->values;
    size_t count = 0;
    size_t changes = 0;
    ca_slice last = {0};
    for (unsigned row = 0; row < rows; row++) {
        if (!has(values->present, row)) {
            continue;
        }
        ca_slice slice = slices[row];
        if (count > 0 && ((slice.from == last.from && slice.len == last.len) || same(pool, last, slice, element))) {
            encoder->indices[count] = encoder->indices[count - 1];
        } else {
            changes++;
            bool worth = encoder->distinct_count < changes / 2 + TRIED;
            encoder->indices[count] =
                worth ? number_distinct(encoder, pool, slice, element) : add_distinct(encoder, slice);
        }
        last = slice;
        count++;
    }
}

static int put_codes(ca_part_encoder *encoder, const uint32_t *pool, size_t total)
{
    size_t count = 0;
    if (!ca_part_room(&encoder->numbers, &encoder->number_cap, total)) {
        return CA_NOMEM;
    }
    for (size_t i = 0; i < encoder->distinct_count; i++) {
        ca_slice slice = encoder->distinct[i];
        for (uint32_t j = 0; j < slice.len; j++) {
            encoder->numbers[count++] = pool[slice.from + j];
        }
    }
    int rc = to_own_codes(&encoder->codes, encoder->numbers, total);
    if (rc == 0) {
        ca_part_put_numbers(&encoder->plain, encoder->numbers, total);
    }
    return rc;
}

/* All first days, then all last days. */
static int put_intervals(ca_part_encoder *encoder, const ca_interval *pool, size_t total)
{
    if (!ca_part_room(&encoder->numbers, &encoder->number_cap, total)) {
        return CA_NOMEM;
    }
    for (int last = 0; last < 2; last++) {
        size_t count = 0;
        for (size_t i = 0; i < encoder->distinct_count; i++) {
            ca_slice slice = encoder->distinct[i];
            for (uint32_t j = 0; j < slice.len; j++) {
                const ca_interval *interval = &pool[slice.from + j];
                encoder->numbers[count++] = last ? interval->to : interval->from;
            }
        }
        ca_part_put_numbers(&encoder->plain, encoder->numbers, total);
    }
    return 0;
}

static int put_elements(ca_part_encoder *encoder, ca_type type, const void *pool, size_t total)
{
    if (type == CA_TYPE_CODES) {
        return put_codes(encoder, pool, total);
    }
    if (type == CA_TYPE_INTERVALS) {
        return put_intervals(encoder, pool, total);
    }
    if (ca_buf_reserve(&encoder->plain, total + CA_PART_SLACK)) {
        for (size_t i = 0; i < encoder->distinct_count; i++) {
            ca_slice slice = encoder->distinct[i];
            ca_buf_add(&encoder->plain, (const char *)pool + slice.from, slice.len);
        }
    }
    return 0;
}

/* How many distinct contents; which one each row has, unless all differ; their lengths; themselves. */
static int put_lists(ca_part_encoder *encoder, ca_type type, unsigned rows, unsigned count,
                     const ca_part_values *values, uint64_t *ret_contents)
{
    uint8_t distinct[4];
    uint64_t total = 0;
    const void *pool = values->pool ? values->pool : ""; /* lists that are all empty need none */
    int rc = clear_distinct(encoder, count);
    if (rc) {
        return rc;
    }
    index_contents(encoder, rows, values, pool, ca_type_element(type));
    if (!ca_part_room(&encoder->numbers, &encoder->number_cap, encoder->distinct_count)) {
        return CA_NOMEM;
    }
    for (size_t i = 0; i < encoder->distinct_count; i++) {
        encoder->numbers[i] = encoder->distinct[i].len;
        total += encoder->distinct[i].len;
    }
    if (total * ca_type_element(type) > CA_PART_BYTES_MAX) {
        return CA_LIMIT;
    }
    ca_put32(distinct, (uint32_t)encoder->distinct_count);
    ca_buf_add(&encoder->plain, distinct, sizeof distinct);
    if (encoder->distinct_count < count) {
        ca_part_put_numbers(&encoder->plain, encoder->indices, count);
    }
    ca_part_put_numbers(&encoder->plain, encoder->numbers, encoder->distinct_count);
    *ret_contents = total * ca_type_element(type);
    return put_elements(encoder, type, pool, (size_t)total);
}

int ca_part_encode(ca_part_encoder *encoder, ca_type type, unsigned rows,
                   const ca_part_values *values, uint64_t *ret_contents)
{
    int rc = 0;
    uint64_t contents = 0;
    ca_buf_clear(&encoder->plain);
    unsigned count = put_presence(&encoder->plain, values->present, rows);
    if (count > 0) {
        rc = ca_type_is_sliced(type) ? put_lists(encoder, type, rows, count, values, &contents)
                                   : put_values(encoder, type, rows, count, values);
    }
    if (rc == 0 && encoder->plain.failed) {
        rc = CA_NOMEM;
    }
    if (rc == 0 && encoder->plain.len > CA_PART_BYTES_MAX) {
        rc = CA_LIMIT;
    }
    if (rc == 0) {
        *ret_contents = contents;
    }
    return rc;
}
