/* Reads the key reversal of a layout: which line a reversal row undoes. */
#include "map/reversal.h"

#include <string.h>

#include "conf/shown.h"
#include "map/layout.h"

static void read_of(ca_map_reader *reader, ca_yaml *node, const ca_layout *layout)
{
    static const char *const words[] = {"claim"};
    size_t index;
    if (ca_conf_choice(&reader->conf, node, words, 1, &index) &&
        !ca_layout_binding(layout, CA_F_ORIGINAL_CLAIM_ID)) {
        ca_conf_error_key(&reader->conf, node,
                          "'of: claim' needs original_claim_id: map the column in which a reversal "
                          "names the claim it undoes");
    }
}

static bool find_column(ca_map_reader *reader, const ca_yaml *node, ca_text name,
                        const ca_layout *layout, unsigned *ret_column)
{
    const ca_schema *schema = &reader->profile->schema;
    unsigned column;
    if (!ca_schema_find(schema, name, &column)) {
        const char *closest = ca_schema_closest(schema, name);
        ca_conf_error(&reader->conf, node, "unknown field '%s'%s%s%s", ca_shown_of(name).text,
                      closest ? "; did you mean '" : "", closest ? closest : "",
                      closest ? "'?" : "");
        return false;
    }
    if (!ca_layout_supplies(layout, column)) {
        ca_conf_error(&reader->conf, node, "field '%s' is not mapped by layout '%s'",
                      schema->columns[column].name, layout->name);
        return false;
    }
    *ret_column = column;
    return true;
}

/* What is wrong with the use of a column here, or NULL. */
static const char *misfit(unsigned column, ca_type type, bool numbers)
{
    bool number = type == CA_TYPE_INT || type == CA_TYPE_DECIMAL || type == CA_TYPE_MONEY;
    if (column == CA_F_CLAIM_STATUS) {
        return "differs between a reversal and what it undoes";
    }
    if (numbers && !number) {
        return "is no number and has no opposite";
    }
    if (type == CA_TYPE_CODES || type == CA_TYPE_INTERVALS) {
        return "is a list; keys are single values";
    }
    return NULL;
}

static bool contains(const unsigned *columns, size_t count, unsigned column)
{
    for (size_t i = 0; i < count; i++) {
        if (columns[i] == column) {
            return true;
        }
    }
    return false;
}

/* Keeps the columns in ascending order. */
static void insert(unsigned *columns, size_t *count, unsigned column)
{
    size_t at = (*count)++;
    for (; at > 0 && columns[at - 1] > column; at--) {
        columns[at] = columns[at - 1];
    }
    columns[at] = column;
}

static void read_columns(ca_map_reader *reader, ca_yaml *node, const ca_layout *layout,
                         bool numbers, unsigned *columns, size_t *count)
{
    const ca_conf *conf = &reader->conf;
    ca_text *items;
    size_t item_count;
    if (!node || !ca_conf_list(conf, node, reader->arena, &items, &item_count)) {
        return;
    }
    if (item_count == 0 || item_count > CA_REVERSAL_KEYS_MAX) {
        ca_conf_error(conf, node, "'%s' must name 1 to %d fields", ca_shown_of(node->key).text,
                      CA_REVERSAL_KEYS_MAX);
        return;
    }
    const ca_yaml *item = node->kind == CA_YAML_SEQUENCE ? node->child : node;
    for (size_t i = 0; i < item_count; i++, item = item->next) {
        unsigned column;
        if (!find_column(reader, item, items[i], layout, &column)) {
            continue;
        }
        const ca_column_def *def = &reader->profile->schema.columns[column];
        const char *wrong = misfit(column, def->type, numbers);
        if (wrong) {
            ca_conf_error(conf, item, "field '%s' %s", def->name, wrong);
        } else if (contains(columns, *count, column)) {
            ca_conf_error(conf, item, "field '%s' is named twice", def->name);
        } else {
            insert(columns, count, column);
        }
    }
}

/* A column stands in one of the three lists only. */
static void check_apart(ca_map_reader *reader, const ca_yaml *node, const unsigned *columns,
                        size_t count, const unsigned *others, size_t other_count)
{
    for (size_t i = 0; node && i < count; i++) {
        if (contains(others, other_count, columns[i])) {
            ca_conf_error_key(&reader->conf, node, "field '%s' stands in another list already",
                              reader->profile->schema.columns[columns[i]].name);
        }
    }
}

static bool has_identifier(const ca_map_reader *reader, const ca_reversal *reversal)
{
    for (size_t i = 0; i < reversal->key_count; i++) {
        if (reader->profile->schema.columns[reversal->keys[i]].type == CA_TYPE_ID) {
            return true;
        }
    }
    return false;
}

static void read_keys(ca_map_reader *reader, ca_yaml *node, const ca_layout *layout,
                      ca_reversal *reversal)
{
    const ca_conf *conf = &reader->conf;
    ca_yaml *keys = ca_conf_get(conf, node, "keys");
    ca_yaml *same = ca_conf_get(conf, node, "same");
    ca_yaml *opposite = ca_conf_need(conf, node, "opposite");
    size_t errors = conf->diags->errors;
    read_columns(reader, keys, layout, false, reversal->keys, &reversal->key_count);
    read_columns(reader, same, layout, false, reversal->same, &reversal->same_count);
    read_columns(reader, opposite, layout, true, reversal->opposite, &reversal->opposite_count);
    if (conf->diags->errors > errors) {
        return;
    }
    if (!has_identifier(reader, reversal)) {
        ca_conf_error_key(conf, keys,
                          "'keys' must have an identifier such as claim_id or prescription_number: "
                          "else a reversal undoes lines of strangers");
    }
    reversal->across = !contains(reversal->keys, reversal->key_count, CA_F_CLAIM_ID);
    check_apart(reader, same, reversal->same, reversal->same_count, reversal->keys,
                reversal->key_count);
    check_apart(reader, opposite, reversal->opposite, reversal->opposite_count, reversal->keys,
                reversal->key_count);
    check_apart(reader, opposite, reversal->opposite, reversal->opposite_count, reversal->same,
                reversal->same_count);
}

static bool names_reversal(const ca_text *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (ca_text_is(values[i], "reversal")) {
            return true;
        }
    }
    return false;
}

/* Whether a row of the layout can be a reversal at all. */
static bool can_reverse(const ca_layout *layout)
{
    const ca_status_rule *status = &layout->status;
    const ca_binding *field = ca_layout_binding(layout, CA_F_CLAIM_STATUS);
    switch (status->kind) {
    case CA_STATUS_NONE:
        if (field && field->kind == CA_BIND_CONSTANT) {
            return ca_text_is(field->constant, "reversal");
        }
        return field && (field->values.count == 0 || field->values.keep_others ||
                         names_reversal(field->values.to, field->values.count));
    case CA_STATUS_VALUES:
        for (size_t i = 0; i < status->value_count; i++) {
            if (status->to[i] == CA_REVERSAL) {
                return true;
            }
        }
        return false;
    case CA_STATUS_SIGN:
        return status->negative == CA_REVERSAL;
    case CA_STATUS_FLAGS:
        for (size_t i = 0; i < status->flag_count; i++) {
            if (status->flags[i].status == CA_REVERSAL) {
                return true;
            }
        }
        return false;
    }
    return false;
}

int ca_reversal_read(ca_map_reader *reader, ca_yaml *node, ca_layout *layout)
{
    static const char *const known[] = {"of", "keys", "same", "opposite", NULL};
    static const char *const of_keys[] = {"of", NULL};
    static const char *const keys_keys[] = {"keys", "same", "opposite", NULL};
    const ca_conf *conf = &reader->conf;
    if (!node || !ca_conf_is(conf, node, CA_YAML_MAPPING, NULL)) {
        return 0;
    }
    ca_reversal *reversal = ca_arena_alloc(reader->arena, sizeof *reversal);
    if (!reversal) {
        return CA_NOMEM;
    }
    reversal->line = node->key_line;
    reversal->at = node->key_column;
    ca_yaml *of = ca_conf_get(conf, node, "of");
    bool keys = ca_conf_get(conf, node, "keys") != NULL;
    reversal->mode = of ? CA_REVERSAL_OF_CLAIM : CA_REVERSAL_BY_KEYS;
    if (!!of + keys != 1) {
        ca_conf_error_key(conf, node, "'reversal' must have one of 'of' and 'keys'");
        (void)ca_conf_get(conf, node, "opposite");
        (void)ca_conf_get(conf, node, "same");
        ca_conf_no_others(conf, node, known);
        return 0;
    }
    if (of) {
        read_of(reader, of, layout);
    } else {
        read_keys(reader, node, layout, reversal);
    }
    ca_conf_no_others(conf, node, of ? of_keys : keys_keys);
    layout->reversal = reversal;
    return 0;
}

/* Whether reversals of one layout find lines of the other. */
static bool same_lists(const ca_reversal *a, const ca_reversal *b)
{
    return a->mode == CA_REVERSAL_BY_KEYS && b->mode == CA_REVERSAL_BY_KEYS &&
           a->key_count == b->key_count && a->same_count == b->same_count &&
           a->opposite_count == b->opposite_count &&
           memcmp(a->keys, b->keys, sizeof a->keys) == 0 &&
           memcmp(a->same, b->same, sizeof a->same) == 0 &&
           memcmp(a->opposite, b->opposite, sizeof a->opposite) == 0;
}

void ca_reversals_check(const ca_profile *profile, ca_diags *diags)
{
    for (size_t i = 0; i < profile->layout_count; i++) {
        const ca_layout *layout = profile->layouts[i];
        bool found = !layout->reversal || can_reverse(layout);
        for (size_t k = 0; !found && k < profile->layout_count; k++) {
            const ca_layout *other = profile->layouts[k];
            found = other->reversal && can_reverse(other) &&
                    same_lists(other->reversal, layout->reversal);
        }
        if (!found) {
            ca_diag_add(diags, CA_DIAG_ERROR, profile->path, layout->reversal->line,
                        layout->reversal->at,
                        "no row of layout '%s' is a reversal, and no layout of reversals has the same "
                        "lists: say with 'status' which rows are",
                        layout->name);
        }
    }
}

const ca_reversal *ca_layout_reversal(const ca_layout *layout)
{
    return layout->reversal;
}
