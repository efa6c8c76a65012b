/* How many processor cores there are to plan with. */
#ifndef CA_BASE_CORES_H
#define CA_BASE_CORES_H

#include "base/disk.h"

/* Cores this process may run on (its affinity), from 1 to 1024. */
unsigned ca_cores_allowed(ca_disk *disk);

#endif
