/* Windows: stretches of a group's members, judged together. */
#ifndef CA_RULES_GROUP_WINDOWS_H
#define CA_RULES_GROUP_WINDOWS_H

#include "rules/group_parts.h"

/* Windows of all groups of a rule; those of one group stand together, ordered by their first member, then their last. */
typedef struct ca_windows {
    ca_groups *groups;
    uint32_t *stretch;         /* [2 * window], [2 * window + 1]: members */
    uint32_t *first_row;       /* by window: its first member */
    ca_date *date;             /* the day it is judged by: of a calendar period its last */
    ca_value *start, *end;     /* window_start, window_end */
    uint32_t *table_row;       /* by window, or CA_NO_TABLE_ROW */
    uint32_t count, cap;
} ca_windows;

int ca_windows_begin(ca_windows *windows, ca_groups *groups, uint32_t most);
void ca_windows_add(ca_windows *windows, uint32_t from, uint32_t past, ca_date start, ca_date end, ca_date date);
/* group_periods.c: cuts every group as `within` says. *ret_outside: members that are in no window (`stay`). */
int ca_windows_cut(ca_windows *windows, ca_groups *groups, uint32_t *ret_outside);
/* First and last day of the calendar period that holds the day. */
void ca_period_of(ca_period period, const ca_horizon *horizon, ca_date day, ca_date *ret_first, ca_date *ret_last);
/* group_stays.c: the windows of `within: stay`. */
int ca_windows_of_stays(ca_windows *windows, ca_groups *groups, uint32_t *ret_outside);

/* The frame in which each window is a unit. Borrows. */
ca_frame ca_windows_frame(const ca_windows *windows);

/* What is known of windows, by window. */
typedef struct ca_window_verdicts {
    uint64_t *all, *inside, *dateless, *open, *when_unknown, *doubtful;
    uint64_t *again, *waits, *lost;    /* of keys that come in parts: group_rolling.h */
    ca_verdict verdict;
    uint32_t *slots;
    uint64_t *taken;           /* by member: `where` takes it; NULL = all */
} ca_window_verdicts;

/* Claims and stays end when they end; a life has no last day. */
bool ca_window_is_open(const ca_windows *windows, uint32_t i);
/* group_windows_tell.c */
int ca_windows_tell(const ca_windows *windows, const ca_view *view, ca_window_verdicts *say);

/* when_grows.c: can later lines only make it more true? */
bool ca_when_grows(const ca_rule *rule);
/* Has a period that ends on this day been waited for? */
bool ca_is_closed(const ca_groups *groups, ca_date last, uint32_t table_row);

#endif
