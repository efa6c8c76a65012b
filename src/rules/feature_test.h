/* Inline tests of features: a table of lines, and what the feature is for each entity in it.
 *
 *   tests:
 *     - name: …
 *       lines: |                     as in tests of rules
 *       tables: {set: …}             likewise
 *       hits: {CORE-0101: [1, 3]}    lines that a rule hit, for hit(…); other rules hit none
 *       values: {R1: 3/4, R2: missing}      of every entity; of `entity: line` by id of the line: a number, a code,
 *                                    yes or no
 *       exposure: {R1: 4}            or left out */
#ifndef CA_RULES_FEATURE_TEST_H
#define CA_RULES_FEATURE_TEST_H

#include "rules/feature.h"
#include "rules/testrun.h"

/* Runs all tests of a feature; every failure is a diag at its place. The minimum of exposure does not count here. An
 * active feature without a case that has a value is an error. */
int ca_testrun_feature(const ca_featureset *set, const ca_feature *feature, ca_diags *diags, ca_testrun *result,
                       ca_error *err);

#endif
