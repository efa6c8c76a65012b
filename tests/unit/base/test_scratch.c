/* Temporary files by name: what a reader sees of one is what was written to it, whatever lay there before, and names are as on any
 * disk. */
#include "base/scratch.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/threads.h"
#include "support/check_main.h"
#include "support/memdisk.h"

static memdisk *memory;
static ca_disk *disk;
static ca_error err;

static void start(void)
{
    memory = memdisk_new();
    ck_assert_int_eq(memdisk_disk(memory)->make_directory(memdisk_disk(memory), "work", &err), 0);
    ck_assert_int_eq(ca_scratch_new(memdisk_disk(memory), "work", &disk, &err), 0);
}

static void stop(void)
{
    ca_scratch_free(disk);
    memdisk_free(memory);
}

static ca_file *made(const char *name, const char *text)
{
    ca_file *file;
    ck_assert_int_eq(ca_disk_open_new(disk, name, &file, &err), 0);
    ck_assert_str_eq(file->path, name);
    ck_assert_int_eq(disk->write(file, text, strlen(text), &err), 0);
    return file;
}

static void close_it(ca_file *file)
{
    ck_assert_int_eq(disk->close(file, &err), 0);
}

static ca_file *opened(const char *name)
{
    ca_file *file;
    ck_assert_int_eq(disk->open(disk, name, CA_DISK_READ, &file, &err), 0);
    return file;
}

static bool is_there(const char *name)
{
    ca_file *file = NULL;
    int rc = disk->open(disk, name, CA_DISK_READ, &file, &err);
    ck_assert(rc == 0 || (rc == CA_FAIL && strstr(err.text, "cannot open")));
    disk->close(file, NULL);
    return rc == 0;
}

/* All of it. */
static void reads(ca_file *file, const char *text)
{
    char bytes[64];
    ca_file_info info;
    ck_assert_int_eq(disk->read_at(file, 0, bytes, sizeof bytes, &err), (int64_t)strlen(text));
    ck_assert_mem_eq(bytes, text, strlen(text));
    ck_assert_int_eq(disk->info_of(file, &info, &err), 0);
    ck_assert_uint_eq(info.size, strlen(text));
}

static uint64_t bytes_on_disk(void)
{
    uint64_t total = 0;
    for (char k = '0'; k < '8'; k++) {
        char path[] = "work/" CA_SCRATCH_NAME "0";
        ca_text bytes;
        path[sizeof path - 2] = k;
        total += memdisk_get(memory, path, &bytes) ? bytes.len : 0;
    }
    return total;
}

START_TEST(who_comes_next_writes_over_it)
{
    char longer[1000];
    memset(longer, 'x', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    close_it(made("work/first", longer));
    ck_assert_int_eq(disk->remove(disk, "work/first", &err), 0);
    ca_file *next = made("work/next", "the next");
    reads(next, "the next");    /* and nothing behind it */
    ck_assert_int_eq(disk->write(next, " goes on", 8, &err), 0);
    reads(next, "the next goes on");
    ck_assert_uint_eq(bytes_on_disk(), sizeof longer - 1);
    close_it(next);
}
END_TEST

START_TEST(a_part_of_a_file)
{
    char bytes[8];
    ca_file *file = made("any", "claims");
    ck_assert_int_eq(disk->read_at(file, 2, bytes, 3, &err), 3);
    ck_assert_mem_eq(bytes, "aim", 3);
    ck_assert_int_eq(disk->read_at(file, 4, bytes, 8, &err), 2);
    ck_assert_int_eq(disk->read_at(file, 6, bytes, 8, &err), 0);
    ck_assert_int_eq(disk->read_at(file, UINT64_MAX, bytes, 8, &err), 0);
    close_it(file);
}
END_TEST

START_TEST(nobody_shares_one)
{
    ca_file *one = made("one", "one"), *other = made("other", "other");
    close_it(one);
    ca_file *third = made("third", "third");
    reads(other, "other");
    reads(third, "third");
    one = opened("one");        /* closed, not removed */
    reads(one, "one");
    close_it(one);
    close_it(other);
    close_it(third);
}
END_TEST

START_TEST(one_without_a_name_lives_until_it_is_closed)
{
    ca_file *one = made("any", "of the first");
    ca_file *again = opened("any");
    ca_file *other = made("any", "of the second");    /* takes the name */
    ck_assert_int_eq(disk->remove(disk, "any", &err), 0);
    ck_assert(!is_there("any"));
    reads(one, "of the first");
    reads(other, "of the second");
    close_it(one);
    reads(again, "of the first");
    close_it(again);
    close_it(other);
}
END_TEST

START_TEST(names_are_given)
{
    ca_file *file = made("x1/0.part.tmp", "lines");
    ck_assert_int_eq(disk->make_directory(disk, "x1", &err), 0);
    ck_assert_int_eq(disk->sync(file, &err), 0);
    close_it(made("x1/0.part", "older ones"));
    ck_assert_int_eq(disk->rename(disk, "x1/0.part.tmp", "x1/0.part", &err), 0);
    close_it(file);
    ck_assert(!is_there("x1/0.part.tmp"));
    file = opened("x1/0.part");
    reads(file, "lines");
    close_it(file);
    ck_assert_int_eq(disk->rename(disk, "x1/0.part", "x1/0.part", &err), 0);
    ck_assert_int_eq(disk->rename(disk, "nobody", "x1/0.part", &err), CA_FAIL);
    ck_assert(is_there("x1/0.part"));
    ck_assert_int_eq(disk->remove(disk, "x1/0.part", &err), 0);
    ck_assert_int_eq(disk->remove(disk, "x1/0.part", &err), 0);    /* not there is fine */
    ck_assert(!is_there("x1/0.part"));
}
END_TEST

START_TEST(nothing_is_left)
{
    close_it(made("claims", "claims of somebody"));
    ck_assert_uint_gt(bytes_on_disk(), 0);
    ca_scratch_free(disk);
    disk = NULL;
    ck_assert_uint_eq(bytes_on_disk(), 0);
    ck_assert_int_eq(memdisk_disk(memory)->remove(memdisk_disk(memory), "work", &err), 0);    /* which is empty */
}
END_TEST

START_TEST(a_failure_of_the_disk_is_told)
{
    ca_file *file;
    ck_assert_int_eq(ca_disk_open_new(disk, "any", &file, &err), 0);
    memdisk_fail(memory, MEMDISK_OPEN, 1, false);
    ck_assert_int_eq(disk->write(file, "text", 4, &err), CA_FAIL);
    memdisk_fail(memory, MEMDISK_WRITE, 1, false);
    ck_assert_int_eq(disk->write(file, "text", 4, &err), CA_FAIL);
    reads(file, "");
    ck_assert_int_eq(disk->write(file, "later", 5, &err), 0);
    reads(file, "later");
    close_it(file);
}
END_TEST

static void many(void *context, unsigned number)
{
    char text[16] = "thread 0", read[16], name[] = "file 0";
    (void)context;
    text[7] = name[5] = (char)('0' + number);
    for (int i = 0; i < 200; i++) {
        ca_file *file;
        ca_error error;
        ck_assert_int_eq(ca_disk_open_new(disk, name, &file, &error), 0);
        ck_assert_int_eq(disk->write(file, text, sizeof text, &error), 0);
        ck_assert_int_eq(disk->read_at(file, 0, read, sizeof read, &error), sizeof read);
        ck_assert_mem_eq(read, text, sizeof text);
        ck_assert_int_eq(disk->close(file, &error), 0);
        ck_assert_int_eq(disk->remove(disk, name, &error), 0);
    }
}

START_TEST(threads_have_their_own)
{
    ca_threads_run(4, many, NULL);
    ck_assert(!is_there("file 0") && !is_there("file 3"));
}
END_TEST

/* As every thread has an exchange of the same name. */
static void same_name(void *context, unsigned number)
{
    uint64_t *failed = context;
    for (uint64_t i = 0; i < 20000; i++) {
        uint64_t text[] = {number, i}, read[2];
        ca_file *file;
        ca_error error;
        if (ca_disk_open_new(disk, "exchange", &file, &error)) {
            failed[number]++;
            continue;
        }
        ck_assert_int_eq(disk->write(file, text, sizeof text, &error), 0);
        ck_assert_int_eq(disk->read_at(file, 0, read, sizeof read, &error), sizeof read);
        ck_assert_mem_eq(read, text, sizeof text);
        ck_assert_int_eq(disk->close(file, &error), 0);
        ck_assert_int_eq(disk->remove(disk, "exchange", &error), 0);
    }
}

START_TEST(threads_make_one_of_the_same_name)
{
    uint64_t failed[4] = {0};
    ca_threads_run(4, same_name, failed);
    for (unsigned t = 0; t < 4; t++) {
        ck_assert_uint_eq(failed[t], 0);
    }
    ck_assert(!is_there("exchange"));
}
END_TEST

START_TEST(without_memory_nothing_is_lost)
{
    ca_disk *other = NULL;
    ca_file *file;
    uint64_t at;
    int rc = CA_NOMEM;
    for (at = 1; rc == CA_NOMEM; at++) {
        ca_alloc_fail(at, 0);
        rc = ca_scratch_new(memdisk_disk(memory), "work", &other, &err);
    }
    ck_assert_uint_gt(at, 3);
    ca_scratch_free(other);
    rc = CA_NOMEM;
    for (at = 1; rc == CA_NOMEM; at++) {
        ca_alloc_fail(at, 0);
        rc = ca_disk_open_new(disk, "any", &file, &err);
        ck_assert(rc == 0 || !is_there("any"));
    }
    ck_assert_uint_gt(at, 3);
    ck_assert_int_eq(rc, 0);
    ca_alloc_fail(1, 0);
    ck_assert_int_eq(disk->rename(disk, "any", "other", &err), CA_NOMEM);
    ca_alloc_fail(0, 0);
    ck_assert(is_there("any"));
    close_it(file);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, start, stop);
    tcase_add_test(tcase, who_comes_next_writes_over_it);
    tcase_add_test(tcase, a_part_of_a_file);
    tcase_add_test(tcase, nobody_shares_one);
    tcase_add_test(tcase, one_without_a_name_lives_until_it_is_closed);
    tcase_add_test(tcase, names_are_given);
    tcase_add_test(tcase, nothing_is_left);
    tcase_add_test(tcase, a_failure_of_the_disk_is_told);
    tcase_add_test(tcase, threads_have_their_own);
    tcase_add_test(tcase, threads_make_one_of_the_same_name);
    tcase_add_test(tcase, without_memory_nothing_is_lost);
}

CA_CHECK_MAIN("base/scratch", add_tests)
