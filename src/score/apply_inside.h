/* What the steps of applying a model share. */
#ifndef CA_SCORE_APPLY_INSIDE_H
#define CA_SCORE_APPLY_INSIDE_H

#include "score/channels.h"
#include "score/scorer.h"

#define CA_REASON_LEVEL 4.605170185988091      /* -ln .01: from here a feature is a reason */

/* CA_CONFIG when the table is not one that the model can score. */
int ca_score_check(const ca_score_model *model, const ca_score_table *table, ca_error *err);
/* All steps after ca_channels_z. */
void ca_score_run(ca_channels *channels);
/* Score and levels of one entity of a block that has a total. */
void ca_score_keep(const ca_channels *channels, size_t i, ca_score_result *to);
/* Of the peers, in the unit of the value. */
double ca_score_median(const ca_score_model *model, size_t column, const ca_peer_view *view, double exposure);

/* rank.c */
int ca_score_rank(const ca_score_model *model, const ca_score_table *table, ca_score_results *results, ca_error *err);
int ca_score_choose(const ca_score_model *model, const ca_score_source *source, const ca_score_settings *settings,
                    ca_score_results *results, ca_error *err);

/* evidence.c: the part that each directed column has in the score of one entity of a block; they sum to the score. */
void ca_score_parts(const ca_channels *channels, size_t i, double *parts);
/* Whether a directed column is a reason. */
bool ca_score_is_reason(const ca_channels *channels, size_t i, size_t column, const double *parts);

#endif
