/* Temporary files that are written over: what a reader sees of one is what was written to it, whatever lay there before. */
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

static ca_file *opened(const char *text)
{
    ca_file *file;
    ck_assert_int_eq(ca_disk_open_new(disk, "any", &file, &err), 0);
    ck_assert_int_eq(disk->write(file, text, strlen(text), &err), 0);
    return file;
}

static void give_back(ca_file *file)
{
    ck_assert_int_eq(disk->close(file, &err), 0);
    ck_assert_int_eq(disk->remove(disk, "any", &err), 0);
}

static size_t files(void)
{
    ca_arena arena;
    char **names;
    size_t count;
    ca_arena_init(&arena);
    ck_assert_int_eq(memdisk_disk(memory)->list(memdisk_disk(memory), "work", &arena, &names, &count, &err), 0);
    ca_arena_done(&arena);
    return count;
}

static void reads(ca_file *file, uint64_t offset, const char *text)
{
    char bytes[32];
    ck_assert_int_eq(disk->read_at(file, offset, bytes, strlen(text), &err), (int64_t)strlen(text));
    ck_assert_mem_eq(bytes, text, strlen(text));
}

START_TEST(who_comes_next_writes_over_it)
{
    ca_file *first = opened("of the first");
    give_back(first);
    ck_assert_uint_eq(files(), 1);
    ca_file *next = opened("the next");
    ck_assert_ptr_eq(next, first);
    reads(next, 0, "the next");
    ck_assert_int_eq(disk->write(next, " goes on", 8, &err), 0);
    reads(next, 4, "next goes on");
    ck_assert_uint_eq(files(), 1);
    give_back(next);
}
END_TEST

START_TEST(nobody_shares_one)
{
    ca_file *one = opened("one"), *other = opened("other");
    ck_assert_uint_eq(files(), 2);
    reads(one, 0, "one");
    reads(other, 0, "other");
    give_back(one);
    ca_file *third = opened("third"), *fourth = opened("fourth");
    ck_assert_ptr_eq(third, one);
    reads(other, 0, "other");
    reads(third, 0, "third");
    ck_assert_uint_eq(files(), 3);
    give_back(other);
    give_back(third);
    give_back(fourth);
}
END_TEST

START_TEST(nothing_is_left)
{
    give_back(opened("claims of somebody"));
    ca_scratch_free(disk);
    disk = NULL;
    ck_assert_uint_eq(files(), 0);
}
END_TEST

START_TEST(one_that_cannot_be_opened_is_none)
{
    ca_file *file = NULL;
    memdisk_fail(memory, MEMDISK_OPEN, 1, false);
    ck_assert_int_eq(ca_disk_open_new(disk, "any", &file, &err), CA_FAIL);
    ck_assert_ptr_null(file);
    give_back(opened("later"));
    ck_assert_uint_eq(files(), 1);
}
END_TEST

START_TEST(one_that_cannot_be_taken_again_stays)
{
    ca_file *file = NULL;
    give_back(opened("first"));
    memdisk_fail(memory, MEMDISK_REWIND, 1, false);
    ck_assert_int_eq(ca_disk_open_new(disk, "any", &file, &err), CA_FAIL);
    ck_assert_ptr_null(file);    /* else who failed would close what somebody else has opened by then */
    ck_assert_ptr_nonnull(strstr(err.text, "cannot write again to"));
    file = opened("next");
    reads(file, 0, "next");
    ck_assert_uint_eq(files(), 1);
    give_back(file);
}
END_TEST

START_TEST(on_a_real_disk)
{
    char folder[] = "/tmp/scratch.XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ca_scratch_free(disk);
    ck_assert_int_eq(ca_scratch_new(ca_disk_real(), folder, &disk, &err), 0);
    give_back(opened("of the first"));
    ca_file *next = opened("the next");
    reads(next, 0, "the nextirst");    /* which nobody asks for: the pages are the same */
    give_back(next);
    ca_scratch_free(disk);
    disk = NULL;
    ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

static void many(void *context, unsigned number)
{
    char text[16] = "thread 0", read[16];
    (void)context;
    text[7] = (char)('0' + number);
    for (int i = 0; i < 200; i++) {
        ca_file *file;
        ca_error error;
        ck_assert_int_eq(ca_disk_open_new(disk, "any", &file, &error), 0);
        ck_assert_int_eq(disk->write(file, text, sizeof text, &error), 0);
        ck_assert_int_eq(disk->read_at(file, 0, read, sizeof read, &error), sizeof read);
        ck_assert_mem_eq(read, text, sizeof text);
        ck_assert_int_eq(disk->close(file, &error), 0);
    }
}

START_TEST(threads_have_their_own)
{
    ca_threads_run(4, many, NULL);
    ck_assert_uint_le(files(), 4);
}
END_TEST

START_TEST(without_memory_nothing_is_lost)
{
    ca_disk *other = NULL;
    ca_file *file;
    for (uint64_t at = 1; at <= 2; at++) {
        ca_alloc_fail(at, 0);
        ck_assert_int_eq(ca_scratch_new(memdisk_disk(memory), "work", &other, &err), CA_NOMEM);
        ca_alloc_fail(at, 0);
        ck_assert_int_eq(ca_disk_open_new(disk, "any", &file, &err), CA_NOMEM);
        ck_assert_uint_eq(files(), 0);
    }
    ca_alloc_fail(0, 0);
    give_back(opened("later"));
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, start, stop);
    tcase_add_test(tcase, who_comes_next_writes_over_it);
    tcase_add_test(tcase, nobody_shares_one);
    tcase_add_test(tcase, nothing_is_left);
    tcase_add_test(tcase, one_that_cannot_be_opened_is_none);
    tcase_add_test(tcase, one_that_cannot_be_taken_again_stays);
    tcase_add_test(tcase, on_a_real_disk);
    tcase_add_test(tcase, threads_have_their_own);
    tcase_add_test(tcase, without_memory_nothing_is_lost);
}

CA_CHECK_MAIN("base/scratch", add_tests)
