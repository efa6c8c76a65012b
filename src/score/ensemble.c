/* The generic ensemble: fits its four channels on a sample, and adds up what their ranks are worth. */
#include "score/ensemble.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "score/ensemble_parts.h"

enum { COVARIANCE, VORONOI, FOREST, HISTOGRAMS, CHANNELS };

struct ca_ensemble {
    ca_arena model;
    ca_scales scales;
    ca_trimmed trimmed;
    ca_voronoi voronoi;
    ca_forest forest;
    ca_histograms histograms;
    ca_ranks ranks[CHANNELS];
    double *rows, *z;           /* scratch: a block */
    float *bent;
    double scores[CHANNELS][CA_ENSEMBLE_BLOCK];
};

/* The block's scores by channel; z is lost. */
static void rate_block(ca_ensemble *ensemble)
{
    ca_trimmed_rate(&ensemble->trimmed, ensemble->z, ensemble->scores[COVARIANCE]);
    ca_voronoi_rate(&ensemble->voronoi, ensemble->bent, ensemble->scores[VORONOI]);
    ca_forest_rate(&ensemble->forest, ensemble->bent, ensemble->scores[FOREST]);
    ca_histograms_rate(&ensemble->histograms, ensemble->bent, ensemble->scores[HISTOGRAMS]);
}

static void clear_block(ca_ensemble *ensemble, size_t from)
{
    size_t n = ensemble->scales.count, rows = CA_ENSEMBLE_BLOCK - from;
    memset(ensemble->z + from * n, 0, rows * n * sizeof *ensemble->z);
    memset(ensemble->bent + from * (n + 1), 0, rows * (n + 1) * sizeof *ensemble->bent);
}

static int prepare_blocks(ca_ensemble *ensemble, ca_error *err)
{
    size_t n = ensemble->scales.count;
    ensemble->rows = ca_arena_array(&ensemble->model, CA_ENSEMBLE_BLOCK * ensemble->scales.columns, sizeof(double));
    ensemble->z = ca_arena_array(&ensemble->model, CA_ENSEMBLE_BLOCK * n, sizeof(double));
    ensemble->bent = ca_arena_array(&ensemble->model, CA_ENSEMBLE_BLOCK * (n + 1), sizeof(float));
    if (ensemble->rows == NULL || ensemble->z == NULL || ensemble->bent == NULL)
        return ca_error_nomem(err);
    return 0;
}

/* The scores of the sample by each channel, and their ranks. */
static int fit_ranks(ca_ensemble *ensemble, const double *z, const float *bent, size_t count, ca_arena *work, ca_error *err)
{
    size_t n = ensemble->scales.count;
    double *scores = ca_arena_array(work, CHANNELS * count, sizeof *scores);
    if (scores == NULL)
        return ca_error_nomem(err);
    for (size_t first = 0; first < count; first += CA_ENSEMBLE_BLOCK) {
        size_t rows = count - first < CA_ENSEMBLE_BLOCK ? count - first : CA_ENSEMBLE_BLOCK;
        memcpy(ensemble->z, z + first * n, rows * n * sizeof *z);
        memcpy(ensemble->bent, bent + first * (n + 1), rows * (n + 1) * sizeof *bent);
        clear_block(ensemble, rows);
        rate_block(ensemble);
        for (size_t c = 0; c < CHANNELS; c++)
            memcpy(scores + c * count + first, ensemble->scores[c], rows * sizeof *scores);
    }
    int result = 0;
    for (size_t c = 0; c < CHANNELS && result == 0; c++)
        result = ca_ranks_fit(scores + c * count, count, &ensemble->model, &ensemble->ranks[c], err);
    return result;
}

static int fit_channels(ca_ensemble *ensemble, const ca_linalg *linalg, const ca_sample *sample, uint64_t seed, ca_arena *work,
                        ca_error *err)
{
    ca_scales *scales = &ensemble->scales;
    size_t n = scales->count, count = sample->count;
    double *z = sample->rows, *center = ca_arena_array(work, n, sizeof *center);
    float *bent = ca_arena_array(work, count * (n + 1), sizeof *bent);
    if (center == NULL || bent == NULL)
        return ca_error_nomem(err);
    for (size_t j = 0; j < n; j++)
        center[j] = (scales->of[j].median - scales->of[j].mean) / scales->of[j].deviation;
    ca_scales_apply(scales, sample->rows, count, z, bent);
    int result = ca_trimmed_fit(linalg, z, count, n, center, &ensemble->model, work, &ensemble->trimmed, err);
    if (result == 0)
        result = ca_voronoi_fit(linalg, bent, count, n, seed, &ensemble->model, work, &ensemble->voronoi, err);
    if (result == 0)
        result = ca_forest_fit(bent, count, n, seed, &ensemble->model, work, &ensemble->forest, err);
    if (result == 0)
        result = ca_histograms_fit(scales, bent, count, &ensemble->model, &ensemble->histograms, err);
    if (result == 0)
        result = prepare_blocks(ensemble, err);
    if (result == 0)
        result = fit_ranks(ensemble, z, bent, count, work, err);
    return result;
}

static size_t sample_size(size_t columns)
{
    size_t rows = columns > 0 ? CA_ENSEMBLE_CELLS / columns : CA_ENSEMBLE_SAMPLE;
    return rows < CA_ENSEMBLE_SAMPLE ? rows : CA_ENSEMBLE_SAMPLE;
}

static int fit(ca_ensemble *ensemble, const ca_linalg *linalg, const ca_ensemble_rows *rows, uint64_t seed, ca_arena *work,
               ca_ensemble_facts *facts, ca_error *err)
{
    ca_sample sample;
    int result = ca_sample_take(rows, seed, sample_size(rows->columns), work, &sample, err);
    if (result != 0)
        return result;
    facts->missing = sample.missing;
    facts->sample = sample.count;
    result = ca_scales_fit(&sample, &ensemble->model, work, &ensemble->scales, err);
    facts->columns_used = result == 0 ? ensemble->scales.count : 0;
    if (result == 0 && rows->count < CA_ENSEMBLE_LEAST_ROWS)
        result = CA_END;
    if (result == 0)
        result = fit_channels(ensemble, linalg, &sample, seed, work, err);
    return result;
}

int ca_ensemble_fit(const ca_linalg *linalg, const ca_ensemble_rows *rows, uint64_t seed, ca_ensemble **ret_ensemble,
                    ca_ensemble_facts *ret_facts, ca_error *err)
{
    if (rows->columns > CA_ENSEMBLE_COLUMNS)
        return ca_error_set(err, CA_LIMIT, "%zu columns, at most %d can be scored together", rows->columns, CA_ENSEMBLE_COLUMNS);
    ca_ensemble_facts facts = {.rows = rows->count};
    ca_ensemble *ensemble = ca_alloc_zero(1, sizeof *ensemble);
    if (ensemble == NULL)
        return ca_error_nomem(err);
    ca_arena work;
    ca_arena_init(&ensemble->model);
    ca_arena_init(&work);
    int result = rows->count == 0 || rows->columns == 0 ? CA_END : fit(ensemble, linalg, rows, seed, &work, &facts, err);
    ca_arena_done(&work);
    if (result >= 0 && ret_facts != NULL)
        *ret_facts = facts;
    if (result == 0)
        *ret_ensemble = ensemble;
    else
        ca_ensemble_free(ensemble);
    return result;
}

void ca_ensemble_free(ca_ensemble *ensemble)
{
    if (ensemble != NULL)
        ca_arena_done(&ensemble->model);
    ca_free(ensemble);
}

void ca_ensemble_rate(ca_ensemble *ensemble, const double *rows, size_t count, double *ret_scores)
{
    size_t columns = ensemble->scales.columns;
    for (size_t first = 0; first < count; first += CA_ENSEMBLE_BLOCK) {
        size_t block = count - first < CA_ENSEMBLE_BLOCK ? count - first : CA_ENSEMBLE_BLOCK;
        memcpy(ensemble->rows, rows + first * columns, block * columns * sizeof *rows);
        ca_sample_clean(ensemble->rows, block * columns);
        ca_scales_apply(&ensemble->scales, ensemble->rows, block, ensemble->z, ensemble->bent);
        clear_block(ensemble, block);
        rate_block(ensemble);
        double sums[CA_ENSEMBLE_BLOCK] = {0};
        for (size_t c = 0; c < CHANNELS; c++)
            ca_ranks_add(&ensemble->ranks[c], ensemble->scores[c], sums);
        for (size_t i = 0; i < block; i++)
            ret_scores[first + i] = ca_rounded_score(sums[i]);
    }
}

typedef struct held_rows {
    const double *cells;
    size_t columns;
} held_rows;

static int read_matrix(void *state, uint64_t first, size_t count, double *to, ca_error *err)
{
    (void)err;
    const held_rows *matrix = state;
    memcpy(to, matrix->cells + (size_t)first * matrix->columns, count * matrix->columns * sizeof *to);
    return 0;
}

int ca_ensemble_score(const ca_linalg *linalg, const double *cells, size_t rows, size_t columns, uint64_t seed,
                      double *ret_scores, ca_error *err)
{
    held_rows matrix = {.cells = cells, .columns = columns};
    ca_ensemble_rows source = {.count = rows, .columns = columns, .read = read_matrix, .state = &matrix};
    ca_ensemble *ensemble = NULL;
    int result = ca_ensemble_fit(linalg, &source, seed, &ensemble, NULL, err);
    if (result != 0)
        return result;
    ca_ensemble_rate(ensemble, cells, rows, ret_scores);
    ca_ensemble_free(ensemble);
    return 0;
}
