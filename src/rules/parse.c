/* Conditions of the expression language, by recursive descent: or, and, not, and the tests on
 * values. */
#include "rules/parser.h"
#include "rules/say.h"
#include "rules/slips.h"

static bool is_value(const ca_phrase *node)
{
    return node->kind >= CA_PHRASE_NUMBER && node->kind != CA_PHRASE_SLIP;
}

static const struct {
    const char *sign;
    ca_compare compare;
} comparisons[] = {{"=", CA_EQ},  {"!=", CA_NE}, {"<", CA_LT},
                   {"<=", CA_LE}, {">", CA_GT},  {">=", CA_GE}};

bool ca_parser_at_comparison(const ca_parser *parser, ca_compare *ret_compare)
{
    for (size_t i = 0; i < sizeof(comparisons) / sizeof(comparisons[0]); i++) {
        if (ca_parser_at(parser, comparisons[i].sign)) {
            *ret_compare = comparisons[i].compare;
            return true;
        }
    }
    return false;
}

/* A node of `kind` with `left` as its first argument; takes its first word. */
static ca_phrase *test(ca_parser *parser, ca_phrase_kind kind, size_t start, ca_phrase *left)
{
    ca_parser_advance(parser);
    ca_phrase *node = ca_parser_node(parser, kind, start);
    ca_parser_add(parser, node, left);
    return node;
}

/* 1 < x < 5: the comparisons behind the first are parsed for their own mistakes. */
static ca_phrase *chain(ca_parser *parser, size_t start, ca_phrase *node)
{
    ca_compare again;
    ca_parser_slip(
        parser, parser->now.start,
        "comparisons cannot be chained; write 'x between 1 and 5' or join two with 'and'");
    ca_phrase *slip = ca_parser_node(parser, CA_PHRASE_SLIP, start);
    for (size_t i = 0; node != NULL && i < node->arg_count; i++)
        ca_parser_add(parser, slip, node->args[i]);
    while (!parser->failed && ca_parser_at_comparison(parser, &again)) {
        ca_parser_advance(parser);
        ca_parser_add(parser, slip, ca_parser_sum(parser));
    }
    return ca_parser_close(parser, slip);
}

static ca_phrase *comparison(ca_parser *parser, size_t start, ca_phrase *left, ca_compare compare)
{
    ca_phrase *node = test(parser, CA_PHRASE_COMPARE, start, left);
    ca_compare again;
    if (node == NULL)
        return NULL;
    ca_phrase *slip = ca_parser_slip_compare(parser, start, left, compare);
    if (slip != NULL || parser->failed)
        return slip;
    node->compare = compare;
    parser->sign = compare;
    ca_parser_add(parser, node, ca_parser_sum(parser));
    if (!parser->failed && ca_parser_at_comparison(parser, &again))
        return chain(parser, start, node);
    return ca_parser_close(parser, node);
}

/* Takes what stands for the `and` of between elsewhere: '..', ',', to, -. */
static bool other_and(ca_parser *parser, ca_phrase *node)
{
    ca_phrase *low = node->arg_count > 1 ? node->args[1] : NULL;
    if (parser->failed || low == NULL)
        return false;
    if (low->kind == CA_PHRASE_SUB && !low->parenthesised && !ca_parser_at(parser, "and")) {
        node->args[1] = low->args[0];
        ca_parser_add(parser, node, low->args[1]);
        return true;
    }
    if (ca_parser_at_word(parser, "to"))
        ca_parser_advance(parser);
    else if (!ca_parser_take(parser, "..") && !ca_parser_comma(parser))
        return false;
    ca_parser_add(parser, node, ca_parser_sum(parser));
    return !parser->failed;
}

/* between 1,5 and 2,5: no comma there stands for the `and`. */
static bool at_decimal_comma(const ca_parser *parser)
{
    const char *bytes = parser->conf->file->source.ptr;
    size_t at = parser->now.end;
    size_t end = parser->lexer.end;
    if (parser->failed || parser->now.kind != CA_TOKEN_NUMBER || at >= end || bytes[at] != ',')
        return false;
    size_t digits = ++at;
    while (at < end && bytes[at] >= '0' && bytes[at] <= '9')
        at++;
    bool some = at > digits;
    while (at < end && (bytes[at] == ' ' || bytes[at] == '\n' || bytes[at] == '\r'))
        at++;
    return some && end - at > 3 && ca_slip_same((ca_text){bytes + at, 3}, "and");
}

static ca_phrase *between(ca_parser *parser, size_t start, ca_phrase *left)
{
    size_t at = parser->now.start;
    bool in_list = parser->in_list;
    ca_phrase *node = test(parser, CA_PHRASE_BETWEEN, start, left);
    parser->in_list = !at_decimal_comma(parser);
    ca_parser_add(parser, node, ca_parser_sum(parser));
    if (node != NULL && other_and(parser, node)) {
        const ca_phrase *low = node->args[1];
        const ca_phrase *high = node->args[2];
        ca_parser_slip(parser, at, "write between %s and %s instead of %s",
                       ca_parser_said(parser, low->start, low->end).text,
                       ca_parser_said(parser, high->start, high->end).text,
                       ca_parser_said(parser, at, parser->last_end).text);
        parser->in_list = in_list;
        return ca_parser_close(parser, node);
    }
    parser->in_list = in_list;
    ca_parser_need(parser, "and");
    ca_parser_add(parser, node, parser->failed ? NULL : ca_parser_sum(parser));
    return ca_parser_close(parser, node);
}

static ca_phrase *member(ca_parser *parser, size_t start, ca_phrase *left, ca_phrase_kind kind,
                         bool negated)
{
    ca_phrase *node = test(parser, kind, start, left);
    if (node == NULL || !ca_parser_code_set(parser, node))
        return NULL;
    node->negated = negated;
    return ca_parser_close(parser, node);
}

static ca_phrase *starts_with(ca_parser *parser, size_t start, ca_phrase *left)
{
    ca_phrase *node = test(parser, CA_PHRASE_STARTS, start, left);
    if (!ca_parser_need(parser, "with"))
        return NULL;
    if (parser->now.kind != CA_TOKEN_STRING && parser->now.kind != CA_TOKEN_WORD)
        return ca_parser_expected(parser, "a text between quotes");
    ca_parser_add(parser, node, ca_parser_sum(parser));
    return ca_parser_close(parser, node);
}

static ca_phrase *is(ca_parser *parser, size_t start, ca_phrase *left)
{
    ca_phrase *slip = ca_parser_slip_is(parser, start, left);
    if (slip != NULL || parser->failed)
        return slip;
    ca_phrase *node = test(parser, CA_PHRASE_MISSING, start, left);
    bool negated = ca_parser_take(parser, "not");
    if (node == NULL)
        return NULL;
    if (ca_parser_take(parser, "present"))
        negated = !negated;
    else if (ca_parser_take(parser, "found"))
        node->kind = CA_PHRASE_FOUND;
    else if (!ca_parser_take(parser, "missing"))
        return ca_parser_expected(parser, "'missing', 'present' or 'found'");
    node->negated = negated;
    return ca_parser_close(parser, node);
}

ca_phrase *ca_parser_test(ca_parser *parser, size_t start, ca_phrase *left)
{
    ca_compare compare;
    parser->subject = left;
    if (ca_parser_at_comparison(parser, &compare))
        return comparison(parser, start, left, compare);
    if (ca_parser_at(parser, "between"))
        return between(parser, start, left);
    if (ca_parser_at(parser, "in"))
        return member(parser, start, left, CA_PHRASE_IN, false);
    if (ca_parser_at(parser, "overlaps"))
        return member(parser, start, left, CA_PHRASE_OVERLAPS, false);
    if (ca_parser_at(parser, "within"))
        return member(parser, start, left, CA_PHRASE_WITHIN, false);
    if (ca_parser_at(parser, "is"))
        return is(parser, start, left);
    if (ca_parser_at(parser, "starts"))
        return starts_with(parser, start, left);
    if (ca_parser_at(parser, "has")) {
        ca_phrase *node = test(parser, CA_PHRASE_HAS, start, left);
        ca_parser_add(parser, node, ca_parser_sum(parser));
        return ca_parser_close(parser, node);
    }
    return ca_parser_slip_test(parser, start, left);
}

/* x not in …; every other test is denied with `not` before it. */
static ca_phrase *not_in(ca_parser *parser, size_t start, ca_phrase *left)
{
    size_t at = parser->now.start;
    ca_parser_advance(parser);
    if (ca_parser_at(parser, "in"))
        return member(parser, start, left, CA_PHRASE_IN, true);
    size_t errors = parser->lexer.errors;
    size_t from = parser->now.start;
    ca_phrase *denied = ca_parser_test(parser, start, left);
    if (denied == NULL || parser->lexer.errors > errors) {
        ca_parser_slip(parser, at, "write 'not' before the whole test: not (x starts with 'V4')");
        parser->failed = parser->failed || denied == NULL;
    } else {
        ca_parser_slip(parser, at, "write not %s %s instead of %s",
                       ca_parser_said(parser, left->start, left->end).text,
                       ca_parser_said(parser, from, parser->last_end).text,
                       ca_parser_said(parser, start, parser->last_end).text);
    }
    ca_phrase *node = ca_parser_node(parser, CA_PHRASE_NOT, start);
    ca_parser_add(parser, node, denied);
    return ca_parser_close(parser, node);
}

static ca_phrase *predicate(ca_parser *parser)
{
    size_t start = parser->now.start;
    if (ca_parser_at_headless(parser))
        return ca_parser_slip_headless(parser);
    ca_phrase *left = ca_parser_sum(parser);
    if (left == NULL)
        return NULL;
    if (ca_parser_at(parser, "not"))
        return not_in(parser, start, left);
    ca_phrase *subject = parser->subject;
    ca_phrase *node = ca_parser_test(parser, start, left);
    parser->subject = node != NULL ? left : subject; /* others may have been parsed inside */
    return node != NULL || parser->failed ? node : left;
}

static ca_phrase *negation(ca_parser *parser)
{
    size_t start = parser->now.start;
    if (!ca_parser_take(parser, "not"))
        return predicate(parser);
    if (ca_parser_at(parser, "not"))
        return ca_parser_fail(parser, parser->now.start, "two 'not' cancel out: leave out both");
    ca_phrase *node = ca_parser_node(parser, CA_PHRASE_NOT, start);
    ca_parser_add(parser, node, predicate(parser));
    if (!parser->failed && is_value(node->args[0]) && node->args[0]->kind != CA_PHRASE_CALL)
        return ca_parser_fail(parser, node->args[0]->start,
                              "'not' stands before a condition, not a value");
    return ca_parser_close(parser, node);
}

static ca_phrase *conjunction(ca_parser *parser)
{
    size_t start = parser->now.start;
    ca_phrase *first = negation(parser);
    if (first == NULL || !ca_parser_at(parser, "and"))
        return first;
    ca_phrase *node = ca_parser_node(parser, CA_PHRASE_AND, start);
    ca_parser_add(parser, node, first);
    while (ca_parser_take(parser, "and"))
        ca_parser_add(parser, node, ca_parser_slip_alone(parser, negation(parser)));
    return ca_parser_close(parser, node);
}

static ca_phrase *disjunction(ca_parser *parser)
{
    size_t start = parser->now.start;
    ca_phrase *first = conjunction(parser);
    if (first == NULL || !ca_parser_at(parser, "or"))
        return first;
    ca_phrase *node = ca_parser_node(parser, CA_PHRASE_OR, start);
    ca_parser_add(parser, node, first);
    while (ca_parser_take(parser, "or"))
        ca_parser_add(parser, node, ca_parser_slip_alone(parser, conjunction(parser)));
    for (size_t i = 0; !parser->failed && i < node->arg_count; i++) {
        if (node->args[i]->kind == CA_PHRASE_AND && !node->args[i]->parenthesised) {
            ca_parser_slip(
                parser, node->args[i]->start,
                "'and' and 'or' are mixed: add parentheses to say which belongs together");
            break;
        }
    }
    return ca_parser_close(parser, node);
}

ca_phrase *ca_parser_expression(ca_parser *parser)
{
    if (!ca_parser_enter(parser))
        return NULL;
    ca_phrase *node = disjunction(parser);
    ca_parser_leave(parser);
    return node;
}
