/* Tests of run/claims.c: lines to claim units, whatever file and place they come from. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/check_main.h"
#include "support/night.h"

static night n;

#define HEADER "claim_id,claim_type,claim_part,line_no,patient_id,from_date,service_date,claim_paid,paid,other_diagnoses\n"

static void setup(void)
{
    night_init(&n);
}

static void teardown(void)
{
    night_done(&n);
}

static void scan(const char *inputs)
{
    int rc = night_scan(&n, inputs);
    ck_assert_msg(rc == 0, "%s", night_said(&n));
}

static const char *hits(void)
{
    return night_ask(&n, "SELECT rule_id, subject_id, service_date, exposure FROM v_findings ORDER BY 1, 2");
}

START_TEST(lines_far_apart_are_one_claim)
{
    night_rule(&n, "CORE-0001", "claim", "count() = 3", "");
    night_put(&n, "a.csv", HEADER "A,inpatient,1,1,P1,2024-01-01,,,10,\nB,inpatient,1,1,P1,2024-01-01,,,10,\n"
                                  "A,inpatient,1,2,P1,2024-01-01,,,20,\n");
    night_put(&n, "b.csv", HEADER "C,inpatient,1,1,P1,2024-01-01,,,10,\nA,inpatient,1,3,P1,2024-01-01,,,30,\n"
                                  "A,outpatient,1,1,P1,2024-01-01,,,30,\n");
    scan("b.csv a.csv");
    ck_assert_str_eq(hits(), "CORE-0001|inpatient/A|2024-01-01|6000\n");
    ck_assert_str_eq(night_ask(&n, "SELECT line_no, exposure, file, row FROM v_finding_lines ORDER BY 1"),
                     "1|1000|a.csv|2\n2|2000|a.csv|4\n3|3000|b.csv|3\n");
    ck_assert_str_eq(night_ask(&n, "SELECT file, claims FROM v_files ORDER BY 1"), "a.csv|2\nb.csv|3\n");
    ck_assert_int_eq((int)n.summary.claims, 4);
}
END_TEST

START_TEST(parts_are_judged_apart_and_counted_once)
{
    night_rule(&n, "CORE-0001", "claim", "claim_paid > 5", "");
    night_put(&n, "a.csv", HEADER "A,outpatient,1,1001,P1,2024-01-01,,6,,\nA,outpatient,2,2001,P1,,,7,,\n");
    scan("a.csv");
    ck_assert_str_eq(hits(), "CORE-0001|outpatient/A|2024-01-01|600\nCORE-0001|outpatient/A#2|-|700\n");
    ck_assert_int_eq((int)n.summary.claims, 1);
}
END_TEST

/* Where lines disagree, the claim's value is missing; where they agree, it is there. */
START_TEST(header_values_must_agree)
{
    night_rule(&n, "CORE-0001", "claim", "claim_paid > 5", "");
    night_rule(&n, "CORE-0002", "claim", "other_diagnoses has 'E119'", "");
    night_put(&n, "a.csv", HEADER "A,outpatient,1,1,P1,2024-01-01,,6,,E119\nA,outpatient,1,2,P1,2024-01-01,,6,,E119;I10\n"
                                  "B,outpatient,1,1,P1,2024-01-01,,6,,E119\nB,outpatient,1,2,P1,2024-01-01,,7,,E119\n"
                                  "C,outpatient,1,1,P1,2024-01-01,,6,,\nC,outpatient,1,2,P1,2024-01-01,,,,\n"
                                  "D,outpatient,1,1,P1,2024-01-01,,6,,E119\nD,outpatient,1,2,P1,2024-01-01,,7,,E119\n"
                                  "D,outpatient,1,3,P1,2024-01-01,,6,,I10\n");
    scan("a.csv");
    ck_assert_str_eq(hits(), "CORE-0001|outpatient/A|2024-01-01|600\nCORE-0002|outpatient/B|2024-01-01|-\n");
    ck_assert_str_eq(night_ask(&n, "SELECT rule_id, hit, unknown, pass, unknown_field FROM v_rule_stats ORDER BY 1"),
                     "CORE-0001|1|3|0|claim_paid\nCORE-0002|1|2|1|other_diagnoses\n");
    ck_assert_int_eq((int)n.summary.note_count, 3);
    ck_assert_str_eq(n.summary.notes[1],
                     "claim_paid differs between the lines of 3 claims: it counts as missing there");
}
END_TEST

START_TEST(without_from_date_the_first_service_counts)
{
    night_rule(&n, "CORE-0001", "claim", "count() > 0", "");
    night_put(&n, "a.csv", "claim_id,claim_type,line_no,service_date\nA,outpatient,1,\nA,outpatient,2,2024-03-02\n"
                           "A,outpatient,3,2024-03-01\nB,outpatient,1,\n");
    scan("a.csv");
    ck_assert_str_eq(hits(), "CORE-0001|outpatient/A|2024-03-01|-\nCORE-0001|outpatient/B|-|-\n");
}
END_TEST

START_TEST(with_a_from_date_column_an_empty_one_stays_missing)
{
    night_rule(&n, "CORE-0001", "claim", "count() > 0", "");
    night_put(&n, "a.csv", HEADER "A,outpatient,1,1,P1,,2024-03-01,,,\n");
    scan("a.csv");
    ck_assert_str_eq(hits(), "CORE-0001|outpatient/A|-|-\n");
}
END_TEST

START_TEST(patient_facts_reach_the_claim)
{
    night_rule(&n, "CORE-0001", "claim", "sex = 'F' and birth_date < 1990-01-01", "");
    night_put(&n, "a.csv", HEADER "A,outpatient,1,1,P1,2024-01-01,,,,\nA,outpatient,1,2,P1,2024-01-01,,,,\n"
                                  "B,outpatient,1,1,P2,2024-01-01,,,,\n");
    night_put(&n, "p_2024.csv", "patient_id,birth_date,sex\nP1,1980-01-01,F\nP2,1999-01-01,F\n");
    scan("a.csv p_2024.csv");
    ck_assert_str_eq(hits(), "CORE-0001|outpatient/A|2024-01-01|-\n");
}
END_TEST

/* Ten thousand lines are judged, one more are too many. */
START_TEST(a_claim_may_have_too_many_lines)
{
    size_t size = 20010 * 24 + 64;
    char *rows = ca_arena_alloc(&n.arena, size);
    char *to = rows + sprintf(rows, "claim_id,claim_type,line_no\n");
    for (int i = 1; i <= 20001; i++) {
        bool large = i > 10000;
        to += sprintf(to, "%s,inpatient,%d\n", large ? "B" : "A", large ? i - 10000 : i);
    }
    night_rule(&n, "CORE-0001", "claim", "count() >= 10000", "");
    night_put(&n, "a.csv", rows);
    scan("a.csv");
    ck_assert_str_eq(night_ask(&n, "SELECT claim_id FROM v_findings"), "A\n");
    ck_assert_str_eq(night_ask(&n, "SELECT offered, hit, unknown, pass, unknown_field FROM v_rule_stats"),
                     "2|1|1|0|too many lines\n");
}
END_TEST

/* More units than a frame holds: the last ones of a frame are judged like the others. */
START_TEST(frames_are_flushed_in_between)
{
    size_t size = 5000 * 40 + 64;
    char *rows = ca_arena_alloc(&n.arena, size);
    char *to = rows + sprintf(rows, "claim_id,claim_type,line_no,paid\n");
    for (int i = 0; i < 5000; i++) {
        to += sprintf(to, "K%d,inpatient,1,%d\n", i, i % 2);
    }
    night_rule(&n, "CORE-0001", "claim", "sum(paid) > 0", "");
    night_put(&n, "a.csv", rows);
    scan("a.csv");
    ck_assert_str_eq(night_ask(&n, "SELECT offered, hit, pass, findings FROM v_rule_stats"), "5000|2500|2500|2500\n");
    ck_assert_str_eq(night_ask(&n, "SELECT count(*), min(exposure), max(exposure), sum(substr(claim_id, 2) % 2)"
                                   " FROM v_findings"),
                     "2500|100|100|2500\n");
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, lines_far_apart_are_one_claim);
    tcase_add_test(tcase, parts_are_judged_apart_and_counted_once);
    tcase_add_test(tcase, header_values_must_agree);
    tcase_add_test(tcase, without_from_date_the_first_service_counts);
    tcase_add_test(tcase, with_a_from_date_column_an_empty_one_stays_missing);
    tcase_add_test(tcase, patient_facts_reach_the_claim);
    tcase_add_test(tcase, a_claim_may_have_too_many_lines);
    tcase_add_test(tcase, frames_are_flushed_in_between);
}

CA_CHECK_MAIN("run/claims", add_tests)
