/* Hashes (XXH3 for content, SHA-256 for rules and what leaves the house) and a table from bytes to
 * small integers. */
#ifndef CA_BASE_HASH_H
#define CA_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

typedef struct ca_digest {   /* XXH3-128 */
    uint64_t high;
    uint64_t low;
} ca_digest;

uint64_t ca_hash64(const void *bytes, size_t len);
uint64_t ca_hash64_seeded(const void *bytes, size_t len, uint64_t seed);
ca_digest ca_hash128(const void *bytes, size_t len);
int ca_digest_cmp(ca_digest a, ca_digest b);
void ca_digest_hex(ca_digest digest, char ret_hex[33]);

typedef struct ca_hasher ca_hasher;      /* streaming XXH3-128 */
ca_hasher *ca_hasher_new(void);          /* NULL when memory ran out */
void ca_hasher_free(ca_hasher *hasher);
void ca_hasher_add(ca_hasher *hasher, const void *bytes, size_t len);
ca_digest ca_hasher_digest(const ca_hasher *hasher);

#define CA_SHA256_SIZE 32
typedef struct ca_sha256 ca_sha256;      /* streaming SHA-256 (libsodium) */
ca_sha256 *ca_sha256_new(void);
void ca_sha256_free(ca_sha256 *sha);
void ca_sha256_add(ca_sha256 *sha, const void *bytes, size_t len);
/* Adds a length before the bytes, so that ("ab","c") and ("a","bc") differ. */
void ca_sha256_add_text(ca_sha256 *sha, ca_text text);
void ca_sha256_digest(ca_sha256 *sha, uint8_t ret_digest[CA_SHA256_SIZE]);
void ca_hex(const void *bytes, size_t len, char *ret_hex);   /* writes 2 * len + 1 characters */

/* Open addressing, keys copied into its own arena, ids 0, 1, 2 … in order of arrival. */
typedef struct ca_table {
    ca_arena keys;
    uint64_t *slots;       /* high 32 bits of the hash | id + 1; 0 = free */
    ca_text *names;        /* by id */
    size_t slot_count;     /* power of two */
    size_t count;
    size_t name_cap;
} ca_table;

#define CA_TABLE_NONE UINT32_MAX

void ca_table_init(ca_table *table);
void ca_table_done(ca_table *table);
/* Finds or adds; 0 or CA_NOMEM (also at 2^31 keys). *ret_new may be NULL. */
int ca_table_put(ca_table *table, ca_text key, uint32_t *ret_id, bool *ret_new);
uint32_t ca_table_find(const ca_table *table, ca_text key);   /* id or CA_TABLE_NONE */
ca_text ca_table_key(const ca_table *table, uint32_t id);
size_t ca_table_bytes(const ca_table *table);                 /* memory it holds */

#endif
