/* Rows that are one line, the usual case: each column in one go, from the cell to the record and
 * the batch, as far as its cell is of the most frequent notation. What these short ways do is what
 * ca_decode_counted, ca_record_add and ca_fill do one after another, which is the way of all other
 * cells; a test compares the two. */
#include "base/digits.h"
#include "map/inner.h"

static inline int open_column(const ca_op *op, ca_batch *batch, ca_column **ret_column)
{
    *ret_column = &batch->columns[op->column];
    return (*ret_column)->present ? 0 : ca_batch_use(batch, op->column);
}

/* They are forced inline so that what they share stays in registers. */
#define INLINE static inline __attribute__((always_inline))

#define SHORT_TEXT 64u /* longer ones go the whole way … */
#define SHORT_LIST 8u  /* … and lists of more codes */
#define VALUE_ROOM (CA_RECORD_ROOM + SHORT_LIST * CA_CODE_RECORD) /* bytes that a value adds to the record, at most */

typedef struct walk {
    ca_mapper *mapper;
    const ca_text *cells;
    ca_batch *batch;
    unsigned row;
    bool of_claim; /* columns of the claim, not of its lines */
    char *to; /* the record's end, with room for all values that are left */
} walk;

/* What became of a cell. */
typedef enum taken { TAKEN, NOT_TAKEN, NO_MEMORY } taken;

INLINE taken put_number(walk *at, ca_op *op, int64_t number)
{
    ca_column *column;
    op->value.present = true;
    op->value.as.number = number;
    at->to = ca_record_put64(ca_record_put_tag(at->to, op->tag), (uint64_t)number);
    if (op->stored) {
        if (open_column(op, at->batch, &column)) {
            return NO_MEMORY;
        }
        column->as.number[at->row] = number;
        ca_bit_set(column->present, at->row);
    }
    return TAKEN;
}

INLINE taken take_money(walk *at, ca_op *op, ca_text cell)
{
    int64_t number;
    if (!ca_decimal_parse_short(cell, &number)) {
        return NOT_TAKEN;
    }
    ca_add_total(at->mapper, op->total, number);
    return put_number(at, op, number);
}

INLINE taken put_choice(walk *at, const ca_op *op)
{
    ca_column *column;
    at->to = ca_record_put_tag(at->to, op->tag);
    *at->to++ = (char)op->value.as.choice;
    if (op->stored) {
        if (open_column(op, at->batch, &column)) {
            return NO_MEMORY;
        }
        column->as.choice[at->row] = op->value.as.choice;
        ca_bit_set(column->present, at->row);
    }
    return TAKEN;
}

INLINE taken take_number(walk *at, ca_op *op, ca_text cell)
{
    int64_t number;
    return ca_decimal_parse_short(cell, &number) ? put_number(at, op, number) : NOT_TAKEN;
}

INLINE taken take_integer(walk *at, ca_op *op, ca_text cell)
{
    uint32_t number;
    return ca_digits_read(cell, &number) ? put_number(at, op, number) : NOT_TAKEN;
}

/* Neighbouring lines mostly have the same date. */
INLINE taken take_date(walk *at, ca_op *op, ca_text cell)
{
    ca_column *column;
    if (cell.len > CA_SHORT_CELL) {
        return NOT_TAKEN;
    }
    ca_short_cell key = ca_short_cell_of(cell);
    if (!ca_short_cell_eq(&key, &op->last)) {
        op->last.len = 0;
        if (ca_decode_date(op->binding, cell, &op->value.as.date) != CA_READ_GOOD) {
            return NOT_TAKEN;
        }
        op->last = key;
    }
    op->value.present = true;
    at->to = ca_record_put32(ca_record_put_tag(at->to, op->tag), (uint32_t)op->value.as.date);
    if (op->stored) {
        if (open_column(op, at->batch, &column)) {
            return NO_MEMORY;
        }
        column->as.date[at->row] = op->value.as.date;
        ca_bit_set(column->present, at->row);
    }
    return TAKEN;
}

/* The system and the text of a code are in its entry as the record has them. */
INLINE taken take_code(walk *at, ca_op *op, ca_text cell)
{
    ca_column *column;
    if (cell.len > CA_SHORT_CELL) {
        return NOT_TAKEN;
    }
    const ca_short_cell key = ca_short_cell_of(cell);
    const ca_code_entry *entry = ca_code_place(op, &key, op->binding->system);
    if (!ca_code_is(entry, &key, op->binding->system) || entry->record_len == 0) {
        return NOT_TAKEN;
    }
    op->value.present = true;
    op->value.as.code = entry->id;
    at->to = ca_record_put_tag(at->to, op->tag);
    memcpy(at->to, entry->record, CA_CODE_RECORD);
    at->to += entry->record_len;
    if (op->stored) {
        if (open_column(op, at->batch, &column)) {
            return NO_MEMORY;
        }
        column->as.code[at->row] = entry->id;
        ca_bit_set(column->present, at->row);
    }
    return TAKEN;
}

INLINE taken fill_text(const ca_op *op, ca_batch *batch, unsigned row, ca_text text)
{
    ca_column *column;
    if (open_column(op, batch, &column)) {
        return NO_MEMORY;
    }
    ca_slice *slices = column->as.slice;
    bool again = row > 0 && ca_bit(column->present, row - 1) && slices[row - 1].len == text.len &&
                 ca_same_few(batch->bytes + slices[row - 1].from, text.ptr, text.len);
    if (again) {
        slices[row] = slices[row - 1];
    } else if (ca_batch_add_bytes(batch, text, &slices[row])) {
        return NO_MEMORY;
    }
    ca_bit_set(column->present, row);
    return TAKEN;
}

INLINE taken take_text(walk *at, ca_op *op, ca_text cell)
{
    if (cell.len > SHORT_TEXT) {
        return NOT_TAKEN;
    }
    op->value.present = true;
    op->value.as.text = cell;
    at->to = ca_record_put_text(ca_record_put_tag(at->to, op->tag), cell);
    return op->stored ? fill_text(op, at->batch, at->row, cell) : TAKEN;
}

/* The codes of a list as they are in the cache of its column, into op->ids and the record behind `to`; the end of
 * what is written there, NULL when one is not in the cache, or not plainly written. */
INLINE char *read_list(const ca_op *op, ca_text cell, char *to, uint32_t *ret_count)
{
    const char *from = cell.ptr;
    const char *end = cell.ptr + cell.len;
    uint32_t count = 0;
    for (const char *at = from; at <= end; at++) {
        if (at < end && *at != op->binding->separator) {
            continue;
        }
        const ca_text element = {from, (size_t)(at - from)};
        if (element.len - 1 >= CA_SHORT_CELL || count == SHORT_LIST || count == op->id_cap) {
            return NULL;
        }
        const ca_short_cell key = ca_short_cell_of(element);
        const ca_code_entry *entry = ca_code_place(op, &key, op->binding->system);
        if (!ca_code_is(entry, &key, op->binding->system) || entry->record_len == 0) {
            return NULL;
        }
        op->ids[count++] = entry->id;
        memcpy(to, entry->record, CA_CODE_RECORD);
        to += entry->record_len;
        from = at + 1;
    }
    *ret_count = count;
    return to;
}

INLINE taken take_list(walk *at, ca_op *op, ca_text cell)
{
    uint32_t count;
    char *to = ca_record_put_tag(at->to, op->tag);
    char *end = read_list(op, cell, to + sizeof count, &count);
    if (!end) {
        return NOT_TAKEN;
    }
    (void)ca_record_put32(to, count);
    at->to = end;
    op->value.present = true;
    op->value.as.codes.ids = op->ids;
    op->value.as.codes.count = count;
    op->last.len = 0;
    return ca_fill_list(op, at->batch, at->row) ? NO_MEMORY : TAKEN;
}

/* Cells of lines are counted in their column; those of claims count for all lines that repeat them. */
INLINE void count_empty(walk *at, ca_op *op)
{
    if (at->of_claim) {
        ca_count_cell(at->mapper, op->slot, true);
    } else {
        op->empty++;
    }
}

/* A list that the layout has is never missing, only empty. */
INLINE taken take_no_list(walk *at, ca_op *op)
{
    ca_column *column;
    op->value.present = true;
    op->value.as.codes.count = 0;
    op->last.len = 0;
    count_empty(at, op);
    at->to = ca_record_put32(ca_record_put_tag(at->to, op->tag), 0);
    if (!op->stored) {
        return TAKEN;
    }
    if (open_column(op, at->batch, &column)) {
        return NO_MEMORY;
    }
    ca_slice *slice = &column->as.slice[at->row];
    bool again = at->row > 0 && ca_bit(column->present, at->row - 1) && slice[-1].len == 0;
    *slice = again ? slice[-1] : (ca_slice){(uint32_t)at->batch->list_count, 0};
    ca_bit_set(column->present, at->row);
    return TAKEN;
}

/* A value that was read before the others, or never changes. */
INLINE taken take_read(walk *at, ca_op *op)
{
    switch (op->type) {
    case CA_TYPE_INT:
        return put_number(at, op, op->value.as.number);
    case CA_TYPE_ENUM:
        return put_choice(at, op);
    case CA_TYPE_ID:
        return take_text(at, op, op->value.as.text);
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY:
    case CA_TYPE_DATE:
    case CA_TYPE_CODE:
    case CA_TYPE_CODES:
    case CA_TYPE_TEXT:
    case CA_TYPE_INTERVALS:
        break;
    }
    return NOT_TAKEN;
}

INLINE taken take_empty(walk *at, ca_op *op)
{
    if (op->way == CA_WAY_LIST) {
        return take_no_list(at, op);
    }
    op->value.present = false;
    count_empty(at, op);
    return TAKEN;
}

INLINE taken take_cell(walk *at, ca_op *op)
{
    if (op->way == CA_WAY_NONE) {
        return NOT_TAKEN;
    }
    if (op->way == CA_WAY_READ) {
        return op->value.present ? take_read(at, op) : NOT_TAKEN;
    }
    ca_text cell = at->cells[op->cell];
    if (cell.len == 0) {
        return take_empty(at, op);
    }
    switch (op->way) {
    case CA_WAY_NUMBER:
        return take_number(at, op, cell);
    case CA_WAY_MONEY:
        return take_money(at, op, cell);
    case CA_WAY_INTEGER:
        return take_integer(at, op, cell);
    case CA_WAY_DATE:
        return take_date(at, op, cell);
    case CA_WAY_CODE:
        return take_code(at, op, cell);
    case CA_WAY_TEXT:
        return take_text(at, op, cell);
    case CA_WAY_LIST:
        return take_list(at, op, cell);
    case CA_WAY_READ:
    case CA_WAY_NONE:
        break;
    }
    return NOT_TAKEN;
}

/* The way of all cells; behind it there is room in the record for `left` values. */
static int go_whole_way(ca_mapper *mapper, ca_op *op, ca_batch *batch, unsigned row, size_t left)
{
    int rc = op->run(mapper, op, batch, row);
    if (rc) {
        return rc;
    }
    if (op->total && op->value.present) {
        ca_add_total(mapper, op->total, op->value.as.number);
    }
    return ca_record_room(&mapper->record, left * VALUE_ROOM) ? 0 : CA_NOMEM;
}

int ca_run_ops(ca_mapper *mapper, ca_batch *batch, unsigned row, size_t from, size_t end)
{
    ca_record *record = &mapper->record;
    walk at = {.mapper = mapper, .cells = mapper->row, .batch = batch, .row = row, .of_claim = from == 0};
    const ca_op *last = mapper->ops + end;
    at.to = ca_record_room(record, (end - from) * VALUE_ROOM);
    if (!at.to) {
        return CA_NOMEM;
    }
    for (ca_op *op = mapper->ops + from; op < last; op++) {
        taken what = take_cell(&at, op);
        if (what == TAKEN) {
            continue;
        }
        ca_record_end(record, at.to);
        int rc = what == NO_MEMORY ? CA_NOMEM : go_whole_way(mapper, op, batch, row, (size_t)(last - op));
        if (rc) {
            return rc;
        }
        at.to = record->bytes.ptr + record->bytes.len;
    }
    ca_record_end(record, at.to);
    return 0;
}
