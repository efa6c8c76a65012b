/* Periods at the ends of time: days of the years 1 and 9999 stand in real files for "unknown" and "open". */
#include "support/check_main.h"
#include "support/group_judge.h"

#include <stdio.h>

#include "rules/group_windows.h"

static group_world world;

static void set_up(void)
{
    group_init(&world);
}

static void tear_down(void)
{
    group_done(&world);
}

typedef struct period_case {
    ca_period period;
    ca_date day, first, last;
} period_case;

static const period_case cases[] = {
    {CA_PERIOD_DAY, CA_DATE_MIN, CA_DATE_MIN, CA_DATE_MIN},
    {CA_PERIOD_DAY, CA_DATE_MAX, CA_DATE_MAX, CA_DATE_MAX},
    {CA_PERIOD_WEEK, CA_DATE_MIN, CA_DATE_MIN, CA_DATE_MIN + 6},
    {CA_PERIOD_WEEK, CA_DATE_MAX, CA_DATE_MAX - 4, CA_DATE_MAX},    /* a Friday */
    {CA_PERIOD_MONTH, CA_DATE_MIN, CA_DATE_MIN, CA_DATE_MIN + 30},
    {CA_PERIOD_MONTH, CA_DATE_MAX, CA_DATE_MAX - 30, CA_DATE_MAX},
    {CA_PERIOD_QUARTER, CA_DATE_MIN, CA_DATE_MIN, CA_DATE_MIN + 89},
    {CA_PERIOD_QUARTER, CA_DATE_MAX, CA_DATE_MAX - 91, CA_DATE_MAX},
    {CA_PERIOD_YEAR, CA_DATE_MIN, CA_DATE_MIN, CA_DATE_MIN + 364},
    {CA_PERIOD_YEAR, CA_DATE_MAX, CA_DATE_MAX - 364, CA_DATE_MAX},
    /* Of a year that begins in April. */
    {CA_PERIOD_BENEFIT_YEAR, CA_DATE_MIN, CA_DATE_MIN, CA_DATE_MIN + 89},
    {CA_PERIOD_BENEFIT_YEAR, CA_DATE_MIN + 90, CA_DATE_MIN + 90, CA_DATE_MIN + 90 + 364},
    {CA_PERIOD_BENEFIT_YEAR, CA_DATE_MAX, CA_DATE_MAX - 274, CA_DATE_MAX},
    {CA_PERIOD_BENEFIT_YEAR, CA_DATE_MAX - 275, CA_DATE_MAX - 275 - 364, CA_DATE_MAX - 275},
};

START_TEST(no_period_goes_beyond_the_ends_of_time)
{
    const ca_horizon horizon = {.through = CA_DATE_MAX, .benefit_month = 4, .benefit_day = 1};
    const period_case *of = &cases[_i];
    ca_date first = 0;
    ca_date last = 0;
    ca_period_of(of->period, &horizon, of->day, &first, &last);
    ck_assert_int_eq(first, of->first);
    ck_assert_int_eq(last, of->last);
}
END_TEST

static const char *const rules[] = {
    "within: day\n",  "within: week\n",         "within: month\n",          "within: quarter\n",
    "within: year\n", "within: benefit_year\n", "within: rolling 30 days\n"};

/* Explanations print the first and the last day. */
START_TEST(lines_there_are_judged)
{
    char rule[200];
    snprintf(rule, sizeof rule, "kind: window\nmessage: \"{window_start} {window_end}\"\nper: [patient_id]\n%swhen: count() > 1\n",
             rules[_i]);
    group_rule(&world, rule);
    group_table(&world, "id patient_id service_date\n1 P1 0001-01-01\n2 P1 0001-01-01\n3 P1 9999-12-31\n4 P1 9999-12-31\n");
    ck_assert_str_eq(group_said(&world, NULL, false), "hit 1 2; hit 3 4; 2 hit");
}
END_TEST

START_TEST(an_absence_looks_no_further)
{
    group_rule(&world, "kind: absence\nmessage: m\nper: [patient_id]\nevent: units > 5\nwithout: units < 3\n"
                       "look: 30 days before to 30 days after\n");
    group_table(&world, "id patient_id service_date units\n1 P1 0001-01-01 9\n2 P1 9999-12-31 9\n");
    world.horizon.has_from = true;
    world.horizon.from = CA_DATE_MIN;
    ck_assert_str_eq(group_said(&world, NULL, false), "hit 2; unknown 1: before the data; 1 hit, 1 unknown");
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, no_period_goes_beyond_the_ends_of_time, 0, (int)(sizeof cases / sizeof *cases));
    tcase_add_loop_test(tcase, lines_there_are_judged, 0, (int)(sizeof rules / sizeof *rules));
    tcase_add_test(tcase, an_absence_looks_no_further);
}

CA_CHECK_MAIN("rules/group_periods", add_tests)
