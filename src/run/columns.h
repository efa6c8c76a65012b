/* Columns in records of the claim exchange: what writing and reading them have in common. */
#ifndef CA_RUN_COLUMNS_H
#define CA_RUN_COLUMNS_H

#include <string.h>

#include "run/state.h"

static inline size_t ca_presence_size(const ca_projection *projection)
{
    return (projection->count + 7) / 8;
}

/* Of a value of fixed size: sizes known to the compiler take no call. */
static inline void ca_copy_value(void *to, const void *from, size_t size)
{
    switch (size) {
    case sizeof(int64_t):
        memcpy(to, from, sizeof(int64_t));
        break;
    case sizeof(uint32_t):
        memcpy(to, from, sizeof(uint32_t));
        break;
    default:
        memcpy(to, from, 1);
        break;
    }
}

#endif
