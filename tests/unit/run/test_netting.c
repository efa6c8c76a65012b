/* Tests of run/netting.c: what reversals undo, with a near miss for everything that has to agree. */
#include <stdio.h>
#include <string.h>

#include "support/check_main.h"
#include "support/night.h"

static night n;

#define HEADER "bill,pos,kind,code,day,n,amount,paid_on\n"

static const char layouts[] =
    "  - layout: bills\n    records: claims\n    columns: [bill, pos, kind]\n    not_columns: [undoes]\n    optional: yes\n"
    "    fields: {claim_id: bill, claim_type: {value: dental}, line_no: pos, procedure: {column: code, system: hcpcs},\n"
    "      service_date: day, units: n, paid: amount, paid_date: paid_on}\n"
    "    status: {column: kind, values: {S: reversal, D: denied, V: void}}\n"
    "    reversal: {keys: [claim_id, procedure, service_date], opposite: [units, paid]}\n"
    "  - layout: named\n    records: claims\n    columns: [bill, pos, kind, undoes]\n    optional: yes\n"
    "    fields: {claim_id: bill, claim_type: {value: dental}, line_no: pos, original_claim_id: undoes, paid: amount,\n"
    "      units: n, paid_date: paid_on}\n"
    "    status: {column: kind, values: {S: reversal, V: void}}\n"
    "    reversal: {of: claim}\n"
    "  - layout: teeth\n    records: claims\n    columns: [bill, pos, kind, tooth]\n    not_columns: [undoes]\n"
    "    fields: {claim_id: bill, claim_type: {value: dental}, line_no: pos, paid: amount}\n"
    "    extra: {tooth: {column: tooth, type: text}}\n"
    "    status: {column: kind, values: {S: reversal}}\n"
    "    reversal: {keys: claim_id, same: x.tooth, opposite: paid}\n"
    "  - layout: first\n    records: claims\n    columns: [first, pos]\n"
    "    fields: {claim_id: first, claim_type: {value: dental}, line_no: pos, paid: amount}\n"
    "    reversal: {keys: claim_id, opposite: paid}\n"
    "  - layout: back\n    records: claims\n    columns: [back, pos]\n"
    "    fields: {claim_id: back, claim_type: {value: dental}, claim_status: {value: reversal}, line_no: pos, paid: given}\n"
    "    reversal: {keys: claim_id, opposite: paid}\n";

static void setup(void)
{
    ca_text profile;
    night_init(&n);
    night_rule(&n, "CORE-0001", "line", "paid > 50", "unless:\n  - {name: two, reason: two of them, when: units = 2}\n");
    night_rule(&n, "CORE-0002", "claim", "sum(paid) > 100", "");
    night_rule(&n, "CORE-0003", "line", "paid > 50", "rows: all\n");
    ck_assert(memdisk_get(n.memory, "night.yaml", &profile));
    night_put(&n, "night.yaml", ca_arena_printf(&n.arena, "%.*s%s", (int)profile.len, profile.ptr, layouts));
}

static void teardown(void)
{
    night_done(&n);
}

static const char *subjects(const char *rule)
{
    return night_ask(&n, ca_arena_printf(&n.arena, "SELECT subject_id FROM v_findings WHERE rule_id = '%s' ORDER BY 1", rule));
}

static const char *stats(const char *rule)
{
    return night_ask(&n, ca_arena_printf(&n.arena, "SELECT offered, hit, excused, unknown, pass FROM v_rule_stats"
                                                   " WHERE rule_id = '%s'", rule));
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

static void scan(const char *inputs)
{
    night_forget(&n);
    ck_assert_msg(night_scan(&n, inputs) == 0, "%s", night_said(&n));
}

START_TEST(a_reversal_undoes_the_line_that_agrees)
{
    night_put(&n, "a.csv", HEADER "A,1,,X1,2024-01-01,1,60,\nA,2,S,X1,2024-01-01,-1,-60,\nA,3,,X2,2024-01-01,1,70,\n");
    scan("a.csv");
    ck_assert_str_eq(subjects("CORE-0001"), "dental/A/3\n");
    ck_assert_str_eq(stats("CORE-0001"), "1|1|0|0|0\n");
    ck_assert_str_eq(stats("CORE-0002"), "1|0|0|0|1\n");
    ck_assert_str_eq(subjects("CORE-0003"), "dental/A/1\ndental/A/3\n");    /* it asked for all rows */
    ck_assert_str_eq(stats("CORE-0003"), "3|2|0|0|1\n");
    ck_assert_uint_eq(n.summary.lines_undone, 1);
    ck_assert(noted("1 lines were undone by reversals; 1 findings on them were taken back"));
    ck_assert(!noted("found no line"));
    ck_assert_str_eq(night_ask(&n, "SELECT rows_accepted, rows_skipped, lines_dropped FROM v_files"), "3|0|0\n");
    ck_assert_str_eq(night_ask(&n, "SELECT lines, lines_undone, findings_undone FROM v_runs"), "3|1|1\n");
}
END_TEST

/* Fields under `same` may be missing, but then on both sides. */
START_TEST(what_both_lack_is_the_same)
{
    static const struct {
        const char *line, *reversal;
        uint64_t undone;
    } cases[] = {{"36", "36", 1}, {"", "", 1}, {"36", "", 0}, {"", "36", 0}, {"36", "37", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        night_put(&n, "a.csv", ca_arena_printf(&n.arena, "bill,pos,kind,tooth,amount\nA,1,,%s,60\nA,2,S,%s,-60\n",
                                               cases[i].line, cases[i].reversal));
        scan("a.csv");
        ck_assert_uint_eq(n.summary.lines_undone, cases[i].undone);
    }
}
END_TEST

/* Each reversal misses its line by one thing. */
START_TEST(what_differs_is_not_undone)
{
    static const char *const reversals[] = {
        "A,2,S,X2,2024-01-01,-1,-60,",    /* another procedure */
        "A,2,S,X1,2024-01-02,-1,-60,",    /* another day */
        "A,2,S,X1,2024-01-01,-1,-61,",    /* another amount */
        "A,2,S,X1,2024-01-01,-2,-60,",    /* another number */
        "A,2,S,X1,2024-01-01,1,-60,",     /* not the opposite number */
        "A,2,S,X1,2024-01-01,-1,60,",     /* not the opposite amount */
        "A,2,S,,2024-01-01,-1,-60,",      /* no procedure */
        "A,2,S,X1,2024-01-01,-1,,",       /* no amount */
        "B,2,S,X1,2024-01-01,-1,-60,",    /* another claim */
        "A,2,V,X1,2024-01-01,-1,-60,",    /* no reversal */
    };
    for (size_t i = 0; i < sizeof reversals / sizeof *reversals; i++) {
        night_put(&n, "a.csv", ca_arena_printf(&n.arena, HEADER "A,1,,X1,2024-01-01,1,60,\n%s\n", reversals[i]));
        scan("a.csv");
        ck_assert_msg(strcmp(subjects("CORE-0001"), "dental/A/1\n") == 0, "%s", reversals[i]);
        ck_assert_uint_eq(n.summary.lines_undone, 0);
        bool void_row = strstr(reversals[i], ",V,") != NULL;
        ck_assert_msg(noted("1 reversals found no line to undo") == !void_row, "%s", reversals[i]);
    }
}
END_TEST

START_TEST(a_line_without_a_value_is_undone_by_nothing)
{
    night_put(&n, "a.csv", HEADER "A,1,,,2024-01-01,1,60,\nA,2,S,,2024-01-01,-1,-60,\n");
    scan("a.csv");
    ck_assert_str_eq(subjects("CORE-0001"), "dental/A/1\n");
}
END_TEST

START_TEST(the_latest_line_falls_first)
{
    night_put(&n, "a.csv", HEADER "A,1,,X1,2024-01-01,1,60,2024-02-01\nA,2,,X1,2024-01-01,1,60,2024-02-03\n"
                                  "A,3,,X1,2024-01-01,1,60,2024-02-05\nA,4,S,X1,2024-01-01,-1,-60,2024-02-04\n");
    scan("a.csv");
    ck_assert_str_eq(subjects("CORE-0001"), "dental/A/1\ndental/A/3\n");
}
END_TEST

START_TEST(of_equal_lines_the_last_falls)
{
    night_put(&n, "a.csv", HEADER "A,4,S,X1,2024-01-01,-1,-60,\nA,2,,X1,2024-01-01,1,60,\nA,1,,X1,2024-01-01,1,60,\n"
                                  "A,3,,X1,2024-01-01,1,60,\n");
    scan("a.csv");
    ck_assert_str_eq(subjects("CORE-0001"), "dental/A/1\ndental/A/2\n");
}
END_TEST

START_TEST(each_line_falls_once)
{
    night_put(&n, "a.csv", HEADER "A,1,,X1,2024-01-01,1,60,\nA,2,S,X1,2024-01-01,-1,-60,\nA,3,S,X1,2024-01-01,-1,-60,\n");
    scan("a.csv");
    ck_assert_uint_eq(n.summary.lines_undone, 1);
    ck_assert(noted("1 reversals found no line to undo"));
}
END_TEST

START_TEST(a_reversal_delivered_twice_undoes_once)
{
    night_put(&n, "a.csv", HEADER "A,1,,X1,2024-01-01,1,60,\nA,2,,X1,2024-01-01,1,60,\n");
    night_put(&n, "b.csv", HEADER "A,3,S,X1,2024-01-01,-1,-60,\n");
    night_put(&n, "c.csv", HEADER "A,3,S,X1,2024-01-01,-1,-60,\n");
    scan("c.csv b.csv a.csv");
    ck_assert_uint_eq(n.summary.lines_undone, 1);
    ck_assert_str_eq(subjects("CORE-0001"), "dental/A/1\n");
}
END_TEST

START_TEST(denied_lines_can_be_undone_and_voids_cannot)
{
    night_put(&n, "a.csv", HEADER "A,1,D,X1,2024-01-01,1,60,\nA,2,S,X1,2024-01-01,-1,-60,\nB,1,V,X1,2024-01-01,1,60,\n"
                                  "B,2,S,X1,2024-01-01,-1,-60,\n");
    scan("a.csv");
    ck_assert_uint_eq(n.summary.lines_undone, 1);
    ck_assert(noted("1 reversals found no line to undo"));
}
END_TEST

START_TEST(excused_and_unknown_units_are_taken_back_too)
{
    night_put(&n, "a.csv", HEADER "A,1,,X1,2024-01-01,2,60,\nA,2,S,X1,2024-01-01,-2,-60,\nB,1,,X1,2024-01-01,2,60,\n");
    scan("a.csv");
    ck_assert_str_eq(stats("CORE-0001"), "1|0|1|0|0\n");
    ck_assert_str_eq(night_ask(&n, "SELECT subject_id FROM v_findings_all WHERE rule_id = 'CORE-0001'"), "dental/B/1\n");
}
END_TEST

START_TEST(a_named_claim_falls_as_a_whole_in_any_order)
{
    static const char *const orders[] = {"a.csv b.csv", "b.csv a.csv"};
    night_put(&n, "a.csv", "bill,pos,kind,n,amount,paid_on\nA,1,,1,60,2024-02-01\nA,2,,1,70,2024-02-01\n"
                           "A,3,,1,80,2024-02-09\nB,1,,1,90,2024-02-01\n");
    night_put(&n, "b.csv", "bill,pos,kind,undoes,n,amount,paid_on\nS9,1,S,A,-1,-130,2024-02-05\nS8,1,S,C,-1,-130,2024-02-05\n");
    for (size_t i = 0; i < 2; i++) {
        scan(orders[i]);
        ck_assert_str_eq(subjects("CORE-0001"), "dental/A/3\ndental/B/1\n");
        ck_assert_str_eq(subjects("CORE-0002"), "");
        ck_assert_uint_eq(n.summary.lines_undone, 2);
        ck_assert_uint_eq(n.summary.claims, 4);
        ck_assert(noted("1 reversals found no line to undo"));
    }
}
END_TEST

/* The lines that fall have a layout without reversals. */
START_TEST(reversals_may_come_in_a_layout_of_their_own)
{
    static const char *const orders[] = {"a.csv b.csv", "b.csv a.csv"};
    night_put(&n, "a.csv", "first,pos,amount\nA,1,60\nA,2,70\n");
    night_put(&n, "b.csv", "back,pos,given\nA,3,-60\n");
    for (size_t i = 0; i < 2; i++) {
        scan(orders[i]);
        ck_assert_str_eq(subjects("CORE-0001"), "dental/A/2\n");
        ck_assert_uint_eq(n.summary.lines_undone, 1);
    }
}
END_TEST

/* That the named claim is there is not enough: a line of it must fall. */
START_TEST(reversals_that_undo_nothing_are_counted)
{
#define NAMED "bill,pos,kind,undoes,n,amount,paid_on\n"
    static const struct {
        const char *rows, *note;
    } cases[] = {
        {"A,1,S,A,-1,-60,2024-02-05\n", "1 reversals found"},                                   /* itself */
        {"A,1,S,,-1,-60,2024-02-05\n", "1 reversals found"},                                    /* nothing */
        {"B,1,S,A,-1,-60,2024-02-05\nA,1,,,1,60,2024-02-06\n", "1 reversals found"},            /* what came later */
        {"B,1,S,A,-1,-60,2024-02-05\nA,1,V,,1,60,2024-02-01\n", "1 reversals found"},           /* a void */
        {"B,1,S,A,-1,-60,2024-02-05\nB,1,S,A,-1,-60,2024-02-05\n", "1 reversals found"},        /* twice the same */
        {"B,1,S,A,-1,-60,2024-02-05\nB,2,S,A,-1,-60,2024-02-05\n", "2 reversals found"},
        {"B,1,S,A,-1,-60,2024-02-05\nB,2,S,A,-1,-60,2024-01-05\nA,1,,,1,60,2024-02-01\n", "1 reversals found"},
        {"B,1,S,A,-1,-60,2024-02-05\nB,2,S,A,-1,-60,2024-02-05\nA,1,,,1,60,2024-02-01\n", NULL},
        {"A,1,S,A,-1,-60,2024-02-05\nA,2,,,1,60,2024-02-01\n", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        night_put(&n, "a.csv", ca_arena_printf(&n.arena, NAMED "%s", cases[i].rows));
        scan("a.csv");
        ck_assert_msg(noted(cases[i].note ? cases[i].note : "found no line") == (cases[i].note != NULL), "%s",
                      cases[i].rows);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, reversals_that_undo_nothing_are_counted);
    tcase_add_test(tcase, reversals_may_come_in_a_layout_of_their_own);
    tcase_add_test(tcase, what_both_lack_is_the_same);
    tcase_add_test(tcase, a_reversal_undoes_the_line_that_agrees);
    tcase_add_test(tcase, what_differs_is_not_undone);
    tcase_add_test(tcase, a_line_without_a_value_is_undone_by_nothing);
    tcase_add_test(tcase, the_latest_line_falls_first);
    tcase_add_test(tcase, of_equal_lines_the_last_falls);
    tcase_add_test(tcase, each_line_falls_once);
    tcase_add_test(tcase, a_reversal_delivered_twice_undoes_once);
    tcase_add_test(tcase, denied_lines_can_be_undone_and_voids_cannot);
    tcase_add_test(tcase, excused_and_unknown_units_are_taken_back_too);
    tcase_add_test(tcase, a_named_claim_falls_as_a_whole_in_any_order);
}

CA_CHECK_MAIN("run/netting", add_tests)
