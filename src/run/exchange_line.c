/* A line as a record of the claim exchange: what settles versions, and the columns that claim rules read. */
#include "run/columns.h"
#include "run/several.h"

#include <string.h>

#define NO_DATE (CA_DATE_MIN - 1)

static int64_t number_or(const ca_batch *batch, unsigned column, unsigned row, int64_t missing)
{
    return ca_batch_has(batch, column, row) ? batch->columns[column].as.number[row] : missing;
}

static ca_date date_or(const ca_batch *batch, unsigned column, unsigned row, ca_date missing)
{
    return ca_batch_has(batch, column, row) ? batch->columns[column].as.date[row] : missing;
}

static void fill_head(const ca_scan_state *scan, unsigned row, ca_line_head *head)
{
    const ca_batch *batch = scan->batch;
    memset(head, 0, sizeof *head);
    head->digest = batch->digest[row];
    head->origin = batch->origin[row];
    head->line_no = number_or(batch, CA_F_LINE_NO, row, 1);
    head->claim_part = number_or(batch, CA_F_CLAIM_PART, row, 1);
    head->version = number_or(batch, CA_F_CLAIM_VERSION, row, INT64_MIN);
    head->paid = date_or(batch, CA_F_PAID_DATE, row, NO_DATE);
    head->received = date_or(batch, CA_F_RECEIVED_DATE, row, NO_DATE);
    head->row_lines = scan->row_lines[row];
    head->claim_type = batch->columns[CA_F_CLAIM_TYPE].as.choice[row];
    head->status = ca_batch_has(batch, CA_F_CLAIM_STATUS, row)
                       ? batch->columns[CA_F_CLAIM_STATUS].as.choice[row]
                       : CA_ORIGINAL;
    head->live = ca_bit(batch->live, row);
    head->from_supplied = scan->files[head->origin.file].from_supplied;
}

bool ca_same_claim(const ca_scan_state *scan, unsigned row)
{
    const ca_batch *batch = scan->batch;
    const uint8_t *types = batch->columns[CA_F_CLAIM_TYPE].as.choice;
    ca_text id = ca_batch_text(batch, CA_F_CLAIM_ID, row);
    ca_text before = ca_batch_text(batch, CA_F_CLAIM_ID, row - 1);
    return scan->claim_hash[row] == scan->claim_hash[row - 1] && types[row] == types[row - 1] &&
           (id.ptr == before.ptr ? id.len == before.len : ca_text_eq(id, before));
}

/* Header values mostly repeat from line to line of a claim, and records of one hash keep their order: the record before
 * has them, and the claim's id. */
static bool header_repeats(const ca_scan_state *scan, unsigned row)
{
    return row > 0 && ca_same_claim(scan, row) && ca_repeats(&scan->unit_columns, scan->batch, row);
}

int ca_put_note(ca_scan_state *scan, ca_line_head *head, ca_text claim_id, ca_error *err)
{
    uint8_t bytes[1 + sizeof *head];
    head->id_length = (uint32_t)claim_id.len;
    bool usual = ca_head_is_usual(head);
    ca_put_head(bytes, head, usual);
    ca_buf_clear(&scan->bytes);
    ca_buf_add(&scan->bytes, bytes, ca_head_size(usual));
    ca_buf_add_text(&scan->bytes, claim_id);
    return scan->bytes.failed ? ca_error_nomem(err)
                              : ca_exchange_put(scan->exchange, ca_claim_hash(head->claim_type, claim_id),
                                                scan->bytes.ptr, scan->bytes.len, err);
}

static int put_named(ca_scan_state *scan, unsigned row, ca_error *err)
{
    ca_line_head head;
    fill_head(scan, row, &head);
    head.record = CA_RECORD_NAMED;
    return ca_put_note(scan, &head, ca_batch_text(scan->batch, CA_F_ORIGINAL_CLAIM_ID, row), err);
}

/* The line's number, where rules of several lines need it, and its columns. */
static uint8_t *put_line(const ca_scan_state *scan, unsigned row, uint8_t *to)
{
    if (scan->several) {
        uint64_t number = scan->several->first_number + row;
        memcpy(to, &number, sizeof number);
        to += sizeof number;
    }
    return ca_put_columns(&scan->line_columns, scan->batch, row, to);
}

/* What stands behind the columns: the mark. */
static uint8_t *put_tail(const ca_mark *mark, uint8_t *to)
{
    if (mark) {
        memcpy(to, mark, sizeof *mark);
        to += sizeof *mark;
    }
    return to;
}

int ca_put_line(ca_scan_state *scan, unsigned row, ca_error *err)
{
    const ca_batch *batch = scan->batch;
    ca_line_head head;
    ca_mark mark;
    bool nets = scan->files[batch->origin[row].file].reversal != NULL;
    uint8_t marked = CA_MARK_NONE;
    int rc = nets ? ca_mark_line(scan, row, &mark, &marked, err) : 0;
    uint8_t *start = NULL;
    bool repeated = header_repeats(scan, row);
    ca_text id = repeated ? (ca_text){"", 0} : ca_batch_text(batch, CA_F_CLAIM_ID, row);
    size_t unit_room = repeated ? 0 : ca_columns_room(&scan->unit_columns, batch, row);
    size_t room = 1 + sizeof head + id.len + unit_room + sizeof(uint64_t) +
                  ca_columns_room(&scan->line_columns, batch, row) + sizeof mark;
    bool names = ca_names_claim(scan, row);
    rc = rc || !names ? rc : put_named(scan, row, err);
    rc = rc ? rc : ca_exchange_reserve(scan->exchange, scan->claim_hash[row], room, &start, err);
    if (rc) {
        return rc;
    }
    fill_head(scan, row, &head);
    head.record = CA_RECORD_LINE;
    head.id_length = (uint32_t)id.len;
    head.unit_repeats = repeated;
    head.marked = marked;
    head.names = names;
    head.unit_length = (uint32_t)unit_room;    /* the most it can be: decides the form before the columns are written */
    bool usual = ca_head_is_usual(&head);
    uint8_t *columns = start + ca_head_size(usual) + id.len;
    memcpy(columns - id.len, id.ptr, id.len);
    uint8_t *of_line = repeated ? columns : ca_put_columns(&scan->unit_columns, batch, row, columns);
    uint8_t *end = put_tail(marked ? &mark : NULL, put_line(scan, row, of_line));
    head.unit_length = (uint32_t)(of_line - columns);
    ca_put_head(start, &head, usual);
    ca_exchange_commit(scan->exchange, (size_t)(end - start));
    return 0;
}

int ca_put_finding(ca_scan_state *scan, unsigned row, const ca_finding *finding, ca_error *err)
{
    ca_line_head head;
    uint8_t bytes[1 + sizeof head];
    fill_head(scan, row, &head);
    head.record = CA_RECORD_FINDING;
    bool usual = ca_head_is_usual(&head);
    ca_put_head(bytes, &head, usual);
    ca_buf_clear(&scan->bytes);
    ca_buf_add(&scan->bytes, bytes, ca_head_size(usual));
    ca_finding_write(finding, &scan->bytes);
    if (scan->bytes.failed) {
        return ca_error_nomem(err);
    }
    return ca_exchange_put(scan->exchange, scan->claim_hash[row], scan->bytes.ptr, scan->bytes.len,
                           err);
}
