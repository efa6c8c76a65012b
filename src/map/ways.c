/* The way of each column through a row that is one line: a short one where there is one (fast.c), and
 * beside it one for whatever the cell may hold. */
#include "map/inner.h"

/* The whole way, for whatever has no other. */
static int run_any(ca_mapper *mapper, ca_op *op, ca_batch *batch, unsigned row)
{
    int rc = ca_decode_counted(mapper, op, 0);
    if (rc == 0) {
        ca_record_add(&mapper->record, op->tag, op->type, &op->value);
        rc = ca_fill(op, batch, row, 1);
    }
    return rc;
}

/* A value read before, or not read at all. */
static int run_set(ca_mapper *mapper, ca_op *op, ca_batch *batch, unsigned row)
{
    if (!op->value.present) {
        ca_count_cell(mapper, op->slot,
                      true); /* the currency: no other value read before may be missing */
        return 0;
    }
    ca_record_add(&mapper->record, op->tag, op->type, &op->value);
    return ca_fill(op, batch, row, 1);
}

/* --- Lists of codes ------------------------------------------------------------------------- */

static bool same_ids(const uint32_t *a, const uint32_t *b, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (a[i] != b[i]) {
            return false;
        }
    }
    return true;
}

int ca_fill_list(const ca_op *op, ca_batch *batch, unsigned row)
{
    ca_column *column;
    const uint32_t *ids = op->value.as.codes.ids;
    size_t count = op->value.as.codes.count;
    if (!op->stored) {
        return 0;
    }
    if (ca_batch_use(batch, op->column)) {
        return CA_NOMEM;
    }
    column = &batch->columns[op->column];
    ca_slice *slices = column->as.slice;
    bool again = row > 0 && ca_bit(column->present, row - 1) && slices[row - 1].len == count &&
                 same_ids(batch->list_codes + slices[row - 1].from, ids, count);
    if (again) {
        slices[row] = slices[row - 1];
    } else if (ca_batch_add_codes(batch, ids, count, &slices[row])) {
        return CA_NOMEM;
    }
    ca_bit_set(column->present, row);
    return 0;
}

static int read_list(ca_mapper *mapper, ca_op *op, ca_text text)
{
    ca_reading reading;
    ca_short_cell key = text.len <= CA_SHORT_CELL ? ca_short_cell_of(text) : (ca_short_cell){0};
    if (key.len > 0 && ca_short_cell_eq(&key, &op->last)) {
        return 0;
    }
    op->last.len = 0;
    int rc = ca_decode_code_list(mapper, op, text, op->slot, &reading);
    if (rc) {
        return rc;
    }
    if (reading == CA_READ_GOOD) {
        op->last.first = key.first;
        op->last.last = key.last;
        op->last.len = key.len;
    }
    if (reading != CA_READ_GOOD) {
        ca_count_cell(mapper, op->slot, reading == CA_READ_EMPTY);
    }
    return 0;
}

/* A list in one cell. */
static int run_list(ca_mapper *mapper, ca_op *op, ca_batch *batch, unsigned row)
{
    int rc = read_list(mapper, op, mapper->row[op->cell]);
    if (rc) {
        return rc;
    }
    ca_record_add(&mapper->record, op->tag, op->type, &op->value);
    return ca_fill_list(op, batch, row);
}

static int run_diagnoses(ca_mapper *mapper, ca_op *op, ca_batch *batch, unsigned row)
{
    int rc = ca_decode_diagnoses(mapper, op);
    return rc ? rc : ca_fill_list(op, batch, row);
}

/* --- Which way ------------------------------------------------------------------------------ */

/* The system of the same cell may differ, and so may the principal that is dropped. */
static bool is_plain_list(const ca_op *op)
{
    return op->how == CA_HOW_CODE_LIST && !op->binding->system_name_count &&
           !op->binding->drop_principal;
}

static ca_way way_of(const ca_mapper *mapper, const ca_op *op)
{
    switch (op->how) {
    case CA_HOW_ID:
    case CA_HOW_TEXT:
        return CA_WAY_TEXT;
    case CA_HOW_DATE:
        return CA_WAY_DATE;
    case CA_HOW_DECIMAL:
        return !op->plain_numbers ? CA_WAY_NONE : op->total ? CA_WAY_MONEY : CA_WAY_NUMBER;
    case CA_HOW_INTEGER:
        return op->column == CA_F_CLAIM_PART ? CA_WAY_NONE : CA_WAY_INTEGER; /* it has a limit */
    case CA_HOW_CODE:
        return mapper->system_cells[op->slot] == CA_NO_CELL ? CA_WAY_CODE : CA_WAY_NONE;
    case CA_HOW_CODE_LIST:
        return is_plain_list(op) ? CA_WAY_LIST : CA_WAY_NONE;
    case CA_HOW_SET:
    case CA_HOW_DIAGNOSES:
    case CA_HOW_ENUM:
    case CA_HOW_MINUTE:
    case CA_HOW_CODES:
    case CA_HOW_INTERVALS:
        break;
    }
    return CA_WAY_NONE;
}

void ca_choose_way(const ca_mapper *mapper, ca_op *op)
{
    op->way = CA_WAY_NONE;
    if (op->early || op->column == CA_F_LINE_NO || op->how == CA_HOW_SET) {
        op->way = CA_WAY_READ;
        op->run = run_set;
    } else if (op->how == CA_HOW_DIAGNOSES) {
        op->run = run_diagnoses;
    } else if (ca_reads_as_it_stands(op->binding) && op->cell != CA_NO_CELL) {
        op->way = way_of(mapper, op);
        op->run = op->way == CA_WAY_LIST ? run_list : run_any;
    } else {
        op->run = run_any;
    }
}
