/* Rows that are one line, the usual case: each column in one go, from the cell to the record and
 * the batch. What these functions do is what ca_decode_counted, ca_record_add and ca_fill do one
 * after another; a test compares the two. */
#include "map/inner.h"

/* The whole way, for whatever has no lane of its own. */
static int run_any(ca_mapper *mapper, ca_op *op, ca_batch *batch, unsigned row)
{
    int rc = ca_decode_counted(mapper, op, 0);
    if (rc == 0) {
        ca_record_add(&mapper->record, op->tag, op->type, &op->value);
        rc = ca_fill(op, batch, row, 1);
    }
    return rc;
}

static inline int open_column(const ca_op *op, ca_batch *batch, ca_column **ret_column)
{
    *ret_column = &batch->columns[op->column];
    return (*ret_column)->present ? 0 : ca_batch_use(batch, op->column);
}

static int missing(ca_mapper *mapper, ca_op *op, bool empty)
{
    op->value.present = false;
    ca_count_cell(mapper, op->slot, empty);
    return 0;
}

static int fill_text(const ca_op *op, ca_batch *batch, unsigned row, ca_text text)
{
    ca_column *column;
    if (open_column(op, batch, &column)) {
        return CA_NOMEM;
    }
    ca_slice *slices = column->as.slice;
    bool again = row > 0 && ca_bit(column->present, row - 1) && slices[row - 1].len == text.len &&
                 ca_same_bytes(batch->bytes + slices[row - 1].from, text.ptr, text.len);
    if (again) {
        slices[row] = slices[row - 1];
    } else if (ca_batch_add_bytes(batch, text, &slices[row])) {
        return CA_NOMEM;
    }
    ca_bit_set(column->present, row);
    return 0;
}

static int put_text(ca_mapper *mapper, const ca_op *op, ca_batch *batch, unsigned row)
{
    ca_text text = op->value.as.text;
    char *to = ca_record_room(&mapper->record, CA_RECORD_ROOM + text.len);
    if (!to) {
        return CA_NOMEM;
    }
    ca_record_end(&mapper->record, ca_record_put_text(ca_record_put_tag(to, op->tag), text));
    return op->stored ? fill_text(op, batch, row, text) : 0;
}

static int run_text(ca_mapper *mapper, ca_op *op, ca_batch *batch, unsigned row)
{
    ca_text text = mapper->row[op->cell];
    if (text.len == 0 || (op->how == CA_HOW_ID && text.len > CA_ID_MAX)) {
        return missing(mapper, op, text.len == 0);
    }
    op->value.present = true;
    op->value.as.text = text;
    return put_text(mapper, op, batch, row);
}

/* Neighbouring lines mostly have the same date. */
static bool read_date(ca_op *op, ca_text text)
{
    if (text.len == 0) {
        return false;
    }
    ca_short_cell key = text.len <= CA_SHORT_CELL ? ca_short_cell_of(text) : (ca_short_cell){0};
    if (key.len > 0 && ca_short_cell_eq(&key, &op->last)) {
        return true;
    }
    op->last.len = 0;
    if (ca_decode_date(op->binding, text, &op->value.as.date) != CA_READ_GOOD) {
        return false;
    }
    op->last.first = key.first;
    op->last.last = key.last;
    op->last.len = key.len;
    return true;
}

static int run_date(ca_mapper *mapper, ca_op *op, ca_batch *batch, unsigned row)
{
    ca_text text = mapper->row[op->cell];
    ca_column *column;
    if (!read_date(op, text)) {
        return missing(mapper, op, text.len == 0);
    }
    op->value.present = true;
    char *to = ca_record_room(&mapper->record, CA_RECORD_ROOM);
    if (!to) {
        return CA_NOMEM;
    }
    ca_record_end(&mapper->record,
                  ca_record_put32(ca_record_put_tag(to, op->tag), (uint32_t)op->value.as.date));
    if (op->stored) {
        if (open_column(op, batch, &column)) {
            return CA_NOMEM;
        }
        column->as.date[row] = op->value.as.date;
        ca_bit_set(column->present, row);
    }
    return 0;
}

static int put_number(ca_mapper *mapper, const ca_op *op, ca_batch *batch, unsigned row)
{
    ca_column *column;
    char *to = ca_record_room(&mapper->record, CA_RECORD_ROOM);
    if (!to) {
        return CA_NOMEM;
    }
    ca_record_end(&mapper->record,
                  ca_record_put64(ca_record_put_tag(to, op->tag), (uint64_t)op->value.as.number));
    if (op->stored) {
        if (open_column(op, batch, &column)) {
            return CA_NOMEM;
        }
        column->as.number[row] = op->value.as.number;
        ca_bit_set(column->present, row);
    }
    return 0;
}

static int run_number(ca_mapper *mapper, ca_op *op, ca_batch *batch, unsigned row)
{
    ca_text text = mapper->row[op->cell];
    if (text.len == 0 || !ca_decimal_parse_plain(text, &op->value.as.number)) {
        return text.len == 0 ? missing(mapper, op, true) : run_any(mapper, op, batch, row);
    }
    op->value.present = true;
    return put_number(mapper, op, batch, row);
}

static int run_integer(ca_mapper *mapper, ca_op *op, ca_batch *batch, unsigned row)
{
    ca_text text = mapper->row[op->cell];
    if (text.len == 0) {
        return missing(mapper, op, true);
    }
    if (!ca_text_to_int(text, &op->value.as.number) || !ca_integer_allowed(op->column, op->value.as.number)) {
        return run_any(mapper, op, batch, row);
    }
    op->value.present = true;
    return put_number(mapper, op, batch, row);
}

/* --- Values read before, or not read at all ------------------------------------------------- */

static int put_choice(ca_mapper *mapper, const ca_op *op, ca_batch *batch, unsigned row)
{
    ca_column *column;
    char *to = ca_record_room(&mapper->record, CA_RECORD_ROOM);
    if (!to) {
        return CA_NOMEM;
    }
    to = ca_record_put_tag(to, op->tag);
    *to = (char)op->value.as.choice;
    ca_record_end(&mapper->record, to + 1);
    if (op->stored) {
        if (open_column(op, batch, &column)) {
            return CA_NOMEM;
        }
        column->as.choice[row] = op->value.as.choice;
        ca_bit_set(column->present, row);
    }
    return 0;
}

static int run_set(ca_mapper *mapper, ca_op *op, ca_batch *batch, unsigned row)
{
    if (!op->value.present) {
        ca_count_cell(mapper, op->slot,
                      true); /* the currency: no other value read before may be missing */
        return 0;
    }
    switch (op->type) {
    case CA_TYPE_INT:
        return put_number(mapper, op, batch, row);
    case CA_TYPE_ENUM:
        return put_choice(mapper, op, batch, row);
    case CA_TYPE_ID:
    case CA_TYPE_TEXT:
        return put_text(mapper, op, batch, row);
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY:
    case CA_TYPE_DATE:
    case CA_TYPE_CODE:
    case CA_TYPE_CODES:
    case CA_TYPE_INTERVALS:
        break;
    }
    ca_record_add(&mapper->record, op->tag, op->type, &op->value);
    return ca_fill(op, batch, row, 1);
}

static int run_code(ca_mapper *mapper, ca_op *op, ca_batch *batch, unsigned row)
{
    ca_text text = mapper->row[op->cell];
    ca_reading reading = CA_READ_EMPTY;
    ca_column *column;
    int rc =
        text.len ? ca_decode_code(mapper, op, text, op->slot, &op->value.as.code, &reading) : 0;
    if (rc || reading != CA_READ_GOOD) {
        return rc ? rc : missing(mapper, op, reading == CA_READ_EMPTY);
    }
    op->value.present = true;
    char *to = ca_record_room(&mapper->record, CA_RECORD_ROOM + CA_CODE_MAX);
    if (!to) {
        return CA_NOMEM;
    }
    to = ca_record_put_code(ca_record_put_tag(to, op->tag), &mapper->record, op->value.as.code);
    ca_record_end(&mapper->record, to);
    if (op->stored) {
        if (open_column(op, batch, &column)) {
            return CA_NOMEM;
        }
        column->as.code[row] = op->value.as.code;
        ca_bit_set(column->present, row);
    }
    return 0;
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

static int fill_list(const ca_op *op, ca_batch *batch, unsigned row)
{
    ca_column *column;
    const uint32_t *ids = op->value.as.codes.ids;
    size_t count = op->value.as.codes.count;
    if (!op->stored) {
        return 0;
    }
    if (open_column(op, batch, &column)) {
        return CA_NOMEM;
    }
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
    ca_text text = mapper->row[op->cell];
    char *to = ca_record_room(&mapper->record, CA_RECORD_ROOM);
    if (text.len == 0 && to) {
        op->value.present = true;
        op->value.as.codes.count = 0;
        op->last.len = 0;
        ca_count_cell(mapper, op->slot, true);
        ca_record_end(&mapper->record, ca_record_put32(ca_record_put_tag(to, op->tag), 0));
    } else {
        int rc = read_list(mapper, op, text);
        if (rc) {
            return rc;
        }
        ca_record_add(&mapper->record, op->tag, op->type, &op->value);
    }
    return fill_list(op, batch, row);
}

static int run_diagnoses(ca_mapper *mapper, ca_op *op, ca_batch *batch, unsigned row)
{
    int rc = ca_decode_diagnoses(mapper, op);
    return rc ? rc : fill_list(op, batch, row);
}

ca_op_run ca_op_run_of(const ca_op *op)
{
    if (op->early || op->column == CA_F_LINE_NO || op->how == CA_HOW_SET) {
        return run_set;
    }
    if (op->how == CA_HOW_DIAGNOSES) {
        return run_diagnoses;
    }
    if (!ca_reads_as_it_stands(op->binding)) {
        return run_any;
    }
    switch (op->how) {
    case CA_HOW_ID:
    case CA_HOW_TEXT:
        return run_text;
    case CA_HOW_DATE:
        return run_date;
    case CA_HOW_DECIMAL:
        return op->plain_numbers ? run_number : run_any;
    case CA_HOW_INTEGER:
        return run_integer;
    case CA_HOW_CODE:
        return run_code;
    case CA_HOW_CODE_LIST:
        /* the system of the same cell may differ, and so may the principal that is dropped */
        return op->binding->system_name_count || op->binding->drop_principal ? run_any : run_list;
    case CA_HOW_SET:
    case CA_HOW_DIAGNOSES:
    case CA_HOW_ENUM:
    case CA_HOW_MINUTE:
    case CA_HOW_CODES:
    case CA_HOW_INTERVALS:
        break;
    }
    return run_any;
}
