/* Whatever fails while a run is stored, the report holds the whole run or nothing of it; whatever fails while it is
 * asked, the answer is whole or an error. */
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/alloc.h"
#include "sample.h"

static int store(uint64_t identity, ca_error *err)
{
    ca_report *report = NULL;
    int rc = ca_report_open(sample_path, true, 0, &report, err);
    rc = rc ? rc : sample_add(report, identity, err);
    rc = rc ? rc : ca_report_commit(report, err);
    ca_report_close(report);
    return rc;
}

#define ROWS                                                                                          \
    "SELECT (SELECT count(*) FROM run), (SELECT count(*) FROM file), (SELECT count(*) FROM run_rule),"  \
    " (SELECT count(*) FROM finding), (SELECT count(*) FROM finding_line), (SELECT count(*) FROM reject)," \
    " (SELECT count(*) FROM v_findings)"

static void check_whole_or_nothing(int rc, const ca_error *err, const char *before, const char *after)
{
    const char *rows = access(sample_path, F_OK) == 0 ? sample_ask(ROWS) : before;
    if (rc == 0) {
        ck_assert_str_eq(rows, after);
    } else {
        ck_assert_msg(rc == CA_NOMEM && err->text[0], "%d %s", rc, err->text);
        ck_assert_msg(strcmp(rows, before) == 0 || strncmp(rows, "error: no such table", 20) == 0, "%s", rows);
    }
}

static void restart(void)
{
    sample_stop();
    sample_start();
}

/* The first run: the database is created, too. */
START_TEST(memory_runs_out_in_a_new_report)
{
    uint64_t start = ca_alloc_calls();
    ca_error err = {0};
    ck_assert_int_eq(store(1, &err), 0);
    uint64_t calls = ca_alloc_calls() - start;
    unsigned failures = 0;
    ck_assert_uint_gt(calls, 100);
    for (uint64_t n = 1; n <= calls; n += n < 30 ? 1 : 1201) {
        restart();
        err = (ca_error){0};
        ca_alloc_fail(n, _i);
        int rc = store(1, &err);
        ca_alloc_fail(0, 0);
        failures += rc != 0;
        check_whole_or_nothing(rc, &err, "0|0|0|0|0|0|0", "1|1|1|3|3|1|1");
        rc = store(2, &err);    /* and the next scan finds nothing in its way */
        ck_assert_msg(rc == 0, "after call %llu failed: %s", (unsigned long long)n, err.text);
    }
    ck_assert_uint_gt(failures, 10);
}
END_TEST

/* The second run, which replaces findings of the first. */
START_TEST(memory_runs_out_in_a_report_with_a_run)
{
    ca_error err = {0};
    sample_store(1);
    uint64_t start = ca_alloc_calls();
    sample_store(2);
    uint64_t calls = ca_alloc_calls() - start;
    for (uint64_t n = 1; n <= calls; n += 97) {
        restart();
        sample_store(1);
        err = (ca_error){0};
        ca_alloc_fail(n, _i);
        int rc = store(2, &err);
        ca_alloc_fail(0, 0);
        check_whole_or_nothing(rc, &err, "1|1|1|3|3|1|1", "2|2|2|6|6|2|1");
    }
}
END_TEST

static int add_total(void *context, const ca_exposure *total)
{
    ca_buf_printf(context, "%s %lld %lld", total->currency, (long long)total->lines, (long long)total->entities);
    return 0;
}

static int add_up(void *context, const ca_report_row *row)
{
    ca_buf *text = context;
    for (size_t i = 0; i < row->count; i++) {
        ca_buf_add_cstr(text, row->names[i]);
        ca_buf_add_text(text, row->cells[i].ptr ? row->cells[i] : CA_TEXT("NULL"));
        ca_buf_add_char(text, '|');
    }
    return text->failed ? CA_NOMEM : 0;
}

static int ask_everything(ca_buf *text, ca_error *err)
{
    ca_report *report = NULL;
    ca_digest checksum;
    ca_buf part;
    ca_finding_filter filter = {.rule = "CORE-0105", .run = 1, .limit = 10};
    ca_buf_init(&part);
    int rc = ca_report_open(sample_path, false, 0, &report, err);
    rc = rc ? rc : ca_report_runs(report, false, add_up, text, err);
    rc = rc ? rc : ca_report_findings(report, &filter, add_up, text, err);
    rc = rc ? rc : ca_report_check_filter(report, &filter, err);
    rc = rc ? rc : ca_report_rejects(report, 1, 10, add_up, text, err);
    rc = rc ? rc : ca_report_reject_places(report, 1, 10, add_up, text, err);
    rc = rc ? rc : ca_report_rule_stats(report, 1, add_up, text, err);
    rc = rc ? rc : ca_report_files(report, 1, add_up, text, err);
    rc = rc ? rc : ca_report_finding(report, 1, add_up, text, err);
    rc = rc ? rc : ca_report_finding_lines(report, 1, add_up, text, err);
    rc = rc ? rc : ca_report_finding_leaves(report, 1, add_up, text, err);
    rc = rc ? rc : ca_report_finding_values(report, 1, add_up, text, err);
    rc = rc ? rc : ca_report_exposure(report, &filter, add_total, text, err);
    rc = rc ? rc : ca_report_finding_evidence(report, 1, &part, err);
    ca_buf_add_text(text, ca_buf_text(&part));
    rc = rc ? rc : ca_report_evidence(report, 1, &part, &checksum, err);
    ca_buf_add_text(text, ca_buf_text(&part));
    ca_buf_done(&part);
    ca_report_close(report);
    return rc || !text->failed ? rc : CA_NOMEM;
}

START_TEST(memory_runs_out_while_asking)
{
    ca_buf whole;
    ca_error err = {0};
    ca_buf_init(&whole);
    sample_store(1);
    uint64_t start = ca_alloc_calls();
    ck_assert_int_eq(ask_everything(&whole, &err), 0);
    uint64_t calls = ca_alloc_calls() - start;
    for (uint64_t n = 1; n <= calls; n += 17) {
        ca_buf text;
        ca_buf_init(&text);
        err = (ca_error){0};
        ca_alloc_fail(n, _i);
        int rc = ask_everything(&text, &err);
        ca_alloc_fail(0, 0);
        if (rc == 0) {
            ck_assert_msg(ca_text_eq(ca_buf_text(&text), ca_buf_text(&whole)), "call %llu: %.*s",
                          (unsigned long long)n, (int)text.len, text.ptr);
        } else {
            ck_assert_msg(rc == CA_NOMEM, "call %llu: %d %s", (unsigned long long)n, rc, err.text);
        }
        ca_buf_done(&text);
    }
    ca_buf_done(&whole);
}
END_TEST

/* The process dies in the middle, without a word to SQLite. */
START_TEST(killed_before_the_commit)
{
    sample_store(1);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        ca_error err = {0};
        ca_report *report = NULL;
        int rc = ca_report_open(sample_path, true, 0, &report, &err);
        rc = rc ? rc : sample_add(report, 2, &err);
        kill(getpid(), rc ? SIGTERM : SIGKILL);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    ck_answer(ROWS, "1|1|1|3|3|1|1");
    ca_error err = {0};
    ck_assert_int_eq(store(2, &err), 0);
    ck_answer(ROWS, "2|2|2|6|6|2|1");
}
END_TEST

/* No file may grow beyond a size: the nearest a test comes to a full disk. */
START_TEST(disk_is_full)
{
    static const rlim_t sizes[] = {0, 1000, 4096, 20000, 60000, 100000};
    struct rlimit before;
    ca_error err = {0};
    signal(SIGXFSZ, SIG_IGN);
    sample_store(1);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    unsigned failures = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct rlimit small = {sizes[i], before.rlim_max};
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
        int rc = store(10 + i, &err);
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
        if (rc) {
            ck_assert_int_eq(rc, CA_FAIL);
            ck_assert_msg(strstr(err.text, sample_path) != NULL, "said: %s", err.text);
            failures++;
        }
        ck_answer("PRAGMA integrity_check", "ok");
    }
    ck_assert_uint_gt(failures, 1);
    char rows[64];
    unsigned runs = 1 + (unsigned)(sizeof sizes / sizeof *sizes) - failures;
    snprintf(rows, sizeof rows, "%u|%u|%u|%u|%u|%u|1", runs, runs, runs, 3 * runs, 3 * runs, runs);
    ck_answer(ROWS, rows);
}
END_TEST

static void use_our_memory(void)
{
    ca_error err = {0};
    ck_assert_int_eq(ca_report_use_allocator(&err), 0);
    sample_start();
}

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, use_our_memory, sample_stop);
    tcase_add_loop_test(tcase, memory_runs_out_in_a_new_report, 0, 2);
    tcase_add_loop_test(tcase, memory_runs_out_in_a_report_with_a_run, 0, 2);
    tcase_add_loop_test(tcase, memory_runs_out_while_asking, 0, 2);
    tcase_add_test(tcase, killed_before_the_commit);
    tcase_add_test(tcase, disk_is_full);
}

CA_CHECK_MAIN("report/faults", add_tests)
