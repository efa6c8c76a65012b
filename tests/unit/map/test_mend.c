/* Cells that are mended on their way in: zeros before identifiers, letters behind codes. And the two
 * timestamps and amounts that the exports in data/exports have. */
#include <string.h>

#include "support/check_main.h"
#include "support/map_fixture.h"

#define LINES FIXTURE_TOP "    columns: [ID]\n    fields:\n      claim_type: {value: other}\n"

static void start(fixture *f, const char *fields, const char *header)
{
    fixture_init(f);
    ck_assert_str_eq(fixture_parse(f, ca_arena_printf(&f->arena, "%s%s", LINES, fields)), "");
    ck_assert_int_eq(fixture_header(f, header), 0);
}

static void expect(fixture *f, const char *cells, const char *field, const char *value)
{
    unsigned row = f->batch->rows;
    ck_assert_int_eq(fixture_row(f, cells), 0);
    ck_assert_msg(f->mapped.lines >= 1, "%s: %s", cells,
                  f->mapped.reject ? f->mapped.reject : "skipped");
    const char *found = fixture_value(f, field, row);
    ck_assert_msg(strcmp(found, value) == 0, "%s of [%s] is %s, not %s", field, cells, found,
                  value);
}

START_TEST(zeros_come_before_digits_that_are_too_few)
{
    fixture f;
    start(&f, "      claim_id: ID\n      patient_id: {column: P, pad: 9}\n", "ID,P");
    expect(&f, "1,12345", "patient_id", "000012345");
    expect(&f, "1,12345", "patient_id", "000012345");
    expect(&f, "2,99999999", "patient_id", "099999999");
    expect(&f, "2,123456789", "patient_id", "123456789");
    expect(&f, "2,1234567890", "patient_id", "1234567890");
    expect(&f, "3,000012345", "patient_id", "000012345");
    expect(&f, "3,A2345", "patient_id", "A2345");
    expect(&f, "3,12 45", "patient_id", "12 45");
    expect(&f, "3,-1", "patient_id", "-1");
    expect(&f, "4,", "patient_id", "-");
    expect(&f, "4,7", "patient_id", "000000007");
    ck_assert_str_eq(fixture_counted(&f, "P", "patient_id"), "1/0");
    fixture_done(&f);
}
END_TEST

/* What identifies a row too; what a spreadsheet spoilt stays spoilt; mapped values come as written. */
START_TEST(every_identifier_can_be_padded)
{
    fixture f;
    start(&f,
          "      claim_id: {column: ID, pad: 4}\n"
          "      billing_provider_id: {column: B, pad: 6, values: {X: \"77\"}, others: keep}\n"
          "    extra:\n      card: {column: C, type: id, pad: 3}\n",
          "ID,B,C");
    expect(&f, "12,123,5", "claim_id", "0012");
    ck_assert_str_eq(fixture_value(&f, "billing_provider_id", 0), "000123");
    ck_assert_str_eq(fixture_value(&f, "x.card", 0), "005");
    expect(&f, "12,X,5", "billing_provider_id", "77");
    expect(&f, "12,123,5", "claim_id", "0012");
    ck_assert_int_eq(fixture_row(&f, ",123,5"), 0);
    ck_assert_ptr_nonnull(f.mapped.reject);
    ck_assert_int_eq(fixture_row(&f, "1.2E+11,123,5"), 0);
    ck_assert_ptr_nonnull(f.mapped.reject);
    fixture_done(&f);
}
END_TEST

/* Each line of a wide row has its own. */
START_TEST(members_of_a_wide_row_are_padded_apart)
{
    fixture f;
    start(&f,
          "      claim_id: ID\n"
          "    lines:\n      index: 1..3\n      fields:\n"
          "        rendering_provider_id: {column: \"R{n}\", pad: 3}\n",
          "ID,R1,R2,R3");
    expect(&f, "1,1,22,X", "rendering_provider_id", "001");
    ck_assert_uint_eq(f.mapped.lines, 3);
    ck_assert_str_eq(fixture_value(&f, "rendering_provider_id", 1), "022");
    ck_assert_str_eq(fixture_value(&f, "rendering_provider_id", 2), "X");
    fixture_done(&f);
}
END_TEST

/* A padded member number finds its person. */
START_TEST(padded_numbers_join)
{
    fixture f;
    static uint8_t needed[CA_COLUMN_SITE + CA_SITE_COLUMNS_MAX];
    ca_facts *facts = ca_facts_new();
    ca_joins joins = {0};
    memset(needed, 1, sizeof needed);
    fixture_init(&f);
    ck_assert_str_eq(
        fixture_parse(&f, LINES "      claim_id: ID\n      patient_id: {column: P, pad: 9}\n"
                                "  - layout: people\n    records: patients\n    columns: [NR]\n"
                                "    fields: {patient_id: {column: NR, pad: 9}, sex: S}\n"),
        "");
    ck_assert_int_eq(fixture_header(&f, "NR,S"), 0);
    ck_assert_int_eq(fixture_fact(&f, "000012345,F", facts), 0);
    ck_assert_int_eq(fixture_fact(&f, "777,M", facts), 0);
    ck_assert_int_eq(fixture_header(&f, "ID,P"), 0);
    expect(&f, "1,12345", "patient_id", "000012345");
    expect(&f, "2,000000777", "patient_id", "000000777");
    ck_assert_int_eq(ca_facts_join(facts, f.batch, 0, needed, &joins, &f.err), 0);
    ck_assert_str_eq(fixture_value(&f, "sex", 0), "F");
    ck_assert_str_eq(fixture_value(&f, "sex", 1), "M");
    ca_facts_free(facts);
    fixture_done(&f);
}
END_TEST

/* The longest suffix decides; what is left out counts as nothing there. */
START_TEST(a_suffix_keeps_or_drops_its_code)
{
    fixture f;
    start(&f,
          "      claim_id: ID\n"
          "      other_diagnoses: {column: D, system: icd10cm, list: \"|\", "
          "suffix: {G: keep, V: drop, Z: drop, A: drop, GR: keep}}\n",
          "ID,D");
    expect(&f, "1,E11.90G", "other_diagnoses", "E1190");
    expect(&f, "1,E11.90G", "other_diagnoses", "E1190");
    expect(&f, "1,J06.9V", "other_diagnoses", "");
    expect(&f, "1,J06.9V", "other_diagnoses", "");
    expect(&f, "1,E11.90G| J06.9V |I10.90 G|S83.2GR", "other_diagnoses",
           "E1190;I1090;S832");
    expect(&f, "1,E11.90", "other_diagnoses", "E1190");
    expect(&f, "1,J45.9A|J45.9Z", "other_diagnoses", "");
    ck_assert_str_eq(fixture_counted(&f, "D", "other_diagnoses"), "3/0");
    expect(&f, "1,G|E11.90G", "other_diagnoses", "E1190");
    expect(&f, "1,", "other_diagnoses", "");
    ck_assert_str_eq(fixture_counted(&f, "D", "other_diagnoses"), "4/1");
    fixture_done(&f);
}
END_TEST

START_TEST(a_suffix_behind_a_single_code_or_one_a_column)
{
    fixture f;
    start(&f,
          "      claim_id: ID\n"
          "      principal_diagnosis: {column: P, system: icd10cm, suffix: {G: keep, V: drop}}\n"
          "      claim_procedures: {columns: [A, B], system: hcpcs, suffix: {\"*\": drop}}\n",
          "ID,P,A,B");
    expect(&f, "1,C61G,J1,J2*", "principal_diagnosis", "C61");
    ck_assert_str_eq(fixture_value(&f, "claim_procedures", 0), "J1");
    expect(&f, "1,C61V,J1*,J2", "principal_diagnosis", "-");
    ck_assert_str_eq(fixture_value(&f, "claim_procedures", 1), "J2");
    ck_assert_str_eq(fixture_counted(&f, "P", "principal_diagnosis"), "1/0");
    ck_assert_str_eq(fixture_counted(&f, "A", "claim_procedures"), "1/0");
    fixture_done(&f);
}
END_TEST

/* As in data/exports/cn; a comma cannot be in a cell of the fixture, so the group is a space here. */
START_TEST(chinese_times_and_amounts)
{
    fixture f;
    start(&f,
          "      claim_id: ID\n"
          "      service_date: {column: T, dates: \"yyyy/m/d...\"}\n"
          "      service_minute: {column: T, dates: \"yyyy/m/d H:MM:SS\"}\n"
          "      birth_date: {column: B, dates: [yyyy/m/d]}\n"
          "      paid: {column: P, numbers: {group: \" \", currency: \"¥\"}}\n"
          "      sex: {column: S, values: {男: M, 女: F}}\n",
          "ID,T,B,P,S");
    expect(&f, "1,2024/3/1 10:22:33,1961/5/9,¥1 234.50,女", "service_date", "2024-03-01");
    ck_assert_str_eq(fixture_value(&f, "service_minute", 0), "622");
    ck_assert_str_eq(fixture_value(&f, "birth_date", 0), "1961-05-09");
    ck_assert_str_eq(fixture_value(&f, "paid", 0), "1234.50");
    ck_assert_str_eq(fixture_value(&f, "sex", 0), "F");
    expect(&f, "1,2024/12/31 9:05:10,1961/12/30,-¥15.00,男", "service_date", "2024-12-31");
    ck_assert_str_eq(fixture_value(&f, "service_minute", 1), "545");
    ck_assert_str_eq(fixture_value(&f, "paid", 1), "-15.00");
    ck_assert_str_eq(fixture_value(&f, "sex", 1), "M");
    fixture_done(&f);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, zeros_come_before_digits_that_are_too_few);
    tcase_add_test(tcase, every_identifier_can_be_padded);
    tcase_add_test(tcase, members_of_a_wide_row_are_padded_apart);
    tcase_add_test(tcase, padded_numbers_join);
    tcase_add_test(tcase, a_suffix_keeps_or_drops_its_code);
    tcase_add_test(tcase, a_suffix_behind_a_single_code_or_one_a_column);
    tcase_add_test(tcase, chinese_times_and_amounts);
}

CA_CHECK_MAIN("map/mend", add_tests)
