/* One cell of a test table into a column, by the column's type. */
#include "rules/test_frame.h"

#include <string.h>

#include "rules/say.h"
#include "rules/slips.h"

#define LIST_MAX 64

typedef struct target {
    const ca_conf *conf;
    ca_codes *codes;
    ca_batch *batch;
    unsigned column;
    unsigned row;
    const ca_test_cell *cell;
    uint32_t line;
    int code;
} target;

static bool wrong(const target *to, const char *words)
{
    ca_diag_add(to->conf->diags, CA_DIAG_ERROR, to->conf->file->path, to->line, to->cell->column,
                "%s: %s", to->batch->schema->columns[to->column].name, words);
    return false;
}

/* The same for a cell that is written as elsewhere. */
static bool odd(const target *to, const char *meant)
{
    ca_diag_add(to->conf->diags, CA_DIAG_ERROR, to->conf->file->path, to->line, to->cell->column,
                "%s: write %s instead of %.*s", to->batch->schema->columns[to->column].name, meant,
                ca_say_len(to->cell->text), to->cell->text.ptr);
    return false;
}

static bool check_memory(target *to, int code)
{
    if (code != 0)
        to->code = CA_NOMEM;
    return code == 0;
}

/* 'E119' of the only system of the family, or 'icd10cm:E119'. */
static bool put_code(target *to, ca_text text, uint32_t *ret_id)
{
    const char *family = to->batch->schema->columns[to->column].family;
    const char *colon = text.len > 0 ? memchr(text.ptr, ':', text.len) : NULL;
    uint8_t system = ca_codes_only_system(to->codes, family);
    ca_text raw = text;
    if (colon != NULL) {
        size_t name = (size_t)(colon - text.ptr);
        if (!ca_codes_find_system(to->codes, ca_text_sub(text, 0, name), &system))
            return wrong(to, "there is no such code system before the colon");
        if (strcmp(to->codes->systems[system].family, family) != 0)
            return wrong(to, "the code system before the colon is of another family");
        raw = ca_text_sub(text, name + 1, text.len);
    }
    if (system == CA_SYSTEM_NONE)
        return wrong(to, "the family has several code systems; write SYSTEM:CODE");
    char code[CA_CODE_MAX];
    size_t len;
    if (!ca_codes_normalise(&to->codes->systems[system], raw, code, &len))
        return wrong(to, "no code of its system");
    return check_memory(to, ca_codes_put(to->codes, system, (ca_text){code, len}, ret_id));
}

static bool put_list(target *to)
{
    uint32_t ids[LIST_MAX];
    size_t count = 0;
    ca_text rest = to->cell->text;
    ca_text part;
    while (to->cell->text.len > 0 && ca_text_next(&rest, ';', &part)) {
        if (count == LIST_MAX)
            return wrong(to, "a list in a test has at most 64 codes");
        if (!put_code(to, part, &ids[count++]))
            return false;
    }
    return check_memory(to, ca_batch_add_codes(to->batch, ids, count,
                                               &to->batch->columns[to->column].as.slice[to->row]));
}

static bool read_end(ca_text text, ca_date open, ca_date *ret_date)
{
    if (text.len == 0) {
        *ret_date = open;
        return true;
    }
    return ca_date_parse_iso(text, ret_date);
}

static bool put_intervals(target *to)
{
    ca_interval items[LIST_MAX];
    size_t count = 0;
    ca_text rest = to->cell->text;
    ca_text part;
    while (to->cell->text.len > 0 && ca_text_next(&rest, ';', &part)) {
        size_t dots = 0;
        while (dots + 1 < part.len && (part.ptr[dots] != '.' || part.ptr[dots + 1] != '.'))
            dots++;
        if (count == LIST_MAX || dots + 1 >= part.len ||
            !read_end(ca_text_sub(part, 0, dots), CA_DATE_MIN, &items[count].from) ||
            !read_end(ca_text_sub(part, dots + 2, part.len), CA_DATE_MAX, &items[count].to))
            return wrong(to, "intervals are written 2024-01-01..2024-12-31;2025-02-01..");
        count++;
    }
    return check_memory(to,
                        ca_batch_add_intervals(to->batch, items, count,
                                               &to->batch->columns[to->column].as.slice[to->row]));
}

static bool put_choice(target *to)
{
    unsigned field = to->batch->schema->columns[to->column].field;
    if (ca_enum_find(field, to->cell->text, &to->batch->columns[to->column].as.choice[to->row]))
        return true;
    for (unsigned i = 0; i < ca_enum_count(field); i++)
        if (ca_slip_same(to->cell->text, ca_enum_name(field, i)))
            return odd(to, ca_enum_name(field, i));
    return wrong(to, "no value of this field");
}

static bool put_date(target *to)
{
    ca_date days[2];
    char day[CA_DATE_SIZE];
    if (ca_date_parse_iso(to->cell->text, &to->batch->columns[to->column].as.date[to->row]))
        return true;
    if (ca_slip_date(to->cell->text, days) == 0)
        return wrong(to, "dates are written yyyy-mm-dd");
    ca_date_print(days[0], day);
    return odd(to, day);
}

static bool put_number(target *to)
{
    char number[CA_SLIP_NUMBER_SIZE];
    char other[CA_SLIP_NUMBER_SIZE];
    ca_text text = to->cell->text;
    size_t digits = 0;
    if (ca_decimal_parse_plain(text, &to->batch->columns[to->column].as.number[to->row]))
        return true;
    while (digits < text.len && strchr("0123456789.,", text.ptr[digits]) != NULL)
        digits++;
    if (digits == 0 || digits < text.len || text.ptr[0] == '.' ||
        !ca_slip_number(text, number, other))
        return wrong(to, "no number with a point");
    return odd(to, number);
}

static bool put_value(target *to)
{
    ca_column *column = &to->batch->columns[to->column];
    ca_text text = to->cell->text;
    switch (to->batch->schema->columns[to->column].type) {
    case CA_TYPE_INT:
        return ca_text_to_int(text, &column->as.number[to->row]) || wrong(to, "no whole number");
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY:
        return put_number(to);
    case CA_TYPE_DATE:
        return put_date(to);
    case CA_TYPE_CODE:
        return put_code(to, text, &column->as.code[to->row]);
    case CA_TYPE_CODES:
        return put_list(to);
    case CA_TYPE_ENUM:
        return put_choice(to);
    case CA_TYPE_ID:
    case CA_TYPE_TEXT:
        return check_memory(to, ca_batch_add_bytes(to->batch, text, &column->as.slice[to->row]));
    case CA_TYPE_INTERVALS:
        return put_intervals(to);
    }
    return false;
}

bool ca_test_cell_put(const ca_conf *conf, ca_codes *codes, ca_batch *batch, unsigned column,
                      unsigned row, const ca_test_cell *cell, uint32_t line, int *ret_code)
{
    target to = {conf, codes, batch, column, row, cell, line, 0};
    if (!check_memory(&to, ca_batch_use(batch, column))) {
        *ret_code = to.code;
        return false;
    }
    if (cell->missing)
        return true;
    if (put_value(&to)) {
        ca_bit_set(batch->columns[column].present, row);
        return true;
    }
    *ret_code = to.code;
    return false;
}
