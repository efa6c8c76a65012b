/* Rows that wait, as columns, until there are enough of them for a block. */
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "store/keyed_inside.h"
#include "store/part_inside.h"

void ca_keyed_stage_done(ca_keyed_stage *stage)
{
    ca_batch_free(stage->batch);
    ca_free(stage->hash);
    ca_free(stage->rows);
    ca_free(stage->longest);
    *stage = (ca_keyed_stage){.cap = stage->cap};
}

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

size_t ca_keyed_measure(const ca_keyed *keyed, const ca_batch *batch, unsigned row)
{
    size_t contents = 0;
    for (unsigned i = keyed->fixed; i < keyed->count; i++) {
        const ca_column *column = &batch->columns[keyed->columns[i].column];
        if (column->present && ca_bit(column->present, row)) {
            contents += (size_t)column->as.slice[row].len * keyed->columns[i].element;
        }
    }
    return contents;
}

/* Lengths of a column, of the rows that have a value: their sum, and the largest. */
static size_t sum_lengths(const ca_column *column, const ca_keyed_rows_in *in, uint32_t *ret_most)
{
    const ca_slice *slices = column->as.slice;
    bool all = ca_keyed_presence_of(column->present, in) == CA_PART_ALL;
    size_t total = 0;
    uint32_t most = 0;
    for (unsigned i = 0; i < in->count; i++) {
        uint32_t row = in->rows[i];
        uint32_t len = all || ca_bit(column->present, row) ? slices[row].len : 0;
        most = len > most ? len : most;
        total += len;
    }
    *ret_most = most;
    return total;
}

size_t ca_keyed_measure_rows(const ca_keyed *keyed, const ca_keyed_rows_in *in, size_t *ret_most)
{
    size_t all = 0;
    *ret_most = 0;
    for (unsigned i = keyed->fixed; i < keyed->count; i++) {
        const ca_column *column = &in->batch->columns[keyed->columns[i].column];
        uint32_t most = 0;
        all += column->present ? sum_lengths(column, in, &most) * keyed->columns[i].element : 0;
        *ret_most += (size_t)most * keyed->columns[i].element;
    }
    return all;
}

void ca_keyed_set_range(uint64_t *bits, unsigned from, unsigned end)
{
    for (unsigned word = from / 64; from < end; word++) {
        unsigned last = end - word * 64 < 64 ? end - word * 64 : 64;
        bits[word] |= (last == 64 ? UINT64_MAX : (UINT64_C(1) << last) - 1) & UINT64_MAX << from % 64;
        from = (word + 1) * 64;
    }
}

uint8_t ca_keyed_presence_of(const uint64_t *present, const ca_keyed_rows_in *in)
{
    uint32_t first = in->rows[0];
    uint32_t last = in->rows[in->count - 1];
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

/* --- Adding rows ---------------------------------------------------------------------------- */

static int make_room(const ca_keyed *keyed, ca_keyed_stage *stage, size_t rows)
{
    if (!stage->batch) {
        stage->hash = ca_realloc_array(NULL, stage->cap, 2 * sizeof *stage->hash);
        stage->rows = ca_realloc_array(NULL, stage->cap, 3 * sizeof *stage->rows);
        stage->longest = ca_alloc_zero(keyed->count, sizeof *stage->longest);
        stage->batch = ca_batch_new(keyed->plan.schema, rows < 64 ? 64 : (unsigned)rows);
        if (!stage->hash || !stage->rows || !stage->longest || !stage->batch) {
            ca_keyed_stage_done(stage);
            return CA_NOMEM;
        }
        stage->uses = stage->hash + stage->cap;
        stage->narrow = stage->rows + stage->cap;
        stage->wide = stage->narrow + stage->cap;
        for (unsigned i = 0; i < stage->cap; i++) {
            stage->rows[i] = i;
        }
    }
    return ca_keyed_prepare(keyed, stage->batch, rows, NULL);
}

static void add_bits(uint64_t *to, unsigned at, const uint64_t *bits, const ca_keyed_rows_in *in, uint8_t presence)
{
    if (presence == CA_PART_ALL) {
        ca_keyed_set_range(to, at, at + in->count);
        return;
    }
    for (unsigned i = 0; i < in->count;) {
        uint64_t word = 0;
        unsigned first = at + i;
        unsigned end = 64 - first % 64 < in->count - i ? i + 64 - first % 64 : in->count;
        for (unsigned shift = first % 64; i < end; i++, shift++) {
            word |= (uint64_t)ca_bit(bits, in->rows[i]) << shift;
        }
        to[first / 64] |= word;
    }
}

static void add_values(void *to, unsigned at, const void *from, size_t size, const ca_keyed_rows_in *in)
{
    const uint32_t *rows = in->rows;
    unsigned count = in->count;
    if (size == sizeof(uint64_t)) {
        uint64_t *values = (uint64_t *)to + at;
        for (unsigned i = 0; i < count; i++) {
            values[i] = ((const uint64_t *)from)[rows[i]];
        }
    } else if (size == sizeof(uint32_t)) {
        uint32_t *values = (uint32_t *)to + at;
        for (unsigned i = 0; i < count; i++) {
            values[i] = ((const uint32_t *)from)[rows[i]];
        }
    } else {
        uint8_t *values = (uint8_t *)to + at;
        for (unsigned i = 0; i < count; i++) {
            values[i] = ((const uint8_t *)from)[rows[i]];
        }
    }
}

/* Texts or lists of all rows, for which there is room in the pool; what stands once for neighbours does so here, too.
 * Without a branch for that: it cannot be foreseen. */
static inline size_t add_slices(uint8_t *pool, size_t used, const uint8_t *from, size_t element,
                                const ca_column *source, const ca_keyed_rows_in *in, bool all, ca_slice *slices)
{
    ca_slice last = {0};
    ca_slice made = {0};
    for (unsigned i = 0; i < in->count; i++) {
        uint32_t row = in->rows[i];
        ca_slice slice = source->as.slice[row];
        slice.len = all || ca_bit(source->present, row) ? slice.len : 0;
        if (slice.len) {
            ca_copy_few((char *)pool + used * element, (const char *)from + slice.from * element, slice.len * element);
        }
        bool same = slice.from == last.from && slice.len == last.len;
        made.from = same ? made.from : (uint32_t)used;
        made.len = slice.len;
        used += same ? 0 : slice.len;
        slices[i] = made;
        last = slice;
    }
    return used;
}

static void add_contents(ca_batch *to, const ca_keyed_column *column, const ca_keyed_rows_in *in, uint8_t presence)
{
    const ca_batch *from = in->batch;
    const ca_column *source = &from->columns[column->column];
    ca_slice *slices = to->columns[column->column].as.slice + to->rows;
    bool all = presence == CA_PART_ALL;
    if (presence == CA_PART_NONE) {
        memset(slices, 0, in->count * sizeof *slices);
    } else if (column->type == CA_TYPE_CODES) {
        to->list_count = add_slices((uint8_t *)to->list_codes, to->list_count, (const uint8_t *)from->list_codes,
                                    sizeof *to->list_codes, source, in, all, slices);
    } else if (column->type == CA_TYPE_INTERVALS) {
        to->interval_count = add_slices((uint8_t *)to->intervals, to->interval_count,
                                        (const uint8_t *)from->intervals, sizeof *to->intervals, source, in, all, slices);
    } else {
        to->byte_count = add_slices((uint8_t *)to->bytes, to->byte_count, (const uint8_t *)from->bytes, 1, source, in,
                                    all, slices);
    }
}

/* What the values of a column take in a block if none repeats. */
static void add_lengths(ca_keyed_stage *stage, const ca_keyed_column *column, unsigned at, unsigned count,
                        uint32_t *longest)
{
    const ca_slice *slices = stage->batch->columns[column->column].as.slice + at;
    uint32_t *bytes = (column->element > 1 ? stage->wide : stage->narrow) + at;
    uint32_t element = column->element;
    uint32_t most = 0;
    for (unsigned i = 0; i < count; i++) {
        most = slices[i].len > most ? slices[i].len : most;
        bytes[i] += slices[i].len * element;
    }
    for (unsigned i = 0; most >= CA_KEYED_LEN_LONG && i < count; i++) {
        bytes[i] += (uint32_t)ca_keyed_escape(slices[i].len, element);
    }
    *longest = most > *longest ? most : *longest;
}

/* Where rows came from, digests, hashes and uses. */
static void add_own(ca_keyed_stage *stage, unsigned at, const ca_keyed_rows_in *in)
{
    ca_batch *to = stage->batch;
    const uint32_t *rows = in->rows;
    add_bits(to->live, at, in->batch->live, in, ca_keyed_presence_of(in->batch->live, in));
    for (unsigned i = 0; i < in->count; i++) {
        to->origin[at + i] = in->batch->origin[rows[i]];
        to->digest[at + i] = in->batch->digest[rows[i]];
    }
    add_values(stage->hash, at, in->hash, sizeof *in->hash, in);
    if (in->uses) {
        add_values(stage->uses, at, in->uses, sizeof *in->uses, in);
    } else {
        memset(stage->uses + at, 0xff, in->count * sizeof *stage->uses);
    }
}

int ca_keyed_stage_add(const ca_keyed *keyed, ca_keyed_stage *stage, const ca_keyed_rows_in *in, size_t contents)
{
    unsigned at = stage->batch ? stage->batch->rows : 0;
    if (make_room(keyed, stage, (size_t)at + in->count) || ca_batch_reserve(stage->batch, contents)) {
        return CA_NOMEM;
    }
    ca_batch *to = stage->batch;
    memset(stage->narrow + at, 0, in->count * sizeof *stage->narrow);
    memset(stage->wide + at, 0, in->count * sizeof *stage->wide);
    for (unsigned i = 0; i < keyed->count; i++) {
        const ca_keyed_column *column = &keyed->columns[i];
        const ca_column *source = &in->batch->columns[column->column];
        uint8_t presence = ca_keyed_presence_of(source->present, in);
        if (presence != CA_PART_NONE) {
            add_bits(to->columns[column->column].present, at, source->present, in, presence);
        }
        if (i >= keyed->fixed) {
            add_contents(to, column, in, presence);
            add_lengths(stage, column, at, in->count, &stage->longest[i]);
        } else if (presence != CA_PART_NONE) {
            add_values(to->columns[column->column].as.any, at, source->as.any, column->size, in);
        }
    }
    add_own(stage, at, in);
    stage->contents += contents;
    to->rows += in->count;
    return 0;
}

void ca_keyed_stage_clear(const ca_keyed *keyed, ca_keyed_stage *stage)
{
    ca_batch_clear(stage->batch);
    memset(stage->longest, 0, keyed->count * sizeof *stage->longest);
    stage->contents = 0;
}
