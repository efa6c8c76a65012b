/* Reads what a profile says about one field. */
#include "map/binding.h"

#include <stdlib.h>
#include <string.h>

#include "conf/shown.h"
#include "map/canonical.h"
#include "map/pattern.h"
#include "map/spelling.h"

static const char *const keys[] = {
    "column",   "columns", "value",  "list",          "dates",         "numbers",  "missing",
    "values",   "others",  "system", "system_column", "system_values", "prefixed", "drop_principal",
    "optional", "time",    "pad",   "suffix",        NULL};

static bool is_number(ca_type type)
{
    return type == CA_TYPE_INT || type == CA_TYPE_DECIMAL || type == CA_TYPE_MONEY;
}

static bool is_code(ca_type type)
{
    return type == CA_TYPE_CODE || type == CA_TYPE_CODES;
}

static bool takes_dates(const ca_binding *binding)
{
    return binding->type == CA_TYPE_DATE || binding->type == CA_TYPE_INTERVALS ||
           binding->column == CA_F_SERVICE_MINUTE;
}

/* Refuses a key that has no meaning for this field. */
static void refuse(ca_map_reader *reader, ca_yaml *node, const char *key, bool allowed,
                   const char *where)
{
    ca_yaml *item = ca_conf_get(&reader->conf, node, key);
    if (item && !allowed) {
        ca_conf_error_key(&reader->conf, item, "'%s' has a meaning for %s only", key, where);
    }
}

static void refuse_misplaced(ca_map_reader *reader, ca_yaml *node, const ca_binding *binding)
{
    ca_type type = binding->type;
    bool listed = type == CA_TYPE_CODES || type == CA_TYPE_INTERVALS;
    refuse(reader, node, "columns", type == CA_TYPE_CODES, "lists of codes");
    refuse(reader, node, "list", listed, "lists");
    refuse(reader, node, "dates", takes_dates(binding), "dates and service_minute");
    refuse(reader, node, "numbers", is_number(type), "numbers and money");
    refuse(reader, node, "system", is_code(type), "codes");
    refuse(reader, node, "system_column", is_code(type), "codes");
    refuse(reader, node, "system_values", is_code(type), "codes");
    refuse(reader, node, "prefixed", is_code(type), "codes");
    refuse(reader, node, "suffix", is_code(type), "codes");
    refuse(reader, node, "pad", type == CA_TYPE_ID, "identifiers");
    refuse(reader, node, "values", type != CA_TYPE_INTERVALS, "fields other than intervals");
    refuse(reader, node, "time", binding->column == CA_F_SERVICE_MINUTE, "service_minute");
    refuse(reader, node, "drop_principal", binding->column == CA_F_OTHER_DIAGNOSES,
           "other_diagnoses");
}

static int read_source(ca_map_reader *reader, ca_yaml *node, ca_binding *binding)
{
    const ca_conf *conf = &reader->conf;
    ca_yaml *column = ca_conf_get(conf, node, "column");
    ca_yaml *columns = ca_conf_get(conf, node, "columns");
    ca_yaml *value = ca_conf_get(conf, node, "value");
    if (!!column + !!columns + !!value != 1) {
        if (!node->partial) {
            ca_conf_error_key(conf, node,
                              "field '%s' must have one of 'column', 'columns' and 'value'",
                              binding->name);
        }
        return 0;
    }
    if (value) {
        binding->kind = CA_BIND_CONSTANT;
        (void)ca_conf_text(conf, value, &binding->constant);
        return 0;
    }
    binding->kind = columns ? CA_BIND_COLUMNS : CA_BIND_COLUMN;
    return ca_names_read(reader, columns ? columns : column, columns != NULL, binding->in_group,
                         &binding->names, &binding->name_count);
}

static void read_separator(ca_map_reader *reader, ca_yaml *node, ca_binding *binding)
{
    ca_text text;
    if (!node || !ca_conf_text(&reader->conf, node, &text)) {
        return;
    }
    if (text.len != 1) {
        ca_conf_error(&reader->conf, node,
                      "'list' must be the one character that separates the elements");
        return;
    }
    binding->separator = text.ptr[0];
}

static void read_flag(ca_map_reader *reader, ca_yaml *node, const char *key, bool *ret_flag)
{
    ca_yaml *item = ca_conf_get(&reader->conf, node, key);
    if (item) {
        (void)ca_conf_bool(&reader->conf, item, ret_flag);
    }
}

/* --- Value maps ----------------------------------------------------------------------------- */

typedef struct pair {
    ca_text from, to;
} pair;

static int by_from(const void *a, const void *b)
{
    const pair *left = a;
    const pair *right = b;
    return ca_text_cmp(left->from, right->from);
}

static int copy_pairs(ca_map_reader *reader, const ca_yaml *node, ca_binding *binding)
{
    pair *pairs = ca_arena_array(reader->arena, node->count + 1, sizeof *pairs);
    ca_text *from = ca_arena_array(reader->arena, node->count + 1, sizeof *from);
    ca_text *to = ca_arena_array(reader->arena, node->count + 1, sizeof *to);
    if (!pairs || !from || !to) {
        return CA_NOMEM;
    }
    size_t count = 0;
    for (const ca_yaml *item = node->child; item; item = item->next) {
        pair made = {.from = item->key};
        if (!ca_conf_text(&reader->conf, item, &made.to)) {
            continue;
        }
        ca_binding_check_text(reader, item, binding, made.to);
        pairs[count++] = made;
    }
    qsort(pairs, count, sizeof *pairs, by_from);
    for (size_t i = 0; i < count; i++) {
        from[i] = pairs[i].from;
        to[i] = pairs[i].to;
    }
    binding->values.from = from;
    binding->values.to = to;
    binding->values.count = count;
    return 0;
}

static int read_values(ca_map_reader *reader, ca_yaml *node, ca_binding *binding)
{
    static const char *const others[] = {"missing", "keep"};
    const ca_conf *conf = &reader->conf;
    ca_yaml *values = ca_conf_get(conf, node, "values");
    ca_yaml *rest = ca_conf_get(conf, node, "others");
    size_t index;
    if (rest && !values) {
        ca_conf_error_key(conf, rest,
                          "'others' says what to do with cells that 'values' does not name");
    }
    if (rest && ca_conf_choice(conf, rest, others, 2, &index)) {
        binding->values.keep_others = index == 1;
    }
    if (!values || !ca_conf_is(conf, values, CA_YAML_MAPPING, NULL)) {
        return 0;
    }
    if (values->count == 0 || values->count > CA_VALUES_MAX) {
        ca_conf_error(conf, values, "'values' must map 1 to %d values", CA_VALUES_MAX);
        return 0;
    }
    return copy_pairs(reader, values, binding);
}

void ca_binding_check_text(ca_map_reader *reader, const ca_yaml *node, const ca_binding *binding,
                           ca_text text)
{
    char choices[160];
    ca_cell ignored;
    if (ca_canonical_read(binding->column, binding->type, text, &ignored)) {
        return;
    }
    ca_shown shown = ca_shown_of(text);
    for (unsigned i = 0; binding->type == CA_TYPE_ENUM && binding->column < CA_FIELD_COUNT &&
                         i < ca_enum_count(binding->column);
         i++) {
        if (ca_map_spelling_same(text, ca_enum_name(binding->column, i))) {
            ca_conf_error(&reader->conf, node, "write %s instead of %s",
                          ca_enum_name(binding->column, i), shown.text);
            return;
        }
    }
    if (binding->type == CA_TYPE_ENUM) {
        ca_canonical_choices(binding->column, choices, sizeof choices);
        ca_conf_error(&reader->conf, node, "'%s' is no %s; it is one of %s", shown.text,
                      binding->name, choices);
    } else {
        ca_conf_error(&reader->conf, node, "'%s' is no value of '%s', which is %s", shown.text,
                      binding->name, ca_canonical_form(binding->column, binding->type));
    }
}

/* --- The whole ------------------------------------------------------------------------------ */

static int read_mapping(ca_map_reader *reader, ca_yaml *node, const ca_binding_target *target,
                        ca_binding *binding)
{
    const ca_conf *conf = &reader->conf;
    ca_settings settings = *target->settings;
    refuse_misplaced(reader, node, binding);
    int rc = read_source(reader, node, binding);
    rc = rc ? rc : ca_settings_dates(reader, ca_conf_get(conf, node, "dates"), &settings);
    ca_settings_numbers(reader, ca_conf_get(conf, node, "numbers"), &settings);
    rc = rc ? rc : ca_settings_missing(reader, ca_conf_get(conf, node, "missing"), &settings);
    if (rc) {
        return rc;
    }
    /* service_minute reads a date format only when the field itself has one */
    bool minute = binding->column == CA_F_SERVICE_MINUTE;
    binding->dates = settings.dates;
    binding->date_count = minute && !ca_conf_get(conf, node, "dates") ? 0 : settings.date_count;
    binding->numbers = settings.numbers;
    binding->missing = settings.missing;
    binding->missing_count = settings.missing_count;
    read_separator(reader, ca_conf_get(conf, node, "list"), binding);
    read_flag(reader, node, "drop_principal", &binding->drop_principal);
    read_flag(reader, node, "optional", &binding->optional);
    read_flag(reader, node, "time", &binding->time_of_day);
    read_flag(reader, node, "prefixed", &binding->prefixed);
    rc = read_values(reader, node, binding);
    rc = rc ? rc : ca_binding_systems(reader, node, binding);
    rc = rc ? rc : ca_binding_mends(reader, node, binding);
    if (binding->kind == CA_BIND_CONSTANT && binding->constant.ptr) {
        ca_binding_check_text(reader, ca_conf_get(conf, node, "value"), binding, binding->constant);
    }
    for (const char *const *more = target->more_keys; more && *more; more++) {
        (void)ca_conf_get(conf, node, *more);
    }
    ca_conf_no_others(conf, node, keys);
    return rc;
}

static void check_minute(ca_map_reader *reader, const ca_yaml *node, const ca_binding *binding)
{
    for (size_t i = 0; i < binding->date_count; i++) {
        if (!binding->dates[i].has_time) {
            ca_conf_error_key(&reader->conf, node,
                              "a date format of service_minute must have the time (HH, MM)");
            return;
        }
    }
}

int ca_binding_read(ca_map_reader *reader, ca_yaml *node, const ca_binding_target *target,
                    ca_binding *ret_binding)
{
    const ca_settings *settings = target->settings;
    ca_binding binding = {.column = target->column,
                          .type = target->type,
                          .name = target->name,
                          .line = node->key_line,
                          .at = node->key_column,
                          .in_group = target->in_group,
                          .optional = target->optional,
                          .family = target->family,
                          .separator = ';',
                          .system = CA_SYSTEM_NONE,
                          .dates = settings->dates,
                          .date_count = settings->date_count,
                          .numbers = settings->numbers,
                          .missing = settings->missing,
                          .missing_count = settings->missing_count};
    int rc;
    if (node->kind == CA_YAML_MAPPING) {
        rc = read_mapping(reader, node, target, &binding);
    } else {
        binding.date_count = target->column == CA_F_SERVICE_MINUTE ? 0 : binding.date_count;
        rc = ca_names_read(reader, node, false, binding.in_group, &binding.names,
                           &binding.name_count);
        rc = rc ? rc : ca_binding_systems(reader, NULL, &binding);
    }
    if (binding.column == CA_F_SERVICE_MINUTE) {
        check_minute(reader, node, &binding);
    }
    if (!rc) {
        *ret_binding = binding;
    }
    return rc;
}
