/* Cuts the members of a group into the periods of `within`: calendar periods, days that roll, a claim, a life. */
#include "rules/group_rolling.h"
#include "rules/group_windows.h"

#include "rules/kind_keys.h"

/* The benefit year that holds the day; of a year that begins on 29 February the first of March stands in for it. */
static void benefit_year(const ca_horizon *horizon, ca_date day, int year, ca_date *ret_first, ca_date *ret_last)
{
    int month = horizon->benefit_month ? (int)horizon->benefit_month : 1;
    int of_month = horizon->benefit_day ? (int)horizon->benefit_day : 1;
    ca_date begins[3] = {CA_DATE_MIN, CA_DATE_MIN, CA_DATE_MAX + 1};    /* where the year before or behind is none */
    for (int i = 0; i < 3; i++) {
        if (!ca_date_make(year - 1 + i, month, of_month, &begins[i]))
            (void)ca_date_make(year - 1 + i, month + 1, 1, &begins[i]);
    }
    int at = day >= begins[1] ? 1 : 0;
    *ret_first = begins[at];
    *ret_last = begins[at + 1] - 1;
}

void ca_period_of(ca_period period, const ca_horizon *horizon, ca_date day, ca_date *ret_first, ca_date *ret_last)
{
    int year, month, of_month;
    ca_date_split(day, &year, &month, &of_month);
    *ret_first = *ret_last = day;
    if (period == CA_PERIOD_WEEK) {
        *ret_first = day - (ca_date_weekday(day) - 1);
        *ret_last = ca_date_nearest((int64_t)*ret_first + 6);
    } else if (period == CA_PERIOD_MONTH) {
        *ret_first = day - (of_month - 1);
        *ret_last = ca_date_month_end(year, month);
    } else if (period == CA_PERIOD_QUARTER) {
        int first = (month - 1) / 3 * 3 + 1;
        (void)ca_date_make(year, first, 1, ret_first);
        *ret_last = ca_date_month_end(year, first + 2);
    } else if (period == CA_PERIOD_YEAR) {
        (void)ca_date_make(year, 1, 1, ret_first);
        (void)ca_date_make(year, 12, 31, ret_last);
    } else if (period == CA_PERIOD_BENEFIT_YEAR) {
        benefit_year(horizon, day, year, ret_first, ret_last);
    }
}

static void cut_calendar(ca_windows *windows, const ca_groups *groups, ca_period period, uint32_t from, uint32_t past)
{
    for (uint32_t at = from; at < past;) {
        ca_date first, last;
        uint32_t begin = at;
        ca_period_of(period, groups->input->horizon, groups->dates[0][at], &first, &last);
        while (at < past && groups->dates[0][at] <= last)
            at++;
        ca_windows_add(windows, begin, at, first, last, last);
    }
}

/* One window for every day that has a line. */
static void cut_rolling(ca_windows *windows, const ca_groups *groups, uint32_t from, uint32_t past)
{
    const ca_date *dates = groups->dates[0];
    int64_t days = ca_keys_number(groups->rule->keys.days, ca_member_table_row(groups, from));
    ca_date first = ca_rolling_first(groups, ca_member_table_row(groups, from));
    uint32_t begin = from;
    for (uint32_t at = from; at < past;) {
        ca_date day = dates[at];
        while (at < past && dates[at] == day)
            at++;
        while ((int64_t)day - dates[begin] >= days)
            begin++;
        if (day >= first)
            ca_windows_add(windows, begin, at, ca_date_nearest(day - days + 1), day, day);
    }
}

/* All lines of a group: of a life, or of a claim, whose lines may lack a date. */
static void cut_whole(ca_windows *windows, const ca_groups *groups, uint32_t from, uint32_t past)
{
    ca_date first = CA_NO_DATE;
    ca_date last = CA_NO_DATE;
    for (uint32_t member = from; member < past; member++) {
        ca_value date = ca_value_of(groups->members.units, CA_F_SERVICE_DATE, member);
        if (!date.present)
            continue;
        first = first == CA_NO_DATE || date.as.date < first ? date.as.date : first;
        last = last == CA_NO_DATE || date.as.date > last ? date.as.date : last;
    }
    ca_windows_add(windows, from, past, first, last, last);
}

/* No more windows than days, or than groups, that have a line. */
static uint32_t most_windows(const ca_groups *groups, bool by_day)
{
    uint32_t most = groups->group_count;
    for (uint32_t member = 1; by_day && member < groups->member_count; member++)
        most += groups->dates[0][member] != groups->dates[0][member - 1];
    return most;
}

int ca_windows_cut(ca_windows *windows, ca_groups *groups, uint32_t *ret_outside)
{
    *ret_outside = 0;
    if (groups->rule->keys.period == CA_PERIOD_STAY)
        return ca_windows_of_stays(windows, groups, ret_outside);
    int code = ca_windows_begin(windows, groups, most_windows(groups, groups->dates[0] != NULL));
    for (uint32_t group = 0; code == 0 && group < groups->group_count; group++) {
        uint32_t from = groups->first[group];
        uint32_t past = groups->first[group + 1];
        ca_period period = ca_keys_period(&groups->rule->keys, ca_member_table_row(groups, from));
        if (period == CA_PERIOD_ROLLING)
            cut_rolling(windows, groups, from, past);
        else if (period == CA_PERIOD_LIFE || period == CA_PERIOD_CLAIM)
            cut_whole(windows, groups, from, past);
        else
            cut_calendar(windows, groups, period, from, past);
    }
    return code;
}
