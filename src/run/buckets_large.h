/* A key whose lines are more than a thread may judge at a time: each rule's lines are brought together anew, by its own key
 * and period, in an exchange of their own. For this room only. */
#ifndef CA_RUN_BUCKETS_LARGE_H
#define CA_RUN_BUCKETS_LARGE_H

#include "run/several.h"

/* Lines of which each is for one rule only. */
typedef struct ca_large_part {
    const ca_batch *lines;
    const uint64_t *rule;         /* by line: index among the rules of the route */
    bool incomplete;              /* a row of the patient was rejected */
    bool too_large;               /* not all lines of their group: no memory holds it */
    bool told;                    /* a part of it came before, with lines through this day */
    ca_date told_through;
    ca_rolling *rolling;          /* the lines are a part of one key of a rule whose windows roll; or NULL */
} ca_large_part;

typedef struct ca_large {
    ca_scan_state *scan;
    const ca_route *route;
    ca_keyed_reader *reader;      /* that met the key */
    ca_batch *lines;              /* what it reads into, and others */
    bool measures;                /* only rules of kind peer look at the lines */
    ca_mutex *turn;               /* one such key at a time */
    int (*judge)(void *context, const ca_large_part *part, ca_error *err);
    void *context;
} ca_large;

/* `group` is the first part of the key; the others are read. */
int ca_large_judge(const ca_large *large, ca_keyed_group *group, ca_error *err);

#endif
