/* Rows of one claim repeat its header: when all cells of it are those of the row before, what they
 * gave is taken from there, from the batch, the record and the counts. A row further away is never
 * looked at. */
#include "map/inner.h"

#include <stdlib.h>

/* --- Cells of the header -------------------------------------------------------------------- */

static void add_cell(ca_stretches *cells, uint32_t cell)
{
    for (size_t i = 0; i < cells->count; i++) {
        if (cells->items[i].first == cell) {
            return;
        }
    }
    if (cell != CA_NO_CELL) {
        cells->items[cells->count++] = (ca_stretch){.first = cell, .last = cell};
    }
}

static void add_status_cells(ca_mapper *mapper)
{
    const ca_status_rule *rule = &mapper->layout->status;
    size_t count = rule->kind == CA_STATUS_NONE    ? 0
                   : rule->kind == CA_STATUS_FLAGS ? rule->flag_count
                                                   : 1;
    for (size_t i = 0; i < count; i++) {
        add_cell(&mapper->repeat.cells, mapper->status_cells[i]);
    }
}

static int by_place(const void *a, const void *b)
{
    const ca_stretch *left = a;
    const ca_stretch *right = b;
    return (left->first > right->first) - (left->first < right->first);
}

/* Neighbours become one. */
static void join_cells(ca_repeat *repeat)
{
    qsort(repeat->cells.items, repeat->cells.count, sizeof *repeat->cells.items, by_place);
    for (size_t i = 0; i < repeat->cells.count; i++) {
        const ca_stretch *cell = &repeat->cells.items[i];
        ca_stretch *before = repeat->runs.count ? &repeat->runs.items[repeat->runs.count - 1] : NULL;
        if (before && before->last + 1 == cell->first) {
            before->last = cell->last;
        } else {
            repeat->runs.items[repeat->runs.count++] = *cell;
        }
    }
}

/* Ops of the claim whose values take so many bytes, behind `count` others. */
static size_t sort_size(ca_mapper *mapper, size_t size, size_t count)
{
    size_t before = count;
    for (size_t i = 0; i < mapper->claim_ops; i++) {
        if (ca_type_size(mapper->ops[i].type) == size) {
            mapper->repeat.by_size[count++] = (uint16_t)i;
        }
    }
    return count - before;
}

static void sort_ops(ca_mapper *mapper)
{
    ca_repeat *repeat = &mapper->repeat;
    repeat->eights = sort_size(mapper, 8, 0);
    repeat->fours = sort_size(mapper, 4, repeat->eights);
    (void)sort_size(mapper, 1, repeat->eights + repeat->fours);
}

int ca_repeat_init(ca_mapper *mapper)
{
    ca_repeat *repeat = &mapper->repeat;
    size_t cap = 2 * mapper->slot_count + CA_STATUS_FLAGS_MAX;
    repeat->cells.items = ca_arena_array(&mapper->arena, cap, sizeof *repeat->cells.items);
    repeat->runs.items = ca_arena_array(&mapper->arena, cap, sizeof *repeat->runs.items);
    repeat->by_size =
        ca_arena_array(&mapper->arena, mapper->claim_ops + 1, sizeof *repeat->by_size);
    repeat->columns =
        ca_arena_array(&mapper->arena, mapper->claim_ops + 1, sizeof *repeat->columns);
    repeat->saved = ca_arena_array(&mapper->arena, CA_SAVED_BYTES, 1);
    if (!repeat->cells.items || !repeat->runs.items || !repeat->by_size || !repeat->columns ||
        !repeat->saved) {
        return CA_NOMEM;
    }
    for (size_t i = 0; i < mapper->claim_ops; i++) {
        const ca_op *op = &mapper->ops[i];
        for (uint32_t k = 0; op->binding && k < op->width; k++) {
            add_cell(&repeat->cells, mapper->cells[op->slot + k]);
            add_cell(&repeat->cells, mapper->system_cells[op->slot + k]);
        }
    }
    add_status_cells(mapper);
    join_cells(repeat);
    sort_ops(mapper);
    return 0;
}

/* --- Rows ----------------------------------------------------------------------------------- */

/* Neighbouring cells of a plain row lie in its bytes with a delimiter between two, and no cell has one inside: they are
 * equal when these bytes are. */
static inline ca_text stretch_of(const ca_mapper *mapper, const ca_stretch *stretch)
{
    const char *from = mapper->row[stretch->first].ptr;
    ca_text last = mapper->row[stretch->last];
    return (ca_text){from, (size_t)(last.ptr + last.len - from)};
}

static inline const ca_stretches *stretches_of(const ca_mapper *mapper)
{
    return mapper->plain ? &mapper->repeat.runs : &mapper->repeat.cells;
}

bool ca_repeat_is(const ca_mapper *mapper, const ca_batch *batch)
{
    const ca_repeat *repeat = &mapper->repeat;
    if (!repeat->valid || batch->rows == 0 || repeat->saved_as != stretches_of(mapper)) {
        return false;
    }
    const ca_origin *before = &batch->origin[batch->rows - 1];
    if (before->offset != repeat->origin.offset || before->row != repeat->origin.row ||
        before->file != repeat->origin.file) {
        return false;
    }
    const char *saved = repeat->saved;
    for (size_t i = 0; i < repeat->saved_as->count; i++) {
        const ca_stretch *stretch = &repeat->saved_as->items[i];
        ca_text now = stretch_of(mapper, stretch);
        if (now.len != stretch->len || !ca_same_few(now.ptr, saved, now.len)) {
            return false;
        }
        saved += now.len;
    }
    return true;
}

void ca_repeat_save(ca_mapper *mapper)
{
    ca_repeat *repeat = &mapper->repeat;
    const ca_stretches *stretches = stretches_of(mapper);
    size_t used = 0;
    repeat->valid = false;
    for (size_t i = 0; i < stretches->count; i++) {
        ca_text now = stretch_of(mapper, &stretches->items[i]);
        if (now.len > CA_SAVED_BYTES - used) {
            return;
        }
        stretches->items[i].len = (uint32_t)now.len;
        ca_copy_few(repeat->saved + used, now.ptr, now.len);
        used += now.len;
    }
    repeat->saved_as = stretches;
    repeat->record_len = mapper->record.bytes.len;
    repeat->missed_count = mapper->missed_count;
    repeat->listed = NULL;
    repeat->valid = true;
}

/* --- Columns -------------------------------------------------------------------------------- */

/* Columns of ops that have a value; *next is where they go. */
static size_t list_columns(const ca_mapper *mapper, const ca_batch *batch, size_t from, size_t end,
                           ca_repeat_column **next)
{
    const ca_repeat_column *before = *next;
    for (size_t i = from; i < end; i++) {
        const ca_op *op = &mapper->ops[mapper->repeat.by_size[i]];
        const ca_column *column = &batch->columns[op->column];
        if (op->value.present && op->stored) {
            *(*next)++ = (ca_repeat_column){column->as.any, column->present};
        }
    }
    return (size_t)(*next - before);
}

static void list(const ca_mapper *mapper, ca_repeat *repeat, const ca_batch *batch)
{
    ca_repeat_column *next = repeat->columns;
    size_t fours = repeat->eights + repeat->fours;
    repeat->column_eights = list_columns(mapper, batch, 0, repeat->eights, &next);
    repeat->column_fours = list_columns(mapper, batch, repeat->eights, fours, &next);
    repeat->column_ones = list_columns(mapper, batch, fours, mapper->claim_ops, &next);
    repeat->listed = batch;
    repeat->listed_capacity = batch->capacity;
}

static void copy_columns(const ca_repeat *repeat, size_t row)
{
    const ca_repeat_column *column = repeat->columns;
    const ca_repeat_column *end = column + repeat->column_eights;
    const size_t word = row >> 6;
    const uint64_t bit = UINT64_C(1) << (row & 63);
    for (; column < end; column++) {
        memcpy(column->values + row * 8, column->values + row * 8 - 8, 8);
        column->present[word] |= bit;
    }
    for (end += repeat->column_fours; column < end; column++) {
        memcpy(column->values + row * 4, column->values + row * 4 - 4, 4);
        column->present[word] |= bit;
    }
    for (end += repeat->column_ones; column < end; column++) {
        column->values[row] = column->values[row - 1];
        column->present[word] |= bit;
    }
}

void ca_repeat_copy(ca_mapper *mapper, const ca_batch *batch, unsigned row)
{
    ca_repeat *repeat = &mapper->repeat;
    if (repeat->listed != batch || repeat->listed_capacity != batch->capacity) {
        list(mapper, repeat, batch);
    }
    copy_columns(repeat, row);
    repeat->times++;
    mapper->missed_count = repeat->missed_count;
    mapper->record.bytes.len = repeat->record_len;
}

void ca_repeat_count(ca_mapper *mapper)
{
    ca_repeat *repeat = &mapper->repeat;
    for (size_t i = 0; repeat->times > 0 && i < repeat->missed_count; i++) {
        ca_column_count *count = &mapper->counts[mapper->missed[i] / 2];
        count->empty += mapper->missed[i] % 2 == 0 ? repeat->times : 0;
        count->undecoded += mapper->missed[i] % 2 == 0 ? 0 : repeat->times;
    }
    repeat->times = 0;
}
