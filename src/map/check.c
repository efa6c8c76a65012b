/* Everything that can reject or skip a row, looked at before a value of the row goes anywhere. */
#include <stdio.h>

#include "map/inner.h"

static bool reject(ca_mapped *mapped, const char *reason, const char *column)
{
    mapped->reject = reason;
    mapped->reject_column = column;
    return false;
}

bool ca_check_width(ca_mapper *mapper, const ca_row *row, ca_mapped *mapped)
{
    size_t expected = mapper->header_count;
    if (row->reject) {
        return reject(mapped, row->reject, NULL);
    }
    if (!mapper->layout->settings.pad || row->cell_count > expected) {
        (void)snprintf(mapper->message, sizeof mapper->message, "%zu column%s expected, %zu found",
                       expected, expected == 1 ? "" : "s", row->cell_count);
        return reject(mapped, mapper->message, NULL);
    }
    for (size_t i = 0; i < expected; i++) {
        mapper->padded[i] = i < row->cell_count ? row->cells[i] : (ca_text){"", 0};
    }
    mapper->row = mapper->padded;
    mapper->plain = false;
    return true;
}

bool ca_check_filters(const ca_mapper *mapper, ca_mapped *mapped)
{
    const ca_layout *layout = mapper->layout;
    for (size_t i = 0; i < layout->filter_count; i++) {
        if (ca_filter_drops(&layout->filters[i], ca_mapper_cell(mapper, mapper->filter_cells[i]))) {
            mapped->skip = layout->filters[i].name;
            return false;
        }
    }
    return true;
}

static bool digits(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
    }
    return len > 0;
}

/* ^[0-9]([.,][0-9]+)?E\+[0-9]{2,3}$ */
static inline bool is_spreadsheet_number(ca_text cell)
{
    size_t plus = 0;
    if (cell.len >= 5 && cell.ptr[cell.len - 3] == '+') {
        plus = cell.len - 3;
    } else if (cell.len >= 6 && cell.ptr[cell.len - 4] == '+') {
        plus = cell.len - 4;
    } else {
        return false;
    }
    size_t mantissa = plus - 1;
    if (cell.ptr[mantissa] != 'E' || !digits(cell.ptr + plus + 1, cell.len - plus - 1) ||
        !digits(cell.ptr, 1)) {
        return false;
    }
    if (mantissa == 1) {
        return true;
    }
    return (cell.ptr[1] == '.' || cell.ptr[1] == ',') && digits(cell.ptr + 2, mantissa - 2);
}

bool ca_check_spreadsheet(const ca_mapper *mapper, ca_text raw, bool again, ca_mapped *mapped)
{
    const uint32_t *slots = again ? mapper->line_id_slots : mapper->id_slots;
    size_t count = again ? mapper->line_id_count : mapper->id_count;
    if (!again && (raw.len == 0 || !memchr(raw.ptr, '+', raw.len))) {    /* the same byte in every encoding that rows come in */
        return true;
    }
    for (size_t i = 0; i < count; i++) {
        ca_text cell = ca_mapper_cell(mapper, mapper->cells[slots[i]]);
        if (cell.len >= 5 && is_spreadsheet_number(cell)) {
            return reject(mapped, "the file went through a spreadsheet, export it again as text",
                          mapper->counts[slots[i]].column);
        }
    }
    return true;
}

/* A mapped currency must be the profile's: amounts of two currencies cannot be added. */
static bool is_foreign(const ca_mapper *mapper, const ca_op *op)
{
    return op->column == CA_F_CURRENCY && op->value.present &&
           !ca_text_is(op->value.as.text, mapper->profile->currency);
}

/* An identifier as it stands, without values that mean missing, a value map or padding. */
static inline bool read_plain_id(const ca_mapper *mapper, ca_op *op)
{
    ca_text text = ca_mapper_cell(mapper, op->cell);
    if (op->how != CA_HOW_ID || !ca_reads_as_it_stands(op->binding) || text.len == 0 || text.len > CA_ID_MAX) {
        return false;
    }
    op->value.present = true;
    op->value.as.text = text;
    return true;
}

int ca_check_identity(ca_mapper *mapper, ca_mapped *mapped)
{
    for (size_t i = 0; i < mapper->identity_count; i++) {
        const ca_identity *identity = &mapper->identities[i];
        ca_op *op = identity->op;
        ca_reading reading;
        if (read_plain_id(mapper, op)) {
            continue;
        }
        const char *column = mapper->counts[op->slot].column;
        int rc = ca_decode(mapper, op, 0, &reading);
        if (rc) {
            return rc;
        }
        if (reading == CA_READ_EMPTY && op->column == CA_F_CURRENCY) {
            continue;
        }
        if (reading != CA_READ_GOOD) {
            (void)reject(mapped,
                         reading == CA_READ_EMPTY ? identity->missing : identity->unreadable,
                         column);
            return 0;
        }
        if (is_foreign(mapper, op)) {
            (void)reject(mapped, "another currency than the profile's", column);
            return 0;
        }
    }
    return 0;
}

/* --- Of rejected rows ------------------------------------------------------------------------- */

static int read_again(ca_mapper *mapper, unsigned column, const ca_op **ret_op)
{
    ca_op *op = ca_mapper_op(mapper, column);
    ca_reading reading = CA_READ_GOOD;
    int rc = 0;
    *ret_op = NULL;
    if (op && op->binding && op->how != CA_HOW_SET) {
        rc = ca_decode(mapper, op, 0, &reading);
    }
    if (rc == 0 && op && reading == CA_READ_GOOD && op->value.present) {
        *ret_op = op;
    }
    return rc;
}

static int read_identifier(ca_mapper *mapper, unsigned column, ca_text *ret_text)
{
    const ca_op *op;
    int rc = read_again(mapper, column, &op);
    if (rc == 0 && op && !is_spreadsheet_number(op->value.as.text)) {
        *ret_text = op->value.as.text;
    }
    return rc;
}

/* Cells that a short row lacks are empty; those of a long one are where they belong up to what is too much. */
static void take_cells(ca_mapper *mapper, const ca_row *row)
{
    size_t expected = mapper->header_count;
    if (row->cell_count < expected) {
        for (size_t i = 0; i < expected; i++) {
            mapper->padded[i] = i < row->cell_count ? row->cells[i] : (ca_text){"", 0};
        }
        mapper->row = mapper->padded;
    }
}

int ca_check_rejected(ca_mapper *mapper, const ca_row *row, ca_mapped *mapped)
{
    const ca_op *type;
    ca_text claim = {NULL, 0}, patient = {NULL, 0};
    if (row->reject) {
        return 0;
    }
    mapper->repeat.valid = false;    /* other values stand in the ops now */
    take_cells(mapper, row);
    int rc = read_identifier(mapper, CA_F_CLAIM_ID, &claim);
    rc = rc ? rc : read_identifier(mapper, CA_F_PATIENT_ID, &patient);
    rc = rc ? rc : read_again(mapper, CA_F_CLAIM_TYPE, &type);
    if (rc) {
        return rc;
    }
    mapper->whose = (ca_whose){0};
    bool typeless = mapper->layout->piece != CA_PIECE_NONE && !ca_mapper_op(mapper, CA_F_CLAIM_TYPE);
    if (claim.ptr && (type || typeless)) {
        mapper->whose.claim_id = claim;
        mapper->whose.claim_type = type ? type->value.as.choice : CA_OTHER;
    }
    if (patient.ptr && !ca_is_placeholder(patient)) {
        mapper->whose.patient_id = patient;
    }
    mapped->whose = &mapper->whose;
    return 0;
}
