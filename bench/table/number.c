/* Reads numbers: plain ones exactly by one multiplication or division, others by the C library. */
#include "table/number.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <strings.h>

#define EXACT_DIGITS UINT64_C(9007199254740992)     /* 2^53: whole numbers up to here are doubles, as are powers of ten to 10^22 */

typedef struct decimal {
    uint64_t digits;
    int exponent;
    bool negative, exact, valid;
} decimal;

static const char *take_digits(const char *at, const char *end, int step, decimal *to, bool *any)
{
    for (; at < end && *at >= '0' && *at <= '9'; at++) {
        *any = true;
        if (to->digits >= EXACT_DIGITS / 10) {
            to->exact = false;
            continue;
        }
        to->digits = to->digits * 10 + (uint64_t)(*at - '0');
        to->exponent += step;
    }
    return at;
}

static const char *take_exponent(const char *at, const char *end, decimal *to)
{
    bool negative = false, any = false;
    int value = 0;
    if (++at < end && (*at == '-' || *at == '+'))
        negative = *at++ == '-';
    for (; at < end && *at >= '0' && *at <= '9'; at++) {
        any = true;
        if (value < 100000)
            value = value * 10 + (*at - '0');
    }
    to->exponent += negative ? -value : value;
    to->valid = any;
    return at;
}

static decimal decimal_of(ca_text cell)
{
    decimal found = {.exact = true};
    const char *at = cell.ptr, *end = cell.ptr + cell.len;
    if (at < end && (*at == '-' || *at == '+'))
        found.negative = *at++ == '-';
    at = take_digits(at, end, 0, &found, &found.valid);
    if (at < end && *at == '.')
        at = take_digits(at + 1, end, -1, &found, &found.valid);
    if (at < end && found.valid && (*at == 'e' || *at == 'E'))
        at = take_exponent(at, end, &found);
    found.valid = found.valid && at == end;
    return found;
}

double table_number(ca_text cell)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    decimal found = decimal_of(cell);
    char copy[512];
    if (!found.valid || cell.len >= sizeof copy)
        return (double)NAN;
    if (found.exact && found.exponent >= -22 && found.exponent <= 22) {
        double x = (double)found.digits;
        x = found.exponent < 0 ? x / powers[-found.exponent] : x * powers[found.exponent];
        return found.negative ? -x : x;
    }
    memcpy(copy, cell.ptr, cell.len);
    copy[cell.len] = '\0';
    double x = strtod(copy, NULL);
    return isinf(x) ? copysign(DBL_MAX, x) : x;
}

static bool is_word(ca_text cell, const char *const *words)
{
    for (; *words != NULL; words++)
        if (cell.len == strlen(*words) && strncasecmp(cell.ptr, *words, cell.len) == 0)
            return true;
    return false;
}

double table_label(ca_text cell)
{
    static const char *const yes[] = {"yes", "true", "anomaly", "outlier", NULL};
    static const char *const no[] = {"no", "false", "normal", "inlier", NULL};
    double number = table_number(cell);
    if (!isnan(number))
        return number > 0;
    return is_word(cell, yes) ? 1 : is_word(cell, no) ? 0 : (double)NAN;
}
