/* Trimmed covariance: the squared distance of each row from the middle of the most ordinary rows, in the shape of their cloud. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "score/ensemble_parts.h"

enum { ROUNDS = 5 };
static const double kept_first = .75, kept_later = .9, shrunk_first = .02;
static const double least_ridge = 1e-12;    /* of columns whose variance is 1 */
static const double farthest = 1e300;

typedef struct trimming {
    ca_trimmed *trimmed;
    const double *z;
    size_t count;
    double *distances;      /* squared */
    double *sorted;
    double *block;
    double *products;
} trimming;

/* The block becomes differences from the mean. */
static void rate(const ca_trimmed *trimmed, double *block, double *ret_scores)
{
    size_t n = trimmed->n;
    for (size_t i = 0; i < CA_ENSEMBLE_BLOCK; i++)
        for (size_t j = 0; j < n; j++)
            block[i * n + j] -= trimmed->mean[j];
    if (trimmed->factor != NULL)
        trimmed->linalg->solve_rows(trimmed->factor, n, block, CA_ENSEMBLE_BLOCK, n);
    for (size_t i = 0; i < CA_ENSEMBLE_BLOCK; i++) {
        double sum = 0;
        for (size_t j = 0; j < n; j++)
            sum += block[i * n + j] * block[i * n + j];
        ret_scores[i] = sum < farthest ? sum : farthest;
    }
}

void ca_trimmed_rate(const ca_trimmed *trimmed, double *z, double *ret_scores)
{
    rate(trimmed, z, ret_scores);
    for (size_t i = 0; i < CA_ENSEMBLE_BLOCK; i++)
        ret_scores[i] = ca_rounded_score(ret_scores[i]);
}

static size_t block_rows(const trimming *fitting, size_t first)
{
    return fitting->count - first < CA_ENSEMBLE_BLOCK ? fitting->count - first : CA_ENSEMBLE_BLOCK;
}

static void measure(trimming *fitting)
{
    size_t n = fitting->trimmed->n;
    double scores[CA_ENSEMBLE_BLOCK];
    for (size_t first = 0; first < fitting->count; first += CA_ENSEMBLE_BLOCK) {
        size_t rows = block_rows(fitting, first);
        memset(fitting->block, 0, CA_ENSEMBLE_BLOCK * n * sizeof *fitting->block);
        memcpy(fitting->block, fitting->z + first * n, rows * n * sizeof *fitting->block);
        rate(fitting->trimmed, fitting->block, scores);
        memcpy(fitting->distances + first, scores, rows * sizeof *scores);
    }
}

/* Those that are not kept get an infinite distance. Of equal ones at the limit the first are kept. */
static void keep_closest(trimming *fitting, size_t keep)
{
    memcpy(fitting->sorted, fitting->distances, fitting->count * sizeof *fitting->sorted);
    qsort(fitting->sorted, fitting->count, sizeof *fitting->sorted, ca_compare_doubles);
    double limit = fitting->sorted[keep - 1];
    size_t below = 0;
    while (fitting->sorted[below] < limit)
        below++;
    for (size_t i = 0; i < fitting->count; i++) {
        bool kept = fitting->distances[i] < limit || (fitting->distances[i] == limit && below < keep);
        below += kept && fitting->distances[i] == limit;
        if (!kept)
            fitting->distances[i] = (double)INFINITY;
    }
}

static void set_mean(trimming *fitting, size_t keep)
{
    size_t n = fitting->trimmed->n;
    double *mean = fitting->trimmed->mean;
    memset(mean, 0, n * sizeof *mean);
    for (size_t i = 0; i < fitting->count; i++)
        for (size_t j = 0; j < n && !isinf(fitting->distances[i]); j++)
            mean[j] += fitting->z[i * n + j];
    for (size_t j = 0; j < n; j++)
        mean[j] /= (double)keep;
}

static void add_products(trimming *fitting)
{
    size_t n = fitting->trimmed->n, held = 0;
    memset(fitting->products, 0, n * n * sizeof *fitting->products);
    for (size_t i = 0; i < fitting->count; i++) {
        if (isinf(fitting->distances[i]))
            continue;
        for (size_t j = 0; j < n; j++)
            fitting->block[held * n + j] = fitting->z[i * n + j] - fitting->trimmed->mean[j];
        if (++held == CA_ENSEMBLE_BLOCK) {
            fitting->trimmed->linalg->add_products(fitting->block, held, n, n, fitting->products);
            held = 0;
        }
    }
    if (held > 0)
        fitting->trimmed->linalg->add_products(fitting->block, held, n, n, fitting->products);
}

/* Where a covariance cannot be factored, more of it is shrunk away; all of it leaves a multiple of the unit matrix. */
static void set_factor(trimming *fitting, double *factor, size_t keep)
{
    size_t n = fitting->trimmed->n;
    double trace = 0;
    for (size_t j = 0; j < n; j++)
        trace += fitting->products[j * n + j] / (double)keep;
    double ridge = fmax(trace / (double)n, least_ridge), shrunk = shrunk_first;
    bool factored = false;
    for (; !factored; shrunk = fmin(1, shrunk * 10)) {
        for (size_t i = 0; i < n * n; i++)
            factor[i] = fitting->products[i] / (double)keep * (1 - shrunk);
        for (size_t j = 0; j < n; j++)
            factor[j * n + j] += shrunk * ridge + least_ridge;
        factored = fitting->trimmed->linalg->factor(factor, n) || shrunk == 1;
    }
    fitting->trimmed->factor = factor;
}

static size_t share_of(size_t count, double share)
{
    size_t keep = (size_t)(share * (double)count);
    return keep > 0 ? keep : 1;
}

int ca_trimmed_fit(const ca_linalg *linalg, const double *z, size_t count, size_t n, const double *center, ca_arena *model,
                   ca_arena *work, ca_trimmed *ret_trimmed, ca_error *err)
{
    ca_trimmed trimmed = {.linalg = linalg, .n = n, .mean = ca_arena_array(model, n, sizeof(double))};
    trimming fitting = {.trimmed = &trimmed, .z = z, .count = count};
    double *factor = ca_arena_array(model, n * n, sizeof *factor);
    fitting.products = ca_arena_array(work, n * n, sizeof(double));
    fitting.distances = ca_arena_array(work, count, sizeof(double));
    fitting.sorted = ca_arena_array(work, count, sizeof(double));
    fitting.block = ca_arena_array(work, CA_ENSEMBLE_BLOCK * n, sizeof(double));
    if (trimmed.mean == NULL || factor == NULL || fitting.products == NULL || fitting.distances == NULL ||
        fitting.sorted == NULL || fitting.block == NULL)
        return ca_error_nomem(err);
    memcpy(trimmed.mean, center, n * sizeof *center);
    for (int round = 0; round < ROUNDS; round++) {
        size_t keep = share_of(count, round == 0 ? kept_first : kept_later);
        measure(&fitting);
        keep_closest(&fitting, keep);
        set_mean(&fitting, keep);
        add_products(&fitting);
        set_factor(&fitting, factor, keep);
    }
    *ret_trimmed = trimmed;
    return 0;
}
