/* The exchange gives back every record once, in groups of whole hashes, whatever their number and
 * size, and leaves no file behind. */
#include "support/check_main.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "store/record_sort.h"
#include "unit/store/exchange_plan.h"

START_TEST(nothing_put_nothing_back)
{
    memdisk *mem = memdisk_new();
    plan none = {0};
    ca_exchange *exchange;
    seen result;
    ck_assert_int_eq(ca_exchange_new(memdisk_disk(mem), PATH, &exchange, NULL), 0);
    ck_assert_int_eq(put_all(exchange, &none, NULL), 0);
    ck_assert_int_eq(read_all(exchange, &none, &result, NULL), CA_END);
    ck_assert_uint_eq(result.records, 0);
    ck_assert_uint_eq(ca_exchange_bytes(exchange), 0);
    ca_exchange_free(exchange);
    ca_exchange_free(NULL);
    ca_exchange_reader_free(NULL);
    memdisk_free(mem);
}
END_TEST

START_TEST(small_data_never_touches_the_disk)
{
    memdisk *mem = memdisk_new();
    plan made = random_plan(1, 2000, 200);
    round_trip(memdisk_disk(mem), PATH, &made);
    ck_assert_uint_eq(memdisk_calls(mem, MEMDISK_ANY), 0);
    plan_free(&made);
    memdisk_free(mem);
}
END_TEST

START_TEST(records_come_back_once_from_a_disk_in_memory)
{
    memdisk *mem = memdisk_new();
    const size_t max_lens[] = {200, 4000, 60000};
    plan made = random_plan((uint64_t)_i + 2, 200000 / max_lens[_i] * 10, max_lens[_i]);
    for (size_t i = 0; i < made.count; i++) {
        made.hashes[i] >>= _i == 0 ? 0 : 4; /* 16 buckets overflow their buffers */
    }
    ca_text left;
    seen result = round_trip(memdisk_disk(mem), PATH, &made);
    ck_assert_uint_ge(result.groups, _i == 0 ? 250 : 10);
    ck_assert(_i == 0 || memdisk_calls(mem, MEMDISK_WRITE) > 0);
    ck_assert(!memdisk_get(mem, PATH, &left));
    plan_free(&made);
    memdisk_free(mem);
}
END_TEST

START_TEST(records_come_back_once_from_the_real_disk)
{
    char path[64];
    snprintf(path, sizeof path, "/tmp/test_exchange.%ld", (long)getpid());
    plan made = random_plan(9, 15000, 1500);
    seen result = round_trip(ca_disk_real(), path, &made);
    ck_assert_uint_gt(result.groups, 250);
    ck_assert_int_ne(access(path, F_OK), 0);
    plan_free(&made);
}
END_TEST

START_TEST(lengths_around_every_limit_come_back)
{
    const size_t edges[] = {4,
                            CA_EXCHANGE_IN_PLACE - 1,
                            CA_EXCHANGE_IN_PLACE,
                            CA_EXCHANGE_IN_PLACE + 1,
                            CA_EXCHANGE_BUFFER - CA_EXCHANGE_FRAME - 1,
                            CA_EXCHANGE_BUFFER - CA_EXCHANGE_FRAME,
                            CA_EXCHANGE_BUFFER - CA_EXCHANGE_FRAME + 1,
                            CA_EXCHANGE_BUFFER,
                            CA_RECORD_MAX - 1,
                            CA_RECORD_MAX};
    size_t count = sizeof edges / sizeof *edges;
    memdisk *mem = memdisk_new();
    plan made =
        plan_new(4 * count); /* each by put and by reserve, into an empty and a used buffer */
    for (size_t i = 0; i < made.count; i++) {
        made.lens[i] = edges[i / 4];
        made.hashes[i] = i / 2 % 2 == 0 ? i << 56 : UINT64_MAX;
    }
    round_trip(memdisk_disk(mem), PATH, &made);
    plan_free(&made);
    memdisk_free(mem);
}
END_TEST

START_TEST(a_record_of_no_bytes_is_a_record)
{
    memdisk *mem = memdisk_new();
    ca_exchange *exchange;
    ca_exchange_reader *reader;
    ca_exchange_group group;
    ck_assert_int_eq(ca_exchange_new(memdisk_disk(mem), PATH, &exchange, NULL), 0);
    ck_assert_int_eq(ca_exchange_put(exchange, 7, NULL, 0, NULL), 0);
    ck_assert_int_eq(ca_exchange_finish(exchange, NULL), 0);
    ck_assert_int_eq(ca_exchange_reader_new(exchange, 0, &reader, NULL), 0);
    ck_assert_int_eq(ca_exchange_next(reader, &group, NULL), 0);
    ck_assert_uint_eq(group.count, 1);
    ck_assert_uint_eq(group.records[0].len, 0);
    ck_assert(group.records[0].hash == 7);
    ca_exchange_reader_free(reader);
    ca_exchange_free(exchange);
    memdisk_free(mem);
}
END_TEST

START_TEST(a_record_above_the_limit_is_refused_and_the_rest_kept)
{
    memdisk *mem = memdisk_new();
    ca_exchange *exchange;
    ca_exchange_reader *reader;
    ca_exchange_group group;
    ca_error err = {0};
    uint8_t *to;
    uint8_t *large = calloc(1, CA_RECORD_MAX + 1);
    ck_assert_int_eq(ca_exchange_new(memdisk_disk(mem), PATH, &exchange, NULL), 0);
    ck_assert_int_eq(ca_exchange_put(exchange, 1, large, CA_RECORD_MAX + 1, &err), CA_LIMIT);
    ck_assert_str_eq(err.text, "a record of 1048577 bytes is above the limit of 1048576");
    ck_assert_int_eq(ca_exchange_reserve(exchange, 1, CA_RECORD_MAX + 1, &to, &err), CA_LIMIT);
    ck_assert_int_eq(ca_exchange_put(exchange, 1, large, 10, &err), 0);
    ck_assert_int_eq(ca_exchange_finish(exchange, &err), 0);
    ck_assert_int_eq(ca_exchange_reader_new(exchange, 0, &reader, &err), 0);
    ck_assert_int_eq(ca_exchange_next(reader, &group, &err), 0);
    ck_assert_uint_eq(group.count, 1);
    ca_exchange_reader_free(reader);
    ca_exchange_free(exchange);
    free(large);
    memdisk_free(mem);
}
END_TEST


START_TEST(a_large_bucket_is_split_by_the_bits_that_differ)
{
    const unsigned free_bits[] = {56, 48, 13, 2, 0};
    char path[64];
    char part[80];
    snprintf(path, sizeof path, "/tmp/test_exchange.%ld", (long)getpid());
    snprintf(part, sizeof part, "%s.1", path);
    plan made = large_bucket(5, free_bits[_i], 4096);
    seen result = round_trip(ca_disk_real(), path, &made);
    ck_assert_int_ne(access(path, F_OK), 0);
    ck_assert_int_ne(access(part, F_OK), 0);
    if (free_bits[_i] >= 2) {
        ck_assert_uint_gt(result.groups, 3);
        ck_assert_uint_lt(result.largest, CA_BUCKET_BYTES);
    } else {
        ck_assert_uint_eq(result.groups, 1); /* one hash cannot be split */
        ck_assert_uint_gt(result.largest, CA_BUCKET_BYTES);
    }
    plan_free(&made);
}
END_TEST

START_TEST(one_huge_hash_beside_others_stays_whole)
{
    char path[64];
    snprintf(path, sizeof path, "/tmp/test_exchange.%ld", (long)getpid());
    plan made = large_bucket(6, 50, 65536);
    for (size_t i = 0; i < made.count; i++) {
        if (i >= 50) {
            made.hashes[i] = made.hashes[0];
        }
    }
    seen result = round_trip(ca_disk_real(), path, &made);
    ck_assert_uint_gt(result.groups, 30);
    ck_assert_uint_gt(result.largest, CA_BUCKET_BYTES);
    plan_free(&made);
}
END_TEST

/* Writes and reads; the error, if any, comes from what was told to fail. */
static int attempt(memdisk *mem, const plan *made, ca_error *err)
{
    ca_exchange *exchange;
    seen result;
    int rc = ca_exchange_new(memdisk_disk(mem), PATH, &exchange, err);
    if (rc) {
        return rc;
    }
    ca_exchange_hold(exchange, made->hold);
    rc = put_all(exchange, made, err);
    if (rc == 0) {
        rc = read_all(exchange, made, &result, err);
    } else {
        /* After a failure nothing is taken any more: a gap would go unnoticed. */
        ck_assert_int_eq(ca_exchange_put(exchange, 1, "x", 1, NULL), rc);
        ck_assert_int_eq(ca_exchange_finish(exchange, NULL), rc);
    }
    ca_exchange_free(exchange);
    return rc;
}

START_TEST(every_failing_call_is_an_error_and_leaves_no_file)
{
    const memdisk_call calls[] = {MEMDISK_OPEN, MEMDISK_WRITE, MEMDISK_READ};
    plan made = random_plan(3, 60, 30000);
    for (size_t i = 0; i < made.count; i++) {
        made.hashes[i] >>= 7; /* two buckets, a dozen blocks each */
    }
    uint64_t n = 1;
    for (;; n++) {
        memdisk *mem = memdisk_new();
        ca_error err = {0};
        ca_text left;
        memdisk_fail(mem, calls[_i], n, false);
        int rc = attempt(mem, &made, &err);
        ck_assert(!memdisk_get(mem, PATH, &left));
        memdisk_free(mem);
        if (rc == CA_END) {
            break;
        }
        ck_assert_int_lt(rc, 0);
        ck_assert_int_eq(err.code, rc);
        ck_assert_str_ne(err.text, "");
    }
    ck_assert_uint_gt(n, calls[_i] == MEMDISK_OPEN ? 1 : 20);
    plan_free(&made);
}
END_TEST

START_TEST(a_failure_while_splitting_is_an_error_and_leaves_no_file)
{
    plan made = large_bucket(8, 40, CA_RECORD_MAX);
    const memdisk_call calls[] = {MEMDISK_OPEN, MEMDISK_WRITE, MEMDISK_READ, MEMDISK_READ};
    const uint64_t from_end[] = {1, 3, 2, 30};
    memdisk *count = memdisk_new();
    ck_assert_int_eq(attempt(count, &made, NULL), CA_END);
    uint64_t total = memdisk_calls(count, calls[_i]);
    memdisk_free(count);
    ck_assert_uint_gt(total, from_end[_i]);

    memdisk *mem = memdisk_new();
    ca_error err = {0};
    ca_text left;
    memdisk_fail(mem, calls[_i], total + 1 - from_end[_i], false);
    ck_assert_int_eq(attempt(mem, &made, &err), CA_FAIL);
    ck_assert_str_ne(err.text, "");
    ck_assert(!memdisk_get(mem, PATH, &left));
    ck_assert(!memdisk_get(mem, PATH ".1", &left));
    memdisk_free(mem);
    plan_free(&made);
}
END_TEST

START_TEST(every_failing_allocation_is_an_error)
{
    plan made = random_plan(4, 60, 40000);
    made.hold = _i ? 2u << 20 : 0;
    for (size_t i = 0; i < made.count; i++) {
        made.hashes[i] >>= 7;
    }
    uint64_t n = 1;
    for (;; n++) {
        memdisk *mem = memdisk_new();
        ca_error err = {0};
        ca_alloc_fail(n, 0);
        int rc = attempt(mem, &made, &err);
        ca_alloc_fail(0, 0);
        memdisk_free(mem);
        if (rc == CA_END) {
            break;
        }
        ck_assert_int_eq(rc, CA_NOMEM);
        ck_assert_int_eq(err.code, CA_NOMEM);
    }
    ck_assert_uint_gt(n, 8);
    plan_free(&made);
}
END_TEST

START_TEST(a_file_changed_in_use_is_noticed)
{
    plan made = random_plan(11, 200, 40000);
    for (int how = 0; how < 3; how++) {
        memdisk *mem = memdisk_new();
        ca_exchange *exchange;
        ca_error err = {0};
        seen result;
        ca_file *file;
        ca_disk *disk = memdisk_disk(mem);
        unsigned flags = CA_DISK_WRITE | (how == 0 ? CA_DISK_TRUNCATE : 0);
        ck_assert_int_eq(ca_exchange_new(disk, PATH, &exchange, NULL), 0);
        ck_assert_int_eq(put_all(exchange, &made, NULL), 0);
        ck_assert_int_eq(disk->open(disk, PATH, flags, &file, NULL), 0);
        ck_assert_int_eq(disk->write(file, how == 1 ? "\377\377\377\377" : "\0\0\0\0", 4, NULL), 0);
        ck_assert_int_eq(disk->close(file, NULL), 0);
        ck_assert_int_eq(read_all(exchange, &made, &result, &err), CA_FAIL);
        ck_assert_str_eq(err.text,
                         "the temporary file " PATH " was changed while in use: run again");
        ca_exchange_free(exchange);
        memdisk_free(mem);
    }
    plan_free(&made);
}
END_TEST

/* Random hashes, hashes that agree in 50 bits, few hashes, one hash; in all counts around the
 * steps. */
START_TEST(sorting_agrees_with_the_library)
{
    const size_t counts[] = {0, 1, 2, 24, 25, 255, 257, 3000, 70000};
    size_t count = counts[_i];
    uint64_t seed = 77 + (uint64_t)_i;
    for (int kind = 0; kind < 4; kind++) {
        ca_exchange_record *records = calloc(2 * count + 1, sizeof *records);
        uint64_t sum = 0;
        for (size_t i = 0; i < count; i++) {
            uint64_t hash = random_next(&seed);
            hash = kind == 1 ? hash & 0x3FFF : kind == 2 ? hash % 5 << 40 : kind == 3 ? 42 : hash;
            records[i] = (ca_exchange_record){hash, NULL, (uint32_t)i};
            sum += hash * i;
        }
        ca_record_sort(records, records + count, count, 0);
        for (size_t i = 0; i < count; i++) {
            ck_assert(i == 0 || records[i - 1].hash <= records[i].hash);
            sum -= records[i].hash * records[i].len;
        }
        ck_assert_uint_eq(sum, 0);
        free(records);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, nothing_put_nothing_back);
    tcase_add_test(tcase, small_data_never_touches_the_disk);
    tcase_add_loop_test(tcase, records_come_back_once_from_a_disk_in_memory, 0, 3);
    tcase_add_test(tcase, records_come_back_once_from_the_real_disk);
    tcase_add_test(tcase, lengths_around_every_limit_come_back);
    tcase_add_test(tcase, a_record_of_no_bytes_is_a_record);
    tcase_add_test(tcase, a_record_above_the_limit_is_refused_and_the_rest_kept);
    tcase_add_loop_test(tcase, a_large_bucket_is_split_by_the_bits_that_differ, 0, 5);
    tcase_add_test(tcase, one_huge_hash_beside_others_stays_whole);
    tcase_add_loop_test(tcase, every_failing_call_is_an_error_and_leaves_no_file, 0, 3);
    tcase_add_loop_test(tcase, a_failure_while_splitting_is_an_error_and_leaves_no_file, 0, 4);
    tcase_add_loop_test(tcase, every_failing_allocation_is_an_error, 0, 2);
    tcase_add_test(tcase, a_file_changed_in_use_is_noticed);
    tcase_add_loop_test(tcase, sorting_agrees_with_the_library, 0, 9);
}

CA_CHECK_MAIN("store/exchange", add_tests)
