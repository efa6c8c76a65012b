/* A filter of marks in blocks of one cache line. */
#include "base/seen.h"

#include "base/alloc.h"

ca_seen *ca_seen_new(size_t bytes)
{
    ca_seen *seen = ca_alloc_zero(1, sizeof *seen);
    size_t count = bytes / sizeof(ca_seen_block);
    count = count == 0 ? 1 : count > UINT32_MAX / 2 ? UINT32_MAX / 2 : count;
    void *memory = seen != NULL ? ca_alloc_zero(count + 1, sizeof(ca_seen_block)) : NULL;
    if (memory == NULL) {
        ca_free(seen);
        return NULL;
    }
    seen->memory = memory;
    seen->blocks = (ca_seen_block *)(((uintptr_t)memory + sizeof(ca_seen_block) - 1) / sizeof(ca_seen_block) * sizeof(ca_seen_block));
    seen->count = (uint32_t)count;
    return seen;
}

void ca_seen_free(ca_seen *seen)
{
    if (seen != NULL)
        ca_free(seen->memory);
    ca_free(seen);
}

void ca_seen_merge(ca_seen *seen, const ca_seen *other)
{
    for (uint32_t i = 0; i < seen->count; i++) {
        ca_seen_block *to = &seen->blocks[i];
        const ca_seen_block *from = &other->blocks[i];
        for (unsigned w = 0; w < CA_SEEN_WORDS; w++) {
            to->twice[w] |= from->twice[w] | (to->once[w] & from->once[w]);
            to->once[w] |= from->once[w];
        }
    }
}
