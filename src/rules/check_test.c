/* Checks the tests of a single value or list: has, starts with, is missing, is found. */
#include "rules/check_parts.h"

ca_node *ca_check_has(ca_kind_check *check, const ca_phrase *phrase)
{
    ca_node *left = ca_check_value_of(check, phrase->args[0], NULL);
    if (phrase->slip)
        ca_check_contains(check, phrase, left);
    if (phrase->slip)
        return NULL;
    if (left != NULL && (left->type.condition || left->type.type != CA_TYPE_CODES)) {
        ca_check_error(check, phrase->start,
                       "'has' needs a list of codes on its left; for one value write '='");
        return NULL;
    }
    ca_expr_type one = left == NULL ? ca_type_plain(CA_TYPE_CODE) : left->type;
    one.type = CA_TYPE_CODE;
    if (left == NULL && ca_check_is_text(check, phrase->args[1]))
        return NULL;
    ca_node *right = ca_check_value_of(check, phrase->args[1], &one);
    if (left == NULL || right == NULL)
        return NULL;
    if (!ca_type_same(&one, &right->type)) {
        ca_check_not_comparable(check, phrase, left, right);
        return NULL;
    }
    ca_node *node = ca_check_node(check, CA_NODE_HAS, phrase);
    if (node == NULL || !ca_check_args(check, node, 2))
        return NULL;
    node->args[0] = left;
    node->args[1] = right;
    return node;
}

static ca_node *starts_literal(ca_kind_check *check, const ca_phrase *phrase,
                               const ca_expr_type *type)
{
    const ca_parameter *parameter = ca_check_parameter(check, phrase);
    ca_text text = parameter == NULL ? phrase->name : parameter->value->text;
    if (text.len == 0) {
        ca_check_error(check, phrase->start,
                       "every text starts with the empty text; write 'is present'");
        return NULL;
    }
    ca_node *node = ca_check_node(check, CA_NODE_STRING, phrase);
    if (node == NULL)
        return NULL;
    node->type = *type;
    node->parameter = parameter == NULL ? NULL : parameter->name;
    if (type->type == CA_TYPE_CODE)
        return ca_check_code(check, phrase->start, text, type->family, true, &node->system,
                             &node->text)
                   ? node
                   : NULL;
    check->nomem |= ca_arena_text(check->arena, text, &node->text) != 0;
    return node;
}

ca_node *ca_check_starts(ca_kind_check *check, const ca_phrase *phrase)
{
    ca_node *left = ca_check_value_of(check, phrase->args[0], NULL);
    if (left == NULL)
        return NULL;
    ca_type type = left->type.type;
    if (left->type.condition ||
        (type != CA_TYPE_CODE && type != CA_TYPE_TEXT && type != CA_TYPE_ID)) {
        ca_check_error(check, phrase->start, "'starts with' is for codes, identifiers and texts");
        return NULL;
    }
    if (!ca_check_is_text(check, phrase->args[1])) {
        ca_check_error(check, phrase->args[1]->start, "'starts with' needs a text between quotes");
        return NULL;
    }
    ca_node *right = starts_literal(check, phrase->args[1], &left->type);
    ca_node *node = right == NULL ? NULL : ca_check_node(check, CA_NODE_STARTS, phrase);
    if (node == NULL || !ca_check_args(check, node, 2))
        return NULL;
    node->args[0] = left;
    node->args[1] = right;
    return node;
}

ca_node *ca_check_missing(ca_kind_check *check, const ca_phrase *phrase)
{
    ca_phrase_kind kind = phrase->args[0]->kind;
    if (kind == CA_PHRASE_NUMBER || kind == CA_PHRASE_STRING || kind == CA_PHRASE_DATE ||
        ca_check_parameter(check, phrase->args[0]) != NULL) {
        ca_check_error(check, phrase->start, "a fixed value is never missing");
        return NULL;
    }
    ca_node *arg = ca_check_value_of(check, phrase->args[0], NULL);
    if (arg == NULL)
        return NULL;
    if (arg->type.condition) {
        ca_check_error(check, phrase->start, "only values can be missing, not conditions");
        return NULL;
    }
    ca_node *node = ca_check_node(check, CA_NODE_MISSING, phrase);
    if (node == NULL || !ca_check_args(check, node, 1))
        return NULL;
    node->args[0] = arg;
    node->negated = phrase->negated;
    return node;
}

ca_node *ca_check_found(ca_kind_check *check, const ca_phrase *phrase)
{
    const ca_phrase *call = phrase->args[0];
    ca_reftable *table =
        call->kind == CA_PHRASE_CALL ? ca_refs_table(check->refs, call->name) : NULL;
    if (table == NULL && call->kind == CA_PHRASE_CALL && !ca_is_function(call->name)) {
        ca_check_call(check, call); /* says that there is no such table */
        return NULL;
    }
    if (table == NULL) {
        ca_check_error(
            check, phrase->start,
            "'is found' asks a table: TABLE(key) is found; for columns write 'is present'");
        return NULL;
    }
    ca_node *arg = ca_check_lookup(check, call, table, true);
    ca_node *node = arg == NULL ? NULL : ca_check_node(check, CA_NODE_FOUND, phrase);
    if (node == NULL || !ca_check_args(check, node, 1))
        return NULL;
    node->args[0] = arg;
    node->negated = phrase->negated;
    return node;
}
