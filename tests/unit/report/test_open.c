/* Opening a report: what it creates, and what it refuses without touching it. */
#include "sample.h"

static ca_error err;

static int open_report(bool write)
{
    ca_report *report = NULL;
    err = (ca_error){0};
    int rc = ca_report_open(sample_path, write, 0, &report, &err);
    if (rc) {
        ck_assert_ptr_null(report);
    }
    ca_report_close(report);
    return rc;
}

#define ck_refused(write, code, words)                                          \
    do {                                                                        \
        ck_assert_int_eq(open_report(write), code);                             \
        ck_assert_msg(strstr(err.text, words) != NULL, "said: %s", err.text);   \
    } while (0)

static void write_file(const char *bytes, size_t len)
{
    FILE *file = fopen(sample_path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, len, file), len);
    fclose(file);
}

static size_t read_file(char bytes[65536])
{
    FILE *file = fopen(sample_path, "rb");
    ck_assert_ptr_nonnull(file);
    size_t len = fread(bytes, 1, 65536, file);
    fclose(file);
    return len;
}

static unsigned mode_of(const char *suffix)
{
    char path[160];
    struct stat info;
    snprintf(path, sizeof path, "%s%s", sample_path, suffix);
    ck_assert_msg(stat(path, &info) == 0, "no file %s", path);
    return info.st_mode & 07777;
}

/* Holds the report as an auditor's tool might. */
static sqlite3 *hold(const char *sql)
{
    sqlite3 *db;
    ck_assert_int_eq(sqlite3_open(sample_path, &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    return db;
}

START_TEST(reading_creates_nothing)
{
    ck_refused(false, CA_FAIL, "run claimaudit scan first");
    ck_assert_int_ne(access(sample_path, F_OK), 0);
}
END_TEST

START_TEST(only_the_owner_may_read)
{
    umask(0);
    ca_report *report = sample_open(true);
    ck_assert_int_eq(sample_add(report, 1, &err), 0);
    ck_assert_uint_eq(mode_of(""), 0600);
    ck_assert_uint_eq(mode_of("-wal"), 0600);
    ck_assert_uint_eq(mode_of("-shm"), 0600);
    ca_report_close(report);
}
END_TEST

START_TEST(new_report_is_empty)
{
    ck_assert_int_eq(open_report(true), 0);
    ck_assert_int_eq(open_report(false), 0);
    ck_answer("SELECT count(*) FROM v_runs", "0");
    ck_answer("PRAGMA user_version", "4");
    ck_answer("PRAGMA application_id", "1129070933");
    ck_answer("PRAGMA journal_mode", "wal");
    ck_answer("PRAGMA integrity_check", "ok");
}
END_TEST

/* What a crash between creating the file and the first transaction leaves. */
START_TEST(empty_file_is_filled_by_the_next_scan)
{
    int64_t run = 77;
    write_file("", 0);
    ck_refused(false, CA_FAIL, "holds no run yet: run claimaudit scan first");
    ck_assert_int_eq(ca_report_known(sample_path, (ca_digest){1, 2}, &run, &err), 0);
    ck_assert_int_eq(run, 77);
    ck_assert_int_eq(open_report(true), 0);
    ck_assert_int_eq(open_report(false), 0);
}
END_TEST

START_TEST(opening_again_keeps_everything)
{
    sample_store(1);
    ck_assert_int_eq(open_report(true), 0);
    ck_answer("SELECT count(*) FROM v_findings", "1");
}
END_TEST

START_TEST(newer_report_is_refused)
{
    static char before[65536], after[65536];
    sample_store(1);
    sample_ask("PRAGMA user_version = 5");
    sample_ask("PRAGMA wal_checkpoint(TRUNCATE)");
    size_t len = read_file(before);
    int64_t run;
    ck_refused(false, CA_FAIL, "was written by a newer claimaudit; update this one");
    ck_refused(true, CA_FAIL, "was written by a newer claimaudit; update this one");
    ck_assert_int_eq(ca_report_known(sample_path, (ca_digest){1, 2}, &run, &err), CA_FAIL);
    ck_assert_uint_eq(read_file(after), len);
    ck_assert_mem_eq(before, after, len);
}
END_TEST

START_TEST(text_file_is_refused)
{
    static char after[65536];
    char text[2000];
    memset(text, 'x', sizeof text);
    write_file(text, sizeof text);
    ck_refused(false, CA_FAIL, "is no claimaudit report");
    ck_refused(true, CA_FAIL, "is no claimaudit report");
    ck_assert_uint_eq(read_file(after), sizeof text);
    ck_assert_mem_eq(text, after, sizeof text);
}
END_TEST

START_TEST(database_of_others_is_refused_untouched)
{
    static char before[65536], after[65536];
    sqlite3_close(hold("CREATE TABLE theirs(a)"));
    size_t len = read_file(before);
    ck_refused(false, CA_FAIL, "is no claimaudit report");
    ck_refused(true, CA_FAIL, "is no claimaudit report");
    ck_assert_uint_eq(read_file(after), len);
    ck_assert_mem_eq(before, after, len);
    ck_answer("PRAGMA journal_mode", "delete");
}
END_TEST

START_TEST(damaged_report_is_refused)
{
    static char bytes[65536];
    sample_store(1);
    sample_ask("PRAGMA wal_checkpoint(TRUNCATE)");
    size_t len = read_file(bytes);
    memset(bytes + 100, 0xFF, 3000);    /* the schema's own page */
    write_file(bytes, len);
    ck_refused(false, CA_FAIL, "is damaged; restore it from a backup");
    ck_refused(true, CA_FAIL, "is damaged; restore it from a backup");
}
END_TEST

START_TEST(folder_is_refused)
{
    ca_report *report = NULL;
    ck_assert_int_eq(ca_report_open(sample_folder, true, 0, &report, &err), CA_FAIL);
    ck_assert_ptr_nonnull(strstr(err.text, sample_folder));
    ck_assert_ptr_nonnull(strstr(err.text, "is a folder, not a report"));
    ck_assert_int_eq(ca_report_open(sample_folder, false, 0, &report, &err), CA_FAIL);
    ck_assert_int_eq(ca_report_open("/nowhere/there.db", true, 0, &report, &err), CA_FAIL);
    ck_assert_int_eq(ca_report_open("/nowhere/there.db", false, 0, &report, &err), CA_FAIL);
    ck_assert_ptr_null(report);
}
END_TEST

/* Names that SQLite would take for something else than a file in this folder. */
START_TEST(odd_names_are_files)
{
    static const char *const names[] = {":memory:", "file:a?mode=memory", "100% ä.db", "-x.db"};
    ck_assert_int_eq(chdir(sample_folder), 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        ca_report *report = NULL;
        ck_assert_int_eq(ca_report_open(names[i], true, 0, &report, &err), 0);
        ck_assert_int_eq(sample_add(report, 1, &err), 0);
        ck_assert_int_eq(ca_report_commit(report, &err), 0);
        ca_report_close(report);
        ck_assert_int_eq(ca_report_open(names[i], false, 0, &report, &err), 0);
        int64_t run = 0;
        ck_assert_int_eq(ca_report_find_run(report, sample_run(1).identity, &run, &err), CA_END);
        ck_assert_int_eq(run, 1);
        ca_report_close(report);
    }
}
END_TEST

START_TEST(another_writer_is_busy)
{
    int64_t run;
    ca_run_record record = sample_run(2);
    sample_store(1);
    sqlite3 *other = hold("BEGIN IMMEDIATE");
    ca_report *report = sample_open(true);
    ck_assert_int_eq(ca_report_begin(report, &record, &run, &err), CA_BUSY);
    ck_assert_ptr_nonnull(strstr(err.text, "another program holds the report; try again"));
    sqlite3_close(other);
    ck_assert_int_eq(ca_report_begin(report, &record, &run, &err), 0);
    ca_report_close(report);
}
END_TEST

START_TEST(exclusive_holder_is_busy)
{
    sample_store(1);
    sqlite3 *other = hold("PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; UPDATE run SET alarms = ''");
    ck_refused(false, CA_BUSY, "another program holds the report; try again");
    ck_refused(true, CA_BUSY, "another program holds the report; try again");
    sqlite3_close(other);
    ck_assert_int_eq(open_report(false), 0);
}
END_TEST

/* An auditor's open query neither blocks the scan nor sees half of it. */
START_TEST(readers_and_the_writer_do_not_meet)
{
    sample_store(1);
    sqlite3 *auditor = hold("BEGIN; SELECT * FROM v_findings");
    ca_report *report = sample_open(true);
    ck_assert_int_eq(sample_add(report, 2, &err), 0);
    ck_answer("SELECT count(*) FROM v_runs", "1");
    ck_assert_int_eq(ca_report_commit(report, &err), 0);
    ck_answer("SELECT count(*) FROM v_runs", "2");
    sqlite3_close(auditor);
    ca_report_close(report);
}
END_TEST

START_TEST(reader_cannot_write)
{
    int64_t run;
    ca_run_record record = sample_run(2);
    sample_store(1);
    ca_report *report = sample_open(false);
    ck_assert_int_lt(ca_report_begin(report, &record, &run, &err), 0);
    ca_report_close(report);
    ck_answer("SELECT count(*) FROM v_runs", "1");
}
END_TEST

START_TEST(known_runs)
{
    int64_t run = 77;
    ck_assert_int_eq(ca_report_known(sample_path, sample_run(1).identity, &run, &err), 0);
    ck_assert_int_ne(access(sample_path, F_OK), 0);
    sample_store(1);
    sample_store(2);
    ck_assert_int_eq(ca_report_known(sample_path, sample_run(3).identity, &run, &err), 0);
    ck_assert_int_eq(run, 77);
    ck_assert_int_eq(ca_report_known(sample_path, sample_run(2).identity, &run, &err), CA_END);
    ck_assert_int_eq(run, 2);
}
END_TEST

START_TEST(closing_nothing_is_fine)
{
    ca_report_close(NULL);
    ca_report_rollback(NULL);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, sample_start, sample_stop);
    tcase_add_test(tcase, reading_creates_nothing);
    tcase_add_test(tcase, only_the_owner_may_read);
    tcase_add_test(tcase, new_report_is_empty);
    tcase_add_test(tcase, empty_file_is_filled_by_the_next_scan);
    tcase_add_test(tcase, opening_again_keeps_everything);
    tcase_add_test(tcase, newer_report_is_refused);
    tcase_add_test(tcase, text_file_is_refused);
    tcase_add_test(tcase, database_of_others_is_refused_untouched);
    tcase_add_test(tcase, damaged_report_is_refused);
    tcase_add_test(tcase, folder_is_refused);
    tcase_add_test(tcase, odd_names_are_files);
    tcase_add_test(tcase, another_writer_is_busy);
    tcase_add_test(tcase, exclusive_holder_is_busy);
    tcase_add_test(tcase, readers_and_the_writer_do_not_meet);
    tcase_add_test(tcase, reader_cannot_write);
    tcase_add_test(tcase, known_runs);
    tcase_add_test(tcase, closing_nothing_is_fine);
}

CA_CHECK_MAIN("report/open", add_tests)
