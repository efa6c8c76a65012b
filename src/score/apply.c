/* Scores of the entities of a table by a model. */
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "score/apply_inside.h"

#define MONEY_MOST 9.0e18

void ca_score_results_free(ca_score_results *results)
{
    if (!results)
        return;
    ca_free(results->entities);
    ca_free(results->leads);
    ca_free(results);
}

int32_t ca_score_round(double level)
{
    return (int32_t)llrint(level * 1e6);
}

/* --- Money -------------------------------------------------------------------------------------------------------------- */

double ca_score_median(const ca_score_model *model, size_t column, const ca_peer_view *view, double exposure)
{
    if (view->peers == 0)
        return NAN;
    double median = ca_score_back(&model->features[column], &model->each[column], view->median, exposure);
    return isfinite(median) ? median : NAN;
}

static int add_excess(ca_score_source *source, const ca_score_model *model, size_t column, ca_score_results *results, ca_error *err)
{
    double values[CA_SCORE_BLOCK], exposures[CA_SCORE_BLOCK];
    for (size_t first = 0; first < source->count; first += CA_SCORE_BLOCK) {
        size_t count = ca_score_source_block(source, first);
        int rc = ca_score_source_read(source, column, first, count, values, exposures, err);
        if (rc < 0)
            return rc;
        for (size_t i = 0; i < count; i++) {
            if (isnan(values[i]))
                continue;
            ca_peer_view view = ca_peer_look(model, column, ca_score_source_at(source, first + i));
            double weight = exposures[i] > 0 ? exposures[i] : 1;
            double excess = weight * (values[i] - ca_score_median(model, column, &view, exposures[i]));
            if (excess > (double)results->entities[first + i].excess)
                results->entities[first + i].excess = excess < MONEY_MOST ? llrint(excess) : (int64_t)MONEY_MOST;
        }
    }
    return 0;
}

static int measure_excess(ca_score_source *source, const ca_score_model *model, ca_score_results *results, ca_error *err)
{
    int rc = 0;
    for (size_t column = 0; column < source->features && rc == 0; column++)
        if (model->features[column].money)
            rc = add_excess(source, model, column, results, err);
    return rc;
}

/* --- Scores ------------------------------------------------------------------------------------------------------------- */

void ca_score_run(ca_channels *channels)
{
    ca_channels_levels(channels);
    ca_channels_statistics(channels);
    ca_channels_join(channels);
    ca_channels_total(channels);
}

static void keep_scores(const ca_channels *channels, ca_score_results *results)
{
    for (size_t i = 0; i < channels->count; i++) {
        ca_score_result *to = &results->entities[channels->first + i];
        to->p = to->q = 1;
        if (isnan(channels->total[i]))
            continue;
        to->rank = 1;      /* it has one; which is known later */
        results->scored++;
        to->score = ca_score_round(channels->total[i]);
        for (unsigned c = 0; c < CA_SCORE_CHANNELS; c++)
            to->channels[c] = ca_score_round(channels->channel_levels[c][i]);
        to->p = exp(-ca_channels_level(channels, &channels->model->total, i, channels->total[i]));
    }
}

static int score_all(ca_score_source *source, const ca_score_model *model, ca_score_results *results, ca_error *err)
{
    ca_channels channels;
    int rc = ca_channels_new(model, source, &channels, err);
    if (rc < 0)
        return rc;
    for (size_t first = 0; first < source->count && rc == 0; first += CA_SCORE_BLOCK) {
        rc = ca_channels_z(&channels, first, ca_score_source_block(source, first), err);
        if (rc == 0) {
            ca_score_run(&channels);
            keep_scores(&channels, results);
        }
    }
    ca_channels_done(&channels);
    return rc;
}

int ca_score_check(const ca_score_model *model, const ca_score_table *table, ca_error *err)
{
    if (ca_score_model_same(model, table))
        return 0;
    return ca_error_set(err, CA_CONFIG, "the model of %s has other features than this run: fit it again", model->kind);
}

int ca_score_apply(const ca_score_model *model, ca_score_table *table, const ca_score_settings *settings,
                   ca_score_results **ret_results, ca_error *err)
{
    ca_score_source source = ca_score_source_of(table);
    int rc = ca_score_check(model, table, err);
    if (rc < 0)
        return rc;
    ca_score_results *results = ca_alloc_zero(1, sizeof *results);
    if (results) {
        results->count = source.count;
        results->entities = ca_alloc_zero(source.count + 1, sizeof *results->entities);
    }
    rc = results && results->entities ? ca_score_source_place(&source, model, 0, source.count, err) : ca_error_nomem(err);
    if (rc == 0)
        rc = score_all(&source, model, results, err);
    if (rc == 0)
        rc = measure_excess(&source, model, results, err);
    if (rc == 0)
        rc = ca_score_rank(results, err);
    if (rc == 0)
        rc = ca_score_choose(model, &source, settings, results, err);
    ca_score_source_done(&source);
    if (rc < 0) {
        ca_score_results_free(results);
        return rc;
    }
    *ret_results = results;
    return 0;
}
