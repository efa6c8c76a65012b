/* Rows of one batch in another order, or some of them: what judges several lines together wants them side by side. */
#include "claim/batch.h"

#include <string.h>

#include "base/alloc.h"

#define OWN_MORE 1024u    /* entries that a pool of its own has room for at first */

int ca_batch_fit(const ca_schema *schema, uint32_t rows, ca_batch **batch)
{
    uint32_t capacity = 64;
    if (*batch && (*batch)->capacity >= rows) {
        ca_batch_clear(*batch);
        return 0;
    }
    while (capacity < rows && capacity < CA_BATCH_ROWS_MAX)
        capacity *= 2;
    if (capacity < rows)    /* what is that large is not made larger than it has to be */
        capacity = rows;
    ca_batch_free(*batch);
    *batch = ca_batch_new(schema, capacity);
    if (!*batch)
        return CA_NOMEM;
    return 0;
}

void ca_batch_borrow_pools(ca_batch *to, char *bytes, uint32_t *list_codes, ca_interval *intervals)
{
    if (!to->borrows) {
        ca_free(to->bytes);
        ca_free(to->list_codes);
        ca_free(to->intervals);
    }
    to->borrows = true;
    to->bytes = bytes;
    to->list_codes = list_codes;
    to->intervals = intervals;
}

/* With room for a few more. */
static void *copy_pool(const void *pool, size_t count, size_t size)
{
    void *copy = ca_realloc_array(NULL, count + OWN_MORE, size);
    if (copy && count)
        memcpy(copy, pool, count * size);
    return copy;
}

int ca_batch_own(ca_batch *batch)
{
    if (!batch->borrows)
        return 0;
    char *bytes = copy_pool(batch->bytes, batch->byte_count, sizeof *bytes);
    uint32_t *codes = copy_pool(batch->list_codes, batch->list_count, sizeof *codes);
    ca_interval *intervals = copy_pool(batch->intervals, batch->interval_count, sizeof *intervals);
    if (!bytes || !codes || !intervals) {
        ca_free(bytes);
        ca_free(codes);
        ca_free(intervals);
        return CA_NOMEM;
    }
    ca_batch_borrow_pools(batch, bytes, codes, intervals);
    batch->borrows = false;
    batch->byte_cap = batch->byte_count + OWN_MORE;
    batch->list_cap = batch->list_count + OWN_MORE;
    batch->interval_cap = batch->interval_count + OWN_MORE;
    return 0;
}

void ca_batch_borrow(ca_batch *to, const ca_batch *from)
{
    ca_batch_borrow_pools(to, from->bytes, from->list_codes, from->intervals);
}

/* Values of rows without one are copied, too, and never looked at: that is faster than to ask. */
static void select_values(const void *from, const uint32_t *rows, uint32_t count, size_t size, void *to)
{
    if (size == sizeof(uint8_t)) {
        for (uint32_t i = 0; i < count; i++)
            ((uint8_t *)to)[i] = ((const uint8_t *)from)[rows[i]];
    } else if (size == sizeof(uint32_t)) {
        for (uint32_t i = 0; i < count; i++)
            ((uint32_t *)to)[i] = ((const uint32_t *)from)[rows[i]];
    } else {    /* numbers, and slices of two halves */
        for (uint32_t i = 0; i < count; i++)
            memcpy((uint64_t *)to + i, (const uint64_t *)from + rows[i], sizeof(uint64_t));
    }
}

static void select_column(const ca_column *from, const uint32_t *rows, uint32_t count, size_t size, ca_column *to)
{
    ca_bits_select(from->present, rows, count, to->present);
    select_values(from->as.any, rows, count, size, to->as.any);
}

int ca_batch_select_columns(const ca_batch *from, const uint32_t *rows, uint32_t count, const uint8_t *columns,
                            ca_batch **batch)
{
    if (ca_batch_fit(from->schema, count, batch))
        return CA_NOMEM;
    ca_batch *to = *batch;
    for (unsigned c = 0; c < from->schema->count; c++) {
        if (!columns[c] || !from->columns[c].present)
            continue;
        if (ca_batch_use(to, c))
            return CA_NOMEM;
        select_column(&from->columns[c], rows, count, ca_type_size(from->schema->columns[c].type), &to->columns[c]);
    }
    ca_bits_fill(to->live, count);
    ca_batch_borrow(to, from);
    to->rows = count;
    return 0;
}

int ca_batch_select(const ca_batch *from, const uint32_t *rows, uint32_t count, const uint8_t *columns, ca_batch **batch)
{
    if (ca_batch_select_columns(from, rows, count, columns, batch))
        return CA_NOMEM;
    for (uint32_t i = 0; i < count; i++) {
        (*batch)->origin[i] = from->origin[rows[i]];
        (*batch)->digest[i] = from->digest[rows[i]];
    }
    return 0;
}

int ca_batch_select_rest(const ca_batch *from, uint32_t row, const unsigned *columns, size_t count, ca_batch *to, uint32_t to_row)
{
    for (size_t i = 0; i < count; i++) {
        size_t size = ca_type_size(from->schema->columns[columns[i]].type);
        const ca_column *source = &from->columns[columns[i]];
        if (!ca_batch_has(from, columns[i], row))
            continue;
        if (ca_batch_use(to, columns[i]))
            return CA_NOMEM;
        ca_bit_set(to->columns[columns[i]].present, to_row);
        memcpy((char *)to->columns[columns[i]].as.any + to_row * size, (const char *)source->as.any + row * size, size);
    }
    to->origin[to_row] = from->origin[row];
    to->digest[to_row] = from->digest[row];
    return 0;
}
