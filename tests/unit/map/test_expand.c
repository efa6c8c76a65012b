/* Wide to long: members of a row, their numbers, and what they share. */
#include <string.h>

#include "support/check_main.h"
#include "support/map_fixture.h"

static void start(fixture *f, const char *keys, const char *header)
{
    fixture_init(f);
    ck_assert_str_eq(
        fixture_parse(f, ca_arena_printf(&f->arena, FIXTURE_TOP "    columns: [ID]\n%s", keys)),
        "");
    ck_assert_msg(fixture_header(f, header) == 0, "%s", f->err.text);
}

/* "line_no:procedure:paid" of the lines a row became. */
static const char *lines(fixture *f, const char *row)
{
    const char *text = "";
    unsigned from = f->batch->rows;
    ck_assert_int_eq(fixture_row(f, row), 0);
    ck_assert_msg(!f->mapped.reject, "%s", f->mapped.reject);
    for (unsigned line = from; line < f->batch->rows; line++) {
        text = ca_arena_printf(&f->arena, "%s%s%s:%s:%s", text, *text ? " " : "",
                               fixture_value(f, "line_no", line),
                               fixture_value(f, "procedure", line), fixture_value(f, "paid", line));
    }
    return text;
}

#define FIELDS "    fields:\n      claim_id: ID\n      claim_type: {value: other}\n"
#define GROUP                                                                                      \
    "    lines:\n      index: 1..3\n      fields:\n"                                               \
    "        procedure: {column: \"PR{n}\", system: hcpcs}\n"                                      \
    "        paid: \"PD{n}\"\n"
#define HEADER "ID,PR1,PR2,PR3,PD1,PD2,PD3"

START_TEST(members_that_say_something)
{
    fixture f;
    start(&f, FIELDS GROUP, HEADER);
    ck_assert_uint_eq(ca_layout_max_lines(f.layout), 3);
    ck_assert_str_eq(lines(&f, "1,A,B,C,1,2,3"), "1:A:1.00 2:B:2.00 3:C:3.00");
    ck_assert_str_eq(lines(&f, "1,,B,,0.00,,5"), "2:B:- 3:-:5.00");
    ck_assert_str_eq(lines(&f, "1,,,,0.00,00.0,0"), "1:-:0.00");
    ck_assert_str_eq(lines(&f, "1,,,,,,"), "1:-:-");
    ck_assert_str_eq(lines(&f, "1,,,,-0.01,,"), "1:-:-0.01");
    ck_assert_str_eq(lines(&f, "1,,,,,.,"), "2:-:-");
    ck_assert_str_eq(lines(&f, "1,0,,,,,"), "1:0:-");
    ck_assert_uint_eq(f.batch->rows, 3 + 2 + 5);
    fixture_done(&f);
}
END_TEST

START_TEST(present_columns_decide)
{
    fixture f;
    start(&f,
          "    missing: [\"?\"]\n" FIELDS
          "    lines:\n      index: 1..3\n      present: [\"PR{n}\", \"X{n}\"]\n      fields:\n"
          "        procedure: {column: \"PR{n}\", system: hcpcs}\n        paid: \"PD{n}\"\n",
          HEADER ",X1,X2,X3");
    ck_assert_str_eq(lines(&f, "1,A,,,1,2,3,,,"), "1:A:1.00");
    ck_assert_str_eq(lines(&f, "1,?,,,1,2,3,,0,7"), "3:-:3.00");
    ck_assert_str_eq(lines(&f, "1,,,,1,2,3,,,"), "1:-:1.00");
    fixture_done(&f);
}
END_TEST

START_TEST(numbers_are_composed)
{
    fixture f;
    start(&f, FIELDS "      claim_part: SEG\n" GROUP, HEADER ",SEG");
    ck_assert_str_eq(lines(&f, "1,A,,C,1,2,3,1"), "1001:A:1.00 1002:-:2.00 1003:C:3.00");
    ck_assert_str_eq(lines(&f, "1,,,,,,,2"), "2001:-:-");
    ck_assert_str_eq(lines(&f, "1,A,,,,,,0"), "1:A:-");
    fixture_done(&f);
    start(&f,
          FIELDS
          "      claim_part: SEG\n      procedure: {column: PR1, system: hcpcs}\n      paid: PD1\n",
          HEADER ",SEG");
    ck_assert_str_eq(lines(&f, "1,A,,,4,,,7"), "7001:A:4.00");
    fixture_done(&f);
}
END_TEST

START_TEST(numbers_that_are_mapped)
{
    fixture f;
    start(&f,
          FIELDS
          "    lines:\n      index: 05..07\n      fields:\n        line_no: \"NO{n}\"\n"
          "        procedure: {column: \"PR{n}\", system: hcpcs}\n        paid: {value: 1}\n",
          "ID,NO05,NO06,NO07,PR05,PR06,PR07");
    ck_assert_str_eq(lines(&f, "1,10,20,30,A,B,C"), "10:A:1.00 20:B:1.00 30:C:1.00");
    ck_assert_str_eq(lines(&f, "1,,20,,,B,"), "20:B:1.00");
    ck_assert_int_eq(fixture_row(&f, "1,10,,30,A,B,C"), 0);
    ck_assert_str_eq(f.mapped.reject, "line_no is missing");
    ck_assert_str_eq(f.mapped.reject_column, "NO06");
    ck_assert_int_eq(fixture_row(&f, "1,10,20,x,A,B,C"), 0);
    ck_assert_str_eq(f.mapped.reject, "line_no cannot be read");
    ck_assert_str_eq(f.mapped.reject_column, "NO07");
    ck_assert_int_eq(fixture_row(&f, "1,10,20,10,A,B,C"), 0);
    ck_assert_str_eq(f.mapped.reject, "line_no is that of another line of the row");
    ck_assert_str_eq(f.mapped.reject_column, "NO07");
    ck_assert_uint_eq(f.batch->rows, 4);
    ck_assert_str_eq(lines(&f, "1,20,10,,A,B,"), "20:A:1.00 10:B:1.00"); /* others' rows do not count */
    fixture_done(&f);
}
END_TEST

START_TEST(an_index_from_elsewhere)
{
    fixture f;
    start(&f,
          FIELDS "    lines:\n      index: 0..1\n      fields:\n"
                 "        procedure: {column: \"PR{n}\", system: hcpcs}\n"
                 "        paid: {value: 1}\n",
          "ID,PR0,PR1");
    ck_assert_str_eq(lines(&f, "1,A,B"), "0:A:1.00 1:B:1.00");
    fixture_done(&f);
}
END_TEST

START_TEST(what_lines_share)
{
    fixture f;
    start(
        &f,
        FIELDS
        "      patient_id: PAT\n      service_date: D\n      claim_paid: CP\n      modifiers: MO\n"
        "      other_diagnoses: {columns: [DX1, DX2], system: icd10cm}\n" GROUP
        "        line_diagnoses: {columns: [\"LA{n}\", \"LB{n}\"], system: icd10cm}\n"
        "    extra: {ward: {column: W, type: text, level: claim}, tooth: {column: "
        "\"Z{n}\", type: text}}\n",
        HEADER ",PAT,D,CP,MO,DX1,DX2,W,LA1,LA2,LA3,LB1,LB2,LB3,Z1,Z2,Z3");
    ck_assert_str_eq(lines(&f, "1,A,,C,1,,3,p,2024-01-01,9,RT;LT,I10,E119,w,a1,,a3,b1,,b3,z1,,z3"),
                     "1:A:1.00 3:C:3.00");
    for (unsigned line = 0; line < 2; line++) {
        ck_assert_str_eq(fixture_value(&f, "patient_id", line), "p");
        ck_assert_str_eq(fixture_value(&f, "service_date", line), "2024-01-01");
        ck_assert_str_eq(fixture_value(&f, "claim_paid", line), "9.00");
        ck_assert_str_eq(fixture_value(&f, "modifiers", line), "RT;LT");
        ck_assert_str_eq(fixture_value(&f, "diagnoses", line), "I10;E119");
        ck_assert_str_eq(fixture_value(&f, "line_diagnoses", line), line ? "A3;B3" : "A1;B1");
        ck_assert_str_eq(fixture_value(&f, "x.ward", line), "w");
        ck_assert_str_eq(fixture_value(&f, "x.tooth", line), line ? "z3" : "z1");
    }
    ck_assert(ca_digest_cmp(f.batch->digest[0], f.batch->digest[1]) != 0);
    ck_assert_int_eq((int)f.batch->origin[1].row, 2);
    fixture_done(&f);
}
END_TEST

/* Cells of the row count once, cells of members that are not there never; money once a line. */
START_TEST(counts_and_totals)
{
    fixture f;
    ca_totals totals;
    start(&f, FIELDS "      patient_id: PAT\n      service_date: D\n" GROUP, HEADER ",PAT,D");
    (void)lines(&f, "1,A,B,,1,x,,,");
    (void)lines(&f, "1,,B,C,,2,,p,never");
    ck_assert_str_eq(fixture_counted(&f, "PAT", "patient_id"), "1/0");
    ck_assert_str_eq(fixture_counted(&f, "D", "service_date"), "1/1");
    ck_assert_str_eq(fixture_counted(&f, "PD1", "paid"), "0/0");
    ck_assert_str_eq(fixture_counted(&f, "PD2", "paid"), "0/1");
    ck_assert_str_eq(fixture_counted(&f, "PD3", "paid"), "1/0");
    ck_assert_str_eq(fixture_counted(&f, "PR1", "procedure"), "0/0");
    ca_mapper_totals(f.mapper, &totals);
    ck_assert_int_eq(totals.paid, 30000);
    fixture_done(&f);
}
END_TEST

START_TEST(identifiers_of_any_member_are_looked_at)
{
    fixture f;
    start(&f,
          FIELDS "    lines:\n      index: 1..2\n      present: [\"PR{n}\"]\n      fields:\n"
                 "        procedure: {column: \"PR{n}\", system: hcpcs}\n"
                 "        rendering_provider_id: \"NPI{n}\"\n",
          "ID,PR1,PR2,NPI1,NPI2");
    ck_assert_int_eq(fixture_row(&f, "1,A,B,1,1.23E+09"), 0);
    ck_assert_str_eq(f.mapped.reject_column, "NPI2");
    ck_assert_uint_eq(f.batch->rows, 0);
    fixture_done(&f);
}
END_TEST

START_TEST(room_for_the_longest_row)
{
    fixture f;
    start(&f, FIELDS GROUP, HEADER);
    ca_batch_free(f.batch);
    f.batch = ca_batch_new(&f.profile->schema, 5);
    ck_assert_int_eq(fixture_row(&f, "1,A,B,C,1,2,3"), 0);
    ck_assert_int_eq(fixture_row(&f, "1,A,,,,,"),
                     CA_END); /* two rows are left, three might be needed */
    ck_assert_uint_eq(f.batch->rows, 3);
    fixture_done(&f);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, members_that_say_something);
    tcase_add_test(tcase, present_columns_decide);
    tcase_add_test(tcase, numbers_are_composed);
    tcase_add_test(tcase, numbers_that_are_mapped);
    tcase_add_test(tcase, an_index_from_elsewhere);
    tcase_add_test(tcase, what_lines_share);
    tcase_add_test(tcase, counts_and_totals);
    tcase_add_test(tcase, identifiers_of_any_member_are_looked_at);
    tcase_add_test(tcase, room_for_the_longest_row);
}

CA_CHECK_MAIN("map/expand", add_tests)
