/* A spool gives back what was put, by position and in order, also while it grows, and leaves no
 * file. */
#include "support/check_main.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/scratch.h"
#include "store/spool.h"
#include "support/memdisk.h"
#include "unit/store/random.h"

#define PATH    "spool.tmp"
#define RECORDS 300

static size_t length_of(size_t number)
{
    uint64_t seed = number + 1;
    uint64_t kind = random_below(&seed, 10);
    return random_below(&seed, kind == 0 ? 100000 : kind < 4 ? 5000 : 300);
}

static char *make(size_t number)
{
    size_t len = length_of(number);
    char *bytes = malloc(len + 1);
    ck_assert_ptr_nonnull(bytes);
    for (size_t i = 0; i < len; i++) {
        bytes[i] = (char)(number * 7 + i);
    }
    return bytes;
}

static int add(ca_spool *spool, size_t number, uint64_t *ret_position, ca_error *err)
{
    char *bytes = make(number);
    int rc = ca_spool_add(spool, bytes, length_of(number), ret_position, err);
    free(bytes);
    return rc;
}

static void check(const ca_buf *bytes, size_t number)
{
    char *expected = make(number);
    ck_assert_uint_eq(bytes->len, length_of(number));
    ck_assert(bytes->len == 0 || memcmp(bytes->ptr, expected, bytes->len) == 0);
    free(expected);
}

static int read_back(ca_spool *spool, const uint64_t *positions, size_t count, ca_error *err)
{
    ca_buf bytes;
    uint64_t cursor = 0;
    uint64_t position;
    uint64_t seed = 5;
    size_t number = 0;
    int rc;
    ca_buf_init(&bytes);
    while ((rc = ca_spool_next(spool, &cursor, &position, &bytes, err)) == 0) {
        ck_assert_uint_lt(number, count);
        ck_assert(position == positions[number]);
        check(&bytes, number++);
    }
    ck_assert(rc < 0 || number == count);
    for (size_t i = 0; rc == CA_END && i < count; i++) {
        size_t any = random_below(&seed, count);
        int got = ca_spool_read(spool, positions[any], &bytes, err);
        rc = got ? got : rc;
        if (got == 0) {
            check(&bytes, any);
        }
    }
    ca_buf_done(&bytes);
    return rc;
}

static int round_trip(ca_disk *disk, const char *path, size_t count, ca_error *err)
{
    ca_spool *spool;
    uint64_t positions[RECORDS];
    int rc = ca_spool_new(disk, path, &spool, err);
    if (rc) {
        return rc;
    }
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = add(spool, i, &positions[i], err);
    }
    if (rc == 0) {
        ck_assert_uint_eq(ca_spool_count(spool), count);
        rc = read_back(spool, positions, count, err);
    }
    ca_spool_free(spool);
    return rc;
}

START_TEST(records_come_back_by_position_and_in_order)
{
    memdisk *mem = memdisk_new();
    ca_error err = {0};
    ca_text left;
    char path[64];
    snprintf(path, sizeof path, "/tmp/test_spool.%ld", (long)getpid());
    ck_assert_int_eq(round_trip(memdisk_disk(mem), PATH, RECORDS, &err), CA_END);
    ck_assert_uint_gt(memdisk_calls(mem, MEMDISK_WRITE), 10);
    ck_assert(!memdisk_get(mem, PATH, &left));
    ck_assert_int_eq(round_trip(ca_disk_real(), path, RECORDS, &err), CA_END);
    ck_assert_int_ne(access(path, F_OK), 0);
    memdisk_free(mem);
}
END_TEST

START_TEST(a_small_spool_never_touches_the_disk)
{
    memdisk *mem = memdisk_new();
    ca_spool *spool;
    ca_buf bytes;
    uint64_t position, cursor = 0;
    ca_buf_init(&bytes);
    ck_assert_int_eq(ca_spool_new(memdisk_disk(mem), PATH, &spool, NULL), 0);
    ck_assert_int_eq(ca_spool_next(spool, &cursor, &position, &bytes, NULL), CA_END);
    ck_assert_int_eq(ca_spool_add(spool, "abc", 3, &position, NULL), 0);
    ck_assert_int_eq(ca_spool_add(spool, NULL, 0, &position, NULL), 0);
    ck_assert_int_eq(ca_spool_next(spool, &cursor, &position, &bytes, NULL), 0);
    ck_assert(ca_text_is(ca_buf_text(&bytes), "abc"));
    ck_assert_int_eq(ca_spool_next(spool, &cursor, &position, &bytes, NULL), 0);
    ck_assert_uint_eq(bytes.len, 0);
    ck_assert_int_eq(ca_spool_next(spool, &cursor, &position, &bytes, NULL), CA_END);
    ck_assert_uint_eq(memdisk_calls(mem, MEMDISK_ANY), 0);
    ca_spool_free(spool);
    ca_spool_free(NULL);
    ca_buf_done(&bytes);
    memdisk_free(mem);
}
END_TEST

START_TEST(reading_and_adding_alternate)
{
    memdisk *mem = memdisk_new();
    ca_spool *spool;
    ca_buf bytes;
    uint64_t positions[RECORDS];
    uint64_t seed = 3;
    ca_buf_init(&bytes);
    ck_assert_int_eq(ca_spool_new(memdisk_disk(mem), PATH, &spool, NULL), 0);
    for (size_t i = 0; i < RECORDS; i++) {
        ck_assert_int_eq(add(spool, i, &positions[i], NULL), 0);
        size_t any = random_below(&seed, i + 1);
        ck_assert_int_eq(ca_spool_read(spool, positions[any], &bytes, NULL), 0);
        check(&bytes, any);
        ck_assert_int_eq(ca_spool_read(spool, positions[i], &bytes, NULL), 0);
        check(&bytes, i);
    }
    ca_spool_free(spool);
    ca_buf_done(&bytes);
    memdisk_free(mem);
}
END_TEST

/* What lies behind the records of a file that is written over are those of others. */
START_TEST(reading_and_adding_alternate_where_others_have_written)
{
    memdisk *mem = memdisk_new();
    ca_disk *disk;
    ca_spool *spool;
    ca_buf bytes;
    uint64_t positions[RECORDS];
    ca_buf_init(&bytes);
    ck_assert_int_eq(ca_scratch_new(memdisk_disk(mem), ".", &disk, NULL), 0);
    ck_assert_int_eq(ca_spool_new(disk, PATH, &spool, NULL), 0);
    for (size_t i = 0; i < RECORDS; i++) {
        ck_assert_int_eq(add(spool, RECORDS - i, &positions[i], NULL), 0);
    }
    ca_spool_free(spool);
    ck_assert_int_eq(ca_spool_new(disk, PATH, &spool, NULL), 0);
    for (size_t i = 0; i < RECORDS; i++) {
        ck_assert_int_eq(add(spool, i, &positions[i], NULL), 0);
        for (size_t k = i < 9 ? 0 : i - 9; k <= i; k++) {
            ck_assert_int_eq(ca_spool_read(spool, positions[k], &bytes, NULL), 0);
            check(&bytes, k);
        }
    }
    ca_spool_free(spool);
    ca_scratch_free(disk);
    ca_buf_done(&bytes);
    memdisk_free(mem);
}
END_TEST

START_TEST(lengths_around_the_limits)
{
    const size_t lens[] = {65531, 65532, 65533, 65536, CA_SPOOL_RECORD_MAX};
    memdisk *mem = memdisk_new();
    ca_spool *spool;
    ca_buf bytes;
    ca_error err = {0};
    uint64_t positions[5];
    char *record = calloc(1, CA_SPOOL_RECORD_MAX + 1);
    ca_buf_init(&bytes);
    ck_assert_int_eq(ca_spool_new(memdisk_disk(mem), PATH, &spool, NULL), 0);
    ck_assert_int_eq(ca_spool_add(spool, record, CA_SPOOL_RECORD_MAX + 1, &positions[0], &err),
                     CA_LIMIT);
    ck_assert_str_eq(err.text, "a record of 16777217 bytes is above the limit of 16777216");
    for (size_t i = 0; i < 5; i++) {
        record[lens[i] - 1] = (char)(i + 1);
        ck_assert_int_eq(ca_spool_add(spool, record, lens[i], &positions[i], &err), 0);
    }
    for (size_t i = 0; i < 5; i++) {
        ck_assert_int_eq(ca_spool_read(spool, positions[i], &bytes, &err), 0);
        ck_assert_uint_eq(bytes.len, lens[i]);
        ck_assert_int_eq(bytes.ptr[lens[i] - 1], (int)i + 1);
    }
    ck_assert_uint_eq(ca_spool_count(spool), 5);
    ck_assert_int_eq(ca_spool_read(spool, positions[4] + (32u << 20), &bytes, &err), CA_FAIL);
    ca_spool_free(spool);
    ca_buf_done(&bytes);
    free(record);
    memdisk_free(mem);
}
END_TEST

START_TEST(every_failing_call_is_an_error_and_leaves_no_file)
{
    const memdisk_call calls[] = {MEMDISK_OPEN, MEMDISK_WRITE, MEMDISK_READ};
    uint64_t n = 1;
    for (;; n++) {
        memdisk *mem = memdisk_new();
        ca_error err = {0};
        ca_text left;
        memdisk_fail(mem, calls[_i], n, false);
        int rc = round_trip(memdisk_disk(mem), PATH, 60, &err);
        ck_assert(!memdisk_get(mem, PATH, &left));
        memdisk_free(mem);
        if (rc == CA_END) {
            break;
        }
        ck_assert_int_eq(rc, CA_FAIL);
        ck_assert_str_ne(err.text, "");
    }
    ck_assert_uint_gt(n, calls[_i] == MEMDISK_OPEN ? 1 : 5);
}
END_TEST

START_TEST(after_a_failed_write_nothing_is_taken_any_more)
{
    memdisk *mem = memdisk_new();
    ca_spool *spool;
    ca_buf bytes;
    ca_error err = {0};
    uint64_t position;
    char *record = calloc(1, 100000);
    ca_buf_init(&bytes);
    ck_assert_int_eq(ca_spool_new(memdisk_disk(mem), PATH, &spool, NULL), 0);
    memdisk_fail(mem, MEMDISK_WRITE, 2, false);
    ck_assert_int_eq(ca_spool_add(spool, record, 100000, &position, NULL), CA_FAIL);
    ck_assert_int_eq(ca_spool_add(spool, record, 1, &position, &err), CA_FAIL);
    ck_assert_int_eq(ca_spool_read(spool, 0, &bytes, &err), CA_FAIL);
    ck_assert_uint_eq(ca_spool_count(spool), 0);
    ca_spool_free(spool);
    ca_buf_done(&bytes);
    free(record);
    memdisk_free(mem);
}
END_TEST

START_TEST(every_failing_allocation_is_an_error)
{
    uint64_t n = 1;
    for (;; n++) {
        memdisk *mem = memdisk_new();
        ca_error err = {0};
        ca_alloc_fail(n, 0);
        int rc = round_trip(memdisk_disk(mem), PATH, 30, &err);
        ca_alloc_fail(0, 0);
        memdisk_free(mem);
        if (rc == CA_END) {
            break;
        }
        ck_assert_int_eq(rc, CA_NOMEM);
        ck_assert_int_eq(err.code, CA_NOMEM);
    }
    ck_assert_uint_gt(n, 3);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, records_come_back_by_position_and_in_order);
    tcase_add_test(tcase, a_small_spool_never_touches_the_disk);
    tcase_add_test(tcase, reading_and_adding_alternate);
    tcase_add_test(tcase, reading_and_adding_alternate_where_others_have_written);
    tcase_add_test(tcase, lengths_around_the_limits);
    tcase_add_loop_test(tcase, every_failing_call_is_an_error_and_leaves_no_file, 0, 3);
    tcase_add_test(tcase, after_a_failed_write_nothing_is_taken_any_more);
    tcase_add_test(tcase, every_failing_allocation_is_an_error);
}

CA_CHECK_MAIN("store/spool", add_tests)
