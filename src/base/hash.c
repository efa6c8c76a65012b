/* Hashes: XXH3 to find content, SHA-256 to prove it. */
#define XXH_STATIC_LINKING_ONLY /* the size of the state, so that our allocator can hold it */
#include <xxhash.h>
#ifdef CA_WITH_XXH_DISPATCH
#include <xxh_x86dispatch.h>    /* the same functions, in the widest registers that the processor has */
#endif

#include "base/hash.h"

#include <sodium/crypto_hash_sha256.h>

#include "base/alloc.h"

enum { STATE_ALIGN = 64 }; /* what XXH3_state_t asks for; the allocator promises 16 */

struct ca_hasher {
    XXH3_state_t *state; /* inside the same allocation */
};

struct ca_sha256 {
    crypto_hash_sha256_state state;
};

uint64_t ca_hash64(const void *bytes, size_t len)
{
    return XXH3_64bits(bytes, len);
}

uint64_t ca_hash64_seeded(const void *bytes, size_t len, uint64_t seed)
{
    return XXH3_64bits_withSeed(bytes, len, seed);
}

static ca_digest digest_of(XXH128_hash_t hash)
{
    return (ca_digest){hash.high64, hash.low64};
}

ca_digest ca_hash128(const void *bytes, size_t len)
{
    return digest_of(XXH3_128bits(bytes, len));
}

int ca_digest_cmp(ca_digest a, ca_digest b)
{
    if (a.high != b.high)
        return a.high < b.high ? -1 : 1;
    return (a.low > b.low) - (a.low < b.low);
}

void ca_hex(const void *bytes, size_t len, char *ret_hex)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *from = bytes;
    for (size_t i = 0; i < len; i++) {
        ret_hex[2 * i] = digits[from[i] >> 4];
        ret_hex[2 * i + 1] = digits[from[i] & 15];
    }
    ret_hex[2 * len] = '\0';
}

void ca_digest_hex(ca_digest digest, char ret_hex[33])
{
    uint8_t bytes[16];
    for (size_t i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)(digest.high >> (56 - 8 * i));
        bytes[8 + i] = (uint8_t)(digest.low >> (56 - 8 * i));
    }
    ca_hex(bytes, sizeof(bytes), ret_hex);
}

ca_hasher *ca_hasher_new(void)
{
    ca_hasher *hasher = ca_alloc(sizeof(ca_hasher) + STATE_ALIGN + sizeof(XXH3_state_t));
    if (hasher == NULL)
        return NULL;
    char *behind = (char *)(hasher + 1);
    size_t over = (uintptr_t)behind % STATE_ALIGN;
    void *aligned = behind + (over == 0 ? 0 : STATE_ALIGN - over);
    hasher->state = aligned;
    XXH3_INITSTATE(hasher->state);
    (void)XXH3_128bits_reset(hasher->state); /* fails only for NULL */
    return hasher;
}

void ca_hasher_free(ca_hasher *hasher)
{
    ca_free(hasher);
}

void ca_hasher_add(ca_hasher *hasher, const void *bytes, size_t len)
{
    if (len > 0)
        (void)XXH3_128bits_update(hasher->state, bytes, len); /* fails only for NULL */
}

ca_digest ca_hasher_digest(const ca_hasher *hasher)
{
    return digest_of(XXH3_128bits_digest(hasher->state));
}

ca_sha256 *ca_sha256_new(void)
{
    ca_sha256 *sha = ca_alloc(sizeof(*sha));
    if (sha != NULL)
        (void)crypto_hash_sha256_init(&sha->state); /* cannot fail */
    return sha;
}

void ca_sha256_free(ca_sha256 *sha)
{
    ca_free(sha);
}

void ca_sha256_add(ca_sha256 *sha, const void *bytes, size_t len)
{
    if (len > 0)
        (void)crypto_hash_sha256_update(&sha->state, bytes, len);
}

void ca_sha256_add_text(ca_sha256 *sha, ca_text text)
{
    uint8_t size[8]; /* little-endian on every machine: digests travel */
    for (size_t i = 0; i < sizeof(size); i++)
        size[i] = (uint8_t)((uint64_t)text.len >> (8 * i));
    ca_sha256_add(sha, size, sizeof(size));
    ca_sha256_add(sha, text.ptr, text.len);
}

void ca_sha256_digest(ca_sha256 *sha, uint8_t ret_digest[CA_SHA256_SIZE])
{
    (void)crypto_hash_sha256_final(&sha->state, ret_digest);
}
