/* The explaining twin for rules of several lines. */
#ifndef CA_RULES_EXPLAIN_MATCH_H
#define CA_RULES_EXPLAIN_MATCH_H

#include "rules/explain.h"
#include "rules/group.h"

/* Explains a match: leaves, lines with their parts and shares, exposure, message. The outcome is judged anew from the
 * leaves; what only the kind can know (that a period is open) it takes from the match. Memory from arena. */
int ca_explain_match(const ca_match *match, const ca_rule *rule, int minor_digits, ca_arena *arena,
                     ca_explanation *ret_explanation, ca_error *err);
/* What was paid for a line, or for the claim that stands for its lines; false when that is missing. */
bool ca_match_line_paid(const ca_frame *frame, const ca_match_line *line, bool of_claims, int64_t *ret_paid);
/* The evidence: as ca_explain_json, and the lines, the window, the sides. */
int ca_match_json(const ca_match *match, const ca_rule *rule, const ca_explanation *explanation, ca_buf *ret_json,
                  ca_error *err);
/* Complete but for the rule's index; texts in arena or borrowed from the match's frame. */
int ca_match_finding(const ca_match *match, const ca_rule *rule, const ca_explanation *explanation, ca_arena *arena,
                     ca_finding *ret_finding, ca_error *err);

#endif
