/* The disk that tests trust: what a crash leaves, which calls fail, and that replacing a file
 * survives both at any point. */
#include <stdio.h>
#include <string.h>

#include "base/disk.h"
#include "support/check_main.h"
#include "support/memdisk.h"

static memdisk *mem;
static ca_disk *disk;
static ca_error err;

static void setup(void)
{
    mem = memdisk_new();
    disk = memdisk_disk(mem);
}

static void teardown(void)
{
    memdisk_free(mem);
}

static ca_file *create(const char *path)
{
    ca_file *file = NULL;
    ck_assert_int_eq(disk->open(disk, path, CA_DISK_WRITE | CA_DISK_CREATE, &file, &err), 0);
    return file;
}

static void add(ca_file *file, const char *text)
{
    ck_assert_int_eq(disk->write(file, text, strlen(text), &err), 0);
}

static bool holds(const char *path, const char *text)
{
    ca_text bytes;
    return memdisk_get(mem, path, &bytes) && ca_text_is(bytes, text);
}

static bool exists(const char *path)
{
    ca_text bytes;
    return memdisk_get(mem, path, &bytes);
}

START_TEST(a_crash_forgets_what_was_not_synced)
{
    ca_file *synced = create("synced"), *partly = create("partly"), *never = create("never");
    add(synced, "all of it");
    add(partly, "one");
    ck_assert_int_eq(disk->sync(partly, &err), 0);
    add(partly, "two");
    add(never, "nothing");
    ck_assert_int_eq(disk->sync(synced, &err), 0);
    disk->close(never, &err);
    memdisk_crash(mem, 0);
    ck_assert(holds("synced", "all of it"));
    ck_assert(holds("partly", "one"));
    /* A folder has no sync of its own: the name came along with that of the last file synced for
     * the first time, the content did not. */
    ck_assert(holds("never", ""));
    ck_assert_int_eq(disk->write(partly, "x", 1, &err), CA_FAIL); /* a dead file */
    ck_assert_int_eq(disk->sync(partly, &err), CA_FAIL);
    ck_assert_int_eq(disk->close(partly, &err), 0);
    ck_assert_int_eq(disk->close(synced, &err), 0);
    ck_assert(holds("partly", "one"));
}
END_TEST

START_TEST(a_name_that_was_not_synced_is_lost)
{
    memdisk_put(mem, "d/old", "old", 3);
    disk->close(create("d/new"), &err);
    ck_assert_int_eq(disk->remove(disk, "d/old", &err), 0);
    ck_assert(exists("d/new") && !exists("d/old"));
    memdisk_crash(mem, 0);
    ck_assert(!exists("d/new") && holds("d/old", "old"));
}
END_TEST

START_TEST(a_rename_is_durable_but_not_its_content)
{
    ca_file *file = create("a");
    add(file, "content");
    disk->close(file, &err);
    ck_assert_int_eq(disk->rename(disk, "a", "b", &err), 0);
    ck_assert(holds("b", "content"));
    memdisk_crash(mem, 0);
    ck_assert(holds("b", "") && !exists("a"));
}
END_TEST

START_TEST(a_rename_whose_folder_was_not_synced_is_lost)
{
    memdisk_put(mem, "a", "A", 1);
    memdisk_put(mem, "b", "B", 1);
    memdisk_fail(mem, MEMDISK_FOLDER_SYNC, 1, false);
    ck_assert_int_eq(disk->rename(disk, "a", "b", &err), CA_FAIL);
    ck_assert(holds("b", "A") && !exists("a"));
    memdisk_crash(mem, 0);
    ck_assert(holds("b", "B") && holds("a", "A"));
}
END_TEST

START_TEST(folders_survive_and_move_with_their_files)
{
    ck_assert_int_eq(disk->make_directory(disk, "d", &err), 0);
    ca_file *file = create("d/f");
    add(file, "kept");
    ck_assert_int_eq(disk->sync(file, &err), 0);
    disk->close(file, &err);
    ck_assert_int_eq(disk->rename(disk, "d", "e", &err), 0);
    memdisk_crash(mem, 0);
    ck_assert(holds("e/f", "kept") && !exists("d/f"));
    ck_assert(holds("./e//f", "kept"));
    ck_assert_int_eq(disk->remove(disk, "e/f", &err), 0);
    ck_assert_int_eq(disk->remove(disk, "e", &err), 0);
    ck_assert_int_eq(disk->make_directory(disk, "g", &err), 0); /* syncs the folder */
    memdisk_crash(mem, 0);
    ck_assert(!exists("e/f"));
}
END_TEST

START_TEST(locks_end_with_a_crash)
{
    ca_file *lock, *again;
    ck_assert_int_eq(disk->lock(disk, "lock", &lock, &err), 0);
    ck_assert_int_eq(disk->sync(lock, &err), 0);
    memdisk_crash(mem, 0);
    ck_assert_int_eq(disk->lock(disk, "lock", &again, &err), 0);
    disk->close(lock, &err); /* the dead one frees nothing */
    ck_assert_int_eq(disk->lock(disk, "lock", &lock, &err), CA_BUSY);
    disk->close(again, &err);
}
END_TEST

START_TEST(a_torn_file_is_a_mixture)
{
    bool seen[10] = {false};
    for (uint64_t seed = 1; seed <= 100; seed++) {
        memdisk_put(mem, "f", "abc", 3);
        ca_file *file = create("f");
        add(file, "ABCDEFGHI");
        disk->close(file, &err);
        memdisk_crash(mem, seed);
        ca_text bytes;
        ck_assert(memdisk_get(mem, "f", &bytes));
        size_t fresh = 0;
        while (fresh < bytes.len && bytes.ptr[fresh] < 'a')
            fresh++;
        seen[fresh] = true;
        char expected[16];
        snprintf(expected, sizeof expected, "%.*s%s", (int)fresh, "ABCDEFGHI",
                 fresh < 3 ? (const char[]){"abc"} + fresh : "");
        ck_assert(ca_text_is(bytes, expected));
    }
    for (int i = 0; i < 10; i++)
        ck_assert(seen[i]);
}
END_TEST

START_TEST(a_seed_repeats_itself)
{
    char first[16] = "";
    for (int round = 0; round < 2; round++) {
        memdisk_put(mem, "f", "", 0);
        ca_file *file = create("f");
        add(file, "ABCDEFGHIJKLMN");
        disk->close(file, &err);
        memdisk_crash(mem, 42);
        ca_text bytes;
        ck_assert(memdisk_get(mem, "f", &bytes));
        if (round == 0)
            snprintf(first, sizeof first, "%.*s", (int)bytes.len, bytes.ptr);
        else
            ck_assert(ca_text_is(bytes, first));
        teardown();
        setup();
    }
}
END_TEST

START_TEST(the_nth_call_fails)
{
    ca_file *file = create("f");
    memdisk_fail(mem, MEMDISK_WRITE, 2, false);
    add(file, "12");
    ck_assert_int_eq(disk->write(file, "3456", 4, &err), CA_FAIL);
    ck_assert_int_eq(err.code, CA_FAIL);
    ck_assert(holds("f", "1234")); /* half of it */
    add(file, "x");
    memdisk_fail(mem, MEMDISK_SYNC, 1, true);
    ck_assert_int_eq(disk->sync(file, &err), CA_FAIL);
    ck_assert_int_eq(disk->sync(file, &err), CA_FAIL);
    memdisk_fail(mem, MEMDISK_SYNC, 0, false);
    ck_assert_int_eq(disk->sync(file, &err), 0);
    memdisk_fail(mem, MEMDISK_CLOSE, 1, false);
    ck_assert_int_eq(disk->close(file, &err), CA_FAIL); /* and closed */

    ca_file *none = NULL;
    memdisk_fail(mem, MEMDISK_OPEN, 1, false);
    ck_assert_int_eq(disk->open(disk, "f", CA_DISK_READ, &none, &err), CA_FAIL);
    memdisk_fail(mem, MEMDISK_RENAME, 1, false);
    ck_assert_int_eq(disk->rename(disk, "f", "g", &err), CA_FAIL);
    ck_assert(exists("f") && !exists("g"));
    memdisk_fail(mem, MEMDISK_REMOVE, 1, false);
    ck_assert_int_eq(disk->remove(disk, "f", &err), CA_FAIL);
    ck_assert(exists("f"));
    memdisk_fail(mem, MEMDISK_LOCK, 1, false);
    ck_assert_int_eq(disk->lock(disk, "l", &none, &err), CA_FAIL);
    memdisk_fail(mem, MEMDISK_MAKE_DIRECTORY, 1, false);
    ck_assert_int_eq(disk->make_directory(disk, "d", &err), CA_FAIL);
    ca_file_info info;
    memdisk_fail(mem, MEMDISK_INFO, 1, false);
    ck_assert_int_eq(disk->info(disk, "f", &info, &err), CA_FAIL);
    ck_assert_int_eq(disk->info(disk, "d", &info, &err), CA_END);
    memdisk_fail(mem, MEMDISK_LIST, 1, false);
    ck_assert_int_eq(disk->list(disk, ".", NULL, NULL, NULL, &err), CA_FAIL);
    memdisk_fail(mem, MEMDISK_READ, 1, false);
    ca_buf bytes;
    ck_assert_int_eq(ca_disk_read_all(disk, "f", 100, &bytes, &err), CA_FAIL);
    ck_assert_ptr_null(none);
}
END_TEST

START_TEST(the_disk_is_full)
{
    ca_file *file = create("f");
    memdisk_set_space(mem, 5);
    add(file, "123");
    ck_assert_int_eq(disk->write(file, "456", 3, &err), CA_FAIL);
    ck_assert_ptr_nonnull(strstr(err.text, "No space left"));
    ck_assert(holds("f", "12345"));
    ck_assert_int_eq(disk->write(file, "6", 1, &err), CA_FAIL);
    memdisk_set_space(mem, UINT64_MAX);
    add(file, "6");
    ck_assert(holds("f", "123456"));
    disk->close(file, &err);
}
END_TEST

START_TEST(calls_are_counted)
{
    ck_assert_int_eq(ca_disk_write_atomic(disk, "f", "x", 1, &err), 0);
    ck_assert_uint_eq(memdisk_calls(mem, MEMDISK_OPEN), 1);
    ck_assert_uint_eq(memdisk_calls(mem, MEMDISK_WRITE), 1);
    ck_assert_uint_eq(memdisk_calls(mem, MEMDISK_SYNC), 1);
    ck_assert_uint_eq(memdisk_calls(mem, MEMDISK_CLOSE), 1);
    ck_assert_uint_eq(memdisk_calls(mem, MEMDISK_RENAME), 1);
    ck_assert_uint_eq(memdisk_calls(mem, MEMDISK_FOLDER_SYNC), 2);
    ck_assert_uint_eq(memdisk_calls(mem, MEMDISK_ANY), 8);
}
END_TEST

/* Power fails at every call of ca_disk_write_atomic, with and without a torn file: always the old
 * or the new content, and the new one when it returned success. */
START_TEST(replacing_a_file_survives_every_crash)
{
    int old_left = 0, new_left = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        for (uint64_t n = 1; n <= 9; n++) {
            teardown();
            setup();
            memdisk_put(mem, "d/f", "old content", 11);
            memdisk_fail(mem, MEMDISK_ANY, n, true);
            int result = ca_disk_write_atomic(disk, "d/f", "NEW", 3, &err);
            memdisk_crash(mem, seed);
            bool is_new = holds("d/f", "NEW");
            ck_assert(is_new || holds("d/f", "old content"));
            ck_assert(is_new || result != 0);
            old_left += !is_new;
            new_left += is_new;
        }
    }
    ck_assert_int_gt(old_left, 0);
    ck_assert_int_gt(new_left, 0);
}
END_TEST

START_TEST(replacing_a_file_on_a_full_disk)
{
    for (uint64_t space = 0; space <= 3; space++) {
        memdisk_put(mem, "f", "old", 3);
        memdisk_set_space(mem, space);
        int result = ca_disk_write_atomic(disk, "f", "NEW", 3, &err);
        ck_assert(result == (space == 3 ? 0 : CA_FAIL));
        ck_assert(holds("f", space == 3 ? "NEW" : "old"));
        ck_assert(!exists("f.tmp"));
    }
}
END_TEST

START_TEST(free_space_is_told_by_folder)
{
    ca_disk_space space = {0, 0}, other = {0, 0};
    memdisk_put(mem, "work/f", "", 0);
    memdisk_put(mem, "works/f", "", 0);
    memdisk_tell_free(mem, "work", 7);
    memdisk_tell_free(mem, "", 9);
    ck_assert_int_eq(disk->space(disk, "work", &space, &err), 0);
    ck_assert_uint_eq(space.free, 7);
    ck_assert_int_eq(disk->space(disk, "works/f", &other, &err), 0);
    ck_assert_uint_eq(other.free, 9);
    ck_assert_uint_ne(space.device, other.device);
    memdisk_tell_free(mem, "work", 5);
    ck_assert_int_eq(disk->space(disk, "./work/f", &space, &err), 0);
    ck_assert_uint_eq(space.free, 5);
}
END_TEST

static void replace_f(void *context)
{
    memdisk_put(context, "f", "new", 3);
}

START_TEST(somebody_else_acts_between_two_calls)
{
    char got[4] = "";
    memdisk_put(mem, "f", "old", 3);
    memdisk_before(mem, MEMDISK_OPEN, 2, replace_f, mem);
    for (int i = 0; i < 3; i++) {
        ca_file *file;
        ck_assert_int_eq(disk->open(disk, "f", CA_DISK_READ, &file, &err), 0);
        ck_assert_int_eq(disk->read(file, got, 3, &err), 3);
        ck_assert_str_eq(got, i == 0 ? "old" : "new");
        disk->close(file, NULL);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_crash_forgets_what_was_not_synced);
    tcase_add_test(tcase, a_name_that_was_not_synced_is_lost);
    tcase_add_test(tcase, a_rename_is_durable_but_not_its_content);
    tcase_add_test(tcase, a_rename_whose_folder_was_not_synced_is_lost);
    tcase_add_test(tcase, folders_survive_and_move_with_their_files);
    tcase_add_test(tcase, locks_end_with_a_crash);
    tcase_add_test(tcase, a_torn_file_is_a_mixture);
    tcase_add_test(tcase, a_seed_repeats_itself);
    tcase_add_test(tcase, the_nth_call_fails);
    tcase_add_test(tcase, the_disk_is_full);
    tcase_add_test(tcase, calls_are_counted);
    tcase_add_test(tcase, replacing_a_file_survives_every_crash);
    tcase_add_test(tcase, replacing_a_file_on_a_full_disk);
    tcase_add_test(tcase, free_space_is_told_by_folder);
    tcase_add_test(tcase, somebody_else_acts_between_two_calls);
}

CA_CHECK_MAIN("base/memdisk", add_tests)
