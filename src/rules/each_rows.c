/* Finds the rows of the table of `each` that a unit is about, and judges lines once for each of theirs. */
#include "rules/each_rows.h"

#include "rules/group_parts.h"

#define INSTANCES_AT_A_TIME 4096u

void ca_each_find(ca_row_at *at, const ca_rule *rule, ca_each_found *ret_found)
{
    const ca_node *each = rule->keys.each;
    const ca_reftable *table = each->table;
    ca_value keys[CA_REFTABLE_KEYS_MAX];
    ca_value on = {.present = false};
    bool whole = ca_reftable_bound(table) && each->arg_count <= CA_REFTABLE_KEYS_MAX;
    for (size_t i = 0; whole && i < each->arg_count; i++) {
        keys[i] = ca_row_value(at, each->args[i]);
        whole = keys[i].present;
    }
    if (whole && ca_reftable_dated(table)) {
        on = each->on != NULL ? ca_row_value(at, each->on) : ca_row_date(at);
        whole = on.present;
    }
    ret_found->count = 0;
    ret_found->unknown = !whole;
    if (whole) {
        ca_date day = on.present ? on.as.date : CA_NO_DATE;
        ret_found->count = ca_reftable_match(table, at->view->frame->codes, keys, day, CA_EACH_ROWS_MAX, ret_found->rows);
        ret_found->unknown = ret_found->count > CA_EACH_ROWS_MAX;
    }
    if (ret_found->unknown) {
        ret_found->count = 0;
        ret_found->blame = ca_blame_each_key(at, rule);
    }
}

int ca_each_none(const ca_view *view, const ca_rule *rule, const uint64_t *mask, uint64_t *ret_none)
{
    ca_each_found found;
    ca_bits is = {ca_scratch_bits(&view->eval->scratch, view->words), ret_none};
    if (is.yes == NULL)
        return ca_error_nomem(view->err);
    if (rule->keys.each_found != NULL)
        return ca_view_gated(view, rule->keys.each_found, mask, is);
    for (unsigned w = 0; w < view->words; w++) {
        ret_none[w] = 0;
        for (uint64_t rest = mask[w]; rest != 0;) {
            ca_row_at at = {.view = view, .row = w * 64 + ca_bits_next(&rest)};
            ca_each_find(&at, rule, &found);
            if (!found.unknown && found.count == 0)
                ca_bit_set(ret_none, at.row);
        }
    }
    return 0;
}

/* --- Lines --------------------------------------------------------------------------------------- */

/* Lines with a row each, and what is known of each line so far. */
typedef struct instances {
    const ca_view *lines;
    const ca_rule *rule;
    uint32_t *line, *row;
    unsigned count;
    uint64_t *hit, *excused, *unknown, *any;    /* by line */
} instances;

static int begin(instances *of, const ca_view *view, const ca_rule *rule)
{
    ca_scratch *scratch = &view->eval->scratch;
    *of = (instances){.lines = view,
                      .rule = rule,
                      .line = ca_scratch_take(scratch, INSTANCES_AT_A_TIME, sizeof *of->line),
                      .row = ca_scratch_take(scratch, INSTANCES_AT_A_TIME, sizeof *of->row),
                      .hit = ca_scratch_bits(scratch, view->words),
                      .excused = ca_scratch_bits(scratch, view->words),
                      .unknown = ca_scratch_bits(scratch, view->words),
                      .any = ca_scratch_bits(scratch, view->words)};
    bool made = of->line && of->row && of->hit && of->excused && of->unknown && of->any;
    return made ? 0 : ca_error_nomem(view->err);
}

static ca_frame frame_of(const instances *of)
{
    ca_frame frame = *of->lines->frame;
    frame.made = true;
    frame.count = of->count;
    frame.trigger = NULL; /* it has looked at lines, not at these */
    frame.table_row = of->row;
    for (ca_side side = 0; side < CA_SIDES; side++)
        frame.row[side] = of->line;
    return frame;
}

static int judge_waiting(instances *of)
{
    const ca_view *lines = of->lines;
    ca_scratch_mark mark = ca_scratch_here(&lines->eval->scratch);
    ca_frame frame = frame_of(of);
    ca_view view;
    ca_view_units(&view, lines->eval, &frame, NULL, NULL, lines->err);
    uint64_t *bits[4];
    for (size_t i = 0; i < 4; i++) {
        bits[i] = ca_scratch_bits(&lines->eval->scratch, view.words);
        if (bits[i] == NULL)
            return ca_error_nomem(lines->err);
    }
    ca_verdict verdict = {.hit = bits[0], .excused = bits[1]};
    ca_bits_set_range(bits[2], 0, view.rows);
    int code = ca_view_condition(&view, of->rule->when, bits[2], (ca_bits){bits[0], bits[3]});
    for (unsigned i = 0; code == 0 && i < of->count; i++) {
        if (!ca_bit(bits[0], i) && !ca_bit(bits[3], i))
            ca_bit_set(of->unknown, of->line[i]);
    }
    code = code ? code : ca_judge_unless(&view, of->rule, &verdict);
    for (unsigned i = 0; code == 0 && i < of->count; i++) {
        if (ca_bit(verdict.hit, i))
            ca_bit_set(of->hit, of->line[i]);
        if (ca_bit(verdict.excused, i))
            ca_bit_set(of->excused, of->line[i]);
    }
    ca_scratch_rewind(&lines->eval->scratch, mark);
    of->count = 0;
    return code;
}

static int add_line(instances *of, unsigned line)
{
    ca_each_found found;
    ca_row_at at = {.view = of->lines, .row = line};
    int code = 0;
    ca_each_find(&at, of->rule, &found);
    if (found.unknown)
        ca_bit_set(of->unknown, line);
    if (found.unknown || found.count > 0)
        ca_bit_set(of->any, line);
    for (size_t i = 0; code == 0 && i < found.count; i++) {
        of->line[of->count] = line;
        of->row[of->count++] = found.rows[i];
        if (of->count == INSTANCES_AT_A_TIME)
            code = judge_waiting(of);
    }
    return code;
}

int ca_each_judge_lines(const ca_view *view, const ca_rule *rule, const uint64_t *open, ca_verdict *verdict)
{
    instances of;
    int code = begin(&of, view, rule);
    uint64_t *none = ca_scratch_bits(&view->eval->scratch, view->words);
    if (code == 0 && none == NULL)
        code = ca_error_nomem(view->err);
    if (code == 0 && rule->keys.each_found != NULL)
        code = ca_each_none(view, rule, open, none);
    for (unsigned w = 0; code == 0 && w < view->words; w++) {
        for (uint64_t rest = open[w] & ~none[w]; code == 0 && rest != 0;)
            code = add_line(&of, w * 64 + ca_bits_next(&rest));
    }
    if (code == 0 && of.count > 0)
        code = judge_waiting(&of);
    for (unsigned w = 0; code == 0 && w < view->words; w++) {
        verdict->hit[w] = of.hit[w];
        verdict->excused[w] = of.excused[w] & ~of.hit[w];
        verdict->unknown[w] |= of.unknown[w] & ~of.hit[w] & ~of.excused[w];
        verdict->not_applicable[w] |= open[w] & ~of.any[w];
    }
    return code;
}

/* --- Blame --------------------------------------------------------------------------------------- */

/* The first of the line's rows for which `when` is UNKNOWN. */
static int blame_rows(instances *of, uint64_t *counts)
{
    const ca_view *lines = of->lines;
    ca_frame frame = frame_of(of);
    ca_view view;
    ca_view_units(&view, lines->eval, &frame, NULL, NULL, lines->err);
    ca_scratch *scratch = &lines->eval->scratch;
    uint64_t *all = ca_scratch_bits(scratch, view.words);
    ca_bits is = {ca_scratch_bits(scratch, view.words), ca_scratch_bits(scratch, view.words)};
    uint32_t *slots = ca_scratch_take(scratch, of->count, sizeof *slots);
    if (all == NULL || is.yes == NULL || is.no == NULL || slots == NULL)
        return ca_error_nomem(lines->err);
    ca_bits_set_range(all, 0, of->count);
    int code = ca_view_condition(&view, of->rule->when, all, is);
    unsigned at = 0;
    while (at < of->count && (ca_bit(is.yes, at) || ca_bit(is.no, at)))
        at++;
    if (code != 0 || at == of->count)
        return code;
    for (unsigned w = 0; w < view.words; w++)
        all[w] = w == at / 64 ? UINT64_C(1) << at % 64 : 0;
    size_t from = of->rule->where_leaves;
    code = ca_blame_each(&view, of->rule, from, from + of->rule->when_leaves, all, slots);
    if (code == 0)
        counts[slots[at]]++;
    return code;
}

int ca_each_blame_lines(const ca_view *view, const ca_rule *rule, const uint64_t *rows, uint64_t *counts)
{
    instances of;
    ca_each_found found;
    int code = begin(&of, view, rule);
    for (uint32_t line = ca_bits_first(rows, 0, view->rows); code == 0 && line < view->rows;
         line = ca_bits_first(rows, line + 1, view->rows)) {
        ca_row_at at = {.view = view, .row = line};
        ca_each_find(&at, rule, &found);
        if (found.unknown) {
            counts[found.blame]++;
            continue;
        }
        ca_scratch_mark mark = ca_scratch_here(&view->eval->scratch);
        for (of.count = 0; of.count < found.count; of.count++) {
            of.line[of.count] = line;
            of.row[of.count] = found.rows[of.count];
        }
        code = blame_rows(&of, counts);
        ca_scratch_rewind(&view->eval->scratch, mark);
    }
    return code;
}
