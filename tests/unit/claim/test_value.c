/* Each type out of a batch, as an auditor reads it; missing is "-". */
#include "claim/value.h"
#include "support/check_main.h"

static ca_schema schema;
static ca_batch *batch;
static ca_arena arena;
static ca_codes codes;

static void setup(void)
{
    ca_schema_init(&schema);
    batch = ca_batch_new(&schema, 2);
    ca_arena_init(&arena);
    ca_codes_init(&codes, &arena);
}

static void teardown(void)
{
    ca_codes_done(&codes);
    ca_arena_done(&arena);
    ca_batch_free(batch);
}

static ca_column *put(unsigned column)
{
    ck_assert_int_eq(ca_batch_use(batch, column), 0);
    ca_bit_set(batch->columns[column].present, 1);
    return &batch->columns[column];
}

static void reads(unsigned column, const char *expected)
{
    ca_buf text;
    ca_value missing = ca_value_of(batch, column, 0), value = ca_value_of(batch, column, 1);
    ck_assert(!missing.present && value.present && value.type == schema.columns[column].type);
    ca_buf_init(&text);
    ca_value_print(&missing, &codes, &text);
    ca_buf_add_char(&text, ' ');
    ca_value_print(&value, &codes, &text);
    ck_assert(ca_text_starts(ca_buf_text(&text), CA_TEXT("- ")));
    ck_assert_str_eq(ca_buf_cstr(&text) + 2, expected);
    ca_buf_done(&text);
}

START_TEST(numbers)
{
    put(CA_F_LINE_NO)->as.number[1] = 2003;
    reads(CA_F_LINE_NO, "2003");
    put(CA_F_PAID)->as.number[1] = 125000;
    reads(CA_F_PAID, "12.50");
    put(CA_F_PAID)->as.number[1] = -1;
    reads(CA_F_PAID, "-0.0001");
    put(CA_F_PAID)->as.number[1] = INT64_MIN;
    reads(CA_F_PAID, "-922337203685477.5808");
    put(CA_F_UNITS)->as.number[1] = 125000;
    reads(CA_F_UNITS, "12.5");
    put(CA_F_UNITS)->as.number[1] = 120000;
    reads(CA_F_UNITS, "12");
    put(CA_F_LINE_NO)->as.number[1] = INT64_MAX;
    reads(CA_F_LINE_NO, "9223372036854775807");
    put(CA_F_LINE_NO)->as.number[1] = INT64_MIN;
    reads(CA_F_LINE_NO, "-9223372036854775808");
}
END_TEST

START_TEST(an_expression_rounds)
{
    ca_value third = {.type = CA_TYPE_DECIMAL, .present = true, .as.ratio = ca_ratio_of(1, 3)};
    ca_value huge = third;
    ca_buf text;
    ca_buf_init(&text);
    ca_value_print(&third, &codes, &text);
    ck_assert_str_eq(ca_buf_cstr(&text), "0.3333");
    ck_assert(ca_ratio_mul(ca_ratio_of(INT64_MAX, 1), ca_ratio_of(INT64_MAX, 1), &huge.as.ratio));
    ca_buf_clear(&text);
    ca_value_print(&huge, &codes, &text);
    ck_assert_str_eq(ca_buf_cstr(&text), "out of range");
    ca_buf_done(&text);
}
END_TEST

START_TEST(dates_choices_and_texts)
{
    put(CA_F_SERVICE_DATE)->as.date[1] = 0;
    reads(CA_F_SERVICE_DATE, "1970-01-01");
    put(CA_F_SEX)->as.choice[1] = CA_SEX_F;
    reads(CA_F_SEX, "F");
    put(CA_F_CLAIM_TYPE)->as.choice[1] = CA_DENTAL;
    reads(CA_F_CLAIM_TYPE, "dental");
    ck_assert_int_eq(ca_batch_add_bytes(batch, CA_TEXT("C 1"), &put(CA_F_CLAIM_ID)->as.slice[1]),
                     0);
    reads(CA_F_CLAIM_ID, "C 1");
    ck_assert_int_eq(ca_batch_add_bytes(batch, CA_TEXT(""), &put(CA_F_REGION)->as.slice[1]), 0);
    reads(CA_F_REGION, "");
}
END_TEST

START_TEST(codes_and_lists)
{
    ca_system system = {.name = "icd10cm", .family = "diagnosis"};
    uint8_t id;
    uint32_t ids[2];
    ca_error err;
    ck_assert_int_eq(ca_codes_add_system(&codes, &system, &id, &err), 0);
    ck_assert_int_eq(ca_codes_put(&codes, id, CA_TEXT("E119"), &ids[0]), 0);
    ck_assert_int_eq(ca_codes_put(&codes, id, CA_TEXT("I10"), &ids[1]), 0);
    put(CA_F_PRINCIPAL_DIAGNOSIS)->as.code[1] = ids[1];
    reads(CA_F_PRINCIPAL_DIAGNOSIS, "I10");
    ca_slice *list = &put(CA_F_DIAGNOSES)->as.slice[1];
    ck_assert_int_eq(ca_batch_add_codes(batch, NULL, 0, list), 0);
    reads(CA_F_DIAGNOSES, "");
    ck_assert_int_eq(ca_batch_add_codes(batch, ids, 2, list), 0);
    reads(CA_F_DIAGNOSES, "E119;I10");
    ca_interval intervals[] = {{0, 30}, {365, CA_DATE_MAX}, {CA_DATE_MIN, 0}};
    list = &put(CA_F_ELIGIBILITY)->as.slice[1];
    ck_assert_int_eq(ca_batch_add_intervals(batch, intervals, 3, list), 0);
    reads(CA_F_ELIGIBILITY, "1970-01-01..1970-01-31;1971-01-01..;..1970-01-01");
    ck_assert_int_eq(ca_batch_add_intervals(batch, NULL, 0, list), 0);
    reads(CA_F_ELIGIBILITY, "");
}
END_TEST

START_TEST(a_column_never_used_is_missing)
{
    ca_value value = ca_value_of(batch, CA_F_PAID, 1);
    ck_assert(!value.present && value.type == CA_TYPE_MONEY);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, numbers);
    tcase_add_test(tcase, an_expression_rounds);
    tcase_add_test(tcase, dates_choices_and_texts);
    tcase_add_test(tcase, codes_and_lists);
    tcase_add_test(tcase, a_column_never_used_is_missing);
}

CA_CHECK_MAIN("claim/value", add_tests)
