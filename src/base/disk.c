/* What every disk can do with the few functions of its kind: read a whole file, replace one so that
 * a crash leaves the old or the new one. */
#include "base/disk.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

#define READ_STEP 65536

int ca_disk_stdin(ca_disk *disk, ca_file **ret_file, ca_error *err)
{
    return disk->open(disk, CA_DISK_STDIN, CA_DISK_READ, ret_file, err);
}

static int read_rest(ca_disk *disk, ca_file *file, size_t limit, ca_buf *bytes, ca_error *err)
{
    for (;;) {
        size_t left = limit - bytes->len;
        size_t step =
            left < READ_STEP ? left + 1 : READ_STEP; /* one more, to see that there is more */
        if (!ca_buf_reserve(bytes, step))
            return ca_error_nomem(err);
        int64_t got = disk->read(file, bytes->ptr + bytes->len, step, err);
        if (got < 0)
            return (int)got;
        if (got == 0)
            return 0;
        if ((uint64_t)got > left)
            return ca_error_at(err, CA_LIMIT, file->path, 0, 0,
                               "larger than %zu bytes, the limit for such a file", limit);
        bytes->len += (size_t)got;
    }
}

int ca_disk_read_all(ca_disk *disk, const char *path, size_t limit, ca_buf *ret_bytes,
                     ca_error *err)
{
    ca_file *file;
    ca_buf bytes;
    int result = disk->open(disk, path, CA_DISK_READ, &file, err);
    if (result < 0)
        return result;
    ca_buf_init(&bytes);
    result = read_rest(disk, file, limit, &bytes, err);
    if (result < 0) {
        disk->close(file, NULL);
        goto out;
    }
    result = disk->close(file, err);
    if (result == 0) {
        *ret_bytes = bytes;
        return 0;
    }
out:
    ca_buf_done(&bytes);
    return result;
}

int ca_disk_open_new(ca_disk *disk, const char *path, ca_file **ret_file, ca_error *err)
{
    int result = disk->remove(disk, path, err);
    return result < 0 ? result
                      : disk->open(disk, path, CA_DISK_WRITE | CA_DISK_CREATE | CA_DISK_EXCLUSIVE,
                                   ret_file, err);
}

#define MODE_PRIVATE 0600 /* what open gives a new file */

static int write_synced(ca_disk *disk, const char *path, const void *bytes, size_t len,
                        unsigned mode, int64_t group, ca_error *err)
{
    ca_file *file;
    int result = ca_disk_open_new(disk, path, &file, err);
    if (result < 0)
        return result;
    result = disk->write(file, bytes, len, err);
    if (result == 0 && (mode != MODE_PRIVATE || group != CA_GROUP_KEEP))
        result = disk->share(disk, path, mode, group, err);
    if (result == 0)
        result = disk->sync(file, err);
    if (result < 0) {
        disk->close(file, NULL);
        return result;
    }
    return disk->close(file, err);
}

int ca_disk_write_shared(ca_disk *disk, const char *path, const void *bytes, size_t len,
                         unsigned mode, int64_t group, ca_error *err)
{
    size_t size = strlen(path) + sizeof CA_DISK_TEMPORARY;
    char *temporary = ca_alloc(size);
    if (!temporary)
        return ca_error_nomem(err);
    snprintf(temporary, size, "%s%s", path, CA_DISK_TEMPORARY);
    int result = write_synced(disk, temporary, bytes, len, mode, group, err);
    if (result == 0)
        result = disk->rename(disk, temporary, path, err);
    if (result < 0)
        disk->remove(disk, temporary, NULL);
    ca_free(temporary);
    return result;
}

int ca_disk_write_atomic(ca_disk *disk, const char *path, const void *bytes, size_t len,
                         ca_error *err)
{
    return ca_disk_write_shared(disk, path, bytes, len, MODE_PRIVATE, CA_GROUP_KEEP, err);
}

const char *ca_disk_folder(ca_arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return ".";
    return slash == path ? "/" : ca_arena_printf(arena, "%.*s", (int)(slash - path), path);
}
