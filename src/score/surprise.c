/* Lines against a profile: sums of surprises, and those lines whose sum is rare among lines like them. */
#include <stdlib.h>

#include "base/alloc.h"
#include "score/surprise_inside.h"

/* --- Making one ------------------------------------------------------------------------------------------------------- */

static int fill(ca_scorer *scorer, const uint32_t *used, size_t count)
{
    scorer->used = ca_alloc_zero(count + 1, sizeof *scorer->used);
    scorer->heap = ca_alloc_zero(scorer->most + 1, sizeof *scorer->heap);
    scorer->ranked = ca_alloc_zero(scorer->most + 1, sizeof *scorer->ranked);
    scorer->tail = ca_alloc_zero(CA_SURPRISE_STEPS, sizeof *scorer->tail);
    if (scorer->used == NULL || scorer->heap == NULL || scorer->ranked == NULL || scorer->tail == NULL)
        return CA_NOMEM;
    for (size_t i = 0; i < count; i++)
        scorer->used[i] = used[i];
    scorer->count = count;
    return 0;
}

int ca_scorer_new(const ca_usual *profile, const uint32_t *used, size_t count, size_t most, ca_scorer **ret_scorer,
                  ca_error *err)
{
    uint64_t seen = 0;
    for (size_t i = 0; i < count; i++) {
        if (used[i] >= profile->count || seen >> used[i] & 1)
            return ca_error_set(err, CA_LIMIT, "a feature that the profile of claim lines lacks, or one twice");
        seen |= UINT64_C(1) << used[i];
    }
    if (most > CA_SURPRISE_LINES_MOST)
        return ca_error_set(err, CA_LIMIT, "at most %u lines are kept", CA_SURPRISE_LINES_MOST);
    ca_scorer *scorer = ca_alloc_zero(1, sizeof *scorer);
    if (scorer == NULL)
        return ca_error_nomem(err);
    scorer->profile = profile;
    scorer->most = most;
    if (fill(scorer, used, count) != 0) {
        ca_scorer_free(scorer);
        return ca_error_nomem(err);
    }
    *ret_scorer = scorer;
    return 0;
}

void ca_scorer_free(ca_scorer *scorer)
{
    if (scorer == NULL)
        return;
    ca_free(scorer->used);
    ca_free(scorer->heap);
    ca_free(scorer->ranked);
    ca_free(scorer->tail);
    ca_free(scorer);
}

uint64_t ca_scorer_lines(const ca_scorer *scorer)
{
    return scorer->lines;
}

/* --- Reasons ---------------------------------------------------------------------------------------------------------- */

/* Kept in order: the largest surprise first, of equals the earlier feature. */
static void add_reason(ca_surprise_line *line, const ca_surprise_reason *reason)
{
    uint32_t at = line->reason_count;
    if (at == CA_SURPRISE_REASONS) {
        if (line->reasons[at - 1].surprise >= reason->surprise)
            return;
        at--;
    } else {
        line->reason_count++;
    }
    for (; at > 0 && line->reasons[at - 1].surprise < reason->surprise; at--)
        line->reasons[at] = line->reasons[at - 1];
    line->reasons[at] = *reason;
}

static void give_reasons(const ca_scorer *scorer, const ca_usual_lines *lines, uint32_t line, ca_surprise_line *to)
{
    ca_surprise_reason reason;
    for (size_t i = 0; i < scorer->count; i++)
        if (ca_usual_surprise(scorer->profile, scorer->used[i], &lines->columns[i], line, &reason))
            add_reason(to, &reason);
}

/* --- Scores ----------------------------------------------------------------------------------------------------------- */

/* The distribution of sums of lines that have these features. */
static const ca_kept_tail *tail_of(ca_scorer *scorer, uint64_t present)
{
    const ca_kept *sums = &scorer->profile->kept[scorer->profile->count];
    if (present != scorer->present) {
        uint32_t cell = ca_kept_find_cell(sums, ca_cell_key(0, 1, ca_usual_present_key(present)));
        scorer->present = present;
        scorer->cell = cell == CA_USUAL_NONE ? 0 : cell;
        scorer->edge = ca_sum_of_bucket(sums->tails[(size_t)scorer->cell * 2].q);
    }
    return &sums->tails[(size_t)scorer->cell * 2];
}

static uint32_t features_in(uint64_t present)
{
    uint32_t count = 0;
    for (; present != 0; present &= present - 1)
        count++;
    return count;
}

typedef struct block {
    const ca_usual_lines *lines;
    const uint64_t *at;
    uint32_t from, count;
    uint64_t sums[CA_USUAL_BLOCK], present[CA_USUAL_BLOCK];
} block;

static bool score_line(ca_scorer *scorer, const block *of, uint32_t i)
{
    const ca_kept_tail *tail = tail_of(scorer, of->present[i]);
    double sum = (double)of->sums[i] / 1e6;
    if (sum <= scorer->edge)
        return false;
    double p = ca_tail_beyond(tail, ca_sum_distance(sum) - tail->at);
    uint32_t score = ca_surprise_of(p);
    uint32_t line = of->from + i;
    scorer->tail[ca_surprise_step(score)]++;
    ca_surprise_kept made = {.score = score, .sum = of->sums[i]};
    made.line = (ca_surprise_line){.id = of->lines->ids[line], .sum = sum, .score = score / 1e6, .p = exp(-(score / 1e6)),
                                   .features = features_in(of->present[i])};
    if (of->at != NULL) {
        made.line.at[0] = of->at[2 * (size_t)line];
        made.line.at[1] = of->at[2 * (size_t)line + 1];
    }
    if (!ca_surprise_wants(scorer, &made))
        return false;
    give_reasons(scorer, of->lines, line, &made.line);
    ca_surprise_keep(scorer, &made);
    return true;
}

static void sum_block(const ca_scorer *scorer, block *of)
{
    uint64_t items[CA_USUAL_BLOCK];
    const uint64_t *keys[CA_USUAL_LEVELS_MAX];
    memset(of->sums, 0, sizeof of->sums);
    memset(of->present, 0, sizeof of->present);
    for (size_t i = 0; i < scorer->count; i++) {
        const ca_kept *kept = &scorer->profile->kept[scorer->used[i]];
        const ca_usual_column *column = &of->lines->columns[i];
        if (!ca_column_items(kept->about.form, column, of->from, of->count, items))
            continue;
        for (unsigned level = 0; level < kept->about.levels; level++)
            keys[level] = column->keys[level] + of->from;
        ca_kept_judge(kept, items, keys, of->count, UINT64_C(1) << scorer->used[i], of->sums, of->present);
    }
}

bool ca_scorer_add(ca_scorer *scorer, const ca_usual_lines *lines, const uint64_t *at)
{
    bool kept = false;
    bool enough = ca_usual_is_enough(scorer->profile);
    block of = {.lines = lines, .at = at};
    for (uint32_t from = 0; from < lines->count; from += CA_USUAL_BLOCK) {
        of.from = from;
        of.count = lines->count - from < CA_USUAL_BLOCK ? lines->count - from : CA_USUAL_BLOCK;
        sum_block(scorer, &of);
        for (uint32_t i = 0; enough && i < of.count; i++) {
            if (of.present[i] == 0)
                continue;
            scorer->lines++;
            kept = score_line(scorer, &of, i) || kept;
        }
    }
    return kept;
}
