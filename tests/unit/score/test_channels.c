/* Channels and the whole score from peer z: against a twin with sums, counts and an elimination from the definitions. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "score/apply_inside.h"
#include "score/numbers.h"
#include "support/check_main.h"
#include "support/score_table.h"

#define MOST    700
#define COLUMNS (SCORE_FEATURES + 1)

typedef struct twin {
    size_t count, kept, directed;
    bool scored[MOST], far[MOST];
    double z[COLUMNS][MOST], levels[COLUMNS][MOST], normals[COLUMNS][MOST], residuals[COLUMNS][MOST], residual_levels[COLUMNS][MOST];
    double total[MOST];
} twin;
static twin of;

/* From the definition, by counting; of those who have a number and, for channels, a score. */
static double slow_level(const double *numbers, const bool *who, double u)
{
    static double sorted[MOST], scratch[MOST];
    size_t count = 0, above = 0, equal = 0;
    for (size_t i = 0; i < of.count; i++)
        if (!isnan(numbers[i]) && (!who || who[i]))
            sorted[count++] = numbers[i];
    ca_numbers_sort(sorted, count, scratch);
    for (size_t i = 0; i < count; i++) {
        above += sorted[i] > u;
        equal += sorted[i] == u;
    }
    double q = sorted[(size_t)ceil(.98 * (double)count) - 1];
    if (u <= q)
        return -log(((double)above + .5 * (double)equal) / (double)count);
    size_t first = count;
    while (sorted[first - 1] > q)
        first--;
    size_t beyond = count - first;
    double b = ((sorted[first + (beyond - 1) / 2] + sorted[first + beyond / 2]) / 2 - q) / log(2), m = (double)beyond;
    return fmin(CA_TAIL_MOST, -log((double)beyond / (double)count) + m * log(1 + (u - q) / (b * m)));
}

static void all_levels(const double *numbers, const bool *who, double *to)
{
    for (size_t i = 0; i < of.count; i++)
        to[i] = isnan(numbers[i]) || (who && !who[i]) ? NAN : slow_level(numbers, who, numbers[i]);
}

/* Gauss and Jordan. */
static void slow_invert(size_t n, double a[COLUMNS][COLUMNS], double to[COLUMNS][COLUMNS])
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            to[i][j] = i == j;
    for (size_t c = 0; c < n; c++) {
        double pivot = a[c][c];
        for (size_t j = 0; j < n; j++) {
            a[c][j] /= pivot;
            to[c][j] /= pivot;
        }
        for (size_t i = 0; i < n; i++) {
            double by = a[i][c];
            for (size_t j = 0; j < n && i != c; j++) {
                a[i][j] -= by * a[c][j];
                to[i][j] -= by * to[c][j];
            }
        }
    }
}

/* (Ledoit-Wolf + ridge)^-1 of columns in which what is missing is 0, of those who are not too far. */
static void slow_precision(size_t n, double columns[COLUMNS][MOST], bool centred, double ridge, double to[COLUMNS][COLUMNS])
{
    double s[COLUMNS][COLUMNS] = {{0}}, mean[COLUMNS] = {0}, count = 0, trace = 0, error = 0, apart = 0;
    for (size_t i = 0; i < of.count; i++)
        count += !of.far[i];
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < of.count; i++)
            mean[j] += centred ? columns[j][i] / (double)of.count : 0;
    for (size_t j = 0; j < n; j++)
        for (size_t k = 0; k < n; k++)
            for (size_t i = 0; i < of.count; i++)
                s[j][k] += of.far[i] ? 0 : (columns[j][i] - mean[j]) * (columns[k][i] - mean[k]) / count;
    for (size_t j = 0; j < n; j++)
        trace += s[j][j] / (double)n;
    for (size_t j = 0; j < n; j++)
        for (size_t k = 0; k < n; k++) {
            apart += pow(s[j][k] - (j == k ? trace : 0), 2);
            for (size_t i = 0; i < of.count; i++)
                error += of.far[i] ? 0 : pow((columns[j][i] - mean[j]) * (columns[k][i] - mean[k]) - s[j][k], 2) / count / count;
        }
    double share = fmin(1, error / apart);
    for (size_t j = 0; j < n; j++)
        for (size_t k = 0; k < n; k++)
            s[j][k] = (1 - share) * s[j][k] + (j == k ? share * trace + ridge + 1e-9 * trace : 0);
    slow_invert(n, s, to);
}

/* The twentieth part that lies farthest by the precision of all. */
static void find_far(void)
{
    static double clipped[COLUMNS][MOST], distances[MOST], sorted[MOST], scratch[MOST];
    double precision[COLUMNS][COLUMNS], mean[COLUMNS] = {0};
    memset(of.far, 0, sizeof of.far);
    for (size_t j = 0; j < of.kept; j++)
        for (size_t i = 0; i < of.count; i++) {
            clipped[j][i] = isnan(of.z[j][i]) ? 0 : fmax(-6, fmin(6, of.z[j][i]));
            mean[j] += clipped[j][i] / (double)of.count;
        }
    slow_precision(of.kept, clipped, true, .05, precision);
    for (size_t i = 0; i < of.count; i++) {
        distances[i] = 0;
        for (size_t j = 0; j < of.kept; j++)
            for (size_t k = 0; k < of.kept; k++)
                distances[i] += (clipped[j][i] - mean[j]) * precision[j][k] * (clipped[k][i] - mean[k]);
    }
    memcpy(sorted, distances, sizeof sorted);
    ca_numbers_sort(sorted, of.count, scratch);
    for (size_t i = 0; i < of.count; i++)
        of.far[i] = distances[i] > ca_numbers_quantile(sorted, of.count, .95);
}

static int falling(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x > y ? -1 : x < y;
}

/* The largest that are present, their sum; not a number when there are fewer and `strict`. */
static double sum_of_largest(double columns[COLUMNS][MOST], size_t entity, size_t most, bool strict)
{
    double all[COLUMNS], sum = 0;
    size_t count = 0;
    for (size_t j = 0; j < of.directed; j++)
        if (!isnan(columns[j][entity]))
            all[count++] = columns[j][entity];
    qsort(all, count, sizeof *all, falling);
    if (strict && count < most)
        return NAN;
    for (size_t k = 0; k < most && k < count; k++)
        sum += all[k];
    return rint(sum * 0x1p30) / 0x1p30;
}

/* -ln T of the channels S, A, M1, R of everybody. */
static void add_sum_and_top(void)
{
    static double numbers[MOST], levels[MOST], best[MOST];
    static const size_t ways[] = {1, 2, 3, 5};
    for (size_t i = 0; i < of.count; i++)
        numbers[i] = sum_of_largest(of.levels, i, COLUMNS, false);
    all_levels(numbers, of.scored, levels);
    for (size_t i = 0; i < of.count; i++)
        of.total[i] = levels[i];
    for (size_t way = 0; way < 4; way++) {
        for (size_t i = 0; i < of.count; i++)
            numbers[i] = sum_of_largest(of.levels, i, ways[way], true);
        all_levels(numbers, of.scored, levels);
        for (size_t i = 0; i < of.count; i++)
            best[i] = fmax(way == 0 ? 0 : best[i], levels[i]);      /* fmax leaves out what is not a number */
    }
    for (size_t i = 0; i < of.count; i++)
        best[i] = rint(best[i] * 0x1p30) / 0x1p30;
    all_levels(best, of.scored, levels);
    for (size_t i = 0; i < of.count; i++)
        of.total[i] += levels[i];
}

static void add_distance(void)
{
    static double numbers[MOST], levels[MOST];
    double weights[COLUMNS][COLUMNS];
    slow_precision(of.directed, of.normals, false, .2, weights);
    for (size_t i = 0; i < of.count; i++) {
        numbers[i] = 0;
        for (size_t j = 0; j < of.directed; j++)
            for (size_t k = 0; k < of.directed; k++)
                numbers[i] += fmax(0, of.normals[j][i]) * fmax(0, weights[j][k]) * fmax(0, of.normals[k][i]);
    }
    all_levels(numbers, of.scored, levels);
    for (size_t i = 0; i < of.count; i++)
        of.total[i] += levels[i];
}

static void add_residual(const ca_score_model *model)
{
    static double clipped[COLUMNS][MOST], numbers[MOST], levels[MOST];
    double precision[COLUMNS][COLUMNS];
    for (size_t j = 0; j < of.kept; j++)
        for (size_t i = 0; i < of.count; i++)
            clipped[j][i] = isnan(of.z[j][i]) ? 0 : fmax(-6, fmin(6, of.z[j][i]));
    slow_precision(of.kept, clipped, true, .05, precision);
    for (size_t j = 0; j < of.directed; j++) {
        int direction = model->features[model->order[j]].direction;
        for (size_t i = 0; i < of.count; i++) {
            double product = 0;
            for (size_t k = 0; k < of.kept; k++)
                product += clipped[k][i] * precision[k][j];
            double r = product / sqrt(precision[j][j]);
            of.residuals[j][i] = isnan(of.z[j][i]) ? NAN : direction == 2 ? fabs(r) : direction * r;
        }
        all_levels(of.residuals[j], NULL, of.residual_levels[j]);
    }
    for (size_t i = 0; i < of.count; i++)
        numbers[i] = sum_of_largest(of.residual_levels, i, 3, false);
    all_levels(numbers, of.scored, levels);
    for (size_t i = 0; i < of.count; i++)
        of.total[i] += levels[i];
}

static void score_slowly(const ca_score_model *model, const ca_channels *channels)
{
    static double towards[MOST];
    of.count = channels->count;
    of.kept = model->kept;
    of.directed = model->directed;
    for (size_t j = 0; j < of.kept; j++)
        memcpy(of.z[j], channels->z + j * CA_SCORE_BLOCK, of.count * sizeof(double));
    for (size_t j = 0; j < of.directed; j++) {
        int direction = model->features[model->order[j]].direction;
        for (size_t i = 0; i < of.count; i++)
            towards[i] = direction == 2 ? fabs(of.z[j][i]) : direction * of.z[j][i];
        all_levels(towards, NULL, of.levels[j]);
        for (size_t i = 0; i < of.count; i++)
            of.normals[j][i] = isnan(of.levels[j][i]) ? 0 : ca_normal_above(exp(-of.levels[j][i]));
    }
    for (size_t i = 0; i < of.count; i++) {
        size_t present = 0, evidence = 0;
        for (size_t j = 0; j < of.kept; j++) {
            present += !isnan(of.z[j][i]) && model->order[j] < SCORE_FEATURES;
            evidence += !isnan(of.z[j][i]) && j < of.directed;
        }
        of.scored[i] = present >= 3 && evidence >= 1;
    }
    find_far();
    add_sum_and_top();
    add_distance();
    add_residual(model);
}

static void check_scores(const ca_score_results *results, const ca_channels *channels)
{
    size_t scored = 0;
    for (size_t i = 0; i < of.count; i++) {
        const ca_score_result *result = &results->entities[channels->entities[i]];
        ck_assert_int_eq(result->rank > 0, of.scored[i]);
        if (!of.scored[i])
            continue;
        scored++;
        ck_assert_double_eq_tol(result->score / 1e6, of.total[i], 2e-6);
        /* Nobody of a higher rank has a smaller score. */
        for (size_t k = 0; k < of.count; k += 7)
            ck_assert(results->entities[channels->entities[k]].rank == 0 || (results->entities[channels->entities[k]].rank < result->rank) ==
                      (results->entities[channels->entities[k]].score > result->score || (results->entities[channels->entities[k]].score == result->score && k != i &&
                       results->entities[channels->entities[k]].rank < result->rank)));
    }
    ck_assert_uint_eq(scored, results->scored);
}

START_TEST(scores_are_those_of_the_definition)
{
    for (size_t count = 60; count <= MOST; count += 320) {
        ca_score_table *table = score_table_make(&(score_shape){.entities = count, .seed = count});
        ca_score_model *model;
        ca_score_results *results;
        ca_channels channels;
        ca_score_settings settings = {0};
        ck_assert_int_eq(ca_score_fit(table, ca_linalg_fast(), &model, NULL), 0);
        ck_assert_int_eq(ca_score_apply(model, table, &settings, &results, NULL), 0);
        ca_score_source source = ca_score_source_of(table);
        ck_assert_int_eq(ca_channels_new(model, &source, &channels, NULL), 0);
        ck_assert_int_eq(ca_channels_z(&channels, 0, count, true, NULL), 0);
        score_slowly(model, &channels);
        check_scores(results, &channels);
        ca_channels_done(&channels);
        ca_score_results_free(results);
        ca_score_model_free(model);
        ca_score_table_free(table);
    }
}
END_TEST

/* The parts of the features make the score, none is negative, and the first reason has the most. */
START_TEST(reasons_make_the_score)
{
    ca_score_table *table = score_table_make(&(score_shape){.entities = 400, .seed = 5});
    ca_score_model *model;
    ca_score_results *results;
    ca_arena arena;
    ca_score_settings settings = {0};
    size_t exact = 0;
    ca_arena_init(&arena);
    ck_assert_int_eq(ca_score_fit(table, ca_linalg_fast(), &model, NULL), 0);
    ck_assert_int_eq(ca_score_apply(model, table, &settings, &results, NULL), 0);
    for (size_t i = 0; i < 400; i += 3) {
        ca_score_explanation why;
        double sum = 0;
        ck_assert_int_eq(ca_score_explain(model, table, i, &arena, &why, NULL), 0);
        ck_assert_uint_eq(why.count, SCORE_FEATURES);
        for (size_t k = 0; k < why.count; k++) {
            ck_assert(why.reasons[k].evidence >= 0 && (k == 0 || why.reasons[k - 1].evidence >= why.reasons[k].evidence));
            ck_assert(why.reasons[k].feature != SCORE_CONTEXT || (why.reasons[k].evidence == 0 && why.reasons[k].p == 1));
            ck_assert(!why.reasons[k].attributed || why.reasons[k].p <= .01 || why.reasons[k].p_residual <= .01);
            sum += why.reasons[k].evidence;
        }
        ck_assert_int_eq(why.insufficient, results->entities[i].rank == 0);
        double score = results->entities[i].score / 1e6;
        ck_assert_double_le(sum, score + 2e-6);
        ck_assert_double_ge(sum, score > 5 ? score - 2e-6 : score - 2);      /* a channel may have found nothing */
        exact += score > 5;
    }
    ck_assert_uint_gt(exact, 10);
    ca_arena_done(&arena);
    ca_score_results_free(results);
    ca_score_model_free(model);
    ca_score_table_free(table);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, scores_are_those_of_the_definition);
    tcase_add_test(tcase, reasons_make_the_score);
}

CA_CHECK_MAIN("score/channels", add_tests)
