/* Checks values: literals, names and exact arithmetic. */
#include "rules/check_parts.h"
#include "rules/say.h"

/* Type of a sum, difference, product or quotient of two numbers. */
static ca_type result_type(ca_node_kind kind, ca_type left, ca_type right)
{
    bool money = left == CA_TYPE_MONEY || right == CA_TYPE_MONEY;
    if (kind == CA_NODE_DIV)
        return left == CA_TYPE_MONEY && right != CA_TYPE_MONEY ? CA_TYPE_MONEY : CA_TYPE_DECIMAL;
    if (kind == CA_NODE_MUL && left == CA_TYPE_MONEY && right == CA_TYPE_MONEY)
        return CA_TYPE_DECIMAL;
    if (money)
        return CA_TYPE_MONEY;
    return left == CA_TYPE_INT && right == CA_TYPE_INT ? CA_TYPE_INT : CA_TYPE_DECIMAL;
}

static void no_arithmetic(ca_kind_check *check, const ca_phrase *phrase, const ca_node *left,
                          const ca_node *right)
{
    char description[CA_DESCRIPTION_SIZE];
    bool left_date = ca_type_is_date(&left->type);
    if (left_date && ca_type_is_date(&right->type))
        ca_check_error(check, phrase->start, "days between two dates are days_between(from, to)");
    else if (left_date || ca_type_is_date(&right->type))
        ca_check_error(check, phrase->start, "days are added to a date with add_days(date, n)");
    else
        ca_check_error(check, phrase->start, "%s is no number to calculate with",
                       ca_type_describe(ca_type_is_number(&left->type) ? &right->type : &left->type,
                                        description));
}

static ca_node *arithmetic(ca_kind_check *check, const ca_phrase *phrase, ca_node_kind kind)
{
    const ca_expr_type number = ca_type_plain(CA_TYPE_DECIMAL);
    ca_node *left = ca_check_value_of(check, phrase->args[0], &number);
    ca_node *right = ca_check_value_of(check, phrase->args[1], &number);
    if (left == NULL || right == NULL)
        return NULL;
    if (!ca_type_is_number(&left->type) || !ca_type_is_number(&right->type)) {
        no_arithmetic(check, phrase, left, right);
        return NULL;
    }
    if (kind == CA_NODE_DIV && right->kind == CA_NODE_NUMBER && right->number.n == 0) {
        ca_check_error(check, right->start, "a division by zero is always missing");
        return NULL;
    }
    ca_node *node = ca_check_node(check, kind, phrase);
    if (node == NULL || !ca_check_args(check, node, 2))
        return NULL;
    node->type = ca_type_plain(result_type(kind, left->type.type, right->type.type));
    node->args[0] = left;
    node->args[1] = right;
    return node;
}

static ca_node *negative(ca_kind_check *check, const ca_phrase *phrase)
{
    const ca_expr_type number = ca_type_plain(CA_TYPE_DECIMAL);
    ca_node *arg = ca_check_value_of(check, phrase->args[0], &number);
    char description[CA_DESCRIPTION_SIZE];
    if (arg == NULL)
        return NULL;
    if (!ca_type_is_number(&arg->type)) {
        ca_check_error(check, phrase->start, "%s is no number to calculate with",
                       ca_type_describe(&arg->type, description));
        return NULL;
    }
    if (arg->kind == CA_NODE_NUMBER && arg->parameter == NULL) { /* -5 is a number */
        arg->number.n = -arg->number.n;
        arg->start = phrase->start;
        return arg;
    }
    ca_node *node = ca_check_node(check, CA_NODE_NEGATE, phrase);
    if (node == NULL || !ca_check_args(check, node, 1))
        return NULL;
    node->type = arg->type;
    node->args[0] = arg;
    return node;
}

static ca_node *number(ca_kind_check *check, const ca_phrase *phrase)
{
    ca_node *node = ca_check_node(check, CA_NODE_NUMBER, phrase);
    if (node == NULL)
        return NULL;
    node->type = ca_type_plain(phrase->number.d == 1 ? CA_TYPE_INT : CA_TYPE_DECIMAL);
    node->number = phrase->number;
    return node;
}

static ca_node *date(ca_kind_check *check, const ca_phrase *phrase)
{
    ca_node *node = ca_check_node(check, CA_NODE_DATE, phrase);
    if (node == NULL)
        return NULL;
    node->type = ca_type_plain(CA_TYPE_DATE);
    node->date = phrase->date;
    return node;
}

ca_node *ca_check_value_of(ca_kind_check *check, const ca_phrase *phrase, const ca_expr_type *want)
{
    switch (phrase->kind) {
    case CA_PHRASE_NUMBER:
        return number(check, phrase);
    case CA_PHRASE_STRING:
        return ca_check_literal(check, phrase, phrase->name, want);
    case CA_PHRASE_DATE:
        return date(check, phrase);
    case CA_PHRASE_NAME:
        return ca_check_name(check, phrase, want);
    case CA_PHRASE_ADD:
        return arithmetic(check, phrase, CA_NODE_ADD);
    case CA_PHRASE_SUB:
        return arithmetic(check, phrase, CA_NODE_SUB);
    case CA_PHRASE_MUL:
        return arithmetic(check, phrase, CA_NODE_MUL);
    case CA_PHRASE_DIV:
        return arithmetic(check, phrase, CA_NODE_DIV);
    case CA_PHRASE_NEGATE:
        return negative(check, phrase);
    case CA_PHRASE_CALL:
        return ca_check_call(check, phrase);
    case CA_PHRASE_SLIP:
        return ca_check_slip(check, phrase);
    case CA_PHRASE_OR:
    case CA_PHRASE_AND:
    case CA_PHRASE_NOT:
    case CA_PHRASE_COMPARE:
    case CA_PHRASE_BETWEEN:
    case CA_PHRASE_IN:
    case CA_PHRASE_HAS:
    case CA_PHRASE_OVERLAPS:
    case CA_PHRASE_WITHIN:
    case CA_PHRASE_STARTS:
    case CA_PHRASE_MISSING:
    case CA_PHRASE_FOUND:
        break;
    }
    ca_check_error(check, phrase->start, "a value is expected here, but this is a condition");
    return NULL;
}
