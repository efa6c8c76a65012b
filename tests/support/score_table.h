/* Random tables of entities for the scorer: four specialties and three regions of unequal size, unknown ones among them, shares,
 * money, missing values, a few entities far away. */
#ifndef CA_TESTS_SCORE_TABLE_H
#define CA_TESTS_SCORE_TABLE_H

#include "score/table.h"

enum { SCORE_FEATURES = 7, SCORE_CONTEXT = 5, SCORE_MONEY = 1 };

typedef struct score_shape {
    size_t entities;
    uint64_t seed;
    unsigned stride;         /* entities are added in steps of this, which has no divisor with their number in common; 0: one */
    size_t memory;           /* 0: enough */
    ca_disk *disk;
    const char *folder;      /* NULL: all in memory */
} score_shape;

extern const ca_score_feature score_features[SCORE_FEATURES];

/* Ends the test when anything fails. */
ca_score_table *score_table_make(const score_shape *shape);
/* The same, for tests that make it fail. */
int score_table_try(const score_shape *shape, ca_score_table **ret_table, ca_error *err);
double score_random(uint64_t *state);      /* from 0 to before 1 */
double score_normal(uint64_t *state);      /* about normal */

#endif
