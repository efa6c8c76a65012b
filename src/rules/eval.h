/* The vectorised evaluator: conditions over a frame of units, as bitmaps of TRUE and FALSE
 * (neither is UNKNOWN). Only the units of a mask are worked on, so that a trigger index can hand
 * in candidates. Its twin is rules/explain.h. */
#ifndef CA_RULES_EVAL_H
#define CA_RULES_EVAL_H

#include "claim/batch.h"
#include "rules/rule.h"

typedef enum ca_truth { CA_FALSE, CA_TRUE, CA_UNKNOWN_TRUTH } ca_truth;

/* Units to judge and, for kinds with several lines a unit, those lines. line kind: units are lines,
 * lines == NULL. claim kind: units are claims (header columns), lines sorted by unit, line_no. */
typedef struct ca_frame {
    const ca_batch *units;
    const ca_batch *lines;      /* or NULL */
    const uint32_t *first_line; /* [units->rows + 1] into lines, or NULL */
    unsigned date_column;       /* column of the unit's date: CA_F_SERVICE_DATE or CA_F_FROM_DATE */
    const ca_codes *codes;
} ca_frame;

/* What one rule says of a frame's units: bitmaps of units->words words. Offered = the mask
 * handed in (live units, or all with rows: all). Offered and in none of these is pass. */
typedef struct ca_verdict {
    uint64_t *hit;
    uint64_t *excused;
    uint64_t *unknown;
    uint64_t *not_applicable;
} ca_verdict;

/* Scratch memory of one thread; grows, then steady. It remembers facts by node of a rule and id
 * of the dictionary, so that one rule set and one dictionary share an evaluator: make a new one
 * when either goes. */
typedef struct ca_eval ca_eval;
ca_eval *ca_eval_new(void);
void ca_eval_free(ca_eval *eval);

/* Conditions on the units in `mask`; bits outside it come back 0. The line set of aggregates may
 * be narrowed by `line_mask` (NULL = all lines) and lines in `line_unknown` (NULL = none) count
 * as skipped: a claim rule's where. 0, CA_NOMEM. */
int ca_eval_condition(ca_eval *eval, const ca_frame *frame, const ca_node *condition,
                      const uint64_t *mask, const uint64_t *line_mask, const uint64_t *line_unknown,
                      uint64_t *ret_true, uint64_t *ret_false, ca_error *err);

/* Judges one rule: effective and jurisdiction, where, when, unless, by its kind. */
int ca_eval_rule(ca_eval *eval, const ca_frame *frame, const ca_rule *rule, const uint64_t *offered,
                 ca_verdict *verdict, ca_error *err);

/* Adds, for the units in `unknown`, one count each to the field to blame: the first UNKNOWN leaf
 * in source order. counts is indexed by ca_blame slot: schema columns, then the rule's sets, its
 * tables, then "too many lines" (for the caller's use) and "other" (a value that cannot be
 * calculated: a division by zero, the smallest of nothing). */
size_t ca_blame_slots(const ca_rule *rule, const ca_schema *schema);
const char *ca_blame_name(const ca_rule *rule, const ca_schema *schema, size_t slot);
int ca_eval_blame(ca_eval *eval, const ca_frame *frame, const ca_rule *rule,
                  const uint64_t *unknown, uint64_t *counts, ca_error *err);

#endif
