/* The slips of profiles. To add one: a row here and a profile in tests/support/broken_profiles. */
#include "map/spelling.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *key, *theirs, *ours;
} slips[] = {
    {"delimiter", "comma", "\",\""},
    {"delimiter", "semicolon", "\";\""},
    {"delimiter", "semikolon", "\";\""},
    {"delimiter", "colon", "\":\""},
    {"delimiter", "pipe", "\"|\""},
    {"delimiter", "bar", "\"|\""},
    {"delimiter", "space", "\" \""},
    {"delimiter", "tab", "tab"},
    {"delimiter", "tabulator", "tab"},
    {"delimiter", "\\t", "tab"},
    {"delimiter", "", "\"|\" (YAML takes | alone for the beginning of a text)"},
    {"delimiter", "\xE2\x80\x9C;\xE2\x80\x9D", "\";\""},
    {"delimiter", "\xE2\x80\x9E;\xE2\x80\x9C", "\";\""},
    {"quote", "double", "'\"'"},
    {"quote", "single", "\"'\""},
    {"group", "comma", "\",\""},
    {"group", "point", "\".\""},
    {"group", "dot", "\".\""},
    {"group", "space", "\" \""},
    {"point", "comma", "\",\""},
    {"point", "dot", "\".\""},
    {"point", "point", "\".\""},
    {"encoding", "utf8", "utf-8"},
    {"encoding", "utf-8-sig", "utf-8"},
    {"encoding", "utf_8", "utf-8"},
    {"encoding", "utf16", "utf-16"},
    {"encoding", "unicode", "utf-16"},
    {"encoding", "utf-16le", "utf-16"},
    {"encoding", "ansi", "windows-1252"},
    {"encoding", "cp1252", "windows-1252"},
    {"encoding", "windows1252", "windows-1252"},
    {"encoding", "win-1252", "windows-1252"},
    {"encoding", "1252", "windows-1252"},
    {"encoding", "latin1", "latin-1"},
    {"encoding", "iso-8859-1", "latin-1"},
    {"encoding", "iso8859-1", "latin-1"},
    {"encoding", "ascii", "utf-8"},
    {"encoding", "us-ascii", "utf-8"},
    {"encoding", "gbk", "gb18030"},
    {"encoding", "gb2312", "gb18030"},
    {"encoding", "cp936", "gb18030"},
};

static char small(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool ca_map_spelling_same(ca_text one, const char *other)
{
    if (one.len != strlen(other)) {
        return false;
    }
    for (size_t i = 0; i < one.len; i++) {
        if (small(one.ptr[i]) != small(other[i])) {
            return false;
        }
    }
    return true;
}

const char *ca_map_spelling(const char *key, ca_text value)
{
    value = ca_text_trim(value);
    for (size_t i = 0; i < sizeof slips / sizeof slips[0]; i++) {
        if (strcmp(slips[i].key, key) == 0 && ca_map_spelling_same(value, slips[i].theirs)) {
            return slips[i].ours;
        }
    }
    return NULL;
}

/* --- Dates ----------------------------------------------------------------------------------- */

/* What stands at the front of a format elsewhere, and here. Longer ones first. */
static const struct {
    const char *theirs, *ours;
} marks[] = {
    {"%Y", "yyyy"},       {"%y", "yy"},     {"%m", "mm"},     {"%d", "dd"},     {"%b", "Mon"},
    {" %H:%M:%S", "..."}, {"T%H", "..."},   {" %H", "..."},   {" hh", "..."},   {" HH", "..."},
    {"THH", "..."},       {"YYYY", "yyyy"}, {"JJJJ", "yyyy"}, {"jjjj", "yyyy"}, {"YY", "yy"},
    {"JJ", "yy"},         {"MMM", "Mon"},   {"MM", "mm"},     {"DD", "dd"},     {"TT", "dd"},
    {"tt", "dd"},         {"yyyy", "yyyy"}, {"yy", "yy"},     {"mm", "mm"},     {"dd", "dd"},
    {"Mon", "Mon"},       {"M", "m"},       {"D", "d"},
};

bool ca_map_spelling_format(ca_text format, char ret_format[CA_DATE_FORMAT_SIZE])
{
    char made[CA_DATE_FORMAT_SIZE];
    ca_date_format valid;
    size_t len = 0;
    for (size_t at = 0; at < format.len;) {
        char here[2] = {format.ptr[at], '\0'};
        const char *ours = here;
        size_t taken = 1;
        for (size_t i = 0; i < sizeof marks / sizeof marks[0] && ours == here; i++) {
            if (ca_text_starts(ca_text_sub(format, at, format.len), ca_text_of(marks[i].theirs))) {
                ours = marks[i].ours;
                taken = strlen(marks[i].theirs);
            }
        }
        if (len + strlen(ours) >= sizeof made) {
            return false;
        }
        memcpy(made + len, ours, strlen(ours));
        len += strlen(ours);
        at = strcmp(ours, "...") == 0 ? format.len : at + taken; /* a time ends it */
    }
    made[len] = '\0';
    if (!ca_date_format_valid((ca_text){made, len}, &valid)) {
        return false;
    }
    memcpy(ret_format, made, len + 1);
    return true;
}

bool ca_map_spelling_date(ca_text text, char ret_date[CA_DATE_SIZE])
{
    static const char *const formats[] = {"d.m.yyyy",      "yyyy/m/d", "yyyymmdd", "yyyy-m-d",
                                          "yyyy-mm-dd...", "m/d/yyyy", "d/m/yyyy"};
    size_t found = 0;
    ca_date first = 0;
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        ca_date_format format;
        ca_date date;
        if (!ca_date_format_valid(ca_text_of(formats[i]), &format) ||
            !ca_date_parse(text, &format, &date) || (found > 0 && date == first)) {
            continue;
        }
        first = date;
        found++;
    }
    if (found == 1) {
        ca_date_print(first, ret_date);
    }
    return found == 1;
}
