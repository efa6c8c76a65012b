/* Lines against a profile: sums by hand, the same lines in any split, order and q against plain twins, reasons. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "score/profile_inside.h"
#include "score/surprise.h"
#include "support/check_main.h"
#include "support/score_lines.h"

enum { FIT = 20000, NEW = 15000 };

static const uint32_t all_features[LINES_FEATURES] = {0, 1, 2, 3, 4, 5};

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

static ca_scorer *scorer_of(const ca_usual *profile, size_t most)
{
    ca_scorer *scorer;
    ck_assert_int_eq(ca_scorer_new(profile, all_features, LINES_FEATURES, most, &scorer, NULL), 0);
    return scorer;
}

static ca_scorer *score_at_once(const ca_usual *profile, const score_lines *lines, size_t most)
{
    ca_scorer *scorer = scorer_of(profile, most);
    ca_scorer_add(scorer, &lines->lines, NULL);
    return scorer;
}

static void check_same(ca_scorer *a, ca_scorer *b)
{
    size_t count, other;
    const ca_surprise_line *one = ca_scorer_top(a, &count), *two = ca_scorer_top(b, &other);
    ck_assert_uint_eq(count, other);
    ck_assert_uint_eq(ca_scorer_lines(a), ca_scorer_lines(b));
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_eq(ca_digest_cmp(one[i].id, two[i].id), 0);
        ck_assert(one[i].score == two[i].score && one[i].q == two[i].q && one[i].reason_count == two[i].reason_count);
    }
}

/* --- Sums and their order ------------------------------------------------------------------------------------------------ */

typedef struct twin_line {
    ca_digest id;
    double sum, score;
    uint64_t present;
} twin_line;

/* Sums of surprises that are asked one by one; of lines that the profile counted without them. */
static twin_line *twin_sums(const ca_usual *profile, const score_lines *lines, bool counted)
{
    twin_line *twins = calloc(lines->count, sizeof *twins);
    for (uint32_t i = 0; i < lines->count; i++) {
        twins[i].id = lines->ids[i];
        for (uint32_t f = 0; f < LINES_FEATURES; f++) {
            ca_surprise_reason reason;
            uint64_t item = ca_column_item(profile->kept[f].about.form, &lines->columns[f], i);
            if (item == 0)
                continue;
            uint32_t cell = ca_kept_cell_of(&profile->kept[f], lines->columns[f].keys, i);
            if (cell == CA_USUAL_NONE)
                continue;
            twins[i].present |= UINT64_C(1) << f;
            if (counted)
                twins[i].sum += ca_kept_surprise_without(&profile->kept[f], cell, item) / 1e6;
            else if (ca_usual_surprise(profile, f, &lines->columns[f], i, &reason))
                twins[i].sum += reason.surprise;
        }
    }
    return twins;
}

typedef struct sums {
    double *values;
    size_t count;
} sums;

static int by_value(const void *a, const void *b)
{
    const double *one = a, *other = b;
    return (*one > *other) - (*one < *other);
}

/* Of the lines that the profile was made of, those that have the same features; all of them where these are few. */
static sums alike(const twin_line *fitted, uint64_t present)
{
    sums found = {calloc(FIT, sizeof(double)), 0};
    for (int all = 0; found.count < 200 && all < 2; all++) {
        found.count = 0;
        for (size_t i = 0; i < FIT; i++)
            if (all || fitted[i].present == present)
                found.values[found.count++] = fitted[i].sum;
    }
    qsort(found.values, found.count, sizeof *found.values, by_value);
    return found;
}

/* p of the largest sums, by sorting. The sample of the profile has all lines, so that only buckets differ. */
static double twin_p(const twin_line *fitted, const twin_line *line)
{
    sums of = alike(fitted, line->present);
    size_t past = of.count / 50;
    double q = of.values[of.count - 1 - past], median = of.values[of.count - 1 - past + (past + 1) / 2];
    double p = line->sum > q ? (double)past / (double)of.count * exp(-(line->sum - q) / ((median - q) / log(2))) : .02;
    free(of.values);
    return p;
}

START_TEST(scores_agree_with_sorting)
{
    score_lines *lines = score_lines_new(FIT, 60, 5), *new = score_lines_new(NEW, 60, 6);
    ca_collector *collector;
    ca_usual *profile;
    ca_usual_settings settings = {.sample = FIT};
    ck_assert_int_eq(ca_collector_new(score_lines_features(), LINES_FEATURES, &settings, &collector, NULL), 0);
    ck_assert_int_eq(ca_collector_add(collector, &lines->lines, NULL), 0);
    ck_assert_int_eq(ca_usual_new(collector, NULL, &profile, NULL), 0);
    for (uint32_t i = 0; i < 20; i++)
        new->numbers[LINES_UNITS][i * 7] = 500 + i * 50;
    ca_scorer *scorer = score_at_once(profile, new, 50);
    twin_line *fitted = twin_sums(profile, lines, true), *twins = twin_sums(profile, new, false);
    size_t count;
    const ca_surprise_line *top = ca_scorer_top(scorer, &count);
    ck_assert_uint_eq(count, 50);
    for (size_t i = 0; i < count; i++) {
        const twin_line *twin = &twins[top[i].id.low];
        ck_assert_double_eq_tol(top[i].sum, twin->sum, 1e-9);
        ck_assert_double_eq_tol(top[i].score, -log(twin_p(fitted, twin)), .05 * top[i].score + .1);
        ck_assert_double_eq(top[i].score, round(top[i].score * 1e6) / 1e6);
        ck_assert(i == 0 || top[i].score <= top[i - 1].score);
        ck_assert_uint_eq(top[i].features, (uint32_t)__builtin_popcountll(twin->present));
    }
    free(fitted);
    free(twins);
    ca_scorer_free(scorer);
    ca_collector_free(collector);
    ca_usual_free(profile);
    score_lines_free(lines);
    score_lines_free(new);
}
END_TEST

/* In parts, to several scorers, shuffled. */
START_TEST(splits_do_not_matter)
{
    score_lines *lines = score_lines_new(FIT, 60, 5);
    ca_usual *profile = profile_of(lines);
    ca_scorer *once = score_at_once(profile, lines, 30), *each[2] = {scorer_of(profile, 30), scorer_of(profile, 30)};
    score_lines_shuffle(lines, 3);
    for (uint32_t from = 0, size = 1, turn = 0; from < lines->count; from += size, turn++) {
        ca_usual_column columns[LINES_FEATURES];
        size = size * 7 % 1000 + 1;
        size = size > lines->count - from ? lines->count - from : size;
        ca_usual_lines part = score_lines_part(lines, from, size, columns);
        ca_scorer_add(each[turn % 2], &part, NULL);
    }
    ck_assert_int_eq(ca_scorer_merge(each[1], each[0], NULL), 0);
    check_same(once, each[1]);
    size_t count;
    ca_scorer_top(once, &count);
    check_same(once, each[1]);    /* asked twice: the same */
    for (size_t i = 0; i < 2; i++)
        ca_scorer_free(each[i]);
    ca_scorer_free(once);
    ca_usual_free(profile);
    score_lines_free(lines);
}
END_TEST

/* Fewer kept lines are the first of more, with the same q as far as what is not kept is counted in steps of .01. */
START_TEST(fewer_are_the_first_of_more)
{
    score_lines *lines = score_lines_new(FIT, 60, 5), *new = score_lines_new(NEW, 60, 8);
    for (uint32_t i = 0; i < 200; i++)
        new->numbers[LINES_UNITS][i * 3] = 400 + i;
    ca_usual *profile = profile_of(lines);
    ca_scorer *few = score_at_once(profile, new, 20), *many = score_at_once(profile, new, 5000);
    size_t count, all;
    const ca_surprise_line *first = ca_scorer_top(few, &count), *every = ca_scorer_top(many, &all);
    ck_assert_uint_eq(count, 20);
    ck_assert_uint_gt(all, 200);
    double least = 1;
    for (size_t i = all; i-- > 0;) {    /* Benjamini and Hochberg's, by hand */
        least = fmin(least, NEW * every[i].p / (double)(i + 1));
        ck_assert_double_le(every[i].q, least + 1e-6);
        ck_assert_double_ge(every[i].q, least * .98 - 1e-6);
    }
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_eq(ca_digest_cmp(first[i].id, every[i].id), 0);
        ck_assert_double_ge(first[i].q, every[i].q - 1e-6);
        ck_assert_double_le(first[i].q, every[i].q * 1.02 + 1e-6);
    }
    ck_assert_double_lt(first[0].q, .01);
    ca_scorer_free(few);
    ca_scorer_free(many);
    ca_usual_free(profile);
    score_lines_free(lines);
    score_lines_free(new);
}
END_TEST

/* Lines as they are: few are improbable. */
START_TEST(usual_lines_are_usual)
{
    score_lines *lines = score_lines_new(FIT, 60, 5), *new = score_lines_new(NEW, 60, 77);
    ca_usual *profile = profile_of(lines);
    ca_scorer *scorer = score_at_once(profile, new, 5000);
    size_t count, rare = 0;
    const ca_surprise_line *top = ca_scorer_top(scorer, &count);
    ck_assert_uint_gt(count, NEW / 100);
    ck_assert_uint_lt(count, NEW / 40);
    while (rare < count && top[rare].p < .001)
        rare++;
    ck_assert_uint_lt(rare, NEW / 500);
    ck_assert_double_gt(top[0].q, .05);
    ca_scorer_free(scorer);
    ca_usual_free(profile);
    score_lines_free(lines);
    score_lines_free(new);
}
END_TEST

START_TEST(reasons_are_the_largest)
{
    score_lines *lines = score_lines_new(FIT, 60, 5);
    ca_usual *profile = profile_of(lines);
    for (uint32_t i = 0; i < lines->count; i++)
        if (i == 123) {
            lines->numbers[LINES_UNITS][i] = 5000;
            lines->numbers[LINES_DAYS][i] = 900;
        }
    uint64_t *at = calloc(2 * FIT, sizeof *at);
    for (uint32_t i = 0; i < FIT; i++)
        at[2 * i] = 3 * i;
    ca_scorer *scorer = scorer_of(profile, 10);
    ck_assert(ca_scorer_add(scorer, &lines->lines, at));
    size_t count;
    const ca_surprise_line *top = ca_scorer_top(scorer, &count);
    ck_assert_uint_eq(top[0].at[0], 369);
    ck_assert(top[0].reasons[0].feature != top[0].reasons[1].feature);
    for (size_t i = 0; i < 2; i++) {
        const ca_surprise_reason *reason = &top[0].reasons[i];
        ck_assert(reason->feature == LINES_UNITS || reason->feature == LINES_DAYS);
        ck_assert_double_lt(reason->p, .001);
        ck_assert_double_eq(reason->number, reason->feature == LINES_UNITS ? 5000 : 900);
    }
    for (uint32_t i = 1; i < top[0].reason_count; i++)
        ck_assert_double_le(top[0].reasons[i].surprise, top[0].reasons[i - 1].surprise);
    free(at);
    ca_scorer_free(scorer);
    ca_usual_free(profile);
    score_lines_free(lines);
}
END_TEST

START_TEST(too_few_lines_score_nothing)
{
    score_lines *lines = score_lines_new(150, 4, 5);
    ca_usual *profile = profile_of(lines);
    ca_scorer *scorer = score_at_once(profile, lines, 10);
    size_t count;
    ca_scorer_top(scorer, &count);
    ck_assert(!ca_usual_is_enough(profile));
    ck_assert_uint_eq(count, 0);
    ck_assert_uint_eq(ca_scorer_lines(scorer), 0);
    ca_scorer_free(scorer);
    ca_usual_free(profile);
    score_lines_free(lines);
}
END_TEST

START_TEST(limits_and_memory)
{
    score_lines *lines = score_lines_new(300, 4, 5);
    ca_usual *profile = profile_of(lines);
    ca_scorer *scorer = NULL;
    uint32_t twice[] = {1, 1}, none[] = {LINES_FEATURES};
    ck_assert_int_eq(ca_scorer_new(profile, twice, 2, 10, &scorer, NULL), CA_LIMIT);
    ck_assert_int_eq(ca_scorer_new(profile, none, 1, 10, &scorer, NULL), CA_LIMIT);
    ck_assert_int_eq(ca_scorer_new(profile, none, 0, 1000000, &scorer, NULL), CA_LIMIT);
    ck_assert_ptr_null(scorer);
    for (uint64_t n = 1; n < 100; n++) {
        ca_alloc_fail(n, 0);
        int rc = ca_scorer_new(profile, twice, 1, 10, &scorer, NULL);
        ca_alloc_fail(0, 0);
        if (rc == 0)
            break;
        ck_assert_int_eq(rc, CA_NOMEM);
    }
    ca_scorer_add(scorer, &lines->lines, NULL);
    ca_scorer_free(scorer);
    ck_assert_int_eq(ca_scorer_new(profile, none, 0, 0, &scorer, NULL), 0);    /* keeps nothing of nothing */
    ca_scorer_add(scorer, &lines->lines, NULL);
    ck_assert_uint_eq(ca_scorer_lines(scorer), 0);
    ca_scorer_free(scorer);
    ca_usual_free(profile);
    score_lines_free(lines);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, scores_agree_with_sorting);
    tcase_add_test(tcase, splits_do_not_matter);
    tcase_add_test(tcase, fewer_are_the_first_of_more);
    tcase_add_test(tcase, usual_lines_are_usual);
    tcase_add_test(tcase, reasons_are_the_largest);
    tcase_add_test(tcase, too_few_lines_score_nothing);
    tcase_add_test(tcase, limits_and_memory);
}

CA_CHECK_MAIN("score/surprise", add_tests)
