/* All files of the program go through this interface, so that a test can put a disk beneath it that
 * crashes, tears writes and fills up. Nothing else may call open, fopen, rename or fsync. */
#ifndef CA_BASE_DISK_H
#define CA_BASE_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

typedef struct ca_file ca_file;
typedef struct ca_disk ca_disk;

enum {
    CA_DISK_READ = 1,
    CA_DISK_WRITE = 2,      /* read and write */
    CA_DISK_CREATE = 4,     /* mode 0600; a link is refused, because it leads to what somebody else has chosen */
    CA_DISK_EXCLUSIVE = 8,  /* fail when it exists */
    CA_DISK_TRUNCATE = 16
};

typedef struct ca_file_info {
    bool is_directory;
    bool is_regular;
    bool is_link;           /* the name is a link; all else is said of what it leads to */
    uint64_t size;
    int64_t changed_ns;     /* modification time */
    uint64_t inode;
    uint64_t device;        /* of the disk it lies on */
    uint32_t mode;          /* permission bits */
    uint32_t owner, group;
} ca_file_info;

/* Where a file or folder lies. */
typedef struct ca_disk_space {
    uint64_t free;          /* bytes that this user may still write */
    uint64_t device;        /* the same for two paths: they share these bytes */
} ca_disk_space;

#define CA_GROUP_KEEP (-1)  /* share: leave the group as it is */

/* The functions of one kind of disk. Paths are NUL-terminated. All return 0 or a negative code with err set,
 * reads the bytes done. A write that is not complete is an error. */
struct ca_disk {
    int (*open)(ca_disk *disk, const char *path, unsigned flags, ca_file **ret_file, ca_error *err);
    int64_t (*read)(ca_file *file, void *bytes, size_t len, ca_error *err);          /* 0 = end */
    int64_t (*read_at)(ca_file *file, uint64_t offset, void *bytes, size_t len, ca_error *err);
    int (*write)(ca_file *file, const void *bytes, size_t len, ca_error *err);       /* at the position, and moves it */
    int (*write_at)(ca_file *file, uint64_t offset, const void *bytes, size_t len, ca_error *err);    /* the position stays */
    int (*clear)(ca_file *file, ca_error *err);       /* makes it empty and goes to its start */
    int (*sync)(ca_file *file, ca_error *err);        /* content, and the name of a file that open created */
    int (*info_of)(ca_file *file, ca_file_info *ret_info, ca_error *err);
    int (*close)(ca_file *file, ca_error *err);                                       /* NULL is fine */
    int (*info)(ca_disk *disk, const char *path, ca_file_info *ret_info, ca_error *err);  /* CA_END: not there */
    int (*rename)(ca_disk *disk, const char *from, const char *to, ca_error *err);   /* also syncs the folder */
    int (*remove)(ca_disk *disk, const char *path, ca_error *err);                   /* a file or an empty folder; not there is fine; lost in a crash */
    int (*make_directory)(ca_disk *disk, const char *path, ca_error *err);           /* 0700; there already is fine, but not a link; its parent must exist */
    /* Names (no . and ..), sorted bytewise, in `arena`. */
    int (*list)(ca_disk *disk, const char *path, ca_arena *arena, char ***ret_names, size_t *ret_count,
                ca_error *err);
    /* An exclusive lock on `path` (created), held until closed; CA_BUSY when another process holds it. */
    int (*lock)(ca_disk *disk, const char *path, ca_file **ret_file, ca_error *err);
    /* `path` exists. */
    int (*space)(ca_disk *disk, const char *path, ca_disk_space *ret_space, ca_error *err);
    /* Gives a file these permission bits and this group; fine where it has them, whoever owns it. A link is refused. By name:
     * to open a file that SQLite has open, and to close it, would lose SQLite's locks. */
    int (*share)(ca_disk *disk, const char *path, unsigned mode, int64_t group, ca_error *err);
    void *state;
};

/* Every ca_file of any disk begins with this. */
struct ca_file {
    ca_disk *disk;
    const char *path;       /* as given to open; lives as long as the file */
};

ca_disk *ca_disk_real(void);                        /* the operating system's; never freed */
/* Standard input, by a name that every disk knows: a disk in memory simply has a file of that name. */
#define CA_DISK_STDIN "/dev/stdin"
int ca_disk_stdin(ca_disk *disk, ca_file **ret_file, ca_error *err);

/* Conveniences on any disk. */
/* *ret_bytes is overwritten and then the caller's to ca_buf_done; CA_LIMIT above `limit` bytes. */
int ca_disk_read_all(ca_disk *disk, const char *path, size_t limit, ca_buf *ret_bytes, ca_error *err);
/* An empty file of our own to write to: one that lay there goes, as it would keep its owner and its mode. */
int ca_disk_open_new(ca_disk *disk, const char *path, ca_file **ret_file, ca_error *err);
/* Writes a temporary file beside `path`, syncs it and renames it over `path`. */
#define CA_DISK_TEMPORARY ".tmp"    /* what the name of a temporary file ends with */
int ca_disk_write_atomic(ca_disk *disk, const char *path, const void *bytes, size_t len, ca_error *err);
/* The same, for a file that others may read. */
int ca_disk_write_shared(ca_disk *disk, const char *path, const void *bytes, size_t len, unsigned mode,
                         int64_t group, ca_error *err);
/* The folder that `path` stands in, "." where it has none; NULL when there is no memory. */
const char *ca_disk_folder(ca_arena *arena, const char *path);

#endif
