/* Tests of run/profile_guess.c: large and packed files, failing disks, and what becomes of files that cannot be read. */
#include <string.h>

#include "base/alloc.h"
#include "run/profile_guess.h"
#include "support/check_main.h"
#include "support/night.h"
#include "support/pack.h"

static night n;
static ca_buf yaml;
static ca_guess_draft draft;

static void setup(void)
{
    night_init(&n);
    ca_buf_init(&yaml);
}

static void teardown(void)
{
    ca_buf_done(&yaml);
    night_done(&n);
}

static int guess(const char *a, const char *b)
{
    const char *inputs[] = {a, b};
    ca_guess_options options = {.disk = n.options.disk,
                                .shipped_rules = "rules",
                                .inputs = inputs,
                                .input_count = b ? 2 : 1};
    n.err = (ca_error){0};
    ca_buf_clear(&yaml);
    return ca_profile_guess(&options, &n.arena, &n.diags, &yaml, &draft, &n.err);
}

static void has(const char *what)
{
    ck_assert_msg(strstr(ca_buf_cstr(&yaml), what) != NULL, "no '%s' in\n%s", what,
                  ca_buf_cstr(&yaml));
}

/* More than is looked at, with a total as the last row. */
static void make_large(ca_buf *text)
{
    ca_buf_init(text);
    ca_buf_add_cstr(text, "claim_id,service_date,paid\n");
    for (int i = 0; text->len < CA_GUESS_HEAD + CA_GUESS_TAIL * 2; i++) {
        ca_buf_printf(text, "A%d,2024-01-02,1.50\n", i);
    }
    ca_buf_add_cstr(text, "Total,,99.00\n");
}

START_TEST(the_end_of_a_large_file_is_looked_at)
{
    ca_buf text, packed;
    make_large(&text);
    ca_buf_init(&packed);
    pack_add(&packed,
             _i == 0   ? CA_PACKING_NONE
             : _i == 1 ? CA_PACKING_GZIP
                       : CA_PACKING_ZSTD,
             text.ptr, text.len);
    memdisk_put(n.memory, "large.csv", packed.ptr, packed.len);
    ck_assert_msg(guess("large.csv", NULL) == 0, "%s", night_said(&n));
    has("claim_id: claim_id");
    has("Is the last row a total over all rows above it?");
    has("totals:\n      - {name: Total, row: {column: claim_id, in: [Total]}, sums: {paid: paid}}");
    ck_assert(draft.complete);
    ca_buf_done(&packed);
    ca_buf_done(&text);
}
END_TEST

START_TEST(several_files_are_seen_together)
{
    night_put(&n, "in/c.csv", "claim_id,service_date,paid,patient_id\nA1,2024-01-02,1.50,12\n");
    night_put(&n, "in/p.csv", "patient_id,sex\n00012,F\n00013,M\n");
    ck_assert_msg(guess("in", NULL) == 0, "%s", night_said(&n));
    ck_assert_uint_eq(draft.layouts, 2);
    has("patient_id: {column: patient_id, pad: 5}");
}
END_TEST

START_TEST(every_file_that_cannot_be_read_is_named)
{
    night_put(&n, "c.csv", "claim_id,service_date,paid\nA1,2024-01-02,1.50\n");
    night_put(&n, "bad/empty.csv", "");
    night_put(&n, "bad/book.csv", "PK\x03\x04");
    ck_assert_int_eq(guess("bad", "c.csv"), CA_CONFIG);
    ck_assert_str_eq(n.err.text, "nothing was drafted: 2 files cannot be read");
    ck_assert_uint_eq(n.diags.count, 2);
    ck_assert_str_eq(n.diags.items[0].file, "bad/book.csv");
    ck_assert_str_eq(n.diags.items[1].file, "bad/empty.csv");
    ck_assert_uint_eq(yaml.len, 0);
}
END_TEST

START_TEST(a_disk_may_fail_at_every_call)
{
    ca_buf text;
    make_large(&text);
    memdisk_put(n.memory, "large.csv", text.ptr, text.len);
    uint64_t before = memdisk_calls(n.memory, MEMDISK_ANY);
    ck_assert_int_eq(guess("large.csv", NULL), 0);
    uint64_t calls = memdisk_calls(n.memory, MEMDISK_ANY) - before;
    ck_assert_uint_gt(calls, 5);
    unsigned failed = 0;
    for (uint64_t at = 1; at <= calls; at++) {
        memdisk_fail(n.memory, MEMDISK_ANY, at, false);
        int rc = guess("large.csv", NULL);
        memdisk_fail(n.memory, MEMDISK_ANY, 0, false);
        ck_assert_msg(rc == CA_FAIL || rc == 0, "call %llu: %d", (unsigned long long)at, rc);
        failed += rc != 0;
    }
    ck_assert_uint_gt(failed, 3); /* closing what was only read may fail in silence */
    ca_buf_done(&text);
}
END_TEST

START_TEST(memory_may_run_out)
{
    night_put(&n, "c.csv",
              "claim_id,service_date,paid,sex\nA1,02.01.2024,1.50,w\nA2,03.01.2024,2.50,m\n");
    ca_diags_done(&n.diags);
    ca_arena_done(&n.arena);
    ca_diags_init(&n.diags, &n.arena);
    uint64_t before = ca_alloc_calls();
    ck_assert_int_eq(guess("c.csv", NULL), 0);
    uint64_t calls = ca_alloc_calls() - before;
    for (uint64_t at = 1; at <= calls; at++) {
        ca_buf_done(&yaml);
        ca_arena_done(&n.arena);
        ca_diags_init(&n.diags, &n.arena);
        ca_alloc_fail(at, 0);
        int rc = guess("c.csv", NULL);
        ca_alloc_fail(0, 0);
        ck_assert_msg(rc == CA_NOMEM, "%llu: %d %s", (unsigned long long)at, rc, n.err.text);
        ca_diags_done(&n.diags);
    }
    ca_diags_init(&n.diags, &n.arena);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, the_end_of_a_large_file_is_looked_at, 0, 3);
    tcase_add_test(tcase, several_files_are_seen_together);
    tcase_add_test(tcase, every_file_that_cannot_be_read_is_named);
    tcase_add_test(tcase, a_disk_may_fail_at_every_call);
    tcase_add_test(tcase, memory_may_run_out);
}

CA_CHECK_MAIN("run/profile_guess", add_tests)
