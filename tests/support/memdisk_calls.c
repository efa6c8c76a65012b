/* The functions of the disk in memory: each counts itself and fails when told to. */
#include "support/memdisk_inner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef struct mem_file {
    ca_file file;
    memdisk_node *target;
    uint64_t boot;
    uint64_t position;
    unsigned flags;
    bool name_unsynced;
    bool holds_lock;
    char path[];
} mem_file;

static bool counts_as_failing(memdisk *mem, memdisk_call call)
{
    uint64_t at = mem->fail_at[call];
    mem->calls[call]++;
    if (mem->act && call == mem->act_call && mem->calls[call] == mem->act_at) {
        void (*act)(void *) = mem->act;
        mem->act = NULL;
        pthread_mutex_unlock(&mem->mutex);
        act(mem->act_context);
        pthread_mutex_lock(&mem->mutex);
    }
    return at > 0 && (mem->calls[call] == at || (mem->fail_sticky[call] && mem->calls[call] > at));
}

static bool fails(memdisk *mem, memdisk_call call)
{
    bool this_call = counts_as_failing(mem, call);
    return counts_as_failing(mem, MEMDISK_ANY) || this_call;
}

static mem_file *file_of(ca_file *file)
{
    return (mem_file *)(void *)file;
}

static int check_file(memdisk *mem, const mem_file *file, memdisk_call call)
{
    return fails(mem, call) || file->boot != mem->boots ? EIO : 0;
}

static int sync_folder_of(memdisk *mem, const char *path)
{
    if (fails(mem, MEMDISK_FOLDER_SYNC))
        return EIO;
    char *folder = memdisk_folder_of(path);
    memdisk_sync_folder(mem, folder);
    free(folder);
    return 0;
}

/* --- Files ----------------------------------------------------------------------------------- */

static int find_or_create(memdisk *mem, const char *path, unsigned flags, memdisk_node **ret_target)
{
    memdisk_node *target = memdisk_find(&mem->live, path);
    char *folder = memdisk_folder_of(path);
    bool in_folder = memdisk_is_folder(&mem->live, folder);
    free(folder);
    if (target && (flags & CA_DISK_CREATE) && (flags & CA_DISK_EXCLUSIVE))
        return EEXIST;
    if (target && target->is_directory)
        return EISDIR;
    if (!target && (!(flags & CA_DISK_CREATE) || !in_folder))
        return ENOENT;
    if (!target) {
        target = memdisk_add_node(mem, false);
        memdisk_set_name(&mem->live, path, target);
    }
    if (flags & CA_DISK_TRUNCATE)
        memdisk_set_bytes(&target->live, "", 0);
    *ret_target = target;
    return 0;
}

static int mem_open(ca_disk *disk, const char *path, unsigned flags, ca_file **ret_file,
                    ca_error *err)
{
    memdisk *mem = memdisk_enter(disk);
    char *clean = memdisk_clean_path(path);
    memdisk_node *target = NULL;
    int errnum = fails(mem, MEMDISK_OPEN) ? EIO : find_or_create(mem, clean, flags, &target);
    free(clean);
    if (errnum)
        return memdisk_leave(mem, errnum, "cannot open", path, err);
    mem_file *file = memdisk_must(calloc(1, sizeof *file + strlen(path) + 1));
    strcpy(file->path, path);
    file->file = (ca_file){disk, file->path};
    file->target = target;
    file->boot = mem->boots;
    file->flags = flags;
    file->name_unsynced = (flags & CA_DISK_CREATE) != 0;
    *ret_file = &file->file;
    return memdisk_leave(mem, 0, NULL, path, err);
}

static int64_t copy_out(const memdisk_node *target, uint64_t offset, void *to, size_t len)
{
    if (offset >= target->live.len)
        return 0;
    size_t left = target->live.len - (size_t)offset;
    size_t got = len < left ? len : left;
    if (got > 0)
        memcpy(to, target->live.ptr + offset, got);
    return (int64_t)got;
}

static int64_t mem_read(ca_file *base, void *to, size_t len, ca_error *err)
{
    memdisk *mem = memdisk_enter(base->disk);
    mem_file *file = file_of(base);
    int errnum = check_file(mem, file, MEMDISK_READ);
    int64_t got = errnum ? 0 : copy_out(file->target, file->position, to, len);
    file->position += (uint64_t)got;
    int result = memdisk_leave(mem, errnum, "cannot read", base->path, err);
    return result < 0 ? result : got;
}

static int64_t mem_read_at(ca_file *base, uint64_t offset, void *to, size_t len, ca_error *err)
{
    memdisk *mem = memdisk_enter(base->disk);
    mem_file *file = file_of(base);
    int errnum = check_file(mem, file, MEMDISK_READ);
    if (offset > INT64_MAX - len)
        errnum = EINVAL;
    int64_t got = errnum ? 0 : copy_out(file->target, offset, to, len);
    int result = memdisk_leave(mem, errnum, "cannot read", base->path, err);
    return result < 0 ? result : got;
}

/* *at moves with what is written. */
static int write_to(ca_file *base, uint64_t *at, const void *from, size_t len, ca_error *err)
{
    memdisk *mem = memdisk_enter(base->disk);
    mem_file *file = file_of(base);
    int errnum = check_file(mem, file, MEMDISK_WRITE);
    if (!(file->flags & CA_DISK_WRITE))
        errnum = EBADF;
    if (file->boot != mem->boots || errnum == EBADF)
        return memdisk_leave(mem, errnum, "cannot write", base->path, err);
    if (errnum)
        len /= 2;
    uint64_t there = file->target->live.len > *at ? file->target->live.len - *at : 0;    /* bytes that are written over */
    if (len > there && len - there > mem->space) {
        errnum = ENOSPC;
        len = (size_t)(there + mem->space);
    }
    memdisk_put_bytes(&file->target->live, *at, from, len);
    *at += len;
    file->target->changed_ns++;
    if (mem->space != UINT64_MAX && len > there)
        mem->space -= len - there;
    return memdisk_leave(mem, errnum, "cannot write", base->path, err);
}

static int mem_write(ca_file *base, const void *from, size_t len, ca_error *err)
{
    return write_to(base, &file_of(base)->position, from, len, err);
}

static int mem_write_at(ca_file *base, uint64_t offset, const void *from, size_t len, ca_error *err)
{
    return write_to(base, &offset, from, len, err);
}

static int mem_clear(ca_file *base, ca_error *err)
{
    memdisk *mem = memdisk_enter(base->disk);
    mem_file *file = file_of(base);
    int errnum = check_file(mem, file, MEMDISK_CLEAR);
    if (!errnum) {
        memdisk_set_bytes(&file->target->live, "", 0);
        file->target->changed_ns++;
        file->position = 0;
    }
    return memdisk_leave(mem, errnum, "cannot empty", base->path, err);
}

static int mem_sync(ca_file *base, ca_error *err)
{
    memdisk *mem = memdisk_enter(base->disk);
    mem_file *file = file_of(base);
    int errnum = check_file(mem, file, MEMDISK_SYNC);
    if (!errnum)
        memdisk_set_bytes(&file->target->synced, file->target->live.ptr, file->target->live.len);
    if (!errnum && file->name_unsynced) {
        char *clean = memdisk_clean_path(file->path);
        errnum = sync_folder_of(mem, clean);
        file->name_unsynced = errnum != 0;
        free(clean);
    }
    return memdisk_leave(mem, errnum, "cannot sync", base->path, err);
}

static ca_file_info info_from(const memdisk_node *target)
{
    return (ca_file_info){.is_directory = target->is_directory,
                          .is_regular = !target->is_directory,
                          .size = target->live.len,
                          .changed_ns = target->changed_ns,
                          .inode = target->number,
                          .mode = target->mode,
                          .owner = 1000,
                          .group = (uint32_t)target->group};
}

static int mem_info_of(ca_file *base, ca_file_info *ret_info, ca_error *err)
{
    memdisk *mem = memdisk_enter(base->disk);
    int errnum = check_file(mem, file_of(base), MEMDISK_INFO);
    if (!errnum)
        *ret_info = info_from(file_of(base)->target);
    return memdisk_leave(mem, errnum, "cannot look at", base->path, err);
}

static int mem_close(ca_file *base, ca_error *err)
{
    if (!base)
        return 0;
    memdisk *mem = memdisk_enter(base->disk);
    mem_file *file = file_of(base);
    int errnum = fails(mem, MEMDISK_CLOSE) ? EIO : 0;
    if (file->holds_lock && file->boot == mem->boots)
        file->target->locked = false;
    int result = memdisk_leave(mem, errnum, "cannot close", base->path, err);
    free(file);
    return result;
}

static int mem_lock(ca_disk *disk, const char *path, ca_file **ret_file, ca_error *err)
{
    ca_file *base;
    memdisk *mem = memdisk_enter(disk);
    int result = memdisk_leave(mem, fails(mem, MEMDISK_LOCK) ? EIO : 0, "cannot lock", path, err);
    if (result < 0)
        return result;
    result = mem_open(disk, path, CA_DISK_WRITE | CA_DISK_CREATE, &base, err);
    if (result < 0)
        return result;
    memdisk_enter(disk);
    mem_file *file = file_of(base);
    bool busy = file->target->locked;
    file->holds_lock = !busy;
    file->target->locked = true;
    memdisk_leave(mem, 0, NULL, path, NULL);
    if (busy) {
        mem_close(base, NULL);
        return ca_error_at(err, CA_BUSY, path, 0, 0,
                           "locked by another run: try again when it has ended");
    }
    *ret_file = base;
    return 0;
}

/* --- Folders --------------------------------------------------------------------------------- */

static int mem_info(ca_disk *disk, const char *path, ca_file_info *ret_info, ca_error *err)
{
    memdisk *mem = memdisk_enter(disk);
    char *clean = memdisk_clean_path(path);
    memdisk_node *target = memdisk_find(&mem->live, clean);
    free(clean);
    int result =
        memdisk_leave(mem, fails(mem, MEMDISK_INFO) ? EIO : 0, "cannot look at", path, err);
    if (result < 0 || !target)
        return result < 0 ? result : CA_END;
    *ret_info = info_from(target);
    return 0;
}

static int mem_rename(ca_disk *disk, const char *from, const char *to, ca_error *err)
{
    memdisk *mem = memdisk_enter(disk);
    char *clean_from = memdisk_clean_path(from);
    char *clean_to = memdisk_clean_path(to);
    int errnum = fails(mem, MEMDISK_RENAME) ? EIO : memdisk_move(mem, clean_from, clean_to);
    if (!errnum)
        errnum = sync_folder_of(mem, clean_to);
    char *folder = memdisk_folder_of(clean_to);
    if (!errnum && !memdisk_stands_in(clean_from, folder))
        errnum = sync_folder_of(mem, clean_from);
    free(folder);
    free(clean_from);
    free(clean_to);
    return memdisk_leave(mem, errnum, "cannot rename", from, err);
}

static int mem_remove(ca_disk *disk, const char *path, ca_error *err)
{
    memdisk *mem = memdisk_enter(disk);
    char *clean = memdisk_clean_path(path);
    int errnum = fails(mem, MEMDISK_REMOVE) ? EIO : 0;
    if (!errnum && memdisk_is_folder(&mem->live, clean) && !memdisk_is_empty(&mem->live, clean))
        errnum = ENOTEMPTY;
    if (!errnum)
        memdisk_drop_name(&mem->live, clean);
    free(clean);
    return memdisk_leave(mem, errnum, "cannot remove", path, err);
}

static int mem_make_directory(ca_disk *disk, const char *path, ca_error *err)
{
    memdisk *mem = memdisk_enter(disk);
    char *clean = memdisk_clean_path(path);
    char *folder = memdisk_folder_of(clean);
    memdisk_node *target = memdisk_find(&mem->live, clean);
    int errnum = 0;
    if (fails(mem, MEMDISK_MAKE_DIRECTORY))
        errnum = EIO;
    else if (target)
        errnum = target->is_directory ? 0 : EEXIST;
    else if (!memdisk_is_folder(&mem->live, folder))
        errnum = ENOENT;
    if (!errnum && !target) {
        memdisk_set_name(&mem->live, clean, memdisk_add_node(mem, true));
        errnum = sync_folder_of(mem, clean);
    }
    free(folder);
    free(clean);
    return memdisk_leave(mem, errnum, "cannot make the folder", path, err);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int list_names(memdisk *mem, const char *folder, ca_arena *arena, char ***ret_names,
                      size_t *ret_count)
{
    if (!memdisk_find(&mem->live, folder))
        return ENOENT;
    if (!memdisk_is_folder(&mem->live, folder))
        return ENOTDIR;
    char **found = ca_arena_array(arena, mem->live.count + 1, sizeof *found);
    size_t count = 0;
    for (size_t i = 0; found && i < mem->live.count; i++) {
        const char *path = mem->live.items[i].path;
        if (!memdisk_stands_in(path, folder))
            continue;
        const char *slash = strrchr(path, '/');
        found[count] = ca_arena_cstr(arena, ca_text_of(slash ? slash + 1 : path));
        if (!found[count++])
            return ENOMEM;
    }
    if (!found)
        return ENOMEM;
    qsort(found, count, sizeof *found, compare_names);
    *ret_names = found;
    *ret_count = count;
    return 0;
}

static int mem_list(ca_disk *disk, const char *path, ca_arena *arena, char ***ret_names,
                    size_t *ret_count, ca_error *err)
{
    memdisk *mem = memdisk_enter(disk);
    char *clean = memdisk_clean_path(path);
    int errnum =
        fails(mem, MEMDISK_LIST) ? EIO : list_names(mem, clean, arena, ret_names, ret_count);
    free(clean);
    return memdisk_leave(mem, errnum, "cannot list", path, err);
}

static int mem_space(ca_disk *disk, const char *path, ca_disk_space *ret_space, ca_error *err)
{
    memdisk *mem = memdisk_enter(disk);
    char *clean = memdisk_clean_path(path);
    bool there = memdisk_find(&mem->live, clean) != NULL;
    int errnum = fails(mem, MEMDISK_SPACE) ? EIO : there ? 0 : ENOENT;
    size_t on = 0;
    for (size_t i = 1; i < mem->free_count; i++) {
        size_t len = strlen(mem->free[i].folder);
        if (strncmp(clean, mem->free[i].folder, len) == 0 && (clean[len] == '/' || !clean[len]))
            on = i;
    }
    free(clean);
    if (!errnum)
        *ret_space = (ca_disk_space){mem->free[on].bytes, on};
    return memdisk_leave(mem, errnum, "cannot look at the disk of", path, err);
}

static int mem_share(ca_disk *disk, const char *path, unsigned mode, int64_t group, ca_error *err)
{
    memdisk *mem = memdisk_enter(disk);
    char *clean = memdisk_clean_path(path);
    memdisk_node *target = memdisk_find(&mem->live, clean);
    int errnum = fails(mem, MEMDISK_SHARE) ? EIO : target ? 0 : ENOENT;
    free(clean);
    if (!errnum) {
        target->mode = mode;
        target->group = group == CA_GROUP_KEEP ? target->group : group;
    }
    return memdisk_leave(mem, errnum, "cannot change the permissions", path, err);
}

ca_disk memdisk_functions(void)
{
    return (ca_disk){
        .open = mem_open,
        .read = mem_read,
        .read_at = mem_read_at,
        .write = mem_write,
        .write_at = mem_write_at,
        .clear = mem_clear,
        .sync = mem_sync,
        .info_of = mem_info_of,
        .close = mem_close,
        .info = mem_info,
        .rename = mem_rename,
        .remove = mem_remove,
        .make_directory = mem_make_directory,
        .list = mem_list,
        .lock = mem_lock,
        .space = mem_space,
        .share = mem_share,
    };
}
