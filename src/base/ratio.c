/* Exact fractions for conditions: what does not fit into 128 bits is "missing", never rounded. */
#include "base/decimal.h"

__extension__ typedef __int128 wide;
__extension__ typedef unsigned __int128 uwide;

static bool is_valid(ca_ratio a, ca_ratio b)
{
    return a.d > 0 && b.d > 0;
}

ca_ratio ca_ratio_of(int64_t n, int64_t d)
{
    wide sign = d < 0 ? -1 : 1;
    return (ca_ratio){.n = sign * n, .d = sign * d};
}

bool ca_ratio_add(ca_ratio a, ca_ratio b, ca_ratio *ret)
{
    wide left, right, n, d;
    if (!is_valid(a, b))
        return false;
    if (a.d == b.d) {
        if (__builtin_add_overflow(a.n, b.n, &n))
            return false;
        *ret = (ca_ratio){.n = n, .d = a.d};
        return true;
    }
    if (__builtin_mul_overflow(a.n, b.d, &left) || __builtin_mul_overflow(b.n, a.d, &right) ||
        __builtin_add_overflow(left, right, &n) || __builtin_mul_overflow(a.d, b.d, &d))
        return false;
    *ret = (ca_ratio){.n = n, .d = d};
    return true;
}

bool ca_ratio_sub(ca_ratio a, ca_ratio b, ca_ratio *ret)
{
    wide left, right, n, d;
    if (!is_valid(a, b))
        return false;
    if (a.d == b.d) {
        if (__builtin_sub_overflow(a.n, b.n, &n))
            return false;
        *ret = (ca_ratio){.n = n, .d = a.d};
        return true;
    }
    if (__builtin_mul_overflow(a.n, b.d, &left) || __builtin_mul_overflow(b.n, a.d, &right) ||
        __builtin_sub_overflow(left, right, &n) || __builtin_mul_overflow(a.d, b.d, &d))
        return false;
    *ret = (ca_ratio){.n = n, .d = d};
    return true;
}

bool ca_ratio_mul(ca_ratio a, ca_ratio b, ca_ratio *ret)
{
    wide n, d;
    if (!is_valid(a, b) || __builtin_mul_overflow(a.n, b.n, &n) ||
        __builtin_mul_overflow(a.d, b.d, &d))
        return false;
    *ret = (ca_ratio){.n = n, .d = d};
    return true;
}

bool ca_ratio_div(ca_ratio a, ca_ratio b, ca_ratio *ret)
{
    wide n, d;
    if (!is_valid(a, b) || b.n == 0 || __builtin_mul_overflow(a.n, b.d, &n) ||
        __builtin_mul_overflow(a.d, b.n, &d))
        return false;
    if (d < 0 && (__builtin_sub_overflow((wide)0, d, &d) || __builtin_sub_overflow((wide)0, n, &n)))
        return false;
    *ret = (ca_ratio){.n = n, .d = d};
    return true;
}

static wide floor_div(wide n, wide d, wide *ret_rest)
{
    wide quotient = n / d;
    wide rest = n % d;
    if (rest < 0) {
        quotient--;
        rest += d;
    }
    *ret_rest = rest;
    return quotient;
}

/* Compares whole parts, then the reciprocals of what is left, as long division would: no product,
 * so nothing can overflow. */
static int compare_by_parts(ca_ratio a, ca_ratio b)
{
    for (int sign = 1;; sign = -sign) {
        wide a_rest, b_rest;
        wide a_whole = floor_div(a.n, a.d, &a_rest);
        wide b_whole = floor_div(b.n, b.d, &b_rest);
        if (a_whole != b_whole)
            return a_whole < b_whole ? -sign : sign;
        if (a_rest == 0 || b_rest == 0)
            return a_rest == b_rest ? 0 : (a_rest == 0 ? -sign : sign);
        a = (ca_ratio){.n = a.d, .d = a_rest};
        b = (ca_ratio){.n = b.d, .d = b_rest};
    }
}

bool ca_ratio_cmp(ca_ratio a, ca_ratio b, int *ret_order)
{
    wide left, right;
    if (!is_valid(a, b))
        return false;
    if (__builtin_mul_overflow(a.n, b.d, &left) || __builtin_mul_overflow(b.n, a.d, &right))
        *ret_order = compare_by_parts(a, b);
    else
        *ret_order = (left > right) - (left < right);
    return true;
}

/* rest * scale / d for rest < d, bit by bit of scale, so that the product is never formed. */
static uint64_t scale_rest(uwide rest, uint64_t scale, uwide d, uwide *ret_rest)
{
    uint64_t quotient = 0;
    uwide left = 0;
    for (int bit = 63; bit >= 0; bit--) {
        quotient *= 2;
        left *= 2;
        if (left >= d) {
            left -= d;
            quotient++;
        }
        if ((scale >> bit) & 1)
            left += rest;
        if (left >= d) {
            left -= d;
            quotient++;
        }
    }
    *ret_rest = left;
    return quotient;
}

bool ca_ratio_round(ca_ratio a, int64_t scale, int64_t *ret_value)
{
    if (a.d <= 0 || scale <= 0)
        return false;
    bool negative = a.n < 0;
    uwide n = negative ? 0 - (uwide)a.n : (uwide)a.n;
    uwide d = (uwide)a.d;
    uwide limit = (uwide)INT64_MAX + (negative ? 1 : 0);
    uwide units = (uint64_t)scale;
    uwide whole = n / d;
    if (whole > limit / units)
        return false;
    uwide rest = n % d;
    uwide value = whole * units;
    uwide product;
    if (__builtin_mul_overflow(rest, units, &product)) {
        value += scale_rest(rest, (uint64_t)scale, d, &rest);
    } else {
        value += product / d;
        rest = product % d;
    }
    uwide missing = d - rest;
    if (rest > missing || (rest == missing && (value & 1)))
        value++;
    if (value > limit)
        return false;
    *ret_value = (int64_t)(negative ? -(wide)value : (wide)value);
    return true;
}
