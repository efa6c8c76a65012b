/* The lines of the highest score, and q: Benjamini and Hochberg's over all lines that were scored, of which those not kept are
 * known by how many have which score. */
#include <stdlib.h>

#include "score/surprise_inside.h"

/* Of lines with the smallest p there is, the larger sum comes first; then the smaller id. Below 0: a comes first. */
static int compare(const ca_surprise_kept *a, const ca_surprise_kept *b)
{
    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    if (a->sum != b->sum)
        return a->sum > b->sum ? -1 : 1;
    int order = ca_digest_cmp(a->line.id, b->line.id);
    for (unsigned i = 0; order == 0 && i < 2; i++)
        order = (a->line.at[i] > b->line.at[i]) - (a->line.at[i] < b->line.at[i]);
    return order;
}

bool ca_surprise_wants(const ca_scorer *scorer, const ca_surprise_kept *line)
{
    return scorer->kept < scorer->most || (scorer->most > 0 && compare(line, &scorer->heap[0]) < 0);
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
            if (compare(&scorer->heap[child], &scorer->heap[worst]) > 0)
                worst = child;
        if (worst == at)
            return;
        swap(&scorer->heap[at], &scorer->heap[worst]);
        at = worst;
    }
}

void ca_surprise_keep(ca_scorer *scorer, const ca_surprise_kept *line)
{
    if (scorer->kept == scorer->most) {
        scorer->heap[0] = *line;
        sift_down(scorer, 0);
        return;
    }
    size_t at = scorer->kept++;
    scorer->heap[at] = *line;
    for (; at > 0 && compare(&scorer->heap[at], &scorer->heap[(at - 1) / 2]) > 0; at = (at - 1) / 2)
        swap(&scorer->heap[at], &scorer->heap[(at - 1) / 2]);
}

size_t ca_scorer_kept(const ca_scorer *scorer)
{
    return scorer->kept;
}

const ca_surprise_line *ca_scorer_line(const ca_scorer *scorer, size_t i)
{
    return &scorer->heap[i].line;
}

int ca_scorer_merge(ca_scorer *scorer, const ca_scorer *from, ca_error *err)
{
    if (scorer->profile != from->profile)
        return ca_error_set(err, CA_FAIL, "lines that were scored against another profile");
    scorer->lines += from->lines;
    for (size_t i = 0; i < CA_SURPRISE_STEPS; i++)
        scorer->tail[i] += from->tail[i];
    for (size_t i = 0; i < from->kept; i++)
        if (ca_surprise_wants(scorer, &from->heap[i]))
            ca_surprise_keep(scorer, &from->heap[i]);
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
        least = fmin(least, (double)scorer->lines * p / (double)rank);
    }
    return least;
}

static int by_rank(const void *a, const void *b)
{
    return compare(a, b);
}

const ca_surprise_line *ca_scorer_top(ca_scorer *scorer, size_t *ret_count)
{
    *ret_count = scorer->kept;
    if (scorer->kept == 0)
        return scorer->ranked;
    qsort(scorer->heap, scorer->kept, sizeof *scorer->heap, by_rank);
    double least = q_below(scorer, scorer->heap[scorer->kept - 1].score);
    for (size_t i = scorer->kept; i-- > 0;) {
        least = fmin(least, (double)scorer->lines * scorer->heap[i].line.p / (double)(i + 1));
        scorer->ranked[i] = scorer->heap[i].line;
        scorer->ranked[i].q = round(least * 1e6) / 1e6;
    }
    for (size_t i = 0; i < scorer->kept / 2; i++)    /* the worst first: a heap again */
        swap(&scorer->heap[i], &scorer->heap[scorer->kept - 1 - i]);
    return scorer->ranked;
}
