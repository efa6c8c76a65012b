/* A night on a real disk with a group, a published copy and metrics: each call to the disk fails in turn. A run that could
 * not be stored leaves the report as it was; one that was stored stays, with an alarm where the copy is not there; the
 * next run completes everything. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "cli/metrics.h"
#include "report/report.h"
#include "support/check_main.h"
#include "support/faultdisk.h"
#include "support/night.h"

static night n;
static faultdisk fault;
static char copy[96], metrics[128], claims[128], patients[128], profile_path[128], rules[128];
static const char *undisturbed;

/* Copies what the night has on its disk in memory onto the real one. */
static const char *onto_disk(char path[128], const char *folder, const char *name, const char *memory)
{
    ca_text bytes;
    snprintf(path, 128, "%s/%s", folder, name);
    ck_assert(memdisk_get(n.memory, memory, &bytes));
    ck_assert_int_eq(ca_disk_write_atomic(ca_disk_real(), path, bytes.ptr, bytes.len, NULL), 0);
    return path;
}

static void make_rules(void)
{
    char path[128], core[160];
    snprintf(rules, sizeof rules, "%s/rules", n.folder);
    ck_assert_int_eq(mkdir(rules, 0700), 0);
    onto_disk(path, rules, "vocabulary.yaml", "rules/vocabulary.yaml");
    snprintf(core, sizeof core, "%s/core", rules);
    ck_assert_int_eq(mkdir(core, 0700), 0);
    onto_disk(path, core, "CORE-0001.yaml", "rules/core/CORE-0001.yaml");
}

static void setup(void)
{
    night_init(&n);
    faultdisk_init(&fault);
    night_rule(&n, "CORE-0001", "line", "units <= 0", "");
    night_put(&n, "claims.csv", "claim_id,claim_type,line_no,patient_id,units,paid\nA,professional,1,P1,0,70\n"
                                "B,professional,1,P1,0,30\nB,professional,1,P1,1,30\nC,professional\n");
    night_put(&n, "patients.csv", "patient_id,birth_date,sex\nP1,1980-01-01,F\n");
    make_rules();
    n.options.profile = onto_disk(profile_path, n.folder, "night.yaml", "night.yaml");
    onto_disk(claims, n.folder, "c.csv", "claims.csv");
    onto_disk(patients, n.folder, "p_2021.csv", "patients.csv");
    snprintf(copy, sizeof copy, "%s/copy.db", n.folder);
    snprintf(metrics, sizeof metrics, "%s/last.prom", n.folder);
    n.options.shipped_rules = rules;
    n.options.disk = &fault.disk;
    n.options.publish = copy;
    n.options.group = "ours";
    n.options.group_number = getegid();
    n.options.max_rejects_share = false;
}

static void remove_below(const char *folder)
{
    DIR *names = opendir(folder);
    for (struct dirent *entry = readdir(names); entry; entry = readdir(names)) {
        char path[400];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 && remove(path) != 0) {
            remove_below(path);
            remove(path);
        }
    }
    closedir(names);
}

static void teardown(void)
{
    remove_below(n.folder);
    night_done(&n);
}

/* Everything but inputs and rules. */
static void forget(void)
{
    DIR *names = opendir(n.folder);
    for (struct dirent *entry = readdir(names); entry; entry = readdir(names)) {
        char path[400];
        snprintf(path, sizeof path, "%s/%s", n.folder, entry->d_name);
        if (strncmp(entry->d_name, "report.db", 9) == 0 || strncmp(entry->d_name, "copy", 4) == 0) {
            if (strstr(path, ".work")) {
                remove_below(path);
            }
            remove(path);
        }
    }
    closedir(names);
}

static int scan(void)
{
    char inputs[300];
    snprintf(inputs, sizeof inputs, "%s %s", claims, patients);
    return night_scan(&n, inputs);
}

/* A query on the published copy. */
static const char *copied(const char *sql)
{
    char db[sizeof n.db];
    strcpy(db, n.db);
    memcpy(n.db, copy, sizeof copy);
    const char *text = night_ask(&n, sql);
    strcpy(n.db, db);
    return text;
}

static const char *copied_report(void)
{
    char db[sizeof n.db];
    strcpy(db, n.db);
    memcpy(n.db, copy, sizeof copy);
    const char *text = access(copy, F_OK) == 0 ? night_report(&n) : "";
    strcpy(n.db, db);
    return text;
}

static void nothing_lies_about(void)
{
    DIR *names = opendir(n.folder);
    for (struct dirent *entry = readdir(names); entry; entry = readdir(names)) {
        ck_assert_msg(!strstr(entry->d_name, ".tmp") && !strstr(entry->d_name, ".work") &&
                          !strstr(entry->d_name, "-journal"), "%s is left", entry->d_name);
    }
    closedir(names);
}

static void complete(const char *what)
{
    int rc = scan();
    ck_assert_msg(rc == 0 && n.summary.alarm_count == 0, "%s: %d %s", what, rc, night_said(&n));
    ck_assert_msg(strcmp(night_report(&n), undisturbed) == 0, "%s: another report", what);
    ck_assert_msg(strcmp(copied_report(), undisturbed) == 0, "%s: another copy", what);
    struct stat info;
    ck_assert(stat(n.db, &info) == 0 && (info.st_mode & 0777) == 0660);
    ck_assert(stat(copy, &info) == 0 && (info.st_mode & 0777) == 0640);
    nothing_lies_about();
}

/* Four slices that run side by side. */
START_TEST(every_call_of_a_shared_and_published_night_may_fail)
{
    ck_assert_int_eq(scan(), 0);
    undisturbed = night_report(&n);
    forget();
    uint64_t before = fault.calls;
    ck_assert_int_eq(scan(), 0);
    uint64_t calls = fault.calls - before;
    ck_assert_uint_gt(calls, 100);
    for (uint64_t at = 1 + (uint64_t)_i; at <= calls; at += 4) {
        char what[32];
        snprintf(what, sizeof what, "call %llu", (unsigned long long)at);
        forget();
        faultdisk_fail(&fault, at);
        int rc = scan();
        faultdisk_fail(&fault, 0);
        if (rc) {
            ck_assert_msg(rc == CA_FAIL || rc == CA_CONFIG || rc == CA_USAGE, "%s: %d %s", what, rc, night_said(&n));
            ck_assert_msg(n.err.text[0], "%s: no words", what);
            if (strcmp(night_ask(&n, "SELECT count(*) FROM sqlite_schema"), "no report") != 0 &&
                strcmp(night_ask(&n, "SELECT count(*) FROM sqlite_schema"), "0\n") != 0) {
                ck_assert_str_eq(night_ask(&n, "SELECT count(*) FROM run"), "0\n");
            }
        } else {
            ck_assert_msg(strcmp(night_report(&n), undisturbed) == 0, "%s: another report", what);
            ck_assert_msg(n.summary.alarm_count == 1 || strcmp(copied_report(), undisturbed) == 0, "%s: no copy, no alarm",
                          what);
        }
        if (at % 3 == 0 || rc == 0) {
            complete(what);
        }
    }
}
END_TEST

/* Of the copy every call fails, and the run stays stored. */
START_TEST(publishing_may_fail_at_any_call)
{
    uint64_t at = 0, alarms = 0;
    ck_assert_int_eq(scan(), 0);
    undisturbed = night_report(&n);
    fault.only = "copy.db";
    for (bool reached = true; reached;) {
        unlink(copy);
        uint64_t before = fault.calls;
        faultdisk_fail(&fault, ++at);
        int rc = scan();
        reached = fault.calls - before >= at;
        faultdisk_fail(&fault, 0);
        ck_assert_msg(rc == 0 || (rc == CA_FAIL && at <= 2), "%llu: %d %s", (unsigned long long)at, rc, night_said(&n));
        ck_assert_str_eq(night_report(&n), undisturbed);
        if (rc == 0 && n.summary.alarm_count) {
            ck_assert(strstr(n.summary.alarms[0], "the run is stored, but ") == n.summary.alarms[0]);
            ck_assert_ptr_nonnull(strstr(n.summary.alarms[0], "cannot go on with"));
            alarms++;
        } else if (rc == 0) {
            ck_assert_str_eq(copied_report(), undisturbed);
        }
        ck_assert_ptr_nonnull(copied("SELECT 1"));
        complete("publishing");
    }
    ck_assert_uint_ge(alarms, 7);
}
END_TEST

START_TEST(memory_may_run_out_while_publishing)
{
    ck_assert_int_eq(scan(), 0);
    undisturbed = night_report(&n);
    uint64_t before = ca_alloc_calls();
    unlink(copy);
    ck_assert_int_eq(ca_report_publish(&fault.disk, n.db, copy, 0600, CA_GROUP_KEEP, &n.err), 0);
    uint64_t calls = ca_alloc_calls() - before;
    for (uint64_t at = 1 + (uint64_t)_i; at <= calls; at += 40) {
        unlink(copy);
        ca_alloc_fail(at, 0);
        int rc = ca_report_publish(&fault.disk, n.db, copy, 0600, CA_GROUP_KEEP, &n.err);
        ca_alloc_fail(0, 0);
        ck_assert_msg(rc == 0 || rc == CA_NOMEM || rc == CA_FAIL, "%llu: %d", (unsigned long long)at, rc);
        ck_assert(rc != 0 || strcmp(copied_report(), undisturbed) == 0);
        ck_assert(rc == 0 || access(copy, F_OK) != 0);
        nothing_lies_about();
    }
}
END_TEST

static const char *content(const char *path)
{
    ca_buf bytes;
    ca_buf_init(&bytes);
    const char *text = "";
    if (ca_disk_read_all(ca_disk_real(), path, 1 << 20, &bytes, NULL) == 0) {
        text = ca_arena_cstr(&n.arena, ca_buf_text(&bytes));
    }
    ca_buf_done(&bytes);
    return text;
}

/* The file is the old one or the new one, whatever fails. */
START_TEST(writing_metrics_may_fail_at_any_call)
{
    ca_cli cli = {.disk = &fault.disk, .clock = &n.clock};
    ca_scan_summary summary = {.rows_read = 7};
    ca_metrics_run run = {&summary, 0, true, 1234};
    ca_arena_init(&cli.arena);
    ck_assert_int_eq(ca_metrics_write(&cli, metrics, &run, &n.err), 0);
    const char *old = content(metrics);
    ck_assert_ptr_nonnull(strstr(old, "claimaudit_last_run_duration_seconds 1.234\n"));
    ck_assert_ptr_nonnull(strstr(old, "claimaudit_last_success_timestamp_seconds 1700000000\n"));
    run = (ca_metrics_run){&summary, 1, false, 5};
    uint64_t failures = 0;
    for (uint64_t at = 1; at < 20; at++) {
        faultdisk_fail(&fault, at);
        int rc = ca_metrics_write(&cli, metrics, &run, &n.err);
        faultdisk_fail(&fault, 0);
        failures += rc != 0;
        const char *now = content(metrics);
        ck_assert(strcmp(now, old) == 0 || strstr(now, "claimaudit_last_run_exit_code 1\n"));
        ck_assert(rc == 0 || rc == CA_FAIL);
        nothing_lies_about();
    }
    ck_assert_uint_ge(failures, 5);
    ca_alloc_fail(1, 1);
    ck_assert_int_eq(ca_metrics_write(&cli, metrics, &run, &n.err), CA_NOMEM);
    ca_alloc_fail(0, 0);
    ca_arena_done(&cli.arena);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, every_call_of_a_shared_and_published_night_may_fail, 0, 4);
    tcase_add_test(tcase, publishing_may_fail_at_any_call);
    tcase_add_loop_test(tcase, memory_may_run_out_while_publishing, 0, 4);
    tcase_add_test(tcase, writing_metrics_may_fail_at_any_call);
}

CA_CHECK_MAIN("fault/server", add_tests)
