/* The kinds of rules that exist, each in its own file. */
#ifndef CA_RULES_KINDS_H
#define CA_RULES_KINDS_H

#include "rules/kind.h"

extern const ca_kind ca_kind_line;
extern const ca_kind ca_kind_claim;

#endif
