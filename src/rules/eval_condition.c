/* Conditions over the rows of one scope: and, or, not narrow and swap bitmaps; each leaf goes to
 * its columnar loop or, where there is none, row by row. */
#include "rules/eval_parts.h"

#include <string.h>

static bool column_reads_lines(const ca_node *node)
{
    if (node == NULL || node->kind == CA_NODE_AGGREGATE)
        return false;
    if (node->kind == CA_NODE_COLUMN && node->of_lines)
        return true;
    for (size_t i = 0; i < node->arg_count; i++) {
        if (column_reads_lines(node->args[i]))
            return true;
    }
    return column_reads_lines(node->on);
}

bool ca_node_reads_lines(const ca_node *node)
{
    return column_reads_lines(node);
}

bool ca_node_has_aggregate(const ca_node *node)
{
    if (node == NULL)
        return false;
    if (node->kind == CA_NODE_AGGREGATE || (node->kind == CA_NODE_COLUMN && node->claim_amount))
        return true;
    for (size_t i = 0; i < node->arg_count; i++) {
        if (ca_node_has_aggregate(node->args[i]))
            return true;
    }
    return ca_node_has_aggregate(node->on);
}

/* --- Scopes ----------------------------------------------------------------------------------- */

void ca_view_units(ca_view *view, ca_eval *eval, const ca_frame *frame, const uint64_t *line_mask,
                   const uint64_t *line_unknown, ca_error *err)
{
    *view = (ca_view){.eval = eval,
                      .frame = frame,
                      .batch = frame->units,
                      .rows = ca_frame_units(frame),
                      .words = (ca_frame_units(frame) + 63) / 64,
                      .line_mask = line_mask ? line_mask : frame->line_taken,
                      .line_unknown = line_unknown ? line_unknown : frame->line_undecided,
                      .err = err};
}

/* The row of units that each line belongs to; NULL when memory ran out. */
static const uint32_t *units_of_lines(const ca_view *units)
{
    const ca_frame *frame = units->frame;
    if (frame->unit_of != NULL)
        return frame->unit_of;
    uint32_t *unit_of = ca_scratch_take(&units->eval->scratch, frame->lines->rows, sizeof(*unit_of));
    if (unit_of == NULL)
        return NULL;
    for (uint32_t line = 0; frame->stretch && line < frame->lines->rows; line++)
        unit_of[line] = line;    /* a window's rows are its lines */
    for (uint32_t row = 0; !frame->stretch && row < frame->units->rows; row++) {
        uint32_t past = frame->past_line ? frame->past_line[row] : frame->first_line[row + 1];
        for (uint32_t line = frame->first_line[row]; line < past; line++)
            unit_of[line] = row;
    }
    return unit_of;
}

int ca_view_lines(ca_view *view, const ca_view *units)
{
    const ca_frame *frame = units->frame;
    const uint32_t *unit_of = units_of_lines(units);
    if (unit_of == NULL)
        return ca_error_nomem(units->err);
    *view = (ca_view){.eval = units->eval,
                      .frame = frame,
                      .batch = frame->lines,
                      .rows = frame->lines->rows,
                      .words = (frame->lines->rows + 63) / 64,
                      .units = units,
                      .unit_of = unit_of,
                      .err = units->err};
    return 0;
}

void ca_view_lines_of(const ca_view *units, ca_side side, const uint64_t *mask, uint64_t *ret_lines)
{
    uint32_t from, to;
    for (unsigned w = 0; w < units->words; w++) {
        for (uint64_t rest = mask[w]; rest != 0;) {
            ca_frame_lines(units->frame, side, w * 64 + ca_bits_next(&rest), &from, &to);
            ca_bits_set_range(ret_lines, from, to);
        }
    }
}

bool ca_view_owns(const ca_view *view, const ca_node *node)
{
    const ca_frame *frame = view->frame;
    if (node->kind != CA_NODE_COLUMN || node->claim_amount || node->of_lines != (view->units != NULL))
        return false;
    return view->units != NULL || !frame->made ||
           (frame->row[node->side] == NULL && (frame->date == NULL || node->column != frame->date_column));
}

/* --- Leaves ----------------------------------------------------------------------------------- */

/* A leaf over lines that reads nothing of them: judged once a unit, then spread. */
static int spread_leaf(const ca_view *lines, const ca_node *leaf, const uint64_t *mask, ca_bits out)
{
    const ca_view *units = lines->units;
    ca_scratch *scratch = &lines->eval->scratch;
    uint64_t *wanted = ca_scratch_bits(scratch, units->words);
    ca_bits of_units = {ca_scratch_bits(scratch, units->words),
                        ca_scratch_bits(scratch, units->words)};
    if (wanted == NULL || of_units.yes == NULL || of_units.no == NULL)
        return ca_error_nomem(lines->err);
    const uint32_t *first = lines->frame->first_line;
    for (unsigned unit = 0; unit < units->rows; unit++) {
        if (ca_bits_first(mask, first[unit], first[unit + 1]) < first[unit + 1])
            ca_bit_set(wanted, unit);
    }
    int code = ca_view_condition(units, leaf, wanted, of_units);
    if (code != 0)
        return code;
    ca_view_lines_of(units, CA_SIDE_UNIT, of_units.yes, out.yes);
    ca_view_lines_of(units, CA_SIDE_UNIT, of_units.no, out.no);
    for (unsigned w = 0; w < lines->words; w++) {
        out.yes[w] &= mask[w];
        out.no[w] &= mask[w];
    }
    return 0;
}

static void rows_one_by_one(const ca_view *view, const ca_node *leaf, const uint64_t *mask,
                            ca_bits out)
{
    for (unsigned w = 0; w < view->words; w++) {
        for (uint64_t rest = mask[w]; rest != 0;) {
            ca_row_at at = {.view = view, .row = w * 64 + ca_bits_next(&rest)};
            ca_truth truth = ca_row_leaf(&at, leaf);
            if (truth == CA_TRUE)
                ca_bit_set(out.yes, at.row);
            else if (truth == CA_FALSE && !at.tainted)
                ca_bit_set(out.no, at.row);
        }
    }
}

/* any(…) or all(…) as a leaf of its own: already answered. */
static bool is_quantifier(const ca_node *leaf)
{
    return leaf->kind == CA_NODE_TRUTH && leaf->args[0]->kind == CA_NODE_AGGREGATE;
}

static int aggregate_leaf(const ca_view *units, const ca_node *leaf, const uint64_t *mask,
                          ca_bits out)
{
    ca_view view = *units;
    uint64_t *skipped = ca_scratch_bits(&view.eval->scratch, view.words);
    if (skipped == NULL)
        return ca_error_nomem(view.err);
    int code = ca_answer_leaf(units, leaf, mask, &view.answers, skipped);
    if (code != 0)
        return code;
    if (is_quantifier(leaf)) {
        memcpy(out.yes, view.answers->present, view.words * sizeof(*out.yes));
        memcpy(out.no, view.answers->no, view.words * sizeof(*out.no));
    } else {
        rows_one_by_one(&view, leaf, mask, out);
    }
    for (unsigned w = 0; w < view.words; w++)
        out.no[w] &= ~skipped[w];
    return 0;
}

/* Which lines a rule hit, others have found out. */
static int hit_leaf(const ca_view *view, const ca_node *leaf, const uint64_t *mask, ca_bits out)
{
    const uint64_t *hits = view->frame->hits == NULL ? NULL : view->frame->hits[leaf->hit];
    for (unsigned w = 0; hits != NULL && w < view->words; w++) {
        out.yes[w] = mask[w] & hits[w];
        out.no[w] = mask[w] & ~hits[w];
    }
    return 1;
}

/* 1 done, 0 no columnar loop fits, CA_NOMEM. */
static int columnar_leaf(const ca_view *view, const ca_node *leaf, const uint64_t *mask,
                         ca_bits out)
{
    switch (leaf->kind) {
    case CA_NODE_MISSING:
        return ca_leaf_missing(view, leaf, mask, out);
    case CA_NODE_COMPARE:
        return ca_leaf_compare(view, leaf, mask, out);
    case CA_NODE_BETWEEN:
        return ca_leaf_between(view, leaf, mask, out);
    case CA_NODE_IN:
    case CA_NODE_HAS:
    case CA_NODE_OVERLAPS:
    case CA_NODE_WITHIN:
    case CA_NODE_STARTS:
        return ca_leaf_members(view, leaf, mask, out);
    case CA_NODE_HIT:
        return hit_leaf(view, leaf, mask, out);
    case CA_NODE_TRUTH:
        return ca_leaf_weekend(view, leaf, mask, out);
    case CA_NODE_FOUND:
    case CA_NODE_OR:
    case CA_NODE_AND:
    case CA_NODE_NOT:
    case CA_NODE_NUMBER:
    case CA_NODE_STRING:
    case CA_NODE_DATE:
    case CA_NODE_COLUMN:
    case CA_NODE_ADD:
    case CA_NODE_SUB:
    case CA_NODE_MUL:
    case CA_NODE_DIV:
    case CA_NODE_NEGATE:
    case CA_NODE_CALL:
    case CA_NODE_AGGREGATE:
    case CA_NODE_LOOKUP:
    case CA_NODE_GIVEN:
    case CA_NODE_ROW:
        break;
    }
    return 0;
}

int ca_view_leaf(const ca_view *view, const ca_node *leaf, const uint64_t *mask, ca_bits out)
{
    memset(out.yes, 0, view->words * sizeof(*out.yes));
    memset(out.no, 0, view->words * sizeof(*out.no));
    if (!ca_bits_any(mask, view->words))
        return 0;
    if (view->units != NULL && !view->frame->made && !ca_node_reads_lines(leaf))
        return spread_leaf(view, leaf, mask, out);
    if (view->units == NULL && ca_node_has_aggregate(leaf))
        return aggregate_leaf(view, leaf, mask, out);
    int done = columnar_leaf(view, leaf, mask, out);
    if (done < 0)
        return ca_error_nomem(view->err);
    if (done == 0)
        rows_one_by_one(view, leaf, mask, out);
    return 0;
}

/* --- and, or, not ----------------------------------------------------------------------------- */

/* and: `open` rows are those not yet FALSE; or: those not yet TRUE. With the roles of yes and no
 * swapped both are the same. */
static int chain(const ca_view *view, const ca_node *node, const uint64_t *mask, ca_bits out)
{
    bool is_and = node->kind == CA_NODE_AND;
    size_t bytes = view->words * sizeof(uint64_t);
    uint64_t *all = is_and ? out.yes : out.no;     /* rows where every operand so far agrees */
    uint64_t *decided = is_and ? out.no : out.yes; /* rows where one operand was enough */
    uint64_t *open = ca_scratch_take(&view->eval->scratch, view->words, sizeof(*open));
    ca_bits part = {ca_scratch_bits(&view->eval->scratch, view->words),
                    ca_scratch_bits(&view->eval->scratch, view->words)};
    if (open == NULL || part.yes == NULL || part.no == NULL)
        return ca_error_nomem(view->err);
    memcpy(open, mask, bytes);
    memcpy(all, mask, bytes);
    memset(decided, 0, bytes);
    for (size_t i = 0; i < node->arg_count && ca_bits_any(open, view->words); i++) {
        int code = ca_view_condition(view, node->args[i], open, part);
        if (code != 0)
            return code;
        const uint64_t *agrees = is_and ? part.yes : part.no;
        const uint64_t *decides = is_and ? part.no : part.yes;
        for (unsigned w = 0; w < view->words; w++) {
            all[w] &= agrees[w];
            decided[w] |= decides[w];
            open[w] &= view->eval->seen == NULL ? ~decides[w] : ~UINT64_C(0);
        }
    }
    return 0;
}

static void note_leaf(const ca_view *view, const ca_node *leaf, ca_bits out)
{
    if (ca_bits_any(out.yes, view->words))
        view->eval->seen[leaf->leaf] |= 1u << CA_TRUE;
    if (ca_bits_any(out.no, view->words))
        view->eval->seen[leaf->leaf] |= 1u << CA_FALSE;
}

int ca_view_condition(const ca_view *view, const ca_node *node, const uint64_t *mask, ca_bits out)
{
    ca_scratch_mark mark = ca_scratch_here(&view->eval->scratch);
    int code;
    if (node->kind == CA_NODE_NOT)
        code = ca_view_condition(view, node->args[0], mask, (ca_bits){out.no, out.yes});
    else if (node->kind == CA_NODE_AND || node->kind == CA_NODE_OR)
        code = chain(view, node, mask, out);
    else
        code = ca_view_shared(view, node, mask, out);
    if (code == 0 && view->eval->seen != NULL && node->leaf >= 0)
        note_leaf(view, node, out);
    ca_scratch_rewind(&view->eval->scratch, mark);
    return code;
}
