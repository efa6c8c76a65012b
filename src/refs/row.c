/* Turns a row of a source into a row of a set or table, or says why it cannot. */
#include <stdio.h>
#include <string.h>

#include "conf/shown.h"
#include "refs/source.h"

static const char *closest_system(const ca_codes *codes, ca_text name)
{
    const char *names[CA_SYSTEMS_MAX];
    for (unsigned i = 0; i < codes->system_count; i++) {
        names[i] = codes->systems[i].name;
    }
    return ca_text_closest(name, names, codes->system_count);
}

static bool find_system(ca_ref_source *source, const ca_codes *codes, ca_text name,
                        const ca_ref_place *place, ca_diags *diags, uint8_t *ret_system)
{
    if (ca_codes_find_system(codes, name, ret_system)) {
        return true;
    }
    const char *closest = closest_system(codes, name);
    ca_ref_problem(source, diags, place, "unknown code system '%s'%s%s%s", ca_shown_of(name).text,
                   closest ? "; did you mean '" : "", closest ? closest : "", closest ? "'?" : "");
    return false;
}

/* A prefix is no whole code: it is not padded. */
static bool normalise(ca_ref_source *source, const ca_system *system, ca_text raw, bool prefix,
                      const char *what, const ca_ref_place *place, ca_diags *diags, char *ret_code,
                      size_t *ret_len)
{
    ca_system own = *system;
    own.pad_to = prefix ? 0 : own.pad_to;
    if (ca_codes_normalise(&own, raw, ret_code, ret_len)) {
        return true;
    }
    if (raw.len > CA_CODE_MAX) {
        ca_ref_problem(source, diags, place, "%s: the code is longer than %d bytes", what,
                       CA_CODE_MAX);
    } else {
        ca_ref_problem(source, diags, place, "%s: the code is empty", what);
    }
    return false;
}

/* Takes the '=' off that marks an exact code among prefixes. */
static bool is_prefix(const ca_ref_source *source, ca_text *code)
{
    if (!source->prefix) {
        return false;
    }
    if (code->len > 0 && code->ptr[0] == '=') {
        *code = ca_text_sub(*code, 1, SIZE_MAX);
        return false;
    }
    return true;
}

static int over_limit(ca_ref_source *source, const ca_ref_place *place, ca_diags *diags, int rc)
{
    if (rc != CA_LIMIT) {
        return rc;
    }
    ca_ref_problem(source, diags, place, "more than %u rows; split the %s", CA_REFS_ROWS_MAX,
                   source->set ? "set" : "table");
    source->given_up = true;
    return 0;
}

/* --- Sets ------------------------------------------------------------------------------- */

/* The system of a row; false after a problem. */
static bool system_of_row(ca_ref_source *source, const ca_codes *codes, const ca_text *cells,
                          const ca_ref_place *place, ca_diags *diags, uint8_t *ret_system)
{
    uint8_t system = source->system;
    if (source->system_from == CA_REF_SYSTEM_COLUMN) {
        ca_text name = cells[source->system_column.at];
        /* Rows of one system mostly come together. */
        if (system == CA_SYSTEM_NONE || !ca_text_is(name, codes->systems[system].name)) {
            if (!find_system(source, codes, name, place, diags, &system)) {
                return false;
            }
            source->system = system;
        }
    }
    *ret_system = system;
    return true;
}

static int add_code(ca_ref_source *source, const ca_codes *codes, uint8_t system, ca_text code,
                    bool prefix, const char *what, const ca_codeset_row *dates,
                    const ca_ref_place *place, ca_diags *diags)
{
    char bytes[CA_CODE_MAX];
    size_t len;
    if (!normalise(source, &codes->systems[system], code, prefix, what, place, diags, bytes,
                   &len)) {
        return 0;
    }
    ca_codeset_row row = *dates;
    row.code = bytes;
    row.len = (uint8_t)len;
    row.line = place->line;
    row.system = system;
    row.file = source->number;
    row.prefix = prefix;
    int rc = ca_codeset_add(source->set, &row);
    source->kept += rc == 0;
    return over_limit(source, place, diags, rc);
}

/* "icd10cm:O00", or "O00" where the family has one system. */
static bool split_code(ca_ref_source *source, const ca_codes *codes, ca_text *code,
                       const ca_ref_place *place, ca_diags *diags, uint8_t *ret_system)
{
    const char *colon = code->len ? memchr(code->ptr, ':', code->len) : NULL;
    uint8_t system = ca_codes_only_system(codes, source->set->family);
    if (colon) {
        ca_text name = {code->ptr, (size_t)(colon - code->ptr)};
        if (!find_system(source, codes, name, place, diags, &system)) {
            return false;
        }
        *code = ca_text_sub(*code, name.len + 1, SIZE_MAX);
    }
    if (system == CA_SYSTEM_NONE) {
        ca_ref_problem(source, diags, place,
                       "the family '%s' has several code systems: write SYSTEM:CODE, not '%s'",
                       source->set->family, ca_shown_of(*code).text);
        return false;
    }
    const ca_system *found = &codes->systems[system];
    if (strcmp(found->family, source->set->family) != 0) {
        ca_ref_problem(source, diags, place,
                       "'%s' is a code system of the family '%s', the set is of '%s'", found->name,
                       found->family, source->set->family);
        return false;
    }
    *ret_system = system;
    return true;
}

static int add_split_code(ca_ref_source *source, const ca_codes *codes, ca_text code, bool prefix,
                          const ca_codeset_row *dates, const ca_ref_place *place, ca_diags *diags)
{
    uint8_t system;
    if (!split_code(source, codes, &code, place, diags, &system)) {
        return 0;
    }
    return add_code(source, codes, system, code, prefix, "codes", dates, place, diags);
}

int ca_ref_set_code(ca_ref_source *source, const ca_codes *codes, ca_text code, bool prefix,
                    const ca_ref_place *place, ca_diags *diags)
{
    ca_codeset_row row = {.from = CA_DATE_MIN, .to = CA_DATE_MAX};
    return add_split_code(source, codes, code, prefix, &row, place, diags);
}

/* The test tables' way to say that a row is a prefix. */
static bool read_yes(ca_ref_source *source, ca_text cell, const ca_ref_place *place,
                     ca_diags *diags, bool *ret_yes)
{
    *ret_yes = ca_text_is(cell, "yes");
    if (!*ret_yes && cell.len > 0 && !ca_text_is(cell, "no")) {
        ca_ref_problem(source, diags, place, "column 'prefix' must be yes or no, not '%s'",
                       ca_shown_of(cell).text);
        return false;
    }
    return true;
}

int ca_ref_set_row(ca_ref_source *source, const ca_codes *codes, const ca_text *cells,
                   const ca_ref_place *place, ca_diags *diags)
{
    ca_codeset_row row = {0};
    char what[80];
    uint8_t system;
    ca_text code = cells[source->code.at];
    bool prefix = is_prefix(source, &code);
    if (source->prefix_column.at != CA_REF_NO_COLUMN &&
        !read_yes(source, cells[source->prefix_column.at], place, diags, &prefix)) {
        return 0;
    }
    if (source->system_from == CA_REF_SYSTEM_IN_CODE) {
        bool good = ca_ref_validity(source, diags, place, cells, &row.from, &row.to);
        return good ? add_split_code(source, codes, code, prefix, &row, place, diags) : 0;
    }
    if (!system_of_row(source, codes, cells, place, diags, &system)) {
        return 0;
    }
    if (strcmp(codes->systems[system].family, source->set->family) != 0) {
        return 0; /* of another family: a file may hold diagnoses and procedures */
    }
    if (!ca_ref_validity(source, diags, place, cells, &row.from, &row.to)) {
        return 0;
    }
    snprintf(what, sizeof what, "column '%s'", ca_shown_of(source->code.name).text);
    return add_code(source, codes, system, code, prefix, what, &row, place, diags);
}

/* --- Tables ----------------------------------------------------------------------------- */

static bool wrong_value(ca_ref_source *source, ca_diags *diags, const ca_ref_place *place,
                        const ca_ref_column *column, ca_text cell, const char *what)
{
    ca_ref_problem(source, diags, place, "column '%s': '%s' is not %s",
                   ca_shown_of(column->name).text, ca_shown_of(cell).text, what);
    return false;
}

static bool read_key(ca_ref_source *source, const ca_codes *codes, size_t number, ca_text cell,
                     bool prefix, const ca_ref_place *place, ca_diags *diags, ca_reftable_key *key)
{
    const ca_reftable *table = source->table;
    const ca_ref_column *column = &source->keys[number];
    bool is_last = number + 1 == table->key_count;
    char what[80];
    char code[CA_CODE_MAX];
    size_t len;
    int64_t whole;
    ca_date date;
    snprintf(what, sizeof what, "column '%s'", ca_shown_of(column->name).text);
    if (cell.len == 0) { /* an empty text between quotes, or a lone '=' */
        ca_ref_problem(source, diags, place, "%s: the key is empty", what);
        return false;
    }
    switch (table->keys[number].type) {
    case CA_TYPE_CODE:
        if (!normalise(source, &codes->systems[table->key_systems[number]], cell, prefix && is_last,
                       what, place, diags, code, &len)) {
            return false;
        }
        ca_reftable_key_text(key, (ca_text){code, len}, is_last);
        return true;
    case CA_TYPE_INT:
        if (!ca_text_to_int(cell, &whole)) {
            return wrong_value(source, diags, place, column, cell, "a whole number");
        }
        ca_reftable_key_number(key, whole);
        return true;
    case CA_TYPE_DATE:
        if (!ca_ref_date(source, diags, place, column, cell, 0, &date)) {
            return false;
        }
        ca_reftable_key_number(key, date);
        return true;
    case CA_TYPE_ID:
    case CA_TYPE_TEXT:
        if (cell.len > (prefix && is_last ? CA_CODE_MAX : CA_REF_KEY_TEXT_MAX)) {
            ca_ref_problem(source, diags, place, "%s: the key is longer than %d bytes", what,
                           prefix && is_last ? CA_CODE_MAX : CA_REF_KEY_TEXT_MAX);
            return false;
        }
        ca_reftable_key_text(key, cell, is_last);
        return true;
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY:
    case CA_TYPE_CODES:
    case CA_TYPE_ENUM:
    case CA_TYPE_INTERVALS:
        break;
    }
    return false;
}

static bool read_code_value(ca_ref_source *source, ca_codes *codes, size_t number, ca_text cell,
                            const ca_ref_place *place, ca_diags *diags, ca_reftable_cell *ret_cell,
                            int *ret_failure)
{
    char what[80];
    char code[CA_CODE_MAX];
    size_t len;
    uint32_t id;
    uint8_t system = source->table->column_systems[number];
    snprintf(what, sizeof what, "column '%s'", ca_shown_of(source->values[number].name).text);
    if (!normalise(source, &codes->systems[system], cell, false, what, place, diags, code, &len)) {
        return false;
    }
    int rc = ca_codes_put(codes, system, (ca_text){code, len}, &id);
    if (rc == CA_LIMIT) {
        ca_ref_problem(source, diags, place, "%s: more than %u different codes", what,
                       CA_CODES_LIMIT);
        source->given_up = true;
        return false;
    }
    if (rc) {
        *ret_failure = rc;
        return false;
    }
    ret_cell->number = id;
    return true;
}

static bool read_value(ca_ref_source *source, ca_codes *codes, size_t number, ca_text cell,
                       const ca_ref_place *place, ca_diags *diags, ca_reftable_cell *ret_cell,
                       int *ret_failure)
{
    const ca_ref_column *column = &source->values[number];
    ca_type type = source->table->columns[number].type;
    ca_date date;
    bool is_text = type == CA_TYPE_TEXT || type == CA_TYPE_ID;
    *ret_cell = (ca_reftable_cell){NULL, 0};
    if (cell.len == 0 && !(is_text && source->quoted && cell.ptr)) {
        return true;
    }
    ret_cell->ptr = "";
    switch (type) {
    case CA_TYPE_INT:
        return ca_text_to_int(cell, &ret_cell->number) ||
               wrong_value(source, diags, place, column, cell, "a whole number");
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY:
        return ca_decimal_parse_plain(cell, &ret_cell->number) ||
               wrong_value(source, diags, place, column, cell,
                           "a number with at most four decimals");
    case CA_TYPE_DATE:
        if (!ca_ref_date(source, diags, place, column, cell, 0, &date)) {
            return false;
        }
        ret_cell->number = date;
        return true;
    case CA_TYPE_CODE:
        return read_code_value(source, codes, number, cell, place, diags, ret_cell, ret_failure);
    case CA_TYPE_ID:
    case CA_TYPE_TEXT:
        *ret_cell = (ca_reftable_cell){cell.ptr, (int64_t)cell.len};
        return true;
    case CA_TYPE_CODES:
    case CA_TYPE_ENUM:
    case CA_TYPE_INTERVALS:
        break;
    }
    return false;
}

/* An empty key cell stands for any value; rules with `each` read such rows. */
static bool is_any(const ca_ref_source *source, ca_text cell)
{
    return cell.len == 0 && !(source->quoted && cell.ptr);
}

int ca_ref_table_row(ca_ref_source *source, ca_codes *codes, const ca_text *cells,
                     const ca_ref_place *place, ca_diags *diags)
{
    ca_reftable *table = source->table;
    ca_reftable_key key;
    ca_reftable_cell values[CA_REFTABLE_COLUMNS_MAX];
    ca_reftable_entry row = {.line = place->line, .file = source->number};
    bool good = true;
    int failure = 0;
    key.len = key.last = 0;
    if (source->prefix_column.at != CA_REF_NO_COLUMN) {
        good = read_yes(source, cells[source->prefix_column.at], place, diags, &row.prefix);
    }
    for (size_t i = 0; good && i < table->key_count; i++) {
        ca_text cell = cells[source->keys[i].at];
        bool is_last = i + 1 == table->key_count;
        if (is_any(source, cell)) {
            row.wild |= (uint8_t)(1u << i);
            row.prefix = row.prefix && !is_last;
            ca_reftable_key_any(&key, table->keys[i].type, is_last);
            continue;
        }
        if (is_last && source->prefix) {
            row.prefix = is_prefix(source, &cell);
        }
        good = read_key(source, codes, i, cell, row.prefix, place, diags, &key);
    }
    for (size_t i = 0; good && i < table->column_count; i++) {
        bool listed = source->values[i].at != CA_REF_NO_COLUMN;
        ca_text cell = listed ? cells[source->values[i].at] : (ca_text){NULL, 0};
        good = read_value(source, codes, i, cell, place, diags, &values[i], &failure);
    }
    if (!good || !ca_ref_validity(source, diags, place, cells, &row.from, &row.to)) {
        return failure;
    }
    row.key = key.bytes;
    row.key_len = (uint16_t)key.len;
    int rc = ca_reftable_add(table, &row, values);
    source->kept += rc == 0;
    return over_limit(source, place, diags, rc);
}
