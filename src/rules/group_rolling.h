/* Rolling windows of a key that comes in parts, by date (ca_rolling of rules/group.h). A window is judged when all lines of its day
 * are there, and those of the days before it were kept. One that fires is told with its episode, once no later window can have a
 * line in common with that: until then its lines are kept, and it is judged again with each part. What no memory holds is told as
 * unknown: windows of an episode that grew too large, and those that reach back to lines that were let go. */
#ifndef CA_RULES_GROUP_ROLLING_H
#define CA_RULES_GROUP_ROLLING_H

#include "rules/group_windows.h"

/* Of firing windows with lines in common: the first one and the last. */
typedef struct ca_rolling_ends {
    uint32_t first, last;
} ca_rolling_ends;

typedef enum ca_fate {
    CA_FATE_COMPLETE,
    CA_FATE_TOLD,              /* with an earlier part */
    CA_FATE_OPEN,              /* later windows may have lines in common with it */
    CA_FATE_TOO_LARGE          /* it goes on from one that was given up */
} ca_fate;

/* All of these do nothing, or find episodes complete, where the key is there as a whole. */

void ca_rolling_begin(const ca_groups *groups);
/* The first day whose window is judged, or judged again. */
ca_date ca_rolling_first(const ca_groups *groups, uint32_t table_row);
void ca_rolling_mark(const ca_windows *windows, ca_window_verdicts *say);
ca_fate ca_rolling_fate_of(const ca_windows *windows, ca_rolling_ends ends);
/* It is open; or it will not be told. 0 or CA_NOMEM. */
int ca_rolling_open(const ca_windows *windows, ca_rolling_ends ends);
int ca_rolling_give_up(const ca_windows *windows, ca_rolling_ends ends);
void ca_rolling_forget_open(const ca_groups *groups);
/* Finds the lines that the next part needs; false: they are too many. */
bool ca_rolling_keep(const ca_windows *windows);
/* No line is kept; the windows of the last day, which may not be complete, are told now. 0 or CA_NOMEM. */
int ca_rolling_let_go(const ca_windows *windows, ca_window_verdicts *say);
void ca_rolling_end(const ca_groups *groups);

#endif
