/* One layout of a draft: its keys in the order of docs/profiles.md. */
#include <string.h>

#include "map/asof.h"
#include "map/guess_inner.h"

static const char *records_name(ca_records records)
{
    switch (records) {
    case CA_RECORDS_CLAIMS:
        return "claims";
    case CA_RECORDS_PATIENTS:
        return "patients";
    case CA_RECORDS_PROVIDERS:
        return "providers";
    case CA_RECORDS_IGNORE:
        break;
    }
    return "other";
}

/* --- Source date ---------------------------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Where a year stands in a name, SIZE_MAX when none does. */
static size_t year_at(ca_text name)
{
    for (size_t i = 0; i + 4 <= name.len; i++) {
        bool century = memcmp(name.ptr + i, "19", 2) == 0 || memcmp(name.ptr + i, "20", 2) == 0;
        bool alone = (i == 0 || !is_digit(name.ptr[i - 1])) &&
                     (i + 4 == name.len || !is_digit(name.ptr[i + 4]));
        if (century && alone && is_digit(name.ptr[i + 2]) && is_digit(name.ptr[i + 3])) {
            return i;
        }
    }
    return SIZE_MAX;
}

static void put_year_of_name(guess_writer *writer, const guess_file *file)
{
    ca_text name = ca_file_base(ca_text_of(file->path));
    size_t at = year_at(name);
    ca_text behind = at == SIZE_MAX ? name : ca_text_sub(name, at + 4, 1);
    if (at == SIZE_MAX) {
        return;
    }
    ca_guess_ask(writer, 4, "Does the year in the file's name say of when the records are?",
                 (ca_text){0});
    ca_guess_put(writer, "    as_of: {file_name: \"%s{yyyy}%s*\"}\n", at > 0 ? "*" : "",
                 ca_text_is(behind, "_")   ? "_"
                 : ca_text_is(behind, "-") ? "-"
                 : ca_text_is(behind, ".") ? "."
                                           : "");
}

static void put_as_of(guess_writer *writer, const guess_file *file)
{
    const guess_column *column = ca_guess_find(file, GUESS_AS_OF);
    bool year = column && column->shortest == 4 && column->longest == 4 &&
                column->digit_cells == column->filled;
    if (file->records == CA_RECORDS_CLAIMS) {
        return;
    }
    if (!column || (column->filled > 0 && !year && column->dates.best < 0)) {
        put_year_of_name(writer, file);
        return;
    }
    if (column->doubtful) {
        ca_guess_ask(writer, 4, "Does {} say of when a record is, so that the newest wins?",
                     column->name);
    }
    ca_guess_put(writer, "    as_of: {column: ");
    ca_guess_put_scalar(writer, column->name);
    if (year) {
        ca_guess_put(writer, ", dates: [yyyy]");
    } else if (column->dates.best >= 0) {
        ca_guess_put(writer, ", dates: [\"%s\"]", writer->guess->formats[column->dates.best].text);
    }
    ca_guess_put(writer, "}\n");
}

/* --- What is left over ---------------------------------------------------------------------- */

static void put_left_over(guess_writer *writer, const guess_file *file)
{
    size_t count = 0;
    for (size_t i = 0; i < file->column_count; i++) {
        count += ca_guess_left_over(&file->columns[i]) || !file->columns[i].usable;
    }
    if (count == 0) {
        return;
    }
    ca_guess_ask(writer, 4, "These columns are not mapped; is a field of ours among them?",
                 (ca_text){0});
    size_t width = 0;
    for (size_t i = 0; i < file->column_count; i++) {
        const guess_column *column = &file->columns[i];
        if (column->usable && !ca_guess_left_over(column)) {
            continue;
        }
        if (width == 0 || width > 100) {
            ca_guess_put(writer, width ? ",\n    #   " : "    #   ");
            width = 8;
        } else {
            ca_guess_put(writer, ", ");
        }
        if (column->usable) {
            ca_buf_add_text(writer->out, column->name);
            width += column->name.len + 2;
        } else {
            ca_guess_put(writer, "(column %u, whose name cannot be used)", column->cells[0] + 1);
            width += 40;
        }
    }
    ca_guess_put(writer, "\n");
}

static void put_left_out(guess_writer *writer, const guess_file *file)
{
    const char *lead = "    # left out, names and descriptions: ";
    for (size_t i = 0; i < file->column_count; i++) {
        const guess_column *column = &file->columns[i];
        if (column->usable && (column->target == GUESS_PERSON || column->target == GUESS_PROSE)) {
            ca_guess_put(writer, "%s", lead);
            ca_buf_add_text(writer->out, column->name);
            lead = ", ";
        }
    }
    ca_guess_put(writer, "%s", *lead == ',' ? "\n" : "");
}

/* --- The whole ------------------------------------------------------------------------------ */

static void put_layout_name(guess_writer *writer, const guess_file *file, size_t index)
{
    const ca_guess *guess = writer->guess;
    size_t number = 1;
    bool only = true;
    for (size_t f = 0; f < guess->file_count; f++) {
        bool alike = f != index && guess->files[f]->records == file->records;
        only &= !alike;
        number += alike && f < index;
    }
    ca_guess_put(writer, "  - layout: %s", records_name(file->records));
    if (!only) {
        ca_guess_put(writer, "-%zu", number);
    }
    ca_guess_put(writer, "\n");
}

static void put_files(guess_writer *writer, const guess_file *file)
{
    ca_text name = ca_file_base(ca_text_of(file->path));
    ca_guess_put(writer, "  # ");
    ca_guess_put_words(writer, name);
    if (file->like_count) {
        ca_guess_put(writer, " and %zu more with this header", file->like_count);
    }
    ca_guess_put(writer, "\n");
}

void ca_guess_put_layout(guess_writer *writer, const guess_file *file, size_t index)
{
    ca_guess_put(writer, "\n");
    put_files(writer, file);
    if (file->records == CA_RECORDS_IGNORE) {
        ca_guess_ask(
            writer, 2,
            "What is this file? Neither claims nor patients nor providers were recognised: it is left out.",
            (ca_text){0});
    }
    put_layout_name(writer, file, index);
    if (file->records == CA_RECORDS_IGNORE) {
        ca_guess_put(writer, "    use: ignore\n");
    } else {
        ca_guess_put(writer, "    records: %s\n", records_name(file->records));
    }
    if (file->header && file->header_doubt) {
        ca_guess_ask(writer, 4,
                     "Is this the header? Its words are not known, or some look like data.",
                     (ca_text){0});
    }
    if (file->titles && file->header) {
        ca_guess_put(writer, "    title_rows: %zu\n", file->titles);
    } else if (file->titles) {
        ca_guess_ask(
            writer, 4,
            "Rows of another form stand above the data: can the file be had without them, or with a header?",
            (ca_text){0});
    }
    ca_guess_put_match(writer, index);
    ca_guess_put_style(writer, file, 4);
    if (file->records == CA_RECORDS_IGNORE) {
        return;
    }
    ca_guess_put_fields(writer, file);
    ca_guess_put_lines(writer, file);
    ca_guess_put_extras(writer, file);
    if (file->records == CA_RECORDS_CLAIMS) {
        ca_guess_put_status(writer, file);
    }
    ca_guess_put_totals(writer, file);
    put_as_of(writer, file);
    put_left_over(writer, file);
    put_left_out(writer, file);
}
