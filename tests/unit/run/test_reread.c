/* Tests of run/reread.c: source rows a second time. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "run/state.h"
#include "support/check_main.h"
#include "support/night.h"
#include "support/pack.h"

static night n;
static ca_run_file files[2];
static ca_scan_state scan;
static ca_places places;
static ca_buf seen;

#define TEXT "zero\none\n\"two\nlines\"\nthree\nfour"

static void setup(void)
{
    night_init(&n);
    memset(files, 0, sizeof files);
    files[0] = (ca_run_file){.path = "a", .read_path = "a"};
    files[1] = (ca_run_file){.path = "b", .read_path = "b"};
    scan = (ca_scan_state){.options = &n.options, .arena = &n.arena, .files = files, .file_count = 2};
    night_put(&n, "a", TEXT);
    night_put(&n, "b", TEXT);
    memset(&places, 0, sizeof places);
    ca_buf_init(&seen);
}

static void teardown(void)
{
    ca_free(places.items);
    ca_buf_done(&seen);
    night_done(&n);
}

static void put_packed(const char *path, ca_packing packing)
{
    ca_buf bytes;
    ca_buf_init(&bytes);
    pack_add(&bytes, packing, TEXT, strlen(TEXT));
    memdisk_put(n.memory, path, bytes.ptr, bytes.len);
    ca_buf_done(&bytes);
}

static void want(uint32_t file, uint64_t offset, uint32_t length, int64_t line_no)
{
    ca_place place = {.file = file, .offset = offset, .length = length, .row = offset + 1, .line_no = line_no};
    ck_assert_int_eq(ca_places_add(&places, &place, NULL), 0);
}

static int visit(void *context, const ca_place *place, ca_text raw, ca_error *err)
{
    (void)err;
    ca_buf_printf(context, "%u:%lld:%.*s ", (unsigned)place->file, (long long)place->line_no, (int)raw.len, raw.ptr);
    return 0;
}

static void want_all(void)
{
    want(1, 5, 3, 1);
    want(0, 21, 5, 1);
    want(0, 9, 11, 2);
    want(1, 27, 4, 1);
    want(0, 9, 11, 1);
    want(0, 0, 4, 1);
}

static const char *const all = "0:1:zero 0:1:\"two\nlines\" 0:2:\"two\nlines\" 0:1:three 1:1:one 1:1:four ";

START_TEST(places_are_visited_in_order)
{
    want_all();
    ck_assert_int_eq(ca_reread(&scan, &places, visit, &seen, NULL), 0);
    ck_assert_str_eq(ca_buf_cstr(&seen), all);
}
END_TEST

START_TEST(packed_files_are_read_forward)
{
    put_packed("a", CA_PACKING_GZIP);
    put_packed("b", CA_PACKING_ZSTD);
    want_all();
    ck_assert_int_eq(ca_reread(&scan, &places, visit, &seen, NULL), 0);
    ck_assert_str_eq(ca_buf_cstr(&seen), all);
}
END_TEST

START_TEST(nothing_wanted_opens_nothing)
{
    uint64_t before = memdisk_calls(n.memory, MEMDISK_ANY);
    ck_assert_int_eq(ca_reread(&scan, &places, visit, &seen, NULL), 0);
    ck_assert_uint_eq(memdisk_calls(n.memory, MEMDISK_ANY), before);
}
END_TEST

START_TEST(a_file_that_changed_is_refused)
{
    ca_error err = {0};
    want(0, 0, 4, 1);
    ck_assert_int_eq(ca_reread(&scan, &places, visit, &seen, NULL), 0);
    night_put(&n, "a", TEXT "x");
    ck_assert_int_eq(ca_reread(&scan, &places, visit, &seen, &err), CA_FAIL);
    ck_assert_str_eq(err.text, "a: is still being delivered: it changed while it was read; scan it again when it is complete");
}
END_TEST

START_TEST(a_file_that_is_gone_is_refused)
{
    ca_error err = {0};
    want(0, 0, 4, 1);
    ck_assert_int_eq(n.options.disk->remove(n.options.disk, "a", NULL), 0);
    ck_assert_int_eq(ca_reread(&scan, &places, visit, &seen, &err), CA_FAIL);
    ck_assert_str_eq(err.text, "a: is still being delivered: it changed while it was read; scan it again when it is complete");
}
END_TEST

START_TEST(a_place_beyond_the_end_is_an_error)
{
    static const ca_packing packings[] = {CA_PACKING_NONE, CA_PACKING_GZIP};
    ca_error err = {0};
    if (packings[_i] != CA_PACKING_NONE) {
        put_packed("a", packings[_i]);
    }
    want(0, 27, 5, 1);
    ck_assert_int_eq(ca_reread(&scan, &places, visit, &seen, &err), CA_FAIL);
    ck_assert_str_eq(err.text, "an input became shorter while it was read");
}
END_TEST

START_TEST(memory_may_run_out)
{
    want_all();
    uint64_t fail = 1;
    for (;; fail++) {
        ca_buf_clear(&seen);
        ca_alloc_fail(fail, 0);
        int rc = ca_reread(&scan, &places, visit, &seen, NULL);
        ca_alloc_fail(0, 0);
        if (rc == 0 && !seen.failed) {
            break;
        }
        ck_assert(rc == CA_NOMEM || seen.failed);
    }
    ck_assert_uint_gt(fail, 2);
    ck_assert_str_eq(ca_buf_cstr(&seen), all);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, places_are_visited_in_order);
    tcase_add_test(tcase, packed_files_are_read_forward);
    tcase_add_test(tcase, nothing_wanted_opens_nothing);
    tcase_add_test(tcase, a_file_that_changed_is_refused);
    tcase_add_test(tcase, a_file_that_is_gone_is_refused);
    tcase_add_loop_test(tcase, a_place_beyond_the_end_is_an_error, 0, 2);
    tcase_add_test(tcase, memory_may_run_out);
}

CA_CHECK_MAIN("run/reread", add_tests)
