/* Which months count: those before the month up to which the data goes. */
#include "run/measuring.h"
#include "run/several.h"

#define STRAYS 100u    /* one line in so many may stray: a mistyped year moves no period */

/* The first, or the last, day such that fewer lines than may stray lie before, or behind, it. `through`: later lines are left out. */
static ca_date bound(const uint64_t *days, ca_date through, bool first)
{
    unsigned last = through < CA_DAYS_FIRST ? 0 : through - CA_DAYS_FIRST < (ca_date)CA_DAYS ? (unsigned)(through - CA_DAYS_FIRST) : CA_DAYS - 1;
    uint64_t all = 0, passed = 0;
    for (unsigned i = 0; i <= last; i++) {
        all += days[i];
    }
    unsigned at = first ? 0 : last;
    for (unsigned i = 0; i < last; i++) {
        passed += days[at];
        if (passed > all / STRAYS) {
            break;
        }
        at = first ? at + 1 : at - 1;
    }
    return CA_DAYS_FIRST + (ca_date)at;
}

static ca_date month_start(ca_date day)
{
    int year, month, of_month;
    ca_date_split(day, &year, &month, &of_month);
    return day - of_month + 1;
}

static uint64_t lines_in(const uint64_t *days, const ca_score_period *period)
{
    uint64_t lines = 0;
    for (unsigned i = 0; i < CA_DAYS; i++) {
        ca_date day = CA_DAYS_FIRST + (ca_date)i;
        lines += period->whole || (day >= period->from && day <= period->through) ? days[i] : 0;
    }
    return lines;
}

int ca_score_period_find(const ca_scan_state *scan, const uint64_t *days, ca_score_period *ret_period, ca_error *err)
{
    const ca_scan_options *options = scan->options;
    ca_horizon horizon;
    ca_date from;
    int rc = ca_horizon_of(scan, &horizon, err);
    if (rc) {
        return rc;
    }
    ca_date last = bound(days, horizon.through, false);
    ca_date through = options->has_data_through ? horizon.through : last;
    ca_date first = bound(days, through, true);
    unsigned months = options->score_months ? options->score_months : CA_SCORE_MONTHS;
    ca_date past = month_start(through);
    bool made = ca_date_add_months(past, -(int64_t)months, &from);
    ca_score_period period = {.from = from, .through = past - 1, .ages_on = past - 1, .months = months};
    if (!made || month_start(first) > from) {
        period = (ca_score_period){.whole = true, .from = first, .through = last < through ? last : through, .ages_on = through, .months = months};
    }
    period.lines = lines_in(days, &period);
    *ret_period = period;
    return 0;
}
