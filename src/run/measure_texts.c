/* Texts of the lines of a batch as hashes: whom they name. */
#include "run/measure_lines_inside.h"

#include <string.h>

#include "base/hash.h"

/* Neighbours are mostly of one claim, whose texts lie in one place. */
typedef struct last_text {
    ca_slice slice;
    uint64_t hash;
    bool usable;
} last_text;

/* Of 64 rows those that have one; which of them it names. */
static uint64_t hash_word(const ca_batch *batch, unsigned column, unsigned from, uint64_t present, last_text *last, uint64_t *to)
{
    const ca_slice *slices = batch->columns[column].as.slice + from;
    uint64_t nobody = 0;
    for (uint64_t rest = present; rest; rest &= rest - 1) {
        unsigned i = (unsigned)__builtin_ctzll(rest);
        if (memcmp(&slices[i], &last->slice, sizeof *slices) != 0) {
            ca_text text = ca_batch_text(batch, column, from + i);
            *last = (last_text){slices[i], ca_hash64(text.ptr, text.len), !ca_is_placeholder(text)};
        }
        to[i] = last->hash;
        if (!last->usable) {
            nobody |= rest & -rest;
        }
    }
    return present & ~nobody;
}

void ca_measure_lines_hash(ca_measure_lines *lines, const ca_batch *batch, size_t index)
{
    unsigned column = lines->plan->hashed[index];
    const uint64_t *present = batch->columns[column].present;
    uint64_t *hashes = lines->hashes + lines->stride * index;
    uint64_t *named = lines->named + lines->words * index;
    last_text last = {.slice = {0, UINT32_MAX}};
    for (unsigned w = 0; w < (batch->rows + 63) / 64; w++) {
        if (!present || present[w] != UINT64_MAX) {
            memset(hashes + 64 * w, 0, 64 * sizeof *hashes);
        }
        named[w] = present ? hash_word(batch, column, w * 64, present[w], &last, hashes + 64 * w) : 0;
    }
}

const uint64_t *ca_measure_lines_names(const ca_measure_lines *lines, unsigned column)
{
    for (unsigned i = 0; i < lines->plan->hashed_count; i++) {
        if (lines->plan->hashed[i] == column) {
            return lines->hashes + lines->stride * i;
        }
    }
    return NULL;
}
