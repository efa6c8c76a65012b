/* The vectorised evaluator's door: conditions and whole rules over a frame. */
#include "rules/eval_parts.h"

#include <string.h>

#include "base/alloc.h"
#include "rules/kind.h"

ca_eval *ca_eval_new(void)
{
    return ca_alloc_zero(1, sizeof(ca_eval));
}

void ca_eval_free(ca_eval *eval)
{
    if (eval == NULL)
        return;
    for (size_t i = 0; i < eval->truth_slots; i++)
        ca_free(eval->truths[i].truth);
    ca_free(eval->truths);
    ca_scratch_done(&eval->scratch);
    ca_free(eval);
}

void ca_eval_watch(ca_eval *eval, uint8_t *seen)
{
    eval->seen = seen;
}

/* Bits of rows that do not exist come back 0, whatever the caller's mask says. */
static uint64_t *rows_only(const ca_view *view, const uint64_t *mask)
{
    uint64_t *rows = ca_scratch_bits(&view->eval->scratch, view->words);
    if (rows == NULL)
        return NULL;
    ca_bits_set_range(rows, 0, view->rows);
    for (unsigned w = 0; w < view->words; w++)
        rows[w] &= mask[w];
    return rows;
}

int ca_eval_condition(ca_eval *eval, const ca_frame *frame, const ca_node *condition,
                      const uint64_t *mask, const uint64_t *line_mask, const uint64_t *line_unknown,
                      uint64_t *ret_true, uint64_t *ret_false, ca_error *err)
{
    ca_view view;
    ca_view_units(&view, eval, frame, line_mask, line_unknown, err);
    ca_scratch_mark mark = ca_scratch_here(&eval->scratch);
    uint64_t *rows = rows_only(&view, mask);
    ca_bits out = {ca_scratch_bits(&eval->scratch, view.words),
                   ca_scratch_bits(&eval->scratch, view.words)};
    int code = rows == NULL || out.yes == NULL || out.no == NULL
                   ? ca_error_nomem(err)
                   : ca_view_condition(&view, condition, rows, out);
    if (code == 0) {
        size_t bytes = (frame->made ? view.words : frame->units->words) * sizeof(uint64_t);
        memset(ret_true, 0, bytes);
        memset(ret_false, 0, bytes);
        memcpy(ret_true, out.yes, view.words * sizeof(uint64_t));
        memcpy(ret_false, out.no, view.words * sizeof(uint64_t));
    }
    ca_scratch_rewind(&eval->scratch, mark);
    return code;
}

int ca_eval_rule(ca_eval *eval, const ca_frame *frame, const ca_rule *rule, const uint64_t *offered,
                 ca_verdict *verdict, ca_error *err)
{
    ca_view view;
    if (rule->kind->judge == NULL)
        return ca_error_set(err, CA_FAIL, "%s: rules of kind %s are judged by groups", rule->id,
                            rule->kind->name);
    ca_view_units(&view, eval, frame, NULL, NULL, err);
    size_t bytes = frame->units->words * sizeof(uint64_t);
    memset(verdict->hit, 0, bytes);
    memset(verdict->excused, 0, bytes);
    memset(verdict->unknown, 0, bytes);
    memset(verdict->not_applicable, 0, bytes);
    ca_scratch_mark mark = ca_scratch_here(&eval->scratch);
    uint64_t *rows = rows_only(&view, offered);
    int code = rows == NULL ? ca_error_nomem(err)
                            : rule->kind->judge(eval, frame, rule, rows, verdict, err);
    ca_scratch_rewind(&eval->scratch, mark);
    return code;
}

/* --- What kinds share ------------------------------------------------------------------------- */

/* Of units that are made of rows, one by one. */
static void effective_made(const ca_frame *frame, const ca_rule *rule, const uint64_t *mask, unsigned words,
                           uint64_t *ret_inside, uint64_t *ret_dateless)
{
    for (unsigned w = 0; w < words; w++) {
        ret_inside[w] = 0;
        ret_dateless[w] = 0;
        for (uint64_t rest = mask[w]; rest != 0;) {
            unsigned i = ca_bits_next(&rest);
            ca_value date = ca_frame_column(frame, CA_SIDE_UNIT, rule->effective_on, w * 64 + i);
            bool inside = date.present && rule->effective_from <= date.as.date && date.as.date <= rule->effective_to;
            ret_inside[w] |= (uint64_t)inside << i;
            ret_dateless[w] |= (uint64_t)!date.present << i;
        }
    }
}

void ca_judge_effective(const ca_frame *frame, const ca_rule *rule, const uint64_t *mask,
                        uint64_t *ret_inside, uint64_t *ret_dateless)
{
    unsigned words = (ca_frame_units(frame) + 63) / 64;
    const ca_column *column = &frame->units->columns[rule->effective_on];
    if (frame->made && rule->has_effective) {
        effective_made(frame, rule, mask, words, ret_inside, ret_dateless);
        return;
    }
    const ca_span *spans = rule->has_effective ? ca_frame_spans(frame, rule->effective_on) : NULL;
    for (unsigned w = 0; w < words; w++) {
        uint64_t present = rule->has_effective && column->present ? column->present[w] : 0;    /* made units may be more than rows */
        uint64_t inside = 0;
        bool all = spans != NULL && rule->effective_from <= spans[w].from && spans[w].to <= rule->effective_to;
        if (all)
            inside = mask[w] & present;
        for (uint64_t rest = mask[w] & present; rule->has_effective && !all && rest != 0;) {
            unsigned i = ca_bits_next(&rest);
            ca_date date = column->as.date[w * 64 + i];
            inside |= (uint64_t)(rule->effective_from <= date && date <= rule->effective_to) << i;
        }
        ret_inside[w] = rule->has_effective ? inside : mask[w];
        ret_dateless[w] = rule->has_effective ? mask[w] & ~present : 0;
    }
}

int ca_judge_unless(const ca_view *units, const ca_rule *rule, ca_verdict *verdict)
{
    ca_bits is = {ca_scratch_bits(&units->eval->scratch, units->words),
                  ca_scratch_bits(&units->eval->scratch, units->words)};
    if (is.yes == NULL || is.no == NULL)
        return ca_error_nomem(units->err);
    for (size_t i = 0; i < rule->unless_count && ca_bits_any(verdict->hit, units->words); i++) {
        int code = ca_view_condition(units, rule->unless[i].when, verdict->hit, is);
        if (code != 0)
            return code;
        for (unsigned w = 0; w < units->words; w++) {
            verdict->excused[w] |= is.yes[w];
            verdict->hit[w] &= ~is.yes[w];
        }
    }
    return 0;
}

int ca_judge_where(const ca_view *units, const ca_rule *rule, const uint64_t *mask,
                   uint64_t **ret_taken, uint64_t **ret_unknown)
{
    ca_view lines;
    *ret_taken = NULL;
    *ret_unknown = NULL;
    if (rule->where == NULL)
        return 0;
    int code = ca_view_lines(&lines, units);
    if (code != 0)
        return code;
    ca_scratch *scratch = &units->eval->scratch;
    uint64_t *all = ca_scratch_bits(scratch, lines.words);
    ca_bits is = {ca_scratch_bits(scratch, lines.words), ca_scratch_bits(scratch, lines.words)};
    if (all == NULL || is.yes == NULL || is.no == NULL)
        return ca_error_nomem(units->err);
    ca_view_lines_of(units, CA_SIDE_UNIT, mask, all);
    code = ca_view_condition(&lines, rule->where, all, is);
    if (code != 0)
        return code;
    for (unsigned w = 0; w < lines.words; w++)
        all[w] &= ~is.yes[w] & ~is.no[w];
    *ret_taken = is.yes;
    *ret_unknown = all;
    return 0;
}
