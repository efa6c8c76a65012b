/* What group_mates.c shares with mating.c and mating_keys.c. */
#ifndef CA_RULES_MATING_H
#define CA_RULES_MATING_H

#include "rules/eval_parts.h"
#include "rules/group_mates.h"

/* Does a part of `when` decide alone that a line does not stand on this side? */
bool ca_mating_decides(const ca_rule *rule, const ca_node *part, ca_side side);
/* The parts of a condition that must all be TRUE. */
size_t ca_mating_parts(const ca_node *const *condition, const ca_node *const **ret_parts);

/* Hashes of the first columns of a key, by row of `rows`. Those with a value in each stay in ret_whole. */
void ca_mating_hash(const ca_batch *batch, const ca_key_columns *key, size_t count, const uint64_t *rows, unsigned words,
                    uint64_t *ret_whole, uint64_t *hash);

#define CA_MARK_MOST CA_MARK_WILD    /* marks of days are below */

/* What one rule says of the lines at hand. */
typedef struct ca_mating_rows {
    const ca_view *view;
    const ca_rule *rule;
    const ca_mating *mating;
    ca_date *dates[2];         /* by row; CA_NO_DATE = missing */
    uint64_t *as_a, *as_b;
    uint64_t *doubtful;        /* of claims */
    ca_mates *ret;
} ca_mating_rows;

int ca_mating_tell(const ca_mating_rows *of, unsigned row, uint16_t mark, uint8_t sides);
/* Missing days, or reversed ones, take rows out of `dated`. */
int ca_mating_days(ca_mating_rows *of, const uint64_t *rows, uint64_t *dated);
/* mating_events.c: `turned`: lines that are no event. */
int ca_mating_events(ca_mating_rows *of, const uint64_t *travels, const uint64_t *certain, const uint64_t *turned);

/* What a line that is no event asks for. */
void ca_mating_ask_for_event(const ca_batch *batch, const ca_mating *mating, unsigned row, uint16_t ret_asks[CA_MATE_ASKS_MAX]);

/* Rows with a value in this column, of an identifier one that names somebody. */
void ca_mating_keep_whole(const ca_batch *batch, unsigned column, unsigned words, uint64_t *whole);

/* A row at a time, in ascending order. */
#define EACH_ROW(mask, words, row)                                   \
    for (unsigned w_ = 0; w_ < (words); w_++)                        \
        for (uint64_t rest_ = (mask)[w_]; rest_ != 0;)               \
            for (unsigned row = w_ * 64 + ca_bits_next(&rest_), once_ = 1; once_ != 0; once_ = 0)

static inline uint64_t ca_mating_mix(uint64_t hash, uint64_t value)
{
    uint64_t x = (hash ^ value) * UINT64_C(0x9E3779B97F4A7C15);
    return x ^ (x >> 29);
}

static inline int32_t ca_mating_block(const ca_mating *mating, int64_t day)
{
    return (int32_t)(day >> mating->shift);
}

static inline uint16_t ca_mating_mark(uint64_t value, int32_t block)
{
    return (uint16_t)((ca_mating_mix(value, (uint32_t)block) >> 20) % CA_MARK_MOST);
}

static inline void ca_mating_clear(uint64_t *bits, unsigned row)
{
    bits[row >> 6] &= ~(UINT64_C(1) << (row & 63));
}

#endif
