/* Pairs in the order of the first of them: a profile puts millions in order, in cells of a few and of a hundred thousand. */
#include "score/profile_inside.h"

enum { FEW = 48, DIGITS = 8, VALUES = 256 };

static void sort_few(ca_pair *pairs, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        ca_pair moved = pairs[i];
        uint32_t at = i;
        for (; at > 0 && pairs[at - 1].first > moved.first; at--)
            pairs[at] = pairs[at - 1];
        pairs[at] = moved;
    }
}

/* Where each value of a digit begins; false when all pairs have the same. */
static bool begin(uint32_t *counts, uint32_t count)
{
    uint32_t at = 0;
    for (unsigned value = 0; value < VALUES; value++) {
        uint32_t of = counts[value];
        if (of == count)
            return false;
        counts[value] = at;
        at += of;
    }
    return true;
}

/* By one digit after the other, the lowest first. */
void ca_pairs_sort(ca_pair *pairs, uint32_t count, ca_pair *scratch)
{
    uint32_t counts[DIGITS][VALUES] = {{0}};
    ca_pair *from = pairs, *to = scratch;
    if (count <= FEW) {
        sort_few(pairs, count);
        return;
    }
    for (uint32_t i = 0; i < count; i++)
        for (unsigned digit = 0; digit < DIGITS; digit++)
            counts[digit][pairs[i].first >> 8 * digit & (VALUES - 1)]++;
    for (unsigned digit = 0; digit < DIGITS; digit++) {
        if (!begin(counts[digit], count))
            continue;
        for (uint32_t i = 0; i < count; i++)
            to[counts[digit][from[i].first >> 8 * digit & (VALUES - 1)]++] = from[i];
        ca_pair *other = from;
        from = to;
        to = other;
    }
    if (from != pairs)
        memcpy(pairs, from, count * sizeof *pairs);
}
