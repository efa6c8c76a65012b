/* Tests of run/settle.c and run/undo.c: lines that fall take their rows, claims, findings and counts with them. */
#include <stdio.h>
#include <string.h>

#include "support/check_main.h"
#include "support/night.h"

static night n;

#define HEADER "claim_id,claim_type,claim_status,paid_date,line_no,service_date,units,paid\n"

static void setup(void)
{
    night_init(&n);
    night_rule(&n, "CORE-0001", "line", "units <= 0",
               "unless:\n  - {name: free, reason: nothing was paid, when: paid = 0}\n");
    night_rule(&n, "CORE-0002", "claim", "sum(paid) > 100", "");
}

static void teardown(void)
{
    night_done(&n);
}

static const char *files(void)
{
    return night_ask(&n, "SELECT file, rows_read, rows_accepted, rows_skipped, lines, lines_dropped, claims FROM v_files"
                         " ORDER BY 1");
}

static const char *stats(void)
{
    return night_ask(&n, "SELECT rule_id, offered, hit, excused, unknown, pass, unknown_field FROM v_rule_stats"
                         " ORDER BY 1");
}

static const char *findings(void)
{
    return night_ask(&n, "SELECT rule_id, subject_id, exposure, outcome FROM v_findings_all ORDER BY 1, 2, 3");
}

START_TEST(a_repeated_file_changes_nothing_but_its_own_counts)
{
    const char *rows = HEADER "A,professional,,,1,2024-01-01,0,60\nA,professional,,,2,2024-01-01,1,60\n"
                              "B,professional,,,1,2024-01-01,0,0\nC,professional,,,1,2024-01-01,,10\n";
    night_put(&n, "a.csv", rows);
    ck_assert_int_eq(night_scan(&n, "a.csv"), 0);
    const char *one_stats = stats();
    const char *one_findings = findings();
    ck_assert_str_eq(one_stats, "CORE-0001|4|1|1|1|1|units\nCORE-0002|3|1|0|0|2|-\n");
    night_forget(&n);
    night_put(&n, "b.csv", rows);
    ck_assert_int_eq(night_scan(&n, "b.csv a.csv"), 0);
    ck_assert_str_eq(stats(), one_stats);
    ck_assert_str_eq(findings(), one_findings);
    ck_assert_str_eq(files(), "a.csv|4|4|0|4|0|3\nb.csv|4|0|4|4|4|0\n");
    ck_assert_int_eq((int)n.summary.lines_dropped, 4);
    ck_assert_int_eq((int)n.summary.claims, 3);
}
END_TEST

/* The old version was a hit, the new one is not, and the other way round. */
START_TEST(a_superseded_line_takes_its_finding_and_its_counts_along)
{
    night_put(&n, "old.csv", HEADER "A,professional,,2024-01-01,1,2024-01-01,0,60\n"
                                    "B,professional,,2024-01-01,1,2024-01-01,1,60\n"
                                    "D,professional,,2024-01-01,1,2024-01-01,,60\n");
    night_put(&n, "new.csv", HEADER "A,professional,,2024-02-01,1,2024-01-01,1,60\n"
                                    "B,professional,,2024-02-01,1,2024-01-01,0,70\n"
                                    "D,professional,,2024-02-01,1,2024-01-01,1,60\n");
    ck_assert_int_eq(night_scan(&n, "new.csv old.csv"), 0);
    ck_assert_str_eq(findings(), "CORE-0001|professional/B/1|7000|hit\n");
    ck_assert_str_eq(stats(), "CORE-0001|3|1|0|0|2|-\nCORE-0002|3|0|0|0|3|-\n");
    ck_assert_str_eq(files(), "new.csv|3|3|0|3|0|3\nold.csv|3|0|3|3|3|0\n");
    const char *report = night_report(&n);
    night_forget(&n);
    ck_assert_int_eq(night_scan(&n, "old.csv new.csv"), 0);
    ck_assert_str_eq(night_report(&n), report);
}
END_TEST

START_TEST(reversals_are_not_offered_and_drop_nothing)
{
    night_put(&n, "a.csv", HEADER "A,professional,original,2024-01-01,1,2024-01-01,0,60\n"
                                  "A,professional,reversal,2024-02-01,1,2024-01-01,0,-60\n"
                                  "B,professional,void,2024-02-01,1,2024-01-01,0,500\n");
    ck_assert_int_eq(night_scan(&n, "a.csv"), 0);
    ck_assert_str_eq(stats(), "CORE-0001|1|1|0|0|0|-\nCORE-0002|1|0|0|0|1|-\n");
    ck_assert_str_eq(files(), "a.csv|3|3|0|3|0|2\n");
}
END_TEST

START_TEST(rows_all_sees_reversals_too)
{
    night_rule(&n, "CORE-0003", "line", "units <= 0", "rows: all\n");
    night_put(&n, "a.csv", HEADER "A,professional,original,2024-01-01,1,2024-01-01,0,60\n"
                                  "A,professional,reversal,2024-02-01,1,2024-01-01,0,-60\n"
                                  "A,professional,reversal,2024-02-01,1,2024-01-01,0,-60\n");
    ck_assert_int_eq(night_scan(&n, "a.csv"), 0);
    ck_assert_str_eq(night_ask(&n, "SELECT offered, hit, findings FROM v_rule_stats WHERE rule_id = 'CORE-0003'"),
                     "2|2|2\n");
    ck_assert_str_eq(files(), "a.csv|3|2|1|3|1|1\n");
}
END_TEST

/* A wide row is skipped only when all of its lines fell. */
START_TEST(a_wide_row_stays_while_a_line_of_it_does)
{
    night_put(&n, "wide.csv", "claim_id,claim_type,service_date,paid_1,paid_2,paid_3,units_1,units_2,units_3\n"
                              "A,professional,2024-01-01,60,70,,0,0,\n"
                              "B,professional,2024-01-01,1,2,3,1,1,1\n");
    night_put(&n, "long.csv", "claim_id,claim_type,paid_date,line_no,service_date,units,paid\n"
                              "A,professional,2024-05-01,2,2024-01-01,1,70\n"
                              "B,professional,2024-05-01,1,2024-01-01,1,1\nB,professional,2024-05-01,2,2024-01-01,1,2\n"
                              "B,professional,2024-05-01,3,2024-01-01,1,3\n");
    ck_assert_int_eq(night_scan(&n, "wide.csv long.csv"), 0);
    ck_assert_str_eq(files(), "long.csv|4|4|0|4|0|2\nwide.csv|2|1|1|5|4|1\n");
    ck_assert_str_eq(findings(), "CORE-0001|professional/A/1|6000|hit\nCORE-0002|professional/A|13000|hit\n");
    ck_assert_str_eq(stats(), "CORE-0001|5|1|0|0|4|-\nCORE-0002|2|1|0|0|1|-\n");
}
END_TEST

/* Sampled units of lines that fall must not take places from others: more than the spare candidates fall here. */
START_TEST(the_sample_of_unknown_units_does_not_depend_on_order)
{
    static char rows[64 * 1024];
    for (int file = 0; file < 3; file++) {
        char name[24];
        snprintf(name, sizeof name, "f%d.csv", file);
        strcpy(rows, HEADER);
        for (int i = 0; i < 200; i++) {
            char row[96];
            bool answered = file == 2 && i % 4;    /* a later version of a claim of the first file */
            int claim = file == 2 ? i : file * 200 + i;
            snprintf(row, sizeof row, "U%d,professional,,2024-0%d-01,1,2024-01-01,%s,%d\n", claim, file + 1,
                     answered ? "1" : "", i);
            strcat(rows, row);
        }
        night_put(&n, name, rows);
    }
    ck_assert_int_eq(night_scan(&n, "f0.csv f1.csv f2.csv"), 0);
    const char *one = night_report(&n);
    ck_assert_str_eq(night_ask(&n, "SELECT offered, unknown, pass FROM v_rule_stats WHERE rule_id = 'CORE-0001'"),
                     "400|250|150\n");
    int stored = atoi(night_ask(&n, "SELECT count(*) FROM v_findings_all WHERE outcome = 'unknown'"));
    ck_assert_int_gt(stored, 60);
    ck_assert_int_lt(stored, 100);    /* 150 of 400 units fell out of the 128 candidates, too */
    static const char *const orders[] = {"f2.csv f1.csv f0.csv", "f1.csv f2.csv f0.csv", "f2.csv f0.csv f1.csv"};
    for (size_t i = 0; i < 3; i++) {
        night_forget(&n);
        n.options.batch_rows = 7;
        ck_assert_int_eq(night_scan(&n, orders[i]), 0);
        ck_assert_str_eq(night_report(&n), one);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_repeated_file_changes_nothing_but_its_own_counts);
    tcase_add_test(tcase, a_superseded_line_takes_its_finding_and_its_counts_along);
    tcase_add_test(tcase, reversals_are_not_offered_and_drop_nothing);
    tcase_add_test(tcase, rows_all_sees_reversals_too);
    tcase_add_test(tcase, a_wide_row_stays_while_a_line_of_it_does);
    tcase_add_test(tcase, the_sample_of_unknown_units_does_not_depend_on_order);
}

CA_CHECK_MAIN("run/settle", add_tests)
