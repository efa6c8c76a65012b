/* Which two members a condition may be anything but FALSE for, told by comparing their columns, without the evaluator: a
 * large group has more pairs than could be judged one by one. What is let through is judged; what is not is FALSE. */
#ifndef CA_RULES_GROUP_SIEVE_H
#define CA_RULES_GROUP_SIEVE_H

#include "rules/group_parts.h"

#define CA_SIEVE_TESTS_MAX 8u
#define CA_SIEVE_MEMBERS   32u    /* smaller groups are looked at pair by pair */

/* A part of the condition that compares a column of a with one of b. A pair that lacks a value passes. */
typedef struct ca_sieve_test {
    ca_compare compare;        /* a's value with that of b */
    bool more;                 /* the next test is another one of which only one need hold: an `or` */
    bool days;                 /* instead: the days from a's date to that of b lie from low to high */
    int64_t low, high;
    int64_t *values[2];        /* of a, of b; by member */
    uint64_t *has[2];
} ca_sieve_test;

typedef struct ca_sieve {
    const ca_groups *groups;
    ca_sieve_test tests[CA_SIEVE_TESTS_MAX];
    unsigned count;
} ca_sieve;

/* Tests for the parts of a condition that are of use; none where no group is large, unless `always`. */
int ca_sieve_make(const ca_groups *groups, const ca_node *condition, bool always, ca_sieve *ret_sieve);

static inline bool ca_sieve_test_holds(const ca_sieve_test *test, int64_t a, int64_t b)
{
    if (test->days)
        return b - a >= test->low && b - a <= test->high;
    switch (test->compare) {
    case CA_EQ:
        return a == b;
    case CA_NE:
        return a != b;
    case CA_LT:
        return a < b;
    case CA_LE:
        return a <= b;
    case CA_GT:
        return a > b;
    case CA_GE:
        return a >= b;
    }
    return true;
}

static inline bool ca_sieve_lets(const ca_sieve *sieve, uint32_t a, uint32_t b)
{
    bool lets = false;
    for (unsigned i = 0; i < sieve->count; i++) {
        const ca_sieve_test *test = &sieve->tests[i];
        lets = lets || !ca_bit(test->has[0], a) || !ca_bit(test->has[1], b) ||
               ca_sieve_test_holds(test, test->values[0][a], test->values[1][b]);
        if (!test->more && !lets)
            return false;
        lets = lets && test->more;
    }
    return true;
}

/* --- group_sieve_index.c: the members that may be b of an a, without looking at the others --------- */

typedef struct ca_sieve_entry {
    int64_t value;
    uint32_t member;
} ca_sieve_entry;

/* Members [from, past) of a group. */
typedef struct ca_sieve_index {
    const ca_sieve *sieve;
    const ca_sieve_test *equal;    /* or NULL */
    ca_sieve_entry *entries;       /* by value of b, then member */
    uint32_t entry_count;
    uint32_t *wild;                /* members without it, which any a may meet */
    uint32_t wild_count;
    const ca_sieve_test *dated;    /* or NULL: b's dates are all there, and in order */
    uint32_t from, past;
} ca_sieve_index;

/* The candidates of one a, in their order. */
typedef struct ca_sieve_walk {
    const ca_sieve_index *index;
    bool listed;
    uint32_t at, past;             /* entries, or members */
    uint32_t wild, past_wild;
} ca_sieve_walk;

int ca_sieve_index_make(const ca_sieve *sieve, uint32_t from, uint32_t past, ca_sieve_index *ret_index);
/* Members of [from, past) only. */
void ca_sieve_begin(const ca_sieve_index *index, uint32_t a, uint32_t from, uint32_t past, ca_sieve_walk *ret_walk);
bool ca_sieve_next(ca_sieve_walk *walk, uint32_t *ret_b);

#endif
