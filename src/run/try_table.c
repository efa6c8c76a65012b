/* The aligned text tables of test cases: cells as rules/test_table.c and refs/test_table.c read them. */
#include <string.h>

#include "conf/yaml.h"
#include "run/try_inside.h"

void ca_case_cell(ca_case_table *table, ca_text text)
{
    if (table->count == table->cap) {
        size_t cap = table->cap ? 2 * table->cap : 256;
        ca_text *cells = ca_arena_array(table->arena, cap, sizeof *cells);
        if (!cells) {
            table->failed = true;
            return;
        }
        if (table->count) {
            memcpy(cells, table->cells, table->count * sizeof *cells);
        }
        table->cells = cells;
        table->cap = cap;
    }
    table->failed |= ca_arena_text(table->arena, text, &table->cells[table->count]) != 0;
    table->count += !table->failed;
}

static bool needs_quotes(ca_text text)
{
    if (text.len == 0 || ca_text_is(text, "-") || text.ptr[0] == '\'' || text.ptr[0] == '"') {
        return true;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == ' ' || text.ptr[i] == '\t') {
            return true;
        }
    }
    return false;
}

/* Bytes of the character there, and whether a cell of a table in a YAML file may hold it. */
static size_t character_at(ca_text text, size_t at, bool *ret_allowed)
{
    uint32_t character = 0;
    size_t len = ca_text_utf8_char(ca_text_sub(text, at, text.len), &character);
    *ret_allowed = len > 0 && character >= ' ' && !ca_yaml_forbidden(character);
    return len ? len : 1;
}

/* What the table cannot hold is replaced by another character, and the case says so. */
static void add_quoted(ca_case_table *table, ca_buf *bytes)
{
    table->changed |= !table->doubles;
    ca_buf_add_cstr(bytes, table->doubles ? "''" : "`");
}

void ca_case_text(ca_case_table *table, ca_text text)
{
    bool quotes = needs_quotes(text);
    ca_buf bytes;
    ca_buf_init(&bytes);
    ca_buf_add_cstr(&bytes, quotes ? "'" : "");
    for (size_t i = 0, len; i < text.len; i += len) {
        bool allowed;
        len = character_at(text, i, &allowed);
        if (!allowed) {
            table->changed = true;
            ca_buf_add_char(&bytes, '?');
        } else if (quotes && text.ptr[i] == '\'') {
            add_quoted(table, &bytes);
        } else {
            ca_buf_add_text(&bytes, ca_text_sub(text, i, len));
        }
    }
    ca_buf_add_cstr(&bytes, quotes ? "'" : "");
    table->failed |= bytes.failed;
    ca_case_cell(table, ca_buf_text(&bytes));
    ca_buf_done(&bytes);
}

static void add_code(const ca_codes *codes, uint32_t code, ca_buf *bytes)
{
    ca_buf_printf(bytes, "%s:", codes->systems[ca_codes_system_of(codes, code)].name);
    ca_buf_add_text(bytes, ca_codes_text(codes, code));
}

void ca_case_value(ca_case_table *table, const ca_codes *codes, const ca_value *value)
{
    ca_buf bytes;
    if (!value->present) {
        ca_case_cell(table, CA_TEXT("-"));
        return;
    }
    ca_buf_init(&bytes);
    if (value->type == CA_TYPE_CODE) {
        add_code(codes, value->as.code, &bytes);
    } else if (value->type == CA_TYPE_CODES) {
        for (size_t i = 0; i < value->as.codes.count; i++) {
            ca_buf_add_cstr(&bytes, i ? ";" : "");
            add_code(codes, value->as.codes.ids[i], &bytes);
        }
    } else {
        ca_value_print(value, codes, &bytes);
    }
    table->failed |= bytes.failed;
    ca_case_text(table, ca_buf_text(&bytes));
    ca_buf_done(&bytes);
}

static size_t width_of(ca_text text)
{
    size_t width = 0;
    for (size_t i = 0; i < text.len; i++) {
        width += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
    }
    return width;
}

static size_t width_of_column(const ca_case_table *table, size_t column)
{
    size_t widest = 0;
    for (size_t i = column; i < table->count; i += table->columns) {
        size_t width = width_of(table->cells[i]);
        widest = width > widest ? width : widest;
    }
    return widest;
}

void ca_case_print(const ca_case_table *table, unsigned indent, ca_buf *out)
{
    for (size_t from = 0; from + table->columns <= table->count; from += table->columns) {
        ca_buf_printf(out, "%*s", (int)indent, "");
        for (size_t i = 0; i < table->columns; i++) {
            ca_text cell = table->cells[from + i];
            bool last = i + 1 == table->columns;
            ca_buf_add_text(out, cell);
            size_t gap = last ? 0 : width_of_column(table, i) - width_of(cell) + 2;
            ca_buf_printf(out, "%*s%s", (int)gap, "", last ? "\n" : "");
        }
    }
}
