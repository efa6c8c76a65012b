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
    const uint8_t *code;
    const uint8_t *at, *end;
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
static inline void take_values(const uint8_t *at, size_t size, bool each, size_t lines, uint64_t *to)
{
    unsigned shift = (unsigned)(64 - 8 * size);
    if (each) {
        for (size_t i = 0; i < lines; i++, at += size) {
            to[i] = value_at(at, shift);
        }
    } else {
        uint64_t value = size ? value_at(at, shift & 63) : 0;
        for (size_t i = 0; i < lines; i += 4) {
            to[i] = to[i + 1] = to[i + 2] = to[i + 3] = value;
        }
    }
}

/* Near the end of the record, behind which nothing may be read; or it is damaged. */
static void take_last(rest *of, unsigned code, size_t lines, uint64_t *to)
{
    uint8_t last[(CA_MEASURE_LINES + 1) * sizeof *to];
    size_t size = code & (CA_MEASURE_EACH - 1);
    size_t bytes = code & CA_MEASURE_EACH ? lines * size : size;
    of->damaged |= !is_code(code) || bytes > (size_t)(of->end - of->at);
    if (!of->damaged) {
        memcpy(last, of->at, bytes);
        take_values(last, size, code & CA_MEASURE_EACH, lines, to);
        of->at += bytes;
    }
}

static inline void take_column(rest *of, size_t lines, uint64_t *to)
{
    unsigned code = *of->code++;
    size_t size = code & (CA_MEASURE_EACH - 1);
    size_t bytes = code & CA_MEASURE_EACH ? lines * size : size;
    if (!is_code(code) || bytes + sizeof *to > (size_t)(of->end - of->at)) {
        take_last(of, code, lines, to);
    } else {
        take_values(of->at, size, code & CA_MEASURE_EACH, lines, to);
        of->at += bytes;
    }
}

static uint64_t *numbers_of(const ca_measure_entity *entity, unsigned number, unsigned row)
{
    return (uint64_t *)entity->numbers + number * CA_MEASURE_ROWS + row;
}

static uint64_t *keys_of(const ca_measure_entity *entity, unsigned key, unsigned row)
{
    return entity->keys + key * CA_MEASURE_ROWS + row;
}

/* What the record does not hold, because it is made of what it holds. */
static void make_key(const ca_measure_entity *entity, const ca_measure_key *key, size_t lines, unsigned row, uint64_t *to)
{
    for (unsigned i = 0; i < key->part_count; i++) {
        const ca_measure_part *part = &key->parts[i];
        const uint64_t *from = part->number ? numbers_of(entity, part->index, row) : keys_of(entity, part->index, row);
        for (size_t k = 0; k < lines; k++) {
            to[k] = key->part_count == 1 ? from[k] : ca_measure_mix(i ? to[k] : 0, from[k]);
        }
    }
}

/* Where the identifier is; NULL: the record is damaged. */
static const uint8_t *take_columns(ca_measure_entity *entity, const ca_exchange_record *record, size_t lines, unsigned row)
{
    const ca_measure_kind *kind = entity->kind;
    const uint8_t *codes = record->bytes + CA_MEASURE_HEAD;
    rest of = {codes, codes + kind->column_count, record->bytes + record->len, false};
    for (unsigned i = 0; i < kind->words; i++) {
        take_column(&of, lines, entity->bits + i * CA_MEASURE_ROWS + row);
    }
    for (unsigned i = 0; i < kind->key_count; i++) {
        if (kind->keys[i].part_count == 0) {
            take_column(&of, lines, keys_of(entity, i, row));
        }
    }
    for (unsigned i = 0; i < kind->number_count; i++) {
        take_column(&of, lines, numbers_of(entity, i, row));
    }
    for (unsigned i = 0; i < kind->key_count; i++) {
        make_key(entity, &kind->keys[i], lines, row, keys_of(entity, i, row));
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
    const uint8_t *at = whole ? take_columns(entity, record, bytes[1], row) : NULL;
    for (unsigned i = 0; at && i < bytes[1]; i++) {
        entity->peer[row + i] = number;
    }
    if (at && bytes[0] & CA_MEASURE_NAMED) {
        take_id(entity, (ca_text){(const char *)at, (size_t)(bytes + record->len - at)});
    }
    return at ? bytes[1] : 0;
}
