/* Dates and times of day in the notations of a profile. A format is turned into steps once; the two
 * most frequent ones have a lane of their own. */
#include "base/date.h"

#include <string.h>

#include "base/digits.h"

/* One byte each; any other byte of `steps` is a character that stands for itself. */
enum {
    STEP_END,
    STEP_YEAR4,
    STEP_YEAR2,
    STEP_MONTH2,
    STEP_MONTH,
    STEP_MONTH_NAME,
    STEP_DAY2,
    STEP_DAY,
    STEP_HOUR2,
    STEP_HOUR,
    STEP_MINUTE,
    STEP_SECOND,
    STEP_COUNT
};

enum { KIND_STEPS, KIND_DASHED, KIND_DIGITS }; /* any, yyyy-mm-dd, yyyymmdd */

/* Longer names of the same letter first. */
static const struct {
    const char *name;
    char step;
} steps_by_name[] = {{"yyyy", STEP_YEAR4}, {"yy", STEP_YEAR2}, {"Mon", STEP_MONTH_NAME},
                     {"mm", STEP_MONTH2},  {"m", STEP_MONTH},  {"dd", STEP_DAY2},
                     {"d", STEP_DAY},      {"HH", STEP_HOUR2}, {"H", STEP_HOUR},
                     {"MM", STEP_MINUTE},  {"SS", STEP_SECOND}};

/* Takes the next step off *rest; false for a letter that means nothing. */
static bool take_step(ca_text *rest, char *ret_step)
{
    for (size_t i = 0; i < sizeof steps_by_name / sizeof steps_by_name[0]; i++) {
        ca_text name = ca_text_of(steps_by_name[i].name);
        if (ca_text_starts(*rest, name)) {
            *ret_step = steps_by_name[i].step;
            *rest = ca_text_sub(*rest, name.len, rest->len);
            return true;
        }
    }
    char c = *rest->ptr;
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if ((letter && c != 'T' && c != 'Z') || (unsigned char)c < ' ' || c == 0x7f)
        return false;
    *ret_step = c;
    *rest = ca_text_sub(*rest, 1, rest->len);
    return true;
}

static bool is_digits(char step)
{
    bool number = step >= STEP_YEAR4 && step < STEP_COUNT && step != STEP_MONTH_NAME;
    return number || (step >= '0' && step <= '9');
}

/* A number of one or two digits must not run into the next one. */
static bool unambiguous(const char *steps)
{
    for (size_t i = 0; steps[i] != STEP_END; i++) {
        bool short_number =
            steps[i] == STEP_MONTH || steps[i] == STEP_DAY || steps[i] == STEP_HOUR;
        if (short_number && is_digits(steps[i + 1]))
            return false;
    }
    return true;
}

/* Year, month and day once each; a time only as hour, hour MM or hour MM SS. */
static bool complete(const char *steps)
{
    int seen[STEP_COUNT] = {0};
    for (size_t i = 0; steps[i] != STEP_END; i++) {
        if (steps[i] > STEP_END && steps[i] < STEP_COUNT)
            seen[(unsigned char)steps[i]]++;
    }
    int hours = seen[STEP_HOUR2] + seen[STEP_HOUR];
    return seen[STEP_YEAR4] + seen[STEP_YEAR2] == 1 &&
           seen[STEP_MONTH2] + seen[STEP_MONTH] + seen[STEP_MONTH_NAME] == 1 &&
           seen[STEP_DAY2] + seen[STEP_DAY] == 1 && hours <= 1 &&
           seen[STEP_MINUTE] <= hours && seen[STEP_SECOND] <= seen[STEP_MINUTE];
}

static bool cut_suffix(ca_text *text, ca_text suffix)
{
    if (text->len < suffix.len ||
        !ca_text_eq(ca_text_sub(*text, text->len - suffix.len, suffix.len), suffix))
        return false;
    text->len -= suffix.len;
    return true;
}

bool ca_date_format_valid(ca_text text, ca_date_format *ret_format)
{
    static const char dashed[] = {STEP_YEAR4, '-', STEP_MONTH2, '-', STEP_DAY2, STEP_END};
    static const char digits[] = {STEP_YEAR4, STEP_MONTH2, STEP_DAY2, STEP_END};
    ca_date_format format = {.kind = KIND_STEPS};
    if (text.len == 0 || text.len >= sizeof format.text)
        return false;
    memcpy(format.text, text.ptr, text.len);
    format.cut_time = cut_suffix(&text, CA_TEXT("…")) || cut_suffix(&text, CA_TEXT("..."));
    for (size_t i = 0; text.len > 0; i++) {
        if (!take_step(&text, &format.steps[i]))
            return false;
        format.has_time |= format.steps[i] == STEP_HOUR2 || format.steps[i] == STEP_HOUR;
    }
    if (!complete(format.steps) || !unambiguous(format.steps))
        return false;
    if (strcmp(format.steps, dashed) == 0)
        format.kind = KIND_DASHED;
    if (strcmp(format.steps, digits) == 0)
        format.kind = KIND_DIGITS;
    *ret_format = format;
    return true;
}

/* --- Reading -------------------------------------------------------------------------------- */

static int digit_at(ca_text text, size_t at)
{
    if (at >= text.len || text.ptr[at] < '0' || text.ptr[at] > '9')
        return -1;
    return text.ptr[at] - '0';
}

/* Exactly `count` digits from *at on. */
static bool take_digits(ca_text text, size_t count, size_t *at, int *ret_value)
{
    int value = 0;
    for (size_t i = 0; i < count; i++) {
        int digit = digit_at(text, *at + i);
        if (digit < 0)
            return false;
        value = value * 10 + digit;
    }
    *at += count;
    *ret_value = value;
    return true;
}

static bool take_one_or_two(ca_text text, size_t *at, int *ret_value)
{
    return take_digits(text, digit_at(text, *at + 1) >= 0 ? 2 : 1, at, ret_value);
}

static bool take_month_name(ca_text text, size_t *at, int *ret_month)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    if (text.len - *at < 3)
        return false;
    char lower[3];
    for (size_t i = 0; i < 3; i++) {
        char c = text.ptr[*at + i];
        lower[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    for (int month = 0; month < 12; month++) {
        if (memcmp(names + (size_t)month * 3, lower, 3) == 0) {
            *at += 3;
            *ret_month = month + 1;
            return true;
        }
    }
    return false;
}

typedef struct moment {
    int year, month, day;
    int hour, minute, second;
} moment;

static bool take(char step, ca_text text, size_t *at, moment *now)
{
    switch (step) {
    case STEP_YEAR4:
        return take_digits(text, 4, at, &now->year);
    case STEP_YEAR2:
        if (!take_digits(text, 2, at, &now->year))
            return false;
        now->year += now->year < 69 ? 2000 : 1900;
        return true;
    case STEP_MONTH2:
        return take_digits(text, 2, at, &now->month);
    case STEP_MONTH:
        return take_one_or_two(text, at, &now->month);
    case STEP_MONTH_NAME:
        return take_month_name(text, at, &now->month);
    case STEP_DAY2:
        return take_digits(text, 2, at, &now->day);
    case STEP_DAY:
        return take_one_or_two(text, at, &now->day);
    case STEP_HOUR2:
        return take_digits(text, 2, at, &now->hour);
    case STEP_HOUR:
        return take_one_or_two(text, at, &now->hour);
    case STEP_MINUTE:
        return take_digits(text, 2, at, &now->minute);
    case STEP_SECOND:
        return take_digits(text, 2, at, &now->second);
    default:
        if (*at >= text.len || text.ptr[*at] != step)
            return false;
        (*at)++;
        return true;
    }
}

/* May what follows the date be thrown away? */
static bool rest_is_time(ca_text text, size_t at, const ca_date_format *format)
{
    if (at == text.len)
        return true;
    char c = text.ptr[at];
    return format->cut_time &&
           (c == 'T' || c == ' ' || (format->has_time && (c == ':' || c == '.')));
}

static bool time_exists(const moment *now)
{
    return now->hour < 24 && now->minute < 60 && now->second < 60;
}

static bool parse_steps(ca_text text, const ca_date_format *format, ca_date *ret_date,
                        int32_t *ret_minute)
{
    moment now = {0};
    size_t at = 0;
    for (const char *step = format->steps; *step != STEP_END; step++) {
        if (!take(*step, text, &at, &now))
            return false;
    }
    if (!rest_is_time(text, at, format) || !time_exists(&now) ||
        !ca_date_make(now.year, now.month, now.day, ret_date))
        return false;
    *ret_minute = format->has_time ? now.hour * 60 + now.minute : -1;
    return true;
}

/* yyyymmdd as a word, see ca_word_of. */
static bool parse_digits(uint64_t word, ca_date *ret_date)
{
    uint32_t number;
    if (!ca_word_digits(word, 8, &number))
        return false;
    unsigned month_day = number % 10000;
    return ca_date_make((int)(number / 10000), (int)(month_day / 100), (int)(month_day % 100), ret_date);
}

bool ca_date_parse_iso(ca_text text, ca_date *ret_date)
{
    const uint64_t dashes = UINT64_C(0x2d00002d00000000);
    if (text.len != CA_DATE_SIZE - 1)
        return false;
    uint64_t begin = ca_load64(text.ptr); /* yyyy-mm- */
    uint64_t end = ca_load64(text.ptr + 2); /* yy-mm-dd: its last two */
    if ((begin & UINT64_C(0xff0000ff00000000)) != dashes)
        return false;
    return parse_digits((begin & UINT64_C(0xffffffff)) | (begin >> 8 & UINT64_C(0x0000ffff00000000)) |
                            (end & UINT64_C(0xffff000000000000)),
                        ret_date);
}

bool ca_date_parse(ca_text text, const ca_date_format *format, ca_date *ret_date)
{
    int32_t minute;
    switch (format->kind) {
    case KIND_DASHED:
        return text.len >= 10 && rest_is_time(text, 10, format) &&
               ca_date_parse_iso((ca_text){text.ptr, 10}, ret_date);
    case KIND_DIGITS:
        return text.len >= 8 && rest_is_time(text, 8, format) && parse_digits(ca_load64(text.ptr), ret_date);
    default:
        return parse_steps(text, format, ret_date, &minute);
    }
}

bool ca_date_parse_time(ca_text text, const ca_date_format *format, ca_date *ret_date,
                        int32_t *ret_minute)
{
    return parse_steps(text, format, ret_date, ret_minute);
}

bool ca_minute_parse(ca_text text, int32_t *ret_minute)
{
    moment now = {0};
    size_t at = 0;
    if (!take(STEP_HOUR2, text, &at, &now))
        return false;
    bool colon = take(':', text, &at, &now);
    if (!take(STEP_MINUTE, text, &at, &now))
        return false;
    if (colon && at < text.len &&
        (!take(':', text, &at, &now) || !take(STEP_SECOND, text, &at, &now)))
        return false;
    if (at != text.len || !time_exists(&now))
        return false;
    *ret_minute = now.hour * 60 + now.minute;
    return true;
}
