/* Cuts an expression into words and symbols. What people bring along from SQL and spreadsheets is
 * named and corrected, so that the rest of the expression is still checked. */
#include "rules/lex.h"

#include <string.h>

#include "rules/say.h"

static const char *const keywords[] = {"and", "between", "codes",  "found", "has",  "in",
                                       "is",  "missing", "not",    "on",    "or",   "overlaps",
                                       "set", "present", "starts", "where", "with", "within"};

/* Words of other languages, and what is written here instead. */
static const struct {
    const char *word;
    const char *advice;
} foreign_words[] = {
    {"like", "write \"procedure starts with 'V01'\", or codes('V01'..'V05') for a range"},
    {"null", "write 'is missing' or 'is present'"},
    {"true", "a condition stands alone, without '= true'"},
    {"false", "write 'not' before the condition, without '= false'"},
    {"contains", "write 'has' for lists, 'starts with' for texts"},
    {"exists", "write 'is present', or 'is found' for a table"},
    {"case", "write two rules, or join conditions with 'and' and 'or'"},
};

/* Characters that word processors and other keyboards put in place of ours. */
static const struct {
    const char *bytes;
    const char *advice;
} foreign_characters[] = {
    {"\xE2\x80\x98", "texts stand between straight quotes: 'abc'"},
    {"\xE2\x80\x99", "texts stand between straight quotes: 'abc'"},
    {"\xE2\x80\x9C", "texts stand between straight quotes: 'abc'"},
    {"\xE2\x80\x9D", "texts stand between straight quotes: 'abc'"},
    {"\xE2\x89\xA4", "write '<='"},
    {"\xE2\x89\xA5", "write '>='"},
    {"\xE2\x89\xA0", "write '!='"},
    {"\xC2\xA0", "replace the no-break space by a plain one"},
    {"\xEF\xBC\x88", "write '('"},
    {"\xEF\xBC\x89", "write ')'"},
    {"\xEF\xBC\x8C", "write ','"},
    {"\xEF\xBC\x9D", "write '='"},
};

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

void ca_lexer_init(ca_lexer *lexer, const ca_conf *conf, size_t from, size_t to,
                   ca_yaml_style style)
{
    *lexer = (ca_lexer){.conf = conf, .at = from, .end = to, .style = style};
}

bool ca_is_keyword(ca_text word)
{
    for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
        if (ca_text_is(word, keywords[i]))
            return true;
    return false;
}

/* The byte `ahead` of here, NUL beyond the end. */
static char look(const ca_lexer *lexer, size_t ahead)
{
    size_t at = lexer->at + ahead;
    return at < lexer->end ? lexer->conf->file->source.ptr[at] : '\0';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_name(char c)
{
    return is_letter(c) || is_digit(c) || c == '_';
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* The token of the next `len` bytes; moves on. */
static ca_token token(ca_lexer *lexer, ca_token_kind kind, size_t len)
{
    ca_token made = {.kind = kind, .start = lexer->at, .end = lexer->at + len};
    made.text = (ca_text){lexer->conf->file->source.ptr + lexer->at, len};
    lexer->at += len;
    return made;
}

/* A mistake with one possible meaning: said, then read as that. */
static ca_token corrected(ca_lexer *lexer, ca_token_kind kind, size_t len, const char *meant)
{
    ca_token made = token(lexer, kind, len);
    made.text = ca_text_of(meant);
    lexer->errors++;
    return made;
}

static ca_token bad(ca_lexer *lexer)
{
    lexer->errors++;
    ca_token made = {.kind = CA_TOKEN_BAD, .start = lexer->at, .end = lexer->at};
    lexer->at = lexer->end;
    return made;
}

static size_t digits(const ca_lexer *lexer, size_t from)
{
    size_t len = 0;
    while (is_digit(look(lexer, from + len)))
        len++;
    return len;
}

static ca_token number_or_date(ca_lexer *lexer)
{
    size_t whole = digits(lexer, 0);
    size_t len = whole;
    ca_token_kind kind = CA_TOKEN_NUMBER;
    if (whole == 4 && look(lexer, 4) == '-' && digits(lexer, 5) == 2 && look(lexer, 7) == '-' &&
        digits(lexer, 8) >= 2) {
        kind = CA_TOKEN_DATE;
        len = 10;
    } else if (look(lexer, len) == '.' && is_digit(look(lexer, len + 1))) {
        len += 1 + digits(lexer, len + 1);
    }
    if (is_name(look(lexer, len)) || (look(lexer, len) == '.' && look(lexer, len + 1) != '.')) {
        while (is_name(look(lexer, len)) || look(lexer, len) == '.')
            len++;
        ca_text text = {lexer->conf->file->source.ptr + lexer->at, len};
        ca_say(
            lexer->conf, CA_DIAG_ERROR, lexer->at,
            "'%.*s' is neither a number nor a name; codes and texts stand between quotes: '%.*s'",
            ca_say_len(text), text.ptr, ca_say_len(text), text.ptr);
        lexer->errors++;
        return token(lexer, CA_TOKEN_STRING, len);
    }
    return token(lexer, kind, len);
}

static ca_token string(ca_lexer *lexer, char quote)
{
    size_t len = 1;
    while (look(lexer, len) != quote && look(lexer, len) != '\n' && lexer->at + len < lexer->end &&
           !(look(lexer, len) == '\\' && lexer->style == CA_YAML_DOUBLE))
        len++;
    if (look(lexer, len) == '\\') {
        lexer->at += len;
        ca_say(lexer->conf, CA_DIAG_ERROR, lexer->at,
               "a backslash cannot stand in an expression; leave out the double quotes around it");
        return bad(lexer);
    }
    if (look(lexer, len) != quote) {
        ca_say(lexer->conf, CA_DIAG_ERROR, lexer->at,
               "the text that begins here has no closing quote");
        return bad(lexer);
    }
    ca_token made = token(lexer, CA_TOKEN_STRING, len + 1);
    made.text = ca_text_sub(made.text, 1, len - 1);
    if (quote == '"') {
        ca_say(lexer->conf, CA_DIAG_ERROR, made.start, "texts stand between single quotes: '%.*s'",
               ca_say_len(made.text), made.text.ptr);
        lexer->errors++;
    }
    return made;
}

static bool same_letters(ca_text word, const char *lower)
{
    if (word.len != strlen(lower))
        return false;
    for (size_t i = 0; i < word.len; i++) {
        char c = word.ptr[i];
        if ((c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c) != lower[i])
            return false;
    }
    return true;
}

static ca_token word(ca_lexer *lexer)
{
    size_t len = 0;
    while (is_name(look(lexer, len)))
        len++;
    ca_text text = {lexer->conf->file->source.ptr + lexer->at, len};
    if (ca_is_keyword(text))
        return token(lexer, CA_TOKEN_KEYWORD, len);
    for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
        if (same_letters(text, keywords[i])) {
            ca_say(lexer->conf, CA_DIAG_ERROR, lexer->at, "write '%s' in small letters",
                   keywords[i]);
            return corrected(lexer, CA_TOKEN_KEYWORD, len, keywords[i]);
        }
    }
    for (size_t i = 0; i < sizeof(foreign_words) / sizeof(foreign_words[0]); i++) {
        if (same_letters(text, foreign_words[i].word)) {
            ca_say(lexer->conf, CA_DIAG_ERROR, lexer->at, "there is no '%.*s': %s", (int)len,
                   text.ptr, foreign_words[i].advice);
            return bad(lexer);
        }
    }
    return token(lexer, CA_TOKEN_WORD, len);
}

/* Symbols of other languages with one meaning here. */
static const struct {
    const char *theirs;
    const char *ours;
    ca_token_kind kind;
} foreign_symbols[] = {
    {"==", "=", CA_TOKEN_SYMBOL},   {"<>", "!=", CA_TOKEN_SYMBOL},   {"=<", "<=", CA_TOKEN_SYMBOL},
    {"=>", ">=", CA_TOKEN_SYMBOL},  {"&&", "and", CA_TOKEN_KEYWORD}, {"||", "or", CA_TOKEN_KEYWORD},
    {"!", "not", CA_TOKEN_KEYWORD},
};

static const char *const symbols[] = {"..", "!=", "<=", ">=", "=", "<", ">", "+",
                                      "-",  "*",  "/",  "(",  ")", ",", "."};

static bool starts(const ca_lexer *lexer, const char *what)
{
    ca_text rest = {lexer->conf->file->source.ptr + lexer->at, lexer->end - lexer->at};
    return ca_text_starts(rest, ca_text_of(what));
}

static ca_token unexpected(ca_lexer *lexer)
{
    for (size_t i = 0; i < sizeof(foreign_characters) / sizeof(foreign_characters[0]); i++) {
        if (starts(lexer, foreign_characters[i].bytes)) {
            ca_say(lexer->conf, CA_DIAG_ERROR, lexer->at, "'%s' has no meaning here: %s",
                   foreign_characters[i].bytes, foreign_characters[i].advice);
            return bad(lexer);
        }
    }
    size_t len = 1; /* the whole UTF-8 character */
    while (((unsigned char)look(lexer, len) & 0xC0) == 0x80)
        len++;
    unsigned char first = (unsigned char)look(lexer, 0);
    if (first < 0x20 || first == 0x7F)
        ca_say(lexer->conf, CA_DIAG_ERROR, lexer->at, "unexpected character (byte %u)", first);
    else
        ca_say(lexer->conf, CA_DIAG_ERROR, lexer->at, "unexpected character '%.*s'", (int)len,
               lexer->conf->file->source.ptr + lexer->at);
    return bad(lexer);
}

static ca_token symbol(ca_lexer *lexer)
{
    for (size_t i = 0; i < sizeof(foreign_symbols) / sizeof(foreign_symbols[0]); i++) {
        if (starts(lexer, foreign_symbols[i].theirs) && !starts(lexer, "!=")) {
            ca_say(lexer->conf, CA_DIAG_ERROR, lexer->at, "write '%s' for '%s'",
                   foreign_symbols[i].ours, foreign_symbols[i].theirs);
            return corrected(lexer, foreign_symbols[i].kind, strlen(foreign_symbols[i].theirs),
                             foreign_symbols[i].ours);
        }
    }
    for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++)
        if (starts(lexer, symbols[i]))
            return token(lexer, CA_TOKEN_SYMBOL, strlen(symbols[i]));
    return unexpected(lexer);
}

ca_token ca_lex(ca_lexer *lexer)
{
    while (lexer->at < lexer->end && is_space(look(lexer, 0)))
        lexer->at++;
    if (lexer->at >= lexer->end)
        return (ca_token){.kind = CA_TOKEN_END, .start = lexer->end, .end = lexer->end};
    char c = look(lexer, 0);
    if (is_digit(c))
        return number_or_date(lexer);
    if (is_letter(c))
        return word(lexer);
    if (c == '\'' && lexer->style == CA_YAML_SINGLE) {
        ca_say(
            lexer->conf, CA_DIAG_ERROR, lexer->at,
            "a quote cannot stand inside single quotes; leave out the quotes around the expression");
        return bad(lexer);
    }
    if (c == '\\') {
        ca_say(lexer->conf, CA_DIAG_ERROR, lexer->at,
               "a backslash cannot stand in an expression; leave out the double quotes around it");
        return bad(lexer);
    }
    if (c == '\'' || c == '"')
        return string(lexer, c);
    return symbol(lexer);
}
