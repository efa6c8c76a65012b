/* Random rules as text, well typed, and random batches for them; the same for the same seed. */
#ifndef CA_TESTS_RANDOM_RULES_H
#define CA_TESTS_RANDOM_RULES_H

#include "rules/eval.h"
#include "rules/ruleset.h"

typedef struct random_source {
    uint64_t state;
} random_source;

random_source random_from(uint64_t seed);
unsigned random_below(random_source *random, unsigned n); /* 0 … n - 1 */
bool random_chance(random_source *random, unsigned percent);

/* A whole rule file for the world of rule_front.h, of kind line or claim. */
void random_rule(random_source *random, bool claim, ca_buf *ret_source);

/* A frame of random lines, or of random claims with their lines. */
typedef struct random_frame {
    ca_frame frame;
    ca_batch *units;
    ca_batch *lines; /* NULL for lines alone */
    uint32_t *first_line;
} random_frame;

/* Ends the test when memory runs out. */
void random_frame_init(random_frame *frame, random_source *random, const ca_ruleset *set,
                       bool claim);
void random_frame_done(random_frame *frame);

#endif
