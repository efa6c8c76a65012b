/* Scratch memory of the evaluator, and operations on runs of bits. */
#include "rules/eval_parts.h"

#include <string.h>

#include "base/alloc.h"

enum { BLOCK_BYTES = 256 * 1024, ALIGN = 64 };

struct ca_scratch_block {
    ca_scratch_block *next;
    size_t size;
    char *data; /* aligned, inside the same allocation */
};

static ca_scratch_block *new_block(size_t size)
{
    if (size > SIZE_MAX / 2)
        return NULL;
    ca_scratch_block *block = ca_alloc(sizeof(*block) + ALIGN + size);
    if (block == NULL)
        return NULL;
    char *behind = (char *)(block + 1);
    size_t over = (uintptr_t)behind % ALIGN;
    *block = (ca_scratch_block){.size = size, .data = behind + (over == 0 ? 0 : ALIGN - over)};
    return block;
}

/* Goes on to the next block that is large enough, or puts a new one in before it. */
static bool advance(ca_scratch *scratch, size_t need)
{
    ca_scratch_block **link = scratch->current ? &scratch->current->next : &scratch->first;
    if (*link == NULL || (*link)->size < need) {
        ca_scratch_block *block = new_block(need > BLOCK_BYTES ? need : BLOCK_BYTES);
        if (block == NULL)
            return false;
        block->next = *link;
        *link = block;
    }
    scratch->current = *link;
    scratch->used = 0;
    return true;
}

void *ca_scratch_take(ca_scratch *scratch, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX / 2)
        return NULL;
    bytes = (bytes + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if ((scratch->current == NULL || scratch->current->size - scratch->used < bytes) &&
        !advance(scratch, bytes))
        return NULL;
    void *ptr = scratch->current->data + scratch->used;
    scratch->used += bytes;
    return ptr;
}

uint64_t *ca_scratch_bits(ca_scratch *scratch, unsigned words)
{
    uint64_t *bits = ca_scratch_take(scratch, words, sizeof(*bits));
    if (bits != NULL)
        memset(bits, 0, words * sizeof(*bits));
    return bits;
}

ca_scratch_mark ca_scratch_here(const ca_scratch *scratch)
{
    return (ca_scratch_mark){scratch->current, scratch->used};
}

void ca_scratch_rewind(ca_scratch *scratch, ca_scratch_mark mark)
{
    scratch->current = mark.block;
    scratch->used = mark.used;
}

void ca_scratch_trim(ca_scratch *scratch, size_t most)
{
    ca_scratch_block **unused = scratch->current ? &scratch->current->next : &scratch->first;
    size_t bytes = 0;
    for (const ca_scratch_block *block = *unused; block != NULL; block = block->next)
        bytes += block->size;
    while (bytes > most && *unused != NULL) {
        ca_scratch_block *next = (*unused)->next;
        bytes -= (*unused)->size;
        ca_free(*unused);
        *unused = next;
    }
}

void ca_scratch_done(ca_scratch *scratch)
{
    while (scratch->first != NULL) {
        ca_scratch_block *next = scratch->first->next;
        ca_free(scratch->first);
        scratch->first = next;
    }
    *scratch = (ca_scratch){0};
}

/* --- Bits ------------------------------------------------------------------------------------- */

/* Bits of word `word` that lie in [from, to). */
static uint64_t part_of(uint32_t word, uint32_t from, uint32_t to)
{
    uint64_t bits = UINT64_MAX;
    if (word == from >> 6)
        bits &= UINT64_MAX << (from & 63);
    if (word == to >> 6)
        bits &= (UINT64_C(1) << (to & 63)) - 1;
    return bits;
}

bool ca_bits_any(const uint64_t *bits, unsigned words)
{
    uint64_t any = 0;
    for (unsigned w = 0; w < words; w++)
        any |= bits[w];
    return any != 0;
}

void ca_bits_set_range(uint64_t *bits, uint32_t from, uint32_t to)
{
    for (uint32_t w = from >> 6; from < to && w <= (to - 1) >> 6; w++)
        bits[w] |= part_of(w, from, to);
}

uint32_t ca_bits_count_range(const uint64_t *bits, uint32_t from, uint32_t to)
{
    uint32_t count = 0;
    for (uint32_t w = from >> 6; from < to && w <= (to - 1) >> 6; w++)
        count += (uint32_t)__builtin_popcountll(bits[w] & part_of(w, from, to));
    return count;
}

uint32_t ca_bits_first_of_words(const uint64_t *bits, uint32_t from, uint32_t to)
{
    for (uint32_t w = from >> 6; from < to && w <= (to - 1) >> 6; w++) {
        uint64_t part = bits[w] & part_of(w, from, to);
        if (part != 0)
            return (w << 6) + (uint32_t)__builtin_ctzll(part);
    }
    return to;
}
