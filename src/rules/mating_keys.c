/* Hashes of the keys of many lines, a column at a time. */
#include "rules/group_parts.h"
#include "rules/mating.h"

#include <string.h>

/* Neighbours often share the place of a text. */
static void add_texts(const ca_batch *batch, unsigned column, const uint64_t *rows, unsigned words, uint64_t *whole,
                      uint64_t *hash)
{
    const ca_slice *slices = batch->columns[column].as.slice;
    bool of_somebody = batch->schema->columns[column].type == CA_TYPE_ID;
    ca_slice last = {0, UINT32_MAX};
    uint64_t value = 0;
    bool nobody = false;
    EACH_ROW(rows, words, row) {
        if (slices[row].from != last.from || slices[row].len != last.len) {
            ca_text text = ca_batch_text(batch, column, row);
            last = slices[row];
            value = ca_hash64(text.ptr, text.len);
            nobody = of_somebody && ca_is_placeholder(text);
        }
        hash[row] = ca_mating_mix(hash[row], value);
        if (nobody)
            ca_mating_clear(whole, row);
    }
}

static void drop_nobody(const ca_batch *batch, unsigned column, unsigned words, uint64_t *whole)
{
    const ca_slice *slices = batch->columns[column].as.slice;
    ca_slice last = {0, UINT32_MAX};
    bool nobody = false;
    EACH_ROW(whole, words, row) {
        if (slices[row].from != last.from || slices[row].len != last.len) {
            last = slices[row];
            nobody = ca_is_placeholder(ca_batch_text(batch, column, row));
        }
        if (nobody)
            ca_mating_clear(whole, row);
    }
}

void ca_mating_keep_whole(const ca_batch *batch, unsigned column, unsigned words, uint64_t *whole)
{
    const uint64_t *present = batch->columns[column].present;
    for (unsigned w = 0; w < words; w++)
        whole[w] &= present != NULL ? present[w] : 0;
    if (present != NULL && batch->schema->columns[column].type == CA_TYPE_ID)
        drop_nobody(batch, column, words, whole);
}

/* Mostly there is nothing in them. */
static void add_lists(const ca_batch *batch, unsigned column, const uint64_t *rows, unsigned words, uint64_t *hash)
{
    const ca_slice *slices = batch->columns[column].as.slice;
    const ca_key_columns one = {&column, 1};
    EACH_ROW(rows, words, row)
        hash[row] = ca_mating_mix(hash[row], slices[row].len == 0 ? 0 : ca_key_hash(batch, &one, row));
}

static void add_column(const ca_batch *batch, unsigned column, const uint64_t *rows, unsigned words, uint64_t *whole,
                       uint64_t *hash)
{
    const ca_column *of = &batch->columns[column];
    for (unsigned w = 0; w < words; w++)
        whole[w] &= of->present != NULL ? of->present[w] : 0;
    if (of->present == NULL)
        return;
    switch (batch->schema->columns[column].type) {
    case CA_TYPE_INT:
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY:
        EACH_ROW(rows, words, row)
            hash[row] = ca_mating_mix(hash[row], (uint64_t)of->as.number[row]);
        return;
    case CA_TYPE_DATE:
        EACH_ROW(rows, words, row)
            hash[row] = ca_mating_mix(hash[row], (uint32_t)of->as.date[row]);
        return;
    case CA_TYPE_CODE:
        EACH_ROW(rows, words, row)
            hash[row] = ca_mating_mix(hash[row], of->as.code[row]);
        return;
    case CA_TYPE_ID:
    case CA_TYPE_TEXT:
        add_texts(batch, column, whole, words, whole, hash);
        return;
    case CA_TYPE_ENUM:
        EACH_ROW(rows, words, row)
            hash[row] = ca_mating_mix(hash[row], of->as.choice[row]);
        return;
    case CA_TYPE_CODES:
    case CA_TYPE_INTERVALS:
        add_lists(batch, column, whole, words, hash);
        return;
    }
}

void ca_mating_hash(const ca_batch *batch, const ca_key_columns *key, size_t count, const uint64_t *rows, unsigned words,
                    uint64_t *ret_whole, uint64_t *hash)
{
    memcpy(ret_whole, rows, words * sizeof *ret_whole);
    EACH_ROW(rows, words, row)
        hash[row] = 0;
    for (size_t i = 0; i < count; i++)
        add_column(batch, key->items[i], ret_whole, words, ret_whole, hash);
}
