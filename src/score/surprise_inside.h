/* Inside the scoring of lines: the best lines, kept in a bounded heap, and how many others come near. */
#ifndef CA_SCORE_SURPRISE_INSIDE_H
#define CA_SCORE_SURPRISE_INSIDE_H

#include "score/profile_inside.h"
#include "score/surprise.h"

#define CA_SURPRISE_STEPS      3100u    /* of .01, from the score of p = .02 to the largest there is */
#define CA_SURPRISE_STEP       10000u
#define CA_SURPRISE_FIRST      3912023u  /* -ln .02 */

typedef struct ca_surprise_kept {
    uint32_t score;          /* in 1e-6, as is the sum */
    uint64_t sum;
    ca_surprise_line line;
} ca_surprise_kept;

struct ca_scorer {
    const ca_usual *profile;
    uint32_t *used;
    size_t count;
    uint64_t lines;
    ca_surprise_kept *heap;  /* the worst first */
    size_t kept, most;
    ca_surprise_line *ranked;
    uint64_t *tail;          /* by step of the score: lines beyond the 98th percentile */
    uint64_t present;        /* of the line before, and the cell of its sums */
    uint32_t cell;
    double edge;             /* its 98th percentile */
};

static inline uint32_t ca_surprise_step(uint32_t score)
{
    uint32_t step = score < CA_SURPRISE_FIRST ? 0 : (score - CA_SURPRISE_FIRST) / CA_SURPRISE_STEP;
    return step < CA_SURPRISE_STEPS ? step : CA_SURPRISE_STEPS - 1;
}

bool ca_surprise_wants(const ca_scorer *scorer, const ca_surprise_kept *line);
/* Where it is wanted. */
void ca_surprise_keep(ca_scorer *scorer, const ca_surprise_kept *line);

#endif
