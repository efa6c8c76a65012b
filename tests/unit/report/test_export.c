/* The export: whatever fails, the file that was there stays and nothing is left beside it; a workbook that is not whole is
 * seen. */
#include "base/alloc.h"
#include "report/export_inner.h"
#include "sample.h"
#include "support/memdisk.h"

static const char old[] = "an older export";

static ca_report *open_sample(void)
{
    ca_report *report = NULL;
    ca_error err = {0};
    sample_store(1);
    ck_assert_int_eq(ca_report_open(sample_path, false, 0, &report, &err), 0);
    return report;
}

static ca_export_options options_for(ca_disk *disk, const char *path)
{
    return (ca_export_options){.disk = disk, .path = path, .overwrite = true, .about = {"about this"}};
}

static size_t files_of(ca_disk *disk)
{
    ca_arena arena;
    char **names;
    size_t count;
    ca_arena_init(&arena);
    ck_assert_int_eq(disk->list(disk, ".", &arena, &names, &count, NULL), 0);
    ca_arena_done(&arena);
    return count;
}

START_TEST(csv_holds_the_findings)
{
    memdisk *mem = memdisk_new();
    ca_report *report = open_sample();
    ca_export_options options = options_for(memdisk_disk(mem), "leads.csv");
    ca_export_counts counts = {0};
    ca_error err = {0};
    ca_text text;
    ck_assert_int_eq(ca_report_export(report, &options, &counts, &err), 0);
    ck_assert(memdisk_get(mem, "leads.csv", &text));
    size_t rows = 0;
    for (size_t i = 0; i < text.len; i++) {
        rows += text.ptr[i] == '\n';
    }
    ck_assert_uint_eq(counts.findings, 1);
    ck_assert_uint_eq(rows, 2);
    ck_assert(ca_text_starts(text, CA_TEXT("finding_id,finding_key,run_id,")));
    ck_assert_uint_eq(files_of(memdisk_disk(mem)), 1);
    ca_report_close(report);
    memdisk_free(mem);
}
END_TEST

/* Every call of the disk fails once. */
START_TEST(a_failing_disk_leaves_the_old_file)
{
    ca_report *report = open_sample();
    unsigned failures = 0;
    for (uint64_t n = 1; n < 100; n++) {
        memdisk *mem = memdisk_new();
        ca_export_options options = options_for(memdisk_disk(mem), "leads.csv");
        ca_export_counts counts;
        ca_error err = {0};
        ca_text text;
        memdisk_put(mem, "leads.csv", old, sizeof old - 1);
        memdisk_fail(mem, MEMDISK_ANY, n, false);
        int rc = ca_report_export(report, &options, &counts, &err);
        memdisk_fail(mem, MEMDISK_ANY, 0, false);
        memdisk_crash(mem, 0);
        ck_assert(memdisk_get(mem, "leads.csv", &text));
        ck_assert_msg(rc == 0 || err.text[0], "call %llu", (unsigned long long)n);
        ck_assert_msg(rc != 0 || !ca_text_is(text, old), "call %llu", (unsigned long long)n);
        ck_assert_msg(ca_text_is(text, old) || ca_text_starts(text, CA_TEXT("finding_id,")), "call %llu",
                      (unsigned long long)n);
        failures += rc != 0;
        memdisk_free(mem);
    }
    ck_assert_uint_gt(failures, 4);
    ca_report_close(report);
}
END_TEST

START_TEST(memory_that_runs_out_leaves_the_old_file)
{
    ca_report *report = open_sample();
    unsigned failures = 0;
    for (uint64_t n = 1; n < 400; n += n < 40 ? 1 : 13) {
        memdisk *mem = memdisk_new();
        ca_export_options options = options_for(memdisk_disk(mem), "leads.csv");
        ca_export_counts counts;
        ca_error err = {0};
        ca_text text;
        memdisk_put(mem, "leads.csv", old, sizeof old - 1);
        ca_alloc_fail(n, _i);
        int rc = ca_report_export(report, &options, &counts, &err);
        ca_alloc_fail(0, 0);
        ck_assert(memdisk_get(mem, "leads.csv", &text));
        ck_assert_msg(rc == 0 || rc == CA_NOMEM, "%llu: %d %s", (unsigned long long)n, rc, err.text);
        ck_assert_int_eq(rc != 0, ca_text_is(text, old));
        ck_assert_uint_eq(files_of(memdisk_disk(mem)), 1);
        failures += rc != 0;
        memdisk_free(mem);
    }
    ck_assert_uint_gt(failures, 4);
    ca_report_close(report);
}
END_TEST

START_TEST(two_exports_do_not_meet)
{
    memdisk *mem = memdisk_new();
    ca_disk *disk = memdisk_disk(mem);
    ca_export_target first, second;
    ca_error err = {0};
    ck_assert_int_eq(ca_export_target_init(&first, disk, "leads.csv", NULL, &err), 0);
    ck_assert_int_eq(ca_export_target_init(&second, disk, "leads.csv", NULL, &err), CA_BUSY);
    ck_assert_int_eq(ca_export_target_publish(&first, &err), 0);
    ca_export_target_done(&first);
    /* What a killed one left is in nobody's way. */
    memdisk_put(mem, "leads.csv.export.tmp", "half", 4);
    ck_assert_int_eq(ca_export_target_init(&second, disk, "leads.csv", NULL, &err), 0);
    ca_export_target_done(&second);
    ck_assert_uint_eq(files_of(disk), 1);
    memdisk_free(mem);
}
END_TEST

START_TEST(money_has_the_decimals_of_its_currency)
{
    static const struct { int64_t minor; unsigned digits; const char *text; } cases[] = {
        {0, 2, "0.00"}, {5, 2, "0.05"}, {-5, 2, "-0.05"}, {123450, 2, "1234.50"}, {123450, 0, "123450"},
        {-1, 0, "-1"}, {12345, 3, "12.345"}, {1, 4, "0.0001"}, {INT64_MAX, 2, "92233720368547758.07"},
        {INT64_MIN, 2, "-92233720368547758.08"}};
    ca_buf text;
    ca_buf_init(&text);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ca_buf_clear(&text);
        ca_export_money(&text, cases[i].minor, cases[i].digits);
        ck_assert_str_eq(ca_buf_cstr(&text), cases[i].text);
    }
    ca_buf_done(&text);
}
END_TEST

START_TEST(names_are_checked)
{
    static const struct { const char *path; const char *words; } cases[] = {
        {"leads", "must end with"}, {".csv", "must end with"}, {"leads.csv.gz", "must end with"},
        {"there.csv", "--force"}, {"folder.csv", "is a folder"}, {"report.csv", "the report itself"}};
    memdisk *mem = memdisk_new();
    ca_error err = {0};
    memdisk_put(mem, "there.csv", "x", 1);
    memdisk_put(mem, "report.csv", "x", 1);
    memdisk_put(mem, "folder.csv/x", "x", 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ca_export_options options = options_for(memdisk_disk(mem), cases[i].path);
        options.overwrite = false;
        options.report_path = "report.csv";
        ck_assert_int_eq(ca_export_check(&options, &err), CA_USAGE);
        ck_assert_msg(strstr(err.text, cases[i].words), "%s", err.text);
    }
    memdisk_free(mem);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, sample_start, sample_stop);
    tcase_add_test(tcase, csv_holds_the_findings);
    tcase_add_test(tcase, a_failing_disk_leaves_the_old_file);
    tcase_add_loop_test(tcase, memory_that_runs_out_leaves_the_old_file, 0, 2);
    tcase_add_test(tcase, two_exports_do_not_meet);
    tcase_add_test(tcase, money_has_the_decimals_of_its_currency);
    tcase_add_test(tcase, names_are_checked);
}

CA_CHECK_MAIN("report/export", add_tests)
