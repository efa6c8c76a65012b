/* A workbook is read back before it is published: one that is cut off or changed anywhere that matters is refused. */
#include "base/alloc.h"
#include "report/export_inner.h"
#include "sample.h"
#include "support/memdisk.h"

static ca_buf make_workbook(uint64_t sheet_rows)
{
    ca_report *report = NULL;
    ca_error err = {0};
    ca_export_counts counts;
    ca_buf bytes;
    char path[512];
    snprintf(path, sizeof path, "%s/leads.xlsx", sample_folder);
    sample_store(1);
    ca_export_options options = {.disk = ca_disk_real(), .path = path, .sheet_rows = sheet_rows, .about = {"a", "b"}};
    ck_assert_int_eq(ca_report_open(sample_path, false, 0, &report, &err), 0);
    int rc = ca_report_export(report, &options, &counts, &err);
    ck_assert_msg(rc == 0, "%s", err.text);
    ca_report_close(report);
    ck_assert_int_eq(ca_disk_read_all(ca_disk_real(), path, 1 << 20, &bytes, &err), 0);
    return bytes;
}

static int check_bytes(const char *bytes, size_t len, const uint64_t *rows, size_t sheets, ca_error *err)
{
    memdisk *mem = memdisk_new();
    memdisk_put(mem, "x.xlsx", bytes, len);
    int rc = ca_export_check_sheets(memdisk_disk(mem), "x.xlsx", rows, sheets, err);
    memdisk_free(mem);
    return rc;
}

/* Of the sample: findings, lines, reasons (none), rules, runs, about; each with its header. */
#define SHEETS 6
static const uint64_t good[SHEETS] = {2, 2, 1, 2, 2, 4};

START_TEST(rows_are_counted)
{
    ca_buf bytes = make_workbook(0);
    ca_error err = {0};
    uint64_t rows[SHEETS + 1] = {0};
    memcpy(rows, good, sizeof good);
    int rc = check_bytes(bytes.ptr, bytes.len, rows, SHEETS, &err);
    ck_assert_msg(rc == 0, "%s", err.text);
    ck_assert_int_eq(check_bytes(bytes.ptr, bytes.len, rows, SHEETS - 1, &err), CA_FAIL);
    ck_assert_int_eq(check_bytes(bytes.ptr, bytes.len, rows, SHEETS + 1, &err), CA_FAIL);
    for (size_t i = 0; i < SHEETS; i++) {
        rows[i]++;
        ck_assert_int_eq(check_bytes(bytes.ptr, bytes.len, rows, SHEETS, &err), CA_FAIL);
        rows[i]--;
    }
    ca_buf_done(&bytes);
}
END_TEST

START_TEST(what_is_cut_off_is_seen)
{
    ca_buf bytes = make_workbook(0);
    for (size_t len = 0; len < bytes.len; len += len < 64 || len + 64 > bytes.len ? 1 : 101) {
        ca_error err = {0};
        int rc = check_bytes(bytes.ptr, len, good, SHEETS, &err);
        ck_assert_msg(rc == CA_FAIL && strstr(err.text, "not written whole"), "%zu bytes: %d %s", len, rc, err.text);
    }
    ca_buf_done(&bytes);
}
END_TEST

/* A byte that changes is seen or harmless (a date, a style), and never more than that. */
START_TEST(no_byte_can_confuse_it)
{
    ca_buf bytes = make_workbook(0);
    unsigned refused = 0;
    for (size_t i = 0; i < bytes.len; i += 7) {
        ca_error err = {0};
        char kept = bytes.ptr[i];
        bytes.ptr[i] = (char)(kept ^ 0x55);
        refused += check_bytes(bytes.ptr, bytes.len, good, SHEETS, &err) != 0;
        bytes.ptr[i] = kept;
    }
    ck_assert_uint_gt(refused, 100);
    ca_buf_done(&bytes);
}
END_TEST

START_TEST(memory_may_run_out_while_checking)
{
    ca_buf bytes = make_workbook(0);
    memdisk *mem = memdisk_new();
    unsigned failures = 0;
    memdisk_put(mem, "x.xlsx", bytes.ptr, bytes.len);
    for (uint64_t n = 1; n < 30; n++) {
        ca_error err = {0};
        ca_alloc_fail(n, 0);
        int rc = ca_export_check_sheets(memdisk_disk(mem), "x.xlsx", good, SHEETS, &err);
        ca_alloc_fail(0, 0);
        ck_assert_msg(rc == 0 || rc == CA_NOMEM, "%d %s", rc, err.text);
        failures += rc != 0;
    }
    ck_assert_uint_gt(failures, 3);
    memdisk_free(mem);
    ca_buf_done(&bytes);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, sample_start, sample_stop);
    tcase_add_test(tcase, rows_are_counted);
    tcase_add_test(tcase, what_is_cut_off_is_seen);
    tcase_add_test(tcase, no_byte_can_confuse_it);
    tcase_add_test(tcase, memory_may_run_out_while_checking);
}

CA_CHECK_MAIN("report/export_check", add_tests)
