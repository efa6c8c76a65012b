/* What changed between two versions of a rule or feature, by meaning: not lines of text, but parameters, conditions, keys, sets. */
#ifndef CA_RULES_DIFF_H
#define CA_RULES_DIFF_H

#include "rules/feature.h"
#include "rules/ruleset.h"

typedef struct ca_rule_change {
    const char *what;       /* "parameter max_age", "when", "within", "set newborn_dx", "title" */
    const char *before;     /* NULL: it is new */
    const char *after;      /* NULL: it is gone */
    bool logic;             /* it may change outcomes or exposures; else it is text */
} ca_rule_change;

typedef struct ca_rule_diff {
    bool logic;             /* the logic hashes differ */
    ca_rule_change *items;  /* logic first */
    size_t count;
} ca_rule_diff;

/* Both rules of one id, each in the set it was loaded with. */
int ca_rule_compare(const ca_ruleset *old_set, const ca_rule *old_rule, const ca_ruleset *new_set, const ca_rule *new_rule,
                    ca_arena *arena, ca_rule_diff *ret_diff, ca_error *err);
/* Both features of one id. Of one whose logic is the same only texts are told, however its expressions are written. */
int ca_feature_compare(const ca_featureset *old_set, const ca_feature *old_feature, const ca_featureset *new_set,
                       const ca_feature *new_feature, ca_arena *arena, ca_rule_diff *ret_diff, ca_error *err);

#endif
