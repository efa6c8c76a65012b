/* Reads the definition of a reference table. */
#include <string.h>

#include "base/alloc.h"
#include "conf/shown.h"
#include "refs/sets.h"

typedef struct column_type {
    ca_type type;
    const char *family;
    uint8_t system;
} column_type;

static const struct {
    const char *name;
    ca_type type;
    bool key;
    bool value;
} types[] = {
    {"int", CA_TYPE_INT, true, true},      {"decimal", CA_TYPE_DECIMAL, false, true},
    {"money", CA_TYPE_MONEY, false, true}, {"date", CA_TYPE_DATE, true, true},
    {"text", CA_TYPE_TEXT, true, true},    {"id", CA_TYPE_ID, true, true},
};
#define TYPE_COUNT (sizeof types / sizeof *types)

static const char *closest_type(const ca_codes *codes, ca_text name, bool key)
{
    const char *names[TYPE_COUNT + CA_SYSTEMS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        if (key ? types[i].key : types[i].value) {
            names[count++] = types[i].name;
        }
    }
    for (unsigned i = 0; key && i < codes->system_count; i++) {
        names[count++] = codes->systems[i].name;
    }
    return ca_text_closest(name, names, count);
}

static bool code_type(const ca_codes *codes, ca_text name, column_type *ret_type)
{
    uint8_t system;
    if (!ca_codes_find_system(codes, name, &system)) {
        return false;
    }
    *ret_type = (column_type){CA_TYPE_CODE, codes->systems[system].family, system};
    return true;
}

/* A key's type is a code system or one of `types`, a value's one of them or code:SYSTEM. */
static bool read_type(ca_ref_reader *reader, const ca_yaml *node, ca_text name, bool key,
                      column_type *ret_type)
{
    const ca_codes *codes = reader->refs->codes;
    const ca_text marker = CA_TEXT("code:");
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        if (ca_text_is(name, types[i].name) && (key ? types[i].key : types[i].value)) {
            *ret_type = (column_type){types[i].type, "", CA_SYSTEM_NONE};
            return true;
        }
    }
    bool marked = ca_text_starts(name, marker);
    if ((key || marked) &&
        code_type(codes, marked ? ca_text_sub(name, marker.len, SIZE_MAX) : name, ret_type)) {
        return true;
    }
    const char *closest = closest_type(codes, name, key);
    ca_conf_error(&reader->conf, node, "'%s' is no type of a %s%s%s%s; it is one of %s",
                  ca_shown_of(name).text, key ? "key" : "column", closest ? "; did you mean '" : "",
                  closest ? closest : "", closest ? "'?" : "",
                  key ? "text, id, int, date or a code system"
                      : "int, decimal, money, date, text, id or code:SYSTEM");
    return false;
}

static int limit(ca_ref_reader *reader, const ca_yaml *node, int rc, const char *what, int most)
{
    if (rc == CA_LIMIT) {
        ca_conf_error(&reader->conf, node, "a table has at most %d %s", most, what);
    } else if (rc) {
        reader->failure = rc;
    }
    return rc;
}

/* "procedure hcpcs": the column and its type. */
static bool read_key(ca_ref_reader *reader, const ca_yaml *node, ca_reftable *table)
{
    ca_text rest;
    ca_text name;
    column_type type;
    if (!ca_conf_text(&reader->conf, node, &rest)) {
        return false;
    }
    rest = ca_text_trim(rest);
    ca_text all = rest;
    ca_text_next(&rest, ' ', &name);
    rest = rest.ptr ? ca_text_trim(rest) : CA_TEXT("");
    if (name.len == 0 || rest.len == 0) {
        ca_conf_error(&reader->conf, node, "a key is written 'COLUMN TYPE', not '%s'",
                      ca_shown_of(all).text);
        return false;
    }
    if (!read_type(reader, node, rest, true, &type)) {
        return false;
    }
    for (size_t i = 0; i < table->key_count; i++) {
        if (ca_text_is(name, table->keys[i].name)) {
            ca_conf_error(&reader->conf, node, "the key '%s' is listed twice", table->keys[i].name);
            return false;
        }
    }
    int rc = ca_reftable_add_key(table, name, type.type, type.family, type.system);
    return limit(reader, node, rc, "keys", CA_REFTABLE_KEYS_MAX) == 0;
}

static bool read_keys(ca_ref_reader *reader, ca_yaml *node, ca_reftable *table)
{
    ca_yaml *list = ca_conf_need(&reader->conf, node, "keys");
    if (!ca_conf_is(&reader->conf, list, CA_YAML_SEQUENCE, NULL)) {
        return false;
    }
    bool good = true;
    for (const ca_yaml *item = list->child; item; item = item->next) {
        good = read_key(reader, item, table) && good;
    }
    if (list->count == 0) {
        ca_conf_error(&reader->conf, list, "'keys' needs at least one key");
        good = false;
    }
    return good;
}

static bool read_columns(ca_ref_reader *reader, ca_yaml *node, ca_reftable *table)
{
    ca_yaml *mapping = ca_conf_get(&reader->conf, node, "columns");
    if (!mapping) {
        return true;
    }
    if (!ca_conf_is(&reader->conf, mapping, CA_YAML_MAPPING, NULL)) {
        return false;
    }
    bool good = true;
    for (const ca_yaml *item = mapping->child; item; item = item->next) {
        ca_text text;
        column_type type;
        if (!ca_conf_text(&reader->conf, item, &text) ||
            !read_type(reader, item, text, false, &type)) {
            good = false;
            continue;
        }
        int rc = ca_reftable_add_column(table, item->key, type.type, type.family, type.system);
        good = limit(reader, item, rc, "columns", CA_REFTABLE_COLUMNS_MAX) == 0 && good;
    }
    return good;
}

/* "100 days" */
static bool read_max_age(ca_ref_reader *reader, ca_yaml *node, ca_reftable *table)
{
    ca_text text;
    ca_text number;
    ca_yaml *item = ca_conf_get(&reader->conf, node, "max_age");
    if (!item) {
        return true;
    }
    if (!ca_conf_text(&reader->conf, item, &text)) {
        return false;
    }
    ca_text rest = text;
    ca_text_next(&rest, ' ', &number);
    if (!rest.ptr || !ca_text_is(rest, "days") || !ca_text_to_int(number, &table->max_age) ||
        table->max_age < 1 || table->max_age > 36500) {
        ca_conf_error(&reader->conf, item, "'max_age' is written like '100 days', not '%s'",
                      ca_shown_of(text).text);
        return false;
    }
    return true;
}

/* --- Sources ---------------------------------------------------------------------------- */

static const ca_yaml *item_at(const ca_yaml *parent, size_t number)
{
    const ca_yaml *item = parent->child;
    for (size_t i = 0; i < number; i++) {
        item = item->next;
    }
    return item;
}

/* Every source has the columns that the table names. */
static bool name_columns(ca_ref_reader *reader, ca_yaml *node, const ca_reftable *table,
                         ca_ref_source *source)
{
    const ca_yaml *keys = ca_conf_get(&reader->conf, node, "keys");
    const ca_yaml *columns = ca_conf_get(&reader->conf, node, "columns");
    source->keys = ca_arena_array(reader->arena, table->key_count, sizeof *source->keys);
    source->values = ca_arena_array(reader->arena, table->column_count, sizeof *source->values);
    if (!source->keys || !source->values) {
        reader->failure = CA_NOMEM;
        return false;
    }
    for (size_t i = 0; i < table->key_count; i++) {
        source->keys[i].name = ca_text_of(table->keys[i].name);
        source->keys[i].node = item_at(keys, i);
    }
    for (size_t i = 0; i < table->column_count; i++) {
        source->values[i].name = ca_text_of(table->columns[i].name);
        source->values[i].node = item_at(columns, i);
        source->values[i].in_key = true;
    }
    return true;
}

/* Nothing but what every source has; each gets columns of its own, since files differ in their
 * order. */
static bool read_source(ca_ref_reader *reader, ca_yaml *node, ca_ref_source *source)
{
    (void)node;
    const ca_reftable *table = source->table;
    ca_ref_column *keys =
        ca_arena_copy(reader->arena, source->keys, table->key_count * sizeof *keys);
    ca_ref_column *values =
        ca_arena_copy(reader->arena, source->values, table->column_count * sizeof *values);
    if (!keys || !values) {
        reader->failure = CA_NOMEM;
        return false;
    }
    source->keys = keys;
    source->values = values;
    return true;
}

static void read_contents(ca_ref_reader *reader, ca_yaml *node, bool bind, ca_reftable *table,
                          ca_ref_plan *plan)
{
    static const char *const known[] = {"file",  "valid",     "where",    "prefix",
                                        "dates", "delimiter", "encoding", NULL};
    ca_ref_source like = ca_ref_source_default();
    ca_yaml *sources = ca_conf_get(&reader->conf, node, "sources");
    bool single = ca_conf_get(&reader->conf, node, "file") != NULL;
    size_t first = plan->source_count;
    like.table = table;
    table->bound = sources || single;
    if (!name_columns(reader, node, table, &like)) {
        return;
    }
    if (single && sources) {
        ca_conf_error_key(&reader->conf, sources, "either 'file' or 'sources', not both");
    } else if (table->bound) {
        ca_ref_sources_read(reader, node, &like, read_source, known, plan);
    } else if (!bind) {
        ca_conf_error_key(&reader->conf, node,
                          "the table '%s' has no rows: add 'file', 'sources', or 'bind: site'",
                          table->name);
    }
    for (size_t i = first; i < plan->source_count; i++) {
        table->dated = table->dated || plan->sources[i]->dated;
    }
}

static ca_reftable *new_table(ca_ref_reader *reader, const ca_yaml *node, ca_ref_plan *plan)
{
    const char *name = ca_ref_keep_cstr(reader, node->key);
    ca_reftable *table = name ? ca_alloc(sizeof *table) : NULL;
    if (!table) {
        reader->failure = CA_NOMEM;
        return NULL;
    }
    plan->tables[plan->table_count++] = table;
    if (ca_reftable_init(table, name, reader->conf.file->path) != 0) {
        reader->failure = CA_NOMEM;
        return NULL;
    }
    return table;
}

static bool is_set_name(const ca_ref_reader *reader, const ca_ref_plan *plan, ca_text name)
{
    for (size_t i = 0; i < plan->set_count; i++) {
        if (ca_text_is(name, plan->sets[i]->name)) {
            return true;
        }
    }
    return ca_refs_set(reader->refs, name) != NULL;
}

void ca_ref_read_table(ca_ref_reader *reader, ca_yaml *node, bool replace, ca_ref_plan *plan)
{
    static const char *const known[] = {"file",      "sources",  "bind",   "keys",    "columns",
                                        "valid",     "where",    "prefix", "max_age", "dates",
                                        "delimiter", "encoding", NULL};
    bool bind;
    if (is_set_name(reader, plan, node->key)) {
        ca_conf_error_key(&reader->conf, node, "'%s' is the name of a set",
                          ca_shown_of(node->key).text);
        return;
    }
    bool good = ca_ref_name_free(reader, node, replace);
    good = ca_ref_bind_read(reader, node, &bind) && good;
    ca_reftable *table = good ? new_table(reader, node, plan) : NULL;
    if (!table) {
        return;
    }
    good = read_keys(reader, node, table);
    good = read_columns(reader, node, table) && good;
    good = read_max_age(reader, node, table) && good;
    if (good) {
        read_contents(reader, node, bind, table, plan);
        ca_conf_no_others(&reader->conf, node, known);
    }
}
