/* Checks calls: functions, and the way to aggregates and tables. To add a function: a row in
 * `functions` here, its value in ca_function (ast.h), and its meaning in the two evaluators. */
#include <string.h>

#include "rules/check_parts.h"
#include "rules/say.h"

#define ARGS_MAX 8

/* Arguments: d date, n number, i whole number, o numbers or dates of one type, s any single values
 * of one type, l list. The last letter repeats up to `max`. */
static const struct function {
    const char *name;
    ca_function function;
    const char *takes;
    size_t min, max;
    const char *usage;
} functions[] = {
    {"days_between", CA_FN_DAYS_BETWEEN, "dd", 2, 2, "days_between(from, to)"},
    {"add_days", CA_FN_ADD_DAYS, "di", 2, 2, "add_days(date, number)"},
    {"add_months", CA_FN_ADD_MONTHS, "di", 2, 2, "add_months(date, number)"},
    {"age_at", CA_FN_AGE_AT, "dd", 2, 2, "age_at(birth_date, date)"},
    {"age_days", CA_FN_AGE_DAYS, "dd", 2, 2, "age_days(birth_date, date)"},
    {"year", CA_FN_YEAR, "d", 1, 1, "year(date)"},
    {"month", CA_FN_MONTH, "d", 1, 1, "month(date)"},
    {"weekday", CA_FN_WEEKDAY, "d", 1, 1, "weekday(date)"},
    {"is_weekend", CA_FN_IS_WEEKEND, "d", 1, 1, "is_weekend(date)"},
    {"least", CA_FN_LEAST, "o", 2, ARGS_MAX, "least(one, other)"},
    {"greatest", CA_FN_GREATEST, "o", 2, ARGS_MAX, "greatest(one, other)"},
    {"abs", CA_FN_ABS, "n", 1, 1, "abs(number)"},
    {"round", CA_FN_ROUND, "ni", 2, 2, "round(number, decimals)"},
    {"coalesce", CA_FN_COALESCE, "s", 2, ARGS_MAX, "coalesce(value, otherwise)"},
    {"size", CA_FN_SIZE, "l", 1, 1, "size(list)"},
};

#define FUNCTIONS (sizeof(functions) / sizeof(functions[0]))

static const struct function *find(ca_text name)
{
    for (size_t i = 0; i < FUNCTIONS; i++)
        if (ca_text_is(name, functions[i].name))
            return &functions[i];
    return NULL;
}

bool ca_is_function(ca_text name)
{
    return find(name) != NULL;
}

const char *ca_function_name(ca_function function)
{
    for (size_t i = 0; i < FUNCTIONS; i++)
        if (functions[i].function == function)
            return functions[i].name;
    return "";
}

const char *ca_call_closest(ca_text name)
{
    const char *names[FUNCTIONS + CA_AGG_KINDS];
    size_t count = 0;
    for (; count < FUNCTIONS; count++)
        names[count] = functions[count].name;
    for (size_t i = 0; i < CA_AGG_KINDS; i++)
        names[count++] = ca_aggregate_name((ca_aggregate)i);
    return ca_text_closest(name, names, count);
}

/* --- Arguments ------------------------------------------------------------------------------- */

static const char *needed(char takes)
{
    switch (takes) {
    case 'd':
        return "a date";
    case 'n':
        return "a number";
    case 'i':
        return "a whole number";
    case 'o':
        return "numbers or dates";
    case 'l':
        return "a list of codes";
    default:
        return "a single value";
    }
}

static bool accepts(char takes, const ca_expr_type *type)
{
    if (type->condition)
        return false;
    switch (takes) {
    case 'd':
        return ca_type_is_date(type);
    case 'n':
        return ca_type_is_number(type);
    case 'i':
        return type->type == CA_TYPE_INT;
    case 'o':
        return ca_type_is_number(type) || ca_type_is_date(type);
    case 'l':
        return type->type == CA_TYPE_CODES;
    default:
        return type->type != CA_TYPE_CODES && type->type != CA_TYPE_INTERVALS;
    }
}

static ca_expr_type wanted(char takes, const ca_node *first)
{
    if (takes == 'd')
        return ca_type_plain(CA_TYPE_DATE);
    if ((takes == 's' || takes == 'o') && first != NULL)
        return first->type;
    return ca_type_plain(takes == 'i' ? CA_TYPE_INT : CA_TYPE_DECIMAL);
}

static bool argument(ca_kind_check *check, const struct function *function, const ca_phrase *phrase,
                     size_t i, ca_node *node)
{
    char description[CA_DESCRIPTION_SIZE];
    size_t last = strlen(function->takes) - 1;
    char takes = function->takes[i < last ? i : last];
    const ca_phrase *arg = phrase->args[i];
    const ca_node *first = i > 0 ? node->args[0] : NULL;
    if (i > 0 && first == NULL && ca_check_is_text(check, arg))
        return false;
    ca_expr_type want = wanted(takes, first);
    ca_node *value = ca_check_value_of(check, arg, takes == 's' && first == NULL ? NULL : &want);
    if (value == NULL)
        return false;
    if (!accepts(takes, &value->type)) {
        ca_check_error(check, arg->start, "%s needs %s here, but this is %s", function->usage,
                       needed(takes), ca_type_describe(&value->type, description));
        return false;
    }
    if ((takes == 'o' || takes == 's') && first != NULL &&
        !ca_type_same(&first->type, &value->type)) {
        ca_check_error(check, arg->start, "%s needs values of one type", function->usage);
        return false;
    }
    node->args[i] = value;
    return true;
}

/* --- Results --------------------------------------------------------------------------------- */

/* Numbers of several types: money if one is, whole if all are. */
static ca_expr_type common_type(const ca_node *node)
{
    ca_expr_type type = node->args[0]->type;
    for (size_t i = 1; i < node->arg_count && ca_type_is_number(&type); i++) {
        ca_type other = node->args[i]->type.type;
        if (other == CA_TYPE_MONEY || (other == CA_TYPE_DECIMAL && type.type == CA_TYPE_INT))
            type = ca_type_plain(other);
    }
    return type;
}

static bool round_digits(ca_kind_check *check, ca_node *node)
{
    const ca_node *digits = node->args[1];
    node->type = node->args[0]->type;
    if (digits->kind != CA_NODE_NUMBER || digits->number.n < 0 || digits->number.n > 4) {
        ca_check_error(check, digits->start,
                       "round(number, decimals) takes 0 to 4 decimals, as a plain number");
        return false;
    }
    if (node->type.type == CA_TYPE_DECIMAL && digits->number.n == 0)
        node->type = ca_type_plain(CA_TYPE_INT);
    return true;
}

static bool result(ca_kind_check *check, ca_node *node)
{
    switch (node->function) {
    case CA_FN_ADD_DAYS:
    case CA_FN_ADD_MONTHS:
        node->type = ca_type_plain(CA_TYPE_DATE);
        return true;
    case CA_FN_IS_WEEKEND:
        node->type.condition = true;
        return true;
    case CA_FN_ABS:
        node->type = node->args[0]->type;
        return true;
    case CA_FN_LEAST:
    case CA_FN_GREATEST:
    case CA_FN_COALESCE:
        node->type = common_type(node);
        return true;
    case CA_FN_ROUND:
        return round_digits(check, node);
    case CA_FN_DAYS_BETWEEN:
    case CA_FN_AGE_AT:
    case CA_FN_AGE_DAYS:
    case CA_FN_YEAR:
    case CA_FN_MONTH:
    case CA_FN_WEEKDAY:
    case CA_FN_SIZE:
    case CA_FN_COUNT:
        break;
    }
    return true; /* whole numbers, as nodes are born */
}

static ca_node *function_call(ca_kind_check *check, const ca_phrase *phrase,
                              const struct function *function)
{
    const ca_phrase *odd = phrase->where != NULL ? phrase->where : phrase->on;
    if (odd != NULL || phrase->suffix.len > 0) {
        ca_check_error(check, odd != NULL ? odd->start : phrase->suffix_at,
                       "%s takes no 'where', no 'on' and no column", function->usage);
        return NULL;
    }
    if (phrase->arg_count < function->min || phrase->arg_count > function->max) {
        ca_check_error(check, phrase->start, "%s takes %zu value%s, here are %zu", function->usage,
                       function->min,
                       function->min == 1              ? ""
                       : function->max > function->min ? "s or more"
                                                       : "s",
                       phrase->arg_count);
        return NULL;
    }
    ca_node *node = ca_check_node(check, CA_NODE_CALL, phrase);
    if (node == NULL || !ca_check_args(check, node, phrase->arg_count))
        return NULL;
    node->function = function->function;
    bool whole = true;
    for (size_t i = 0; i < phrase->arg_count; i++)
        whole = argument(check, function, phrase, i, node) && whole;
    return whole && result(check, node) ? node : NULL;
}

/* --- Calls ----------------------------------------------------------------------------------- */

static void unknown_call(ca_kind_check *check, const ca_phrase *phrase)
{
    ca_text name = phrase->name;
    const char *closest = ca_call_closest(name);
    if (ca_check_foreign_call(check, phrase))
        return;
    if (closest == NULL)
        closest = ca_refs_closest_table(check->refs, name);
    if (ca_refs_set(check->refs, name) != NULL)
        ca_check_error(check, phrase->start,
                       "'%.*s' is a code set, not a table; write 'in set %.*s'", ca_say_len(name),
                       name.ptr, ca_say_len(name), name.ptr);
    else if (closest != NULL)
        ca_check_error(check, phrase->start, "unknown function or table '%.*s'; did you mean '%s'?",
                       ca_say_len(name), name.ptr, closest);
    else
        ca_check_error(check, phrase->start, "unknown function or table '%.*s'", ca_say_len(name),
                       name.ptr);
}

ca_node *ca_check_call(ca_kind_check *check, const ca_phrase *phrase)
{
    ca_aggregate aggregate;
    const struct function *function = find(phrase->name);
    if (function != NULL)
        return function_call(check, phrase, function);
    if (ca_aggregate_find(phrase->name, &aggregate))
        return ca_check_aggregate(check, phrase, aggregate);
    ca_given given;
    ca_reftable *table = ca_refs_table(check->refs, phrase->name);
    if (table != NULL)
        return ca_check_lookup(check, phrase, table, false);
    if (ca_given_find(phrase->name, true, &given))
        return ca_check_given(check, phrase, given);
    unknown_call(check, phrase);
    return NULL;
}
