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

/* By code: one more than how many of eight bytes' bits are not a value's own; 0: it is none, or that of nought. */
static const uint8_t shifts[256] = {
    [1] = 57, [2] = 49, [4] = 33, [8] = 1, [CA_MEASURE_EACH | 1] = 57, [CA_MEASURE_EACH | 2] = 49,
    [CA_MEASURE_EACH | 4] = 33, [CA_MEASURE_EACH | 8] = 1,
};
#define SIZE 15u    /* of a code: bytes of a value */

/* Eight bytes are there. */
static inline uint64_t value_at(const uint8_t *at, unsigned shift)
{
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return (uint64_t)((int64_t)(value << shift) >> shift);
}

/* Some rows behind the last may be written, too: there is room for as many lines as a record may have. */
static inline void fill(uint64_t value, size_t lines, uint64_t *to)
{
    for (uint64_t *end = to + lines; to < end; to += 4) {
        to[0] = to[1] = to[2] = to[3] = value;
    }
}

static inline void take_each(const uint8_t *at, size_t size, unsigned shift, size_t lines, uint64_t *to)
{
    for (uint64_t *end = to + lines; to < end; to++, at += size) {
        *to = value_at(at, shift);
    }
}

/* So near to the end of the record that no eight bytes may be read; or it is damaged. */
static const uint8_t *take_last(const uint8_t *at, const uint8_t *end, unsigned code, size_t lines, uint64_t *to)
{
    uint8_t last[(CA_MEASURE_LINES + 1) * sizeof *to];
    size_t bytes = code & CA_MEASURE_EACH ? lines * (code & SIZE) : code & SIZE;
    if (shifts[code] == 0 || bytes > (size_t)(end - at)) {
        return NULL;
    }
    memcpy(last, at, bytes);
    if (code & CA_MEASURE_EACH) {
        take_each(last, code & SIZE, shifts[code] - 1u, lines, to);
    } else {
        fill(value_at(last, shifts[code] - 1u), lines, to);
    }
    return at + bytes;
}

/* Where the next column is; NULL: the record is damaged. */
static inline const uint8_t *take_column(const uint8_t *at, const uint8_t *end, unsigned code, size_t lines, uint64_t *to)
{
    unsigned shift = shifts[code] - 1u;
    size_t size = code & SIZE;
    size_t before = code & CA_MEASURE_EACH ? (lines - 1) * size : 0;    /* the last value */
    if (code == 0) {
        fill(0, lines, to);
        return at;
    }
    if (shift > 63 || before + sizeof *to > (size_t)(end - at)) {
        return take_last(at, end, code, lines, to);
    }
    if (code & CA_MEASURE_EACH) {
        take_each(at, size, shift, lines, to);
    } else {
        fill(value_at(at, shift), lines, to);
    }
    return at + before + size;
}

static inline uint64_t *rows_of(const ca_measure_entity *entity, ca_measure_part column, unsigned row)
{
    uint64_t *first = column.number ? (uint64_t *)entity->numbers : entity->keys;
    return first + (size_t)column.index * CA_MEASURE_ROWS + row;
}

/* What the record does not hold, because it is made of what it holds. */
static void make_key(const ca_measure_entity *entity, uint32_t index, size_t lines, unsigned row)
{
    const ca_measure_key *key = &entity->kind->keys[index];
    uint64_t *to = rows_of(entity, (ca_measure_part){false, index}, row);
    for (unsigned i = 0; i < key->part_count; i++) {
        const uint64_t *from = rows_of(entity, key->parts[i], row);
        for (size_t k = 0; k < lines; k++) {
            to[k] = key->part_count == 1 ? from[k] : ca_measure_mix(i ? to[k] : 0, from[k]);
        }
    }
}

/* Where the identifier is; NULL: the record is damaged. */
static const uint8_t *take_columns(ca_measure_entity *entity, const ca_exchange_record *record, unsigned row, uint64_t *ret_each)
{
    const ca_measure_kind *kind = entity->kind;
    const uint8_t *code = record->bytes + CA_MEASURE_HEAD;
    const uint8_t *at = code + kind->column_count;
    const uint8_t *end = record->bytes + record->len;
    size_t lines = record->bytes[1];
    uint64_t each = 0;
    for (unsigned i = 0; i < kind->column_count; i++) {
        each |= code[i] & CA_MEASURE_EACH ? ca_measure_column(i) : 0;
    }
    *ret_each = each;
    for (unsigned i = 0; at && i < kind->words; i++) {
        at = take_column(at, end, *code++, lines, entity->bits + i * CA_MEASURE_ROWS + row);
    }
    for (unsigned i = 0; at && i < kind->column_count - kind->words; i++) {
        at = take_column(at, end, *code++, lines, rows_of(entity, kind->columns[i], row));
    }
    for (unsigned i = 0; at && i < kind->made_count; i++) {
        make_key(entity, kind->made[i], lines, row);
    }
    return at;
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
    for (unsigned i = 0; at && i < bytes[1]; i++) {
        entity->peer[row + i] = number;
    }
    if (at && bytes[0] & CA_MEASURE_NAMED) {
        take_id(entity, (ca_text){(const char *)at, (size_t)(bytes + record->len - at)});
    }
    *ret_run = (ca_measure_run){row, row + bytes[1], each};
    return at ? bytes[1] : 0;
}
