/* The members of a group by what an a looks for in its b: equal values side by side, or dates in order. */
#include "rules/group_sieve.h"

#include <stdlib.h>

static int by_value(const void *left, const void *right)
{
    const ca_sieve_entry *a = left;
    const ca_sieve_entry *b = right;
    if (a->value != b->value)
        return a->value < b->value ? -1 : 1;
    return (a->member > b->member) - (a->member < b->member);
}

static bool in_order(const ca_sieve_test *test, uint32_t from, uint32_t past)
{
    for (uint32_t member = from; member < past; member++) {
        if (!ca_bit(test->has[1], member) ||
            (member > from && test->values[1][member - 1] > test->values[1][member]))
            return false;
    }
    return true;
}

static void choose_tests(ca_sieve_index *index)
{
    for (unsigned i = 0; i < index->sieve->count; i++) {
        const ca_sieve_test *test = &index->sieve->tests[i];
        if (test->more || (i > 0 && test[-1].more))    /* one of an `or` decides nothing */
            continue;
        if (!test->days && test->compare == CA_EQ && index->equal == NULL)
            index->equal = test;
        if (test->days && index->dated == NULL && in_order(test, index->from, index->past))
            index->dated = test;
    }
}

int ca_sieve_index_make(const ca_sieve *sieve, uint32_t from, uint32_t past, ca_sieve_index *ret_index)
{
    ca_scratch *scratch = &sieve->groups->eval->scratch;
    *ret_index = (ca_sieve_index){.sieve = sieve, .from = from, .past = past};
    if (past - from <= CA_SIEVE_MEMBERS)
        return 0;
    choose_tests(ret_index);
    if (ret_index->equal == NULL)
        return 0;
    ret_index->entries = ca_scratch_take(scratch, past - from, sizeof *ret_index->entries);
    ret_index->wild = ca_scratch_take(scratch, past - from, sizeof *ret_index->wild);
    if (ret_index->entries == NULL || ret_index->wild == NULL)
        return ca_error_nomem(sieve->groups->err);
    for (uint32_t member = from; member < past; member++) {
        if (ca_bit(ret_index->equal->has[1], member))
            ret_index->entries[ret_index->entry_count++] = (ca_sieve_entry){ret_index->equal->values[1][member], member};
        else
            ret_index->wild[ret_index->wild_count++] = member;
    }
    if (ret_index->entry_count > 1)
        qsort(ret_index->entries, ret_index->entry_count, sizeof *ret_index->entries, by_value);
    return 0;
}

/* The first entry that is not before this one. */
static uint32_t first_entry(const ca_sieve_index *index, int64_t value, uint32_t member)
{
    const ca_sieve_entry wanted = {value, member};
    uint32_t low = 0;
    uint32_t high = index->entry_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (by_value(&index->entries[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static uint32_t first_wild(const ca_sieve_index *index, uint32_t member)
{
    uint32_t low = 0;
    uint32_t high = index->wild_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (index->wild[middle] < member)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The first member of [from, past) whose date is this day or later. */
static uint32_t first_day(const ca_sieve_test *test, int64_t day, uint32_t from, uint32_t past)
{
    while (from < past) {
        uint32_t middle = from + (past - from) / 2;
        if (test->values[1][middle] < day)
            from = middle + 1;
        else
            past = middle;
    }
    return from;
}

void ca_sieve_begin(const ca_sieve_index *index, uint32_t a, uint32_t from, uint32_t past, ca_sieve_walk *ret_walk)
{
    const ca_sieve_test *dated = index->dated;
    *ret_walk = (ca_sieve_walk){.index = index, .at = from, .past = past};
    if (dated != NULL && ca_bit(dated->has[0], a)) {
        int64_t day = dated->values[0][a];
        ret_walk->at = from = first_day(dated, day + dated->low, from, past);
        ret_walk->past = past = first_day(dated, day + dated->high + 1, from, past);
    }
    if (index->equal == NULL || !ca_bit(index->equal->has[0], a))
        return;
    ret_walk->listed = true;
    ret_walk->at = first_entry(index, index->equal->values[0][a], from);
    ret_walk->past = first_entry(index, index->equal->values[0][a], past);
    ret_walk->wild = first_wild(index, from);
    ret_walk->past_wild = first_wild(index, past);
}

bool ca_sieve_next(ca_sieve_walk *walk, uint32_t *ret_b)
{
    bool more = walk->at < walk->past;
    if (!walk->listed) {
        *ret_b = walk->at++;
        return more;
    }
    const ca_sieve_index *index = walk->index;
    bool wild = walk->wild < walk->past_wild;
    if (more && (!wild || index->entries[walk->at].member < index->wild[walk->wild]))
        *ret_b = index->entries[walk->at++].member;
    else if (wild)
        *ret_b = index->wild[walk->wild++];
    return more || wild;
}
