/* The kinds of rules that exist, each in its own file. */
#ifndef CA_RULES_KINDS_H
#define CA_RULES_KINDS_H

#include "rules/kind.h"

extern const ca_kind ca_kind_absence;
extern const ca_kind ca_kind_claim;
extern const ca_kind ca_kind_duplicate;
extern const ca_kind ca_kind_line;
extern const ca_kind ca_kind_overlap;
extern const ca_kind ca_kind_pair;
extern const ca_kind ca_kind_peer;
extern const ca_kind ca_kind_sequence;
extern const ca_kind ca_kind_window;

#endif
