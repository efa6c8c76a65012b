/* Whether a window that is still open may be judged: only when lines that come later can make its condition TRUE, and never
 * FALSE again. */
#include "rules/group_windows.h"
#include "rules/kind_keys.h"

bool ca_is_closed(const ca_groups *groups, ca_date last, uint32_t table_row)
{
    ca_date through = groups->input->horizon->through;
    return through == CA_DATE_MAX || (int64_t)last + ca_keys_number(groups->rule->keys.settle, table_row) <= through;
}

/* Amounts that no row which counts has below zero. */
static bool never_negative(unsigned column)
{
    return column == CA_F_MINUTES || column == CA_F_DAYS_SUPPLY || column == CA_F_SERVICE_MINUTE;
}

/* A part of `where` that keeps the column from being negative: paid > 0, units >= 1. */
static bool keeps_from_negative(const ca_node *part, unsigned column)
{
    if (part == NULL)
        return false;
    if (part->kind == CA_NODE_AND) {
        for (size_t i = 0; i < part->arg_count; i++) {
            if (keeps_from_negative(part->args[i], column))
                return true;
        }
        return false;
    }
    return part->kind == CA_NODE_COMPARE && (part->compare == CA_GT || part->compare == CA_GE) &&
           part->args[0]->kind == CA_NODE_COLUMN && part->args[0]->column == column &&
           part->args[1]->kind == CA_NODE_NUMBER && part->args[1]->number.n >= 0;
}

static bool not_negative(const ca_rule *rule, const ca_node *value)
{
    if (value->kind == CA_NODE_NUMBER)
        return value->number.n >= 0;
    if (value->kind == CA_NODE_COLUMN)
        return never_negative(value->column) || keeps_from_negative(rule->where, value->column);
    bool is = value->kind == CA_NODE_ADD || value->kind == CA_NODE_MUL;
    for (size_t i = 0; i < value->arg_count && is; i++)
        is = not_negative(rule, value->args[i]);
    return is;
}

/* Does the aggregate only rise (or, of min, only fall) as lines come? */
static bool only_rises(const ca_rule *rule, const ca_node *node)
{
    if (node->kind != CA_NODE_AGGREGATE)
        return false;
    return node->aggregate == CA_AGG_COUNT || node->aggregate == CA_AGG_MAX || node->aggregate == CA_AGG_DISTINCT ||
           (node->aggregate == CA_AGG_SUM && not_negative(rule, node->args[0]));
}

static bool only_falls(const ca_node *node)
{
    return node->kind == CA_NODE_AGGREGATE && node->aggregate == CA_AGG_MIN;
}

static bool compare_grows(const ca_rule *rule, const ca_node *leaf)
{
    const ca_node *left = leaf->args[0];
    const ca_node *right = leaf->args[1];
    bool more = leaf->compare == CA_GT || leaf->compare == CA_GE;
    bool less = leaf->compare == CA_LT || leaf->compare == CA_LE;
    if (!ca_has_aggregate(right) && !ca_reads_given(right, UINT32_MAX))
        return (more && only_rises(rule, left)) || (less && only_falls(left));
    if (!ca_has_aggregate(left) && !ca_reads_given(left, UINT32_MAX))
        return (less && only_rises(rule, right)) || (more && only_falls(right));
    return false;
}

static bool grows(const ca_rule *rule, const ca_node *node)
{
    if (node->kind == CA_NODE_COMPARE)
        return compare_grows(rule, node);
    if (node->kind == CA_NODE_TRUTH)
        return node->args[0]->kind == CA_NODE_AGGREGATE && node->args[0]->aggregate == CA_AGG_ANY;
    bool is = node->kind == CA_NODE_AND || node->kind == CA_NODE_OR;
    for (size_t i = 0; i < node->arg_count && is; i++)
        is = grows(rule, node->args[i]);
    return is;
}

bool ca_when_grows(const ca_rule *rule)
{
    return grows(rule, rule->when);
}
