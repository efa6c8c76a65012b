/* A disk for the temporary files of one run: it knows their names itself, and beneath they all share a few files (base/extents.h), so
 * what one leaves is written over by the next. */
#ifndef CA_BASE_SCRATCH_H
#define CA_BASE_SCRATCH_H

#include "base/disk.h"

#define CA_SCRATCH_NAME "scratch"    /* in the folder a number follows, whatever name a file is opened by */

/* The shared files lie in `folder`, which exists, on the disk beneath; both are borrowed. Files have names as elsewhere, and folders as
 * far as names have them; nothing outlives the run, so sync does nothing. Of the functions of a disk only open, read_at, write, sync,
 * info_of, close, rename, remove and make_directory are there. Any threads; a file is written to by one at a time. Who makes a file takes
 * its name, whoever had it: threads may use one name as if each were alone, as long as they go by the open file. */
int ca_scratch_new(ca_disk *beneath, const char *folder, ca_disk **ret_disk, ca_error *err);
/* When all files are closed: now the shared files are removed. NULL is fine. */
void ca_scratch_free(ca_disk *disk);

#endif
