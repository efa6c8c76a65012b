/* Which tallies a key has, and where in the weights of its groups theirs are. */
#include "run/measure_asks.h"

static int make_room(ca_measure_kind *kind, ca_measure_key *key, ca_arena *arena)
{
    key->needs = ca_arena_array(arena, kind->words, sizeof *key->needs);
    key->seen = ca_arena_array(arena, kind->words, sizeof *key->seen);
    key->tallies = ca_arena_array(arena, kind->tally_count, sizeof *key->tallies);
    key->tally_of = ca_arena_array(arena, kind->member_count, sizeof *key->tally_of);
    return key->needs && key->seen && key->tallies && key->tally_of ? 0 : CA_NOMEM;
}

static void add_tally(ca_measure_kind *kind, uint32_t index)
{
    const ca_measure_tally *tally = &kind->tallies[index];
    ca_measure_key *key = &kind->keys[tally->key];
    uint64_t bit = UINT64_C(1) << tally->member % 64;
    key->needs[tally->member / 64] |= bit;
    if (tally->weighed) {
        key->tallies[key->tally_count++] = index;
        return;
    }
    key->sees = true;
    key->seen[tally->member / 64] |= bit;
    key->tally_of[tally->member] = index;
}

static void place_weights(ca_measure_kind *kind, ca_measure_key *key)
{
    key->words = key->sees ? kind->words : 0;
    for (unsigned i = 0; i < key->tally_count; i++) {
        ca_measure_tally *tally = &kind->tallies[key->tallies[i]];
        tally->word = key->words;
        key->words += tally->number != CA_NO_INDEX ? 3 : 1;
    }
}

int ca_measure_plan_groups(ca_measure_kind *kind, ca_arena *arena)
{
    kind->words = (kind->member_count + 63) / 64;
    for (unsigned i = 0; i < kind->key_count; i++) {
        if (make_room(kind, &kind->keys[i], arena)) {
            return CA_NOMEM;
        }
    }
    for (uint32_t i = 0; i < kind->tally_count; i++) {
        add_tally(kind, i);
    }
    for (unsigned i = 0; i < kind->key_count; i++) {
        place_weights(kind, &kind->keys[i]);
    }
    return 0;
}
