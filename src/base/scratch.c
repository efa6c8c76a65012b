/* Temporary files that are written over when nobody reads them any more. */
#include "base/scratch.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/threads.h"

typedef struct scratch_file {
    ca_file file;                 /* what is handed out */
    ca_file *beneath;
    bool idle;
    char path[];
} scratch_file;

typedef struct scratch {
    ca_disk disk;
    ca_disk *beneath;
    const char *folder;
    ca_mutex *lock;               /* of all that follows */
    scratch_file **files;
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

/* --- Opening and closing --------------------------------------------------------------------------------------- */

static int make_file(scratch *of, ca_file **ret_file, ca_error *err)
{
    size_t size = strlen(of->folder) + sizeof "/" CA_SCRATCH_NAME + 20;
    scratch_file **files = ca_grown_array(of->files, of->count, &of->cap, sizeof(scratch_file *));
    of->files = files ? files : of->files;
    scratch_file *made = files ? ca_alloc_zero(1, sizeof *made + size) : NULL;
    if (!made) {
        return ca_error_nomem(err);
    }
    made->file = (ca_file){&of->disk, made->path};
    snprintf(made->path, size, "%s/" CA_SCRATCH_NAME "%zu", of->folder, of->count);
    int rc = ca_disk_open_new(of->beneath, made->path, &made->beneath, err);
    if (rc) {
        ca_free(made);
        return rc;
    }
    of->files[of->count++] = made;
    *ret_file = &made->file;
    return 0;
}

static int open_locked(scratch *of, ca_file **ret_file, ca_error *err)
{
    for (size_t i = 0; i < of->count; i++) {
        scratch_file *file = of->files[i];
        if (file->idle) {
            int rc = of->beneath->rewind(file->beneath, err);
            file->idle = rc != 0;
            if (rc == 0) {
                *ret_file = &file->file;
            }
            return rc;
        }
    }
    return make_file(of, ret_file, err);
}

static int scratch_open(ca_disk *disk, const char *path, unsigned flags, ca_file **ret_file, ca_error *err)
{
    scratch *of = scratch_of(disk);
    assert(path && flags == (CA_DISK_WRITE | CA_DISK_CREATE | CA_DISK_EXCLUSIVE));
    (void)path;
    (void)flags;
    ca_mutex_lock(of->lock);
    int rc = open_locked(of, ret_file, err);
    ca_mutex_unlock(of->lock);
    return rc;
}

static int scratch_close(ca_file *file, ca_error *err)
{
    (void)err;
    if (file) {
        scratch *of = scratch_of(file->disk);
        ca_mutex_lock(of->lock);
        file_of(file)->idle = true;
        ca_mutex_unlock(of->lock);
    }
    return 0;
}

/* Names are this disk's own, and files go with it. */
static int scratch_remove(ca_disk *disk, const char *path, ca_error *err)
{
    (void)disk;
    (void)path;
    (void)err;
    return 0;
}

/* --- What passes through --------------------------------------------------------------------------------------- */

static int64_t scratch_read_at(ca_file *file, uint64_t offset, void *bytes, size_t len, ca_error *err)
{
    return scratch_of(file->disk)->beneath->read_at(file_of(file)->beneath, offset, bytes, len, err);
}

static int scratch_write(ca_file *file, const void *bytes, size_t len, ca_error *err)
{
    return scratch_of(file->disk)->beneath->write(file_of(file)->beneath, bytes, len, err);
}

/* --- The disk -------------------------------------------------------------------------------------------------- */

int ca_scratch_new(ca_disk *beneath, const char *folder, ca_disk **ret_disk, ca_error *err)
{
    scratch *of = ca_alloc_zero(1, sizeof *of);
    if (of) {
        of->lock = ca_mutex_new();
    }
    if (!of || !of->lock) {
        ca_free(of);
        return ca_error_nomem(err);
    }
    of->beneath = beneath;
    of->folder = folder;
    of->disk = (ca_disk){.open = scratch_open,
                         .read_at = scratch_read_at,
                         .write = scratch_write,
                         .close = scratch_close,
                         .remove = scratch_remove,
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
    for (size_t i = 0; i < of->count; i++) {
        assert(of->files[i]->idle);
        of->beneath->close(of->files[i]->beneath, NULL);
        of->beneath->remove(of->beneath, of->files[i]->path, NULL);
        ca_free(of->files[i]);
    }
    ca_mutex_free(of->lock);
    ca_free(of->files);
    ca_free(of);
}
