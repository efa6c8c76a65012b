/* Tests of run/intake.c: inputs to files with layouts. */
#include <stdio.h>
#include <string.h>

#include "support/check_main.h"
#include "support/night.h"
#include "support/pack.h"

static night n;

static void setup(void)
{
    night_init(&n);
    night_rule(&n, "CORE-0001", "line", "units <= 0", "");
}

static void teardown(void)
{
    night_done(&n);
}

static void add_layout(const char *text)
{
    ca_text profile;
    ck_assert(memdisk_get(n.memory, "night.yaml", &profile));
    night_put(&n, "night.yaml", ca_arena_printf(&n.arena, "%.*s%s", (int)profile.len, profile.ptr, text));
}

START_TEST(standard_input_is_read_twice)
{
    night_put(&n, CA_DISK_STDIN, "claim_id,claim_type,line_no,units,paid\nA,professional,1,0,5\n");
    ck_assert_msg(night_scan(&n, "-") == 0, "%s", night_said(&n));
    ck_assert_str_eq(night_ask(&n, "SELECT file, rows_read FROM v_files"), "(standard input)|1\n");
    ck_assert_str_eq(night_ask(&n, "SELECT file, row, byte_offset FROM v_finding_lines"), "(standard input)|2|39\n");
    ck_assert(strstr(night_left(&n), ".work") == NULL);
}
END_TEST

START_TEST(the_spool_of_standard_input_goes_even_after_an_error)
{
    night_put(&n, CA_DISK_STDIN, "claim_id,claim_type,line_no,units,paid\nA,professional,1,0,5\n");
    memdisk_fail(n.memory, MEMDISK_WRITE, 1, false);
    ck_assert_int_eq(night_scan(&n, "-"), CA_FAIL);
    ck_assert_str_eq(night_left(&n), "");
    night_put(&n, CA_DISK_STDIN, "nonsense\n");
    ck_assert_int_eq(night_scan(&n, "-"), CA_CONFIG);
    ck_assert_str_eq(night_left(&n), "");
}
END_TEST

START_TEST(folders_are_expanded)
{
    night_put(&n, "in/b/2.csv", "claim_id,claim_type,line_no\nA,professional,1\n");
    night_put(&n, "in/a/1.csv", "claim_id,claim_type,line_no\nB,professional,1\n");
    ck_assert_int_eq(night_scan(&n, "in"), 0);
    ck_assert_str_eq(night_ask(&n, "SELECT file FROM v_files ORDER BY 1"), "in/a/1.csv\nin/b/2.csv\n");
}
END_TEST

START_TEST(formats_may_be_mixed)
{
    add_layout("  - layout: semicolons\n    records: claims\n    csv: {delimiter: \";\"}\n    columns: [fall, art]\n"
               "    fields:\n      claim_id: fall\n      claim_type: {column: art, values: {p: professional}}\n"
               "      line_no: zeile\n");
    night_put(&n, "a.csv", "fall;art;zeile\nA;p;1\nB;p;1\n");
    night_put(&n, "b.csv", "claim_id,claim_type,line_no\nC,professional,1\n");
    ck_assert_msg(night_scan(&n, "b.csv a.csv") == 0, "%s", night_said(&n));
    ck_assert_str_eq(night_ask(&n, "SELECT file, layout, lines FROM v_files ORDER BY 1"),
                     "a.csv|semicolons|2\nb.csv|claims|1\n");
}
END_TEST

/* With several formats the reason is that of the one which was meant, not of the one tried last. */
START_TEST(the_format_that_splits_best_gives_the_reason)
{
    add_layout("  - layout: semicolons\n    records: claims\n    csv: {delimiter: \";\"}\n    columns: [fall, art]\n"
               "    fields:\n      claim_id: fall\n      claim_type: {column: art, values: {p: professional}}\n"
               "      line_no: zeile\n");
    night_put(&n, "a.csv", "fall;zeile;x\n");
    night_put(&n, "b.csv", "claim_id,typ,x\n");
    ck_assert_int_eq(night_scan(&n, "a.csv b.csv"), CA_CONFIG);
    ck_assert_msg(strstr(night_said(&n), "a.csv:0:0: no layout of profile 'night' fits the header; for the closest, "
                                         "'semicolons', it misses art") != NULL, "%s", night_said(&n));
    ck_assert(strstr(night_said(&n), "b.csv:0:0: no layout of profile 'night' fits the header; for the closest, "
                                     "'claims', it misses claim_type") != NULL);
}
END_TEST

START_TEST(what_is_not_there_is_said)
{
    ck_assert_int_eq(night_scan(&n, "nowhere.csv"), CA_FAIL);
    ck_assert_str_eq(night_said(&n), "nowhere.csv: there is no such file or folder\n");
}
END_TEST

START_TEST(a_packed_file_that_is_cut_is_an_error)
{
    ca_buf bytes;
    char rows[4096] = "claim_id,claim_type,line_no\n";
    for (int i = 0; i < 100; i++) {
        snprintf(rows + strlen(rows), 40, "A%d,professional,1\n", i * 7919);
    }
    ca_buf_init(&bytes);
    pack_add(&bytes, CA_PACKING_GZIP, rows, strlen(rows));
    memdisk_put(n.memory, "a.csv.gz", bytes.ptr, bytes.len - 9);
    ca_buf_done(&bytes);
    ck_assert_int_eq(night_scan(&n, "a.csv.gz"), CA_FAIL);
    ck_assert_str_eq(night_ask(&n, "SELECT 1"), "no report");
    ck_assert_str_eq(night_left(&n), "");
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, standard_input_is_read_twice);
    tcase_add_test(tcase, the_spool_of_standard_input_goes_even_after_an_error);
    tcase_add_test(tcase, folders_are_expanded);
    tcase_add_test(tcase, formats_may_be_mixed);
    tcase_add_test(tcase, the_format_that_splits_best_gives_the_reason);
    tcase_add_test(tcase, what_is_not_there_is_said);
    tcase_add_test(tcase, a_packed_file_that_is_cut_is_an_error);
}

CA_CHECK_MAIN("run/intake", add_tests)
