/* Tests of run/rejects.c: how many rejected rows a run survives, and where they go. */
#include <stdio.h>
#include <string.h>

#include "support/check_main.h"
#include "support/night.h"

static night n;

static void setup(void)
{
    night_init(&n);
}

static void teardown(void)
{
    night_done(&n);
}

static void put_rows(const char *path, int good, int bad)
{
    char *rows = ca_arena_alloc(&n.arena, (size_t)(good + bad) * 24 + 64);
    char *to = rows + sprintf(rows, "claim_id,claim_type,line_no\n");
    for (int i = 0; i < good + bad; i++) {
        to += i < bad ? sprintf(to, "A%d,inpatient\n", i) : sprintf(to, "A%d,inpatient,1\n", i);
    }
    night_put(&n, path, rows);
}

START_TEST(shares_and_counts)
{
    static const struct {
        int good, bad;
        uint64_t most;
        bool share;
        int rc;
    } cases[] = {
        {0, 1, 10000, true, 0},                /* never under one row */
        {0, 2, 10000, true, CA_REJECTS},
        {198, 2, 10000, true, 0},              /* 2 of 200 is 1 % */
        {197, 2, 10000, true, CA_REJECTS},     /* of 199 it is more */
        {297, 3, 10000, true, 0},
        {296, 3, 10000, true, CA_REJECTS},
        {0, 5, 1000000, true, 0},              /* 100 % */
        {5, 1, 0, true, 0},                    /* 0 % still allows one */
        {5, 1, 0, false, CA_REJECTS},          /* a count of 0 allows none */
        {5, 3, 3, false, 0},
        {500, 4, 3, false, CA_REJECTS},
    };
    put_rows("a.csv", cases[_i].good, cases[_i].bad);
    put_rows("b.csv", 1000, 0);                /* counted per file */
    n.options.max_rejects = cases[_i].most;
    n.options.max_rejects_share = cases[_i].share;
    ck_assert_int_eq(night_scan(&n, "a.csv b.csv"), cases[_i].rc);
    if (cases[_i].rc) {
        ck_assert_str_eq(night_ask(&n, "SELECT 1"), "no report");
        ck_assert_str_eq(night_left(&n), "report.db.rejects.csv\n");
    } else {
        char bad[16];
        snprintf(bad, sizeof bad, "%d\n", cases[_i].bad);
        ck_assert_str_eq(night_ask(&n, "SELECT count(*) FROM v_rejects"), bad);
        ck_assert_ptr_null(n.summary.rejects_file);
    }
}
END_TEST

START_TEST(the_file_of_rejects_holds_the_rows_verbatim)
{
    ca_text bytes;
    char path[128];
    night_put(&n, "a.csv", "claim_id,claim_type,line_no\nA,inpatient\n\"B \"\"x\"\"\",inpatient,1,2\nC,inpatient,7\n"
                           ",inpatient,1\n");
    n.options.max_rejects = 2;
    n.options.max_rejects_share = false;
    ck_assert_int_eq(night_scan(&n, "a.csv"), CA_REJECTS);
    snprintf(path, sizeof path, "%s.rejects.csv", n.db);
    ck_assert_str_eq(n.summary.rejects_file, path);
    ck_assert(memdisk_get(n.memory, path, &bytes));
    const char *wanted = "file,row,byte_offset,column,reason,raw\n"
                         "\"a.csv\",2,28,\"\",\"3 columns expected, 2 found\",\"A,inpatient\"\n"
                         "\"a.csv\",3,40,\"\",\"3 columns expected, 4 found\",\"\"\"B \"\"\"\"x\"\"\"\"\"\",inpatient,1,2\"\n"
                         "\"a.csv\",5,78,\"claim_id\",\"claim_id is missing\",\",inpatient,1\"\n";
    ck_assert_msg(ca_text_is(bytes, wanted), "%.*s",
                  (int)bytes.len, bytes.ptr);
    ck_assert(strstr(night_said(&n), "a.csv: 3 of 4 rows rejected, more than --max-rejects allows; nothing was "
                                     "stored; they are in ") != NULL);
    ck_assert_int_eq((int)n.summary.rows_rejected, 3);
}
END_TEST

START_TEST(rejects_of_fact_files_count_too)
{
    night_put(&n, "a.csv", "claim_id,claim_type,line_no\nA,inpatient,1\n");
    night_put(&n, "p_2020.csv", "patient_id,birth_date\nP1\nP2\n");
    ck_assert_int_eq(night_scan(&n, "a.csv p_2020.csv"), CA_REJECTS);
}
END_TEST

START_TEST(the_worst_file_is_named)
{
    put_rows("a.csv", 0, 3);
    put_rows("b.csv", 0, 5);
    put_rows("c.csv", 0, 4);
    ck_assert_int_eq(night_scan(&n, "a.csv b.csv c.csv"), CA_REJECTS);
    ck_assert(strncmp(night_said(&n), "b.csv: 5 of 5 rows", 18) == 0);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, shares_and_counts, 0, 11);
    tcase_add_test(tcase, the_file_of_rejects_holds_the_rows_verbatim);
    tcase_add_test(tcase, rejects_of_fact_files_count_too);
    tcase_add_test(tcase, the_worst_file_is_named);
}

CA_CHECK_MAIN("run/rejects", add_tests)
