/* Entities compared with their peers. Metrics of all entities are needed before one can be judged: a first pass over the
 * lines fills this, the second judges (rules/group.h). */
#ifndef CA_RULES_PEERS_H
#define CA_RULES_PEERS_H

#include "rules/group.h"

ca_peers *ca_peers_new(void);      /* NULL when memory ran out */
void ca_peers_free(ca_peers *peers);
/* After the first pass: no more metrics. Until then rules of kind peer only measure, and say nothing. */
int ca_peers_close(ca_peers *peers, ca_error *err);
bool ca_peers_closed(const ca_peers *peers);
/* One entity's metric, in its group. */
int ca_peers_add(ca_peers *peers, ca_digest group, ca_ratio metric, ca_error *err);
/* What its metrics take when they are put in order. Not closed. */
size_t ca_peers_bytes(const ca_peers *peers);
/* The metrics of `from`, which is empty then, too. Neither is closed. */
int ca_peers_merge(ca_peers *peers, ca_peers *from, ca_error *err);
/* The group's metrics, smallest first; NULL when it has none. Borrowed. */
const ca_peer_group *ca_peers_find(const ca_peers *peers, ca_digest group);

#endif
