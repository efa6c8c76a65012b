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

/* --- Transform ---------------------------------------------------------------------------------------------------------- */

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

void ca_fit_constants(ca_score_fitting *fit, size_t column, size_t count)
{
    ca_score_column *of = &fit->model->each[column];
    ca_score_transform scale_of = fit->model->features[column].transform;
    if (scale_of == CA_SCORE_LOG) {
        of->shift = log_constant(fit->work, count);
    } else if (scale_of == CA_SCORE_ASINH && count > 0) {
        of->shift = ca_numbers_quantile(fit->work, count, .5);
        double scale = ca_numbers_scale(fit->work, count);
        of->scale = scale > 1e-30 ? scale : 1;
    }
}

/* The column over all: what drift is measured by, and whether it says anything. */
static ca_peer_stats measure_all(ca_score_fitting *fit, ca_score_column *column, size_t known, uint64_t draws)
{
    size_t count = ca_fit_ordered(fit, fit->sorted, known, draws);
    column->present = fit->source.count ? (double)known / (double)fit->source.count : 0;
    column->use = count <= CA_CELL_LEAST || fit->work[0] >= fit->work[count - 1] ? CA_SCORE_CONSTANT : CA_SCORE_USED;
    for (unsigned i = 0; i < CA_QUANTILES && count > 0; i++)
        column->quantiles[i] = ca_numbers_quantile(fit->work, count, quantile_shares[i]);
    ca_peer_stats stats = ca_peer_stats_of(fit->work, count);
    column->spread = stats.scale;
    stats.count = (uint32_t)known;
    return stats;
}

/* --- Peers -------------------------------------------------------------------------------------------------------------- */

/* Which member of a cell somebody is who belongs to it. */
static uint8_t member_of(const ca_score_fitting *fit, uint32_t cell, uint64_t seat)
{
    const ca_peer_place *place = &fit->peers[fit->cells.order[(uint32_t)seat]];
    unsigned depth = 0;
    for (uint32_t above = place->cell; above != cell; above = fit->model->cells[above].parent)
        depth++;
    return place->members[depth];
}

/* Values of a small cell; who has none comes last. */
static void keep_members(ca_score_fitting *fit, uint32_t index, size_t column, const uint64_t *seats, size_t known)
{
    ca_peer_cell *cell = &fit->model->cells[index];
    float *sorted = cell->sorted + column * cell->members;
    uint8_t *ranks = cell->ranks + column * cell->members;
    memset(ranks, CA_NO_MEMBER, cell->members);
    for (uint32_t i = 0; i < cell->members; i++)
        sorted[i] = i < known ? (float)ca_fit_seat_x(seats[i]) : NAN;
    for (size_t i = 0; i < known; i++)
        ranks[member_of(fit, index, seats[i])] = (uint8_t)i;
    for (uint32_t i = 0, next = (uint32_t)known; i < cell->members; i++)
        if (ranks[i] == CA_NO_MEMBER)
            ranks[i] = (uint8_t)next++;
    cell->known[column] = (uint8_t)known;
    ca_peer_leave_out(cell, column);
}

static ca_peer_stats measure_cell(ca_score_fitting *fit, uint32_t cell, const uint64_t *seats, size_t known)
{
    size_t wanted = fit->model->cells[cell].level == CA_SCORE_BY_CELL ? CA_FIT_CELL : CA_FIT_SPECIALTY;
    ca_peer_stats stats = ca_peer_stats_of(fit->work, ca_fit_ordered(fit, seats, known, ca_fit_draws(fit, known, wanted)));
    stats.count = (uint32_t)known;
    return stats;
}

static void measure_cells(ca_score_fitting *fit, size_t column, const ca_peer_stats *all)
{
    ca_score_model *model = fit->model;
    ca_peer_stats *stats = model->stats + column * model->cell_count;
    stats[0] = *all;
    if (model->cells[0].digests)
        keep_members(fit, 0, column, fit->sorted, all->count);
    for (uint32_t cell = 1, level = CA_SCORE_ALL; cell < model->cell_count; cell++) {
        if (model->cells[cell].level > level)
            ca_fit_split(fit, level = model->cells[cell].level, all->count);
        uint32_t from = fit->cells.spans[cell].from, known = fit->ends[cell] - from;
        stats[cell] = measure_cell(fit, cell, fit->split + from, known);
        if (model->cells[cell].digests)
            keep_members(fit, cell, column, fit->split + from, known);
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
            fit->residuals[i] = (fit->numbers[i] - median) / view.scale;
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
    size_t known = fit->model->each[column].use != CA_SCORE_CONSTANT ? fit->known : 0;
    for (size_t i = 0; i < fit->count; i++)
        z[i] = NAN;
    for (size_t i = 0; i < known; i++) {
        uint32_t drawn = fit->drawn[fit->at[i]];      /* behind the sample where nobody of it is meant */
        z[drawn] = fit->residuals[i];
        sum += drawn < fit->count ? ca_score_clipped(fit->residuals[i]) : 0;
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
    uint64_t draws = ca_fit_draws(fit, known, CA_FIT_DRAWN);
    of->scale = 1;
    ca_fit_order(fit, column, known, draws);
    for (size_t i = 0; i < fit->known; i++) {
        fit->numbers[i] = (double)fit->x[fit->at[i]];
        fit->volumes[i] = fit->exposures[fit->at[i]];
    }
    ca_peer_stats all = measure_all(fit, of, known, draws);
    measure_cells(fit, column, &all);
    of->part = 1;
    if (of->use != CA_SCORE_CONSTANT) {
        set_residuals(fit, column);
        ca_fit_funnel(fit, column);
        rc = fit_tail(fit, column, err);
    }
    return rc < 0 ? rc : add_z(fit, column, err);
}
