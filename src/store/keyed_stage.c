/* Rows that wait, as columns, until there are enough of them for a block. */
#include <string.h>

#include "base/alloc.h"
#include "store/keyed_inside.h"
#include "store/part_inside.h"

void ca_keyed_stage_done(ca_keyed_stage *stage)
{
    ca_batch_free(stage->batch);
    ca_free(stage->hash);
    *stage = (ca_keyed_stage){0};
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

size_t ca_keyed_measure_rows(const ca_keyed *keyed, const ca_keyed_rows_in *in, size_t *ret_most)
{
    size_t all = 0;
    *ret_most = 0;
    for (unsigned i = keyed->fixed; i < keyed->count; i++) {
        const ca_column *column = &in->batch->columns[keyed->columns[i].column];
        size_t total = 0;
        uint32_t most = 0;
        for (unsigned j = 0; column->present && j < in->count; j++) {
            uint32_t row = in->rows[j];
            uint32_t len = ca_bit(column->present, row) ? column->as.slice[row].len : 0;
            most = len > most ? len : most;
            total += len;
        }
        all += total * keyed->columns[i].element;
        *ret_most += (size_t)most * keyed->columns[i].element;
    }
    return all;
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
        stage->hash = ca_alloc(2 * CA_KEYED_BLOCK_ROWS * sizeof *stage->hash);
        stage->batch = ca_batch_new(keyed->plan.schema, rows < 64 ? 64 : (unsigned)rows);
        if (!stage->hash || !stage->batch) {
            return CA_NOMEM;
        }
        stage->uses = stage->hash + CA_KEYED_BLOCK_ROWS;
    }
    return ca_keyed_prepare(keyed, stage->batch, rows, NULL);
}

static void add_bits(uint64_t *to, unsigned at, const uint64_t *bits, const ca_keyed_rows_in *in)
{
    uint64_t word = 0;
    for (unsigned i = 0; i < in->count; i++, at++) {
        word |= (uint64_t)ca_bit(bits, in->rows[i]) << at % 64;
        if (at % 64 == 63) {
            to[at / 64] |= word;
            word = 0;
        }
    }
    if (at % 64) {
        to[at / 64] |= word;
    }
}

static void add_values(void *to, unsigned at, const void *from, size_t size, const ca_keyed_rows_in *in)
{
    const uint32_t *rows = in->rows;
    if (size == sizeof(uint64_t)) {
        for (unsigned i = 0; i < in->count; i++) {
            ((uint64_t *)to)[at + i] = ((const uint64_t *)from)[rows[i]];
        }
    } else if (size == sizeof(uint32_t)) {
        for (unsigned i = 0; i < in->count; i++) {
            ((uint32_t *)to)[at + i] = ((const uint32_t *)from)[rows[i]];
        }
    } else {
        for (unsigned i = 0; i < in->count; i++) {
            ((uint8_t *)to)[at + i] = ((const uint8_t *)from)[rows[i]];
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

/* A text that stands once for several rows does so here, too. */
static int add_lists(ca_batch *to, const ca_keyed_column *column, const ca_column *source, const ca_keyed_rows_in *in)
{
    ca_slice *slices = to->columns[column->column].as.slice + to->rows;
    ca_slice last = {0};
    for (unsigned i = 0; i < in->count; i++) {
        ca_slice slice = ca_bit(source->present, in->rows[i]) ? source->as.slice[in->rows[i]] : (ca_slice){0};
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

int ca_keyed_stage_add(const ca_keyed *keyed, ca_keyed_stage *stage, const ca_keyed_rows_in *in)
{
    unsigned at = stage->batch ? stage->batch->rows : 0;
    if (make_room(keyed, stage, (size_t)at + in->count)) {
        return CA_NOMEM;
    }
    ca_batch *to = stage->batch;
    for (unsigned i = 0; i < keyed->count; i++) {
        const ca_keyed_column *column = &keyed->columns[i];
        const ca_column *source = &in->batch->columns[column->column];
        if (ca_keyed_presence_of(source->present, in) == CA_PART_NONE) {
            continue;
        }
        add_bits(to->columns[column->column].present, at, source->present, in);
        if (i < keyed->fixed) {
            add_values(to->columns[column->column].as.any, at, source->as.any, column->size, in);
        } else if (add_lists(to, column, source, in)) {
            return CA_NOMEM;
        }
    }
    add_bits(to->live, at, in->batch->live, in);
    for (unsigned i = 0; i < in->count; i++) {
        uint32_t row = in->rows[i];
        to->origin[at + i] = in->batch->origin[row];
        to->digest[at + i] = in->batch->digest[row];
        stage->hash[at + i] = in->hash[row];
        stage->uses[at + i] = in->uses ? in->uses[row] : UINT64_MAX;
    }
    to->rows += in->count;
    return 0;
}
