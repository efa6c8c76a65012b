/* Checks conditions, comparisons and arithmetic. Every operand is checked even when another is
 * wrong, so that one run shows all mistakes; a wrong part is NULL and says nothing more. */
#include "rules/check.h"

#include <stdarg.h>
#include <string.h>

#include "rules/check_parts.h"
#include "rules/kind.h"
#include "rules/rulefile.h"
#include "rules/say.h"

void ca_check_error(ca_kind_check *check, size_t at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    ca_say_args(&check->conf, CA_DIAG_ERROR, at, format, args);
    va_end(args);
}

ca_node *ca_check_node(ca_kind_check *check, ca_node_kind kind, const ca_phrase *phrase)
{
    ca_node *node = ca_arena_alloc(check->arena, sizeof(*node));
    if (node == NULL) {
        check->nomem = true;
        return NULL;
    }
    node->kind = kind;
    node->start = phrase->start;
    node->end = phrase->end;
    node->leaf = -1;
    node->table_column = SIZE_MAX;
    node->type = ca_type_plain(CA_TYPE_INT);
    node->type.condition = kind <= CA_NODE_TRUTH;
    return node;
}

bool ca_check_args(ca_kind_check *check, ca_node *node, size_t count)
{
    node->args = ca_arena_array(check->arena, count, sizeof(ca_node *));
    node->arg_count = count;
    if (node->args == NULL)
        check->nomem = true;
    return node->args != NULL;
}

/* --- Comparisons ----------------------------------------------------------------------------- */

/* Both sides, of which one may be a text that takes its type from the other. */
static bool both_sides(ca_kind_check *check, const ca_phrase *phrase, ca_node **ret_left,
                       ca_node **ret_right)
{
    const ca_phrase *left = phrase->args[0];
    const ca_phrase *right = phrase->args[1];
    if (ca_check_is_text(check, left) && ca_check_is_text(check, right)) {
        ca_check_error(check, left->start, "two texts are compared; one side must be a column");
        return false;
    }
    bool turned = ca_check_is_text(check, left);
    ca_node *first = ca_check_value_of(check, turned ? right : left, NULL);
    const ca_phrase *other = turned ? left : right;
    ca_node *second = NULL;
    if (first != NULL || !ca_check_is_text(check, other))
        second = ca_check_value_of(check, other, first == NULL ? NULL : &first->type);
    *ret_left = turned ? second : first;
    *ret_right = turned ? first : second;
    return first != NULL && second != NULL;
}

void ca_check_not_comparable(ca_kind_check *check, const ca_phrase *phrase, const ca_node *left,
                             const ca_node *right)
{
    char one[CA_DESCRIPTION_SIZE];
    char other[CA_DESCRIPTION_SIZE];
    if (right->kind == CA_NODE_NUMBER && right->parameter == NULL &&
        (ca_type_is_code(&left->type) || left->type.type == CA_TYPE_ID ||
         left->type.type == CA_TYPE_TEXT))
        ca_check_error(
            check, right->start, "codes, identifiers and texts stand between quotes: '%.*s'",
            (int)(right->end - right->start), check->conf.file->source.ptr + right->start);
    else
        ca_check_error(check, phrase->start, "%s cannot be compared with %s",
                       ca_type_describe(&left->type, one), ca_type_describe(&right->type, other));
}

/* Lists have tests of their own. */
static bool refuse_list(ca_kind_check *check, const ca_node *node)
{
    if (node->type.condition)
        return false;
    if (node->type.type == CA_TYPE_CODES)
        ca_check_error(check, node->start,
                       "this is a list of codes; write 'has', 'overlaps' or 'within'");
    else if (node->type.type == CA_TYPE_INTERVALS)
        ca_check_error(check, node->start,
                       "this is a list of intervals; it knows only 'is missing' and 'is present'");
    else
        return false;
    return true;
}

static bool has_order(const ca_expr_type *type)
{
    return ca_type_is_number(type) || ca_type_is_date(type);
}

static ca_node *compare(ca_kind_check *check, const ca_phrase *phrase)
{
    ca_node *left = NULL;
    ca_node *right = NULL;
    if (!both_sides(check, phrase, &left, &right) || refuse_list(check, left) ||
        refuse_list(check, right))
        return NULL;
    if (!ca_type_same(&left->type, &right->type)) {
        ca_check_not_comparable(check, phrase, left, right);
        return NULL;
    }
    char description[CA_DESCRIPTION_SIZE];
    if (phrase->compare != CA_EQ && phrase->compare != CA_NE && !has_order(&left->type)) {
        ca_check_error(check, phrase->start, "%s has no order; write =, != or in codes('A'..'B')",
                       ca_type_describe(&left->type, description));
        return NULL;
    }
    ca_node *node = ca_check_node(check, CA_NODE_COMPARE, phrase);
    if (node == NULL || !ca_check_args(check, node, 2))
        return NULL;
    node->compare = phrase->compare;
    node->args[0] = left;
    node->args[1] = right;
    return node;
}

static ca_node *between(ca_kind_check *check, const ca_phrase *phrase)
{
    ca_node *args[3] = {NULL, NULL, NULL};
    args[0] = ca_check_value_of(check, phrase->args[0], NULL);
    if (args[0] != NULL && !has_order(&args[0]->type)) {
        ca_check_error(check, phrase->start,
                       "'between' is for numbers and dates; for codes write in codes('A'..'B')");
        return NULL;
    }
    for (size_t i = 1; i < 3; i++)
        if (args[0] != NULL || !ca_check_is_text(check, phrase->args[i]))
            args[i] =
                ca_check_value_of(check, phrase->args[i], args[0] == NULL ? NULL : &args[0]->type);
    if (args[0] == NULL || args[1] == NULL || args[2] == NULL)
        return NULL;
    for (size_t i = 1; i < 3; i++) {
        if (!ca_type_same(&args[0]->type, &args[i]->type)) {
            ca_check_not_comparable(check, phrase, args[0], args[i]);
            return NULL;
        }
    }
    ca_node *node = ca_check_node(check, CA_NODE_BETWEEN, phrase);
    if (node == NULL || !ca_check_args(check, node, 3))
        return NULL;
    memcpy(node->args, args, sizeof(args));
    return node;
}

/* --- and, or, not ---------------------------------------------------------------------------- */

static ca_node *connective(ca_kind_check *check, const ca_phrase *phrase, ca_node_kind kind)
{
    ca_node *node = ca_check_node(check, kind, phrase);
    if (node == NULL || !ca_check_args(check, node, phrase->arg_count))
        return NULL;
    bool whole = true;
    for (size_t i = 0; i < phrase->arg_count; i++) {
        node->args[i] = ca_check_condition_of(check, phrase->args[i]);
        whole = whole && node->args[i] != NULL;
    }
    return whole ? node : NULL;
}

ca_node *ca_check_hit(ca_kind_check *check, const ca_phrase *phrase)
{
    const ca_phrase *arg = phrase->arg_count == 1 ? phrase->args[0] : NULL;
    if (!check->scope.hits) {
        ca_check_error(check, phrase->start, "hit('RULE') is for features; a rule does not know what others find");
        return NULL;
    }
    if (arg == NULL || arg->kind != CA_PHRASE_STRING || phrase->where || phrase->on || phrase->suffix.len > 0) {
        ca_check_error(check, phrase->start, "hit('RULE') takes the id of one rule between quotes");
        return NULL;
    }
    if (!ca_rule_id_valid(arg->name)) {
        ca_check_error(check, arg->start, "'%.*s' is no rule id; it has 2 to 8 capital letters, '-' and four digits: US-0101",
                       ca_say_len(arg->name), arg->name.ptr);
        return NULL;
    }
    ca_node *node = ca_check_node(check, CA_NODE_HIT, phrase);
    if (node != NULL && ca_arena_text(check->arena, arg->name, &node->text) != 0) {
        check->nomem = true;
        return NULL;
    }
    return node;
}

/* A call may be a condition: is_weekend(d), any(p). */
static ca_node *truth(ca_kind_check *check, const ca_phrase *phrase)
{
    char description[CA_DESCRIPTION_SIZE];
    ca_node *value = ca_check_value_of(check, phrase, NULL);
    if (value == NULL)
        return NULL;
    if (!value->type.condition) {
        ca_check_error(check, phrase->start,
                       "a condition is expected here, but this is %s; compare it with something",
                       ca_type_describe(&value->type, description));
        return NULL;
    }
    ca_node *node = ca_check_node(check, CA_NODE_TRUTH, phrase);
    if (node == NULL || !ca_check_args(check, node, 1))
        return NULL;
    node->args[0] = value;
    return node;
}

ca_node *ca_check_condition_of(ca_kind_check *check, const ca_phrase *phrase)
{
    switch (phrase->kind) {
    case CA_PHRASE_OR:
        return connective(check, phrase, CA_NODE_OR);
    case CA_PHRASE_AND:
        return connective(check, phrase, CA_NODE_AND);
    case CA_PHRASE_NOT:
        return connective(check, phrase, CA_NODE_NOT);
    case CA_PHRASE_COMPARE:
        return compare(check, phrase);
    case CA_PHRASE_BETWEEN:
        return between(check, phrase);
    case CA_PHRASE_IN:
    case CA_PHRASE_OVERLAPS:
    case CA_PHRASE_WITHIN:
        return ca_check_member(check, phrase);
    case CA_PHRASE_HAS:
        return ca_check_has(check, phrase);
    case CA_PHRASE_STARTS:
        return ca_check_starts(check, phrase);
    case CA_PHRASE_MISSING:
        return ca_check_missing(check, phrase);
    case CA_PHRASE_FOUND:
        return ca_check_found(check, phrase);
    case CA_PHRASE_SLIP:
        return ca_check_slip(check, phrase);
    case CA_PHRASE_STRING:
        ca_check_error(check, phrase->start, "a condition is expected here, but this is a text");
        return NULL;
    case CA_PHRASE_CALL:
        if (ca_text_is(phrase->name, "hit"))
            return ca_check_hit(check, phrase);
        break;
    case CA_PHRASE_NUMBER:
    case CA_PHRASE_DATE:
    case CA_PHRASE_NAME:
    case CA_PHRASE_ADD:
    case CA_PHRASE_SUB:
    case CA_PHRASE_MUL:
    case CA_PHRASE_DIV:
    case CA_PHRASE_NEGATE:
        break;
    }
    return truth(check, phrase);
}

/* --- Whole scalars --------------------------------------------------------------------------- */

ca_scope ca_scope_where(const ca_rule *rule)
{
    return (ca_scope){.of_lines = rule->kind->gathering == CA_GATHER_CLAIM,
                      .instead = "'where' looks at one line at a time; put it into 'when'"};
}

ca_scope ca_scope_when(const ca_rule *rule)
{
    ca_scope scope = rule->kind->scope;
    scope.claim |= rule->keys.of_claims;
    scope.aggregates |= rule->keys.of_claims;
    scope.table_row = rule->keys.each != NULL;
    return scope;
}

static ca_phrase *parsed(ca_kind_check *check, const ca_yaml *node)
{
    ca_phrase *phrase = NULL;
    if (node != NULL && ca_parse(&check->conf, node, check->scratch, &phrase, NULL) != 0)
        check->nomem = true;
    return phrase;
}

static void begin(ca_kind_check *check, ca_scope scope)
{
    check->scope = scope;
    check->in_aggregate = false;
}

ca_node *ca_check_condition(ca_kind_check *check, const ca_yaml *node, ca_scope scope)
{
    const ca_phrase *phrase = parsed(check, node);
    begin(check, scope);
    return phrase == NULL ? NULL : ca_check_condition_of(check, phrase);
}

ca_node *ca_check_value(ca_kind_check *check, const ca_yaml *node, ca_scope scope)
{
    const ca_phrase *phrase = parsed(check, node);
    begin(check, scope);
    return phrase == NULL ? NULL : ca_check_value_of(check, phrase, NULL);
}

ca_node *ca_check_value_span(ca_kind_check *check, const ca_yaml *node, size_t from, size_t to, ca_scope scope)
{
    ca_phrase *phrase = NULL;
    if (ca_parse_span(&check->conf, from, to, node->style, check->scratch, &phrase, NULL) != 0)
        check->nomem = true;
    begin(check, scope);
    return phrase == NULL ? NULL : ca_check_value_of(check, phrase, NULL);
}
