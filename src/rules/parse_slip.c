/* What only SQL, spreadsheets and other languages write: named, and read as what was meant. Nothing
 * here is reached by a valid expression. */
#include <stdio.h>
#include <string.h>

#include "rules/check_parts.h"
#include "rules/parser.h"
#include "rules/say.h"
#include "rules/slips.h"

static ca_slip_word word_of(ca_token token)
{
    return token.kind == CA_TOKEN_WORD ? ca_slip_word_of(token.text) : CA_SLIP_NONE;
}

static bool is_symbol(ca_token token, const char *symbol)
{
    return token.kind == CA_TOKEN_SYMBOL && ca_text_is(token.text, symbol);
}

bool ca_parser_at_word(const ca_parser *parser, const char *small)
{
    return parser->now.kind == CA_TOKEN_WORD && ca_slip_same(parser->now.text, small);
}

static ca_said since(const ca_parser *parser, size_t start)
{
    return ca_parser_said(parser, start, parser->last_end);
}

static ca_said said_of(const ca_parser *parser, const ca_phrase *phrase)
{
    return ca_parser_said(parser, phrase->start, phrase->end);
}

static ca_said said_now(const ca_parser *parser)
{
    return ca_parser_said(parser, parser->now.start, parser->now.end);
}

ca_phrase *ca_parser_slip_node(ca_parser *parser, size_t start)
{
    return ca_parser_close(parser, ca_parser_node(parser, CA_PHRASE_SLIP, start));
}

/* A node of one or two arguments. */
static ca_phrase *made(ca_parser *parser, ca_phrase_kind kind, size_t start, ca_phrase *left,
                       ca_phrase *right)
{
    ca_phrase *node = ca_parser_node(parser, kind, start);
    ca_parser_add(parser, node, left);
    if (right != NULL)
        ca_parser_add(parser, node, right);
    return ca_parser_close(parser, node);
}

/* --- Tests ----------------------------------------------------------------------------------- */

static size_t wildcards(ca_text pattern)
{
    size_t count = 0;
    for (size_t i = 0; i < pattern.len; i++)
        count += strchr("%*_?", pattern.ptr[i]) != NULL;
    return count;
}

/* LIKE 'V01%', where only the end may be anything. */
static ca_phrase *like(ca_parser *parser, size_t start, ca_phrase *left, size_t at)
{
    ca_phrase *right = ca_parser_sum(parser);
    if (right == NULL)
        return NULL;
    ca_text pattern = right->kind == CA_PHRASE_STRING ? right->name : CA_TEXT("%%");
    char last = pattern.len > 0 ? pattern.ptr[pattern.len - 1] : ' ';
    size_t count = wildcards(pattern);
    bool begins = count == 1 && pattern.len > 1 && (last == '%' || last == '*');
    if (count > 0 && !begins) {
        ca_parser_slip(parser, at,
                       "there is no search inside a text: write %s starts with 'V4', or in "
                       "codes('V40'..'V49')",
                       said_of(parser, left).text);
        return made(parser, CA_PHRASE_SLIP, start, left, NULL);
    }
    right->name = ca_text_sub(pattern, 0, pattern.len - count);
    right->slip = true;
    ca_parser_slip(parser, at, "write %s %s '%.*s' instead of %s %s", said_of(parser, left).text,
                   begins ? "starts with" : "=", ca_say_len(right->name), right->name.ptr,
                   said_of(parser, left).text, since(parser, at).text);
    return made(parser, begins ? CA_PHRASE_STARTS : CA_PHRASE_COMPARE, start, left, right);
}

static ca_phrase *begins(ca_parser *parser, size_t start, ca_phrase *left, size_t at)
{
    ca_parser_take(parser, "with");
    ca_phrase *right = ca_parser_sum(parser);
    if (right == NULL)
        return NULL;
    ca_parser_slip(parser, at, "write %s starts with %s instead of %s %s",
                   said_of(parser, left).text, said_of(parser, right).text,
                   said_of(parser, left).text, since(parser, at).text);
    return made(parser, CA_PHRASE_STARTS, start, left, right);
}

static ca_phrase *pattern(ca_parser *parser, size_t start, ca_phrase *left, size_t at)
{
    if (!ca_parser_take(parser, "with") && ca_parser_at_word(parser, "to"))
        ca_parser_advance(parser);
    ca_parser_sum(parser);
    ca_parser_slip(parser, at,
                   "there are no patterns: write %s starts with 'V4', or in codes('V40'..'V49')",
                   said_of(parser, left).text);
    return made(parser, CA_PHRASE_SLIP, start, left, NULL);
}

static ca_phrase *equals(ca_parser *parser, size_t start, ca_phrase *left, size_t at, ca_said word,
                         ca_compare compare)
{
    ca_parser_slip(parser, at, "write '%s' instead of '%s'",
                   compare == CA_EQ ? "=" : "!=", word.text);
    if (ca_parser_at_word(parser, "to"))
        ca_parser_advance(parser);
    ca_phrase *node = made(parser, CA_PHRASE_COMPARE, start, left, ca_parser_sum(parser));
    if (node != NULL)
        node->compare = compare;
    return node;
}

ca_phrase *ca_parser_slip_test(ca_parser *parser, size_t start, ca_phrase *left)
{
    size_t at = parser->now.start;
    ca_said word = said_now(parser);
    ca_phrase *node = NULL;
    if (ca_parser_take(parser, ":"))
        return equals(parser, start, left, at, word, CA_EQ);
    switch (word_of(parser->now)) {
    case CA_SLIP_LIKE:
        ca_parser_advance(parser);
        return like(parser, start, left, at);
    case CA_SLIP_BEGINS:
        ca_parser_advance(parser);
        return begins(parser, start, left, at);
    case CA_SLIP_PATTERN:
        ca_parser_advance(parser);
        return pattern(parser, start, left, at);
    case CA_SLIP_EQUALS:
        ca_parser_advance(parser);
        return equals(parser, start, left, at, word, CA_EQ);
    case CA_SLIP_CONTAINS: /* the checker says it: it knows the type */
        ca_parser_advance(parser);
        node = made(parser, CA_PHRASE_HAS, start, left, ca_parser_sum(parser));
        if (node != NULL)
            node->slip = true;
        return node;
    case CA_SLIP_NONE:
    case CA_SLIP_NULL:
    case CA_SLIP_TRUE:
    case CA_SLIP_FALSE:
    case CA_SLIP_CASE:
    case CA_SLIP_IF:
    case CA_SLIP_THEN:
    case CA_SLIP_DISTINCT:
    case CA_SLIP_DATE:
    case CA_SLIP_CURRENCY:
    case CA_SLIP_UNIT:
        break;
    }
    return NULL;
}

/* --- null, true and false -------------------------------------------------------------------- */

static ca_phrase *is_missing(ca_parser *parser, size_t start, ca_phrase *left, bool negated)
{
    ca_parser_slip(parser, start, "write %s is %s instead of %s", said_of(parser, left).text,
                   negated ? "present" : "missing", since(parser, start).text);
    ca_phrase *node = made(parser, CA_PHRASE_MISSING, start, left, NULL);
    if (node != NULL)
        node->negated = negated;
    return node;
}

/* `condition = true` is the condition. */
static ca_phrase *truth(ca_parser *parser, size_t start, ca_phrase *left, bool negated)
{
    bool condition = left->kind < CA_PHRASE_NUMBER || left->kind == CA_PHRASE_CALL;
    if (!condition) {
        ca_parser_slip(parser, start,
                       "no column holds true or false: compare %s with one of its values",
                       said_of(parser, left).text);
        return made(parser, CA_PHRASE_SLIP, start, left, NULL);
    }
    ca_parser_slip(parser, start, "write %s%s instead of %s", negated ? "not " : "",
                   said_of(parser, left).text, since(parser, start).text);
    return negated ? made(parser, CA_PHRASE_NOT, start, left, NULL) : left;
}

ca_phrase *ca_parser_slip_compare(ca_parser *parser, size_t start, ca_phrase *left,
                                  ca_compare compare)
{
    ca_slip_word word = word_of(parser->now);
    bool null = ca_parser_at_word(parser, "null");
    if ((!null && word != CA_SLIP_TRUE && word != CA_SLIP_FALSE) || is_symbol(parser->next, "(") ||
        is_symbol(parser->next, "."))
        return NULL;
    ca_parser_advance(parser);
    bool negated = compare == CA_NE;
    if (null)
        return is_missing(parser, start, left, negated);
    return truth(parser, start, left, negated == (word == CA_SLIP_TRUE));
}

/* Where the word or value behind a token begins, read ahead of the lexer. */
static size_t behind(const ca_parser *parser, size_t end)
{
    const char *bytes = parser->conf->file->source.ptr;
    while (end < parser->lexer.end &&
           (bytes[end] == ' ' || bytes[end] == '\n' || bytes[end] == '\r'))
        end++;
    return end;
}

static ca_text letters_at(const ca_parser *parser, size_t from)
{
    const char *bytes = parser->conf->file->source.ptr;
    size_t to = from;
    while (to < parser->lexer.end && (bytes[to] | 0x20) >= 'a' && (bytes[to] | 0x20) <= 'z')
        to++;
    return (ca_text){bytes + from, to - from};
}

static bool begins_literal(char c)
{
    return c == '\'' || c == '"' || (c >= '0' && c <= '9');
}

ca_phrase *ca_parser_slip_is(ca_parser *parser, size_t start, ca_phrase *left)
{
    size_t at = parser->now.start;
    bool negated = parser->next.kind == CA_TOKEN_KEYWORD && ca_text_is(parser->next.text, "not");
    size_t last = negated ? parser->next.end : parser->now.end;
    size_t third = behind(parser, last);
    ca_slip_word word = ca_slip_word_of(letters_at(parser, third));
    if (word == CA_SLIP_NULL || word == CA_SLIP_TRUE || word == CA_SLIP_FALSE) {
        for (unsigned i = negated ? 3 : 2; i > 0; i--)
            ca_parser_pass(parser);
        return word == CA_SLIP_NULL ? is_missing(parser, start, left, negated)
                                    : truth(parser, start, left, negated == (word == CA_SLIP_TRUE));
    }
    if (third >= parser->lexer.end || !begins_literal(parser->conf->file->source.ptr[third]))
        return NULL;
    ca_said words = ca_parser_said(parser, at, last);
    for (unsigned i = negated ? 2 : 1; i > 0; i--)
        ca_parser_pass(parser);
    return equals(parser, start, left, at, words, negated ? CA_NE : CA_EQ);
}

/* --- Tests without a column ------------------------------------------------------------------ */

bool ca_parser_at_headless(const ca_parser *parser)
{
    static const char *const words[] = {"between", "in", "is", "starts", "has"};
    ca_compare compare;
    if (parser->failed || parser->subject == NULL)
        return false;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (ca_parser_at(parser, words[i]))
            return true;
    return ca_parser_at_comparison(parser, &compare);
}

ca_phrase *ca_parser_slip_headless(ca_parser *parser)
{
    size_t start = parser->now.start;
    ca_phrase *left = parser->subject;
    ca_phrase *node = ca_parser_test(parser, start, left);
    ca_said test = since(parser, start);
    ca_parser_slip(parser, start, "write %s %s instead of %s: each test names its column",
                   said_of(parser, left).text, test.text, test.text);
    return node;
}

ca_phrase *ca_parser_slip_alone(ca_parser *parser, ca_phrase *value)
{
    static const char *const signs[] = {[CA_EQ] = "=",  [CA_NE] = "!=", [CA_LT] = "<",
                                        [CA_LE] = "<=", [CA_GT] = ">",  [CA_GE] = ">="};
    if (value == NULL || parser->subject == NULL || value->parenthesised ||
        (value->kind != CA_PHRASE_STRING && value->kind != CA_PHRASE_NUMBER &&
         value->kind != CA_PHRASE_DATE))
        return value;
    ca_said said = said_of(parser, value);
    ca_parser_slip(parser, value->start, "write %s %s %s instead of %s: each test names its column",
                   said_of(parser, parser->subject).text, signs[parser->sign], said.text,
                   said.text);
    ca_phrase *node = made(parser, CA_PHRASE_COMPARE, value->start, parser->subject, value);
    if (node != NULL)
        node->compare = parser->sign;
    return node;
}

void ca_parser_slip_end(ca_parser *parser)
{
    size_t at = parser->now.start;
    if (ca_parser_at(parser, ";") && parser->next.kind == CA_TOKEN_END) {
        ca_parser_slip(parser, at, "leave out ';': nothing ends a condition");
        ca_parser_advance(parser);
    } else if (ca_parser_at(parser, ";") || ca_parser_at(parser, ",")) {
        ca_parser_fail(parser, at, "write 'and' or 'or' instead of '%s'", said_now(parser).text);
    } else if (word_of(parser->now) == CA_SLIP_THEN) {
        ca_parser_slip(parser, at, "leave out '%s' and what follows: a condition stands alone",
                       said_now(parser).text);
        while (parser->now.kind != CA_TOKEN_END && parser->now.kind != CA_TOKEN_BAD)
            ca_parser_pass(parser);
    }
}
