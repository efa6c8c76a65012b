/* Tests of run/netting_named.c: what voids and replacements take out, with near misses. */
#include <stdio.h>
#include <string.h>

#include "support/check_main.h"
#include "support/night.h"

static night n;

#define HEADER "claim_id,claim_type,line_no,claim_status,original_claim_id,paid_date,claim_version,paid\n"

static void setup(void)
{
    night_init(&n);
    night_rule(&n, "CORE-0001", "line", "paid > 50", "");
    night_rule(&n, "CORE-0002", "claim", "sum(paid) > 100", "");
    night_rule(&n, "CORE-0003", "line", "paid > 50", "rows: all\n");
}

static void teardown(void)
{
    night_done(&n);
}

static const char *subjects(const char *rule)
{
    return night_ask(&n, ca_arena_printf(&n.arena, "SELECT subject_id FROM v_findings WHERE rule_id = '%s' ORDER BY 1", rule));
}

static bool noted(const char *words)
{
    for (size_t i = 0; i < n.summary.note_count; i++) {
        if (strstr(n.summary.notes[i], words)) {
            return true;
        }
    }
    return false;
}

/* Rows in one file, then one file a row in another order: with the same outcome. */
static void scan(const char *rows)
{
    char names[256] = "";
    const char *report;
    int files = 0;
    night_put(&n, "all.csv", ca_arena_printf(&n.arena, HEADER "%s", rows));
    night_forget(&n);
    ck_assert_msg(night_scan(&n, "all.csv") == 0, "%s", night_said(&n));
    report = ca_arena_printf(&n.arena, "%s%s", subjects("CORE-0001"), subjects("CORE-0003"));
    uint64_t undone = n.summary.lines_undone, dropped = n.summary.lines_dropped;
    for (const char *at = rows; *at; at = strchr(at, '\n') + 1, files++) {
        char path[16];
        int len = (int)(strchr(at, '\n') - at);
        snprintf(path, sizeof path, "%c.csv", 'z' - files);
        night_put(&n, path, ca_arena_printf(&n.arena, HEADER "%.*s\n", len, at));
        strcat(strcat(names, path), " ");
    }
    night_forget(&n);
    ck_assert_msg(night_scan(&n, names) == 0, "%s", night_said(&n));
    ck_assert_str_eq(ca_arena_printf(&n.arena, "%s%s", subjects("CORE-0001"), subjects("CORE-0003")), report);
    ck_assert_uint_eq(n.summary.lines_undone, undone);
    ck_assert_uint_eq(n.summary.lines_dropped, dropped);
}

START_TEST(a_void_takes_out_the_line_of_its_key)
{
    scan("A,dental,1,,,2024-01-05,,60\nA,dental,2,,,2024-01-05,,70\nA,dental,1,void,,2024-01-05,,0\n");
    ck_assert_str_eq(subjects("CORE-0001"), "dental/A/2\n");
    ck_assert_str_eq(subjects("CORE-0002"), "");
    ck_assert_str_eq(subjects("CORE-0003"), "dental/A/1\ndental/A/2\n");
    ck_assert(noted("1 lines were undone by voids; 1 findings on them were taken back"));
    ck_assert(!noted("found no line"));
    ck_assert_str_eq(night_ask(&n, "SELECT lines, lines_undone, findings_undone, lines_dropped FROM v_runs"), "3|1|1|0\n");
    ck_assert_str_eq(night_ask(&n, "SELECT offered, hit, pass FROM v_rule_stats WHERE rule_id = 'CORE-0001'"), "1|1|0\n");
    ck_assert_str_eq(night_ask(&n, "SELECT sum(rows_accepted), sum(rows_skipped) FROM v_files"), "3|0\n");
}
END_TEST

/* The date of payment decides, whatever the versions; a date that is missing is older than any. */
START_TEST(a_void_beats_what_is_not_later)
{
    static const struct {
        const char *line, *voids;
        bool falls;
    } cases[] = {
        {"2024-01-05,", "2024-01-05,", true},  {"2024-01-05,9", "2024-01-05,1", true},
        {"2024-01-05,", "2024-01-06,", true},  {"2024-01-06,", "2024-01-05,", false},
        {",", ",", true},                      {",", "2024-01-05,", true},
        {"2024-01-05,", ",9", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static const char *const forms[] = {"A,dental,1,void,", "V,dental,1,void,A"};
        for (size_t k = 0; k < 2; k++) {
            scan(ca_arena_printf(&n.arena, "A,dental,1,,,%s,60\n%s,%s,0\n", cases[i].line, forms[k], cases[i].voids));
            ck_assert_msg(strcmp(subjects("CORE-0001"), cases[i].falls ? "" : "dental/A/1\n") == 0, "%zu", i);
            ck_assert(noted("1 voids found no line to undo") == !cases[i].falls);
        }
    }
}
END_TEST

START_TEST(a_void_of_something_else_waits)
{
    static const char *const voids[] = {
        "A,dental,2,void,,2024-01-09,,0\n",        /* another line */
        "A,pharmacy,1,void,,2024-01-09,,0\n",      /* another type */
        "B,dental,1,void,,2024-01-09,,0\n",        /* another claim */
        "V,dental,1,void,B,2024-01-09,,0\n",
        "V,pharmacy,1,void,A,2024-01-09,,0\n",
        "A,dental,1,void,B,2024-01-09,,0\n",       /* it names another claim than its own */
    };
    for (size_t i = 0; i < sizeof voids / sizeof *voids; i++) {
        scan(ca_arena_printf(&n.arena, "A,dental,1,,,2024-01-05,,60\n%s", voids[i]));
        ck_assert_msg(strcmp(subjects("CORE-0001"), "dental/A/1\n") == 0, "%s", voids[i]);
        ck_assert(noted("1 voids found no line to undo"));
        ck_assert_uint_eq(n.summary.lines_undone, 0);
        ck_assert_str_eq(night_ask(&n, "SELECT sum(rows_accepted) FROM v_files"), "2\n");
    }
}
END_TEST

START_TEST(a_named_claim_is_voided_as_a_whole)
{
    scan("A,dental,1,,,2024-01-05,,60\nA,dental,2,denied,,2024-01-05,,70\nA,dental,3,,,2024-01-09,,80\n"
         "V,dental,1,void,A,2024-01-06,,0\nA,pharmacy,1,,,2024-01-05,,90\n");
    ck_assert_str_eq(subjects("CORE-0001"), "dental/A/3\npharmacy/A/1\n");
    ck_assert_uint_eq(n.summary.lines_undone, 2);
    scan("A,dental,1,,,,,60\nA,dental,2,,,,,70\nA,dental,9,void,A,,,0\n");    /* under its own id, too */
    ck_assert_str_eq(subjects("CORE-0001"), "");
}
END_TEST

/* Its line was superseded meanwhile: there is nothing to undo, and nothing is missing. */
START_TEST(a_void_of_a_superseded_line_has_its_answer)
{
    scan("A,dental,1,,,2024-01-01,,60\nA,dental,1,void,,2024-01-02,,0\nA,dental,1,,,2024-01-03,,70\n");
    ck_assert_str_eq(subjects("CORE-0001"), "dental/A/1\n");
    ck_assert_uint_eq(n.summary.lines_undone, 0);
    ck_assert_uint_eq(n.summary.lines_dropped, 1);
    ck_assert(!noted("found no line"));
}
END_TEST

START_TEST(a_void_delivered_twice_is_one)
{
    scan("A,dental,1,,,,,60\nA,dental,1,void,,,,0\nA,dental,1,void,,,,0\nB,dental,1,void,,,,0\nB,dental,1,void,,,,0\n"
         "V,dental,1,void,C,,,0\nV,dental,1,void,C,,,0\n");
    ck_assert_uint_eq(n.summary.lines_undone, 1);
    ck_assert(noted("2 voids found no line to undo"));
}
END_TEST

/* As a newer version under the same id would, and as a whole. */
START_TEST(a_replacement_under_another_id_supersedes)
{
    scan("A,dental,1,,,2024-01-05,,60\nA,dental,2,,,2024-01-05,,70\nB,dental,1,replacement,A,2024-01-06,,80\n"
         "A,dental,3,,,2024-01-07,,90\nA,pharmacy,1,,,2024-01-05,,65\n");
    ck_assert_str_eq(subjects("CORE-0001"), "dental/A/3\ndental/B/1\npharmacy/A/1\n");
    ck_assert_str_eq(subjects("CORE-0003"), "dental/A/3\ndental/B/1\npharmacy/A/1\n");    /* no rule sees them */
    ck_assert_uint_eq(n.summary.lines_dropped, 2);
    ck_assert_uint_eq(n.summary.lines_undone, 0);
    ck_assert_uint_eq(n.summary.claims, 3);
    ck_assert_str_eq(night_ask(&n, "SELECT sum(rows_accepted), sum(rows_skipped) FROM v_files"), "3|2\n");
}
END_TEST

START_TEST(what_replaces_no_other_claim)
{
    static const char *const rows[] = {
        "A,dental,2,replacement,A,2024-01-09,,80\n",     /* its own: line by line, as versions do */
        "B,dental,1,replacement,A,2024-01-04,,80\n",     /* an older one */
        "B,dental,1,replacement,,2024-01-09,,80\n",
        "B,dental,1,original,A,2024-01-09,,80\n",
        "B,pharmacy,1,replacement,A,2024-01-09,,80\n",
        "B,dental,1,replacement,C,2024-01-09,,80\n",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        scan(ca_arena_printf(&n.arena, "A,dental,1,,,2024-01-05,,60\n%s", rows[i]));
        ck_assert_msg(strncmp(subjects("CORE-0001"), "dental/A/1\n", 11) == 0, "%s", rows[i]);
        ck_assert_uint_eq(n.summary.lines_dropped, 0);
    }
}
END_TEST

START_TEST(chains_of_replacements_leave_the_last)
{
    scan("A,dental,1,,,2024-01-01,,60\nB,dental,1,replacement,A,2024-01-02,,70\nC,dental,1,replacement,B,2024-01-03,,80\n");
    ck_assert_str_eq(subjects("CORE-0001"), "dental/C/1\n");
    scan("A,dental,1,,,2024-01-01,,60\nB,dental,1,replacement,A,2024-01-02,,70\nC,dental,1,replacement,B,2024-01-03,,80\n"
         "V,dental,1,void,C,2024-01-04,,0\n");
    ck_assert_str_eq(subjects("CORE-0001"), "");
    ck_assert_uint_eq(n.summary.lines_undone, 1);
    ck_assert_uint_eq(n.summary.lines_dropped, 2);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_void_takes_out_the_line_of_its_key);
    tcase_add_test(tcase, a_void_beats_what_is_not_later);
    tcase_add_test(tcase, a_void_of_something_else_waits);
    tcase_add_test(tcase, a_named_claim_is_voided_as_a_whole);
    tcase_add_test(tcase, a_void_of_a_superseded_line_has_its_answer);
    tcase_add_test(tcase, a_void_delivered_twice_is_one);
    tcase_add_test(tcase, a_replacement_under_another_id_supersedes);
    tcase_add_test(tcase, what_replaces_no_other_claim);
    tcase_add_test(tcase, chains_of_replacements_leave_the_last);
}

CA_CHECK_MAIN("run/netting_named", add_tests)
