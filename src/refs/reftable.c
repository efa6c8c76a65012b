/* A reference table: typed keys, typed values, dates. Rows are gathered from its sources, sorted,
 * checked for collisions and digested. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "refs/inside.h"

#define COLLISIONS_SHOWN 20

int ca_reftable_init(ca_reftable *table, const char *name, const char *defined_in)
{
    memset(table, 0, sizeof *table);
    ca_ref_texts_init(&table->texts);
    table->name = ca_arena_cstr(&table->texts.arena, ca_text_of(name));
    table->defined_in = ca_arena_cstr(&table->texts.arena, ca_text_of(defined_in));
    return table->name && table->defined_in ? 0 : CA_NOMEM;
}

void ca_reftable_done(ca_reftable *table)
{
    ca_free(table->rows);
    ca_free(table->cells);
    ca_free(table->slots);
    ca_ref_texts_done(&table->texts);
}

static int make_column(ca_reftable *table, ca_text name, ca_type type, const char *family,
                       ca_reftable_column *ret_column)
{
    const char *name_copy = ca_arena_cstr(&table->texts.arena, name);
    const char *family_copy = ca_arena_cstr(&table->texts.arena, ca_text_of(family));
    if (!name_copy || !family_copy) {
        return CA_NOMEM;
    }
    *ret_column = (ca_reftable_column){name_copy, type, family_copy};
    return 0;
}

int ca_reftable_add_key(ca_reftable *table, ca_text name, ca_type type, const char *family,
                        uint8_t system)
{
    if (table->key_count == CA_REFTABLE_KEYS_MAX) {
        return CA_LIMIT;
    }
    int rc = make_column(table, name, type, family, &table->keys[table->key_count]);
    if (rc == 0) {
        table->key_systems[table->key_count++] = system;
    }
    return rc;
}

int ca_reftable_add_column(ca_reftable *table, ca_text name, ca_type type, const char *family,
                           uint8_t system)
{
    if (table->column_count == CA_REFTABLE_COLUMNS_MAX) {
        return CA_LIMIT;
    }
    int rc = make_column(table, name, type, family, &table->columns[table->column_count]);
    if (rc == 0) {
        table->column_systems[table->column_count++] = system;
    }
    return rc;
}

int ca_reftable_add_file(ca_reftable *table, const char *name, uint8_t *ret_file)
{
    if (table->files.count == CA_REF_FILES_MAX) {
        return CA_LIMIT;
    }
    const char *copy = ca_arena_cstr(&table->texts.arena, ca_text_of(name));
    if (!copy) {
        return CA_NOMEM;
    }
    *ret_file = (uint8_t)table->files.count;
    table->files.names[table->files.count++] = copy;
    return 0;
}

static int grow(ca_reftable *table)
{
    if (table->count < table->cap) {
        return 0;
    }
    size_t cap = table->cap ? table->cap * 2 : 64;
    ca_reftable_entry *rows = ca_realloc_array(table->rows, cap, sizeof *rows);
    if (!rows) {
        return CA_NOMEM;
    }
    table->rows = rows;
    ca_reftable_cell *cells =
        ca_realloc_array(table->cells, cap, table->column_count * sizeof *cells);
    if (!cells) {
        return CA_NOMEM;
    }
    table->cells = cells;
    table->cap = cap;
    return 0;
}

int ca_reftable_add(ca_reftable *table, const ca_reftable_entry *row, const ca_reftable_cell *cells)
{
    if (table->count == CA_REFS_ROWS_MAX) {
        return CA_LIMIT;
    }
    int rc = grow(table);
    if (rc) {
        return rc;
    }
    ca_reftable_entry kept = *row;
    kept.cells = (uint32_t)table->count;
    kept.key = ca_ref_texts_keep(&table->texts, row->key, row->key_len);
    if (!kept.key) {
        return CA_NOMEM;
    }
    for (size_t i = 0; i < table->column_count; i++) {
        ca_reftable_cell cell = cells[i];
        if (cell.ptr &&
            (table->columns[i].type == CA_TYPE_TEXT || table->columns[i].type == CA_TYPE_ID)) {
            cell.ptr = ca_ref_texts_keep(&table->texts, cell.ptr, (size_t)cell.number);
            if (!cell.ptr) {
                return CA_NOMEM;
            }
        }
        table->cells[table->count * table->column_count + i] = cell;
    }
    table->rows[table->count++] = kept;
    return 0;
}

/* --- Order and collisions --------------------------------------------------------------- */

static ca_text key_of(const ca_reftable_entry *row)
{
    return (ca_text){row->key, row->key_len};
}

int ca_reftable_cmp_key(const ca_reftable_entry *row, ca_text key, unsigned form)
{
    int order = ca_text_cmp(key_of(row), key);
    unsigned own = ca_reftable_form(row);
    return order != 0 ? order : (own > form) - (own < form);
}

static int compare_rows(const void *a, const void *b)
{
    const ca_reftable_entry *one = a;
    const ca_reftable_entry *other = b;
    int order = ca_reftable_cmp_key(one, key_of(other), ca_reftable_form(other));
    if (order != 0) {
        return order;
    }
    if (one->from != other->from) {
        return one->from < other->from ? -1 : 1;
    }
    if (one->file != other->file) {
        return one->file < other->file ? -1 : 1;
    }
    return (one->line > other->line) - (one->line < other->line);
}

/* Says at the later of two places that it collides with the earlier one. */
static void report_collision(const ca_reftable *table, const ca_reftable_entry *a,
                             const ca_reftable_entry *b, const char *const *paths,
                             size_t path_count, ca_diags *diags)
{
    bool a_first = a->file != b->file ? a->file < b->file : a->line < b->line;
    const ca_reftable_entry *first = a_first ? a : b;
    const ca_reftable_entry *second = a_first ? b : a;
    const char *path = paths[path_count == 1 ? 0 : second->file];
    const char *what = table->dated ? "the same key and overlapping dates as" : "the same key as";
    if (first->file == second->file) {
        ca_diag_add(diags, CA_DIAG_ERROR, path, second->line, 0, "table '%s': %s line %u",
                    table->name, what, (unsigned)first->line);
    } else {
        ca_diag_add(diags, CA_DIAG_ERROR, path, second->line, 0, "table '%s': %s line %u of %s",
                    table->name, what, (unsigned)first->line, table->files.names[first->file]);
    }
}

/* Rows of a key are sorted by their first day: each is held against the one that ends last. */
static void find_collisions(const ca_reftable *table, const char *const *paths, size_t path_count,
                            ca_diags *diags)
{
    size_t shown = 0;
    size_t reach = 0;
    for (size_t i = 1; i < table->count && shown < COLLISIONS_SHOWN; i++) {
        const ca_reftable_entry *row = &table->rows[i];
        const ca_reftable_entry *before = &table->rows[reach];
        bool same = ca_reftable_cmp_key(before, key_of(row), ca_reftable_form(row)) == 0;
        if (same && row->from <= before->to) {
            report_collision(table, before, row, paths, path_count, diags);
            shown++;
        }
        if (!same || row->to > before->to) {
            reach = i;
        }
    }
}

/* --- Digest ----------------------------------------------------------------------------- */

static void digest_text(ca_hasher *hasher, ca_text text)
{
    uint8_t len[4];
    for (unsigned i = 0; i < 4; i++) {
        len[i] = (uint8_t)(text.len >> (8 * i));
    }
    ca_hasher_add(hasher, len, sizeof len);
    ca_hasher_add(hasher, text.ptr, text.len);
}

static void digest_number(ca_hasher *hasher, int64_t number)
{
    uint8_t bytes[8];
    for (unsigned i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)((uint64_t)number >> (8 * i));
    }
    ca_hasher_add(hasher, bytes, sizeof bytes);
}

static void digest_column(ca_hasher *hasher, const ca_codes *codes,
                          const ca_reftable_column *column, uint8_t system)
{
    digest_text(hasher, ca_text_of(column->name));
    digest_text(hasher, ca_text_of(ca_type_name(column->type)));
    digest_text(hasher, ca_text_of(system == CA_SYSTEM_NONE ? "" : codes->systems[system].name));
}

/* A code's id is of this run only; its text says the same in every run. */
static void digest_cell(ca_hasher *hasher, const ca_codes *codes, ca_type type,
                        const ca_reftable_cell *cell)
{
    ca_hasher_add(hasher, cell->ptr ? "\1" : "\0", 1);
    if (!cell->ptr) {
        return;
    }
    if (type == CA_TYPE_CODE) {
        digest_text(hasher, ca_codes_text(codes, (uint32_t)cell->number));
    } else if (type == CA_TYPE_TEXT || type == CA_TYPE_ID) {
        digest_text(hasher, (ca_text){cell->ptr, (size_t)cell->number});
    } else {
        digest_number(hasher, cell->number);
    }
}

static int digest_rows(ca_reftable *table, const ca_codes *codes)
{
    ca_hasher *hasher = ca_hasher_new();
    if (!hasher) {
        return CA_NOMEM;
    }
    digest_text(hasher, CA_TEXT("reference table"));
    digest_number(hasher, table->bound);
    digest_number(hasher, table->dated);
    digest_number(hasher, (int64_t)table->key_count);
    for (size_t i = 0; i < table->key_count; i++) {
        digest_column(hasher, codes, &table->keys[i], table->key_systems[i]);
    }
    digest_number(hasher, (int64_t)table->column_count);
    for (size_t i = 0; i < table->column_count; i++) {
        digest_column(hasher, codes, &table->columns[i], table->column_systems[i]);
    }
    for (size_t i = 0; i < table->count; i++) {
        const ca_reftable_entry *row = &table->rows[i];
        digest_text(hasher, key_of(row));
        digest_number(hasher, ca_reftable_form(row));
        digest_number(hasher, row->from);
        digest_number(hasher, row->to);
        for (size_t k = 0; k < table->column_count; k++) {
            digest_cell(hasher, codes, table->columns[k].type,
                        &table->cells[row->cells * table->column_count + k]);
        }
    }
    table->digest = ca_hasher_digest(hasher);
    ca_hasher_free(hasher);
    return 0;
}

int ca_reftable_finish(ca_reftable *table, const ca_codes *codes, const char *const *paths,
                       size_t path_count, ca_diags *diags)
{
    if (table->count > 0) {
        qsort(table->rows, table->count, sizeof *table->rows, compare_rows);
    }
    find_collisions(table, paths, path_count, diags);
    int rc = digest_rows(table, codes);
    return rc ? rc : ca_reftable_index_build(table);
}
