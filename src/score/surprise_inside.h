/* Inside the scoring of lines: the best lines, kept in a bounded heap, and how many others come near. */
#ifndef CA_SCORE_SURPRISE_INSIDE_H
#define CA_SCORE_SURPRISE_INSIDE_H

#include "score/profile_inside.h"
#include "score/surprise.h"

#define CA_SURPRISE_STEPS      3100u    /* of .01, from the score of p = .02 to the largest there is */
#define CA_SURPRISE_STEP       10000u
#define CA_SURPRISE_FIRST      3912023u  /* -ln .02 */

typedef struct ca_surprise_kept {
    uint64_t sum;            /* in 1e-6, as is the score */
    uint32_t score;
    uint32_t line;           /* where the rest of it is */
} ca_surprise_kept;

/* A line, and what it is kept by. */
typedef struct ca_surprise_ranked {
    uint64_t sum;
    const ca_surprise_line *line;
    uint32_t score;
} ca_surprise_ranked;

struct ca_scorer {
    const ca_usual *profile;
    uint32_t *used;
    size_t count;
    uint64_t scored;         /* lines */
    ca_surprise_kept *heap;  /* the worst first */
    ca_surprise_line *lines;
    size_t kept, most;
    uint32_t *fresh;         /* of lines, which came since they were last told, */
    uint8_t *is_fresh;       /* and by line whether it did */
    size_t fresh_count;
    ca_surprise_line *ranked;
    ca_surprise_ranked *order;
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

bool ca_surprise_wants(const ca_scorer *scorer, uint32_t score, uint64_t sum, const ca_surprise_line *line);
/* Where it is wanted. */
void ca_surprise_keep(ca_scorer *scorer, uint32_t score, uint64_t sum, const ca_surprise_line *line);

#endif
