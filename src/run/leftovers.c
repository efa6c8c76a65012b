/* The folder of a run's temporary files, which hold claims: its owner alone may look into it, and what a killed run left
 * is removed before anything is read. The caller holds the lock of the report, so nobody else uses these files. */
#include "run/model.h"
#include "run/several.h"
#include "run/state.h"

#include <string.h>

#include "base/hash.h"
#include "base/scratch.h"

#define TRIES 20

static bool only_from(const char *text, const char *characters)
{
    return text[strspn(text, characters)] == 0;
}

static bool is_one_of(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(names[i]);
        if (strncmp(name, names[i], len) == 0 && only_from(name + len, ".0123456789")) {
            return true;
        }
    }
    return false;
}

/* What follows "DB.work." */
static bool is_beside(const char *rest)
{
    static const char *const names[] = {"exchange", "findings", "rejects", "stream", "lock", "incomplete", "reversals", "late", "waiting"};
    return is_one_of(rest, names, sizeof names / sizeof *names);
}

/* A name in the folder; exact, because a folder may hold what is not ours. Most are of earlier versions. */
static bool is_work(const char *name)
{
    static const char *const names[] = {CA_SCRATCH_NAME, "measures", "network", "links", "values", "score-patient-", "score-provider-",
                                        "score-prescriber-", "score-pharmacy-", "score-institution-"};
    return is_beside(name) || is_one_of(name, names, sizeof names / sizeof *names);
}

/* What follows "DB.". */
static bool is_unfinished(const char *rest)
{
    size_t hex = strspn(rest, "0123456789abcdef");
    return strcmp(rest, "rejects.csv" CA_DISK_TEMPORARY) == 0 ||
           (hex == 16 && strcmp(rest + hex, ".evidence" CA_DISK_TEMPORARY) == 0) ||
           (hex == 16 && strcmp(rest + hex, ".model" CA_DISK_TEMPORARY) == 0);
}

/* Files named BASE.REST in the folder of `prefix`, where BASE is its last part; with a prefix that ends in '/', all files. */
static int remove_matching(ca_scan_state *scan, const char *prefix, bool (*matches)(const char *rest), ca_error *err)
{
    ca_disk *disk = scan->options->disk;
    const char *slash = strrchr(prefix, '/');
    const char *base = slash ? slash + 1 : prefix;
    const char *folder = ca_disk_folder(scan->arena, prefix);
    size_t len = strlen(base);
    char **names;
    size_t count = 0;
    int rc = folder ? disk->list(disk, folder, scan->arena, &names, &count, err) : ca_error_nomem(err);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        bool named = len == 0 || (strncmp(names[i], base, len) == 0 && names[i][len] == '.');
        if (named && matches(names[i] + (len ? len + 1 : 0))) {
            const char *path = ca_arena_printf(scan->arena, "%s/%s", folder, names[i]);
            rc = path ? disk->remove(disk, path, err) : ca_error_nomem(err);
        }
    }
    return rc;
}

static int empty_folder(ca_scan_state *scan, const char *folder, ca_error *err)
{
    ca_disk *disk = scan->options->disk;
    ca_file_info info;
    int rc = disk->info(disk, folder, &info, err);
    if (rc || !info.is_directory || info.is_link) {
        return rc == CA_END ? 0 : rc;
    }
    for (unsigned i = 0; rc == 0 && i <= CA_ROUTES_MAX + CA_LARGE_FOLDERS + 1; i++) {
        const char *exchange = ca_arena_printf(scan->arena, "%s/x%u", folder, i);
        rc = exchange ? ca_keyed_sweep(disk, exchange, err) : ca_error_nomem(err);
    }
    const char *inside = rc ? NULL : ca_arena_printf(scan->arena, "%s/", folder);
    rc = rc ? rc : inside ? remove_matching(scan, inside, is_work, err) : ca_error_nomem(err);
    if (rc == 0) {
        disk->remove(disk, folder, NULL);    /* with anything of others in it, it stays */
    }
    return rc;
}

/* Until version 0.1 temporary files lay beside the report: DB.work.exchange, DB.work.stream0. */
static int remove_leftovers(ca_scan_state *scan, ca_error *err)
{
    int rc = remove_matching(scan, scan->work, is_beside, err);
    rc = rc ? rc : remove_matching(scan, scan->options->db, is_unfinished, err);
    rc = rc ? rc : ca_model_sweep(scan, err);
    return rc ? rc : empty_folder(scan, scan->work, err);
}

/* Said at once, not in the middle of the night when the first buffer has to be written. */
static int check_work_folder(const ca_scan_options *options, ca_error *err)
{
    ca_file_info info;
    if (!options->work) {
        return 0;
    }
    int rc = options->disk->info(options->disk, options->work, &info, err);
    if (rc == CA_END || (rc == 0 && !info.is_directory)) {
        return ca_error_set(err, CA_FAIL, rc ? "%s: there is no such folder for temporary files; see --work"
                                             : "%s: is a file, not a folder for temporary files; see --work",
                            options->work);
    }
    return rc;
}

/* Reports of the same name in several folders may share a work folder; the lock tells them apart, and a rerun takes the
 * same name again, so that nothing is left of a run that was killed. A scan without a report has a name of its own. */
static int name_work(ca_scan_state *scan, ca_error *err)
{
    const ca_scan_options *options = scan->options;
    ca_file_info lock = {0};
    if (!options->db) {
        uint64_t name[2] = {(uint64_t)options->clock->steady_ns(options->clock), (uint64_t)(uintptr_t)scan};
        scan->work = ca_arena_printf(scan->arena, "%s/claimaudit.%016llx.work", options->work ? options->work : ".",
                                     (unsigned long long)ca_hash64(name, sizeof name));
        return scan->work ? 0 : ca_error_nomem(err);
    }
    const char *slash = strrchr(options->db, '/');
    int rc = options->work ? scan->lock->disk->info_of(scan->lock, &lock, err) : 0;
    if (rc) {
        return rc;
    }
    scan->work = options->work ? ca_arena_printf(scan->arena, "%s/%s.%llx.work", options->work,
                                                 slash ? slash + 1 : options->db, (unsigned long long)lock.inode)
                               : ca_arena_printf(scan->arena, "%s.work", options->db);
    return scan->work ? 0 : ca_error_nomem(err);
}

/* A folder that somebody else had made would let them read what is put into it. A file of our own shows whose it is. */
static int check_ours(ca_scan_state *scan, ca_error *err)
{
    ca_disk *disk = scan->options->disk;
    ca_file_info folder, ours;
    ca_file *file;
    const char *path = ca_arena_printf(scan->arena, "%s/exchange", scan->work);
    int rc = path ? disk->open(disk, path, CA_DISK_WRITE | CA_DISK_CREATE, &file, err) : ca_error_nomem(err);
    if (rc) {
        return rc;
    }
    rc = disk->info_of(file, &ours, err);
    rc = rc ? rc : disk->info(disk, scan->work, &folder, err);
    int closed = disk->close(file, rc ? NULL : err);
    int removed = disk->remove(disk, path, rc || closed ? NULL : err);
    rc = rc ? rc : closed ? closed : removed;
    if (rc == 0 && (folder.owner != ours.owner || (folder.mode & 077) != 0)) {
        return ca_error_set(err, CA_FAIL, "%s: this folder is for temporary files, and others may look into it; remove it, "
                            "then run again", scan->work);
    }
    return rc == CA_END ? ca_error_set(err, CA_FAIL, "%s: is gone", scan->work) : rc;
}

static int make_folder(ca_scan_state *scan, ca_error *err)
{
    ca_disk *disk = scan->options->disk;
    ca_error reason = {0};
    int rc = disk->make_directory(disk, scan->work, &reason);
    if (rc == 0) {
        rc = check_ours(scan, &reason);
        if (rc == 0) {
            return 0;
        }
        disk->remove(disk, scan->work, NULL);
    }
    if (rc == CA_FAIL && reason.file[0]) {
        return ca_error_at(err, rc, reason.file, 0, 0, "%s; temporary files go there, see --work", reason.text);
    }
    if (err) {
        *err = reason;
    }
    return rc;
}

/* "claimaudit.0123456789abcdef.work" */
static bool is_unnamed(const char *name)
{
    static const char before[] = "claimaudit.";
    size_t len = sizeof before - 1;
    return strncmp(name, before, len) == 0 && strspn(name + len, "0123456789abcdef") == 16 &&
           strcmp(name + len + 16, ".work") == 0;
}

/* A scan without a report holds a lock in its folder while it lives: where the lock is free, it was killed. What cannot be
 * looked into belongs to somebody else. */
static int sweep_unnamed(ca_scan_state *scan, ca_error *err)
{
    ca_disk *disk = scan->options->disk;
    const char *folder = scan->options->work ? scan->options->work : ".";
    char **names;
    size_t count = 0;
    int rc = disk->list(disk, folder, scan->arena, &names, &count, NULL);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        ca_file_info info;
        ca_file *lock;
        const char *path = is_unnamed(names[i]) ? ca_arena_printf(scan->arena, "%s/%s", folder, names[i]) : "";
        const char *file = path && *path ? ca_arena_printf(scan->arena, "%s/lock", path) : path;
        if (!file) {
            return ca_error_nomem(err);
        }
        if (*file && disk->info(disk, file, &info, NULL) == 0 && disk->lock(disk, file, &lock, NULL) == 0) {
            ca_work_sweep(scan, path);
            disk->close(lock, NULL);
        }
    }
    return 0;
}

/* CA_BUSY when another scan took the new folder for that of a killed one: it came between the lock's name and the lock. */
static int lock_folder(ca_scan_state *scan, ca_error *err)
{
    ca_disk *disk = scan->options->disk;
    ca_file_info mine, there;
    const char *lock = ca_arena_printf(scan->arena, "%s/lock", scan->work);
    int rc = lock ? disk->lock(disk, lock, &scan->work_lock, err) : ca_error_nomem(err);
    rc = rc ? rc : disk->info_of(scan->work_lock, &mine, err);
    rc = rc ? rc : disk->info(disk, lock, &there, err);
    if (rc == CA_END || (rc == 0 && mine.inode != there.inode)) {
        disk->close(scan->work_lock, NULL);
        scan->work_lock = NULL;
        return ca_error_set(err, CA_BUSY, "%s: was removed by another scan; try again", scan->work);
    }
    return rc;
}

/* Small inputs never need the folder: without --work it may lie where nothing can be written. */
static int open_unnamed(ca_scan_state *scan, ca_error *err)
{
    bool optional = !scan->options->work;
    ca_error reason = {0};
    int rc = sweep_unnamed(scan, err);
    for (int i = 0; rc == 0 && i < TRIES; i++) {
        rc = make_folder(scan, optional ? NULL : err);
        if (rc) {
            return optional && rc != CA_NOMEM ? 0 : rc;
        }
        rc = lock_folder(scan, &reason);
        if (rc != CA_BUSY || i + 1 == TRIES) {
            break;
        }
        rc = name_work(scan, &reason);
    }
    if (rc && reason.code && err) {
        *err = reason;
    }
    return rc;
}

int ca_work_open(ca_scan_state *scan, ca_error *err)
{
    int rc = check_work_folder(scan->options, err);
    rc = rc ? rc : name_work(scan, err);
    if (rc == 0 && !scan->options->db) {
        return open_unnamed(scan, err);
    }
    rc = rc ? rc : !scan->lock ? 0 : remove_leftovers(scan, err);
    return rc ? rc : make_folder(scan, err);
}

void ca_work_close(ca_scan_state *scan)
{
    ca_disk *disk = scan->options->disk;
    if (scan->work_lock) {
        const char *lock = ca_arena_printf(scan->arena, "%s/lock", scan->work);
        disk->close(scan->work_lock, NULL);
        disk->remove(disk, lock ? lock : scan->work, NULL);
        scan->work_lock = NULL;
    }
    if (scan->work) {
        disk->remove(disk, scan->work, NULL);
    }
}

void ca_work_sweep(ca_scan_state *scan, const char *folder)
{
    if (empty_folder(scan, folder, NULL) < 0) {
        return;    /* it may be out of reach today; nothing of this run depends on it */
    }
}
