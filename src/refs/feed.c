/* Reads the CSV files of sets and tables. A file that serves several sources is read once. */
#include <stdio.h>
#include <string.h>

#include "conf/shown.h"
#include "refs/source.h"

#define NAMES_MAX 64 /* columns of a header that are offered in "did you mean" */

static bool same_reading(const ca_ref_source *a, const ca_ref_source *b)
{
    return strcmp(a->path, b->path) == 0 && a->format.delimiter == b->format.delimiter &&
           a->format.encoding == b->format.encoding;
}

/* --- The header ------------------------------------------------------------------------- */

static const char *closest_name(const ca_row *header, ca_text name, char *space, size_t size)
{
    const char *names[NAMES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < header->cell_count && count < NAMES_MAX; i++) {
        ca_text cell = header->cells[i];
        if (cell.len < size) {
            memcpy(space, cell.ptr, cell.len);
            space[cell.len] = '\0';
            names[count++] = space;
            space += cell.len + 1;
            size -= cell.len + 1;
        }
    }
    return ca_text_closest(name, names, count);
}

static void column_error(ca_ref_reader *reader, const ca_ref_column *column, const char *text)
{
    if (column->in_key) {
        ca_conf_error_key(&reader->conf, column->node, "%s", text);
    } else {
        ca_conf_error(&reader->conf, column->node, "%s", text);
    }
}

static bool resolve(ca_ref_reader *reader, const ca_ref_source *source, const ca_row *header,
                    ca_ref_column *column)
{
    char space[2048];
    char text[400];
    column->at = CA_REF_NO_COLUMN;
    for (size_t i = 0; i < header->cell_count; i++) {
        if (!ca_text_eq(header->cells[i], column->name)) {
            continue;
        }
        if (column->at != CA_REF_NO_COLUMN) {
            snprintf(text, sizeof text, "%s has two columns '%s'", source->file,
                     ca_shown_of(column->name).text);
            column_error(reader, column, text);
            return false;
        }
        column->at = i;
    }
    if (column->at == CA_REF_NO_COLUMN) {
        const char *closest = closest_name(header, column->name, space, sizeof space);
        snprintf(text, sizeof text, "%s has no column '%s'%s%s%s", source->file,
                 ca_shown_of(column->name).text, closest ? "; did you mean '" : "",
                 closest ? closest : "", closest ? "'?" : "");
        column_error(reader, column, text);
        return false;
    }
    return true;
}

/* Finds every column that the source names. */
static bool resolve_all(ca_ref_reader *reader, ca_ref_source *source, const ca_row *header)
{
    bool good = true;
    if (source->set) {
        good = resolve(reader, source, header, &source->code);
        if (source->system_from == CA_REF_SYSTEM_COLUMN) {
            good = resolve(reader, source, header, &source->system_column) && good;
        }
    } else {
        for (size_t i = 0; i < source->table->key_count; i++) {
            good = resolve(reader, source, header, &source->keys[i]) && good;
        }
        for (size_t i = 0; i < source->table->column_count; i++) {
            good = resolve(reader, source, header, &source->values[i]) && good;
        }
    }
    if (source->dated) {
        good = resolve(reader, source, header, &source->from) && good;
        good = resolve(reader, source, header, &source->to) && good;
    }
    for (size_t i = 0; i < source->filter_count; i++) {
        good = resolve(reader, source, header, &source->filters[i].column) && good;
    }
    return good;
}

/* --- The rows --------------------------------------------------------------------------- */

typedef struct file_sources { /* those that read the same file */
    ca_ref_source **items;
    size_t count;
} file_sources;

static int feed_row(ca_ref_reader *reader, const file_sources *sources, const ca_row *row,
                    const ca_ref_place *place)
{
    for (size_t i = 0; i < sources->count; i++) {
        ca_ref_source *source = sources->items[i];
        if (source->given_up) {
            continue;
        }
        source->rows++;
        if (!ca_ref_filters_pass(source->filters, source->filter_count, row->cells)) {
            continue;
        }
        source->passed++;
        ca_codes *codes = reader->refs->codes;
        int rc = source->set
                     ? ca_ref_set_row(source, codes, row->cells, place, reader->conf.diags)
                     : ca_ref_table_row(source, codes, row->cells, place, reader->conf.diags);
        if (rc) {
            return rc;
        }
    }
    return 0;
}

static bool all_given_up(const file_sources *sources)
{
    for (size_t i = 0; i < sources->count; i++) {
        if (!sources->items[i]->given_up) {
            return false;
        }
    }
    return true;
}

/* A line that is no row is one problem, not one for each source. */
static void report_broken(ca_ref_reader *reader, const file_sources *sources,
                          const ca_ref_place *place, const ca_row *row, size_t columns)
{
    ca_ref_source *source = NULL; /* the first that still reads: all_given_up was asked before */
    for (size_t i = 0; !source; i++) {
        source = sources->items[i]->given_up ? NULL : sources->items[i];
    }
    if (row->reject) {
        ca_ref_problem(source, reader->conf.diags, place, "%s", row->reject);
    } else {
        ca_ref_problem(source, reader->conf.diags, place, "%zu columns expected, %zu found",
                       columns, row->cell_count);
    }
    if (source->given_up) {
        for (size_t i = 0; i < sources->count; i++) {
            sources->items[i]->given_up = true;
        }
    }
}

static int read_rows(ca_ref_reader *reader, const file_sources *sources, ca_rows *rows,
                     size_t columns, ca_error *err)
{
    ca_row row;
    int rc;
    while ((rc = ca_rows_next(rows, &row, err)) == 0) {
        ca_ref_place place = {sources->items[0]->path, (uint32_t)row.row, 0};
        if (row.reject || row.cell_count != columns) {
            report_broken(reader, sources, &place, &row, columns);
        } else if ((rc = feed_row(reader, sources, &row, &place)) != 0) {
            return rc;
        }
        if (all_given_up(sources)) {
            return CA_END;
        }
    }
    return rc;
}

static void report_empty(ca_ref_reader *reader, const file_sources *sources)
{
    for (size_t i = 0; i < sources->count; i++) {
        const ca_ref_source *source = sources->items[i];
        if (source->problems > 0 || source->given_up) {
            continue;
        }
        if (source->rows == 0) {
            ca_conf_error(&reader->conf, source->node, "%s has a header but no rows", source->file);
        } else if (source->passed == 0) {
            ca_conf_error(&reader->conf, source->node, "no row of %s passes 'where'", source->file);
        } else if (source->kept == 0) {
            ca_conf_error(&reader->conf, source->node, "no row of %s has a code of the family '%s'",
                          source->file, source->set->family);
        }
    }
}

static int read_file(ca_ref_reader *reader, const file_sources *sources, ca_rows *rows,
                     ca_error *err)
{
    ca_row header;
    const ca_ref_source *first = sources->items[0];
    int rc = ca_rows_next(rows, &header, err);
    if (rc == CA_END) {
        ca_conf_error(&reader->conf, first->node, "%s is empty", first->file);
        return 0;
    }
    if (rc) {
        return rc;
    }
    if (header.reject) {
        ca_diag_add(reader->conf.diags, CA_DIAG_ERROR, first->path, 1, 0, "%s", header.reject);
        return 0;
    }
    for (size_t i = 0; i < sources->count; i++) {
        if (!resolve_all(reader, sources->items[i], &header)) {
            sources->items[i]->given_up = true;
        }
    }
    rc = all_given_up(sources) ? CA_END : read_rows(reader, sources, rows, header.cell_count, err);
    if (rc == CA_END) {
        report_empty(reader, sources);
    }
    return rc == CA_END ? 0 : rc;
}

/* A file that cannot be read is an error of the configuration, at the place that names it. */
static int feed_file(ca_ref_reader *reader, const file_sources *sources, ca_error *err)
{
    const ca_ref_source *first = sources->items[0];
    ca_source *stream = NULL;
    ca_rows *rows = NULL;
    ca_error failure = {0};
    int rc = ca_source_open(reader->refs->disk, first->path, &stream, &failure);
    if (rc == 0) {
        rc = ca_rows_open(stream, &first->format, 0, CA_LANE_BOTH, &rows, &failure);
    }
    if (rc == 0) {
        rc = read_file(reader, sources, rows, &failure);
    }
    ca_rows_close(rows);
    ca_source_close(stream);
    if (rc == CA_NOMEM) {
        return ca_error_nomem(err);
    }
    if (rc) {
        ca_conf_error(&reader->conf, first->node, "%s: %s",
                      failure.file[0] ? failure.file : first->path, failure.text);
    }
    return 0;
}

int ca_ref_feed(ca_ref_reader *reader, ca_ref_source **sources, size_t count, ca_error *err)
{
    bool *done = ca_arena_array(reader->arena, count, sizeof *done);
    file_sources together = {ca_arena_array(reader->arena, count, sizeof(ca_ref_source *)), 0};
    if (!done || !together.items) {
        return ca_error_nomem(err);
    }
    for (size_t i = 0; i < count; i++) {
        together.count = 0;
        for (size_t k = i; k < count; k++) {
            if (!done[k] && (k == i || same_reading(sources[i], sources[k]))) {
                together.items[together.count++] = sources[k];
                done[k] = true;
            }
        }
        int rc = together.count > 0 ? feed_file(reader, &together, err) : 0;
        if (rc) {
            return rc;
        }
    }
    return 0;
}
