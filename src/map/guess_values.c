/* What the cells of a column look like: how many are filled and differ, codes, identifiers, lists. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "map/guess_inner.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

bool ca_guess_marker(ca_text cell)
{
    static const char *const markers[] = {
        "-",          "--",         "~",        "NULL",     "null",       "N/A",
        "n/a",        "NA",         "\\N",      "k.A.",     "k. A.",      "无",
        "9999-12-31", "31.12.9999", "99991231", "00000000", "0000-00-00", "00.00.0000"};
    for (size_t i = 0; i < sizeof markers / sizeof *markers; i++) {
        if (ca_text_is(cell, markers[i])) {
            return true;
        }
    }
    return false;
}

ca_text ca_guess_cell(const guess_file *file, size_t row, uint32_t cell)
{
    return cell < file->rows[row].count ? file->rows[row].cells[cell] : (ca_text){"", 0};
}

/* A letter, a digit, a digit or letter, then digits with or without a point: ICD-10. *ret_certain: a certainty behind it,
 * as German claims have. */
static bool is_icd10(ca_text code, bool *ret_certain)
{
    size_t len = code.len;
    *ret_certain = len > 4 && code.ptr[len - 1] != 'X' && strchr("GVZA", code.ptr[len - 1]);
    if (len < 3 || len > 9 || !is_upper(code.ptr[0]) || !is_digit(code.ptr[1]) ||
        !(is_digit(code.ptr[2]) || is_upper(code.ptr[2]))) {
        return false;
    }
    size_t at = 3;
    if (at < len && code.ptr[at] == '.') {
        at++;
    }
    for (; at < len; at++) {
        char c = code.ptr[at];
        bool end = c == '-' || c == '+' || c == '*' || c == '!' || c == 'x';
        if (!is_digit(c) && !is_upper(c) && !(c == ' ' && at + 2 == len) && !end) {
            return false;
        }
    }
    return true;
}

/* Three to five digits, or E or V before them; a point behind the third. */
static bool is_icd9(ca_text code)
{
    size_t digits = 0;
    for (size_t i = 0; i < code.len; i++) {
        char c = code.ptr[i];
        bool letter = i == 0 && (c == 'E' || c == 'V');
        if (!is_digit(c) && !letter && !(c == '.' && i >= 3)) {
            return false;
        }
        digits += is_digit(c);
    }
    return digits >= 2 && digits <= 5 && code.len <= 7;
}

static bool is_clock(ca_text cell)
{
    int32_t minute;
    return cell.len >= 5 && cell.ptr[2] == ':' && ca_minute_parse(cell, &minute);
}

static void look_at_code(guess_column *column, ca_text code)
{
    bool certain;
    if (is_icd10(code, &certain)) {
        column->icd10++;
        column->pointed += code.len > 3 && code.ptr[3] == '.';
        column->certain += certain;
    } else {
        column->icd9 += is_icd9(code);
    }
}

/* What separates elements: the byte after which a second code begins. */
static void look_for_list(guess_column *column, ca_text cell)
{
    static const char separators[] = ";|,/^";
    for (size_t i = 0; i < sizeof separators - 1 && !column->list; i++) {
        const char *at = memchr(cell.ptr, separators[i], cell.len);
        if (!at) {
            continue;
        }
        ca_text rest = ca_text_sub(cell, (size_t)(at + 1 - cell.ptr), cell.len);
        ca_text first = ca_text_sub(cell, 0, (size_t)(at - cell.ptr));
        bool certain;
        ca_text next;
        ca_text trimmed = ca_text_trim(rest);
        if (ca_text_next(&trimmed, separators[i], &next) &&
            is_icd10(ca_text_trim(first), &certain) && is_icd10(ca_text_trim(next), &certain)) {
            column->list = separators[i];
            column->list_space = rest.len > 0 && rest.ptr[0] == ' ';
        }
    }
}

static void look_at(guess_column *column, ca_text cell)
{
    size_t digits = 0;
    for (size_t i = 0; i < cell.len; i++) {
        digits += is_digit(cell.ptr[i]);
    }
    bool all = digits == cell.len;
    column->digit_cells += all;
    column->leading_zero += all && cell.len > 1 && cell.ptr[0] == '0';
    column->shortest = cell.len < column->shortest ? cell.len : column->shortest;
    column->longest = cell.len > column->longest ? cell.len : column->longest;
    column->clock += is_clock(cell);
    ca_guess_number(cell, &column->numbers);
    look_for_list(column, cell);
    ca_text rest = cell;
    ca_text part;
    if (!column->list) {
        look_at_code(column, cell);
    } else if (ca_text_next(&rest, column->list, &part)) {
        look_at_code(column, ca_text_trim(part));
    }
}

static int by_text(const void *a, const void *b)
{
    return ca_text_cmp(*(const ca_text *)a, *(const ca_text *)b);
}

/* In order of their bytes, not of the rows. */
static void keep_few(guess_column *column, const ca_table *values)
{
    if (values->count > GUESS_FEW) {
        return;
    }
    for (uint32_t i = 0; i < values->count; i++) {
        if (ca_table_key(values, i).len > GUESS_FEW_LEN ||
            !ca_guess_clean(ca_table_key(values, i))) {
            return;
        }
    }
    column->few_count = values->count;
    qsort(column->few, column->few_count, sizeof *column->few, by_text);
}

int ca_guess_values(const ca_guess *guess, const guess_file *file, guess_column *column,
                    ca_error *err)
{
    ca_table values;
    int rc = 0;
    column->shortest = SIZE_MAX;
    ca_table_init(&values);
    for (size_t row = 0; rc == 0 && row < file->row_count; row++) {
        for (size_t m = 0; rc == 0 && m < column->cell_count; m++) {
            ca_text cell = ca_guess_cell(file, row, column->cells[m]);
            uint32_t id;
            bool new;
            if (cell.len == 0 || ca_guess_marker(cell)) {
                continue;
            }
            column->filled++;
            look_at(column, cell);
            rc = ca_table_put(&values, cell, &id, &new) ? ca_error_nomem(err) : 0;
            if (rc == 0 && new &&id < GUESS_FEW) {
                column->few[id] = cell;
            }
        }
    }
    column->distinct = values.count;
    column->shortest = column->filled ? column->shortest : 0;
    keep_few(column, &values);
    ca_table_done(&values);
    ca_guess_dates(guess, file, column);
    return rc;
}
