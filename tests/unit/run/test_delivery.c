/* Files that are still being delivered, at whatever moment of a scan they change. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/state.h"
#include "support/check_main.h"
#include "support/night.h"
#include "support/pack.h"

static night n;

#define HEADER "claim_id,claim_type,line_no,units,paid\n"

static void setup(void)
{
    night_init(&n);
    night_rule(&n, "CORE-0001", "line", "units <= 0", "");
    night_put(&n, "a.csv", HEADER "A,professional,1,0,5\nA,professional,1,0,5\nB,professional,1,1,5\n");
    night_put(&n, "b.csv", HEADER "C,professional,1,0,5\n");
    night_put(&n, "p_2021.csv", "patient_id,birth_date,sex\nP1,1980-01-01,F\n");
}

static void teardown(void)
{
    night_done(&n);
}

static void in_place(const char *path, unsigned flags, const char *text)
{
    ca_disk *disk = n.options.disk;
    ca_file *file;
    char old[256];
    ca_text now = {"", 0};
    memdisk_get(n.memory, path, &now);
    int len = flags ? 0 : snprintf(old, sizeof old, "%.*s", (int)now.len, now.ptr);
    ck_assert_int_eq(disk->open(disk, path, CA_DISK_WRITE | flags, &file, NULL), 0);
    ck_assert_int_eq(disk->write(file, old, (size_t)len, NULL), 0);
    ck_assert_int_eq(disk->write(file, text, strlen(text), NULL), 0);
    disk->close(file, NULL);
}

static void append(void *path)
{
    in_place(path, 0, "D,professional,1,0,5\n");
}

static void truncate_it(void *path)
{
    in_place(path, CA_DISK_TRUNCATE, HEADER);
}

static void touch(void *path)
{
    in_place(path, 0, "");
}

static void replace(void *path)
{
    ca_text now = {"", 0};
    ck_assert(memdisk_get(n.memory, path, &now));
    char *copy = ca_arena_copy(&n.arena, now.ptr, now.len);
    memdisk_put(n.memory, path, copy, now.len);
}

static void take_away(void *path)
{
    n.options.disk->remove(n.options.disk, path, NULL);
}

static void (*const acts[])(void *) = {append, truncate_it, touch, replace, take_away};
static char a_csv[] = "a.csv", b_csv[] = "b.csv", p_csv[] = "p_2021.csv", big_csv[] = "big.csv", packed[] = "a.csv.gz";
static char *const paths[] = {a_csv, b_csv, p_csv};
static const memdisk_call calls[] = {MEMDISK_OPEN, MEMDISK_READ, MEMDISK_INFO};
enum { ACTS = 5, PATHS = 3, CALLS = 3 };

#define INPUTS "a.csv b.csv p_2021.csv"
#define DELIVERED "is still being delivered: it changed while it was read; scan it again when it is complete"

/* The report of a scan that begins after the change; "" where there is none. */
static const char *changed_report(void (*act)(void *), char *path)
{
    night_forget(&n);
    act(path);
    return night_scan(&n, INPUTS) == 0 ? strdup(night_report(&n)) : strdup("");
}

/* Whichever call to the disk it happens before: a scan sees the old file, or the new one, or stores nothing. */
START_TEST(a_file_may_change_before_any_call)
{
    void (*act)(void *) = acts[_i / (PATHS * CALLS)];
    char *path = paths[_i / CALLS % PATHS];
    memdisk_call call = calls[_i % CALLS];
    ck_assert_int_eq(night_scan(&n, INPUTS), 0);
    char *before = strdup(night_report(&n));
    const char *after = changed_report(act, path);
    uint64_t made = memdisk_calls(n.memory, call) / 2, told = 0, late = 0;
    for (uint64_t at = 1; at <= made && late < 3; at++) {    /* later it no longer matters */
        teardown();
        setup();
        memdisk_before(n.memory, call, at, act, path);
        int rc = night_scan(&n, INPUTS);
        bool old = rc == 0 && strcmp(night_report(&n), before) == 0;
        late = old && told ? late + 1 : 0;
        if (rc) {
            told += strstr(night_said(&n), DELIVERED) != NULL;
            ck_assert_str_eq(night_ask(&n, "SELECT 1"), "no report");
        } else if (!old) {
            ck_assert_msg(strcmp(night_report(&n), after) == 0, "a report of old and new at %llu", (unsigned long long)at);
        }
        ck_assert_ptr_null(strstr(night_left(&n), ".work"));
    }
    ck_assert_uint_gt(told, 0);
    free(before);
    free((void *)(uintptr_t)after);
}
END_TEST

/* Bytes that come after the last one was read would be missed in silence. */
START_TEST(a_file_that_grows_after_its_last_byte_was_read)
{
    night_put(&n, "big.csv", HEADER "A,professional,1,0,5\n");
    ck_assert_int_eq(night_scan(&n, "big.csv"), 0);
    night_forget(&n);
    uint64_t reads = memdisk_calls(n.memory, MEMDISK_READ);
    ck_assert_int_eq(night_scan(&n, "big.csv"), 0);
    reads = memdisk_calls(n.memory, MEMDISK_READ) - reads;
    night_forget(&n);
    memdisk_before(n.memory, MEMDISK_READ, reads, append, big_csv);
    ck_assert_int_eq(night_scan(&n, "big.csv"), CA_FAIL);
    ck_assert_str_eq(night_said(&n), "big.csv: " DELIVERED "\n");
}
END_TEST

static void cut(void *path)
{
    ca_text now = {"", 0};
    ck_assert(memdisk_get(n.memory, path, &now));
    char *half = ca_arena_copy(&n.arena, now.ptr, now.len);
    ca_file *file;
    ca_disk *disk = n.options.disk;
    ck_assert_int_eq(disk->open(disk, path, CA_DISK_WRITE | CA_DISK_TRUNCATE, &file, NULL), 0);
    ck_assert_int_eq(disk->write(file, half, now.len - 9, NULL), 0);
    disk->close(file, NULL);
}

/* A packed file of which only a part is there looks damaged; why is more use to know. */
START_TEST(a_packed_file_is_cut_short_while_it_is_read)
{
    ca_buf bytes;
    ca_buf_init(&bytes);
    pack_add(&bytes, CA_PACKING_GZIP, HEADER "A,professional,1,0,5\n", strlen(HEADER) + 21);
    memdisk_put(n.memory, packed, bytes.ptr, bytes.len);
    uint64_t reads = memdisk_calls(n.memory, MEMDISK_READ), told = 0;
    ck_assert_int_eq(night_scan(&n, packed), 0);
    reads = memdisk_calls(n.memory, MEMDISK_READ) - reads;
    for (uint64_t at = 1; at <= reads; at++) {
        night_forget(&n);
        memdisk_put(n.memory, packed, bytes.ptr, bytes.len);
        memdisk_before(n.memory, MEMDISK_READ, at, cut, packed);
        ck_assert_int_eq(night_scan(&n, packed), CA_FAIL);
        told += strstr(night_said(&n), "a.csv.gz: " DELIVERED) != NULL;
    }
    ck_assert_uint_ge(told, 3);
    cut(packed);
    ck_assert_int_eq(night_scan(&n, packed), CA_FAIL);
    ck_assert_ptr_null(strstr(night_said(&n), DELIVERED));
    ca_buf_done(&bytes);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, a_file_may_change_before_any_call, 0, ACTS * PATHS * CALLS);
    tcase_add_test(tcase, a_file_that_grows_after_its_last_byte_was_read);
    tcase_add_test(tcase, a_packed_file_is_cut_short_while_it_is_read);
}

CA_CHECK_MAIN("run/delivery", add_tests)
