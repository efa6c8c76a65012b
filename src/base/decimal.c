/* Decimals of four places, read exactly in the notations of a profile and written in one. */
#include "base/decimal.h"

#include <string.h>

#define PLACES      4
#define SHORT_BYTES 14 /* so few digits, times 10,000, cannot overflow */

static unsigned digit_of(char c)
{
    return (unsigned)(unsigned char)c - '0'; /* above 9: no digit */
}

static bool push_digit(uint64_t *value, unsigned digit)
{
    return !__builtin_mul_overflow(*value, 10, value) &&
           !__builtin_add_overflow(*value, digit, value);
}

static bool apply_sign(uint64_t magnitude, bool negative, int64_t *ret_value)
{
    if (magnitude > (uint64_t)INT64_MAX + (negative ? 1 : 0))
        return false;
    if (!negative)
        *ret_value = (int64_t)magnitude;
    else
        *ret_value = magnitude > INT64_MAX ? INT64_MIN : -(int64_t)magnitude;
    return true;
}

/* Digits with at most one point and four places, few enough that nothing is checked for overflow.
 * What it refuses may still be a number. */
static bool short_magnitude(ca_text text, uint64_t *ret_magnitude)
{
    static const uint16_t scale[PLACES + 1] = {10000, 1000, 100, 10, 1};
    uint64_t value = 0;
    size_t at = 0;
    size_t places = 0;
    for (; at < text.len && digit_of(text.ptr[at]) <= 9; at++)
        value = value * 10 + digit_of(text.ptr[at]);
    if (at < text.len && text.ptr[at] == '.' && text.len > 1) {
        places = text.len - ++at;
        for (; at < text.len && digit_of(text.ptr[at]) <= 9; at++)
            value = value * 10 + digit_of(text.ptr[at]);
    }
    if (at != text.len || text.len == 0 || places > PLACES)
        return false;
    *ret_magnitude = value * scale[places];
    return true;
}

/* The digits before the point; ret_end is where they end. */
static bool whole_part(ca_text text, char point, char group, uint64_t *value, size_t *ret_end)
{
    size_t at = 0;
    size_t run = 0; /* digits since the last separator */
    bool grouped = false;
    for (; at < text.len && text.ptr[at] != point; at++) {
        if (group && text.ptr[at] == group) {
            if (run == 0 || run > 3 || (grouped && run != 3))
                return false;
            grouped = true;
            run = 0;
        } else if (digit_of(text.ptr[at]) > 9 || !push_digit(value, digit_of(text.ptr[at]))) {
            return false;
        } else {
            run++;
        }
    }
    *ret_end = at;
    return !grouped || run == 3;
}

static bool magnitude_of(ca_text text, char point, char group, uint64_t *ret_magnitude)
{
    uint64_t value = 0;
    size_t at;
    if (point == group || !whole_part(text, point, group, &value, &at))
        return false;
    size_t digits = at;
    size_t places = 0;
    for (at++; at < text.len; at++) {
        unsigned digit = digit_of(text.ptr[at]);
        if (digit > 9 || (places >= PLACES && digit != 0))
            return false;
        if (places < PLACES && !push_digit(&value, digit))
            return false;
        places++;
    }
    if (digits + places == 0)
        return false;
    for (; places < PLACES; places++) {
        if (!push_digit(&value, 0))
            return false;
    }
    *ret_magnitude = value;
    return true;
}

bool ca_decimal_parse_plain(ca_text text, int64_t *ret_value)
{
    bool negative = false;
    if (text.len > 0 && (text.ptr[0] == '-' || text.ptr[0] == '+')) {
        negative = text.ptr[0] == '-';
        text.ptr++;
        text.len--;
    }
    uint64_t magnitude;
    if (text.len <= SHORT_BYTES && short_magnitude(text, &magnitude))
        return apply_sign(magnitude, negative, ret_value);
    return magnitude_of(text, '.', 0, &magnitude) && apply_sign(magnitude, negative, ret_value);
}

/* --- What may stand around the digits ------------------------------------------------------- */

typedef struct around {
    bool sign;
    bool negative;
    bool currency;
} around;

static bool cut_front(ca_text *text, ca_text what)
{
    if (what.len == 0 || !ca_text_starts(*text, what))
        return false;
    *text = ca_text_sub(*text, what.len, text->len);
    return true;
}

static bool cut_back(ca_text *text, ca_text what)
{
    if (what.len == 0 || text->len < what.len ||
        memcmp(text->ptr + text->len - what.len, what.ptr, what.len) != 0)
        return false;
    text->len -= what.len;
    return true;
}

/* A space, a no-break space or a narrow one. */
static bool cut_space(ca_text *text, bool (*cut)(ca_text *text, ca_text what))
{
    return cut(text, CA_TEXT(" ")) || cut(text, CA_TEXT("\xc2\xa0")) ||
           cut(text, CA_TEXT("\xe2\x80\xaf"));
}

static bool strip_currency(ca_text *text, const ca_number_format *format, around *seen)
{
    ca_text currency = ca_text_of(format->currency);
    if (seen->currency)
        return false;
    if (cut_front(text, currency)) {
        while (cut_space(text, cut_front))
            ;
    } else if (cut_back(text, currency)) {
        while (cut_space(text, cut_back))
            ;
    } else {
        return false;
    }
    seen->currency = true;
    return true;
}

static bool strip_sign(ca_text *text, const ca_number_format *format, around *seen)
{
    if (seen->sign || text->len == 0)
        return false;
    if (cut_front(text, CA_TEXT("+"))) {
        seen->sign = true;
        return true;
    }
    bool enclosed = format->parentheses && text->len > 1 && text->ptr[0] == '(' &&
                    text->ptr[text->len - 1] == ')';
    if (enclosed)
        *text = ca_text_sub(*text, 1, text->len - 2);
    else if (!cut_front(text, CA_TEXT("-")) &&
             !(format->trailing_minus && cut_back(text, CA_TEXT("-"))))
        return false;
    seen->sign = true;
    seen->negative = true;
    return true;
}

bool ca_decimal_parse(ca_text text, const ca_number_format *format, int64_t *ret_value)
{
    char point = format->point ? format->point : '.';
    around seen = {0};
    while (strip_sign(&text, format, &seen) || strip_currency(&text, format, &seen))
        ;
    uint64_t magnitude;
    return magnitude_of(text, point, format->group, &magnitude) &&
           apply_sign(magnitude, seen.negative, ret_value);
}

int ca_decimal_print(int64_t value, int places, char ret_text[CA_DECIMAL_SIZE])
{
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    uint64_t whole = magnitude / CA_DECIMAL_ONE;
    uint64_t fraction = magnitude % CA_DECIMAL_ONE;
    int shown = PLACES;
    for (; shown > places && shown > 0 && fraction % 10 == 0; shown--)
        fraction /= 10;
    char text[CA_DECIMAL_SIZE];
    char *at = text + sizeof text;
    for (int i = 0; i < shown; i++, fraction /= 10)
        *--at = (char)('0' + fraction % 10);
    if (shown > 0)
        *--at = '.';
    do {
        *--at = (char)('0' + whole % 10);
        whole /= 10;
    } while (whole > 0);
    if (value < 0)
        *--at = '-';
    size_t len = (size_t)(text + sizeof text - at);
    memcpy(ret_text, at, len);
    ret_text[len] = '\0';
    return (int)len;
}
