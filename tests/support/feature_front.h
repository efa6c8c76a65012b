/* Features out of strings, in the world of rule_front.h. */
#ifndef CA_TESTS_FEATURE_FRONT_H
#define CA_TESTS_FEATURE_FRONT_H

#include "rules/feature.h"
#include "support/rule_front.h"

typedef struct feature_front {
    rule_front *world;
    ca_featureset *set;
    int code;            /* what the load returned last */
    ca_buf said;
    ca_buf source;
} feature_front;

void feature_front_begin(feature_front *front);
void feature_front_end(feature_front *front);

/* Loads a file into an empty set and finishes it; "" when nothing was said, else lines of "9:7: error: text\n", sorted. */
const char *feature_front_load(feature_front *front, const char *source);
/* A draft of a feature of entity pharmacy, direction more; `keys` begin at line 8. */
const char *feature_front_with(feature_front *front, const char *keys);
/* The only feature, which must be there. */
const ca_feature *feature_front_only(const feature_front *front);

#endif
