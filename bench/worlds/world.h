/* A world of tables for the scorer: providers of very unequal peer groups with counted features, some of whom follow a scheme.
 * How features come about is in features.c, who does what in schemes.c; what the scorer finds in it played no part in either. */
#ifndef WORLD_H
#define WORLD_H

#include <stdbool.h>
#include <stdint.h>

#define WORLD_SPECIALTIES 8
#define WORLD_REGIONS     5
#define WORLD_CELLS       (WORLD_SPECIALTIES * WORLD_REGIONS)
#define WORLD_SMALL       60    /* fewer claims make a small provider */
#define WORLD_STRENGTHS   3
#define WORLD_PER_SCHEME  25
#define WORLD_LATENTS     4
#define WORLD_SHIFTS      8     /* features that a scheme moves, at most */

/* What a feature counts over: its numerator is counted in so many of these. */
typedef enum world_exposure {
    WORLD_CLAIMS,
    WORLD_PATIENTS,
    WORLD_LINES,
    WORLD_VISITS,
    WORLD_SCRIPTS,
    WORLD_DAYS,
    WORLD_EXPOSURES
} world_exposure;

typedef enum world_family {
    WORLD_SHARE,    /* k of n, overdispersed binomial; scale on the logit */
    WORLD_RATE,     /* k in n, gamma-Poisson; scale on the logarithm */
    WORLD_MONEY,    /* mean of n lognormal amounts; scale on the logarithm, `noise` is the deviation of one amount */
    WORLD_PRODUCT   /* paid per patient: follows from two others */
} world_family;

/* In the order of the columns. */
typedef enum world_feature_id {
    CLAIMS_PER_PATIENT, LINES_PER_CLAIM, SCRIPTS_PER_PATIENT, PAID_PER_CLAIM, PAID_PER_PATIENT, MINUTES_PER_DAY,
    PATIENTS_PER_DAY, HIGH_LEVEL_SHARE, VISIT_LEVEL, MODIFIER_SHARE, SPLIT_PAIR_SHARE,
    LONG_DAY_SHARE, WEEKEND_SHARE, NEAR_COPY_SHARE,
    DENIED_SHARE, SAME_AMOUNT_SHARE, CONTROLLED_SHARE, SAME_REGIMEN_SHARE, TOP_PHARMACY_SHARE, FAR_PATIENT_SHARE,
    LONE_PATIENT_SHARE, CLONED_DIAGNOSIS_SHARE, CODE_VARIETY, UNITS_PER_LINE,
    MEAN_AGE, CASE_MIX, CHRONIC_SHARE, NEW_PATIENT_SHARE, FEMALE_SHARE,
    MORNING_SHARE, PAPER_SHARE, BATCH_SIZE, ROUND_HOUR_SHARE, FILING_DELAY,
    WORLD_FEATURES
} world_feature_id;

/* Shares of the variance within a cell that come from a latent factor are the squares of `loads`; the rest is the
 * provider's own. Specialties lie `spread` scales apart, regions and cells less. */
typedef struct world_feature {
    const char *name;
    const char *words;
    world_family family;
    world_exposure exposure;
    int direction;      /* +1 too much, -1 too little, 0 context or noise */
    bool money;
    uint32_t min_exposure;
    double base;        /* median share, rate or amount */
    double scale;
    double noise;
    double spread;
    double loads[WORLD_LATENTS];   /* severity of the cases, prescribing, volume, coding */
} world_feature;

extern const world_feature world_features[WORLD_FEATURES];

typedef struct world_shift {
    world_feature_id feature;
    double scales[WORLD_STRENGTHS];     /* multiples of the peer scale; the sign is that on the feature itself */
} world_shift;

typedef struct world_scheme {
    const char *name;
    const char *words;
    bool small;                 /* among small providers, else among the others */
    world_exposure needs;       /* at least `least` of these */
    uint32_t least;
    world_shift shifts[WORLD_SHIFTS];   /* ends with one whose scales are 0 */
} world_scheme;

#define WORLD_SCHEMES 9
extern const world_scheme world_schemes[WORLD_SCHEMES];
extern const char *const world_strength_names[WORLD_STRENGTHS];

typedef struct world_provider {
    uint32_t number;            /* of its identifier */
    uint32_t specialty, region;
    int scheme;                 /* -1: none */
    uint32_t strength;
    uint32_t exposure[WORLD_EXPOSURES];
    double truth[WORLD_FEATURES];   /* share, rate or amount behind what is counted */
    double value[WORLD_FEATURES];   /* as counted; of no meaning without exposure */
} world_provider;

typedef struct score_world {
    uint64_t seed;
    uint32_t count;
    bool null;
    world_provider *providers;
    double scale[WORLD_SPECIALTIES][WORLD_FEATURES];  /* the peer scale: deviation of the transformed truth within cells */
} score_world;

/* Draws everything; false when memory ran out or so few entities cannot hold the schemes. The caller frees with world_free. */
bool world_make(score_world *world, uint64_t seed, uint32_t count, bool null);
void world_free(score_world *world);

/* Transformed as scoring does: asin(sqrt(share)), else the logarithm; and back. */
double world_transform(world_family family, double truth);
double world_restore(world_family family, double transformed);

/* entities.csv, features.csv and labels.csv in the folder, which exists; false after a message on stderr. */
bool world_write(const score_world *world, const char *folder);
/* The table of strengths as the documentation prints it. */
void world_print_strengths(void);

#endif
