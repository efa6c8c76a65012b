/* Records of lines, as run/measure_put.c wrote them, to columns. */
#include "run/measure_entity_inside.h"

/* All lines of an entity name it alike; where two identifiers have one hash, the smaller one stands for both. */
static void take_id(ca_measure_entity *entity, ca_text id)
{
    ca_text held = ca_buf_text(&entity->id);
    if (held.len && ca_text_cmp(held, id) <= 0) {
        return;
    }
    ca_buf_clear(&entity->id);
    ca_buf_add(&entity->id, id.ptr, id.len);
}

#define CODES 32u
#define SIZE  15u    /* of a code: bytes of a value */

/* By code: how many of eight bytes' bits are not a value's own, and a bit that says that there is such a code. */
#define KNOWN 64u
static const uint8_t shifts[CODES] = {
    [0] = KNOWN,
    [1] = KNOWN | 56,
    [2] = KNOWN | 48,
    [3] = KNOWN | 40,
    [4] = KNOWN | 32,
    [5] = KNOWN | 24,
    [6] = KNOWN | 16,
    [7] = KNOWN | 8,
    [8] = KNOWN,
    [CA_MEASURE_EACH | 1] = KNOWN | 56,
    [CA_MEASURE_EACH | 2] = KNOWN | 48,
    [CA_MEASURE_EACH | 3] = KNOWN | 40,
    [CA_MEASURE_EACH | 4] = KNOWN | 32,
    [CA_MEASURE_EACH | 5] = KNOWN | 24,
    [CA_MEASURE_EACH | 6] = KNOWN | 16,
    [CA_MEASURE_EACH | 7] = KNOWN | 8,
    [CA_MEASURE_EACH | 8] = KNOWN,
};

/* Eight bytes are there. */
static inline uint64_t value_at(const uint8_t *at, unsigned shift)
{
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return (uint64_t)((int64_t)(value << shift % 64) >> shift % 64);
}

/* Some rows behind the last may be written, too: there is room for as many lines as a record may have. */
static inline void fill(uint64_t value, size_t lines, uint64_t *to)
{
    to[0] = to[1] = to[2] = to[3] = value;
    for (size_t i = 4; i < lines; i += 4) {
        to[i] = to[i + 1] = to[i + 2] = to[i + 3] = value;
    }
}

static inline void take_each(const uint8_t *at, size_t size, unsigned shift, size_t lines, uint64_t *to)
{
    for (uint64_t *last = to + lines; to < last; to++, at += size) {
        *to = value_at(at, shift);
    }
}

/* So near to the end of the record that no eight bytes may be read, or behind it after a code that there is not; NULL: it is damaged. */
static const uint8_t *take_last(const uint8_t *at, const uint8_t *end, unsigned code, size_t lines, uint64_t *to)
{
    uint8_t last[(CA_MEASURE_LINES + 1) * sizeof *to];
    size_t size = code & SIZE, bytes = code & CA_MEASURE_EACH ? lines * size : size;
    if (size > sizeof *to || at > end || bytes > (size_t)(end - at)) {
        return NULL;
    }
    memcpy(last, at, bytes);
    if (size == 0) {
        fill(0, lines, to);
    } else {
        take_each(last, code & CA_MEASURE_EACH ? size : 0, shifts[code % CODES], lines, to);
    }
    return at + bytes;
}

/* What the record does not hold, because it is made of what it holds. */
static void make_key(const ca_measure_entity *entity, uint32_t index, size_t lines, unsigned row)
{
    const ca_measure_key *key = &entity->kind->keys[index];
    uint64_t *to = entity->keys + index * CA_MEASURE_ROWS + row;
    for (unsigned i = 0; i < key->part_count; i++) {
        const uint64_t *from = (key->parts[i].number ? (const uint64_t *)entity->numbers : entity->keys) + key->parts[i].index * CA_MEASURE_ROWS + row;
        for (size_t k = 0; k < lines; k++) {
            to[k] = key->part_count == 1 ? from[k] : ca_measure_mix(i ? to[k] : 0, from[k]);
        }
    }
}

/* Where the identifier is; NULL: the record is damaged. */
static const uint8_t *take_columns(ca_measure_entity *entity, const ca_exchange_record *record, unsigned row, uint64_t *ret_each)
{
    const uint32_t *cells = entity->cells_of[entity->kind->entity];
    const uint8_t *code = record->bytes + CA_MEASURE_HEAD, *last = code + entity->kind->column_count, *at = last;
    const uint8_t *end = record->bytes + record->len;
    size_t lines = record->bytes[1];
    uint64_t each = 0, column = 1;
    unsigned known = KNOWN;
    for (; at && code < last; code++, cells++, column <<= column < CA_MEASURE_MANY) {
        uint64_t *to = entity->cells + *cells + row;
        size_t size = *code & SIZE;
        unsigned shift = shifts[*code % CODES];
        known &= *code < CODES ? shift : 0;
        each |= *code & CA_MEASURE_EACH ? column : 0;
        entity->wide |= size > CA_MEASURE_NARROW ? column : 0;
        if (end - at < (ptrdiff_t)(*code & CA_MEASURE_EACH ? (lines - 1) * size + sizeof *to : sizeof *to)) {
            at = take_last(at, end, *code, lines, to);
        } else if (*code & CA_MEASURE_EACH) {
            take_each(at, size, shift, lines, to);
            at += lines * size;
        } else {
            fill(value_at(at, shift) & -(uint64_t)(size > 0), lines, to);
            at += size;
        }
    }
    *ret_each = each;
    return known ? at : NULL;
}

static void make_keys(const ca_measure_entity *entity, size_t lines, unsigned row)
{
    for (unsigned i = 0; i < entity->kind->made_count; i++) {
        make_key(entity, entity->kind->made[i], lines, row);
    }
}

unsigned ca_measure_take(ca_measure_entity *entity, const ca_exchange_record *record, unsigned row, ca_measure_run *ret_run)
{
    const ca_measure_kind *kind = entity->kind;
    const uint8_t *bytes = record->bytes;
    uint32_t number = 0;
    bool whole = record->len >= CA_MEASURE_HEAD + kind->column_count && (bytes[0] & CA_MEASURE_KIND) == kind->entity &&
                 bytes[1] > 0 && bytes[1] <= CA_MEASURE_LINES;
    memcpy(&number, bytes + 2, whole ? sizeof number : 0);
    whole = whole && number < ca_measure_peers_count(entity->peers);
    uint64_t each = 0;
    const uint8_t *at = whole ? take_columns(entity, record, row, &each) : NULL;
    if (at) {
        make_keys(entity, bytes[1], row);
    }
    if (at && bytes[0] & CA_MEASURE_NAMED) {
        take_id(entity, (ca_text){(const char *)at, (size_t)(bytes + record->len - at)});
    }
    *ret_run = (ca_measure_run){row, row + bytes[1], number, each};
    return at ? bytes[1] : 0;
}
