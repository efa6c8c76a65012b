/* Whatever fails in an exchange by key is told, and no file is left; what a killed run left can be
 * removed, and a part that was damaged is refused. */
#include "support/check_main.h"

#include <string.h>

#include "base/alloc.h"
#include "unit/store/keyed_fixture.h"

/* From plan to end; whatever happens, no file is left. */
static int whole_exchange(fixture *made, const setting *how, ca_disk *disk, output *out,
                          ca_error *err)
{
    ca_keyed *keyed;
    ca_keyed_plan plan = plan_of(made, how, disk);
    int rc = ca_keyed_new(&plan, &keyed, err);
    if (rc) {
        return rc;
    }
    rc = put_all(made, how, keyed, err);
    rc = rc ? rc : read_all(keyed, &how->limits, out, err);
    ca_keyed_free(keyed);
    return rc;
}

static const setting faulty[] = {
    {.buckets = 4, .writers = 2, .budget = 16 * K, .zstd_level = 1},
    {.buckets = 1, .writers = 1, .budget = 16 * K, .limits = {.bytes = 24 * K}},
    {.buckets = 1, .writers = 1, .budget = 16 * K, .limits = {.bytes = 16 * K, .chunks = true}},
    {.buckets = 2, .writers = 1, .budget = 1024 * K},
};

enum { FAULTY = sizeof faulty / sizeof *faulty };

static void faulty_init(fixture *made, int number)
{
    fixture_init(made, 37, 120, 9);
    for (unsigned row = 0; row < 120; row++) {
        made->hash[row] = number == 2 ? 5 : (uint64_t)(row % 7) << 60;
    }
    mark_lines(made);
}

START_TEST(test_every_allocation_may_fail)
{
    fixture made;
    output out;
    memdisk *mem = make_disk();
    ca_disk *disk = memdisk_disk(mem);
    int rc = 0;
    faulty_init(&made, _i);
    /* The copies that the test makes must not fail. */
    output_init(&out, &made);
    ck_assert_int_eq(whole_exchange(&made, &faulty[_i], disk, &out, NULL), CA_END);
    uint64_t before = ca_alloc_calls();
    ca_batch_clear(out.rows);
    ck_assert_int_eq(whole_exchange(&made, &faulty[_i], disk, &out, NULL), CA_END);
    uint64_t calls = ca_alloc_calls() - before;
    for (uint64_t n = 1; n <= calls; n += 1 + calls / 150) {
        ca_error err = {0};
        ca_batch_clear(out.rows);
        ca_alloc_fail(n, 0);
        rc = whole_exchange(&made, &faulty[_i], disk, &out, &err);
        ca_alloc_fail(0, 0);
        ck_assert_msg(rc == CA_NOMEM && err.code == CA_NOMEM, "call %u: %d", (unsigned)n, rc);
        ck_assert_uint_eq(count_files(disk, "work"), 0);
    }
    output_done(&out);
    memdisk_free(mem);
    fixture_done(&made);
}
END_TEST

static const memdisk_call disk_calls[] = {MEMDISK_OPEN, MEMDISK_READ,   MEMDISK_WRITE,
                                          MEMDISK_SYNC, MEMDISK_RENAME, MEMDISK_MAKE_DIRECTORY};

START_TEST(test_every_disk_call_may_fail)
{
    for (unsigned call = 0; call < 6; call++) {
        int rc = CA_FAIL;
        for (uint64_t n = 1; rc != CA_END; n += 1 + n / 8) {
            fixture made;
            output out;
            ca_error err = {0};
            memdisk *mem = make_disk();
            faulty_init(&made, _i);
            output_init(&out, &made);
            memdisk_fail(mem, disk_calls[call], n, false);
            rc = whole_exchange(&made, &faulty[_i], memdisk_disk(mem), &out, &err);
            memdisk_fail(mem, disk_calls[call], 0, false);
            ck_assert(rc == CA_END || (rc == CA_FAIL && err.code == CA_FAIL && err.text[0]));
            ck_assert_uint_eq(count_files(memdisk_disk(mem), "work"), 0);
            ck_assert_uint_lt(n, 10000);
            output_done(&out);
            memdisk_free(mem);
            fixture_done(&made);
        }
    }
}
END_TEST

/* A part that somebody changed under us is refused with its name; one of other columns, too. */
START_TEST(test_damaged_part_is_refused)
{
    const setting whole = {.buckets = 16, .writers = 1, .budget = 8192 * K, .on_disk = true};
    const setting *how = &whole;
    memdisk *mem = make_disk();
    fixture made;
    ca_keyed *keyed;
    ca_error err = {0};
    ca_text bytes;
    output out;
    fixture_init(&made, 41, 50, 9);
    ca_keyed_plan plan = plan_of(&made, how, memdisk_disk(mem));
    ck_assert_int_eq(ca_keyed_new(&plan, &keyed, NULL), 0);
    ca_keyed_hash(keyed, made.source, NULL, made.hash, NULL);
    ck_assert_int_eq(put_all(&made, how, keyed, NULL), 0);
    ck_assert(memdisk_get(mem, FOLDER "/10.part", &bytes));
    char *copy = ca_alloc(bytes.len);
    memcpy(copy, bytes.ptr, bytes.len);
    memdisk_put(mem, FOLDER "/10.part", copy, bytes.len - 1);
    output_init(&out, &made);
    ck_assert_int_eq(read_all(keyed, &how->limits, &out, &err), CA_FAIL);
    ck_assert_msg(strstr(err.text, "10.part"), "%s", err.text);
    ca_free(copy);
    output_done(&out);
    ca_keyed_free(keyed);
    memdisk_free(mem);
    fixture_done(&made);
}
END_TEST

/* What a killed run left goes, what is not ours stays. */
START_TEST(test_sweep)
{
    static const char *const ours[] = {"7.part",         "8.part.tmp",
                                       "3.split/0.part", "3.split/1.split/0.part.tmp",
                                       "12.runs",        "1.runs.tmp"};
    memdisk *mem = make_disk();
    ca_disk *disk = memdisk_disk(mem);
    ck_assert_int_eq(ca_keyed_sweep(disk, FOLDER, NULL), 0); /* nothing there */
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < sizeof ours / sizeof *ours; i++) {
            char path[64];
            snprintf(path, sizeof path, FOLDER "/%s", ours[i]);
            memdisk_put(mem, path, "x", 1);
        }
        if (round) {
            memdisk_put(mem, FOLDER "/notes.part", "x", 1);
            memdisk_put(mem, FOLDER "/7.parts", "x", 1);
        }
        ck_assert_int_eq(ca_keyed_sweep(disk, FOLDER, NULL), 0);
        ck_assert_uint_eq(count_files(disk, FOLDER), round ? 2 : 0);
        ck_assert_uint_eq(count_files(disk, "work"), round);
    }
    memdisk_free(mem);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, test_every_allocation_may_fail, 0, FAULTY);
    tcase_add_loop_test(tcase, test_every_disk_call_may_fail, 0, FAULTY);
    tcase_add_test(tcase, test_damaged_part_is_refused);
    tcase_add_test(tcase, test_sweep);
}

CA_CHECK_MAIN("store/keyed_faults", add_tests)
