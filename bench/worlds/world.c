/* Draws a world: peer groups and their medians, providers and what is true of them, schemes, and last what is counted. */
#include "worlds/world.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "worlds/draw.h"

enum { FOR_SPECIALTY = 1, FOR_REGION, FOR_CELL, FOR_SPECIALTY_SCALE, FOR_PROVIDER, FOR_COUNTS, FOR_SCHEMES };

#define REGION_SPREAD   0.40    /* scales */
#define CELL_SPREAD     0.30
#define SCALE_SPREAD    0.20    /* of the logarithm of a specialty's scale */
#define VOLUME_MEDIAN   169.0   /* claims: so that 24 % have fewer than 60 */
#define VOLUME_SCALE    1.45
#define CLAIMS_MIN      12
#define CLAIMS_MAX      40000
#define SHARE_MOST      0.985

/* clang-format off */
static const double specialty_weights[WORLD_SPECIALTIES] = {.34, .19, .13, .10, .08, .07, .05, .04};
static const double region_weights[WORLD_REGIONS]        = {.42, .26, .16, .10, .06};
static const double volume_shifts[WORLD_SPECIALTIES]     = {.15, -.25, .10, -.10, .35, -.30, .20, .05};
static const double visits_of_claims[WORLD_SPECIALTIES]  = {.62, .70, .35, .50, .10, .55, .04, .30};
static const double scripts_factors[WORLD_SPECIALTIES]   = {1.0, 1.4, .60, 1.8, .05, 1.0, .03, .30};
/* clang-format on */

double world_transform(world_family family, double truth)
{
    return family == WORLD_SHARE ? asin(sqrt(truth)) : log(truth);
}

double world_restore(world_family family, double transformed)
{
    if (family != WORLD_SHARE)
        return exp(transformed);
    if (transformed < 0)
        return 0;
    double most = asin(sqrt(SHARE_MOST)), sine = sin(transformed < most ? transformed : most);
    return sine * sine;
}

static uint32_t pick(gen_random *random, const double *weights, uint32_t count)
{
    double at = draw_uniform(random);
    uint32_t i = 0;

    while (i + 1 < count && at >= weights[i])
        at -= weights[i++];
    return i;
}

static double normal_of(uint64_t seed, uint64_t purpose, uint64_t index)
{
    gen_random random = world_random(seed, purpose, index);

    return draw_normal(&random);
}

static double scale_of(uint64_t seed, const world_provider *provider, uint32_t feature)
{
    double own = normal_of(seed, FOR_SPECIALTY_SCALE, provider->specialty * WORLD_FEATURES + feature);

    return world_features[feature].scale * exp(SCALE_SPREAD * own);
}

/* The median of the provider's cell on the logit or logarithm. */
static double cell_median(uint64_t seed, const world_provider *provider, uint32_t feature)
{
    const world_feature *f = &world_features[feature];
    uint64_t cell = provider->specialty * WORLD_REGIONS + provider->region;
    double median = f->family == WORLD_SHARE ? log(f->base / (1 - f->base)) : log(f->base);

    if (feature == SCRIPTS_PER_PATIENT)
        median += log(scripts_factors[provider->specialty]);
    return median + f->scale * (f->spread * normal_of(seed, FOR_SPECIALTY, provider->specialty * WORLD_FEATURES + feature) +
                                REGION_SPREAD * normal_of(seed, FOR_REGION, provider->region * WORLD_FEATURES + feature) +
                                CELL_SPREAD * normal_of(seed, FOR_CELL, cell * WORLD_FEATURES + feature));
}

static double draw_truth(gen_random *random, world_family family, double centre, double variance)
{
    switch (family) {
    case WORLD_SHARE: {
        double mean = 1 / (1 + exp(-centre)), size = 1 / (variance * mean * (1 - mean));
        double share = draw_beta(random, mean * size, (1 - mean) * size);
        return share < SHARE_MOST ? share : SHARE_MOST;
    }
    case WORLD_RATE: {
        double shape = 1 / variance + 0.5;
        return exp(centre) * draw_gamma(random, shape) / shape;
    }
    case WORLD_MONEY:
        return exp(centre + sqrt(variance) * draw_normal(random));
    case WORLD_PRODUCT:
        break;
    }
    return 0;
}

static void draw_provider(uint64_t seed, uint32_t index, world_provider *provider)
{
    gen_random random = world_random(seed, FOR_PROVIDER, index);
    double latents[WORLD_LATENTS], claims;

    *provider = (world_provider){.number = index + 1, .scheme = -1};
    provider->specialty = pick(&random, specialty_weights, WORLD_SPECIALTIES);
    provider->region = pick(&random, region_weights, WORLD_REGIONS);
    for (uint32_t i = 0; i < WORLD_LATENTS; i++)
        latents[i] = draw_normal(&random);
    claims = VOLUME_MEDIAN * exp(VOLUME_SCALE * latents[2] + volume_shifts[provider->specialty]);
    provider->exposure[WORLD_CLAIMS] = (uint32_t)fmin(fmax(claims, CLAIMS_MIN), CLAIMS_MAX);
    for (uint32_t f = 0; f < WORLD_FEATURES; f++) {
        double scale = scale_of(seed, provider, f), centre = cell_median(seed, provider, f), left = 1;
        for (uint32_t i = 0; i < WORLD_LATENTS; i++) {
            centre += scale * world_features[f].loads[i] * latents[i];
            left -= world_features[f].loads[i] * world_features[f].loads[i];
        }
        provider->truth[f] = draw_truth(&random, world_features[f].family, centre, scale * scale * left);
    }
}

/* A mean of n lognormal amounts, as a lognormal of the same mean and variance. */
static double draw_mean(gen_random *random, double truth, double noise, uint32_t n)
{
    double variance = log(1 + (exp(noise * noise) - 1) / n);

    return truth * exp(sqrt(variance) * draw_normal(random) - variance / 2);
}

static void count_exposures(gen_random *random, world_provider *provider)
{
    uint32_t *exposure = provider->exposure, claims = exposure[WORLD_CLAIMS];
    double more = provider->truth[LINES_PER_CLAIM] - 1, visits = provider->truth[CLAIMS_PER_PATIENT];

    exposure[WORLD_PATIENTS] = 1 + draw_poisson(random, (claims - 1) / (visits > 1.05 ? visits : 1.05));
    if (exposure[WORLD_PATIENTS] > claims)
        exposure[WORLD_PATIENTS] = claims;
    exposure[WORLD_LINES] = claims + draw_poisson(random, claims * (more > 0.02 ? more : 0.02));
    exposure[WORLD_VISITS] = draw_binomial(random, claims, visits_of_claims[provider->specialty]);
    exposure[WORLD_SCRIPTS] = draw_poisson(random, exposure[WORLD_PATIENTS] * provider->truth[SCRIPTS_PER_PATIENT]);
    exposure[WORLD_DAYS] = 2 + draw_binomial(random, 248, 1 - exp(claims / -300.0));
    if (exposure[WORLD_DAYS] > claims)
        exposure[WORLD_DAYS] = claims;
}

static double count_feature(gen_random *random, const world_provider *provider, uint32_t feature)
{
    const world_feature *f = &world_features[feature];
    uint32_t n = provider->exposure[f->exposure];

    if (n == 0)
        return 0;
    switch (f->family) {
    case WORLD_SHARE:
        return (double)draw_binomial(random, n, provider->truth[feature]) / n;
    case WORLD_RATE:
        return (double)draw_poisson(random, provider->truth[feature] * n) / n;
    case WORLD_MONEY:
        return draw_mean(random, provider->truth[feature], f->noise, n);
    case WORLD_PRODUCT:
        break;
    }
    return 0;
}

static void count_provider(uint64_t seed, uint32_t index, world_provider *provider)
{
    gen_random random = world_random(seed, FOR_COUNTS, index);
    const uint32_t *exposure = provider->exposure;
    double claims = provider->exposure[WORLD_CLAIMS];

    count_exposures(&random, provider);
    for (uint32_t f = 0; f < WORLD_FEATURES; f++)
        provider->value[f] = count_feature(&random, provider, f);
    provider->value[CLAIMS_PER_PATIENT] = claims / exposure[WORLD_PATIENTS];
    provider->value[LINES_PER_CLAIM] = exposure[WORLD_LINES] / claims;
    provider->value[SCRIPTS_PER_PATIENT] = (double)exposure[WORLD_SCRIPTS] / exposure[WORLD_PATIENTS];
    provider->value[PAID_PER_PATIENT] = provider->value[PAID_PER_CLAIM] * claims / exposure[WORLD_PATIENTS];
}

/* The deviation within cells, all cells of a specialty together. */
static void measure_scale(score_world *world, uint32_t feature)
{
    double sum[WORLD_CELLS] = {0}, squares[WORLD_CELLS] = {0}, count[WORLD_CELLS] = {0};

    for (uint32_t i = 0; i < world->count; i++) {
        const world_provider *provider = &world->providers[i];
        uint32_t cell = provider->specialty * WORLD_REGIONS + provider->region;
        double at = world_transform(world_features[feature].family, provider->truth[feature]);
        sum[cell] += at;
        squares[cell] += at * at;
        count[cell]++;
    }
    for (uint32_t specialty = 0; specialty < WORLD_SPECIALTIES; specialty++) {
        double within = 0, freedom = 0;
        for (uint32_t cell = specialty * WORLD_REGIONS; cell < (specialty + 1) * WORLD_REGIONS; cell++) {
            if (count[cell] < 2)
                continue;
            within += squares[cell] - sum[cell] * sum[cell] / count[cell];
            freedom += count[cell] - 1;
        }
        world->scale[specialty][feature] = freedom > 0 ? sqrt(within / freedom) : 0;
    }
}

static bool is_fit(const world_provider *provider, const world_scheme *scheme)
{
    bool small = provider->exposure[WORLD_CLAIMS] < WORLD_SMALL;

    return provider->scheme < 0 && small == scheme->small && provider->exposure[scheme->needs] >= scheme->least;
}

static void play(const score_world *world, world_provider *provider, const world_scheme *scheme, uint32_t strength)
{
    for (uint32_t i = 0; i < WORLD_SHIFTS && scheme->shifts[i].scales[0] != 0; i++) {
        const world_shift *shift = &scheme->shifts[i];
        world_family family = world_features[shift->feature].family;
        double *truth = &provider->truth[shift->feature];
        double by = shift->scales[strength] * world->scale[provider->specialty][shift->feature];
        *truth = world_restore(family, world_transform(family, *truth) + by);
    }
}

/* Each scheme is played by WORLD_PER_SCHEME providers who are fit for it, a third of each strength over all schemes. */
static bool play_scheme(score_world *world, int number)
{
    const world_scheme *scheme = &world_schemes[number];
    gen_random random = world_random(world->seed, FOR_SCHEMES, (uint64_t)number);
    uint32_t tries = 0;

    for (uint32_t n = 0; n < WORLD_PER_SCHEME;) {
        uint32_t index = (uint32_t)(draw_uniform(&random) * world->count);
        world_provider *provider = &world->providers[index];
        if (++tries > 1000000)
            return false;
        if (!is_fit(provider, scheme))
            continue;
        provider->scheme = number;
        provider->strength = (n++ + (uint32_t)number) % WORLD_STRENGTHS;
        play(world, provider, scheme, provider->strength);
        count_provider(world->seed, index, provider);
    }
    return true;
}

bool world_make(score_world *world, uint64_t seed, uint32_t count, bool null)
{
    memset(world, 0, sizeof *world);
    world->seed = seed;
    world->count = count;
    world->null = null;
    world->providers = calloc(count, sizeof *world->providers);
    if (world->providers == NULL)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        draw_provider(seed, i, &world->providers[i]);
        count_provider(seed, i, &world->providers[i]);
    }
    for (uint32_t f = 0; f < WORLD_FEATURES; f++)
        if (world_features[f].family != WORLD_PRODUCT)
            measure_scale(world, f);
    for (int scheme = 0; scheme < WORLD_SCHEMES && !null; scheme++)
        if (!play_scheme(world, scheme))
            return false;
    return true;
}

void world_free(score_world *world)
{
    free(world->providers);
    world->providers = NULL;
}
