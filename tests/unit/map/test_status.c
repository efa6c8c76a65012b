/* The status of a row: codes, signs, flags; which rows are live. */
#include <string.h>

#include "support/check_main.h"
#include "support/map_fixture.h"

static void start(fixture *f, const char *keys)
{
    fixture_init(f);
    ck_assert_str_eq(
        fixture_parse(f, ca_arena_printf(&f->arena,
                                         FIXTURE_TOP
                                         "    columns: [ID]\n%s    fields:\n      claim_id: ID\n"
                                         "      claim_type: {value: other}\n",
                                         keys)),
        "");
    ck_assert_int_eq(fixture_header(f, "ID,A,B"), 0);
}

static void expect(fixture *f, const char *cells, const char *status, bool live)
{
    ck_assert_int_eq(fixture_row(f, ca_arena_printf(&f->arena, "1,%s", cells)), 0);
    unsigned row = f->batch->rows - 1;
    ck_assert_str_eq(fixture_value(f, "claim_status", row), status);
    ck_assert_int_eq(ca_bit(f->batch->live, row), live);
}

START_TEST(from_a_code)
{
    fixture f;
    start(&f, "    status: {column: [A, ALIAS], values: {\"1\": original, \"7\": replacement, "
              "\"8\": void, R: reversal, D: denied}}\n");
    expect(&f, "1,", "original", true);
    expect(&f, "7,", "replacement", true);
    expect(&f, "8,", "void", false);
    expect(&f, "R,", "reversal", false);
    expect(&f, "D,", "denied", true);
    expect(&f, ",", "original", true);
    expect(&f, "9,", "original", true);
    expect(&f, "9,", "original", true);
    ck_assert_str_eq(fixture_counted(&f, "A", "claim_status"), "1/2");
    fixture_done(&f);
}
END_TEST

START_TEST(from_a_sign)
{
    fixture f;
    start(&f, "    numbers: {point: \",\", trailing_minus: yes}\n"
              "    status: {sign_of: A, negative: reversal}\n");
    expect(&f, "12,", "original", true);
    expect(&f, "0,", "original", true);
    expect(&f, "-1,", "reversal", false);
    expect(&f, "1-,", "reversal", false);
    expect(&f, ",", "original", true);
    expect(&f, "x,", "original", true);
    ck_assert_str_eq(fixture_counted(&f, "A", "claim_status"), "1/1");
    fixture_done(&f);
}
END_TEST

START_TEST(from_flags)
{
    fixture f;
    start(&f, "    status:\n      flags:\n        - {column: A, in: [Y, J], status: void}\n"
              "        - {column: [B, BB], in: [\"\", N], status: denied}\n");
    expect(&f, "Y,1", "void", false);
    expect(&f, "J,N", "void", false);
    expect(&f, "x,N", "denied", true);
    expect(&f, "x,", "denied", true);
    expect(&f, "x,1", "original", true);
    ck_assert_str_eq(fixture_counted(&f, "A", "claim_status"), "");
    fixture_done(&f);
}
END_TEST

START_TEST(from_a_field)
{
    fixture f;
    fixture_init(&f);
    ck_assert_str_eq(
        fixture_parse(&f, FIXTURE_TOP
                      "    columns: [ID]\n    fields: {claim_id: ID, claim_type: {value: other}, "
                      "claim_status: A}\n"),
        "");
    ck_assert_int_eq(fixture_header(&f, "ID,A,B"), 0);
    expect(&f, "void,", "void", false);
    expect(&f, ",", "original", true);
    expect(&f, "Void,", "original", true);
    expect(&f, "denied,", "denied", true);
    ck_assert_str_eq(fixture_counted(&f, "A", "claim_status"), "1/1");
    fixture_done(&f);
}
END_TEST

/* All lines of a wide row share it. */
START_TEST(of_a_wide_row)
{
    fixture f;
    start(&f, "    status: {sign_of: A, negative: void}\n"
              "    lines: {index: 1..2, fields: {paid: \"P{n}\"}}\n    optional: yes\n");
    ck_assert_int_eq(fixture_header(&f, "ID,A,B,P1,P2"), 0);
    ck_assert_int_eq(fixture_row(&f, "1,-5,,2,3"), 0);
    ck_assert_uint_eq(f.mapped.lines, 2);
    ck_assert(!ca_bit(f.batch->live, 0) && !ca_bit(f.batch->live, 1));
    ck_assert_int_eq(fixture_row(&f, "1,5,,2,3"), 0);
    ck_assert(ca_bit(f.batch->live, 2) && ca_bit(f.batch->live, 3));
    ck_assert_str_eq(fixture_value(&f, "claim_status", 1), "void");
    fixture_done(&f);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, from_a_code);
    tcase_add_test(tcase, from_a_sign);
    tcase_add_test(tcase, from_flags);
    tcase_add_test(tcase, from_a_field);
    tcase_add_test(tcase, of_a_wide_row);
}

CA_CHECK_MAIN("map/status", add_tests)
