/* Disks that are too small for a run, told before it reads; and disks that fill up while it does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/state.h"
#include "support/check_main.h"
#include "support/night.h"
#include "support/pack.h"

#define HEADER "claim_id,claim_type,line_no,units,paid\n"
#define MIB (UINT64_C(1) << 20)

static night n;
static ca_buf claims;

static void setup(void)
{
    night_init(&n);
    night_rule(&n, "CORE-0001", "line", "units < 0", "");
    ca_buf_init(&claims);
    ca_buf_add_cstr(&claims, HEADER);
    for (unsigned i = 0; i < 30000; i++) {    /* too few for the watch while they are read */
        ca_buf_printf(&claims, "%070u,professional,1,%u,%u\n", i, i % 7, i % 100);
    }
    memdisk_put(n.memory, "claims.csv", claims.ptr, claims.len);
    memdisk_put(n.memory, "work/x", "", 0);
}

static void teardown(void)
{
    ca_buf_done(&claims);
    night_done(&n);
}

/* The least that is enough. */
static uint64_t find_need(const char *folder, const char *inputs)
{
    uint64_t low = 0, high = 64 * MIB;
    while (high - low > 30000) {
        uint64_t middle = (low + high) / 2;
        night_forget(&n);
        memdisk_tell_free(n.memory, folder, middle);
        int rc = night_scan(&n, inputs);
        ck_assert(rc == 0 || rc == CA_FAIL);
        *(rc == 0 ? &high : &low) = middle;
    }
    return high;
}

static void needs_about(uint64_t need, uint64_t expected)
{
    ck_assert_msg(need > expected - expected / 20 && need < expected + expected / 20 + MIB, "%llu, not %llu",
                  (unsigned long long)need, (unsigned long long)expected);
}

/* Of temporary files. */
static uint64_t work_of(uint64_t bytes)
{
    return bytes * 8 / 5;
}

/* Lines wait on the disk, too, until their claims are settled. */
START_TEST(rules_of_several_lines_need_more)
{
    night_put(&n, "rules/core/CORE-0002.yaml",
              "rule: CORE-0002\nversion: 1\ntitle: T\nstatus: active\nseverity: high\ncategory: volume\nkind: pair\n"
              "same: [patient_id]\nwhen: a.units > 100 and b.units > 100\nmessage: m\n");
    size_t few = claims.len / 3;    /* for the watch */
    while (((const char *)claims.ptr)[few - 1] != '\n') {
        few--;
    }
    memdisk_put(n.memory, "few.csv", claims.ptr, few);
    n.options.work = "work";
    needs_about(find_need("work", "few.csv"), few * 14 / 5);
}
END_TEST

START_TEST(temporary_files_need_more_than_the_claims)
{
    n.options.work = "work";
    needs_about(find_need("work", "claims.csv"), work_of(claims.len));
    night_forget(&n);
    memdisk_tell_free(n.memory, "work", 2 * MIB);
    ck_assert_int_eq(night_scan(&n, "claims.csv"), CA_FAIL);
    ck_assert_ptr_nonnull(strstr(night_said(&n), "needs about 6 MiB on this disk for temporary files, and 2 MiB are free;"
                                                 " make room, or give a folder on another disk with --work"));
    ck_assert_ptr_null(strstr(night_left(&n), "report.db\n"));
}
END_TEST

START_TEST(on_one_disk_needs_add_up)
{
    needs_about(find_need("", "claims.csv"), work_of(claims.len) + claims.len / 33 + 8 * MIB);
}
END_TEST

START_TEST(packed_claims_are_taken_for_six_times_their_size)
{
    ca_buf packed;
    ca_buf_init(&packed);
    pack_add(&packed, _i ? CA_PACKING_ZSTD : CA_PACKING_GZIP, claims.ptr, claims.len);
    memdisk_put(n.memory, "claims.csv.x", packed.ptr, packed.len);
    n.options.work = "work";
    needs_about(find_need("work", "claims.csv.x"), work_of(packed.len * 6));
    ca_buf_done(&packed);
}
END_TEST

START_TEST(a_stream_is_measured_when_it_has_come)
{
    memdisk_put(n.memory, CA_DISK_STDIN, claims.ptr, claims.len);
    for (uint64_t free = 11; free <= 15; free += 4) {
        night_forget(&n);
        memdisk_tell_free(n.memory, "", free * MIB);
        int rc = night_scan(&n, "-");
        ck_assert_int_eq(rc, free < 13 ? CA_FAIL : 0);
        if (rc) {
            ck_assert_str_eq(night_left(&n), "");
        }
    }
}
END_TEST

START_TEST(a_disk_that_fills_up_while_a_stream_comes)
{
    ca_buf twice;
    ca_buf_init(&twice);
    for (int i = 0; i < 2; i++) {
        ca_buf_add(&twice, claims.ptr, claims.len);
    }
    ck_assert_uint_gt(twice.len, 4 * MIB);
    memdisk_put(n.memory, CA_DISK_STDIN, twice.ptr, twice.len);
    ca_buf_done(&twice);
    memdisk_tell_free(n.memory, "", 15 * MIB);
    ck_assert_int_eq(night_scan(&n, "-"), CA_FAIL);
    ck_assert_ptr_nonnull(strstr(night_said(&n), "the disk is nearly full: 15 MiB are free, and 16 MiB are left to others;"
                                                 " nothing was stored; make room"));
    ck_assert_str_eq(night_left(&n), "");
}
END_TEST

/* How many findings there are is known before they are stored. */
static void fill(void *unused)
{
    (void)unused;
    memdisk_tell_free(n.memory, "", 9 * MIB);
}

START_TEST(many_findings_need_room)
{
    night_rule(&n, "CORE-0002", "line", "units = 0", "");
    memdisk_before(n.memory, MEMDISK_SPACE, 4, fill, NULL);    /* after one look while it reads */
    ck_assert_int_eq(night_scan(&n, "claims.csv"), CA_FAIL);
    ck_assert_msg(strstr(night_said(&n), "needs about 17 MiB on this disk for the report, and 9 MiB are free; make room, or"
                                         " keep the report elsewhere with --db") != NULL, "%s", night_said(&n));
    ck_assert_str_eq(night_left(&n), "");
}
END_TEST

START_TEST(a_published_copy_needs_room_of_its_own)
{
    memdisk_put(n.memory, "share/x", "", 0);
    memdisk_put(n.memory, "small.csv", HEADER "A,professional,1,0,5\n", strlen(HEADER) + 21);
    memdisk_tell_free(n.memory, "share", 3 * MIB);
    n.options.publish = "share/copy.db";
    ck_assert_int_eq(night_scan(&n, "small.csv"), CA_FAIL);
    ck_assert_ptr_nonnull(strstr(night_said(&n), "share: this run needs about 8 MiB on this disk for the report and its copy,"
                                                 " and 3 MiB are free; make room, or publish elsewhere with --publish"));
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, temporary_files_need_more_than_the_claims);
    tcase_add_test(tcase, rules_of_several_lines_need_more);
    tcase_add_test(tcase, on_one_disk_needs_add_up);
    tcase_add_loop_test(tcase, packed_claims_are_taken_for_six_times_their_size, 0, 2);
    tcase_add_test(tcase, a_stream_is_measured_when_it_has_come);
    tcase_add_test(tcase, a_disk_that_fills_up_while_a_stream_comes);
    tcase_add_test(tcase, many_findings_need_room);
    tcase_add_test(tcase, a_published_copy_needs_room_of_its_own);
}

CA_CHECK_MAIN("run/room", add_tests)
