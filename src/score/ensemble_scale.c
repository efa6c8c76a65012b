/* How the ensemble sees the columns of a table: which of them vary, where their middle is and how wide they are. */
#include <math.h>
#include <stdlib.h>

#include "score/ensemble_parts.h"

#define FARTHEST 1e30   /* of any scaled number: its square is no infinity */

int ca_compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Between the two nearest, as far as it lies between them. */
static double quantile(const double *sorted, size_t count, double share)
{
    double place = share * (double)(count - 1);
    size_t below = (size_t)place;
    if (below + 1 >= count)
        return sorted[count - 1];
    return sorted[below] + (place - (double)below) * (sorted[below + 1] - sorted[below]);
}

static double mean_of(const double *values, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i];
    return sum / (double)count;
}

/* Divided by the largest first, so that no square is an infinity, or nothing. */
static double deviation_of(const double *values, size_t count, double mean)
{
    double largest = 0, sum = 0;
    for (size_t i = 0; i < count; i++)
        largest = fmax(largest, fabs(values[i] - mean));
    if (largest == 0)
        return 0;
    for (size_t i = 0; i < count; i++) {
        double share = (values[i] - mean) / largest;
        sum += share * share;
    }
    return largest * sqrt(sum / (double)count);
}

static double bounded(double x)
{
    return fmin(fmax(x, -FARTHEST), FARTHEST);
}

static float bend(const ca_scale *scale, double x)
{
    double y = fabs(bounded((x - scale->median) / scale->scale));
    double bent = y < 1e-4 ? y : log(y + sqrt(y * y + 1));
    return (float)(x < scale->median ? -bent : bent);
}

/* `sorted` are the values that are there. What varies only outside of the sample is as wide as its whole range. */
static void fit(const ca_sample *sample, size_t column, const double *sorted, size_t count, ca_scale *ret_scale)
{
    double range = sample->high[column] - sample->low[column];
    ca_scale scale = {.column = column, .median = quantile(sorted, count, .5), .mean = mean_of(sorted, count)};
    scale.deviation = deviation_of(sorted, count, scale.mean);
    if (scale.deviation == 0)
        scale.deviation = range;
    scale.scale = (quantile(sorted, count, .75) - quantile(sorted, count, .25)) / 1.349;
    if (scale.scale == 0)
        scale.scale = (quantile(sorted, count, .95) - quantile(sorted, count, .05)) / 3.29;
    if (scale.scale == 0)
        scale.scale = scale.deviation;
    scale.low = bend(&scale, sample->low[column]);
    scale.high = bend(&scale, sample->high[column]);
    *ret_scale = scale;
}

static size_t present(const ca_sample *sample, size_t column, double *values)
{
    size_t count = 0;
    for (size_t i = 0; i < sample->count; i++) {
        double x = sample->rows[i * sample->columns + column];
        if (!isnan(x))
            values[count++] = x;
    }
    qsort(values, count, sizeof *values, ca_compare_doubles);
    return count;
}

int ca_scales_fit(const ca_sample *sample, ca_arena *model, ca_arena *work, ca_scales *ret_scales, ca_error *err)
{
    double *values = ca_arena_array(work, sample->count, sizeof *values);
    ca_scales scales = {.of = ca_arena_array(model, sample->columns, sizeof *scales.of), .columns = sample->columns};
    if (values == NULL || scales.of == NULL)
        return ca_error_nomem(err);
    for (size_t j = 0; j < sample->columns; j++) {
        if (!(sample->low[j] < sample->high[j]))
            continue;
        size_t count = present(sample, j, values);
        if (count == 0) {   /* all that is there lies outside of the sample */
            values[0] = sample->low[j] / 2 + sample->high[j] / 2;
            count = 1;
        }
        fit(sample, j, values, count, &scales.of[scales.count++]);
    }
    if (scales.count == 0)
        return CA_END;
    *ret_scales = scales;
    return 0;
}

void ca_scales_apply(const ca_scales *scales, const double *rows, size_t count, double *z, float *bent)
{
    for (size_t i = 0; i < count; i++) {
        const double *row = rows + i * scales->columns;
        for (size_t j = 0; j < scales->count; j++) {
            const ca_scale *scale = &scales->of[j];
            double x = isnan(row[scale->column]) ? scale->median : row[scale->column];
            bent[i * (scales->count + 1) + j] = bend(scale, x);
            z[i * scales->count + j] = bounded((x - scale->mean) / scale->deviation);
        }
        bent[i * (scales->count + 1) + scales->count] = 1;
    }
}
