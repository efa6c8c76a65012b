/* What the values of a feature are. */
#include "run/scoring_words.h"

ca_told_word ca_told_word_of(ca_feature_word word)
{
    switch (word) {
    case CA_SAY_VALUE:
        return CA_TOLD_VALUE;
    case CA_SAY_PEER:
        return CA_TOLD_PEER;
    case CA_SAY_RATIO:
        return CA_TOLD_RATIO;
    case CA_SAY_PERCENTILE:
        return CA_TOLD_PERCENTILE;
    case CA_SAY_EXPOSURE:
        return CA_TOLD_EXPOSURE;
    case CA_SAY_TEXT:
    case CA_SAY_COLUMN:
        break;
    }
    return CA_TOLD_TEXT;
}

ca_told_format ca_told_format_of(ca_feature_format format)
{
    switch (format) {
    case CA_FORMAT_PERCENT:
        return CA_TOLD_PERCENT;
    case CA_FORMAT_MONEY:
        return CA_TOLD_MONEY;
    case CA_FORMAT_COUNT:
        return CA_TOLD_COUNT;
    case CA_FORMAT_NUMBER:
    case CA_FORMAT_OWN:
        break;
    }
    return CA_TOLD_NUMBER;
}

ca_told_format ca_scoring_format(const ca_feature *feature)
{
    for (size_t i = 0; i < feature->say_count; i++) {
        if (feature->say[i].word == CA_SAY_VALUE) {
            return ca_told_format_of(feature->say[i].format);
        }
    }
    return feature->money ? CA_TOLD_MONEY : feature->transform == CA_TRANSFORM_SHARE ? CA_TOLD_PERCENT : CA_TOLD_NUMBER;
}

static const char *name_of(const ca_feature_key *key)
{
    if (key->count != 1) {
        return NULL;
    }
    switch (key->column[0]) {
    case CA_F_CLAIM_ID:
        return "claims";
    case CA_F_PATIENT_ID:
        return "patients";
    case CA_F_SERVICE_DATE:
        return "days";
    default:
        return NULL;
    }
}

const char *ca_scoring_exposure(const ca_featureset *set, const ca_feature *feature)
{
    const ca_feature_term *term = &feature->exposure;
    const ca_feature_tally *tally = term->tally < set->tally_count ? &set->tallies[term->tally] : NULL;
    if (!tally || tally->number != CA_NO_INDEX || tally->once != CA_NO_INDEX || term->factor != 1) {
        return NULL;
    }
    if (term->reduce == CA_REDUCE_TOTAL && tally->key == CA_NO_INDEX) {
        return "lines";
    }
    return term->reduce == CA_REDUCE_GROUPS && !term->limited && tally->key != CA_NO_INDEX ? name_of(&set->keys[tally->key]) : NULL;
}
