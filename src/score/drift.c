/* How far a population moved since a model was fitted. */
#include <math.h>

#include "base/alloc.h"
#include "score/apply_inside.h"
#include "score/numbers.h"

/* Transformed as the model does, in order; how many are present. */
static int read_sorted(const ca_score_model *model, const ca_score_source *source, size_t column, double *numbers, double *scratch,
                       size_t *ret_count, ca_error *err)
{
    double values[CA_SCORE_BLOCK], exposures[CA_SCORE_BLOCK];
    ca_arcs arcs = {0};
    size_t present = 0;
    for (size_t first = 0; first < source->count; first += CA_SCORE_BLOCK) {
        size_t count = ca_score_source_block(source, first);
        int rc = ca_score_source_read(source, column, first, count, values, exposures, err);
        if (rc < 0)
            return rc;
        for (size_t i = 0; i < count; i++)
            if (!isnan(values[i]))
                numbers[present++] = ca_channels_x(model, column, &arcs, values[i], exposures[i]);
    }
    ca_numbers_sort(numbers, present, scratch);
    *ret_count = present;
    return 0;
}

static ca_score_drift compare(const ca_score_column *column, const double *sorted, size_t count, size_t all)
{
    static const double shares[CA_QUANTILES] = {.05, .25, .5, .75, .95};
    ca_score_drift drift = {.share = (all ? (double)count / (double)all : 0) - column->present};
    for (unsigned i = 0; i < CA_QUANTILES && count > 0 && column->present > 0; i++) {
        double moved = (ca_numbers_quantile(sorted, count, shares[i]) - column->quantiles[i]) / (column->spread > 0 ? column->spread : 1);
        drift.moved[i] = fmax(-1e6, fmin(moved, 1e6));
    }
    return drift;
}

int ca_score_drift_of(const ca_score_model *model, ca_score_table *table, ca_score_drift *drifts, ca_error *err)
{
    ca_score_source source = ca_score_source_of(table);
    int rc = ca_score_check(model, table, err);
    if (rc < 0)
        return rc;
    double *numbers = ca_alloc_zero(source.count + 1, sizeof *numbers), *scratch = ca_alloc_zero(source.count + 1, sizeof *scratch);
    if (!numbers || !scratch)
        rc = ca_error_nomem(err);
    for (size_t column = 0; column < source.features && rc == 0; column++) {
        size_t count;
        rc = read_sorted(model, &source, column, numbers, scratch, &count, err);
        if (rc == 0)
            drifts[column] = compare(&model->each[column], numbers, count, source.count);
    }
    ca_free(numbers);
    ca_free(scratch);
    return rc;
}
