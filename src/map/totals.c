/* Reads the key totals of a layout: which rows are totals and what they say. */
#include "map/totals.h"

#include "conf/shown.h"
#include "map/layout.h"

/* A sum is over a field that the rows of the file feed. */
static bool find_field(ca_map_reader *reader, const ca_yaml *node, const ca_layout *layout,
                       unsigned *ret_column)
{
    const ca_conf *conf = &reader->conf;
    const ca_schema *schema = &reader->profile->schema;
    unsigned column;
    if (!ca_schema_find(schema, node->key, &column)) {
        const char *closest = ca_schema_closest(schema, node->key);
        ca_conf_error_key(conf, node, "unknown field '%s'%s%s%s", ca_shown_of(node->key).text,
                          closest ? "; did you mean '" : "", closest ? closest : "",
                          closest ? "'?" : "");
        return false;
    }
    const ca_column_def *def = &schema->columns[column];
    const ca_binding *binding = ca_layout_binding(layout, column);
    if (def->type != CA_TYPE_MONEY && def->type != CA_TYPE_DECIMAL) {
        ca_conf_error_key(conf, node, "field '%s' is neither money nor a decimal", def->name);
        return false;
    }
    if (!binding || binding->kind == CA_BIND_CONSTANT) {
        ca_conf_error_key(conf, node, "field '%s' is not read from a column of layout '%s'",
                          def->name, layout->name);
        return false;
    }
    *ret_column = column;
    return true;
}

static int read_sums(ca_map_reader *reader, ca_yaml *node, const ca_layout *layout, ca_total *total)
{
    const ca_conf *conf = &reader->conf;
    if (!node || !ca_conf_is(conf, node, CA_YAML_MAPPING, NULL)) {
        return 0;
    }
    if (node->count == 0 || node->count > CA_TOTAL_SUMS_MAX) {
        ca_conf_error(conf, node, "'sums' must name 1 to %d fields", CA_TOTAL_SUMS_MAX);
        return 0;
    }
    ca_total_sum *sums = ca_arena_array(reader->arena, node->count, sizeof *sums);
    if (!sums) {
        return CA_NOMEM;
    }
    for (ca_yaml *item = node->child; item; item = item->next) {
        ca_total_sum *sum = &sums[total->sum_count];
        bool found = find_field(reader, item, layout, &sum->column);
        int rc = ca_names_read(reader, item, false, false, &sum->says, &sum->says_count);
        if (rc) {
            return rc;
        }
        if (found) {
            sum->field = reader->profile->schema.columns[sum->column].name;
            total->sum_count++;
        }
    }
    total->sums = sums;
    return 0;
}

static int read_test(ca_map_reader *reader, ca_yaml *node, ca_total *total)
{
    static const char *const keys[] = {"column", "in", NULL};
    if (!node || !ca_conf_is(&reader->conf, node, CA_YAML_MAPPING, NULL)) {
        return 0;
    }
    int rc = ca_cell_test_read(reader, node, &total->row);
    ca_conf_no_others(&reader->conf, node, keys);
    return rc;
}

static int read_name(ca_map_reader *reader, ca_yaml *node, ca_total *total)
{
    ca_text name = CA_TEXT("?");
    if (node && ca_conf_text(&reader->conf, node, &name) && name.len == 0) {
        ca_conf_error(&reader->conf, node,
                      "a total needs a name: it is shown beside what it says");
    }
    total->name = ca_arena_cstr(reader->arena, name);
    return total->name ? 0 : CA_NOMEM;
}

static int read_one(ca_map_reader *reader, ca_yaml *node, const ca_layout *layout, ca_total *total)
{
    static const char *const keys[] = {"name", "row", "rows", "sums", "optional", NULL};
    const ca_conf *conf = &reader->conf;
    if (!ca_conf_is(conf, node, CA_YAML_MAPPING, "a total")) {
        return 0;
    }
    total->numbers = layout->settings.numbers;
    total->line = node->line;
    total->at = node->column;
    ca_yaml *rows = ca_conf_get(conf, node, "rows");
    ca_yaml *sums = ca_conf_get(conf, node, "sums");
    ca_yaml *optional = ca_conf_get(conf, node, "optional");
    int rc = read_name(reader, ca_conf_need(conf, node, "name"), total);
    rc = rc ? rc : read_test(reader, ca_conf_need(conf, node, "row"), total);
    rc = rc ? rc : ca_names_read(reader, rows, false, false, &total->rows, &total->rows_count);
    rc = rc ? rc : read_sums(reader, sums, layout, total);
    if (optional) {
        (void)ca_conf_bool(conf, optional, &total->optional);
    }
    if (!rows && !sums && !node->partial) {
        ca_conf_error(conf, node, "a total must have 'rows' or 'sums', which are then checked; a "
                                  "row that says neither is left out by 'filters'");
    }
    ca_conf_no_others(conf, node, keys);
    return rc;
}

int ca_totals_read(ca_map_reader *reader, ca_yaml *node, ca_layout *layout)
{
    const ca_conf *conf = &reader->conf;
    if (!node || !ca_conf_is(conf, node, CA_YAML_SEQUENCE, NULL)) {
        return 0;
    }
    if (node->count == 0 || node->count > CA_TOTALS_MAX) {
        ca_conf_error(conf, node, "'totals' must have 1 to %d totals", CA_TOTALS_MAX);
        return 0;
    }
    ca_total *totals = ca_arena_array(reader->arena, node->count, sizeof *totals);
    if (!totals) {
        return CA_NOMEM;
    }
    size_t count = 0;
    for (ca_yaml *item = node->child; item; item = item->next) {
        int rc = read_one(reader, item, layout, &totals[count++]);
        if (rc) {
            return rc;
        }
    }
    layout->totals = totals;
    layout->total_count = count;
    return 0;
}
