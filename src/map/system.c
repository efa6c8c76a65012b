/* Reads which code system the codes of a field belong to: a constant, or a column that says it. */
#include <string.h>

#include "conf/shown.h"
#include "map/binding.h"

/* Names of the systems of a family ("" = of any); how many. */
static size_t names_of(const ca_codes *codes, const char *family, const char **names)
{
    size_t count = 0;
    for (unsigned i = 0; i < codes->system_count; i++) {
        if (family[0] == '\0' || strcmp(codes->systems[i].family, family) == 0) {
            names[count++] = codes->systems[i].name;
        }
    }
    return count;
}

static void list_names(const ca_codes *codes, const char *family, char *ret_text, size_t size)
{
    const char *names[CA_SYSTEMS_MAX];
    size_t count = names_of(codes, family, names);
    size_t used = 0;
    ret_text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(names[i]);
        if (used + len + 6 > size) {
            memcpy(ret_text + used, ", ...", 6);
            return;
        }
        if (used > 0) {
            memcpy(ret_text + used, ", ", 2);
            used += 2;
        }
        memcpy(ret_text + used, names[i], len + 1);
        used += len;
    }
}

/* A system by name; it must belong to the field's family. */
static bool find(ca_map_reader *reader, const ca_yaml *node, ca_text name, ca_binding *binding,
                 uint8_t *ret_system)
{
    const ca_codes *codes = reader->codes;
    uint8_t system;
    if (!ca_codes_find_system(codes, name, &system)) {
        const char *names[CA_SYSTEMS_MAX];
        size_t count = names_of(codes, binding->family, names);
        const char *closest = ca_text_closest(name, names, count);
        ca_conf_error(&reader->conf, node,
                      "unknown code system '%s'%s%s%s; declare it under 'systems'",
                      ca_shown_of(name).text, closest ? " (did you mean '" : "",
                      closest ? closest : "", closest ? "'?)" : "");
        return false;
    }
    const char *family = codes->systems[system].family;
    if (binding->family[0] == '\0') {
        binding->family = family;
    }
    if (strcmp(family, binding->family) != 0) {
        ca_conf_error(&reader->conf, node,
                      "code system '%s' is of the family '%s', but '%s' holds codes of '%s'",
                      codes->systems[system].name, family, binding->name, binding->family);
        return false;
    }
    *ret_system = system;
    return true;
}

static int read_map(ca_map_reader *reader, ca_yaml *node, ca_binding *binding)
{
    if (!ca_conf_is(&reader->conf, node, CA_YAML_MAPPING, NULL)) {
        return 0;
    }
    ca_system_value *values = ca_arena_array(reader->arena, node->count + 1, sizeof *values);
    if (!values) {
        return CA_NOMEM;
    }
    size_t count = 0;
    for (const ca_yaml *item = node->child; item; item = item->next) {
        ca_text name;
        uint8_t system;
        if (ca_conf_text(&reader->conf, item, &name) &&
            find(reader, item, name, binding, &system)) {
            values[count++] = (ca_system_value){.from = item->key, .system = system};
        }
    }
    binding->system_values = values;
    binding->system_value_count = count;
    return 0;
}

static int read_column(ca_map_reader *reader, ca_yaml *column, ca_yaml *map, ca_binding *binding)
{
    const ca_conf *conf = &reader->conf;
    if (!map) {
        ca_conf_error_key(conf, column,
                          "'system_column' needs 'system_values', which says what its cells mean");
        return 0;
    }
    bool several = binding->kind == CA_BIND_COLUMNS;
    int rc = ca_names_read(reader, column, several, binding->in_group, &binding->system_names,
                           &binding->system_name_count);
    if (!rc && several && binding->names && binding->system_names &&
        binding->system_name_count != 1 && binding->system_name_count != binding->name_count) {
        ca_conf_error_key(conf, column,
                          "%zu columns of systems for %zu columns of codes; give one, or as many",
                          binding->system_name_count, binding->name_count);
    }
    return rc ? rc : read_map(reader, map, binding);
}

/* Without a system of its own a field takes the only one of its family. */
static void take_only(ca_map_reader *reader, ca_binding *binding)
{
    char names[200];
    binding->system = ca_codes_only_system(reader->codes, binding->family);
    if (binding->system != CA_SYSTEM_NONE) {
        return;
    }
    list_names(reader->codes, binding->family, names, sizeof names);
    if (names[0] == '\0') {
        ca_diag_add(reader->conf.diags, CA_DIAG_ERROR, reader->conf.file->path, binding->line,
                    binding->at,
                    "field '%s' holds codes of the family '%s', which has no code system; declare "
                    "one under 'systems'",
                    binding->name, binding->family);
    } else {
        ca_diag_add(reader->conf.diags, CA_DIAG_ERROR, reader->conf.file->path, binding->line,
                    binding->at, "field '%s' needs 'system': the family '%s' has %s", binding->name,
                    binding->family, names);
    }
}

int ca_binding_systems(ca_map_reader *reader, ca_yaml *node, ca_binding *binding)
{
    if (binding->type != CA_TYPE_CODE && binding->type != CA_TYPE_CODES) {
        return 0;
    }
    const ca_conf *conf = &reader->conf;
    ca_yaml *system = node ? ca_conf_get(conf, node, "system") : NULL;
    ca_yaml *column = node ? ca_conf_get(conf, node, "system_column") : NULL;
    ca_yaml *map = node ? ca_conf_get(conf, node, "system_values") : NULL;
    ca_text name;
    if (system && ca_conf_text(conf, system, &name)) {
        (void)find(reader, system, name, binding, &binding->system);
    }
    if (column) {
        return read_column(reader, column, map, binding);
    }
    if (map) {
        ca_conf_error_key(conf, map, "'system_values' needs 'system_column'");
    }
    if (!system && !map) {
        take_only(reader, binding);
    }
    return 0;
}
