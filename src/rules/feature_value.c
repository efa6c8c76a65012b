/* Features the slow and obvious way: one line after another by the explaining twin, groups found by comparing each line
 * with each other one, fractions. For tests, and as the twin of the engine. */
#include <stdlib.h>

#include "rules/explain_parts.h"
#include "rules/feature_parts.h"

typedef struct weighing {
    const ca_featureset *set;
    const ca_frame *frame;
    const ca_rule *rule;
    ca_arena *arena;
    const uint32_t *rows;     /* those that take part */
    size_t count;
    bool nomem;
} weighing;

/* --- One line ----------------------------------------------------------------------------------- */

static ca_twin at_row(weighing *of, uint32_t row)
{
    return (ca_twin){.frame = of->frame, .rule = of->rule, .arena = of->arena, .unit = row, .decided_by = CA_AT_UNIT};
}

static ca_truth truth_of(weighing *of, uint32_t condition, uint32_t row)
{
    const char *blame = NULL;
    ca_twin twin = at_row(of, row);
    if (condition == CA_NO_INDEX)
        return CA_TRUE;
    ca_truth truth = ca_tell_condition(&twin, of->set->conditions[condition], CA_AT_UNIT, &blame);
    of->nomem |= twin.nomem;
    return truth;
}

/* Of the number as written; missing when it does not fit 1/10,000 in 64 bits. */
static bool number_of(weighing *of, uint32_t number, uint32_t row, ca_ratio *ret_value)
{
    int64_t fits;
    ca_twin twin = at_row(of, row);
    *ret_value = ca_ratio_of(1, 1);
    if (number == CA_NO_INDEX)
        return true;
    ca_value value = ca_tell_value(&twin, of->set->numbers[number].node, CA_AT_UNIT).value;
    of->nomem |= twin.nomem;
    if (value.present)
        *ret_value = value.as.ratio;
    return value.present && ca_ratio_round(value.as.ratio, CA_DECIMAL_ONE, &fits);
}

static bool has_key(weighing *of, uint32_t key, uint32_t row)
{
    for (size_t i = 0; key != CA_NO_INDEX && i < of->set->keys[key].count; i++)
        if (!ca_value_of(of->frame->units, of->set->keys[key].column[i], row).present)
            return false;
    return true;
}

static bool same_key(weighing *of, uint32_t key, uint32_t a, uint32_t b)
{
    for (size_t i = 0; key != CA_NO_INDEX && i < of->set->keys[key].count; i++) {
        ca_value one = ca_value_of(of->frame->units, of->set->keys[key].column[i], a);
        ca_value other = ca_value_of(of->frame->units, of->set->keys[key].column[i], b);
        if (ca_tell_order(&one, &other) != 0)
            return false;
    }
    return true;
}

/* Does the term know all of this line that it asks? */
static bool knows(weighing *of, const ca_feature_term *term, uint32_t row)
{
    ca_ratio value;
    const ca_feature_tally *tally = &of->set->tallies[term->tally];
    ca_truth where = truth_of(of, tally->where, row);
    if (where != CA_TRUE)
        return where == CA_FALSE;
    return number_of(of, tally->number, row, &value) && has_key(of, tally->key, row) && has_key(of, tally->once, row);
}

static bool takes_part(weighing *of, const ca_feature *feature, uint32_t row)
{
    return truth_of(of, feature->where, row) == CA_TRUE && knows(of, &feature->numerator, row) &&
           (!feature->has_denominator || knows(of, &feature->denominator, row)) && knows(of, &feature->exposure, row);
}

/* --- Groups ------------------------------------------------------------------------------------- */

typedef struct group {
    uint32_t row;        /* its first line */
    ca_ratio weight;
} group;

typedef struct groups {
    group *items;
    size_t count;
    bool whole;          /* all sums fit */
} groups;

/* Has an earlier line of the group the same value of `once`? */
static bool repeats(weighing *of, const ca_feature_tally *tally, size_t line)
{
    for (size_t i = 0; i < line; i++)
        if (truth_of(of, tally->where, of->rows[i]) == CA_TRUE && same_key(of, tally->key, of->rows[i], of->rows[line]) &&
            same_key(of, tally->once, of->rows[i], of->rows[line]))
            return true;
    return false;
}

static void weigh(weighing *of, const ca_feature_tally *tally, size_t line, groups *to)
{
    ca_ratio weight;
    size_t i = 0;
    uint32_t row = of->rows[line];
    if (truth_of(of, tally->where, row) != CA_TRUE || !number_of(of, tally->number, row, &weight))
        return;
    if (tally->once != CA_NO_INDEX && repeats(of, tally, line))
        weight = ca_ratio_of(0, 1);
    while (i < to->count && !same_key(of, tally->key, to->items[i].row, row))
        i++;
    if (i == to->count)
        to->items[to->count++] = (group){row, ca_ratio_of(0, 1)};
    to->whole = to->whole && ca_ratio_add(to->items[i].weight, weight, &to->items[i].weight);
}

static int heavier_first(const void *left, const void *right)
{
    int order = 0;
    (void)ca_ratio_cmp(((const group *)right)->weight, ((const group *)left)->weight, &order);
    return order;
}

static bool gather(weighing *of, const ca_feature_tally *tally, groups *ret_groups)
{
    *ret_groups = (groups){.items = ca_arena_array(of->arena, of->count + 1, sizeof(group)), .whole = true};
    if (ret_groups->items == NULL) {
        of->nomem = true;
        return false;
    }
    for (size_t i = 0; i < of->count; i++)
        weigh(of, tally, i, ret_groups);
    qsort(ret_groups->items, ret_groups->count, sizeof(group), heavier_first);
    return ret_groups->whole;
}

/* --- What becomes of weights -------------------------------------------------------------------- */

static bool total(const groups *of, size_t most, ca_ratio *ret)
{
    *ret = ca_ratio_of(0, 1);
    for (size_t i = 0; i < of->count && i < most; i++)
        if (!ca_ratio_add(*ret, of->items[i].weight, ret))
            return false;
    return true;
}

static bool squares(const groups *of, ca_ratio *ret)
{
    *ret = ca_ratio_of(0, 1);
    for (size_t i = 0; i < of->count; i++) {
        ca_ratio square;
        if (!ca_ratio_mul(of->items[i].weight, of->items[i].weight, &square) || !ca_ratio_add(*ret, square, ret))
            return false;
    }
    return true;
}

static bool meets(const ca_feature_term *term, int order)
{
    switch (term->compare) {
    case CA_EQ:
        return order == 0;
    case CA_NE:
        return order != 0;
    case CA_LT:
        return order < 0;
    case CA_LE:
        return order <= 0;
    case CA_GT:
        return order > 0;
    case CA_GE:
        return order >= 0;
    }
    return false;
}

static bool count_groups(const ca_feature_term *term, const ca_feature_tally *tally, const groups *of, ca_ratio *ret)
{
    int64_t count = 0;
    ca_ratio limit = ca_ratio_of(term->limit, tally->number == CA_NO_INDEX ? 1 : CA_DECIMAL_ONE);
    for (size_t i = 0; i < of->count; i++) {
        int order = 0;
        if (term->limited && !ca_ratio_cmp(of->items[i].weight, limit, &order))
            return false;
        count += !term->limited || meets(term, order);
    }
    *ret = ca_ratio_of(count, 1);
    return true;
}

/* (sum w^2 - n) / (n (n - 1)), or n^2 / sum w^2. */
static bool spread(const ca_feature_term *term, const groups *of, ca_ratio *ret)
{
    ca_ratio n, square, below, above;
    if (!total(of, of->count, &n) || !squares(of, &square))
        return false;
    if (term->reduce == CA_REDUCE_EFFECTIVE)
        return ca_ratio_mul(n, n, &above) && ca_ratio_div(above, square, ret);
    return ca_ratio_sub(square, n, &above) && ca_ratio_sub(n, ca_ratio_of(1, 1), &below) &&
           ca_ratio_mul(n, below, &below) && ca_ratio_div(above, below, ret);
}

/* The smallest or largest number of a line. */
static bool extreme(weighing *of, const ca_feature_term *term, const ca_feature_tally *tally, ca_ratio *ret)
{
    bool found = false;
    for (size_t i = 0; i < of->count; i++) {
        ca_ratio value;
        int order = 0;
        if (truth_of(of, tally->where, of->rows[i]) != CA_TRUE || !number_of(of, tally->number, of->rows[i], &value))
            continue;
        if (found && !ca_ratio_cmp(value, *ret, &order))
            return false;
        if (!found || (term->reduce == CA_REDUCE_MIN ? order < 0 : order > 0))
            *ret = value;
        found = true;
    }
    return found;
}

static bool above_zero(ca_ratio value)
{
    return value.n > 0;
}

static bool top_share(const ca_feature_term *term, const groups *of, ca_ratio *ret)
{
    ca_ratio top, all;
    return total(of, term->top, &top) && total(of, of->count, &all) && above_zero(all) && ca_ratio_div(top, all, ret);
}

static bool term_value(weighing *of, const ca_feature_term *term, ca_ratio *ret)
{
    groups found;
    ca_ratio value;
    bool known = false;
    const ca_feature_tally *tally = &of->set->tallies[term->tally];
    if (!gather(of, tally, &found))
        return false;
    switch (term->reduce) {
    case CA_REDUCE_TOTAL:
        known = total(&found, found.count, &value);
        break;
    case CA_REDUCE_MIN:
    case CA_REDUCE_MAX:
        known = extreme(of, term, tally, &value);
        break;
    case CA_REDUCE_GROUPS:
        known = count_groups(term, tally, &found, &value);
        break;
    case CA_REDUCE_TOP:
        known = total(&found, term->top, &value);
        break;
    case CA_REDUCE_TOP_SHARE:
        known = top_share(term, &found, &value);
        break;
    case CA_REDUCE_CONCENTRATION:
    case CA_REDUCE_EFFECTIVE:
        known = spread(term, &found, &value);
        break;
    }
    return known && ca_ratio_mul(value, ca_ratio_of(term->factor, 1), ret);
}

/* --- The whole ---------------------------------------------------------------------------------- */

static bool value_of(weighing *of, const ca_feature *feature, ca_ratio *ret)
{
    ca_ratio below;
    if (!term_value(of, &feature->numerator, ret))
        return false;
    if (!feature->has_denominator)
        return true;
    return term_value(of, &feature->denominator, &below) && above_zero(below) && ca_ratio_div(*ret, below, ret);
}

static void compute(weighing *of, const ca_feature *feature, const uint32_t *rows, size_t count, uint32_t *taking_part,
                    ca_feature_value *value)
{
    int order = 0;
    for (size_t i = 0; i < count; i++)
        if (takes_part(of, feature, rows[i]))
            taking_part[of->count++] = rows[i];
    of->rows = taking_part;
    value->lines = of->count;
    value->exposure = ca_ratio_of(0, 1);
    value->missing = of->count == 0 || !value_of(of, feature, &value->value);
    if (!term_value(of, &feature->exposure, &value->exposure))
        value->exposure = ca_ratio_of(0, 1);
    value->thin = !ca_ratio_cmp(value->exposure, ca_ratio_of(feature->minimum, 1), &order) || order < 0;
}

int ca_feature_compute(const ca_featureset *set, const ca_feature *feature, const ca_frame *lines, const uint32_t *rows,
                       size_t count, ca_feature_value *ret_value, ca_error *err)
{
    ca_arena arena;
    ca_feature_value value = {.missing = true};
    const ca_rule rule = ca_feature_rule();
    ca_arena_init(&arena);
    weighing of = {.set = set, .frame = lines, .rule = &rule, .arena = &arena};
    uint32_t *taking_part = ca_arena_array(&arena, count + 1, sizeof(*taking_part));
    of.nomem = taking_part == NULL;
    if (!of.nomem)
        compute(&of, feature, rows, count, taking_part, &value);
    ca_arena_done(&arena);
    if (of.nomem)
        return ca_error_nomem(err);
    *ret_value = value;
    return 0;
}
