/* Expands the short ways of writing names of columns. */
#include "map/pattern.h"

#include <string.h>

#include "base/error.h"

static size_t find(ca_text text, const char *what)
{
    size_t len = strlen(what);
    for (size_t i = 0; i + len <= text.len; i++) {
        if (memcmp(text.ptr + i, what, len) == 0) {
            return i;
        }
    }
    return SIZE_MAX;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool number_of(ca_text digits, uint32_t *ret_number)
{
    int64_t value;
    if (digits.len == 0 || digits.len > 6 || !is_digit(digits.ptr[0]) ||
        !ca_text_to_int(digits, &value)) {
        return false;
    }
    *ret_number = (uint32_t)value;
    return true;
}

bool ca_range_parse(ca_text text, uint32_t *ret_from, uint32_t *ret_to, unsigned *ret_digits)
{
    size_t dots = find(text, "..");
    uint32_t from, to;
    if (dots == SIZE_MAX) {
        return false;
    }
    ca_text left = ca_text_sub(text, 0, dots);
    ca_text right = ca_text_sub(text, dots + 2, text.len);
    if (!number_of(left, &from) || !number_of(right, &to) || from > to ||
        to - from >= CA_RANGE_MAX) {
        return false;
    }
    *ret_from = from;
    *ret_to = to;
    *ret_digits = left.len > 1 && left.ptr[0] == '0' ? (unsigned)left.len : 0;
    return true;
}

/* Where the range begins and ends: inside braces, or the digits around ".." up to the end of the
 * name. */
static bool range_bounds(ca_text pattern, size_t dots, size_t *ret_from, size_t *ret_to,
                         size_t *ret_brace)
{
    size_t from = dots;
    size_t to = dots + 2;
    while (from > 0 && is_digit(pattern.ptr[from - 1])) {
        from--;
    }
    while (to < pattern.len && is_digit(pattern.ptr[to])) {
        to++;
    }
    bool braces =
        from > 0 && pattern.ptr[from - 1] == '{' && to < pattern.len && pattern.ptr[to] == '}';
    if (!braces && to != pattern.len) {
        return false;
    }
    *ret_from = from;
    *ret_to = to;
    *ret_brace = braces ? 1 : 0;
    return true;
}

bool ca_name_range_parse(ca_text pattern, ca_name_range *ret_range)
{
    ca_name_range range = {.before = pattern};
    size_t dots = find(pattern, "..");
    if (dots != SIZE_MAX) {
        size_t from, to, brace;
        if (!range_bounds(pattern, dots, &from, &to, &brace) ||
            !ca_range_parse(ca_text_sub(pattern, from, to - from), &range.from, &range.to,
                            &range.digits)) {
            return false;
        }
        range.numbered = true;
        range.before = ca_text_sub(pattern, 0, from - brace);
        range.after = ca_text_sub(pattern, to + brace, pattern.len);
        if (find(range.after, "..") != SIZE_MAX) {
            return false;
        }
    }
    *ret_range = range;
    return true;
}

size_t ca_name_range_count(const ca_name_range *range)
{
    return range->numbered ? (size_t)range->to - range->from + 1 : 1;
}

int ca_name_range_at(const ca_name_range *range, size_t index, ca_arena *arena, ca_text *ret_name)
{
    if (!range->numbered) {
        return ca_arena_text(arena, range->before, ret_name);
    }
    char *name = ca_arena_printf(arena, "%.*s%0*u%.*s", (int)range->before.len, range->before.ptr,
                                 (int)range->digits, range->from + (unsigned)index,
                                 (int)range->after.len, range->after.len ? range->after.ptr : "");
    if (!name) {
        return CA_NOMEM;
    }
    *ret_name = ca_text_of(name);
    return 0;
}

bool ca_name_has_n(ca_text name)
{
    return find(name, "{n}") != SIZE_MAX;
}

int ca_name_with_n(ca_text name, uint32_t n, unsigned digits, ca_arena *arena, ca_text *ret_name)
{
    size_t at = find(name, "{n}");
    if (at == SIZE_MAX) {
        *ret_name = name;
        return 0;
    }
    char *text = ca_arena_printf(arena, "%.*s%0*u%.*s", (int)at, name.ptr, (int)digits, n,
                                 (int)(name.len - at - 3), name.ptr + at + 3);
    if (!text) {
        return CA_NOMEM;
    }
    return ca_name_with_n(ca_text_of(text), n, digits, arena, ret_name);
}
