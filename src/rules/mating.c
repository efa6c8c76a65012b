/* What a rule says of lines that it looks at together: how far apart they can be, on which side each can stand, and in what
 * an event and the line it lacks agree. */
#include "rules/absence.h"
#include "rules/group_claims.h"
#include "rules/group_mates.h"
#include "rules/group_parts.h"
#include "rules/kind_keys.h"
#include "rules/mating.h"

#define BLOCKS_MOST 7      /* of the days around an event */
#define SPAN_MOST   512    /* days around an event that are told one block after another */

/* --- Sides ------------------------------------------------------------------------------------------- */

/* Lines of one claim may disagree in all but what makes them one. */
static bool is_of_identity(const ca_node *node)
{
    if (node == NULL)
        return true;
    bool is = node->kind != CA_NODE_COLUMN || node->column == CA_F_CLAIM_TYPE;
    for (size_t i = 0; i < node->arg_count && is; i++)
        is = is_of_identity(node->args[i]);
    return is && is_of_identity(node->where) && is_of_identity(node->on);
}

bool ca_mating_decides(const ca_rule *rule, const ca_node *part, ca_side side)
{
    bool sure = !rule->keys.of_claims || (!ca_node_has_aggregate(part) && is_of_identity(part));
    return sure && ca_pairs_decides(part, side);
}

size_t ca_mating_parts(const ca_node *const *condition, const ca_node *const **ret_parts)
{
    bool many = *condition != NULL && (*condition)->kind == CA_NODE_AND;
    *ret_parts = many ? (const ca_node *const *)(*condition)->args : condition;
    return many ? (*condition)->arg_count : *condition != NULL;
}

static bool is_sided(const ca_rule *rule)
{
    const ca_node *when = rule->when;
    const ca_node *const *parts;
    size_t count = ca_mating_parts(&when, &parts);
    bool sided = false;
    for (size_t i = 0; i < count && !sided; i++)
        sided = ca_mating_decides(rule, parts[i], CA_SIDE_A) || ca_mating_decides(rule, parts[i], CA_SIDE_B);
    return sided;
}

/* --- Days apart -------------------------------------------------------------------------------------- */

#define APART_ANY INT64_MAX

static bool is_service_date(const ca_node *node, ca_side side)
{
    return node->kind == CA_NODE_COLUMN && node->column == CA_F_SERVICE_DATE && node->side == side;
}

/* The service dates of a and b, in either order. */
static bool are_dates(const ca_node *const *args)
{
    return (is_service_date(args[0], CA_SIDE_A) && is_service_date(args[1], CA_SIDE_B)) ||
           (is_service_date(args[0], CA_SIDE_B) && is_service_date(args[1], CA_SIDE_A));
}

static bool is_distance(const ca_node *node)
{
    return node->kind == CA_NODE_CALL && node->function == CA_FN_DAYS_BETWEEN && node->arg_count == 2 &&
           are_dates((const ca_node *const *)node->args);
}

/* Rounded away from nought; a number that is no sensible count of days bounds nothing. */
static int64_t size_of(const ca_node *number)
{
    ca_ratio ratio = number->number;
    for (int64_t days = 0; days < SPAN_MOST; days++) {
        if (ratio.n <= ratio.d * days && -ratio.n <= ratio.d * days)
            return days;
    }
    return APART_ANY;
}

static int64_t days_apart(const ca_node *node);

/* Of all parts the nearest, or of any part the farthest. */
static int64_t days_of_parts(const ca_node *node)
{
    bool any = node->kind == CA_NODE_OR;
    int64_t days = any ? 0 : APART_ANY;
    for (size_t i = 0; i < node->arg_count; i++) {
        int64_t one = days_apart(node->args[i]);
        days = any == (one > days) ? one : days;
    }
    return days;
}

/* How many days apart the two lines are at most where the condition is not FALSE. */
static int64_t days_apart(const ca_node *node)
{
    const ca_node *const *args = (const ca_node *const *)node->args;
    if (node->kind == CA_NODE_AND || node->kind == CA_NODE_OR)
        return days_of_parts(node);
    if (node->kind == CA_NODE_COMPARE)
        return node->compare == CA_EQ && are_dates(args) ? 0 : APART_ANY;
    if (node->kind != CA_NODE_BETWEEN || !is_distance(args[0]) || node->negated)
        return APART_ANY;
    if (args[1]->kind != CA_NODE_NUMBER || args[2]->kind != CA_NODE_NUMBER)
        return APART_ANY;
    return size_of(args[1]) > size_of(args[2]) ? size_of(args[1]) : size_of(args[2]);
}

/* --- Events ------------------------------------------------------------------------------------------- */

/* b.COLUMN = a.COLUMN, of identifiers or texts. */
static bool is_equality(const ca_node *node)
{
    if (node->kind != CA_NODE_COMPARE || node->compare != CA_EQ)
        return false;
    const ca_node *left = node->args[0];
    const ca_node *right = node->args[1];
    bool columns = left->kind == CA_NODE_COLUMN && right->kind == CA_NODE_COLUMN;
    bool texts = left->type.type == CA_TYPE_ID || left->type.type == CA_TYPE_TEXT;
    return columns && texts && left->type.type == right->type.type && left->side != right->side &&
           (left->side == CA_SIDE_A || right->side == CA_SIDE_A) && (left->side == CA_SIDE_B || right->side == CA_SIDE_B);
}

/* The first part that consists of equalities; *ret_rest: the others speak of b alone. */
static void take_equalities(const ca_node *without, ca_mating *mating, bool *ret_rest)
{
    const ca_node *const *parts;
    size_t count = ca_mating_parts(&without, &parts);
    *ret_rest = true;
    for (size_t i = 0; i < count; i++) {
        bool many = parts[i]->kind == CA_NODE_OR;
        const ca_node *const *leaves = many ? (const ca_node *const *)parts[i]->args : &parts[i];
        size_t leaf_count = many ? parts[i]->arg_count : 1;
        bool all = leaf_count <= CA_MATE_EQUAL_MAX && mating->equal_count == 0;
        for (size_t k = 0; k < leaf_count && all; k++)
            all = is_equality(leaves[k]);
        for (size_t k = 0; k < leaf_count && all; k++)
            mating->equal[mating->equal_count++] = leaves[k];
        *ret_rest &= all || ca_absence_is_of_b(parts[i]);
    }
}

static void mate_events(const ca_rule *rule, ca_mating *mating)
{
    mating->by = CA_MATES_EVENT;
    mating->before = ca_keys_number(rule->keys.look_before, CA_NO_TABLE_ROW);
    mating->after = ca_keys_number(rule->keys.look_after, CA_NO_TABLE_ROW);
    int64_t span = mating->before + mating->after;
    for (mating->shift = span > SPAN_MOST ? 31 : 0; span >> mating->shift > BLOCKS_MOST;)
        mating->shift++;
    bool rest = false;
    if (rule->keys.max_group == NULL)    /* a limit that the author wrote counts lines that are not equal, too */
        take_equalities(rule->keys.without, mating, &rest);
    mating->by_equality = mating->equal_count > 0 && rest && rule->keys.each == NULL;
    mating->asks = mating->equal_count ? mating->equal_count + 1 : 1;
    mating->asks = mating->by_equality ? 0 : mating->asks;
}

/* --- Together ------------------------------------------------------------------------------------------ */

/* A line between two others keeps them from being neighbours, whatever the rule says of it; and a limit that the author wrote
 * is one of all lines of a key. */
static void mate_pairs(const ca_rule *rule, ca_mating *mating)
{
    int64_t apart = rule->when != NULL && !rule->keys.of_claims ? days_apart(rule->when) : APART_ANY;
    mating->by = CA_MATES_ANY;
    mating->asks = 1;
    if (rule->keys.adjacent || ca_keys_number(rule->keys.max_group, CA_NO_TABLE_ROW) != CA_MAX_GROUP)
        return;
    mating->sided = is_sided(rule);
    if (rule->keys.interval_to != NULL) {
        mating->by = CA_MATES_OVERLAP;
        mating->asks = 0;
        mating->halves = rule->keys.touching_allowed;
    } else if (apart < SPAN_MOST && (rule->keys.order == NULL || is_service_date(rule->keys.order, CA_SIDE_UNIT))) {
        mating->by = CA_MATES_NEAR;    /* by the one day that is looked at */
        mating->after = apart;
        for (mating->shift = 0; apart > 0 && (INT64_C(1) << mating->shift) <= 2 * apart;)
            mating->shift++;
        mating->asks = apart > 0 ? 3 : 2;
    }
}

ca_mating ca_mating_of(const ca_rule *rule)
{
    const ca_rule_keys *keys = &rule->keys;
    ca_mating mating = {.by = CA_MATES_NONE};
    bool each_line = keys->each != NULL && rule->kind->each == CA_EACH_LINE;
    if (rule->has_effective || each_line || keys->same.count == 0)
        return mating;
    const ca_node *days[2];
    bool summed = false;
    for (size_t i = 0, count = ca_group_date_nodes(rule, days); i < count; i++)
        summed |= ca_node_has_aggregate(days[i]);
    if (keys->event != NULL)
        mate_events(rule, &mating);
    else if (rule->kind->pairs && !summed)
        mate_pairs(rule, &mating);
    mating.later = mating.by == CA_MATES_EVENT || (!mating.sided && mating.by != CA_MATES_OVERLAP);
    return mating;
}
