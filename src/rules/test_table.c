/* Cuts an aligned text table into cells and checks that every row has as many as the header. */
#include "rules/test_table.h"

typedef struct table_reader {
    const ca_conf *conf;
    ca_arena *arena;
    ca_test_table *table;
    bool good;
    bool block; /* a literal block: one line of the file a line of the table */
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

/* Takes the next cell off the line; false at its end. */
static bool next_cell(ca_text line, size_t *at, ca_test_cell *ret_cell)
{
    while (*at < line.len && is_blank(line.ptr[*at]))
        ++*at;
    if (*at >= line.len)
        return false;
    size_t from = *at;
    ret_cell->column = (uint32_t)from + 1;
    if (line.ptr[from] == '\'') {
        size_t past = from + 1;
        while (past < line.len && line.ptr[past] != '\'')
            past++;
        if (past < line.len && (past + 1 == line.len || is_blank(line.ptr[past + 1]))) {
            *ret_cell = (ca_test_cell){ca_text_sub(line, from + 1, past - from - 1), false,
                                       ret_cell->column};
            *at = past + 1;
            return true;
        }
    }
    while (*at < line.len && !is_blank(line.ptr[*at]))
        ++*at;
    ret_cell->text = ca_text_sub(line, from, *at - from);
    ret_cell->missing = ca_text_is(ret_cell->text, "-");
    return true;
}

/* Cells of one line into room for CA_TEST_COLUMNS_MAX; counts those beyond it, too. */
static size_t cut(ca_text line, uint32_t indent, ca_test_cell *cells)
{
    size_t at = 0;
    size_t count = 0;
    ca_test_cell cell = {0};
    while (next_cell(line, &at, &cell)) {
        cell.column += indent;
        if (count < CA_TEST_COLUMNS_MAX)
            cells[count] = cell;
        count++;
    }
    return count;
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
        complain(reader, number, cells[0].column, "a row has as many cells as the header",
                 table->columns, count);
        return;
    }
    for (size_t i = 0; i < count; i++)
        table->cells[table->rows * count + i] = cells[i];
    table->row_lines[table->rows++] = number;
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
        size_t count = cut(line, indent_of(reader, number, line), cells);
        int code = 0;
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
