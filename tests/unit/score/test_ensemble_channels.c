/* The channels of the ensemble, each against the plainest way to say what it does. */
#include <math.h>
#include <string.h>

#include "score/ensemble_parts.h"
#include "support/check_main.h"

enum { N = 5, ROWS = 600, STRIDE = N + 1 };

typedef struct fixture {
    ca_arena arena;
    double z[ROWS * N];
    float bent[ROWS * STRIDE];
} fixture;

/* Clouds of three places, one of them small and far away. */
static fixture *filled(void)
{
    static fixture found;
    ca_arena_init(&found.arena);
    ca_draws draws = ca_draws_of(99, CA_DRAW_SETS, 0, 0);
    for (size_t i = 0; i < ROWS; i++) {
        double place = i % 50 == 0 ? 6 : i % 3 == 0 ? 1 : -1;
        double shared = ca_draw_unit(&draws);
        for (size_t j = 0; j < N; j++) {
            found.z[i * N + j] = place + shared + ca_draw_unit(&draws) * (double)(j + 1);
            found.bent[i * STRIDE + j] = (float)found.z[i * N + j];
        }
        found.bent[i * STRIDE + N] = 1;
    }
    return &found;
}

static size_t in_block(size_t first)
{
    return ROWS - first < CA_ENSEMBLE_BLOCK ? ROWS - first : CA_ENSEMBLE_BLOCK;
}

static void bent_block(const fixture *from, size_t first, float *ret_block)
{
    memset(ret_block, 0, CA_ENSEMBLE_BLOCK * STRIDE * sizeof *ret_block);
    memcpy(ret_block, from->bent + first * STRIDE, in_block(first) * STRIDE * sizeof *ret_block);
}

static double plain_distance(const fixture *from, size_t a, size_t b)
{
    double sum = 0;
    for (size_t j = 0; j < N; j++) {
        double apart = (double)from->bent[a * STRIDE + j] - (double)from->bent[b * STRIDE + j];
        sum += apart * apart;
    }
    return sqrt(sum);
}

static size_t plain_nearest(const fixture *from, const size_t *set, size_t row)
{
    size_t best = 0;
    for (size_t c = 1; c < CA_VORONOI_SIZE; c++)
        if (plain_distance(from, row, set[c]) < plain_distance(from, row, set[best]))
            best = c;
    return best;
}

static void add_plain_set(const fixture *from, const size_t *set, double *scores)
{
    double sums[CA_VORONOI_SIZE] = {0}, counts[CA_VORONOI_SIZE] = {0}, all = 0;
    for (size_t i = 0; i < ROWS; i++) {
        size_t cell = plain_nearest(from, set, i);
        sums[cell] += plain_distance(from, i, set[cell]);
        counts[cell]++;
        all += plain_distance(from, i, set[cell]);
    }
    double mu = all / ROWS;
    for (size_t i = 0; i < ROWS; i++) {
        size_t cell = plain_nearest(from, set, i);
        double own = sums[cell] / counts[cell], d = plain_distance(from, i, set[cell]);
        scores[i] += own > 0 ? d / own * (own / mu) * (own / mu) / CA_VORONOI_SETS : 0;
    }
}

/* Single precision: 1e-3 of a score, where most are near 1. */
START_TEST(voronoi_by_plain_distances)
{
    fixture *from = filled();
    const ca_linalg *both[] = {ca_linalg_fast(), ca_linalg_plain()};
    static double expected[ROWS];
    for (size_t set = 0; set < CA_VORONOI_SETS; set++) {
        size_t chosen[CA_VORONOI_SIZE];
        ca_draws draws = ca_draws_of(4, CA_DRAW_SETS, set, 0);
        ca_draw_distinct(&draws, ROWS, CA_VORONOI_SIZE, chosen);
        add_plain_set(from, chosen, expected);
    }
    for (size_t which = 0; which < 2; which++) {
        ca_voronoi voronoi;
        static float block[CA_ENSEMBLE_BLOCK * STRIDE];
        static double scores[CA_ENSEMBLE_BLOCK];
        ck_assert_int_eq(ca_voronoi_fit(both[which], from->bent, ROWS, N, 4, &from->arena, &from->arena, &voronoi, NULL), 0);
        for (size_t first = 0; first < ROWS; first += CA_ENSEMBLE_BLOCK) {
            bent_block(from, first, block);
            ca_voronoi_rate(&voronoi, block, scores);
            for (size_t i = 0; i < in_block(first); i++)
                ck_assert_double_le(fabs(scores[i] - expected[first + i]), 1e-3 * (1 + expected[first + i]));
        }
    }
    ca_arena_done(&from->arena);
}
END_TEST

static void plain_distances(const double *z, const double *mean, const double *inverse, double *ret_squares)
{
    for (size_t i = 0; i < ROWS; i++) {
        ret_squares[i] = 0;
        for (size_t j = 0; j < N; j++)
            for (size_t k = 0; k < N; k++)
                ret_squares[i] += (z[i * N + j] - mean[j]) * inverse[j * N + k] * (z[i * N + k] - mean[k]);
    }
}

/* Mean and inverse covariance of the `keep` closest. */
static void plain_round(const double *z, const double *squares, size_t keep, double *mean, double *inverse)
{
    size_t closer[ROWS];
    for (size_t i = 0; i < ROWS; i++) {
        closer[i] = 0;
        for (size_t other = 0; other < ROWS; other++)
            closer[i] += squares[other] < squares[i];
    }
    memset(mean, 0, N * sizeof *mean);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < N && closer[i] < keep; j++)
            mean[j] += z[i * N + j] / (double)keep;
    memset(inverse, 0, N * N * sizeof *inverse);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t jk = 0; jk < N * N && closer[i] < keep; jk++)
            inverse[jk] += (z[i * N + jk / N] - mean[jk / N]) * (z[i * N + jk % N] - mean[jk % N]) / (double)keep;
    double trace = 0;
    for (size_t j = 0; j < N; j++)
        trace += inverse[j * N + j];
    for (size_t jk = 0; jk < N * N; jk++)
        inverse[jk] = .98 * inverse[jk] + (jk / N == jk % N ? .02 * trace / N : 0);
    ck_assert(ca_linalg_plain()->factor(inverse, N));
    ck_assert(ca_linalg_plain()->invert_factored(inverse, N));
}

START_TEST(trimmed_covariance_by_plain_sums)
{
    fixture *from = filled();
    double mean[N], center[N], inverse[N * N] = {0}, column[ROWS];
    static double squares[ROWS], block[CA_ENSEMBLE_BLOCK * N], scores[CA_ENSEMBLE_BLOCK];
    for (size_t j = 0; j < N; j++) {
        for (size_t i = 0; i < ROWS; i++)
            column[i] = from->z[i * N + j];
        qsort(column, ROWS, sizeof *column, ca_compare_doubles);
        mean[j] = center[j] = (column[ROWS / 2 - 1] + column[ROWS / 2]) / 2;
        inverse[j * N + j] = 1;
    }
    for (int round = 0; round < 5; round++) {
        plain_distances(from->z, mean, inverse, squares);
        plain_round(from->z, squares, round == 0 ? ROWS * 3 / 4 : ROWS * 9 / 10, mean, inverse);
    }
    plain_distances(from->z, mean, inverse, squares);
    const ca_linalg *both[] = {ca_linalg_fast(), ca_linalg_plain()};
    for (size_t which = 0; which < 2; which++) {
        ca_trimmed trimmed;
        ck_assert_int_eq(ca_trimmed_fit(both[which], from->z, ROWS, N, center, &from->arena, &from->arena, &trimmed, NULL), 0);
        for (size_t first = 0; first < ROWS; first += CA_ENSEMBLE_BLOCK) {
            memset(block, 0, sizeof block);
            memcpy(block, from->z + first * N, in_block(first) * N * sizeof *block);
            ca_trimmed_rate(&trimmed, block, scores);
            for (size_t i = 0; i < in_block(first); i++)
                ck_assert_double_le(fabs(scores[i] - squares[first + i]), 2e-6);
        }
    }
    ca_arena_done(&from->arena);
}
END_TEST

/* Columns that are the same, and one that is the same for all that are kept, cannot be factored without help. */
START_TEST(trimmed_covariance_of_what_has_none)
{
    enum { FEW = 40 };
    double z[FEW * 2], center[2] = {0, 0}, block[CA_ENSEMBLE_BLOCK * 2] = {0}, scores[CA_ENSEMBLE_BLOCK];
    for (size_t i = 0; i < FEW; i++)
        z[2 * i] = z[2 * i + 1] = i == 0 ? 1e30 : 0;
    ca_arena arena;
    ca_arena_init(&arena);
    ca_trimmed trimmed;
    ck_assert_int_eq(ca_trimmed_fit(ca_linalg_fast(), z, FEW, 2, center, &arena, &arena, &trimmed, NULL), 0);
    memcpy(block, z, sizeof z);
    ca_trimmed_rate(&trimmed, block, scores);
    ck_assert(isfinite(scores[0]));
    ck_assert_double_gt(scores[0], 1e50);
    for (size_t i = 1; i < FEW; i++)
        ck_assert_double_eq(scores[i], 0);
    ca_arena_done(&arena);
}
END_TEST

START_TEST(average_paths)
{
    ck_assert_double_eq(ca_forest_average_path(0), 0);
    ck_assert_double_eq(ca_forest_average_path(1), 0);
    ck_assert_double_eq(ca_forest_average_path(2), 1);
    double harmonic = 0;
    for (size_t i = 1; i < 256; i++)
        harmonic += 1.0 / (double)i;
    ck_assert_double_le(fabs(ca_forest_average_path(256) - (2 * harmonic - 2 * 255.0 / 256)), .01);
}
END_TEST

/* One row that differs is alone after one split, whatever is drawn. */
START_TEST(forest_of_one_that_differs)
{
    enum { FEW = 20 };
    float bent[FEW * 3] = {0}, block[CA_ENSEMBLE_BLOCK * 3] = {0};
    double scores[CA_ENSEMBLE_BLOCK];
    for (size_t i = 0; i < FEW; i++)
        bent[i * 3 + 2] = 1;
    bent[7 * 3] = 4;
    ca_arena arena;
    ca_arena_init(&arena);
    ca_forest forest;
    ck_assert_int_eq(ca_forest_fit(bent, FEW, 2, 1, &arena, &arena, &forest, NULL), 0);
    memcpy(block, bent, sizeof bent);
    ca_forest_rate(&forest, block, scores);
    for (size_t i = 0; i < FEW; i++)
        ck_assert_double_le(fabs(scores[i] + (i == 7 ? 1 : 1 + ca_forest_average_path(FEW - 1))), 1e-4);
    ca_arena_done(&arena);
}
END_TEST

static bool all_same(const fixture *from, const size_t *rows, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (memcmp(from->bent + rows[i] * STRIDE, from->bent + rows[0] * STRIDE, STRIDE * sizeof(float)) != 0)
            return false;
    return true;
}

/* Rows part where the tree says, until they are alone, or the tree ends; then their path is so long. */
static size_t check_node(const fixture *from, const ca_tree *tree, size_t node, size_t depth, const size_t *rows, size_t count)
{
    if (depth == CA_FOREST_DEPTH || all_same(from, rows, count)) {
        size_t leaf = node;
        for (size_t down = depth; down < CA_FOREST_DEPTH; down++)
            leaf = 2 * leaf + (tree->splits[leaf].at <= from->bent[rows[0] * STRIDE + tree->splits[leaf].column]);
        ck_assert_float_le(fabsf(tree->lengths[leaf - CA_FOREST_LEAVES] - (float)((double)depth + ca_forest_average_path(count))), 1e-5f);
        return 1;
    }
    size_t sides[2][CA_FOREST_ROWS], counts[2] = {0, 0};
    for (size_t i = 0; i < count; i++) {
        size_t side = from->bent[rows[i] * STRIDE + tree->splits[node].column] >= tree->splits[node].at;
        sides[side][counts[side]++] = rows[i];
    }
    ck_assert(counts[0] > 0 && counts[1] > 0);
    return check_node(from, tree, 2 * node, depth + 1, sides[0], counts[0]) +
           check_node(from, tree, 2 * node + 1, depth + 1, sides[1], counts[1]);
}

START_TEST(forest_by_parting_rows)
{
    fixture *from = filled();
    memcpy(from->bent + STRIDE, from->bent, STRIDE * sizeof(float));    /* twins never part */
    ca_forest forest;
    ck_assert_int_eq(ca_forest_fit(from->bent, ROWS, N, 11, &from->arena, &from->arena, &forest, NULL), 0);
    for (size_t t = 0; t < CA_FOREST_TREES; t++) {
        size_t rows[CA_FOREST_ROWS];
        ca_draws draws = ca_draws_of(11, CA_DRAW_TREE_ROWS, t, 0);
        ca_draw_distinct(&draws, ROWS, CA_FOREST_ROWS, rows);
        ck_assert_uint_gt(check_node(from, &forest.trees[t], 1, 0, rows, CA_FOREST_ROWS), 20);
    }
    static float block[CA_ENSEMBLE_BLOCK * STRIDE];
    static double scores[CA_ENSEMBLE_BLOCK];
    bent_block(from, 512, block);
    ca_forest_rate(&forest, block, scores);
    for (size_t i = 0; i < in_block(512); i++) {
        double sum = 0;
        for (size_t t = 0; t < CA_FOREST_TREES; t++) {
            size_t node = 1;
            while (node < CA_FOREST_LEAVES)
                node = 2 * node + (block[i * STRIDE + forest.trees[t].splits[node].column] >= forest.trees[t].splits[node].at);
            sum += (double)forest.trees[t].lengths[node - CA_FOREST_LEAVES];
        }
        ck_assert_double_le(fabs(scores[i] + sum / CA_FOREST_TREES), 1e-5);
    }
    ca_arena_done(&from->arena);
}
END_TEST

/* 64 bins of width 1 from 0: 10 rows in the first, 20 in the last, 2 in the 32nd. */
START_TEST(histograms_by_hand)
{
    ca_scale scale = {.low = 0, .high = 64};
    ca_scales scales = {.of = &scale, .count = 1, .columns = 1};
    float bent[32 * 2], block[CA_ENSEMBLE_BLOCK * 2] = {0};
    double scores[CA_ENSEMBLE_BLOCK];
    for (size_t i = 0; i < 32; i++)
        bent[2 * i] = i < 10 ? .5f : i < 30 ? 64 : 31.25f;
    ca_arena arena;
    ca_arena_init(&arena);
    ca_histograms histograms;
    ck_assert_int_eq(ca_histograms_fit(&scales, bent, 32, &arena, &histograms, NULL), 0);
    static const struct { float x; double smoothed; } cases[] = {
        {0, 5}, {.999f, 5}, {1, 2.5}, {2, 0}, {30, .5}, {31, 1}, {32.5f, .5}, {33, 0}, {62.9f, 5}, {63, 10}, {64, 10},
        {64.001f, 0}, {-.001f, 0}, {1e30f, 0}, {-1e30f, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        block[2 * i] = cases[i].x;
    ca_histograms_rate(&histograms, block, scores);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_double_le(fabs(scores[i] + log((cases[i].smoothed + .5) / (32 + 32))), 2e-6);
    ca_arena_done(&arena);
}
END_TEST

START_TEST(ranks_by_counting)
{
    double scores[] = {3, 1, 2, 2, 5, 2, -1}, sorted[7], asked[CA_ENSEMBLE_BLOCK], found[CA_ENSEMBLE_BLOCK];
    for (size_t i = 0; i < CA_ENSEMBLE_BLOCK; i++) {
        asked[i] = (double)(i % 20) / 2 - 2;
        found[i] = (double)i;       /* it is added to */
    }
    memcpy(sorted, scores, sizeof scores);
    ca_arena arena;
    ca_arena_init(&arena);
    ca_ranks ranks;
    ck_assert_int_eq(ca_ranks_fit(sorted, 7, &arena, &ranks, NULL), 0);
    ca_ranks_add(&ranks, asked, found);
    for (size_t i = 0; i < CA_ENSEMBLE_BLOCK; i++) {
        double above = 0, equal = 0;
        for (size_t j = 0; j < 7; j++) {
            above += scores[j] > asked[i];
            equal += scores[j] == asked[i];
        }
        ck_assert_double_le(fabs(found[i] - (double)i + log(fmax(above + equal / 2, .5) / 7)), 1e-12);
    }
    ca_arena_done(&arena);
}
END_TEST

/* One column of each kind: wide, mostly the same, nearly always the same, never, always missing. */
START_TEST(scales_by_hand)
{
    enum { FEW = 101, KINDS = 5 };
    double cells[FEW * KINDS], low[KINDS], high[KINDS], z[4], row[KINDS] = {10, 0, 0, 7, 0};
    float bent[4];
    for (size_t i = 0; i < FEW; i++) {
        cells[i * KINDS] = (double)i;
        cells[i * KINDS + 1] = i < 20 ? 3.29 : 0;
        cells[i * KINDS + 2] = i < 2 ? 5 : 0;
        cells[i * KINDS + 3] = 7;
        cells[i * KINDS + 4] = (double)NAN;
    }
    for (size_t j = 0; j < KINDS; j++) {
        low[j] = j == 3 ? 7 : j == 4 ? (double)INFINITY : 0;
        high[j] = j == 0 ? 100 : j == 1 ? 3.29 : j == 2 ? 5 : j == 3 ? 7 : -(double)INFINITY;
    }
    ca_arena arena;
    ca_arena_init(&arena);
    ca_sample sample = {.rows = cells, .count = FEW, .columns = KINDS, .low = low, .high = high};
    ca_scales scales;
    ck_assert_int_eq(ca_scales_fit(&sample, &arena, &arena, &scales, NULL), 0);
    ck_assert_uint_eq(scales.count, 3);
    ck_assert_double_le(fabs(scales.of[0].median - 50), 1e-12);
    ck_assert_double_le(fabs(scales.of[0].scale - 50 / 1.349), 1e-12);
    ck_assert_double_le(fabs(scales.of[0].deviation - sqrt(101.0 * 101 - 1) / sqrt(12)), 1e-9);
    ck_assert_double_le(fabs(scales.of[1].scale - 1), 1e-12);
    ck_assert_double_le(fabs(scales.of[2].scale - scales.of[2].deviation), 0);
    ck_assert_double_le(fabs(scales.of[2].deviation - 5 * sqrt(2 / 101.0 * 99 / 101.0)), 1e-12);
    row[2] = (double)NAN;
    ca_scales_apply(&scales, row, 1, z, bent);
    ck_assert_float_le(fabsf(bent[0] - (float)asinh(-40 / 50.0 * 1.349)), 1e-6f);
    ck_assert_float_le(fabsf(bent[1]), 0);
    ck_assert_float_le(fabsf(bent[2]), 0);
    ck_assert_float_le(fabsf(bent[3] - 1), 0);
    ck_assert_double_le(fabs(z[0] + 40 / scales.of[0].deviation), 1e-12);
    ck_assert_double_le(fabs(z[2] + scales.of[2].mean / scales.of[2].deviation), 1e-12);
    ca_sample constant = {.rows = cells + 3, .count = 1, .columns = 1, .low = low + 3, .high = high + 3};
    ck_assert_int_eq(ca_scales_fit(&constant, &arena, &arena, &scales, NULL), CA_END);
    ca_arena_done(&arena);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, voronoi_by_plain_distances);
    tcase_add_test(tcase, trimmed_covariance_by_plain_sums);
    tcase_add_test(tcase, trimmed_covariance_of_what_has_none);
    tcase_add_test(tcase, average_paths);
    tcase_add_test(tcase, forest_of_one_that_differs);
    tcase_add_test(tcase, forest_by_parting_rows);
    tcase_add_test(tcase, histograms_by_hand);
    tcase_add_test(tcase, ranks_by_counting);
    tcase_add_test(tcase, scales_by_hand);
}

CA_CHECK_MAIN("score/ensemble_channels", add_tests)
