/* What made a leaf UNKNOWN in one row: the first missing column, set or table, in the order it
 * is written. */
#include "rules/eval_parts.h"

static size_t blame_value(const ca_row_at *at, const ca_view *lines, const ca_rule *rule,
                          const ca_node *node, bool taint_only);

/* --- Slots ------------------------------------------------------------------------------------ */

size_t ca_blame_column(unsigned column)
{
    return column;
}

size_t ca_blame_set(const ca_rule *rule, const ca_schema *schema, const ca_codeset *set)
{
    for (size_t i = 0; i < rule->set_count; i++) {
        if (rule->sets[i] == set)
            return schema->count + i;
    }
    return ca_blame_other(rule, schema);
}

size_t ca_blame_table(const ca_rule *rule, const ca_schema *schema, const ca_reftable *table)
{
    for (size_t i = 0; i < rule->table_count; i++) {
        if (rule->tables[i] == table)
            return schema->count + rule->set_count + i;
    }
    return ca_blame_other(rule, schema);
}

static const char *const reasons[CA_REASONS] = {
    [CA_REASON_TOO_MANY_LINES] = "too many lines",
    [CA_REASON_GROUP_TOO_LARGE] = "group too large",
    [CA_REASON_PERIOD_OPEN] = "period open",
    [CA_REASON_NO_DATA_START] = "data start not given",
    [CA_REASON_NO_HISTORY] = "before the data",
    [CA_REASON_NO_METRIC] = "metric",
    [CA_REASON_FEW_PEERS] = "too few peers",
    [CA_REASON_INCOMPLETE] = "claim incomplete",
};

size_t ca_blame_reason(const ca_rule *rule, const ca_schema *schema, ca_reason reason)
{
    return schema->count + rule->set_count + rule->table_count + (size_t)reason;
}

size_t ca_blame_other(const ca_rule *rule, const ca_schema *schema)
{
    return ca_blame_slots(rule, schema) - 1;
}

size_t ca_blame_slots(const ca_rule *rule, const ca_schema *schema)
{
    return schema->count + rule->set_count + rule->table_count + CA_REASONS + 1;
}

const char *ca_blame_name(const ca_rule *rule, const ca_schema *schema, size_t slot)
{
    if (slot < schema->count)
        return schema->columns[slot].name;
    slot -= schema->count;
    if (slot < rule->set_count)
        return ca_codeset_name(rule->sets[slot]);
    slot -= rule->set_count;
    if (slot < rule->table_count)
        return ca_reftable_name(rule->tables[slot]);
    slot -= rule->table_count;
    return slot < CA_REASONS ? reasons[slot] : "other";
}

/* --- Aggregates ------------------------------------------------------------------------------- */

/* The first UNKNOWN leaf of a condition on a line. */
static size_t blame_condition(const ca_row_at *at, const ca_view *lines, const ca_rule *rule,
                              const ca_node *node)
{
    if (node->kind == CA_NODE_AND || node->kind == CA_NODE_OR || node->kind == CA_NODE_NOT) {
        size_t slot = CA_BLAME_NONE;
        for (size_t i = 0; i < node->arg_count && slot == CA_BLAME_NONE; i++)
            slot = blame_condition(at, lines, rule, node->args[i]);
        return slot;
    }
    ca_row_at row = *at;
    return ca_row_leaf(&row, node) == CA_UNKNOWN_TRUTH ? ca_blame_leaf(at, lines, rule, node)
                                                       : CA_BLAME_NONE;
}

static size_t blame_line(const ca_row_at *line, const ca_view *lines, const ca_rule *rule,
                         const ca_node *node)
{
    ca_row_at row = *line;
    ca_truth where = node->where ? ca_row_condition(&row, node->where) : CA_TRUE;
    if (where != CA_TRUE)
        return where == CA_FALSE ? CA_BLAME_NONE : blame_condition(line, lines, rule, node->where);
    if (node->arg_count == 0)
        return CA_BLAME_NONE;
    const ca_node *argument = node->args[0];
    if (!argument->type.condition)
        return ca_row_value(&row, argument).present
                   ? CA_BLAME_NONE
                   : blame_value(line, lines, rule, argument, false);
    return ca_row_condition(&row, argument) == CA_UNKNOWN_TRUTH
               ? blame_condition(line, lines, rule, argument)
               : CA_BLAME_NONE;
}

static size_t blame_aggregate(const ca_row_at *at, const ca_view *lines, const ca_rule *rule,
                              const ca_node *node)
{
    const ca_view *units = at->view;
    uint32_t from, to;
    ca_frame_lines(units->frame, node->side, at->row, &from, &to);
    for (uint32_t line = from; line < to; line++) {
        if (units->line_mask != NULL && !ca_bit(units->line_mask, line))
            continue;
        ca_row_at row = {.view = lines, .row = line};
        size_t slot = blame_line(&row, lines, rule, node);
        if (slot != CA_BLAME_NONE)
            return slot;
    }
    return CA_BLAME_NONE;
}

/* --- Values ----------------------------------------------------------------------------------- */

static size_t blame_args(const ca_row_at *at, const ca_view *lines, const ca_rule *rule,
                         const ca_node *node, bool taint_only)
{
    size_t slot = CA_BLAME_NONE;
    for (size_t i = 0; i < node->arg_count && slot == CA_BLAME_NONE; i++)
        slot = blame_value(at, lines, rule, node->args[i], taint_only);
    return slot;
}

/* The date that a dated set or table needs: the expression after `on`, else the date of the
 * unit. */
static size_t blame_date(const ca_row_at *at, const ca_view *lines, const ca_rule *rule,
                         const ca_node *on)
{
    const ca_frame *frame = at->view->frame;
    if (on != NULL)
        return blame_value(at, lines, rule, on, false);
    return ca_row_date(at).present ? CA_BLAME_NONE : ca_blame_column(frame->date_column);
}

static size_t blame_lookup(const ca_row_at *at, const ca_view *lines, const ca_rule *rule,
                           const ca_node *node)
{
    const ca_schema *schema = at->view->batch->schema;
    if (!ca_reftable_bound(node->table))
        return ca_blame_table(rule, schema, node->table);
    size_t slot = blame_args(at, lines, rule, node, false);
    if (slot == CA_BLAME_NONE && ca_reftable_dated(node->table))
        slot = blame_date(at, lines, rule, node->on);
    ca_row_at row = *at;
    if (slot == CA_BLAME_NONE && !ca_row_value(&row, node).present)
        slot = ca_blame_table(rule, schema, node->table);
    return slot;
}

static size_t blame_column_node(const ca_row_at *at, const ca_node *node, bool taint_only)
{
    ca_row_at row = *at;
    row.tainted = false;
    bool present = ca_row_value(&row, node).present;
    bool guilty = row.tainted || (!present && !taint_only);
    return guilty ? ca_blame_column(node->column) : CA_BLAME_NONE;
}

/* taint_only: the value itself is there, or may be missing; only an aggregate that skipped
 * something counts. */
static size_t blame_value(const ca_row_at *at, const ca_view *lines, const ca_rule *rule,
                          const ca_node *node, bool taint_only)
{
    ca_row_at row = *at;
    if (node->kind == CA_NODE_COLUMN)
        return blame_column_node(at, node, taint_only);
    if (node->kind == CA_NODE_AGGREGATE)
        return blame_aggregate(at, lines, rule, node);
    if (node->kind == CA_NODE_LOOKUP && !taint_only)
        return blame_lookup(at, lines, rule, node);
    if (node->kind == CA_NODE_ROW && !taint_only && !ca_row_value(&row, node).present)
        return ca_blame_table(rule, at->view->batch->schema, node->table);
    if (node->kind == CA_NODE_CALL && node->function == CA_FN_COALESCE &&
        ca_row_value(&row, node).present)
        taint_only = true;
    return blame_args(at, lines, rule, node, taint_only);
}

size_t ca_blame_each_key(const ca_row_at *at, const ca_rule *rule)
{
    return blame_lookup(at, NULL, rule, rule->keys.each);
}

/* --- Leaves ----------------------------------------------------------------------------------- */

size_t ca_blame_leaf(const ca_row_at *at, const ca_view *lines, const ca_rule *rule,
                     const ca_node *leaf)
{
    if (leaf->set != NULL && !ca_codeset_bound(leaf->set))
        return ca_blame_set(rule, at->view->batch->schema, leaf->set);
    size_t slot = blame_args(at, lines, rule, leaf, leaf->kind == CA_NODE_MISSING);
    if (slot == CA_BLAME_NONE && leaf->set != NULL && ca_codeset_dated(leaf->set))
        slot = blame_date(at, lines, rule, leaf->on);
    return slot != CA_BLAME_NONE ? slot : ca_blame_other(rule, at->view->batch->schema);
}
