/* How far each row is from the nearest of 16 random rows, in 100 such sets, weighed by how wide the cell of that nearest row is:
 * rows that stand alone, far from all others, and near those that stand alone. */
#include <math.h>
#include <string.h>

#include "score/ensemble_parts.h"

enum { CENTERS = CA_VORONOI_SETS * CA_VORONOI_SIZE, LANES = 4, VECTORS = 4, STEP = LANES * VECTORS };

/* Vectors as gcc and clang have them on every processor: of what is compared below compilers make jumps otherwise. */
typedef float numbers __attribute__((vector_size(LANES * sizeof(float))));
typedef int32_t choices __attribute__((vector_size(LANES * sizeof(float))));

static numbers all(float number)
{
    return (numbers){number, number, number, number};
}

static numbers chosen(choices first, numbers a, numbers b)
{
    return (numbers)(((choices)a & first) | ((choices)b & ~first));
}

/* Of each row of the block the nearest of one set: the largest of x c - |c|^2 / 2, the first of equal ones. */
static void nearest(const float *products, const float *weights, float *ret_best, float *ret_weight)
{
    for (size_t first = 0; first < CA_ENSEMBLE_BLOCK; first += STEP) {
        numbers best[VECTORS], weight[VECTORS], here[VECTORS];
        memcpy(best, products + first, sizeof best);
        for (size_t i = 0; i < VECTORS; i++)
            weight[i] = all(weights[0]);
        for (size_t c = 1; c < CA_VORONOI_SIZE; c++) {
            numbers own = all(weights[c]);
            memcpy(here, products + c * CA_ENSEMBLE_BLOCK + first, sizeof here);
            for (size_t i = 0; i < VECTORS; i++) {
                choices nearer = here[i] > best[i];
                weight[i] = chosen(nearer, own, weight[i]);
                best[i] = chosen(nearer, here[i], best[i]);
            }
        }
        memcpy(ret_best + first, best, sizeof best);
        memcpy(ret_weight + first, weight, sizeof weight);
    }
}

static void multiply(const ca_voronoi *voronoi, const float *bent)
{
    voronoi->linalg->multiply_rows_single(voronoi->centers, voronoi->stride, bent, voronoi->stride, voronoi->products,
                                          CA_ENSEMBLE_BLOCK, CENTERS, CA_ENSEMBLE_BLOCK, voronoi->stride);
}

static void set_squares(const float *bent, size_t stride, float *ret_squares)
{
    for (size_t i = 0; i < CA_ENSEMBLE_BLOCK; i++) {
        float sum = 0;
        for (size_t j = 0; j + 1 < stride; j++)
            sum += bent[i * stride + j] * bent[i * stride + j];
        ret_squares[i] = sum;
    }
}

static float distance(float square, float best)
{
    float apart = square - 2 * best;
    return sqrtf(apart > 0 ? apart : 0);
}

void ca_voronoi_rate(const ca_voronoi *voronoi, const float *bent, double *ret_scores)
{
    float squares[CA_ENSEMBLE_BLOCK], best[CA_ENSEMBLE_BLOCK], weight[CA_ENSEMBLE_BLOCK], sums[CA_ENSEMBLE_BLOCK] = {0};
    set_squares(bent, voronoi->stride, squares);
    multiply(voronoi, bent);
    for (size_t set = 0; set < CA_VORONOI_SETS; set++) {
        size_t first = set * CA_VORONOI_SIZE;
        nearest(voronoi->products + first * CA_ENSEMBLE_BLOCK, voronoi->weights + first, best, weight);
        for (size_t i = 0; i < CA_ENSEMBLE_BLOCK; i++)
            sums[i] += weight[i] * distance(squares[i], best[i]);
    }
    for (size_t i = 0; i < CA_ENSEMBLE_BLOCK; i++)
        ret_scores[i] = ca_rounded_score((double)sums[i] / CA_VORONOI_SETS);
}

static void choose_centers(const float *bent, size_t count, uint64_t seed, ca_voronoi *voronoi)
{
    size_t stride = voronoi->stride, chosen[CA_VORONOI_SIZE];
    for (size_t set = 0; set < CA_VORONOI_SETS; set++) {
        ca_draws draws = ca_draws_of(seed, CA_DRAW_SETS, set, 0);
        ca_draw_distinct(&draws, count, CA_VORONOI_SIZE, chosen);
        for (size_t i = 0; i < CA_VORONOI_SIZE; i++) {
            float *center = voronoi->centers + (set * CA_VORONOI_SIZE + i) * stride, square = 0;
            memcpy(center, bent + chosen[i] * stride, stride * sizeof *center);
            for (size_t j = 0; j + 1 < stride; j++)
                square += center[j] * center[j];
            center[stride - 1] = -square / 2;
        }
    }
}

/* Sums of distances and numbers of rows by cell; weights hold the number of their cell meanwhile. */
static void add_cells(const ca_voronoi *voronoi, const float *bent, size_t rows, double *sums, double *counts)
{
    float squares[CA_ENSEMBLE_BLOCK], best[CA_ENSEMBLE_BLOCK], number[CA_ENSEMBLE_BLOCK];
    set_squares(bent, voronoi->stride, squares);
    multiply(voronoi, bent);
    for (size_t set = 0; set < CA_VORONOI_SETS; set++) {
        size_t first = set * CA_VORONOI_SIZE;
        nearest(voronoi->products + first * CA_ENSEMBLE_BLOCK, voronoi->weights + first, best, number);
        for (size_t i = 0; i < rows; i++) {
            sums[(size_t)number[i]] += (double)distance(squares[i], best[i]);
            counts[(size_t)number[i]]++;
        }
    }
}

/* mu of the cell by the square of mu of the set. */
static void set_weights(const double *sums, const double *counts, float *weights)
{
    for (size_t set = 0; set < CA_VORONOI_SETS; set++) {
        size_t first = set * CA_VORONOI_SIZE;
        double sum = 0, count = 0;
        for (size_t i = first; i < first + CA_VORONOI_SIZE; i++) {
            sum += sums[i];
            count += counts[i];
        }
        double mean = sum / count;
        for (size_t i = first; i < first + CA_VORONOI_SIZE; i++) {
            double own = counts[i] > 0 ? sums[i] / counts[i] : mean;
            weights[i] = mean > 0 ? (float)fmin(own / (mean * mean), 1e30) : 1;
        }
    }
}

int ca_voronoi_fit(const ca_linalg *linalg, const float *bent, size_t count, size_t n, uint64_t seed, ca_arena *model,
                   ca_arena *work, ca_voronoi *ret_voronoi, ca_error *err)
{
    ca_voronoi voronoi = {.linalg = linalg, .stride = n + 1};
    voronoi.centers = ca_arena_array(model, CENTERS * voronoi.stride, sizeof *voronoi.centers);
    voronoi.weights = ca_arena_array(model, CENTERS, sizeof *voronoi.weights);
    voronoi.products = ca_arena_array(model, CENTERS * CA_ENSEMBLE_BLOCK, sizeof *voronoi.products);
    double *sums = ca_arena_array(work, CENTERS, sizeof *sums), *counts = ca_arena_array(work, CENTERS, sizeof *counts);
    float *block = ca_arena_array(work, CA_ENSEMBLE_BLOCK * voronoi.stride, sizeof *block);
    if (voronoi.centers == NULL || voronoi.weights == NULL || voronoi.products == NULL || sums == NULL || counts == NULL ||
        block == NULL)
        return ca_error_nomem(err);
    choose_centers(bent, count, seed, &voronoi);
    for (size_t i = 0; i < CENTERS; i++)
        voronoi.weights[i] = (float)i;
    for (size_t first = 0; first < count; first += CA_ENSEMBLE_BLOCK) {
        size_t rows = count - first < CA_ENSEMBLE_BLOCK ? count - first : CA_ENSEMBLE_BLOCK;
        memset(block, 0, CA_ENSEMBLE_BLOCK * voronoi.stride * sizeof *block);
        memcpy(block, bent + first * voronoi.stride, rows * voronoi.stride * sizeof *block);
        add_cells(&voronoi, block, rows, sums, counts);
    }
    set_weights(sums, counts, voronoi.weights);
    *ret_voronoi = voronoi;
    return 0;
}
