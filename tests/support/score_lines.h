/* Random claim lines as profiles see them, for tests: units given a code and region, a code given a diagnosis, weekends given
 * a specialty, days without anything given,
 * a choice in cells
 * that cross, and the units again, strictly. */
#ifndef CA_TESTS_SCORE_LINES_H
#define CA_TESTS_SCORE_LINES_H

#include "score/profile.h"

enum { LINES_UNITS, LINES_CODE, LINES_WEEKEND, LINES_DAYS, LINES_CROSSED, LINES_STRICT, LINES_FEATURES };

typedef struct score_lines {
    uint32_t count;
    double *numbers[LINES_FEATURES];
    uint64_t *choices[LINES_FEATURES];
    uint64_t *keys[LINES_FEATURES][CA_USUAL_LEVELS_MAX];
    ca_digest *ids;
    ca_usual_column columns[LINES_FEATURES];
    ca_usual_lines lines;      /* all of them */
} score_lines;

const ca_usual_feature *score_lines_features(void);
/* One value in a dozen is missing, and one key. `codes` 0 gives every line a code of its own. */
score_lines *score_lines_new(uint32_t count, uint32_t codes, uint64_t seed);
void score_lines_free(score_lines *lines);
/* Lines [from, from + count): `columns` has room for all features. */
ca_usual_lines score_lines_part(const score_lines *lines, uint32_t from, uint32_t count, ca_usual_column *columns);
/* The same lines in another order. */
void score_lines_shuffle(score_lines *lines, uint64_t seed);
uint64_t score_lines_random(uint64_t *state);

#endif
