/* Leaves of different rules that say the same of every row: claim_type = 'professional' need be judged only once. */
#include "rules/trigger_parts.h"

#include <string.h>

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_type(const ca_node *a, const ca_node *b)
{
    return a->type.condition == b->type.condition && a->type.type == b->type.type && a->type.field == b->type.field &&
           same_text(a->type.family, b->type.family);
}

static bool same_members(const ca_node *a, const ca_node *b)
{
    if (a->member_count != b->member_count)
        return false;
    for (size_t i = 0; i < a->member_count; i++) {
        const ca_member *x = &a->members[i];
        const ca_member *y = &b->members[i];
        if (x->system != y->system || x->range != y->range || x->choice != y->choice || !ca_text_eq(x->low, y->low) ||
            !ca_text_eq(x->high, y->high))
            return false;
    }
    return true;
}

static bool same_args(const ca_node *a, const ca_node *b)
{
    if (a->arg_count != b->arg_count || (a->on == NULL) != (b->on == NULL) ||
        (a->on != NULL && !ca_leaves_same(a->on, b->on)))
        return false;
    for (size_t i = 0; i < a->arg_count; i++) {
        if (!ca_leaves_same(a->args[i], b->args[i]))
            return false;
    }
    return true;
}

/* Names of parameters and places in files tell nothing, nor do sides: a line stands for itself on any. */
bool ca_leaves_same(const ca_node *a, const ca_node *b)
{
    if (a->kind != b->kind || a->negated != b->negated || !same_type(a, b))
        return false;
    switch (a->kind) {
    case CA_NODE_NUMBER:
        return a->number.n == b->number.n && a->number.d == b->number.d;
    case CA_NODE_DATE:
        return a->date == b->date;
    case CA_NODE_STRING:
        return a->system == b->system && a->choice == b->choice && ca_text_eq(a->text, b->text);
    case CA_NODE_COLUMN:
        return a->column == b->column && a->of_lines == b->of_lines && a->claim_amount == b->claim_amount;
    case CA_NODE_COMPARE:
        return a->compare == b->compare && same_args(a, b);
    case CA_NODE_IN:
    case CA_NODE_OVERLAPS:
    case CA_NODE_WITHIN:
        return a->set == b->set && same_members(a, b) && same_args(a, b);
    case CA_NODE_HIT:
        return ca_text_eq(a->text, b->text);
    case CA_NODE_CALL:
        return a->function == b->function && same_args(a, b);
    case CA_NODE_LOOKUP:
        return a->table == b->table && a->table_column == b->table_column && same_args(a, b);
    case CA_NODE_BETWEEN:
    case CA_NODE_HAS:
    case CA_NODE_STARTS:
    case CA_NODE_MISSING:
    case CA_NODE_FOUND:
    case CA_NODE_TRUTH:
    case CA_NODE_ADD:
    case CA_NODE_SUB:
    case CA_NODE_MUL:
    case CA_NODE_DIV:
    case CA_NODE_NEGATE:
        return same_args(a, b);
    case CA_NODE_OR:
    case CA_NODE_AND:
    case CA_NODE_NOT:
    case CA_NODE_AGGREGATE:
    case CA_NODE_GIVEN:
    case CA_NODE_ROW:
        break;
    }
    return false;
}

bool ca_conditions_same(const ca_node *a, const ca_node *b)
{
    if (a->kind != CA_NODE_AND && a->kind != CA_NODE_OR && a->kind != CA_NODE_NOT)
        return ca_leaves_same(a, b);
    bool same = a->kind == b->kind && a->arg_count == b->arg_count;
    for (size_t i = 0; same && i < a->arg_count; i++)
        same = ca_conditions_same(a->args[i], b->args[i]);
    return same;
}
