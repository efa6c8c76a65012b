/* Which tallies a key has, and where in the weights of its groups theirs are. */
#include "run/measure_asks.h"

/* --- Pairs --------------------------------------------------------------------------------------------------------------- */

static bool has_column(const ca_feature_key *key, unsigned column)
{
    bool found = false;
    for (size_t i = 0; i < key->count; i++) {
        found |= key->column[i] == column;
    }
    return found;
}

/* Whether two lines have one pair just where they have one key. */
static bool is_pair_of(const ca_feature_key *key, const ca_feature_key *a, const ca_feature_key *b)
{
    bool same = true;
    for (size_t i = 0; i < key->count; i++) {
        same &= has_column(a, key->column[i]) || has_column(b, key->column[i]);
    }
    for (size_t i = 0; i < a->count; i++) {
        same &= has_column(key, a->column[i]);
    }
    for (size_t i = 0; i < b->count; i++) {
        same &= has_column(key, b->column[i]);
    }
    return same;
}

/* What is counted once in each group is there once among the pairs of both keys. */
static uint32_t pairs_of(const ca_measure_plan *plan, ca_measure_kind *kind, uint32_t a, uint32_t b)
{
    const ca_feature_key *left = &plan->keys[kind->keys[a].key];
    const ca_feature_key *right = &plan->keys[kind->keys[b].key];
    uint32_t i = 0;
    for (bool found = false; i < kind->key_count && !found; i += !found) {
        const ca_measure_key *key = &kind->keys[i];
        bool both = key->part_count == 2 && key->parts[0].index == a && key->parts[1].index == b;
        found = key->key == CA_NO_INDEX ? both : is_pair_of(&plan->keys[key->key], left, right);
    }
    if (i == kind->key_count) {
        kind->keys[kind->key_count++] = (ca_measure_key){.key = CA_NO_INDEX, .parts = {{false, a}, {false, b}}, .part_count = 2};
    }
    return i;
}

static size_t columns_of(const ca_measure_plan *plan, const ca_measure_key *key)
{
    return key->key == CA_NO_INDEX ? SIZE_MAX : plan->keys[key->key].count;
}

/* Pairs have more columns than either, or are the same key. */
static int order_keys(const ca_measure_plan *plan, ca_measure_kind *kind, ca_arena *arena)
{
    kind->order = ca_arena_array(arena, kind->key_count, sizeof *kind->order);
    if (!kind->order) {
        return CA_NOMEM;
    }
    for (uint32_t i = 0; i < kind->key_count; i++) {
        uint32_t at = i;
        for (; at > 0 && columns_of(plan, &kind->keys[kind->order[at - 1]]) > columns_of(plan, &kind->keys[i]); at--) {
            kind->order[at] = kind->order[at - 1];
        }
        kind->order[at] = i;
    }
    return 0;
}

/* --- Tallies ------------------------------------------------------------------------------------------------------------- */

static int make_room(ca_measure_kind *kind, ca_measure_key *key, ca_arena *arena)
{
    key->needs = ca_arena_array(arena, kind->words, sizeof *key->needs);
    key->seen = ca_arena_array(arena, kind->words, sizeof *key->seen);
    key->tallies = ca_arena_array(arena, kind->tally_count, sizeof *key->tallies);
    key->tally_of = ca_arena_array(arena, kind->member_count, sizeof *key->tally_of);
    key->once_of = ca_arena_array(arena, kind->member_count, sizeof *key->once_of);
    if (!key->needs || !key->seen || !key->tallies || !key->tally_of || !key->once_of) {
        return CA_NOMEM;
    }
    for (unsigned i = 0; i < kind->member_count; i++) {
        key->tally_of[i] = key->once_of[i] = CA_NO_INDEX;
    }
    return 0;
}

static void see_member(ca_measure_key *key, unsigned member)
{
    key->sees = true;
    key->needs[member / 64] |= UINT64_C(1) << member % 64;
    key->seen[member / 64] |= UINT64_C(1) << member % 64;
}

static void add_tally(ca_measure_kind *kind, uint32_t index)
{
    ca_measure_tally *tally = &kind->tallies[index];
    ca_measure_key *key = &kind->keys[tally->key];
    key->needs[tally->member / 64] |= UINT64_C(1) << tally->member % 64;
    if (tally->pairs != CA_NO_INDEX) {
        ca_measure_key *pairs = &kind->keys[tally->pairs];
        see_member(pairs, tally->member);
        tally->next = pairs->once_of[tally->member];
        pairs->once_of[tally->member] = index;
    } else if (tally->weighed) {
        key->tallies[key->tally_count++] = index;
    } else {
        see_member(key, tally->member);
        key->tally_of[tally->member] = index;
    }
}

/* What was seen is before the rest. */
static void place_weights(ca_measure_kind *kind)
{
    for (unsigned i = 0; i < kind->key_count; i++) {
        kind->keys[i].words = kind->keys[i].sees ? kind->words : 0;
    }
    for (unsigned i = 0; i < kind->tally_count; i++) {
        ca_measure_tally *tally = &kind->tallies[i];
        ca_measure_key *key = &kind->keys[tally->key];
        if (tally->weighed) {
            tally->word = key->words;
            key->words += tally->number != CA_NO_INDEX ? 3 : 1;
            key->weighs = true;
        }
    }
}

int ca_measure_plan_groups(const ca_measure_plan *plan, ca_measure_kind *kind, ca_arena *arena)
{
    kind->words = (kind->member_count + 63) / 64;
    for (unsigned i = 0; i < kind->tally_count; i++) {
        ca_measure_tally *tally = &kind->tallies[i];
        tally->pairs = tally->once == CA_NO_INDEX ? CA_NO_INDEX : pairs_of(plan, kind, tally->key, tally->once);
    }
    for (unsigned i = 0; i < kind->key_count; i++) {
        if (make_room(kind, &kind->keys[i], arena)) {
            return CA_NOMEM;
        }
    }
    for (uint32_t i = 0; i < kind->tally_count; i++) {
        add_tally(kind, i);
    }
    place_weights(kind);
    return order_keys(plan, kind, arena);
}
