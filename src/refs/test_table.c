/* Sets and tables written out in the inline tests of rules, as text tables. */
#include <string.h>

#include "base/alloc.h"
#include "conf/shown.h"
#include "refs/source.h"

#define CELLS_MAX 80

typedef struct text_row {
    ca_text cells[CELLS_MAX + 1]; /* missing: ptr NULL; one more for an open date */
    size_t count;
} text_row;

typedef struct test_reader {
    const char *file;
    uint32_t line; /* of the row being read */
    ca_diags *diags;
    ca_arena *arena;
    text_row row;
    size_t columns; /* of the header */
} test_reader;

/* The next cell of a line; false at its end, or (*ret_broken) at a quote that is not closed. */
static bool next_cell(ca_text *rest, ca_text *ret_cell, bool *ret_broken)
{
    *rest = ca_text_trim(*rest);
    if (rest->len == 0) {
        return false;
    }
    size_t len = 0;
    if (rest->ptr[0] == '\'') {
        const char *end = memchr(rest->ptr + 1, '\'', rest->len - 1);
        if (!end) {
            *ret_broken = true;
            return false;
        }
        *ret_cell = (ca_text){rest->ptr + 1, (size_t)(end - rest->ptr - 1)};
        *rest = ca_text_sub(*rest, ret_cell->len + 2, SIZE_MAX);
        return true;
    }
    while (len < rest->len && rest->ptr[len] != ' ' && rest->ptr[len] != '\t') {
        len++;
    }
    *ret_cell = ca_text_sub(*rest, 0, len);
    *rest = ca_text_sub(*rest, len, SIZE_MAX);
    if (ca_text_is(*ret_cell, "-")) {
        *ret_cell = (ca_text){NULL, 0};
    }
    return true;
}

static bool split_line(test_reader *reader, ca_text line)
{
    bool broken = false;
    ca_text cell;
    reader->row.count = 0;
    while (next_cell(&line, &cell, &broken)) {
        if (reader->row.count == CELLS_MAX) {
            ca_diag_add(reader->diags, CA_DIAG_ERROR, reader->file, reader->line, 0,
                        "more than %d cells in a row", CELLS_MAX);
            return false;
        }
        reader->row.cells[reader->row.count++] = cell;
    }
    if (broken) {
        ca_diag_add(reader->diags, CA_DIAG_ERROR, reader->file, reader->line, 0,
                    "a quote is not closed");
    }
    return !broken;
}

/* --- The header ------------------------------------------------------------------------- */

static size_t find_column(const test_reader *reader, ca_text name)
{
    for (size_t i = 0; i < reader->row.count; i++) {
        if (ca_text_eq(reader->row.cells[i], name)) {
            return i;
        }
    }
    return CA_REF_NO_COLUMN;
}

static void name_column(const test_reader *reader, ca_text name, ca_ref_column *column)
{
    *column = (ca_ref_column){.name = name, .at = find_column(reader, name)};
}

static bool need_column(const test_reader *reader, ca_text name, ca_ref_column *column)
{
    name_column(reader, name, column);
    if (column->at == CA_REF_NO_COLUMN) {
        ca_diag_add(reader->diags, CA_DIAG_ERROR, reader->file, reader->line, 0,
                    "the table needs a column '%s'", ca_shown_of(name).text);
        return false;
    }
    return true;
}

static bool is_column(const ca_ref_source *source, ca_text name)
{
    if (ca_text_is(name, "valid_from") || ca_text_is(name, "valid_to") ||
        ca_text_is(name, "prefix")) {
        return true;
    }
    if (source->set) {
        return ca_text_is(name, "code");
    }
    for (size_t i = 0; i < source->table->key_count; i++) {
        if (ca_text_is(name, source->table->keys[i].name)) {
            return true;
        }
    }
    size_t column;
    return ca_reftable_find_column(source->table, name, &column);
}

static bool check_header(const test_reader *reader, const ca_ref_source *source)
{
    for (size_t i = 0; i < reader->row.count; i++) {
        ca_text name = reader->row.cells[i];
        if (!is_column(source, name)) {
            ca_diag_add(reader->diags, CA_DIAG_ERROR, reader->file, reader->line, 0,
                        "'%s' is no column of %s", ca_shown_of(name).text,
                        source->set ? source->set->name : source->table->name);
            return false;
        }
        if (find_column(reader, name) != i) {
            ca_diag_add(reader->diags, CA_DIAG_ERROR, reader->file, reader->line, 0,
                        "the column '%s' stands twice", ca_shown_of(name).text);
            return false;
        }
    }
    return true;
}

static bool read_header(test_reader *reader, ca_ref_source *source)
{
    bool good = check_header(reader, source);
    reader->columns = reader->row.count;
    if (good && source->set) {
        good = need_column(reader, CA_TEXT("code"), &source->code);
        source->system_from = CA_REF_SYSTEM_IN_CODE;
    }
    for (size_t i = 0; good && source->table && i < source->table->key_count; i++) {
        good = need_column(reader, ca_text_of(source->table->keys[i].name), &source->keys[i]);
    }
    for (size_t i = 0; source->table && i < source->table->column_count; i++) {
        name_column(reader, ca_text_of(source->table->columns[i].name), &source->values[i]);
    }
    name_column(reader, CA_TEXT("prefix"), &source->prefix_column);
    name_column(reader, CA_TEXT("valid_from"), &source->from);
    name_column(reader, CA_TEXT("valid_to"), &source->to);
    source->dated = source->from.at != CA_REF_NO_COLUMN || source->to.at != CA_REF_NO_COLUMN;
    return good;
}

/* --- The rows --------------------------------------------------------------------------- */

static const ca_text nothing = {NULL, 0};

/* Only one of the dates may be listed: the other is open. */
static void add_open_dates(test_reader *reader, ca_ref_source *source)
{
    reader->row.cells[reader->row.count] = nothing;
    if (source->from.at == CA_REF_NO_COLUMN) {
        source->from.at = reader->columns;
    }
    if (source->to.at == CA_REF_NO_COLUMN) {
        source->to.at = reader->columns;
    }
}

static int read_row(test_reader *reader, ca_ref_source *source, ca_codes *codes)
{
    ca_ref_place place = {reader->file, reader->line, 0};
    if (reader->row.count != reader->columns) {
        ca_ref_problem(source, reader->diags, &place, "%zu cells expected, %zu found",
                       reader->columns, reader->row.count);
        return 0;
    }
    add_open_dates(reader, source);
    return source->set ? ca_ref_set_row(source, codes, reader->row.cells, &place, reader->diags)
                       : ca_ref_table_row(source, codes, reader->row.cells, &place, reader->diags);
}

static int read_text(test_reader *reader, ca_ref_source *source, ca_codes *codes, ca_text text)
{
    ca_text line;
    bool header = false;
    int rc = 0;
    for (; rc == 0 && !source->given_up && ca_text_next(&text, '\n', &line); reader->line++) {
        if (ca_text_trim(line).len == 0) {
            continue;
        }
        if (!split_line(reader, line)) {
            return 0;
        }
        if (header) {
            rc = read_row(reader, source, codes);
        } else if (read_header(reader, source)) {
            header = true;
        } else {
            return 0;
        }
    }
    if (!header) {
        ca_diag_add(reader->diags, CA_DIAG_ERROR, reader->file, reader->line, 0,
                    "the table is empty");
    }
    return rc;
}

/* --- Definitions ------------------------------------------------------------------------ */

static int define_set(ca_refs *refs, test_reader *reader, const ca_codeset *like, ca_text text)
{
    ca_ref_source source = ca_ref_source_default();
    ca_codeset *set = ca_alloc(sizeof *set);
    if (!set) {
        return CA_NOMEM;
    }
    int rc = ca_codeset_init(set, like->name, like->family, reader->file);
    if (rc == 0) {
        rc = ca_codeset_add_file(set, reader->file, &source.number);
    }
    if (rc == 0) {
        source.set = set;
        rc = read_text(reader, &source, refs->codes, text);
        set->bound = true;
        set->dated = like->dated || source.dated;
    }
    if (rc == 0) {
        rc = ca_codeset_finish(set, refs->codes);
    }
    if (rc == 0) {
        return ca_refs_put_set(refs, set);
    }
    ca_codeset_done(set);
    ca_free(set);
    return rc;
}

static int copy_columns(const ca_reftable *like, ca_reftable *table)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < like->key_count; i++) {
        const ca_reftable_column *key = &like->keys[i];
        rc = ca_reftable_add_key(table, ca_text_of(key->name), key->type, key->family,
                                 like->key_systems[i]);
    }
    for (size_t i = 0; rc == 0 && i < like->column_count; i++) {
        const ca_reftable_column *column = &like->columns[i];
        rc = ca_reftable_add_column(table, ca_text_of(column->name), column->type, column->family,
                                    like->column_systems[i]);
    }
    return rc;
}

static int fill_table(ca_refs *refs, test_reader *reader, const ca_reftable *like,
                      ca_reftable *table, ca_text text)
{
    ca_ref_source source = ca_ref_source_default();
    source.table = table;
    source.quoted = true;
    source.keys = ca_arena_array(reader->arena, table->key_count, sizeof *source.keys);
    source.values = ca_arena_array(reader->arena, table->column_count, sizeof *source.values);
    if (!source.keys || !source.values) {
        return CA_NOMEM;
    }
    int rc = ca_reftable_add_file(table, reader->file, &source.number);
    if (rc == 0) {
        rc = read_text(reader, &source, refs->codes, text);
    }
    table->bound = true;
    table->dated = like->dated || source.dated;
    return rc ? rc : ca_reftable_finish(table, refs->codes, &reader->file, 1, reader->diags);
}

static int define_table(ca_refs *refs, test_reader *reader, const ca_reftable *like, ca_text text)
{
    ca_reftable *table = ca_alloc(sizeof *table);
    if (!table) {
        return CA_NOMEM;
    }
    int rc = ca_reftable_init(table, like->name, reader->file);
    if (rc == 0) {
        rc = copy_columns(like, table);
    }
    if (rc == 0) {
        rc = fill_table(refs, reader, like, table, text);
    }
    if (rc == 0) {
        return ca_refs_put_table(refs, table);
    }
    ca_reftable_done(table);
    ca_free(table);
    return rc;
}

static void report_unknown(const ca_refs *refs, const test_reader *reader, ca_text name)
{
    const char *closest = ca_refs_closest_set(refs, name);
    if (!closest) {
        closest = ca_refs_closest_table(refs, name);
    }
    ca_diag_add(reader->diags, CA_DIAG_ERROR, reader->file, reader->line, 0,
                "there is no code set or table named '%s'%s%s%s", ca_shown_of(name).text,
                closest ? "; did you mean '" : "", closest ? closest : "", closest ? "'?" : "");
}

int ca_refs_define_test(ca_refs *refs, const char *file, uint32_t line, ca_text name,
                        ca_text table_text, ca_diags *diags, ca_error *err)
{
    ca_arena arena;
    ca_arena_init(&arena);
    test_reader reader = {.file = file, .line = line, .diags = diags, .arena = &arena};
    const ca_refs *known = refs->under ? refs->under : refs; /* not what another test made of it */
    const ca_codeset *set = ca_refs_set(known, name);
    const ca_reftable *table = ca_refs_table(known, name);
    int rc = 0;
    if (set) {
        rc = define_set(refs, &reader, set, table_text);
    } else if (table) {
        rc = define_table(refs, &reader, table, table_text);
    } else {
        report_unknown(refs, &reader, name);
    }
    ca_arena_done(&arena);
    return rc ? ca_error_nomem(err) : diags->failed ? ca_error_nomem(err) : 0;
}
