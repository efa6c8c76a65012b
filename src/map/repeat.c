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

int ca_repeat_init(ca_mapper *mapper)
{
    ca_repeat *repeat = &mapper->repeat;
    size_t cap = 2 * mapper->slot_count + CA_STATUS_FLAGS_MAX;
    repeat->cells.items = ca_arena_array(&mapper->arena, cap, sizeof *repeat->cells.items);
    repeat->runs.items = ca_arena_array(&mapper->arena, cap, sizeof *repeat->runs.items);
    repeat->columns =
        ca_arena_array(&mapper->arena, mapper->claim_ops + 1, sizeof *repeat->columns);
    repeat->saved = ca_arena_array(&mapper->arena, CA_SAVED_BYTES, 1);
    if (!repeat->cells.items || !repeat->runs.items || !repeat->columns || !repeat->saved) {
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
        if (now.len != stretch->len || !ca_same_bytes(now.ptr, saved, now.len)) {
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
    repeat->listed = false;
    repeat->valid = true;
}

/* --- Columns -------------------------------------------------------------------------------- */

static size_t size_of(ca_type type)
{
    switch (type) {
    case CA_TYPE_DATE:
    case CA_TYPE_CODE:
        return 4;
    case CA_TYPE_ENUM:
        return 1;
    case CA_TYPE_INT:
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY:
    case CA_TYPE_ID:
    case CA_TYPE_TEXT:
    case CA_TYPE_CODES:
    case CA_TYPE_INTERVALS:
        break;
    }
    return 8; /* numbers and slices */
}

static size_t list_size(const ca_mapper *mapper, size_t size, size_t listed)
{
    const ca_repeat *repeat = &mapper->repeat;
    size_t before = listed;
    for (size_t i = 0; i < mapper->claim_ops; i++) {
        const ca_op *op = &mapper->ops[i];
        if (op->value.present && op->stored && size_of(op->type) == size) {
            repeat->columns[listed++] = (uint16_t)op->column;
        }
    }
    return listed - before;
}

static void list_columns(ca_mapper *mapper)
{
    ca_repeat *repeat = &mapper->repeat;
    repeat->eights = list_size(mapper, 8, 0);
    repeat->fours = list_size(mapper, 4, repeat->eights);
    repeat->ones = list_size(mapper, 1, repeat->eights + repeat->fours);
    repeat->listed = true;
}

static void copy_columns(const ca_repeat *repeat, ca_batch *batch, unsigned row)
{
    const uint16_t *next = repeat->columns;
    for (size_t i = 0; i < repeat->eights; i++) {
        const ca_column *column = &batch->columns[*next++];
        char *to = (char *)column->as.any + (size_t)row * 8;
        memcpy(to, to - 8, 8);
        ca_bit_set(column->present, row);
    }
    for (size_t i = 0; i < repeat->fours; i++) {
        const ca_column *column = &batch->columns[*next++];
        char *to = (char *)column->as.any + (size_t)row * 4;
        memcpy(to, to - 4, 4);
        ca_bit_set(column->present, row);
    }
    for (size_t i = 0; i < repeat->ones; i++) {
        const ca_column *column = &batch->columns[*next++];
        column->as.choice[row] = column->as.choice[row - 1];
        ca_bit_set(column->present, row);
    }
}

void ca_repeat_copy(ca_mapper *mapper, ca_batch *batch, unsigned row)
{
    if (!mapper->repeat.listed) {
        list_columns(mapper);
    }
    copy_columns(&mapper->repeat, batch, row);
    for (size_t i = 0; i < mapper->repeat.missed_count; i++) {
        ca_column_count *count = &mapper->counts[mapper->missed[i] / 2];
        count->empty += mapper->missed[i] % 2 == 0 ? 1 : 0;
        count->undecoded += mapper->missed[i] % 2;
    }
    mapper->missed_count = mapper->repeat.missed_count;
    mapper->record.bytes.len = mapper->repeat.record_len;
}
