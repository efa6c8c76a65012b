/* Lines as records in memory: what is staged before it is written, or read again without having been
 * on disk. */
#include <assert.h>
#include <string.h>

#include "store/keyed_inside.h"
#include "store/part_inside.h"

size_t ca_keyed_presence(const ca_keyed *keyed)
{
    return (keyed->count / 64 + 1) * sizeof(uint64_t); /* one bit more: the line counts */
}

/* Words of presence bits of any schema. */
#define PRESENCE_WORDS ((CA_COLUMN_SITE + CA_SITE_COLUMNS_MAX) / 64 + 1)

static const void *pool_of(const ca_batch *batch, ca_type type)
{
    return type == CA_TYPE_CODES       ? (const void *)batch->list_codes
           : type == CA_TYPE_INTERVALS ? (const void *)batch->intervals
                                       : batch->bytes;
}

void ca_keyed_sources(const ca_keyed *keyed, const ca_batch *batch, ca_keyed_source *ret_sources)
{
    for (unsigned i = 0; i < keyed->count; i++) {
        const ca_column *column = &batch->columns[keyed->columns[i].column];
        ret_sources[i] = (ca_keyed_source){column->present, column->as.any,
                                           pool_of(batch, keyed->columns[i].type)};
    }
}

static inline bool has(const ca_keyed_source *source, unsigned row)
{
    return source->present && ca_bit(source->present, row);
}

static inline ca_slice slice_of(const ca_keyed_source *source, unsigned row)
{
    ca_slice slice;
    memcpy(&slice, source->values + (size_t)row * sizeof slice, sizeof slice);
    return slice;
}

size_t ca_keyed_measure(const ca_keyed *keyed, const ca_keyed_source *sources, unsigned row,
                        size_t *ret_contents)
{
    size_t contents = 0;
    for (unsigned i = keyed->fixed; i < keyed->count; i++) {
        if (has(&sources[i], row)) {
            contents += (size_t)slice_of(&sources[i], row).len * keyed->columns[i].element;
        }
    }
    *ret_contents = contents;
    return keyed->record_bytes + contents;
}

static void write_frame(uint8_t *to, size_t size, uint8_t kind)
{
    uint32_t size32 = (uint32_t)size;
    memcpy(to, &size32, sizeof size32);
    to[4] = kind;
}

/* Of a value of a fixed size: sizes known to the compiler take no call. */
static inline void copy_value(void *to, const void *from, size_t size)
{
    switch (size) {
    case sizeof(int64_t):
        memcpy(to, from, sizeof(int64_t));
        break;
    case sizeof(uint32_t):
        memcpy(to, from, sizeof(uint32_t));
        break;
    default:
        memcpy(to, from, 1);
        break;
    }
}

void ca_keyed_write_line(const ca_keyed *keyed, const ca_keyed_source *sources,
                         const ca_batch *batch, unsigned row, uint64_t hash, uint64_t uses,
                         size_t size, uint8_t *to)
{
    write_frame(to, size, 0);
    /* Piece by piece: to put a head together first would stall the loads that copy it. */
    uint8_t *head = to + CA_KEYED_FRAME;
    memcpy(head + offsetof(ca_keyed_head, hash), &hash, sizeof hash);
    memcpy(head + offsetof(ca_keyed_head, uses), &uses, sizeof uses);
    memcpy(head + offsetof(ca_keyed_head, digest), &batch->digest[row], sizeof *batch->digest);
    memcpy(head + offsetof(ca_keyed_head, origin), &batch->origin[row], sizeof *batch->origin);
    uint64_t bits[PRESENCE_WORDS] = {0};
    bits[keyed->count / 64] = (uint64_t)ca_bit(batch->live, row) << keyed->count % 64;
    uint8_t *presence = head + sizeof(ca_keyed_head);
    uint8_t *at = presence + ca_keyed_presence(keyed);
    for (unsigned i = 0; i < keyed->fixed; i++) {
        size_t value = keyed->columns[i].size;
        if (has(&sources[i], row)) {
            bits[i / 64] |= UINT64_C(1) << i % 64;
            copy_value(at, sources[i].values + row * value, value);
        }
        at += value;
    }
    for (unsigned i = keyed->fixed; i < keyed->count; i++) {
        ca_slice slice = {0};
        if (has(&sources[i], row)) {
            bits[i / 64] |= UINT64_C(1) << i % 64;
            slice = slice_of(&sources[i], row);
        }
        memcpy(at, &slice.len, sizeof slice.len);
        at += sizeof slice.len;
        if (slice.len) {
            size_t element = keyed->columns[i].element;
            memcpy(at, sources[i].pool + slice.from * element, slice.len * element);
            at += slice.len * element;
        }
    }
    assert(at == to + size);
    for (unsigned i = 0; i <= keyed->count / 64; i++) {
        memcpy(presence + i * sizeof *bits, &bits[i], sizeof *bits);
    }
}

void ca_keyed_write_mark(const ca_keyed_mark *mark, uint8_t *to)
{
    write_frame(to, CA_KEYED_MARK_BYTES, mark->kind);
    memcpy(to + CA_KEYED_FRAME, mark, sizeof *mark);
}

/* --- Reading -------------------------------------------------------------------------------- */

uint32_t ca_keyed_record_size(const uint8_t *record)
{
    uint32_t size;
    memcpy(&size, record, sizeof size);
    return size;
}

uint8_t ca_keyed_record_kind(const uint8_t *record)
{
    return record[4];
}

uint64_t ca_keyed_record_hash(const uint8_t *record)
{
    uint64_t hash; /* comes first in heads and marks */
    memcpy(&hash, record + CA_KEYED_FRAME, sizeof hash);
    return hash;
}

uint64_t ca_keyed_record_uses(const uint8_t *record)
{
    uint64_t uses;
    memcpy(&uses, record + CA_KEYED_FRAME + offsetof(ca_keyed_head, uses), sizeof uses);
    return uses;
}

ca_keyed_mark ca_keyed_read_mark(const uint8_t *record)
{
    ca_keyed_mark mark;
    memcpy(&mark, record + CA_KEYED_FRAME, sizeof mark);
    return mark;
}

/* Adds contents to the pool of their type. */
static int add_contents(ca_batch *batch, ca_type type, const uint8_t *from, uint32_t len,
                        ca_slice *ret_slice)
{
    int rc;
    if (type == CA_TYPE_CODES || type == CA_TYPE_INTERVALS) {
        /* A record is not aligned: room first, then the bytes. */
        bool codes = type == CA_TYPE_CODES;
        rc = codes ? ca_batch_add_codes(batch, NULL, 0, ret_slice)
                   : ca_batch_add_intervals(batch, NULL, 0, ret_slice);
        for (uint32_t i = 0; rc == 0 && i < len; i++) {
            ca_slice one;
            uint32_t code;
            ca_interval interval;
            if (codes) {
                memcpy(&code, from + i * sizeof code, sizeof code);
                rc = ca_batch_add_codes(batch, &code, 1, &one);
            } else {
                memcpy(&interval, from + i * sizeof interval, sizeof interval);
                rc = ca_batch_add_intervals(batch, &interval, 1, &one);
            }
        }
        ret_slice->len = len;
        return rc;
    }
    return ca_batch_add_bytes(batch, (ca_text){(const char *)from, len}, ret_slice);
}

int ca_keyed_read_line(const ca_keyed *keyed, const uint8_t *record, ca_batch *batch)
{
    unsigned row = batch->rows;
    const uint8_t *head = record + CA_KEYED_FRAME;
    memcpy(&batch->digest[row], head + offsetof(ca_keyed_head, digest), sizeof *batch->digest);
    memcpy(&batch->origin[row], head + offsetof(ca_keyed_head, origin), sizeof *batch->origin);
    const uint8_t *presence = head + sizeof(ca_keyed_head);
    const uint8_t *at = presence + ca_keyed_presence(keyed);
    uint64_t bits[PRESENCE_WORDS];
    for (unsigned i = 0; i <= keyed->count / 64; i++) {
        memcpy(&bits[i], presence + i * sizeof *bits, sizeof *bits);
    }
    for (unsigned i = 0; i < keyed->count; i++) {
        const ca_keyed_column *from = &keyed->columns[i];
        ca_column *column = &batch->columns[from->column];
        bool present = bits[i / 64] >> i % 64 & 1;
        if (present) {
            ca_bit_set(column->present, row);
        }
        if (i < keyed->fixed) {
            if (present) {
                copy_value((uint8_t *)column->as.any + row * (size_t)from->size, at, from->size);
            }
            at += from->size;
            continue;
        }
        uint32_t len;
        memcpy(&len, at, sizeof len);
        at += sizeof len;
        if (present && add_contents(batch, from->type, at, len, &column->as.slice[row])) {
            ca_batch_cut(batch, row);
            return CA_NOMEM;
        }
        at += len * (size_t)from->element;
    }
    if (bits[keyed->count / 64] >> keyed->count % 64 & 1) {
        ca_bit_set(batch->live, row);
    }
    batch->rows++;
    return 0;
}

int ca_keyed_prepare(const ca_keyed *keyed, ca_batch *batch, size_t rows, ca_error *err)
{
    if (rows > CA_BATCH_ROWS_GROWN) {
        return ca_error_set(err, CA_LIMIT,
                            "a key has more than %u lines: exclude it by the rule's `where`",
                            CA_BATCH_ROWS_GROWN);
    }
    unsigned capacity = batch->capacity;
    while (capacity < rows) {
        capacity = capacity > CA_BATCH_ROWS_GROWN / 2 ? CA_BATCH_ROWS_GROWN : capacity * 2;
    }
    int rc = ca_batch_grow(batch, capacity);
    for (unsigned i = 0; rc == 0 && i < keyed->count; i++) {
        rc = ca_batch_use(batch, keyed->columns[i].column);
    }
    return rc ? ca_error_nomem(err) : 0;
}

size_t ca_keyed_contents(const ca_batch *batch)
{
    return batch->byte_count + batch->list_count * sizeof *batch->list_codes +
           batch->interval_count * sizeof *batch->intervals;
}
