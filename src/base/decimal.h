/* Exact numbers: decimals of four places in int64 (money, units), and rationals for conditions. */
#ifndef CA_BASE_DECIMAL_H
#define CA_BASE_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/digits.h"

#define CA_DECIMAL_ONE 10000    /* 1 in 1/10,000 units */
#define CA_DECIMAL_SIZE 24      /* room for any printed decimal and its NUL */

/* How a column writes numbers. Zeroed = plain "-1234.50". */
typedef struct ca_number_format {
    char point;            /* '.' or ','; 0 means '.' */
    char group;            /* thousands separator, 0 = none; only well-placed groups of three are accepted */
    bool trailing_minus;   /* "12.50-" */
    bool parentheses;      /* "(12.50)" is negative */
    char currency[16];     /* a sign (UTF-8) or code that may stand before or after, "" = none */
} ca_number_format;

/* False for anything else than a number, for non-zero digits beyond the fourth place, and on overflow. A sign
 * may stand inside or outside of the currency; between currency and number spaces (also U+00A0, U+202F)
 * are skipped. */
bool ca_decimal_parse(ca_text text, const ca_number_format *format, int64_t *ret_value);
bool ca_decimal_parse_plain(ca_text text, int64_t *ret_value);        /* "-12.5", "+7", ".5", "7.": the hot path */
/* Up to eight bytes, without a sign, whole or with two places: nearly all amounts. False says nothing of others. */
static inline bool ca_decimal_parse_short(ca_text text, int64_t *ret_value)
{
    uint32_t digits;
    if (text.len - 1 >= CA_DIGITS_MAX)
        return false;
    uint64_t word = ca_word_of(text);
    unsigned count = (unsigned)text.len;
    int64_t scale = CA_DECIMAL_ONE;
    if (count > 3 && (char)(word >> 40) == '.') {    /* before the last two: what is below takes its place */
        word = (word & UINT64_C(0xffff000000000000)) | (word << 8 & UINT64_C(0x0000ffffffffff00));
        count--;
        scale = CA_DECIMAL_ONE / 100;
    }
    if (!ca_word_digits(word, count, &digits))
        return false;
    *ret_value = digits * scale;
    return true;
}
/* Shortest form with at least `places` decimals (0 to 4): 12.5 with places 2 is "12.50". Returns its length. */
int ca_decimal_print(int64_t value, int places, char ret_text[CA_DECIMAL_SIZE]);

/* n / d with d > 0. Every operation is false when the exact result does not fit (or d would be 0): the
 * rule languages' "missing". No reduction happens: n and d are a function of the operations alone. Sums
 * over one denominator keep it, so that any number of amounts can be added; comparing never overflows. */
typedef struct ca_ratio {
    __extension__ __int128 n;
    __extension__ __int128 d;
} ca_ratio;

ca_ratio ca_ratio_of(int64_t n, int64_t d);
bool ca_ratio_add(ca_ratio a, ca_ratio b, ca_ratio *ret);
bool ca_ratio_sub(ca_ratio a, ca_ratio b, ca_ratio *ret);
bool ca_ratio_mul(ca_ratio a, ca_ratio b, ca_ratio *ret);
bool ca_ratio_div(ca_ratio a, ca_ratio b, ca_ratio *ret);
bool ca_ratio_cmp(ca_ratio a, ca_ratio b, int *ret_order);            /* -1, 0, 1 */
/* To units of 1/scale, half to even. */
bool ca_ratio_round(ca_ratio a, int64_t scale, int64_t *ret_value);

#endif
