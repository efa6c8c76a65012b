/* Temporary files by name, whose bytes lie in extents. As on any disk a file without a name lives until it is closed. */
#include "base/scratch.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/extents.h"
#include "base/threads.h"

/* What a name stands for. */
typedef struct content {
    ca_extent_list at;
    uint64_t len;
    unsigned opened;              /* files that are not closed */
    char *name;                   /* NULL: removed */
} content;

typedef struct scratch_file {
    ca_file file;                 /* what is handed out */
    content *of;
    uint64_t position;
    char path[];
} scratch_file;

typedef struct scratch {
    ca_disk disk;
    ca_extents *extents;
    ca_mutex *lock;               /* of all that follows */
    content **named;
    size_t count, cap;
} scratch;

static scratch *scratch_of(const ca_disk *disk)
{
    return disk->state;
}

static scratch_file *file_of(ca_file *file)
{
    return (scratch_file *)(void *)file;
}

/* --- Names, all with the lock held --------------------------------------------------------------------------------- */

static size_t find(const scratch *of, const char *name)
{
    size_t i = 0;
    while (i < of->count && strcmp(of->named[i]->name, name) != 0) {
        i++;
    }
    return i;
}

static char *copy_of(const char *name)
{
    size_t size = strlen(name) + 1;
    char *copy = ca_alloc(size);
    return copy ? memcpy(copy, name, size) : NULL;
}

/* Who has neither a name nor a user is gone. */
static void drop(scratch *of, content *one)
{
    if (one->opened == 0 && !one->name) {
        ca_extents_give(of->extents, &one->at);
        ca_free(one);
    }
}

static void remove_name(scratch *of, const char *name)
{
    size_t i = find(of, name);
    if (i < of->count) {
        content *one = of->named[i];
        of->named[i] = of->named[--of->count];
        ca_free(one->name);
        one->name = NULL;
        drop(of, one);
    }
}

static content *add_name(scratch *of, const char *name)
{
    content **named = ca_grown_array(of->named, of->count, &of->cap, sizeof(content *));
    of->named = named ? named : of->named;
    content *made = named ? ca_alloc_zero(1, sizeof *made) : NULL;
    if (made) {
        made->name = copy_of(name);
    }
    if (!made || !made->name) {
        ca_free(made);
        return NULL;
    }
    return named[of->count++] = made;
}

/* --- Files --------------------------------------------------------------------------------------------------------- */

/* A new one takes the name at once: threads make files of the same name, and between a remove and an open of one of them another could
 * come. */
static int open_locked(scratch *of, const char *path, unsigned flags, content **ret_content, ca_error *err)
{
    if (flags & CA_DISK_CREATE) {
        remove_name(of, path);
        *ret_content = add_name(of, path);
        return *ret_content ? 0 : ca_error_nomem(err);
    }
    size_t i = find(of, path);
    if (i == of->count) {
        return ca_error_errno(err, "cannot open", path, ENOENT);
    }
    *ret_content = of->named[i];
    return 0;
}

static int scratch_open(ca_disk *disk, const char *path, unsigned flags, ca_file **ret_file, ca_error *err)
{
    scratch *of = scratch_of(disk);
    size_t size = strlen(path) + 1;
    scratch_file *made = ca_alloc_zero(1, sizeof *made + size);
    assert(flags == (CA_DISK_WRITE | CA_DISK_CREATE | CA_DISK_EXCLUSIVE) || flags == CA_DISK_READ);
    if (!made) {
        return ca_error_nomem(err);
    }
    memcpy(made->path, path, size);
    made->file = (ca_file){disk, made->path};
    ca_mutex_lock(of->lock);
    int rc = open_locked(of, path, flags, &made->of, err);
    if (rc == 0) {
        made->of->opened++;
        *ret_file = &made->file;
    }
    ca_mutex_unlock(of->lock);
    if (rc) {
        ca_free(made);
    }
    return rc;
}

static int scratch_close(ca_file *file, ca_error *err)
{
    (void)err;
    if (file) {
        scratch *of = scratch_of(file->disk);
        content *one = file_of(file)->of;
        ca_mutex_lock(of->lock);
        one->opened--;
        drop(of, one);
        ca_mutex_unlock(of->lock);
        ca_free(file_of(file));
    }
    return 0;
}

static int64_t scratch_read_at(ca_file *file, uint64_t offset, void *bytes, size_t len, ca_error *err)
{
    const content *of = file_of(file)->of;
    uint64_t left = offset < of->len ? of->len - offset : 0;
    size_t got = len < left ? len : (size_t)left;
    int rc = ca_extents_read(scratch_of(file->disk)->extents, &of->at, offset, bytes, got, err);
    return rc ? rc : (int64_t)got;
}

static int scratch_write(ca_file *file, const void *bytes, size_t len, ca_error *err)
{
    scratch_file *to = file_of(file);
    int rc = ca_extents_write(scratch_of(file->disk)->extents, &to->of->at, to->position, bytes, len, err);
    if (rc == 0) {
        to->position += len;
        to->of->len = to->position > to->of->len ? to->position : to->of->len;
    }
    return rc;
}

static int scratch_sync(ca_file *file, ca_error *err)
{
    (void)file;
    (void)err;
    return 0;
}

static int scratch_info_of(ca_file *file, ca_file_info *ret_info, ca_error *err)
{
    (void)err;
    *ret_info = (ca_file_info){.is_regular = true, .size = file_of(file)->of->len};
    return 0;
}

/* --- Folders --------------------------------------------------------------------------------------------------------- */

static int scratch_rename(ca_disk *disk, const char *from, const char *to, ca_error *err)
{
    scratch *of = scratch_of(disk);
    char *name = copy_of(to);
    if (!name) {
        return ca_error_nomem(err);
    }
    ca_mutex_lock(of->lock);
    size_t i = find(of, from);
    int rc = i < of->count ? 0 : ca_error_errno(err, "cannot rename", from, ENOENT);
    if (rc == 0) {
        content *one = of->named[i];
        if (find(of, to) != i) {
            remove_name(of, to);
        }
        ca_free(one->name);
        one->name = name;
    }
    ca_mutex_unlock(of->lock);
    if (rc) {
        ca_free(name);
    }
    return rc;
}

static int scratch_remove(ca_disk *disk, const char *path, ca_error *err)
{
    scratch *of = scratch_of(disk);
    (void)err;
    ca_mutex_lock(of->lock);
    remove_name(of, path);
    ca_mutex_unlock(of->lock);
    return 0;
}

static int scratch_make_directory(ca_disk *disk, const char *path, ca_error *err)
{
    (void)disk;
    (void)path;
    (void)err;
    return 0;
}

/* --- The disk ---------------------------------------------------------------------------------------------------------- */

int ca_scratch_new(ca_disk *beneath, const char *folder, ca_disk **ret_disk, ca_error *err)
{
    scratch *of = ca_alloc_zero(1, sizeof *of);
    if (of) {
        of->lock = ca_mutex_new();
    }
    int rc = of && of->lock ? ca_extents_new(beneath, folder, CA_SCRATCH_NAME, &of->extents, err) : ca_error_nomem(err);
    if (rc) {
        if (of) {
            ca_mutex_free(of->lock);
        }
        ca_free(of);
        return rc;
    }
    of->disk = (ca_disk){.open = scratch_open,
                         .read_at = scratch_read_at,
                         .write = scratch_write,
                         .sync = scratch_sync,
                         .info_of = scratch_info_of,
                         .close = scratch_close,
                         .rename = scratch_rename,
                         .remove = scratch_remove,
                         .make_directory = scratch_make_directory,
                         .state = of};
    *ret_disk = &of->disk;
    return 0;
}

void ca_scratch_free(ca_disk *disk)
{
    scratch *of = disk ? scratch_of(disk) : NULL;
    if (!of) {
        return;
    }
    while (of->count > 0) {
        assert(of->named[0]->opened == 0);
        remove_name(of, of->named[0]->name);
    }
    ca_extents_free(of->extents);
    ca_mutex_free(of->lock);
    ca_free(of->named);
    ca_free(of);
}
