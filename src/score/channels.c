/* From values to scores, a block at a time. */
#include "score/channels.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "score/numbers.h"

#define PRESENT_LEAST 3u      /* features, or there is no score */
#define RESIDUALS     3u      /* the largest, of which R is the sum */
#define B             CA_SCORE_BLOCK

int ca_channels_new(const ca_score_model *model, const ca_score_source *source, ca_channels *ret_channels, ca_error *err)
{
    size_t kept = model->kept, directed = model->directed;
    double **parts[] = {&ret_channels->z, &ret_channels->clipped, &ret_channels->predicted, &ret_channels->levels,
                        &ret_channels->normals, &ret_channels->weighted, &ret_channels->residuals, &ret_channels->residual_levels};
    double **single[] = {&ret_channels->sum, &ret_channels->distance, &ret_channels->best, &ret_channels->residual, &ret_channels->total};
    memset(ret_channels, 0, sizeof *ret_channels);
    size_t columns = 3 * kept + 5 * directed + 5 + CA_TOPS + 4;
    double *memory = ca_alloc_zero(columns + 1, B * sizeof *memory);
    if (!memory)
        return ca_error_nomem(err);
    ret_channels->model = model;
    ret_channels->source = source;
    ret_channels->memory = memory;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        *parts[i] = memory;
        memory += (i < 3 ? kept : directed) * B;
    }
    for (size_t i = 0; i < sizeof single / sizeof *single; i++, memory += B)
        *single[i] = memory;
    for (size_t i = 0; i < CA_TOPS; i++, memory += B)
        ret_channels->tops[i] = memory;
    for (size_t i = 0; i < 4; i++, memory += B)
        ret_channels->channel_levels[i] = memory;
    return 0;
}

void ca_channels_done(ca_channels *channels)
{
    ca_free(channels->memory);
    memset(channels, 0, sizeof *channels);
}

/* --- Distances ---------------------------------------------------------------------------------------------------------- */

double ca_channels_x(const ca_score_model *model, size_t column, double value, double exposure)
{
    return (double)(float)ca_score_forward(&model->features[column], &model->each[column], value, exposure);
}

int ca_channels_z(ca_channels *channels, size_t first, size_t count, ca_error *err)
{
    double values[B], exposures[B];
    const ca_score_model *model = channels->model;
    channels->first = first;
    channels->count = count;
    for (size_t k = 0; k < model->kept; k++) {
        uint32_t column = model->order[k];
        int rc = ca_score_source_read(channels->source, column, first, count, values, exposures, err);
        if (rc < 0)
            return rc;
        for (size_t i = 0; i < count; i++) {
            double x = ca_channels_x(model, column, values[i], exposures[i]), *z = &channels->z[k * B + i];
            *z = NAN;
            if (isnan(x))
                continue;
            ca_peer_view view = ca_peer_look(model, column, ca_score_source_at(channels->source, first + i));
            *z = ca_score_z(&model->each[column], &model->features[column], &view, x, exposures[i]);
        }
    }
    return 0;
}

static const ca_tail *tail_at(const ca_channels *channels, const ca_tails *tails, size_t i)
{
    if (channels->model->classes == 1)
        return &tails->of[0];
    return ca_score_tail_of(channels->model, tails, ca_score_table_claims(channels->source->table, channels->first + i));
}

double ca_channels_level(const ca_channels *channels, const ca_tails *tails, size_t i, double u)
{
    return isnan(u) ? NAN : ca_tail_level(tail_at(channels, tails, i), u);
}

void ca_channels_levels(ca_channels *channels)
{
    const ca_score_model *model = channels->model;
    for (size_t k = 0; k < model->directed; k++) {
        uint32_t column = model->order[k];
        int direction = model->features[column].direction;
        for (size_t i = 0; i < channels->count; i++) {
            double u = ca_score_towards(direction, channels->z[k * B + i]), *level = &channels->levels[k * B + i];
            *level = NAN;
            channels->normals[k * B + i] = 0;
            if (!isnan(u))
                *level = ca_tail_look(tail_at(channels, &model->each[column].tails, i), u, &channels->normals[k * B + i]);
        }
    }
}

/* --- Statistics of the channels ----------------------------------------------------------------------------------------- */

/* Sums of levels that are equal but for the order of their additions are equal: ranks would tell them apart. */
static double settled(double sum)
{
    return rint(sum * 0x1p30) * 0x1p-30;
}

/* The largest of `count` numbers that lie `B` apart, descending; how many there are is returned, those that are not numbers are left
 * out. */
static size_t largest(const double *numbers, size_t count, size_t most, double *top)
{
    size_t held = 0;
    for (size_t k = 0; k < count; k++) {
        double number = numbers[k * B];
        if (isnan(number) || (held == most && number <= top[held - 1]))
            continue;
        size_t at = held < most ? held++ : held - 1;
        for (; at > 0 && top[at - 1] < number; at--)
            top[at] = top[at - 1];
        top[at] = number;
    }
    return held;
}

static bool has_score(const ca_channels *channels, size_t i)
{
    size_t present = 0, evidence = 0;
    for (size_t k = 0; k < channels->model->kept; k++) {
        bool feature = channels->model->order[k] + 1 < channels->model->columns;
        present += feature && !isnan(channels->z[k * B + i]);
        evidence += k < channels->model->directed && !isnan(channels->z[k * B + i]);
    }
    return present >= PRESENT_LEAST && evidence > 0;
}

static void sums(ca_channels *channels, size_t i)
{
    double top[5], strongest = 0;
    size_t held = largest(channels->levels + i, channels->model->directed, 5, top);
    for (size_t k = 0, way = 0; k < held; k++) {
        strongest += top[k];
        if (k + 1 == ca_channel_tops[way])
            channels->tops[way++][i] = settled(strongest);
    }
    double sum = 0;
    for (size_t k = 0; k < channels->model->directed; k++)
        if (!isnan(channels->levels[k * B + i]))
            sum += channels->levels[k * B + i];
    channels->sum[i] = settled(sum);
}

/* to (columns x block) = matrix (columns x columns) from: column by column, so that an entity's sum has one order. */
static void multiply(const double *matrix, const double *from, size_t columns, size_t rows, size_t count, double *to)
{
    memset(to, 0, rows * B * sizeof *to);
    for (size_t j = 0; j < rows; j++)
        for (size_t k = 0; k < columns; k++) {
            double weight = matrix[j * columns + k];
            for (size_t i = 0; i < count; i++)
                to[j * B + i] += weight * from[k * B + i];
        }
}

static void distances(ca_channels *channels)
{
    size_t directed = channels->model->directed;
    double *above = channels->residual_levels;      /* not yet needed */
    for (size_t k = 0; k < directed; k++)
        for (size_t i = 0; i < channels->count; i++)
            above[k * B + i] = fmax(0, channels->normals[k * B + i]);
    multiply(channels->model->weights, above, directed, directed, channels->count, channels->weighted);
    memset(channels->distance, 0, B * sizeof *channels->distance);
    for (size_t k = 0; k < directed; k++)
        for (size_t i = 0; i < channels->count; i++)
            channels->distance[i] += above[k * B + i] * channels->weighted[k * B + i];
}

static void residuals(ca_channels *channels)
{
    const ca_score_model *model = channels->model;
    size_t kept = model->kept;
    for (size_t k = 0; k < kept; k++)
        for (size_t i = 0; i < channels->count; i++)
            channels->clipped[k * B + i] = ca_score_clipped(channels->z[k * B + i]);
    multiply(model->precision, channels->clipped, kept, model->directed, channels->count, channels->predicted);
    for (size_t k = 0; k < model->directed; k++) {
        double root = sqrt(model->precision[k * kept + k]);
        int direction = model->features[model->order[k]].direction;
        for (size_t i = 0; i < channels->count; i++)
            channels->residuals[k * B + i] =
                isnan(channels->z[k * B + i]) ? NAN : ca_score_towards(direction, channels->predicted[k * B + i] / root);
    }
}

void ca_channels_statistics(ca_channels *channels)
{
    distances(channels);
    residuals(channels);
    for (size_t i = 0; i < channels->count; i++) {
        for (size_t way = 0; way < CA_TOPS; way++)
            channels->tops[way][i] = NAN;
        if (has_score(channels, i))
            sums(channels, i);
        else
            channels->sum[i] = channels->distance[i] = NAN;
    }
}

/* --- Joining them ------------------------------------------------------------------------------------------------------- */

void ca_channels_join(ca_channels *channels)
{
    const ca_score_model *model = channels->model;
    for (size_t k = 0; k < model->directed; k++)
        for (size_t i = 0; i < channels->count; i++)
            channels->residual_levels[k * B + i] =
                ca_channels_level(channels, &model->each[model->order[k]].residual_tails, i, channels->residuals[k * B + i]);
    for (size_t i = 0; i < channels->count; i++) {
        double top[RESIDUALS], sum = 0, best = 0;
        channels->channel_levels[0][i] = ca_channels_level(channels, &model->sum, i, channels->sum[i]);
        channels->channel_levels[2][i] = ca_channels_level(channels, &model->distance, i, channels->distance[i]);
        for (size_t way = 0; way < CA_TOPS; way++)
            if (!isnan(channels->tops[way][i]))
                best = fmax(best, ca_channels_level(channels, &model->top[way], i, channels->tops[way][i]));
        size_t held = largest(channels->residual_levels + i, model->directed, RESIDUALS, top);
        for (size_t k = 0; k < held; k++)
            sum += top[k];
        bool scored = !isnan(channels->sum[i]);
        channels->best[i] = scored ? settled(best) : NAN;
        channels->residual[i] = scored ? settled(sum) : NAN;
    }
}

void ca_channels_total(ca_channels *channels)
{
    for (size_t i = 0; i < channels->count; i++) {
        channels->channel_levels[1][i] = ca_channels_level(channels, &channels->model->best, i, channels->best[i]);
        channels->channel_levels[3][i] = ca_channels_level(channels, &channels->model->residual, i, channels->residual[i]);
        double total = 0;
        for (size_t c = 0; c < 4; c++)
            total += channels->channel_levels[c][i];
        channels->total[i] = settled(total);
    }
}
