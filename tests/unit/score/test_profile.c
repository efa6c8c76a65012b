/* Chances of values in cells against slow twins that sort all values, and probabilities by hand; drift. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "score/profile_inside.h"
#include "score/surprise.h"
#include "support/check_main.h"
#include "support/score_lines.h"

static ca_usual *profile_of(const score_lines *lines)
{
    ca_collector *collector;
    ca_usual *profile;
    ck_assert_int_eq(ca_collector_new(score_lines_features(), LINES_FEATURES, NULL, &collector, NULL), 0);
    ck_assert_int_eq(ca_collector_add(collector, &lines->lines, NULL), 0);
    ck_assert_int_eq(ca_usual_new(collector, NULL, &profile, NULL), 0);
    ca_collector_free(collector);
    return profile;
}

/* --- Numbers: all values of the cell, sorted ------------------------------------------------------------------------ */

typedef struct sorted {
    double *values;
    size_t count;
} sorted;

static int by_value(const void *a, const void *b)
{
    const double *one = a, *other = b;
    return (*one > *other) - (*one < *other);
}

/* Values of the lines whose key at this level is that of the line; level 2: all. */
static sorted cell_values(const score_lines *lines, uint32_t line, unsigned level)
{
    sorted cell = {calloc(lines->count, sizeof(double)), 0};
    for (uint32_t i = 0; i < lines->count; i++) {
        const uint64_t *keys = level < 2 ? lines->keys[LINES_UNITS][level] : NULL;
        if (!isnan(lines->numbers[LINES_UNITS][i]) && (keys == NULL || keys[i] == keys[line]))
            cell.values[cell.count++] = lines->numbers[LINES_UNITS][i];
    }
    qsort(cell.values, cell.count, sizeof *cell.values, by_value);
    return cell;
}

static size_t beyond(const sorted *cell, double value)
{
    size_t count = 0;
    while (count < cell->count && cell->values[cell->count - 1 - count] > value)
        count++;
    return count;
}

/* The scale beyond q, drawn to the coarser cell's where few lines lie there. */
static double scale(const sorted *cell, double q, size_t past, double coarser)
{
    if (past == 0)
        return coarser;
    double median = cell->values[cell->count - 1 - past + (past + 1) / 2];
    double own = (asinh(median) - asinh(q)) / log(2);
    return ((double)past * own + 5 * coarser) / ((double)past + 5);
}

static double find_q(const sorted *cell)
{
    size_t at = 0;
    while (beyond(cell, cell->values[at]) > cell->count / 50)
        at++;
    return cell->values[at];
}

/* Cells from that of all lines to the finest of at least 50 lines. */
static double twin_p(const score_lines *lines, uint32_t line, double value)
{
    double b = 1, p = 0;
    for (unsigned level = 3; level-- > 0;) {
        if (level < 2 && lines->keys[LINES_UNITS][level][line] == 0)
            continue;
        sorted cell = cell_values(lines, line, level);
        if (level < 2 && cell.count < 50) {
            free(cell.values);
            continue;
        }
        double q = find_q(&cell);
        size_t past = beyond(&cell, q), above = beyond(&cell, value), equal = 0;
        b = level == 2 ? (past ? scale(&cell, q, past, 0) * ((double)past + 5) / (double)past : 1) : scale(&cell, q, past, b);
        for (size_t i = 0; i < cell.count; i++)
            equal += cell.values[i] == value;
        double share = past ? (double)past / (double)cell.count : .5 / (double)cell.count;
        p = value > q ? share * exp(-(asinh(value) - asinh(q)) / b) : ((double)above + .5 * (double)equal) / (double)cell.count;
        free(cell.values);
    }
    return fmax(p, 1e-15);
}

/* Small whole numbers have a bucket each: the twin agrees to the last digits. */
START_TEST(numbers_agree_with_sorting)
{
    score_lines *lines = score_lines_new(5000, 60, 21);
    ca_usual *profile = profile_of(lines);
    size_t levels[3] = {0};
    score_lines *asked = score_lines_new(5000, 60, 21);
    for (uint32_t line = 0; line < lines->count; line += 101) {
        ca_surprise_reason reason;
        double value = asked->numbers[LINES_UNITS][line] = (double)(line / 101 % 128);    /* not what the line has */
        ck_assert(ca_usual_surprise(profile, LINES_UNITS, &asked->columns[LINES_UNITS], line, &reason));
        double p = twin_p(lines, line, value);
        ck_assert_double_le(fabs(reason.surprise + log(p)), 2e-6);
        levels[reason.level]++;
    }
    for (size_t i = 0; i < 3; i++)
        ck_assert_uint_gt(levels[i], 5);
    score_lines_free(asked);
    score_lines_free(lines);
    ca_usual_free(profile);
}
END_TEST

/* Numbers that share buckets: p within what an error of 1/128 of the value, and a few lines of a cell of hundreds on the other
 * side of q, make of it. */
START_TEST(buckets_cost_little)
{
    score_lines *lines = score_lines_new(5000, 3, 22);
    uint64_t state = 3;
    for (uint32_t i = 0; i < lines->count; i++)
        lines->numbers[LINES_UNITS][i] *= 1 + (double)(score_lines_random(&state) % 1000) / 1000;
    ca_usual *profile = profile_of(lines);
    for (uint32_t line = 0; line < lines->count; line += 163) {
        ca_surprise_reason reason;
        double value = lines->numbers[LINES_UNITS][line];
        if (isnan(value))
            continue;
        ck_assert(ca_usual_surprise(profile, LINES_UNITS, &lines->columns[LINES_UNITS], line, &reason));
        double low = -log(twin_p(lines, line, value * (1 - 2. / 128))), high = -log(twin_p(lines, line, value * (1 + 2. / 128)));
        ck_assert_double_ge(reason.surprise, low - .4);
        ck_assert_double_le(reason.surprise, high + .4);
    }
    score_lines_free(lines);
    ca_usual_free(profile);
}
END_TEST

/* --- Choices and conditions by hand --------------------------------------------------------------------------------- */

enum { HAND = 100 };

typedef struct hand {
    double numbers[HAND];
    uint64_t choices[HAND], keys[HAND];
    ca_digest ids[HAND];
    ca_usual_column column;
} hand;

static ca_usual *by_hand(hand *of, ca_usual_form form, int direction, uint32_t count)
{
    ca_usual_feature feature = {.name = "hand", .identity = 1, .form = form, .direction = direction, .levels = 1, .least = 10,
                                  .unit = 1};
    ca_collector *collector;
    ca_usual *profile;
    of->column = (ca_usual_column){.numbers = of->numbers, .choices = of->choices, .keys = {of->keys}};
    for (uint32_t i = 0; i < HAND; i++)
        of->ids[i] = (ca_digest){i, i};
    ca_usual_lines lines = {.columns = &of->column, .ids = of->ids, .count = count};
    ck_assert_int_eq(ca_collector_new(&feature, 1, NULL, &collector, NULL), 0);
    ck_assert_int_eq(ca_collector_add(collector, &lines, NULL), 0);
    ck_assert_int_eq(ca_usual_new(collector, NULL, &profile, NULL), 0);
    ca_collector_free(collector);
    return profile;
}

static ca_surprise_reason ask(const ca_usual *profile, hand *of, double number, uint64_t choice, uint64_t key)
{
    ca_surprise_reason reason;
    of->numbers[0] = number;
    of->choices[0] = choice;
    of->keys[0] = key;
    ck_assert(ca_usual_surprise(profile, 0, &of->column, 0, &reason));
    return reason;
}

/* Cell 5: thirty lines, of which choice 1 has 25, 2 has 3, 3 and 4 one each. Cell 6: nine lines of choice 9, too few. */
START_TEST(choices_by_hand)
{
    hand of = {0};
    for (uint32_t i = 0; i < 30; i++) {
        of.choices[i] = i < 25 ? 1 : i < 28 ? 2 : i - 25;
        of.keys[i] = 5;
    }
    for (uint32_t i = 30; i < 39; i++) {
        of.choices[i] = 9;
        of.keys[i] = 6;
    }
    ca_usual *profile = by_hand(&of, CA_USUAL_CHOICE, 0, 39);
    ck_assert_double_eq_tol(ask(profile, &of, 0, 1, 5).p, (3 + 5 + 12.5) / 33, 1e-6);
    ck_assert_double_eq_tol(ask(profile, &of, 0, 2, 5).p, (3 + 2 + 1.5) / 33, 1e-6);
    ck_assert_double_eq_tol(ask(profile, &of, 0, 3, 5).p, (3 + 1) / 33., 1e-6);
    /* not in cell 5; of all 39 lines nine have it, and only 1 is more usual */
    double of_all = (3 + 2 + 3 + 4.5) / 42;
    ck_assert_double_eq_tol(ask(profile, &of, 0, 9, 5).p, 3. / 33 * of_all, 1e-6);
    ck_assert_double_eq_tol(ask(profile, &of, 0, 9, 6).p, of_all, 1e-6);
    ck_assert_double_eq_tol(ask(profile, &of, 0, 77, 5).p, 3. / 33 * 3 / 42 / 2, 1e-6);
    ca_surprise_reason reason = ask(profile, &of, 0, 2, 5);
    ck_assert_uint_eq(reason.usual_choice, 1);
    ck_assert_double_eq_tol(reason.usual_share, 25. / 30, 1e-12);
    ck_assert_double_eq_tol(reason.share, 3. / 30, 1e-12);
    ck_assert_uint_eq(reason.cell_lines, 30);
    ck_assert_uint_eq(reason.cell, 5);
    reason = ask(profile, &of, 0, 9, 6);
    ck_assert_uint_eq(reason.cell, 0);
    ck_assert_uint_eq(reason.level, 1);
    ck_assert_uint_eq(reason.cell_lines, 39);
    ca_usual_free(profile);
}
END_TEST

START_TEST(conditions_by_hand)
{
    hand of = {0};
    for (uint32_t i = 0; i < 60; i++) {
        of.choices[i] = i < 40 ? 1 + (i < 3) : 2;
        of.keys[i] = i < 40 ? 5 : 6;
    }
    ca_usual *profile = by_hand(&of, CA_USUAL_CONDITION, 0, 60);
    double of_all = (23 + .5) / 61;
    ck_assert_double_eq_tol(ask(profile, &of, 0, 2, 0).p, of_all, 1e-6);
    ck_assert_double_eq_tol(ask(profile, &of, 0, 2, 5).p, (3 + 20 * of_all) / 60, 1e-6);
    ck_assert_double_eq_tol(ask(profile, &of, 0, 2, 6).p, (20 + 20 * of_all) / 40, 1e-6);
    ck_assert_double_eq(ask(profile, &of, 0, 1, 6).surprise, 0);
    ca_usual_free(profile);
}
END_TEST

/* A hundred lines from 1 to 100. */
START_TEST(directions_differ)
{
    hand of = {0};
    double high[3], low[3];
    static const int directions[3] = {1, -1, 2};
    for (size_t d = 0; d < 3; d++) {
        for (uint32_t i = 0; i < HAND; i++)
            of.numbers[i] = 1 + i;
        ca_usual *profile = by_hand(&of, CA_USUAL_NUMBER, directions[d], HAND);
        high[d] = ask(profile, &of, 300, 0, 0).p;
        low[d] = ask(profile, &of, -50, 0, 0).p;
        ck_assert_double_eq(ask(profile, &of, 40, 0, 0).usual_number, 50);
        ca_usual_free(profile);
    }
    ck_assert_double_lt(high[0], .001);
    ck_assert_double_gt(high[1], .99);
    ck_assert_double_eq_tol(high[2], 2 * high[0], 1e-6);
    ck_assert_double_gt(low[0], .99);
    ck_assert_double_lt(low[1], .02);
    ck_assert_double_eq_tol(low[2], 2 * low[1], 1e-6);
}
END_TEST

/* A line that is counted, judged without itself: as by a profile of all others. */
START_TEST(without_is_leaving_out)
{
    score_lines *lines = score_lines_new(1500, 12, 4);
    ca_usual *all = profile_of(lines);
    for (uint32_t i = 0; i < 25; i++) {
        score_lines *others = score_lines_new(1500, 12, 4);
        for (size_t f = 0; f < LINES_FEATURES; f++) {
            others->numbers[f][i] = NAN;
            others->choices[f][i] = 0;
        }
        ca_usual *rest = profile_of(others);
        for (uint32_t f = 0; f < LINES_FEATURES; f++) {
            ca_surprise_reason left_out;
            uint64_t item = ca_column_item(all->kept[f].about.form, &lines->columns[f], i);
            if (item == 0)
                continue;
            uint32_t cell = ca_kept_cell_of(&all->kept[f], lines->columns[f].keys, i);
            if (!ca_usual_surprise(rest, f, &lines->columns[f], i, &left_out) || all->kept[f].cells[cell].lines != left_out.cell_lines + 1)
                continue;    /* it has just enough lines with this one */
            double without = ca_kept_surprise_without(&all->kept[f], cell, item) / 1e6;
            bool exact = all->kept[f].about.form == CA_USUAL_CHOICE;
            ck_assert_double_eq_tol(without, left_out.surprise, exact ? 1e-6 : .05 + .2 * left_out.surprise);
        }
        ca_usual_free(rest);
        score_lines_free(others);
    }
    ca_usual_free(all);
    score_lines_free(lines);
}
END_TEST

/* The same cells as the units', but for that of all lines. */
START_TEST(strict_ones_need_a_cell)
{
    score_lines *lines = score_lines_new(3000, 60, 12);
    ca_usual *profile = profile_of(lines);
    size_t none = 0, some = 0;
    for (uint32_t i = 0; i < lines->count; i++) {
        ca_surprise_reason loose, strict;
        if (!ca_usual_surprise(profile, LINES_UNITS, &lines->columns[LINES_UNITS], i, &loose))
            continue;
        bool judged = ca_usual_surprise(profile, LINES_STRICT, &lines->columns[LINES_STRICT], i, &strict);
        ck_assert(judged == (loose.cell != 0));
        ck_assert(!judged || strict.surprise == loose.surprise);
        none += !judged;
        some += judged;
    }
    ck_assert(none > 100 && some > 100);
    ca_usual_free(profile);
    score_lines_free(lines);
}
END_TEST

/* --- Odd data --------------------------------------------------------------------------------------------------------- */

START_TEST(hostile_numbers)
{
    static const double odd[] = {0, -0.0, 1e300, -1e300, 1e-300, 5e-324, INFINITY, -INFINITY, NAN, 1, 1e15};
    hand of = {0};
    for (size_t kind = 0; kind < 3; kind++) {
        for (uint32_t i = 0; i < HAND; i++)
            of.numbers[i] = kind == 0 ? 7 : kind == 1 ? NAN : odd[i % 11];
        ca_usual *profile = by_hand(&of, CA_USUAL_NUMBER, 2, HAND);
        for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
            ca_surprise_reason reason;
            of.numbers[0] = odd[i];
            if (!ca_usual_surprise(profile, 0, &of.column, 0, &reason)) {
                ck_assert(!isfinite(odd[i]));
                continue;
            }
            ck_assert(reason.p > 0 && reason.p <= 1 && isfinite(reason.surprise) && reason.surprise >= 0);
            ck_assert(isfinite(reason.usual_number) && isfinite(reason.share));
        }
        ca_usual_free(profile);
    }
}
END_TEST

START_TEST(one_line_or_none)
{
    hand of = {0};
    ca_surprise_reason reason;
    for (uint32_t count = 0; count < 2; count++) {
        ca_usual *profile = by_hand(&of, CA_USUAL_NUMBER, 1, count);
        ck_assert(!ca_usual_is_enough(profile));
        of.numbers[0] = 5;
        ck_assert(ca_usual_surprise(profile, 0, &of.column, 0, &reason));
        ck_assert(isfinite(reason.surprise));
        ca_usual_free(profile);
        of.choices[0] = 5;
        profile = by_hand(&of, CA_USUAL_CHOICE, 1, count);
        ck_assert(ca_usual_surprise(profile, 0, &of.column, 0, &reason));
        ck_assert(isfinite(reason.surprise));
        ca_usual_free(profile);
        of.numbers[0] = 0;
    }
}
END_TEST

/* --- Drift ------------------------------------------------------------------------------------------------------------ */

START_TEST(drift_is_measured)
{
    score_lines *lines = score_lines_new(4000, 50, 1);
    ca_usual *old = profile_of(lines);
    for (uint32_t i = 0; i < lines->count; i++) {
        lines->numbers[LINES_DAYS][i] += 20;    /* of -5 to 34 */
        lines->choices[LINES_WEEKEND][i] = 1;
    }
    ca_usual *new = profile_of(lines);
    ca_usual_drift drift;
    ck_assert(ca_usual_drifted(old, old, 14, &drift));
    ck_assert_double_eq(drift.distance, 0);
    ck_assert(ca_usual_drifted(old, new, 14, &drift));
    ck_assert_double_eq_tol(drift.distance, .5, .03);
    for (size_t i = 0; i < 5; i++)
        ck_assert_double_eq_tol(drift.new_quantiles[i], drift.old_quantiles[i] + 20, .5);
    ck_assert_double_eq_tol(drift.old_quantiles[2], 14.5, 2);
    ck_assert(ca_usual_drifted(old, new, 13, &drift));
    ck_assert_double_gt(drift.distance, .02);
    ck_assert_double_lt(drift.distance, .1);
    ck_assert_uint_eq(drift.lines_new, 4000);
    ck_assert(!ca_usual_drifted(old, new, 99, &drift));
    ca_usual_free(old);
    ca_usual_free(new);
    score_lines_free(lines);
}
END_TEST

/* Two samples of the same lines are apart by about what chance makes of them, also where they are not told equally finely: 3,000 and
 * 40,000 codes for each. */
START_TEST(samples_have_not_moved)
{
    static const uint32_t codes[] = {3, 3000, 40000};
    for (size_t c = 0; c < 3; c++) {
        score_lines *lines = score_lines_new(20000, codes[c], 5), *later = score_lines_new(4000, codes[c], 6);
        ca_usual *old = profile_of(lines), *new = profile_of(later);
        for (size_t f = 0; f < LINES_FEATURES; f++) {
            ca_usual_drift drift;
            ck_assert(ca_usual_drifted(old, new, 11 + f, &drift));
            ck_assert_double_lt(drift.distance, 1.3 * drift.by_chance + .005);
            ck_assert_double_gt(drift.by_chance, .001);
        }
        ca_usual_drift drift;
        for (uint32_t i = 0; i < later->count; i++)
            later->choices[LINES_CODE][i] = i % 4 ? later->choices[LINES_CODE][i] : 77;    /* a quarter goes to one code */
        ca_usual_free(new);
        new = profile_of(later);
        ck_assert(ca_usual_drifted(old, new, 12, &drift));
        ck_assert_double_eq_tol(drift.distance - drift.by_chance, .23, .1);
        ca_usual_free(new);
        ca_usual_free(old);
        score_lines_free(later);
        score_lines_free(lines);
    }
}
END_TEST

static ca_usual *coarse_profile(const score_lines *lines)
{
    static const ca_usual_settings few = {.entries = 16384, .sample = 1};
    ca_collector *collector;
    ca_usual *profile;
    ck_assert_int_eq(ca_collector_new(score_lines_features(), LINES_FEATURES, &few, &collector, NULL), 0);
    ck_assert_int_eq(ca_collector_add(collector, &lines->lines, NULL), 0);
    ck_assert_int_eq(ca_usual_new(collector, NULL, &profile, NULL), 0);
    ca_collector_free(collector);
    return profile;
}

/* The same lines, once in fewer counts. */
START_TEST(coarser_counts_have_not_moved)
{
    score_lines *lines = score_lines_new(30000, 0, 8);
    for (uint32_t i = 0; i < lines->count; i++)
        lines->numbers[LINES_UNITS][i] *= 1 + (double)(i % 1000) / 1000;
    ca_usual *fine = profile_of(lines), *coarse = coarse_profile(lines);
    ck_assert_uint_gt(coarse->kept[LINES_UNITS].coarser, fine->kept[LINES_UNITS].coarser);
    ck_assert_uint_lt(coarse->kept[LINES_CODE].item_limit, fine->kept[LINES_CODE].item_limit);
    for (size_t f = 0; f < LINES_FEATURES; f++) {
        ca_usual_drift drift;
        ck_assert(ca_usual_drifted(fine, coarse, 11 + f, &drift));
        ck_assert_double_lt(drift.distance, 1e-9);
        ck_assert(ca_usual_drifted(coarse, fine, 11 + f, &drift));
        ck_assert_double_lt(drift.distance, 1e-9);
    }
    ca_usual_free(fine);
    ca_usual_free(coarse);
    score_lines_free(lines);
}
END_TEST

/* p of a number beyond the 98th percentile does without counting lines: the same as with it, in every direction and cell. */
START_TEST(far_numbers_need_no_counting)
{
    score_lines *lines = score_lines_new(6000, 40, 31);
    ca_usual *profile = profile_of(lines);
    size_t checked = 0;
    static const int directions[] = {-1, 1, 2};
    for (size_t d = 0; d < 3; d++) {
        ca_kept *kept = &profile->kept[LINES_DAYS];
        for (size_t f = 0; f < 2; f++, kept = &profile->kept[LINES_UNITS]) {
            kept->about.direction = directions[d];
            for (uint32_t cell = 0; cell < kept->cell_count; cell++)
                for (uint64_t item = CA_BUCKET_ZERO - 1700; item < CA_BUCKET_ZERO + 2200; item += 13) {
                    uint64_t below, equal;
                    ca_kept_beside(kept, &kept->cells[cell], item, &below, &equal);
                    double p = ca_tail_number(kept, cell, ca_bucket_number(item), below, equal);
                    ck_assert_double_eq(ca_kept_p(kept, cell, item), p);
                    checked++;
                }
        }
    }
    ck_assert_uint_gt(checked, 10000);
    ca_usual_free(profile);
    score_lines_free(lines);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, numbers_agree_with_sorting);
    tcase_add_test(tcase, buckets_cost_little);
    tcase_add_test(tcase, choices_by_hand);
    tcase_add_test(tcase, conditions_by_hand);
    tcase_add_test(tcase, directions_differ);
    tcase_add_test(tcase, without_is_leaving_out);
    tcase_add_test(tcase, strict_ones_need_a_cell);
    tcase_add_test(tcase, hostile_numbers);
    tcase_add_test(tcase, one_line_or_none);
    tcase_add_test(tcase, far_numbers_need_no_counting);
    tcase_add_test(tcase, drift_is_measured);
    tcase_add_test(tcase, samples_have_not_moved);
    tcase_add_test(tcase, coarser_counts_have_not_moved);
}

CA_CHECK_MAIN("score/profile", add_tests)
