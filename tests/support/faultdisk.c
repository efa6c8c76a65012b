/* Forwards each call to the real disk unless it is told to fail. */
#include "support/faultdisk.h"

#include <errno.h>
#include <string.h>

static int fails(ca_disk *disk, const char *path, ca_error *err)
{
    faultdisk *fault = disk->state;
    if (fault->only && !strstr(path, fault->only))
        return 0;
    fault->calls++;
    return fault->calls == fault->fail_at ? ca_error_errno(err, "cannot go on with", path, EIO) : 0;
}

static int fault_open(ca_disk *disk, const char *path, unsigned flags, ca_file **ret_file, ca_error *err)
{
    int result = fails(disk, path, err);
    result = result ? result : ca_disk_real()->open(ca_disk_real(), path, flags, ret_file, err);
    if (result == 0)
        (*ret_file)->disk = disk;
    return result;
}

static int64_t fault_read(ca_file *file, void *bytes, size_t len, ca_error *err)
{
    int result = fails(file->disk, file->path, err);
    return result ? result : ca_disk_real()->read(file, bytes, len, err);
}

static int64_t fault_read_at(ca_file *file, uint64_t offset, void *bytes, size_t len, ca_error *err)
{
    int result = fails(file->disk, file->path, err);
    return result ? result : ca_disk_real()->read_at(file, offset, bytes, len, err);
}

static int fault_write(ca_file *file, const void *bytes, size_t len, ca_error *err)
{
    int result = fails(file->disk, file->path, err);
    return result ? result : ca_disk_real()->write(file, bytes, len, err);
}

static int fault_write_at(ca_file *file, uint64_t offset, const void *bytes, size_t len, ca_error *err)
{
    int result = fails(file->disk, file->path, err);
    return result ? result : ca_disk_real()->write_at(file, offset, bytes, len, err);
}

static int fault_clear(ca_file *file, ca_error *err)
{
    int result = fails(file->disk, file->path, err);
    return result ? result : ca_disk_real()->clear(file, err);
}

static int fault_sync(ca_file *file, ca_error *err)
{
    int result = fails(file->disk, file->path, err);
    return result ? result : ca_disk_real()->sync(file, err);
}

static int fault_info_of(ca_file *file, ca_file_info *ret_info, ca_error *err)
{
    int result = fails(file->disk, file->path, err);
    return result ? result : ca_disk_real()->info_of(file, ret_info, err);
}

/* The file is closed all the same. */
static int fault_close(ca_file *file, ca_error *err)
{
    if (!file)
        return 0;
    int result = fails(file->disk, file->path, err);
    int closed = ca_disk_real()->close(file, result ? NULL : err);
    return result ? result : closed;
}

static int fault_info(ca_disk *disk, const char *path, ca_file_info *ret_info, ca_error *err)
{
    int result = fails(disk, path, err);
    return result ? result : ca_disk_real()->info(ca_disk_real(), path, ret_info, err);
}

static int fault_rename(ca_disk *disk, const char *from, const char *to, ca_error *err)
{
    int result = fails(disk, from, err);
    return result ? result : ca_disk_real()->rename(ca_disk_real(), from, to, err);
}

static int fault_remove(ca_disk *disk, const char *path, ca_error *err)
{
    int result = fails(disk, path, err);
    return result ? result : ca_disk_real()->remove(ca_disk_real(), path, err);
}

static int fault_make_directory(ca_disk *disk, const char *path, ca_error *err)
{
    int result = fails(disk, path, err);
    return result ? result : ca_disk_real()->make_directory(ca_disk_real(), path, err);
}

static int fault_list(ca_disk *disk, const char *path, ca_arena *arena, char ***ret_names, size_t *ret_count,
                      ca_error *err)
{
    int result = fails(disk, path, err);
    return result ? result : ca_disk_real()->list(ca_disk_real(), path, arena, ret_names, ret_count, err);
}

static int fault_lock(ca_disk *disk, const char *path, ca_file **ret_file, ca_error *err)
{
    int result = fails(disk, path, err);
    result = result ? result : ca_disk_real()->lock(ca_disk_real(), path, ret_file, err);
    if (result == 0)
        (*ret_file)->disk = disk;
    return result;
}

static int fault_space(ca_disk *disk, const char *path, ca_disk_space *ret_space, ca_error *err)
{
    int result = fails(disk, path, err);
    return result ? result : ca_disk_real()->space(ca_disk_real(), path, ret_space, err);
}

static int fault_share(ca_disk *disk, const char *path, unsigned mode, int64_t group, ca_error *err)
{
    int result = fails(disk, path, err);
    return result ? result : ca_disk_real()->share(ca_disk_real(), path, mode, group, err);
}

void faultdisk_init(faultdisk *fault)
{
    *fault = (faultdisk){.disk = {.open = fault_open,
                                  .read = fault_read,
                                  .read_at = fault_read_at,
                                  .write = fault_write,
                                  .write_at = fault_write_at,
                                  .clear = fault_clear,
                                  .sync = fault_sync,
                                  .info_of = fault_info_of,
                                  .close = fault_close,
                                  .info = fault_info,
                                  .rename = fault_rename,
                                  .remove = fault_remove,
                                  .make_directory = fault_make_directory,
                                  .list = fault_list,
                                  .lock = fault_lock,
                                  .space = fault_space,
                                  .share = fault_share}};
    fault->disk.state = fault;
}

void faultdisk_fail(faultdisk *fault, uint64_t n)
{
    fault->fail_at = n ? fault->calls + n : 0;
}
