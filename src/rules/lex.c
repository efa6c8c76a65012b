/* Cuts an expression into words and symbols. What people bring along from SQL and spreadsheets is
 * named and corrected, so that the rest of the expression is still checked. */
#include "rules/lex.h"

#include <stdarg.h>
#include <string.h>

#include "rules/lex_parts.h"
#include "rules/say.h"
#include "rules/slips.h"

static const char *const keywords[] = {"and", "between", "codes",  "found", "has",  "in",
                                       "is",  "missing", "not",    "on",    "or",   "overlaps",
                                       "set", "present", "starts", "where", "with", "within"};

void ca_lex_span(const ca_yaml_file *file, const ca_yaml *node, size_t *ret_from, size_t *ret_to)
{
    size_t from = node->start;
    size_t to = node->end;
    if ((node->style == CA_YAML_SINGLE || node->style == CA_YAML_DOUBLE) && to - from >= 2) {
        from++;
        to--;
    } else if (node->style == CA_YAML_LITERAL || node->style == CA_YAML_FOLDED) {
        while (from < to && file->source.ptr[from] != '\n')
            from++;
    }
    *ret_from = from;
    *ret_to = to;
}

void ca_lexer_init(ca_lexer *lexer, const ca_conf *conf, ca_arena *arena, size_t from, size_t to,
                   ca_yaml_style style)
{
    *lexer = (ca_lexer){.conf = conf, .arena = arena, .at = from, .end = to, .style = style};
}

bool ca_is_keyword(ca_text word)
{
    for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
        if (ca_text_is(word, keywords[i]))
            return true;
    return false;
}

void ca_lex_say(ca_lexer *lexer, size_t at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    ca_say_args(lexer->conf, CA_DIAG_ERROR, at, format, args);
    va_end(args);
    lexer->errors++;
}

/* --- Bytes and tokens ------------------------------------------------------------------------ */

char ca_lex_look(const ca_lexer *lexer, size_t ahead)
{
    size_t at = lexer->at + ahead;
    return at < lexer->end ? lexer->conf->file->source.ptr[at] : '\0';
}

ca_text ca_lex_rest(const ca_lexer *lexer)
{
    return (ca_text){lexer->conf->file->source.ptr + lexer->at, lexer->end - lexer->at};
}

bool ca_lex_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool ca_lex_is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool ca_lex_is_name(char c)
{
    return ca_lex_is_letter(c) || ca_lex_is_digit(c) || c == '_';
}

ca_token ca_lex_token(ca_lexer *lexer, ca_token_kind kind, size_t len)
{
    ca_token made = {.kind = kind, .start = lexer->at, .end = lexer->at + len};
    made.text = ca_text_sub(ca_lex_rest(lexer), 0, len);
    lexer->at += len;
    return made;
}

ca_token ca_lex_meant(ca_lexer *lexer, ca_token_kind kind, size_t len, const char *meant)
{
    ca_token made = ca_lex_token(lexer, kind, len);
    made.slip = true;
    if (ca_arena_text(lexer->arena, ca_text_of(meant), &made.text) != 0)
        lexer->nomem = true;
    return made;
}

ca_token ca_lex_bad(ca_lexer *lexer)
{
    ca_token made = {.kind = CA_TOKEN_BAD, .start = lexer->at, .end = lexer->at};
    lexer->at = lexer->end;
    return made;
}

/* --- Spaces, comments and signs -------------------------------------------------------------- */

/* Bytes of a comment as other languages have them, 0 when none begins here. A double minus before a
 * value is two signs. */
static size_t comment(const ca_lexer *lexer)
{
    char one = ca_lex_look(lexer, 0);
    char two = ca_lex_look(lexer, 1);
    bool block = one == '/' && two == '*';
    bool dashes =
        one == '-' && two == '-' && strchr(" \r\n", ca_lex_look(lexer, 2)) != NULL; /* and NUL */
    bool hash = one == '#' && !ca_lex_is_digit(two) &&
                !ca_lex_is_digit(lexer->conf->file->source.ptr[lexer->at - (lexer->at > 0)]);
    if (!block && !dashes && !hash && !(one == '/' && two == '/'))
        return 0;
    size_t len = 2;
    if (block) {
        while (lexer->at + len < lexer->end &&
               !(ca_lex_look(lexer, len) == '*' && ca_lex_look(lexer, len + 1) == '/'))
            len++;
        len += 2;
    } else {
        while (lexer->at + len < lexer->end && ca_lex_look(lexer, len) != '\n')
            len++;
    }
    return lexer->at + len > lexer->end ? lexer->end - lexer->at : len;
}

/* A currency sign, or the sign before a parameter or around a date: said, and passed over. */
static size_t sign(ca_lexer *lexer)
{
    ca_text rest = ca_lex_rest(lexer);
    size_t currency = ca_slip_currency_at(rest);
    char c = ca_lex_look(lexer, 0);
    size_t len = currency == 0 ? 1 : currency;
    if (currency == 0 && c != '@' && c != '#' && c != ':')
        return 0;
    if (c == '#' && lexer->at > 0 && ca_lex_is_digit(rest.ptr[-1])) /* the end of #2024-03-01# */
        return 1;
    if (c == '#') {
        ca_lex_say(lexer, lexer->at, "leave out '#': a date stands bare, as 2024-03-01");
    } else if (ca_lex_is_letter(ca_lex_look(lexer, len))) {
        size_t end = len;
        while (ca_lex_is_name(ca_lex_look(lexer, end)))
            end++;
        ca_text name = ca_text_sub(rest, len, end - len);
        ca_lex_say(lexer, lexer->at, "write %.*s instead of %.*s%.*s", ca_say_len(name), name.ptr,
                   (int)len, rest.ptr, ca_say_len(name), name.ptr);
    } else if (currency > 0) {
        ca_lex_say(lexer, lexer->at, "leave out '%.*s': an amount is a plain number, as 12.50",
                   (int)len, rest.ptr);
    } else {
        return 0;
    }
    return len;
}

/* Passes over spaces, and over what is no part of an expression, which is said. */
static void skip(ca_lexer *lexer)
{
    for (size_t len = 1; len > 0 && lexer->at < lexer->end; lexer->at += len) {
        char c = ca_lex_look(lexer, 0);
        len = c == ' ' || c == '\n' || c == '\r' || c == '\t' ? 1 : 0;
        if (len > 0)
            continue;
        len = ca_slip_space_at(ca_lex_rest(lexer));
        if (len > 0 && !lexer->space_said)
            ca_lex_say(lexer, lexer->at,
                       "write plain spaces instead of no-break or wide ones (here and behind)");
        lexer->space_said = lexer->space_said || len > 0;
        if (len > 0)
            continue;
        len = comment(lexer);
        if (len > 0)
            ca_lex_say(lexer, lexer->at,
                       "a condition has no comments: write them behind # on a line above the key");
        else
            len = sign(lexer);
    }
}

/* --- Words ----------------------------------------------------------------------------------- */

static ca_token word(ca_lexer *lexer)
{
    size_t len = 0;
    while (ca_lex_is_name(ca_lex_look(lexer, len)))
        len++;
    ca_text text = ca_text_sub(ca_lex_rest(lexer), 0, len);
    if (ca_is_keyword(text))
        return ca_lex_token(lexer, CA_TOKEN_KEYWORD, len);
    for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
        if (ca_slip_same(text, keywords[i])) {
            ca_token made = ca_lex_token(lexer, CA_TOKEN_KEYWORD, len);
            made.text = ca_text_of(keywords[i]);
            made.capitals = true;
            return made;
        }
    }
    if (ca_lex_look(lexer, len) == ':' && ca_lex_is_letter(ca_lex_look(lexer, len + 1)))
        return ca_lex_bare_code(lexer, len + 1); /* with its system */
    return ca_lex_token(lexer, CA_TOKEN_WORD, len);
}

/* --- Symbols --------------------------------------------------------------------------------- */

static const char *const symbols[] = {"..", "!=", "<=", ">=", "=", "<", ">", "+", "-", "*", "/",
                                      "(",  ")",  ",",  ".",  "[", "]", "{", "}", ";", ":"};

static ca_token unexpected(ca_lexer *lexer)
{
    size_t len = 1; /* the whole UTF-8 character */
    while (((unsigned char)ca_lex_look(lexer, len) & 0xC0) == 0x80)
        len++;
    unsigned char first = (unsigned char)ca_lex_look(lexer, 0);
    if (lexer->quiet)
        return ca_lex_bad(lexer);
    if (first < 0x20 || first == 0x7F)
        ca_lex_say(lexer, lexer->at, "unexpected character (byte %u)", first);
    else
        ca_lex_say(lexer, lexer->at, "unexpected character '%.*s'", (int)len,
                   ca_lex_rest(lexer).ptr);
    return ca_lex_bad(lexer);
}

static ca_token symbol(ca_lexer *lexer)
{
    ca_text rest = ca_lex_rest(lexer);
    const ca_slip_symbol *slip = ca_slip_symbol_at(rest);
    if (slip != NULL && !(ca_text_starts(rest, CA_TEXT("!=")) && strlen(slip->theirs) == 1)) {
        ca_lex_say(lexer, lexer->at, "write '%s' instead of '%s'", slip->ours, slip->theirs);
        return ca_lex_meant(lexer, slip->kind, strlen(slip->theirs), slip->ours);
    }
    for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++)
        if (ca_text_starts(rest, ca_text_of(symbols[i])))
            return ca_lex_token(lexer, CA_TOKEN_SYMBOL, strlen(symbols[i]));
    return unexpected(lexer);
}

/* A point that begins a number: .5 */
static bool is_fraction(const ca_lexer *lexer)
{
    const char *here = lexer->conf->file->source.ptr + lexer->at;
    return here[0] == '.' && ca_lex_is_digit(ca_lex_look(lexer, 1)) && lexer->at > 0 &&
           !ca_lex_is_name(here[-1]) && strchr(".)'\"]`", here[-1]) == NULL;
}

ca_token ca_lex(ca_lexer *lexer)
{
    skip(lexer);
    if (lexer->at >= lexer->end)
        return (ca_token){.kind = CA_TOKEN_END, .start = lexer->end, .end = lexer->end};
    char c = ca_lex_look(lexer, 0);
    if (ca_lex_is_digit(c) || is_fraction(lexer))
        return ca_lex_number(lexer);
    if (ca_lex_is_letter(c))
        return word(lexer);
    if (c == '\'' || c == '"' || c == '\\')
        return ca_lex_string(lexer, 1);
    if (c == '`')
        return ca_lex_backticks(lexer);
    size_t quote = ca_slip_quote_at(ca_lex_rest(lexer));
    return quote > 0 ? ca_lex_string(lexer, quote) : symbol(lexer);
}
