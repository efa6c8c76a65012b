/* The temporary file of an export: made with our mode, locked against a second export, renamed when it is complete. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "report/export_inner.h"

#define SUFFIX ".export" CA_DISK_TEMPORARY

static int busy(const ca_export_target *target, ca_error *err)
{
    return ca_error_set(err, CA_BUSY, "%s: another export writes it; try again when it has ended", target->path);
}

/* CA_END unless `file` is what lies at the temporary name. */
static int same_file(const ca_export_target *target, ca_file *file, ca_error *err)
{
    ca_file_info mine;
    ca_file_info there;
    int rc = target->disk->info_of(file, &mine, err);
    rc = rc ? rc : target->disk->info(target->disk, target->temporary, &there, err);
    return rc ? rc : mine.inode == there.inode ? 0 : CA_END;
}

/* What a killed export left is locked by nobody. */
static int remove_leftover(ca_export_target *target, ca_error *err)
{
    ca_file *file;
    int rc = target->disk->lock(target->disk, target->temporary, &file, err);
    if (rc) {
        return rc == CA_BUSY ? busy(target, err) : rc;
    }
    rc = same_file(target, file, err);
    rc = rc == 0 ? target->disk->remove(target->disk, target->temporary, err) : rc == CA_END ? busy(target, err) : rc;
    target->disk->close(file, NULL);
    return rc;
}

/* Whoever may read the report may read what is taken from it. */
static int share(ca_export_target *target, const char *like, ca_error *err)
{
    ca_file_info report;
    int rc = like ? target->disk->info(target->disk, like, &report, err) : CA_END;
    if (rc < 0) {
        return rc;
    }
    bool of_group = rc == 0 && (report.mode & 0060) == 0060;
    return of_group ? target->disk->share(target->disk, target->temporary, 0660, report.group, err) : 0;
}

/* Made anew and by us alone: a file that somebody else had put there would keep its owner and its mode. */
static int make_temporary(ca_export_target *target, const char *like, ca_error *err)
{
    ca_disk *disk = target->disk;
    ca_file_info info;
    ca_file *made = NULL;
    int rc = disk->info(disk, target->temporary, &info, err);
    rc = rc == CA_END ? 0 : rc ? rc : remove_leftover(target, err);
    rc = rc ? rc : disk->open(disk, target->temporary, CA_DISK_WRITE | CA_DISK_CREATE | CA_DISK_EXCLUSIVE, &made, err);
    if (rc) {
        return rc;
    }
    rc = share(target, like, err);
    rc = rc ? rc : disk->lock(disk, target->temporary, &target->lock, err);
    rc = rc == 0 ? same_file(target, made, err) : rc;
    rc = rc == 0 ? same_file(target, target->lock, err) : rc;
    disk->close(made, NULL);
    return rc == CA_END || rc == CA_BUSY ? busy(target, err) : rc;
}

/* The folder must be there already: one that was misspelt should not be made. */
static int check_folder(ca_export_target *target, ca_error *err)
{
    ca_file_info info;
    char *slash = strrchr(target->temporary, '/');
    if (!slash || slash == target->temporary) {
        return 0;
    }
    *slash = 0;
    int rc = target->disk->info(target->disk, target->temporary, &info, err);
    if (rc == CA_END || (rc == 0 && !info.is_directory)) {
        rc = ca_error_set(err, CA_USAGE, "%s: there is no folder %s; make it first", target->path, target->temporary);
    }
    *slash = '/';
    return rc;
}

int ca_export_target_init(ca_export_target *target, ca_disk *disk, const char *path, const char *like, ca_error *err)
{
    size_t size = strlen(path) + sizeof SUFFIX;
    *target = (ca_export_target){.disk = disk, .path = path, .temporary = ca_alloc(size)};
    if (!target->temporary) {
        return ca_error_nomem(err);
    }
    snprintf(target->temporary, size, "%s" SUFFIX, path);
    int rc = check_folder(target, err);
    rc = rc ? rc : make_temporary(target, like, err);
    if (rc) {
        disk->close(target->lock, NULL);
        ca_free(target->temporary);
        *target = (ca_export_target){0};
    }
    return rc;
}

int ca_export_target_publish(ca_export_target *target, ca_error *err)
{
    int rc = target->disk->sync(target->lock, err);
    rc = rc ? rc : target->disk->rename(target->disk, target->temporary, target->path, err);
    if (rc == 0) {
        ca_free(target->temporary);
        target->temporary = NULL;
    }
    return rc;
}

void ca_export_target_done(ca_export_target *target)
{
    if (target->temporary) {
        target->disk->remove(target->disk, target->temporary, NULL);
        ca_free(target->temporary);
    }
    if (target->lock) {
        target->disk->close(target->lock, NULL);
    }
    *target = (ca_export_target){0};
}
