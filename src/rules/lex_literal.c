/* Numbers, dates and texts of expressions, also as others write them: 12.50 EUR, 01.03.2024, "M". */
#include <stdio.h>
#include <string.h>

#include "rules/lex_parts.h"
#include "rules/say.h"
#include "rules/slips.h"

/* --- Numbers and dates ----------------------------------------------------------------------- */

static size_t digits(const ca_lexer *lexer, size_t from)
{
    size_t len = 0;
    while (ca_lex_is_digit(ca_lex_look(lexer, from + len)))
        len++;
    return len;
}

/* Nothing of a number, date or name goes on at `len`. */
static bool ends_at(const ca_lexer *lexer, size_t len)
{
    char c = ca_lex_look(lexer, len);
    return !ca_lex_is_name(c) && (c != '.' || ca_lex_look(lexer, len + 1) == '.');
}

ca_token ca_lex_bare_code(ca_lexer *lexer, size_t len)
{
    while (ca_lex_is_name(ca_lex_look(lexer, len)) ||
           (ca_lex_look(lexer, len) == '.' && ca_lex_look(lexer, len + 1) != '.'))
        len++;
    ca_text text = ca_text_sub(ca_lex_rest(lexer), 0, len);
    ca_lex_say(lexer, lexer->at,
               "write '%.*s' instead of %.*s: codes and texts stand between quotes",
               ca_say_len(text), text.ptr, ca_say_len(text), text.ptr);
    ca_token made = ca_lex_token(lexer, CA_TOKEN_STRING, len);
    made.slip = true;
    return made;
}

/* Bytes of the time behind a date, 0 without one: T10:30:00, 10:30 */
static size_t time_after(const ca_lexer *lexer, size_t len)
{
    char c = ca_lex_look(lexer, len);
    if ((c != 'T' && c != ' ') || digits(lexer, len + 1) != 2 || ca_lex_look(lexer, len + 3) != ':')
        return 0;
    size_t end = len + 3;
    while (strchr(":.Z", ca_lex_look(lexer, end)) != NULL || digits(lexer, end) > 0) {
        if (ca_lex_look(lexer, end) == '\0')
            break;
        end++;
    }
    return end - len;
}

static ca_token iso_date(ca_lexer *lexer)
{
    size_t time = time_after(lexer, 10);
    if (time > 0) {
        ca_text date = ca_text_sub(ca_lex_rest(lexer), 0, 10);
        ca_lex_say(lexer, lexer->at, "write %.*s instead of %.*s: dates have no time", 10, date.ptr,
                   (int)(10 + time), date.ptr);
        ca_token made = ca_lex_token(lexer, CA_TOKEN_DATE, 10 + time);
        made.text = date;
        return made;
    }
    return ends_at(lexer, 10) ? ca_lex_token(lexer, CA_TOKEN_DATE, 10) : ca_lex_bare_code(lexer, 10);
}

static bool is_iso_date(const ca_lexer *lexer)
{
    return digits(lexer, 0) == 4 && ca_lex_look(lexer, 4) == '-' && digits(lexer, 5) == 2 &&
           ca_lex_look(lexer, 7) == '-' && digits(lexer, 8) >= 2;
}

/* Bytes of a date as others write it, 0 when none begins here. */
static size_t foreign_date(const ca_lexer *lexer, ca_date days[2], size_t *ret_count)
{
    size_t len = 0;
    *ret_count = 0;
    for (char c = ca_lex_look(lexer, 0); ca_lex_is_digit(c) || (c != '\0' && strchr("./-", c));
         c = ca_lex_look(lexer, len))
        len++;
    while (len > 0 && !ca_lex_is_digit(ca_lex_look(lexer, len - 1)))
        len--;
    if (ends_at(lexer, len))
        *ret_count = ca_slip_date(ca_text_sub(ca_lex_rest(lexer), 0, len), days);
    return *ret_count > 0 ? len : 0;
}

static ca_token other_date(ca_lexer *lexer, size_t len, const ca_date *days, size_t count)
{
    char one[CA_DATE_SIZE];
    char other[CA_DATE_SIZE] = "";
    ca_date_print(days[0], one);
    if (count > 1)
        ca_date_print(days[1], other);
    ca_lex_say(lexer, lexer->at, "write %s%s%s instead of %.*s", one, count > 1 ? " or " : "",
               other, (int)len, ca_lex_rest(lexer).ptr);
    return ca_lex_meant(lexer, CA_TOKEN_DATE, len, one);
}

/* Bytes of a number with separators between its digits: 1.234.567,89, 1_000, 1'000; 0 when none
 * begins here. (A comma alone may separate values: the parser knows.) */
static size_t grouped(const ca_lexer *lexer)
{
    size_t first = digits(lexer, 0);
    char separator = ca_lex_look(lexer, first);
    size_t len = first;
    size_t groups = 0;
    if (first > 3 || (separator != '.' && separator != '_' && separator != '\''))
        return 0;
    while (ca_lex_look(lexer, len) == separator && digits(lexer, len + 1) == 3) {
        len += 4;
        groups++;
    }
    bool comma = ca_lex_look(lexer, len) == ',' && digits(lexer, len + 1) > 0;
    if (groups == 0 || (separator == '.' && groups < 2))
        return 0; /* 1.234 is a number */
    if (comma || (separator != '.' && ca_lex_look(lexer, len) == '.'))
        len += 1 + digits(lexer, len + 1);
    return ends_at(lexer, len) && ca_lex_look(lexer, len) != '\'' ? len : 0;
}

static ca_token percent(ca_lexer *lexer, size_t len, size_t all)
{
    char number[CA_SLIP_NUMBER_SIZE];
    ca_text rest = ca_lex_rest(lexer);
    if (!ca_slip_percent(ca_text_sub(rest, 0, len), number)) {
        ca_lex_say(lexer, lexer->at + len, "write a share as 0.2 instead of 20%%");
        return ca_lex_token(lexer, CA_TOKEN_NUMBER, all);
    }
    ca_lex_say(lexer, lexer->at, "write %s instead of %.*s", number, (int)all, rest.ptr);
    return ca_lex_meant(lexer, CA_TOKEN_NUMBER, all, number);
}

static ca_token grouped_number(ca_lexer *lexer, size_t len)
{
    char number[CA_SLIP_NUMBER_SIZE];
    char other[CA_SLIP_NUMBER_SIZE];
    ca_text text = ca_text_sub(ca_lex_rest(lexer), 0, len);
    if (!ca_slip_number(text, number, other))
        return ca_lex_bare_code(lexer, 0);
    ca_lex_say(lexer, lexer->at, "write %s instead of %.*s", number, ca_say_len(text), text.ptr);
    return ca_lex_meant(lexer, CA_TOKEN_NUMBER, len, number);
}

/* .5 */
static ca_token fraction(ca_lexer *lexer)
{
    char number[CA_SLIP_NUMBER_SIZE];
    size_t len = 1 + digits(lexer, 1);
    if (!ends_at(lexer, len) || len + 2 > sizeof(number))
        return ca_lex_bare_code(lexer, 0);
    snprintf(number, sizeof(number), "0%.*s", (int)len, ca_lex_rest(lexer).ptr);
    ca_lex_say(lexer, lexer->at, "write %s instead of %s", number, number + 1);
    return ca_lex_meant(lexer, CA_TOKEN_NUMBER, len, number);
}

ca_token ca_lex_number(ca_lexer *lexer)
{
    ca_date days[2];
    size_t readings;
    if (ca_lex_look(lexer, 0) == '.')
        return fraction(lexer);
    if (is_iso_date(lexer))
        return iso_date(lexer);
    size_t len = foreign_date(lexer, days, &readings);
    if (len > 0)
        return other_date(lexer, len, days, readings);
    len = grouped(lexer);
    if (len > 0)
        return grouped_number(lexer, len);
    len = digits(lexer, 0);
    if (ca_lex_look(lexer, len) == '.' && ca_lex_is_digit(ca_lex_look(lexer, len + 1)))
        len += 1 + digits(lexer, len + 1);
    if (!ends_at(lexer, len))
        return ca_lex_bare_code(lexer, 0);
    size_t all = len + (ca_lex_look(lexer, len) == ' ');
    if (ca_lex_look(lexer, all) == '%')
        return percent(lexer, len, all + 1);
    return ca_lex_token(lexer, CA_TOKEN_NUMBER, len);
}

/* --- Texts ----------------------------------------------------------------------------------- */

/* Bytes of any quote at `ahead`, 0 when there is none. */
static size_t quote_at(const ca_lexer *lexer, size_t ahead)
{
    char c = ca_lex_look(lexer, ahead);
    if (c == '\'' || c == '"')
        return 1;
    ca_text rest = ca_lex_rest(lexer);
    return ca_slip_quote_at(ca_text_sub(rest, ahead, rest.len));
}

static bool in_line(const ca_lexer *lexer, size_t ahead)
{
    return lexer->at + ahead < lexer->end && ca_lex_look(lexer, ahead) != '\n';
}

/* Where the text that begins behind `open` bytes ends: at the same quote, or, if it was a curly one
 * or has no partner on its line, at any. False without one. */
static bool closing(const ca_lexer *lexer, size_t open, size_t *ret_at, size_t *ret_len)
{
    char first = ca_lex_look(lexer, 0);
    bool straight = first == '\'' || first == '"';
    for (size_t at = open; straight && in_line(lexer, at); at++) {
        if (ca_lex_look(lexer, at) == first) {
            *ret_at = at;
            *ret_len = 1;
            return true;
        }
    }
    for (size_t at = open; in_line(lexer, at); at++) {
        *ret_len = quote_at(lexer, at);
        if (*ret_len > 0 && (straight ? *ret_len > 1 : true)) {
            *ret_at = at;
            return true;
        }
    }
    return false;
}

static bool is_small_name(ca_text text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!ca_lex_is_name(text.ptr[i]) || (text.ptr[i] >= 'A' && text.ptr[i] <= 'Z'))
            return false;
    return text.len > 0 && ca_lex_is_letter(text.ptr[0]);
}

/* YAML's own quotes around the expression want quotes inside doubled, or behind a backslash. */
static ca_token escaped(ca_lexer *lexer)
{
    size_t len = 2;
    char mark = ca_lex_look(lexer, 0);
    char quote = ca_lex_look(lexer, 1);
    while (in_line(lexer, len) &&
           !(ca_lex_look(lexer, len) == mark && ca_lex_look(lexer, len + 1) == quote))
        len++;
    bool whole = in_line(lexer, len) && (mark == '\'' || quote == '"' || quote == '\'');
    ca_text text = ca_text_sub(ca_lex_rest(lexer), 2, len - 2);
    if (mark == '\\' && whole)
        ca_lex_say(lexer, lexer->at, "write '%.*s' instead of \\%c%.*s\\%c", ca_say_len(text),
                   text.ptr, quote, ca_say_len(text), text.ptr, quote);
    else if (mark == '\\')
        ca_lex_say(lexer, lexer->at, "a backslash means nothing here: write texts as 'M'");
    else if (!lexer->escape_said)
        ca_lex_say(lexer, lexer->at,
                   "put double quotes around the whole, not single ones: texts in it are written "
                   "'M'");
    lexer->escape_said = true;
    if (!whole)
        return ca_lex_bad(lexer);
    ca_token made = ca_lex_token(lexer, CA_TOKEN_STRING, len + 2);
    made.text = ca_text_sub(made.text, 2, len - 2);
    made.slip = true;
    return made;
}

/* 'O''Brien' */
static void take_doubled(ca_lexer *lexer, ca_token *made)
{
    if (ca_lex_look(lexer, 0) != '\'')
        return;
    ca_lex_say(lexer, made->start,
               "a text cannot hold a quote: compare its beginning with starts with '%.*s'",
               ca_say_len(made->text), made->text.ptr);
    while (ca_lex_look(lexer, 0) == '\'') {
        size_t len = 1;
        while (in_line(lexer, len) && ca_lex_look(lexer, len) != '\'')
            len++;
        lexer->at += len + (ca_lex_look(lexer, len) == '\'');
    }
    made->end = lexer->at;
    made->slip = true;
}

ca_token ca_lex_string(ca_lexer *lexer, size_t quote)
{
    char first = ca_lex_look(lexer, 0);
    size_t at = 0;
    size_t close = 0;
    if (first == '\\' || (first == '\'' && lexer->style == CA_YAML_SINGLE))
        return escaped(lexer);
    if (!closing(lexer, quote, &at, &close)) {
        if (!lexer->quiet)
            ca_lex_say(lexer, lexer->at, "the text that begins here has no closing quote (')");
        return ca_lex_bad(lexer);
    }
    ca_text all = ca_text_sub(ca_lex_rest(lexer), 0, at + close);
    ca_text text = ca_text_sub(all, quote, at - quote);
    if (memchr(text.ptr, '\\', text.len) != NULL && lexer->style == CA_YAML_DOUBLE) {
        lexer->at += (size_t)((const char *)memchr(text.ptr, '\\', text.len) - all.ptr);
        ca_lex_say(lexer, lexer->at, "a backslash means nothing here: write texts as 'M'");
        return ca_lex_bad(lexer);
    }
    bool slip = first != '\'' || close > 1;
    ca_date day;
    if (slip && ca_date_parse_iso(text, &day)) {
        ca_lex_say(lexer, lexer->at, "write %.*s instead of %.*s", ca_say_len(text), text.ptr,
                   ca_say_len(all), all.ptr);
        ca_token date = ca_lex_token(lexer, CA_TOKEN_DATE, all.len);
        date.text = text;
        return date;
    }
    if (slip)
        ca_lex_say(lexer, lexer->at, "write '%.*s' instead of %.*s%s", ca_say_len(text), text.ptr,
                   ca_say_len(all), all.ptr,
                   is_small_name(text) ? " (a column stands without quotes)" : "");
    ca_token made = ca_lex_token(lexer, CA_TOKEN_STRING, all.len);
    made.text = text;
    made.slip = slip;
    if (first == '\'' && !slip)
        take_doubled(lexer, &made);
    return made;
}

ca_token ca_lex_backticks(ca_lexer *lexer)
{
    size_t len = 1;
    while (in_line(lexer, len) && ca_lex_look(lexer, len) != '`' && quote_at(lexer, len) == 0)
        len++;
    size_t close = ca_lex_look(lexer, len) == '`' ? 1 : quote_at(lexer, len);
    if (!in_line(lexer, len)) {
        ca_lex_say(lexer, lexer->at,
                   "a backtick has no meaning here: texts stand between straight quotes, 'abc'");
        return ca_lex_bad(lexer);
    }
    ca_text text = ca_text_sub(ca_lex_rest(lexer), 1, len - 1);
    bool name = is_small_name(text);
    const char *mark = name ? "" : "'";
    ca_lex_say(lexer, lexer->at, "write %s%.*s%s instead of %.*s", mark, ca_say_len(text), text.ptr,
               mark, ca_say_len(ca_text_sub(ca_lex_rest(lexer), 0, len + close)),
               ca_lex_rest(lexer).ptr);
    ca_token made = ca_lex_token(lexer, name ? CA_TOKEN_WORD : CA_TOKEN_STRING, len + close);
    made.text = text;
    made.slip = true;
    return made;
}
