/* The two hashes of a rule: of what decides, and of its whole text. */
#ifndef CA_RULES_HASH_H
#define CA_RULES_HASH_H

#include "rules/ruleset.h"

/* Fills rule->logic_hash and rule->text_hash. 0 or CA_NOMEM. */
int ca_rule_hash(const ca_ruleset *set, ca_rule *rule, ca_error *err);

#endif
