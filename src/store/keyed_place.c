/* Puts the rows of a batch in the order that was found for them. */
#include <string.h>

#include "store/keyed_inside.h"

/* In each call the size is known to the compiler: then a copy takes no call. */
static inline void gather_each(const uint8_t *from, size_t size, const uint32_t *order, unsigned rows, uint8_t *to)
{
    for (unsigned i = 0; i < rows; i++) {
        memcpy(to + i * size, from + order[i] * size, size);
    }
}

static void gather(void *array, size_t size, const uint32_t *order, unsigned rows, void *scratch)
{
    if (size == sizeof(ca_origin)) {
        gather_each(array, sizeof(ca_origin), order, rows, scratch);
    } else if (size == sizeof(ca_digest)) {
        gather_each(array, sizeof(ca_digest), order, rows, scratch);
    } else if (size == sizeof(uint64_t)) {
        gather_each(array, sizeof(uint64_t), order, rows, scratch);
    } else if (size == sizeof(uint32_t)) {
        gather_each(array, sizeof(uint32_t), order, rows, scratch);
    } else {
        gather_each(array, sizeof(uint8_t), order, rows, scratch);
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
    ca_bits_select(bits, order, rows, scratch);
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
