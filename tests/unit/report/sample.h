/* A folder for one test, a small run to store, and answers as text: what the tests of this room share. */
#ifndef CA_TESTS_REPORT_SAMPLE_H
#define CA_TESTS_REPORT_SAMPLE_H

#include <dirent.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report/report.h"
#include "support/check_main.h"

static char sample_folder[64];
static char sample_path[128];

static inline void sample_start(void)
{
    /* In memory where there is such a place: SQLite syncs a lot. */
    snprintf(sample_folder, sizeof sample_folder, "%s/claimaudit-report-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(sample_folder));
    snprintf(sample_path, sizeof sample_path, "%s/a report.db", sample_folder);
}

static inline void sample_stop(void)
{
    DIR *folder = opendir(sample_folder);
    ck_assert_ptr_nonnull(folder);
    for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", sample_folder, entry->d_name);
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..")) {
            ck_assert_int_eq(remove(path), 0);
        }
    }
    closedir(folder);
    ck_assert_int_eq(rmdir(sample_folder), 0);
}

static const uint8_t sample_hash[32] = {0xAB, 0xCD};
static const uint8_t sample_other_hash[32] = {0x12, 0x34};

static inline ca_run_record sample_run(uint64_t identity)
{
    return (ca_run_record){.identity = {identity, 0x0123456789ABCDEF},
                           .started = "2024-05-06T01:02:03Z",
                           .finished = "2024-05-06T01:02:04Z",
                           .profile = "generic",
                           .jurisdiction = "us",
                           .currency = "USD",
                           .minor_digits = 2,
                           .version = "0.1.0",
                           .settings = "{}",
                           .evidence_file = "a report.db.0123.evidence",
                           .evidence_checksum = {0xFEDCBA9876543210, 0x00000000000000FF},
                           .rows_read = 10,
                           .rows_accepted = 7,
                           .rows_rejected = 2,
                           .rows_skipped = 1,
                           .lines = 8,
                           .lines_dropped = 1,
                           .claims = 5,
                           .patients = 3,
                           .providers = 4,
                           .alarms = "",
                           .lines_undone = 3,
                           .findings_undone = 2};
}

static inline ca_file_record sample_file(uint32_t number, const char *path)
{
    return (ca_file_record){.file = number,
                            .path = path,
                            .layout = "claims",
                            .encoding = "windows-1252",
                            .digest = {1, 2},
                            .bytes = 1000,
                            .rows_read = 10,
                            .rows_accepted = 7,
                            .rows_rejected = 2,
                            .rows_skipped = 1,
                            .lines = 8,
                            .lines_dropped = 1,
                            .claims = 5,
                            .total_charge = 12345678,
                            .total_allowed = 50,
                            .total_paid = 150};
}

static inline ca_rule_record sample_rule(const char *id, const char *severity, int64_t rank)
{
    return (ca_rule_record){.id = id,
                            .title = "Paid above charge",
                            .category = "amount",
                            .severity = severity,
                            .severity_rank = rank,
                            .grade = "definite",
                            .status = "active",
                            .kind = "line",
                            .jurisdiction = "core",
                            .version = 3,
                            .logic_hash = sample_hash,
                            .text_hash = sample_hash,
                            .source = CA_TEXT("rule: X\nwhen: paid > charge\n"),
                            .offered = 15,
                            .hit = 1,
                            .excused = 2,
                            .unknown = 3,
                            .not_applicable = 4,
                            .pass = 5,
                            .findings = 1,
                            .stored = 1,
                            .unknown_field = "paid"};
}

/* A hit on one line; tests change what they need. */
static inline ca_finding sample_finding(uint32_t rule, uint64_t key, ca_finding_line *lines, size_t line_count)
{
    return (ca_finding){.rule = rule,
                        .outcome = CA_HIT,
                        .key = {0, key},
                        .claim_type = CA_OUTPATIENT,
                        .claim_id = CA_TEXT("C1"),
                        .line_no = 2,
                        .claim_part = 1,
                        .patient_id = CA_TEXT("P1"),
                        .billing_provider_id = CA_TEXT("B1"),
                        .rendering_provider_id = CA_TEXT("R1"),
                        .has_date = true,
                        .service_date = 19000,
                        .exposure = 12345,
                        .message = CA_TEXT("paid 223.45, charged 100.00"),
                        .reason = CA_TEXT(""),
                        .evidence = CA_TEXT("{\"leaves\":[]}"),
                        .lines = lines,
                        .line_count = line_count};
}

static inline ca_finding_line sample_line(int64_t line_no, int64_t exposure)
{
    return (ca_finding_line){.role = "line",
                             .claim_type = CA_OUTPATIENT,
                             .claim_id = CA_TEXT("C1"),
                             .claim_part = 1,
                             .line_no = line_no,
                             .has_date = true,
                             .service_date = 19000,
                             .origin = {.file = 0, .length = 20, .row = 5, .offset = 400},
                             .has_paid = true,
                             .paid = 2234500,
                             .exposure = exposure,
                             .count = 1};
}

/* Stores run + one file + one rule CORE-0105 + one hit of a line of claim C1 (+ an excused and an unknown unit, and
 * a reject), all but the commit. */
static inline int sample_add(ca_report *report, uint64_t identity, ca_error *err)
{
    int64_t run;
    ca_run_record record = sample_run(identity);
    ca_file_record file = sample_file(0, "in/claims.csv");
    ca_rule_record rule = sample_rule("CORE-0105", "high", 3);
    ca_column_record column = {0, "PAID", "paid", 4, 5};
    ca_join_record join = {"provider", "billing", 9, 8};
    ca_reject_record reject = {0, 6, 500, "PAID", "this is no amount"};
    ca_finding_line line = sample_line(2, 12345);
    ca_finding hit = sample_finding(0, 7, &line, 1);
    ca_finding excused = sample_finding(0, 8, &line, 1);
    ca_finding unknown = sample_finding(0, 9, &line, 1);
    excused.outcome = CA_EXCUSED;
    excused.reason = CA_TEXT("small amount");
    unknown.outcome = CA_UNKNOWN;
    unknown.reason = CA_TEXT("paid");
    unknown.exposure = CA_EXPOSURE_MISSING;
    int rc = ca_report_begin(report, &record, &run, err);
    rc = rc ? rc : ca_report_add_file(report, &file, err);
    rc = rc ? rc : ca_report_add_column(report, &column, err);
    rc = rc ? rc : ca_report_add_join(report, &join, err);
    rc = rc ? rc : ca_report_add_rule(report, 0, &rule, err);
    rc = rc ? rc : ca_report_add_finding(report, &hit, err);
    rc = rc ? rc : ca_report_add_finding(report, &excused, err);
    rc = rc ? rc : ca_report_add_finding(report, &unknown, err);
    return rc ? rc : ca_report_add_reject(report, &reject, err);
}

static inline ca_report *sample_open(bool write)
{
    ca_error err = {0};
    ca_report *report = NULL;
    int rc = ca_report_open(sample_path, write, 0, &report, &err);
    ck_assert_msg(rc == 0, "open: %d %s", rc, err.text);
    return report;
}

/* A report with one committed run. */
static inline void sample_store(uint64_t identity)
{
    ca_error err = {0};
    ca_report *report = sample_open(true);
    int rc = sample_add(report, identity, &err);
    rc = rc ? rc : ca_report_commit(report, &err);
    ck_assert_msg(rc == 0, "store: %d %s", rc, err.text);
    ca_report_close(report);
}

/* A query by SQLite itself: cells joined with | and rows with a line feed, as an auditor's tool would see them. */
static inline const char *sample_ask(const char *sql)
{
    static char answer[32768];
    sqlite3 *db;
    sqlite3_stmt *statement = NULL;
    size_t len = 0;
    int code;
    answer[0] = 0;
    ck_assert_int_eq(sqlite3_open_v2(sample_path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    while (code == SQLITE_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(statement); i++) {
            const char *cell = (const char *)sqlite3_column_text(statement, i);
            len += (size_t)snprintf(answer + len, sizeof answer - len, "%s%s", i ? "|" : len ? "\n" : "",
                                    cell ? cell : "NULL");
            ck_assert_uint_lt(len, sizeof answer);
        }
        code = SQLITE_OK;
    }
    if (code != SQLITE_DONE) {
        snprintf(answer, sizeof answer, "error: %s", sqlite3_errmsg(db));
    }
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return answer;
}

#define ck_answer(sql, expected) ck_assert_str_eq(sample_ask(sql), expected)

#endif
