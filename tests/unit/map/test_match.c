/* Choosing a layout by header and file name. */
#include <stdio.h>
#include <string.h>

#include "map/asof.h"
#include "support/check_main.h"
#include "support/map_fixture.h"

#define TO_DO "; add a layout for it, or one with 'use: ignore'"

#define TOP "profile: test\ntitle: Test\njurisdiction: us\ncurrency: USD\nlayouts:\n"

static const char *match(fixture *f, const char *header, const char *file_name)
{
    ca_text cells[FIXTURE_CELLS];
    const ca_csv_format *formats;
    size_t count = fixture_split(f, header, cells);
    (void)ca_profile_formats(f->profile, &formats);
    memset(&f->err, 0, sizeof f->err);
    f->layout = NULL;
    int rc =
        ca_profile_match(f->profile, &formats[0], cells, count, file_name, &f->layout, &f->err);
    if (rc) {
        ck_assert_int_eq(rc, CA_CONFIG);
        ck_assert_ptr_null(f->layout);
        return f->err.text;
    }
    return ca_layout_name(f->layout);
}

START_TEST(most_required_columns_win)
{
    fixture f;
    fixture_init(&f);
    ck_assert_str_eq(
        fixture_parse(&f, TOP
                      "  - {layout: small, use: ignore, columns: [A, B]}\n"
                      "  - {layout: large, use: ignore, columns: [A, B, C]}\n"
                      "  - {layout: no_d, use: ignore, columns: [A, B, C, E], not_columns: [D]}\n"),
        "");
    ck_assert_str_eq(match(&f, "B,A", "f"), "small");
    ck_assert_str_eq(match(&f, "C,X,B,A", "f"), "large");
    ck_assert_str_eq(match(&f, "A,B,C,E", "f"), "no_d");
    ck_assert_str_eq(match(&f, "A,B,C,D,E", "f"), "large");
    fixture_done(&f);
}
END_TEST

START_TEST(none_fits_says_what_is_missing)
{
    fixture f;
    fixture_init(&f);
    ck_assert_str_eq(
        fixture_parse(&f, TOP
                      "  - {layout: small, use: ignore, columns: [A, B]}\n"
                      "  - {layout: large, use: ignore, columns: [C1, C2, C3, C4, C5, C6, C7]}\n"
                      "  - {layout: only, use: ignore, columns: [Z], not_columns: [Y]}\n"),
        "");
    ck_assert_str_eq(
        match(&f, "A,X", "f"),
        "no layout of profile 'test' fits the header; for the closest, 'small', it misses B" TO_DO);
    ck_assert_str_eq(
        match(&f, "C1,C2", "f"),
        "no layout of profile 'test' fits the header; for the closest, 'only', it misses Z" TO_DO);
    ck_assert_str_eq(
        match(&f, "Y,Z", "f"),
        "no layout of profile 'test' fits the header; for the closest, 'only', it must not have Y" TO_DO);
    ck_assert_str_eq(
        match(&f, "", "f"),
        "no layout of profile 'test' fits the header; for the closest, 'only', it misses Z" TO_DO);
    fixture_done(&f);
}
END_TEST

START_TEST(many_missing_columns_are_cut)
{
    fixture f;
    fixture_init(&f);
    ck_assert_str_eq(
        fixture_parse(&f, TOP "  - {layout: large, use: ignore, columns: [\"C1..7\"]}\n"), "");
    ck_assert_str_eq(match(&f, "C1", "f"),
                     "no layout of profile 'test' fits the header; for the closest, 'large', "
                     "it misses C2, C3, C4, C5, C6 and more" TO_DO);
    fixture_done(&f);
}
END_TEST

START_TEST(a_tie_is_refused)
{
    fixture f;
    fixture_init(&f);
    ck_assert_str_eq(fixture_parse(&f,
                                   TOP "  - {layout: one, use: ignore, columns: [A, B]}\n"
                                       "  - {layout: two, use: ignore, columns: [A, C]}\n"
                                       "  - {layout: three, use: ignore, columns: [A, B, C, D]}\n"),
                     "");
    ck_assert_str_eq(
        match(&f, "A,B,C", "f"),
        "layouts 'one' and 'two' fit the header equally well; only the first requires B; "
        "only the second "
        "requires C; tell them apart by 'columns', 'not_columns' or 'name'");
    ck_assert_str_eq(match(&f, "A,B,C,D", "f"), "three");
    fixture_done(&f);
}
END_TEST

START_TEST(file_names_decide)
{
    fixture f;
    fixture_init(&f);
    ck_assert_str_eq(
        fixture_parse(&f, TOP
                      "  - {layout: in, use: ignore, columns: [A], name: \"*Inpatient*.csv\"}\n"
                      "  - {layout: out, use: ignore, columns: [A], name: \"*Outpatient*.csv\"}\n"),
        "");
    ck_assert_str_eq(match(&f, "A", "/Outpatient/x_Inpatient_1.csv"), "in");
    ck_assert_str_eq(match(&f, "A", "Outpatient.csv.gz"), "out");
    ck_assert_str_eq(match(&f, "A", "Outpatient.csv.zst"), "out");
    ck_assert_str_eq(
        match(&f, "A", "other.csv"),
        "no layout of profile 'test' fits the header; for the closest, 'in', its name must "
        "match *Inpatient*.csv" TO_DO);
    fixture_done(&f);
}
END_TEST

START_TEST(only_layouts_of_the_format)
{
    fixture f;
    ca_text cells[FIXTURE_CELLS];
    const ca_csv_format *formats;
    fixture_init(&f);
    ck_assert_str_eq(
        fixture_parse(&f, TOP
                      "  - {layout: comma, use: ignore, columns: [A]}\n"
                      "  - {layout: pipe, use: ignore, columns: [A], csv: {delimiter: \"|\"}}\n"),
        "");
    size_t count = fixture_split(&f, "A", cells);
    ck_assert_uint_eq(ca_profile_formats(f.profile, &formats), 2);
    ck_assert_int_eq(ca_profile_match(f.profile, &formats[1], cells, count, "f", &f.layout, &f.err),
                     0);
    ck_assert_str_eq(ca_layout_name(f.layout), "pipe");
    ca_csv_format other = formats[0];
    other.delimiter = '^';
    ck_assert_int_eq(ca_profile_match(f.profile, &other, cells, count, "f", &f.layout, &f.err),
                     CA_CONFIG);
    fixture_done(&f);
}
END_TEST

/* --- What binding a layout to a header refuses ---------------------------------------------- */

static const char *bind(const char *keys, const char *header)
{
    static char text[sizeof(ca_error)];
    fixture f;
    fixture_init(&f);
    const char *wrong = fixture_parse(&f, ca_arena_printf(&f.arena, FIXTURE_TOP "%s", keys));
    ck_assert_str_eq(wrong, "");
    int rc = fixture_header(&f, header);
    ck_assert(rc == 0 || rc == CA_CONFIG);
    (void)snprintf(text, sizeof text, "%u:%u: %s", f.err.line, f.err.column, f.err.text);
    fixture_done(&f);
    return rc ? text : "";
}

#define KEYS                                                                                       \
    "    columns: [ID]\n    fields:\n      claim_id: ID\n      claim_type: {value: other}\n"

START_TEST(headers_that_do_not_fit)
{
    ck_assert_str_eq(bind(KEYS "      paid: PAID\n", "ID,PAID"), "");
    ck_assert_str_eq(
        bind(KEYS "      paid: PAID\n", "ID,PAYED"),
        "12:7: column 'PAID' of field paid is not in the header of the file; correct the "
        "name, or say "
        "'optional: yes'");
    ck_assert_str_eq(
        bind(KEYS "      paid: [PAID, AMT]\n", "ID"),
        "12:7: column 'PAID' (or its other names) of field paid is not in the header of "
        "the file; correct the "
        "name, or say 'optional: yes'");
    ck_assert_str_eq(
        bind(KEYS "      paid: [PAID, AMT]\n", "ID,AMT,PAID"),
        "12:7: columns 'PAID' and 'AMT' are both in the header of the file, and both stand "
        "for field paid");
    ck_assert_str_eq(
        bind(KEYS "      paid: PAID\n", "ID,PAID,X,PAID"),
        "12:7: the header of the file has 2 columns 'PAID', and field paid cannot tell them apart");
    ck_assert_str_eq(bind(KEYS "      paid: PAID\n", "ID,PAID,X,X,,"), "");
    ck_assert_str_eq(bind(KEYS "      paid: {column: PAID, optional: yes}\n", "ID"), "");
    ck_assert_str_eq(bind(KEYS "    optional: yes\n", "ID"), "");
}
END_TEST

START_TEST(other_columns_that_do_not_fit)
{
    ck_assert_str_eq(
        bind(KEYS "    filters:\n      - {name: gone, skip: {column: DEL, in: [Y]}}\n", "ID"),
        "13:9: column 'DEL' of filter 'gone' is not in the header of the file; correct the name");
    ck_assert_str_eq(
        bind(KEYS "    status: {sign_of: AMT, negative: reversal}\n", "ID"),
        "12:5: column 'AMT' of 'status' is not in the header of the file; correct the name");
    ck_assert_str_eq(
        bind(KEYS "    lines:\n      index: 1..2\n      present: [\"Q{n}\"]\n"
                  "      fields: {paid: \"P{n}\"}\n",
             "ID,P1,P2,Q1"),
        "12:5: column 'Q2' of 'lines' is not in the header of the file; correct the name");
    ck_assert_str_eq(
        bind(KEYS "    lines:\n      index: 1..2\n      fields: {paid: \"P{n}\"}\n", "ID,P1"),
        "14:16: column 'P2' of field paid is not in the header of the file; correct the "
        "name, or say "
        "'optional: yes'");
}
END_TEST

/* `optional` never makes the identity of a row optional. */
START_TEST(identity_is_never_optional)
{
    fixture f;
    fixture_init(&f);
    ck_assert_str_eq(
        fixture_parse(&f, TOP
                      "  - layout: a\n    records: claims\n    columns: [X]\n    optional: yes\n"
                      "    fields: {claim_id: ID, claim_type: T}\n"),
        "");
    ck_assert_int_eq(fixture_header(&f, "X,ID"), CA_CONFIG);
    ck_assert_ptr_nonnull(strstr(
        f.err.text,
        "column 'T' of field claim_type is not in the header of the file; correct the name"));
    ck_assert_int_eq(fixture_header(&f, "X,ID,T"), 0);
    fixture_done(&f);
}
END_TEST

/* --- Source dates --------------------------------------------------------------------------- */

static const char *as_of(const char *pattern, const char *path)
{
    static char text[CA_DATE_SIZE];
    ca_date date;
    if (!ca_asof_pattern_valid(ca_text_of(pattern))) {
        return "invalid";
    }
    if (!ca_asof_of_name(ca_text_of(pattern), ca_file_base(ca_text_of(path)), &date)) {
        return "none";
    }
    ca_date_print(date, text);
    return text;
}

START_TEST(source_dates_of_names)
{
    ck_assert_str_eq(as_of("*_{yyyy}_*", "a/b/DE1_0_2008_Beneficiary.csv"), "2008-12-31");
    ck_assert_str_eq(as_of("*_{yyyy}_*", "x_y_1.csv"), "none");
    ck_assert_str_eq(as_of("*{yyyymm}.csv", "members202402.csv.gz"), "2024-02-29");
    ck_assert_str_eq(as_of("*{yyyy-mm-dd}*", "m_2024-05-17.csv.zst"), "2024-05-17");
    ck_assert_str_eq(as_of("{mm}?{yyyy}.csv", "07x2021.csv"), "2021-07-31");
    ck_assert_str_eq(as_of("{yyyy}.csv", "0000.csv"), "none");
    ck_assert_str_eq(as_of("{yyyymm}", "202413"), "none");
    ck_assert_str_eq(as_of("{yyyymm}", "202400"), "none");
    ck_assert_str_eq(as_of("{yyyymmdd}", "20240230"), "none");
    ck_assert_str_eq(as_of("{yyyy}", "202"), "none");
    ck_assert_str_eq(as_of("*", "2024"), "invalid");
    ck_assert_str_eq(as_of("{yyyy}{yyyy}", "20242024"), "invalid");
    ck_assert_str_eq(as_of("{yyyydd}", "202401"), "invalid");
    ck_assert_str_eq(as_of("****{yyyy}", "2024"), "invalid");
    ck_assert_str_eq(as_of("{yyyy", "2024"), "invalid");
    ck_assert_str_eq(as_of("yyyy}{yyyy}", "2024"), "invalid");
}
END_TEST

START_TEST(periods)
{
    ca_period_format format;
    ca_date date, expected;
    ck_assert(ca_period_format_valid(CA_TEXT("mm/yyyy"), &format) && !format.whole);
    ck_assert(ca_period_parse(CA_TEXT("02/2023"), &format, &date) &&
              ca_date_make(2023, 2, 28, &expected));
    ck_assert_int_eq(date, expected);
    ck_assert(!ca_period_parse(CA_TEXT("2/2023"), &format, &date));
    ck_assert(!ca_period_parse(CA_TEXT("02/20234"), &format, &date));
    ck_assert(!ca_period_parse(CA_TEXT("02-2023"), &format, &date));
    ck_assert(ca_period_format_valid(CA_TEXT("yyyymmdd"), &format) && format.whole);
    ck_assert(ca_period_parse(CA_TEXT("20230228"), &format, &date) && date == expected);
    ck_assert(!ca_period_format_valid(CA_TEXT("yy"), &format));
    ck_assert(!ca_period_format_valid(CA_TEXT("Qyyyy"), &format));
    ck_assert(!ca_period_format_valid(CA_TEXT(""), &format));
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, most_required_columns_win);
    tcase_add_test(tcase, none_fits_says_what_is_missing);
    tcase_add_test(tcase, many_missing_columns_are_cut);
    tcase_add_test(tcase, a_tie_is_refused);
    tcase_add_test(tcase, file_names_decide);
    tcase_add_test(tcase, only_layouts_of_the_format);
    tcase_add_test(tcase, headers_that_do_not_fit);
    tcase_add_test(tcase, other_columns_that_do_not_fit);
    tcase_add_test(tcase, identity_is_never_optional);
    tcase_add_test(tcase, source_dates_of_names);
    tcase_add_test(tcase, periods);
}

CA_CHECK_MAIN("map/match", add_tests)
