/* Reports of older versions: the next scan brings them up to date and keeps what is in them, readers are told so, and
 * whatever fails leaves them as they were. */
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/alloc.h"
#include "report/export.h"
#include "sample.h"

static ca_error err;

#define SCHEMA "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name)"
#define IN_IT                                                                                                       \
    "SELECT (SELECT count(*) FROM run), (SELECT count(*) FROM file), (SELECT count(*) FROM finding),"               \
    " (SELECT count(*) FROM finding_line), (SELECT count(*) FROM reject), (SELECT count(*) FROM v_findings)"
#define VERSION "PRAGMA user_version"

static char old_schema[16384];

static sqlite3 *hold(const char *sql)
{
    sqlite3 *db;
    ck_assert_int_eq(sqlite3_open(sample_path, &db), SQLITE_OK);
    ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(db));
    return db;
}

static void change(const char *sql)
{
    sqlite3_close(hold(sql));
}

/* A report of an older version with a run, as its program left it. */
static void put_version(int version)
{
    static char sql[65536];
    char path[512];
    char number[8];
    const char *root = getenv("CA_SOURCE_ROOT");
    snprintf(path, sizeof path, "%s/tests/unit/report/report_%d.sql", root ? root : ".", version);
    snprintf(number, sizeof number, "%d", version);
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "no file %s", path);
    size_t len = fread(sql, 1, sizeof sql - 1, file);
    fclose(file);
    ck_assert_uint_lt(len, sizeof sql - 1);
    sql[len] = 0;
    change(sql);
    snprintf(old_schema, sizeof old_schema, "%s", sample_ask(SCHEMA));
    ck_answer(VERSION, number);
}

static void put_old(void)
{
    put_version(1);
}

/* Nothing of a step may be seen where it failed. */
static void check_still_old(void)
{
    ck_answer(VERSION, "1");
    ck_assert_msg(strcmp(sample_ask(SCHEMA), old_schema) == 0, "the tables are others");
    ck_answer(IN_IT, "1|1|1|1|1|1");
    ck_answer("PRAGMA integrity_check", "ok");
}

static int open_report(bool write)
{
    ca_report *report = NULL;
    err = (ca_error){0};
    int rc = ca_report_open(sample_path, write, 0, &report, &err);
    ca_report_close(report);
    return rc;
}

static void check_migrated(void)
{
    ck_answer(VERSION, "4");
    ck_answer(IN_IT, "1|1|1|1|1|1");
    ck_answer("PRAGMA integrity_check", "ok");
    ck_answer("PRAGMA foreign_key_check", "");
}

START_TEST(opening_for_a_scan_migrates)
{
    put_version(_i);
    ck_assert_int_eq(open_report(true), 0);
    check_migrated();
    ck_answer("SELECT finding_id, finding_key, rule_id, subject_id, exposure_text, message FROM v_findings",
              "1|00000000000000000000000000000007|CORE-0105|outpatient/C1/2|123.45|paid 223.45, charged 100.00");
#define OLD_RUN "1|2024-05-06T01:02:03Z|2024-05-06T01:02:04Z|generic|us|USD|0.1.0|10|7|2|1|8|1|5|3|4|1|a report.db.0123.evidence||"
#define NO_MODEL "|NULL|NULL|NULL|NULL|NULL"
    ck_answer("SELECT * FROM v_runs", _i == 1   ? OLD_RUN "0|0|NULL|NULL|NULL" NO_MODEL
                                      : _i == 2 ? OLD_RUN "3|2|NULL|NULL|NULL" NO_MODEL
                                                : OLD_RUN "3|2|12345|0|0" NO_MODEL);
    ck_answer("SELECT * FROM v_files", _i == 1 ? "1|in/claims.csv|claims|10|7|2|1|8|1|5|123457|0|2|utf-8"
                                               : "1|in/claims.csv|claims|10|7|2|1|8|1|5|123457|0|2|gb18030");
    ck_answer("SELECT exposure_scope, counterpart_claim_id, window_from, window_to, lines FROM v_findings",
              "lines|NULL|NULL|NULL|1");
    ck_answer("SELECT * FROM v_finding_lines", _i < 3 ? "1|line|C1|2|12345|in/claims.csv|5|400|outpatient|1|NULL|NULL|1"
                                                      : "1|line|C1|2|12345|in/claims.csv|5|400|outpatient|1|2022-01-08|22345|1");
    ck_answer("SELECT (SELECT count(*) FROM v_entity_scores), (SELECT count(*) FROM v_entity_reasons),"
              " (SELECT count(*) FROM v_entity_features)", "0|0|0");
    ck_answer("SELECT * FROM v_line_exposure", "USD|outpatient|C1|1|2|12345|1|0|1");
    ck_assert_int_eq(open_report(false), 0);
    ck_assert_int_eq(open_report(true), 0);
    check_migrated();
}
END_TEST

/* Also says that no step that was released has been changed. */
START_TEST(a_migrated_report_is_like_a_new_one)
{
    static char migrated[32768];
    put_version(_i);
    ck_assert_int_eq(open_report(true), 0);
    snprintf(migrated, sizeof migrated, "%s", sample_ask(SCHEMA));
    ck_assert_ptr_nonnull(strstr(migrated, "lines_undone"));
    sample_stop();
    sample_start();
    ck_assert_int_eq(open_report(true), 0);
    ck_assert_msg(strcmp(sample_ask(SCHEMA), migrated) == 0, "a step that was released has been changed");
}
END_TEST

START_TEST(the_next_run_goes_on_in_it)
{
    put_old();
    sample_store(2);
    ck_answer(VERSION, "4");
    ck_answer("SELECT run_id, lines_undone, findings_undone, line_exposure FROM v_runs", "1|0|0|NULL\n2|3|2|12345");
    ck_answer("SELECT run_id, encoding FROM v_files", "1|utf-8\n2|windows-1252");
    ck_answer("SELECT run_id, outcome, reason FROM v_findings_all WHERE outcome IN ('hit', 'replaced') ORDER BY 1",
              "1|replaced|found again by run 2\n2|hit|");
}
END_TEST

START_TEST(readers_are_told_what_to_do)
{
    int64_t run = 77;
    put_old();
    ck_assert_int_eq(open_report(false), CA_FAIL);
    ck_assert_ptr_nonnull(strstr(err.text, sample_path));
    ck_assert_ptr_nonnull(strstr(err.text, "comes from an older claimaudit; the next scan brings it up to date"));
    ck_assert_int_eq(ca_report_known(sample_path, sample_run(2).identity, &run, &err), 0);
    ck_assert_int_eq(run, 77);
    ck_assert_int_eq(ca_report_known(sample_path, sample_run(1).identity, &run, &err), CA_END);
    ck_assert_int_eq(run, 1);
    check_still_old();
}
END_TEST

START_TEST(what_is_current_is_not_touched)
{
    put_old();
    ck_assert_int_eq(ca_report_migrate(sample_path, 0, &err), 0);
    check_migrated();
    sqlite3 *other = hold("BEGIN IMMEDIATE");    /* it needs no lock */
    ck_assert_int_eq(ca_report_migrate(sample_path, 0, &err), 0);
    sqlite3_close(other);
    check_migrated();
}
END_TEST

/* Tables or views that somebody changed: the first makes the step fail at its end, the second in the middle. */
static const struct {
    const char *sql;
    const char *words;
} strangers[] = {
    {"ALTER TABLE file ADD COLUMN encoding TEXT", "duplicate column name: encoding"},
    {"ALTER TABLE run ADD COLUMN findings_undone INTEGER", "duplicate column name: findings_undone"},
    {"DROP VIEW v_files; CREATE TABLE v_files(a)", "v_files"},
    {"ALTER TABLE finding ADD COLUMN others_exposure INTEGER", "duplicate column name: others_exposure"},
    {"CREATE TABLE v_line_exposure(a)", "v_line_exposure"},
    {"CREATE TABLE entity_reason(a)", "entity_reason"},
    {"ALTER TABLE run ADD COLUMN period_to TEXT", "duplicate column name: period_to"},
    {"CREATE TABLE v_entity_scores(a)", "v_entity_scores"},
};

START_TEST(a_step_that_fails_leaves_version_1)
{
    put_old();
    change(strangers[_i].sql);
    snprintf(old_schema, sizeof old_schema, "%s", sample_ask(SCHEMA));
    ck_assert_int_eq(open_report(true), CA_FAIL);
    ck_assert_msg(strstr(err.text, strangers[_i].words) != NULL, "said: %s", err.text);
    ck_assert_msg(strstr(err.text, "cannot be brought up to date and is as it was") != NULL, "said: %s", err.text);
    ck_assert_msg(strstr(err.text, "--db") != NULL, "said: %s", err.text);
    check_still_old();
}
END_TEST

/* An auditor may have dropped a view, or built one of his own upon it. */
START_TEST(other_views_are_in_nobodys_way)
{
    put_old();
    change("DROP VIEW v_files; CREATE VIEW mine AS SELECT run_id, findings FROM v_runs");
    ck_assert_int_eq(open_report(true), 0);
    check_migrated();
    ck_answer("SELECT * FROM mine", "1|1");
    ck_answer("SELECT encoding FROM v_files", "utf-8");
}
END_TEST

START_TEST(memory_runs_out)
{
    unsigned failures = 0;
    put_old();
    uint64_t start = ca_alloc_calls();
    ck_assert_int_eq(open_report(true), 0);
    uint64_t calls = ca_alloc_calls() - start;
    ck_assert_uint_gt(calls, 100);
    for (uint64_t n = 1; n <= calls; n += 1 + calls / 70) {
        sample_stop();
        sample_start();
        put_old();
        ca_alloc_fail(n, _i);
        int rc = open_report(true);
        ca_alloc_fail(0, 0);
        if (rc) {
            ck_assert_msg(rc == CA_NOMEM, "call %llu: %d %s", (unsigned long long)n, rc, err.text);
            check_still_old();
        } else {    /* SQLite can do without a few */
            check_migrated();
        }
        failures += rc != 0;
    }
    ck_assert_uint_gt(failures, 30);
}
END_TEST

static void limit_files(rlim_t size)
{
    struct rlimit limit;
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = size;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* No file may grow beyond a size: the disk is full, or the process dies in the middle of writing. */
START_TEST(the_disk_is_full)
{
    unsigned failures = 0;
    put_old();
    for (rlim_t size = 0; size < 200000; size += 3000) {
        pid_t child = fork();
        ck_assert_int_ge(child, 0);
        if (child == 0) {
            signal(SIGXFSZ, _i ? SIG_DFL : SIG_IGN);
            limit_files(size);
            ca_report *report = NULL;
            _exit(ca_report_open(sample_path, true, 0, &report, &err) == 0 ? 0 : 1);
        }
        int status;
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
            break;
        }
        ck_assert_int_eq(WIFSIGNALED(status), _i && WTERMSIG(status) == SIGXFSZ);
        check_still_old();
        failures++;
    }
    check_migrated();
    ck_assert_uint_gt(failures, 1);
}
END_TEST

START_TEST(another_writer_is_waited_for)
{
    put_old();
    sqlite3 *other = hold("BEGIN IMMEDIATE");
    ck_assert_int_eq(open_report(true), CA_BUSY);
    ck_assert_ptr_nonnull(strstr(err.text, "another program holds the report; try again"));
    sqlite3_close(other);
    check_still_old();
    ck_assert_int_eq(open_report(true), 0);
}
END_TEST

/* Who asks while it happens reads version 1 to the end of his question. */
START_TEST(a_reader_sees_no_step)
{
    sqlite3_stmt *statement;
    put_old();
    sqlite3 *auditor = hold("BEGIN; SELECT * FROM v_findings");
    ck_assert_int_eq(open_report(true), 0);
    ck_assert_int_ne(sqlite3_prepare_v2(auditor, "SELECT encoding FROM v_files", -1, &statement, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(auditor, "SELECT total_paid FROM v_files; COMMIT", NULL, NULL, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(auditor, "SELECT encoding FROM v_files", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(auditor);
    check_migrated();
}
END_TEST

/* A copy of version 1 has the same runs, and is none that a reader could use. */
START_TEST(copies_follow)
{
    static char copy[128];
    char path[128];
    struct stat old, new;
    put_old();
    snprintf(copy, sizeof copy, "%s/copy.db", sample_folder);
    char sql[256];
    snprintf(sql, sizeof sql, "VACUUM INTO '%s'", copy);
    change(sql);
    ck_assert_int_eq(open_report(true), 0);
    ck_assert_int_eq(ca_report_check_copy(ca_disk_real(), sample_path, copy, &err), 0);
    ck_assert_int_eq(stat(copy, &old), 0);
    ck_assert_int_eq(ca_report_publish(ca_disk_real(), sample_path, copy, 0600, CA_GROUP_KEEP, &err), 0);
    ck_assert_int_eq(stat(copy, &new), 0);
    ck_assert(old.st_ino != new.st_ino);
    ck_assert_int_eq(ca_report_publish(ca_disk_real(), sample_path, copy, 0600, CA_GROUP_KEEP, &err), 0);
    ck_assert_int_eq(stat(copy, &old), 0);
    ck_assert(old.st_ino == new.st_ino);
    memcpy(path, sample_path, sizeof path);
    memcpy(sample_path, copy, sizeof copy);
    ck_assert_int_eq(open_report(false), 0);
    check_migrated();
    memcpy(sample_path, path, sizeof path);
}
END_TEST

START_TEST(exports_follow)
{
    char path[128], bytes[4096] = "";
    ca_export_counts counts;
    put_old();
    ca_export_options options = {.disk = ca_disk_real(), .path = path, .about = {"about this"}};
    snprintf(path, sizeof path, "%s/leads.csv", sample_folder);
    ck_assert_int_eq(open_report(true), 0);
    ca_report *report = sample_open(false);
    ck_assert_int_eq(ca_report_export(report, &options, &counts, &err), 0);
    ck_assert_uint_eq(counts.findings, 1);
    ca_report_close(report);
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_gt(fread(bytes, 1, sizeof bytes - 1, file), 0);
    fclose(file);
    ck_assert_ptr_nonnull(strstr(bytes, "outpatient/C1/2"));
}
END_TEST

static void use_our_memory(void)
{
    ck_assert_int_eq(ca_report_use_allocator(&err), 0);
    sample_start();
}

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, use_our_memory, sample_stop);
    tcase_add_loop_test(tcase, opening_for_a_scan_migrates, 1, 4);
    tcase_add_loop_test(tcase, a_migrated_report_is_like_a_new_one, 1, 4);
    tcase_add_test(tcase, the_next_run_goes_on_in_it);
    tcase_add_test(tcase, readers_are_told_what_to_do);
    tcase_add_test(tcase, what_is_current_is_not_touched);
    tcase_add_loop_test(tcase, a_step_that_fails_leaves_version_1, 0, sizeof strangers / sizeof *strangers);
    tcase_add_test(tcase, other_views_are_in_nobodys_way);
    tcase_add_loop_test(tcase, memory_runs_out, 0, 2);
    tcase_add_loop_test(tcase, the_disk_is_full, 0, 2);
    tcase_add_test(tcase, another_writer_is_waited_for);
    tcase_add_test(tcase, a_reader_sees_no_step);
    tcase_add_test(tcase, copies_follow);
    tcase_add_test(tcase, exports_follow);
}

CA_CHECK_MAIN("report/migrate", add_tests)
