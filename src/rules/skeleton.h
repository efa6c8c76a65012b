/* A rule to begin with, for every kind. */
#ifndef CA_RULES_SKELETON_H
#define CA_RULES_SKELETON_H

#include "rules/kind.h"

/* Writes a draft of that id: it passes the check, and its tests pass or wait. Failures show in out->failed. */
void ca_rule_skeleton(const ca_kind *kind, const char *id, ca_buf *out);

#endif
