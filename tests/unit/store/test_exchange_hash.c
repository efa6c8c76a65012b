/* Tests of store/exchange_hash.c: records of one hash that weigh too much come a few at a time, all of them, in the order in which
 * they were put; others come as ever. */
#include "support/check_main.h"
#include "support/memdisk.h"

#include <string.h>

#include "base/alloc.h"
#include "store/exchange.h"

#define PATH "exchange"
#define LARGE 9000u
#define SMALL 700u

typedef struct stored {
    uint32_t number;
    char rest[60];
} stored;

static const uint64_t large_hash = UINT64_C(0x4200000000000001);

static uint64_t weigh(const ca_exchange_record *record)
{
    return record->len == sizeof(stored) ? 1 : 0;
}

/* One large hash, a neighbour that shares all bits but the last one, and others. */
static ca_exchange *fill(ca_disk *disk, size_t held)
{
    ca_exchange *exchange;
    ck_assert_int_eq(ca_exchange_new(disk, PATH, &exchange, NULL), 0);
    ca_exchange_hold(exchange, held);
    for (uint32_t i = 0; i < LARGE + 2 * SMALL; i++) {
        stored record = {.number = i};
        uint64_t hash = i % 15 == 13 ? large_hash ^ 1 : i % 15 == 14 ? (uint64_t)i << 49 : large_hash;
        ck_assert_int_eq(ca_exchange_put(exchange, hash, &record, sizeof record, NULL), 0);
    }
    ck_assert_int_eq(ca_exchange_finish(exchange, NULL), 0);
    return exchange;
}

typedef struct seen {
    unsigned large, others, parts;
    uint32_t last;
    bool open;
} seen;

static void look(const ca_exchange_group *group, seen *to)
{
    if (group->more || group->continued) {
        ck_assert_int_eq(group->continued, to->open);
        to->open = group->more;
        to->parts++;
    } else {
        ck_assert(!to->open);
    }
    for (size_t i = 0; i < group->count; i++) {
        stored record;
        memcpy(&record, group->records[i].bytes, sizeof record);
        to->others += group->records[i].hash != large_hash;
        if (group->records[i].hash == large_hash) {
            ck_assert(to->large == 0 || record.number > to->last);
            to->last = record.number;
            to->large++;
        }
    }
}

static seen read_all(const ca_exchange *exchange, uint64_t most)
{
    seen result = {0};
    ca_exchange_reader *reader;
    ca_exchange_group group;
    ck_assert_int_eq(ca_exchange_reader_new(exchange, 0, &reader, NULL), 0);
    ca_exchange_bound(reader, 20000);
    if (most) {
        ca_exchange_part_hashes(reader, weigh, most);
    }
    int rc;
    while ((rc = ca_exchange_next(reader, &group, NULL)) == 0) {
        look(&group, &result);
    }
    ck_assert_int_eq(rc, CA_END);
    ck_assert(!result.open);
    ca_exchange_reader_free(reader);
    return result;
}

START_TEST(a_heavy_hash_comes_in_parts)
{
    static const uint64_t most[] = {0, 1, LARGE * 13 / 15, 1000000};
    memdisk *mem = memdisk_new();
    ca_exchange *exchange = fill(memdisk_disk(mem), _i / 4 ? 200000 : 0);
    seen result = read_all(exchange, most[_i % 4]);
    ck_assert_uint_eq(result.large + result.others, LARGE + 2 * SMALL);
    ck_assert_uint_eq(result.large, (LARGE + 2 * SMALL) / 15 * 13 + (LARGE + 2 * SMALL) % 15);
    bool parts = most[_i % 4] > 0 && most[_i % 4] < result.large;
    ck_assert_int_eq(result.parts > 10, parts);
    ca_exchange_free(exchange);
    memdisk_free(mem);
}
END_TEST

START_TEST(another_bucket_may_be_chosen_in_the_middle)
{
    memdisk *mem = memdisk_new();
    ca_exchange *exchange = fill(memdisk_disk(mem), 0);
    ca_exchange_reader *reader;
    ca_exchange_group group;
    ck_assert_int_eq(ca_exchange_reader_new(exchange, 0, &reader, NULL), 0);
    ca_exchange_bound(reader, 20000);
    ca_exchange_part_hashes(reader, weigh, 100);
    ca_exchange_select(reader, 0x42, 0x43);
    do {
        ck_assert_int_eq(ca_exchange_next(reader, &group, NULL), 0);
    } while (!group.more);
    ca_exchange_select(reader, 0x43, 0x43);
    ck_assert_int_eq(ca_exchange_next(reader, &group, NULL), CA_END);
    ca_exchange_reader_free(reader);
    ca_exchange_free(exchange);
    memdisk_free(mem);
}
END_TEST

/* Whatever read or allocation fails, the reader says so. */
START_TEST(a_failure_is_told)
{
    memdisk *mem = memdisk_new();
    ca_exchange *exchange = fill(memdisk_disk(mem), 0);
    ca_exchange_reader *reader;
    ca_exchange_group group;
    for (uint64_t at = 1; at < 40; at += 3) {
        int rc;
        ca_alloc_fail(at, 0);
        rc = ca_exchange_reader_new(exchange, 0, &reader, NULL);
        if (rc == 0) {
            ca_exchange_bound(reader, 20000);
            ca_exchange_part_hashes(reader, weigh, 100);
            while ((rc = ca_exchange_next(reader, &group, NULL)) == 0) {
            }
            ca_exchange_reader_free(reader);
        }
        ca_alloc_fail(0, 0);
        ck_assert(rc == CA_END || rc == CA_NOMEM);
    }
    ca_exchange_free(exchange);
    memdisk_free(mem);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, a_heavy_hash_comes_in_parts, 0, 8);
    tcase_add_test(tcase, another_bucket_may_be_chosen_in_the_middle);
    tcase_add_test(tcase, a_failure_is_told);
}

CA_CHECK_MAIN("store/exchange_hash", add_tests)
