/* Numbers the leaves of a rule and notes the columns, sets and tables it reads, so that readers
 * decode nothing else. */
#include "rules/collect.h"

#include <string.h>

#include "rules/check_parts.h"
#include "rules/kind.h"

typedef struct collector {
    ca_kind_check *check;
    ca_rule *rule;
    bool lines;  /* inside an aggregate or a claim rule's `where` */
    bool leaves; /* leaves are numbered: not inside aggregates, values or messages */
} collector;

static void read_column(collector *collect, unsigned column)
{
    const ca_column_def *def = &collect->check->schema->columns[column];
    (collect->lines ? collect->rule->line_columns : collect->rule->unit_columns)[column] = 1;
    collect->rule->reads_patient |= def->level == CA_LEVEL_PATIENT;
    collect->rule->reads_provider |= column >= CA_COLUMN_ROLES && column < CA_COLUMN_SITE;
}

/* Are the rule's columns those of lines that it groups, if they are not of a claim? */
static bool in_lines(const ca_rule *rule)
{
    return ca_kind_of_several(rule->kind) && !rule->keys.of_claims;
}

/* The date that dated sets and `effective` look at: that of the unit, also inside aggregates. A
 * claim's may come from its lines. */
static void read_date(collector *collect)
{
    const ca_rule *rule = collect->rule;
    unsigned date = ca_rule_unit_date(rule);
    (date == CA_F_SERVICE_DATE && in_lines(rule) ? rule->line_columns : rule->unit_columns)[date] = 1;
    if (in_lines(rule) || date != CA_F_SERVICE_DATE)
        rule->line_columns[CA_F_SERVICE_DATE] = 1;
}

/* An amount at claim level: its own, or the sum of the lines. */
static void read_amount(collector *collect, unsigned column)
{
    unsigned of_claim = column == CA_F_PAID     ? CA_F_CLAIM_PAID
                        : column == CA_F_CHARGE ? CA_F_CLAIM_CHARGE
                                                : CA_F_CLAIM_ALLOWED;
    collect->rule->unit_columns[of_claim] = 1;
    collect->rule->line_columns[column] = 1;
}

static void note_set(ca_rule *rule, ca_codeset *set)
{
    for (size_t i = 0; i < rule->set_count; i++)
        if (rule->sets[i] == set)
            return;
    rule->sets[rule->set_count++] = set;
}

static void note_table(ca_rule *rule, ca_reftable *table)
{
    for (size_t i = 0; i < rule->table_count; i++)
        if (rule->tables[i] == table)
            return;
    rule->tables[rule->table_count++] = table;
}

static bool is_leaf(const ca_node *node)
{
    return node->kind > CA_NODE_NOT && node->kind <= CA_NODE_TRUTH;
}

static void number_leaf(collector *collect, ca_node *node)
{
    ca_rule *rule = collect->rule;
    if (rule->leaf_count == CA_RULE_LEAVES_MAX)
        ca_check_error(collect->check, node->start,
                       "the rule has more than %d tests; use sets or split the rule",
                       CA_RULE_LEAVES_MAX);
    if (rule->leaf_count < CA_RULE_LEAVES_MAX) {
        node->leaf = (int)rule->leaf_count;
        rule->leaves[rule->leaf_count] = node;
    }
    rule->leaf_count += rule->leaf_count <= CA_RULE_LEAVES_MAX;
}

static void visit(collector *collect, ca_node *node)
{
    if (node == NULL)
        return;
    collector inner = *collect;
    if (is_leaf(node)) {
        if (collect->leaves)
            number_leaf(collect, node);
        inner.leaves = false;
    }
    if (node->kind == CA_NODE_AGGREGATE)
        inner.lines = true;
    if (node->kind == CA_NODE_COLUMN && node->claim_amount)
        read_amount(collect, node->column);
    else if (node->kind == CA_NODE_COLUMN)
        read_column(collect, node->column);
    if (node->set != NULL) {
        note_set(collect->rule, node->set);
        if (node->on == NULL && ca_codeset_dated(node->set))
            read_date(collect);
    }
    if (node->table != NULL) {
        note_table(collect->rule, node->table);
        if (node->on == NULL && ca_reftable_dated(node->table))
            read_date(collect);
    }
    for (size_t i = 0; i < node->arg_count; i++)
        visit(&inner, node->args[i]);
    visit(&inner, node->where);
    visit(&inner, node->on);
}

static size_t count_nodes(const ca_node *node)
{
    size_t count = 1;
    if (node == NULL)
        return 0;
    for (size_t i = 0; i < node->arg_count; i++)
        count += count_nodes(node->args[i]);
    return count + count_nodes(node->where) + count_nodes(node->on);
}

static size_t count_all(const ca_rule *rule)
{
    size_t count = count_nodes(rule->where) + count_nodes(rule->when) + count_nodes(rule->exposure);
    ca_node *keys[CA_KEY_NODES_MAX];
    for (size_t i = ca_keys_nodes(&rule->keys, keys); i > 0; i--)
        count += count_nodes(keys[i - 1]);
    for (size_t i = 0; i < rule->unless_count; i++)
        count += count_nodes(rule->unless[i].when);
    for (size_t i = 0; i < rule->message_count; i++)
        count += count_nodes(rule->message[i].expr);
    return count;
}

static bool make_room(ca_kind_check *check)
{
    ca_rule *rule = check->rule;
    size_t nodes = count_all(rule);
    rule->leaves = ca_arena_array(
        check->arena, CA_RULE_LEAVES_MAX < nodes ? CA_RULE_LEAVES_MAX : nodes, sizeof(ca_node *));
    rule->sets = ca_arena_array(check->arena, nodes, sizeof(ca_codeset *));
    rule->tables = ca_arena_array(check->arena, nodes, sizeof(ca_reftable *));
    rule->unit_columns = ca_arena_array(check->arena, check->schema->count, 1);
    rule->line_columns = ca_arena_array(check->arena, check->schema->count, 1);
    return rule->leaves != NULL && rule->sets != NULL && rule->tables != NULL &&
           rule->unit_columns != NULL && rule->line_columns != NULL;
}

/* Columns that the engine itself needs for this rule: the date of `effective`, and paid for the
 * exposure. */
static void read_implied(collector *collect)
{
    ca_rule *rule = collect->rule;
    bool lines = rule->kind->gathering != CA_GATHER_LINE;
    if (rule->has_effective) {
        if (rule->effective_on == ca_rule_unit_date(rule))
            read_date(collect);
        else
            read_column(collect, rule->effective_on);
    }
    if (lines)
        read_amount(collect, CA_F_PAID);
    else
        read_column(collect, CA_F_PAID);
}

/* What groups and orders the lines of a rule, or its claims. */
static void read_keys(collector *of_lines, collector *of_unit)
{
    const ca_rule_keys *keys = &of_unit->rule->keys;
    const ca_key_columns *columns[] = {&keys->same, &keys->peers, &keys->first_by};
    ca_node *nodes[CA_KEY_NODES_MAX];
    size_t count = ca_keys_nodes(keys, nodes);
    for (size_t i = 0; i < count; i++)
        visit(nodes[i] == keys->lines ? of_lines : of_unit, nodes[i]);
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
        for (size_t k = 0; k < columns[i]->count; k++)
            read_column(of_unit, columns[i]->items[k]);
    if (keys->period != CA_PERIOD_NONE || keys->event != NULL)
        of_lines->rule->line_columns[CA_F_SERVICE_DATE] = 1;
    if (keys->event != NULL)
        read_column(of_lines, CA_F_ELIGIBILITY);    /* from when the patient's services can be in the data */
    if (keys->period == CA_PERIOD_CLAIM)
        read_column(of_lines, CA_F_CLAIM_PART);
    if (keys->period != CA_PERIOD_STAY)
        return;
    static const unsigned stay[] = {CA_F_PATIENT_ID, CA_F_CLAIM_TYPE, CA_F_ADMISSION_DATE, CA_F_DISCHARGE_DATE};
    for (size_t i = 0; i < sizeof(stay) / sizeof(stay[0]); i++)
        read_column(of_lines, stay[i]);
}

void ca_rule_collect(ca_kind_check *check)
{
    ca_rule *rule = check->rule;
    if (!make_room(check)) {
        check->nomem = true;
        return;
    }
    bool lines = rule->kind->gathering != CA_GATHER_LINE;
    collector of_lines = {check, rule, lines, true};
    collector of_unit = {check, rule, in_lines(rule), true};
    visit(&of_lines, rule->where);
    rule->where_leaves = rule->leaf_count;
    visit(&of_unit, rule->when);
    rule->when_leaves = rule->leaf_count - rule->where_leaves;
    read_keys(&of_lines, &of_unit);
    rule->key_leaves = rule->leaf_count - rule->where_leaves - rule->when_leaves;
    for (size_t i = 0; i < rule->unless_count; i++)
        visit(&of_unit, rule->unless[i].when);
    of_unit.leaves = false;
    visit(&of_unit, rule->exposure);
    for (size_t i = 0; i < rule->message_count; i++)
        visit(&of_unit, rule->message[i].expr);
    read_implied(&of_unit);
}
