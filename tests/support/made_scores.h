/* Made-up scores of two kinds of entities, of a line, a pair and a ring, for tests of those who carry them. */
#ifndef CA_TESTS_MADE_SCORES_H
#define CA_TESTS_MADE_SCORES_H

#include "run/score_findings.h"

#define CA_MADE_SCORES 6

typedef struct made_scores {
    ca_told_model model;
    ca_entity_feature features[3];
    ca_entity_reason reasons[2];
    ca_entity_score scores[CA_MADE_SCORES];    /* three providers, of which one insufficient; two patients; a line */
    size_t count;
    ca_finding_line lines[2];
    ca_told_pair pairs[3];                     /* two of pharmacies, one of providers */
    ca_told_member members[10];
    ca_told_ring rings[1];
    ca_scored_kind kinds[6];
    ca_scored scored;
    unsigned handed;                           /* times that `each` was called */
} made_scores;

/* `id` is that of the first provider. Borrows from itself: do not move it. */
void made_scores_set(made_scores *made, const char *id);

#endif
