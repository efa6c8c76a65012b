/* The tables of slips. To add one: a row here, a row in docs/rule-language.md ("Coming from SQL or
 * Excel"), which a test reads, and a file in tests/support/broken_rules. */
#include "rules/slips.h"

#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Longer ones first. */
static const ca_slip_symbol symbols[] = {
    {"===", "=", CA_TOKEN_SYMBOL},
    {"!==", "!=", CA_TOKEN_SYMBOL},
    {"==", "=", CA_TOKEN_SYMBOL},
    {":=", "=", CA_TOKEN_SYMBOL},
    {"<>", "!=", CA_TOKEN_SYMBOL},
    {"=<", "<=", CA_TOKEN_SYMBOL},
    {"=>", ">=", CA_TOKEN_SYMBOL},
    {"&&", "and", CA_TOKEN_KEYWORD},
    {"&", "and", CA_TOKEN_KEYWORD},
    {"||", "or", CA_TOKEN_KEYWORD},
    {"|", "or", CA_TOKEN_KEYWORD},
    {"!", "not", CA_TOKEN_KEYWORD},
    {"\xE2\x89\xA4", "<=", CA_TOKEN_SYMBOL},
    {"\xE2\x89\xA6", "<=", CA_TOKEN_SYMBOL},
    {"\xE2\x89\xA5", ">=", CA_TOKEN_SYMBOL},
    {"\xE2\x89\xA7", ">=", CA_TOKEN_SYMBOL},
    {"\xE2\x89\xA0", "!=", CA_TOKEN_SYMBOL},
    {"\xE2\x88\x92", "-", CA_TOKEN_SYMBOL}, /* minus, en dash, em dash */
    {"\xE2\x80\x93", "-", CA_TOKEN_SYMBOL},
    {"\xE2\x80\x94", "-", CA_TOKEN_SYMBOL},
    {"\xC3\x97", "*", CA_TOKEN_SYMBOL},
    {"\xC3\xB7", "/", CA_TOKEN_SYMBOL},
    {"\xE2\x80\xA6", "..", CA_TOKEN_SYMBOL},
    {"\xC2\xAC", "not", CA_TOKEN_KEYWORD},
    {"\xE2\x88\xA7", "and", CA_TOKEN_KEYWORD},
    {"\xE2\x88\xA8", "or", CA_TOKEN_KEYWORD},
    /* wide signs of Chinese keyboards */
    {"\xEF\xBC\x81\xEF\xBC\x9D", "!=", CA_TOKEN_SYMBOL},
    {"\xEF\xBC\x9C\xEF\xBC\x9D", "<=", CA_TOKEN_SYMBOL},
    {"\xEF\xBC\x9E\xEF\xBC\x9D", ">=", CA_TOKEN_SYMBOL},
    {"\xEF\xBC\x9D", "=", CA_TOKEN_SYMBOL},
    {"\xEF\xBC\x9C", "<", CA_TOKEN_SYMBOL},
    {"\xEF\xBC\x9E", ">", CA_TOKEN_SYMBOL},
    {"\xEF\xBC\x88", "(", CA_TOKEN_SYMBOL},
    {"\xEF\xBC\x89", ")", CA_TOKEN_SYMBOL},
    {"\xEF\xBC\x8C", ",", CA_TOKEN_SYMBOL},
    {"\xE3\x80\x81", ",", CA_TOKEN_SYMBOL},
    {"\xEF\xBC\x9B", ";", CA_TOKEN_SYMBOL},
    {"\xEF\xBC\x8B", "+", CA_TOKEN_SYMBOL},
    {"\xEF\xBC\x8D", "-", CA_TOKEN_SYMBOL},
    {"\xEF\xBC\x8A", "*", CA_TOKEN_SYMBOL},
    {"\xEF\xBC\x8F", "/", CA_TOKEN_SYMBOL},
};

const ca_slip_symbol *ca_slip_symbol_at(ca_text rest)
{
    for (size_t i = 0; i < COUNT(symbols); i++)
        if (ca_text_starts(rest, ca_text_of(symbols[i].theirs)))
            return &symbols[i];
    return NULL;
}

/* --- Single characters ----------------------------------------------------------------------- */

static size_t character_at(ca_text rest, const char *const *characters, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (ca_text_starts(rest, ca_text_of(characters[i])))
            return strlen(characters[i]);
    return 0;
}

size_t ca_slip_space_at(ca_text rest)
{
    static const char *const spaces[] = {
        "\xC2\xA0",     "\xE2\x80\xAF", "\xE3\x80\x80", "\xE2\x80\x82",
        "\xE2\x80\x83", "\xE2\x80\x87", "\xE2\x80\x89", "\xE2\x80\x8A",
    };
    return character_at(rest, spaces, COUNT(spaces));
}

size_t ca_slip_quote_at(ca_text rest)
{
    static const char *const quotes[] = {
        "\xE2\x80\x98", "\xE2\x80\x99", "\xE2\x80\x9A", "\xE2\x80\x9B", "\xE2\x80\x9C",
        "\xE2\x80\x9D", "\xE2\x80\x9E", "\xE2\x80\x9F", "\xE2\x80\xB2", "\xE2\x80\xB3",
        "\xE2\x80\xB9", "\xE2\x80\xBA", "\xC2\xAB",     "\xC2\xBB",     "\xC2\xB4",
        "\xE3\x80\x8C", "\xE3\x80\x8D", "\xEF\xBC\x87", "\xEF\xBC\x82",
    };
    return character_at(rest, quotes, COUNT(quotes));
}

size_t ca_slip_currency_at(ca_text rest)
{
    static const char *const signs[] = {
        "$", "\xE2\x82\xAC", "\xC2\xA3", "\xC2\xA5", "\xEF\xBF\xA5", "\xE5\x85\x83",
    };
    return character_at(rest, signs, COUNT(signs));
}

/* --- Words ----------------------------------------------------------------------------------- */

static const struct {
    const char *word;
    ca_slip_word slip;
} words[] = {
    {"like", CA_SLIP_LIKE},
    {"ilike", CA_SLIP_LIKE},
    {"contains", CA_SLIP_CONTAINS},
    {"contain", CA_SLIP_CONTAINS},
    {"includes", CA_SLIP_CONTAINS},
    {"startswith", CA_SLIP_BEGINS},
    {"starts_with", CA_SLIP_BEGINS},
    {"begins", CA_SLIP_BEGINS},
    {"endswith", CA_SLIP_PATTERN},
    {"ends", CA_SLIP_PATTERN},
    {"matches", CA_SLIP_PATTERN},
    {"regexp", CA_SLIP_PATTERN},
    {"rlike", CA_SLIP_PATTERN},
    {"similar", CA_SLIP_PATTERN},
    {"equals", CA_SLIP_EQUALS},
    {"null", CA_SLIP_NULL},
    {"nil", CA_SLIP_NULL},
    {"empty", CA_SLIP_NULL},
    {"blank", CA_SLIP_NULL},
    {"true", CA_SLIP_TRUE},
    {"false", CA_SLIP_FALSE},
    {"case", CA_SLIP_CASE},
    {"if", CA_SLIP_IF},
    {"when", CA_SLIP_IF},
    {"select", CA_SLIP_IF},
    {"having", CA_SLIP_IF},
    {"then", CA_SLIP_THEN},
    {"else", CA_SLIP_THEN},
    {"end", CA_SLIP_THEN},
    {"distinct", CA_SLIP_DISTINCT},
    {"date", CA_SLIP_DATE},
    {"timestamp", CA_SLIP_DATE},
    {"eur", CA_SLIP_CURRENCY},
    {"euro", CA_SLIP_CURRENCY},
    {"euros", CA_SLIP_CURRENCY},
    {"usd", CA_SLIP_CURRENCY},
    {"dollar", CA_SLIP_CURRENCY},
    {"dollars", CA_SLIP_CURRENCY},
    {"cny", CA_SLIP_CURRENCY},
    {"rmb", CA_SLIP_CURRENCY},
    {"gbp", CA_SLIP_CURRENCY},
    {"day", CA_SLIP_UNIT},
    {"days", CA_SLIP_UNIT},
    {"month", CA_SLIP_UNIT},
    {"months", CA_SLIP_UNIT},
    {"year", CA_SLIP_UNIT},
    {"years", CA_SLIP_UNIT},
};

static char small(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool ca_slip_same(ca_text word, const char *other)
{
    if (word.len != strlen(other))
        return false;
    for (size_t i = 0; i < word.len; i++)
        if (small(word.ptr[i]) != small(other[i]))
            return false;
    return true;
}

ca_slip_word ca_slip_word_of(ca_text word)
{
    for (size_t i = 0; i < COUNT(words); i++)
        if (ca_slip_same(word, words[i].word))
            return words[i].slip;
    return CA_SLIP_NONE;
}

/* --- Functions ------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    const char *instead;
} functions[] = {
    {"if", "write a condition with 'and', 'or' and 'not', or two rules"},
    {"iif", "write a condition with 'and', 'or' and 'not', or two rules"},
    {"ifs", "write a condition with 'and', 'or' and 'not', or two rules"},
    {"isnull", "write x is missing"},
    {"isblank", "write x is missing"},
    {"isempty", "write x is missing"},
    {"isna", "write x is missing"},
    {"exists", "write x is present, or TABLE(key) is found"},
    {"ifnull", "write coalesce(x, otherwise)"},
    {"nvl", "write coalesce(x, otherwise)"},
    {"iferror", "write coalesce(x, otherwise)"},
    {"today", "a rule gives the same on every day; compare two dates of the claim"},
    {"now", "a rule gives the same on every day; compare two dates of the claim"},
    {"getdate", "a rule gives the same on every day; compare two dates of the claim"},
    {"sysdate", "a rule gives the same on every day; compare two dates of the claim"},
    {"curdate", "a rule gives the same on every day; compare two dates of the claim"},
    {"date", "write a date as 2024-03-01, without quotes"},
    {"to_date", "write a date as 2024-03-01, without quotes"},
    {"cast", "every column has its type already; leave it out"},
    {"datediff", "write days_between(from, to)"},
    {"date_diff", "write days_between(from, to)"},
    {"datedif", "write days_between(from, to)"},
    {"days", "write days_between(from, to)"},
    {"dateadd", "write add_days(date, number) or add_months(date, number)"},
    {"date_add", "write add_days(date, number) or add_months(date, number)"},
    {"edate", "write add_months(date, number)"},
    {"age", "write age_at(birth_date, date)"},
    {"dayofweek", "write weekday(date); Monday is 1"},
    {"left", "write x starts with 'V4'"},
    {"substr", "write x starts with 'V4'"},
    {"substring", "write x starts with 'V4'"},
    {"mid", "write x starts with 'V4'"},
    {"right", "texts are compared whole, or by how they start: x starts with 'V4'"},
    {"len", "write size(list) for a list of codes; texts have no length here"},
    {"length", "write size(list) for a list of codes; texts have no length here"},
    {"upper", "leave it out: codes are compared without regard to capitals"},
    {"lower", "leave it out: codes are compared without regard to capitals"},
    {"trim", "leave it out: spaces around a value are gone already"},
    {"avg", "write sum(x) / count(where x is present)"},
    {"average", "write sum(x) / count(where x is present)"},
    {"countif", "write count(where CONDITION)"},
    {"countifs", "write count(where CONDITION)"},
    {"sumif", "write sum(x where CONDITION)"},
    {"sumifs", "write sum(x where CONDITION)"},
    {"countdistinct", "write distinct(x)"},
    {"unique", "write distinct(x)"},
    {"vlookup", "write TABLE(key).column, with the table in sets.yaml"},
    {"xlookup", "write TABLE(key).column, with the table in sets.yaml"},
    {"lookup", "write TABLE(key).column, with the table in sets.yaml"},
};

const char *ca_slip_function(ca_text name)
{
    for (size_t i = 0; i < COUNT(functions); i++)
        if (ca_slip_same(name, functions[i].name))
            return functions[i].instead;
    return NULL;
}
