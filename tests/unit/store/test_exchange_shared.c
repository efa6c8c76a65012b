/* Exchanges that are joined, held in memory, or read by several at once give back every record once. */
#include "support/check_main.h"

#include <stdatomic.h>
#include <string.h>

#include "base/threads.h"
#include "unit/store/exchange_plan.h"

/* A little, half, and all of it stays in memory. */
START_TEST(what_is_held_comes_back_like_the_rest)
{
    const size_t holds[] = {(2u << 20) - 1, 2u << 20, 3u << 20, 6u << 20, SIZE_MAX};
    const size_t max_lens[] = {300, 40000};
    for (size_t i = 0; i < 2; i++) {
        memdisk *mem = memdisk_new();
        plan made = random_plan((uint64_t)_i + 20, (12u << 20) / max_lens[i], max_lens[i]);
        for (size_t k = 0; k < made.count; k++) {
            made.hashes[k] >>= 4;
        }
        made.hold = holds[_i];
        seen result = round_trip(memdisk_disk(mem), PATH, &made);
        ck_assert_uint_ge(result.groups, 10);
        ck_assert_int_eq(memdisk_calls(mem, MEMDISK_WRITE) == 0, i == 0 && made.hold == SIZE_MAX);
        plan_free(&made);
        memdisk_free(mem);
    }
}
END_TEST

/* The number of the exchange that a record went to: those of one hash go to any. */
static unsigned part_of(size_t i)
{
    return (unsigned)(i * UINT64_C(0x9E3779B97F4A7C15) >> 33) % 3;
}

/* Equal hashes: those of the first exchange first, and of one exchange in the order in which they were put. */
static void check_order(const ca_exchange_group *group)
{
    for (size_t i = 1; i < group->count; i++) {
        uint32_t before, after;
        memcpy(&before, group->records[i - 1].bytes, 4);
        memcpy(&after, group->records[i].bytes, 4);
        if (group->records[i - 1].hash == group->records[i].hash) {
            ck_assert_uint_le(part_of(before), part_of(after));
            ck_assert(part_of(before) < part_of(after) || before < after);
        }
    }
}

static void join_three(const plan *made, size_t *ret_records, ca_error *err)
{
    memdisk *memory = memdisk_new();
    static const char *const paths[] = {"a", "b", "c"};
    ca_exchange *exchanges[3];
    ca_exchange_group group;
    int rc = 0;
    *ret_records = 0;
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(ca_exchange_new(memdisk_disk(memory), paths[i], &exchanges[i], err), 0);
        ca_exchange_hold(exchanges[i], i * made->hold);
    }
    for (size_t i = 0; i < made->count; i++) {
        ck_assert_int_eq(put_one(exchanges[part_of(i)], made, i, err), 0);
    }
    ca_exchange_join(exchanges[0], exchanges[1]);
    ca_exchange_join(exchanges[0], exchanges[2]);
    ck_assert_int_eq(ca_exchange_finish(exchanges[0], err), 0);
    bool *known = calloc(made->count, sizeof *known);
    uint64_t last = 0;
    ca_exchange_reader *reader;
    ck_assert_int_eq(ca_exchange_reader_new(exchanges[0], 0, &reader, err), 0);
    while ((rc = ca_exchange_next(reader, &group, err)) == 0) {
        ck_assert(*ret_records == 0 || group.records[0].hash > last);
        for (size_t i = 0; i < group.count; i++) {
            check_record(made, &group.records[i], known);
        }
        check_order(&group);
        last = group.records[group.count - 1].hash;
        *ret_records += group.count;
    }
    free(known);
    ck_assert_int_eq(rc, CA_END);
    ca_exchange_reader_free(reader);
    ca_exchange_free(exchanges[0]);
    memdisk_free(memory);
}

START_TEST(joined_exchanges_are_one)
{
    static const size_t counts[] = {0, 1, 100, 3000, 30000};
    size_t records = 0;
    ca_error err = {0};
    plan made = random_plan((uint64_t)_i + 1, counts[_i], 200);
    made.hold = 2u << 20;
    join_three(&made, &records, &err);
    ck_assert_uint_eq(records, made.count);
    plan_free(&made);
}
END_TEST

START_TEST(a_bucket_that_is_large_together_is_split)
{
    size_t records = 0;
    ca_error err = {0};
    plan made = large_bucket(5, 48, 4096);
    made.hold = _i ? 4u << 20 : 0;
    join_three(&made, &records, &err);
    ck_assert_uint_eq(records, made.count);
    plan_free(&made);
}
END_TEST

/* Threads that take one bucket after another. */
typedef struct sharing {
    const plan *made;
    ca_exchange_reader *readers[3];
    _Atomic unsigned next;
    _Atomic size_t records;
    bool *known;
} sharing;

static void read_share(void *context, unsigned number)
{
    sharing *of = context;
    for (unsigned bucket; (bucket = atomic_fetch_add(&of->next, 1)) < CA_BUCKETS;) {
        ca_exchange_group group;
        ca_exchange_select(of->readers[number], bucket, bucket + 1);
        while (ca_exchange_next(of->readers[number], &group, NULL) == 0) {
            for (size_t i = 0; i < group.count; i++) {
                ck_assert_uint_eq(group.records[i].hash >> 56, bucket);
                check_record(of->made, &group.records[i], of->known);
            }
            of->records += group.count;
        }
    }
}

/* Two large buckets, which are split at the same time, and what else comes. */
START_TEST(several_readers_share_the_buckets)
{
    memdisk *mem = memdisk_new();
    plan made = large_bucket(5, 48, 2048);
    for (size_t i = 0; i < made.count; i++) {
        made.lens[i] = 4096;
        made.hashes[i] ^= i % 2 ? UINT64_C(1) << 60 : 0;
        made.hashes[i] ^= i % 64 == 0 ? (uint64_t)i << 55 : 0;
    }
    ca_exchange *exchange;
    sharing of = {.made = &made, .known = calloc(made.count, sizeof(bool))};
    ck_assert_int_eq(ca_exchange_new(memdisk_disk(mem), PATH, &exchange, NULL), 0);
    ck_assert_int_eq(put_all(exchange, &made, NULL), 0);
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_int_eq(ca_exchange_reader_new(exchange, i, &of.readers[i], NULL), 0);
    }
    ca_threads_run(3, read_share, &of);
    ck_assert_uint_eq(of.records, made.count);
    ca_exchange_select(of.readers[1], 0, CA_BUCKETS);    /* all of it again, by one of them that stops on the way */
    ca_exchange_group group;
    ck_assert_int_eq(ca_exchange_next(of.readers[1], &group, NULL), 0);
    for (unsigned i = 0; i < 3; i++) {
        ca_exchange_reader_free(of.readers[i]);
    }
    ca_exchange_free(exchange);
    static const char *const files[] = {PATH, PATH ".1", PATH ".2", PATH ".3"};
    for (size_t i = 0; i < 4; i++) {
        ca_text left;
        ck_assert(!memdisk_get(mem, files[i], &left));
    }
    free(of.known);
    memdisk_free(mem);
    plan_free(&made);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, what_is_held_comes_back_like_the_rest, 0, 5);
    tcase_add_loop_test(tcase, joined_exchanges_are_one, 0, 5);
    tcase_add_loop_test(tcase, a_bucket_that_is_large_together_is_split, 0, 2);
    tcase_add_test(tcase, several_readers_share_the_buckets);
}

CA_CHECK_MAIN("store/exchange_shared", add_tests)
