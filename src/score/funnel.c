/* How much residuals scatter more where exposure is small: variance = part + per_exposure / exposure, from robust variances in
 * bins of equal count. (A funnel plot as in Spiegelhalter, Stat. Med. 24, 2005, with overdispersion.) */
#include <math.h>
#include <string.h>

#include "score/fit_inside.h"
#include "score/numbers.h"

#define BINS_MOST   20u
#define BINS_LEAST  3u
#define BIN_MEMBERS 50u
#define PART_LEAST  .05      /* of the mean variance */
#define BINOMIAL    .25      /* variance of asin(sqrt(k / n)), times n */

typedef struct bins {
    size_t count;
    double from[BINS_MOST];          /* least exposure of each */
    size_t starts[BINS_MOST + 1];
    double inverse[BINS_MOST];       /* mean of 1 / exposure */
    double variance[BINS_MOST];
} bins;

static size_t bin_of(const bins *in, double exposure)
{
    size_t bin = 0;
    while (bin + 1 < in->count && exposure >= in->from[bin + 1])
        bin++;
    return bin;
}

/* Calls for every entity that has a residual and an exposure. `inverse` is 1 / exposure, for shares by their variance. */
typedef void each_member(bins *in, double residual, double exposure, double inverse, void *context);

static int go_through(ca_score_fitting *fit, size_t column, bins *in, each_member *each, void *context, ca_error *err)
{
    double values[CA_SCORE_BLOCK], exposures[CA_SCORE_BLOCK];
    bool share = fit->model->features[column].transform == CA_SCORE_SHARE;
    for (size_t first = 0; first < fit->source.count; first += CA_SCORE_BLOCK) {
        size_t count = ca_score_source_block(&fit->source, first);
        int rc = ca_score_source_read(&fit->source, column, first, count, values, exposures, err);
        if (rc < 0)
            return rc;
        for (size_t i = 0; i < count; i++)
            if (!isnan(fit->residuals[first + i]) && exposures[i] > 0)
                each(in, fit->residuals[first + i], exposures[i], 1 / exposures[i] / (share ? fit->variances[first + i] : 1), context);
    }
    return 0;
}

typedef struct filling {
    double *numbers;
    size_t count;
} filling;

static void take_exposure(bins *in, double residual, double exposure, double inverse, void *context)
{
    filling *to = context;
    (void)in;
    (void)residual;
    (void)inverse;
    to->numbers[to->count++] = exposure;
}

static void count_member(bins *in, double residual, double exposure, double inverse, void *context)
{
    size_t bin = bin_of(in, exposure);
    (void)residual;
    (void)context;
    in->starts[bin + 1]++;
    in->inverse[bin] += inverse;
}

static void put_member(bins *in, double residual, double exposure, double inverse, void *context)
{
    filling *to = context;
    (void)inverse;
    to->numbers[in->starts[bin_of(in, exposure)]++] = residual;
}

/* Bins in which all are equal or nobody is say nothing. */
static void measure(bins *in, double *residuals, double *scratch)
{
    size_t kept = 0;
    for (size_t i = 0; i < in->count; i++) {
        size_t from = i == 0 ? 0 : in->starts[i - 1], count = in->starts[i] - from;
        if (count == 0)
            continue;
        ca_numbers_sort(residuals + from, count, scratch);
        double scale = ca_numbers_scale(residuals + from, count);
        in->inverse[kept] = in->inverse[i] / (double)count;
        in->variance[kept] = scale * scale;
        kept += scale > 0;
    }
    in->count = kept;
}

static int fill_bins(ca_score_fitting *fit, size_t column, bins *in, ca_error *err)
{
    filling exposures = {.numbers = fit->work}, residuals = {.numbers = fit->work};
    int rc = go_through(fit, column, in, take_exposure, &exposures, err);
    if (rc < 0)
        return rc;
    size_t most = exposures.count / BIN_MEMBERS;
    in->count = most < BINS_MOST ? most : BINS_MOST;
    ca_numbers_sort(fit->work, exposures.count, fit->scratch);
    for (size_t i = 0; i < in->count; i++)
        in->from[i] = fit->work[i * exposures.count / in->count];
    if (in->count < BINS_LEAST)
        return 0;
    rc = go_through(fit, column, in, count_member, NULL, err);
    for (size_t i = 0; i < in->count; i++)
        in->starts[i + 1] += in->starts[i];
    if (rc == 0)
        rc = go_through(fit, column, in, put_member, &residuals, err);
    if (rc == 0)
        measure(in, fit->work, fit->scratch);
    return rc;
}

/* Least squares of the variances, each in proportion to itself: the many small do not drown what the large say. */
static void fit_line(const bins *in, ca_score_column *column)
{
    double s11 = 0, s1x = 0, sxx = 0, sy = 0, sxy = 0, mean = 0;
    for (size_t i = 0; i < in->count; i++) {
        double v = in->variance[i], x = in->inverse[i];
        s11 += 1 / (v * v);
        s1x += x / (v * v);
        sxx += x * x / (v * v);
        sy += 1 / v;
        sxy += x / v;
        mean += v / (double)in->count;
    }
    double determinant = s11 * sxx - s1x * s1x;
    double slope = determinant > 1e-12 * s11 * sxx ? (s11 * sxy - s1x * sy) / determinant : 0;
    column->per_exposure = fmax(0, slope);
    column->part = (sy - column->per_exposure * s1x) / s11;
    if (column->part < PART_LEAST * mean) {
        column->part = PART_LEAST * mean;
        column->per_exposure = sxx > 0 ? fmax(0, (sxy - column->part * s1x) / sxx) : 0;
    }
}

int ca_fit_funnel(ca_score_fitting *fit, size_t column, ca_error *err)
{
    bins in = {0};
    ca_score_column *of = &fit->model->each[column];
    int rc = fill_bins(fit, column, &in, err);
    if (rc < 0)
        return rc;
    of->few = in.count < BINS_LEAST;
    of->part = 1;
    of->per_exposure = of->few && fit->model->features[column].transform == CA_SCORE_SHARE ? BINOMIAL : 0;
    if (!of->few)
        fit_line(&in, of);
    return 0;
}
