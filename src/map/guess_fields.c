/* The key fields of a drafted layout: one line a field, with the question above it where there is one. */
#include <stdio.h>
#include <string.h>

#include "map/guess_inner.h"

typedef enum put_mode {
    PUT_ALL,   /* a list takes all members of a group */
    PUT_FIRST, /* a single value the first one */
    PUT_REST,  /* all but the first */
    PUT_LINES  /* one member a line: {n} */
} put_mode;

/* --- Questions ------------------------------------------------------------------------------ */

static void ask_rival(guess_writer *writer, const guess_column *column, unsigned field)
{
    ca_buf text;
    ca_buf_init(&text);
    ca_buf_printf(&text, "Is {} %s (%s)", ca_fields[field].name, ca_fields[field].meaning);
    if (column->rival < CA_FIELD_COUNT) {
        ca_buf_printf(&text, ", or %s (%s)", ca_fields[column->rival].name,
                      ca_fields[column->rival].meaning);
    }
    ca_buf_add_char(&text, '?');
    ca_guess_ask(writer, 6, ca_buf_cstr(&text), column->name);
    writer->out->failed |= text.failed;
    ca_buf_done(&text);
}

static void ask_about(guess_writer *writer, const guess_file *file, const guess_column *column,
                      unsigned field)
{
    if (column->ask) {
        ca_guess_ask(writer, 6, column->ask, column->name);
    } else if (column->doubtful || column->rival != GUESS_NOTHING) {
        ask_rival(writer, column, field);
    } else if (column->filled == 0 && file->row_count > 0) {
        ca_guess_ask(writer, 6,
                     "Is {} what its name says? It is empty in the rows that were looked at.",
                     column->name);
    } else if (column->filled == 0) {
        ca_guess_ask(writer, 6, "Is {} what its name says? There are no rows to look at.",
                     column->name);
    }
}

/* --- One field ------------------------------------------------------------------------------ */

/* Other columns of a field that takes several, behind the first. */
static size_t count_more(const guess_file *file, const guess_column *first)
{
    size_t count = 0;
    for (const guess_column *at = first + 1; at < file->columns + file->column_count; at++) {
        count += at->target == first->target;
    }
    return count;
}

static bool is_list(const guess_file *file, const guess_column *column, put_mode mode)
{
    bool more = mode == PUT_ALL && (column->cell_count > 1 || count_more(file, column) > 0);
    return mode == PUT_REST || more;
}

/* One member of a group, or all of them as {n}. */
static guess_column narrowed(const guess_file *file, const guess_column *column, put_mode mode)
{
    guess_column shown = *column;
    if (mode == PUT_FIRST && column->cell_count > 1) {
        shown.cell_count = 1;
        shown.name = file->head ? file->head[column->cells[0]] : column->name;
    } else if (mode == PUT_REST) {
        shown.from++;
        shown.cell_count--;
        shown.cells++;
        shown.name = file->head ? file->head[shown.cells[0]] : column->name;
    }
    return shown;
}

static void put_sources(guess_writer *writer, const guess_file *file, const guess_column *column,
                        put_mode mode)
{
    bool list = is_list(file, column, mode);
    ca_guess_put(writer, list ? "{columns: [" : "{column: ");
    for (const guess_column *at = column; at < file->columns + file->column_count; at++) {
        if (at != column && (!list || at->target != column->target)) {
            continue;
        }
        guess_column shown = narrowed(file, at, at == column ? mode : PUT_ALL);
        ca_guess_put(writer, at == column ? "" : ", ");
        if (mode == PUT_LINES) {
            ca_guess_put_member(writer, &shown);
        } else {
            ca_guess_put_columns(writer, &shown);
        }
    }
    ca_guess_put(writer, list ? "]" : "");
}

static void put_field(guess_writer *writer, const guess_file *file, const guess_column *column,
                      unsigned field, unsigned indent, put_mode mode)
{
    const char *ask = NULL;
    guess_options all = {0};
    const char *system =
        *ca_fields[field].family ? ca_guess_system(writer, column, field, &ask) : NULL;
    if (ask) {
        ca_guess_ask(writer, indent, ask, column->name);
    }
    ca_guess_options_of(writer, file, column, field, system, &all);
    ca_guess_put(writer, "%*s%s: ", (int)indent, "", ca_fields[field].name);
    if (!is_list(file, column, mode) && !*all.text && !all.values && mode != PUT_LINES) {
        ca_guess_put_scalar(writer, narrowed(file, column, mode).name);
    } else {
        put_sources(writer, file, column, mode);
        ca_guess_put(writer, "%s%s", all.text, all.values ? ", " : "");
        if (all.values) {
            ca_guess_put_values(writer, column, field);
        }
        ca_guess_put(writer, "}");
    }
    ca_guess_put(writer, "\n");
}

/* A group whose first member is the principal diagnosis and whose others are the secondary ones. */
static void put_diagnoses(guess_writer *writer, const guess_file *file, const guess_column *column)
{
    put_field(writer, file, column, CA_F_PRINCIPAL_DIAGNOSIS, 6, PUT_FIRST);
    if (column->cell_count > 1 && !ca_guess_find(file, CA_F_OTHER_DIAGNOSES)) {
        put_field(writer, file, column, CA_F_OTHER_DIAGNOSES, 6, PUT_REST);
    }
}

/* --- The whole ------------------------------------------------------------------------------ */

static void ask_more(guess_writer *writer, const guess_file *file, const guess_column *column,
                     unsigned field)
{
    bool single = ca_fields[field].type != CA_TYPE_CODES && field != CA_F_PRINCIPAL_DIAGNOSIS;
    ask_about(writer, file, column, field);
    if (field == CA_F_CLAIM_TYPE && !ca_guess_canonical(column, field) && !column->doubtful) {
        ca_guess_ask(writer, 6, "Are these the right kinds of claims for what {} says?",
                     column->name);
    }
    if (field == CA_F_SEX && ca_guess_unsure_sex(column)) {
        ca_guess_ask(writer, 6, "Does 1 in {} mean male and 2 female?", column->name);
    }
    if (column == file->pad_column && file->pad_lost) {
        ca_guess_ask(writer, 6, "Did {} lose the leading zeros that another file has?",
                     column->name);
    }
    if (column->cell_count > 1 && single) {
        ca_guess_ask(writer, 6, "Several columns are numbered like {}: is the first one right?",
                     column->name);
    }
}

static void put_mapped(guess_writer *writer, const guess_file *file, const guess_column *column,
                       unsigned field)
{
    bool codes = ca_fields[field].type == CA_TYPE_CODES;
    ask_more(writer, file, column, field);
    if (field == CA_F_PRINCIPAL_DIAGNOSIS) {
        put_diagnoses(writer, file, column);
    } else {
        put_field(writer, file, column, field, 6, codes ? PUT_ALL : PUT_FIRST);
    }
    if (field == CA_F_SERVICE_DATE && !ca_guess_find(file, CA_F_SERVICE_MINUTE)) {
        ca_guess_put_minute(writer, file, column);
    }
}

void ca_guess_put_fields(guess_writer *writer, const guess_file *file)
{
    ca_guess_put(writer, "    fields:\n");
    for (unsigned field = 0; field < CA_FIELD_COUNT; field++) {
        const guess_column *column = ca_guess_find(file, field);
        if (column && !ca_guess_in_lines(file, column)) {
            put_mapped(writer, file, column, field);
        } else if (!column && file->records == CA_RECORDS_CLAIMS) {
            ca_guess_put_absent(writer, file, field);
        }
    }
}

/* --- Rows of several lines ------------------------------------------------------------------ */

static bool is_line_value(const guess_column *column)
{
    return column->cell_count > 1 && column->target < CA_FIELD_COUNT &&
           ca_fields[column->target].level == CA_LEVEL_LINE;
}

/* The group whose numbers are those of the lines: the longest one of single values. */
static const guess_column *lines_of(const guess_file *file)
{
    const guess_column *best = NULL;
    for (size_t i = 0; file->records == CA_RECORDS_CLAIMS && i < file->column_count; i++) {
        const guess_column *column = &file->columns[i];
        if (is_line_value(column) && ca_fields[column->target].type != CA_TYPE_CODES &&
            (!best || column->cell_count > best->cell_count)) {
            best = column;
        }
    }
    return best;
}

bool ca_guess_in_lines(const guess_file *file, const guess_column *column)
{
    const guess_column *lines = lines_of(file);
    return lines && is_line_value(column) && column->from == lines->from &&
           column->to == lines->to && column->digits == lines->digits;
}

void ca_guess_put_lines(guess_writer *writer, const guess_file *file)
{
    const guess_column *lines = lines_of(file);
    if (!lines) {
        return;
    }
    ca_guess_ask(writer, 4, "Does each row carry several lines, one a number in {} and its like?",
                 lines->name);
    ca_guess_put(writer, "    lines:\n      index: %0*u..%0*u\n      fields:\n", (int)lines->digits,
                 lines->from, (int)lines->digits, lines->to);
    for (unsigned field = 0; field < CA_FIELD_COUNT; field++) {
        const guess_column *column = ca_guess_find(file, field);
        if (column && ca_guess_in_lines(file, column)) {
            put_field(writer, file, column, field, 8, PUT_LINES);
        }
    }
}
