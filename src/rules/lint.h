/* What a correct rule may still have got wrong: warnings and hints. */
#ifndef CA_RULES_LINT_H
#define CA_RULES_LINT_H

#include "rules/check.h"

void ca_rule_lint(ca_kind_check *check);

#endif
