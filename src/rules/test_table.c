/* Cuts an aligned text table into cells and checks that every row has as many as the header. */
#include "rules/test_table.h"

typedef struct table_reader {
    const ca_conf *conf;
    ca_arena *arena;
    ca_test_table *table;
    bool good;
    bool unclosed; /* a quote of this line is not closed: nobody knows how many cells it has */
    bool block;    /* a literal block: one line of the file a line of the table */
} table_reader;

static void complain(table_reader *reader, uint32_t line, uint32_t column, const char *words,
                     size_t want, size_t found)
{
    reader->good = false;
    if (want == 0)
        ca_diag_add(reader->conf->diags, CA_DIAG_ERROR, reader->conf->file->path, line, column,
                    "%s", words);
    else
        ca_diag_add(reader->conf->diags, CA_DIAG_ERROR, reader->conf->file->path, line, column,
                    "%s: %zu expected, %zu found", words, want, found);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* How far the block stands to the right in the file. */
static uint32_t indent_of(const table_reader *reader, uint32_t number, ca_text line)
{
    const ca_yaml_file *file = reader->conf->file;
    if (!reader->block || number >= file->line_count)
        return 0;
    size_t start = file->line_starts[number - 1];
    size_t raw = file->line_starts[number] - start - 1;
    return raw > line.len ? (uint32_t)(raw - line.len) : 0;
}

/* The end of a quoted cell that begins at `from`: a quote with a blank or nothing behind it. The line's
 * length when there is none. *ret_doubled counts quotes that stand for one: 'O''Brien'. */
static size_t closing_quote(ca_text line, size_t from, size_t *ret_doubled)
{
    char quote = line.ptr[from];
    *ret_doubled = 0;
    for (size_t at = from + 1; at < line.len; at++) {
        if (line.ptr[at] != quote)
            continue;
        if (at + 1 == line.len || is_blank(line.ptr[at + 1]))
            return at;
        if (line.ptr[at + 1] == quote) {
            ++*ret_doubled;
            at++;
        }
    }
    return line.len;
}

/* The text with every doubled quote as one. */
static int undouble(ca_arena *arena, char quote, ca_text *text)
{
    char *made = ca_arena_alloc(arena, text->len);
    size_t len = 0;
    if (made == NULL)
        return CA_NOMEM;
    for (size_t i = 0; i < text->len; i++) {
        made[len++] = text->ptr[i];
        if (text->ptr[i] == quote && i + 1 < text->len && text->ptr[i + 1] == quote)
            i++;
    }
    *text = (ca_text){made, len};
    return 0;
}

/* A cell between quotes; CA_END when they are not closed. */
static int quoted_cell(table_reader *reader, ca_text line, size_t *at, ca_test_cell *ret_cell)
{
    size_t doubled;
    size_t from = *at;
    size_t end = closing_quote(line, from, &doubled);
    if (end == line.len)
        return CA_END;
    *at = end + 1;
    *ret_cell =
        (ca_test_cell){ca_text_sub(line, from + 1, end - from - 1), false, (uint32_t)from + 1};
    return doubled == 0 ? 0 : undouble(reader->arena, line.ptr[from], &ret_cell->text);
}

/* Takes the next cell off the line: 0, CA_END at its end, negative when memory ran out. */
static int next_cell(table_reader *reader, uint32_t number, uint32_t indent, ca_text line,
                     size_t *at, ca_test_cell *ret_cell)
{
    while (*at < line.len && is_blank(line.ptr[*at]))
        ++*at;
    if (*at >= line.len)
        return CA_END;
    size_t from = *at;
    if (line.ptr[from] == '\'' || line.ptr[from] == '"') {
        int code = quoted_cell(reader, line, at, ret_cell);
        if (code <= 0)
            return code;
        complain(reader, number, indent + (uint32_t)from + 1,
                 line.ptr[from] == '"' ? "this quote (\") is not closed on its line"
                                       : "this quote (') is not closed on its line",
                 0, 0);
        reader->unclosed = true;
        *at = line.len;
    }
    while (*at < line.len && !is_blank(line.ptr[*at]))
        ++*at;
    ret_cell->column = (uint32_t)from + 1;
    ret_cell->text = ca_text_sub(line, from, *at - from);
    ret_cell->missing = ca_text_is(ret_cell->text, "-");
    return 0;
}

/* Cells of one line into room for CA_TEST_COLUMNS_MAX; counts those beyond it, too. */
static int cut(table_reader *reader, uint32_t number, ca_text line, ca_test_cell *cells,
               size_t *ret_count)
{
    uint32_t indent = indent_of(reader, number, line);
    size_t at = 0;
    int code = 0;
    ca_test_cell cell = {0};
    *ret_count = 0;
    while ((code = next_cell(reader, number, indent, line, &at, &cell)) == 0) {
        cell.column += indent;
        if (*ret_count < CA_TEST_COLUMNS_MAX)
            cells[*ret_count] = cell;
        ++*ret_count;
    }
    return code < 0 ? code : 0;
}

static int read_header(table_reader *reader, uint32_t number, const ca_test_cell *cells,
                       size_t count)
{
    reader->table->header_line = number;
    if (count > CA_TEST_COLUMNS_MAX) {
        complain(reader, number, 1, "a test table has at most 100 columns", 0, 0);
        count = CA_TEST_COLUMNS_MAX;
    }
    reader->table->names = ca_arena_copy(reader->arena, cells, count * sizeof(*cells));
    reader->table->columns = count;
    return reader->table->names == NULL ? CA_NOMEM : 0;
}

static void read_row(table_reader *reader, uint32_t number, const ca_test_cell *cells, size_t count)
{
    ca_test_table *table = reader->table;
    if (count != table->columns) {
        if (!reader->unclosed)
            complain(reader, number, cells[0].column,
                     count > table->columns
                         ? "a row has as many cells as the header (cells with spaces stand between "
                           "quotes)"
                         : "a row has as many cells as the header (an empty one is written -)",
                     table->columns, count);
        return;
    }
    for (size_t i = 0; i < count; i++)
        table->cells[table->rows * count + i] = cells[i];
    table->row_lines[table->rows++] = number;
}

static size_t count_lines(ca_text text)
{
    size_t count = 1;
    for (size_t i = 0; i < text.len; i++)
        count += text.ptr[i] == '\n';
    return count;
}

static int make_room(table_reader *reader, size_t lines)
{
    ca_test_table *table = reader->table;
    table->cells = ca_arena_array(reader->arena, lines * table->columns, sizeof(*table->cells));
    table->row_lines = ca_arena_array(reader->arena, lines, sizeof(*table->row_lines));
    return table->cells == NULL || table->row_lines == NULL ? CA_NOMEM : 0;
}

static int read_lines(table_reader *reader, const ca_yaml *node)
{
    ca_test_cell cells[CA_TEST_COLUMNS_MAX];
    ca_text rest = node->text;
    ca_text line;
    size_t lines = count_lines(rest);
    uint32_t step = reader->block ? 1 : 0;
    if (lines > CA_TEST_ROWS_MAX) {
        complain(reader, node->line, node->column, "a test table has at most 1,000 lines", 0, 0);
        return 0;
    }
    for (uint32_t number = node->line + step; ca_text_next(&rest, '\n', &line); number += step) {
        size_t count;
        reader->unclosed = false;
        int code = cut(reader, number, line, cells, &count);
        if (code != 0)
            return code;
        if (count > 0 && reader->table->columns == 0) {
            code = read_header(reader, number, cells, count);
            code = code != 0 ? code : make_room(reader, lines);
        } else if (count > 0) {
            read_row(reader, number, cells, count);
        }
        if (code != 0)
            return code;
    }
    return 0;
}

int ca_test_table_parse(const ca_conf *conf, const ca_yaml *node, ca_arena *arena,
                        ca_test_table *ret_table, bool *ret_good, ca_error *err)
{
    ca_test_table table = {0};
    table_reader reader = {.conf = conf,
                           .arena = arena,
                           .table = &table,
                           .good = true,
                           .block = node->style == CA_YAML_LITERAL};
    ca_text text;
    if (!ca_conf_text(conf, node, &text)) {
        *ret_good = false;
        return 0;
    }
    if (read_lines(&reader, node) != 0)
        return ca_error_nomem(err);
    if (reader.good && (table.columns == 0 || table.rows == 0))
        complain(&reader, node->line, node->column,
                 "a test table has a header line and at least one row", 0, 0);
    *ret_table = table;
    *ret_good = reader.good;
    return 0;
}
