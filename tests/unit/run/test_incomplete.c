/* Tests of run/incomplete.c and of what settling tells of claims and lines: claims that lack a row, lines that fall. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/state.h"
#include "support/check_main.h"
#include "support/night.h"

static night n;

#define HEADER "claim_id,claim_type,line_no,claim_status,patient_id,paid\n"

static void setup(void)
{
    night_init(&n);
    n.options.max_rejects_share = true;
    n.options.max_rejects = 1000000;
    night_rule(&n, "CORE-0001", "claim", "sum(paid) > 100", "");
    night_rule(&n, "CORE-0002", "line", "paid > 50", "");
}

static void teardown(void)
{
    night_done(&n);
}

static const char *stats(const char *rule)
{
    return night_ask(&n, ca_arena_printf(&n.arena, "SELECT offered, hit, unknown, pass, unknown_field FROM v_rule_stats"
                                                   " WHERE rule_id = '%s'", rule));
}

static void scan(const char *inputs)
{
    night_forget(&n);
    ck_assert_msg(night_scan(&n, inputs) == 0, "%s", night_said(&n));
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

START_TEST(a_claim_with_a_rejected_row_is_unknown)
{
    static const char *const orders[] = {"a.csv b.csv", "b.csv a.csv"};
    night_put(&n, "a.csv", HEADER "A,dental,1,,P1,60\nA,dental,2,,P1,70\nB,dental,1,,P2,150\nA,pharmacy,1,,P1,30\n");
    night_put(&n, "b.csv", HEADER "A,dental,x,,P1,80\nC,dental,x,,P3,1\nA,dental,y,,P1,1\n,dental,1,,P4,1\n");
    for (size_t i = 0; i < 2; i++) {
        scan(orders[i]);
        ck_assert_str_eq(stats("CORE-0001"), "3|1|1|1|claim incomplete\n");
        ck_assert_str_eq(stats("CORE-0002"), "4|3|0|1|-\n");    /* a line is whole */
        ck_assert(noted("1 claims are incomplete, because rows of them were rejected"));
    }
}
END_TEST

START_TEST(a_claim_of_nothing_but_a_rejected_row_is_none)
{
    night_put(&n, "a.csv", HEADER "A,dental,x,,P1,60\nB,dental,1,void,P1,60\nB,dental,x,,P1,60\n");
    scan("a.csv");
    ck_assert_str_eq(stats("CORE-0001"), "0|0|0|0|-\n");
    ck_assert_uint_eq(n.summary.claims, 1);
}
END_TEST

/* --- What is told to those who judge later ------------------------------------------------------- */

START_TEST(patients_of_rejected_rows_can_be_asked_for)
{
    ca_scan_state scan = {.options = &n.options, .summary = &n.summary, .arena = &n.arena};
    static const char *const inputs[] = {"a.csv"};
    ca_buf bytes;
    ca_text patient;
    uint64_t cursor = 0;
    char all[64] = "";
    ca_buf_init(&bytes);
    night_put(&n, "a.csv", HEADER "A,dental,x,,P1,60\n,dental,1,,P2,1\nA,dental,1,,P3,1\nA,dental,x,,0000,1\nA,dental,x,,P1,1\n");
    n.options.inputs = inputs;
    n.options.input_count = 1;
    ck_assert_int_eq(ca_scan_run(&scan, &n.diags, &n.err), 0);
    while (ca_incomplete_patient(&scan, &cursor, &bytes, &patient, &n.err) == 0) {
        strncat(all, patient.ptr, patient.len);
        strcat(all, " ");
    }
    ck_assert_str_eq(all, "P1 P2 P1 ");
    ca_buf_done(&bytes);
    ca_engine_end(&scan);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_claim_with_a_rejected_row_is_unknown);
    tcase_add_test(tcase, a_claim_of_nothing_but_a_rejected_row_is_none);
    tcase_add_test(tcase, patients_of_rejected_rows_can_be_asked_for);
}

CA_CHECK_MAIN("run/incomplete", add_tests)
