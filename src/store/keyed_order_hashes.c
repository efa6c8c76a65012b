/* Rows in the order of their hashes: these are spread evenly, so that one pass over their leading bits leaves hardly
 * anything to do. */
#include <string.h>

#include "store/keyed_inside.h"

#define ROW_BITS   16u  /* of a word, the others are of the hash */
#define DIGIT_BITS 12u  /* looked at in the pass, at most */
#define MOVES      16u  /* for each row: after so many the hashes are no hashes, and another way is better */

/* By the leading bits, as many as make one row for each of their values. */
static void spread(const uint64_t *from, uint64_t *to, uint32_t rows)
{
    uint32_t ends[1u << DIGIT_BITS];
    unsigned bits = 1;
    while (bits < DIGIT_BITS && UINT32_C(1) << bits < rows) {
        bits++;
    }
    memset(ends, 0, sizeof *ends << bits);
    for (uint32_t i = 0; i < rows; i++) {
        ends[from[i] >> (64 - bits)]++;
    }
    uint32_t end = 0;
    for (uint32_t i = 0; i < UINT32_C(1) << bits; i++) {
        uint32_t count = ends[i];
        ends[i] = end;
        end += count;
    }
    for (uint32_t i = 0; i < rows; i++) {
        to[ends[from[i] >> (64 - bits)]++] = from[i];
    }
}

/* What is nearly in order; false: it was not. */
static bool finish(uint64_t *words, uint32_t rows)
{
    uint64_t moves = 0;
    for (uint32_t i = 1; i < rows && moves <= (uint64_t)MOVES * rows; i++) {
        uint64_t word = words[i];
        uint32_t to = i;
        for (; to > 0 && words[to - 1] > word; to--) {
            words[to] = words[to - 1];
        }
        words[to] = word;
        moves += i - to;
    }
    return moves <= (uint64_t)MOVES * rows;
}

bool ca_keyed_order_hashes(uint64_t *hashes, uint32_t rows, unsigned used_bits, uint64_t *scratch, uint32_t *order)
{
    uint64_t *words = scratch + rows;
    if (rows > UINT32_C(1) << ROW_BITS || used_bits >= 64 - ROW_BITS) {
        return false;
    }
    for (uint32_t i = 0; i < rows; i++) {
        scratch[i] = hashes[i] << used_bits >> ROW_BITS << ROW_BITS | i;
    }
    spread(scratch, words, rows);
    if (!finish(words, rows)) {
        return false;
    }
    uint64_t last = 0;
    for (uint32_t i = 0; i < rows; i++) {
        order[i] = (uint32_t)(words[i] & ((UINT32_C(1) << ROW_BITS) - 1));
        scratch[i] = hashes[order[i]];
        if (scratch[i] < last) {
            return false; /* those that differ in their last bits only */
        }
        last = scratch[i];
    }
    memcpy(hashes, scratch, rows * sizeof *hashes);
    return true;
}
