/* Aligns the cells of test tables. */
#include "rules/fmt_parts.h"

#define COLUMNS_MAX 100

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* The next cell as it is written, quotes included; false at the end of the line, or where a quote is not closed. */
static bool next_cell(ca_text line, size_t *at, ca_text *ret_cell, bool *ret_open)
{
    while (*at < line.len && is_blank(line.ptr[*at]))
        ++*at;
    size_t from = *at;
    if (from == line.len)
        return false;
    char quote = line.ptr[from] == '\'' || line.ptr[from] == '"' ? line.ptr[from] : '\0';
    size_t end = from + (quote != '\0');
    for (; end < line.len; end++) {
        bool last = end + 1 == line.len || is_blank(line.ptr[end + 1]);
        if (quote == '\0' ? is_blank(line.ptr[end]) : line.ptr[end] == quote && last)
            break;
        end += quote != '\0' && line.ptr[end] == quote && line.ptr[end + 1] == quote;
    }
    *ret_open = quote != '\0' && end >= line.len;
    end += quote != '\0' && !*ret_open;
    *at = end < line.len ? end : line.len;
    *ret_cell = ca_text_sub(line, from, *at - from);
    return !*ret_open;
}

static size_t characters(ca_text text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
    return count;
}

/* Widths of the columns; false when a line is no row of cells. */
static bool measure(ca_text table, size_t *widths)
{
    ca_text line;
    while (ca_text_next(&table, '\n', &line)) {
        size_t at = 0;
        size_t column = 0;
        ca_text cell;
        bool open = false;
        while (next_cell(line, &at, &cell, &open)) {
            if (column == COLUMNS_MAX)
                return false;
            size_t width = characters(cell);
            widths[column] = width > widths[column] ? width : widths[column];
            column++;
        }
        if (open)
            return false;
    }
    return true;
}

static void print_line(ca_text line, unsigned indent, const size_t *widths, ca_buf *out)
{
    size_t at = 0;
    size_t column = 0;
    size_t gap = indent;
    ca_text cell;
    bool open = false;
    while (next_cell(line, &at, &cell, &open)) {
        ca_buf_printf(out, "%*s", (int)gap, "");
        ca_buf_add_text(out, cell);
        gap = widths[column] - characters(cell) + 2;
        column++;
    }
    if (column > 0)
        ca_buf_add_char(out, '\n');
}

bool ca_fmt_table(ca_text table, unsigned indent, ca_arena *arena, ca_buf *out)
{
    ca_text line;
    size_t *widths = ca_arena_array(arena, COLUMNS_MAX, sizeof(*widths));
    if (widths == NULL)
        out->failed = true;
    if (widths == NULL || !measure(table, widths))
        return false;
    while (ca_text_next(&table, '\n', &line))
        print_line(line, indent, widths, out);
    return true;
}

/* The next line that has cells; the empty text at the end. */
static ca_text next_row(ca_text *table)
{
    ca_text line;
    while (ca_text_next(table, '\n', &line)) {
        size_t at = 0;
        while (at < line.len && is_blank(line.ptr[at]))
            at++;
        if (at < line.len)
            return line;
    }
    return CA_TEXT("");
}

bool ca_fmt_table_same(ca_text a, ca_text b)
{
    for (;;) {
        ca_text left = next_row(&a);
        ca_text right = next_row(&b);
        if (left.len == 0 || right.len == 0)
            return left.len == right.len;
        size_t at[2] = {0, 0};
        ca_text cells[2];
        bool open[2] = {false, false};
        for (;;) {
            bool more = next_cell(left, &at[0], &cells[0], &open[0]);
            if (more != next_cell(right, &at[1], &cells[1], &open[1]) || open[0] || open[1])
                return false;
            if (!more)
                break;
            if (!ca_text_eq(cells[0], cells[1]))
                return false;
        }
    }
}
