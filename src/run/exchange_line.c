/* A line as a record of the claim exchange: what settles versions, and the columns that claim rules read. */
#include "run/columns.h"
#include "run/several.h"

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
    for (unsigned i = projection->fixed; i < projection->count; i++) {
        const ca_projected *column = &projection->columns[i];
        if (ca_batch_has(batch, column->column, row)) {
            room += batch->columns[column->column].as.slice[row].len * column->element;
        }
    }
    return room;
}

/* A presence bit for each column, then the values that are there: fixed sizes, then a count and elements each. Nothing is read
 * where it is written: that memory is mostly far away. */
static uint8_t *put_columns(const ca_projection *projection, const ca_batch *batch, unsigned row,
                            uint8_t *to)
{
    uint8_t presence[(CA_COLUMN_SITE + CA_SITE_COLUMNS_MAX + 7) / 8];
    size_t size = ca_presence_size(projection);
    uint8_t *start = to;
    for (size_t i = 0; i < size; i++) {
        presence[i] = 0;
    }
    to += size;
    for (unsigned i = 0; i < projection->fixed; i++) {
        const ca_projected *projected = &projection->columns[i];
        if (ca_batch_has(batch, projected->column, row)) {
            const uint8_t *values = batch->columns[projected->column].as.any;
            presence[i / 8] |= (uint8_t)(1u << i % 8);
            ca_copy_value(to, values + row * projected->size, projected->size);
            to += projected->size;
        }
    }
    for (unsigned i = projection->fixed; i < projection->count; i++) {
        const ca_projected *projected = &projection->columns[i];
        if (!ca_batch_has(batch, projected->column, row)) {
            continue;
        }
        presence[i / 8] |= (uint8_t)(1u << i % 8);
        ca_slice slice = batch->columns[projected->column].as.slice[row];
        memcpy(to, &slice.len, sizeof slice.len);
        to += sizeof slice.len;
        if (slice.len) {
            size_t bytes = slice.len * projected->element;
            memcpy(to, pool_of(batch, projected->type, slice), bytes);
            to += bytes;
        }
    }
    for (size_t i = 0; i < size; i++) {
        start[i] = presence[i];
    }
    return to;
}

/* Neighbours in a column, of a value's size or a slice's. */
static inline bool same_as_before(const uint8_t *value, size_t size)
{
    uint64_t a, b;
    uint32_t small, before;
    switch (size) {
    case sizeof a:
        memcpy(&a, value, sizeof a);
        memcpy(&b, value - sizeof b, sizeof b);
        return a == b;
    case sizeof small:
        memcpy(&small, value, sizeof small);
        memcpy(&before, value - sizeof before, sizeof before);
        return small == before;
    default:
        return value[0] == value[-1];
    }
}

/* Whether a row has the very value of the row before; equal texts that stand in two places count as different. */
static inline bool repeats_in(const ca_projected *projected, const ca_batch *batch, unsigned row)
{
    const ca_column *column = &batch->columns[projected->column];
    bool present = ca_batch_has(batch, projected->column, row);
    size_t size = projected->size ? projected->size : sizeof(ca_slice);
    return present == ca_batch_has(batch, projected->column, row - 1) &&
           (!present || same_as_before((const uint8_t *)column->as.any + row * size, size));
}

static bool repeats(const ca_projection *projection, const ca_batch *batch, unsigned row)
{
    bool same = true;
    for (unsigned i = 0; i < projection->count && same; i++) {
        same = repeats_in(&projection->columns[i], batch, row);
    }
    return same;
}

void ca_keep_repeats(const ca_projected *column, const ca_batch *batch, uint64_t *rows)
{
    if (!batch->columns[column->column].present) {
        return;
    }
    for (unsigned w = 0; w < batch->words; w++) {
        for (uint64_t rest = rows[w]; rest; rest &= rest - 1) {
            if (!repeats_in(column, batch, w * 64 + (unsigned)__builtin_ctzll(rest))) {
                rows[w] &= ~(rest & -rest);
            }
        }
    }
}

/* Appends the wanted columns that have a fixed size, or those that have none. */
static void project_sized(const ca_scan_state *scan, const uint8_t *wanted, bool fixed,
                          ca_projection *projection)
{
    for (unsigned c = 0; c < scan->setup->schema.count; c++) {
        ca_type type = scan->setup->schema.columns[c].type;
        size_t size = value_size(type);
        if (wanted[c] && fixed == (size > 0)) {
            projection->columns[projection->count++] =
                (ca_projected){c, type, size, size ? 0 : element_size(type)};
            projection->room += size ? size : sizeof(uint32_t);
        }
    }
}

int ca_project(ca_scan_state *scan, const uint8_t *wanted, ca_projection *projection, ca_error *err)
{
    projection->columns =
        ca_arena_array(scan->arena, scan->setup->schema.count, sizeof *projection->columns);
    if (!projection->columns) {
        return ca_error_nomem(err);
    }
    project_sized(scan, wanted, true, projection);
    projection->fixed = projection->count;
    project_sized(scan, wanted, false, projection);
    projection->room += ca_presence_size(projection);
    return 0;
}

int ca_projections_new(ca_scan_state *scan, ca_error *err)
{
    int rc = ca_project(scan, scan->of_unit, &scan->unit_columns, err);
    return rc ? rc : ca_project(scan, scan->of_lines, &scan->line_columns, err);
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
    return row > 0 && ca_same_claim(scan, row) && repeats(&scan->unit_columns, scan->batch, row);
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
    return put_columns(&scan->line_columns, scan->batch, row, to);
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
    size_t unit_room = repeated ? 0 : room_for(&scan->unit_columns, batch, row);
    size_t room = 1 + sizeof head + id.len + unit_room + sizeof(uint64_t) +
                  room_for(&scan->line_columns, batch, row) + sizeof mark;
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
    uint8_t *of_line = repeated ? columns : put_columns(&scan->unit_columns, batch, row, columns);
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
