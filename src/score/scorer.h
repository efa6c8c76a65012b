/* Scores of the entities of a table by a model, those that become leads, and why. A score is F = the sum over the channels S, A,
 * M1 and R of -ln T(channel), rounded to 1e-6; T is the share of the population that lies above. One thread. */
#ifndef CA_SCORE_SCORER_H
#define CA_SCORE_SCORER_H

#include "base/arena.h"
#include "score/model.h"

typedef enum ca_score_channel {
    CA_SCORE_SUM,            /* S: evidence of all features together */
    CA_SCORE_TOP,            /* A: of the 1, 2, 3 or 5 strongest, whichever is least likely */
    CA_SCORE_DISTANCE,       /* M1: one-sided Mahalanobis distance */
    CA_SCORE_RESIDUAL,       /* R: of features given all others */
    CA_SCORE_CHANNELS
} ca_score_channel;

typedef struct ca_score_result {
    double p, q;                            /* of the score; 1 without one. q: Benjamini-Hochberg over all who are scored */
    int64_t excess;                         /* money at stake in 1/10,000: the largest of its money features, 0 when none is above or there is no score */
    int32_t score;                          /* F in 1e-6 */
    int32_t channels[CA_SCORE_CHANNELS];    /* -ln T in 1e-6 */
    uint32_t rank;                          /* from 1, by score, then excess, then id; 0: insufficient data */
} ca_score_result;

typedef struct ca_score_lead {
    uint32_t entity;
    bool small;        /* by the quota of small ones */
} ca_score_lead;

typedef struct ca_score_settings {
    uint32_t budget;           /* leads; 0: 1 % of those scored, at least 10, at most 200 */
    uint32_t small_claims;     /* entities with fewer claims get a tenth of the budget for themselves; 0: no such quota */
} ca_score_settings;
#define CA_SCORE_SMALL_CLAIMS 60u    /* of providers */

typedef struct ca_score_results {
    ca_score_result *entities;      /* in the order of the table */
    size_t count, scored;
    ca_score_lead *leads;           /* by score (rank), those of the quota last; each has a reason */
    size_t lead_count;
    uint32_t budget;                /* that was used */
} ca_score_results;

/* What fitting and scoring take for each entity besides its table and the model, at the most: numbers of all, their results, their order. */
#define CA_SCORE_ENTITY_BYTES 184u

/* CA_CONFIG when the table has other features than the model. */
int ca_score_apply(const ca_score_model *model, ca_score_table *table, const ca_score_settings *settings,
                   ca_score_results **ret_results, ca_error *err);
/* Fits a model to a table and applies it to the same: what both come to, calculated once. */
int ca_score_fit_apply(ca_score_table *table, const ca_linalg *linalg, const ca_score_settings *settings, ca_score_model **ret_model,
                       ca_score_results **ret_results, ca_error *err);
void ca_score_results_free(ca_score_results *results);    /* NULL is fine */

/* --- Why ------------------------------------------------------------------------------------------------------------------ */

typedef enum ca_score_level {
    CA_SCORE_ALL,
    CA_SCORE_BY_SPECIALTY,
    CA_SCORE_BY_CELL          /* specialty, region and size */
} ca_score_level;

/* The peers of an entity. Where a cell has fewer than five other members, the next larger one. */
typedef struct ca_score_cell {
    ca_score_level level;
    const char *specialty, *region;      /* "" below the level; of the model */
    unsigned size;                       /* 0, 1, 2: the third with the fewest, middle, most claims; only by cell */
    uint32_t members;                    /* in the model's population, this entity not counted */
} ca_score_cell;

/* One feature of one entity. Numbers that cannot be said are not a number (NAN). */
typedef struct ca_score_reason {
    uint32_t feature;
    bool present;
    double value, exposure;
    double median;            /* of the peers, in the unit of the value */
    double ratio;             /* value / median */
    double z;                 /* distance in peer scales, after its volume was taken into account */
    double p;                 /* share of entities that are as far or farther in the feature's direction; 1 for context */
    double percentile;        /* 0 to 100: 99.9 lies above 99.9 % relative to peers */
    double expected;          /* the value that its other features would predict */
    double residual;          /* distance from that */
    double p_residual;
    double evidence;          /* its part of the score; those of all sum to it, but for channels that found nothing */
    bool attributed;          /* evidence > 0, on the feature's side of the peers, and p or p_residual at most .01: a reason */
    ca_score_cell cell;       /* of this feature: peers who have a value */
} ca_score_reason;

typedef struct ca_score_explanation {
    ca_score_cell cell;             /* the finest that the entity belongs to */
    ca_score_reason *reasons;       /* all features: by evidence, those without in order of features */
    size_t count;
    bool few;                       /* too few entities to correct for volume */
    bool insufficient;              /* it has no score; values and medians are there all the same */
} ca_score_explanation;

/* Explains many entities of one table. It borrows model and table; CA_CONFIG when the table has other features. */
typedef struct ca_score_explainer ca_score_explainer;
int ca_score_explainer_new(const ca_score_model *model, ca_score_table *table, ca_score_explainer **ret_explainer, ca_error *err);
void ca_score_explainer_free(ca_score_explainer *explainer);    /* NULL is fine */
/* Those who are explained next, at most CA_SCORE_BLOCK: their numbers are read together. After an error nobody is. */
int ca_score_explainer_take(ca_score_explainer *explainer, const uint32_t *entities, size_t count, ca_error *err);
/* One of them, counted from 0 as they were taken. All in `arena`; texts of cells live as long as the model. */
int ca_score_explainer_look(const ca_score_explainer *explainer, size_t taken, ca_arena *arena, ca_score_explanation *ret_explanation,
                            ca_error *err);
/* Of one entity alone. */
int ca_score_explain(const ca_score_model *model, ca_score_table *table, size_t entity, ca_arena *arena,
                     ca_score_explanation *ret_explanation, ca_error *err);

#endif
