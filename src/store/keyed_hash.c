/* The hash of a key: over what its values are, never over ids or places, so that every task of a run
 * sends a key to the same bucket. */
#include <string.h>

#include "store/keyed_inside.h"
#include "store/part_inside.h"

static uint64_t hash_number(int64_t number, uint64_t seed)
{
    uint8_t bytes[8];
    ca_put64(bytes, (uint64_t)number);
    return ca_hash64_seeded(bytes, sizeof bytes, seed);
}

static uint64_t hash_code(const ca_codes *codes, uint32_t id, uint64_t seed)
{
    const char *system = codes->systems[ca_codes_system_of(codes, id)].name;
    ca_text text = ca_codes_text(codes, id);
    return ca_hash64_seeded(text.ptr, text.len, ca_hash64_seeded(system, strlen(system), seed));
}

static bool stands_before(const uint32_t *ids, uint32_t at)
{
    uint32_t i = 0;
    while (i < at && ids[i] != ids[at]) {
        i++;
    }
    return i < at;
}

/* Lists agree as sets: neither the order of the codes nor one that is said twice makes another key. */
static uint64_t hash_codes(const ca_codes *codes, const ca_batch *batch, ca_slice slice,
                           uint64_t seed)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < slice.len; i++) {
        if (!stands_before(batch->list_codes + slice.from, i)) {
            sum += hash_code(codes, batch->list_codes[slice.from + i], seed);
        }
    }
    return hash_number((int64_t)(sum >> 1), hash_number((int64_t)(sum & 1), seed));
}

static uint64_t hash_intervals(const ca_batch *batch, ca_slice slice, uint64_t seed)
{
    uint64_t hash = hash_number(slice.len, seed);
    for (uint32_t i = 0; i < slice.len; i++) {
        hash = hash_number(batch->intervals[slice.from + i].from, hash);
        hash = hash_number(batch->intervals[slice.from + i].to, hash);
    }
    return hash;
}

static uint64_t hash_value(const ca_keyed *keyed, const ca_keyed_column *of, const ca_batch *batch,
                           unsigned row, uint64_t seed)
{
    const ca_column *column = &batch->columns[of->column];
    switch (of->type) {
    case CA_TYPE_INT:
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY:
        return hash_number(column->as.number[row], seed);
    case CA_TYPE_DATE:
        return hash_number(column->as.date[row], seed);
    case CA_TYPE_ENUM:
        return hash_number(column->as.choice[row], seed);
    case CA_TYPE_CODE:
        return hash_code(keyed->plan.codes, column->as.code[row], seed);
    case CA_TYPE_CODES:
        return hash_codes(keyed->plan.codes, batch, column->as.slice[row], seed);
    case CA_TYPE_INTERVALS:
        return hash_intervals(batch, column->as.slice[row], seed);
    case CA_TYPE_ID:
    case CA_TYPE_TEXT:
        break;
    }
    ca_text text = ca_batch_text(batch, of->column, row);
    return ca_hash64_seeded(text.ptr, text.len, seed);
}

static bool hash_row(const ca_keyed *keyed, const ca_batch *batch, unsigned row, uint64_t *ret_hash)
{
    uint64_t hash = keyed->plan.manifest.seed;
    bool whole = true;
    for (unsigned i = 0; i < keyed->key_count; i++) {
        bool present = ca_batch_has(batch, keyed->order[i].column, row);
        hash = present ? hash_value(keyed, &keyed->order[i], batch, row, hash)
                       : hash_number(-1, ~hash); /* unlike any value */
        whole = whole && present;
    }
    *ret_hash = hash;
    return whole;
}

void ca_keyed_hash(const ca_keyed *keyed, const ca_batch *batch, const uint64_t *rows,
                   uint64_t *ret_hash, uint64_t *ret_whole)
{
    if (ret_whole) {
        memset(ret_whole, 0, (batch->rows + 63) / 64 * sizeof *ret_whole);
    }
    for (unsigned first = 0; first < batch->rows; first += 64) {
        uint64_t rest = rows ? rows[first / 64] : UINT64_MAX;
        rest &= batch->rows - first < 64 ? (UINT64_C(1) << (batch->rows - first)) - 1 : UINT64_MAX;
        for (; rest; rest &= rest - 1) {
            unsigned row = first + (unsigned)__builtin_ctzll(rest);
            if (hash_row(keyed, batch, row, &ret_hash[row]) && ret_whole) {
                ca_bit_set(ret_whole, row);
            }
        }
    }
}
