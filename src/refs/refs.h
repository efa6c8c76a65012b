/* What rules look things up in: the vocabulary, dated code sets and reference tables. Loaded and
 * checked before a run, immutable in it but for the index over the run's code dictionary. */
#ifndef CA_REFS_REFS_H
#define CA_REFS_REFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/date.h"
#include "base/diag.h"
#include "base/disk.h"
#include "claim/codes.h"
#include "claim/value.h"
#include "conf/yaml.h"

#define CA_NO_DATE INT32_MIN

/* rules/vocabulary.yaml: systems (into ca_codes), and the closed lists that rule files draw on. */
typedef struct ca_vocabulary {
    ca_text *severities;      /* lowest first */
    size_t severity_count;
    ca_text *categories;
    size_t category_count;
    ca_text *jurisdictions;
    size_t jurisdiction_count;
} ca_vocabulary;

int ca_vocabulary_load(ca_disk *disk, const char *path, ca_codes *codes, ca_arena *arena, ca_diags *diags,
                       ca_vocabulary *ret_vocabulary, ca_error *err);
/* The mapping `systems:` (name -> {family, case, strip, pad}), also used by profiles. */
void ca_vocabulary_systems(const ca_conf *conf, ca_yaml *systems, ca_codes *codes);

typedef struct ca_codeset ca_codeset;
typedef struct ca_reftable ca_reftable;
typedef struct ca_refs ca_refs;

ca_refs *ca_refs_new(ca_codes *codes, ca_disk *disk);         /* borrows both; NULL when memory ran out */
void ca_refs_free(ca_refs *refs);

#define CA_REFS_ROWS_MAX (4u << 20)     /* rows of one set or table */
#define CA_REFTABLE_KEYS_MAX 8
#define CA_REFTABLE_COLUMNS_MAX 64

/* Reads a sets.yaml (`sets:` and `tables:`, rule-language.md section 8 and section 0 item 14),
 * paths in it relative to the file. A name defined before is replaced when `replace`, else an
 * error. Problems go to diags; with the file and line of the CSV where they are there; negative
 * only when the disk or memory fails. A replaced set or table keeps its address, but may become
 * dated or bound: load every file before compiling rules. */
int ca_refs_load(ca_refs *refs, const char *path, bool replace, ca_diags *diags, ca_error *err);
/* Defines a set or table from a test's text table; used by inline tests on a copy made by
 * ca_refs_overlay. The name must be known: it gives the family, the keys and the types of the
 * columns. `line` is that of the first line of the table. Cells are separated by spaces, '-' is
 * missing, '' is the empty text, 'a b' a text with spaces. Columns of a set: code (system:code, or
 * the code alone where the family has one system), prefix (yes or no), valid_from, valid_to; of a
 * table: its keys, any of its columns, valid_from, valid_to, and prefix. */
int ca_refs_define_test(ca_refs *refs, const char *file, uint32_t line, ca_text name, ca_text table_text,
                        ca_diags *diags, ca_error *err);
/* A registry that sees everything that `under` has now, and its own definitions first; `under`
 * must outlive it. NULL when memory ran out. */
ca_refs *ca_refs_overlay(ca_refs *under);

ca_codeset *ca_refs_set(const ca_refs *refs, ca_text name);       /* or NULL */
ca_reftable *ca_refs_table(const ca_refs *refs, ca_text name);
const char *ca_refs_closest_set(const ca_refs *refs, ca_text name);
const char *ca_refs_closest_table(const ca_refs *refs, ca_text name);
/* Lists, in order of name: for `rules list` and the run's identity. */
size_t ca_refs_set_count(const ca_refs *refs);
const ca_codeset *ca_refs_set_at(const ca_refs *refs, size_t index);
size_t ca_refs_table_count(const ca_refs *refs);
const ca_reftable *ca_refs_table_at(const ca_refs *refs, size_t index);
/* Other rows of a later file stand in the place of an earlier one's. A set that a site was asked to bind had none. */
bool ca_refs_set_replaced(const ca_refs *refs, size_t index);
bool ca_refs_table_replaced(const ca_refs *refs, size_t index);
/* A later file says otherwise of it than the first one: other rows, or any where there were none. */
bool ca_refs_set_again(const ca_refs *refs, ca_text name);
bool ca_refs_table_again(const ca_refs *refs, ca_text name);

/* --- Code sets -------------------------------------------------------------------------- */
const char *ca_codeset_name(const ca_codeset *set);
const char *ca_codeset_family(const ca_codeset *set);             /* "diagnosis" */
bool ca_codeset_bound(const ca_codeset *set);      /* false: `bind: site` without a binding; membership is UNKNOWN */
bool ca_codeset_dated(const ca_codeset *set);      /* needs a date */
ca_digest ca_codeset_digest(const ca_codeset *set);               /* of its content, not of names or paths */
size_t ca_codeset_rows(const ca_codeset *set);
/* Extends the index of every set to all codes of the dictionary. Call after mapping, before
 * judging. */
int ca_refs_sync(ca_refs *refs, ca_error *err);

/* Membership of a dictionary code on a date (ignored by undated sets). Unbound sets and dated sets
 * without date are the caller's business. Exact after ca_refs_sync. */
typedef struct ca_span { ca_date from; ca_date to; } ca_span;
typedef struct ca_codeset_index {          /* by code id: spans[first[id] … first[id + 1]), merged, sorted */
    const uint32_t *first;
    const ca_span *spans;
    size_t codes;                          /* ids covered */
} ca_codeset_index;
const ca_codeset_index *ca_codeset_indexed(const ca_codeset *set);

static inline bool ca_codeset_has(const ca_codeset_index *index, uint32_t code, ca_date on)
{
    for (uint32_t i = index->first[code]; i < index->first[code + 1]; i++) {
        if (index->spans[i].from <= on && on <= index->spans[i].to) {
            return true;
        }
    }
    return false;
}

/* The slow way, without the index: for the explaining twin. Finds the row that decided (the exact
 * code, else the longest prefix); false when no row matches on that date. */
typedef struct ca_ref_row {
    const char *file;        /* as named in the sets file */
    uint32_t line;           /* of the CSV, header = 1 */
    ca_text code;            /* exact code or prefix as normalised; "" for tables */
    bool prefix;
    ca_date from, to;        /* CA_DATE_MIN / CA_DATE_MAX = open */
} ca_ref_row;
bool ca_codeset_explain(const ca_codeset *set, const ca_codes *codes, uint32_t code, ca_date on, ca_ref_row *ret_row);

/* --- Reference tables ------------------------------------------------------------------- */
const char *ca_reftable_name(const ca_reftable *table);
bool ca_reftable_bound(const ca_reftable *table);
bool ca_reftable_dated(const ca_reftable *table);
ca_digest ca_reftable_digest(const ca_reftable *table);
size_t ca_reftable_rows(const ca_reftable *table);
/* `max_age: 100 days`, 0 = none; and the latest valid_from of its rows, which is what grows old:
 * false when it has none. Who has a clock warns. */
int64_t ca_reftable_max_age(const ca_reftable *table);
bool ca_reftable_newest(const ca_reftable *table, ca_date *ret_date);
typedef struct ca_reftable_column {
    const char *name;
    ca_type type;            /* INT DECIMAL MONEY DATE CODE TEXT ID */
    const char *family;
} ca_reftable_column;
size_t ca_reftable_keys(const ca_reftable *table, const ca_reftable_column **ret_keys);
size_t ca_reftable_columns(const ca_reftable *table, const ca_reftable_column **ret_columns);
bool ca_reftable_find_column(const ca_reftable *table, ca_text name, size_t *ret_column);
/* Is there a row for this code on any date, in a table with one key? */
bool ca_reftable_knows(const ca_reftable *table, const ca_codes *codes, uint32_t code);
/* Row for these keys (all present) valid on the date: the exact key, else the longest prefix;
 * false when there is none. */
bool ca_reftable_find(const ca_reftable *table, const ca_codes *codes, const ca_value *keys, ca_date on, uint32_t *ret_row);
/* All rows for these keys valid on the date, exact, prefix and with empty cells, in the order of the table: what a rule with
 * `each` judges by. Returns how many there are; above `most` some number above it, and the rows are not all. */
#define CA_EACH_ROWS_MAX 1000
size_t ca_reftable_match(const ca_reftable *table, const ca_codes *codes, const ca_value *keys, ca_date on, size_t most,
                         uint32_t *ret_rows);
/* A row with an empty key cell, which only `each` reads; false when there is none. */
bool ca_reftable_any_row(const ca_reftable *table, uint32_t *ret_row);
/* The row's key cells, and from when it holds, as a text that no other row has and that stays when rows move. */
void ca_reftable_row_name(const ca_reftable *table, uint32_t row, ca_buf *out);
/* One key cell as text; false when it stands for any value. */
bool ca_reftable_key_cell(const ca_reftable *table, uint32_t row, size_t number, ca_buf *out);
/* Cells of a row by number, as row.NAME has them: the columns, then the keys. A key that is a code is a text, as it may be
 * a prefix. False: the table has no such column. */
bool ca_reftable_find_cell(const ca_reftable *table, ca_text name, size_t *ret_cell, ca_reftable_column *ret_column);
const char *ca_reftable_cell_name(const ca_reftable *table, size_t cell);
ca_value ca_reftable_cell_of(const ca_reftable *table, uint32_t row, size_t cell);
ca_value ca_reftable_value(const ca_reftable *table, uint32_t row, size_t column);
ca_ref_row ca_reftable_row(const ca_reftable *table, uint32_t row);

#endif
