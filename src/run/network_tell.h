/* Pairs and rings of a network as findings want them: named, with members in order, money in minor units. */
#ifndef CA_RUN_NETWORK_TELL_H
#define CA_RUN_NETWORK_TELL_H

#include "run/network.h"
#include "run/score_findings.h"

#define CA_NETWORK_KINDS 4

typedef struct ca_network_told {
    ca_told_pair *pairs;         /* as ca_scored wants them */
    size_t pair_count;
    ca_told_ring *rings;
    size_t ring_count;
    ca_scored_kind kinds[CA_NETWORK_KINDS];    /* those of pairs, and rings: also those of which there are none */
} ca_network_told;

/* Lives in `arena`, and borrows from `found`. Who has no name is told by the hash of it. Pairs are ranked as they were found; rings by
 * patients, then by their first members. */
int ca_network_tell(const ca_network_found *found, int minor_digits, ca_arena *arena, ca_network_told *ret_told, ca_error *err);

#endif
