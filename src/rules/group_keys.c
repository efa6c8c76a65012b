/* Keys: which members agree in all columns that a rule groups by. Routing is by hash; equality is of values. */
#include "rules/group_parts.h"

#include <stdlib.h>
#include <string.h>

uint32_t ca_key_lacks(const ca_batch *batch, const ca_key_columns *columns, unsigned row)
{
    for (size_t i = 0; i < columns->count; i++) {
        unsigned column = columns->items[i];
        if (column == CA_F_CLAIM_PART)
            continue;    /* without one a claim has one part */
        ca_type type = batch->schema->columns[column].type;
        if (!ca_batch_has(batch, column, row))
            return column;
        if (type == CA_TYPE_ID && ca_is_placeholder(ca_batch_text(batch, column, row)))
            return column;
    }
    return CA_NO_ROW;
}

uint64_t ca_hash_mix(uint64_t a, uint64_t b)
{
    uint64_t x = a + b * UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

static int by_id(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

/* The set of a list's codes: sorted, each once. Returns how many. */
static size_t as_set(const ca_batch *batch, ca_slice list, uint32_t ids[CA_KEY_LIST_MAX])
{
    size_t count = 0;
    size_t len = list.len < CA_KEY_LIST_MAX ? list.len : CA_KEY_LIST_MAX;
    memcpy(ids, batch->list_codes + list.from, len * sizeof *ids);
    qsort(ids, len, sizeof *ids, by_id);
    for (size_t i = 0; i < len; i++) {
        if (count == 0 || ids[count - 1] != ids[i])
            ids[count++] = ids[i];
    }
    return count;
}

static int64_t part_of(const ca_batch *batch, unsigned row)
{
    return ca_batch_has(batch, CA_F_CLAIM_PART, row) ? batch->columns[CA_F_CLAIM_PART].as.number[row] : 1;
}

static uint64_t value_hash(const ca_batch *batch, unsigned column, unsigned row)
{
    const ca_column *of = &batch->columns[column];
    uint32_t ids[CA_KEY_LIST_MAX];
    if (column == CA_F_CLAIM_PART)
        return (uint64_t)part_of(batch, row);
    switch (batch->schema->columns[column].type) {
    case CA_TYPE_INT:
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY:
        return (uint64_t)of->as.number[row];
    case CA_TYPE_DATE:
        return (uint32_t)of->as.date[row];
    case CA_TYPE_CODE:
        return of->as.code[row];
    case CA_TYPE_ENUM:
        return of->as.choice[row];
    case CA_TYPE_ID:
    case CA_TYPE_TEXT: {
        ca_text text = ca_batch_text(batch, column, row);
        return ca_hash64(text.ptr, text.len);
    }
    case CA_TYPE_CODES: {
        size_t count = of->as.slice[row].len == 0 ? 0 : as_set(batch, of->as.slice[row], ids);
        return ca_hash64(ids, count * sizeof *ids);
    }
    case CA_TYPE_INTERVALS: {
        ca_slice slice = of->as.slice[row];
        return slice.len == 0 ? 0 : ca_hash64(batch->intervals + slice.from, slice.len * sizeof(ca_interval));
    }
    }
    return 0;
}

uint64_t ca_key_hash(const ca_batch *batch, const ca_key_columns *columns, unsigned row)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < columns->count; i++)
        hash = ca_hash_mix(hash, value_hash(batch, columns->items[i], row));
    return hash;
}

/* One column of the key: of identifiers, dates and codes, which nearly all keys are, without asking each row its type. */
static void hash_column(const ca_batch *batch, unsigned column, const uint32_t *rows, uint32_t count, uint64_t *hashes,
                        uint32_t *lacks)
{
    const ca_column *of = &batch->columns[column];
    ca_type type = batch->schema->columns[column].type;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = rows[i];
        uint64_t hash = 0;
        bool lack = column != CA_F_CLAIM_PART && !(of->present && ca_bit(of->present, row));
        if (!lack && type == CA_TYPE_ID) {
            ca_text text = ca_batch_text(batch, column, row);
            lack = ca_is_placeholder(text);
            hash = ca_hash64(text.ptr, text.len);
        } else if (!lack && type == CA_TYPE_DATE) {
            hash = (uint32_t)of->as.date[row];
        } else if (!lack && type == CA_TYPE_CODE) {
            hash = of->as.code[row];
        } else if (!lack) {
            hash = value_hash(batch, column, row);
        }
        if (lack && lacks[i] == CA_NO_ROW)
            lacks[i] = column;
        hashes[i] = ca_hash_mix(hashes[i], hash);
    }
}

void ca_key_hashes(const ca_batch *batch, const ca_key_columns *columns, const uint32_t *rows, uint32_t count,
                   uint64_t *ret_hashes, uint32_t *ret_lacks)
{
    for (uint32_t i = 0; i < count; i++) {
        ret_hashes[i] = 0;
        ret_lacks[i] = CA_NO_ROW;
    }
    for (size_t i = 0; i < columns->count; i++)
        hash_column(batch, columns->items[i], rows, count, ret_hashes, ret_lacks);
}

static bool same_set(const ca_batch *batch, ca_slice a, ca_slice b)
{
    uint32_t of_a[CA_KEY_LIST_MAX];
    uint32_t of_b[CA_KEY_LIST_MAX];
    size_t count_a = a.len == 0 ? 0 : as_set(batch, a, of_a);
    size_t count_b = b.len == 0 ? 0 : as_set(batch, b, of_b);
    return count_a == count_b && (count_a == 0 || memcmp(of_a, of_b, count_a * sizeof *of_a) == 0);
}

static bool value_equal(const ca_batch *batch, unsigned column, unsigned a, unsigned b)
{
    const ca_column *of = &batch->columns[column];
    if (column == CA_F_CLAIM_PART)
        return part_of(batch, a) == part_of(batch, b);
    switch (batch->schema->columns[column].type) {
    case CA_TYPE_INT:
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY:
        return of->as.number[a] == of->as.number[b];
    case CA_TYPE_DATE:
        return of->as.date[a] == of->as.date[b];
    case CA_TYPE_CODE:
        return of->as.code[a] == of->as.code[b];
    case CA_TYPE_ENUM:
        return of->as.choice[a] == of->as.choice[b];
    case CA_TYPE_ID:
    case CA_TYPE_TEXT:
        return ca_text_eq(ca_batch_text(batch, column, a), ca_batch_text(batch, column, b));
    case CA_TYPE_CODES:
        return same_set(batch, of->as.slice[a], of->as.slice[b]);
    case CA_TYPE_INTERVALS: {
        ca_slice left = of->as.slice[a];
        ca_slice right = of->as.slice[b];
        return left.len == right.len &&
               (left.len == 0 || memcmp(batch->intervals + left.from, batch->intervals + right.from,
                                        left.len * sizeof(ca_interval)) == 0);
    }
    }
    return false;
}

bool ca_key_equal(const ca_batch *batch, const ca_key_columns *columns, unsigned a, unsigned b)
{
    for (size_t i = 0; i < columns->count; i++) {
        if (!value_equal(batch, columns->items[i], a, b))
            return false;
    }
    return true;
}

int ca_column_order(const ca_batch *batch, const ca_codes *codes, unsigned column, unsigned a, unsigned b)
{
    ca_value left = ca_value_of(batch, column, a);
    ca_value right = ca_value_of(batch, column, b);
    if (!left.present || !right.present)
        return (int)right.present - (int)left.present;
    if (left.type != CA_TYPE_CODE)
        return ca_row_order(&left, &right);
    uint8_t of_left = ca_codes_system_of(codes, left.as.code);    /* ids depend on the order of arrival */
    uint8_t of_right = ca_codes_system_of(codes, right.as.code);
    int order = strcmp(codes->systems[of_left].name, codes->systems[of_right].name);
    return order ? order : ca_text_cmp(ca_codes_text(codes, left.as.code), ca_codes_text(codes, right.as.code));
}
