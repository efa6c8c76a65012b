/* Single values out of a batch, and how an auditor reads them. */
#include "claim/value.h"

#include <inttypes.h>

ca_value ca_value_of(const ca_batch *batch, unsigned column, unsigned row)
{
    const ca_column_def *def = &batch->schema->columns[column];
    const ca_column *from = &batch->columns[column];
    ca_value value = {.type = def->type, .field = def->field};
    if (!ca_batch_has(batch, column, row))
        return value;
    value.present = true;
    ca_slice slice = {0};
    switch (def->type) {
    case CA_TYPE_INT:
        value.as.ratio = ca_ratio_of(from->as.number[row], 1);
        break;
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY:
        value.as.ratio = ca_ratio_of(from->as.number[row], CA_DECIMAL_ONE);
        break;
    case CA_TYPE_DATE:
        value.as.date = from->as.date[row];
        break;
    case CA_TYPE_CODE:
        value.as.code = from->as.code[row];
        break;
    case CA_TYPE_ENUM:
        value.as.choice = from->as.choice[row];
        break;
    case CA_TYPE_ID:
    case CA_TYPE_TEXT:
        value.as.text = ca_batch_text(batch, column, row);
        break;
    case CA_TYPE_CODES:
        slice = from->as.slice[row];
        value.as.codes.ids = slice.len ? batch->list_codes + slice.from : NULL;
        value.as.codes.count = slice.len;
        break;
    case CA_TYPE_INTERVALS:
        slice = from->as.slice[row];
        value.as.intervals.items = slice.len ? batch->intervals + slice.from : NULL;
        value.as.intervals.count = slice.len;
        break;
    }
    return value;
}

static void print_number(const ca_value *value, ca_buf *ret_text)
{
    int64_t rounded;
    char text[CA_DECIMAL_SIZE];
    if (value->type == CA_TYPE_INT && ca_ratio_round(value->as.ratio, 1, &rounded)) {
        ca_buf_printf(ret_text, "%" PRId64, rounded);
        return;
    }
    if (!ca_ratio_round(value->as.ratio, CA_DECIMAL_ONE, &rounded)) {
        ca_buf_add_cstr(ret_text, "out of range");
        return;
    }
    ca_decimal_print(rounded, value->type == CA_TYPE_MONEY ? 2 : 0, text);
    ca_buf_add_cstr(ret_text, text);
}

static void print_date(ca_date date, ca_buf *ret_text)
{
    char text[CA_DATE_SIZE];
    ca_date_print(date, text);
    ca_buf_add_cstr(ret_text, text);
}

static void print_codes(const ca_value *value, const ca_codes *codes, ca_buf *ret_text)
{
    for (size_t i = 0; i < value->as.codes.count; i++) {
        if (i > 0)
            ca_buf_add_char(ret_text, ';');
        ca_buf_add_text(ret_text, ca_codes_text(codes, value->as.codes.ids[i]));
    }
}

static void print_intervals(const ca_value *value, ca_buf *ret_text)
{
    for (size_t i = 0; i < value->as.intervals.count; i++) {
        ca_interval interval = value->as.intervals.items[i];
        if (i > 0)
            ca_buf_add_char(ret_text, ';');
        if (interval.from != CA_DATE_MIN)
            print_date(interval.from, ret_text);
        ca_buf_add_cstr(ret_text, "..");
        if (interval.to != CA_DATE_MAX)
            print_date(interval.to, ret_text);
    }
}

void ca_value_print(const ca_value *value, const ca_codes *codes, ca_buf *ret_text)
{
    if (!value->present) {
        ca_buf_add_char(ret_text, '-');
        return;
    }
    switch (value->type) {
    case CA_TYPE_INT:
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY:
        print_number(value, ret_text);
        break;
    case CA_TYPE_DATE:
        print_date(value->as.date, ret_text);
        break;
    case CA_TYPE_CODE:
        ca_buf_add_text(ret_text, ca_codes_text(codes, value->as.code));
        break;
    case CA_TYPE_CODES:
        print_codes(value, codes, ret_text);
        break;
    case CA_TYPE_ENUM:
        ca_buf_add_cstr(ret_text, ca_enum_name(value->field, value->as.choice));
        break;
    case CA_TYPE_ID:
    case CA_TYPE_TEXT:
        ca_buf_add_text(ret_text, value->as.text);
        break;
    case CA_TYPE_INTERVALS:
        print_intervals(value, ret_text);
        break;
    }
}
