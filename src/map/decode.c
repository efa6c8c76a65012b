/* One decoder for each type: from the text of cells to a value. */
#include <string.h>

#include "base/alloc.h"
#include "map/inner.h"

/* --- What a cell says, before its type ------------------------------------------------------ */

static bool means_missing(const ca_binding *binding, ca_text cell)
{
    for (size_t i = 0; i < binding->missing_count; i++) {
        if (ca_text_eq(cell, binding->missing[i])) {
            return true;
        }
    }
    return false;
}

static const ca_text *mapped_text(const ca_value_map *values, ca_text cell)
{
    size_t low = 0;
    size_t high = values->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = ca_text_cmp(cell, values->from[middle]);
        if (order == 0) {
            return &values->to[middle];
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

ca_reading ca_decode_text(const ca_binding *binding, ca_text *cell, bool *ret_canonical)
{
    *ret_canonical = false;
    if (cell->len == 0 || (binding->missing_count > 0 && means_missing(binding, *cell))) {
        return CA_READ_EMPTY;
    }
    if (binding->values.count > 0) {
        const ca_text *found = mapped_text(&binding->values, *cell);
        if (!found) {
            return binding->values.keep_others ? CA_READ_GOOD : CA_READ_BAD;
        }
        *cell = *found;
        *ret_canonical = true;
    }
    return CA_READ_GOOD;
}

/* --- Types ---------------------------------------------------------------------------------- */

ca_reading ca_decode_date(const ca_binding *binding, ca_text cell, ca_date *ret_date)
{
    for (size_t i = 0; i < binding->date_count; i++) {
        if (ca_date_parse(cell, &binding->dates[i], ret_date)) {
            return CA_READ_GOOD;
        }
    }
    return CA_READ_BAD;
}

static bool read_decimal(const ca_op *op, ca_text cell, int64_t *ret_value)
{
    if (op->plain_numbers && ca_decimal_parse_plain(cell, ret_value)) {
        return true;
    }
    return !op->only_plain && ca_decimal_parse(cell, &op->binding->numbers, ret_value);
}

/* "3", and "3.0" too. */
static bool read_integer(const ca_op *op, ca_text cell, int64_t *ret_value)
{
    int64_t value;
    if (!ca_text_to_int(cell, &value)) {
        if (!read_decimal(op, cell, &value) || value % CA_DECIMAL_ONE != 0) {
            return false;
        }
        value /= CA_DECIMAL_ONE;
    }
    if (!ca_integer_allowed(op->column, value)) {
        return false;
    }
    *ret_value = value;
    return true;
}

static bool read_minute(const ca_op *op, ca_text cell, int64_t *ret_value)
{
    const ca_binding *binding = op->binding;
    ca_date ignored;
    int32_t minute;
    if (binding->time_of_day) {
        if (!ca_minute_parse(cell, &minute)) {
            return false;
        }
        *ret_value = minute;
        return true;
    }
    for (size_t i = 0; i < binding->date_count; i++) {
        if (ca_date_parse_time(cell, &binding->dates[i], &ignored, &minute) && minute >= 0) {
            *ret_value = minute;
            return true;
        }
    }
    return binding->date_count == 0 && read_integer(op, cell, ret_value);
}

static bool read_plain_type(const ca_op *op, ca_text cell, ca_cell *value)
{
    switch (op->how) {
    case CA_HOW_ID:
        value->as.text = op->binding->pad > 0 ? ca_pad_identifier(op, cell) : cell;
        return cell.len <= CA_ID_MAX;
    case CA_HOW_TEXT:
        value->as.text = cell;
        return true;
    case CA_HOW_ENUM:
        return ca_enum_find(op->column, cell, &value->as.choice);
    case CA_HOW_DATE:
        return ca_decode_date(op->binding, cell, &value->as.date) == CA_READ_GOOD;
    case CA_HOW_INTEGER:
        return read_integer(op, cell, &value->as.number);
    case CA_HOW_MINUTE:
        return read_minute(op, cell, &value->as.number);
    case CA_HOW_DECIMAL:
        return read_decimal(op, cell, &value->as.number);
    case CA_HOW_SET:
    case CA_HOW_DIAGNOSES:
    case CA_HOW_CODE:
    case CA_HOW_CODES:
    case CA_HOW_CODE_LIST:
    case CA_HOW_INTERVALS:
        break;
    }
    return false;
}

/* --- Intervals ------------------------------------------------------------------------------ */

static bool read_end(const ca_binding *binding, ca_text text, ca_date open, ca_date *ret_date)
{
    text = ca_text_trim(text);
    if (text.len == 0) {
        *ret_date = open;
        return true;
    }
    return ca_decode_date(binding, text, ret_date) == CA_READ_GOOD;
}

/* "from..to", either end open. */
static bool read_interval(const ca_binding *binding, ca_text text, ca_interval *ret_interval)
{
    for (size_t i = 0; i + 1 < text.len; i++) {
        if (text.ptr[i] == '.' && text.ptr[i + 1] == '.') {
            return read_end(binding, ca_text_sub(text, 0, i), CA_DATE_MIN, &ret_interval->from) &&
                   read_end(binding, ca_text_sub(text, i + 2, text.len), CA_DATE_MAX,
                            &ret_interval->to) &&
                   ret_interval->from <= ret_interval->to;
        }
    }
    return false;
}

static bool more_intervals(ca_op *op)
{
    size_t cap = op->interval_cap ? op->interval_cap * 2 : 8;
    ca_interval *items = ca_realloc_array(op->intervals, cap, sizeof *items);
    if (!items) {
        return false;
    }
    op->intervals = items;
    op->interval_cap = cap;
    return true;
}

static int read_intervals(ca_op *op, ca_text cell, ca_reading *ret_reading)
{
    size_t count = 0;
    ca_text part;
    *ret_reading = CA_READ_BAD;
    while (ca_text_next(&cell, op->binding->separator, &part)) {
        part = ca_text_trim(part);
        if (part.len == 0) {
            continue;
        }
        if (count == op->interval_cap && !more_intervals(op)) {
            return CA_NOMEM;
        }
        if (!read_interval(op->binding, part, &op->intervals[count++])) {
            return 0;
        }
    }
    op->value.present = true;
    op->value.as.intervals.items = op->intervals;
    op->value.as.intervals.count = count;
    *ret_reading = CA_READ_GOOD;
    return 0;
}

/* --- The whole ------------------------------------------------------------------------------ */

/* Neighbouring lines mostly say the same. */
static bool is_last(const ca_op *op, ca_text cell)
{
    if (cell.len == 0 || cell.len > CA_SHORT_CELL) {
        return false;
    }
    ca_short_cell key = ca_short_cell_of(cell);
    return ca_short_cell_eq(&key, &op->last);
}

int ca_decode(ca_mapper *mapper, ca_op *op, uint32_t member, ca_reading *ret_reading)
{
    uint32_t slot = op->slot + (op->group ? member * op->width : 0);
    ca_text cell = ca_mapper_cell(mapper, mapper->cells[slot]);
    const ca_text raw = cell;
    bool canonical;
    if (op->how == CA_HOW_ENUM && is_last(op, cell)) {
        op->value.present = true;
        *ret_reading = CA_READ_GOOD;
        return 0;
    }
    op->value.present = false;
    op->last.len = 0;
    if (op->how == CA_HOW_CODE_LIST) {
        return ca_decode_code_list(mapper, op, cell, slot, ret_reading);
    }
    ca_reading reading = ca_decode_text(op->binding, &cell, &canonical);
    if (reading != CA_READ_GOOD) {
        *ret_reading = reading;
        return 0;
    }
    if (op->how == CA_HOW_CODE) {
        int rc = ca_decode_code(mapper, op, cell, slot, &op->value.as.code, ret_reading);
        op->value.present = rc == 0 && *ret_reading == CA_READ_GOOD;
        return rc;
    }
    if (op->how == CA_HOW_INTERVALS) {
        return read_intervals(op, cell, ret_reading);
    }
    bool good = canonical ? ca_canonical_read(op->column, op->type, cell, &op->value)
                          : read_plain_type(op, cell, &op->value);
    op->value.present = good;
    if (good && op->how == CA_HOW_ENUM && raw.len <= CA_SHORT_CELL) {
        op->last = ca_short_cell_of(raw);
    }
    *ret_reading = good ? CA_READ_GOOD : CA_READ_BAD;
    return 0;
}

int ca_decode_counted(ca_mapper *mapper, ca_op *op, uint32_t member)
{
    ca_reading reading;
    if (op->how == CA_HOW_SET) {
        return 0;
    }
    if (op->how == CA_HOW_DIAGNOSES) {
        return ca_decode_diagnoses(mapper, op);
    }
    if (op->how == CA_HOW_CODES) {
        return ca_decode_codes(mapper, op, member);
    }
    int rc = ca_decode(mapper, op, member, &reading);
    if (rc == 0 && reading != CA_READ_GOOD) {
        ca_count_cell(mapper, op->slot + (op->group ? member * op->width : 0),
                      reading == CA_READ_EMPTY);
    }
    return rc;
}
