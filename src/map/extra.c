/* Reads the key extra of a layout: the site's own fields, x.NAME. */
#include <string.h>

#include "conf/shown.h"
#include "map/fields.h"
#include "map/pattern.h"

static bool valid_extra_name(ca_text name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool letter = c >= 'a' && c <= 'z';
        if (!letter && !(i > 0 && ((c >= '0' && c <= '9') || c == '_'))) {
            return false;
        }
    }
    return name.len >= 1 && name.len <= 40;
}

static bool uses_n(const ca_yaml *node)
{
    if (node->kind == CA_YAML_SCALAR) {
        return ca_name_has_n(node->text);
    }
    for (const ca_yaml *item = node->child; item; item = item->next) {
        if (uses_n(item)) {
            return true;
        }
    }
    return false;
}

/* Type and level of an x. field; the family of its codes is that of its system, found later. */
static bool read_extra_type(ca_map_reader *reader, ca_yaml *node, ca_type *ret_type,
                            ca_level *ret_level)
{
    static const char *const types[] = {"text",  "id",   "int",  "decimal",
                                        "money", "date", "code", "codes"};
    static const ca_type found[] = {CA_TYPE_TEXT,  CA_TYPE_ID,   CA_TYPE_INT,  CA_TYPE_DECIMAL,
                                    CA_TYPE_MONEY, CA_TYPE_DATE, CA_TYPE_CODE, CA_TYPE_CODES};
    static const char *const levels[] = {"claim", "line"};
    const ca_conf *conf = &reader->conf;
    ca_yaml *type = ca_conf_need(conf, node, "type");
    ca_yaml *level = ca_conf_get(conf, node, "level");
    size_t index;
    *ret_level = CA_LEVEL_LINE;
    if (level && ca_conf_choice(conf, level, levels, 2, &index)) {
        *ret_level = index == 0 ? CA_LEVEL_CLAIM : CA_LEVEL_LINE;
    }
    if (!type || !ca_conf_choice(conf, type, types, 8, &index)) {
        return false;
    }
    *ret_type = found[index];
    return true;
}

/* The family of an x. field of codes: that of its first system. */
static const char *extra_family(ca_map_reader *reader, ca_yaml *node, ca_type type)
{
    uint8_t system;
    ca_yaml *item = ca_conf_get(&reader->conf, node, "system");
    ca_yaml *values = ca_conf_get(&reader->conf, node, "system_values");
    if (type != CA_TYPE_CODE && type != CA_TYPE_CODES) {
        return "";
    }
    if (!item && values && values->kind == CA_YAML_MAPPING) {
        item = values->child;
    }
    if (!item) {
        ca_conf_error_key(&reader->conf, node, "a field of codes needs 'system'");
        return NULL;
    }
    if (item->kind == CA_YAML_SCALAR && ca_codes_find_system(reader->codes, item->text, &system)) {
        return reader->codes->systems[system].family;
    }
    return ""; /* reported with the binding */
}

static int extra_column(ca_map_reader *reader, ca_yaml *node, ca_type type, ca_level level,
                        const char *family, unsigned *ret_column, bool *ret_found)
{
    ca_schema *schema = &reader->profile->schema;
    char *name = ca_arena_printf(reader->arena, "x.%.*s", (int)node->key.len, node->key.ptr);
    unsigned column;
    *ret_found = false;
    if (!name) {
        return CA_NOMEM;
    }
    if (ca_schema_find(schema, ca_text_of(name), &column)) {
        const ca_column_def *known = &schema->columns[column];
        if (known->type != type || known->level != level || strcmp(known->family, family) != 0) {
            ca_conf_error_key(&reader->conf, node,
                              "another layout declares %s with another type, level or family",
                              name);
            return 0;
        }
    } else if (!ca_schema_add_site(schema, name, type, family, level, &column)) {
        ca_conf_error_key(&reader->conf, node, "more than %d extra fields", CA_SITE_COLUMNS_MAX);
        return 0;
    }
    *ret_column = column;
    *ret_found = true;
    return 0;
}

static int read_one(ca_map_reader *reader, ca_yaml *node, const ca_layout *layout, ca_bindings *all)
{
    static const char *const more_keys[] = {"type", "level", NULL};
    const ca_conf *conf = &reader->conf;
    ca_type type = CA_TYPE_TEXT;
    ca_level level;
    bool found;
    if (!valid_extra_name(node->key)) {
        ca_conf_error_key(
            conf, node,
            "the name of an extra field is made of a-z, 0-9 and _ and begins with a letter");
        return 0;
    }
    if (!ca_conf_is(conf, node, CA_YAML_MAPPING, NULL) ||
        !read_extra_type(reader, node, &type, &level)) {
        return 0;
    }
    const char *wrong = ca_piece_misplaced(layout, CA_FIELD_COUNT, level);
    if (wrong) {
        ca_conf_error_key(conf, node, "extra field '%s' %s", ca_shown_of(node->key).text, wrong);
        return 0;
    }
    const char *family = extra_family(reader, node, type);
    if (!family) {
        return 0;
    }
    ca_binding_target target = {.type = type,
                                .family = family,
                                .optional = layout->optional,
                                .in_group =
                                    layout->group.exists && level == CA_LEVEL_LINE && uses_n(node),
                                .settings = &layout->settings,
                                .more_keys = more_keys};
    int rc = extra_column(reader, node, type, level, family, &target.column, &found);
    if (rc || !found) {
        return rc;
    }
    target.name = reader->profile->schema.columns[target.column].name;
    return ca_bindings_add(reader, node, &target, ca_group_members(&layout->group), all);
}

int ca_extra_read(ca_map_reader *reader, ca_yaml *node, const ca_layout *layout, ca_bindings *all)
{
    if (!node || !ca_conf_is(&reader->conf, node, CA_YAML_MAPPING, NULL)) {
        return 0;
    }
    if (layout->records != CA_RECORDS_CLAIMS) {
        ca_conf_error_key(&reader->conf, node, "'extra' has a meaning for files of claims only");
        return 0;
    }
    for (ca_yaml *item = node->child; item; item = item->next) {
        int rc = read_one(reader, item, layout, all);
        if (rc) {
            return rc;
        }
    }
    return 0;
}
