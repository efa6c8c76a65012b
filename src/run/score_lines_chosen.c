/* Which lines a profile is made of: all, or those of claims that a hash of their id chooses, so that whole claims are in it or not, the
 * same in any order, by any thread. */
#include "run/score_lines_inside.h"

#define PROFILE_MOST UINT64_C(1000000)
#define DRIFT_MOST   UINT64_C(32000)

unsigned ca_score_lines_shift(ca_lines_collect collects, uint64_t lines, uint64_t most)
{
    unsigned shift = 0;
    most = most ? most : collects == CA_LINES_DRIFT ? DRIFT_MOST : PROFILE_MOST;
    while (lines >> shift > most) {
        shift++;
    }
    return shift;
}

static uint64_t hash_of(const ca_batch *batch, const uint64_t *names, unsigned row)
{
    if (!ca_batch_has(batch, CA_F_CLAIM_ID, row)) {
        return batch->digest[row].high;
    }
    ca_slice slice = batch->columns[CA_F_CLAIM_ID].as.slice[row];
    return names ? names[row] : ca_hash64(batch->bytes + slice.from, slice.len);
}

unsigned ca_line_choose(const ca_line_judge *judge, const ca_batch *batch, uint64_t *bits)
{
    unsigned shift = judge->of->options.shift, count = 0;
    const uint64_t *names = judge->shared ? ca_measure_lines_names(judge->shared, CA_F_CLAIM_ID) : NULL;
    ca_bits_fill(bits, batch->rows);
    for (unsigned row = 0; shift > 0 && row < batch->rows; row++) {
        bool in = ca_usual_mix(hash_of(batch, names, row), 4) >> (64 - shift) == 0;
        bits[row / 64] &= ~((uint64_t)!in << row % 64);
        count += in;
    }
    return shift > 0 ? count : batch->rows;
}
