/* The parser's tools: tokens, nodes, limits and the one way to say that something else was
 * expected. */
#include "rules/parser.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "conf/spelling.h"
#include "rules/say.h"

void ca_parser_advance(ca_parser *parser)
{
    ca_token taken = parser->now;
    if (taken.capitals)
        ca_parser_slip(parser, taken.start, "write '%.*s' instead of '%.*s'", (int)taken.text.len,
                       taken.text.ptr, (int)(taken.end - taken.start),
                       parser->conf->file->source.ptr + taken.start);
    ca_parser_pass(parser);
}

void ca_parser_pass(ca_parser *parser)
{
    parser->last_end = parser->now.end;
    parser->now = parser->next;
    parser->next = ca_lex(&parser->lexer);
}

bool ca_parser_at(const ca_parser *parser, const char *word)
{
    return (parser->now.kind == CA_TOKEN_KEYWORD || parser->now.kind == CA_TOKEN_SYMBOL) &&
           ca_text_is(parser->now.text, word);
}

bool ca_parser_take(ca_parser *parser, const char *word)
{
    if (parser->failed || !ca_parser_at(parser, word))
        return false;
    ca_parser_advance(parser);
    return true;
}

bool ca_parser_need(ca_parser *parser, const char *word)
{
    if (ca_parser_take(parser, word))
        return true;
    char what[24];
    snprintf(what, sizeof(what), "'%s'", word);
    ca_parser_expected(parser, what);
    return false;
}

ca_phrase *ca_parser_fail(ca_parser *parser, size_t at, const char *format, ...)
{
    if (!parser->failed && parser->now.kind != CA_TOKEN_BAD) {
        va_list args;
        va_start(args, format);
        ca_say_args(parser->conf, CA_DIAG_ERROR, at, format, args);
        va_end(args);
    }
    parser->failed = true;
    return NULL;
}

void ca_parser_slip(ca_parser *parser, size_t at, const char *format, ...)
{
    va_list args;
    if (parser->failed)
        return;
    va_start(args, format);
    ca_say_args(parser->conf, CA_DIAG_ERROR, at, format, args);
    va_end(args);
    parser->lexer.errors++;
}

ca_said ca_parser_said(const ca_parser *parser, size_t from, size_t to)
{
    enum { LONGEST = 80 };
    ca_said said = {""};
    size_t len = 0;
    bool space = false;
    for (size_t i = from; i < to; i++) {
        char c = parser->conf->file->source.ptr[i];
        bool blank = (unsigned char)c <= ' ';
        if (len > LONGEST && ((unsigned char)c & 0xC0) != 0x80) {
            memcpy(said.text + len, " \xE2\x80\xA6", 4);
            break;
        }
        if (!blank || !space)
            said.text[len++] = blank ? ' ' : c;
        space = blank;
    }
    return said;
}

ca_phrase *ca_parser_expected(ca_parser *parser, const char *what)
{
    ca_token found = parser->now;
    if (found.kind == CA_TOKEN_END)
        return ca_parser_fail(parser, parser->last_end, "expected %s but the expression ends here",
                              what);
    return ca_parser_fail(parser, found.start, "expected %s but found '%.*s'", what,
                          ca_say_len(found.text), found.text.ptr);
}

static ca_phrase *out_of_memory(ca_parser *parser)
{
    parser->nomem = true;
    parser->failed = true;
    return NULL;
}

ca_phrase *ca_parser_node(ca_parser *parser, ca_phrase_kind kind, size_t start)
{
    if (parser->failed)
        return NULL;
    ca_phrase *node = ca_arena_alloc(parser->arena, sizeof(*node));
    if (node == NULL)
        return out_of_memory(parser);
    node->kind = kind;
    node->start = start;
    node->depth = 1;
    return node;
}

bool ca_parser_add(ca_parser *parser, ca_phrase *parent, ca_phrase *arg)
{
    if (parent == NULL || arg == NULL)
        return false;
    size_t count = parent->arg_count;
    if (count == 0 || (count >= 4 && (count & (count - 1)) == 0)) { /* full at 4, 8, 16 … */
        ca_phrase **args = ca_arena_array(parser->arena, count == 0 ? 4 : count * 2, sizeof(*args));
        if (args == NULL)
            return out_of_memory(parser) != NULL;
        if (count > 0)
            memcpy(args, parent->args, count * sizeof(*args));
        parent->args = args;
    }
    parent->args[parent->arg_count++] = arg;
    return true;
}

ca_phrase *ca_parser_close(ca_parser *parser, ca_phrase *node)
{
    if (node == NULL || parser->failed)
        return NULL;
    node->end = parser->last_end;
    unsigned deepest = 0;
    for (size_t i = 0; i < node->arg_count; i++)
        if (node->args[i]->depth > deepest)
            deepest = node->args[i]->depth;
    if (node->where != NULL && node->where->depth > deepest)
        deepest = node->where->depth;
    if (node->on != NULL && node->on->depth > deepest)
        deepest = node->on->depth;
    node->depth = deepest + 1;
    if (node->depth > CA_EXPR_DEPTH_MAX)
        return ca_parser_fail(parser, node->start,
                              "the expression is nested more than %d deep; split the rule",
                              CA_EXPR_DEPTH_MAX);
    return node;
}

bool ca_parser_enter(ca_parser *parser)
{
    if (parser->failed)
        return false;
    if (parser->depth >= CA_EXPR_DEPTH_MAX) {
        ca_parser_fail(parser, parser->now.start,
                       "the expression is nested more than %d deep; split the rule",
                       CA_EXPR_DEPTH_MAX);
        return false;
    }
    parser->depth++;
    return true;
}

void ca_parser_leave(ca_parser *parser)
{
    parser->depth--;
}

#define MANY INT64_C(999999999999999999) /* 18 digits */

bool ca_parse_number(ca_text text, ca_ratio *ret_number)
{
    int64_t n = 0;
    int64_t d = 1;
    bool fraction = false;
    size_t len = text.len;
    if (memchr(text.ptr, '.', len) != NULL) /* 1.50 is 1.5 */
        while (text.ptr[len - 1] == '0')
            len--;
    for (size_t i = 0; i < len; i++) {
        if (text.ptr[i] == '.') {
            fraction = true;
            continue;
        }
        if (n > MANY / 10 || d > MANY / 10) /* leading zeros cost nothing */
            return false;
        n = n * 10 + (text.ptr[i] - '0');
        if (fraction)
            d *= 10;
    }
    *ret_number = ca_ratio_of(n, d);
    return true;
}

static ca_phrase *whole(ca_parser *parser)
{
    if (ca_parser_at(parser, "=")) { /* as formulas begin */
        ca_parser_slip(parser, parser->now.start, "leave out '=' before the condition");
        ca_parser_advance(parser);
    }
    ca_phrase *phrase = ca_parser_expression(parser);
    if (phrase != NULL)
        ca_parser_slip_end(parser);
    if (phrase != NULL && !parser->failed && parser->now.kind != CA_TOKEN_END)
        return ca_parser_expected(parser, "'and', 'or' or the end");
    return phrase;
}

/* After the mistake that ended parsing: the slips behind it that are slips wherever they stand. */
static void say_rest(ca_parser *parser)
{
    parser->lexer.quiet = true;
    while (parser->next.kind != CA_TOKEN_END && parser->next.kind != CA_TOKEN_BAD) {
        ca_token token = parser->next;
        if (token.capitals)
            ca_lex_say(&parser->lexer, token.start, "write '%.*s' instead of '%.*s'",
                       (int)token.text.len, token.text.ptr, (int)(token.end - token.start),
                       parser->conf->file->source.ptr + token.start);
        parser->next = ca_lex(&parser->lexer);
    }
}

int ca_parse_span(const ca_conf *conf, size_t from, size_t to, ca_yaml_style style, ca_arena *arena,
                  ca_phrase **ret_phrase, ca_error *err)
{
    *ret_phrase = NULL;
    if (to - from > CA_EXPR_BYTES_MAX) {
        ca_say(conf, CA_DIAG_ERROR, from,
               "the expression is longer than %d bytes; use sets or split the rule",
               CA_EXPR_BYTES_MAX);
        return 0;
    }
    ca_parser parser = {.conf = conf, .arena = arena, .last_end = from};
    ca_lexer_init(&parser.lexer, conf, arena, from, to, style);
    ca_parser_pass(&parser);
    ca_parser_pass(&parser);
    parser.last_end = from;
    if (parser.now.kind == CA_TOKEN_END) {
        if (parser.lexer.errors == 0)
            ca_say(conf, CA_DIAG_ERROR, from, "the expression is empty");
        return parser.lexer.nomem ? ca_error_nomem(err) : 0;
    }
    ca_phrase *phrase = whole(&parser);
    if (parser.failed)
        say_rest(&parser);
    if (parser.nomem || parser.lexer.nomem)
        return ca_error_nomem(err);
    if (!parser.failed)
        *ret_phrase = phrase;
    return 0;
}

/* A list of conditions, or a mapping, as other tools have them. */
static bool is_text(const ca_conf *conf, const ca_yaml *node)
{
    bool flow = memchr("[{", conf->file->source.ptr[node->start], 2) != NULL;
    if (node->bad || node->kind == CA_YAML_SCALAR || flow)
        return ca_conf_is(conf, node, CA_YAML_SCALAR, NULL);
    ca_conf_error(conf, node,
                  node->kind == CA_YAML_SEQUENCE
                      ? "write one condition instead of a list: its parts joined by 'and' or 'or'"
                      : "write a condition instead of 'key: value': paid = 5");
    return false;
}

int ca_parse(const ca_conf *conf, const ca_yaml *node, ca_arena *arena, ca_phrase **ret_phrase,
             ca_error *err)
{
    size_t from = 0;
    size_t to = 0;
    ca_text comment;
    *ret_phrase = NULL;
    if (!is_text(conf, node))
        return 0;
    if (ca_spelling_comment(conf->file, node, 1, &comment))
        ca_say(conf, CA_DIAG_ERROR, (size_t)(comment.ptr - conf->file->source.ptr),
               "'%.*s' is a comment, not a part of the condition: write it on a line above or two "
               "spaces away, or the condition between quotes",
               ca_say_len(comment), comment.ptr);
    ca_lex_span(conf->file, node, &from, &to);
    return ca_parse_span(conf, from, to, node->style, arena, ret_phrase, err);
}
