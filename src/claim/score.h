/* What the scorer says of those it scored, as plain values: whom, how far from their peers, and why. Run fills them from the
 * results of score, makes sentences and findings of them; the report stores them. They know nothing of either, so that each
 * can be tested with made-up scores; names begin with `ca_told` where score has a thing of its own by that name. Scores,
 * probabilities and values of features are binary floating point; money at stake is not: it is minor units. Texts are
 * borrowed. docs/scoring.md says how each number is made. */
#ifndef CA_CLAIM_SCORE_H
#define CA_CLAIM_SCORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/date.h"
#include "claim/finding.h"

/* How a value is written for people. */
typedef enum ca_told_format {
    CA_TOLD_NUMBER,     /* three significant digits */
    CA_TOLD_PERCENT,    /* .125 is 12.5 % */
    CA_TOLD_MONEY,      /* whole units of the currency: 142.5 is 142.50 */
    CA_TOLD_COUNT       /* a whole number */
} ca_told_format;
const char *ca_told_format_name(ca_told_format format);        /* "number", "share", "money", "count" */
const char *ca_told_direction_name(int direction);             /* "more", "less", "both", "context" */

/* A piece of a feature's own words. */
typedef enum ca_told_word {
    CA_TOLD_TEXT, CA_TOLD_VALUE, CA_TOLD_PEER, CA_TOLD_RATIO, CA_TOLD_PERCENTILE, CA_TOLD_EXPOSURE
} ca_told_word;
typedef struct ca_told_say {
    ca_told_word word;
    ca_told_format format;      /* of what is not TEXT */
    ca_text text;                /* TEXT */
} ca_told_say;

/* A feature of one entity beside its peers. NaN = missing, or there is none. */
typedef struct ca_entity_feature {
    const char *id, *title;
    ca_told_format format;      /* of value, peer and expected */
    int direction;               /* 1: much is looked at, -1: little, 2: both, 0: context, which is never evidence */
    double value;
    double exposure;             /* on how much the value rests */
    const char *exposure_of;     /* what the exposure counts, such as "claims", "patients"; NULL: "cases" */
    double peer;                 /* the peers' median; of a line what is usual in its cell */
    double ratio;                /* value / peer */
    double percentile;           /* share of all of the kind who lie lower beside their own peers, of a line that of its cell; 0 to 1 */
    double z;                    /* distance from the peers in usual deviations, small volume allowed for; 0 when missing */
    double p;                    /* of such a distance in the feature's direction */
    ca_text cell;                /* who the peers are: "cardiology, north, large" */
    uint64_t cell_size;          /* how many they are */
} ca_entity_feature;

/* Why an entity, or a line, is where it is in the ranking. */
typedef struct ca_entity_reason {
    ca_entity_feature feature;
    const ca_told_say *say;     /* the feature's own words; say_count 0: it is told by its title */
    size_t say_count;
    double share;                /* of the score's evidence, 0 to 1 */
    bool has_expected;           /* it is unlike what its other features let one expect */
    double expected;             /* that value */
    double deviation;            /* distance from it in usual deviations */
    bool uncorrected;            /* too few entities to allow for small volumes */
    ca_text sentence;            /* run/score_words.h makes it */
} ca_entity_reason;

/* The model that scores come from. */
typedef struct ca_told_model {
    const char *name, *version;
    ca_digest digest;            /* of what it says */
    bool has_period;
    ca_date from, to;            /* first and last day of the lines that were scored */
} ca_told_model;

typedef struct ca_entity_score {
    const char *kind;            /* "provider", "institution", "prescriber", "pharmacy", "patient", "line" */
    ca_text id;                  /* of a line claim_type/claim_id/line_no */
    ca_text cell;                /* its peers */
    uint64_t cell_size;
    uint64_t volume;             /* claims */
    double score;                /* rounded to 1e-6; the larger the more unlike its peers */
    double p, q;                 /* of the score; q: share of false leads to expect when all up to this rank are leads */
    uint64_t rank;               /* within its kind, from 1; 0 = insufficient */
    bool small;                  /* few claims: it has a quota of its own */
    bool lead;                   /* becomes a finding; then it has a reason */
    bool insufficient;           /* too little is known of it for a score: score, p and q mean nothing */
    bool has_excess;
    int64_t excess;              /* paid above what the peers' values come to, in minor units */
    const ca_entity_reason *reasons;      /* by share, the largest first */
    size_t reason_count;
    const ca_entity_feature *features;    /* all that it has, context too: kept of leads */
    size_t feature_count;
    const ca_finding_line *lines;         /* a sample, at most CA_ENTITY_LINES; of a line itself */
    size_t line_count;
    ca_text patient_id, billing_provider_id, rendering_provider_id;    /* of a line; ptr NULL = missing */
} ca_entity_score;

/* --- Networks --------------------------------------------------------------------------------- */

typedef struct ca_told_member {
    const char *kind;            /* as ca_entity_score.kind */
    ca_text id;
    ca_text group;               /* its specialty, "" = unknown */
    uint64_t patients;           /* of the region that was tested; of a ring: the most of a region that one of its pairs has */
    uint64_t shared;             /* of these with the other member; of a ring: the most with one other */
    bool has_paid;
    int64_t paid;                /* to it, for the shared patients, in minor units */
} ca_told_member;

/* Two that share more patients than their region lets one expect. */
typedef struct ca_told_pair {
    ca_told_member a, b;        /* a.kind before b.kind, then a.id before b.id, bytewise */
    ca_text region;
    uint64_t population;         /* patients of the region */
    uint64_t shared;
    double expected;             /* shared patients, by chance: as many as pairs of its kind have in the region */
    double lift, jaccard;        /* shared * population / (patients of a * patients of b); shared / patients of either */
    double log_p, q;             /* natural logarithm of the hypergeometric tail */
    uint64_t rank;               /* from 1 */
    bool has_money;
    int64_t money;               /* paid to them for the shared patients, minor units */
} ca_told_pair;

/* Three or more, tied together by such pairs. */
typedef struct ca_told_ring {
    const ca_told_member *members;    /* by kind, then id */
    size_t member_count;
    uint64_t patients;           /* seen by at least half of the members */
    uint64_t pairs;              /* of its members, that stand out */
    double density;              /* of all the pairs that there could be, 0 to 1 */
    double q;                    /* the largest of its pairs' */
    uint64_t rank;               /* from 1: by patients, then first member */
    bool has_money;
    int64_t money;               /* paid to all members for these patients, minor units */
} ca_told_ring;

#endif
