/* A filter of marks at places: was a mark seen there, was it seen twice? It may say so of one that was not, never the other
 * way round, so it only ever saves work. Places are hashes, all of whose bits count; the marks of one lie side by side. */
#ifndef CA_BASE_SEEN_H
#define CA_BASE_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CA_SEEN_WORDS 4u    /* of one kind in a block */

/* One cache line: 256 bits that say "seen", 256 that say "again", and four bits of each for a mark. */
typedef struct ca_seen_block {
    uint64_t once[CA_SEEN_WORDS];
    uint64_t twice[CA_SEEN_WORDS];
} ca_seen_block;

typedef struct ca_seen {
    ca_seen_block *blocks;    /* private; aligned in `memory` */
    void *memory;
    uint32_t count;
} ca_seen;

/* In at most so many bytes (64 at least). NULL when memory ran out. */
ca_seen *ca_seen_new(size_t bytes);
void ca_seen_free(ca_seen *seen);
/* What the other one saw, of the same size, as if it had been added here. */
void ca_seen_merge(ca_seen *seen, const ca_seen *other);

/* Where the marks of a place lie. */
static inline ca_seen_block *ca_seen_at(const ca_seen *seen, uint32_t place)
{
    return &seen->blocks[(uint64_t)place * seen->count >> 32];
}

/* It is asked for soon: fetched meanwhile. */
static inline void ca_seen_expect(const ca_seen *seen, uint32_t place)
{
    __builtin_prefetch(ca_seen_at(seen, place), 1);
}

/* Many places share a block, and each has bits of its own for a mark: six bits of the hash choose one in each word. */
static inline uint64_t ca_seen_hash(uint32_t place, uint32_t mark)
{
    uint64_t mixed = ((uint64_t)mark << 32 | place) * UINT64_C(0x9E3779B97F4A7C15);
    return (mixed ^ mixed >> 32) * UINT64_C(0xD6E8FEB86659FD93);
}

static inline void ca_seen_add(ca_seen *seen, uint32_t place, uint32_t mark)
{
    ca_seen_block *to = ca_seen_at(seen, place);
    uint64_t hash = ca_seen_hash(place, mark);
    for (unsigned i = 0; i < CA_SEEN_WORDS; i++) {
        uint64_t bit = UINT64_C(1) << (hash >> (40 + 6 * i) & 63);
        to->twice[i] |= to->once[i] & bit;
        to->once[i] |= bit;
    }
}

static inline bool ca_seen_has(const uint64_t *words, uint32_t place, uint32_t mark)
{
    uint64_t hash = ca_seen_hash(place, mark);
    uint64_t has = 1;
    for (unsigned i = 0; i < CA_SEEN_WORDS; i++)
        has &= words[i] >> (hash >> (40 + 6 * i) & 63);
    return has;
}

static inline bool ca_seen_once(const ca_seen *seen, uint32_t place, uint32_t mark)
{
    return ca_seen_has(ca_seen_at(seen, place)->once, place, mark);
}

static inline bool ca_seen_twice(const ca_seen *seen, uint32_t place, uint32_t mark)
{
    return ca_seen_has(ca_seen_at(seen, place)->twice, place, mark);
}

#endif
