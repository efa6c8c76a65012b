/* Every type from its cell: notations, boundaries, values that mean missing, value maps, code
 * systems. */
#include <string.h>

#include "support/check_main.h"
#include "support/map_fixture.h"

/* A profile of claims whose only other field is under test; the row has its cell as C (and D). */
static void start(fixture *f, const char *top, const char *field)
{
    fixture_init(f);
    const char *yaml = ca_arena_printf(
        &f->arena,
        "profile: test\ntitle: T\njurisdiction: us\ncurrency: USD\n%slayouts:\n"
        "  - layout: lines\n    records: claims\n    columns: [ID, C, D]\n    fields:\n"
        "      claim_id: ID\n      claim_type: {value: other}\n%s",
        top, field);
    ck_assert_str_eq(fixture_parse(f, yaml), "");
    ck_assert_int_eq(fixture_header(f, "ID,C,D"), 0);
}

/* The value that a cell gives, and that the count of its column tells what happened. */
static void expect(fixture *f, const char *field, const char *cells, const char *value)
{
    unsigned row = f->batch->rows;
    ck_assert_int_eq(fixture_row(f, ca_arena_printf(&f->arena, "1,%s", cells)), 0);
    ck_assert_msg(f->mapped.lines == 1, "%s: %s", cells,
                  f->mapped.reject ? f->mapped.reject : "skipped");
    const char *found = fixture_value(f, field, row);
    ck_assert_msg(strcmp(found, value) == 0, "%s of [%s] is %s, not %s", field, cells, found,
                  value);
}

static void expect_counts(fixture *f, const char *field, const char *counts)
{
    ck_assert_str_eq(fixture_counted(f, "C", field), counts);
    fixture_done(f);
}

START_TEST(dates)
{
    fixture f;
    start(&f, "",
          "      paid_date: {column: C, dates: [yyyymmdd, dd/mm/yyyy, mm/dd/yyyy, "
          "\"yyyy-mm-dd...\"]}\n");
    expect(&f, "paid_date", "20240229,", "2024-02-29");
    expect(&f, "paid_date", "20230229,", "-");
    expect(&f, "paid_date", "03/04/2023,", "2023-04-03");
    expect(&f, "paid_date", "03/14/2023,", "2023-03-14");
    expect(&f, "paid_date", "2023-03-14T23:59:59Z,", "2023-03-14");
    expect(&f, "paid_date", "2023-03-14 00:00,", "2023-03-14");
    expect(&f, "paid_date", "2023-03-14,", "2023-03-14");
    expect(&f, "paid_date", ",", "-");
    expect(&f, "paid_date", "tomorrow,", "-");
    expect(&f, "paid_date", "tomorrow,", "-");
    expect(&f, "paid_date", "20240229,", "2024-02-29");
    expect(&f, "paid_date", "a cell of more than sixteen bytes,", "-");
    expect_counts(&f, "paid_date", "1/4");
}
END_TEST

START_TEST(plain_numbers)
{
    fixture f;
    start(&f, "", "      paid: C\n");
    expect(&f, "paid", "12.5,", "12.50");
    expect(&f, "paid", "-0.0001,", "-0.0001");
    expect(&f, "paid", "0,", "0.00");
    expect(&f, "paid", "922337203685477.5807,", "922337203685477.5807");
    expect(&f, "paid", "922337203685477.5808,", "-");
    expect(&f, "paid", "1e3,", "-");
    expect(&f, "paid", "$5,", "-");
    expect(&f, "paid", ",", "-");
    expect_counts(&f, "paid", "1/3");
}
END_TEST

START_TEST(european_numbers)
{
    fixture f;
    start(&f,
          "numbers: {point: \",\", group: \".\", currency: \"€\", trailing_minus: yes, "
          "parentheses: yes}\n",
          "      paid: {column: C}\n      units: {column: D, numbers: {point: \".\"}}\n");
    expect(&f, "paid", "1.234.567.89,", "-");
    expect(&f, "paid", "1.234,", "1234.00");
    expect(&f, "paid", "€ 7-,1.5", "-7.00");
    expect(&f, "units", "(12),2.5", "2.5");
    expect(&f, "paid", "(12),2", "-12.00");
    expect_counts(&f, "paid", "0/1");
}
END_TEST

START_TEST(whole_numbers)
{
    fixture f;
    start(&f, "", "      days_supply: C\n      claim_version: D\n");
    expect(&f, "days_supply", "30,1", "30");
    expect(&f, "days_supply", "30.000,1", "30");
    expect(&f, "days_supply", "-3,1", "-3");
    expect(&f, "days_supply", "007,1", "7");
    expect(&f, "days_supply", "2.5,1", "-");
    expect(&f, "days_supply", "9223372036854775807,1", "9223372036854775807");
    expect(&f, "days_supply", "9223372036854775808,1", "-");
    expect_counts(&f, "days_supply", "0/2");
}
END_TEST

START_TEST(minutes_of_the_day)
{
    fixture f;
    start(&f, "dates: [yyyymmdd]\n", "      service_minute: C\n");
    expect(&f, "service_minute", "1439,", "1439");
    expect(&f, "service_minute", "1440,", "-");
    expect(&f, "service_minute", "-1,", "-");
    expect(&f, "service_minute", "08:30,", "-");
    expect_counts(&f, "service_minute", "0/3");
    start(&f, "", "      service_minute: {column: C, time: yes}\n");
    expect(&f, "service_minute", "08:30,", "510");
    expect(&f, "service_minute", "0830,", "510");
    expect(&f, "service_minute", "24:00,", "-");
    expect_counts(&f, "service_minute", "0/1");
    start(&f, "", "      service_minute: {column: C, dates: [\"yyyy-mm-dd HH:MM\"]}\n");
    expect(&f, "service_minute", "2024-01-01 23:59,", "1439");
    expect(&f, "service_minute", "2024-01-01,", "-");
    expect_counts(&f, "service_minute", "0/1");
}
END_TEST

START_TEST(enumerations_and_value_maps)
{
    fixture f;
    start(&f, "",
          "      sex: {column: C, values: {\"1\": M, \"2\": F, 男: M, 女: F}}\n"
          "      paid: {column: D, values: {none: \"0\", lots: \"-1.5\"}, others: keep}\n");
    expect(&f, "sex", "1,", "M");
    expect(&f, "sex", "女,", "F");
    expect(&f, "sex", "女,", "F");
    expect(&f, "sex", "0,none", "-");
    expect(&f, "sex", ",lots", "-");
    expect(&f, "paid", "M,none", "0.00");
    expect(&f, "paid", "2,lots", "-1.50");
    expect(&f, "paid", "2,7.25", "7.25");
    expect(&f, "sex", "2,x", "F");
    expect_counts(&f, "sex", "1/2");
    start(&f, "", "      sex: C\n");
    expect(&f, "sex", "X,", "X");
    expect(&f, "sex", "m,", "-");
    expect(&f, "sex", "U,", "-");
    expect_counts(&f, "sex", "0/2");
}
END_TEST

START_TEST(values_that_mean_missing)
{
    fixture f;
    start(&f, "missing: [\"~\", \"9999-12-31\"]\n",
          "      death_date: C\n      region: {column: D, missing: [\"-\"]}\n");
    expect(&f, "death_date", "9999-12-31,~", "-");
    expect(&f, "region", "~,~", "~");
    expect(&f, "region", "2020-01-01,-", "-");
    expect(&f, "death_date", "2020-01-01,-", "2020-01-01");
    expect_counts(&f, "death_date", "2/0");
}
END_TEST

START_TEST(identifiers_and_text)
{
    char longest[300];
    fixture f;
    memset(longest, 'x', sizeof longest);
    longest[256] = '\0';
    start(&f, "", "      patient_id: C\n      region: D\n");
    expect(&f, "patient_id", "00809537996386E1,", "00809537996386E1");
    expect(&f, "patient_id", "000,", "000");
    expect(&f, "patient_id", "ÄÖ 1,", "ÄÖ 1");
    expect(&f, "patient_id", ca_arena_printf(&f.arena, "%s,", longest), longest);
    expect(&f, "patient_id", ca_arena_printf(&f.arena, "%sx,", longest), "-");
    expect(&f, "region", ca_arena_printf(&f.arena, ",%sx", longest),
           ca_arena_printf(&f.arena, "%sx", longest));
    expect_counts(&f, "patient_id", "1/1");
}
END_TEST

START_TEST(codes_are_normalised)
{
    fixture f;
    start(&f, "",
          "      principal_diagnosis: {column: C, system: icd10cm}\n      revenue_code: D\n");
    expect(&f, "principal_diagnosis", "e11.9,450", "E119");
    expect(&f, "revenue_code", "e119,450", "0450");
    expect(&f, "principal_diagnosis", "...,450", "-");
    expect(&f, "principal_diagnosis", "a code that is longer than sixteen bytes,",
           "A CODE THAT IS LONGER THAN SIXTEEN BYTES");
    expect_counts(&f, "principal_diagnosis", "0/1");
    start(&f, "", "      drug: C\n");
    char longest[80];
    memset(longest, '7', sizeof longest);
    longest[64] = '\0';
    expect(&f, "drug", ca_arena_printf(&f.arena, "%s,", longest), longest);
    expect(&f, "drug", ca_arena_printf(&f.arena, "%s7,", longest), "-");
    expect_counts(&f, "drug", "0/1");
}
END_TEST

static uint8_t system_of(fixture *f, unsigned column, unsigned row)
{
    return ca_codes_system_of(&f->codes, f->batch->columns[column].as.code[row]);
}

START_TEST(system_from_a_column)
{
    fixture f;
    uint8_t icd9, icd10;
    start(&f, "",
          "      principal_diagnosis: {column: C, system_column: D, system_values: {\"0\": "
          "icd10cm, \"9\": icd9cm}}\n"
          "      admitting_diagnosis: {column: C, system: icd9cm, system_column: D, "
          "system_values: {\"0\": icd10cm}}\n");
    ck_assert(ca_codes_find_system(&f.codes, CA_TEXT("icd9cm"), &icd9));
    ck_assert(ca_codes_find_system(&f.codes, CA_TEXT("icd10cm"), &icd10));
    expect(&f, "principal_diagnosis", "V10,0", "V10");
    expect(&f, "principal_diagnosis", "V10,9", "V10");
    expect(&f, "principal_diagnosis", "V10,", "-");
    expect(&f, "principal_diagnosis", "V10,7", "-");
    expect(&f, "principal_diagnosis", ",7", "-");
    ck_assert_uint_eq(system_of(&f, CA_F_PRINCIPAL_DIAGNOSIS, 0), icd10);
    ck_assert_uint_eq(system_of(&f, CA_F_PRINCIPAL_DIAGNOSIS, 1), icd9);
    ck_assert_uint_eq(system_of(&f, CA_F_ADMITTING_DIAGNOSIS, 2), icd9);
    ck_assert_str_eq(fixture_value(&f, "admitting_diagnosis", 3), "-");
    expect_counts(&f, "principal_diagnosis", "1/2");
}
END_TEST

START_TEST(system_as_a_prefix)
{
    fixture f;
    uint8_t icd9;
    start(&f, "",
          "      principal_diagnosis: {column: C, system: icd10cm, prefixed: yes}\n"
          "      other_diagnoses: {column: D, system: icd10cm, prefixed: yes}\n");
    ck_assert(ca_codes_find_system(&f.codes, CA_TEXT("icd9cm"), &icd9));
    expect(&f, "principal_diagnosis", "icd9cm:428.0,I10;icd9cm:4280", "4280");
    ck_assert_uint_eq(system_of(&f, CA_F_PRINCIPAL_DIAGNOSIS, 0), icd9);
    ck_assert_str_eq(fixture_value(&f, "other_diagnoses", 0), "I10;4280");
    expect(&f, "principal_diagnosis", "hcpcs:A0425,",
           "HCPCS:A0425"); /* of another family: no prefix */
    expect(&f, "principal_diagnosis", "what:1,", "WHAT:1");
    expect(&f, "principal_diagnosis", "icd9cm:,", "-");
    expect(&f, "principal_diagnosis", ":,", ":");
    expect_counts(&f, "principal_diagnosis", "0/1");
}
END_TEST

START_TEST(lists)
{
    fixture f;
    start(&f, "missing: [\"~\"]\n",
          "      modifiers: C\n      condition_codes: {column: D, list: \" \"}\n");
    expect(&f, "modifiers", "rt;;LT ; ~;rt,", "RT;LT;RT");
    expect(&f, "modifiers", ",", "");
    expect(&f, "modifiers", ";;,", "");
    expect(&f, "condition_codes", "A,45 C7", "45;C7");
    ck_assert(ca_batch_has(f.batch, CA_F_MODIFIERS, 1) &&
              ca_batch_has(f.batch, CA_F_CONDITION_CODES, 0));
    expect_counts(&f, "modifiers", "2/0");
    start(&f, "", "      modifiers: {columns: [C, D], values: {a: RT, b: LT}}\n");
    expect(&f, "modifiers", "b,a", "LT;RT");
    expect(&f, "modifiers", ",a", "RT");
    expect(&f, "modifiers", "c,a", "RT");
    expect(&f, "modifiers", ",", "");
    expect_counts(&f, "modifiers", "2/1");
}
END_TEST

START_TEST(diagnoses)
{
    fixture f;
    start(&f, "",
          "      principal_diagnosis: {column: C, system: icd10cm}\n"
          "      other_diagnoses: {column: D, system: icd10cm, drop_principal: yes}\n");
    expect(&f, "other_diagnoses", "I10,E11.9;i10;E11.9;J44", "E119;E119;J44");
    expect(&f, "diagnoses", "I10,E119;I10", "I10;E119");
    expect(&f, "diagnoses", ",E119;I10", "E119;I10");
    expect(&f, "diagnoses", "I10,", "I10");
    expect(&f, "diagnoses", ",", "");
    fixture_done(&f);
    start(&f, "",
          "      principal_diagnosis: {column: C, system: icd10cm}\n"
          "      admitting_diagnosis: {column: D, system: icd10cm}\n");
    expect(&f, "diagnoses", "I10,J44", "I10");
    fixture_done(&f);
    start(&f, "", "      admitting_diagnosis: {column: D, system: icd10cm}\n");
    expect(&f, "diagnoses", "I10,J44", "-");
    fixture_done(&f);
}
END_TEST

START_TEST(intervals)
{
    fixture f;
    start(&f, "", "      eligibility: {column: C, dates: [yyyymmdd, yyyy-mm-dd]}\n");
    expect(&f, "eligibility", "20200101..20201231;2022-01-01..,",
           "2020-01-01..2020-12-31;2022-01-01..");
    expect(&f, "eligibility", "..,", "..");
    expect(&f, "eligibility", "..2020-01-01; 2021-01-01..2021-01-01;,",
           "..2020-01-01;2021-01-01..2021-01-01");
    expect(&f, "eligibility", "2021-01-02..2021-01-01,", "-");
    expect(&f, "eligibility", "2021-01-02,", "-");
    expect(&f, "eligibility", "2021-01-01..2021-01-02;x..,", "-");
    expect(&f, "eligibility", ",", "-");
    char many[1000] = "";
    for (int i = 0; i < 40; i++) {
        strcat(many, "2020-01-01..2020-01-02;");
    }
    ck_assert_int_eq(fixture_row(&f, ca_arena_printf(&f.arena, "1,%s,", many)), 0);
    ck_assert_uint_eq(f.batch->columns[CA_F_ELIGIBILITY].as.slice[7].len, 40);
    expect_counts(&f, "eligibility", "1/3");
}
END_TEST

START_TEST(constants)
{
    fixture f;
    start(&f, "",
          "      paid: {value: \"-1.5\"}\n      from_date: {value: 2024-02-29}\n"
          "      care_mode: {value: ward}\n"
          "      procedure: {value: icd9, system: hcpcs}\n      days_supply: {value: 30}\n"
          "      sex: {value: F}\n"
          "      modifiers: {value: RT;LT}\n      patient_id: {value: P1}\n"
          "      service_minute: {value: 0}\n");
    expect(&f, "paid", ",", "-1.50");
    expect(&f, "from_date", ",", "2024-02-29");
    expect(&f, "care_mode", ",", "ward");
    expect(&f, "procedure", ",", "ICD9");
    expect(&f, "days_supply", ",", "30");
    expect(&f, "sex", ",", "F");
    expect(&f, "modifiers", ",", "RT;LT");
    expect(&f, "patient_id", ",", "P1");
    expect(&f, "service_minute", ",", "0");
    ck_assert_str_eq(fixture_counted(&f, "", "paid"), "0/0");
    fixture_done(&f);
}
END_TEST

/* More codes than the cache of a column holds, each twice. */
START_TEST(many_codes)
{
    fixture f;
    start(&f, "", "      procedure: {column: C, system: hcpcs}\n");
    for (int i = 0; i < 3000; i++) {
        int number = (i * 7919) % 1500;
        const char *row = ca_arena_printf(&f.arena, "1,v%04d,", number);
        ca_batch_clear(f.batch);
        ck_assert_int_eq(fixture_row(&f, row), 0);
        ck_assert_str_eq(fixture_value(&f, "procedure", 0),
                         ca_arena_printf(&f.arena, "V%04d", number));
    }
    ck_assert_uint_eq(ca_codes_count(&f.codes), 1500);
    fixture_done(&f);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, dates);
    tcase_add_test(tcase, plain_numbers);
    tcase_add_test(tcase, european_numbers);
    tcase_add_test(tcase, whole_numbers);
    tcase_add_test(tcase, minutes_of_the_day);
    tcase_add_test(tcase, enumerations_and_value_maps);
    tcase_add_test(tcase, values_that_mean_missing);
    tcase_add_test(tcase, identifiers_and_text);
    tcase_add_test(tcase, codes_are_normalised);
    tcase_add_test(tcase, system_from_a_column);
    tcase_add_test(tcase, system_as_a_prefix);
    tcase_add_test(tcase, lists);
    tcase_add_test(tcase, diagnoses);
    tcase_add_test(tcase, intervals);
    tcase_add_test(tcase, constants);
    tcase_add_test(tcase, many_codes);
}

CA_CHECK_MAIN("map/decode", add_tests)
