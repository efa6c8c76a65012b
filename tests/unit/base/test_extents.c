/* Pieces of shared files: a list reads back what was written to it, pieces are used again, and files grow only as far as lists at one
 * time. */
#include "base/extents.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/threads.h"
#include "support/check_main.h"
#include "support/memdisk.h"

#define PIECE CA_EXTENT_BYTES

static memdisk *memory;
static ca_extents *extents;
static ca_error err;

static void start(void)
{
    memory = memdisk_new();
    ck_assert_int_eq(memdisk_disk(memory)->make_directory(memdisk_disk(memory), "work", &err), 0);
    ck_assert_int_eq(ca_extents_new(memdisk_disk(memory), "work", "piece", &extents, &err), 0);
}

static void stop(void)
{
    ca_extents_free(extents);
    memdisk_free(memory);
}

static char *filled(size_t len, char with)
{
    char *bytes = malloc(len);
    ck_assert_ptr_nonnull(bytes);
    memset(bytes, with, len);
    return bytes;
}

static void write_at(ca_extent_list *list, uint64_t offset, size_t len, char with)
{
    char *bytes = filled(len, with);
    ck_assert_int_eq(ca_extents_write(extents, list, offset, bytes, len, &err), 0);
    free(bytes);
}

static void holds(const ca_extent_list *list, uint64_t offset, size_t len, char what)
{
    char *want = filled(len, what), *got = filled(len, '?');
    ck_assert_int_eq(ca_extents_read(extents, list, offset, got, len, &err), 0);
    ck_assert_int_eq(memcmp(got, want, len), 0);
    free(want);
    free(got);
}

/* Of all files together. */
static size_t bytes_on_disk(size_t *ret_files)
{
    size_t total = 0;
    *ret_files = 0;
    for (unsigned k = 0; k < CA_EXTENT_FILES; k++) {
        char path[32];
        ca_text bytes;
        snprintf(path, sizeof path, "work/piece%u", k);
        bool there = memdisk_get(memory, path, &bytes);
        total += there ? bytes.len : 0;
        *ret_files += there;
    }
    return total;
}

START_TEST(bytes_come_back)
{
    ca_extent_list one = {0}, other = {0};
    size_t files;
    write_at(&one, 0, PIECE - 3, 'a');
    write_at(&other, 0, 5, 'x');
    write_at(&one, PIECE - 3, 2 * PIECE + 7, 'b');      /* into pieces that do not lie side by side with the first */
    write_at(&other, 5, 3 * PIECE, 'y');
    holds(&one, 0, PIECE - 3, 'a');
    holds(&one, PIECE - 3, 2 * PIECE + 7, 'b');
    holds(&other, 0, 5, 'x');
    holds(&other, 5, 3 * PIECE, 'y');
    write_at(&one, 10, 20, 'c');
    holds(&one, 0, 10, 'a');
    holds(&one, 10, 20, 'c');
    holds(&one, 30, PIECE - 33, 'a');
    ck_assert_uint_le(bytes_on_disk(&files), 8 * PIECE);
    ck_assert_uint_eq(files, 2);                        /* each began in a file of its own */
    ca_extents_give(extents, &one);
    ca_extents_give(extents, &other);
    ck_assert_ptr_null(one.items);
}
END_TEST

START_TEST(pieces_are_used_again)
{
    size_t files, at_most = 0;
    for (char round = 'a'; round < 'g'; round++) {
        ca_extent_list one = {0}, other = {0};
        for (unsigned i = 0; i < 6; i++) {              /* by turns, so that pieces of the two lie among each other */
            write_at(&one, i * (PIECE / 2), PIECE / 2, round);
            write_at(&other, i * (PIECE / 2), PIECE / 2, (char)(round + 10));
        }
        ca_extents_give(extents, &one);
        ca_extent_list third = {0};                     /* over what the first had, and then beyond */
        write_at(&third, 0, 2 * PIECE, 'Z');
        holds(&other, 0, 3 * PIECE, (char)(round + 10));
        holds(&third, 0, 2 * PIECE, 'Z');
        ca_extents_give(extents, &other);
        ca_extents_give(extents, &third);
        size_t now = bytes_on_disk(&files);
        ck_assert(round == 'a' || now == at_most);
        at_most = now;
    }
    ck_assert_uint_eq(at_most, 6 * PIECE);
}
END_TEST

START_TEST(nothing_is_left)
{
    ca_extent_list one = {0};
    size_t files;
    write_at(&one, 0, 3, 'a');
    ca_extents_give(extents, &one);
    ca_extents_free(extents);
    extents = NULL;
    ck_assert_uint_eq(bytes_on_disk(&files), 0);
    ck_assert_uint_eq(files, 0);
}
END_TEST

START_TEST(failures_are_told)
{
    ca_extent_list one = {0};
    char bytes[8] = "";
    memdisk_fail(memory, MEMDISK_OPEN, 1, false);
    ck_assert_int_eq(ca_extents_write(extents, &one, 0, bytes, 8, &err), CA_FAIL);
    ck_assert_uint_eq(one.count, 0);
    memdisk_fail(memory, MEMDISK_WRITE, 1, false);
    ck_assert_int_eq(ca_extents_write(extents, &one, 0, bytes, 8, &err), CA_FAIL);
    write_at(&one, 0, 8, 'k');
    memdisk_fail(memory, MEMDISK_READ, 1, false);
    ck_assert_int_eq(ca_extents_read(extents, &one, 0, bytes, 8, &err), CA_FAIL);
    holds(&one, 0, 8, 'k');
    memdisk_set_space(memory, PIECE);
    char *more = filled(3 * PIECE, 'm');
    ck_assert_int_eq(ca_extents_write(extents, &one, 8, more, 3 * PIECE, &err), CA_FAIL);
    free(more);
    ca_extents_give(extents, &one);
    write_at(&one, 0, PIECE, 'n');                       /* what was given back may be written over on a full disk */
    holds(&one, 0, PIECE, 'n');
    ca_extents_give(extents, &one);
}
END_TEST

START_TEST(a_file_that_somebody_cut_is_told)
{
    ca_extent_list one = {0};
    char bytes[8];
    write_at(&one, 0, 8, 'a');
    ca_disk *beneath = memdisk_disk(memory);
    ca_file *file;
    ck_assert_int_eq(beneath->open(beneath, "work/piece0", CA_DISK_WRITE, &file, &err), 0);
    ck_assert_int_eq(beneath->clear(file, &err), 0);
    ck_assert_int_eq(beneath->close(file, &err), 0);
    ck_assert_int_eq(ca_extents_read(extents, &one, 0, bytes, 8, &err), CA_FAIL);
    ck_assert_ptr_nonnull(strstr(err.text, "changed while in use"));
    ca_extents_give(extents, &one);
}
END_TEST

START_TEST(without_memory_nothing_is_lost)
{
    ca_extent_list one = {0};
    ca_extents *other = NULL;
    uint64_t at = 1;
    int rc = CA_NOMEM;
    for (; rc == CA_NOMEM; at++) {
        ca_alloc_fail(at, 0);
        rc = ca_extents_new(memdisk_disk(memory), "work", "other", &other, &err);
    }
    ck_assert_int_eq(rc, 0);
    ck_assert_uint_gt(at, 2);
    ca_extents_free(other);
    rc = CA_NOMEM;
    for (at = 1; rc == CA_NOMEM; at++) {
        ca_alloc_fail(at, 0);
        rc = ca_extents_write(extents, &one, 0, "whole", 5, &err);
    }
    ca_alloc_fail(0, 0);
    ck_assert_int_eq(rc, 0);
    ck_assert_uint_gt(at, 2);
    ck_assert_uint_eq(one.count, 1);
    ca_extents_give(extents, &one);
}
END_TEST

static void many(void *context, unsigned number)
{
    char text[2048], got[2048];
    (void)context;
    memset(text, 'a' + (int)number, sizeof text);
    for (int round = 0; round < 40; round++) {
        ca_extent_list list = {0};
        ca_error error;
        for (size_t i = 0; i < 3; i++) {
            ck_assert_int_eq(ca_extents_write(extents, &list, i * PIECE - i, text, sizeof text, &error), 0);
        }
        for (size_t i = 0; i < 3; i++) {
            ck_assert_int_eq(ca_extents_read(extents, &list, i * PIECE - i, got, sizeof got, &error), 0);
            ck_assert_mem_eq(got, text, sizeof text);
        }
        ca_extents_give(extents, &list);
    }
}

START_TEST(threads_have_pieces_of_their_own)
{
    size_t files;
    ca_threads_run(4, many, NULL);
    ck_assert_uint_le(bytes_on_disk(&files), 4 * 3 * PIECE);
}
END_TEST

START_TEST(on_a_real_disk)
{
    char folder[] = "/tmp/extents.XXXXXX";
    ca_extent_list one = {0};
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ca_extents_free(extents);
    ck_assert_int_eq(ca_extents_new(ca_disk_real(), folder, "piece", &extents, &err), 0);
    write_at(&one, 0, 2 * PIECE + 1, 'r');
    write_at(&one, 100, 50, 's');
    holds(&one, 0, 100, 'r');
    holds(&one, 100, 50, 's');
    holds(&one, 150, 2 * PIECE - 149, 'r');
    ca_extents_give(extents, &one);
    ca_extents_free(extents);
    extents = NULL;
    ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, start, stop);
    tcase_add_test(tcase, bytes_come_back);
    tcase_add_test(tcase, pieces_are_used_again);
    tcase_add_test(tcase, nothing_is_left);
    tcase_add_test(tcase, failures_are_told);
    tcase_add_test(tcase, a_file_that_somebody_cut_is_told);
    tcase_add_test(tcase, without_memory_nothing_is_lost);
    tcase_add_test(tcase, threads_have_pieces_of_their_own);
    tcase_add_test(tcase, on_a_real_disk);
}

CA_CHECK_MAIN("base/extents", add_tests)
