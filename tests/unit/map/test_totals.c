/* Total rows: which rows they are, what they say, and what is said when the rows disagree. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "support/check_main.h"
#include "support/map_fixture.h"

#define FIELDS                                                                                     \
    "    columns: [ID]\n    fields:\n      claim_id: ID\n      claim_type: {value: other}\n"     \
    "      units: U\n      paid: {column: P, numbers: {trailing_minus: yes, currency: EUR}}\n"
#define TOTALS(keys) "    totals:\n      - {name: Sum, row: {column: ID, in: [Sum, SUM]}" keys "}\n"
#define HEADER "ID,NR,U,P"

static void start(fixture *f, const char *keys, const char *header)
{
    fixture_init(f);
    ck_assert_str_eq(fixture_parse(f, ca_arena_printf(&f->arena, "%s%s", FIXTURE_TOP, keys)), "");
    ck_assert_int_eq(fixture_header(f, header), 0);
}

static void rows(fixture *f, const char *const *texts)
{
    for (; *texts; texts++) {
        ck_assert_int_eq(fixture_row(f, *texts), 0);
    }
}

/* What is wrong, "" when nothing is. */
static const char *wrong(fixture *f, uint64_t rejected)
{
    const char *text = "unset";
    ck_assert_int_eq(ca_mapper_check_totals(f->mapper, rejected, &f->arena, &text), 0);
    return text ? text : "";
}

static const char *outcome(const char *keys, const char *header, const char *const *texts,
                           uint64_t rejected)
{
    static char copy[600];
    fixture f;
    start(&f, keys, header);
    rows(&f, texts);
    (void)snprintf(copy, sizeof copy, "%s", wrong(&f, rejected));
    fixture_done(&f);
    return copy;
}
#define OUTCOME(keys, header, rejected, ...)                                                       \
    outcome(keys, header, (const char *const[]){__VA_ARGS__, NULL}, rejected)

#define ALL FIELDS TOTALS(", rows: NR, sums: {paid: P, units: U}")

START_TEST(totals_that_agree)
{
    ck_assert_str_eq(OUTCOME(ALL, HEADER, 0, "1,1,2,10.50", "1,2,3,EUR 1.25-", "Sum,2,5,9.25"), "");
    ck_assert_str_eq(OUTCOME(ALL, HEADER, 0, "SUM,0,0,0"), "");
    ck_assert_str_eq(OUTCOME(FIELDS, HEADER, 0, "1,1,2,10.50"), "");
    /* it may stand anywhere, and more than once */
    ck_assert_str_eq(OUTCOME(ALL, HEADER, 0, "Sum,1,2,3", "1,1,2,3.00", "Sum,1,2,3.00"), "");
    ck_assert_str_eq(OUTCOME(FIELDS TOTALS(", rows: NR"), HEADER, 0, "1,1,2,3", "Sum,1,x,x"), "");
    ck_assert_str_eq(OUTCOME(FIELDS TOTALS(", sums: {paid: P}"), HEADER, 0, "1,1,2,3", "Sum,x,x,3"),
                     "");
}
END_TEST

START_TEST(totals_that_disagree)
{
    ck_assert_str_eq(
        OUTCOME(ALL, HEADER, 0, "1,1,2,10.50", "Sum,2,2,10.51"),
        "total 'Sum' of layout 'lines' does not fit; rows 2 there, 1 read; paid 10.51 there, "
        "10.50 read");
    ck_assert_str_eq(OUTCOME(ALL, HEADER, 3, "1,1,2,10.50", "Sum,1,2.5,10.50"),
                     "total 'Sum' of layout 'lines' does not fit; units 2.5 there, 2 read; 3 "
                     "rejected rows are missing");
    ck_assert_str_eq(OUTCOME(ALL, HEADER, 1, "1,1,2,10.50", "1,2,2,ten", "Sum,2,4,20.50"),
                     "total 'Sum' of layout 'lines' does not fit; paid 20.50 there, 10.50 read "
                     "(without 1 that cannot be read); 1 rejected row is missing");
    ck_assert_str_eq(OUTCOME(ALL, HEADER, 0, "1,1,2,10.50"),
                     "total 'Sum' of layout 'lines' does not fit; the file has no such row");
    ck_assert_str_eq(OUTCOME(ALL, HEADER, 0, "1,1,2,3", "Sum,1,2,3", "Sum,1,2,4"),
                     "total 'Sum' of layout 'lines' does not fit; paid differs between total rows");
    ck_assert_str_eq(OUTCOME(ALL, HEADER, 0, "1,1,2,3", "Sum,,2,three"),
                     "total 'Sum' of layout 'lines' does not fit; rows of the total row cannot be "
                     "read; paid of the total row cannot be read");
}
END_TEST

START_TEST(an_optional_total_may_be_absent)
{
    ck_assert_str_eq(
        OUTCOME(FIELDS TOTALS(", rows: NR, optional: yes"), HEADER, 0, "1,1,2,10.50"), "");
    ck_assert_str_eq(
        OUTCOME(FIELDS TOTALS(", rows: NR, optional: yes"), HEADER, 0, "1,1,2,3", "Sum,2,,"),
        "total 'Sum' of layout 'lines' does not fit; rows 2 there, 1 read");
}
END_TEST

/* It is skipped under its name, whatever its length and whatever the filters say. */
START_TEST(a_total_row_is_skipped_and_never_rejected)
{
    fixture f;
    start(&f, ALL "    filters:\n      - {name: gone, skip: {column: NR, in: [\"1\", \"9\"]}}\n",
          HEADER);
    ck_assert_int_eq(fixture_row(&f, "1,1,2,10.50"), 0);
    ck_assert_str_eq(f.mapped.skip, "gone");
    ck_assert_int_eq(fixture_row(&f, "1,2,2,10.50"), 0);
    ck_assert_uint_eq(f.mapped.lines, 1);
    ck_assert_int_eq(fixture_row(&f, "Sum,9,9,9,more,and more"), 0);
    ck_assert_str_eq(f.mapped.skip, "Sum");
    ck_assert_uint_eq(f.mapped.lines, 0);
    ck_assert_ptr_null(f.mapped.reject);
    ck_assert_int_eq(fixture_row(&f, "Sum"), 0);
    ck_assert_str_eq(f.mapped.skip, "Sum");
    ck_assert_uint_eq(f.batch->rows, 1);
    fixture_done(&f);
    /* rows that a filter leaves out were in the sender's total */
    ck_assert_str_eq(OUTCOME(ALL
                             "    filters:\n      - {name: gone, skip: {column: NR, in: [X]}}\n",
                             HEADER, 0, "1,X,2,1", "1,2,2,10", "Sum,2,4,11"),
                     "");
    /* rejected ones are not counted */
    ck_assert_str_eq(OUTCOME(ALL, HEADER, 1, ",1,2,1", "1,2,2,10", "Sum,2,4,11"),
                     "total 'Sum' of layout 'lines' does not fit; rows 2 there, 1 read; paid 11.00 "
                     "there, 10.00 read; units 4 there, 2 read; 1 rejected row is missing");
}
END_TEST

/* The amount of the claim repeats on its rows, which are copied from the row before. */
START_TEST(claim_amounts_count_on_every_row)
{
    static const char keys[] =
        FIELDS "      claim_paid: C\n"
               "    filters:\n      - {name: gone, skip: {column: NR, in: [X]}}\n"
               TOTALS(", sums: {claim_paid: C}");
    fixture f;
    start(&f, keys, "ID,NR,U,P,C");
    rows(&f, (const char *const[]){"1,1,1,1,30", "1,2,1,1,30", "2,X,1,1,5", "1,3,1,1,30",
                                   "1,4,1,1,30", "Sum,,,,125", NULL});
    ck_assert_str_eq(wrong(&f, 0), "");
    for (unsigned row = 0; row < 4; row++) {
        ck_assert_str_eq(fixture_value(&f, "claim_paid", row), "30.00");
    }
    fixture_done(&f);
}
END_TEST

START_TEST(lines_of_wide_rows_are_added_up)
{
    static const char keys[] =
        "    columns: [ID]\n    fields:\n      claim_id: ID\n      claim_type: {value: other}\n"
        "      claim_paid: C\n"
        "    lines: {index: 1..3, present: [\"K{n}\"], fields: {paid: \"P{n}\"}}\n"
        TOTALS(", rows: C, sums: {paid: P1, claim_paid: P2}");
    ck_assert_str_eq(OUTCOME(keys, "ID,C,K1,K2,K3,P1,P2,P3", 0, "1,10,a,,c,1,2,4",
                             "2,20,,b,c,8,16,32", "Sum,2,,,,53,30,"),
                     "");
}
END_TEST

START_TEST(sums_at_the_limit)
{
    ck_assert_str_eq(OUTCOME(FIELDS TOTALS(", sums: {paid: P}"), HEADER, 0,
                             "1,1,1,922337203685477.5807", "Sum,,,922337203685477.5807"),
                     "");
    ck_assert_str_eq(OUTCOME(FIELDS TOTALS(", sums: {paid: P}"), HEADER, 0,
                             "1,1,1,922337203685477.5807", "1,2,1,0.0001", "Sum,,,1"),
                     "total 'Sum' of layout 'lines' does not fit; paid adds up to more than can be "
                     "counted");
}
END_TEST

START_TEST(facts_have_totals_too)
{
    fixture f;
    ca_facts *facts = ca_facts_new();
    start(&f,
          FIELDS "  - layout: people\n    records: patients\n    columns: [NR]\n"
                 "    fields: {patient_id: NR, sex: S}\n"
                 "    totals: [{name: Count, row: {column: NR, in: [Count]}, rows: S}]\n",
          "NR,S");
    ck_assert_int_eq(fixture_fact(&f, "1,F", facts), 0);
    ck_assert_int_eq(fixture_fact(&f, "UNKNOWN,M", facts), 0);
    ck_assert_int_eq(fixture_fact(&f, "Count,2", facts), 0);
    ck_assert_str_eq(f.mapped.skip, "Count");
    ck_assert_str_eq(wrong(&f, 0), "");
    ck_assert_int_eq(fixture_fact(&f, "3,F", facts), 0);
    ck_assert_str_eq(wrong(&f, 0),
                     "total 'Count' of layout 'people' does not fit; rows 2 there, 3 read");
    ca_facts_free(facts);
    fixture_done(&f);
}
END_TEST

START_TEST(columns_that_are_not_there)
{
    fixture f;
    fixture_init(&f);
    ck_assert_str_eq(fixture_parse(&f, FIXTURE_TOP ALL), "");
    ck_assert_int_eq(fixture_header(&f, "ID,U,P"), CA_CONFIG);
    ck_assert_str_eq(f.err.text, "column 'NR' of total 'Sum' is not in the header of the file; "
                                 "correct the name");
    ck_assert_uint_eq(f.err.line, 15);
    fixture_done(&f);
}
END_TEST

START_TEST(memory_runs_out)
{
    for (uint64_t n = 1;; n++) {
        fixture f;
        const char *text = NULL;
        start(&f, ALL, HEADER);
        rows(&f, (const char *const[]){"1,1,2,10.50", "Sum,2,2,10.51", NULL});
        ca_alloc_fail(n, 1);
        int rc = ca_mapper_check_totals(f.mapper, 1, &f.arena, &text);
        ca_alloc_fail(0, 0);
        ck_assert(rc == 0 ? text != NULL : rc == CA_NOMEM && text == NULL);
        fixture_done(&f);
        if (rc == 0) {
            ck_assert_uint_gt(n, 1);
            break;
        }
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, totals_that_agree);
    tcase_add_test(tcase, totals_that_disagree);
    tcase_add_test(tcase, an_optional_total_may_be_absent);
    tcase_add_test(tcase, a_total_row_is_skipped_and_never_rejected);
    tcase_add_test(tcase, claim_amounts_count_on_every_row);
    tcase_add_test(tcase, lines_of_wide_rows_are_added_up);
    tcase_add_test(tcase, sums_at_the_limit);
    tcase_add_test(tcase, facts_have_totals_too);
    tcase_add_test(tcase, columns_that_are_not_there);
    tcase_add_test(tcase, memory_runs_out);
}

CA_CHECK_MAIN("map/totals", add_tests)
