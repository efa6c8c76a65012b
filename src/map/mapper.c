/* Turns the rows of one claim file into lines of a batch. */
#include "map/mapper.h"

#include "base/digits.h"
#include "map/inner.h"

static int fail(ca_error *err, int rc)
{
    if (rc == CA_LIMIT) {
        return ca_error_set(
            err, CA_LIMIT,
            "more than %u different codes in one run; is a column of identifiers mapped as a code?",
            CA_CODES_LIMIT);
    }
    return ca_error_nomem(err);
}

/* Status: set before the lines are made; an unreadable one counts as original. */
static void read_status(ca_mapper *mapper)
{
    const ca_status_rule *rule = &mapper->layout->status;
    ca_op *op = ca_mapper_op(mapper, CA_F_CLAIM_STATUS);
    bool known;
    if (rule->kind == CA_STATUS_NONE) {
        return;
    }
    size_t count = rule->kind == CA_STATUS_FLAGS ? rule->flag_count : 1;
    for (size_t i = 0; i < count; i++) {
        mapper->status_texts[i] = ca_mapper_cell(mapper, mapper->status_cells[i]);
    }
    op->value.as.choice = ca_status_of(rule, mapper->status_texts, &known);
    bool empty = mapper->status_texts[0].len == 0;
    if (mapper->status_slot != CA_NO_CELL && (empty || !known)) {
        ca_count_cell(mapper, mapper->status_slot, empty);
    }
}

/* A mapped claim_status (`fields:`) likewise. */
static int read_status_field(ca_mapper *mapper)
{
    ca_op *op = ca_mapper_op(mapper, CA_F_CLAIM_STATUS);
    int rc = op->binding ? ca_decode_counted(mapper, op, 0) : 0;
    if (!op->value.present) {
        op->value.present = true;
        op->value.as.choice = CA_ORIGINAL;
    }
    return rc;
}

static bool has_number(const ca_mapper *mapper, size_t lines, int64_t number)
{
    for (size_t i = 0; i < lines; i++) {
        if (mapper->line_numbers[mapper->members[i]] == number) {
            return true;
        }
    }
    return false;
}

/* The mapped number of each line is part of its key: without it the row has no identity. */
static int read_line_numbers(ca_mapper *mapper, size_t lines, ca_mapped *mapped)
{
    ca_op *op = ca_mapper_op(mapper, CA_F_LINE_NO);
    if (!op->binding || op->how == CA_HOW_SET) {
        mapper->line_numbers[0] = op->value.as.number;
        return 0;
    }
    uint32_t short_number;
    if (mapper->short_numbers && ca_digits_read(mapper->row[op->cell], &short_number)) {
        mapper->line_numbers[0] = short_number;
        return 0;
    }
    for (size_t i = 0; i < lines; i++) {
        uint32_t member = mapper->members[i];
        ca_reading reading;
        int rc = ca_decode(mapper, op, member, &reading);
        if (rc) {
            return rc;
        }
        bool again = reading == CA_READ_GOOD && has_number(mapper, i, op->value.as.number);
        if (reading != CA_READ_GOOD || again) {
            mapped->reject = again                      ? "line_no is that of another line of the row"
                             : reading == CA_READ_EMPTY ? "line_no is missing"
                                                        : "line_no cannot be read";
            mapped->reject_column = mapper->counts[op->slot + (op->group ? member : 0)].column;
            return 0;
        }
        mapper->line_numbers[member] = op->value.as.number;
    }
    return 0;
}

/* --- From cells to the batch ---------------------------------------------------------------- */

/* The columns that all lines of the row share. */
static int make_claim(ca_mapper *mapper, ca_batch *batch, unsigned from, unsigned count)
{
    for (size_t i = 0; i < mapper->claim_ops; i++) {
        ca_op *op = &mapper->ops[i];
        int rc = op->early ? 0 : ca_decode_counted(mapper, op, 0);
        if (op->early && !op->value.present) {
            ca_count_cell(mapper, op->slot, true); /* the currency; no other may be */
        }
        if (rc == 0 && op->how != CA_HOW_DIAGNOSES) {
            ca_record_add(&mapper->record, op->tag, op->type, &op->value);
        }
        if (rc == 0) {
            rc = ca_fill(op, batch, from, count);
        }
        if (rc) {
            return rc;
        }
    }
    return 0;
}

/* The other columns of the line-th line; those of the whole row are read with its first line. */
static int make_line(ca_mapper *mapper, ca_batch *batch, unsigned from, unsigned line,
                     unsigned count)
{
    uint32_t member = mapper->members[line];
    for (size_t i = mapper->claim_ops; i < mapper->op_count; i++) {
        ca_op *op = &mapper->ops[i];
        int rc = 0;
        if (op->column == CA_F_LINE_NO) {
            op->value.present = true;
            op->value.as.number = ca_line_number(mapper, member);
            rc = ca_fill(op, batch, from + line, 1);
        } else if (op->group) {
            rc = ca_decode_counted(mapper, op, member);
            rc = rc ? rc : ca_fill(op, batch, from + line, 1);
        } else if (line == 0) {
            rc = ca_decode_counted(mapper, op, 0);
            rc = rc ? rc : ca_fill(op, batch, from, count);
        }
        if (rc) {
            return rc;
        }
        ca_record_add(&mapper->record, op->tag, op->type, &op->value);
        if (op->total && op->value.present) {
            ca_add_total(mapper, op->total, op->value.as.number);
        }
    }
    return 0;
}

static int make_lines(ca_mapper *mapper, ca_batch *batch, unsigned from, unsigned count)
{
    size_t shared;
    int rc = make_claim(mapper, batch, from, count);
    shared = mapper->record.bytes.len;
    for (unsigned line = 0; rc == 0 && line < count; line++) {
        mapper->record.bytes.len = shared;
        rc = make_line(mapper, batch, from, line, count);
        batch->digest[from + line] = ca_record_digest(&mapper->record);
    }
    return rc;
}

/* The same for a row that is one line, each op in one go; `again`: the claim is that of the row
 * before. */
static int make_only_line(ca_mapper *mapper, ca_batch *batch, unsigned row, bool again)
{
    int rc = 0;
    ca_op *number = ca_mapper_op(mapper, CA_F_LINE_NO);
    number->value.present = true;
    number->value.as.number = ca_line_number(mapper, 0);
    if (again) {
        ca_repeat_copy(mapper, batch, row);
    } else {
        rc = ca_run_ops(mapper, batch, row, 0, mapper->claim_ops);
        ca_repeat_save(mapper);
    }
    rc = rc ? rc : ca_run_ops(mapper, batch, row, mapper->claim_ops, mapper->op_count);
    ca_digest digest = ca_record_digest(&mapper->record);
    batch->digest[row].low = digest.low;
    batch->digest[row].high = digest.high;
    return rc;
}

static int make(ca_mapper *mapper, ca_batch *batch, unsigned from, unsigned count, bool again)
{
    uint8_t status = ca_mapper_op(mapper, CA_F_CLAIM_STATUS)->value.as.choice;
    bool live = status == CA_ORIGINAL || status == CA_REPLACEMENT || status == CA_DENIED;
    mapper->record.bytes.len = 0;
    int rc = mapper->layout->group.exists ? make_lines(mapper, batch, from, count)
                                          : make_only_line(mapper, batch, from, again);
    for (unsigned line = from; rc == 0 && live && line < from + count; line++) {
        ca_bit_set(batch->live, line);
    }
    return rc ? rc : mapper->record.bytes.failed ? CA_NOMEM : 0;
}

static void set_origins(ca_mapper *mapper, const ca_row *row, uint32_t file, ca_batch *batch,
                        unsigned from)
{
    uint32_t length = (uint32_t)row->raw.len;
    for (unsigned line = from; line < batch->rows; line++) { /* field by field: no copy of a copy */
        ca_origin *origin = &batch->origin[line];
        origin->file = file;
        origin->length = length;
        origin->row = row->row;
        origin->offset = row->offset;
    }
    mapper->repeat.origin.file = file;
    mapper->repeat.origin.row = row->row;
    mapper->repeat.origin.offset = row->offset;
}

static int add_lines(ca_mapper *mapper, ca_batch *batch, bool again, ca_mapped *mapped,
                     unsigned *ret_lines)
{
    size_t lines = mapper->layout->group.exists ? ca_expand(mapper) : 1; /* member 0 */
    int rc = read_line_numbers(mapper, lines, mapped);
    if (rc || mapped->reject) {
        return rc;
    }
    unsigned from = batch->rows;
    batch->rows += (unsigned)lines;
    if (!again) {
        ca_repeat_count(mapper);
        mapper->missed_count = 0;
        read_status(mapper);
        rc = read_status_field(mapper);
    }
    rc = rc ? rc : make(mapper, batch, from, (unsigned)lines, again);
    if (rc) {
        ca_batch_cut(batch, from);
        mapper->repeat.valid = false;
        return rc;
    }
    *ret_lines = (unsigned)lines;
    return 0;
}

/* False for a row that is rejected or left out. */
static inline bool is_wanted(ca_mapper *mapper, const ca_row *row, const ca_batch *batch, bool *ret_again, ca_mapped *mapped)
{
    if (!ca_check_shape(mapper, row, mapped) ||
        (mapper->layout->filter_count && !ca_check_filters(mapper, mapped))) {
        return false;
    }
    *ret_again = ca_repeat_is(mapper, batch);
    return ca_check_spreadsheet(mapper, row->raw, *ret_again, mapped);
}

int ca_mapper_row(ca_mapper *mapper, const ca_row *row, uint32_t file, ca_batch *batch,
                  ca_mapped *ret_mapped, ca_error *err)
{
    ca_mapped mapped = {0};
    unsigned lines = 0;
    int rc = 0;
    bool again = false;
    if (batch->capacity - batch->rows < mapper->max_lines) {
        return CA_END;
    }
    bool totals = mapper->layout->total_count > 0;
    if (totals && ca_totals_take(mapper, row, &mapped)) {
        *ret_mapped = mapped;
        return 0;
    }
    if (is_wanted(mapper, row, batch, &again, &mapped)) {
        if (!again) {
            mapper->repeat.valid = false;
            rc = ca_check_identity(mapper, &mapped);
        }
        if (rc == 0 && !mapped.reject) {
            rc = add_lines(mapper, batch, again, &mapped, &lines);
        }
        if (rc == 0 && lines > 0 && mapper->layout->piece == CA_PIECE_DIAGNOSES) {
            rc = ca_piece_row(mapper, batch, batch->rows - 1);
        }
        if (rc) {
            return fail(err, rc);
        }
        if (lines > 0) {
            set_origins(mapper, row, file, batch, batch->rows - lines);
        }
    }
    if (mapped.reject) {
        rc = ca_check_rejected(mapper, row, &mapped);
    } else if (totals) {
        rc = ca_totals_add(mapper);
    }
    if (rc) {
        return fail(err, rc);
    }
    *ret_mapped = mapped;
    ret_mapped->lines = lines;
    return 0;
}

size_t ca_mapper_counts(ca_mapper *mapper, const ca_column_count **ret_counts)
{
    ca_repeat_count(mapper);
    for (size_t i = 0; i < mapper->op_count; i++) {
        ca_op *op = &mapper->ops[i];
        if (op->empty) { /* others may have no slot */
            mapper->counts[op->slot].empty += op->empty;
            op->empty = 0;
        }
    }
    *ret_counts = mapper->counts;
    return mapper->slot_count;
}

void ca_mapper_totals(const ca_mapper *mapper, ca_totals *ret_totals)
{
    *ret_totals = mapper->totals;
}

bool ca_mapper_supplies(const ca_mapper *mapper, unsigned column)
{
    return mapper->by_column[column] != NULL ||
           (column == CA_F_PRINCIPAL_DIAGNOSIS && mapper->principal_cell != CA_NO_CELL);
}
