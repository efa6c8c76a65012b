/* Text as pointer and length: comparing, cutting, matching, and the nearest of some names. */
#include "base/text.h"

#include <string.h>

enum { LONGEST_SUGGESTION = 64 };

ca_text ca_text_of(const char *cstr)
{
    return cstr == NULL ? CA_TEXT("") : (ca_text){cstr, strlen(cstr)};
}

ca_text ca_text_sub(ca_text text, size_t from, size_t len)
{
    if (from > text.len)
        from = text.len;
    if (len > text.len - from)
        len = text.len - from;
    return (ca_text){text.ptr == NULL ? "" : text.ptr + from, len};
}

bool ca_text_eq(ca_text a, ca_text b)
{
    return a.len == b.len && (a.len == 0 || ca_same_few(a.ptr, b.ptr, a.len));
}

bool ca_text_is(ca_text a, const char *cstr)
{
    return ca_text_eq(a, ca_text_of(cstr));
}

int ca_text_cmp(ca_text a, ca_text b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common == 0 ? 0 : memcmp(a.ptr, b.ptr, common);
    if (order != 0)
        return order < 0 ? -1 : 1;
    return (a.len > b.len) - (a.len < b.len);
}

bool ca_text_starts(ca_text text, ca_text prefix)
{
    return ca_text_eq(ca_text_sub(text, 0, prefix.len), prefix);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

ca_text ca_text_trim(ca_text text)
{
    while (text.len > 0 && is_blank(text.ptr[text.len - 1]))
        text.len--;
    while (text.len > 0 && is_blank(text.ptr[0])) {
        text.ptr++;
        text.len--;
    }
    return text;
}

bool ca_text_next(ca_text *rest, char separator, ca_text *ret_part)
{
    if (rest->ptr == NULL)
        return false;
    const char *end = rest->len == 0 ? NULL : memchr(rest->ptr, separator, rest->len);
    if (end == NULL) {
        *ret_part = *rest;
        *rest = (ca_text){NULL, 0};
        return true;
    }
    size_t len = (size_t)(end - rest->ptr);
    *ret_part = (ca_text){rest->ptr, len};
    *rest = (ca_text){end + 1, rest->len - len - 1};
    return true;
}

bool ca_text_glob(ca_text pattern, ca_text text)
{
    size_t p = 0;
    size_t t = 0;
    size_t star = SIZE_MAX; /* where to start over: behind the last * … */
    size_t star_text = 0;   /* … which then swallows one byte more */
    while (t < text.len) {
        if (p < pattern.len && pattern.ptr[p] == '*') {
            star = ++p;
            star_text = t;
        } else if (p < pattern.len && (pattern.ptr[p] == '?' || pattern.ptr[p] == text.ptr[t])) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star;
            t = ++star_text;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*')
        p++;
    return p == pattern.len;
}

bool ca_text_to_int(ca_text text, int64_t *ret_value)
{
    size_t i = 0;
    bool negative = text.len > 0 && text.ptr[0] == '-';
    if (negative || (text.len > 0 && text.ptr[0] == '+'))
        i++;
    if (i == text.len)
        return false;
    int64_t value = 0; /* built below zero, where there is room for INT64_MIN */
    for (; i < text.len; i++) {
        char c = text.ptr[i];
        if (c < '0' || c > '9')
            return false;
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, c - '0', &value))
            return false;
    }
    if (!negative && value == INT64_MIN)
        return false;
    *ret_value = negative ? value : -value;
    return true;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static char small(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Letters to insert, drop, change or swap with a neighbour, by three rows of the usual table. */
static size_t edit_distance(ca_text a, ca_text b)
{
    size_t rows[3][LONGEST_SUGGESTION + 1];
    size_t *before = rows[0];
    size_t *last = rows[1];
    size_t *row = rows[2];
    for (size_t j = 0; j <= b.len; j++)
        last[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t same = small(a.ptr[i - 1]) == small(b.ptr[j - 1]) ? 0 : 1;
            row[j] = least(least(last[j] + 1, row[j - 1] + 1), last[j - 1] + same);
            if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
        }
        size_t *oldest = before;
        before = last;
        last = row;
        row = oldest;
    }
    return last[b.len];
}

const char *ca_text_closest(ca_text text, const char *const *names, size_t count)
{
    if (text.len > LONGEST_SUGGESTION)
        return NULL;
    const char *best = NULL;
    size_t limit = 1 + text.len / 4;
    for (size_t i = 0; i < count; i++) {
        ca_text name = ca_text_of(names[i]);
        if (name.len > LONGEST_SUGGESTION)
            continue;
        size_t distance = edit_distance(text, name);
        /* At least one letter must be right, else any letter would suggest any other. */
        if (distance <= limit && distance < text.len) {
            best = names[i];
            limit = distance - (distance > 0);
            if (distance == 0)
                break;
        }
    }
    return best;
}
