/* Checks aggregates over the lines of a unit: count, sum, min, max, distinct, any, all, top_share.
 */
#include <string.h>

#include "rules/check_parts.h"
#include "rules/kind.h"
#include "rules/say.h"

static const char *const names[CA_AGG_KINDS] = {
    [CA_AGG_COUNT] = "count",       [CA_AGG_SUM] = "sum",
    [CA_AGG_MIN] = "min",           [CA_AGG_MAX] = "max",
    [CA_AGG_DISTINCT] = "distinct", [CA_AGG_ANY] = "any",
    [CA_AGG_ALL] = "all",           [CA_AGG_TOP_SHARE] = "top_share",
};

const char *ca_aggregate_name(ca_aggregate aggregate)
{
    return names[aggregate];
}

bool ca_aggregate_find(ca_text name, ca_aggregate *ret_aggregate)
{
    for (size_t i = 0; i < CA_AGG_KINDS; i++) {
        if (ca_text_is(name, names[i])) {
            *ret_aggregate = (ca_aggregate)i;
            return true;
        }
    }
    return false;
}

static bool allowed(ca_kind_check *check, const ca_phrase *phrase)
{
    const char *name = check->rule->kind->name;
    if (check->in_aggregate)
        ca_check_error(check, phrase->start, "an aggregate cannot stand inside another");
    else if (!check->scope.aggregates)
        ca_check_error(check, phrase->start,
                       "%.*s(…) counts over several lines, which %s %s rule's expression here "
                       "does not see: %s",
                       ca_say_len(phrase->name), phrase->name.ptr, ca_say_article(name), name,
                       check->scope.instead);
    else if (phrase->on != NULL || phrase->suffix.len > 0)
        ca_check_error(check, phrase->start, "%.*s(…) takes no 'on' and no column",
                       ca_say_len(phrase->name), phrase->name.ptr);
    else
        return true;
    return false;
}

static bool arity(ca_kind_check *check, const ca_phrase *phrase, ca_aggregate aggregate)
{
    size_t want = aggregate == CA_AGG_COUNT ? 0 : 1;
    if (phrase->arg_count == want)
        return true;
    if (aggregate == CA_AGG_COUNT)
        ca_check_error(
            check, phrase->args[0]->start,
            "count() counts lines; write count(where …), or distinct(…) for different values");
    else
        ca_check_error(check, phrase->start, "%s(…) takes one value, here are %zu",
                       names[aggregate], phrase->arg_count);
    return false;
}

/* A value of the header stands on each line: added up, it counts once a line. */
static void warn_header(ca_kind_check *check, const ca_phrase *phrase, const ca_node *arg)
{
    if (arg->kind == CA_NODE_COLUMN && check->schema->columns[arg->column].level == CA_LEVEL_CLAIM)
        ca_say(&check->conf, CA_DIAG_WARNING, phrase->start,
               "%s is a value of the claim; sum(…) counts it once a line. Write it without sum",
               check->schema->columns[arg->column].name);
}

static bool value_fits(ca_kind_check *check, const ca_phrase *phrase, ca_node *node)
{
    char description[CA_DESCRIPTION_SIZE];
    const ca_node *arg = node->args[0];
    bool number = ca_type_is_number(&arg->type);
    bool single = !arg->type.condition && arg->type.type != CA_TYPE_CODES &&
                  arg->type.type != CA_TYPE_INTERVALS;
    if (node->aggregate == CA_AGG_SUM && number) {
        warn_header(check, phrase, arg);
        node->type = arg->type;
        return true;
    }
    if ((node->aggregate == CA_AGG_MIN || node->aggregate == CA_AGG_MAX) &&
        (number || ca_type_is_date(&arg->type))) {
        node->type = arg->type;
        return true;
    }
    if (node->aggregate == CA_AGG_DISTINCT && single)
        return true;
    if (node->aggregate == CA_AGG_TOP_SHARE && single) {
        node->type = ca_type_plain(CA_TYPE_DECIMAL);
        return true;
    }
    ca_check_error(check, phrase->args[0]->start, "%s(…) does not work on %s",
                   names[node->aggregate], ca_type_describe(&arg->type, description));
    return false;
}

static bool quantifier(ca_aggregate aggregate)
{
    return aggregate == CA_AGG_ANY || aggregate == CA_AGG_ALL;
}

static bool contents(ca_kind_check *check, const ca_phrase *phrase, ca_node *node)
{
    bool whole = true;
    if (node->arg_count > 0) {
        node->args[0] = quantifier(node->aggregate)
                            ? ca_check_condition_of(check, phrase->args[0])
                            : ca_check_value_of(check, phrase->args[0], NULL);
        whole = node->args[0] != NULL;
    }
    if (phrase->where != NULL) {
        node->where = ca_check_condition_of(check, phrase->where);
        whole = whole && node->where != NULL;
    }
    if (!whole || node->aggregate == CA_AGG_COUNT)
        return whole;
    if (quantifier(node->aggregate)) {
        node->type.condition = true;
        return true;
    }
    return value_fits(check, phrase, node);
}

/* Where a and b are claims, a column inside tells whose lines are meant. */
static bool whose(ca_kind_check *check, const ca_phrase *phrase, ca_node *node)
{
    if (check->aggregate_side != CA_SIDES) {
        node->side = check->aggregate_side;
        return true;
    }
    if (!check->scope.keys_only || check->scope.sides == 0)
        return true;
    ca_check_error(check, phrase->start, "say whose lines: %s(where a.line_no is present)", names[node->aggregate]);
    return false;
}

ca_node *ca_check_aggregate(ca_kind_check *check, const ca_phrase *phrase, ca_aggregate aggregate)
{
    if (!allowed(check, phrase) || !arity(check, phrase, aggregate))
        return NULL;
    ca_node *node = ca_check_node(check, CA_NODE_AGGREGATE, phrase);
    if (node == NULL || (phrase->arg_count > 0 && !ca_check_args(check, node, phrase->arg_count)))
        return NULL;
    node->aggregate = aggregate;
    check->in_aggregate = true;
    check->aggregate_side = CA_SIDES;
    bool good = contents(check, phrase, node);
    check->in_aggregate = false;
    return good && whose(check, phrase, node) ? node : NULL;
}
