/* Puts the rows of a batch in the order that was found for them. */
#include <string.h>

#include "store/keyed_inside.h"
#include "store/part_inside.h"

static void gather(void *array, size_t size, const uint32_t *order, unsigned rows, void *scratch)
{
    uint8_t *to = scratch;
    const uint8_t *from = array;
    switch (size) {
    case 24:
        for (unsigned i = 0; i < rows; i++) {
            memcpy(to + (size_t)i * 24, from + (size_t)order[i] * 24, 24);
        }
        break;
    case 16:
        for (unsigned i = 0; i < rows; i++) {
            memcpy(to + (size_t)i * 16, from + (size_t)order[i] * 16, 16);
        }
        break;
    case 8:
        for (unsigned i = 0; i < rows; i++) {
            memcpy(to + (size_t)i * 8, from + (size_t)order[i] * 8, 8);
        }
        break;
    case 4:
        for (unsigned i = 0; i < rows; i++) {
            memcpy(to + (size_t)i * 4, from + (size_t)order[i] * 4, 4);
        }
        break;
    default:
        for (unsigned i = 0; i < rows; i++) {
            memcpy(to + i * size, from + order[i] * size, size);
        }
        break;
    }
    memcpy(array, scratch, rows * size);
}

/* Nothing to do where all bits are alike. */
static bool is_mixed(const uint64_t *bits, unsigned rows)
{
    uint64_t last = rows % 64 ? (UINT64_C(1) << rows % 64) - 1 : UINT64_MAX;
    unsigned words = (rows + 63) / 64;
    uint64_t first = bits[0] & 1 ? UINT64_MAX : 0;
    uint64_t mixed = (bits[words - 1] ^ first) & last;
    for (unsigned i = 0; i + 1 < words; i++) {
        mixed |= bits[i] ^ first;
    }
    return mixed != 0;
}

static void gather_bits(uint64_t *bits, const uint32_t *order, unsigned rows, uint64_t *scratch)
{
    if (!is_mixed(bits, rows)) {
        return;
    }
    for (unsigned i = 0; i < rows; i += 64) {
        unsigned count = rows - i < 64 ? rows - i : 64;
        uint64_t word = 0;
        for (unsigned j = 0; j < count; j++) {
            word |= (uint64_t)ca_bit(bits, order[i + j]) << j;
        }
        scratch[i / 64] = word;
    }
    memcpy(bits, scratch, (rows + 63) / 64 * sizeof *scratch);
}

static bool is_absent(const uint64_t *bits, unsigned rows)
{
    uint64_t any = 0;
    for (unsigned i = 0; i < (rows + 63) / 64; i++) {
        any |= bits[i];
    }
    return any == 0;
}

static void place_column(const ca_column *column, ca_type type, const uint32_t *order, unsigned rows, void *scratch)
{
    if (!is_absent(column->present, rows)) {
        gather(column->as.any, ca_type_size(type), order, rows, scratch);
        gather_bits(column->present, order, rows, scratch);
    }
}

int ca_keyed_sort(ca_keyed_reader *reader, ca_batch *batch, ca_error *err)
{
    unsigned rows = batch->rows;
    const uint32_t *order;
    int rc = ca_keyed_find_order(reader, batch, rows, &order, err);
    if (rc) {
        return rc;
    }
    for (unsigned i = 0; i < reader->keyed->count; i++) {
        const ca_keyed_column *of = &reader->keyed->columns[i];
        place_column(&batch->columns[of->column], of->type, order, rows, reader->sorting);
    }
    gather(batch->origin, sizeof *batch->origin, order, rows, reader->sorting);
    gather(batch->digest, sizeof *batch->digest, order, rows, reader->sorting);
    gather(reader->uses, sizeof *reader->uses, order, rows, reader->sorting);
    gather_bits(batch->live, order, rows, reader->sorting);
    return 0;
}
