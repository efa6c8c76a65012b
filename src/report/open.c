/* Opens, creates and migrates the report database. */
#include "report/inner.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/disk.h"
#include "report/schema.h"

#define ALONE SQLITE_OPEN_NOMUTEX    /* one thread at a time uses a report: SQLite need not make sure of it at every step */

int ca_report_error(ca_report *report, int code, const char *doing, ca_error *err)
{
    const char *path = report->path;
    /* A failed bind is forgotten by the database as soon as the next one succeeds. */
    const char *words = (sqlite3_errcode(report->db) & 0xFF) == (code & 0xFF) ? sqlite3_errmsg(report->db)
                                                                             : sqlite3_errstr(code);
    switch (code & 0xFF) {
    case SQLITE_NOMEM:
        return ca_error_nomem(err);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ca_error_set(err, CA_BUSY, "%s: another program holds the report; try again", path);
    case SQLITE_NOTADB:
        return ca_error_set(err, CA_FAIL, "%s: is no claimaudit report", path);
    case SQLITE_CORRUPT:
        return ca_error_set(err, CA_FAIL, "%s: is damaged; restore it from a backup", path);
    case SQLITE_FULL:
        return ca_error_set(err, CA_FAIL, "%s: the disk is full; make room and run again", path);
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
        return ca_error_set(err, CA_FAIL, "%s: cannot be written or opened: %s; the user of this run needs access to it and to its folder",
                            path, words);
    default:
        return ca_error_set(err, CA_FAIL, "%s: %s: %s", path, doing, words);
    }
}

int ca_report_execute(ca_report *report, const char *sql, ca_error *err)
{
    int code = sqlite3_exec(report->db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? 0 : ca_report_error(report, code, "cannot prepare the report", err);
}

static int read_number(ca_report *report, const char *sql, int64_t *ret_value, ca_error *err)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(report->db, sql, -1, &statement, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_step(statement);
    }
    if (code == SQLITE_ROW) {
        *ret_value = sqlite3_column_int64(statement, 0);
    }
    sqlite3_finalize(statement);
    return code == SQLITE_ROW ? 0 : ca_report_error(report, code, "cannot read the report", err);
}

/* Refuses what is no report of ours, before anything in it is touched. */
static int identify(ca_report *report, ca_error *err)
{
    int64_t application = 0;
    int64_t tables = 0;
    int rc = read_number(report, "PRAGMA application_id", &application, err);
    rc = rc ? rc : read_number(report, "PRAGMA user_version", &report->version, err);
    rc = rc ? rc : read_number(report, "SELECT count(*) FROM sqlite_schema", &tables, err);
    if (rc) {
        return rc;
    }
    if (application != CA_REPORT_APPLICATION && (tables || report->version || application)) {
        return ca_error_set(err, CA_FAIL, "%s: is no claimaudit report", report->path);
    }
    if (report->version > CA_REPORT_VERSION) {
        return ca_error_set(err, CA_FAIL, "%s: was written by a newer claimaudit; update this one",
                            report->path);
    }
    return 0;
}

/* Of a report that was there before: tables are not as the step expects them. */
static int take_step(ca_report *report, int64_t step, ca_error *err)
{
    const char *parts[] = {ca_report_steps[step].tables, ca_report_steps[step].views};
    int code = SQLITE_OK;
    for (size_t i = 0; code == SQLITE_OK && i < 2; i++) {
        code = sqlite3_exec(report->db, parts[i], NULL, NULL, NULL);
    }
    if (report->version && (code & 0xFF) == SQLITE_ERROR) {
        return ca_error_set(err, CA_FAIL,
                            "%s: cannot be brought up to date and is as it was (%s); restore it from a backup, or name "
                            "another report with --db",
                            report->path, sqlite3_errmsg(report->db));
    }
    return code == SQLITE_OK ? 0 : ca_report_error(report, code, "cannot prepare the report", err);
}

/* All steps in one transaction: whatever fails leaves the report as it was. Another program may have taken them since
 * the version was read. */
static int migrate(ca_report *report, ca_error *err)
{
    char sql[96];
    int rc = ca_report_execute(report, "BEGIN IMMEDIATE", err);
    rc = rc ? rc : identify(report, err);
    for (int64_t step = report->version; rc == 0 && step < CA_REPORT_VERSION; step++) {
        rc = take_step(report, step, err);
    }
    snprintf(sql, sizeof sql, "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
             CA_REPORT_APPLICATION, CA_REPORT_VERSION);
    rc = rc ? rc : ca_report_execute(report, sql, err);
    if (rc) {
        ca_report_execute(report, "ROLLBACK", NULL);
        return rc;
    }
    report->version = CA_REPORT_VERSION;
    return 0;
}

static int check_current(const ca_report *report, ca_error *err)
{
    if (report->version == CA_REPORT_VERSION) {
        return 0;
    }
    return ca_error_set(err, CA_FAIL,
                        report->version ? "%s: comes from an older claimaudit; the next scan brings it up to date"
                                        : "%s: holds no run yet: run claimaudit scan first",
                        report->path);
}

/* Created by us with mode 0600; SQLite gives -wal and -shm the mode of the database. */
static int ensure_file(const char *path, bool write, ca_error *err)
{
    ca_disk *disk = ca_disk_real();
    ca_file_info info;
    ca_file *file;
    int rc = disk->info(disk, path, &info, err);
    if (rc != CA_END) {
        return rc || !info.is_directory ? rc : ca_error_set(err, CA_FAIL, "%s: is a folder, not a report", path);
    }
    if (!write) {
        return ca_error_set(err, CA_FAIL, "no report at %s: run claimaudit scan first, or name it with --db",
                            path);
    }
    rc = disk->open(disk, path, CA_DISK_WRITE | CA_DISK_CREATE, &file, err);
    return rc ? rc : disk->close(file, err);
}

/* `code`: how opening it went. */
static int begin_use(ca_report *report, int code, int busy_ms, ca_error *err)
{
    if (code != SQLITE_OK) {
        return report->db ? ca_report_error(report, code, "cannot open", err) : ca_error_nomem(err);
    }
    sqlite3_extended_result_codes(report->db, 1);
    sqlite3_busy_timeout(report->db, busy_ms);
    /* What does not fit into the cache stays in memory: SQLite would put it into /tmp. */
    return ca_report_execute(report, "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY", err);
}

/* Readers open for writing too: WAL needs its shared memory; query_only keeps them from changing anything. */
static int open_file(const char *path, bool write, int busy_ms, ca_report **ret_report, ca_error *err)
{
    size_t len = strlen(path) + 1;
    ca_report *report = ca_alloc_zero(1, sizeof *report + 2 + len);
    if (!report) {
        return ca_error_nomem(err);
    }
    /* "./" keeps SQLite from taking :memory: or file: for something else than a name. */
    char *file = memcpy(report + 1, "./", 2);
    report->path = memcpy(file + 2, path, len);
    file += path[0] == '/' ? 2 : 0;
    int code = sqlite3_open_v2(file, &report->db, SQLITE_OPEN_READWRITE | ALONE, NULL);
    if (code != SQLITE_OK && !write) {
        sqlite3_close(report->db);
        code = sqlite3_open_v2(file, &report->db, SQLITE_OPEN_READONLY | ALONE, NULL);
    }
    int rc = begin_use(report, code, busy_ms, err);
    rc = rc ? rc : identify(report, err);
    if (rc) {
        ca_report_close(report);
        return rc;
    }
    *ret_report = report;
    return 0;
}

static int make_ready(ca_report *report, bool write, ca_error *err)
{
    if (!write) {
        int rc = check_current(report, err);
        return rc ? rc : ca_report_execute(report, "PRAGMA query_only = ON", err);
    }
    int rc = ca_report_execute(report, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL", err);
    return rc || report->version == CA_REPORT_VERSION ? rc : migrate(report, err);
}

/* SQLite makes -wal and -shm with the report's mode, but of this process's own group: other members could not open the
 * report while we have it open. Nothing is lost where it fails: they are somebody else's then, who has shared them. */
static void share_companions(const ca_report *report)
{
    static const char *const ends[] = {"-wal", "-shm"};
    ca_disk *disk = ca_disk_real();
    ca_file_info info;
    size_t size = strlen(report->path) + 5;
    char *name = ca_alloc(size);
    if (name && disk->info(disk, report->path, &info, NULL) == 0 && (info.mode & 060) == 060) {
        for (size_t i = 0; i < 2; i++) {
            snprintf(name, size, "%s%s", report->path, ends[i]);
            disk->share(disk, name, info.mode & 0777, info.group, NULL);
        }
    }
    ca_free(name);
}

int ca_report_share(const char *path, int64_t group, ca_error *err)
{
    int rc = ensure_file(path, true, err);
    return rc ? rc : ca_disk_real()->share(ca_disk_real(), path, 0660, group, err);
}

int ca_report_open(const char *path, bool write, int busy_ms, ca_report **ret_report, ca_error *err)
{
    ca_report *report = NULL;
    int rc = ensure_file(path, write, err);
    rc = rc ? rc : open_file(path, write, busy_ms, &report, err);
    if (rc) {
        return rc;
    }
    rc = make_ready(report, write, err);
    if (rc) {
        ca_report_close(report);
        return rc;
    }
    share_companions(report);
    *ret_report = report;
    return 0;
}

int ca_report_open_memory(ca_report **ret_report, ca_error *err)
{
    ca_report *report = ca_alloc_zero(1, sizeof *report);
    if (!report) {
        return ca_error_nomem(err);
    }
    report->path = "report in memory";
    int code = sqlite3_open_v2(":memory:", &report->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | ALONE, NULL);
    int rc = begin_use(report, code, 0, err);
    rc = rc ? rc : migrate(report, err);
    if (rc) {
        ca_report_close(report);
        return rc;
    }
    *ret_report = report;
    return 0;
}

int ca_report_peek(const char *path, ca_report **ret_report, ca_error *err)
{
    ca_disk *disk = ca_disk_real();
    ca_file_info info;
    int rc = disk->info(disk, path, &info, err);
    if (rc) {
        return rc;
    }
    if (info.is_directory) {
        return ca_error_set(err, CA_FAIL, "%s: is a folder, not a report", path);
    }
    rc = open_file(path, false, 5000, ret_report, err);
    if (rc == 0) {
        share_companions(*ret_report);
    }
    return rc;
}

int ca_report_known(const char *path, ca_digest identity, int64_t *ret_run, ca_error *err)
{
    ca_report *report = NULL;
    int rc = ca_report_peek(path, &report, err);
    if (rc) {
        return rc == CA_END ? 0 : rc;
    }
    rc = report->version ? ca_report_find_run(report, identity, ret_run, err) : 0;
    ca_report_close(report);
    return rc;
}

int ca_report_migrate(const char *path, int busy_ms, ca_error *err)
{
    ca_report *report = NULL;
    int rc = open_file(path, false, busy_ms, &report, err);
    if (rc) {
        return rc;
    }
    share_companions(report);
    rc = report->version == CA_REPORT_VERSION ? 0 : make_ready(report, true, err);
    ca_report_close(report);
    return rc;
}

void ca_report_close(ca_report *report)
{
    if (!report) {
        return;
    }
    ca_report_rollback(report);
    for (int i = 0; i < CA_SQL_COUNT; i++) {
        sqlite3_finalize(report->insert[i]);
    }
    sqlite3_close(report->db);
    ca_free(report);
}
