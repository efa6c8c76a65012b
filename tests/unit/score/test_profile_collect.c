/* Collecting: the same bytes for the same lines, in any order and split in any way, also where not all cells fit. */
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "score/profile_inside.h"
#include "support/check_main.h"
#include "support/score_lines.h"

static const ca_usual_settings small = {.entries = 16384, .sample = 500};

static ca_collector *collector_new(void)
{
    ca_collector *collector = NULL;
    ck_assert_int_eq(ca_collector_new(score_lines_features(), LINES_FEATURES, &small, &collector, NULL), 0);
    return collector;
}

static void collect(ca_collector *collector, const score_lines *lines, uint32_t from, uint32_t count)
{
    ca_usual_column columns[LINES_FEATURES];
    ca_usual_lines part = score_lines_part(lines, from, count, columns);
    ck_assert_int_eq(ca_collector_add(collector, &part, NULL), 0);
}

static ca_digest digest_of(const ca_collector *collector)
{
    ca_usual *profile;
    ck_assert_int_eq(ca_usual_new(collector, NULL, &profile, NULL), 0);
    ca_digest digest = ca_usual_digest(profile);
    ca_usual_free(profile);
    return digest;
}

static ca_digest digest_at_once(const score_lines *lines)
{
    ca_collector *collector = collector_new();
    collect(collector, lines, 0, lines->count);
    ca_digest digest = digest_of(collector);
    ca_collector_free(collector);
    return digest;
}

/* Split among three collectors in parts of changing size, merged in an order of its own. */
static ca_digest digest_in_parts(const score_lines *lines, uint32_t first)
{
    ca_collector *each[3] = {collector_new(), collector_new(), collector_new()};
    uint32_t size = first;
    for (uint32_t from = 0, part = 0; from < lines->count; from += size, part++) {
        size = size * 7 % 1000 + 1;
        if (size > lines->count - from)
            size = lines->count - from;
        collect(each[part * part % 3], lines, from, size);
    }
    ck_assert_int_eq(ca_collector_merge(each[2], each[0], NULL), 0);
    ck_assert_int_eq(ca_collector_merge(each[1], each[2], NULL), 0);
    ck_assert_uint_eq(ca_collector_lines(each[1]), lines->count);
    ca_digest digest = digest_of(each[1]);
    for (size_t i = 0; i < 3; i++)
        ca_collector_free(each[i]);
    return digest;
}

static void check_orders(uint32_t count, uint32_t codes)
{
    score_lines *lines = score_lines_new(count, codes, 7);
    ca_digest once = digest_at_once(lines);
    ck_assert_int_eq(ca_digest_cmp(once, digest_in_parts(lines, 3)), 0);
    score_lines_shuffle(lines, 5);
    ck_assert_int_eq(ca_digest_cmp(once, digest_at_once(lines)), 0);
    ck_assert_int_eq(ca_digest_cmp(once, digest_in_parts(lines, 200)), 0);
    lines->numbers[LINES_DAYS][count / 2] += 4;
    ck_assert_int_ne(ca_digest_cmp(once, digest_at_once(lines)), 0);
    score_lines_free(lines);
}

START_TEST(order_does_not_matter)
{
    check_orders(9000, 300);
}
END_TEST

START_TEST(order_does_not_matter_where_cells_do_not_fit)
{
    check_orders(40000, 20000);
    check_orders(30000, 0);      /* even choices do not fit */
}
END_TEST

/* What was given up is counted in the coarser cell: nothing is lost, and no more is held than was promised. */
START_TEST(nothing_is_lost)
{
    score_lines *lines = score_lines_new(40000, 20000, 7);
    ca_collector *collector = collector_new();
    collect(collector, lines, 0, lines->count);
    for (size_t f = 0; f < LINES_FEATURES; f++) {
        const ca_counts *counts = &collector->counts[f];
        uint64_t total = 0, present = 0;
        for (uint32_t i = 0; i < counts->slot_count; i++)    /* crossed: all are in the cell of all lines */
            total += f == LINES_CROSSED && counts->slots[i].cell != 0 ? 0 : counts->slots[i].count;
        for (uint32_t i = 0; i < lines->count; i++)
            present += (f == LINES_UNITS || f == LINES_DAYS || f == LINES_STRICT ? !isnan(lines->numbers[f][i]) : lines->choices[f][i] != 0) ? 1u : 0u;
        ck_assert_uint_eq(total, present);
        ck_assert_uint_eq(counts->lines, present);
        ck_assert_uint_le(counts->used + counts->cell_count, small.entries);
    }
    ck_assert_uint_gt(collector->counts[LINES_UNITS].steps, 0);
    ca_usual *profile;
    ck_assert_int_eq(ca_usual_new(collector, NULL, &profile, NULL), 0);
    ck_assert_uint_gt(ca_usual_about_feature(profile, LINES_UNITS).coarsened, 0);
    ck_assert_uint_eq(ca_usual_about_feature(profile, LINES_DAYS).coarsened, 0);
    ca_usual_free(profile);
    ca_collector_free(collector);
    score_lines_free(lines);
}
END_TEST

/* Every cell against a count of its lines, one after the other. */
static void check_cells(const score_lines *lines, const ca_usual *profile, size_t feature)
{
    const ca_kept *kept = &profile->kept[feature];
    ck_assert_uint_gt(kept->cell_count, 20);
    for (uint32_t c = 0; c < kept->cell_count; c++) {
        const ca_kept_cell *cell = &kept->cells[c];
        for (uint32_t at = cell->from; at < cell->from + cell->count; at++) {
            uint64_t count = 0;
            for (uint32_t i = 0; i < lines->count; i++) {
                uint64_t key = cell->level == 2 ? 0 : lines->keys[feature][cell->level][i];
                uint64_t item = ca_column_item(kept->about.form, &lines->columns[feature], i);
                bool in = cell->level == 2 || (key != 0 && ca_cell_key(cell->level, 2, key) == cell->key);
                count += in && item == kept->items[at];
            }
            ck_assert_uint_eq(count, kept->counts[at]);
        }
    }
}

START_TEST(cells_count_their_lines)
{
    score_lines *lines = score_lines_new(6000, 40, 3);
    ca_collector *collector = collector_new();
    ca_usual *profile;
    collect(collector, lines, 0, lines->count);
    ck_assert_int_eq(ca_usual_new(collector, NULL, &profile, NULL), 0);
    check_cells(lines, profile, LINES_UNITS);
    check_cells(lines, profile, LINES_CROSSED);
    ca_usual_free(profile);
    ca_collector_free(collector);
    score_lines_free(lines);
}
END_TEST

START_TEST(buckets_are_near)
{
    static const double exact[] = {0, 1, 2, 3, 7, 64, 127, -5, 0.5, 0.0625};
    uint64_t state = 4;
    for (size_t i = 0; i < sizeof exact / sizeof *exact; i++)
        ck_assert_double_eq(ca_bucket_number(ca_bucket_of(exact[i])), exact[i]);
    for (int i = 0; i < 20000; i++) {
        double number = ldexp((double)(score_lines_random(&state) >> 12) + 1, (int)(score_lines_random(&state) % 60) - 71);
        double sign = i % 2 ? 1 : -1;
        double found = ca_bucket_number(ca_bucket_of(sign * number));
        if (number >= 1e-6)
            ck_assert_double_le(fabs(found - sign * number), number / 127);
        double larger = sign * number * 1.01;
        ck_assert(sign > 0 ? ca_bucket_of(larger) >= ca_bucket_of(number) : ca_bucket_of(larger) <= ca_bucket_of(-number));
    }
    ck_assert_uint_eq(ca_bucket_of(NAN), 0);
    ck_assert_uint_eq(ca_bucket_of(-INFINITY), 0);
    ck_assert_uint_eq(ca_bucket_of(1e300), ca_bucket_of(1e200));
    ck_assert_double_eq(ca_bucket_number(ca_bucket_of(1e-300)), 0);
    ck_assert_double_eq(ca_bucket_number(ca_bucket_of(-0.0)), 0);
}
END_TEST

START_TEST(limits_are_said)
{
    ca_collector *collector = NULL;
    ca_usual_feature features[CA_USUAL_FEATURES_MAX + 1];
    ca_error err = {0};
    for (size_t i = 0; i <= CA_USUAL_FEATURES_MAX; i++)
        features[i] = score_lines_features()[LINES_DAYS];
    ck_assert_int_eq(ca_collector_new(features, CA_USUAL_FEATURES_MAX + 1, NULL, &collector, &err), CA_LIMIT);
    ck_assert(strstr(err.text, "64") != NULL);
    features[1].levels = CA_USUAL_LEVELS_MAX + 1;
    ck_assert_int_eq(ca_collector_new(features, 2, NULL, &collector, NULL), CA_LIMIT);
    features[1].levels = 0;
    features[1].unit = 0;
    ck_assert_int_eq(ca_collector_new(features, 2, NULL, &collector, NULL), CA_LIMIT);
    features[1].unit = NAN;
    ck_assert_int_eq(ca_collector_new(features, 2, NULL, &collector, NULL), CA_LIMIT);
    ck_assert_int_eq(ca_collector_new(features, 1, NULL, &collector, NULL), 0);
    ca_collector_free(collector);
}
END_TEST

/* Some allocation fails at every step of collecting and making a profile: words, and nothing leaks. */
START_TEST(memory_runs_out)
{
    score_lines *lines = score_lines_new(3000, 200, 7);
    for (uint64_t n = 1;; n++) {
        ca_collector *collector = NULL, *other = NULL;
        ca_usual *profile = NULL;
        ca_error err = {0};
        ca_alloc_fail(n, 0);
        int rc = ca_collector_new(score_lines_features(), LINES_FEATURES, &small, &collector, &err);
        if (rc == 0)
            rc = ca_collector_add(collector, &lines->lines, &err);
        if (rc == 0)
            rc = ca_collector_new(score_lines_features(), LINES_FEATURES, &small, &other, &err);
        if (rc == 0)
            rc = ca_collector_merge(other, collector, &err);
        if (rc == 0)
            rc = ca_usual_new(other, NULL, &profile, &err);
        ca_alloc_fail(0, 0);
        ca_usual_free(profile);
        ca_collector_free(collector);
        ca_collector_free(other);
        if (rc == 0)
            break;
        ck_assert_int_eq(rc, CA_NOMEM);
        ck_assert_int_eq(err.code, CA_NOMEM);
        ck_assert_uint_lt(n, 1000);
    }
    score_lines_free(lines);
}
END_TEST

START_TEST(thinning_runs_out_of_memory)
{
    score_lines *lines = score_lines_new(30000, 0, 7);
    for (uint64_t n = 40; n < 400; n += 7) {
        ca_collector *collector = collector_new();
        ca_alloc_fail(n, 0);
        int rc = ca_collector_add(collector, &lines->lines, NULL);
        ca_alloc_fail(0, 0);
        ck_assert(rc == 0 || rc == CA_NOMEM);
        ca_collector_free(collector);
        if (rc == 0)
            break;
    }
    score_lines_free(lines);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, order_does_not_matter);
    tcase_add_test(tcase, order_does_not_matter_where_cells_do_not_fit);
    tcase_add_test(tcase, nothing_is_lost);
    tcase_add_test(tcase, cells_count_their_lines);
    tcase_add_test(tcase, buckets_are_near);
    tcase_add_test(tcase, limits_are_said);
    tcase_add_test(tcase, memory_runs_out);
    tcase_add_test(tcase, thinning_runs_out_of_memory);
}

CA_CHECK_MAIN("score/profile_collect", add_tests)
