/* How much memory there is to plan with. */
#ifndef CA_BASE_MEMORY_H
#define CA_BASE_MEMORY_H

#include <stdint.h>

#include "base/disk.h"

/* A quarter of the RAM, or of the cgroup's limit where that is lower; at least 64 MiB. */
uint64_t ca_memory_default(ca_disk *disk);

#endif
