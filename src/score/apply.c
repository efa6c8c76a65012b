/* Scores of the entities of a table by a model. */
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "score/apply_inside.h"
#include "score/fit_inside.h"

#define MONEY_MOST 9.0e18

void ca_score_results_free(ca_score_results *results)
{
    if (!results)
        return;
    ca_free(results->entities);
    ca_free(results->leads);
    ca_free(results);
}

static int32_t rounded(double level)
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

static void add_money(const ca_score_model *model, size_t column, const ca_peer_place *peers, double value, double exposure,
                      ca_score_result *to)
{
    ca_peer_view view = ca_peer_look(model, column, peers);
    double excess = (exposure > 0 ? exposure : 1) * (value - ca_score_median(model, column, &view, exposure));
    if (excess > (double)to->excess)
        to->excess = excess < MONEY_MOST ? llrint(excess) : (int64_t)MONEY_MOST;
}

/* Of the entities of a block. */
static int add_excess(const ca_channels *channels, size_t first, size_t count, ca_score_results *results, ca_error *err)
{
    double values[CA_SCORE_BLOCK], exposures[CA_SCORE_BLOCK];
    const ca_score_model *model = channels->model;
    for (size_t column = 0; column < channels->source->features; column++) {
        if (!model->features[column].money)
            continue;
        int rc = ca_score_source_read(channels->source, column, first, count, values, exposures, err);
        if (rc < 0)
            return rc;
        for (size_t i = 0; i < channels->count; i++) {
            size_t at = channels->entities[i] - first;
            ca_score_result *to = &results->entities[first + at];
            if (!isnan(values[at]) && to->rank > 0)
                add_money(model, column, &channels->peers[i], values[at], exposures[at], to);
        }
    }
    return 0;
}

/* --- Scores ------------------------------------------------------------------------------------------------------------- */

void ca_score_run(ca_channels *channels)
{
    ca_channels_levels(channels);
    ca_channels_statistics(channels);
    ca_channels_join(channels);
    ca_channels_total(channels);
}

void ca_score_keep(const ca_channels *channels, size_t i, ca_score_result *to)
{
    to->rank = 1;      /* it has one; which is known later */
    to->score = rounded(channels->total[i]);
    for (unsigned c = 0; c < CA_SCORE_CHANNELS; c++)
        to->channels[c] = rounded(channels->channel_levels[c][i]);
}

static void keep_scores(const ca_channels *channels, ca_score_results *results)
{
    for (size_t i = 0; i < channels->count; i++) {
        if (isnan(channels->total[i]))
            continue;
        ca_score_result *to = &results->entities[channels->entities[i]];
        ca_score_keep(channels, i, to);
        to->p = exp(-ca_channels_level(channels, &channels->model->total, i, channels->total[i]));
    }
}

/* Scores, unless fitting has left them, and money. */
static int score_all(const ca_score_source *source, const ca_score_model *model, bool scored, ca_score_results *results, ca_error *err)
{
    ca_channels channels;
    int rc = ca_channels_new(model, source, &channels, err);
    if (rc < 0)
        return rc;
    for (size_t first = 0; first < source->count && rc == 0; first += CA_SCORE_BLOCK) {
        size_t count = ca_score_source_block(source, first);
        if (scored) {
            ca_channels_begin(&channels, first, count, false);
        } else {
            rc = ca_channels_z(&channels, first, count, false, err);
            if (rc < 0)
                break;
            ca_score_run(&channels);
            keep_scores(&channels, results);
        }
        rc = add_excess(&channels, first, count, results, err);
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

static ca_score_results *results_new(size_t count)
{
    ca_score_results *results = ca_alloc_zero(1, sizeof *results);
    if (!results)
        return NULL;
    results->count = count;
    results->entities = ca_alloc_zero(count + 1, sizeof *results->entities);
    if (!results->entities) {
        ca_free(results);
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        results->entities[i].p = results->entities[i].q = 1;
    return results;
}

static int apply(const ca_score_model *model, ca_score_table *table, const ca_score_settings *settings, bool scored,
                 ca_score_results *results, ca_error *err)
{
    ca_score_source source = ca_score_source_of(table);
    int rc = score_all(&source, model, scored, results, err);
    for (size_t i = 0; i < results->count; i++)
        results->scored += results->entities[i].rank > 0;
    if (rc == 0)
        rc = ca_score_rank(model, table, results, err);
    return rc < 0 ? rc : ca_score_choose(model, &source, settings, results, err);
}

int ca_score_apply(const ca_score_model *model, ca_score_table *table, const ca_score_settings *settings,
                   ca_score_results **ret_results, ca_error *err)
{
    int rc = ca_score_check(model, table, err);
    if (rc < 0)
        return rc;
    ca_score_results *results = results_new(table->count);
    rc = results ? apply(model, table, settings, false, results, err) : ca_error_nomem(err);
    if (rc < 0) {
        ca_score_results_free(results);
        return rc;
    }
    *ret_results = results;
    return 0;
}

int ca_score_fit_apply(ca_score_table *table, const ca_linalg *linalg, const ca_score_settings *settings, ca_score_model **ret_model,
                       ca_score_results **ret_results, ca_error *err)
{
    ca_score_model *model = NULL;
    bool scored = false;
    ca_score_results *results = results_new(table->count);
    int rc = results ? ca_fit_model(table, linalg, results, &scored, &model, err) : ca_error_nomem(err);
    if (rc == 0)
        rc = apply(model, table, settings, scored, results, err);
    if (rc < 0) {
        ca_score_model_free(model);
        ca_score_results_free(results);
        return rc;
    }
    *ret_model = model;
    *ret_results = results;
    return 0;
}
