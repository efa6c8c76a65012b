/* A filter of marks at places: was a mark seen there, was it seen twice? It may say so of one that was not, never the other
 * way round, so it only ever saves work. Places are hashes, all of whose bits count; the marks of one lie side by side. */
#ifndef CA_BASE_SEEN_H
#define CA_BASE_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ca_seen ca_seen;

/* In at most so many bytes (64 at least). NULL when memory ran out. */
ca_seen *ca_seen_new(size_t bytes);
void ca_seen_free(ca_seen *seen);
void ca_seen_add(ca_seen *seen, uint32_t place, uint32_t mark);
void ca_seen_expect(const ca_seen *seen, uint32_t place);    /* it is asked for soon: fetched meanwhile */
bool ca_seen_once(const ca_seen *seen, uint32_t place, uint32_t mark);
bool ca_seen_twice(const ca_seen *seen, uint32_t place, uint32_t mark);
/* What the other one saw, of the same size, as if it had been added here. */
void ca_seen_merge(ca_seen *seen, const ca_seen *other);

#endif
