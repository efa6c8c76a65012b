/* Warnings about rules that are correct but perhaps not meant so: missing values in denials,
 * conditions that are always or never true, parameters nobody uses, messages that show nothing. */
#include "rules/lint.h"

#include <stdio.h>
#include <string.h>

#include "rules/check_parts.h"
#include "rules/say.h"

typedef bool node_test(const ca_node *node, const void *what);

static bool any_node(const ca_node *node, node_test *test, const void *what)
{
    if (node == NULL)
        return false;
    if (test(node, what))
        return true;
    for (size_t i = 0; i < node->arg_count; i++)
        if (any_node(node->args[i], test, what))
            return true;
    return any_node(node->where, test, what) || any_node(node->on, test, what);
}

enum { NAME_SIZE = 120 };

/* As written: "paid", "a.paid". */
static void name_column(const ca_kind_check *check, const ca_node *column, char text[NAME_SIZE])
{
    const char *prefix = ca_side_prefix(column->side);
    snprintf(text, NAME_SIZE, "%s%s%s", prefix, *prefix == '\0' ? "" : ".",
             check->schema->columns[column->column].name);
}

/* --- Missing values where something is denied ------------------------------------------------ */

static bool same_column(const ca_node *a, const ca_node *b)
{
    return a->kind == CA_NODE_COLUMN && a->column == b->column && a->side == b->side;
}

static bool asks_presence(const ca_node *node, const void *column)
{
    return node->kind == CA_NODE_MISSING && same_column(node->args[0], column);
}

/* In `where`, which looks at every line alike: whose column it is does not matter. */
static bool asks_every_line(const ca_node *node, const void *column)
{
    return node->kind == CA_NODE_MISSING && node->args[0]->kind == CA_NODE_COLUMN &&
           node->args[0]->column == ((const ca_node *)column)->column;
}

/* Identity is never missing, nor is a list that the layout has; all else may be. */
static bool may_be_missing(const ca_schema *schema, unsigned column)
{
    ca_type type = schema->columns[column].type;
    return type != CA_TYPE_CODES && column != CA_F_CLAIM_ID && column != CA_F_CLAIM_TYPE &&
           column != CA_F_CLAIM_PART && column != CA_F_CLAIM_STATUS && column != CA_F_LINE_NO;
}

static bool denies(const ca_node *node)
{
    return node->kind == CA_NODE_NOT || (node->kind == CA_NODE_COMPARE && node->compare == CA_NE) ||
           (node->kind == CA_NODE_IN && node->negated);
}

static bool reads_column(const ca_node *node, const void *column)
{
    return same_column(node, column);
}

/* `x in set A and not (x in set B)`: where x is missing the first part is unknown as well, and
 * nobody expects more. */
static bool is_demanded(const ca_node *whole, const ca_node *column)
{
    if (whole->kind != CA_NODE_AND)
        return false;
    for (size_t i = 0; i < whole->arg_count; i++)
        if (whole->args[i]->leaf >= 0 && !denies(whole->args[i]) &&
            any_node(whole->args[i], reads_column, column))
            return true;
    return false;
}

/* The first column below `node`, outside aggregates, that may be missing and that neither `where`
 * nor this expression asks about. */
static const ca_node *unguarded(const ca_kind_check *check, const ca_node *node,
                                const ca_node *whole)
{
    if (node == NULL || node->kind == CA_NODE_AGGREGATE || node->kind == CA_NODE_MISSING)
        return NULL;
    const ca_rule_keys *keys = &check->rule->keys; /* a missing key joins no group */
    if (node->kind == CA_NODE_COLUMN && may_be_missing(check->schema, node->column) &&
        !any_node(whole, asks_presence, node) && !is_demanded(whole, node) &&
        !any_node(check->rule->where, asks_every_line, node) && !ca_key_columns_has(&keys->same, node->column))
        return node;
    for (size_t i = 0; i < node->arg_count; i++) {
        const ca_node *found = unguarded(check, node->args[i], whole);
        if (found != NULL)
            return found;
    }
    return NULL;
}

static void warn_denials(ca_kind_check *check, const ca_node *node, const ca_node *whole)
{
    if (node == NULL)
        return;
    const ca_node *column = denies(node) ? unguarded(check, node, whole) : NULL;
    if (column != NULL) {
        char name[NAME_SIZE];
        name_column(check, column, name);
        ca_say(
            &check->conf, CA_DIAG_WARNING, node->start,
            "where %s is missing this is unknown, not true; say what you mean with '%s is missing' or "
            "'%s is present'",
            name, name, name);
        return;
    }
    for (size_t i = 0; i < node->arg_count; i++)
        warn_denials(check, node->args[i], whole);
    warn_denials(check, node->where, whole);
}

/* --- Conditions that never change ------------------------------------------------------------ */

static bool reads_something(const ca_node *node, const void *what)
{
    (void)what;
    return node->kind == CA_NODE_COLUMN || node->kind == CA_NODE_AGGREGATE ||
           node->kind == CA_NODE_LOOKUP || node->kind == CA_NODE_GIVEN || node->kind == CA_NODE_ROW;
}

static bool is_literal(const ca_node *node)
{
    return node->kind == CA_NODE_NUMBER || node->kind == CA_NODE_DATE ||
           node->kind == CA_NODE_STRING;
}

/* -1, 0, 1 for literals of one type; codes and texts are only equal (0) or not (1). */
static int order_of(const ca_node *a, const ca_node *b)
{
    int order = 0;
    if (a->kind == CA_NODE_DATE)
        return (a->date > b->date) - (a->date < b->date);
    if (a->kind == CA_NODE_STRING)
        return a->system == b->system && ca_text_eq(a->text, b->text) ? 0 : 1;
    ca_ratio_cmp(a->number, b->number, &order);
    return order;
}

static void warn_constant_leaf(ca_kind_check *check, const ca_node *node)
{
    if (!any_node(node, reads_something, NULL))
        ca_say(&check->conf, CA_DIAG_WARNING, node->start,
               "this condition reads no column: it is the same for every line");
}

/* A comparison of a column with a literal, as "column OP literal". */
typedef struct bound {
    const ca_node *column;
    ca_compare compare;
    const ca_node *literal;
} bound;

static bool as_bound(const ca_node *node, bound *ret_bound)
{
    static const ca_compare turned[] = {CA_EQ, CA_NE, CA_GT, CA_GE, CA_LT, CA_LE};
    if (node->kind != CA_NODE_COMPARE)
        return false;
    bool left = node->args[0]->kind == CA_NODE_COLUMN && is_literal(node->args[1]);
    bool right = node->args[1]->kind == CA_NODE_COLUMN && is_literal(node->args[0]);
    if (!left && !right)
        return false;
    *ret_bound = (bound){node->args[left ? 0 : 1],
                         left ? node->compare : turned[node->compare], node->args[left ? 1 : 0]};
    return true;
}

static bool is_lower(ca_compare compare)
{
    return compare == CA_GT || compare == CA_GE || compare == CA_EQ;
}

static bool is_upper(ca_compare compare)
{
    return compare == CA_LT || compare == CA_LE || compare == CA_EQ;
}

/* Can no value fulfil both? */
static bool contradict(const bound *a, const bound *b)
{
    if (!same_column(a->column, b->column) || a->compare == CA_NE || b->compare == CA_NE)
        return false;
    int order = order_of(a->literal, b->literal);
    bool both_closed = (a->compare == CA_EQ || a->compare == CA_GE || a->compare == CA_LE) &&
                       (b->compare == CA_EQ || b->compare == CA_GE || b->compare == CA_LE);
    if (a->compare == CA_EQ && b->compare == CA_EQ)
        return order != 0;
    if (is_lower(a->compare) && is_upper(b->compare) && (order > 0 || (order == 0 && !both_closed)))
        return true;
    return is_upper(a->compare) && is_lower(b->compare) &&
           (order < 0 || (order == 0 && !both_closed));
}

static void warn_contradictions(ca_kind_check *check, const ca_node *node)
{
    char name[NAME_SIZE];
    bound one;
    bound other;
    for (size_t i = 0; i < node->arg_count; i++) {
        if (!as_bound(node->args[i], &one))
            continue;
        for (size_t k = 0; k < i; k++) {
            if (!as_bound(node->args[k], &other) || !contradict(&other, &one))
                continue;
            name_column(check, one.column, name);
            ca_say(&check->conf, CA_DIAG_WARNING, node->args[i]->start,
                   "%s cannot fulfil this and the condition before: never true together", name);
            return;
        }
    }
}

static void warn_between(ca_kind_check *check, const ca_node *node)
{
    if (is_literal(node->args[1]) && is_literal(node->args[2]) &&
        order_of(node->args[1], node->args[2]) > 0)
        ca_say(&check->conf, CA_DIAG_WARNING, node->start,
               "nothing is between these two: the larger comes first");
}

static void warn_constants(ca_kind_check *check, const ca_node *node)
{
    if (node == NULL)
        return;
    if (node->kind > CA_NODE_NOT && node->kind <= CA_NODE_TRUTH)
        warn_constant_leaf(check, node);
    if (node->kind == CA_NODE_AND)
        warn_contradictions(check, node);
    if (node->kind == CA_NODE_BETWEEN)
        warn_between(check, node);
    for (size_t i = 0; i < node->arg_count; i++)
        warn_constants(check, node->args[i]);
    warn_constants(check, node->where);
}

/* --- all(…) of nothing ----------------------------------------------------------------------- */

static bool counts(const ca_node *node, const void *what)
{
    (void)what;
    return node->kind == CA_NODE_AGGREGATE &&
           (node->aggregate == CA_AGG_COUNT || node->aggregate == CA_AGG_ANY);
}

static bool is_open_all(const ca_node *node)
{
    return node->kind == CA_NODE_AGGREGATE && node->aggregate == CA_AGG_ALL && node->where != NULL;
}

/* all(p where q) is true when no line fulfils q: an error unless something counts them. */
static void refuse_all_of_nothing(ca_kind_check *check, const ca_node *node, const ca_node *whole)
{
    if (node == NULL)
        return;
    if (is_open_all(node) && !any_node(whole, counts, NULL))
        ca_check_error(check, node->start,
                       "all(… where …) is true when no line is left; add 'and count(where …) > 0'");
    for (size_t i = 0; i < node->arg_count; i++)
        refuse_all_of_nothing(check, node->args[i], whole);
}

/* --- Parameters and messages ----------------------------------------------------------------- */

static bool uses_parameter(const ca_node *node, const void *name)
{
    return node->parameter != NULL && strcmp(node->parameter, name) == 0;
}

static bool rule_has(const ca_rule *rule, node_test *test, const void *what)
{
    bool found = any_node(rule->where, test, what) || any_node(rule->when, test, what) ||
                 any_node(rule->exposure, test, what);
    ca_node *keys[CA_KEY_NODES_MAX];
    for (size_t i = ca_keys_nodes(&rule->keys, keys); i > 0 && !found; i--)
        found = any_node(keys[i - 1], test, what);
    for (size_t i = 0; i < rule->unless_count && !found; i++)
        found = any_node(rule->unless[i].when, test, what);
    for (size_t i = 0; i < rule->message_count && !found; i++)
        found = any_node(rule->message[i].expr, test, what);
    return found;
}

static void warn_unused_parameters(ca_kind_check *check)
{
    const ca_rule *rule = check->rule;
    for (size_t i = 0; i < rule->parameter_count; i++)
        if (!rule_has(rule, uses_parameter, rule->parameters[i].name))
            ca_say(&check->conf, CA_DIAG_WARNING, rule->parameters[i].value->start,
                   "nothing uses the parameter '%s'", rule->parameters[i].name);
}

static void hint_empty_message(ca_kind_check *check)
{
    const ca_rule *rule = check->rule;
    for (size_t i = 0; i < rule->message_count; i++)
        if (any_node(rule->message[i].expr, reads_something, NULL))
            return;
    for (const ca_yaml *item = rule->file->root->child; item != NULL; item = item->next)
        if (ca_text_is(item->key, "message"))
            ca_say(&check->conf, CA_DIAG_HINT, item->start,
                   "the message shows nothing of the claim; add a value such as {claim_id}");
}

static void lint_condition(ca_kind_check *check, const ca_node *node)
{
    warn_denials(check, node, node);
    warn_constants(check, node);
    refuse_all_of_nothing(check, node, node);
}

void ca_rule_lint(ca_kind_check *check)
{
    const ca_rule *rule = check->rule;
    ca_node *keys[CA_KEY_NODES_MAX];
    size_t count = ca_keys_nodes(&rule->keys, keys);
    lint_condition(check, rule->where);
    lint_condition(check, rule->when);
    for (size_t i = 0; i < count; i++)
        if (keys[i]->kind <= CA_NODE_TRUTH)
            lint_condition(check, keys[i]);
    for (size_t i = 0; i < rule->unless_count; i++)
        lint_condition(check, rule->unless[i].when);
    if (rule->kind->lint != NULL)
        rule->kind->lint(check);
    warn_unused_parameters(check);
    hint_empty_message(check);
}
