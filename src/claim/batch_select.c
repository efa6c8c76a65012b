/* Rows of one batch in another order, or some of them: what judges several lines together wants them side by side. */
#include "claim/batch.h"

#include <string.h>

#include "base/alloc.h"

static size_t value_size(ca_type type)
{
    switch (type) {
    case CA_TYPE_INT:
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY:
        return sizeof(int64_t);
    case CA_TYPE_DATE:
    case CA_TYPE_CODE:
        return sizeof(uint32_t);
    case CA_TYPE_ENUM:
        return sizeof(uint8_t);
    case CA_TYPE_ID:
    case CA_TYPE_TEXT:
    case CA_TYPE_CODES:
    case CA_TYPE_INTERVALS:
        return sizeof(ca_slice);
    }
    return 0;
}

int ca_batch_fit(const ca_schema *schema, uint32_t rows, ca_batch **batch)
{
    uint32_t capacity = 64;
    if (*batch && (*batch)->capacity >= rows) {
        ca_batch_clear(*batch);
        return 0;
    }
    while (capacity < rows && capacity < UINT32_C(1) << 31)
        capacity *= 2;
    if (capacity < rows)
        return CA_NOMEM;
    ca_batch *made = ca_batch_new(schema, capacity);
    if (!made)
        return CA_NOMEM;
    ca_batch_free(*batch);
    *batch = made;
    return 0;
}

void ca_batch_borrow(ca_batch *to, const ca_batch *from)
{
    if (!to->borrows) {
        ca_free(to->bytes);
        ca_free(to->list_codes);
        ca_free(to->intervals);
    }
    to->borrows = true;
    to->bytes = from->bytes;
    to->list_codes = from->list_codes;
    to->intervals = from->intervals;
}

static void select_column(const ca_column *from, const uint32_t *rows, uint32_t count, size_t size, ca_column *to)
{
    const uint8_t *source = from->as.any;
    uint8_t *target = to->as.any;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = rows[i];
        if (!ca_bit(from->present, row))
            continue;
        ca_bit_set(to->present, i);
        memcpy(target + i * size, source + row * size, size);
    }
}

int ca_batch_select(const ca_batch *from, const uint32_t *rows, uint32_t count, const uint8_t *columns, ca_batch **batch)
{
    if (ca_batch_fit(from->schema, count, batch))
        return CA_NOMEM;
    ca_batch *to = *batch;
    for (unsigned c = 0; c < from->schema->count; c++) {
        if (!columns[c] || !from->columns[c].present)
            continue;
        if (ca_batch_use(to, c))
            return CA_NOMEM;
        select_column(&from->columns[c], rows, count, value_size(from->schema->columns[c].type), &to->columns[c]);
    }
    for (uint32_t i = 0; i < count; i++) {
        to->origin[i] = from->origin[rows[i]];
        to->digest[i] = from->digest[rows[i]];
        ca_bit_set(to->live, i);
    }
    ca_batch_borrow(to, from);
    to->rows = count;
    return 0;
}
