/* The keys that say what a feature of entities is: share, ratio or value, exposure, money. */
#include <string.h>

#include "rules/check_parts.h"
#include "rules/feature_parts.h"
#include "rules/say.h"

static const char *const forms[] = {[CA_FEATURE_SHARE] = "share", [CA_FEATURE_RATIO] = "ratio",
                                    [CA_FEATURE_VALUE] = "value", [CA_FEATURE_SURPRISE] = "surprise"};

const char *ca_feature_form_name(ca_feature_form form)
{
    return forms[form];
}

static const ca_feature_tally *tally_of(const ca_feature_reader *reader, const ca_feature_term *term)
{
    return &reader->set->tallies[term->tally];
}

/* Lines or groups: a whole number of something. */
static bool counts(const ca_feature_reader *reader, const ca_feature_term *term)
{
    return (term->reduce == CA_REDUCE_TOTAL && tally_of(reader, term)->number == CA_NO_INDEX) ||
           term->reduce == CA_REDUCE_GROUPS;
}

/* --- Which form --------------------------------------------------------------------------------- */

static ca_yaml *form_of(ca_feature_reader *reader)
{
    const ca_conf *conf = &reader->check.conf;
    ca_yaml *found = NULL;
    for (size_t form = CA_FEATURE_SHARE; form <= CA_FEATURE_VALUE; form++) {
        ca_yaml *node = ca_conf_get(conf, reader->root, forms[form]);
        if (node == NULL)
            continue;
        if (found != NULL) {
            ca_conf_error_key(conf, node, "a feature has one of 'share', 'ratio' and 'value'");
            continue;
        }
        reader->feature->form = (ca_feature_form)form;
        found = node;
    }
    if (found == NULL && !reader->root->partial)
        ca_conf_error(conf, reader->root, "the feature says not what it counts: 'share: count(where …) / count()', "
                                          "'ratio: sum(paid) / count()' or 'value: top_share(prescriber_id)'");
    return found;
}

/* A share is a part of a whole: what is above the stroke stands below it, too. */
static void check_share(ca_feature_reader *reader)
{
    const ca_feature *feature = reader->feature;
    const ca_feature_term *above = &feature->numerator;
    const ca_feature_term *below = &feature->denominator;
    const ca_feature_tally *part = tally_of(reader, above);
    const ca_feature_tally *whole = tally_of(reader, below);
    if (above->reduce != below->reduce || (above->reduce != CA_REDUCE_TOTAL && above->reduce != CA_REDUCE_GROUPS) ||
        (above->reduce == CA_REDUCE_TOTAL && part->number != whole->number) || part->key != whole->key || below->limited || above->factor != below->factor)
        ca_check_error(&reader->check, above->start,
                       "the two sides of a share count the same: count(where …) / count(), sum(x where …) / sum(x), "
                       "distinct(x where …) / distinct(x) or groups(… , x) / distinct(x); others are a 'ratio'");
    else if (whole->where != CA_NO_INDEX)
        ca_check_error(&reader->check, below->start,
                       "the whole of a share has no 'where' of its own: it belongs into the feature's 'where'");
}

static void check_ratio(ca_feature_reader *reader)
{
    const ca_feature_term *below = &reader->feature->denominator;
    if (below->reduce != CA_REDUCE_TOTAL && below->reduce != CA_REDUCE_GROUPS)
        ca_check_error(&reader->check, below->start, "below the stroke stands count(), sum(…), distinct(…) or groups(…)");
}

static bool read_terms(ca_feature_reader *reader, const ca_phrase *phrase)
{
    ca_feature *feature = reader->feature;
    bool divided = phrase->kind == CA_PHRASE_DIV;
    if (feature->form == CA_FEATURE_VALUE) {
        if (!divided)
            return ca_feature_term_of(reader, phrase, &feature->numerator);
        ca_check_error(&reader->check, phrase->start, "one divided by another is a 'ratio' or a 'share'");
        return false;
    }
    if (!divided) {
        ca_check_error(&reader->check, phrase->start, "a %s is one aggregate divided by another: %s",
                       forms[feature->form], feature->form == CA_FEATURE_SHARE ? "count(where …) / count()" : "sum(paid) / count()");
        return false;
    }
    feature->has_denominator = true;
    bool above = ca_feature_term_of(reader, phrase->args[0], &feature->numerator);
    return ca_feature_term_of(reader, phrase->args[1], &feature->denominator) && above;
}

/* --- Exposure ----------------------------------------------------------------------------------- */

/* What the value rests on where nobody says: what it is divided by, else the lines counted. */
static void usual_exposure(ca_feature_reader *reader)
{
    ca_feature *feature = reader->feature;
    ca_feature_term *exposure = &feature->exposure;
    if (feature->has_denominator && counts(reader, &feature->denominator)) {
        *exposure = feature->denominator;
        exposure->factor = 1;
        return;
    }
    const ca_feature_term *of = feature->has_denominator ? &feature->denominator : &feature->numerator;
    ca_feature_tally lines = {tally_of(reader, of)->where, CA_NO_INDEX, CA_NO_INDEX, CA_NO_INDEX};
    *exposure = (ca_feature_term){.reduce = CA_REDUCE_TOTAL, .factor = 1, .start = of->start, .end = of->end};
    exposure->tally = ca_feature_put_tally(reader, &lines);
}

static void read_exposure(ca_feature_reader *reader, bool good)
{
    ca_feature *feature = reader->feature;
    ca_yaml *node = ca_conf_get(&reader->check.conf, reader->root, "exposure");
    if (good)
        usual_exposure(reader);
    if (node == NULL)
        return;
    if (feature->form == CA_FEATURE_SHARE) {
        ca_conf_error_key(&reader->check.conf, node, "a share rests on its whole; leave 'exposure' out");
        return;
    }
    const ca_phrase *phrase = ca_feature_parse(reader, node);
    if (phrase == NULL || !ca_feature_term_of(reader, phrase, &feature->exposure))
        return;
    if (!counts(reader, &feature->exposure) || feature->exposure.factor != 1)
        ca_check_error(&reader->check, phrase->start,
                       "'exposure' says on how many lines or groups the value rests: count(…), distinct(…) or groups(…)");
}

/* money: exposure * (value - that of peers) must be an amount. */
static void read_money(ca_feature_reader *reader, bool good)
{
    ca_feature *feature = reader->feature;
    ca_yaml *node = ca_conf_get(&reader->check.conf, reader->root, "money");
    if (!ca_conf_bool(&reader->check.conf, node, &feature->money) || !feature->money || !good)
        return;
    const ca_feature_term *above = &feature->numerator;
    const ca_feature_term *below = &feature->denominator;
    const ca_feature_tally *amount = tally_of(reader, above);
    bool sums_money = above->reduce == CA_REDUCE_TOTAL && amount->number != CA_NO_INDEX &&
                      reader->set->numbers[amount->number].money;
    if (feature->form != CA_FEATURE_RATIO || !sums_money || below->tally != feature->exposure.tally ||
        below->reduce != feature->exposure.reduce || below->factor != 1 || above->factor != 1)
        ca_conf_error_key(&reader->check.conf, node,
                          "'money' is for an amount for each of something: 'ratio: sum(paid) / count()', with what it is "
                          "divided by as exposure");
}

void ca_feature_read_value(ca_feature_reader *reader)
{
    const ca_yaml *node = form_of(reader);
    const ca_phrase *phrase = node == NULL ? NULL : ca_feature_parse(reader, node);
    bool good = phrase != NULL && read_terms(reader, phrase);
    if (good && reader->feature->form == CA_FEATURE_SHARE)
        check_share(reader);
    if (good && reader->feature->form == CA_FEATURE_RATIO)
        check_ratio(reader);
    read_exposure(reader, good);
    read_money(reader, good && !reader->check.nomem);
}
