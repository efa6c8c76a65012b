/* From sums and groups to features: what rules/feature.h says, in exact numbers. */
#include "run/measure_entity_inside.h"

#include "base/decimal.h"

/* --- Groups -------------------------------------------------------------------------------------------------- */

/* The weights of a tally's groups. Their sum fits, and so does that of their squares where they are counts: an entity has fewer than
 * 2^63 lines. */
typedef struct weights {
    const ca_measure_tally *tally;
    const ca_group_table *groups;     /* of its key; some may be of other tallies only */
    bool sums;                        /* else they are counts */
    uint64_t lines;
} weights;

static weights weights_of(const ca_measure_entity *entity, uint32_t index)
{
    const ca_measure_tally *tally = &entity->kind->tallies[index];
    return (weights){tally, &entity->groups[tally->key], tally->number != CA_NO_INDEX, entity->member_lines[tally->member]};
}

/* False: the tally has no such group. */
static inline bool weight_at(const weights *of, uint32_t group, ca_wide *ret_weight)
{
    const int64_t *words = ca_group_weights(of->groups, group) + of->tally->word;
    *ret_weight = of->sums ? ca_group_sum(words) : words[0];
    return (of->sums ? words[2] : words[0]) != 0;
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

/* How many there are, and meet the limit. */
static ca_wide count_of(const weights *of, const ca_feature_term *term)
{
    uint32_t count = 0;
    for (uint32_t group = 0; group < of->groups->count; group++) {
        ca_wide weight;
        count += weight_at(of, group, &weight) && (!term->limited || holds(term, weight));
    }
    return count;
}

static ca_wide total_of(const weights *of)
{
    ca_wide total = 0;
    if (!of->sums && of->tally->once == CA_NO_INDEX) {
        return of->lines;
    }
    for (uint32_t group = 0; group < of->groups->count; group++) {
        ca_wide weight;
        total += weight_at(of, group, &weight) ? weight : 0;
    }
    return total;
}

static ca_wide squares_of(const weights *of)
{
    ca_wide squares = 0;
    for (uint32_t group = 0; group < of->groups->count; group++) {
        int64_t weight = ca_group_weights(of->groups, group)[of->tally->word];
        squares += (ca_wide)weight * weight;
    }
    return squares;
}

static int64_t most_of(const weights *of)
{
    int64_t most = 0;
    for (uint32_t group = 0; group < of->groups->count; group++) {
        int64_t weight = ca_group_weights(of->groups, group)[of->tally->word];
        most = weight > most ? weight : most;
    }
    return most;
}

/* The heaviest together. */
static ca_wide top_of(const weights *of, unsigned top)
{
    ca_wide heaviest[CA_FEATURE_TOP_MAX];
    unsigned count = 0;
    ca_wide sum = 0;
    if (top == 1 && !of->sums) {
        return most_of(of);
    }
    for (uint32_t group = 0; group < of->groups->count; group++) {
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

/* --- Terms --------------------------------------------------------------------------------------------------- */

static bool divided(ca_wide n, ca_wide d, ca_ratio *ret)
{
    ret->n = n;
    ret->d = d;
    return d > 0;
}

static bool reduce(const weights *of, const ca_feature_term *term, ca_wide unit, ca_ratio *ret)
{
    ca_wide total;
    switch (term->reduce) {
    case CA_REDUCE_TOTAL:
    case CA_REDUCE_MIN:
    case CA_REDUCE_MAX:
        return divided(total_of(of), unit, ret);
    case CA_REDUCE_GROUPS:
        return divided(count_of(of, term), 1, ret);
    case CA_REDUCE_TOP:
        return divided(top_of(of, term->top), unit, ret);
    case CA_REDUCE_TOP_SHARE:
        return divided(top_of(of, term->top), total_of(of), ret);
    case CA_REDUCE_CONCENTRATION:
        total = total_of(of);
        return divided(squares_of(of) - total, total * (total - 1), ret);
    case CA_REDUCE_EFFECTIVE:
        total = total_of(of);
        return divided(total * total, squares_of(of), ret);
    }
    return false;
}

/* False: there is no smallest or largest number. */
static bool sum_of(const ca_measure_entity *entity, uint32_t index, ca_wide unit, ca_ratio *ret)
{
    const ca_measure_sum *sum = &entity->kind->sums[index];
    const ca_summed *of = &entity->sums[index];
    bool total = sum->reduce == CA_REDUCE_TOTAL;
    *ret = (ca_ratio){total ? of->total : sum->reduce == CA_REDUCE_MIN ? of->low : of->high, unit};
    return total || entity->member_lines[sum->member];
}

static bool made_of(const ca_measure_entity *entity, const ca_measure_term *term, ca_ratio *ret)
{
    ca_wide unit = term->amounts ? CA_DECIMAL_ONE : 1;
    weights of;
    bool there = false;
    if (term->from == CA_FROM_SUM) {
        there = sum_of(entity, term->index, unit, ret);
    } else {
        of = weights_of(entity, term->index);
        there = reduce(&of, term->term, unit, ret);
    }
    return there && (term->term->factor == 1 || ca_ratio_mul(*ret, ca_ratio_of(term->term->factor, 1), ret));
}

/* Most terms are a count. */
static inline bool value_of(const ca_measure_entity *entity, const ca_measure_term *term, ca_ratio *ret)
{
    bool lines = term->from == CA_FROM_LINES;
    if (!lines && term->from != CA_FROM_GROUPS) {
        return made_of(entity, term, ret);
    }
    int64_t count = lines ? (int64_t)entity->member_lines[term->index] : (int64_t)entity->counts[term->index];
    ret->n = (ca_wide)count * term->term->factor;
    ret->d = 1;
    return true;
}

/* --- Features ------------------------------------------------------------------------------------------------ */

static bool fits(ca_wide value)
{
    return value == (int64_t)value;
}

/* Of 64 bits the product always fits. */
static bool divide(ca_ratio *a, const ca_ratio *b)
{
    if (!fits(a->n) || !fits(a->d) || !fits(b->n) || !fits(b->d)) {
        return ca_ratio_div(*a, *b, a);
    }
    a->n = (ca_wide)(int64_t)a->n * (int64_t)b->d;
    a->d = (ca_wide)(int64_t)a->d * (int64_t)b->n;
    return true;
}

static bool is_below(ca_ratio value, int64_t least)
{
    int order = -1;
    if (fits(value.n) && value.d == 1) {
        return value.n < least;
    }
    return fits(value.d) ? value.n < (ca_wide)least * (int64_t)value.d : !ca_ratio_cmp(value, ca_ratio_of(least, 1), &order) || order < 0;
}

static void make_feature(const ca_measure_entity *entity, const ca_measure_feature *of, ca_feature_value *ret)
{
    const ca_feature *feature = of->feature;
    ca_ratio below = {1, 1};
    ret->lines = entity->member_lines[of->lines];
    if (!ret->lines || !value_of(entity, &of->exposure, &ret->exposure)) {
        ret->exposure = (ca_ratio){0, 1};
    }
    ret->thin = is_below(ret->exposure, feature->minimum);
    ret->missing = !ret->lines || !value_of(entity, &of->numerator, &ret->value) ||
                   (feature->has_denominator && (!value_of(entity, &of->denominator, &below) || below.n <= 0 || !divide(&ret->value, &below)));
    if (ret->missing) {
        ret->value = (ca_ratio){0, 1};
    }
}

void ca_measure_values(ca_measure_entity *entity)
{
    for (size_t i = 0; i < entity->kind->feature_count; i++) {
        make_feature(entity, &entity->kind->features[i], &entity->values[i]);
    }
}
