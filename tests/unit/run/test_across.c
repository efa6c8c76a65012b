/* Tests of run/across.c: reversals that undo lines of other claims. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "run/state.h"
#include "support/check_main.h"
#include "support/night.h"

static night n;

#define HEADER "script,pos,kind,rx,pharmacy,day,amount,paid_on\n"

static const char layout[] =
    "  - layout: scripts\n    records: claims\n    columns: [script, pos, kind, rx]\n    optional: yes\n"
    "    fields: {claim_id: script, claim_type: {value: pharmacy}, line_no: pos, prescription_number: rx, pharmacy_id: pharmacy,\n"
    "      service_date: day, paid: amount, paid_date: paid_on}\n"
    "    status: {column: kind, values: {S: reversal, V: void}}\n"
    "    reversal: {keys: [pharmacy_id, prescription_number], opposite: [paid]}\n";

static void setup(void)
{
    ca_text profile;
    night_init(&n);
    night_rule(&n, "CORE-0001", "line", "paid > 50", "unless:\n  - {name: sixty, reason: sixty, when: paid = 60}\n");
    night_rule(&n, "CORE-0002", "claim", "sum(paid) > 100", "");
    night_rule(&n, "CORE-0003", "line", "paid > 50", "rows: all\n");
    ck_assert(memdisk_get(n.memory, "night.yaml", &profile));
    night_put(&n, "night.yaml", ca_arena_printf(&n.arena, "%.*s%s", (int)profile.len, profile.ptr, layout));
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

static void scan(const char *inputs)
{
    night_forget(&n);
    ck_assert_msg(night_scan(&n, inputs) == 0, "%s", night_said(&n));
}

START_TEST(a_line_of_another_claim_falls_in_any_order)
{
    static const char *const orders[] = {"a.csv b.csv", "b.csv a.csv"};
    night_put(&n, "a.csv", HEADER "A,1,,R1,P,2024-01-01,70,2024-01-01\nA,2,,R2,P,2024-01-01,80,2024-01-01\n"
                                  "B,1,,R3,P,2024-01-01,60,2024-01-01\n");
    night_put(&n, "b.csv", HEADER "C,1,S,R1,P,,-70,2024-01-02\nC,2,,R4,P,2024-01-01,90,2024-01-02\nD,1,S,R3,P,,-60,2024-01-02\n");
    for (size_t i = 0; i < 2; i++) {
        scan(orders[i]);
        ck_assert_str_eq(subjects("CORE-0001"), "pharmacy/A/2\npharmacy/C/2\n");
        ck_assert_str_eq(subjects("CORE-0002"), "");    /* A has 80 left of 150 */
        ck_assert_str_eq(subjects("CORE-0003"), "pharmacy/A/1\npharmacy/A/2\npharmacy/B/1\npharmacy/C/2\n");
        ck_assert_str_eq(night_ask(&n, "SELECT offered, hit, excused, pass FROM v_rule_stats WHERE rule_id = 'CORE-0001'"),
                         "2|2|0|0\n");
        ck_assert_str_eq(night_ask(&n, "SELECT offered, hit FROM v_rule_stats WHERE rule_id = 'CORE-0002'"), "2|0\n");
        ck_assert_uint_eq(n.summary.lines_undone, 2);
        ck_assert_uint_eq(n.summary.claims, 4);
        ck_assert(noted("2 lines were undone by reversals; 1 findings on them were taken back"));
        ck_assert(!noted("found no line"));
    }
}
END_TEST

START_TEST(what_differs_is_not_undone)
{
    static const char *const reversals[] = {
        "C,1,S,R2,P,,-70,2024-01-02",    /* another prescription */
        "C,1,S,R1,Q,,-70,2024-01-02",    /* another pharmacy */
        "C,1,S,R1,P,,-71,2024-01-02",    /* another amount */
        "C,1,S,R1,P,,70,2024-01-02",
        "C,1,S,R1,,,-70,2024-01-02",     /* a key is missing */
        "C,1,S,R1,P,,-70,2023-12-31",    /* before the line */
    };
    for (size_t i = 0; i < sizeof reversals / sizeof *reversals; i++) {
        night_put(&n, "a.csv", ca_arena_printf(&n.arena, HEADER "A,1,,R1,P,2024-01-01,70,2024-01-01\n%s\n", reversals[i]));
        scan("a.csv");
        ck_assert_msg(strcmp(subjects("CORE-0001"), "pharmacy/A/1\n") == 0, "%s", reversals[i]);
        ck_assert(noted("1 reversals found no line to undo"));
    }
}
END_TEST

/* Of lines paid at one time the last by service date, claim, line. */
START_TEST(ties_go_to_the_last_in_the_total_order)
{
    static const struct {
        const char *rows, *stays;
    } cases[] = {
        {"A,1,,R1,P,2024-01-02,70,\nB,1,,R1,P,2024-01-01,70,\n", "pharmacy/B/1\n"},
        {"B,1,,R1,P,2024-01-01,70,\nA,2,,R1,P,2024-01-01,70,\n", "pharmacy/A/2\n"},
        {"A,2,,R1,P,2024-01-01,70,\nA,1,,R1,P,2024-01-01,70,\n", "pharmacy/A/1\n"},
        {"A,1,,R1,P,2024-01-02,70,2024-01-03\nB,1,,R1,P,2024-01-01,70,2024-01-04\n", "pharmacy/A/1\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        night_put(&n, "a.csv", ca_arena_printf(&n.arena, HEADER "%s", cases[i].rows));
        night_put(&n, "b.csv", HEADER "C,1,S,R1,P,,-70,2024-01-09\n");
        scan(i % 2 ? "a.csv b.csv" : "b.csv a.csv");
        ck_assert_str_eq(subjects("CORE-0001"), cases[i].stays);
    }
}
END_TEST

/* What a void or a newer version takes out is not there for a reversal. */
START_TEST(only_standing_lines_take_part)
{
    night_put(&n, "a.csv", HEADER "A,1,,R1,P,2024-01-01,70,2024-01-01\nB,1,,R1,P,2024-01-02,70,2024-01-02\n"
                                  "B,1,V,R1,P,2024-01-02,0,2024-01-03\nC,1,S,R1,P,,-70,2024-01-04\n");
    scan("a.csv");
    ck_assert_str_eq(subjects("CORE-0001"), "");
    ck_assert_uint_eq(n.summary.lines_undone, 2);
    ck_assert(noted("2 lines were undone by reversals and voids"));
    night_put(&n, "a.csv", HEADER "A,1,,R1,P,2024-01-01,70,2024-01-01\nA,1,,R1,P,2024-01-01,71,2024-01-02\n"
                                  "C,1,S,R1,P,,-70,2024-01-04\n");
    scan("a.csv");
    ck_assert_str_eq(subjects("CORE-0001"), "pharmacy/A/1\n");
    ck_assert(noted("1 reversals found no line to undo"));
}
END_TEST

START_TEST(each_line_falls_once)
{
    night_put(&n, "a.csv", HEADER "A,1,,R1,P,2024-01-01,70,\nB,1,S,R1,P,,-70,\nC,1,S,R1,P,,-70,\nC,1,S,R1,P,,-70,\n");
    scan("a.csv");
    ck_assert_uint_eq(n.summary.lines_undone, 1);
    ck_assert(noted("1 reversals found no line to undo"));
}
END_TEST

/* Settles with the at-th allocation missing, and without a report. */
static int settle(uint64_t at, uint64_t *ret_undone)
{
    ca_arena arena;
    ca_scan_summary summary = {0};
    ca_arena_init(&arena);
    ca_scan_state scan = {.options = &n.options, .summary = &summary, .arena = &arena};
    int rc = ca_engine_begin(&scan, &n.diags, &n.err);
    rc = rc ? rc : ca_read_claims(&scan, &n.err);
    ck_assert_int_eq(rc, 0);
    ca_alloc_fail(at, 0);
    rc = ca_settle(&scan, &n.err);
    ca_alloc_fail(0, 0);
    *ret_undone = scan.lines_undone;
    ca_engine_end(&scan);
    ca_arena_done(&arena);
    return rc;
}

START_TEST(no_allocation_may_be_missed)
{
    static const char *const inputs[] = {"a.csv"};
    uint64_t undone, at = 1;
    int rc;
    night_put(&n, "a.csv", HEADER "A,1,,R1,P,2024-01-01,70,\nA,2,,R9,P,2024-01-01,70,\nB,1,S,R1,P,,-70,\n");
    n.options.inputs = inputs;
    n.options.input_count = 1;
    n.options.db = NULL;
    n.options.work = n.folder;
    while ((rc = settle(at, &undone)) != 0) {
        ck_assert_int_eq(rc, CA_NOMEM);
        ck_assert_str_eq(night_left(&n), "");
        at++;
    }
    ck_assert_uint_eq(undone, 1);
    ck_assert_uint_gt(at, 20);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_line_of_another_claim_falls_in_any_order);
    tcase_add_test(tcase, what_differs_is_not_undone);
    tcase_add_test(tcase, ties_go_to_the_last_in_the_total_order);
    tcase_add_test(tcase, only_standing_lines_take_part);
    tcase_add_test(tcase, each_line_falls_once);
    tcase_add_test(tcase, no_allocation_may_be_missed);
}

CA_CHECK_MAIN("run/across", add_tests)
