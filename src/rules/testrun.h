/* Inline tests of rules: aligned text tables to frames, judged by both evaluators, compared with
 * what the author expects. */
#ifndef CA_RULES_TESTRUN_H
#define CA_RULES_TESTRUN_H

#include "rules/ruleset.h"

typedef struct ca_testrun {
    size_t cases;
    size_t failed;
    uint8_t *seen; /* by leaf of the rule, bits 1 << ca_truth: what the cases saw it to be; NULL: nobody asks */
} ca_testrun;

/* Runs all tests of a rule. Every failure is a diag with the position of the case: wrong,
 * missing or extra hits, excused or unknown (each list is complete when given; hits always), the
 * two evaluators disagreeing, a table that the rule does not read, an unknown id, no assertion.
 * A shadow or active rule without a case that must match and one that must not is an error. */
int ca_testrun_rule(const ca_ruleset *set, const ca_rule *rule, ca_diags *diags, ca_testrun *result,
                    ca_error *err);

#endif
