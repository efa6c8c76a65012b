/* What hangs together: connected components of pairs. */
#ifndef CA_SCORE_RINGS_H
#define CA_SCORE_RINGS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define CA_RING_NONE UINT32_MAX

typedef struct ca_ring_pair {
    uint32_t a, b;       /* numbers of nodes; a pair counts once, whoever stands first; nobody is a pair with himself */
} ca_ring_pair;

typedef struct ca_ring {
    uint32_t first;      /* in `members` */
    uint32_t count;
    uint32_t pairs;
} ca_ring;

typedef struct ca_rings {
    ca_ring *rings;      /* by their smallest member */
    uint32_t count;
    uint32_t *members;   /* nodes, ascending in each ring */
    uint32_t *ring_of;   /* by node: its ring, or CA_RING_NONE */
} ca_rings;

/* Components with at least `least` members among `nodes` nodes. Each pair is given once. CA_NOMEM. */
int ca_rings_find(const ca_ring_pair *pairs, size_t count, uint32_t nodes, uint32_t least, ca_rings *ret_rings, ca_error *err);
void ca_rings_done(ca_rings *rings);
/* Pairs of all that are possible. */
double ca_ring_density(uint32_t members, uint32_t pairs);

#endif
