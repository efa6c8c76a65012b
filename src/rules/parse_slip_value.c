/* Values as only SQL, spreadsheets and other languages write them. Nothing here is reached by a
 * valid expression. */
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

static ca_said since(const ca_parser *parser, size_t start)
{
    return ca_parser_said(parser, start, parser->last_end);
}

/* --- Columns in brackets --------------------------------------------------------------------- */

static ca_phrase *bracketed(ca_parser *parser, const char *close)
{
    size_t start = parser->now.start;
    ca_token name = parser->next;
    bool simple = name.kind == CA_TOKEN_WORD;
    ca_parser_pass(parser);
    for (size_t words = 0; !ca_parser_at(parser, close); words++) {
        simple = simple && words == 0;
        if (parser->now.kind == CA_TOKEN_END || parser->now.kind == CA_TOKEN_BAD)
            return ca_parser_expected(parser, "a column or value");
        ca_parser_pass(parser);
    }
    ca_parser_advance(parser);
    if (is_symbol(parser->now, ".") && is_symbol(parser->next, "[")) { /* [claims].[paid] */
        ca_parser_advance(parser);
        return bracketed(parser, close);
    }
    ca_said said = since(parser, start);
    if (!simple) {
        ca_parser_slip(parser, start,
                       "write the name of a column instead of %s ('claimaudit fields' lists them)",
                       said.text);
        return ca_parser_slip_node(parser, start);
    }
    ca_parser_slip(parser, start, "write %.*s instead of %s", ca_say_len(name.text), name.text.ptr,
                   said.text);
    ca_phrase *node = ca_parser_node(parser, CA_PHRASE_NAME, start);
    if (node != NULL) {
        node->name = name.text;
        node->name_at = name.start;
    }
    return ca_parser_close(parser, node);
}

/* --- Words ----------------------------------------------------------------------------------- */

/* CASE … END */
static ca_phrase *choice(ca_parser *parser)
{
    size_t start = parser->now.start;
    ca_parser_slip(parser, start,
                   "there is no '%s': write one rule per case, or join conditions with 'and' and "
                   "'or'",
                   ca_parser_said(parser, start, parser->now.end).text);
    while (!ca_parser_at_word(parser, "end") && parser->now.kind != CA_TOKEN_END &&
           parser->now.kind != CA_TOKEN_BAD)
        ca_parser_pass(parser);
    if (parser->now.kind == CA_TOKEN_WORD)
        ca_parser_advance(parser);
    return ca_parser_slip_node(parser, start);
}

/* DATE '2024-03-01' */
static ca_phrase *date_text(ca_parser *parser)
{
    size_t start = parser->now.start;
    ca_text text = parser->next.text;
    ca_date days[2];
    char day[CA_DATE_SIZE];
    ca_phrase *node = ca_parser_node(parser, CA_PHRASE_DATE, start);
    ca_parser_pass(parser);
    ca_parser_pass(parser);
    if (node == NULL)
        return NULL;
    if (!ca_date_parse_iso(text, &days[0]) && ca_slip_date(text, days) == 0) {
        ca_parser_slip(parser, start, "write a date as 2024-03-01, without quotes");
        return ca_parser_slip_node(parser, start);
    }
    node->date = days[0];
    ca_date_print(days[0], day);
    ca_parser_slip(parser, start, "write %s instead of %s", day, since(parser, start).text);
    return ca_parser_close(parser, node);
}

static ca_phrase *distinct_of(ca_parser *parser)
{
    size_t start = parser->now.start;
    ca_parser_advance(parser);
    ca_phrase *node = ca_parser_node(parser, CA_PHRASE_CALL, start);
    ca_phrase *arg = ca_parser_sum(parser);
    if (!ca_parser_add(parser, node, arg))
        return NULL;
    ca_parser_slip(parser, start, "write distinct(%s) instead of %s",
                   ca_parser_said(parser, arg->start, arg->end).text, since(parser, start).text);
    node->name = CA_TEXT("distinct");
    node->name_at = start;
    return ca_parser_close(parser, node);
}

/* AND(a, b) as spreadsheets have it. */
static ca_phrase *joined(ca_parser *parser)
{
    size_t start = parser->now.start;
    bool both = ca_text_is(parser->now.text, "and");
    ca_said word = ca_parser_said(parser, start, parser->now.end);
    ca_phrase *node =
        ca_parser_node(parser, both ? CA_PHRASE_AND : CA_PHRASE_OR, parser->now.start);
    ca_parser_pass(parser);
    ca_parser_pass(parser);
    if (node == NULL || ca_parser_arguments(parser, node) == NULL || !ca_parser_need(parser, ")"))
        return NULL;
    if (node->arg_count < 2) {
        ca_parser_slip(parser, start, "leave out '%s': nothing stands before it", word.text);
        return node->arg_count == 1 ? node->args[0] : ca_parser_slip_node(parser, start);
    }
    ca_parser_slip(parser, start, "write (x %s y) instead of %s(x, y)", both ? "and" : "or",
                   word.text);
    node->parenthesised = true;
    return ca_parser_close(parser, node);
}

/* null, true or false where a value or condition begins. */
static ca_phrase *constant(ca_parser *parser, const char *advice)
{
    size_t start = parser->now.start;
    ca_parser_slip(parser, start, "there is no '%s': %s",
                   ca_parser_said(parser, start, parser->now.end).text, advice);
    ca_parser_advance(parser);
    return ca_parser_slip_node(parser, start);
}

static ca_phrase *without(ca_parser *parser, const char *why)
{
    ca_parser_slip(parser, parser->now.start, "leave out '%s': %s",
                   ca_parser_said(parser, parser->now.start, parser->now.end).text, why);
    ca_parser_advance(parser);
    return ca_parser_sum(parser);
}

static ca_phrase *word_value(ca_parser *parser)
{
    bool alone = !is_symbol(parser->next, "(") && !is_symbol(parser->next, ".");
    ca_token_kind next = parser->next.kind;
    switch (alone ? word_of(parser->now) : CA_SLIP_NONE) {
    case CA_SLIP_NULL:
        return ca_parser_at_word(parser, "null")
                   ? constant(parser, "write 'x is missing' or 'x is present'")
                   : NULL;
    case CA_SLIP_TRUE:
    case CA_SLIP_FALSE:
        return constant(parser, "write a condition that compares columns");
    case CA_SLIP_CASE:
        return choice(parser);
    case CA_SLIP_IF:
        return next == CA_TOKEN_WORD ? without(parser, "a condition stands alone") : NULL;
    case CA_SLIP_DISTINCT:
        return next == CA_TOKEN_WORD ? distinct_of(parser) : NULL;
    case CA_SLIP_DATE:
        return next == CA_TOKEN_STRING || next == CA_TOKEN_DATE ? date_text(parser) : NULL;
    case CA_SLIP_CURRENCY:
        return next == CA_TOKEN_NUMBER ? without(parser, "an amount is a plain number, as 12.50")
                                       : NULL;
    case CA_SLIP_NONE:
    case CA_SLIP_LIKE:
    case CA_SLIP_CONTAINS:
    case CA_SLIP_BEGINS:
    case CA_SLIP_PATTERN:
    case CA_SLIP_EQUALS:
    case CA_SLIP_THEN:
    case CA_SLIP_UNIT:
        break;
    }
    return NULL;
}

ca_phrase *ca_parser_slip_value(ca_parser *parser)
{
    if (ca_parser_at(parser, "["))
        return bracketed(parser, "]");
    if (ca_parser_at(parser, "{"))
        return bracketed(parser, "}");
    if ((ca_parser_at(parser, "and") || ca_parser_at(parser, "or")) && is_symbol(parser->next, "("))
        return joined(parser);
    return parser->now.kind == CA_TOKEN_WORD ? word_value(parser) : NULL;
}

/* --- Numbers and calls ----------------------------------------------------------------------- */

/* Takes ",50" or " 000" behind a number; false when none follows. */
static bool more_digits(ca_parser *parser, bool space)
{
    const char *bytes = parser->conf->file->source.ptr;
    if (space && parser->now.kind == CA_TOKEN_NUMBER && parser->now.text.len == 3 &&
        parser->now.start <= parser->last_end + 2) {
        ca_parser_advance(parser);
        return true;
    }
    if (parser->in_list || !ca_parser_at(parser, ",") || parser->now.start != parser->last_end ||
        parser->next.kind != CA_TOKEN_NUMBER || parser->next.start != parser->now.end ||
        bytes[parser->next.start] < '0' || bytes[parser->next.start] > '9')
        return false;
    ca_parser_advance(parser);
    ca_parser_advance(parser);
    return true;
}

void ca_parser_slip_number(ca_parser *parser, ca_text *text, size_t start)
{
    char number[CA_SLIP_NUMBER_SIZE];
    char other[CA_SLIP_NUMBER_SIZE];
    bool space = text->len <= 3;
    bool more = false;
    while (more_digits(parser, space))
        more = true;
    ca_said said = since(parser, start);
    if (more && !ca_slip_number(ca_text_of(said.text), number, other)) {
        ca_parser_fail(parser, start, "write a number with a point, as 12.50, instead of %s",
                       said.text);
    } else if (more) {
        ca_parser_slip(parser, start, "write %s%s%s instead of %s", number,
                       other[0] == '\0' ? "" : " or ", other, said.text);
        if (ca_arena_text(parser->arena, ca_text_of(number), text) != 0)
            parser->nomem = true;
    }
    ca_slip_word word = word_of(parser->now);
    if (word != CA_SLIP_CURRENCY && word != CA_SLIP_UNIT)
        return;
    ca_parser_slip(parser, parser->now.start, "leave out '%s': %s",
                   ca_parser_said(parser, parser->now.start, parser->now.end).text,
                   word == CA_SLIP_CURRENCY
                       ? "an amount is a plain number, as 12.50"
                       : "time is counted by days_between(from, to), add_days(date, 30) and "
                         "add_months(date, 1)");
    ca_parser_advance(parser);
}

/* The name in small letters, if it is a function then. */
static void small_name(ca_parser *parser, ca_phrase *node)
{
    char small[24];
    ca_aggregate aggregate;
    if (node->name.len >= sizeof(small))
        return;
    for (size_t i = 0; i < node->name.len; i++) {
        char c = node->name.ptr[i];
        small[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    ca_text text = {small, node->name.len};
    if (ca_text_eq(text, node->name) ||
        (!ca_is_function(text) && !ca_aggregate_find(text, &aggregate)))
        return;
    ca_parser_slip(parser, node->name_at, "write '%.*s' instead of '%.*s'", (int)text.len, small,
                   (int)node->name.len, node->name.ptr);
    if (ca_arena_text(parser->arena, text, &node->name) != 0)
        parser->nomem = true;
}

/* COUNT(DISTINCT x) and COUNT(DISTINCT(x)) */
static void count_distinct(ca_parser *parser, ca_phrase *node)
{
    const char *bytes = parser->conf->file->source.ptr;
    ca_parser_advance(parser);
    size_t from = parser->now.start + (bytes[parser->now.start] == '(');
    size_t to = from;
    while (to < parser->lexer.end && bytes[to] != ')')
        to++;
    ca_said column = ca_parser_said(parser, from, to);
    ca_parser_slip(parser, node->start, "write distinct(%s) instead of %s %s)", column.text,
                   since(parser, node->start).text, column.text);
    node->name = CA_TEXT("distinct");
}

void ca_parser_slip_call(ca_parser *parser, ca_phrase *node)
{
    bool count = ca_slip_same(node->name, "count");
    if (count && ca_parser_at(parser, "*")) {
        ca_parser_advance(parser);
        ca_parser_slip(parser, node->start, "write count() instead of %s)",
                       since(parser, node->start).text);
        node->name = CA_TEXT("count");
    } else if (count && ca_parser_at_word(parser, "distinct") &&
               (parser->next.kind == CA_TOKEN_WORD || is_symbol(parser->next, "("))) {
        count_distinct(parser, node);
    } else {
        small_name(parser, node);
    }
}
