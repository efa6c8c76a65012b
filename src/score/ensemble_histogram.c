/* Histograms: how improbable each column of a row is by itself. 64 bins of equal width, each smoothed with its neighbours. */
#include <math.h>
#include <string.h>

#include "score/ensemble_parts.h"

/* 0: before the first bin, 1 to 64: in it, 65: after the last. */
static size_t bin_of(const ca_histogram *histogram, float x)
{
    if (x < histogram->low)
        return 0;
    if (x > histogram->high)
        return CA_HISTOGRAM_BINS + 1;
    size_t bin = (size_t)((x - histogram->low) * histogram->per_unit);
    return 1 + (bin < CA_HISTOGRAM_BINS ? bin : CA_HISTOGRAM_BINS - 1);
}

static void fit(ca_histogram *histogram, const float *values, size_t count, size_t stride)
{
    double counts[CA_HISTOGRAM_BINS + 2] = {0};
    for (size_t i = 0; i < count; i++)
        counts[bin_of(histogram, values[i * stride])]++;
    counts[0] = counts[CA_HISTOGRAM_BINS + 1] = 0;
    double all = (double)count + CA_HISTOGRAM_BINS * .5;
    for (size_t bin = 1; bin <= CA_HISTOGRAM_BINS; bin++)
        histogram->evidence[bin] = (float)-log((counts[bin - 1] / 4 + counts[bin] / 2 + counts[bin + 1] / 4 + .5) / all);
    histogram->evidence[0] = histogram->evidence[CA_HISTOGRAM_BINS + 1] = (float)-log(.5 / all);
}

int ca_histograms_fit(const ca_scales *scales, const float *bent, size_t count, ca_arena *model, ca_histograms *ret_histograms,
                      ca_error *err)
{
    ca_histograms histograms = {.of = ca_arena_array(model, scales->count, sizeof *histograms.of), .count = scales->count};
    if (histograms.of == NULL)
        return ca_error_nomem(err);
    for (size_t j = 0; j < scales->count; j++) {
        ca_histogram *histogram = &histograms.of[j];
        float width = scales->of[j].high - scales->of[j].low;
        histogram->low = scales->of[j].low;
        histogram->high = scales->of[j].high;
        histogram->per_unit = width > 0 ? CA_HISTOGRAM_BINS / width : 0;
        fit(histogram, bent + j, count, scales->count + 1);
    }
    *ret_histograms = histograms;
    return 0;
}

void ca_histograms_rate(const ca_histograms *histograms, const float *bent, double *ret_scores)
{
    for (size_t i = 0; i < CA_ENSEMBLE_BLOCK; i++) {
        const float *row = bent + i * (histograms->count + 1);
        double sum = 0;
        for (size_t j = 0; j < histograms->count; j++) {
            const ca_histogram *histogram = &histograms->of[j];
            sum += (double)histogram->evidence[bin_of(histogram, row[j])];
        }
        ret_scores[i] = ca_rounded_score(sum);
    }
}
