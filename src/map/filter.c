/* Reads and applies row filters. */
#include "map/filter.h"

#include "map/binding.h"

bool ca_cell_in(ca_text cell, const ca_text *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (ca_text_eq(cell, values[i])) {
            return true;
        }
    }
    return false;
}

bool ca_filter_drops(const ca_filter *filter, ca_text cell)
{
    return ca_cell_in(cell, filter->values, filter->value_count) != filter->keep;
}

int ca_cell_test_read(ca_map_reader *reader, ca_yaml *node, ca_cell_test *ret_test)
{
    const ca_conf *conf = &reader->conf;
    ca_cell_test test = {0};
    ca_yaml *column = ca_conf_need(conf, node, "column");
    ca_yaml *values = ca_conf_need(conf, node, "in");
    ca_text *items;
    size_t count;
    int rc = ca_names_read(reader, column, false, false, &test.columns, &test.column_count);
    if (!rc && values && ca_conf_list(conf, values, reader->arena, &items, &count)) {
        if (count == 0) {
            ca_conf_error(conf, values, "'in' must name the values to look for");
        }
        test.values = items;
        test.value_count = count;
    }
    *ret_test = test;
    return rc;
}

static int read_one(ca_map_reader *reader, ca_yaml *node, ca_filter *ret_filter)
{
    static const char *const keys[] = {"name", "skip", "keep", NULL};
    static const char *const test_keys[] = {"column", "in", NULL};
    const ca_conf *conf = &reader->conf;
    ca_filter filter = {.line = node->line, .at = node->column};
    ca_text name = {0};
    ca_cell_test test = {0};
    int rc = 0;
    if (!ca_conf_is(conf, node, CA_YAML_MAPPING, "a filter")) {
        return 0;
    }
    ca_yaml *named = ca_conf_need(conf, node, "name");
    ca_yaml *skip = ca_conf_get(conf, node, "skip");
    ca_yaml *keep = ca_conf_get(conf, node, "keep");
    ca_conf_no_others(conf, node, keys);
    if (named && ca_conf_text(conf, named, &name) && name.len == 0) {
        ca_conf_error(conf, named,
                      "a filter needs a name: it is shown beside the rows it left out");
    }
    if (!!skip + !!keep != 1) {
        ca_conf_error(conf, node, "a filter must have one of 'skip' and 'keep'");
        return 0;
    }
    filter.keep = keep != NULL;
    ca_yaml *given = keep ? keep : skip;
    if (ca_conf_is(conf, given, CA_YAML_MAPPING, NULL)) {
        rc = ca_cell_test_read(reader, given, &test);
        ca_conf_no_others(conf, given, test_keys);
    }
    filter.name = ca_arena_cstr(reader->arena, name);
    filter.columns = test.columns;
    filter.column_count = test.column_count;
    filter.values = test.values;
    filter.value_count = test.value_count;
    *ret_filter = filter;
    return rc ? rc : filter.name ? 0 : CA_NOMEM;
}

int ca_filters_read(ca_map_reader *reader, ca_yaml *node, const ca_filter **ret_filters,
                    size_t *ret_count)
{
    const ca_conf *conf = &reader->conf;
    if (!node || !ca_conf_is(conf, node, CA_YAML_SEQUENCE, NULL)) {
        return 0;
    }
    if (node->count > CA_FILTERS_MAX) {
        ca_conf_error(conf, node, "there are more than %d filters", CA_FILTERS_MAX);
        return 0;
    }
    ca_filter *filters = ca_arena_array(reader->arena, node->count + 1, sizeof *filters);
    size_t count = 0;
    if (!filters) {
        return CA_NOMEM;
    }
    for (ca_yaml *item = node->child; item; item = item->next) {
        int rc = read_one(reader, item, &filters[count++]);
        if (rc) {
            return rc;
        }
    }
    *ret_filters = filters;
    *ret_count = count;
    return 0;
}
