/* From rows of a batch to records in memory: a column at a time for a few rows together, so that each loop is short and what it
 * writes is near. */
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "store/keyed_inside.h"
#include "store/part_inside.h"

/* --- Batches of the exchange ---------------------------------------------------------------- */

int ca_keyed_prepare(const ca_keyed *keyed, ca_batch *batch, size_t rows, ca_error *err)
{
    if (rows > CA_BATCH_ROWS_GROWN) {
        return ca_error_set(err, CA_LIMIT,
                            "a key has more than %u lines: exclude it by the rule's `where`",
                            CA_BATCH_ROWS_GROWN);
    }
    unsigned capacity = batch->capacity;
    while (capacity < rows) {
        capacity = capacity > CA_BATCH_ROWS_GROWN / 2 ? CA_BATCH_ROWS_GROWN : capacity * 2;
    }
    int rc = ca_batch_grow(batch, capacity);
    for (unsigned i = 0; rc == 0 && i < keyed->count; i++) {
        rc = ca_batch_use(batch, keyed->columns[i].column);
    }
    return rc ? ca_error_nomem(err) : 0;
}

size_t ca_keyed_contents(const ca_batch *batch)
{
    return batch->byte_count + batch->list_count * sizeof *batch->list_codes +
           batch->interval_count * sizeof *batch->intervals;
}

/* --- What rows have ------------------------------------------------------------------------- */

/* Whether all rows between the first and the last one have a value, none has, or some have. */
static uint8_t presence_of(const uint64_t *present, const ca_keyed_tile *tile)
{
    uint32_t first = tile->rows[0];
    uint32_t last = tile->rows[tile->count - 1];
    uint64_t all = UINT64_MAX;
    uint64_t any = 0;
    for (uint32_t word = first / 64; present && word <= last / 64; word++) {
        uint64_t within = word == first / 64 ? UINT64_MAX << first % 64 : UINT64_MAX;
        within &= word == last / 64 ? UINT64_MAX >> (63 - last % 64) : UINT64_MAX;
        all &= present[word] | ~within;
        any |= present[word] & within;
    }
    return !any ? CA_PART_NONE : all == UINT64_MAX ? CA_PART_ALL : CA_PART_SOME;
}

#define LENGTH_MOST (8 * CA_KEYED_RECORD_MAX) /* what is longer is refused; so many of all columns are no overflow */

/* And returns whether all lengths are short. */
static bool add_lengths(const ca_keyed_tile *tile, const ca_column *column, bool all, uint32_t element, uint32_t *sums)
{
    uint32_t any = 0;
    for (unsigned i = 0; i < tile->count; i++) {
        uint32_t row = tile->rows[i];
        uint32_t len = all || ca_bit(column->present, row) ? column->as.slice[row].len : 0;
        sums[i] += len < LENGTH_MOST ? len * element : LENGTH_MOST;
        any |= len;
    }
    return any <= UINT8_MAX;
}

/* Of rows without a value, too: then it may be an old one, which does no harm. */
static bool are_small(const ca_keyed_tile *tile, const int64_t *numbers)
{
    bool small = true;
    for (unsigned i = 0; i < tile->count; i++) {
        int64_t number = numbers[tile->rows[i]];
        small &= number == (int32_t)number;
    }
    return small;
}

void ca_keyed_measure(const ca_keyed *keyed, ca_keyed_tile *tile)
{
    bool narrow = true;
    memset(tile->lists, 0, tile->count * sizeof *tile->lists);
    memset(tile->texts, 0, tile->count * sizeof *tile->texts);
    for (unsigned i = 0; i < keyed->count; i++) {
        const ca_keyed_column *of = &keyed->columns[i];
        const ca_column *column = &tile->batch->columns[of->column];
        tile->presence[i] = presence_of(column->present, tile);
        if (tile->presence[i] == CA_PART_NONE) {
            continue;
        }
        if (i >= keyed->fixed) {
            narrow &= add_lengths(tile, column, tile->presence[i] == CA_PART_ALL, of->element,
                                  of->element > 1 ? tile->lists : tile->texts);
        } else if (of->size == sizeof(int64_t)) {
            narrow = narrow && are_small(tile, column->as.number);
        }
    }
    tile->form = narrow ? CA_KEYED_NARROW : CA_KEYED_WIDE;
}

/* --- Records -------------------------------------------------------------------------------- */

typedef struct writing {
    const ca_keyed *keyed;
    const ca_batch *batch;
    const uint32_t *rows;
    ca_keyed_record *const *records;
    unsigned count;
    unsigned form;
} writing;

static void put_heads(const writing *of, const ca_keyed_tile *tile, unsigned from)
{
    for (unsigned i = 0; i < of->count; i++) {
        uint32_t row = of->rows[i];
        ca_keyed_record *record = of->records[i];
        memset(record, 0, of->keyed->record[of->form]);
        record->hash = tile->hash[row];
        record->uses = tile->uses ? tile->uses[row] : UINT64_MAX;
        record->digest = of->batch->digest[row];
        record->origin = of->batch->origin[row];
        record->lists = tile->lists[from + i];
        record->texts = tile->texts[from + i] & INT32_MAX;
        record->form = of->form & 1;
    }
}

static void add_bits(const writing *of, const uint64_t *present, unsigned number, uint32_t *words)
{
    for (unsigned i = 0; i < of->count; i++) {
        words[i] |= (uint32_t)ca_bit(present, of->rows[i]) << number % 32;
    }
}

/* Of 32 columns from this one on, and behind the last whether the line counts. */
static void put_presence(const writing *of, const ca_keyed_tile *tile, unsigned first)
{
    uint32_t words[CA_KEYED_TILE] = {0};
    uint32_t in_all = 0;
    for (unsigned i = first; i < first + 32 && i <= of->keyed->count; i++) {
        bool last = i == of->keyed->count;
        const uint64_t *present = last ? of->batch->live : of->batch->columns[of->keyed->columns[i].column].present;
        if (last || tile->presence[i] == CA_PART_SOME) {
            add_bits(of, present, i, words);
        } else {
            in_all |= (uint32_t)(tile->presence[i] == CA_PART_ALL) << i % 32;
        }
    }
    for (unsigned i = 0; i < of->count; i++) {
        ((uint32_t *)(void *)(of->records[i] + 1))[first / 32] = words[i] | in_all;
    }
}

/* A loop for each size. */
static void put_values(const writing *of, const ca_keyed_column *column, const void *values)
{
    size_t offset = column->offset[of->form];
    if (column->size == sizeof(int64_t) && of->form == CA_KEYED_WIDE) {
        for (unsigned i = 0; i < of->count; i++) {
            memcpy((uint8_t *)of->records[i] + offset, (const int64_t *)values + of->rows[i], sizeof(int64_t));
        }
    } else if (column->size == sizeof(int64_t)) {
        for (unsigned i = 0; i < of->count; i++) {
            int32_t number = (int32_t)((const int64_t *)values)[of->rows[i]];
            memcpy((uint8_t *)of->records[i] + offset, &number, sizeof number);
        }
    } else if (column->size == sizeof(uint32_t)) {
        for (unsigned i = 0; i < of->count; i++) {
            memcpy((uint8_t *)of->records[i] + offset, (const uint32_t *)values + of->rows[i], sizeof(uint32_t));
        }
    } else {
        for (unsigned i = 0; i < of->count; i++) {
            ((uint8_t *)of->records[i])[offset] = ((const uint8_t *)values)[of->rows[i]];
        }
    }
}

static inline void put_length(const writing *of, const ca_keyed_column *column, unsigned i, uint32_t len)
{
    uint8_t *to = (uint8_t *)of->records[i] + column->offset[of->form];
    if (of->form == CA_KEYED_WIDE) {
        memcpy(to, &len, sizeof len);
    } else {
        *to = (uint8_t)len;
    }
}

/* `at`: where the contents of each record go on. */
static inline void put_contents(const writing *of, const ca_keyed_column *column, bool all, size_t element, uint8_t **at)
{
    const ca_column *from = &of->batch->columns[column->column];
    const uint8_t *pool = ca_batch_pool(of->batch, column->type);
    for (unsigned i = 0; i < of->count; i++) {
        uint32_t row = of->rows[i];
        ca_slice slice = from->as.slice[row];
        slice.len = all || ca_bit(from->present, row) ? slice.len : 0;
        if (slice.len) {
            ca_copy_few((char *)at[i], (const char *)pool + slice.from * element, slice.len * element);
        }
        put_length(of, column, i, slice.len);
        at[i] += slice.len * element;
    }
}

void ca_keyed_write_records(const ca_keyed *keyed, const ca_keyed_tile *tile, unsigned from, unsigned end)
{
    const writing of = {keyed, tile->batch, tile->rows + from, tile->records + from, end - from, tile->form};
    uint8_t *lists[CA_KEYED_TILE];
    uint8_t *texts[CA_KEYED_TILE];
    put_heads(&of, tile, from);
    for (unsigned first = 0; first <= keyed->count; first += 32) {
        put_presence(&of, tile, first);
    }
    for (unsigned i = 0; i < of.count; i++) {
        lists[i] = (uint8_t *)of.records[i] + keyed->record[tile->form];
        texts[i] = lists[i] + tile->lists[from + i];
    }
    for (unsigned i = 0; i < keyed->count; i++) {
        unsigned number = keyed->sequence[i];
        const ca_keyed_column *column = &keyed->columns[number];
        bool all = tile->presence[number] == CA_PART_ALL;
        if (tile->presence[number] == CA_PART_NONE) {
            continue;
        }
        if (column->size) {
            put_values(&of, column, of.batch->columns[column->column].as.any);
        } else if (column->element == 1) {
            put_contents(&of, column, all, 1, texts);
        } else {
            put_contents(&of, column, all, column->element, lists);
        }
    }
}
