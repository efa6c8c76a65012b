/* What the files that run inline tests of features share. */
#ifndef CA_RULES_FEATURE_TEST_PARTS_H
#define CA_RULES_FEATURE_TEST_PARTS_H

#include "rules/feature.h"
#include "rules/test_frame.h"

/* One case on its way. */
typedef struct ca_feature_case {
    ca_conf conf;
    ca_yaml *test;
    const ca_featureset *set;
    const ca_feature *feature;   /* first as loaded, then as compiled for this case; NULL when that failed */
    ca_featureset *own;          /* of the case, or NULL */
    ca_refs *refs;               /* with the tables of the case, or NULL */
    ca_arena *arena;
    ca_test_frame lines;
    bool valued;                 /* it expects a value */
} ca_feature_case;

/* Row of the line that a scalar names; false with a message. */
bool ca_feature_case_line(const ca_feature_case *run, const ca_yaml *node, uint32_t *ret_row);
/* Compares with `values` and `exposure`. */
int ca_feature_case_compare(ca_feature_case *run, ca_error *err);

#endif
