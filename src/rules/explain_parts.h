/* What the files of the explaining twin share. For explain*.c only. */
#ifndef CA_RULES_EXPLAIN_PARTS_H
#define CA_RULES_EXPLAIN_PARTS_H

#include "rules/explain.h"

/* Where a value is read: at the unit, or at one of its lines. */
#define CA_AT_UNIT UINT32_MAX

/* One unit under explanation. */
typedef struct ca_twin {
    const ca_frame *frame;
    const ca_rule *rule;
    ca_arena *arena;
    unsigned unit;
    uint32_t first, past;  /* its lines in frame->lines; equal when it has none */
    const ca_truth *where; /* by line of the unit: what the rule's `where` says; NULL = all taken */
    const char *where_blame; /* why some of its lines cannot be decided, or NULL */
    ca_leaf_trace *leaves;   /* traces by leaf of the rule */
    ca_leaf_trace *trace;    /* of the leaf at hand, NULL = not recorded */
    uint32_t decided_by;     /* any, all: the line that decided, CA_AT_UNIT = none */
    ca_lookup_seen seen;     /* or NULL */
    void *seen_context;
    bool no_row;             /* of a rule with `each`: no row of its table is known to match */
    const char *no_row_blame;    /* what keeps rows from being found; NULL = none matches */
    bool whole_claim;        /* the claim is its own only line: sum(paid) is claim_paid */
    bool nomem;
} ca_twin;

typedef struct ca_told {
    ca_value value;
    bool skipped;           /* an aggregate below skipped something missing */
    const char *blame;      /* first cause below: missing or skipped */
    const char *skip_blame; /* first cause of skipping below */
} ca_told;

ca_told ca_tell_value(ca_twin *twin, const ca_node *node, uint32_t line);
ca_told ca_tell_call(ca_twin *twin, const ca_node *node, uint32_t line);
ca_told ca_tell_aggregate(ca_twin *twin, const ca_node *node);
/* A lookup as a value; *ret_found says whether the row is there. */
ca_told ca_tell_lookup(ca_twin *twin, const ca_node *node, uint32_t line, ca_truth *ret_found);

/* A condition, every part of it looked at; *ret_blame is that of its first UNKNOWN leaf in
 * source order, when it is UNKNOWN. */
ca_truth ca_tell_condition(ca_twin *twin, const ca_node *node, uint32_t line,
                           const char **ret_blame);

/* any(…) and all(…); told->value is not set. */
ca_truth ca_tell_quantifier(ca_twin *twin, const ca_node *node, ca_told *ret_told);

/* The date that dated sets and tables need here. */
ca_told ca_tell_date(ca_twin *twin, const ca_node *on, uint32_t line);
int ca_tell_order(const ca_value *a, const ca_value *b);
ca_truth ca_tell_not(ca_truth truth);

/* One unit; rules with `each`: with the row that the frame has, or none. */
int ca_tell_unit(ca_twin *twin, int minor_digits, ca_explanation *ret_explanation, ca_error *err);
/* explain_each.c: all of them; `twin` has the frame without rows. */
int ca_tell_each(ca_twin *twin, int minor_digits, ca_explanation **ret_explanations, size_t *ret_count, ca_error *err);

/* Exposure, its shares, and the message of a hit or excused unit. 0, CA_NOMEM. */
int ca_tell_exposure(ca_twin *twin, int minor_digits, ca_explanation *explanation, ca_error *err);
int ca_tell_message(ca_twin *twin, ca_explanation *explanation, ca_error *err);

#endif
