/* Tests of run/judge.c: counts of outcomes, what is emitted, taking back, and samples. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/state.h"
#include "support/check_main.h"
#include "support/night.h"

#define ROWS 1000u

static night n;
static ca_scan_state scan;
static unsigned emitted[CA_OUTCOMES];
static bool hits[ROWS];

static void setup(void)
{
    static const unsigned columns[] = {CA_F_CLAIM_ID, CA_F_CLAIM_TYPE, CA_F_CLAIM_PART, CA_F_LINE_NO, CA_F_UNITS,
                                       CA_F_PAID, CA_F_SERVICE_DATE};
    night_init(&n);
    night_rule(&n, "CORE-0001", "line", "units > 5",
               "unless:\n  - {name: free, reason: nothing was paid, when: paid = 0}\n");
    memset(&scan, 0, sizeof scan);
    memset(emitted, 0, sizeof emitted);
    memset(hits, 0, sizeof hits);
    scan.setup = &scan.own_setup;
    night_setup(&n, scan.setup);
    scan.options = &n.options;
    scan.arena = &n.arena;
    ca_arena_init(&scan.scratch);
    scan.eval = ca_eval_new();
    scan.batch = ca_batch_new(&scan.setup->schema, ROWS);
    scan.tallies = ca_arena_array(&n.arena, 1, sizeof *scan.tallies);
    scan.tallies[0].blame = ca_arena_array(
        &n.arena, ca_blame_slots(scan.setup->rules->rules[0], &scan.setup->schema), sizeof(uint64_t));
    scan.verdict_words = ca_arena_array(&n.arena, 5 * CA_BATCH_ROWS_MAX / 64, sizeof(uint64_t));
    scan.line_rules.rules = scan.setup->rules->rules;
    scan.line_rules.index = ca_arena_array(&n.arena, 1, sizeof(uint32_t));
    scan.line_rules.count = 1;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        ck_assert_int_eq(ca_batch_use(scan.batch, columns[i]), 0);
    }
}

static void teardown(void)
{
    ca_eval_free(scan.eval);
    ca_batch_free(scan.batch);
    ca_arena_done(&scan.scratch);
    ca_setup_done(scan.setup);
    night_done(&n);
}

static void set_number(unsigned column, unsigned row, int64_t value)
{
    scan.batch->columns[column].as.number[row] = value;
    ca_bit_set(scan.batch->columns[column].present, row);
}

/* units and paid in 1/10,000; negative: missing. */
static void add_line(int64_t number, int64_t units, int64_t paid, bool live)
{
    unsigned row = scan.batch->rows++;
    ck_assert_int_eq(ca_batch_add_bytes(scan.batch, CA_TEXT("K"), &scan.batch->columns[CA_F_CLAIM_ID].as.slice[row]), 0);
    ca_bit_set(scan.batch->columns[CA_F_CLAIM_ID].present, row);
    scan.batch->columns[CA_F_CLAIM_TYPE].as.choice[row] = CA_PROFESSIONAL;
    ca_bit_set(scan.batch->columns[CA_F_CLAIM_TYPE].present, row);
    set_number(CA_F_LINE_NO, row, number);
    set_number(CA_F_CLAIM_PART, row, 1);
    if (units >= 0) {
        set_number(CA_F_UNITS, row, units * 10000);
    }
    if (paid >= 0) {
        set_number(CA_F_PAID, row, paid * 10000);
    }
    if (live) {
        ca_bit_set(scan.batch->live, row);
    }
}

static int emit(ca_scan_state *of, unsigned unit, const ca_finding *finding, ca_error *err)
{
    (void)of;
    (void)err;
    emitted[finding->outcome]++;
    hits[unit] |= finding->outcome == CA_HIT;
    return 0;
}

static int judge(const uint64_t *subset, int sign)
{
    ca_frame frame = {.units = scan.batch, .date_column = CA_F_SERVICE_DATE, .codes = &scan.setup->codes};
    return ca_judge(&scan, &frame, &scan.line_rules, subset, sign, sign > 0 ? emit : NULL, NULL);
}

static void check_counts(unsigned offered, unsigned hit, unsigned excused, unsigned unknown)
{
    const ca_tally *tally = &scan.tallies[0];
    ck_assert_uint_eq(tally->offered, offered);
    ck_assert_uint_eq(tally->hit, hit);
    ck_assert_uint_eq(tally->excused, excused);
    ck_assert_uint_eq(tally->unknown, unknown);
    ck_assert_uint_eq(tally->blame[CA_F_UNITS], unknown);
}

START_TEST(outcomes_are_counted_and_told)
{
    add_line(1, 6, 1, true);
    add_line(2, 6, 0, true);
    add_line(3, -1, 1, true);
    add_line(4, 5, 1, true);
    add_line(5, 6, 1, false);
    ck_assert_int_eq(judge(NULL, 1), 0);
    check_counts(4, 1, 1, 1);
    ck_assert_uint_eq(emitted[CA_HIT], 1);
    ck_assert_uint_eq(emitted[CA_EXCUSED], 1);
    ck_assert_uint_eq(emitted[CA_UNKNOWN], 1);
    ck_assert(hits[0] && !hits[4]);
}
END_TEST

START_TEST(what_was_counted_can_be_taken_back)
{
    for (int i = 0; i < 200; i++) {
        add_line(i, i % 4 ? 4 + i % 3 : -1, i % 5, i % 7 != 0);
    }
    uint64_t subset[4] = {0};
    ck_assert_int_eq(judge(NULL, 1), 0);
    ca_tally before = scan.tallies[0];
    unsigned told = emitted[CA_HIT];
    ca_bit_set(subset, 1);      /* pass */
    ca_bit_set(subset, 2);      /* hit */
    ca_bit_set(subset, 5);      /* excused: 5 % 5 */
    ca_bit_set(subset, 7);      /* not live: was never offered */
    ca_bit_set(subset, 68);     /* unknown */
    ck_assert_int_eq(judge(subset, -1), 0);
    ck_assert_uint_eq(scan.tallies[0].offered, before.offered - 4);
    ck_assert_uint_eq(scan.tallies[0].hit, before.hit - 1);
    ck_assert_uint_eq(scan.tallies[0].excused, before.excused - 1);
    ck_assert_uint_eq(scan.tallies[0].unknown, before.unknown - 1);
    ck_assert_uint_eq(emitted[CA_HIT], told);
    ck_assert_int_eq(judge(NULL, -1), 0);
    ck_assert_int_eq(judge(subset, 1), 0);
    check_counts(0, 0, 0, 0);
}
END_TEST

static int descending(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return x < y ? 1 : x > y ? -1 : 0;
}

/* The smallest hashes of all, in whatever order the units come, and however often. */
START_TEST(samples_hold_the_smallest_hashes)
{
    uint64_t all[700];
    for (unsigned i = 0; i < 700; i++) {
        unsigned number = _i == 0 ? i : _i == 1 ? 699 - i : i * 389 % 700;
        add_line(number, -1, 1, true);
        all[i] = ca_unit_hash(ca_claim_hash(CA_PROFESSIONAL, CA_TEXT("K")), i);
    }
    for (unsigned i = 0; i < 300; i++) {
        add_line(i, -1, 1, true);    /* units seen again */
    }
    qsort(all, 700, sizeof *all, descending);
    ck_assert_int_eq(judge(NULL, 1), 0);
    const ca_sample *sample = &scan.tallies[0].unknown_sample;
    ck_assert_uint_eq(sample->count, CA_SAMPLE_CANDIDATES);
    ck_assert_mem_eq(sample->heap, all + 700 - CA_SAMPLE_CANDIDATES, sizeof sample->heap);
    ck_assert_uint_eq(scan.tallies[0].excused_sample.count, 0);
    ck_assert_uint_ge(emitted[CA_UNKNOWN], CA_SAMPLE_CANDIDATES);
    ck_assert_uint_lt(emitted[CA_UNKNOWN], 700);
}
END_TEST

START_TEST(hashes_of_units_differ)
{
    ca_text id = CA_TEXT("K");
    ck_assert(ca_claim_hash(0, id) != ca_claim_hash(1, id));
    ck_assert(ca_unit_hash(ca_claim_hash(0, id), 1) != ca_unit_hash(ca_claim_hash(0, id), 2));
    ck_assert(ca_unit_hash(ca_claim_hash(0, id), 1) != ca_unit_hash(ca_claim_hash(0, CA_TEXT("L")), 1));
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, outcomes_are_counted_and_told);
    tcase_add_test(tcase, what_was_counted_can_be_taken_back);
    tcase_add_loop_test(tcase, samples_hold_the_smallest_hashes, 0, 3);
    tcase_add_test(tcase, hashes_of_units_differ);
}

CA_CHECK_MAIN("run/judge", add_tests)
