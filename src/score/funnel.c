/* How much residuals scatter more where exposure is small: variance = part + per_exposure / exposure, from robust variances in
 * bins of equal count. (A funnel plot as in Spiegelhalter, Stat. Med. 24, 2005, with overdispersion.) */
#include <math.h>
#include <string.h>

#include "score/fit_inside.h"
#include "score/numbers.h"

#define BINS_MOST   20u
#define BINS_HALF   16u      /* more than half of them, a power of two */
#define BINS_LEAST  3u
#define BIN_MEMBERS 50u
#define PART_LEAST  .05      /* of the mean variance */
#define BINOMIAL    .25      /* variance of asin(sqrt(k / n)), times n */

typedef struct bins {
    size_t count;
    double from[2 * BINS_HALF];      /* least exposure of each; INFINITY behind */
    size_t starts[BINS_MOST + 1];
    double inverse[BINS_MOST];       /* mean of 1 / exposure */
    double variance[BINS_MOST];
} bins;

/* How many bins behind the first begin at or below an exposure. */
static uint8_t bin_of(const bins *in, double exposure)
{
    unsigned bin = 0;
    for (unsigned step = BINS_HALF; step > 0; step /= 2)
        bin += step & -(unsigned)(exposure >= in->from[bin + step]);
    return (uint8_t)bin;
}

/* Whoever has a residual and an exposure. */
static bool is_member(const ca_score_fitting *fit, size_t i)
{
    return !isnan(fit->residuals[i]) && fit->volumes[i] > 0;
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

/* Of exposures in `work` those at which bins of equal count begin; most exposures count something, and are counted themselves. */
static bool cut_counted(ca_score_fitting *fit, size_t count, bins *in)
{
    uint32_t *counts = (uint32_t *)(void *)fit->split;      /* no longer needed */
    double most = 0;
    bool whole = true;
    for (size_t i = 0; i < count; i++)
        most = fit->work[i] > most ? fit->work[i] : most;
    if (most >= (double)fit->source.count)
        return false;
    memset(counts, 0, ((size_t)most + 1) * sizeof *counts);
    for (size_t i = 0; i < count; i++) {
        uint32_t exposure = (uint32_t)fit->work[i];
        whole = whole && exposure >= fit->work[i];
        counts[exposure]++;
    }
    uint32_t exposure = 0;
    for (size_t i = 0, below = counts[0]; whole && i < in->count; i++) {
        while (below <= i * count / in->count)
            below += counts[++exposure];
        in->from[i] = exposure;
    }
    return whole;
}

/* Bins of equal count, by exposure. */
static void cut_bins(ca_score_fitting *fit, bins *in)
{
    size_t count = 0;
    for (size_t i = 0; i < fit->known; i++)
        if (is_member(fit, i))
            fit->work[count++] = fit->volumes[i];
    size_t most = count / BIN_MEMBERS;
    in->count = most < BINS_MOST ? most : BINS_MOST;
    for (size_t i = 0; i < 2 * BINS_HALF; i++)
        in->from[i] = INFINITY;
    if (cut_counted(fit, count, in))
        return;
    ca_numbers_sort(fit->work, count, fit->scratch);
    for (size_t i = 0; i < in->count; i++)
        in->from[i] = fit->work[i * count / in->count];
}

/* Of shares the inverse is 1 / exposure by their variance. */
static void fill_bins(ca_score_fitting *fit, size_t column, bins *in)
{
    bool share = fit->model->features[column].transform == CA_SCORE_SHARE;
    for (size_t i = 0; i < fit->known; i++)
        if (is_member(fit, i)) {
            size_t bin = fit->bins[i] = bin_of(in, fit->volumes[i]);
            in->starts[bin + 1]++;
            in->inverse[bin] += 1 / fit->volumes[i] / (share ? fit->variances[i] : 1);
        }
    for (size_t i = 0; i < in->count; i++)
        in->starts[i + 1] += in->starts[i];
    for (size_t i = 0; i < fit->known; i++)
        if (is_member(fit, i))
            fit->work[in->starts[fit->bins[i]]++] = fit->residuals[i];
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

void ca_fit_funnel(ca_score_fitting *fit, size_t column)
{
    bins in = {0};
    ca_score_column *of = &fit->model->each[column];
    cut_bins(fit, &in);
    if (in.count >= BINS_LEAST) {
        fill_bins(fit, column, &in);
        measure(&in, fit->work, fit->scratch);
    }
    of->few = in.count < BINS_LEAST;
    of->part = 1;
    of->per_exposure = of->few && fit->model->features[column].transform == CA_SCORE_SHARE ? BINOMIAL : 0;
    if (!of->few)
        fit_line(&in, of);
}
