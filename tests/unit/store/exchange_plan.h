/* Records that are put into an exchange by a plan and known again when they come back, for its tests. */
#ifndef CA_TESTS_STORE_EXCHANGE_PLAN_H
#define CA_TESTS_STORE_EXCHANGE_PLAN_H

#include <check.h>
#include <string.h>

#include "store/exchange.h"
#include "store/exchange_inside.h"
#include "support/memdisk.h"
#include "unit/store/random.h"

#define PATH "exchange.tmp"

/* A record is its number, bytes that follow from it, and its number again. */
typedef struct plan {
    uint64_t *hashes; /* by number */
    size_t *lens;
    size_t count;
    size_t hold; /* bytes that may stay in memory */
} plan;

static inline plan plan_new(size_t count)
{
    plan made = {calloc(count, sizeof(uint64_t)), calloc(count, sizeof(size_t)), count, 0};
    ck_assert(made.hashes && made.lens);
    return made;
}

static inline void plan_free(plan *made)
{
    free(made->hashes);
    free(made->lens);
}

static inline void fill(uint8_t *bytes, size_t number, size_t len)
{
    uint32_t number32 = (uint32_t)number;
    memcpy(bytes, &number32, 4);
    memset(bytes + 4, (int)(number % 251), len - 4);
    if (len >= 8) {
        memcpy(bytes + len - 4, &number32, 4);
    }
}

static inline int put_one(ca_exchange *exchange, const plan *made, size_t i, ca_error *err)
{
    static uint8_t bytes[CA_RECORD_MAX];
    if (i % 2 == 0) {
        fill(bytes, i, made->lens[i]);
        return ca_exchange_put(exchange, made->hashes[i], bytes, made->lens[i], err);
    }
    /* More room than is needed, as a caller with an estimate asks for it. */
    size_t max = made->lens[i] + i % 100 <= CA_RECORD_MAX ? made->lens[i] + i % 100 : made->lens[i];
    uint8_t *to;
    int rc = ca_exchange_reserve(exchange, made->hashes[i], max, &to, err);
    if (rc == 0) {
        fill(to, i, made->lens[i]);
        ca_exchange_commit(exchange, made->lens[i]);
    }
    return rc;
}

static inline int put_all(ca_exchange *exchange, const plan *made, ca_error *err)
{
    for (size_t i = 0; i < made->count; i++) {
        int rc = put_one(exchange, made, i, err);
        if (rc) {
            return rc;
        }
    }
    return ca_exchange_finish(exchange, err);
}

typedef struct seen {
    size_t records;
    size_t groups;
    size_t largest; /* bytes of a group */
} seen;

static inline void check_record(const plan *made, const ca_exchange_record *record, bool *known)
{
    uint32_t number;
    ck_assert_uint_ge(record->len, 4);
    memcpy(&number, record->bytes, 4);
    ck_assert_uint_lt(number, made->count);
    ck_assert_msg(!known[number], "record %u came twice", number);
    known[number] = true;
    ck_assert_uint_eq(record->len, made->lens[number]);
    ck_assert(record->hash == made->hashes[number]);
    if (record->len >= 8) {
        ck_assert(memcmp(record->bytes + record->len - 4, &number, 4) == 0);
    }
    if (record->len > 8) {
        ck_assert_uint_eq(record->bytes[4], number % 251);
        ck_assert(memcmp(record->bytes + 4, record->bytes + 5, record->len - 9) == 0);
    }
}

/* Reads everything; groups and records in them ascend, so that a hash is in one group only. */
static inline int read_all(const ca_exchange *exchange, const plan *made, seen *ret_seen, ca_error *err)
{
    ca_exchange_reader *reader;
    ca_exchange_group group;
    seen so_far = {0};
    uint64_t last = 0;
    int rc = ca_exchange_reader_new(exchange, 0, &reader, err);
    if (rc) {
        return rc;
    }
    bool *known = calloc(made->count, sizeof *known);
    while ((rc = ca_exchange_next(reader, &group, err)) == 0) {
        size_t bytes = 0;
        ck_assert_uint_gt(group.count, 0);
        for (size_t i = 0; i < group.count; i++) {
            bool first = i == 0;
            ck_assert(so_far.records == 0 ||
                      (first ? group.records[i].hash > last : group.records[i].hash >= last));
            last = group.records[i].hash;
            check_record(made, &group.records[i], known);
            bytes += group.records[i].len;
            so_far.records++;
        }
        so_far.groups++;
        so_far.largest = bytes > so_far.largest ? bytes : so_far.largest;
    }
    free(known);
    ck_assert_int_eq(ca_exchange_next(reader, &group, NULL), rc);    /* it ended, or failed for good */
    ca_exchange_reader_free(reader);
    *ret_seen = so_far;
    return rc;
}

static inline seen round_trip(ca_disk *disk, const char *path, const plan *made)
{
    ca_exchange *exchange;
    ca_error err = {0};
    seen result;
    ck_assert_int_eq(ca_exchange_new(disk, path, &exchange, &err), 0);
    ca_exchange_hold(exchange, made->hold);
    ck_assert_msg(put_all(exchange, made, &err) == 0, "%s", err.text);
    uint64_t bytes = 0;
    for (size_t i = 0; i < made->count; i++) {
        bytes += made->lens[i] + CA_EXCHANGE_FRAME;
    }
    ck_assert(ca_exchange_bytes(exchange) == bytes);
    ck_assert_msg(read_all(exchange, made, &result, &err) == CA_END, "%s", err.text);
    ck_assert_uint_eq(result.records, made->count);
    ca_exchange_free(exchange);
    return result;
}

/* Hashes of a few keys each, as lines of one claim have. */
static inline plan random_plan(uint64_t seed, size_t count, size_t max_len)
{
    plan made = plan_new(count);
    for (size_t i = 0; i < count; i++) {
        bool again = i > 0 && random_below(&seed, 3) == 0;
        made.hashes[i] = again ? made.hashes[random_below(&seed, i)] : random_next(&seed);
        made.lens[i] = 4 + random_below(&seed, max_len - 3);
    }
    return made;
}

/* 20 MB in one bucket. */
static inline plan large_bucket(uint64_t seed, unsigned free_bits, size_t len)
{
    plan made = plan_new((20u << 20) / len);
    uint64_t mask = free_bits == 0 ? 0 : UINT64_MAX >> (64 - free_bits);
    for (size_t i = 0; i < made.count; i++) {
        made.hashes[i] = (UINT64_C(0xABCDEF0123456789) & ~mask) | (random_next(&seed) & mask);
        made.lens[i] = len;
    }
    return made;
}

#endif
