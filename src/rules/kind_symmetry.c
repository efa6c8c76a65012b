/* Looks at conditions over two lines: what they read, and whether the lines may change places in them. */
#include <string.h>

#include "rules/kind_keys.h"

bool ca_reads_side(const ca_node *node, ca_side side)
{
    if (node == NULL)
        return false;
    bool reads = (node->kind == CA_NODE_COLUMN || node->kind == CA_NODE_AGGREGATE) && node->side == side;
    for (size_t i = 0; i < node->arg_count && !reads; i++)
        reads = ca_reads_side(node->args[i], side);
    return reads || ca_reads_side(node->where, side) || ca_reads_side(node->on, side);
}

bool ca_reads_given(const ca_node *node, unsigned given)
{
    if (node == NULL)
        return false;
    bool reads = node->kind == CA_NODE_GIVEN && (given & 1u << node->given) != 0;
    for (size_t i = 0; i < node->arg_count && !reads; i++)
        reads = ca_reads_given(node->args[i], given);
    return reads;
}

bool ca_has_aggregate(const ca_node *node)
{
    if (node == NULL)
        return false;
    bool has = node->kind == CA_NODE_AGGREGATE;
    for (size_t i = 0; i < node->arg_count && !has; i++)
        has = ca_has_aggregate(node->args[i]);
    return has;
}

bool ca_reads_row(const ca_node *node)
{
    if (node == NULL)
        return false;
    bool reads = node->kind == CA_NODE_ROW;
    for (size_t i = 0; i < node->arg_count && !reads; i++)
        reads = ca_reads_row(node->args[i]);
    return reads || ca_reads_row(node->where) || ca_reads_row(node->on);
}

/* --- Symmetry -------------------------------------------------------------------------------- */

static ca_side other_side(ca_side side)
{
    return side == CA_SIDE_A ? CA_SIDE_B : side == CA_SIDE_B ? CA_SIDE_A : side;
}

static bool mirrors(const ca_node *one, const ca_node *other);

/* Is every argument of one the mirror of an argument of the other, each of another? */
static bool args_mirror_in_any_order(const ca_node *one, const ca_node *other)
{
    bool taken[64] = {false};
    if (one->arg_count > 64)
        return false;
    for (size_t i = 0; i < one->arg_count; i++) {
        size_t k = 0;
        while (k < other->arg_count && (taken[k] || !mirrors(one->args[i], other->args[k])))
            k++;
        if (k == other->arg_count)
            return false;
        taken[k] = true;
    }
    return true;
}

static bool args_mirror(const ca_node *one, const ca_node *other)
{
    for (size_t i = 0; i < one->arg_count; i++)
        if (!mirrors(one->args[i], other->args[i]))
            return false;
    return true;
}

static bool order_is_free(const ca_node *node)
{
    switch (node->kind) {
    case CA_NODE_AND:
    case CA_NODE_OR:
    case CA_NODE_ADD:
    case CA_NODE_MUL:
        return true;
    case CA_NODE_COMPARE:
        return node->compare == CA_EQ || node->compare == CA_NE;
    case CA_NODE_CALL:
        return node->function == CA_FN_LEAST || node->function == CA_FN_GREATEST;
    case CA_NODE_NOT:
    case CA_NODE_BETWEEN:
    case CA_NODE_IN:
    case CA_NODE_HAS:
    case CA_NODE_OVERLAPS:
    case CA_NODE_WITHIN:
    case CA_NODE_STARTS:
    case CA_NODE_MISSING:
    case CA_NODE_FOUND:
    case CA_NODE_HIT:
    case CA_NODE_TRUTH:
    case CA_NODE_NUMBER:
    case CA_NODE_STRING:
    case CA_NODE_DATE:
    case CA_NODE_COLUMN:
    case CA_NODE_SUB:
    case CA_NODE_DIV:
    case CA_NODE_NEGATE:
    case CA_NODE_AGGREGATE:
    case CA_NODE_LOOKUP:
    case CA_NODE_GIVEN:
    case CA_NODE_ROW:
        break;
    }
    return false;
}

static bool same_members(const ca_node *one, const ca_node *other)
{
    if (one->set != other->set || one->member_count != other->member_count)
        return false;
    for (size_t i = 0; i < one->member_count; i++) {
        const ca_member *a = &one->members[i];
        const ca_member *b = &other->members[i];
        if (a->system != b->system || a->range != b->range || a->choice != b->choice ||
            !ca_text_eq(a->low, b->low) || !ca_text_eq(a->high, b->high))
            return false;
    }
    return true;
}

/* All but the arguments. Numbers are compared as written in one file: 1 and 1.0 may differ. */
static bool same_node(const ca_node *one, const ca_node *other)
{
    return one->kind == other->kind && one->arg_count == other->arg_count && one->negated == other->negated &&
           one->compare == other->compare && one->function == other->function &&
           one->aggregate == other->aggregate && one->side == other_side(other->side) && one->given == other->given &&
           one->column == other->column && one->number.n == other->number.n && one->number.d == other->number.d &&
           one->date == other->date && one->system == other->system && one->choice == other->choice &&
           ca_text_eq(one->text, other->text) && one->table == other->table &&
           one->table_column == other->table_column && same_members(one, other);
}

/* Is `one` what `other` becomes when a and b change places? */
static bool mirrors(const ca_node *one, const ca_node *other)
{
    if (one == NULL || other == NULL)
        return one == other;
    if (!same_node(one, other) || !mirrors(one->where, other->where) || !mirrors(one->on, other->on))
        return false;
    return order_is_free(one) ? args_mirror_in_any_order(one, other) : args_mirror(one, other);
}

bool ca_is_symmetric(const ca_node *condition)
{
    return condition == NULL || mirrors(condition, condition);
}
