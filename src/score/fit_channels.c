/* Tails of the channels of a population: of the statistics first, then of those that are made of levels, last of their sum. */
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "score/apply_inside.h"
#include "score/fit_inside.h"
#include "score/table_inside.h"

#define STATISTICS (2 + CA_TOPS)      /* sum, distance, tops; then residuals */

typedef struct work {
    ca_channels channels;
    ca_matrix *statistics;
    double *block;
    double *best, *residual, *sums, *distances;      /* one for each entity: A, R, and the levels of S and M1 */
} work;

static void begin_block(const ca_score_fitting *fit, ca_channels *channels, size_t first)
{
    channels->count = ca_fit_block(fit, first);
    for (size_t i = 0; i < channels->count; i++)
        channels->sizes[i] = fit->sizes[fit->sample[first + i]];
    ca_tail_order_make(channels->order, fit->model->classes, channels->sizes, channels->count);
}

/* z as it was fitted. */
static int read_z(ca_score_fitting *fit, ca_channels *channels, size_t first, ca_error *err)
{
    begin_block(fit, channels, first);
    int rc = 0;
    for (size_t k = 0; k < fit->model->kept && rc == 0; k++)
        rc = ca_matrix_read(fit->z, fit->model->order[k], first, channels->count, channels->z + k * CA_SCORE_BLOCK, err);
    return rc;
}

static double *statistic(ca_channels *channels, size_t index)
{
    return index == 0 ? channels->sum : index == 1 ? channels->distance : channels->tops[index - 2];
}

static int write_statistics(ca_score_fitting *fit, work *with, ca_error *err)
{
    ca_channels *channels = &with->channels;
    size_t bytes = CA_SCORE_BLOCK * sizeof(double), directed = fit->model->directed;
    for (size_t first = 0; first < fit->count; first += CA_SCORE_BLOCK) {
        int rc = read_z(fit, channels, first, err);
        if (rc < 0)
            return rc;
        ca_channels_levels(channels);
        ca_channels_statistics(channels);
        for (size_t i = 0; i < STATISTICS; i++)
            memcpy(with->block + i * CA_SCORE_BLOCK, statistic(channels, i), bytes);
        memcpy(with->block + STATISTICS * CA_SCORE_BLOCK, channels->residuals, directed * bytes);
        rc = ca_matrix_add(with->statistics, with->block, err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int tails_of(ca_score_fitting *fit, const double *numbers, ca_tails *ret_tails, ca_error *err)
{
    return ca_fit_tails(fit, numbers, fit->sample, fit->count, ret_tails, err);
}

static int fit_statistics(ca_score_fitting *fit, work *with, ca_error *err)
{
    ca_score_model *model = fit->model;
    int rc = 0;
    for (size_t i = 0; i < STATISTICS + model->directed && rc == 0; i++) {
        ca_tails *to = i == 0 ? &model->sum : i == 1 ? &model->distance : i < STATISTICS ? &model->top[i - 2]
                                                                       : &model->each[model->order[i - STATISTICS]].residual_tails;
        rc = ca_matrix_read(with->statistics, i, 0, fit->count, fit->numbers, err);
        if (rc == 0)
            rc = tails_of(fit, fit->numbers, to, err);
    }
    return rc;
}

static int join(ca_score_fitting *fit, work *with, ca_error *err)
{
    ca_channels *channels = &with->channels;
    for (size_t first = 0; first < fit->count; first += CA_SCORE_BLOCK) {
        begin_block(fit, channels, first);
        for (size_t i = 0; i < STATISTICS + fit->model->directed; i++) {
            double *to = i < STATISTICS ? statistic(channels, i) : channels->residuals + (i - STATISTICS) * CA_SCORE_BLOCK;
            int rc = ca_matrix_read(with->statistics, i, first, channels->count, to, err);
            if (rc < 0)
                return rc;
        }
        ca_channels_join(channels);
        for (size_t i = 0; i < channels->count; i++) {
            with->best[first + i] = channels->best[i];
            with->residual[first + i] = channels->residual[i];
            with->sums[first + i] = channels->channel_levels[0][i];
            with->distances[first + i] = channels->channel_levels[2][i];
        }
    }
    return 0;
}

static ca_score_result *result_of(const ca_score_fitting *fit, size_t drawn)
{
    return &fit->results->entities[fit->rows[fit->sample[drawn]]];
}

static void keep_block(const ca_score_fitting *fit, const ca_channels *channels, size_t first)
{
    for (size_t i = 0; fit->results && i < channels->count; i++)
        if (!isnan(channels->total[i]))
            ca_score_keep(channels, i, result_of(fit, first + i));
}

/* The sum of the levels of all four, in the order of the channels. */
static int fit_total(ca_score_fitting *fit, work *with, ca_error *err)
{
    ca_score_model *model = fit->model;
    int rc = tails_of(fit, with->best, &model->best, err);
    if (rc == 0)
        rc = tails_of(fit, with->residual, &model->residual, err);
    ca_channels *channels = &with->channels;
    for (size_t first = 0; first < fit->count && rc == 0; first += CA_SCORE_BLOCK) {
        begin_block(fit, channels, first);
        size_t bytes = channels->count * sizeof(double);
        memcpy(channels->best, with->best + first, bytes);
        memcpy(channels->residual, with->residual + first, bytes);
        memcpy(channels->channel_levels[0], with->sums + first, bytes);
        memcpy(channels->channel_levels[2], with->distances + first, bytes);
        ca_channels_total(channels);
        memcpy(with->best + first, channels->total, bytes);
        keep_block(fit, channels, first);
    }
    if (rc == 0)
        rc = tails_of(fit, with->best, &model->total, err);
    for (size_t i = 0; fit->results && i < fit->count && rc == 0; i++)
        if (!isnan(with->best[i]))
            result_of(fit, i)->p = exp(-ca_tail_level(ca_fit_tail_of(fit, &model->total, i), with->best[i]));
    return rc;
}

int ca_fit_channels(ca_score_fitting *fit, ca_error *err)
{
    work with = {.best = fit->residuals, .residual = fit->variances, .sums = fit->numbers, .distances = fit->distances};
    size_t columns = STATISTICS + fit->model->directed;
    with.block = ca_alloc_zero(columns, CA_SCORE_BLOCK * sizeof *with.block);
    int rc = with.block ? ca_channels_new(fit->model, NULL, &with.channels, err) : ca_error_nomem(err);
    if (rc == 0)
        rc = ca_score_table_scratch(fit->source.table, &(ca_matrix_shape){.columns = columns, .by_blocks = true}, &with.statistics, err);
    if (rc == 0)
        rc = write_statistics(fit, &with, err);
    if (rc == 0)
        rc = fit_statistics(fit, &with, err);
    if (rc == 0)
        rc = join(fit, &with, err);
    if (rc == 0)
        rc = fit_total(fit, &with, err);
    ca_matrix_free(with.statistics);
    ca_channels_done(&with.channels);
    ca_free(with.block);
    return rc;
}
