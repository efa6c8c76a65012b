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

static uint64_t read_value(const uint8_t *at, size_t size)
{
    uint64_t value;
    uint32_t narrow;
    if (size == sizeof value) {
        memcpy(&value, at, sizeof value);
        return value;
    }
    memcpy(&narrow, at, sizeof narrow);
    return narrow;
}

/* Where the lines begin; *ret_size: bytes of one. NULL: the record ends before that, or they do. */
static const uint8_t *take_common(ca_measure_entity *entity, const ca_exchange_record *record, size_t number_size, unsigned row,
                                  size_t *ret_size)
{
    const ca_measure_kind *kind = entity->kind;
    const uint8_t *common = record->bytes + CA_MEASURE_HEAD;
    const uint8_t *at = common + kind->key_bytes;
    const uint8_t *end = record->bytes + record->len;
    unsigned lines = record->bytes[1];
    size_t size = kind->bit_bytes + kind->number_count * number_size;
    for (unsigned i = 0; i < kind->key_count; i++) {
        unsigned bytes = kind->keys[i].size;
        if (!(common[i / 8] >> i % 8 & 1)) {
            size += bytes;
            continue;
        }
        if ((size_t)(end - at) < bytes) {
            return NULL;
        }
        uint64_t key = read_value(at, bytes);
        for (unsigned k = 0; k < lines; k++) {
            entity->keys[i * CA_MEASURE_ROWS + row + k] = key;
        }
        at += bytes;
    }
    *ret_size = size;
    return (size_t)(end - at) < size * lines ? NULL : at;
}

static const uint8_t *take_line(ca_measure_entity *entity, const uint8_t *common, size_t number_size, unsigned row, const uint8_t *at)
{
    const ca_measure_kind *kind = entity->kind;
    for (unsigned i = 0, left = kind->bit_bytes; i < kind->words; i++, left -= 8) {
        uint64_t bits = 0;
        size_t bytes = left < 8 ? left : 8;
        for (size_t k = 0; k < bytes; k++) {
            bits |= (uint64_t)at[k] << 8 * k;
        }
        entity->bits[i * CA_MEASURE_ROWS + row] = bits;
        at += bytes;
    }
    for (unsigned i = 0; i < kind->key_count; i++) {
        if (!(common[i / 8] >> i % 8 & 1)) {
            entity->keys[i * CA_MEASURE_ROWS + row] = read_value(at, kind->keys[i].size);
            at += kind->keys[i].size;
        }
    }
    for (unsigned i = 0; i < kind->number_count; i++) {
        uint64_t value = read_value(at, number_size);
        entity->numbers[i * CA_MEASURE_ROWS + row] = number_size == 8 ? (int64_t)value : (int32_t)(uint32_t)value;
        at += number_size;
    }
    return at;
}

unsigned ca_measure_take(ca_measure_entity *entity, const ca_exchange_record *record, unsigned row)
{
    const ca_measure_kind *kind = entity->kind;
    const uint8_t *bytes = record->bytes;
    size_t size;
    bool whole = record->len >= CA_MEASURE_HEAD + kind->key_bytes && (bytes[0] & CA_MEASURE_KIND) == kind->entity &&
                 bytes[1] <= CA_MEASURE_LINES;
    size_t number_size = whole && bytes[0] & CA_MEASURE_WIDE ? 8 : 4;
    uint32_t number = 0;
    memcpy(&number, bytes + 2, whole ? sizeof number : 0);
    whole = whole && number < ca_measure_peers_count(entity->peers);
    const uint8_t *at = whole ? take_common(entity, record, number_size, row, &size) : NULL;
    for (unsigned i = 0; at && i < bytes[1]; i++) {
        at = take_line(entity, bytes + CA_MEASURE_HEAD, number_size, row + i, at);
        entity->peer[row + i] = number;
    }
    if (at && bytes[0] & CA_MEASURE_NAMED) {
        take_id(entity, (ca_text){(const char *)at, (size_t)(bytes + record->len - at)});
    }
    return at ? bytes[1] : 0;
}
