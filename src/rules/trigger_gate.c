/* Chooses the codes that a condition waits for: the leaf of an `and` that lets the fewest codes through, a leaf of every
 * branch of an `or`. */
#include "rules/trigger_parts.h"

/* Codes that a prefix or a range may stand for: more than a list of single codes has. */
#define MANY_CODES 100u

static bool is_column(const ca_node *node, ca_type type)
{
    return node->kind == CA_NODE_COLUMN && node->type.type == type && !node->of_lines;
}

/* The dates of a dated set or table must be a column's, or one date for all. */
static bool date_of_use(const ca_node *on)
{
    return on == NULL || on->kind == CA_NODE_DATE || is_column(on, CA_TYPE_DATE);
}

static bool set_of_use(const ca_node *leaf)
{
    return ca_codeset_bound(leaf->set) && (!ca_codeset_dated(leaf->set) || date_of_use(leaf->on));
}

/* table(code) is found: codes without any row are turned away. */
static bool lookup_of_use(const ca_node *leaf, uint64_t *ret_codes)
{
    const ca_node *lookup = leaf->args[0];
    if (leaf->negated || lookup->arg_count != 1 || !is_column(lookup->args[0], CA_TYPE_CODE) ||
        !ca_reftable_bound(lookup->table) || (ca_reftable_dated(lookup->table) && !date_of_use(lookup->on)))
        return false;
    *ret_codes = ca_reftable_rows(lookup->table);
    return true;
}

static bool members_of_use(const ca_node *leaf, uint64_t *ret_codes)
{
    uint64_t codes = 0;
    if (leaf->negated || (leaf->set != NULL && !set_of_use(leaf)))
        return false;
    for (size_t i = 0; i < leaf->member_count; i++)
        codes += leaf->members[i].range ? MANY_CODES : 1;
    *ret_codes = leaf->set != NULL ? ca_codeset_rows(leaf->set) : codes;
    return true;
}

static bool leaf_of_use(const ca_node *leaf, uint64_t *ret_codes)
{
    *ret_codes = 1;
    switch (leaf->kind) {
    case CA_NODE_COMPARE:
        return leaf->compare == CA_EQ &&
               ((is_column(leaf->args[0], CA_TYPE_CODE) && leaf->args[1]->kind == CA_NODE_STRING) ||
                (is_column(leaf->args[1], CA_TYPE_CODE) && leaf->args[0]->kind == CA_NODE_STRING));
    case CA_NODE_IN:
        return is_column(leaf->args[0], CA_TYPE_CODE) && members_of_use(leaf, ret_codes);
    case CA_NODE_OVERLAPS:
        return is_column(leaf->args[0], CA_TYPE_CODES) && members_of_use(leaf, ret_codes);
    case CA_NODE_HAS:
        return is_column(leaf->args[0], CA_TYPE_CODES) && leaf->args[1]->kind == CA_NODE_STRING;
    case CA_NODE_STARTS:
        *ret_codes = MANY_CODES;
        return is_column(leaf->args[0], CA_TYPE_CODE) && leaf->args[1]->kind == CA_NODE_STRING;
    case CA_NODE_FOUND:
        return lookup_of_use(leaf, ret_codes);
    case CA_NODE_BETWEEN:
    case CA_NODE_WITHIN:
    case CA_NODE_MISSING:
    case CA_NODE_HIT:
    case CA_NODE_TRUTH:
    case CA_NODE_OR:
    case CA_NODE_AND:
    case CA_NODE_NOT:
    case CA_NODE_NUMBER:
    case CA_NODE_STRING:
    case CA_NODE_DATE:
    case CA_NODE_COLUMN:
    case CA_NODE_ADD:
    case CA_NODE_SUB:
    case CA_NODE_MUL:
    case CA_NODE_DIV:
    case CA_NODE_NEGATE:
    case CA_NODE_CALL:
    case CA_NODE_AGGREGATE:
    case CA_NODE_LOOKUP:
    case CA_NODE_GIVEN:
    case CA_NODE_ROW:
        break;
    }
    return false;
}

static bool choose_of_and(const ca_node *node, ca_gate_leaves *ret_leaves)
{
    bool found = false;
    for (size_t i = 0; i < node->arg_count; i++) {
        ca_gate_leaves other;
        if (ca_gate_choose(node->args[i], &other) && (!found || other.codes < ret_leaves->codes)) {
            *ret_leaves = other;
            found = true;
        }
    }
    return found;
}

static bool choose_of_or(const ca_node *node, ca_gate_leaves *ret_leaves)
{
    ca_gate_leaves all = {.count = 0};
    for (size_t i = 0; i < node->arg_count; i++) {
        ca_gate_leaves branch;
        if (!ca_gate_choose(node->args[i], &branch) || all.count + branch.count > CA_GATE_LEAVES_MAX)
            return false;
        for (size_t k = 0; k < branch.count; k++)
            all.leaves[all.count++] = branch.leaves[k];
        all.codes += branch.codes;
    }
    *ret_leaves = all;
    return all.count > 0;
}

bool ca_gate_choose(const ca_node *condition, ca_gate_leaves *ret_leaves)
{
    uint64_t codes;
    if (condition->kind == CA_NODE_AND)
        return choose_of_and(condition, ret_leaves);
    if (condition->kind == CA_NODE_OR)
        return choose_of_or(condition, ret_leaves);
    if (!leaf_of_use(condition, &codes))
        return false;
    ret_leaves->leaves[0] = condition;
    ret_leaves->count = 1;
    ret_leaves->codes = codes;
    return true;
}

const ca_node *ca_gate_column(const ca_node *leaf)
{
    if (leaf->kind == CA_NODE_FOUND)
        return leaf->args[0]->args[0];
    return leaf->args[0]->kind == CA_NODE_COLUMN ? leaf->args[0] : leaf->args[1];
}

bool ca_gate_date(const ca_node *leaf, unsigned *ret_column)
{
    bool found = leaf->kind == CA_NODE_FOUND;
    const ca_node *on = found ? leaf->args[0]->on : leaf->on;
    bool dated = found ? ca_reftable_dated(leaf->args[0]->table) : leaf->set != NULL && ca_codeset_dated(leaf->set);
    if (!dated || (on != NULL && on->kind == CA_NODE_DATE))
        return false;
    *ret_column = on != NULL ? on->column : CA_GATE_UNIT_DATE;
    return true;
}

static bool is_literal(const ca_codes *codes, const ca_node *literal, uint32_t code)
{
    return ca_codes_system_of(codes, code) == literal->system && ca_text_eq(ca_codes_text(codes, code), literal->text);
}

bool ca_gate_accepts(const ca_codes *codes, const ca_node *leaf, uint32_t code)
{
    if (leaf->kind == CA_NODE_COMPARE)
        return is_literal(codes, leaf->args[leaf->args[0]->kind == CA_NODE_COLUMN], code);
    if (leaf->kind == CA_NODE_HAS)
        return is_literal(codes, leaf->args[1], code);
    if (leaf->kind == CA_NODE_FOUND)
        return ca_reftable_knows(leaf->args[0]->table, codes, code);
    if (leaf->set == NULL)
        return ca_leaf_accepts(codes, leaf, code);
    const ca_codeset_index *index = ca_codeset_indexed(leaf->set);
    return code >= index->codes || index->first[code] < index->first[code + 1];
}
