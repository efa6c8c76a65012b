/* What a channel's score is worth: the share of the sample's rows that have more, as -ln p. */
#include <math.h>
#include <stdlib.h>

#include "score/ensemble_parts.h"

enum { SIDE_BY_SIDE = 16 };

double ca_rounded_score(double score)
{
    return fabs(score) < 1e9 ? round(score * 1e6) / 1e6 : score;
}

/* Mid-rank p = (n - rank + .5) / n: those above and half of those that are equal, itself among these. Nobody above: half a row. */
int ca_ranks_fit(double *scores, size_t count, ca_arena *model, ca_ranks *ret_ranks, ca_error *err)
{
    ca_ranks ranks = {.scores = ca_arena_array(model, count, sizeof *ranks.scores),
                      .at = ca_arena_array(model, count, sizeof *ranks.at),
                      .after = ca_arena_array(model, count + 1, sizeof *ranks.after)};
    if (ranks.scores == NULL || ranks.at == NULL || ranks.after == NULL)
        return ca_error_nomem(err);
    qsort(scores, count, sizeof *scores, ca_compare_doubles);
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count && scores[end] == scores[i];)
            end++;
        double above = (double)(count - end), equal = (double)(end - i);
        ranks.scores[ranks.count] = scores[i];
        ranks.at[ranks.count++] = -log((above + equal / 2) / (double)count);
        ranks.after[ranks.count] = -log(fmax(above, .5) / (double)count);
    }
    *ret_ranks = ranks;
    return 0;
}

/* Halves without a question asked, as nobody could foresee the answers, and many scores at a time, that they wait together. */
void ca_ranks_add(const ca_ranks *ranks, const double *scores, double *sums)
{
    for (size_t first = 0; first < CA_ENSEMBLE_BLOCK; first += SIDE_BY_SIDE) {
        size_t low[SIDE_BY_SIDE] = {0};     /* all before it are smaller */
        for (size_t left = ranks->count; left > 0;) {
            size_t half = (left + 1) / 2;
            for (size_t i = 0; i < SIDE_BY_SIDE; i++)
                low[i] += (size_t)(ranks->scores[low[i] + half - 1] < scores[first + i]) * half;
            left -= half;
        }
        for (size_t i = 0; i < SIDE_BY_SIDE; i++) {
            bool equal = low[i] < ranks->count && ranks->scores[low[i]] == scores[first + i];
            sums[first + i] += equal ? ranks->at[low[i]] : ranks->after[low[i]];
        }
    }
}
