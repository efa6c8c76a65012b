/* Values of the expression language: sums, products, literals, names, calls, and sets of codes. */
#include <string.h>

#include "rules/parser.h"
#include "rules/say.h"

static ca_phrase *number(ca_parser *parser)
{
    ca_phrase *node = ca_parser_node(parser, CA_PHRASE_NUMBER, parser->now.start);
    if (node == NULL)
        return NULL;
    if (!ca_parse_number(parser->now.text, &node->number))
        return ca_parser_fail(parser, parser->now.start, "the number has more than 18 digits");
    node->whole = memchr(parser->now.text.ptr, '.', parser->now.text.len) == NULL;
    ca_parser_advance(parser);
    return ca_parser_close(parser, node);
}

static ca_phrase *date(ca_parser *parser)
{
    ca_phrase *node = ca_parser_node(parser, CA_PHRASE_DATE, parser->now.start);
    if (node == NULL)
        return NULL;
    if (!ca_date_parse_iso(parser->now.text, &node->date))
        return ca_parser_fail(parser, parser->now.start, "there is no day %.*s",
                              ca_say_len(parser->now.text), parser->now.text.ptr);
    ca_parser_advance(parser);
    return ca_parser_close(parser, node);
}

static ca_phrase *string(ca_parser *parser)
{
    ca_phrase *node = ca_parser_node(parser, CA_PHRASE_STRING, parser->now.start);
    if (node == NULL)
        return NULL;
    node->name = parser->now.text;
    node->name_at = parser->now.start;
    ca_parser_advance(parser);
    return ca_parser_close(parser, node);
}

/* Any word may follow a point: x.set is a column that a profile may have. */
static bool name_part(ca_parser *parser, const char *what)
{
    if (parser->now.kind == CA_TOKEN_WORD || parser->now.kind == CA_TOKEN_KEYWORD)
        return true;
    ca_parser_expected(parser, what);
    return false;
}

static ca_phrase *name(ca_parser *parser)
{
    ca_phrase *node = ca_parser_node(parser, CA_PHRASE_NAME, parser->now.start);
    if (node == NULL)
        return NULL;
    node->name_at = parser->now.start;
    node->name = parser->now.text;
    ca_parser_advance(parser);
    while (ca_parser_take(parser, ".")) {
        if (!name_part(parser, "a column after the point"))
            return NULL;
        if (parser->now.end - node->start != node->name.len + 1 + parser->now.text.len)
            return ca_parser_fail(parser, node->start, "no spaces around the point of a name");
        node->name.len += 1 + parser->now.text.len;
        ca_parser_advance(parser);
    }
    return ca_parser_close(parser, node);
}

static bool arguments(ca_parser *parser, ca_phrase *node)
{
    if (ca_parser_at(parser, ")") || ca_parser_at(parser, "where") || ca_parser_at(parser, "on"))
        return true;
    if (ca_parser_at(parser, "*")) {
        ca_parser_fail(parser, parser->now.start,
                       "there is no '*': %.*s() takes all lines by itself", ca_say_len(node->name),
                       node->name.ptr);
        return false;
    }
    do {
        if (!ca_parser_add(parser, node, ca_parser_expression(parser)))
            return false;
    } while (ca_parser_take(parser, ","));
    return true;
}

static ca_phrase *call(ca_parser *parser)
{
    ca_phrase *node = ca_parser_node(parser, CA_PHRASE_CALL, parser->now.start);
    if (node == NULL)
        return NULL;
    node->name = parser->now.text;
    node->name_at = parser->now.start;
    ca_parser_advance(parser);
    ca_parser_advance(parser);
    if (!arguments(parser, node))
        return NULL;
    if (ca_parser_take(parser, "where"))
        node->where = ca_parser_expression(parser);
    if (ca_parser_take(parser, "on"))
        node->on = ca_parser_sum(parser);
    if (parser->failed || !ca_parser_need(parser, ")"))
        return NULL;
    if (ca_parser_take(parser, ".")) {
        if (!name_part(parser, "a column of the table after the point"))
            return NULL;
        node->suffix = parser->now.text;
        node->suffix_at = parser->now.start;
        ca_parser_advance(parser);
    }
    return ca_parser_close(parser, node);
}

static ca_phrase *parenthesised(ca_parser *parser)
{
    ca_parser_advance(parser);
    ca_phrase *node = ca_parser_expression(parser);
    if (node == NULL || !ca_parser_need(parser, ")"))
        return NULL;
    node->parenthesised = true;
    return node;
}

static ca_phrase *factor(ca_parser *parser);

static ca_phrase *negative(ca_parser *parser)
{
    ca_phrase *node = ca_parser_node(parser, CA_PHRASE_NEGATE, parser->now.start);
    ca_parser_advance(parser);
    if (ca_parser_at(parser, "-"))
        return ca_parser_fail(parser, parser->now.start, "two signs cancel out: leave out both");
    ca_parser_add(parser, node, factor(parser));
    return ca_parser_close(parser, node);
}

static ca_phrase *factor(ca_parser *parser)
{
    if (parser->failed)
        return NULL;
    if (ca_parser_at(parser, "-"))
        return negative(parser);
    if (ca_parser_at(parser, "("))
        return parenthesised(parser);
    switch (parser->now.kind) {
    case CA_TOKEN_NUMBER:
        return number(parser);
    case CA_TOKEN_DATE:
        return date(parser);
    case CA_TOKEN_STRING:
        return string(parser);
    case CA_TOKEN_WORD:
        if (parser->next.kind == CA_TOKEN_SYMBOL && ca_text_is(parser->next.text, "("))
            return call(parser);
        return name(parser);
    case CA_TOKEN_END:
    case CA_TOKEN_KEYWORD:
    case CA_TOKEN_SYMBOL:
    case CA_TOKEN_BAD:
        break;
    }
    return ca_parser_expected(parser, "a value");
}

static ca_phrase *binary(ca_parser *parser, ca_phrase_kind kind, size_t start, ca_phrase *left,
                         ca_phrase *(*operand)(ca_parser *))
{
    ca_phrase *node = ca_parser_node(parser, kind, start);
    ca_parser_add(parser, node, left);
    ca_parser_add(parser, node, operand(parser));
    return ca_parser_close(parser, node);
}

static ca_phrase *term(ca_parser *parser)
{
    size_t start = parser->now.start;
    ca_phrase *left = factor(parser);
    while (left != NULL) {
        if (ca_parser_take(parser, "*"))
            left = binary(parser, CA_PHRASE_MUL, start, left, factor);
        else if (ca_parser_take(parser, "/"))
            left = binary(parser, CA_PHRASE_DIV, start, left, factor);
        else
            break;
    }
    return left;
}

ca_phrase *ca_parser_sum(ca_parser *parser)
{
    size_t start = parser->now.start;
    ca_phrase *left = term(parser);
    while (left != NULL) {
        if (ca_parser_take(parser, "+"))
            left = binary(parser, CA_PHRASE_ADD, start, left, term);
        else if (ca_parser_take(parser, "-"))
            left = binary(parser, CA_PHRASE_SUB, start, left, term);
        else
            break;
    }
    return left;
}

static bool range_end(ca_parser *parser, ca_text *ret_text, size_t *ret_at)
{
    if (parser->now.kind == CA_TOKEN_WORD || parser->now.kind == CA_TOKEN_NUMBER) {
        ca_parser_fail(parser, parser->now.start, "codes stand between quotes: '%.*s'",
                       ca_say_len(parser->now.text), parser->now.text.ptr);
        return false;
    }
    if (parser->now.kind != CA_TOKEN_STRING) {
        ca_parser_expected(parser, "a code between quotes");
        return false;
    }
    *ret_text = parser->now.text;
    *ret_at = parser->now.start;
    ca_parser_advance(parser);
    return true;
}

static bool add_member(ca_parser *parser, ca_phrase *node, const ca_phrase_member *member)
{
    size_t count = node->member_count;
    if (count == 0 || (count >= 4 && (count & (count - 1)) == 0)) {
        ca_phrase_member *members =
            ca_arena_array(parser->arena, count == 0 ? 4 : count * 2, sizeof(*members));
        if (members == NULL) {
            parser->nomem = true;
            parser->failed = true;
            return false;
        }
        if (count > 0)
            memcpy(members, node->members, count * sizeof(*members));
        node->members = members;
    }
    node->members[node->member_count++] = *member;
    return true;
}

static bool member_list(ca_parser *parser, ca_phrase *node)
{
    do {
        ca_phrase_member member = {0};
        if (!range_end(parser, &member.low, &member.low_at))
            return false;
        member.high = member.low;
        member.high_at = member.low_at;
        if (ca_parser_at(parser, "..")) {
            if (!node->codes) {
                ca_parser_fail(parser, parser->now.start, "a range is written codes('A'..'B')");
                return false;
            }
            ca_parser_advance(parser);
            member.range = true;
            if (!range_end(parser, &member.high, &member.high_at))
                return false;
        }
        if (!add_member(parser, node, &member))
            return false;
    } while (ca_parser_take(parser, ","));
    return ca_parser_need(parser, ")");
}

bool ca_parser_code_set(ca_parser *parser, ca_phrase *node)
{
    if (ca_parser_take(parser, "set")) {
        node->is_set = true;
        if (!name_part(parser, "the name of a code set"))
            return false;
        node->name = parser->now.text;
        node->name_at = parser->now.start;
        ca_parser_advance(parser);
        if (ca_parser_take(parser, "on"))
            node->on = ca_parser_sum(parser);
        return !parser->failed;
    }
    node->codes = ca_parser_take(parser, "codes");
    node->name_at = parser->now.start;
    if (ca_parser_take(parser, "("))
        return member_list(parser, node);
    if (node->codes)
        return ca_parser_need(parser, "(");
    ca_parser_expected(parser, "set NAME, codes('A'..'B') or ('A', 'B')");
    return false;
}
