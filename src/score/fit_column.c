/* One column of a population: its scale, its peers, the distance of everybody from his own, and the tail of these. */
#include <math.h>
#include <string.h>

#include "score/fit_inside.h"
#include "score/numbers.h"

#define LOW_SHARE .05       /* of values */

static const double quantile_shares[CA_QUANTILES] = {.05, .25, .5, .75, .95};

/* --- Transform ---------------------------------------------------------------------------------------------------------- */

/* What is present of `numbers`, in order, in `work`. */
static size_t sort_present(ca_score_fitting *fit, const double *numbers)
{
    size_t count = 0;
    for (size_t i = 0; i < fit->source.count; i++)
        if (!isnan(numbers[i]))
            fit->work[count++] = numbers[i];
    ca_numbers_sort(fit->work, count, fit->scratch);
    return count;
}

static int read_values(ca_score_fitting *fit, size_t column, bool transformed, ca_error *err)
{
    double exposures[CA_SCORE_BLOCK];
    const ca_score_column *of = &fit->model->each[column];
    for (size_t first = 0; first < fit->source.count; first += CA_SCORE_BLOCK) {
        size_t count = ca_score_source_block(&fit->source, first);
        int rc = ca_score_source_read(&fit->source, column, first, count, fit->x + first, exposures, err);
        if (rc < 0)
            return rc;
        for (size_t i = first; i < first + count && transformed; i++)
            fit->x[i] = ca_score_forward(&fit->model->features[column], of, fit->x[i], exposures[i - first]);
    }
    return 0;
}

/* The constant with which logarithms lie as far above the median as below it (of a lognormal distribution with three parameters, by
 * quantiles): at most the 5th percentile of what is not zero, at least a tenth of that. */
static double log_constant(const double *sorted, size_t count)
{
    size_t zeros = 0;
    while (zeros < count && sorted[zeros] <= 0)
        zeros++;
    size_t from = (double)zeros >= LOW_SHARE * (double)count ? zeros : 0;
    double most = from < count ? ca_numbers_quantile(sorted + from, count - from, LOW_SHARE) : 0;
    if (!(most > 1e-30))
        return 1;
    double low = ca_numbers_quantile(sorted, count, LOW_SHARE), high = ca_numbers_quantile(sorted, count, 1 - LOW_SHARE);
    double middle = ca_numbers_quantile(sorted, count, .5), skew = low + high - 2 * middle;
    double even = skew > 0 ? (middle * middle - low * high) / skew : most;
    return fmax(most / 10, fmin(even, most));
}

static void set_constants(ca_score_fitting *fit, ca_score_transform transform, ca_score_column *column)
{
    column->scale = 1;
    if (transform == CA_SCORE_SHARE || transform == CA_SCORE_PLAIN)
        return;
    size_t count = sort_present(fit, fit->x);
    if (transform == CA_SCORE_LOG) {
        column->shift = log_constant(fit->work, count);
    } else if (count > 0) {
        column->shift = ca_numbers_quantile(fit->work, count, .5);
        double scale = ca_numbers_scale(fit->work, count);
        column->scale = scale > 1e-30 ? scale : 1;
    }
}

/* --- Peers -------------------------------------------------------------------------------------------------------------- */

static void keep_members(ca_score_fitting *fit, ca_peer_cell *cell, const ca_cell_span *span, size_t column)
{
    for (uint32_t i = span->from; i < span->to; i++) {
        uint32_t entity = fit->cells.order[i];
        uint64_t digest = ca_peer_digest(ca_score_table_id(fit->source.table, entity));
        for (uint32_t member = 0; member < cell->members; member++)
            if (cell->digests[member] == digest)
                cell->values[column * cell->members + member] = (float)fit->x[entity];
    }
}

static void measure_cells(ca_score_fitting *fit, size_t column)
{
    ca_score_model *model = fit->model;
    for (size_t i = 0; i < model->cell_count; i++) {
        const ca_cell_span *span = &fit->cells.spans[i];
        size_t count = 0;
        for (uint32_t at = span->from; at < span->to; at++)
            if (!isnan(fit->x[fit->cells.order[at]]))
                fit->work[count++] = fit->x[fit->cells.order[at]];
        ca_numbers_sort(fit->work, count, fit->scratch);
        model->stats[column * model->cell_count + i] = ca_peer_stats_of(fit->work, count);
        if (model->cells[i].digests)
            keep_members(fit, &model->cells[i], span, column);
    }
    ca_peer_views(model, column);
}

/* The column over all: what drift is measured by, and whether it says anything. */
static void measure_all(ca_score_fitting *fit, ca_score_column *column)
{
    size_t count = sort_present(fit, fit->x);
    column->present = fit->source.count ? (double)count / (double)fit->source.count : 0;
    column->use = count <= CA_CELL_LEAST || fit->work[0] >= fit->work[count - 1] ? CA_SCORE_CONSTANT : CA_SCORE_USED;
    for (unsigned i = 0; i < CA_QUANTILES && count > 0; i++)
        column->quantiles[i] = ca_numbers_quantile(fit->work, count, quantile_shares[i]);
    column->spread = count > 0 ? ca_numbers_scale(fit->work, count) : 0;
}

static void set_residual(ca_score_fitting *fit, size_t column, size_t entity, double exposure)
{
    fit->residuals[entity] = fit->variances[entity] = NAN;
    if (isnan(fit->x[entity]))
        return;
    ca_peer_view view = ca_peer_look(fit->model, column, ca_score_source_at(&fit->source, entity));
    if (view.variance > 0) {
        double median = ca_score_nearest(&fit->model->features[column], view.median, exposure);
        fit->variances[entity] = view.variance;
        fit->residuals[entity] = (fit->x[entity] - median) / sqrt(view.variance);
    }
}

static int set_residuals(ca_score_fitting *fit, size_t column, ca_error *err)
{
    double values[CA_SCORE_BLOCK], exposures[CA_SCORE_BLOCK];
    for (size_t first = 0; first < fit->source.count; first += CA_SCORE_BLOCK) {
        size_t count = ca_score_source_block(&fit->source, first);
        int rc = ca_score_source_read(&fit->source, column, first, count, values, exposures, err);
        if (rc < 0)
            return rc;
        for (size_t i = 0; i < count; i++)
            set_residual(fit, column, first + i, exposures[i]);
    }
    return 0;
}

/* Turns residuals into z. */
static int weigh_volume(ca_score_fitting *fit, size_t column, ca_error *err)
{
    double values[CA_SCORE_BLOCK], exposures[CA_SCORE_BLOCK];
    const ca_score_column *of = &fit->model->each[column];
    for (size_t first = 0; first < fit->source.count; first += CA_SCORE_BLOCK) {
        size_t count = ca_score_source_block(&fit->source, first);
        int rc = ca_score_source_read(&fit->source, column, first, count, values, exposures, err);
        if (rc < 0)
            return rc;
        for (size_t i = 0; i < count; i++)
            fit->residuals[first + i] /= ca_score_deviation(of, &fit->model->features[column], fit->variances[first + i], exposures[i]);
    }
    return 0;
}

/* --- Tail --------------------------------------------------------------------------------------------------------------- */

static int fit_tail(ca_score_fitting *fit, size_t column, ca_error *err)
{
    int direction = fit->model->features[column].direction;
    ca_score_column *of = &fit->model->each[column];
    double *towards = fit->variances, sum = 0;     /* no longer needed */
    for (size_t i = 0; i < fit->source.count; i++) {
        towards[i] = ca_score_towards(direction, fit->residuals[i]);
        sum += ca_score_clipped(fit->residuals[i]);
    }
    fit->z_means[column] = sum / (double)fit->source.count;
    return direction == 0 ? 0 : ca_fit_tails(fit, towards, &of->tails, err);
}

int ca_fit_column(ca_score_fitting *fit, size_t column, ca_error *err)
{
    ca_score_column *of = &fit->model->each[column];
    int rc = read_values(fit, column, false, err);
    if (rc == 0) {
        set_constants(fit, fit->model->features[column].transform, of);
        rc = read_values(fit, column, true, err);
    }
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < fit->source.count; i++)
        fit->x[i] = (double)(float)fit->x[i];      /* as members are kept */
    measure_all(fit, of);
    measure_cells(fit, column);
    rc = set_residuals(fit, column, err);
    if (rc < 0)
        return rc;
    if (of->use == CA_SCORE_CONSTANT) {
        for (size_t i = 0; i < fit->source.count; i++)
            fit->residuals[i] = NAN;
        of->part = 1;
        return ca_matrix_add(fit->z, fit->residuals, err);
    }
    rc = ca_fit_funnel(fit, column, err);
    if (rc == 0)
        rc = weigh_volume(fit, column, err);
    if (rc == 0)
        rc = ca_matrix_add(fit->z, fit->residuals, err);
    return rc < 0 ? rc : fit_tail(fit, column, err);
}
