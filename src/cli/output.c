/* Rows as an aligned table, CSV or JSON. A table is held until its end, because widths need all rows; it is cut off
 * for people, never for programs. */
#include "cli/command.h"

#include <string.h>

#include "base/alloc.h"

#define WIDEST 60

struct ca_output {
    ca_cli *cli;
    ca_format format;
    ca_buf cells;              /* table: all cells, NUL-terminated, rows one after another */
    size_t columns;
    size_t rows;
    size_t widths[64];
    bool text_column[64];      /* some cell is no number: left-aligned */
};

ca_output *ca_output_new(ca_cli *cli, ca_format format)
{
    ca_output *output = ca_alloc_zero(1, sizeof *output);
    if (output) {
        output->cli = cli;
        output->format = format;
        ca_buf_init(&output->cells);
    }
    return output;
}

static size_t digits_at(ca_text text, size_t at)
{
    size_t end = at;
    while (end < text.len && text.ptr[end] >= '0' && text.ptr[end] <= '9') {
        end++;
    }
    return end - at;
}

/* A number as JSON writes it: no plus, no leading zero, a digit on both sides of the point. */
static bool is_number(ca_text text)
{
    size_t at = text.len && text.ptr[0] == '-' ? 1 : 0;
    size_t whole = digits_at(text, at);
    if (whole == 0 || whole > 18 || (whole > 1 && text.ptr[at] == '0')) {
        return false;
    }
    at += whole;
    if (at == text.len) {
        return true;
    }
    size_t places = text.ptr[at] == '.' ? digits_at(text, at + 1) : 0;
    return places > 0 && at + 1 + places == text.len;
}

/* Characters, not bytes: continuation bytes of UTF-8 take no place. */
static size_t width_of(ca_text text)
{
    size_t width = 0;
    for (size_t i = 0; i < text.len; i++) {
        width += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
    }
    return width;
}

static void hold_cell(ca_output *output, size_t column, ca_text cell, bool header)
{
    size_t width = width_of(cell);
    if (width > output->widths[column]) {
        output->widths[column] = width < WIDEST ? width : WIDEST;
    }
    if (!header && cell.len && !is_number(cell)) {
        output->text_column[column] = true;
    }
    for (size_t i = 0; i < cell.len; i++) {
        unsigned char byte = (unsigned char)cell.ptr[i];
        ca_buf_add_char(&output->cells, byte < ' ' ? ' ' : cell.ptr[i]);
    }
    ca_buf_add_char(&output->cells, 0);
}

static void hold_row(ca_output *output, const char *const *names, const ca_text *cells, size_t count)
{
    if (output->rows == 0) {
        output->columns = count < 64 ? count : 64;
        for (size_t i = 0; i < output->columns; i++) {
            hold_cell(output, i, ca_text_of(names[i]), true);
        }
    }
    for (size_t i = 0; i < output->columns; i++) {
        hold_cell(output, i, cells[i].ptr ? cells[i] : CA_TEXT("-"), false);
    }
}

/* Programs that read CSV must not take a cell that begins with = + - @ for a formula; numbers stay numbers. */
static void print_csv_cell(FILE *out, ca_text cell)
{
    bool formula = cell.len && strchr("=+-@\t\r", cell.ptr[0]) && !is_number(cell);
    bool quote = formula;
    for (size_t i = 0; i < cell.len && !quote; i++) {
        quote = strchr(",\"\r\n", cell.ptr[i]) != NULL && cell.ptr[i];
    }
    if (quote) {
        fputs(formula ? "\"'" : "\"", out);
    }
    for (size_t i = 0; i < cell.len; i++) {
        fputs(cell.ptr[i] == '"' ? "\"" : "", out);
        fputc(cell.ptr[i], out);
    }
    if (quote) {
        fputc('"', out);
    }
}

static void print_csv_names(const ca_output *output, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        fprintf(output->cli->out, "%s%s", names[i], i + 1 < count ? "," : "\n");
    }
}

static void print_csv(ca_output *output, const char *const *names, const ca_text *cells, size_t count)
{
    FILE *out = output->cli->out;
    if (output->rows == 0) {
        print_csv_names(output, names, count);
    }
    for (size_t i = 0; i < count; i++) {
        print_csv_cell(out, cells[i]);
        fputc(i + 1 < count ? ',' : '\n', out);
    }
}

static int print_json(ca_output *output, const char *const *names, const ca_text *cells, size_t count)
{
    ca_buf line;
    ca_buf_init(&line);
    ca_buf_add_cstr(&line, output->rows ? ",\n  {" : "[\n  {");
    for (size_t i = 0; i < count; i++) {
        ca_buf_add_cstr(&line, i ? ", " : "");
        ca_buf_add_json(&line, ca_text_of(names[i]));
        ca_buf_add_cstr(&line, ": ");
        size_t name = strlen(names[i]);
        bool identifier = name > 3 && strcmp(names[i] + name - 3, "_id") == 0;
        if (!cells[i].ptr) {
            ca_buf_add_cstr(&line, "null");
        } else if (is_number(cells[i]) && cells[i].len < 16 &&
                   (!identifier || strcmp(names[i], "finding_id") == 0)) {
            ca_buf_add_text(&line, cells[i]);
        } else {
            ca_buf_add_json(&line, cells[i]);
        }
    }
    ca_buf_add_char(&line, '}');
    int failed = line.failed ? CA_NOMEM : 0;
    fwrite(line.ptr, 1, line.len, output->cli->out);
    ca_buf_done(&line);
    return failed;
}

int ca_output_row(ca_output *output, const char *const *names, const ca_text *cells, size_t count)
{
    int rc = 0;
    if (!cells) { /* there are no rows: a table has no header then, CSV has */
        if (output->format == CA_FORMAT_CSV) {
            print_csv_names(output, names, count);
        }
        return 0;
    }
    switch (output->format) {
    case CA_FORMAT_TABLE:
        hold_row(output, names, cells, count);
        rc = output->cells.failed ? CA_NOMEM : 0;
        break;
    case CA_FORMAT_CSV:
        print_csv(output, names, cells, count);
        break;
    case CA_FORMAT_JSON:
        rc = print_json(output, names, cells, count);
        break;
    }
    output->rows++;
    return rc;
}

/* Cuts at a character's start; says so with an ellipsis. */
static void print_cell(const ca_output *output, size_t column, const char *cell, bool header)
{
    FILE *out = output->cli->out;
    ca_text text = ca_text_of(cell);
    size_t width = width_of(text);
    bool last = column + 1 == output->columns;
    bool right = !output->text_column[column] && !header;
    size_t room = output->widths[column];
    if (right) {
        fprintf(out, "%*s", (int)(room - (width < room ? width : room)), "");
    }
    if (width > room && !last) {
        size_t shown = 0;
        size_t i = 0;
        while (i < text.len && shown + 1 < room) {
            i++;
            while (i < text.len && ((unsigned char)text.ptr[i] & 0xC0) == 0x80) {
                i++;
            }
            shown++;
        }
        fprintf(out, "%.*s…", (int)i, text.ptr);
        width = room;
    } else {
        fputs(cell, out);
    }
    if (!last) {
        fprintf(out, "%*s", right ? 2 : (int)(room - (width < room ? width : room)) + 2, "");
    }
}

static void print_table(const ca_output *output)
{
    const char *at = output->cells.ptr;
    FILE *out = output->cli->out;
    for (size_t row = 0; row <= output->rows; row++) {
        fputs(row == 0 && output->cli->colour ? "\033[1m" : "", out);
        for (size_t i = 0; i < output->columns; i++) {
            print_cell(output, i, at, row == 0);
            at += strlen(at) + 1;
        }
        fputs(row == 0 && output->cli->colour ? "\033[0m\n" : "\n", out);
    }
}

size_t ca_output_end(ca_output *output)
{
    size_t rows = output->rows;
    if (output->format == CA_FORMAT_TABLE && rows) {
        print_table(output);
    } else if (output->format == CA_FORMAT_JSON) {
        fputs(rows ? "\n]\n" : "[]\n", output->cli->out);
    }
    ca_buf_done(&output->cells);
    ca_free(output);
    return rows;
}

uint64_t ca_permille(uint64_t part, uint64_t whole)
{
    if (part == 0 || whole == 0) {
        return 0;
    }
    uint64_t permille = part >= whole ? 1000 : (part * 2000 / whole + 1) / 2;
    return permille == 0 ? 1 : permille >= 1000 && part < whole ? 999 : permille;
}

size_t ca_control_length(ca_text text)
{
    unsigned char byte = text.len ? (unsigned char)text.ptr[0] : ' ';
    if ((byte < ' ' && byte != '\t') || byte == 0x7F) {
        return 1;
    }
    /* U+0080 to U+009F: U+009B begins a command as ESC [ does. */
    return byte == 0xC2 && text.len > 1 && ((unsigned char)text.ptr[1] & 0xE0) == 0x80 ? 2 : 0;
}

void ca_print_data(FILE *out, ca_text text)
{
    size_t i = 0;
    while (i < text.len) {
        size_t control = ca_control_length(ca_text_sub(text, i, text.len));
        for (size_t end = i + control; i < end; i++) {
            fprintf(out, "\\x%02X", (unsigned char)text.ptr[i]);
        }
        if (control == 0) {
            fputc((unsigned char)text.ptr[i++], out);
        }
    }
}

void ca_print_line(FILE *out, const char *line)
{
    for (const char *at = line; *at; at++) {
        unsigned char byte = (unsigned char)*at;
        fputc(byte < ' ' || byte == 0x7F ? '?' : byte, out);
    }
    fputc('\n', out);
}

void ca_print_diags(ca_cli *cli, ca_diags *diags, ca_severity least)
{
    static const char *const names[] = {"error", "warning", "hint"};
    ca_diags_sort(diags);
    for (size_t i = 0; i < diags->count; i++) {
        const ca_diag *diag = &diags->items[i];
        if (diag->severity > least) {
            continue;
        }
        const char *place = diag->line ? ca_arena_printf(&cli->arena, "%s:%u:%u", diag->file, diag->line, diag->column)
                                       : diag->file;
        const char *line = ca_arena_printf(&cli->arena, "%s: %s: %s", place ? place : "", names[diag->severity], diag->text);
        ca_print_line(cli->err, line ? line : diag->text);
    }
}
