/* A filter of marks in blocks of one cache line: 256 bits that say "seen", 256 that say "again", and two bits of each for
 * a mark. */
#include "base/seen.h"

#include <string.h>

#include "base/alloc.h"

#define WORDS 4u    /* of one kind in a block */

typedef struct block {
    uint64_t once[WORDS];
    uint64_t twice[WORDS];
} block;

struct ca_seen {
    block *blocks;    /* aligned in `memory` */
    void *memory;
    uint32_t count;
};

ca_seen *ca_seen_new(size_t bytes)
{
    ca_seen *seen = ca_alloc_zero(1, sizeof *seen);
    size_t count = bytes / sizeof(block);
    count = count == 0 ? 1 : count > UINT32_MAX / 2 ? UINT32_MAX / 2 : count;
    void *memory = seen != NULL ? ca_alloc_zero(count + 1, sizeof(block)) : NULL;
    if (memory == NULL) {
        ca_free(seen);
        return NULL;
    }
    seen->memory = memory;
    seen->blocks = (block *)(((uintptr_t)memory + sizeof(block) - 1) / sizeof(block) * sizeof(block));
    seen->count = (uint32_t)count;
    return seen;
}

void ca_seen_free(ca_seen *seen)
{
    if (seen != NULL)
        ca_free(seen->memory);
    ca_free(seen);
}

static block *block_of(const ca_seen *seen, uint32_t place)
{
    return &seen->blocks[(uint64_t)place * seen->count >> 32];
}

/* Many places share a block, and each has bits of its own for a mark. */
static unsigned bits_of(uint32_t place, uint32_t mark, unsigned *ret_second)
{
    uint64_t mixed = ((uint64_t)mark << 32 | place) * UINT64_C(0x9E3779B97F4A7C15);
    mixed = (mixed ^ mixed >> 32) * UINT64_C(0xD6E8FEB86659FD93);
    *ret_second = (unsigned)(mixed >> 48) & 255;
    return (unsigned)(mixed >> 56);
}

static inline bool has(const uint64_t *words, unsigned bit)
{
    return words[bit >> 6] >> (bit & 63) & 1;
}

static inline void add_bit(block *to, unsigned bit)
{
    uint64_t one = UINT64_C(1) << (bit & 63);
    to->twice[bit >> 6] |= to->once[bit >> 6] & one;
    to->once[bit >> 6] |= one;
}

void ca_seen_add(ca_seen *seen, uint32_t place, uint32_t mark)
{
    unsigned second;
    unsigned first = bits_of(place, mark, &second);
    block *to = block_of(seen, place);
    add_bit(to, first);
    if (second != first)
        add_bit(to, second);
}

void ca_seen_expect(const ca_seen *seen, uint32_t place)
{
    __builtin_prefetch(block_of(seen, place), 1);
}

bool ca_seen_once(const ca_seen *seen, uint32_t place, uint32_t mark)
{
    unsigned second;
    unsigned first = bits_of(place, mark, &second);
    const block *in = block_of(seen, place);
    return has(in->once, first) && has(in->once, second);
}

bool ca_seen_twice(const ca_seen *seen, uint32_t place, uint32_t mark)
{
    unsigned second;
    unsigned first = bits_of(place, mark, &second);
    const block *in = block_of(seen, place);
    return has(in->twice, first) && has(in->twice, second);
}

void ca_seen_merge(ca_seen *seen, const ca_seen *other)
{
    for (uint32_t i = 0; i < seen->count; i++) {
        block *to = &seen->blocks[i];
        const block *from = &other->blocks[i];
        for (unsigned w = 0; w < WORDS; w++) {
            to->twice[w] |= from->twice[w] | (to->once[w] & from->once[w]);
            to->once[w] |= from->once[w];
        }
    }
}
