/* From values to scores, a block at a time. */
#include "score/channels.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "score/lanes.h"
#include "score/scorer.h"

#define PRESENT_LEAST 3u      /* features, or there is no score */
#define RESIDUALS     3u      /* the largest, of which R is the sum */
#define B             CA_SCORE_BLOCK
#define TILE          (8u * CA_LANES)
#define RANKS         5u      /* the largest of a few */

typedef struct ca_channels_scratch {
    double largest[RANKS][B];      /* numbers of each entity, descending */
    double levels[B], values[B], exposures[B];
    uint32_t entities[B + 1];
    ca_peer_place peers[B];
    uint8_t sizes[B];
    ca_tail_order order;
    uint32_t *names;      /* of the table, as the model has them */
    uint32_t *found;      /* cells */
    ca_arcs arcs;
} ca_channels_scratch;

int ca_channels_new(const ca_score_model *model, const ca_score_source *source, ca_channels *ret_channels, ca_error *err)
{
    size_t kept = model->kept, directed = model->directed;
    double **parts[] = {&ret_channels->z, &ret_channels->clipped, &ret_channels->predicted, &ret_channels->levels,
                        &ret_channels->normals, &ret_channels->weighted, &ret_channels->residuals, &ret_channels->residual_levels};
    double **single[] = {&ret_channels->sum, &ret_channels->distance, &ret_channels->best, &ret_channels->residual, &ret_channels->total};
    memset(ret_channels, 0, sizeof *ret_channels);
    size_t columns = 3 * kept + 5 * directed + 5 + CA_TOPS + 4;
    double *memory = ca_alloc_zero(columns + 1, B * sizeof *memory);
    ca_channels_scratch *scratch = ca_alloc_zero(1, sizeof *scratch);
    if (scratch && source)
        scratch->names = ca_peer_names(model, source->table);
    if (!memory || !scratch || (source && !scratch->names)) {
        ca_free(memory);
        ca_free(scratch ? scratch->names : NULL);
        ca_free(scratch);
        return ca_error_nomem(err);
    }
    scratch->found = source ? ca_peer_found_new(source->table) : NULL;
    ret_channels->scratch = scratch;
    ret_channels->entities = scratch->entities;
    ret_channels->peers = scratch->peers;
    ret_channels->sizes = scratch->sizes;
    ret_channels->order = &scratch->order;
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
    if (channels->scratch) {
        ca_free(channels->scratch->names);
        ca_free(channels->scratch->found);
    }
    ca_free(channels->scratch);
    memset(channels, 0, sizeof *channels);
}

/* --- Distances ---------------------------------------------------------------------------------------------------------- */

double ca_channels_x(const ca_score_model *model, size_t column, ca_arcs *arcs, double value, double exposure)
{
    return (double)(float)ca_score_forward(&model->features[column], &model->each[column], arcs, value, exposure);
}

/* Those of a size lie together, as they are looked up in the same tails. */
void ca_channels_begin(ca_channels *channels, size_t first, size_t count, bool all)
{
    const ca_score_source *source = channels->source;
    uint32_t sizes[B], chosen = 0;
    uint32_t *entities = channels->entities;
    for (size_t i = 0; i < count; i++) {
        uint32_t size = ca_score_size_of(channels->model, ca_score_table_claims(source->table, first + i));
        sizes[i] = all || ca_score_source_known(source, first + i) >= PRESENT_LEAST ? size : CA_TAIL_CLASSES;
    }
    for (uint32_t size = 0; size < CA_TAIL_CLASSES; size++)
        for (size_t i = 0; i < count; i++) {      /* which it is, is not foreseen: no branches */
            entities[chosen] = (uint32_t)(first + i);
            chosen += sizes[i] == size;
        }
    channels->count = chosen;
    for (size_t i = 0; i < chosen; i++) {
        channels->sizes[i] = (uint8_t)sizes[entities[i] - first];
        channels->peers[i] = ca_peer_find(channels->model, source->table, channels->scratch->names, channels->scratch->found, entities[i]);
    }
    ca_tail_order_make(channels->order, channels->model->classes, channels->sizes, channels->count);
}

int ca_channels_z(ca_channels *channels, size_t first, size_t count, bool all, ca_error *err)
{
    double *values = channels->scratch->values, *exposures = channels->scratch->exposures;
    const ca_score_model *model = channels->model;
    ca_channels_begin(channels, first, count, all);
    for (size_t k = 0; k < model->kept; k++) {
        uint32_t column = model->order[k];
        int rc = ca_score_source_read(channels->source, column, first, count, values, exposures, err);
        if (rc < 0)
            return rc;
        for (size_t i = 0; i < channels->count; i++) {
            size_t at = channels->entities[i] - first;
            double *z = &channels->z[k * B + i];
            *z = NAN;
            if (isnan(values[at]))
                continue;
            double x = ca_channels_x(model, column, &channels->scratch->arcs, values[at], exposures[at]);
            ca_peer_view view = ca_peer_look(model, column, &channels->peers[i]);
            *z = ca_score_z(&model->each[column], &model->features[column], &view, x, exposures[at]);
        }
    }
    return 0;
}

static const ca_tail *tail_at(const ca_channels *channels, const ca_tails *tails, size_t i)
{
    return &tails->of[channels->model->classes == 1 ? 0 : channels->sizes[i]];
}

double ca_channels_level(const ca_channels *channels, const ca_tails *tails, size_t i, double u)
{
    return isnan(u) ? NAN : ca_tail_level(tail_at(channels, tails, i), u);
}

void ca_channels_look(const ca_channels *channels, const ca_tails *tails, const double *numbers, double *levels)
{
    ca_tails_look(tails, channels->order, numbers, channels->count, levels, NULL);
}

void ca_channels_levels(ca_channels *channels)
{
    const ca_score_model *model = channels->model;
    double *towards = channels->scratch->levels;
    for (size_t k = 0; k < model->directed; k++) {
        const ca_score_column *column = &model->each[model->order[k]];
        for (size_t i = 0; i < channels->count; i++)
            towards[i] = ca_score_towards(model->features[model->order[k]].direction, channels->z[k * B + i]);
        ca_tails_look(&column->tails, channels->order, towards, channels->count, channels->levels + k * B, channels->normals + k * B);
    }
}

/* --- Statistics of the channels ----------------------------------------------------------------------------------------- */

/* Sums of levels that are equal but for the order of their additions are equal: ranks would tell them apart. To a multiple of 2^-30, the
 * even one of two as near; sums are far below 2^21. */
static double settled(double sum)
{
    return (sum + 0x1.8p22) - 0x1.8p22;
}

/* The larger comes to the first; no branches, as which it is is not foreseen. */
static inline void order_two(ca_lanes *first, ca_lanes *second)
{
    ca_lane_bits swap = ((ca_lane_bits)*first ^ (ca_lane_bits)*second) & (*second > *first);
    *first = (ca_lanes)((ca_lane_bits)*first ^ swap);
    *second = (ca_lanes)((ca_lane_bits)*second ^ swap);
}

/* The largest numbers of each entity, -INFINITY where there are fewer; what is not a number is left out. */
static inline void find_largest(const double *columns, size_t count, size_t ranks, size_t entities, double (*ret_largest)[B])
{
    const ca_lanes none = {-INFINITY, -INFINITY};
    for (size_t i = 0; i < entities; i += CA_LANES) {
        ca_lanes largest[RANKS] = {none, none, none, none, none};
        for (size_t k = 0; k < count; k++) {
            ca_lanes number = ca_lanes_at(columns + k * B + i);
            ca_lane_bits known = number == number;
            if ((known[0] | known[1]) == 0)
                continue;
            number = ca_lanes_where(known, number, none);
            for (size_t rank = 0; rank < ranks; rank++)
                order_two(&largest[rank], &number);
        }
        for (size_t rank = 0; rank < ranks; rank++)
            ca_lanes_put(largest[rank], &ret_largest[rank][i]);
    }
}

/* Entities of which enough is known. */
static void find_scored(const ca_channels *channels, bool *scored)
{
    const ca_score_model *model = channels->model;
    for (size_t i = 0; i < channels->count; i += CA_LANES) {
        ca_lane_bits present = {0}, evidence = {0};
        for (size_t k = 0; k < model->kept; k++) {
            ca_lanes z = ca_lanes_at(channels->z + k * B + i);
            ca_lane_bits known = z == z;
            present -= model->order[k] + 1 < model->columns ? known : (ca_lane_bits){0};
            evidence |= k < model->directed ? known : (ca_lane_bits){0};
        }
        for (size_t lane = 0; lane < CA_LANES; lane++)
            scored[i + lane] = present[lane] >= (int64_t)PRESENT_LEAST && evidence[lane] != 0;
    }
}

/* The sum of all levels, and those of the strongest. Whose sum is not finite has too few: he gets what is not a number. */
static void sums(ca_channels *channels, const bool *scored)
{
    double (*strongest)[B] = channels->scratch->largest, sum[B] = {0};
    size_t count = channels->count, directed = channels->model->directed;
    find_largest(channels->levels, directed, RANKS, count, strongest);
    for (size_t way = 0, rank = 0; way < CA_TOPS; way++) {
        for (; rank < ca_channel_tops[way]; rank++)
            for (size_t i = 0; i < count; i++)
                sum[i] += strongest[rank][i];
        for (size_t i = 0; i < count; i++)
            channels->tops[way][i] = scored[i] ? settled(sum[i]) + (sum[i] - sum[i]) : (double)NAN;
    }
    memset(channels->sum, 0, count * sizeof *channels->sum);
    for (size_t k = 0; k < directed; k++)
        for (size_t i = 0; i < count; i++)
            channels->sum[i] += channels->levels[k * B + i] > 0 ? channels->levels[k * B + i] : 0;
    for (size_t i = 0; i < count; i++)
        channels->sum[i] = scored[i] ? settled(channels->sum[i]) : (double)NAN;
}

/* Columns in which not all of TILE entities are zero. */
static size_t find_columns(const double *from, size_t columns, uint32_t *ret_which)
{
    size_t found = 0;
    for (uint32_t k = 0; k < columns; k++, from += B) {
        ca_lane_bits any = {0};
        for (size_t i = 0; i < TILE; i += CA_LANES)
            any |= (ca_lane_bits)ca_lanes_at(from + i);
        ret_which[found] = k;
        found += (any[0] | any[1]) != 0;
    }
    return found;
}

/* One row of a matrix times some columns, for TILE entities: column by column, so that an entity's sum has one order. */
static void multiply_tile(const double *weights, const double *from, const uint32_t *which, size_t columns, double *to)
{
    ca_lanes a = {0}, b = {0}, c = {0}, d = {0}, e = {0}, f = {0}, g = {0}, h = {0};
    for (size_t k = 0; k < columns; k++) {
        const ca_lanes weight = {weights[which[k]], weights[which[k]]};
        const double *column = from + (size_t)which[k] * B;
        a += weight * ca_lanes_at(column);
        b += weight * ca_lanes_at(column + CA_LANES);
        c += weight * ca_lanes_at(column + 2 * CA_LANES);
        d += weight * ca_lanes_at(column + 3 * CA_LANES);
        e += weight * ca_lanes_at(column + 4 * CA_LANES);
        f += weight * ca_lanes_at(column + 5 * CA_LANES);
        g += weight * ca_lanes_at(column + 6 * CA_LANES);
        h += weight * ca_lanes_at(column + 7 * CA_LANES);
    }
    const ca_lanes sums[] = {a, b, c, d, e, f, g, h};
    memcpy(to, sums, sizeof sums);
}

/* The same for one. */
static void multiply_one(const double *weights, const double *from, size_t columns, double *to)
{
    double sum = 0;
    for (size_t k = 0; k < columns; k++)
        sum += weights[k] * from[k * B];
    *to = sum;
}

/* to (rows x block) = matrix (rows x columns) from (columns x block). Blocks are whole tiles. */
static void multiply(const double *matrix, const double *from, size_t columns, size_t rows, size_t count, double *to)
{
    uint32_t which[CA_SCORE_FEATURES + 2];
    for (size_t j = 0; j < rows && count == 1; j++)
        multiply_one(matrix + j * columns, from, columns, to + j * B);
    if (count == 1)
        return;
    for (size_t i = 0; i < count; i += TILE) {
        size_t some = find_columns(from + i, columns, which);
        for (size_t j = 0; j < rows; j++)
            multiply_tile(matrix + j * columns, from + i, which, some, to + j * B + i);
    }
}

static void distances(ca_channels *channels)
{
    size_t directed = channels->model->directed;
    double *above = channels->residual_levels;      /* not yet needed */
    for (size_t k = 0; k < directed; k++)
        for (size_t i = 0; i < channels->count; i++)
            above[k * B + i] = channels->normals[k * B + i] > 0 ? channels->normals[k * B + i] : 0;
    multiply(channels->model->weights, above, directed, directed, channels->count, channels->weighted);
    memset(channels->distance, 0, B * sizeof *channels->distance);
    for (size_t k = 0; k < directed; k++)
        for (size_t i = 0; i < channels->count; i++)
            channels->distance[i] += above[k * B + i] * channels->weighted[k * B + i];
}

/* ca_score_clipped of two. */
static ca_lanes clipped(ca_lanes z)
{
    const ca_lanes none = {0, 0}, most = {CA_Z_MOST, CA_Z_MOST};
    z = ca_lanes_where(z == z, z, none);
    z = ca_lanes_where(z > most, most, z);
    return ca_lanes_where(z < -most, -most, z);
}

void ca_channels_clip(const double *z, size_t count, double *to)
{
    for (size_t i = 0; i < count; i += CA_LANES)
        ca_lanes_put(clipped(ca_lanes_at(z + i)), to + i);
}

static void residuals(ca_channels *channels)
{
    const ca_score_model *model = channels->model;
    size_t kept = model->kept;
    for (size_t k = 0; k < kept; k++)
        ca_channels_clip(channels->z + k * B, channels->count, channels->clipped + k * B);
    multiply(model->precision, channels->clipped, kept, model->directed, channels->count, channels->predicted);
    for (size_t k = 0; k < model->directed; k++) {
        double root = sqrt(model->precision[k * kept + k]);
        int direction = model->features[model->order[k]].direction;
        const ca_lanes roots = {root, root}, none = {NAN, NAN};
        const ca_lane_bits sign = {INT64_MIN, INT64_MIN}, no = {0}, cleared = direction == 2 ? sign : no, turned = direction < 0 ? sign : no;
        for (size_t i = k * B; i < k * B + channels->count; i += CA_LANES) {      /* ca_score_towards of two */
            ca_lanes z = ca_lanes_at(channels->z + i), residual = ca_lanes_at(channels->predicted + i) / roots;
            residual = (ca_lanes)(((ca_lane_bits)residual & ~cleared) ^ turned);
            ca_lanes_put(ca_lanes_where(z == z, residual, none), channels->residuals + i);
        }
    }
}

void ca_channels_statistics(ca_channels *channels)
{
    bool scored[B];
    find_scored(channels, scored);
    distances(channels);
    residuals(channels);
    sums(channels, scored);
    for (size_t i = 0; i < channels->count; i++)
        channels->distance[i] = scored[i] ? channels->distance[i] : NAN;
}

/* --- Joining them ------------------------------------------------------------------------------------------------------- */

/* The sum of the largest levels of residuals. */
static void join_residuals(ca_channels *channels)
{
    const ca_score_model *model = channels->model;
    double (*largest)[B] = channels->scratch->largest;
    for (size_t k = 0; k < model->directed; k++)
        ca_channels_look(channels, &model->each[model->order[k]].residual_tails, channels->residuals + k * B, channels->residual_levels + k * B);
    find_largest(channels->residual_levels, model->directed, RESIDUALS, channels->count, largest);
    for (size_t i = 0; i < channels->count; i++) {
        double sum = 0;
        for (size_t rank = 0; rank < RESIDUALS; rank++)
            sum += largest[rank][i] > 0 ? largest[rank][i] : 0;
        channels->residual[i] = isnan(channels->sum[i]) ? NAN : settled(sum);
    }
}

void ca_channels_join(ca_channels *channels)
{
    const ca_score_model *model = channels->model;
    double *levels = channels->scratch->levels;
    join_residuals(channels);
    ca_channels_look(channels, &model->sum, channels->sum, channels->channel_levels[0]);
    ca_channels_look(channels, &model->distance, channels->distance, channels->channel_levels[2]);
    memset(channels->best, 0, channels->count * sizeof *channels->best);
    for (size_t way = 0; way < CA_TOPS; way++) {
        ca_channels_look(channels, &model->top[way], channels->tops[way], levels);
        for (size_t i = 0; i < channels->count; i++)
            channels->best[i] = levels[i] > channels->best[i] ? levels[i] : channels->best[i];
    }
    for (size_t i = 0; i < channels->count; i++)
        channels->best[i] = isnan(channels->sum[i]) ? NAN : settled(channels->best[i]);
}

void ca_channels_total(ca_channels *channels)
{
    ca_channels_look(channels, &channels->model->best, channels->best, channels->channel_levels[1]);
    ca_channels_look(channels, &channels->model->residual, channels->residual, channels->channel_levels[3]);
    for (size_t i = 0; i < channels->count; i++) {
        double total = 0;
        for (size_t c = 0; c < 4; c++)
            total += channels->channel_levels[c][i];
        channels->total[i] = settled(total);
    }
}
