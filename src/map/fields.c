/* Reads the keys fields, lines and extra of a layout: which of our fields its columns feed. */
#include <stdlib.h>
#include <string.h>

#include "conf/shown.h"
#include "map/fields.h"
#include "map/pattern.h"

static const char *belongs_to(ca_records records)
{
    switch (records) {
    case CA_RECORDS_CLAIMS:
        return "claims";
    case CA_RECORDS_PATIENTS:
        return "patients";
    case CA_RECORDS_PROVIDERS:
        return "providers";
    case CA_RECORDS_IGNORE:
        break;
    }
    return "nothing";
}

static bool fits(unsigned field, ca_records records)
{
    ca_level level = ca_fields[field].level;
    if (records == CA_RECORDS_PATIENTS) {
        return level == CA_LEVEL_PATIENT || field == CA_F_PATIENT_ID;
    }
    if (records == CA_RECORDS_PROVIDERS) {
        return level == CA_LEVEL_PROVIDER;
    }
    return level != CA_LEVEL_PROVIDER;
}

/* What is wrong with mapping this field here, or NULL. */
static const char *misplaced(unsigned field, const ca_layout *layout, bool in_group)
{
    if (field == CA_F_DIAGNOSES) {
        return "is made of principal_diagnosis and other_diagnoses and cannot be mapped";
    }
    if (in_group && ca_fields[field].level != CA_LEVEL_LINE) {
        return "is one value of the whole row and belongs into 'fields' of the layout";
    }
    if (field == CA_F_LINE_NO && !in_group && layout->group.exists) {
        return "would be the same on every line of a row; map it under 'lines' or leave it out";
    }
    if (field == CA_F_CLAIM_STATUS && layout->status.kind != CA_STATUS_NONE) {
        return "is already said by 'status'";
    }
    return ca_piece_misplaced(layout, field, ca_fields[field].level);
}

static bool find_field(ca_map_reader *reader, const ca_yaml *node, const ca_layout *layout,
                       bool in_group, unsigned *ret_field)
{
    const ca_conf *conf = &reader->conf;
    unsigned field;
    if (!ca_field_find(node->key, &field)) {
        const char *names[CA_FIELD_COUNT];
        for (unsigned i = 0; i < CA_FIELD_COUNT; i++) {
            names[i] = ca_fields[i].name;
        }
        const char *closest = ca_text_closest(node->key, names, CA_FIELD_COUNT);
        ca_conf_error_key(conf, node, "unknown field '%s'%s%s%s", ca_shown_of(node->key).text,
                          closest ? "; did you mean '" : "", closest ? closest : "",
                          closest ? "'?" : "");
        return false;
    }
    const char *name = ca_fields[field].name;
    if (!fits(field, layout->records)) {
        ca_conf_error_key(conf, node, "field '%s' has no place in files of %s", name,
                          belongs_to(layout->records));
        return false;
    }
    const char *wrong = misplaced(field, layout, in_group);
    if (wrong) {
        ca_conf_error_key(conf, node, "field '%s' %s", name, wrong);
        return false;
    }
    *ret_field = field;
    return true;
}

int ca_bindings_add(ca_map_reader *reader, ca_yaml *node, const ca_binding_target *target,
                    size_t members, ca_bindings *all)
{
    for (size_t i = 0; i < all->count; i++) {
        if (all->items[i].column == target->column) {
            ca_conf_error_key(&reader->conf, node, "field '%s' is mapped twice", target->name);
            return 0;
        }
    }
    if (all->count == all->cap) {
        return 0; /* cannot be: a column each */
    }
    ca_binding *binding = &all->items[all->count];
    int rc = ca_binding_read(reader, node, target, binding);
    if (rc) {
        return rc;
    }
    size_t names = binding->kind == CA_BIND_CONSTANT ? 0 : binding->name_count;
    all->cells += names * (binding->in_group ? members : 1);
    all->count++;
    return 0;
}

static int read_fields(ca_map_reader *reader, ca_yaml *node, const ca_layout *layout, bool in_group,
                       ca_bindings *all)
{
    if (!node || !ca_conf_is(&reader->conf, node, CA_YAML_MAPPING, NULL)) {
        return 0;
    }
    for (ca_yaml *item = node->child; item; item = item->next) {
        unsigned field;
        if (!find_field(reader, item, layout, in_group, &field)) {
            continue;
        }
        ca_binding_target target = {.column = field,
                                    .name = ca_fields[field].name,
                                    .type = ca_fields[field].type,
                                    .family = ca_fields[field].family,
                                    .in_group = in_group,
                                    .optional = layout->optional,
                                    .settings = &layout->settings};
        int rc = ca_bindings_add(reader, item, &target, ca_group_members(&layout->group), all);
        if (rc) {
            return rc;
        }
    }
    return 0;
}

/* --- Wide to long --------------------------------------------------------------------------- */

static int read_group(ca_map_reader *reader, ca_yaml *node, ca_layout *layout)
{
    static const char *const keys[] = {"index", "present", "fields", NULL};
    const ca_conf *conf = &reader->conf;
    ca_group *group = &layout->group;
    ca_text text;
    if (!node || !ca_conf_is(conf, node, CA_YAML_MAPPING, NULL)) {
        return 0;
    }
    if (layout->records != CA_RECORDS_CLAIMS) {
        ca_conf_error_key(conf, node, "'lines' has a meaning for files of claims only");
    }
    *group = (ca_group){.line = node->key_line, .at = node->key_column};
    ca_yaml *index = ca_conf_need(conf, node, "index");
    if (index && ca_conf_text(conf, index, &text)) {
        if (!ca_range_parse(text, &group->from, &group->to, &group->digits) ||
            ca_group_members(&(ca_group){.exists = true, .from = group->from, .to = group->to}) >
                CA_GROUP_MAX) {
            ca_conf_error(conf, index, "'index' must be a range of at most %d numbers, as 1..13",
                          CA_GROUP_MAX);
        } else {
            group->exists = true;
        }
    }
    ca_yaml *present = ca_conf_get(conf, node, "present");
    (void)ca_conf_need(conf, node, "fields");
    ca_conf_no_others(conf, node, keys);
    return ca_names_read(reader, present, true, true, &group->present, &group->present_count);
}

/* Every column of a group must have the number of the member in its name. */
static void check_numbered(ca_map_reader *reader, const ca_binding *binding)
{
    if (binding->kind == CA_BIND_CONSTANT && binding->column == CA_F_LINE_NO) {
        ca_diag_add(reader->conf.diags, CA_DIAG_ERROR, reader->conf.file->path, binding->line,
                    binding->at,
                    "field '%s' would be the same on every line of a row; name its columns, or leave "
                    "it out",
                    binding->name);
    }
    for (size_t i = 0; i < binding->name_count && binding->kind != CA_BIND_CONSTANT; i++) {
        if (!ca_name_has_n(binding->names[i])) {
            ca_diag_add(reader->conf.diags, CA_DIAG_ERROR, reader->conf.file->path, binding->line,
                        binding->at,
                        "column '%s' of '%s' must have {n}, the number of the line, in its name",
                        ca_shown_of(binding->names[i]).text, binding->name);
            return;
        }
    }
}

/* --- The whole ------------------------------------------------------------------------------ */

static int by_column(const void *a, const void *b)
{
    const ca_binding *left = a;
    const ca_binding *right = b;
    return (left->column > right->column) - (left->column < right->column);
}

static void check_identity(ca_map_reader *reader, const ca_yaml *node, const ca_layout *layout)
{
    static const unsigned needed[][2] = {
        [CA_RECORDS_CLAIMS] = {CA_F_CLAIM_ID, CA_F_CLAIM_TYPE},
        [CA_RECORDS_PATIENTS] = {CA_F_PATIENT_ID, CA_F_PATIENT_ID},
        [CA_RECORDS_PROVIDERS] = {CA_F_PROVIDER_ID, CA_F_PROVIDER_ID}};
    const unsigned *pair = needed[layout->records];
    for (size_t i = 0; i < 2; i++) {
        bool typeless = pair[i] == CA_F_CLAIM_TYPE && layout->piece > CA_PIECE_HEADER;
        if (!ca_layout_binding(layout, pair[i]) && !typeless && (i == 0 || pair[1] != pair[0])) {
            ca_conf_error(&reader->conf, node, "layout '%s' must map %s", layout->name,
                          ca_fields[pair[i]].name);
        }
    }
}

static int collect(ca_map_reader *reader, ca_yaml *node, ca_layout *layout, ca_bindings *all)
{
    const ca_conf *conf = &reader->conf;
    ca_yaml *fields = ca_conf_need(conf, node, "fields");
    ca_yaml *lines = ca_conf_get(conf, node, "lines");
    int rc = read_group(reader, lines, layout);
    rc = rc ? rc : read_fields(reader, fields, layout, false, all);
    if (!rc && lines && lines->kind == CA_YAML_MAPPING) {
        rc = read_fields(reader, ca_conf_get(conf, lines, "fields"), layout, true, all);
    }
    return rc ? rc : ca_extra_read(reader, ca_conf_get(conf, node, "extra"), layout, all);
}

int ca_layout_read_fields(ca_map_reader *reader, ca_yaml *node, ca_layout *layout)
{
    ca_bindings all = {.cap = CA_COLUMN_SITE + CA_SITE_COLUMNS_MAX};
    all.items = ca_arena_array(reader->arena, all.cap, sizeof *all.items);
    if (!all.items) {
        return CA_NOMEM;
    }
    size_t errors = reader->conf.diags->errors;
    int rc = collect(reader, node, layout, &all);
    if (rc) {
        return rc;
    }
    qsort(all.items, all.count, sizeof *all.items, by_column);
    layout->bindings = all.items;
    layout->binding_count = all.count;
    for (size_t i = 0; i < all.count; i++) {
        if (all.items[i].in_group) {
            check_numbered(reader, &all.items[i]);
        }
    }
    if (all.cells > CA_LAYOUT_CELLS_MAX) {
        ca_conf_error(&reader->conf, node, "layout '%s' reads %zu cells of a row, more than %d",
                      layout->name, all.cells, CA_LAYOUT_CELLS_MAX);
    }
    if (reader->conf.diags->errors == errors && !node->partial) {
        check_identity(reader, node, layout);
    }
    return 0;
}
