/* Counts what made units UNKNOWN: the first UNKNOWN leaf in source order, found from bitmaps. */
#include "rules/each_rows.h"
#include "rules/eval_parts.h"
#include "rules/group_parts.h"

#include <string.h>

typedef struct blaming {
    const ca_view *units;
    const ca_view *lines; /* or NULL */
    const ca_rule *rule;
    uint64_t *counts;
} blaming;

static void count_bits(const blaming *blame, size_t slot, uint64_t *rows,
                       const uint64_t *missing_unless)
{
    for (unsigned w = 0; w < blame->units->words; w++) {
        uint64_t guilty = missing_unless ? rows[w] & ~missing_unless[w] : rows[w];
        blame->counts[slot] += (uint64_t)__builtin_popcountll(guilty);
        rows[w] &= ~guilty;
    }
}

/* A value that is missing exactly when one of its columns is, or that cannot be calculated. */
static bool is_plain(const ca_node *node)
{
    if (node == NULL)
        return true;
    switch (node->kind) {
    case CA_NODE_NUMBER:
    case CA_NODE_STRING:
    case CA_NODE_DATE:
        return true;
    case CA_NODE_COLUMN:
        return !node->claim_amount;
    case CA_NODE_CALL:
        if (node->function == CA_FN_COALESCE)
            return false;
        break;
    case CA_NODE_ADD:
    case CA_NODE_SUB:
    case CA_NODE_MUL:
    case CA_NODE_DIV:
    case CA_NODE_NEGATE:
        break;
    case CA_NODE_OR:
    case CA_NODE_AND:
    case CA_NODE_NOT:
    case CA_NODE_COMPARE:
    case CA_NODE_BETWEEN:
    case CA_NODE_IN:
    case CA_NODE_HAS:
    case CA_NODE_OVERLAPS:
    case CA_NODE_WITHIN:
    case CA_NODE_STARTS:
    case CA_NODE_MISSING:
    case CA_NODE_FOUND:
    case CA_NODE_HIT:
    case CA_NODE_TRUTH:
    case CA_NODE_AGGREGATE:
    case CA_NODE_LOOKUP:
    case CA_NODE_GIVEN:
    case CA_NODE_ROW:
        return false;
    }
    for (size_t i = 0; i < node->arg_count; i++) {
        if (!is_plain(node->args[i]))
            return false;
    }
    return true;
}

static void count_columns(const blaming *blame, const ca_node *node, uint64_t *rows)
{
    if (node == NULL)
        return;
    if (node->kind == CA_NODE_COLUMN) {
        const uint64_t *present = blame->units->batch->columns[node->column].present;
        count_bits(blame, ca_blame_column(node->column), rows, present);
    }
    for (size_t i = 0; i < node->arg_count; i++)
        count_columns(blame, node->args[i], rows);
}

static bool plain_leaf(const ca_node *leaf)
{
    bool plain = leaf->kind != CA_NODE_FOUND && leaf->kind != CA_NODE_MISSING && is_plain(leaf->on);
    for (size_t i = 0; plain && i < leaf->arg_count; i++)
        plain = is_plain(leaf->args[i]);
    return plain;
}

static void count_plain(const blaming *blame, const ca_node *leaf, uint64_t *rows)
{
    const ca_frame *frame = blame->units->frame;
    const ca_schema *schema = frame->units->schema;
    if (leaf->set != NULL && !ca_codeset_bound(leaf->set))
        count_bits(blame, ca_blame_set(blame->rule, schema, leaf->set), rows, NULL);
    for (size_t i = 0; i < leaf->arg_count; i++)
        count_columns(blame, leaf->args[i], rows);
    if (leaf->set != NULL && ca_codeset_dated(leaf->set)) {
        if (leaf->on != NULL)
            count_columns(blame, leaf->on, rows);
        else
            count_bits(blame, ca_blame_column(frame->date_column), rows,
                       frame->units->columns[frame->date_column].present);
    }
    count_bits(blame, ca_blame_other(blame->rule, schema), rows, NULL);
}

/* Units in `rows` are UNKNOWN in this leaf. */
static int count_leaf(const blaming *blame, const ca_node *leaf, uint64_t *rows)
{
    if (!blame->units->frame->made && plain_leaf(leaf)) {
        count_plain(blame, leaf, rows);
        return 0;
    }
    ca_view view = *blame->units;
    if (ca_node_has_aggregate(leaf)) {
        uint64_t *skipped = ca_scratch_bits(&view.eval->scratch, view.words);
        if (skipped == NULL)
            return ca_error_nomem(view.err);
        int code = ca_answer_leaf(blame->units, leaf, rows, &view.answers, skipped);
        if (code != 0)
            return code;
    }
    for (unsigned w = 0; w < view.words; w++) {
        for (uint64_t rest = rows[w]; rest != 0;) {
            ca_row_at at = {.view = &view, .row = w * 64 + ca_bits_next(&rest)};
            blame->counts[ca_blame_leaf(&at, blame->lines, blame->rule, leaf)]++;
        }
    }
    return 0;
}

/* Leaves [from, to) of the rule over the units in rows, each of which is UNKNOWN in at least
 * one; counted ones leave rows. */
static int count_leaves(const blaming *blame, size_t from, size_t to, uint64_t *rows)
{
    const ca_view *view = blame->units;
    ca_scratch *scratch = &view->eval->scratch;
    ca_bits is = {ca_scratch_bits(scratch, view->words), ca_scratch_bits(scratch, view->words)};
    uint64_t *unknown = ca_scratch_bits(scratch, view->words);
    if (is.yes == NULL || is.no == NULL || unknown == NULL)
        return ca_error_nomem(view->err);
    for (size_t i = from; i < to && ca_bits_any(rows, view->words); i++) {
        int code = ca_view_condition(view, blame->rule->leaves[i], rows, is);
        if (code != 0)
            return code;
        for (unsigned w = 0; w < view->words; w++) {
            unknown[w] = rows[w] & ~is.yes[w] & ~is.no[w];
            rows[w] &= ~unknown[w];
        }
        code = ca_bits_any(unknown, view->words)
                   ? count_leaf(blame, blame->rule->leaves[i], unknown)
                   : 0;
        if (code != 0)
            return code;
    }
    return 0;
}

/* --- Where ------------------------------------------------------------------------------------ */

/* Line kind: units whose `where` is UNKNOWN. */
static int blame_where(const blaming *blame, uint64_t *rows)
{
    const ca_view *view = blame->units;
    ca_scratch *scratch = &view->eval->scratch;
    ca_bits is = {ca_scratch_bits(scratch, view->words), ca_scratch_bits(scratch, view->words)};
    uint64_t *unknown = ca_scratch_bits(scratch, view->words);
    if (is.yes == NULL || is.no == NULL || unknown == NULL)
        return ca_error_nomem(view->err);
    int code = ca_view_condition(view, blame->rule->where, rows, is);
    if (code != 0)
        return code;
    for (unsigned w = 0; w < view->words; w++) {
        unknown[w] = rows[w] & ~is.yes[w] & ~is.no[w];
        rows[w] &= ~unknown[w];
    }
    return count_leaves(blame, 0, blame->rule->where_leaves, unknown);
}

/* Units with a line in `undecided`: the first leaf, then the first line that is UNKNOWN there. */
static int blame_lines(const blaming *blame, uint64_t *undecided, uint64_t *rows)
{
    const ca_view *lines = blame->lines;
    const uint32_t *first = lines->frame->first_line;
    ca_scratch *scratch = &lines->eval->scratch;
    ca_bits is = {ca_scratch_bits(scratch, lines->words), ca_scratch_bits(scratch, lines->words)};
    if (is.yes == NULL || is.no == NULL)
        return ca_error_nomem(lines->err);
    for (size_t i = 0; i < blame->rule->where_leaves && ca_bits_any(rows, blame->units->words);
         i++) {
        const ca_node *leaf = blame->rule->leaves[i];
        int code = ca_view_condition(lines, leaf, undecided, is);
        if (code != 0)
            return code;
        for (unsigned w = 0; w < lines->words; w++)
            is.yes[w] = undecided[w] & ~is.yes[w] & ~is.no[w];
        for (uint32_t unit = ca_bits_first(rows, 0, blame->units->rows); unit < blame->units->rows;
             unit = ca_bits_first(rows, unit + 1, blame->units->rows)) {
            uint32_t line = ca_bits_first(is.yes, first[unit], first[unit + 1]);
            if (line >= first[unit + 1])
                continue;
            ca_row_at at = {.view = lines, .row = line};
            blame->counts[ca_blame_leaf(&at, lines, blame->rule, leaf)]++;
            rows[unit >> 6] &= ~(UINT64_C(1) << (unit & 63));
        }
    }
    return 0;
}

/* Each unit of rows, UNKNOWN in this leaf, by itself. */
static int leaf_slots(const ca_view *units, const ca_view *lines, const ca_rule *rule, const ca_node *leaf,
                      const uint64_t *rows, uint32_t *slots)
{
    ca_view view = *units;
    uint64_t *skipped = ca_scratch_bits(&view.eval->scratch, view.words);
    if (skipped == NULL)
        return ca_error_nomem(view.err);
    int code = ca_node_has_aggregate(leaf) ? ca_answer_leaf(units, leaf, rows, &view.answers, skipped) : 0;
    for (unsigned w = 0; code == 0 && w < view.words; w++) {
        for (uint64_t rest = rows[w]; rest != 0;) {
            ca_row_at at = {.view = &view, .row = w * 64 + ca_bits_next(&rest)};
            slots[at.row] = (uint32_t)ca_blame_leaf(&at, lines, rule, leaf);
        }
    }
    return code;
}

int ca_blame_each(const ca_view *units, const ca_rule *rule, size_t from, size_t to, const uint64_t *rows,
                  uint32_t *ret_slots)
{
    ca_scratch *scratch = &units->eval->scratch;
    ca_view lines;
    ca_bits is = {ca_scratch_bits(scratch, units->words), ca_scratch_bits(scratch, units->words)};
    uint64_t *left = ca_scratch_bits(scratch, units->words);
    uint64_t *unknown = ca_scratch_bits(scratch, units->words);
    if (is.yes == NULL || is.no == NULL || left == NULL || unknown == NULL)
        return ca_error_nomem(units->err);
    memcpy(left, rows, units->words * sizeof *left);
    bool has_lines = units->units == NULL && units->frame->lines != NULL;
    int code = has_lines ? ca_view_lines(&lines, units) : 0;
    for (size_t i = from; code == 0 && i < to && ca_bits_any(left, units->words); i++) {
        const ca_node *leaf = rule->leaves[i];
        code = ca_view_condition(units, leaf, left, is);
        for (unsigned w = 0; code == 0 && w < units->words; w++) {
            unknown[w] = left[w] & ~is.yes[w] & ~is.no[w];
            left[w] &= ~unknown[w];
        }
        if (code == 0 && ca_bits_any(unknown, units->words))
            code = leaf_slots(units, has_lines ? &lines : NULL, rule, leaf, unknown, ret_slots);
    }
    for (unsigned w = 0; code == 0 && w < units->words; w++) {
        for (uint64_t rest = left[w]; rest != 0;)
            ret_slots[w * 64 + ca_bits_next(&rest)] = (uint32_t)ca_blame_other(rule, units->batch->schema);
    }
    return code;
}

static int blame_units(ca_view *units, const ca_rule *rule, uint64_t *rows, uint64_t *counts)
{
    ca_view lines;
    blaming blame = {.units = units, .rule = rule, .counts = counts};
    uint64_t *taken = NULL;
    uint64_t *undecided = NULL;
    int code = 0;
    if (units->frame->lines != NULL) {
        code = ca_view_lines(&lines, units);
        blame.lines = &lines;
        if (code == 0)
            code = ca_judge_where(units, rule, rows, &taken, &undecided);
        if (code == 0 && undecided != NULL)
            code = blame_lines(&blame, undecided, rows);
    } else if (rule->where != NULL) {
        code = blame_where(&blame, rows);
    }
    units->line_mask = taken;
    units->line_unknown = undecided;
    if (code == 0 && rule->keys.each != NULL)
        return ca_each_blame_lines(units, rule, rows, counts);
    if (code == 0)
        code =
            count_leaves(&blame, rule->where_leaves, rule->where_leaves + rule->when_leaves, rows);
    if (code == 0)
        count_bits(&blame, ca_blame_other(rule, units->batch->schema), rows, NULL);
    return code;
}

int ca_eval_blame(ca_eval *eval, const ca_frame *frame, const ca_rule *rule,
                  const uint64_t *unknown, uint64_t *counts, ca_error *err)
{
    ca_view view;
    ca_view_units(&view, eval, frame, NULL, NULL, err);
    ca_scratch_mark mark = ca_scratch_here(&eval->scratch);
    uint64_t *rows = ca_scratch_bits(&eval->scratch, view.words);
    uint64_t *dateless = ca_scratch_bits(&eval->scratch, view.words);
    int code = 0;
    if (rows == NULL || dateless == NULL) {
        code = ca_error_nomem(err);
    } else {
        ca_judge_effective(frame, rule, unknown, rows, dateless);
        for (unsigned w = 0; w < view.words; w++)
            counts[ca_blame_column(rule->effective_on)] +=
                (uint64_t)__builtin_popcountll(dateless[w]);
        code = blame_units(&view, rule, rows, counts);
    }
    ca_scratch_rewind(&eval->scratch, mark);
    return code;
}
