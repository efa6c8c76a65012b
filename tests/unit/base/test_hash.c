/* Hashes against published values, and streams against one piece. */
#include <string.h>

#include <xxhash.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "support/check_main.h"

START_TEST(published_values)
{
    ck_assert_uint_eq(ca_hash64_seeded("abc", 3, 0), ca_hash64("abc", 3));
    ck_assert_uint_ne(ca_hash64_seeded("abc", 3, 1), ca_hash64("abc", 3));
    ck_assert_uint_ne(ca_hash64_seeded("", 0, 1), ca_hash64_seeded("", 0, 2));
    ck_assert_uint_eq(ca_hash64("", 0), UINT64_C(0x2D06800538D394C2));
    char hex[65];
    ca_digest_hex(ca_hash128("", 0), hex);
    ck_assert_str_eq(hex, "99aa06d3014798d86001c324468d497f");

    ca_sha256 *sha = ca_sha256_new();
    uint8_t digest[CA_SHA256_SIZE];
    ca_sha256_add(sha, "a", 1);
    ca_sha256_add(sha, NULL, 0);
    ca_sha256_add(sha, "bc", 2);
    ca_sha256_digest(sha, digest);
    ca_sha256_free(sha);
    ca_hex(digest, sizeof(digest), hex);
    ck_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
END_TEST

/* Whatever registers the library takes, long ones too are what its plain functions say. */
START_TEST(the_processor_does_not_matter)
{
    unsigned char bytes[5000];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)(i * 11 + i / 256);
    for (size_t len = 0; len <= sizeof(bytes); len += len < 300 ? 1 : 47) {
        XXH128_hash_t plain = XXH3_128bits(bytes, len);
        ca_digest digest = ca_hash128(bytes, len);
        ck_assert_uint_eq(ca_hash64(bytes, len), XXH3_64bits(bytes, len));
        ck_assert_uint_eq(ca_hash64_seeded(bytes, len, 77), XXH3_64bits_withSeed(bytes, len, 77));
        ck_assert(digest.high == plain.high64 && digest.low == plain.low64);
    }
}
END_TEST

START_TEST(hex_is_high_before_low)
{
    char hex[33];
    ca_digest_hex((ca_digest){UINT64_C(0x0123456789ABCDEF), 0xA}, hex);
    ck_assert_str_eq(hex, "0123456789abcdef000000000000000a");
    ca_hex("", 0, hex);
    ck_assert_str_eq(hex, "");
}
END_TEST

START_TEST(digests_compare)
{
    ca_digest small = {1, 9};
    ca_digest large = {2, 0};
    ck_assert_int_eq(ca_digest_cmp(small, large), -1);
    ck_assert_int_eq(ca_digest_cmp(large, small), 1);
    ck_assert_int_eq(ca_digest_cmp(small, (ca_digest){1, 10}), -1);
    ck_assert_int_eq(ca_digest_cmp(small, small), 0);
}
END_TEST

/* Any cut into pieces gives the digest of the whole. */
START_TEST(streams_do_not_depend_on_pieces)
{
    unsigned char bytes[3000];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)(i * 7 + i / 256);
    ca_digest whole = ca_hash128(bytes, sizeof(bytes));
    for (size_t piece = 1; piece < 700; piece += 37) {
        ca_hasher *hasher = ca_hasher_new();
        for (size_t from = 0; from < sizeof(bytes); from += piece) {
            size_t left = sizeof(bytes) - from;
            ca_hasher_add(hasher, bytes + from, left < piece ? left : piece);
        }
        ck_assert_int_eq(ca_digest_cmp(ca_hasher_digest(hasher), whole), 0);
        ca_hasher_add(hasher, NULL, 0); /* a digest in between changes nothing */
        ck_assert_int_eq(ca_digest_cmp(ca_hasher_digest(hasher), whole), 0);
        ca_hasher_free(hasher);
    }
}
END_TEST

static void sha_of(ca_text a, ca_text b, uint8_t ret_digest[CA_SHA256_SIZE])
{
    ca_sha256 *sha = ca_sha256_new();
    ca_sha256_add_text(sha, a);
    ca_sha256_add_text(sha, b);
    ca_sha256_digest(sha, ret_digest);
    ca_sha256_free(sha);
}

START_TEST(texts_keep_their_borders)
{
    uint8_t one[CA_SHA256_SIZE];
    uint8_t two[CA_SHA256_SIZE];
    sha_of(CA_TEXT("ab"), CA_TEXT("c"), one);
    sha_of(CA_TEXT("a"), CA_TEXT("bc"), two);
    ck_assert_int_ne(memcmp(one, two, sizeof(one)), 0);

    /* The length is eight bytes, little-endian: others must be able to repeat a digest. */
    ca_sha256 *sha = ca_sha256_new();
    ca_sha256_add(sha, "\2\0\0\0\0\0\0\0ab\1\0\0\0\0\0\0\0c", 19);
    ca_sha256_digest(sha, two);
    ca_sha256_free(sha);
    ck_assert_int_eq(memcmp(one, two, sizeof(one)), 0);
}
END_TEST

START_TEST(memory_runs_out)
{
    ca_alloc_fail(1, 1);
    ck_assert_ptr_null(ca_hasher_new());
    ck_assert_ptr_null(ca_sha256_new());
    ca_alloc_fail(0, 0);
    ca_hasher_free(NULL);
    ca_sha256_free(NULL);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, published_values);
    tcase_add_test(tcase, the_processor_does_not_matter);
    tcase_add_test(tcase, hex_is_high_before_low);
    tcase_add_test(tcase, digests_compare);
    tcase_add_test(tcase, streams_do_not_depend_on_pieces);
    tcase_add_test(tcase, texts_keep_their_borders);
    tcase_add_test(tcase, memory_runs_out);
}

CA_CHECK_MAIN("base/hash", add_tests)
