/* Reads what sets.yaml says of a source, and the dates of its rows. */
#include "refs/source.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "conf/shown.h"

ca_ref_source ca_ref_source_default(void)
{
    ca_ref_source source = {.format = ca_csv_format_default()};
    const ca_ref_column none = {.at = CA_REF_NO_COLUMN};
    source.from = source.to = source.code = source.system_column = source.prefix_column = none;
    source.system = CA_SYSTEM_NONE;
    return source;
}

const char *ca_ref_keep_cstr(ca_ref_reader *reader, ca_text text)
{
    const char *copy = ca_arena_cstr(reader->conf.diags->arena, text);
    if (!copy) {
        reader->failure = CA_NOMEM;
    }
    return copy;
}

/* Paths are relative to the sets file. */
static bool read_file_name(ca_ref_reader *reader, ca_yaml *node, ca_ref_source *source)
{
    ca_text text;
    ca_yaml *item = ca_conf_need(&reader->conf, node, "file");
    if (!ca_conf_text(&reader->conf, item, &text)) {
        return false;
    }
    if (text.len == 0 || memchr(text.ptr, '\0', text.len)) {
        ca_conf_error(&reader->conf, item, "'file' must be the name of a file");
        return false;
    }
    source->file = ca_ref_keep_cstr(reader, text);
    source->path = source->file;
    if (source->file && source->file[0] != '/') {
        source->path =
            ca_arena_printf(reader->conf.diags->arena, "%s%s", reader->folder, source->file);
    }
    if (!source->path) {
        reader->failure = CA_NOMEM;
    }
    return source->path != NULL;
}

static bool read_valid(ca_ref_reader *reader, ca_yaml *node, ca_ref_source *source)
{
    ca_text *names;
    size_t count;
    ca_yaml *item = ca_conf_get(&reader->conf, node, "valid");
    if (!item) {
        return true;
    }
    if (!ca_conf_list(&reader->conf, item, reader->arena, &names, &count)) {
        return false;
    }
    if (count != 2) {
        ca_conf_error(
            &reader->conf, item,
            "'valid' names two columns, the first and the last day: [valid_from, valid_to]");
        return false;
    }
    source->dated = true;
    source->from = (ca_ref_column){names[0], item, false, CA_REF_NO_COLUMN};
    source->to = (ca_ref_column){names[1], item, false, CA_REF_NO_COLUMN};
    return true;
}

static bool read_dates(ca_ref_reader *reader, ca_yaml *node, ca_ref_source *source)
{
    ca_text text;
    ca_yaml *item = ca_conf_get(&reader->conf, node, "dates");
    if (!item) {
        return true;
    }
    if (!ca_conf_text(&reader->conf, item, &text)) {
        return false;
    }
    if (!ca_date_format_valid(text, &source->dates)) {
        ca_conf_error(&reader->conf, item,
                      "'%s' is no form of a date; write it like yyyymmdd or dd.mm.yyyy",
                      ca_shown_of(text).text);
        return false;
    }
    source->has_format = true;
    return true;
}

static bool read_delimiter(ca_ref_reader *reader, ca_yaml *node, ca_ref_source *source)
{
    ca_text text;
    ca_yaml *item = ca_conf_get(&reader->conf, node, "delimiter");
    if (!item) {
        return true;
    }
    if (!ca_conf_text(&reader->conf, item, &text)) {
        return false;
    }
    bool tab = ca_text_is(text, "tab");
    if (!tab && (text.len != 1 || text.ptr[0] < ' ' || text.ptr[0] == '"' || text.ptr[0] == 0x7F)) {
        ca_conf_error(&reader->conf, item, "'delimiter' must be one character or tab");
        return false;
    }
    source->format.delimiter = tab ? '\t' : text.ptr[0];
    return true;
}

static bool read_encoding(ca_ref_reader *reader, ca_yaml *node, ca_ref_source *source)
{
    const char *names[CA_ENC_COUNT];
    size_t index;
    ca_yaml *item = ca_conf_get(&reader->conf, node, "encoding");
    if (!item) {
        return true;
    }
    for (unsigned i = 0; i < CA_ENC_COUNT; i++) {
        names[i] = ca_encoding_name((ca_encoding)i);
    }
    if (!ca_conf_choice(&reader->conf, item, names, CA_ENC_COUNT, &index)) {
        return false;
    }
    source->format.encoding = (ca_encoding)index;
    return true;
}

bool ca_ref_source_read(ca_ref_reader *reader, ca_yaml *node, ca_ref_source *ret_source)
{
    ca_ref_source source = *ret_source;
    source.node = node;
    bool good = read_file_name(reader, node, &source);
    good = read_valid(reader, node, &source) && good;
    good = read_dates(reader, node, &source) && good;
    good = read_delimiter(reader, node, &source) && good;
    good = read_encoding(reader, node, &source) && good;
    ca_yaml *where = ca_conf_get(&reader->conf, node, "where");
    if (where) {
        good = ca_ref_filters_read(reader, where, &source.filters, &source.filter_count) && good;
    }
    ca_yaml *prefix = ca_conf_get(&reader->conf, node, "prefix");
    if (prefix) {
        good = ca_conf_bool(&reader->conf, prefix, &source.prefix) && good;
    }
    if (good) {
        *ret_source = source;
    }
    return good;
}

/* --- Rows ------------------------------------------------------------------------------- */

void ca_ref_problem(ca_ref_source *source, ca_diags *diags, const ca_ref_place *place,
                    const char *format, ...)
{
    char words[400];
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    ca_diag_add(diags, CA_DIAG_ERROR, place->path, place->line, place->column, "%s", words);
    if (++source->problems == CA_REF_PROBLEMS_MAX) {
        source->given_up = true;
        ca_diag_add(diags, CA_DIAG_ERROR, place->path, place->line, place->column,
                    "too many problems: the rest of the file was not checked for %s '%s'",
                    source->set ? "set" : "table",
                    source->set ? source->set->name : source->table->name);
    }
}

/* yyyymmdd, the usual form of code tables. */
static bool parse_digits(ca_text cell, ca_date *ret_date)
{
    int number = 0;
    if (cell.len != 8) {
        return false;
    }
    for (size_t i = 0; i < 8; i++) {
        if (cell.ptr[i] < '0' || cell.ptr[i] > '9') {
            return false;
        }
        number = number * 10 + (cell.ptr[i] - '0');
    }
    return ca_date_make(number / 10000, number / 100 % 100, number % 100, ret_date);
}

bool ca_ref_date(ca_ref_source *source, ca_diags *diags, const ca_ref_place *place,
                 const ca_ref_column *column, ca_text cell, ca_date open, ca_date *ret_date)
{
    if (cell.len == 0) {
        *ret_date = open;
        return true;
    }
    if (source->has_format ? ca_date_parse(cell, &source->dates, ret_date)
                           : parse_digits(cell, ret_date) || ca_date_parse_iso(cell, ret_date)) {
        return true;
    }
    ca_ref_problem(source, diags, place, "column '%s': '%s' is not a date of the form %s",
                   ca_shown_of(column->name).text, ca_shown_of(cell).text,
                   source->has_format ? source->dates.text : "yyyymmdd or yyyy-mm-dd");
    return false;
}

bool ca_ref_validity(ca_ref_source *source, ca_diags *diags, const ca_ref_place *place,
                     const ca_text *cells, ca_date *ret_from, ca_date *ret_to)
{
    ca_date from = CA_DATE_MIN;
    ca_date to = CA_DATE_MAX;
    if (source->dated) {
        bool good =
            ca_ref_date(source, diags, place, &source->from, cells[source->from.at], from, &from);
        good =
            ca_ref_date(source, diags, place, &source->to, cells[source->to.at], to, &to) && good;
        if (!good) {
            return false;
        }
    }
    if (from > to) {
        char first[CA_DATE_SIZE];
        char last[CA_DATE_SIZE];
        ca_date_print(from, first);
        ca_date_print(to, last);
        ca_ref_problem(source, diags, place,
                       "the row is valid from %s to %s: it ends before it begins", first, last);
        return false;
    }
    *ret_from = from;
    *ret_to = to;
    return true;
}
