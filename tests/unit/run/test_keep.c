/* Tests of run/keep.c: which findings are stored. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "run/state.h"
#include "support/check_main.h"
#include "support/night.h"

static night n;
static ca_scan_state scan;
static ca_ruleset *rules;

static void setup(void)
{
    night_init(&n);
    night_rule(&n, "CORE-0001", "line", "units <= 0", "");
    night_put(&n, "rules/core/CORE-0002.yaml",
              "rule: CORE-0002\nversion: 1\ntitle: Twice\nstatus: active\nseverity: high\ncategory: coding\n"
              "jurisdiction: core\nowner: test\ngrade: definite\nkind: duplicate\nsame: [patient_id]\n"
              "original: first by claim_id, line_no\nmessage: \"{claim_id} is there already\"\n");
    memset(&scan, 0, sizeof scan);
    scan.setup = &scan.own_setup;
    night_setup(&n, scan.setup);
    rules = scan.setup->rules;
    scan.options = &n.options;
    scan.tallies = ca_arena_array(&n.arena, 2, sizeof *scan.tallies);
    scan.kept = ca_arena_array(&n.arena, 6, sizeof *scan.kept);
    ck_assert_int_eq(ca_spool_new(n.options.disk, "spool", &scan.findings, NULL), 0);
    ca_buf_init(&scan.bytes);
}

static void empty(void)
{
    for (size_t i = 0; i < 6; i++) {
        scan.kept[i].count = 0;
        scan.kept[i].offered = 0;
    }
}

static void teardown(void)
{
    for (size_t i = 0; i < 6; i++) {
        ca_free(scan.kept[i].items);
    }
    ca_spool_free(scan.findings);
    ca_buf_done(&scan.bytes);
    ca_setup_done(scan.setup);
    night_done(&n);
}

static void keep(ca_outcome outcome, int64_t exposure, uint64_t key, int64_t line_no)
{
    ca_finding finding = {.outcome = outcome, .key = {key, 7}, .claim_id = CA_TEXT("C1"), .line_no = line_no,
                          .claim_part = 1, .exposure = exposure, .message = CA_TEXT("m"), .evidence = CA_TEXT("{}")};
    ck_assert_int_eq(ca_keep(&scan, &finding, NULL), 0);
}

/* "exposure/key …", best first, read back from the spool. */
static const char *kept(size_t list)
{
    const char *all = "";
    ca_kept_sort(&scan.kept[list]);
    for (size_t i = 0; i < scan.kept[list].count; i++) {
        ca_buf bytes;
        ca_finding finding;
        ca_buf_init(&bytes);
        ck_assert_int_eq(ca_spool_read(scan.findings, scan.kept[list].items[i].position, &bytes, NULL), 0);
        ck_assert_int_eq(ca_finding_read(ca_buf_text(&bytes), &n.arena, &finding, NULL), 0);
        char exposure[32] = "-";
        if (finding.exposure != CA_EXPOSURE_MISSING) {
            snprintf(exposure, sizeof exposure, "%lld", (long long)finding.exposure);
        }
        all = ca_arena_printf(&n.arena, "%s%s/%llu ", all, exposure, (unsigned long long)finding.key.high);
        ca_buf_done(&bytes);
    }
    return all;
}

START_TEST(the_largest_exposures_stay)
{
    scan.kept[0].limit = 3;
    keep(CA_HIT, 5, 1, 1);
    keep(CA_HIT, CA_EXPOSURE_MISSING, 2, 1);
    keep(CA_HIT, 9, 3, 1);
    keep(CA_HIT, 0, 4, 1);
    keep(CA_HIT, -3, 5, 1);
    keep(CA_HIT, 7, 6, 1);
    keep(CA_HIT, 5, 7, 1);
    ck_assert_str_eq(kept(0), "9/3 7/6 5/1 ");
    ck_assert_int_eq((int)scan.kept[0].offered, 7);
}
END_TEST

START_TEST(below_the_limit_all_stay_and_missing_is_last)
{
    scan.kept[0].limit = 4;
    keep(CA_HIT, 0, 1, 1);
    keep(CA_HIT, CA_EXPOSURE_MISSING, 2, 1);
    keep(CA_HIT, 9, 3, 1);
    ck_assert_str_eq(kept(0), "9/3 0/1 -/2 ");
}
END_TEST

START_TEST(a_limit_of_none_only_counts)
{
    keep(CA_HIT, 5, 1, 1);
    ck_assert_str_eq(kept(0), "");
    ck_assert_int_eq((int)scan.kept[0].offered, 1);
}
END_TEST

static uint64_t next(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

/* A thousand findings with many equal exposures, in another order every time. */
START_TEST(the_order_of_arrival_does_not_decide)
{
    uint64_t state = 17;
    const char *first = NULL;
    unsigned order[1000];
    for (unsigned i = 0; i < 1000; i++) {
        order[i] = i;
    }
    scan.kept[0].limit = 100;
    for (int round = 0; round < 5; round++) {
        empty();
        for (unsigned i = 999; i > 0; i--) {
            unsigned j = (unsigned)(next(&state) % (i + 1));
            unsigned swap = order[i];
            order[i] = order[j];
            order[j] = swap;
        }
        for (unsigned i = 0; i < 1000; i++) {
            keep(CA_HIT, order[i] % 16 ? (int64_t)(order[i] % 16) : CA_EXPOSURE_MISSING, order[i], 1);
        }
        ck_assert_int_eq((int)scan.kept[0].count, 100);
        first = first ? first : kept(0);
        ck_assert_str_eq(kept(0), first);
    }
    ck_assert(strncmp(first, "15/15 15/31 15/47 ", 18) == 0);
    ck_assert(strstr(first, " 13/") == NULL);    /* 62 of 15, 38 of 63 of 14 */
}
END_TEST

/* Excused and unknown units: those with the smallest hashes. */
START_TEST(samples_are_the_smallest_hashes)
{
    scan.kept[1].limit = 2;
    scan.kept[2].limit = 2;
    uint64_t smallest[2] = {UINT64_MAX, UINT64_MAX};
    for (int64_t line = 1; line <= 50; line++) {
        uint64_t hash = ca_unit_hash(ca_claim_hash(0, CA_TEXT("C1")), line);
        if (hash < smallest[0]) {
            smallest[1] = smallest[0];
            smallest[0] = hash;
        } else if (hash < smallest[1]) {
            smallest[1] = hash;
        }
        keep(CA_UNKNOWN, CA_EXPOSURE_MISSING, (uint64_t)line, line);
        keep(CA_EXCUSED, 5, (uint64_t)line, line);
    }
    for (size_t list = 1; list < 3; list++) {
        ck_assert_int_eq((int)scan.kept[list].count, 2);
        ca_kept_sort(&scan.kept[list]);
        for (size_t i = 0; i < 2; i++) {
            uint64_t hash = ca_unit_hash(ca_claim_hash(0, CA_TEXT("C1")), (int64_t)scan.kept[list].items[i].key_high);
            ck_assert(hash == smallest[i]);
        }
    }
}
END_TEST

/* What need not be explained, because it would not be kept. */
START_TEST(it_is_known_beforehand_what_would_be_kept)
{
    uint64_t hashes[3];
    scan.kept[2].limit = 2;
    for (int64_t line = 1; line <= 3; line++) {
        hashes[line - 1] = ca_unit_hash(ca_claim_hash(0, CA_TEXT("C1")), line);
    }
    uint64_t largest = hashes[0] > hashes[1] ? hashes[0] : hashes[1];
    keep(CA_UNKNOWN, CA_EXPOSURE_MISSING, 1, 1);
    ck_assert(ca_keep_would(&scan, 0, CA_UNKNOWN, UINT64_MAX));
    keep(CA_UNKNOWN, CA_EXPOSURE_MISSING, 2, 2);
    ck_assert(ca_keep_would(&scan, 0, CA_UNKNOWN, largest));    /* keys decide */
    ck_assert(ca_keep_would(&scan, 0, CA_UNKNOWN, largest - 1));
    ck_assert(!ca_keep_would(&scan, 0, CA_UNKNOWN, largest + 1));
    scan.kept[1].limit = 0;
    ck_assert(!ca_keep_would(&scan, 0, CA_EXCUSED, 0));
}
END_TEST

/* What left the candidates while streaming must not come back, or the first file would decide. */
START_TEST(units_that_left_the_sample_are_not_kept)
{
    ca_sample *sample = &scan.tallies[0].unknown_sample;
    uint64_t here = ca_unit_hash(ca_claim_hash(0, CA_TEXT("C1")), 4);
    scan.kept[2].limit = 100;
    sample->count = CA_SAMPLE_CANDIDATES;
    sample->heap[0] = here - 1;
    keep(CA_UNKNOWN, CA_EXPOSURE_MISSING, 1, 4);
    ck_assert_int_eq((int)scan.kept[2].count, 0);
    sample->heap[0] = here;
    keep(CA_UNKNOWN, CA_EXPOSURE_MISSING, 1, 4);
    ck_assert_int_eq((int)scan.kept[2].count, 1);
}
END_TEST

/* Of a rule of several lines the unit may be a window: its hash is not that of a line. */
START_TEST(units_of_several_lines_bring_their_hash)
{
    scan.kept[5].limit = 2;
    for (uint64_t i = 0; i < 9; i++) {
        ca_finding finding = {.rule = 1, .outcome = CA_UNKNOWN, .key = {i * 4 % 9, 7}, .claim_id = CA_TEXT("C1"),
                              .line_no = 1, .exposure = CA_EXPOSURE_MISSING, .evidence = CA_TEXT("{}"),
                              .unit_hash = i * 4 % 9 << 60};
        ck_assert_int_eq(ca_keep(&scan, &finding, NULL), 0);
    }
    ck_assert_str_eq(kept(5), "-/0 -/1 ");
    scan.tallies[1].unknown_sample.count = CA_SAMPLE_CANDIDATES;
    scan.tallies[1].unknown_sample.heap[0] = 6;
    empty();
    for (uint64_t i = 5; i < 9; i++) {
        ca_finding finding = {.rule = 1, .outcome = CA_UNKNOWN, .key = {i, 7}, .claim_id = CA_TEXT("C1"), .unit_hash = i};
        ck_assert_int_eq(ca_keep(&scan, &finding, NULL), 0);
    }
    ck_assert_int_eq((int)scan.kept[5].count, 2);
}
END_TEST

START_TEST(memory_may_run_out)
{
    ca_finding finding = {.outcome = CA_HIT, .claim_id = CA_TEXT("C1"), .line_no = 1, .exposure = 1};
    scan.kept[0].limit = 10;
    ca_buf_done(&scan.bytes);
    for (uint64_t fail = 1;; fail++) {
        ca_alloc_fail(fail, 0);
        int rc = ca_keep(&scan, &finding, NULL);
        ca_alloc_fail(0, 0);
        if (rc == 0) {
            ck_assert(fail > 1);
            break;
        }
        ck_assert_int_eq(rc, CA_NOMEM);
        ck_assert_int_eq((int)scan.kept[0].count, 0);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, the_largest_exposures_stay);
    tcase_add_test(tcase, below_the_limit_all_stay_and_missing_is_last);
    tcase_add_test(tcase, a_limit_of_none_only_counts);
    tcase_add_test(tcase, the_order_of_arrival_does_not_decide);
    tcase_add_test(tcase, it_is_known_beforehand_what_would_be_kept);
    tcase_add_test(tcase, samples_are_the_smallest_hashes);
    tcase_add_test(tcase, units_that_left_the_sample_are_not_kept);
    tcase_add_test(tcase, units_of_several_lines_bring_their_hash);
    tcase_add_test(tcase, memory_may_run_out);
}

CA_CHECK_MAIN("run/keep", add_tests)
