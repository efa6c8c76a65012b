/* Short runs of digits as numbers, eight digits at a time and without a branch for each. */
#ifndef CA_BASE_DIGITS_H
#define CA_BASE_DIGITS_H

#include "base/text.h"

#define CA_DIGITS_MAX 8u

static inline uint32_t ca_load32(const char *from)   /* little-endian */
{
    uint32_t word;
    memcpy(&word, from, sizeof word);
    return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? __builtin_bswap32(word) : word;
}

static inline uint64_t ca_load64(const char *from)
{
    uint64_t word;
    memcpy(&word, from, sizeof word);
    return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? __builtin_bswap64(word) : word;
}

/* One to eight bytes, the last one highest; zeros below the first. */
static inline uint64_t ca_word_of(ca_text text)
{
    unsigned shift = 64u - 8u * (unsigned)text.len;
    if (text.len >= 4)    /* the two halves may overlap */
        return (uint64_t)ca_load32(text.ptr + text.len - 4) << 32 | (uint64_t)ca_load32(text.ptr) << shift;
    const unsigned char *bytes = (const unsigned char *)text.ptr;
    size_t middle = text.len / 2;
    return (uint64_t)bytes[text.len - 1] << 56 | (uint64_t)bytes[middle] << (shift + 8u * middle) |
           (uint64_t)bytes[0] << shift;
}

/* The number that the `count` highest bytes of a word write (1 to 8; the others are zero); false when one of
 * them is no digit. */
static inline bool ca_word_digits(uint64_t word, unsigned count, uint32_t *ret_value)
{
    uint64_t digits = word ^ (UINT64_C(0x3030303030303030) & UINT64_MAX << (64u - 8u * count));
    if (((digits + UINT64_C(0x7676767676767676)) | digits) & UINT64_C(0x8080808080808080))
        return false;
    digits = (digits * 10 + (digits >> 8)) & UINT64_C(0x00ff00ff00ff00ff);       /* pairs, in the lower byte */
    digits = (digits * 100 + (digits >> 16)) & UINT64_C(0x0000ffff0000ffff);     /* fours */
    *ret_value = (uint32_t)(digits * 10000 + (digits >> 32));
    return true;
}

/* One to eight digits and nothing else; false says nothing of other notations. */
static inline bool ca_digits_read(ca_text text, uint32_t *ret_value)
{
    return text.len - 1 < CA_DIGITS_MAX && ca_word_digits(ca_word_of(text), (unsigned)text.len, ret_value);
}

#endif
