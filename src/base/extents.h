/* Room on a disk for files that come and go, in pieces of one size: what a file no longer needs the next one takes, so that the system
 * need neither find new pages nor give old ones back, and a run takes no more of the disk than it has in use at once. */
#ifndef CA_BASE_EXTENTS_H
#define CA_BASE_EXTENTS_H

#include "base/disk.h"

#define CA_EXTENT_BYTES ((size_t)256 << 10)    /* few enough for hundreds of files at once, many enough to be read in one go */
#define CA_EXTENT_FILES 8u                     /* so many threads write without waiting for each other */

typedef struct ca_extents ca_extents;

/* The pieces of one file, in its order. {0} is an empty one. */
typedef struct ca_extent_list {
    uint32_t *items;
    size_t count, cap;
    unsigned home;                             /* the file of ours where it looks for room first */
} ca_extent_list;

/* The pieces lie in files `name`0, `name`1 … of `folder`, which exists, on the disk beneath; all three are borrowed. Any threads, but a
 * list is written to by one at a time. All return 0 or a negative code with err set. */
int ca_extents_new(ca_disk *beneath, const char *folder, const char *name, ca_extents **ret_extents, ca_error *err);
/* Removes them. NULL is fine. */
void ca_extents_free(ca_extents *extents);
/* Writes at a place in the list, which grows as far as needed. */
int ca_extents_write(ca_extents *extents, ca_extent_list *list, uint64_t offset, const void *bytes, size_t len, ca_error *err);
/* The bytes lie in the list. */
int ca_extents_read(ca_extents *extents, const ca_extent_list *list, uint64_t offset, void *bytes, size_t len, ca_error *err);
/* Gives all pieces back. */
void ca_extents_give(ca_extents *extents, ca_extent_list *list);

#endif
