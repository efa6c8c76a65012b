/* Values of the expression language: sums, products, literals, names, calls, and sets of codes. */
#include <string.h>

#include "rules/parser.h"
#include "rules/say.h"

static ca_phrase *number(ca_parser *parser)
{
    ca_phrase *node = ca_parser_node(parser, CA_PHRASE_NUMBER, parser->now.start);
    if (node == NULL)
        return NULL;
    ca_text text = parser->now.text;
    ca_parser_advance(parser);
    ca_parser_slip_number(parser, &text, node->start);
    if (!ca_parse_number(text, &node->number))
        return ca_parser_fail(parser, node->start, "the number has more than 18 digits");
    node->whole = memchr(text.ptr, '.', text.len) == NULL;
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
    node->slip = parser->now.slip;
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

bool ca_parser_comma(ca_parser *parser)
{
    if (ca_parser_at(parser, ";"))
        ca_parser_slip(parser, parser->now.start, "write ',' instead of ';'");
    return ca_parser_take(parser, ",") || ca_parser_take(parser, ";");
}

ca_phrase *ca_parser_arguments(ca_parser *parser, ca_phrase *node)
{
    bool in_list = parser->in_list;
    if (ca_parser_at(parser, ")") || ca_parser_at(parser, "where") || ca_parser_at(parser, "on"))
        return node;
    if (ca_parser_at(parser, "*"))
        return ca_parser_fail(parser, parser->now.start, "write a column instead of '*'");
    parser->in_list = true;
    do {
        if (!ca_parser_add(parser, node, ca_parser_expression(parser)))
            return NULL;
    } while (ca_parser_comma(parser));
    parser->in_list = in_list;
    return parser->failed ? NULL : node;
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
    ca_parser_slip_call(parser, node);
    if (ca_parser_arguments(parser, node) == NULL)
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
    bool in_list = parser->in_list;
    ca_parser_advance(parser);
    parser->in_list = false;
    ca_phrase *node = ca_parser_expression(parser);
    parser->in_list = in_list;
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
    ca_phrase *slip = ca_parser_slip_value(parser);
    if (slip != NULL || parser->failed)
        return slip;
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
