/* What one population taught about its entities: their peers' medians and scales, how much small volumes scatter, the tails
 * of features and channels, and how features go together. Method: shrunk peer z with a funnel variance (Spiegelhalter, Stat.
 * Med. 2005), empirical tails with exponential ends, four channels joined after Fisher and calibrated again; docs/scoring.md. */
#ifndef CA_SCORE_MODEL_H
#define CA_SCORE_MODEL_H

#include "score/linalg.h"
#include "score/table.h"

#define CA_SCORE_MODEL_VERSION 1u

typedef struct ca_score_model ca_score_model;

/* Learns from a finished table; an empty one gives a model that scores nobody. */
int ca_score_fit(ca_score_table *table, const ca_linalg *linalg, ca_score_model **ret_model, ca_error *err);
void ca_score_model_free(ca_score_model *model);    /* NULL is fine */

/* The same model gives the same bytes on every machine. Reading checks everything: any bytes give a model that can be applied,
 * or CA_CONFIG. */
int ca_score_model_write(const ca_score_model *model, ca_buf *to, ca_error *err);
int ca_score_model_read(ca_text bytes, ca_score_model **ret_model, ca_error *err);

const char *ca_score_model_kind(const ca_score_model *model);
size_t ca_score_model_entities(const ca_score_model *model);          /* it was fitted on */
size_t ca_score_model_feature_count(const ca_score_model *model);
const ca_score_feature *ca_score_model_feature(const ca_score_model *model, size_t feature);

/* Why a feature gives no evidence, though it has a direction. */
typedef enum ca_score_use {
    CA_SCORE_USED,
    CA_SCORE_CONSTANT,     /* the same for everybody, or known of fewer than six */
    CA_SCORE_COPY          /* goes with an earlier feature, correlation above .999 */
} ca_score_use;
ca_score_use ca_score_model_use(const ca_score_model *model, size_t feature);

/* How far a feature moved between the population of the model and a table: its quantiles 5, 25, 50, 75 and 95 %, in units of the
 * scale over all (1 = as far as a typical entity lies from the median). Missing values are left out; `share` is the change of
 * the share of entities that have a value. */
typedef struct ca_score_drift {
    double moved[5];       /* with sign; not finite never: 0 where one side has no values */
    double share;
} ca_score_drift;
/* One for each feature of the model, in `drifts`. CA_CONFIG when the table has other features. */
int ca_score_drift_of(const ca_score_model *model, ca_score_table *table, ca_score_drift *drifts, ca_error *err);

/* What values of a feature there were in the population: quantiles 5, 25, 50, 75 and 95 % in the unit of the value (money in 1/10,000),
 * and the share of entities that had one. */
typedef struct ca_score_values {
    double quantiles[5];
    double present;
} ca_score_values;
ca_score_values ca_score_model_values(const ca_score_model *model, size_t feature);
/* How far a feature moved from the population of one model to that of a later one, in scales of the first. */
ca_score_drift ca_score_model_moved(const ca_score_model *model, size_t feature, const ca_score_model *later, size_t later_feature);

#endif
