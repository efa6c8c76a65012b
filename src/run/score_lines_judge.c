/* A thread's judge of claim lines: conditions for a whole batch, everything else for some rows at a time, which then go to the
 * collector, the scorer, or both. */
#include "run/score_lines_inside.h"

#include <string.h>

#include "base/alloc.h"

static uint64_t *take(uint64_t **from, size_t words)
{
    uint64_t *taken = *from;
    *from += words;
    return taken;
}

static int make_columns(ca_line_judge *judge)
{
    const ca_score_lines *of = judge->of;
    size_t count = of->feature_count;
    size_t conditions = of->options.set->condition_count;
    judge->numbers = ca_alloc_zero((count + 1) * CA_LINE_ROWS, sizeof *judge->numbers);
    judge->truths = ca_alloc_zero(conditions + 1, sizeof *judge->truths);
    judge->doubts = ca_alloc_zero(conditions + 1, sizeof *judge->doubts);
    judge->ids = ca_alloc_zero(CA_LINE_ROWS, sizeof *judge->ids);
    judge->columns = ca_alloc_zero(count + 1, sizeof *judge->columns);
    judge->scored = ca_alloc_zero(count + 1, sizeof *judge->scored);
    size_t words = (count + of->hashed_count + of->key_count + 2) * CA_LINE_ROWS + (count + of->key_count) * CA_LINE_WORDS;
    uint64_t *memory = ca_alloc_zero(words, sizeof *memory);
    judge->choices = memory;
    if (!judge->numbers || !judge->truths || !judge->doubts || !judge->ids || !judge->columns || !judge->scored || !memory) {
        return CA_NOMEM;
    }
    take(&memory, count * CA_LINE_ROWS);
    judge->hashes = take(&memory, of->hashed_count * CA_LINE_ROWS);
    judge->keys = take(&memory, of->key_count * CA_LINE_ROWS);
    judge->at = take(&memory, 2 * CA_LINE_ROWS);
    judge->there = take(&memory, count * CA_LINE_WORDS);
    judge->known = take(&memory, of->key_count * CA_LINE_WORDS);
    for (size_t i = 0; i < count; i++) {
        ca_usual_column *column = &judge->columns[i];
        for (unsigned level = 0; level < of->about[i].levels; level++) {
            const ca_line_key *key = &of->keys[of->features[i].keys[level]];
            column->keys[level] = key->count == 1 ? judge->hashes + (size_t)key->columns[0] * CA_LINE_ROWS
                                                  : judge->keys + (size_t)of->features[i].keys[level] * CA_LINE_ROWS;
        }
    }
    return 0;
}

static int make_parts(ca_line_judge *judge, ca_error *err)
{
    const ca_score_lines *of = judge->of;
    const ca_score_lines_options *options = &of->options;
    judge->eval = ca_eval_new();
    judge->trigger = ca_trigger_new();
    int rc = judge->eval && judge->trigger ? make_columns(judge) : CA_NOMEM;
    for (size_t i = 0; rc == 0 && i < options->set->condition_count; i++) {
        rc = of->conditions[i] ? ca_trigger_add(judge->trigger, options->set->conditions[i], err) : 0;
    }
    if (rc) {
        return ca_error_nomem(err);
    }
    if (options->collects != CA_LINES_NOT) {
        rc = ca_collector_new(of->collected, of->feature_count, &of->settings, &judge->collector, err);
    }
    if (rc == 0 && options->usual) {
        rc = ca_scorer_new(options->usual, of->used, of->used_count, options->most, &judge->scorer, err);
    }
    return rc;
}

int ca_line_judge_new(const ca_score_lines *lines, unsigned number, ca_line_judge **ret_judge, ca_error *err)
{
    ca_line_judge *judge = ca_alloc_zero(1, sizeof *judge);
    if (!judge) {
        return ca_error_nomem(err);
    }
    judge->of = lines;
    judge->number = number;
    int rc = make_parts(judge, err);
    if (rc) {
        ca_line_judge_free(judge);
        return rc;
    }
    *ret_judge = judge;
    return 0;
}

void ca_line_judge_free(ca_line_judge *judge)
{
    if (!judge) {
        return;
    }
    for (size_t i = 0; i < judge->kept_count; i++) {
        ca_line_kept_done(&judge->kept[i]);
    }
    ca_free(judge->kept);
    ca_free(judge->wanted);
    ca_free(judge->bits);
    ca_free(judge->truths);
    ca_free(judge->doubts);
    ca_free(judge->numbers);
    ca_free(judge->choices);
    ca_free(judge->ids);
    ca_free(judge->columns);
    ca_free(judge->scored);
    ca_collector_free(judge->collector);
    ca_scorer_free(judge->scorer);
    ca_eval_free(judge->eval);
    ca_trigger_free(judge->trigger);
    ca_free(judge);
}

/* --- A batch ---------------------------------------------------------------------------------------------------------- */

static int make_bits(ca_line_judge *judge, unsigned words)
{
    size_t count = judge->of->options.set->condition_count;
    if (words <= judge->words) {
        return 0;
    }
    uint64_t *bits = ca_alloc_zero((2 * count + 3) * words, sizeof *bits);
    if (!bits) {
        return CA_NOMEM;
    }
    ca_free(judge->bits);
    judge->bits = bits;
    judge->words = words;
    judge->taken = bits + 2 * count * words;
    judge->mask = judge->taken + words;
    judge->chosen = judge->mask + words;
    return 0;
}

static int judge_condition(ca_line_judge *judge, const ca_frame *frame, size_t index, ca_error *err)
{
    uint32_t where = judge->of->where[index];
    uint64_t *truths = judge->bits + 2 * index * judge->words;
    bool any;
    for (unsigned w = 0; w < frame->units->words; w++) {
        judge->mask[w] = judge->taken[w] & (where == CA_NO_INDEX ? UINT64_MAX : judge->truths[where][w]);
    }
    judge->truths[index] = truths;
    judge->doubts[index] = truths + judge->words;
    return ca_trigger_condition(judge->eval, frame, judge->of->options.set->conditions[index], judge->mask, truths,
                                truths + judge->words, &any, err);
}

/* Conditions that nobody has judged yet, of rows that are taken: those that say which lines have a feature, first. */
static int judge_conditions(ca_line_judge *judge, ca_frame *frame, ca_error *err)
{
    const ca_score_lines *of = judge->of;
    int rc = ca_trigger_look(judge->trigger, frame, err);
    for (size_t i = 0; i < of->options.set->condition_count; i++) {
        judge->truths[i] = NULL;
        if (of->conditions[i] && judge->shared) {
            ca_measure_lines_truths(judge->shared, i, &judge->truths[i], &judge->doubts[i]);
        }
    }
    for (int within = 0; within < 2; within++) {
        for (size_t i = 0; rc == 0 && i < of->options.set->condition_count; i++) {
            if (of->conditions[i] && !judge->truths[i] && (of->where[i] != CA_NO_INDEX) == within) {
                rc = judge_condition(judge, frame, i, err);
            }
        }
    }
    return rc;
}

/* What tells a line from all others: its record, and which of its lines. */
static void name_rows(ca_line_judge *judge, const ca_batch *batch, unsigned from, unsigned count)
{
    for (unsigned w = 0; w * 64 < count; w++) {
        for (uint64_t rest = judge->taken[from / 64 + w]; rest; rest &= rest - 1) {
            unsigned i = w * 64 + (unsigned)__builtin_ctzll(rest), row = from + i;
            uint64_t line = ca_batch_has(batch, CA_F_LINE_NO, row) ? (uint64_t)batch->columns[CA_F_LINE_NO].as.number[row] : 0;
            judge->ids[i] = (ca_digest){ca_usual_mix(batch->digest[row].high, line), batch->digest[row].low};
            judge->at[2 * i] = judge->tickets + row;
            judge->at[2 * i + 1] = judge->number;
        }
    }
}

/* The rows that are taken go to the collector or to the scorer; whether the scorer keeps some. */
static int look_at_taken(ca_line_judge *judge, const ca_frame *frame, bool collects, bool *ret_kept, ca_error *err)
{
    unsigned rows = frame->units->rows;
    bool kept = false;
    int rc = 0;
    for (unsigned from = 0; rc == 0 && from < rows; from += CA_LINE_ROWS) {
        unsigned count = rows - from < CA_LINE_ROWS ? rows - from : CA_LINE_ROWS;
        name_rows(judge, frame->units, from, count);
        ca_line_columns_fill(judge, frame, from, count);
        const ca_usual_lines lines = {.columns = collects ? judge->columns : judge->scored,
                                      .ids = judge->ids,
                                      .count = count,
                                      .taken = judge->taken + from / 64};
        if (collects) {
            rc = ca_collector_add(judge->collector, &lines, err);
        } else {
            kept = ca_scorer_add(judge->scorer, &lines, judge->at) || kept;
        }
    }
    *ret_kept = kept;
    return rc;
}

/* All rows are scored, those that are chosen collected. */
static int look_at_rows(ca_line_judge *judge, ca_frame *frame, bool *ret_kept, ca_error *err)
{
    const ca_batch *batch = frame->units;
    unsigned chosen = judge->collector ? ca_line_choose(judge, batch, judge->chosen) : 0;
    size_t bytes = (batch->rows + 63) / 64 * sizeof *judge->taken;
    *ret_kept = false;
    if (judge->collector) {
        ca_collector_leave_out(judge->collector, batch->rows - chosen);
    }
    if (chosen == 0 && !judge->scorer) {
        return 0;
    }
    memcpy(judge->taken, judge->chosen, bytes);
    if (judge->scorer) {
        ca_bits_fill(judge->taken, batch->rows);
    }
    int rc = judge_conditions(judge, frame, err);
    rc = rc || !judge->scorer ? rc : look_at_taken(judge, frame, false, ret_kept, err);
    if (rc == 0 && chosen > 0) {
        bool none;
        memcpy(judge->taken, judge->chosen, bytes);
        rc = look_at_taken(judge, frame, true, &none, err);
    }
    return rc;
}

int ca_line_judge_look(ca_line_judge *judge, ca_frame *frame, const ca_measure_lines *known, ca_error *err)
{
    bool kept = false;
    judge->first = judge->tickets;
    judge->wanted_count = 0;
    judge->shared = known;
    int rc = make_bits(judge, frame->units->words) ? ca_error_nomem(err) : 0;
    rc = rc || frame->units->rows == 0 ? rc : look_at_rows(judge, frame, &kept, err);
    judge->tickets += frame->units->rows;
    return rc || !kept ? rc : ca_line_kept_update(judge, frame, err);
}

size_t ca_line_judge_wants(const ca_line_judge *judge, const uint32_t **ret_rows)
{
    *ret_rows = judge->wanted;
    return judge->wanted_count;
}

/* --- In the end --------------------------------------------------------------------------------------------------------- */

uint64_t ca_line_judge_scored(const ca_line_judge *judge)
{
    return judge->scorer ? ca_scorer_lines(judge->scorer) : 0;
}

static int take_kept(ca_line_judge *judge, ca_line_judge *from, ca_error *err)
{
    for (; from->kept_count > 0; from->kept_count--) {
        ca_line_kept *grown = ca_grown_array(judge->kept, judge->kept_count, &judge->kept_cap, sizeof *grown);
        if (!grown) {
            return ca_error_nomem(err);
        }
        judge->kept = grown;
        judge->kept[judge->kept_count++] = from->kept[from->kept_count - 1];
    }
    return 0;
}

int ca_line_judge_merge(ca_line_judge *judge, ca_line_judge *from, ca_error *err)
{
    int rc = judge->collector ? ca_collector_merge(judge->collector, from->collector, err) : 0;
    if (rc == 0 && judge->scorer) {
        rc = ca_scorer_merge(judge->scorer, from->scorer, err);
        rc = rc ? rc : take_kept(judge, from, err);
        ca_line_kept_sort(judge);
    }
    return rc;
}
