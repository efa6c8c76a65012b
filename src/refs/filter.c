/* Conditions on other columns that choose which rows of a file belong to a set or table. */
#include <string.h>

#include "conf/shown.h"
#include "refs/source.h"

static bool read_separator(const ca_ref_reader *reader, ca_yaml *node, char *ret_separator)
{
    ca_yaml *item = ca_conf_get(&reader->conf, node, "separator");
    ca_text text;
    *ret_separator = ';';
    if (!item) {
        return true;
    }
    if (!ca_conf_text(&reader->conf, item, &text)) {
        return false;
    }
    if (text.len != 1) {
        ca_conf_error(&reader->conf, item, "'separator' must be one character");
        return false;
    }
    *ret_separator = text.ptr[0];
    return true;
}

/* {contains: x}, {not_contains: x} or {in: [x, y]}. */
static bool read_test(ca_ref_reader *reader, ca_yaml *node, ca_ref_filter *filter)
{
    static const char *const known[] = {"contains", "not_contains", "in", "separator", NULL};
    static const ca_ref_match matches[] = {CA_REF_CONTAINS, CA_REF_NOT_CONTAINS, CA_REF_IN};
    const ca_yaml *taken = NULL;
    bool good = read_separator(reader, node, &filter->separator);
    for (size_t i = 0; i < 3; i++) {
        ca_yaml *item = ca_conf_get(&reader->conf, node, known[i]);
        if (!item) {
            continue;
        }
        if (taken) {
            ca_conf_error_key(&reader->conf, item,
                              "only one of contains, not_contains and in can be tested");
            return false;
        }
        taken = item;
        filter->match = matches[i];
        good = ca_conf_list(&reader->conf, item, reader->arena, &filter->values, &filter->count) &&
               good;
        if (good && filter->count == 0) {
            ca_conf_error(&reader->conf, item, "'%s' needs at least one value", known[i]);
            good = false;
        }
    }
    ca_conf_no_others(&reader->conf, node, known);
    if (!taken) {
        ca_conf_error(&reader->conf, node, "the test on '%s' needs contains, not_contains or in",
                      ca_shown_of(node->key).text);
    }
    return good && taken;
}

static bool read_filter(ca_ref_reader *reader, ca_yaml *node, ca_ref_filter *filter)
{
    filter->column = (ca_ref_column){node->key, node, true, CA_REF_NO_COLUMN};
    if (node->kind == CA_YAML_MAPPING) {
        return read_test(reader, node, filter);
    }
    filter->match = CA_REF_EQUALS;
    filter->values = ca_arena_array(reader->arena, 1, sizeof *filter->values);
    filter->count = 1;
    if (!filter->values) {
        reader->failure = CA_NOMEM;
        return false;
    }
    return ca_conf_text(&reader->conf, node, &filter->values[0]);
}

bool ca_ref_filters_read(ca_ref_reader *reader, ca_yaml *node, ca_ref_filter **ret_filters,
                         size_t *ret_count)
{
    if (!ca_conf_is(&reader->conf, node, CA_YAML_MAPPING, "'where'")) {
        return false;
    }
    ca_ref_filter *filters = ca_arena_array(reader->arena, node->count, sizeof *filters);
    if (!filters) {
        reader->failure = CA_NOMEM;
        return false;
    }
    bool good = true;
    size_t count = 0;
    for (ca_yaml *item = node->child; item; item = item->next) {
        good = read_filter(reader, item, &filters[count++]) && good;
    }
    *ret_filters = filters;
    *ret_count = count;
    return good;
}

static bool is_one_of(const ca_ref_filter *filter, ca_text value)
{
    for (size_t i = 0; i < filter->count; i++) {
        if (ca_text_eq(filter->values[i], value)) {
            return true;
        }
    }
    return false;
}

/* True when the list in the cell holds one of the values. */
static bool list_holds(const ca_ref_filter *filter, ca_text cell)
{
    ca_text part;
    while (ca_text_next(&cell, filter->separator, &part)) {
        if (is_one_of(filter, ca_text_trim(part))) {
            return true;
        }
    }
    return false;
}

bool ca_ref_filters_pass(const ca_ref_filter *filters, size_t count, const ca_text *cells)
{
    for (size_t i = 0; i < count; i++) {
        const ca_ref_filter *filter = &filters[i];
        ca_text cell = cells[filter->column.at];
        bool pass = false;
        switch (filter->match) {
        case CA_REF_EQUALS:
        case CA_REF_IN:
            pass = is_one_of(filter, cell);
            break;
        case CA_REF_CONTAINS:
            pass = list_holds(filter, cell);
            break;
        case CA_REF_NOT_CONTAINS:
            pass = !list_holds(filter, cell);
            break;
        }
        if (!pass) {
            return false;
        }
    }
    return true;
}
