/* How much memory there is to plan with. */
#ifndef CA_BASE_MEMORY_H
#define CA_BASE_MEMORY_H

#include <stdint.h>

#include "base/disk.h"

/* The smallest limit of the process's cgroup and of those above it, version 2 and version 1; 0 = none is known. */
uint64_t ca_memory_limit(ca_disk *disk);
/* A quarter of the RAM, or of the cgroup's limit where that is lower; at least 64 MiB. */
uint64_t ca_memory_default(ca_disk *disk);

/* An amount that is held and the room there is for it, in one unit in which both can be read: where more is held than
 * there is room, the two never look alike. */
typedef struct ca_memory_words {
    char held[32], room[32];
} ca_memory_words;
ca_memory_words ca_memory_compare(uint64_t held, uint64_t room);

#endif
