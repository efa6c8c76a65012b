/* The table of identifiers. */
#include "map/idmap.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/hash.h"

#define FIRST_SLOTS   1024u
#define CHUNK_RECORDS 1024u
#define POOL_SIZE     65536u
#define HIGH_HALF     UINT64_C(0xffffffff00000000)

void ca_idmap_init(ca_idmap *map, size_t record_size)
{
    *map = (ca_idmap){.record_size = record_size};
}

static void free_all(char **items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ca_free(items[i]);
    }
    ca_free(items);
}

void ca_idmap_done(ca_idmap *map)
{
    free_all(map->chunks, map->chunk_count);
    free_all(map->pools, map->pool_count);
    ca_free(map->slots);
    *map = (ca_idmap){.record_size = map->record_size};
}

uint64_t ca_idmap_hash(ca_text id)
{
    return ca_hash64(id.ptr, id.len);
}

static char *record_at(const ca_idmap *map, size_t index)
{
    return map->chunks[index / CHUNK_RECORDS] + (index % CHUNK_RECORDS) * map->record_size;
}

const void *ca_idmap_at(const ca_idmap *map, size_t index)
{
    return record_at(map, index);
}

static const char *pooled(const ca_idmap *map, const ca_id_key *key)
{
    uint32_t at;
    memcpy(&at, key->bytes, sizeof at);
    return map->pools[at / POOL_SIZE] + at % POOL_SIZE;
}

ca_text ca_idmap_id(const ca_idmap *map, const void *record)
{
    const ca_id_key *key = record;
    return (ca_text){key->len <= CA_ID_INLINE ? key->bytes : pooled(map, key), key->len};
}

static bool is_id(const ca_idmap *map, const void *record, ca_text id)
{
    const ca_id_key *key = record;
    if (key->len != id.len) {
        return false;
    }
    return ca_same_few(id.len <= CA_ID_INLINE ? key->bytes : pooled(map, key), id.ptr, id.len);
}

/* --- Searching ------------------------------------------------------------------------------ */

/* The slot of the identifier, or the free one where it belongs. The low half of the hash is rebuilt
 * by no one, so the high half gives both place and mark. */
static size_t slot_of(const ca_idmap *map, ca_text id, uint64_t hash)
{
    size_t mask = map->slot_count - 1;
    size_t at = (size_t)(hash >> 32) & mask;
    while (map->slots[at]) {
        if ((map->slots[at] & HIGH_HALF) == (hash & HIGH_HALF) &&
            is_id(map, record_at(map, (uint32_t)map->slots[at] - 1), id)) {
            break;
        }
        at = (at + 1) & mask;
    }
    return at;
}

void ca_idmap_prefetch(const ca_idmap *map, uint64_t hash)
{
    if (map->slot_count) {
        __builtin_prefetch(&map->slots[(size_t)(hash >> 32) & (map->slot_count - 1)]);
    }
}

void ca_idmap_prefetch_record(const ca_idmap *map, uint64_t hash)
{
    if (map->count == 0) {
        return;
    }
    size_t mask = map->slot_count - 1;
    size_t at = (size_t)(hash >> 32) & mask;
    while (map->slots[at] && (map->slots[at] ^ hash) & HIGH_HALF) {
        at = (at + 1) & mask;
    }
    if (map->slots[at]) { /* it may lie in two lines of the cache */
        const char *record = record_at(map, (uint32_t)map->slots[at] - 1);
        __builtin_prefetch(record);
        __builtin_prefetch(record + map->record_size - 1);
    }
}

const void *ca_idmap_find(const ca_idmap *map, ca_text id, uint64_t hash)
{
    if (map->count == 0) {
        return NULL;
    }
    uint64_t slot = map->slots[slot_of(map, id, hash)];
    return slot ? record_at(map, (uint32_t)slot - 1) : NULL;
}

/* --- Adding --------------------------------------------------------------------------------- */

static int grow_slots(ca_idmap *map)
{
    size_t count = map->slot_count ? map->slot_count * 2 : FIRST_SLOTS;
    uint64_t *slots = ca_alloc_zero(count, sizeof *slots);
    if (!slots) {
        return CA_NOMEM;
    }
    for (size_t i = 0; i < map->slot_count; i++) {
        if (map->slots[i]) {
            size_t at = (size_t)(map->slots[i] >> 32) & (count - 1);
            while (slots[at]) {
                at = (at + 1) & (count - 1);
            }
            slots[at] = map->slots[i];
        }
    }
    ca_free(map->slots);
    map->slots = slots;
    map->slot_count = count;
    return 0;
}

static int add_block(char ***items, size_t *count, size_t *cap, size_t size)
{
    if (*count == *cap) {
        size_t more = *cap ? *cap * 2 : 16;
        char **grown = ca_realloc_array(*items, more, sizeof *grown);
        if (!grown) {
            return CA_NOMEM;
        }
        *items = grown;
        *cap = more;
    }
    char *block = ca_alloc_zero(1, size);
    if (!block) {
        return CA_NOMEM;
    }
    (*items)[(*count)++] = block;
    return 0;
}

static int set_key(ca_idmap *map, ca_id_key *key, ca_text id)
{
    if (id.len <= CA_ID_INLINE) {
        memcpy(key->bytes, id.ptr, id.len);
        key->len = (uint32_t)id.len;
        return 0;
    }
    if (id.len > POOL_SIZE) {
        return CA_LIMIT;
    }
    if (map->pool_count == 0 || map->pool_used + id.len > POOL_SIZE) {
        if (map->pool_count == UINT32_MAX / POOL_SIZE) {
            return CA_LIMIT;
        }
        if (add_block(&map->pools, &map->pool_count, &map->pool_cap, POOL_SIZE)) {
            return CA_NOMEM;
        }
        map->pool_used = 0;
    }
    uint32_t at = (uint32_t)((map->pool_count - 1) * POOL_SIZE + map->pool_used);
    memcpy(map->pools[map->pool_count - 1] + map->pool_used, id.ptr, id.len);
    memcpy(key->bytes, &at, sizeof at);
    memcpy(key->bytes + sizeof at, id.ptr, CA_ID_INLINE - sizeof at);
    key->len = (uint32_t)id.len;
    map->pool_used += id.len;
    return 0;
}

int ca_idmap_put(ca_idmap *map, ca_text id, void **ret_record, bool *ret_new)
{
    uint64_t hash = ca_idmap_hash(id);
    if (map->count + 1 > map->slot_count / 4 * 3 && grow_slots(map)) {
        return CA_NOMEM;
    }
    size_t at = slot_of(map, id, hash);
    *ret_new = map->slots[at] == 0;
    if (!*ret_new) {
        *ret_record = record_at(map, (uint32_t)map->slots[at] - 1);
        return 0;
    }
    if (map->count == INT32_MAX) {
        return CA_LIMIT;
    }
    if (map->count == map->chunk_count * CHUNK_RECORDS &&
        add_block(&map->chunks, &map->chunk_count, &map->chunk_cap,
                  CHUNK_RECORDS * map->record_size)) {
        return CA_NOMEM;
    }
    char *record = record_at(map, map->count);
    int rc = set_key(map, (ca_id_key *)(void *)record, id);
    if (rc) {
        return rc;
    }
    map->slots[at] = (hash & HIGH_HALF) | ++map->count;
    *ret_record = record;
    return 0;
}

size_t ca_idmap_bytes(const ca_idmap *map)
{
    return map->slot_count * sizeof *map->slots +
           map->chunk_count * CHUNK_RECORDS * map->record_size + map->pool_count * POOL_SIZE +
           (map->chunk_cap + map->pool_cap) * sizeof(char *);
}
