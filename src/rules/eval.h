/* The vectorised evaluator: conditions over a frame of units, as bitmaps of TRUE and FALSE
 * (neither is UNKNOWN). Only the units of a mask are worked on, so that a trigger index can hand
 * in candidates. Its twin is rules/explain.h. */
#ifndef CA_RULES_EVAL_H
#define CA_RULES_EVAL_H

#include "claim/batch.h"
#include "claim/value.h"
#include "rules/rule.h"

typedef enum ca_truth { CA_FALSE, CA_TRUE, CA_UNKNOWN_TRUTH } ca_truth;

/* The metrics of an entity's peers, itself included, smallest first. */
typedef struct ca_peer_group {
    const ca_ratio *metrics;
    size_t count;
} ca_peer_group;

/* Units to judge and the rows they are read of.
 * line kind: units are rows of `units`, lines == NULL. claim kind: units are claims (header columns), lines sorted
 * by unit, line_no. Kinds of several lines (rules/group.h) make their units of rows: then `count` says how many units
 * there are, and row[side] which row of `units` stands on that side of each. A window is a unit whose lines are a
 * stretch of `lines`; stretches of several windows may have lines in common. */
typedef struct ca_frame {
    const ca_batch *units;
    const ca_batch *lines;      /* or NULL */
    const uint32_t *first_line; /* [units->rows + 1] into lines, or NULL */
    const uint32_t *past_line;  /* by row of units, where claims do not lie in order; NULL = the next one's first */
    const uint32_t *unit_of;    /* by line: the row of units that it belongs to; NULL = found out again where it is needed */
    const uint64_t *line_taken; /* bit by line: aggregates see it; NULL = all */
    const uint64_t *line_undecided;    /* bit by line: aggregates skip it; NULL = none */
    unsigned date_column;       /* column of the unit's date: CA_F_SERVICE_DATE or CA_F_FROM_DATE */
    const ca_codes *codes;
    bool made;                  /* units are made of rows: the members below hold */
    unsigned count;             /* units */
    const uint32_t *row[CA_SIDES];  /* by unit; NULL = the row of the unit's own number */
    const uint32_t *stretch;    /* windows: [2 * unit] the first of its lines, [2 * unit + 1] one past the last; or NULL */
    const ca_date *date;        /* by unit: its date; NULL = date_column of its row */
    const ca_value *given[CA_GIVENS];   /* by unit; NULL = missing */
    const ca_peer_group *const *peers;  /* by unit, or NULL */
    const uint32_t *table_row;  /* by unit: row of the rule's `each` table, or CA_NO_TABLE_ROW; or NULL */
    const uint32_t *line_table_row;    /* windows: by line */
    const uint64_t *const *hits;       /* by CA_NODE_HIT's `hit`: bit by unit, the rule hit this line; NULL (or an entry is NULL):
                                        * nobody knows, and every such condition is UNKNOWN */
    struct ca_trigger *trigger; /* that has looked at the rows (rules/trigger.h), or NULL */
} ca_frame;

static inline unsigned ca_frame_units(const ca_frame *frame)
{
    return frame->made ? frame->count : frame->units->rows;
}

/* Row of frame->units that stands on a side of a unit. */
static inline unsigned ca_frame_row(const ca_frame *frame, ca_side side, unsigned unit)
{
    return frame->made && frame->row[side] ? frame->row[side][unit] : unit;
}

/* The lines that aggregates of a side see. */
static inline void ca_frame_lines(const ca_frame *frame, ca_side side, unsigned unit, uint32_t *ret_from,
                                  uint32_t *ret_to)
{
    unsigned row = ca_frame_row(frame, side, unit);
    *ret_from = frame->stretch ? frame->stretch[2 * unit] : frame->first_line[row];
    *ret_to = frame->stretch ? frame->stretch[2 * unit + 1]
                             : frame->past_line ? frame->past_line[row] : frame->first_line[row + 1];
}

/* frame.c: the value of a column on a side of a unit; of the unit's own date that of the unit. */
ca_value ca_frame_column(const ca_frame *frame, ca_side side, unsigned column, unsigned unit);
/* Missing where the unit has no date. */
ca_value ca_frame_date(const ca_frame *frame, unsigned unit);
/* A value that the kind gives, such as window_start. */
ca_value ca_frame_given(const ca_frame *frame, const ca_node *node, unsigned unit);

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
/* From now on notes in seen[leaf], as bits 1 << ca_truth, what each leaf of the one rule it judges is TRUE or FALSE to.
 * Then no part of a condition is left out because another one decides. */
void ca_eval_watch(ca_eval *eval, uint8_t *seen);

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
 * tables, then reasons that no leaf has (for the caller's use) and "other" (a value that cannot be
 * calculated: a division by zero, the smallest of nothing). */
typedef enum ca_reason {
    CA_REASON_TOO_MANY_LINES, CA_REASON_GROUP_TOO_LARGE, CA_REASON_PERIOD_OPEN, CA_REASON_NO_DATA_START,
    CA_REASON_NO_HISTORY,
    CA_REASON_NO_METRIC, CA_REASON_FEW_PEERS, CA_REASON_INCOMPLETE, CA_REASONS
} ca_reason;
size_t ca_blame_slots(const ca_rule *rule, const ca_schema *schema);
size_t ca_blame_reason(const ca_rule *rule, const ca_schema *schema, ca_reason reason);
const char *ca_blame_name(const ca_rule *rule, const ca_schema *schema, size_t slot);
int ca_eval_blame(ca_eval *eval, const ca_frame *frame, const ca_rule *rule,
                  const uint64_t *unknown, uint64_t *counts, ca_error *err);

#endif
