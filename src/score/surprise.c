/* Lines against a profile: sums of surprises, and those lines whose sum is rare among lines like them. */
#include <stdlib.h>

#include "base/alloc.h"
#include "score/surprise_inside.h"

/* --- Making one ------------------------------------------------------------------------------------------------------- */

static int fill(ca_scorer *scorer, const uint32_t *used, size_t count)
{
    scorer->used = ca_alloc_zero(count + 1, sizeof *scorer->used);
    scorer->heap = ca_alloc_zero(scorer->most + 1, sizeof *scorer->heap);
    scorer->lines = ca_alloc_zero(scorer->most + 1, sizeof *scorer->lines);
    scorer->fresh = ca_alloc_zero(scorer->most + 1, sizeof *scorer->fresh);
    scorer->is_fresh = ca_alloc_zero(scorer->most + 1, sizeof *scorer->is_fresh);
    scorer->order = ca_alloc_zero(scorer->most + 1, sizeof *scorer->order);
    scorer->ranked = ca_alloc_zero(scorer->most + 1, sizeof *scorer->ranked);
    scorer->tail = ca_alloc_zero(CA_SURPRISE_STEPS, sizeof *scorer->tail);
    if (scorer->used == NULL || scorer->heap == NULL || scorer->lines == NULL || scorer->fresh == NULL || scorer->is_fresh == NULL ||
        scorer->order == NULL || scorer->ranked == NULL || scorer->tail == NULL)
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
    ca_free(scorer->lines);
    ca_free(scorer->fresh);
    ca_free(scorer->is_fresh);
    ca_free(scorer->order);
    ca_free(scorer->ranked);
    ca_free(scorer->tail);
    ca_free(scorer);
}

uint64_t ca_scorer_lines(const ca_scorer *scorer)
{
    return scorer->scored;
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

enum { PART = 512 };    /* lines that are summed up together */

typedef struct part {
    const ca_usual_lines *lines;
    const uint64_t *at;
    uint32_t from, count;
    uint64_t sums[PART], present[PART];
} part;

/* Most lines are not beyond the 98th percentile, and most of those that are not among the highest. */
static bool score_line(ca_scorer *scorer, const part *of, uint32_t i)
{
    const ca_kept_tail *tail = tail_of(scorer, of->present[i]);
    double sum = (double)of->sums[i] / 1e6;
    if (sum <= scorer->edge)
        return false;
    double p = ca_tail_beyond(tail, ca_sum_distance(sum) - tail->at);
    uint32_t score = ca_surprise_of(p);
    uint32_t line = of->from + i;
    scorer->tail[ca_surprise_step(score)]++;
    ca_surprise_line made = {.id = of->lines->ids[line], .sum = sum, .score = score / 1e6, .features = features_in(of->present[i])};
    if (of->at != NULL) {
        made.at[0] = of->at[2 * (size_t)line];
        made.at[1] = of->at[2 * (size_t)line + 1];
    }
    if (!ca_surprise_wants(scorer, score, of->sums[i], &made))
        return false;
    made.p = exp(-(score / 1e6));
    give_reasons(scorer, of->lines, line, &made);
    ca_surprise_keep(scorer, score, of->sums[i], &made);
    return true;
}

static void sum_part(const ca_scorer *scorer, part *of)
{
    memset(of->sums, 0, of->count * sizeof *of->sums);
    memset(of->present, 0, of->count * sizeof *of->present);
    for (size_t i = 0; i < scorer->count; i++) {
        const ca_kept *kept = &scorer->profile->kept[scorer->used[i]];
        const ca_usual_column *column = &of->lines->columns[i];
        ca_items items = {.next = of->from / 64, .end = (of->from + of->count + 63) / 64};
        while (ca_items_next(&items, kept->about.form, column, of->lines))
            ca_kept_judge(kept, &items, column->keys, UINT64_C(1) << scorer->used[i], of->from, of->sums, of->present);
    }
}

bool ca_scorer_add(ca_scorer *scorer, const ca_usual_lines *lines, const uint64_t *at)
{
    bool kept = false;
    bool enough = ca_usual_is_enough(scorer->profile);
    part of = {.lines = lines, .at = at};
    for (; enough && of.from < lines->count; of.from += PART) {
        of.count = lines->count - of.from < PART ? lines->count - of.from : PART;
        sum_part(scorer, &of);
        for (uint32_t i = 0; i < of.count; i++) {
            if (of.present[i] == 0)
                continue;
            scorer->scored++;
            kept = score_line(scorer, &of, i) || kept;
        }
    }
    return kept;
}
