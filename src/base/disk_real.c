/* The operating system's files: the only place of the program that opens, renames, locks or syncs one. */
#include "base/disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/alloc.h"

typedef struct real_file {
    ca_file file;
    int fd;
    bool name_unsynced; /* created here: the first sync also syncs the folder */
    char path[];
} real_file;

static real_file *real_of(ca_file *file)
{
    return (real_file *)(void *)file;
}

static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

static bool same_folder(const char *a, const char *b)
{
    size_t len = folder_length(a);
    return len == folder_length(b) && memcmp(a, b, len) == 0;
}

/* Syncs the folder in which `path` stands, so that a new name outlives a crash. */
static int sync_folder_of(const char *path, ca_error *err)
{
    size_t len = folder_length(path);
    char *folder = ca_alloc(len + 2);
    if (!folder)
        return ca_error_nomem(err);
    memcpy(folder, path, len);
    memcpy(folder + len, ".", 2); /* "name" stands in ".", "a/name" in "a/." */
    int fd, result;
    do {
        fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    } while (fd < 0 && errno == EINTR);
    do {
        result = fd < 0 ? -1 : fsync(fd);
    } while (result < 0 && errno == EINTR);
    /* Some network file systems cannot sync a folder; nothing better can be done there. */
    int code = result < 0 && errno != EINVAL ? ca_error_errno(err, "cannot sync the folder", folder, errno) : 0;
    if (fd >= 0)
        close(fd);
    ca_free(folder);
    return code;
}

static int open_flags(unsigned flags)
{
    int mode = O_CLOEXEC | O_NOCTTY;
    mode |= flags & CA_DISK_WRITE ? O_RDWR : O_RDONLY;
    mode |= flags & CA_DISK_CREATE ? O_CREAT | O_NOFOLLOW : 0;
    mode |= flags & CA_DISK_EXCLUSIVE ? O_EXCL : 0;
    mode |= flags & CA_DISK_TRUNCATE ? O_TRUNC : 0;
    return mode;
}

/* A descriptor of a file that is no folder, or -1 with errno. */
static int open_path(const char *path, unsigned flags)
{
    int fd;
    do {
        if (strcmp(path, CA_DISK_STDIN) == 0) /* also where /dev is missing or somebody else's */
            fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        else
            fd = open(path, open_flags(flags), 0600);
    } while (fd < 0 && errno == EINTR);
    struct stat info;
    if (fd >= 0 && fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
        close(fd);
        errno = EISDIR;
        return -1;
    }
    return fd;
}

static int real_open(ca_disk *disk, const char *path, unsigned flags, ca_file **ret_file, ca_error *err)
{
    size_t size = strlen(path) + 1;
    real_file *real = ca_alloc_zero(1, sizeof *real + size);
    if (!real)
        return ca_error_nomem(err);
    memcpy(real->path, path, size);
    real->file = (ca_file){disk, real->path};
    real->name_unsynced = (flags & CA_DISK_CREATE) != 0;
    real->fd = open_path(path, flags);
    if (real->fd < 0) {
        int errnum = errno;
        ca_free(real);
        return ca_error_errno(err, "cannot open", path, errnum);
    }
    *ret_file = &real->file;
    return 0;
}

static int64_t real_read(ca_file *file, void *bytes, size_t len, ca_error *err)
{
    ssize_t got;
    do {
        got = read(real_of(file)->fd, bytes, len < SSIZE_MAX ? len : SSIZE_MAX);
    } while (got < 0 && errno == EINTR);
    return got < 0 ? ca_error_errno(err, "cannot read", file->path, errno) : got;
}

/* Up to `len` bytes; fewer only at the end of the file. */
static int64_t real_read_at(ca_file *file, uint64_t offset, void *bytes, size_t len, ca_error *err)
{
    size_t done = 0;
    while (done < len) {
        if (offset > INT64_MAX - done)
            return ca_error_errno(err, "cannot read", file->path, EINVAL);
        ssize_t got = pread(real_of(file)->fd, (char *)bytes + done, len - done, (off_t)(offset + done));
        if (got == 0)
            break;
        if (got < 0 && errno != EINTR)
            return ca_error_errno(err, "cannot read", file->path, errno);
        done += got > 0 ? (size_t)got : 0;
    }
    return (int64_t)done;
}

/* All of it; `at` < 0: at the position. */
static int write_all(ca_file *file, off_t at, const char *from, size_t len, ca_error *err)
{
    int fd = real_of(file)->fd;
    while (len > 0) {
        ssize_t done = at < 0 ? write(fd, from, len) : pwrite(fd, from, len, at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return ca_error_errno(err, "cannot write", file->path, done < 0 ? errno : EIO);
        at += at < 0 ? 0 : done;
        from += done;
        len -= (size_t)done;
    }
    return 0;
}

static int real_write(ca_file *file, const void *bytes, size_t len, ca_error *err)
{
    return write_all(file, -1, bytes, len, err);
}

static int real_write_at(ca_file *file, uint64_t offset, const void *bytes, size_t len, ca_error *err)
{
    return write_all(file, (off_t)offset, bytes, len, err);
}

static int real_clear(ca_file *file, ca_error *err)
{
    bool empty = ftruncate(real_of(file)->fd, 0) == 0 && lseek(real_of(file)->fd, 0, SEEK_SET) == 0;
    return empty ? 0 : ca_error_errno(err, "cannot empty", file->path, errno);
}

static int real_sync(ca_file *file, ca_error *err)
{
    real_file *real = real_of(file);
    int result;
    do {
        result = fsync(real->fd);
    } while (result < 0 && errno == EINTR);
    if (result < 0)
        return ca_error_errno(err, "cannot sync", file->path, errno);
    if (real->name_unsynced) {
        result = sync_folder_of(real->path, err);
        real->name_unsynced = result < 0;
    }
    return result;
}

static ca_file_info info_from(const struct stat *info)
{
    return (ca_file_info){
        .is_directory = S_ISDIR(info->st_mode),
        .is_regular = S_ISREG(info->st_mode),
        .size = info->st_size > 0 ? (uint64_t)info->st_size : 0,
        .changed_ns = (int64_t)info->st_mtim.tv_sec * 1000000000 + info->st_mtim.tv_nsec,
        .inode = info->st_ino,
        .device = info->st_dev,
        .mode = info->st_mode & 07777,
        .owner = info->st_uid,
        .group = info->st_gid,
    };
}

static int real_info_of(ca_file *file, ca_file_info *ret_info, ca_error *err)
{
    struct stat info;
    if (fstat(real_of(file)->fd, &info) < 0)
        return ca_error_errno(err, "cannot look at", file->path, errno);
    *ret_info = info_from(&info);
    return 0;
}

static int real_close(ca_file *file, ca_error *err)
{
    if (!file)
        return 0;
    real_file *real = real_of(file);
    int result = 0;
    if (close(real->fd) < 0 && errno != EINTR) /* after EINTR Linux has closed it */
        result = ca_error_errno(err, "cannot close", file->path, errno);
    ca_free(real);
    return result;
}

static int real_info(ca_disk *disk, const char *path, ca_file_info *ret_info, ca_error *err)
{
    (void)disk;
    struct stat info;
    bool link = lstat(path, &info) == 0 && S_ISLNK(info.st_mode);
    if (stat(path, &info) < 0)
        return errno == ENOENT || errno == ENOTDIR ? CA_END : ca_error_errno(err, "cannot look at", path, errno);
    *ret_info = info_from(&info);
    ret_info->is_link = link;
    return 0;
}

static int real_rename(ca_disk *disk, const char *from, const char *to, ca_error *err)
{
    (void)disk;
    if (rename(from, to) < 0)
        return ca_error_errno(err, "cannot rename", from, errno);
    int result = sync_folder_of(to, err);
    return result < 0 || same_folder(from, to) ? result : sync_folder_of(from, err);
}

static int real_remove(ca_disk *disk, const char *path, ca_error *err)
{
    (void)disk;
    if (remove(path) < 0 && errno != ENOENT && errno != ENOTDIR)
        return ca_error_errno(err, "cannot remove", path, errno);
    return 0;
}

static int real_make_directory(ca_disk *disk, const char *path, ca_error *err)
{
    (void)disk;
    if (mkdir(path, 0700) < 0) {
        int errnum = errno;
        struct stat info;
        if (errnum == EEXIST && lstat(path, &info) == 0 && S_ISDIR(info.st_mode))
            return 0;
        return ca_error_errno(err, "cannot make the folder", path, errnum);
    }
    return sync_folder_of(path, err);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Collects into a growing heap array, which the caller frees also after an error. */
static int collect_names(DIR *folder, const char *path, ca_arena *arena, char ***names, size_t *count, ca_error *err)
{
    size_t cap = 0;
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (!entry)
            return errno ? ca_error_errno(err, "cannot list", path, errno) : 0;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (*count == cap) {
            cap = cap ? cap * 2 : 64;
            char **grown = ca_realloc_array(*names, cap, sizeof *grown);
            if (!grown)
                return ca_error_nomem(err);
            *names = grown;
        }
        char *name = ca_arena_cstr(arena, ca_text_of(entry->d_name));
        if (!name)
            return ca_error_nomem(err);
        (*names)[(*count)++] = name;
    }
}

static int real_list(ca_disk *disk, const char *path, ca_arena *arena, char ***ret_names, size_t *ret_count, ca_error *err)
{
    (void)disk;
    char **names = NULL;
    size_t count = 0;
    DIR *folder = opendir(path);
    if (!folder)
        return ca_error_errno(err, "cannot list", path, errno);
    int result = collect_names(folder, path, arena, &names, &count, err);
    if (result < 0)
        goto out;
    char **kept = ca_arena_array(arena, count + 1, sizeof *kept);
    if (!kept)
        result = ca_error_nomem(err);
    if (kept && count > 0) {
        memcpy(kept, names, count * sizeof *kept);
        qsort(kept, count, sizeof *kept, compare_names);
    }
    *ret_names = kept;
    *ret_count = count;
out:
    ca_free(names);
    closedir(folder);
    return result;
}

static int real_lock(ca_disk *disk, const char *path, ca_file **ret_file, ca_error *err)
{
    ca_file *file = NULL;
    int result = real_open(disk, path, CA_DISK_WRITE | CA_DISK_CREATE, &file, err);
    if (result < 0)
        return result;
    do {
        result = flock(real_of(file)->fd, LOCK_EX | LOCK_NB);
    } while (result < 0 && errno == EINTR);
    if (result == 0) {
        *ret_file = file;
        return 0;
    }
    result = errno == EWOULDBLOCK ? ca_error_at(err, CA_BUSY, path, 0, 0, "locked by another run: try again when it has ended")
                                  : ca_error_errno(err, "cannot lock", path, errno);
    real_close(file, NULL);
    return result;
}

static int real_space(ca_disk *disk, const char *path, ca_disk_space *ret_space, ca_error *err)
{
    (void)disk;
    struct statvfs room;
    struct stat info;
    int result;
    do {
        result = statvfs(path, &room);
    } while (result < 0 && errno == EINTR);
    if (result < 0 || stat(path, &info) < 0)
        return ca_error_errno(err, "cannot look at the disk of", path, errno);
    uint64_t block = room.f_frsize ? room.f_frsize : room.f_bsize;
    bool beyond = block > 0 && room.f_bavail > UINT64_MAX / block;
    *ret_space = (ca_disk_space){beyond ? UINT64_MAX : room.f_bavail * block, info.st_dev};
    return 0;
}

static int real_share(ca_disk *disk, const char *path, unsigned mode, int64_t group, ca_error *err)
{
    (void)disk;
    struct stat info;
    if (lstat(path, &info) < 0)
        return ca_error_errno(err, "cannot look at", path, errno);
    bool grouped = group == CA_GROUP_KEEP || info.st_gid == (gid_t)group;
    if (grouped && (info.st_mode & 0777) == mode)
        return 0;
    if (S_ISLNK(info.st_mode))
        return ca_error_at(err, CA_FAIL, path, 0, 0, "is a link: name the file itself");
    /* first, while the group may nothing */
    if (!grouped && fchownat(AT_FDCWD, path, (uid_t)-1, (gid_t)group, AT_SYMLINK_NOFOLLOW) < 0)
        return ca_error_errno(err, "cannot give the file to the group", path, errno);
    if (fchmodat(AT_FDCWD, path, mode, AT_SYMLINK_NOFOLLOW) < 0)
        return ca_error_errno(err, "cannot change the permissions", path, errno);
    return 0;
}

ca_disk *ca_disk_real(void)
{
    static ca_disk real = {
        .open = real_open,
        .read = real_read,
        .read_at = real_read_at,
        .write = real_write,
        .write_at = real_write_at,
        .clear = real_clear,
        .sync = real_sync,
        .info_of = real_info_of,
        .close = real_close,
        .info = real_info,
        .rename = real_rename,
        .remove = real_remove,
        .make_directory = real_make_directory,
        .list = real_list,
        .lock = real_lock,
        .space = real_space,
        .share = real_share,
    };
    return &real;
}
