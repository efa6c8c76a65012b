/* Which features made the score of an entity: each channel's level goes to the features in the parts in which they made it. */
#include <math.h>
#include <string.h>

#include "score/apply_inside.h"

#define B CA_SCORE_BLOCK
#define DEVIATION_LEAST 1.0    /* of what is expected: where hardly anybody differs from it, the rarest lies close by, too */

/* Adds `level` in proportion to shares that may all be zero; what is not a number has none. */
static void add_shares(const double *shares, size_t count, double level, double *parts)
{
    double sum = 0;
    for (size_t k = 0; k < count; k++)
        sum += isnan(shares[k]) ? 0 : shares[k];
    for (size_t k = 0; k < count && sum > 0; k++)
        parts[k] += isnan(shares[k]) ? 0 : level * (shares[k] / sum);
}

/* Leaves the `most` largest, the first of equals. */
static void leave_largest(double *numbers, size_t count, size_t most)
{
    bool leave[CA_SCORE_FEATURES + 1] = {false};
    for (size_t n = 0; n < most; n++) {
        size_t best = count;
        for (size_t k = 0; k < count; k++)
            if (!leave[k] && !isnan(numbers[k]) && (best == count || numbers[k] > numbers[best]))
                best = k;
        if (best < count)
            leave[best] = true;
    }
    for (size_t k = 0; k < count; k++)
        if (!leave[k])
            numbers[k] = 0;
}

static size_t copy(const double *from, size_t count, size_t i, double *to)
{
    for (size_t k = 0; k < count; k++)
        to[k] = from[k * B + i];
    return count;
}

/* The number of strongest features that were least likely. */
static size_t best_way(const ca_channels *channels, size_t i)
{
    size_t best = 0;
    double most = -1;
    for (size_t way = 0; way < CA_TOPS; way++) {
        double u = channels->tops[way][i];
        double level = isnan(u) ? -1 : ca_channels_level(channels, &channels->model->top[way], i, u);
        if (level > most) {
            most = level;
            best = way;
        }
    }
    return ca_channel_tops[best];
}

void ca_score_parts(const ca_channels *channels, size_t i, double *parts)
{
    double shares[CA_SCORE_FEATURES + 1];
    size_t count = channels->model->directed;
    memset(parts, 0, count * sizeof *parts);
    copy(channels->levels, count, i, shares);
    add_shares(shares, count, channels->channel_levels[CA_SCORE_SUM][i], parts);
    leave_largest(shares, count, best_way(channels, i));
    add_shares(shares, count, channels->channel_levels[CA_SCORE_TOP][i], parts);
    for (size_t k = 0; k < count; k++)
        shares[k] = fmax(0, channels->normals[k * B + i]) * channels->weighted[k * B + i];
    add_shares(shares, count, channels->channel_levels[CA_SCORE_DISTANCE][i], parts);
    copy(channels->residual_levels, count, i, shares);
    leave_largest(shares, count, 3);
    add_shares(shares, count, channels->channel_levels[CA_SCORE_RESIDUAL][i], parts);
}

bool ca_score_is_reason(const ca_channels *channels, size_t i, size_t column, const double *parts)
{
    double level = channels->levels[column * B + i], residual = channels->residual_levels[column * B + i];
    bool unexpected = residual >= CA_REASON_LEVEL && channels->residuals[column * B + i] >= DEVIATION_LEAST;
    uint32_t feature = channels->model->order[column];
    double towards = ca_score_towards(channels->model->features[feature].direction, channels->z[column * B + i]);
    return parts[column] > 0 && !isnan(level) && towards > 0 && (level >= CA_REASON_LEVEL || unexpected);
}
