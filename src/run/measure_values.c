/* From sums and groups to features: what rules/feature.h says, in exact numbers. */
#include "run/measure_entity_inside.h"

#include "base/decimal.h"

/* Groups of one tally, or a single weight. */
typedef struct weights {
    const ca_measure_entity *entity;
    const ca_measure_tally *tally;    /* NULL: one group, of this weight */
    ca_wide weight;
    uint32_t count;                   /* groups of its key; some may be of other tallies only */
} weights;

/* False: the tally has no such group. */
static bool weight_at(const weights *of, uint32_t group, ca_wide *ret_weight)
{
    if (!of->tally) {
        *ret_weight = of->weight;
        return true;
    }
    const int64_t *words = ca_group_weights(&of->entity->groups[of->tally->key], group) + of->tally->word;
    bool sums = of->tally->number != CA_NO_INDEX;
    *ret_weight = sums ? ca_group_sum(words) : words[0];
    return (sums ? words[2] : words[0]) != 0;
}

static bool holds(const ca_feature_term *term, ca_wide weight)
{
    switch (term->compare) {
    case CA_EQ:
        return weight == term->limit;
    case CA_NE:
        return weight != term->limit;
    case CA_LT:
        return weight < term->limit;
    case CA_LE:
        return weight <= term->limit;
    case CA_GT:
        return weight > term->limit;
    case CA_GE:
        break;
    }
    return weight >= term->limit;
}

typedef struct reduced {
    ca_wide total, squares;
    ca_wide groups, meet;             /* how many there are, and meet the limit */
    bool failed;
} reduced;

static reduced walk(const weights *of, const ca_feature_term *term)
{
    bool spread = term->reduce == CA_REDUCE_CONCENTRATION || term->reduce == CA_REDUCE_EFFECTIVE;
    reduced sum = {0};
    for (uint32_t group = 0; group < of->count; group++) {
        ca_wide weight, square = 0;
        if (!weight_at(of, group, &weight)) {
            continue;
        }
        sum.groups++;
        sum.meet += !term->limited || holds(term, weight);
        sum.failed |= __builtin_add_overflow(sum.total, weight, &sum.total);
        sum.failed |= spread && (__builtin_mul_overflow(weight, weight, &square) || __builtin_add_overflow(sum.squares, square, &sum.squares));
    }
    return sum;
}

/* The heaviest groups together. */
static ca_wide top_of(const weights *of, unsigned top)
{
    ca_wide heaviest[CA_FEATURE_TOP_MAX];
    unsigned count = 0;
    ca_wide sum = 0;
    for (uint32_t group = 0; group < of->count; group++) {
        ca_wide weight;
        if (!weight_at(of, group, &weight) || (count == top && weight <= heaviest[count - 1])) {
            continue;
        }
        unsigned at = count < top ? count++ : count - 1;
        for (; at > 0 && heaviest[at - 1] < weight; at--) {
            heaviest[at] = heaviest[at - 1];
        }
        heaviest[at] = weight;
    }
    for (unsigned i = 0; i < count; i++) {
        sum += heaviest[i];
    }
    return sum;
}

static bool divided(ca_wide n, ca_wide d, ca_ratio *ret)
{
    *ret = (ca_ratio){d < 0 ? -n : n, d < 0 ? -d : d};
    return d != 0;
}

static bool reduce(const weights *of, const ca_feature_term *term, bool amounts, ca_ratio *ret)
{
    ca_wide unit = amounts ? CA_DECIMAL_ONE : 1;
    ca_wide square;
    const reduced sum = walk(of, term);
    switch (term->reduce) {
    case CA_REDUCE_TOTAL:
    case CA_REDUCE_MIN:
    case CA_REDUCE_MAX:
        return !sum.failed && divided(sum.total, unit, ret);
    case CA_REDUCE_GROUPS:
        return divided(sum.meet, 1, ret);
    case CA_REDUCE_TOP:
        return divided(top_of(of, term->top), unit, ret);
    case CA_REDUCE_TOP_SHARE:
        return sum.total > 0 && divided(top_of(of, term->top), sum.total, ret);
    case CA_REDUCE_CONCENTRATION:
        return !sum.failed && sum.total >= 2 && !__builtin_mul_overflow(sum.total, sum.total - 1, &square) &&
               divided(sum.squares - sum.total, square, ret);
    case CA_REDUCE_EFFECTIVE:
        return !sum.failed && !__builtin_mul_overflow(sum.total, sum.total, &square) && divided(square, sum.squares, ret);
    }
    return false;
}

/* Of a term without groups, or a smallest or largest number; false: there is none. */
static bool weigh_sum(const ca_measure_entity *entity, const ca_measure_term *term, weights *ret)
{
    const ca_measure_sum *sum = &entity->kind->sums[term->index];
    const ca_summed *of = &entity->sums[term->index];
    ret->weight = sum->reduce == CA_REDUCE_MIN ? of->low : sum->reduce == CA_REDUCE_MAX ? of->high : of->total;
    ret->weight = sum->number == CA_NO_INDEX ? (ca_wide)of->lines : ret->weight;
    return sum->reduce == CA_REDUCE_TOTAL || of->lines;
}

/* Most terms are a sum, or how many groups there are. */
static bool is_plain(const ca_measure_entity *entity, const ca_measure_term *term, ca_ratio *ret)
{
    const ca_feature_term *of = term->term;
    if (of->factor != 1) {
        return false;
    }
    if (term->from == CA_FROM_TALLY) {
        *ret = (ca_ratio){entity->counts[term->index], 1};
        return of->reduce == CA_REDUCE_GROUPS && !of->limited;
    }
    if (term->from == CA_FROM_GROUPS) {
        *ret = (ca_ratio){entity->counts[term->index], 1};
        return of->reduce == CA_REDUCE_TOTAL;
    }
    bool counts = entity->kind->sums[term->index].number == CA_NO_INDEX;
    const ca_summed *sum = &entity->sums[term->index];
    *ret = (ca_ratio){counts ? (ca_wide)sum->lines : sum->total, term->amounts ? CA_DECIMAL_ONE : 1};
    return of->reduce == CA_REDUCE_TOTAL;
}

static bool value_of(const ca_measure_entity *entity, const ca_measure_term *term, ca_ratio *ret)
{
    weights of = {.entity = entity, .count = 1};
    bool there = true;
    if (is_plain(entity, term, ret)) {
        return true;
    }
    switch (term->from) {
    case CA_FROM_SUM:
        there = weigh_sum(entity, term, &of);
        break;
    case CA_FROM_GROUPS:
        of.weight = entity->counts[term->index];
        break;
    case CA_FROM_TALLY:
        of.tally = &entity->kind->tallies[term->index];
        of.count = entity->groups[of.tally->key].count;
        break;
    }
    return there && reduce(&of, term->term, term->amounts, ret) && ca_ratio_mul(*ret, ca_ratio_of(term->term->factor, 1), ret);
}

static ca_feature_value feature_of(const ca_measure_entity *entity, const ca_measure_feature *of)
{
    const ca_feature *feature = of->feature;
    ca_feature_value made = {.missing = true, .value = {0, 1}, .exposure = {0, 1}, .lines = entity->sums[of->lines].lines};
    ca_ratio numerator, denominator = {1, 1};
    int order = -1;
    if (!made.lines || !value_of(entity, &of->exposure, &made.exposure)) {
        made.exposure = (ca_ratio){0, 1};
    }
    if (made.exposure.d <= CA_DECIMAL_ONE) {
        made.thin = made.exposure.n < (ca_wide)feature->minimum * made.exposure.d;
    } else {
        made.thin = !ca_ratio_cmp(made.exposure, ca_ratio_of(feature->minimum, 1), &order) || order < 0;
    }
    bool there = made.lines && value_of(entity, &of->numerator, &numerator);
    if (there && feature->has_denominator) {
        there = value_of(entity, &of->denominator, &denominator) && denominator.n > 0 &&
                ca_ratio_div(numerator, denominator, &made.value);
    } else if (there) {
        made.value = numerator;
    }
    made.missing = !there;
    made.value = there ? made.value : (ca_ratio){0, 1};
    return made;
}

void ca_measure_values(ca_measure_entity *entity)
{
    for (size_t i = 0; i < entity->kind->feature_count; i++) {
        entity->values[i] = feature_of(entity, &entity->kind->features[i]);
    }
}
