/* Rows of one claim repeat its header: when all cells of it are those of the row before, what they
 * gave is taken from there, from the batch, the record and the counts. A row further away is never
 * looked at. */
#include "map/inner.h"

static void add_cell(ca_repeat *repeat, uint32_t cell)
{
    for (size_t i = 0; i < repeat->cell_count; i++) {
        if (repeat->cells[i] == cell) {
            return;
        }
    }
    if (cell != CA_NO_CELL) {
        repeat->cells[repeat->cell_count++] = cell;
    }
}

static void add_status_cells(ca_mapper *mapper)
{
    const ca_status_rule *rule = &mapper->layout->status;
    size_t count = rule->kind == CA_STATUS_NONE    ? 0
                   : rule->kind == CA_STATUS_FLAGS ? rule->flag_count
                                                   : 1;
    for (size_t i = 0; i < count; i++) {
        add_cell(&mapper->repeat, mapper->status_cells[i]);
    }
}

int ca_repeat_init(ca_mapper *mapper)
{
    ca_repeat *repeat = &mapper->repeat;
    size_t cap = 2 * mapper->slot_count + CA_STATUS_FLAGS_MAX;
    repeat->cells = ca_arena_array(&mapper->arena, cap, sizeof *repeat->cells);
    if (!repeat->cells) {
        return CA_NOMEM;
    }
    for (size_t i = 0; i < mapper->claim_ops; i++) {
        const ca_op *op = &mapper->ops[i];
        for (uint32_t k = 0; op->binding && k < op->width; k++) {
            add_cell(repeat, mapper->cells[op->slot + k]);
            add_cell(repeat, mapper->system_cells[op->slot + k]);
        }
    }
    add_status_cells(mapper);
    repeat->saved = ca_arena_array(&mapper->arena, repeat->cell_count + 1, sizeof *repeat->saved);
    return repeat->saved ? 0 : CA_NOMEM;
}

bool ca_repeat_is(const ca_mapper *mapper, const ca_batch *batch)
{
    const ca_repeat *repeat = &mapper->repeat;
    if (!repeat->valid || batch->rows == 0) {
        return false;
    }
    const ca_origin *before = &batch->origin[batch->rows - 1];
    if (before->offset != repeat->origin.offset || before->row != repeat->origin.row ||
        before->file != repeat->origin.file) {
        return false;
    }
    for (size_t i = 0; i < repeat->cell_count; i++) {
        ca_text cell = mapper->row[repeat->cells[i]];
        if (cell.len != repeat->saved[i].len ||
            !ca_same_bytes(cell.ptr, repeat->saved[i].bytes, cell.len)) {
            return false;
        }
    }
    return true;
}

void ca_repeat_save(ca_mapper *mapper)
{
    ca_repeat *repeat = &mapper->repeat;
    repeat->valid = false;
    for (size_t i = 0; i < repeat->cell_count; i++) {
        ca_text cell = mapper->row[repeat->cells[i]];
        if (cell.len > CA_SAVED_BYTES) {
            return;
        }
        repeat->saved[i].len = (uint32_t)cell.len;
        ca_copy_few(repeat->saved[i].bytes, cell.ptr, cell.len);
    }
    repeat->record_len = mapper->record.bytes.len;
    repeat->missed_count = mapper->missed_count;
    repeat->valid = true;
}

static void copy_value(ca_column *column, ca_type type, unsigned row)
{
    switch (type) {
    case CA_TYPE_INT:
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY:
        column->as.number[row] = column->as.number[row - 1];
        break;
    case CA_TYPE_DATE:
        column->as.date[row] = column->as.date[row - 1];
        break;
    case CA_TYPE_CODE:
        column->as.code[row] = column->as.code[row - 1];
        break;
    case CA_TYPE_ENUM:
        column->as.choice[row] = column->as.choice[row - 1];
        break;
    case CA_TYPE_ID:
    case CA_TYPE_TEXT:
    case CA_TYPE_CODES:
    case CA_TYPE_INTERVALS:
        column->as.slice[row] = column->as.slice[row - 1];
        break;
    }
}

void ca_repeat_copy(ca_mapper *mapper, ca_batch *batch, unsigned row)
{
    for (size_t i = 0; i < mapper->claim_ops; i++) {
        const ca_op *op = &mapper->ops[i];
        ca_column *column = &batch->columns[op->column];
        if (op->value.present && op->stored) {
            copy_value(column, op->type, row);
            ca_bit_set(column->present, row);
        }
    }
    for (size_t i = 0; i < mapper->repeat.missed_count; i++) {
        ca_column_count *count = &mapper->counts[mapper->missed[i] / 2];
        count->empty += mapper->missed[i] % 2 == 0 ? 1 : 0;
        count->undecoded += mapper->missed[i] % 2;
    }
    mapper->missed_count = mapper->repeat.missed_count;
    mapper->record.bytes.len = mapper->repeat.record_len;
}
