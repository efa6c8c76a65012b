/* A line as a record of the claim exchange: what settles versions, and the columns that claim rules read. */
#include "run/state.h"

#include <string.h>

#define NO_DATE (CA_DATE_MIN - 1)

static size_t value_size(ca_type type)
{
    switch (type) {
    case CA_TYPE_INT:
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY:
        return sizeof(int64_t);
    case CA_TYPE_DATE:
    case CA_TYPE_CODE:
        return sizeof(uint32_t);
    case CA_TYPE_ENUM:
        return 1;
    case CA_TYPE_CODES:
    case CA_TYPE_ID:
    case CA_TYPE_TEXT:
    case CA_TYPE_INTERVALS:
        break;
    }
    return 0;
}

/* Element size of the pool that a slice column points into. */
static size_t element_size(ca_type type)
{
    return type == CA_TYPE_CODES ? sizeof(uint32_t)
                                 : type == CA_TYPE_INTERVALS ? sizeof(ca_interval) : 1;
}

static const void *pool_of(const ca_batch *batch, ca_type type, ca_slice slice)
{
    if (type == CA_TYPE_CODES) {
        return batch->list_codes + slice.from;
    }
    if (type == CA_TYPE_INTERVALS) {
        return batch->intervals + slice.from;
    }
    return batch->bytes + slice.from;
}

/* An upper bound of what put_columns writes for a row. */
static size_t room_for(const ca_projection *projection, const ca_batch *batch, unsigned row)
{
    size_t room = projection->room;
    for (unsigned i = 0; i < projection->count; i++) {
        const ca_projected *column = &projection->columns[i];
        if (column->size == 0 && ca_batch_has(batch, column->column, row)) {
            room += batch->columns[column->column].as.slice[row].len * column->element;
        }
    }
    return room;
}

/* One presence byte a column, then its value: fixed size, or a count and elements. */
static uint8_t *put_columns(const ca_projection *projection, const ca_batch *batch, unsigned row,
                            uint8_t *to)
{
    for (unsigned i = 0; i < projection->count; i++) {
        const ca_projected *projected = &projection->columns[i];
        const ca_column *column = &batch->columns[projected->column];
        bool present = ca_batch_has(batch, projected->column, row);
        *to++ = present;
        if (!present) {
            continue;
        }
        if (projected->size) {
            memcpy(to, (const uint8_t *)column->as.any + row * projected->size, projected->size);
            to += projected->size;
            continue;
        }
        ca_slice slice = column->as.slice[row];
        memcpy(to, &slice.len, sizeof slice.len);
        to += sizeof slice.len;
        if (slice.len) {
            size_t size = slice.len * projected->element;
            memcpy(to, pool_of(batch, projected->type, slice), size);
            to += size;
        }
    }
    return to;
}

/* Whether a row has the very values of the row before; equal texts that stand in two places count as different. */
static bool repeats(const ca_projection *projection, const ca_batch *batch, unsigned row)
{
    for (unsigned i = 0; i < projection->count; i++) {
        const ca_projected *projected = &projection->columns[i];
        const ca_column *column = &batch->columns[projected->column];
        bool present = ca_batch_has(batch, projected->column, row);
        if (present != ca_batch_has(batch, projected->column, row - 1)) {
            return false;
        }
        size_t size = projected->size ? projected->size : sizeof(ca_slice);
        const uint8_t *value = (const uint8_t *)column->as.any + row * size;
        if (present && memcmp(value, value - size, size) != 0) {
            return false;
        }
    }
    return true;
}

static int project(ca_scan_state *scan, const uint8_t *wanted, ca_projection *projection, ca_error *err)
{
    unsigned count = scan->setup.schema.count;
    projection->columns = ca_arena_array(scan->arena, count, sizeof *projection->columns);
    if (!projection->columns) {
        return ca_error_nomem(err);
    }
    for (unsigned c = 0; c < count; c++) {
        ca_type type = scan->setup.schema.columns[c].type;
        size_t size = value_size(type);
        if (wanted[c]) {
            projection->columns[projection->count++] =
                (ca_projected){c, type, size, size ? 0 : element_size(type)};
            projection->room += 1 + (size ? size : sizeof(uint32_t));
        }
    }
    return 0;
}

int ca_projections_new(ca_scan_state *scan, ca_error *err)
{
    int rc = project(scan, scan->of_unit, &scan->unit_columns, err);
    return rc ? rc : project(scan, scan->of_lines, &scan->line_columns, err);
}

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

/* Header values mostly repeat from line to line of a claim, and records of one hash keep their order: the record before
 * has them. */
static bool header_repeats(const ca_scan_state *scan, unsigned row)
{
    return row > 0 && scan->claim_hash[row] == scan->claim_hash[row - 1] &&
           repeats(&scan->unit_columns, scan->batch, row);
}

int ca_put_line(ca_scan_state *scan, unsigned row, ca_error *err)
{
    const ca_batch *batch = scan->batch;
    ca_line_head head;
    uint8_t *start;
    ca_text id = ca_batch_text(batch, CA_F_CLAIM_ID, row);
    bool repeated = header_repeats(scan, row);
    size_t room = sizeof head + id.len + (repeated ? 0 : room_for(&scan->unit_columns, batch, row)) +
                  room_for(&scan->line_columns, batch, row);
    int rc = ca_exchange_reserve(scan->exchange, scan->claim_hash[row], room, &start, err);
    if (rc) {
        return rc;
    }
    uint8_t *columns = start + sizeof head + id.len;
    uint8_t *of_line = repeated ? columns : put_columns(&scan->unit_columns, batch, row, columns);
    uint8_t *end = put_columns(&scan->line_columns, batch, row, of_line);
    fill_head(scan, row, &head);
    head.record = CA_RECORD_LINE;
    head.id_length = (uint16_t)id.len;
    head.unit_length = (uint32_t)(of_line - columns);
    head.unit_repeats = repeated;
    memcpy(start, &head, sizeof head);
    memcpy(start + sizeof head, id.ptr, id.len);
    ca_exchange_commit(scan->exchange, (size_t)(end - start));
    return 0;
}

int ca_put_finding(ca_scan_state *scan, unsigned row, const ca_finding *finding, ca_error *err)
{
    ca_line_head head;
    fill_head(scan, row, &head);
    head.record = CA_RECORD_FINDING;
    ca_buf_clear(&scan->bytes);
    ca_buf_add(&scan->bytes, &head, sizeof head);
    ca_finding_write(finding, &scan->bytes);
    if (scan->bytes.failed) {
        return ca_error_nomem(err);
    }
    return ca_exchange_put(scan->exchange, scan->claim_hash[row], scan->bytes.ptr, scan->bytes.len,
                           err);
}

/* Records come from this very run, so a length that does not fit is a damaged temporary file. */
struct cursor {
    const uint8_t *at;
    const uint8_t *end;
};

static bool take(struct cursor *cursor, void *bytes, size_t size)
{
    if ((size_t)(cursor->end - cursor->at) < size) {
        return false;
    }
    memcpy(bytes, cursor->at, size);
    cursor->at += size;
    return true;
}

/* Records are not aligned; the heap buffer is. */
static int add_slice(ca_scan_state *scan, ca_batch *batch, ca_type type, const uint8_t *at,
                     uint32_t count, ca_slice *ret_slice)
{
    ca_buf *aligned = &scan->more_bytes;
    ca_buf_clear(aligned);
    ca_buf_add(aligned, at, count * element_size(type));
    if (aligned->failed) {
        return CA_NOMEM;
    }
    if (type == CA_TYPE_CODES) {
        return ca_batch_add_codes(batch, (const uint32_t *)(const void *)aligned->ptr, count, ret_slice);
    }
    if (type == CA_TYPE_INTERVALS) {
        return ca_batch_add_intervals(batch, (const ca_interval *)(const void *)aligned->ptr, count,
                                      ret_slice);
    }
    return ca_batch_add_bytes(batch, ca_buf_text(aligned), ret_slice);
}

static int take_value(ca_scan_state *scan, struct cursor *cursor, const ca_projected *projected,
                      ca_batch *batch, unsigned row)
{
    ca_column *to = &batch->columns[projected->column];
    ca_bit_set(to->present, row);
    if (projected->size) {
        return take(cursor, (uint8_t *)to->as.any + row * projected->size, projected->size) ? 0 : CA_FAIL;
    }
    uint32_t count;
    if (!take(cursor, &count, sizeof count) ||
        (size_t)(cursor->end - cursor->at) / projected->element < count) {
        return CA_FAIL;
    }
    int rc = add_slice(scan, batch, projected->type, cursor->at, count, &to->as.slice[row]);
    cursor->at += count * projected->element;
    return rc;
}

int ca_take_columns(ca_scan_state *scan, const ca_projection *projection, const uint8_t *bytes, size_t len,
                    ca_batch *batch, unsigned row, ca_error *err)
{
    struct cursor cursor = {bytes, bytes + len};
    for (unsigned i = 0; i < projection->count; i++) {
        uint8_t present;
        int rc = take(&cursor, &present, 1) ? 0 : CA_FAIL;
        if (rc == 0 && present) {
            rc = take_value(scan, &cursor, &projection->columns[i], batch, row);
        }
        if (rc) {
            return rc == CA_NOMEM ? ca_error_nomem(err)
                                  : ca_error_set(err, CA_FAIL, "damaged record in a temporary file");
        }
    }
    return 0;
}
