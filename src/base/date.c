/* Day numbers: made from the calendar and split again, written as yyyy-mm-dd, and the steps and
 * ages that rules ask for. */
#include "base/date.h"

#include <assert.h>
#include <string.h>

#define EPOCH_SHIFT 719468 /* days from 0000-03-01 to 1970-01-01 */
#define ERA_DAYS    146097 /* days in 400 years */

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int month_days(int year, int month)
{
    static const uint8_t days[13] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month];
}

/* Years begin on 1 March here, so that the leap day comes last and shifts no other day. */
static ca_date day_number(int year, int month, int day)
{
    int march_year = month <= 2 ? year - 1 : year;
    int era = march_year / 400;
    int year_of_era = march_year % 400;
    int day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * ERA_DAYS + day_of_era - EPOCH_SHIFT;
}

bool ca_date_make(int year, int month, int day, ca_date *ret_date)
{
    if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 ||
        (day > 28 && day > month_days(year, month)))
        return false;
    *ret_date = day_number(year, month, day);
    return true;
}

void ca_date_split(ca_date date, int *ret_year, int *ret_month, int *ret_day)
{
    assert(date >= CA_DATE_MIN && date <= CA_DATE_MAX);
    int shifted = date + EPOCH_SHIFT;
    int era = shifted / ERA_DAYS;
    int day_of_era = shifted % ERA_DAYS;
    int year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / (ERA_DAYS - 1)) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int month = (5 * day_of_year + 2) / 153;
    *ret_day = day_of_year - (153 * month + 2) / 5 + 1;
    *ret_month = month < 10 ? month + 3 : month - 9;
    *ret_year = era * 400 + year_of_era + (month >= 10);
}

static void print_digits(int value, int count, char *ret_text)
{
    for (int i = count - 1; i >= 0; i--) {
        ret_text[i] = (char)('0' + value % 10);
        value /= 10;
    }
}

void ca_date_print(ca_date date, char ret_text[CA_DATE_SIZE])
{
    int year, month, day;
    ca_date_split(date, &year, &month, &day);
    memcpy(ret_text, "yyyy-mm-dd", CA_DATE_SIZE);
    print_digits(year, 4, ret_text);
    print_digits(month, 2, ret_text + 5);
    print_digits(day, 2, ret_text + 8);
}

bool ca_date_add_days(ca_date date, int64_t days, ca_date *ret_date)
{
    int64_t sum;
    if (__builtin_add_overflow((int64_t)date, days, &sum) || sum < CA_DATE_MIN || sum > CA_DATE_MAX)
        return false;
    *ret_date = (ca_date)sum;
    return true;
}

ca_date ca_date_nearest(int64_t day)
{
    return day < CA_DATE_MIN ? CA_DATE_MIN : day > CA_DATE_MAX ? CA_DATE_MAX : (ca_date)day;
}

bool ca_date_add_months(ca_date date, int64_t months, ca_date *ret_date)
{
    int year, month, day;
    ca_date_split(date, &year, &month, &day);
    int64_t sum;
    if (__builtin_add_overflow((int64_t)year * 12 + month - 1, months, &sum) || sum < 12 ||
        sum >= INT64_C(10000) * 12)
        return false;
    year = (int)(sum / 12);
    month = (int)(sum % 12) + 1;
    int last = month_days(year, month);
    *ret_date = day_number(year, month, day < last ? day : last);
    return true;
}

int ca_date_weekday(ca_date date)
{
    assert(date >= CA_DATE_MIN && date <= CA_DATE_MAX);
    return (date - CA_DATE_MIN) % 7 + 1; /* 0001-01-01 was a Monday */
}

int32_t ca_date_age_years(ca_date birth, ca_date on)
{
    int birth_year, birth_month, birth_day, year, month, day;
    ca_date_split(birth, &birth_year, &birth_month, &birth_day);
    ca_date_split(on, &year, &month, &day);
    bool before = month < birth_month || (month == birth_month && day < birth_day);
    return year - birth_year - (before ? 1 : 0);
}

ca_date ca_date_month_end(int year, int month)
{
    assert(year >= 1 && year <= 9999 && month >= 1 && month <= 12);
    return day_number(year, month, month_days(year, month));
}
