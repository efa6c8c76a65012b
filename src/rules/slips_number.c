/* Numbers and dates as other countries and programs write them. */
#include <stdio.h>
#include <string.h>

#include "rules/slips.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* --- Dates ----------------------------------------------------------------------------------- */

/* Three numbers of at most four digits with one separator between them. */
static bool three_numbers(ca_text text, int ret_parts[3], size_t ret_digits[3], char *ret_separator)
{
    size_t at = 0;
    for (size_t i = 0; i < 3; i++) {
        ret_parts[i] = 0;
        ret_digits[i] = 0;
        for (; at < text.len && is_digit(text.ptr[at]) && ret_digits[i] < 4; at++, ret_digits[i]++)
            ret_parts[i] = ret_parts[i] * 10 + (text.ptr[at] - '0');
        if (ret_digits[i] == 0)
            return false;
        if (i == 2)
            break;
        if (at >= text.len || strchr("./-", text.ptr[at]) == NULL)
            return false;
        if (i == 1 && text.ptr[at] != *ret_separator)
            return false;
        *ret_separator = text.ptr[at++];
    }
    return at == text.len;
}

static size_t add_day(int year, int month, int day, ca_date ret_days[2], size_t count)
{
    ca_date made;
    if (year < 1800 || year > 2199 || !ca_date_make(year, month, day, &made))
        return count;
    if (count == 1 && ret_days[0] == made)
        return count;
    ret_days[count] = made;
    return count + 1;
}

size_t ca_slip_date(ca_text text, ca_date ret_days[2])
{
    int n[3];
    size_t digits[3];
    char separator = '\0';
    if (!three_numbers(text, n, digits, &separator))
        return 0;
    if (digits[0] == 4)
        return digits[1] <= 2 && digits[2] <= 2 ? add_day(n[0], n[1], n[2], ret_days, 0) : 0;
    bool two = separator == '.' && digits[0] == 2 && digits[1] == 2 && digits[2] == 2;
    if (digits[0] > 2 || digits[1] > 2 || (digits[2] != 4 && !two))
        return 0;
    int year = two ? 2000 + n[2] : n[2];
    if (separator == '.') { /* only the day stands first before a point */
        size_t count = add_day(year, n[1], n[0], ret_days, 0);
        return count > 0 ? count : add_day(year, n[0], n[1], ret_days, 0);
    }
    size_t count = add_day(year, n[0], n[1], ret_days, 0);
    return add_day(year, n[1], n[0], ret_days, count);
}

/* --- Numbers --------------------------------------------------------------------------------- */

/* Digits of `text` up to `to`, without what separates them; false when they do not fit. */
static bool add_digits(ca_text text, size_t from, size_t to, char *made, size_t *len)
{
    for (size_t i = from; i < to; i++) {
        if (!is_digit(text.ptr[i]))
            continue;
        if (*len + 2 >= CA_SLIP_NUMBER_SIZE)
            return false;
        made[(*len)++] = text.ptr[i];
    }
    return true;
}

/* `text` with the separator at `point` as the decimal point and all others left out. */
static bool with_point(ca_text text, size_t point, char made[CA_SLIP_NUMBER_SIZE])
{
    size_t len = 0;
    if (!add_digits(text, 0, point, made, &len))
        return false;
    if (point < text.len) {
        made[len++] = '.';
        if (!add_digits(text, point + 1, text.len, made, &len))
            return false;
    }
    made[len] = '\0';
    return true;
}

/* Where `c` stands last in the text, its length when nowhere; counts it. */
static size_t last_of(ca_text text, char c, size_t *ret_count)
{
    size_t last = text.len;
    *ret_count = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == c) {
            last = i;
            ++*ret_count;
        }
    }
    return last;
}

/* Do three digits stand behind every `c` before `end`? */
static bool in_threes(ca_text text, char c, size_t end)
{
    for (size_t i = 0; i < end; i++) {
        size_t digits = 0;
        if (text.ptr[i] != c)
            continue;
        while (i + 1 + digits < text.len && is_digit(text.ptr[i + 1 + digits]))
            digits++;
        if (digits != 3)
            return false;
    }
    return true;
}

bool ca_slip_number(ca_text text, char ret_number[CA_SLIP_NUMBER_SIZE],
                    char ret_other[CA_SLIP_NUMBER_SIZE])
{
    size_t commas;
    size_t points;
    size_t comma = last_of(text, ',', &commas);
    size_t point = last_of(text, '.', &points);
    ret_other[0] = '\0';
    if ((commas > 1 && !in_threes(text, ',', text.len)) ||
        (points > 1 && !in_threes(text, '.', text.len)) || (commas > 1 && points > 1))
        return false;
    if (commas > 1 || (commas == 1 && point != text.len && comma < point)) /* 1,234,567.89 */
        return with_point(text, points == 1 ? point : text.len, ret_number);
    if (commas == 1 && points == 0 && text.len - comma == 4 && comma <= 3)
        return with_point(text, text.len, ret_number) && with_point(text, comma, ret_other);
    if (commas == 1) /* 12,50 and 1.234,56 */
        return with_point(text, comma, ret_number);
    return with_point(text, points == 1 ? point : text.len, ret_number);
}

bool ca_slip_percent(ca_text number, char ret_number[CA_SLIP_NUMBER_SIZE])
{
    size_t points;
    size_t point = last_of(number, '.', &points);
    char padded[CA_SLIP_NUMBER_SIZE + 4];
    char digits[CA_SLIP_NUMBER_SIZE];
    size_t len = 0;
    if (points > 1 || number.len + 4 >= CA_SLIP_NUMBER_SIZE || !with_point(number, point, digits))
        return false;
    snprintf(padded, sizeof(padded), "%.*s%s", point < 3 ? 3 - (int)point : 0, "000", digits);
    size_t whole = point < 3 ? 3 : point;
    for (size_t i = 0; padded[i] != '\0'; i++) { /* the point two places to the left */
        if (i == whole - 2)
            ret_number[len++] = '.';
        if (i != whole)
            ret_number[len++] = padded[i];
    }
    while (ret_number[len - 1] == '0')
        len--;
    if (ret_number[len - 1] == '.')
        len--;
    ret_number[len] = '\0';
    return true;
}
