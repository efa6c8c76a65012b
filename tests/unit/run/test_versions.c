/* Tests of run/versions.c: which of the lines with one key counts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/state.h"
#include "support/check_main.h"

static ca_run_file files[3] = {{.rank = 1}, {.rank = 0}, {.rank = 2}};
static ca_scan_state scan = {.files = files, .file_count = 3};
static ca_line_head heads[16];
static ca_settled_line lines[16];
static size_t count;

static void setup(void)
{
    memset(heads, 0, sizeof heads);
    count = 0;
}

static ca_line_head *line(const char *claim, int64_t line_no, uint64_t digest)
{
    ca_line_head *head = &heads[count];
    head->line_no = line_no;
    head->digest.low = digest;
    head->origin.row = count + 2;
    lines[count++] = (ca_settled_line){.head = head, .claim_id = ca_text_of(claim)};
    return head;
}

/* The rows that fell, "2 5 ". */
static const char *fell(void)
{
    static char text[32 * 16];
    bool dropped[32] = {false};
    text[0] = 0;
    qsort(lines, count, sizeof *lines, ca_line_order);
    ca_drop_lines(&scan, lines, count);
    for (size_t i = 0; i < count; i++) {
        dropped[lines[i].head - heads] = lines[i].dropped;
    }
    for (size_t i = 0; i < count; i++) {
        if (dropped[i]) {
            snprintf(text + strlen(text), 16, "%zu ", i + 2);
        }
    }
    return text;
}

START_TEST(different_keys_stay)
{
    line("A", 1, 1);
    line("A", 2, 1);
    line("B", 1, 1);
    line("A", 1, 1)->claim_type = CA_OUTPATIENT;
    ck_assert_str_eq(fell(), "");
}
END_TEST

START_TEST(of_repeated_lines_the_first_by_digest_of_the_file_stays)
{
    line("A", 1, 5)->origin.file = 0;
    line("A", 1, 5)->origin.file = 1;
    line("A", 1, 5)->origin.file = 2;
    ck_assert_str_eq(fell(), "2 4 ");
}
END_TEST

START_TEST(within_a_file_the_first_row_stays)
{
    line("A", 1, 5);
    line("A", 1, 5);
    line("A", 1, 5);
    ck_assert_str_eq(fell(), "3 4 ");
}
END_TEST

START_TEST(the_paid_date_comes_before_version_and_receipt)
{
    ca_line_head *old = line("A", 1, 1);
    ca_line_head *new = line("A", 1, 2);
    old->paid = 10;
    old->version = 9;
    old->received = 9;
    new->paid = 11;
    ck_assert_str_eq(fell(), "2 ");
}
END_TEST

START_TEST(the_version_comes_before_receipt)
{
    ca_line_head *new = line("A", 1, 1);
    ca_line_head *old = line("A", 1, 2);
    new->version = 2;
    old->version = 1;
    old->received = 9;
    ck_assert_str_eq(fell(), "3 ");
}
END_TEST

START_TEST(at_last_receipt_then_the_digest_decide)
{
    line("A", 1, 7)->received = 1;
    line("A", 1, 8);
    line("B", 1, 7);
    line("B", 1, 8);
    ck_assert_str_eq(fell(), "3 4 ");
}
END_TEST

START_TEST(voids_and_reversals_neither_fall_nor_win)
{
    line("A", 1, 1)->status = CA_ORIGINAL;
    ca_line_head *undone = line("A", 1, 2);
    undone->status = CA_REVERSAL;
    undone->paid = 99;
    line("A", 1, 3)->status = CA_VOID;
    ck_assert_str_eq(fell(), "");
}
END_TEST

START_TEST(a_repeated_reversal_falls)
{
    line("A", 1, 1)->status = CA_REVERSAL;
    line("A", 1, 1)->status = CA_REVERSAL;
    ck_assert_str_eq(fell(), "3 ");
}
END_TEST

START_TEST(replacement_and_denial_are_versions)
{
    line("A", 1, 1)->paid = 1;
    line("A", 1, 2)->paid = 2;
    line("A", 1, 3)->paid = 3;
    heads[1].status = CA_REPLACEMENT;
    heads[2].status = CA_DENIED;
    ck_assert_str_eq(fell(), "2 3 ");
}
END_TEST

/* Repeated old versions fall as repeated, the one that is left as superseded. */
START_TEST(repeated_and_superseded_at_once)
{
    line("A", 1, 1)->paid = 1;
    line("A", 1, 2)->paid = 2;
    line("A", 1, 1)->paid = 1;
    line("A", 1, 2)->paid = 2;
    line("A", 2, 3);
    ck_assert_str_eq(fell(), "2 4 5 ");
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, different_keys_stay);
    tcase_add_test(tcase, of_repeated_lines_the_first_by_digest_of_the_file_stays);
    tcase_add_test(tcase, within_a_file_the_first_row_stays);
    tcase_add_test(tcase, the_paid_date_comes_before_version_and_receipt);
    tcase_add_test(tcase, the_version_comes_before_receipt);
    tcase_add_test(tcase, at_last_receipt_then_the_digest_decide);
    tcase_add_test(tcase, voids_and_reversals_neither_fall_nor_win);
    tcase_add_test(tcase, a_repeated_reversal_falls);
    tcase_add_test(tcase, replacement_and_denial_are_versions);
    tcase_add_test(tcase, repeated_and_superseded_at_once);
}

CA_CHECK_MAIN("run/versions", add_tests)
