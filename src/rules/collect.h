/* What a checked rule reads: its leaves in order, the columns, sets and tables it needs. */
#ifndef CA_RULES_COLLECT_H
#define CA_RULES_COLLECT_H

#include "rules/check.h"

/* Fills leaves, sets, tables, columns and facts of check->rule. Mistakes: too many leaves. */
void ca_rule_collect(ca_kind_check *check);

#endif
