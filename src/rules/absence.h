/* Judging rules of kind absence: an event line, and the lines around it among which another one should be. */
#ifndef CA_RULES_ABSENCE_H
#define CA_RULES_ABSENCE_H

#include "rules/group_parts.h"

int ca_absence_judge(ca_groups *groups);
/* Lines that are an event, or may be the one that should be there; the others are turned away. */
int ca_absence_travels(const ca_view *lines, const ca_rule *rule, uint64_t *travels, uint64_t *turned_away);
/* An event that joins no group is unknown; other lines are nothing by themselves. */
bool ca_absence_is_unit(const ca_groups *groups, const ca_frame *rows, unsigned row);

#endif
