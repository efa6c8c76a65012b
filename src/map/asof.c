/* Reads source dates of fact files. */
#include "map/asof.h"

#include <string.h>

#include "conf/shown.h"
#include "map/binding.h"

typedef struct period {
    int year, month, day; /* 0 = not said */
} period;

static bool digits(ca_text text, size_t at, size_t count, int *ret_value)
{
    int value = 0;
    if (at + count > text.len) {
        return false;
    }
    for (size_t i = at; i < at + count; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
        value = value * 10 + (text.ptr[i] - '0');
    }
    *ret_value = value;
    return true;
}

static bool last_day(const period *found, ca_date *ret_date)
{
    if (found->year < 1 || found->month > 12) {
        return false;
    }
    if (found->day > 0) {
        return ca_date_make(found->year, found->month, found->day, ret_date);
    }
    *ret_date = ca_date_month_end(found->year, found->month > 0 ? found->month : 12);
    return true;
}

/* Takes yyyy, mm and dd of `format` off a text of the same length; another character stands for
 * itself. A month or day of 00 is none. */
static bool take(ca_text format, ca_text text, period *found)
{
    if (text.len < format.len) {
        return false;
    }
    for (size_t i = 0; i < format.len;) {
        ca_text rest = ca_text_sub(format, i, format.len);
        if (ca_text_starts(rest, CA_TEXT("yyyy"))) {
            if (!digits(text, i, 4, &found->year)) {
                return false;
            }
            i += 4;
        } else if (ca_text_starts(rest, CA_TEXT("mm")) || ca_text_starts(rest, CA_TEXT("dd"))) {
            int *into = rest.ptr[0] == 'm' ? &found->month : &found->day;
            if (!digits(text, i, 2, into) || *into == 0) {
                return false;
            }
            i += 2;
        } else if (text.ptr[i] == format.ptr[i]) {
            i++;
        } else {
            return false;
        }
    }
    return true;
}

/* How often `what` stands in the format. */
static int count_of(ca_text text, ca_text what)
{
    int count = 0;
    for (size_t i = 0; i + what.len <= text.len; i++) {
        if (memcmp(text.ptr + i, what.ptr, what.len) == 0) {
            count++;
            i += what.len - 1;
        }
    }
    return count;
}

/* A year, with or without a month, and no letter that means nothing. */
static bool year_or_month(ca_text text)
{
    size_t meant = 0;
    int years = count_of(text, CA_TEXT("yyyy"));
    int months = count_of(text, CA_TEXT("mm"));
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        meant += (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ? 1 : 0;
    }
    return years == 1 && months <= 1 && meant == (size_t)years * 4 + (size_t)months * 2;
}

bool ca_period_format_valid(ca_text text, ca_period_format *ret_format)
{
    ca_period_format format = {.text = text};
    format.whole = ca_date_format_valid(text, &format.date);
    if (!format.whole && !year_or_month(text)) {
        return false;
    }
    *ret_format = format;
    return true;
}

bool ca_period_parse(ca_text text, const ca_period_format *format, ca_date *ret_last_day)
{
    period found = {0};
    if (format->whole) {
        return ca_date_parse(text, &format->date, ret_last_day);
    }
    return text.len == format->text.len && take(format->text, text, &found) &&
           last_day(&found, ret_last_day);
}

/* --- File names ----------------------------------------------------------------------------- */

static bool split_brace(ca_text pattern, ca_text *ret_format, ca_text *ret_rest)
{
    const char *end = memchr(pattern.ptr, '}', pattern.len);
    if (!end) {
        return false;
    }
    size_t at = (size_t)(end - pattern.ptr);
    *ret_format = ca_text_sub(pattern, 1, at - 1);
    *ret_rest = ca_text_sub(pattern, at + 1, pattern.len);
    return true;
}

static bool name_matches(ca_text pattern, ca_text name, period *found)
{
    ca_text format, rest;
    if (pattern.len == 0) {
        return name.len == 0;
    }
    switch (pattern.ptr[0]) {
    case '*':
        for (size_t skip = 0; skip <= name.len; skip++) {
            period tried = *found;
            if (name_matches(ca_text_sub(pattern, 1, pattern.len),
                             ca_text_sub(name, skip, name.len), &tried)) {
                *found = tried;
                return true;
            }
        }
        return false;
    case '{':
        return split_brace(pattern, &format, &rest) && take(format, name, found) &&
               name_matches(rest, ca_text_sub(name, format.len, name.len), found);
    default:
        return name.len > 0 && (pattern.ptr[0] == '?' || pattern.ptr[0] == name.ptr[0]) &&
               name_matches(ca_text_sub(pattern, 1, pattern.len), ca_text_sub(name, 1, name.len),
                            found);
    }
}

bool ca_asof_of_name(ca_text pattern, ca_text name, ca_date *ret_date)
{
    period found = {0};
    return name_matches(pattern, name, &found) && last_day(&found, ret_date);
}

/* At most three stars: matching tries every place of each. */
bool ca_asof_pattern_valid(ca_text pattern)
{
    int years = 0, months = 0, days = 0, stars = 0;
    if (pattern.len > 200) {
        return false;
    }
    while (pattern.len > 0) {
        ca_text format, rest;
        if (pattern.ptr[0] == '}') {
            return false;
        }
        if (pattern.ptr[0] != '{') {
            stars += pattern.ptr[0] == '*' ? 1 : 0;
            pattern = ca_text_sub(pattern, 1, pattern.len);
            continue;
        }
        if (!split_brace(pattern, &format, &rest)) {
            return false;
        }
        years += count_of(format, CA_TEXT("yyyy"));
        months += count_of(format, CA_TEXT("mm"));
        days += count_of(format, CA_TEXT("dd"));
        pattern = rest;
    }
    return years == 1 && months <= 1 && days <= months && stars <= 3;
}

ca_text ca_file_base(ca_text path)
{
    for (size_t i = path.len; i > 0; i--) {
        if (path.ptr[i - 1] == '/') {
            path = ca_text_sub(path, i, path.len);
            break;
        }
    }
    if (path.len > 3 && ca_text_eq(ca_text_sub(path, path.len - 3, 3), CA_TEXT(".gz"))) {
        path.len -= 3;
    } else if (path.len > 4 && ca_text_eq(ca_text_sub(path, path.len - 4, 4), CA_TEXT(".zst"))) {
        path.len -= 4;
    }
    return path;
}

/* --- From the profile ----------------------------------------------------------------------- */

static int read_formats(ca_map_reader *reader, ca_yaml *node, const ca_settings *settings,
                        ca_asof *asof)
{
    ca_text *items = NULL;
    size_t count = settings->date_count;
    if (node && !ca_conf_list(&reader->conf, node, reader->arena, &items, &count)) {
        return 0;
    }
    if (count == 0 || count > CA_DATE_FORMATS_MAX) {
        ca_conf_error(&reader->conf, node, "'dates' must name 1 to %d date formats",
                      CA_DATE_FORMATS_MAX);
        return 0;
    }
    ca_period_format *formats = ca_arena_array(reader->arena, count, sizeof *formats);
    if (!formats) {
        return CA_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        if (!items) {
            formats[i] = (ca_period_format){.whole = true, .date = settings->dates[i]};
        } else if (!ca_period_format_valid(items[i], &formats[i])) {
            ca_conf_error(&reader->conf, node,
                          "'%s' is no date format, nor one of a year or month, as yyyy-mm",
                          ca_shown_of(items[i]).text);
            return 0;
        }
    }
    asof->formats = formats;
    asof->format_count = count;
    return 0;
}

static void read_pattern(ca_map_reader *reader, const ca_yaml *node, ca_asof *asof)
{
    asof->kind = CA_ASOF_FILE_NAME;
    if (ca_conf_text(&reader->conf, node, &asof->pattern) &&
        !ca_asof_pattern_valid(asof->pattern)) {
        ca_conf_error(
            &reader->conf, node,
            "'file_name' must have the year once in braces, at most three *, and month or "
            "day only with it: '*_{yyyy}_*'");
    }
}

int ca_asof_read(ca_map_reader *reader, ca_yaml *node, const ca_settings *settings,
                 ca_asof *ret_asof)
{
    static const char *const keys[] = {"column", "dates", "optional", "file_name", NULL};
    const ca_conf *conf = &reader->conf;
    if (!node || !ca_conf_is(conf, node, CA_YAML_MAPPING, NULL)) {
        return 0;
    }
    ca_asof asof = {.line = node->key_line, .at = node->key_column};
    ca_yaml *column = ca_conf_get(conf, node, "column");
    ca_yaml *name = ca_conf_get(conf, node, "file_name");
    ca_yaml *dates = ca_conf_get(conf, node, "dates");
    ca_yaml *optional = ca_conf_get(conf, node, "optional");
    int rc = 0;
    if (!!column + !!name != 1) {
        ca_conf_error_key(conf, node, "'as_of' must have one of 'column' and 'file_name'");
    } else if (name) {
        read_pattern(reader, name, &asof);
    } else {
        asof.kind = CA_ASOF_COLUMN;
        rc = ca_names_read(reader, column, false, false, &asof.columns, &asof.column_count);
        rc = rc ? rc : read_formats(reader, dates, settings, &asof);
    }
    if (name && dates) {
        ca_conf_error_key(conf, dates, "'dates' has a meaning with 'column' only");
    }
    if (optional) {
        (void)ca_conf_bool(conf, optional, &asof.optional);
    }
    ca_conf_no_others(conf, node, keys);
    *ret_asof = asof;
    return rc;
}
