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

/* What of a record is still to be taken. */
typedef struct rest {
    const uint8_t *at, *end;
    size_t lines;
    bool damaged;
} rest;

/* 0, and 1, 2, 4, 8 in common or each. */
static inline bool is_code(unsigned code)
{
    return code < 32 && UINT32_C(0x01160117) >> code & 1;
}

/* Eight bytes are there; `shift`: so many bits of them are not its own. */
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

static inline void take_values(const uint8_t *at, size_t size, bool each, size_t lines, uint64_t *to)
{
    unsigned shift = (unsigned)(64 - 8 * size) & 63;
    if (each) {
        for (uint64_t *end = to + lines; to < end; to++, at += size) {
            *to = value_at(at, shift);
        }
    } else {
        fill(size ? value_at(at, shift) : 0, lines, to);
    }
}

/* So near to the end of the record that no eight bytes may be read; or it is damaged. */
static void take_last(rest *of, unsigned code, uint64_t *to)
{
    uint8_t last[(CA_MEASURE_LINES + 1) * sizeof *to];
    size_t size = code & (CA_MEASURE_EACH - 1);
    size_t bytes = code & CA_MEASURE_EACH ? of->lines * size : size;
    of->damaged |= !is_code(code) || bytes > (size_t)(of->end - of->at);
    if (!of->damaged) {
        memcpy(last, of->at, bytes);
        take_values(last, size, code & CA_MEASURE_EACH, of->lines, to);
        of->at += bytes;
    }
}

static inline void take_column(rest *of, unsigned code, uint64_t *to)
{
    size_t size = code & (CA_MEASURE_EACH - 1);
    size_t bytes = code & CA_MEASURE_EACH ? of->lines * size : size;
    if (!is_code(code) || bytes + sizeof *to > (size_t)(of->end - of->at) + size) {
        take_last(of, code, to);
    } else {
        take_values(of->at, size, code & CA_MEASURE_EACH, of->lines, to);
        of->at += bytes;
    }
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
static const uint8_t *take_columns(ca_measure_entity *entity, const ca_exchange_record *record, unsigned row)
{
    const ca_measure_kind *kind = entity->kind;
    const uint8_t *codes = record->bytes + CA_MEASURE_HEAD;
    rest of = {codes + kind->column_count, record->bytes + record->len, record->bytes[1], false};
    for (unsigned i = 0; i < kind->words; i++) {
        take_column(&of, codes[i], entity->bits + i * CA_MEASURE_ROWS + row);
    }
    for (unsigned i = kind->words; i < kind->column_count; i++) {
        take_column(&of, codes[i], rows_of(entity, kind->columns[i - kind->words], row));
    }
    for (unsigned i = 0; i < kind->made_count; i++) {
        make_key(entity, kind->made[i], of.lines, row);
    }
    return of.damaged ? NULL : of.at;
}

unsigned ca_measure_take(ca_measure_entity *entity, const ca_exchange_record *record, unsigned row)
{
    const ca_measure_kind *kind = entity->kind;
    const uint8_t *bytes = record->bytes;
    uint32_t number = 0;
    bool whole = record->len >= CA_MEASURE_HEAD + kind->column_count && (bytes[0] & CA_MEASURE_KIND) == kind->entity &&
                 bytes[1] <= CA_MEASURE_LINES;
    memcpy(&number, bytes + 2, whole ? sizeof number : 0);
    whole = whole && number < ca_measure_peers_count(entity->peers);
    const uint8_t *at = whole ? take_columns(entity, record, row) : NULL;
    for (unsigned i = 0; at && i < bytes[1]; i++) {
        entity->peer[row + i] = number;
    }
    if (at && bytes[0] & CA_MEASURE_NAMED) {
        take_id(entity, (ca_text){(const char *)at, (size_t)(bytes + record->len - at)});
    }
    return at ? bytes[1] : 0;
}
