/* What terms ask of lines: of measure_plan.c, which makes members of it. For this room only. */
#ifndef CA_RUN_MEASURE_ASKS_H
#define CA_RUN_MEASURE_ASKS_H

#include "run/measure_plan.h"

#define CA_ASKS_MOST 32u      /* of a member: three terms ask a condition, a number and two keys each, and one is the feature's */

typedef struct ca_asks {
    ca_ask items[CA_ASKS_MOST];
    size_t count;
} ca_asks;

int ca_ask_order(const void *left, const void *right);    /* for qsort */
void ca_ask_add(ca_asks *list, ca_ask_of of, uint32_t condition, uint32_t index);    /* unless it is there */
/* What must hold of lines that take part in a feature. */
ca_asks ca_asks_of(const ca_featureset *set, const ca_feature *feature);
/* Leaves out what follows from the rest, and sorts. */
void ca_asks_simplify(ca_asks *list);

/* measure_plan_links.c: keys of networks behind those of features; none where they are not wanted. */
void ca_measure_plan_links(ca_measure_plan *plan, bool networks);

/* measure_plan_groups.c: words of members, tallies of keys, weights of groups. 0 or CA_NOMEM. */
int ca_measure_plan_groups(const ca_measure_plan *plan, ca_measure_kind *kind, ca_arena *arena);

/* measure_plan_record.c: which keys of a kind records have, and of what the others are made. */
int ca_measure_plan_record(const ca_measure_plan *plan, ca_measure_kind *kind, ca_arena *arena);    /* 0 or CA_NOMEM */

#endif
