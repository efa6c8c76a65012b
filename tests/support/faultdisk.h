/* The real disk, of which any call can fail. What SQLite does itself is not seen. */
#ifndef CA_TESTS_FAULTDISK_H
#define CA_TESTS_FAULTDISK_H

#include "base/disk.h"

typedef struct faultdisk {
    ca_disk disk;              /* to be handed on; ca_disk_real() behind it */
    uint64_t calls;
    uint64_t fail_at;          /* as a count of calls; 0 = never */
    const char *only;          /* only calls on paths that hold this; NULL = all */
} faultdisk;

void faultdisk_init(faultdisk *fault);
/* The n-th call from now fails; 0 = none. */
void faultdisk_fail(faultdisk *fault, uint64_t n);

#endif
