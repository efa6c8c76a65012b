/* Aggregates over the lines of units: arguments and `where` run over the line batch as columns,
 * then each unit's stretch of lines is reduced. What was missing is skipped and remembered. */
#include "rules/eval_parts.h"

#include <stdlib.h>
#include <string.h>

/* --- Which lines ------------------------------------------------------------------------------ */

/* Lines where a condition is UNKNOWN leave `taken` for `skipped`; those where it is FALSE just
 * leave. */
static int filter(const ca_view *lines, const ca_node *where, uint64_t *taken, uint64_t *skipped)
{
    ca_scratch *scratch = &lines->eval->scratch;
    ca_bits is = {ca_scratch_bits(scratch, lines->words), ca_scratch_bits(scratch, lines->words)};
    if (is.yes == NULL || is.no == NULL)
        return ca_error_nomem(lines->err);
    int code = ca_view_condition(lines, where, taken, is);
    if (code != 0)
        return code;
    for (unsigned w = 0; w < lines->words; w++) {
        skipped[w] |= taken[w] & ~is.yes[w] & ~is.no[w];
        taken[w] &= is.yes[w];
    }
    return 0;
}

/* The lines of the units in mask that an aggregate takes, and those it has to skip before it
 * looks at its argument. */
static int choose_lines(const ca_view *units, const ca_view *lines, const ca_node *node,
                        const uint64_t *mask, uint64_t *taken, uint64_t *skipped)
{
    ca_view_lines_of(units, node->side, mask, taken);
    for (unsigned w = 0; w < lines->words; w++) {
        skipped[w] = units->line_unknown ? taken[w] & units->line_unknown[w] : 0;
        taken[w] &= units->line_mask ? units->line_mask[w] : UINT64_MAX;
        taken[w] &= ~skipped[w];
    }
    return node->where != NULL ? filter(lines, node->where, taken, skipped) : 0;
}

/* --- Values of one unit's lines --------------------------------------------------------------- */

static int by_order(const void *a, const void *b)
{
    return ca_row_order(a, b);
}

/* Distinct values, and how often the most frequent one occurs; sorts them. */
static size_t count_distinct(ca_value *values, size_t count, size_t *ret_most)
{
    size_t distinct = 0;
    size_t run = 0;
    *ret_most = 0;
    if (count > 1)
        qsort(values, count, sizeof(*values), by_order);
    for (size_t i = 0; i < count; i++) {
        run = i > 0 && ca_row_order(&values[i - 1], &values[i]) == 0 ? run + 1 : 1;
        distinct += run == 1;
        *ret_most = run > *ret_most ? run : *ret_most;
    }
    return distinct;
}

static bool add_all(const ca_value *values, size_t count, ca_ratio *ret_sum)
{
    ca_ratio sum = count > 0 ? values[0].as.ratio : ca_ratio_of(0, 1);
    for (size_t i = 1; i < count; i++) {
        if (!ca_ratio_add(sum, values[i].as.ratio, &sum))
            return false;
    }
    *ret_sum = sum;
    return true;
}

static const ca_value *extreme(const ca_value *values, size_t count, bool largest)
{
    const ca_value *best = NULL;
    for (size_t i = 0; i < count; i++) {
        int order = best ? ca_row_order(&values[i], best) : 0;
        if (best == NULL || (largest ? order > 0 : order < 0))
            best = &values[i];
    }
    return best;
}

static void set_number(ca_answer *answer, unsigned unit, ca_ratio number)
{
    ca_bit_set(answer->present, unit);
    answer->ratio[unit] = number;
}

static void reduce(ca_answer *answer, unsigned unit, ca_value *values, size_t count)
{
    ca_aggregate aggregate = answer->node->aggregate;
    ca_ratio sum;
    size_t most;
    if (aggregate == CA_AGG_COUNT) {
        set_number(answer, unit, ca_ratio_of((int64_t)count, 1));
    } else if (aggregate == CA_AGG_SUM) {
        if (add_all(values, count, &sum))
            set_number(answer, unit, sum);
    } else if (aggregate == CA_AGG_DISTINCT) {
        set_number(answer, unit, ca_ratio_of((int64_t)count_distinct(values, count, &most), 1));
    } else if (aggregate == CA_AGG_TOP_SHARE && count > 0) {
        (void)count_distinct(values, count, &most);
        set_number(answer, unit, ca_ratio_of((int64_t)most, (int64_t)count));
    } else if ((aggregate == CA_AGG_MIN || aggregate == CA_AGG_MAX) && count > 0) {
        const ca_value *best = extreme(values, count, aggregate == CA_AGG_MAX);
        ca_bit_set(answer->present, unit);
        if (best->type == CA_TYPE_DATE)
            answer->date[unit] = best->as.date;
        else
            answer->ratio[unit] = best->as.ratio;
    }
}

/* --- The ways to answer ----------------------------------------------------------------------- */

typedef struct question {
    const ca_view *units;
    const ca_view *lines;
    const uint64_t *mask; /* units */
    uint64_t *taken;      /* lines */
    uint64_t *skipped;    /* lines */
    ca_answer *answer;
} question;

/* Calls nothing for units without lines in mask; first and one past the last line of the next
 * unit. */
static bool next_unit(const question *ask, unsigned *unit, uint32_t *ret_from, uint32_t *ret_to)
{
    uint32_t next = ca_bits_first(ask->mask, *unit, ask->units->rows);
    if (next >= ask->units->rows)
        return false;
    *unit = next;
    ca_frame_lines(ask->units->frame, ask->answer->node->side, next, ret_from, ret_to);
    return true;
}

/* any: TRUE when one line is; all: TRUE when none is FALSE. Lines where the condition is UNKNOWN
 * count as skipped. */
static int answer_quantifier(const question *ask)
{
    const ca_node *node = ask->answer->node;
    bool any = node->aggregate == CA_AGG_ANY;
    ca_scratch *scratch = &ask->lines->eval->scratch;
    ca_bits is = {ca_scratch_bits(scratch, ask->lines->words),
                  ca_scratch_bits(scratch, ask->lines->words)};
    if (is.yes == NULL || is.no == NULL)
        return ca_error_nomem(ask->lines->err);
    int code = ca_view_condition(ask->lines, node->args[0], ask->taken, is);
    if (code != 0)
        return code;
    for (unsigned w = 0; w < ask->lines->words; w++)
        ask->skipped[w] |= ask->taken[w] & ~is.yes[w] & ~is.no[w];
    uint32_t from, to;
    for (unsigned unit = 0; next_unit(ask, &unit, &from, &to); unit++) {
        const uint64_t *decides = any ? is.yes : is.no;
        bool decided = ca_bits_first(decides, from, to) < to;
        bool open = !any && ca_bits_first(ask->skipped, from, to) < to;
        if (decided == any && !open)
            ca_bit_set(ask->answer->present, unit);
        else
            ca_bit_set(ask->answer->no, unit);
    }
    return 0;
}

static void answer_count(const question *ask)
{
    uint32_t from, to;
    for (unsigned unit = 0; next_unit(ask, &unit, &from, &to); unit++)
        set_number(ask->answer, unit, ca_ratio_of(ca_bits_count_range(ask->taken, from, to), 1));
}

static int answer_values(const question *ask)
{
    const ca_view *lines = ask->lines;
    const ca_node *argument = ask->answer->node->args[0];
    ca_value *values = ca_scratch_take(&lines->eval->scratch, lines->rows, sizeof(*values));
    if (values == NULL)
        return ca_error_nomem(lines->err);
    uint32_t from, to;
    for (unsigned unit = 0; next_unit(ask, &unit, &from, &to); unit++) {
        size_t count = 0;
        for (uint32_t line = ca_bits_first(ask->taken, from, to); line < to;
             line = ca_bits_first(ask->taken, line + 1, to)) {
            ca_row_at at = {.view = lines, .row = line};
            ca_value value = ca_row_value(&at, argument);
            if (value.present)
                values[count++] = value;
            else
                ca_bit_set(ask->skipped, line);
        }
        reduce(ask->answer, unit, values, count);
    }
    return 0;
}

static int new_answer(const ca_view *units, const ca_node *node, ca_answer **ret_answer)
{
    ca_scratch *scratch = &units->eval->scratch;
    ca_answer *answer = ca_scratch_take(scratch, 1, sizeof(*answer));
    if (answer == NULL)
        return ca_error_nomem(units->err);
    bool dates = node->type.type == CA_TYPE_DATE && !node->type.condition;
    *answer = (ca_answer){.node = node,
                          .present = ca_scratch_bits(scratch, units->words),
                          .no = ca_scratch_bits(scratch, units->words)};
    if (dates)
        answer->date = ca_scratch_take(scratch, units->rows, sizeof(*answer->date));
    else if (!node->type.condition)
        answer->ratio = ca_scratch_take(scratch, units->rows, sizeof(*answer->ratio));
    if (answer->present == NULL || answer->no == NULL ||
        (!node->type.condition && answer->date == NULL && answer->ratio == NULL))
        return ca_error_nomem(units->err);
    *ret_answer = answer;
    return 0;
}

/* Answers one aggregate and puts it at the head of the list. */
static int answer_one(const ca_view *units, const ca_view *lines, const ca_node *node,
                      const uint64_t *mask, ca_answer **answers, uint64_t *ret_skipped)
{
    ca_scratch *scratch = &units->eval->scratch;
    question ask = {.units = units,
                    .lines = lines,
                    .mask = mask,
                    .taken = ca_scratch_bits(scratch, lines->words),
                    .skipped = ca_scratch_bits(scratch, lines->words)};
    if (ask.taken == NULL || ask.skipped == NULL)
        return ca_error_nomem(units->err);
    int code = new_answer(units, node, &ask.answer);
    if (code == 0)
        code = choose_lines(units, lines, node, mask, ask.taken, ask.skipped);
    if (code == 0 && (node->aggregate == CA_AGG_ANY || node->aggregate == CA_AGG_ALL))
        code = answer_quantifier(&ask);
    else if (code == 0 && node->arg_count == 0)
        answer_count(&ask);
    else if (code == 0)
        code = answer_values(&ask);
    uint32_t from, to;
    for (unsigned unit = 0; code == 0 && next_unit(&ask, &unit, &from, &to); unit++) {
        if (ca_bits_first(ask.skipped, from, to) < to)
            ca_bit_set(ret_skipped, unit);
    }
    if (code == 0) {
        ask.answer->next = *answers;
        *answers = ask.answer;
    }
    return code;
}

static int answer_below(const ca_view *units, const ca_view *lines, const ca_node *node,
                        const uint64_t *mask, ca_answer **answers, uint64_t *ret_skipped)
{
    if (node == NULL)
        return 0;
    if (node->kind == CA_NODE_AGGREGATE)
        return answer_one(units, lines, node, mask, answers, ret_skipped);
    for (size_t i = 0; i < node->arg_count; i++) {
        int code = answer_below(units, lines, node->args[i], mask, answers, ret_skipped);
        if (code != 0)
            return code;
    }
    return answer_below(units, lines, node->on, mask, answers, ret_skipped);
}

int ca_answer_leaf(const ca_view *view, const ca_node *leaf, const uint64_t *mask,
                   const ca_answer **ret_answers, uint64_t *ret_skipped)
{
    ca_view lines;
    ca_answer *answers = NULL;
    int code = ca_view_lines(&lines, view);
    if (code == 0)
        code = answer_below(view, &lines, leaf, mask, &answers, ret_skipped);
    if (code == 0)
        *ret_answers = answers;
    return code;
}
