/* The explaining twin: one unit at a time, slow and obvious, every leaf with its value. It
 * decides what a finding says; tests hold it against rules/eval.h on random data. It shares no
 * code with the evaluator but exact arithmetic. */
#ifndef CA_RULES_EXPLAIN_H
#define CA_RULES_EXPLAIN_H

#include "base/arena.h"
#include "claim/finding.h"
#include "claim/value.h"
#include "rules/eval.h"

/* What a leaf read: an operand that is not a literal, then the columns it was calculated from. */
typedef struct ca_operand {
    const ca_node *node;
    ca_value value;
} ca_operand;

typedef struct ca_leaf_trace {
    ca_truth truth;
    bool reached;      /* the condition it belongs to was looked at */
    const char *blame; /* UNKNOWN: name of the first missing column, set or table, or "other" */
    ca_operand *operands;
    size_t operand_count;
    bool has_row;
    ca_ref_row row;     /* set or table row used */
    const char *row_of; /* name of that set or table */
    bool has_code;
    uint32_t code; /* that decided: the element of a list, or the code looked up */
    bool has_line;
    int64_t line_no; /* any, all: the line that decided; a claim rule's where: the line read */
} ca_leaf_trace;

/* A line of a rule of several lines: a row of frame->lines (`level: claim`), else of frame->units. */
typedef struct ca_match_line {
    const char *role;
    uint32_t row;
    bool carries;      /* exposure is split over it */
    bool of_claim;     /* a row of frame->units: a claim none of whose lines has money */
    int64_t share;     /* minor units or CA_EXPOSURE_MISSING; 0 where it carries nothing */
} ca_match_line;

typedef struct ca_explanation {
    bool has_table_row;    /* about this row of the rule's table (`each`) */
    uint32_t table_row;
    ca_outcome outcome;
    const char *excuse;    /* excused: name of the exception */
    const char *unchecked; /* hit: name of an exception that is UNKNOWN, else NULL */
    const char *unchecked_field;
    const char *blame;     /* unknown: what to blame */
    ca_leaf_trace *leaves; /* rule->leaf_count */
    int64_t exposure;      /* hit, excused: minor units, clamped and rounded; or ..._MISSING */
    ca_text message;       /* hit, excused */
    uint32_t *carrying;    /* rows of frame->lines (kind line: of frame->units) that carry it */
    int64_t *shares;       /* by carrying line, minor units or CA_EXPOSURE_MISSING */
    size_t carrying_count;
    ca_match_line *lines; /* rules of several lines: in place of carrying */
    size_t line_count;
    bool whole_claim; /* no carrying line has money: the claim itself carries the exposure */
} ca_explanation;

/* Judges and explains one unit. minor_digits: digits of the currency's minor unit (2: cents).
 * Memory from arena. */
int ca_explain(const ca_frame *frame, const ca_rule *rule, unsigned unit, int minor_digits,
               ca_arena *arena, ca_explanation *ret_explanation, ca_error *err);

/* Told of each look-up that explaining the unit finds a row for; keys are those of the table, `on`
 * is CA_NO_DATE without a date. */
typedef void (*ca_lookup_seen)(void *context, const ca_reftable *table, const ca_value *keys,
                               ca_date on, uint32_t row);
/* ca_explain for those who want to know which rows of tables it read, in any part of the rule. */
int ca_explain_lookups(const ca_frame *frame, const ca_rule *rule, unsigned unit, int minor_digits,
                       ca_arena *arena, ca_lookup_seen seen, void *context,
                       ca_explanation *ret_explanation, ca_error *err);

/* Rules with `each`: what the unit is with every row of the table that matches it, in the order of the table. At least one;
 * one without a row when none matches, or none can be found. ca_explain gives the strongest of them. */
int ca_explain_each(const ca_frame *frame, const ca_rule *rule, unsigned unit, int minor_digits, ca_arena *arena,
                    ca_explanation **ret_explanations, size_t *ret_count, ca_error *err);

/* The evidence stored with a finding, as JSON:
 * {"rule","version","logic","leaves":[…],"parameters":{…}}, and of a rule with `each` "row":{"of",
 * "file","line","prefix","values":[{"of","value"}…],"from","to"}. A leaf is {"text","at", "is":
 * "true"|"false"|"unknown"|"not reached", "values":[{"of","value"}…] and, where there are such,
 * "blame", "code", "line_no", "row":{"of","file","line","code","prefix","from","to"}}. Values
 * are text as an auditor reads it, null when missing. */
int ca_explain_json(const ca_rule *rule, const ca_codes *codes, const ca_explanation *explanation,
                    ca_buf *ret_json, ca_error *err);

/* The condition or value as it stands in the rule, on one line: runs of blanks become one. */
void ca_leaf_source(const ca_rule *rule, const ca_node *node, ca_buf *out);
/* "true", "false", "unknown" or "not reached" */
const char *ca_leaf_truth(const ca_leaf_trace *trace);
/* What it was, as an auditor reads it; false when it was missing. */
bool ca_operand_print(const ca_operand *operand, const ca_codes *codes, ca_buf *out);
/* The value that held; a text without its quotes. */
void ca_parameter_print(const ca_parameter *parameter, ca_buf *out);

/* What stopped or excused it. */
int ca_finding_reason(const ca_explanation *explanation, ca_arena *arena, ca_finding *finding, ca_error *err);

/* A finding of the unit, complete but for rule index; texts in arena. */
int ca_explain_finding(const ca_frame *frame, const ca_rule *rule, unsigned unit,
                       const ca_explanation *explanation, ca_arena *arena, ca_finding *ret_finding,
                       ca_error *err);

#endif
