/* What is usual of a line, as counts: for each feature of claim lines its distribution in cells of what is given (units
 * given the code, a code given the diagnosis group). It sees numbers and 64-bit hashes, never claims.
 *
 * A *collector* counts lines; one for each thread, then merged. All it holds are integers, and what it holds is a
 * function of the lines alone: in any order, split among any number of collectors, they give the same profile, byte by
 * byte. A collector is bounded. Once a feature has more cells than fit, the finest are given up by their hash, half of them
 * at a time, and their lines are counted in the next coarser cell.
 *
 * A *profile* (ca_usual: the profiles of map are of files) is made of a collector once all lines are counted, is stored, and judges
 * later lines (score/surprise.h).
 *
 * Numbers are counted in buckets: 64 to an octave, so that a value is known within 0.8 %, as in a DDSketch (Masson, Rim and
 * Lee, VLDB 2019) whose logarithm is read off the bits of the number. Where a feature's buckets do not fit they become coarser
 * (32, then 16 to an octave, within 6 %) before cells are given up. */
#ifndef CA_SCORE_PROFILE_H
#define CA_SCORE_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"

#define CA_USUAL_FEATURES_MAX 64    /* of a profile: bits of a set of features */
#define CA_USUAL_LEVELS_MAX   3     /* cells of a fall-back chain, besides the cell of all lines */
#define CA_USUAL_NAME_MAX     64
#define CA_USUAL_TEXT_MAX     64    /* bytes of the words for a value */

typedef enum ca_usual_form {
    CA_USUAL_NUMBER,       /* far from what others have */
    CA_USUAL_CHOICE,       /* a code or word that is rare */
    CA_USUAL_CONDITION     /* 1 = FALSE, never a surprise; 2 = TRUE, which is one where it is rare */
} ca_usual_form;

typedef struct ca_usual_feature {
    char name[CA_USUAL_NAME_MAX];
    uint64_t identity;       /* hash of its meaning: a profile serves features of the same identity only */
    ca_usual_form form;
    int direction;           /* NUMBER: +1 much, -1 little, 2 both. Otherwise ignored */
    unsigned levels;         /* of keys that lines bring, the finest first: 0 to CA_USUAL_LEVELS_MAX */
    bool crossed;            /* lines of one finer cell may have different coarser ones: a line is counted in all of its cells,
                                and the next coarser one, where it matters, is that of all lines */
    bool strict;             /* the cell of all lines does not judge: the prices of all services tell nothing of one. A line
                                without another cell of enough lines does not have the feature */
    uint64_t least;          /* lines that a cell needs before it judges, at least 1; the cell of all lines needs none */
    double unit;             /* NUMBER: distances are taken of asinh(x / unit), which is a logarithm for x well above it; 1e-6 to 1e9 */
} ca_usual_feature;

typedef struct ca_usual_settings {
    uint32_t entries;        /* of a feature: cells and counts in cells that a collector holds at most; 0 = 98,304 */
    uint32_t sample;         /* lines kept whole, to measure how large sums of surprises are; 0 = 16,384 */
} ca_usual_settings;

/* Bytes that a collector takes at most, and a profile with what it needs to judge. */
uint64_t ca_collector_bytes_most(const ca_usual_settings *settings, size_t features);
uint64_t ca_usual_bytes_most(const ca_usual_settings *settings, size_t features);

/* --- Lines -------------------------------------------------------------------------------------------------- */

/* A feature of all lines of a batch. The array that its form asks for may be NULL: no line has it. */
typedef struct ca_usual_column {
    const double *numbers;       /* NUMBER; NaN and infinities are missing */
    const uint64_t *choices;     /* CHOICE, CONDITION: hashes of the values, or 1 and 2; 0 = missing */
    const uint64_t *there;       /* a bit by line: 0 = it does not have it, whatever stands in the arrays; NULL: they say it all */
    /* The cell at each level, the finest first: hashes of the values that are given; 0 = one of them is missing.
     * Unless they are crossed, lines of one finer cell have the same coarser ones: where the finer is known the coarser are. */
    const uint64_t *keys[CA_USUAL_LEVELS_MAX];
} ca_usual_column;

typedef struct ca_usual_lines {
    const ca_usual_column *columns;    /* by feature */
    const ca_digest *ids;                /* by line: unlike all others; they choose the sample and break ties */
    uint32_t count;
    const uint64_t *taken;               /* a bit by line: 0 = as if it were not there; NULL: all are */
} ca_usual_lines;

/* Mixes two hashes into one that depends on their order; never 0. For keys of several columns. */
static inline uint64_t ca_usual_mix(uint64_t first, uint64_t second)
{
    uint64_t mixed = (first ^ second * UINT64_C(0x9E3779B97F4A7C15)) + (first << 25 | first >> 39);
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94D049BB133111EB);
    mixed ^= mixed >> 31;
    return mixed == 0 ? 1 : mixed;
}

/* --- Collecting --------------------------------------------------------------------------------------------- */

typedef struct ca_collector ca_collector;

/* Features are copied. CA_LIMIT where they are too many, or what one says is out of range. */
int ca_collector_new(const ca_usual_feature *features, size_t count, const ca_usual_settings *settings,
                     ca_collector **ret_collector, ca_error *err);
void ca_collector_free(ca_collector *collector);
/* After a failure (CA_NOMEM) the collector can only be freed. */
uint64_t ca_collector_bytes(const ca_collector *collector);    /* that it holds now */
int ca_collector_add(ca_collector *collector, const ca_usual_lines *lines, ca_error *err);
/* As if the lines of `from`, which has the same features and settings and stays as it is, had been added. */
int ca_collector_merge(ca_collector *collector, const ca_collector *from, ca_error *err);
/* So many lines are there, but left out: the lines that are added are a sample. */
void ca_collector_leave_out(ca_collector *collector, uint64_t lines);
uint64_t ca_collector_lines(const ca_collector *collector);    /* that were added */

/* --- Profiles ----------------------------------------------------------------------------------------------- */

typedef struct ca_usual ca_usual;

/* The words of a value of a CHOICE feature, by its hash; false = not known. They are kept for the most usual value of each
 * cell, cut at CA_USUAL_TEXT_MAX. */
typedef struct ca_usual_words {
    bool (*find)(void *context, size_t feature, uint64_t choice, ca_text *ret_words);
    void *context;
} ca_usual_words;

/* `words` may be NULL. The collector stays as it is. */
int ca_usual_new(const ca_collector *collector, const ca_usual_words *words, ca_usual **ret_profile, ca_error *err);
/* The same, and the collector is then only good to be freed, also after an error: so less is held at a time. */
int ca_usual_spend(ca_collector *collector, const ca_usual_words *words, ca_usual **ret_profile, ca_error *err);
void ca_usual_free(ca_usual *profile);

/* As bytes, which are the same for the same lines; appended to `to`. Reading refuses with CA_CONFIG what is cut short,
 * changed or of another version. */
int ca_usual_write(const ca_usual *profile, ca_buf *to, ca_error *err);
int ca_usual_read(ca_text bytes, ca_usual **ret_profile, ca_error *err);
/* Of these bytes. */
ca_digest ca_usual_digest(const ca_usual *profile);

/* Whether it has lines enough to say what is rare: if not, nothing is scored. */
bool ca_usual_is_enough(const ca_usual *profile);
uint64_t ca_usual_lines_count(const ca_usual *profile);    /* that it was made of, */
uint64_t ca_usual_lines_all(const ca_usual *profile);      /* and of how many they are a sample: as many where it is none */
size_t ca_usual_features(const ca_usual *profile);
const ca_usual_feature *ca_usual_feature_at(const ca_usual *profile, size_t feature);
/* The feature of this identity; false when the profile has none. */
bool ca_usual_find(const ca_usual *profile, uint64_t identity, size_t *ret_feature);

/* What there is of a feature. */
typedef struct ca_usual_about {
    uint64_t lines;          /* that have it */
    uint64_t coarsened;      /* of these, lines whose finest cell did not fit: counted in a coarser one */
    uint32_t cells;          /* that judge, with that of all lines */
    uint32_t counts;         /* buckets or values in them */
    uint32_t buckets;        /* NUMBER: to an octave: 64, 32 or 16 */
} ca_usual_about;
ca_usual_about ca_usual_about_feature(const ca_usual *profile, size_t feature);

/* --- Drift -------------------------------------------------------------------------------------------------- */

/* How a feature's distribution over all lines moved from one profile to another, which has the same feature. */
typedef struct ca_usual_drift {
    uint64_t lines_old, lines_new;
    double old_quantiles[5], new_quantiles[5];    /* NUMBER: at 5, 25, 50, 75 and 95 % */
    double distance;         /* NUMBER: largest difference of shares below a value (Kolmogorov); otherwise half the sum of
                                differences of shares (total variation). 0 to 1 */
    double by_chance;        /* about how large it is where both are samples of the same lines */
} ca_usual_drift;
/* False when one of them lacks the feature. */
bool ca_usual_drifted(const ca_usual *old_profile, const ca_usual *new_profile, uint64_t identity,
                        ca_usual_drift *ret_drift);

#endif
