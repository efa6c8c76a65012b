/* Day numbers: every day of eight centuries, impossible days, the edges of months, leap years and
 * ages. */
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "support/check_main.h"

static ca_date day(int year, int month, int of_month)
{
    ca_date date = -1;
    ck_assert_msg(ca_date_make(year, month, of_month, &date), "%d-%d-%d", year, month, of_month);
    return date;
}

static bool exists(int year, int month, int of_month)
{
    ca_date date = 4711;
    bool made = ca_date_make(year, month, of_month, &date);
    ck_assert(made || date == 4711);
    return made;
}

/* The obvious twin: counts on day by day. */
typedef struct calendar {
    int year, month, day;
} calendar;

static int days_in(int year, int month)
{
    if (month == 2)
        return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

static void next_day(calendar *at)
{
    if (++at->day > days_in(at->year, at->month)) {
        at->day = 1;
        at->month++;
    }
    if (at->month > 12) {
        at->month = 1;
        at->year++;
    }
}

START_TEST(every_day_from_1600_to_2400)
{
    calendar at = {1600, 1, 1};
    ca_date date = -135140; /* 1600-01-01 */
    for (; at.year <= 2400; next_day(&at), date++) {
        int year, month, of_month;
        char text[CA_DATE_SIZE], expected[40];
        ca_date read;
        ca_date_split(date, &year, &month, &of_month);
        ca_date_print(date, text);
        snprintf(expected, sizeof expected, "%04d-%02d-%02d", at.year, at.month, at.day);
        if (year != at.year || month != at.month || of_month != at.day ||
            day(at.year, at.month, at.day) != date || strcmp(text, expected) != 0 ||
            !ca_date_parse_iso(ca_text_of(text), &read) || read != date ||
            ca_date_month_end(at.year, at.month) != date - at.day + days_in(at.year, at.month))
            ck_abort_msg("%s: %d-%d-%d, %s", expected, year, month, of_month, text);
    }
    ck_assert_int_eq(date, 157420); /* 2401-01-01 */
}
END_TEST

START_TEST(the_ends_of_time)
{
    char text[CA_DATE_SIZE];
    ck_assert_int_eq(day(1970, 1, 1), 0);
    ck_assert_int_eq(day(1969, 12, 31), -1);
    ck_assert_int_eq(day(1, 1, 1), CA_DATE_MIN);
    ck_assert_int_eq(day(9999, 12, 31), CA_DATE_MAX);
    ca_date_print(CA_DATE_MIN, text);
    ck_assert_str_eq(text, "0001-01-01");
    ca_date_print(CA_DATE_MAX, text);
    ck_assert_str_eq(text, "9999-12-31");
}
END_TEST

START_TEST(impossible_days)
{
    ck_assert(!exists(0, 1, 1) && !exists(10000, 1, 1) && !exists(-1, 1, 1));
    ck_assert(!exists(2024, 0, 1) && !exists(2024, 13, 1) && !exists(2024, -1, 1));
    for (int month = 1; month <= 12; month++) {
        for (int year = 2023; year <= 2024; year++) {
            ck_assert(!exists(year, month, 0));
            ck_assert(exists(year, month, days_in(year, month)));
            ck_assert(!exists(year, month, days_in(year, month) + 1));
        }
    }
    ck_assert(!exists(INT32_MIN, INT32_MIN, INT32_MIN) && !exists(INT32_MAX, INT32_MAX, INT32_MAX));
}
END_TEST

START_TEST(leap_years)
{
    ck_assert(exists(2000, 2, 29) && exists(2024, 2, 29) && exists(4, 2, 29));
    ck_assert(!exists(1900, 2, 29) && !exists(2100, 2, 29) && !exists(2023, 2, 29));
}
END_TEST

START_TEST(iso_is_strict)
{
    static const char *const wrong[] = {"",           "2024",        "2024-1-01",   "2024-01-1",
                                        "20240101",   "2024/01/01",  "2024-01-01 ", " 2024-01-01",
                                        "2024-01-0a", "2024-13-01",  "2024-02-30",  "0000-01-01",
                                        "2024-01-/1", "20:4-01-01",  "2024-01-:1",  "+024-01-01",
                                        "2024-00-10", "2024-01-011", "2024- 1-01"};
    ca_date date = 4711;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        ck_assert_msg(!ca_date_parse_iso(ca_text_of(wrong[i]), &date), "%s", wrong[i]);
    ck_assert(!ca_date_parse_iso((ca_text){0}, &date));
    ck_assert_int_eq(date, 4711);
    ck_assert(ca_date_parse_iso(CA_TEXT("0001-01-01"), &date) && date == CA_DATE_MIN);
}
END_TEST

START_TEST(months_clamp_to_their_end)
{
    static const struct {
        int from[3];
        int64_t months;
        int to[3];
    } cases[] = {
        {{2024, 1, 31}, 1, {2024, 2, 29}},
        {{2023, 1, 31}, 1, {2023, 2, 28}},
        {{2024, 3, 31}, -1, {2024, 2, 29}},
        {{2024, 2, 29}, 12, {2025, 2, 28}},
        {{2024, 2, 29}, 48, {2028, 2, 29}},
        {{2024, 5, 31}, 1, {2024, 6, 30}},
        {{2024, 12, 15}, 1, {2025, 1, 15}},
        {{2024, 1, 15}, -1, {2023, 12, 15}},
        {{2024, 1, 15}, 0, {2024, 1, 15}},
        {{1, 1, 1}, 9999 * 12 - 1, {9999, 12, 1}},
        {{9999, 12, 31}, -9999 * 12 + 1, {1, 1, 31}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ca_date date = 0;
        ck_assert(ca_date_add_months(day(cases[i].from[0], cases[i].from[1], cases[i].from[2]),
                                     cases[i].months, &date));
        ck_assert_int_eq(date, day(cases[i].to[0], cases[i].to[1], cases[i].to[2]));
    }
    ca_date date = 4711;
    ck_assert(!ca_date_add_months(CA_DATE_MAX, 1, &date));
    ck_assert(!ca_date_add_months(CA_DATE_MIN, -1, &date));
    ck_assert(!ca_date_add_months(0, INT64_MAX, &date));
    ck_assert(!ca_date_add_months(0, INT64_MIN, &date));
    ck_assert_int_eq(date, 4711);
}
END_TEST

START_TEST(days_stop_at_the_ends_of_time)
{
    ca_date date = 4711;
    ck_assert(!ca_date_add_days(CA_DATE_MAX, 1, &date));
    ck_assert(!ca_date_add_days(CA_DATE_MIN, -1, &date));
    ck_assert(!ca_date_add_days(1, INT64_MAX, &date));
    ck_assert(!ca_date_add_days(-1, INT64_MIN, &date));
    ck_assert_int_eq(date, 4711);
    ck_assert(ca_date_add_days(CA_DATE_MIN, CA_DATE_MAX - CA_DATE_MIN, &date));
    ck_assert_int_eq(date, CA_DATE_MAX);
    ck_assert(ca_date_add_days(day(2024, 2, 28), 2, &date) && date == day(2024, 3, 1));
    ck_assert_int_eq(ca_date_nearest((int64_t)CA_DATE_MAX + 1), CA_DATE_MAX);
    ck_assert_int_eq(ca_date_nearest(INT64_MAX), CA_DATE_MAX);
    ck_assert_int_eq(ca_date_nearest((int64_t)CA_DATE_MIN - 1), CA_DATE_MIN);
    ck_assert_int_eq(ca_date_nearest(INT64_MIN), CA_DATE_MIN);
    ck_assert_int_eq(ca_date_nearest(CA_DATE_MIN), CA_DATE_MIN);
    ck_assert_int_eq(ca_date_nearest(5), 5);
}
END_TEST

START_TEST(weekdays)
{
    ck_assert_int_eq(ca_date_weekday(0), 4); /* a Thursday */
    ck_assert_int_eq(ca_date_weekday(-1), 3);
    ck_assert_int_eq(ca_date_weekday(day(2024, 2, 26)), 1);
    ck_assert_int_eq(ca_date_weekday(day(2024, 3, 3)), 7);
    ck_assert_int_eq(ca_date_weekday(CA_DATE_MIN), 1);
    ck_assert_int_eq(ca_date_weekday(CA_DATE_MAX), 5);
}
END_TEST

START_TEST(ages)
{
    ca_date leap = day(2000, 2, 29);
    ck_assert_int_eq(ca_date_age_years(leap, leap), 0);
    ck_assert_int_eq(ca_date_age_years(leap, leap - 1), -1);
    ck_assert_int_eq(ca_date_age_years(leap, day(2001, 2, 28)), 0);
    ck_assert_int_eq(ca_date_age_years(leap, day(2001, 3, 1)), 1);
    ck_assert_int_eq(ca_date_age_years(leap, day(2004, 2, 28)), 3);
    ck_assert_int_eq(ca_date_age_years(leap, day(2004, 2, 29)), 4);
    ck_assert_int_eq(ca_date_age_years(leap, day(1999, 2, 28)), -2);
    ck_assert_int_eq(ca_date_age_years(leap, day(1999, 3, 1)), -1);
    ck_assert_int_eq(ca_date_age_years(day(1990, 6, 15), day(2024, 6, 14)), 33);
    ck_assert_int_eq(ca_date_age_years(day(1990, 6, 15), day(2024, 6, 15)), 34);
    ck_assert_int_eq(ca_date_age_years(CA_DATE_MIN, CA_DATE_MAX), 9998);
    ck_assert_int_eq(ca_date_age_years(CA_DATE_MAX, CA_DATE_MIN), -9999);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, every_day_from_1600_to_2400);
    tcase_add_test(tcase, the_ends_of_time);
    tcase_add_test(tcase, impossible_days);
    tcase_add_test(tcase, leap_years);
    tcase_add_test(tcase, iso_is_strict);
    tcase_add_test(tcase, months_clamp_to_their_end);
    tcase_add_test(tcase, days_stop_at_the_ends_of_time);
    tcase_add_test(tcase, weekdays);
    tcase_add_test(tcase, ages);
}

CA_CHECK_MAIN("base/date", add_tests)
