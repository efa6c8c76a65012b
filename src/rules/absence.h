/* Judging rules of kind absence: an event line, and the lines around it among which another one should be. */
#ifndef CA_RULES_ABSENCE_H
#define CA_RULES_ABSENCE_H

#include "rules/group_parts.h"

int ca_absence_judge(ca_groups *groups);
/* Rows for which no part of `without` about b alone is FALSE. */
int ca_absence_may_be_b(const ca_view *view, const ca_rule *rule, const uint64_t *mask, uint64_t *ret_may);
/* A part of `without` that speaks of b alone. */
bool ca_absence_is_of_b(const ca_node *part);
/* By row, for which the condition, one of the keys, is UNKNOWN: the slot to blame. */
int ca_absence_blame(const ca_view *view, const ca_rule *rule, const ca_node *condition, const uint64_t *rows,
                     uint32_t *slots);
/* Lines that are an event, or may be the one that should be there; the others are turned away. */
int ca_absence_travels(const ca_view *lines, const ca_rule *rule, uint64_t *travels, uint64_t *turned_away);
/* An event that joins no group is unknown; other lines are nothing by themselves. */
bool ca_absence_is_unit(const ca_groups *groups, const ca_frame *rows, unsigned row);

#endif
