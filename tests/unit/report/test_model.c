/* Models as the report names them: the last one counts, freezing, and reports that know of none. */
#include "report/model.h"

#include "sample.h"

static ca_error err;
static ca_arena arena;

static void start(void)
{
    sample_start();
    ca_arena_init(&arena);
}

static void stop(void)
{
    ca_arena_done(&arena);
    sample_stop();
}

static ca_model_record some(int64_t number)
{
    return (ca_model_record){.number = number,
                             .digest = {UINT64_C(0xFEDCBA9876543210), (uint64_t)number},
                             .file = "a report.db.fedc.model",
                             .made = "2024-05-06T01:02:03Z",
                             .run = {7, 8},
                             .period_from = 19000,
                             .period_through = 19364,
                             .lines = 12345};
}

static void add(int64_t number)
{
    ca_model_record model = some(number);
    ca_report *report = sample_open(true);
    ck_assert_int_eq(ca_report_add_model(report, &model, &err), 0);
    ca_report_close(report);
}

static void freeze(const char *when, int expected)
{
    ca_report *report = sample_open(true);
    ck_assert_int_eq(ca_report_freeze_model(report, when, &err), expected);
    ca_report_close(report);
}

START_TEST(nothing_is_known)
{
    ca_model_record model;
    ck_assert_int_eq(ca_report_current_model(sample_path, &arena, &model, &err), CA_END);
    freeze("2024-05-07T00:00:00Z", CA_END);
    ck_assert_int_eq(ca_report_current_model(sample_path, &arena, &model, &err), CA_END);
    sample_ask("PRAGMA user_version = 3");    /* before there were models */
    ck_assert_int_eq(ca_report_current_model(sample_path, &arena, &model, &err), CA_END);
}
END_TEST

START_TEST(last_one_counts)
{
    ca_model_record model;
    add(1);
    add(2);
    ck_assert_int_eq(ca_report_current_model(sample_path, &arena, &model, &err), 0);
    ck_assert_int_eq(model.number, 2);
    ck_assert_uint_eq(model.digest.high, UINT64_C(0xFEDCBA9876543210));
    ck_assert_uint_eq(model.digest.low, 2);
    ck_assert_str_eq(model.file, "a report.db.fedc.model");
    ck_assert_str_eq(model.made, "2024-05-06T01:02:03Z");
    ck_assert_uint_eq(model.run.low, 8);
    ck_assert_int_eq(model.period_from, 19000);
    ck_assert_int_eq(model.period_through, 19364);
    ck_assert_uint_eq(model.lines, 12345);
    ck_assert_ptr_null(model.frozen);
    ck_assert_int_eq(ca_report_find_model(sample_path, 1, &arena, &model, &err), 0);
    ck_assert_uint_eq(model.digest.low, 1);
    ck_assert_int_eq(ca_report_find_model(sample_path, 3, &arena, &model, &err), CA_END);
    ck_assert_int_eq(ca_report_find_model(sample_path, 0, &arena, &model, &err), CA_END);
    ck_answer("SELECT * FROM v_models WHERE model = 2",
              "2|fedcba98765432100000000000000002|a report.db.fedc.model|2024-05-06T01:02:03Z|2022-01-08|2023-01-07|12345|NULL");
}
END_TEST

START_TEST(freezing_is_of_the_last_one)
{
    ca_model_record model;
    add(1);
    add(2);
    freeze("2024-05-07T00:00:00Z", 0);
    ck_answer("SELECT model, frozen FROM v_models ORDER BY 1", "1|NULL\n2|2024-05-07T00:00:00Z");
    ck_assert_int_eq(ca_report_current_model(sample_path, &arena, &model, &err), 0);
    ck_assert_str_eq(model.frozen, "2024-05-07T00:00:00Z");
    freeze(NULL, 0);
    ck_assert_int_eq(ca_report_current_model(sample_path, &arena, &model, &err), 0);
    ck_assert_ptr_null(model.frozen);
}
END_TEST

START_TEST(number_is_given_once)
{
    ca_model_record model = some(1);
    add(1);
    ca_report *report = sample_open(true);
    ck_assert_int_eq(ca_report_add_model(report, &model, &err), CA_FAIL);
    ca_report_close(report);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, start, stop);
    tcase_add_test(tcase, nothing_is_known);
    tcase_add_test(tcase, last_one_counts);
    tcase_add_test(tcase, freezing_is_of_the_last_one);
    tcase_add_test(tcase, number_is_given_once);
}

CA_CHECK_MAIN("report/model", add_tests)
