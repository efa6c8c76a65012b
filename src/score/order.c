/* Sorting by digits, the least first. */
#include "score/order.h"

#include <string.h>

#define DIGIT  11u
#define DIGITS 6u      /* of a key */
#define VALUES (1u << DIGIT)

static size_t digit_of(const ca_ordered *one, unsigned digit)
{
    return (size_t)(one->key >> DIGIT * digit) & (VALUES - 1);
}

/* A digit that all share costs nothing. */
void ca_order(ca_ordered *all, size_t count, ca_ordered *other)
{
    uint32_t counts[DIGITS][VALUES] = {{0}};
    ca_ordered *from = all, *to = other;
    for (size_t i = 0; i < count; i++)
        for (unsigned digit = 0; digit < DIGITS; digit++)
            counts[digit][digit_of(&all[i], digit)]++;
    for (unsigned digit = 0; digit < DIGITS && count > 0; digit++) {
        uint32_t sum = 0;
        if (counts[digit][digit_of(&from[0], digit)] == count)
            continue;
        for (size_t i = 0; i < VALUES; i++) {
            uint32_t here = counts[digit][i];
            counts[digit][i] = sum;
            sum += here;
        }
        for (size_t i = 0; i < count; i++)
            to[counts[digit][digit_of(&from[i], digit)]++] = from[i];
        ca_ordered *swap = from;
        from = to;
        to = swap;
    }
    if (from != all)
        memcpy(all, from, count * sizeof *all);
}
