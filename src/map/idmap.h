/* A table from identifiers to records of fixed size, for millions of them: open addressing, short
 * identifiers inside the record, so that a search misses the cache twice at most. */
#ifndef CA_MAP_IDMAP_H
#define CA_MAP_IDMAP_H

#include <stdbool.h>

#include "base/text.h"

#define CA_ID_INLINE 16u /* longer identifiers live in a pool */

typedef struct ca_id_key { /* begins every record; the caller's fields follow */
    uint32_t len;
    char bytes[CA_ID_INLINE]; /* long ones: their place in the pool, then their first 12 bytes */
} ca_id_key;

typedef struct ca_idmap {
    uint64_t *slots;   /* high half of the hash | index + 1; 0 = free */
    size_t slot_count; /* power of two */
    size_t count;
    size_t record_size;
    char **chunks; /* of records */
    size_t chunk_count, chunk_cap;
    char **pools; /* of long identifiers */
    size_t pool_count, pool_cap;
    size_t pool_used; /* of the last one */
} ca_idmap;

void ca_idmap_init(ca_idmap *map, size_t record_size); /* of the whole record, a multiple of 4 */
void ca_idmap_done(ca_idmap *map);
/* Finds or adds a record, zeroed when new. 0, CA_NOMEM, or CA_LIMIT (4 GiB of long identifiers,
 * 2^31 records, or one of more than 65,536 bytes). Records never move. */
int ca_idmap_put(ca_idmap *map, ca_text id, void **ret_record, bool *ret_new);
uint64_t ca_idmap_hash(ca_text id);
void ca_idmap_prefetch(const ca_idmap *map, uint64_t hash);
void ca_idmap_prefetch_record(const ca_idmap *map, uint64_t hash);    /* a while later */
const void *ca_idmap_find(const ca_idmap *map, ca_text id, uint64_t hash); /* or NULL */
const void *ca_idmap_at(const ca_idmap *map, size_t index);                /* in order of arrival */
ca_text ca_idmap_id(const ca_idmap *map, const void *record);
size_t ca_idmap_bytes(const ca_idmap *map);

#endif
