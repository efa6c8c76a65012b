/* One column of a population: its scale, its peers, the distance of everybody from his own, and the tail of these. */
#include <math.h>
#include <string.h>

#include "score/fit_inside.h"
#include "score/numbers.h"
#include "score/scorer.h"

#define LOW_SHARE .05       /* of values */

static const double quantile_shares[CA_QUANTILES] = {.05, .25, .5, .75, .95};

/* --- Values ------------------------------------------------------------------------------------------------------------- */

/* How many there are. */
static int read_values(ca_score_fitting *fit, size_t column, size_t *ret_known, ca_error *err)
{
    double values[CA_SCORE_BLOCK], exposures[CA_SCORE_BLOCK];
    size_t known = 0;
    for (size_t first = 0; first < fit->source.count; first += CA_SCORE_BLOCK) {
        size_t count = ca_score_source_block(&fit->source, first);
        int rc = ca_score_source_read(&fit->source, column, first, count, values, exposures, err);
        if (rc < 0)
            return rc;
        for (size_t i = 0; i < count; i++) {
            size_t place = fit->places[first + i];
            fit->values[place] = values[i];
            fit->exposures[place] = exposures[i];
            known += isnan(values[i]) ? 0 : 1;
        }
    }
    *ret_known = known;
    return 0;
}

/* Draws those of whom the column's scale and tails are learned. */
static void draw(ca_score_fitting *fit, size_t known)
{
    uint64_t draws = ca_fit_draws(fit, known, CA_FIT_DRAWN);
    fit->known = 0;
    for (size_t place = 0; place < fit->source.count && fit->known < fit->room; place++)
        if (!isnan(fit->values[place]) && ca_fit_is_drawn(fit, place, draws))
            fit->at[fit->known++] = (uint32_t)place;
    for (size_t i = 0; i < fit->known; i++) {
        fit->numbers[i] = fit->values[fit->at[i]];
        fit->volumes[i] = fit->exposures[fit->at[i]];
    }
}

/* On the scale of the model, in single precision, as members are kept. */
static void transform(ca_score_fitting *fit, size_t column)
{
    const ca_score_feature *feature = &fit->model->features[column];
    const ca_score_column *of = &fit->model->each[column];
    for (size_t place = 0; place < fit->source.count; place++)
        fit->x[place] = (float)ca_score_forward(feature, of, fit->values[place], fit->exposures[place]);
    for (size_t i = 0; i < fit->known; i++)
        fit->numbers[i] = (double)fit->x[fit->at[i]];
}

/* --- Transform ---------------------------------------------------------------------------------------------------------- */

/* The numbers of the column in order, in `work`. */
static void sort_numbers(ca_score_fitting *fit)
{
    memcpy(fit->work, fit->numbers, fit->known * sizeof *fit->work);
    ca_numbers_sort(fit->work, fit->known, fit->scratch);
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

static void set_constants(ca_score_fitting *fit, ca_score_transform scale_of, ca_score_column *column)
{
    column->scale = 1;
    if (scale_of == CA_SCORE_SHARE || scale_of == CA_SCORE_PLAIN)
        return;
    sort_numbers(fit);
    if (scale_of == CA_SCORE_LOG) {
        column->shift = log_constant(fit->work, fit->known);
    } else if (fit->known > 0) {
        column->shift = ca_numbers_quantile(fit->work, fit->known, .5);
        double scale = ca_numbers_scale(fit->work, fit->known);
        column->scale = scale > 1e-30 ? scale : 1;
    }
}

/* The column over all: what drift is measured by, and whether it says anything. */
static ca_peer_stats measure_all(ca_score_fitting *fit, ca_score_column *column, size_t known)
{
    size_t count = fit->known;
    sort_numbers(fit);
    column->present = fit->source.count ? (double)known / (double)fit->source.count : 0;
    column->use = count <= CA_CELL_LEAST || fit->work[0] >= fit->work[count - 1] ? CA_SCORE_CONSTANT : CA_SCORE_USED;
    for (unsigned i = 0; i < CA_QUANTILES && count > 0; i++)
        column->quantiles[i] = ca_numbers_quantile(fit->work, count, quantile_shares[i]);
    ca_peer_stats stats = ca_peer_stats_of(fit->work, count);
    column->spread = stats.scale;
    return stats;
}

/* --- Peers -------------------------------------------------------------------------------------------------------------- */

static void keep_members(ca_score_fitting *fit, uint32_t index, size_t column)
{
    float values[CA_CELL_NAMED];
    ca_peer_cell *cell = &fit->model->cells[index];
    for (uint32_t i = 0; i < cell->members; i++)
        values[i] = NAN;
    for (size_t i = fit->cells.spans[index].from; i < fit->cells.spans[index].to; i++) {
        size_t place = fit->cells.order[i];
        uint32_t above = fit->peers[place].cell;
        unsigned depth = 0;
        for (; above != index; above = fit->model->cells[above].parent)
            depth++;
        values[fit->peers[place].members[depth]] = fit->x[place];
    }
    ca_peer_keep(cell, column, values);
}

/* How many of a cell have a value. */
static size_t count_known(const ca_score_fitting *fit, const ca_cell_span *span)
{
    size_t known = 0;
    for (size_t i = span->from; i < span->to; i++)
        known += isnan(fit->x[fit->cells.order[i]]) ? 0 : 1;
    return known;
}

/* Those who have a value and are drawn, in `work`. */
static size_t gather(ca_score_fitting *fit, const ca_cell_span *span, uint64_t draws)
{
    size_t count = 0;
    for (size_t i = span->from; i < span->to && count < fit->room; i++) {
        size_t place = fit->cells.order[i];
        fit->work[count] = (double)fit->x[place];
        count += !isnan(fit->x[place]) && ca_fit_is_drawn(fit, place, draws);
    }
    return count;
}

static ca_peer_stats measure_cell(ca_score_fitting *fit, uint32_t cell)
{
    const ca_cell_span *span = &fit->cells.spans[cell];
    size_t wanted = fit->model->cells[cell].level == CA_SCORE_BY_CELL ? CA_FIT_CELL : CA_FIT_SPECIALTY;
    bool all = !fit->draws || span->to - span->from <= wanted;
    size_t known = all ? 0 : count_known(fit, span), count = gather(fit, span, ca_fit_draws(fit, known, wanted));
    ca_numbers_sort(fit->work, count, fit->scratch);
    ca_peer_stats stats = ca_peer_stats_of(fit->work, count);
    stats.count = (uint32_t)(all ? count : known);
    return stats;
}

static void measure_cells(ca_score_fitting *fit, size_t column, const ca_peer_stats *all)
{
    ca_score_model *model = fit->model;
    for (uint32_t i = 0; i < model->cell_count; i++) {
        model->stats[column * model->cell_count + i] = i == 0 ? *all : measure_cell(fit, i);
        if (model->cells[i].digests)
            keep_members(fit, i, column);
    }
    ca_peer_views(model, column);
}

static void set_residuals(ca_score_fitting *fit, size_t column)
{
    for (size_t i = 0; i < fit->known; i++) {
        ca_peer_view view = ca_peer_look(fit->model, column, &fit->peers[fit->at[i]]);
        fit->residuals[i] = fit->variances[i] = NAN;
        if (view.variance > 0) {
            double median = ca_score_nearest(&fit->model->features[column], view.median, fit->volumes[i]);
            fit->variances[i] = view.variance;
            fit->residuals[i] = (fit->numbers[i] - median) / sqrt(view.variance);
        }
    }
}

/* --- Distances ---------------------------------------------------------------------------------------------------------- */

/* Turns residuals into z; the tail is that of all who are drawn. */
static int fit_tail(ca_score_fitting *fit, size_t column, ca_error *err)
{
    int direction = fit->model->features[column].direction;
    ca_score_column *of = &fit->model->each[column];
    for (size_t i = 0; i < fit->known; i++)
        fit->residuals[i] /= ca_score_deviation(of, &fit->model->features[column], fit->variances[i], fit->volumes[i]);
    double *towards = fit->variances;     /* no longer needed */
    for (size_t i = 0; i < fit->known; i++)
        towards[i] = ca_score_towards(direction, fit->residuals[i]);
    return direction == 0 ? 0 : ca_fit_tails(fit, towards, fit->at, fit->known, &of->tails, err);
}

/* z of the sample; of a column that says nothing nobody has one. */
static int add_z(ca_score_fitting *fit, size_t column, ca_error *err)
{
    double sum = 0, *z = fit->work;
    bool used = fit->model->each[column].use != CA_SCORE_CONSTANT;
    for (size_t i = 0, next = 0; i < fit->count; i++) {
        while (next < fit->known && fit->at[next] < fit->sample[i])
            next++;
        bool has = used && next < fit->known && fit->at[next] == fit->sample[i];
        z[i] = has ? fit->residuals[next] : (double)NAN;
        sum += ca_score_clipped(z[i]);
    }
    fit->z_means[column] = fit->count ? sum / (double)fit->count : 0;
    return ca_matrix_add(fit->z, z, err);
}

int ca_fit_column(ca_score_fitting *fit, size_t column, ca_error *err)
{
    ca_score_column *of = &fit->model->each[column];
    size_t known;
    int rc = read_values(fit, column, &known, err);
    if (rc < 0)
        return rc;
    draw(fit, known);
    set_constants(fit, fit->model->features[column].transform, of);
    transform(fit, column);
    ca_peer_stats all = measure_all(fit, of, known);
    all.count = (uint32_t)known;
    measure_cells(fit, column, &all);
    of->part = 1;
    if (of->use != CA_SCORE_CONSTANT) {
        set_residuals(fit, column);
        ca_fit_funnel(fit, column);
        rc = fit_tail(fit, column, err);
    }
    return rc < 0 ? rc : add_z(fit, column, err);
}
