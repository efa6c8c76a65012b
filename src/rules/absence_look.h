/* What is known of an absence while it is judged. For absence*.c only. */
#ifndef CA_RULES_ABSENCE_LOOK_H
#define CA_RULES_ABSENCE_LOOK_H

#include "rules/absence.h"
#include "rules/group_sieve.h"
#include "rules/kind_keys.h"

/* An event is an instance, with `each` for every row of the table that matches it. */
typedef struct ca_absence {
    ca_groups *groups;
    uint64_t *event, *event_unknown, *may;    /* by member */
    uint32_t *event_slots;     /* by member whose event is UNKNOWN */
    uint32_t *member, *table_row;    /* by instance; in the order of members */
    uint32_t count, cap;
    uint64_t *rowless;         /* instances whose row of `each` cannot be known */
    uint64_t *apart;           /* instances of events that no row matches */
    uint64_t *alone;           /* instances without the other line */
    uint64_t *undecided;       /* instances for which a line may be it */
    uint64_t *too_many;        /* instances of groups in which there is too much to look at */
    uint32_t *slots;           /* by instance: what is to blame */
    ca_sieve sieve;
    ca_sieve_index index;      /* of the group at hand */
} ca_absence;

/* The numbers of days, of one instance. */
static inline int64_t ca_absence_days(const ca_absence *of, const ca_node *number, uint32_t i)
{
    return ca_keys_number(number, of->table_row[i]);
}

/* For every instance that asks for it: is the other line there? Groups in which there is too much to look at are not. */
int ca_absence_look(ca_absence *of);

#endif
