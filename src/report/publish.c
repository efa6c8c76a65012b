/* A copy of the report for readers elsewhere: one file without a write-ahead log, complete under its name or not there. */
#include "report/inner.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

#define STATE_SIZE 96

static char *with_end(const char *path, const char *end)
{
    size_t size = strlen(path) + strlen(end) + 1;
    char *name = ca_alloc(size);
    if (name) {
        snprintf(name, size, "%s%s", path, end);
    }
    return name;
}

static int take_state(void *context, const ca_report_row *row)
{
    char *state = context;
    size_t len = row->cells[0].len < STATE_SIZE ? row->cells[0].len : STATE_SIZE - 1;
    memcpy(state, row->cells[0].ptr, len);
    state[len] = 0;
    return 0;
}

/* What tells one state of a report from every other: its runs are only ever added. */
static int read_state(const char *path, char state[STATE_SIZE], ca_error *err)
{
    ca_report *report;
    int rc = ca_report_open(path, false, 5000, &report, err);
    if (rc) {
        return rc;
    }
    rc = ca_report_query(report,
                         "SELECT count(*) || ' ' || coalesce(max(run_id), 0) || ' ' || coalesce((SELECT hex(identity)"
                         " FROM run ORDER BY run_id DESC LIMIT 1), '-') FROM run",
                         NULL, 0, take_state, state, err);
    ca_report_close(report);
    return rc;
}

/* Damaged, older or not there: all of these mean that a copy is due. */
static int is_current(ca_disk *disk, const char *path, const char *copy, ca_error *err)
{
    char ours[STATE_SIZE];
    char theirs[STATE_SIZE];
    ca_file_info info;
    int rc = read_state(path, ours, err);
    if (rc) {
        return rc;
    }
    if (disk->info(disk, copy, &info, NULL) != 0 || read_state(copy, theirs, NULL) != 0) {
        return 0;
    }
    return strcmp(ours, theirs) == 0 ? CA_END : 0;
}

/* The file is made here, so that nobody else may read it while it is written. */
static int make_empty(ca_disk *disk, const char *path, ca_error *err)
{
    ca_file *file;
    char *journal = with_end(path, "-journal");
    int rc = journal ? disk->remove(disk, journal, err) : ca_error_nomem(err);
    ca_free(journal);
    rc = rc ? rc : ca_disk_open_new(disk, path, &file, err);
    return rc ? rc : disk->close(file, err);
}

static int write_copy(const char *path, const char *copy, ca_error *err)
{
    ca_report *report;
    char *name = with_end(copy[0] == '/' ? "" : "./", copy);
    const char *values[] = {name};
    int rc = name ? ca_report_open(path, true, 30000, &report, err) : ca_error_nomem(err);
    if (rc == 0) {
        rc = ca_report_query(report, "VACUUM INTO ?1", values, 1, take_state, NULL, err);
        ca_report_close(report);
    }
    ca_free(name);
    return rc;
}

static int sync_copy(ca_disk *disk, const char *path, ca_error *err)
{
    ca_file *file;
    int rc = disk->open(disk, path, CA_DISK_WRITE, &file, err);
    if (rc) {
        return rc;
    }
    rc = disk->sync(file, err);
    int closed = disk->close(file, rc ? NULL : err);
    return rc ? rc : closed;
}

/* On a network share permissions may be the share's own: then they are enough where the group may read. */
static int share_copy(ca_disk *disk, const char *path, unsigned mode, int64_t group, ca_error *err)
{
    ca_file_info info;
    ca_error reason = {0};
    int rc = disk->share(disk, path, mode, group, &reason);
    if (rc == CA_FAIL && disk->info(disk, path, &info, NULL) == 0 && (info.mode & 040) != 0) {
        return 0;
    }
    if (rc && err) {
        *err = reason;
    }
    return rc;
}

int ca_report_publish(ca_disk *disk, const char *path, const char *copy, unsigned mode, int64_t group, ca_error *err)
{
    int rc = is_current(disk, path, copy, err);
    if (rc) {
        return rc == CA_END ? share_copy(disk, copy, mode, group, err) : rc;
    }
    char *temporary = with_end(copy, CA_DISK_TEMPORARY);
    rc = temporary ? make_empty(disk, temporary, err) : ca_error_nomem(err);
    if (rc) {
        ca_free(temporary);
        return rc;
    }
    rc = write_copy(path, temporary, err);
    rc = rc ? rc : sync_copy(disk, temporary, err);
    rc = rc ? rc : share_copy(disk, temporary, mode, group, err);
    rc = rc ? rc : disk->rename(disk, temporary, copy, err);
    if (rc) {
        disk->remove(disk, temporary, NULL);
    }
    ca_free(temporary);
    return rc;
}

static const char *last_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The same name in the same folder, also where neither is there yet. */
static bool same_name(ca_disk *disk, ca_arena *arena, const char *a, const char *b)
{
    ca_file_info of_a = {0}, of_b = {0};
    const char *folder_a = ca_disk_folder(arena, a);
    const char *folder_b = ca_disk_folder(arena, b);
    if (strcmp(last_name(a), last_name(b)) != 0 || !folder_a || !folder_b) {
        return strcmp(a, b) == 0;
    }
    return disk->info(disk, folder_a, &of_a, NULL) == 0 && disk->info(disk, folder_b, &of_b, NULL) == 0 &&
           of_a.inode == of_b.inode && of_a.device == of_b.device;
}

int ca_report_check_name(ca_disk *disk, const char *path, const char *name, ca_error *err)
{
    static const char *const ends[] = {"", ".lock", ".work", "-wal", "-shm", "-journal", ".rejects.csv"};
    ca_arena arena;
    int rc = 0;
    ca_arena_init(&arena);
    for (size_t i = 0; rc == 0 && i < sizeof ends / sizeof *ends; i++) {
        const char *ours = ca_arena_printf(&arena, "%s%s", path, ends[i]);
        rc = !ours                                 ? ca_error_nomem(err)
             : same_name(disk, &arena, ours, name) ? ca_error_set(err, CA_USAGE,
                                                                  "%s: is a name that belongs to the report %s; name another "
                                                                  "file", name, path)
                                                   : 0;
    }
    ca_arena_done(&arena);
    return rc;
}

static int check_folder(ca_disk *disk, ca_arena *arena, const char *copy, ca_error *err)
{
    ca_file_info info;
    const char *folder = ca_disk_folder(arena, copy);
    int rc = folder ? disk->info(disk, folder, &info, err) : ca_error_nomem(err);
    if (rc == CA_END || (rc == 0 && !info.is_directory)) {
        return ca_error_set(err, CA_USAGE, "%s: there is no folder %s to publish in", copy, folder);
    }
    return rc;
}

/* A slip of the pen must not replace a claim file by a database. */
static int check_old_copy(const char *copy, ca_error *err)
{
    ca_report *report;
    ca_error reason = {0};
    int rc = ca_report_open(copy, false, 5000, &report, &reason);
    if (rc == 0) {
        ca_report_close(report);
        return 0;
    }
    if (rc == CA_FAIL && strstr(reason.text, "is no claimaudit report")) {
        return ca_error_set(err, CA_USAGE, "%s: is no claimaudit report, and a copy would replace it; name another file",
                            copy);
    }
    return rc == CA_NOMEM ? ca_error_nomem(err) : 0;    /* damaged or old: it is replaced */
}

int ca_report_check_copy(ca_disk *disk, const char *path, const char *copy, ca_error *err)
{
    ca_file_info ours = {0}, theirs;
    ca_arena arena;
    ca_arena_init(&arena);
    int rc = check_folder(disk, &arena, copy, err);
    bool same = rc == 0 && same_name(disk, &arena, path, copy);
    ca_arena_done(&arena);
    rc = rc || same ? rc : ca_report_check_name(disk, path, copy, err);
    if (rc == 0 && !same) {
        rc = disk->info(disk, copy, &theirs, err);
    }
    if (rc || same) {
        return !same && rc == CA_END ? 0
               : rc                  ? rc
                                     : ca_error_set(err, CA_USAGE, "%s: is the report itself; publish to another file", copy);
    }
    if (disk->info(disk, path, &ours, NULL) == 0 && ours.inode == theirs.inode && ours.device == theirs.device) {
        return ca_error_set(err, CA_USAGE, "%s: is the report itself under another name; publish to another file", copy);
    }
    if (!theirs.is_regular) {
        return ca_error_set(err, CA_USAGE, "%s: is no file; publish to a file", copy);
    }
    return check_old_copy(copy, err);
}
