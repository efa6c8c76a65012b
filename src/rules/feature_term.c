/* What a feature counts: one aggregate, or one divided by another. */
#include <string.h>

#include "rules/check_parts.h"
#include "rules/feature_parts.h"
#include "rules/say.h"

typedef enum shape {
    SHAPE_COUNT,     /* count() */
    SHAPE_NUMBER,    /* sum(x) */
    SHAPE_KEY,       /* distinct(a, b) */
    SHAPE_TOP,       /* top_share([5,] [sum(x),] a): lines weigh 1 unless said */
    SHAPE_WEIGHT,    /* busiest(sum(x), a): what is counted must be said */
    SHAPE_LIMIT      /* groups(sum(x) > 5, a) */
} shape;

/* To add an aggregate: a row here, and what it makes of weights in ca_feature_reduce. */
static const struct aggregate {
    const char *name;
    shape shape;
    ca_feature_reduce reduce;
    const char *usage;
} aggregates[] = {
    {"count", SHAPE_COUNT, CA_REDUCE_TOTAL, "count(where …)"},
    {"sum", SHAPE_NUMBER, CA_REDUCE_TOTAL, "sum(paid where …)"},
    {"min", SHAPE_NUMBER, CA_REDUCE_MIN, "min(paid where …)"},
    {"max", SHAPE_NUMBER, CA_REDUCE_MAX, "max(paid where …)"},
    {"distinct", SHAPE_KEY, CA_REDUCE_GROUPS, "distinct(patient_id where …)"},
    {"top_share", SHAPE_TOP, CA_REDUCE_TOP_SHARE, "top_share(prescriber_id where …)"},
    {"concentration", SHAPE_KEY, CA_REDUCE_CONCENTRATION, "concentration(prescriber_id where …)"},
    {"effective", SHAPE_KEY, CA_REDUCE_EFFECTIVE, "effective(procedure where …)"},
    {"busiest", SHAPE_WEIGHT, CA_REDUCE_TOP, "busiest(sum(minutes), service_date where …)"},
    {"groups", SHAPE_LIMIT, CA_REDUCE_GROUPS, "groups(count() > 3, patient_id where …)"},
};

#define AGGREGATES (sizeof(aggregates) / sizeof(aggregates[0]))

const char *ca_feature_reduce_name(ca_feature_reduce reduce)
{
    static const char *const names[] = {
        [CA_REDUCE_TOTAL] = "total",   [CA_REDUCE_MIN] = "min",
        [CA_REDUCE_MAX] = "max",       [CA_REDUCE_GROUPS] = "groups",
        [CA_REDUCE_TOP] = "top",       [CA_REDUCE_TOP_SHARE] = "top share",
        [CA_REDUCE_CONCENTRATION] = "concentration", [CA_REDUCE_EFFECTIVE] = "effective",
    };
    return names[reduce];
}

const char *ca_feature_aggregate_name(size_t index)
{
    return index < AGGREGATES ? aggregates[index].name : NULL;
}

static const struct aggregate *find(ca_text name)
{
    for (size_t i = 0; i < AGGREGATES; i++)
        if (ca_text_is(name, aggregates[i].name))
            return &aggregates[i];
    return NULL;
}

static void unknown(ca_feature_reader *reader, const ca_phrase *phrase)
{
    const char *names[AGGREGATES];
    char all[200] = "";
    for (size_t i = 0; i < AGGREGATES; i++) {
        names[i] = aggregates[i].name;
        ca_list_add(all, sizeof(all), names[i]);
    }
    if (phrase->kind != CA_PHRASE_CALL) {
        ca_check_error(&reader->check, phrase->start,
                       "a feature counts over lines: here stands one of %s, as in count(where …)", all);
        return;
    }
    const char *closest = ca_text_closest(phrase->name, names, AGGREGATES);
    ca_check_error(&reader->check, phrase->start, "%.*s(…) does not count over the lines of an entity%s%s%s; those that do: %s",
                   ca_say_len(phrase->name), phrase->name.ptr, closest ? "; did you mean '" : "", closest ? closest : "",
                   closest ? "'?" : "", all);
}

/* --- Weights ------------------------------------------------------------------------------------ */

static uint32_t number(ca_feature_reader *reader, const ca_phrase *phrase)
{
    const ca_expr_type want = ca_type_plain(CA_TYPE_DECIMAL);
    ca_node *node = ca_check_value_of(&reader->check, phrase, &want);
    if (node == NULL)
        return CA_NO_INDEX;
    if (node->kind == CA_NODE_COLUMN && reader->check.schema->columns[node->column].type == CA_TYPE_MONEY &&
        reader->check.schema->columns[node->column].level == CA_LEVEL_CLAIM) {
        ca_check_error(&reader->check, node->start, "%s is an amount of the whole claim and stands on each of its lines; take "
                       "that of the line", reader->check.schema->columns[node->column].name);
        return CA_NO_INDEX;
    }
    return ca_feature_number_of(reader, node);
}

/* The aggregate inside busiest(…) and the like: what a group weighs. */
static bool weight(ca_feature_reader *reader, const ca_phrase *phrase, ca_feature_tally *tally)
{
    const struct aggregate *inner = phrase->kind == CA_PHRASE_CALL ? find(phrase->name) : NULL;
    bool counts = inner != NULL && inner->shape == SHAPE_COUNT;
    bool sums = inner != NULL && inner->shape == SHAPE_NUMBER && inner->reduce == CA_REDUCE_TOTAL;
    bool differs = inner != NULL && inner->reduce == CA_REDUCE_GROUPS && inner->shape == SHAPE_KEY;
    if (!counts && !sums && !differs) {
        ca_check_error(&reader->check, phrase->start, "a group weighs count(), sum(…) or distinct(…)");
        return false;
    }
    if (phrase->where != NULL || phrase->on != NULL || phrase->suffix.len > 0) {
        ca_check_error(&reader->check, phrase->where != NULL ? phrase->where->start : phrase->start,
                       "'where' stands in the outer aggregate: busiest(sum(minutes), service_date where …)");
        return false;
    }
    if (phrase->arg_count != (counts ? 0 : 1) && !differs) {
        ca_check_error(&reader->check, phrase->start, "%s takes %s", inner->name, counts ? "nothing here" : "one number");
        return false;
    }
    if (sums)
        tally->number = number(reader, phrase->args[0]);
    if (differs)
        tally->once = ca_feature_key_of(reader, phrase->args, phrase->arg_count, phrase->start, inner->name);
    return counts || (sums ? tally->number : tally->once) != CA_NO_INDEX;
}

/* A whole number, or with four places where groups weigh an amount. */
static bool limit(ca_feature_reader *reader, const ca_phrase *phrase, const ca_feature_tally *tally, ca_feature_term *term)
{
    int64_t scale = tally->number == CA_NO_INDEX ? 1 : CA_DECIMAL_ONE;
    const ca_ratio value = phrase->number;
    if (phrase->kind != CA_PHRASE_NUMBER || value.d > scale || value.n > INT64_MAX / CA_DECIMAL_ONE) {
        ca_check_error(&reader->check, phrase->start, "a group is compared with a %snumber",
                       scale == 1 ? "whole " : "");
        return false;
    }
    term->limited = true;
    term->limit = (int64_t)value.n * (scale / (int64_t)value.d);
    return true;
}

/* --- Arguments ---------------------------------------------------------------------------------- */

static bool usage(ca_feature_reader *reader, const ca_phrase *phrase, const struct aggregate *aggregate)
{
    ca_check_error(&reader->check, phrase->start, "%s(…) is written %s", aggregate->name, aggregate->usage);
    return false;
}

/* How many of the heaviest groups: a leading number. */
static bool take_top(ca_feature_reader *reader, const ca_phrase *phrase, size_t *at, ca_feature_term *term)
{
    term->top = 1;
    if (phrase->arg_count == 0 || phrase->args[0]->kind != CA_PHRASE_NUMBER)
        return true;
    const ca_ratio top = phrase->args[0]->number;
    if (top.d != 1 || top.n < 1 || top.n > CA_FEATURE_TOP_MAX) {
        ca_check_error(&reader->check, phrase->args[0]->start, "how many groups is a whole number from 1 to %d",
                       CA_FEATURE_TOP_MAX);
        return false;
    }
    term->top = (unsigned)top.n;
    *at = 1;
    return true;
}

static bool grouped(ca_feature_reader *reader, const ca_phrase *phrase, const struct aggregate *aggregate,
                    ca_feature_tally *tally, ca_feature_term *term)
{
    size_t at = 0;
    bool good = true;
    bool tops = aggregate->shape == SHAPE_TOP || aggregate->shape == SHAPE_WEIGHT;
    if (tops && !take_top(reader, phrase, &at, term))
        return false;
    const ca_phrase *first = at < phrase->arg_count ? phrase->args[at] : NULL;
    bool weighs = first != NULL && (aggregate->shape == SHAPE_WEIGHT || aggregate->shape == SHAPE_LIMIT ||
                                    (aggregate->shape == SHAPE_TOP && first->kind == CA_PHRASE_CALL));
    bool limited = aggregate->shape == SHAPE_LIMIT;
    if (first == NULL || (limited && (first->kind != CA_PHRASE_COMPARE || first->arg_count != 2)))
        return usage(reader, phrase, aggregate);
    if (weighs) {
        good = weight(reader, limited ? first->args[0] : first, tally);
        if (good && limited) {
            term->compare = first->compare;
            good = limit(reader, first->args[1], tally, term);
        }
        at++;
    }
    tally->key = ca_feature_key_of(reader, phrase->args + at, phrase->arg_count - at, phrase->start, aggregate->name);
    return good && tally->key != CA_NO_INDEX;
}

static bool arguments(ca_feature_reader *reader, const ca_phrase *phrase, const struct aggregate *aggregate,
                      ca_feature_tally *tally, ca_feature_term *term)
{
    if (phrase->on != NULL || phrase->suffix.len > 0)
        return usage(reader, phrase, aggregate);
    switch (aggregate->shape) {
    case SHAPE_COUNT:
        if (phrase->arg_count > 0)
            ca_check_error(&reader->check, phrase->args[0]->start,
                           "count() counts lines; write count(where …), or distinct(…) for different values");
        return phrase->arg_count == 0;
    case SHAPE_NUMBER:
        if (phrase->arg_count != 1)
            return usage(reader, phrase, aggregate);
        tally->number = number(reader, phrase->args[0]);
        return tally->number != CA_NO_INDEX;
    case SHAPE_KEY:
        tally->key = ca_feature_key_of(reader, phrase->args, phrase->arg_count, phrase->start, aggregate->name);
        return tally->key != CA_NO_INDEX;
    case SHAPE_TOP:
    case SHAPE_WEIGHT:
    case SHAPE_LIMIT:
        return grouped(reader, phrase, aggregate, tally, term);
    }
    return false;
}

/* 365 * count(): the whole number before it. */
static const ca_phrase *without_factor(ca_feature_reader *reader, const ca_phrase *phrase, int64_t *ret_factor)
{
    const ca_phrase *number = NULL;
    *ret_factor = 1;
    if (phrase->kind != CA_PHRASE_MUL)
        return phrase;
    for (size_t i = 0; i < 2 && number == NULL; i++)
        if (phrase->args[i]->kind == CA_PHRASE_NUMBER)
            number = phrase->args[i];
    if (number == NULL || number->number.d != 1 || number->number.n < 1 || number->number.n > 1000000) {
        ca_check_error(&reader->check, phrase->start, "an aggregate is multiplied by a whole number from 1 to 1000000 only");
        return NULL;
    }
    *ret_factor = (int64_t)number->number.n;
    return phrase->args[number == phrase->args[0] ? 1 : 0];
}

bool ca_feature_term_of(ca_feature_reader *reader, const ca_phrase *phrase, ca_feature_term *ret_term)
{
    ca_feature_term term = {.start = phrase->start, .end = phrase->end};
    ca_feature_tally tally = {CA_NO_INDEX, CA_NO_INDEX, CA_NO_INDEX, CA_NO_INDEX};
    const ca_phrase *call = without_factor(reader, phrase, &term.factor);
    if (call == NULL)
        return false;
    const struct aggregate *aggregate = call->kind == CA_PHRASE_CALL ? find(call->name) : NULL;
    if (call->kind == CA_PHRASE_SLIP)
        return false;
    if (aggregate == NULL) {
        unknown(reader, call);
        return false;
    }
    reader->check.scope = ca_feature_scope();
    reader->check.in_aggregate = false;
    term.reduce = aggregate->reduce;
    bool good = arguments(reader, call, aggregate, &tally, &term);
    if (call->where != NULL) {
        ca_node *where = ca_check_condition_of(&reader->check, call->where);
        tally.where = where == NULL ? CA_NO_INDEX : ca_feature_put_condition(reader, where);
        good = good && tally.where != CA_NO_INDEX;
    }
    if (good)
        term.tally = ca_feature_put_tally(reader, &tally);
    *ret_term = term;
    return good && !reader->check.nomem;
}
