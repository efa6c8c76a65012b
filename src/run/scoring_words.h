/* What the values of a feature are, for those who write them down. */
#ifndef CA_RUN_SCORING_WORDS_H
#define CA_RUN_SCORING_WORDS_H

#include "claim/score.h"
#include "rules/feature.h"

/* Columns of a line are written out where they are known: they are text by then. */
ca_told_word ca_told_word_of(ca_feature_word word);
ca_told_format ca_told_format_of(ca_feature_format format);
/* As the feature's own words write it; without such words by what it is. */
ca_told_format ca_scoring_format(const ca_feature *feature);
/* What its exposure counts: "lines", "claims", "patients", "days"; NULL: something else. */
const char *ca_scoring_exposure(const ca_featureset *set, const ca_feature *feature);

#endif
