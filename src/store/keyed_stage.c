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
        stage->rows = ca_realloc_array(NULL, stage->cap, sizeof *stage->rows);
        stage->batch = ca_batch_new(keyed->plan.schema, rows < 64 ? 64 : (unsigned)rows);
        if (!stage->hash || !stage->rows || !stage->batch) {
            ca_keyed_stage_done(stage);
            return CA_NOMEM;
        }
        stage->uses = stage->hash + stage->cap;
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

static int add_contents(ca_batch *to, const ca_batch *from, ca_type type, ca_slice slice, ca_slice *ret_slice)
{
    if (type == CA_TYPE_CODES) {
        return ca_batch_add_codes(to, from->list_codes + slice.from, slice.len, ret_slice);
    }
    if (type == CA_TYPE_INTERVALS) {
        return ca_batch_add_intervals(to, from->intervals + slice.from, slice.len, ret_slice);
    }
    return ca_batch_add_bytes(to, (ca_text){from->bytes + slice.from, slice.len}, ret_slice);
}

/* Texts of all rows, for which there is room in the pool. Without a branch for those that repeat: they cannot be
 * foreseen. */
static void add_texts(ca_batch *to, const ca_column *source, const ca_keyed_rows_in *in, bool all, ca_slice *slices)
{
    const char *pool = in->batch->bytes;
    char *bytes = to->bytes;
    size_t used = to->byte_count;
    ca_slice last = {0};
    ca_slice made = {0};
    for (unsigned i = 0; i < in->count; i++) {
        uint32_t row = in->rows[i];
        ca_slice slice = source->as.slice[row];
        slice.len = all || ca_bit(source->present, row) ? slice.len : 0;
        ca_copy_few(bytes + used, pool + slice.from, slice.len);
        bool same = slice.from == last.from && slice.len == last.len;
        made.from = same ? made.from : (uint32_t)used;
        made.len = slice.len;
        used += same ? 0 : slice.len;
        slices[i] = made;
        last = slice;
    }
    to->byte_count = used;
}

/* A text that stands once for several rows does so here, too. */
static int add_lists(ca_batch *to, const ca_keyed_column *column, const ca_column *source, const ca_keyed_rows_in *in,
                     uint8_t presence)
{
    ca_slice *slices = to->columns[column->column].as.slice + to->rows;
    bool all = presence == CA_PART_ALL;
    ca_slice last = {0};
    if (column->element == 1) {
        add_texts(to, source, in, all, slices);
        return 0;
    }
    for (unsigned i = 0; i < in->count; i++) {
        uint32_t row = in->rows[i];
        ca_slice slice = all || ca_bit(source->present, row) ? source->as.slice[row] : (ca_slice){0};
        if (slice.len == 0) {
            slices[i] = slice;
        } else if (slice.from == last.from && slice.len == last.len) {
            slices[i] = slices[i - 1];
        } else if (add_contents(to, in->batch, column->type, slice, &slices[i])) {
            return CA_NOMEM;
        }
        last = slice;
    }
    return 0;
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
    if (make_room(keyed, stage, (size_t)at + in->count) || ca_batch_reserve_bytes(stage->batch, contents)) {
        return CA_NOMEM;
    }
    ca_batch *to = stage->batch;
    for (unsigned i = 0; i < keyed->count; i++) {
        const ca_keyed_column *column = &keyed->columns[i];
        const ca_column *source = &in->batch->columns[column->column];
        uint8_t presence = ca_keyed_presence_of(source->present, in);
        if (presence == CA_PART_NONE) {
            continue;
        }
        add_bits(to->columns[column->column].present, at, source->present, in, presence);
        if (i < keyed->fixed) {
            add_values(to->columns[column->column].as.any, at, source->as.any, column->size, in);
        } else if (add_lists(to, column, source, in, presence)) {
            return CA_NOMEM;
        }
    }
    add_own(stage, at, in);
    to->rows += in->count;
    return 0;
}
