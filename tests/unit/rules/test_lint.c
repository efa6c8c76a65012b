/* Warnings about rules that are correct but perhaps not meant so. */
#include "support/check_main.h"

#include "support/rule_front.h"

static rule_front *front;

static void open_front(void)
{
    front = rule_front_new();
}

static void close_front(void)
{
    rule_front_free(front);
}

static const struct {
    const char *kind;
    const char *expression;
    const char *said;
} warned[] = {
    {"line", "sex != 'M'",
     "9:7: warning: where sex is missing this is unknown, not true; say what you mean with 'sex is "
     "missing' or 'sex is present'\n"},
    {"line", "not (paid > 1 and units > 1)",
     "9:7: warning: where paid is missing this is unknown, not true; say what you mean with 'paid is missing' or "
     "'paid is present'\n"},
    {"line", "procedure not in ('V0103')",
     "9:7: warning: where procedure is missing this is unknown, not true; say what you mean with 'procedure is "
     "missing' or 'procedure is present'\n"},
    {"line", "sex is present and sex != 'M'", ""},
    {"line", "sex != 'M' or sex is missing", ""},
    {"line", "not (modifiers has 'KX')", ""},
    {"line", "not (claim_type = 'dental')", ""},
    {"line", "not (paid is missing)", ""},
    {"claim", "not any(procedure = 'V0103')", ""},
    {"claim", "any(sex != 'M')",
     "9:11: warning: where sex is missing this is unknown, not true; say what you mean with 'sex "
     "is missing' or 'sex is present'\n"},
    {"line", "1 = 2",
     "9:7: warning: this condition reads no column: it is the same for every line\n"},
    {"line", "paid > 1 and year(2024-01-01) = 2024",
     "9:20: warning: this condition reads no column: it is the same for every line\n"},
    {"line", "paid > 5 and paid < 3",
     "9:20: warning: paid cannot fulfil this and the condition before: never true together\n"},
    {"line", "paid > 5 and units < 3", ""},
    {"line", "paid > 3 and paid < 5", ""},
    {"line", "paid >= 5 and paid <= 5", ""},
    {"line", "paid > 5 and 5 >= paid",
     "9:20: warning: paid cannot fulfil this and the condition before: never true together\n"},
    {"line", "paid > 5 or paid < 3", ""},
    {"line", "sex = 'M' and sex = 'F'",
     "9:21: warning: sex cannot fulfil this and the condition before: never true together\n"},
    {"line", "service_date < 2024-01-01 and service_date > 2024-01-01",
     "9:37: warning: service_date cannot fulfil this and the condition before: never true together\n"},
    {"line", "paid = 1 and paid > 1",
     "9:20: warning: paid cannot fulfil this and the condition before: never true together\n"},
    {"line", "paid between 5 and 3",
     "9:7: warning: nothing is between these two: the larger comes first\n"},
    {"claim", "sum(claim_paid) > 1",
     "9:7: warning: claim_paid is a value of the claim; sum(\xE2\x80\xA6) counts it once a line. Write it without "
     "sum\n"},
};

START_TEST(warnings)
{
    ck_assert_str_eq(rule_front_when(front, warned[_i].kind, warned[_i].expression),
                     warned[_i].said);
    ck_assert_ptr_nonnull(rule_front_rule(front));
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_unchecked_fixture(tcase, open_front, close_front);
    tcase_add_loop_test(tcase, warnings, 0, (int)(sizeof(warned) / sizeof(warned[0])));
}

CA_CHECK_MAIN("rules/lint", add_tests)
