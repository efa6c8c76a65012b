/* A disk in memory that a test can crash, fill up and make fail: what was not synced is forgotten, and a
 * call fails when told to. Safe for several threads. Runs out of memory by ending the test. */
#ifndef CA_TESTS_MEMDISK_H
#define CA_TESTS_MEMDISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/disk.h"

typedef struct memdisk memdisk;

typedef enum memdisk_call {
    MEMDISK_OPEN,
    MEMDISK_READ,           /* read and read_at */
    MEMDISK_WRITE,          /* write and write_at */
    MEMDISK_CLEAR,
    MEMDISK_SYNC,
    MEMDISK_CLOSE,          /* the file is closed all the same */
    MEMDISK_INFO,           /* info and info_of */
    MEMDISK_RENAME,         /* fails before anything changed */
    MEMDISK_FOLDER_SYNC,    /* inside rename, make_directory and the first sync: it is done, but may be lost */
    MEMDISK_REMOVE,
    MEMDISK_MAKE_DIRECTORY,
    MEMDISK_LIST,
    MEMDISK_LOCK,
    MEMDISK_SPACE,
    MEMDISK_SHARE,
    MEMDISK_ANY,            /* for fail and calls: whichever comes */
    MEMDISK_CALLS
} memdisk_call;

/* The folders "." and "/" exist. */
memdisk *memdisk_new(void);
void memdisk_free(memdisk *mem);        /* files still open are closed first by their owners */
ca_disk *memdisk_disk(memdisk *mem);

/* A file that has always been there, with the folders above it. Counts as no call. */
void memdisk_put(memdisk *mem, const char *path, const void *bytes, size_t len);
/* Content as a reader would see it now; borrowed until the next write. False when there is no such file. */
bool memdisk_get(memdisk *mem, const char *path, ca_text *ret_bytes);

/* Power is lost: only what was synced is left, locks are gone, files still open are dead (every call but
 * close fails), told failures are forgotten. With a seed, files with unsynced changes keep a part of them,
 * torn at a random byte. */
void memdisk_crash(memdisk *mem, uint64_t seed);

/* The n-th such call from now (1 = the next) fails, and all later ones when `sticky`; n = 0 stops it. A write
 * that fails has written the first half. */
void memdisk_fail(memdisk *mem, memdisk_call call, uint64_t n, bool sticky);
/* The disk is full after so many more bytes; the write that meets the end is cut short there. */
void memdisk_set_space(memdisk *mem, uint64_t bytes);
/* What `space` tells of the paths below a folder, which is then a disk of its own; "" for all others. Unlimited unless
 * told; writes do not take from it. */
void memdisk_tell_free(memdisk *mem, const char *folder, uint64_t bytes);
/* Right before the n-th such call from now somebody else does something, once. */
void memdisk_before(memdisk *mem, memdisk_call call, uint64_t n, void (*act)(void *context), void *context);
/* Permission bits and group of a file; false when there is none. */
bool memdisk_access(memdisk *mem, const char *path, unsigned *ret_mode, int64_t *ret_group);
uint64_t memdisk_calls(const memdisk *mem, memdisk_call call);

#endif
