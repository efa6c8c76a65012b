/* The lines of the highest score, and q: Benjamini and Hochberg's over all lines that were scored, of which those not kept are
 * known by how many have which score. */
#include <stdlib.h>

#include "score/surprise_inside.h"

/* Of lines with the smallest p there is, the larger sum comes first; then the smaller id. Below 0: a comes first. */
static int compare(const ca_surprise_ranked *a, const ca_surprise_ranked *b)
{
    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    if (a->sum != b->sum)
        return a->sum > b->sum ? -1 : 1;
    int order = ca_digest_cmp(a->line->id, b->line->id);
    for (unsigned i = 0; order == 0 && i < 2; i++)
        order = (a->line->at[i] > b->line->at[i]) - (a->line->at[i] < b->line->at[i]);
    return order;
}

static ca_surprise_ranked ranked_at(const ca_scorer *scorer, size_t at)
{
    const ca_surprise_kept *kept = &scorer->heap[at];
    return (ca_surprise_ranked){kept->sum, &scorer->lines[kept->line], kept->score};
}

/* Whether the one at a place of the heap is worse. */
static bool is_worse(const ca_scorer *scorer, size_t at, size_t than)
{
    ca_surprise_ranked one = ranked_at(scorer, at), other = ranked_at(scorer, than);
    return compare(&one, &other) > 0;
}

bool ca_surprise_wants(const ca_scorer *scorer, uint32_t score, uint64_t sum, const ca_surprise_line *line)
{
    if (scorer->kept < scorer->most || scorer->most == 0)
        return scorer->most > 0;
    ca_surprise_ranked worst = ranked_at(scorer, 0), one = {sum, line, score};
    return compare(&one, &worst) < 0;
}

static void swap(ca_surprise_kept *a, ca_surprise_kept *b)
{
    ca_surprise_kept kept = *a;
    *a = *b;
    *b = kept;
}

static void sift_down(ca_scorer *scorer, size_t at)
{
    for (;;) {
        size_t worst = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < scorer->kept; child++)
            if (is_worse(scorer, child, worst))
                worst = child;
        if (worst == at)
            return;
        swap(&scorer->heap[at], &scorer->heap[worst]);
        at = worst;
    }
}

void ca_surprise_keep(ca_scorer *scorer, uint32_t score, uint64_t sum, const ca_surprise_line *line)
{
    bool full = scorer->kept == scorer->most;
    uint32_t to = full ? scorer->heap[0].line : (uint32_t)scorer->kept;
    scorer->lines[to] = *line;
    if (!scorer->is_fresh[to]) {
        scorer->is_fresh[to] = 1;
        scorer->fresh[scorer->fresh_count++] = to;
    }
    if (full) {
        scorer->heap[0] = (ca_surprise_kept){sum, score, to};
        sift_down(scorer, 0);
        return;
    }
    size_t at = scorer->kept++;
    scorer->heap[at] = (ca_surprise_kept){sum, score, to};
    for (; at > 0 && is_worse(scorer, at, (at - 1) / 2); at = (at - 1) / 2)
        swap(&scorer->heap[at], &scorer->heap[(at - 1) / 2]);
}

size_t ca_scorer_kept(const ca_scorer *scorer)
{
    return scorer->kept;
}

const ca_surprise_line *ca_scorer_line(const ca_scorer *scorer, size_t i)
{
    return &scorer->lines[i];
}

size_t ca_scorer_fresh(const ca_scorer *scorer)
{
    return scorer->fresh_count;
}

const ca_surprise_line *ca_scorer_fresh_line(const ca_scorer *scorer, size_t i)
{
    return &scorer->lines[scorer->fresh[i]];
}

void ca_scorer_told(ca_scorer *scorer)
{
    for (; scorer->fresh_count > 0; scorer->fresh_count--)
        scorer->is_fresh[scorer->fresh[scorer->fresh_count - 1]] = 0;
}

int ca_scorer_merge(ca_scorer *scorer, const ca_scorer *from, ca_error *err)
{
    if (scorer->profile != from->profile)
        return ca_error_set(err, CA_FAIL, "lines that were scored against another profile");
    scorer->scored += from->scored;
    for (size_t i = 0; i < CA_SURPRISE_STEPS; i++)
        scorer->tail[i] += from->tail[i];
    for (size_t i = 0; i < from->kept; i++) {
        ca_surprise_ranked other = ranked_at(from, i);
        if (ca_surprise_wants(scorer, other.score, other.sum, other.line))
            ca_surprise_keep(scorer, other.score, other.sum, other.line);
    }
    return 0;
}

/* --- q ---------------------------------------------------------------------------------------------------------------- */

/* The smallest lines * p / rank among scores below this one: at the foot of each step, where its p is largest. */
static double q_below(const ca_scorer *scorer, uint32_t score)
{
    double least = 1;
    uint64_t rank = 0;
    uint32_t above = ca_surprise_step(score);
    for (uint32_t step = CA_SURPRISE_STEPS; step-- > 0;) {
        rank += scorer->tail[step];
        if (step > above || scorer->tail[step] == 0)
            continue;
        double p = exp(-(double)(CA_SURPRISE_FIRST + step * CA_SURPRISE_STEP) / 1e6);
        least = fmin(least, (double)scorer->scored * p / (double)rank);
    }
    return least;
}

static int by_rank(const void *a, const void *b)
{
    return compare(a, b);
}

const ca_surprise_line *ca_scorer_top(ca_scorer *scorer, size_t *ret_count)
{
    size_t count = *ret_count = scorer->kept;
    if (count == 0)
        return scorer->ranked;
    for (size_t i = 0; i < count; i++)
        scorer->order[i] = ranked_at(scorer, i);
    qsort(scorer->order, count, sizeof *scorer->order, by_rank);
    double least = q_below(scorer, scorer->order[count - 1].score);
    for (size_t i = count; i-- > 0;) {
        least = fmin(least, (double)scorer->scored * scorer->order[i].line->p / (double)(i + 1));
        scorer->ranked[i] = *scorer->order[i].line;
        scorer->ranked[i].q = round(least * 1e6) / 1e6;
    }
    return scorer->ranked;
}
