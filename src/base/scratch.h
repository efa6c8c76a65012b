/* A disk for the temporary files of one run. Who closes one and removes it gives it to whoever opens the next: that one writes over it,
 * and the system need not find new pages for what is gone in the morning, nor give the old ones back. */
#ifndef CA_BASE_SCRATCH_H
#define CA_BASE_SCRATCH_H

#include "base/disk.h"

#define CA_SCRATCH_NAME "scratch"    /* in the folder a number follows, whatever name a file is opened by */

/* Files lie in `folder`, which exists, on the disk beneath; both are borrowed. What is opened is new, to read and write, and seems to be
 * empty, but only what was written may be read: behind it lies what others left. Only open, read_at, write, close and remove are
 * there. Any threads. */
int ca_scratch_new(ca_disk *beneath, const char *folder, ca_disk **ret_disk, ca_error *err);
/* When all files are closed: now they are removed. NULL is fine. */
void ca_scratch_free(ca_disk *disk);

#endif
