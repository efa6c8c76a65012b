/* Why a claim was flagged by some rules and not by the others: what every rule says of each of its lines and of the
 * claim, read from the claim files. Nothing is stored. */
#ifndef CA_RUN_EXPLAIN_CLAIM_H
#define CA_RUN_EXPLAIN_CLAIM_H

#include "claim/finding.h"
#include "run/scan.h"

#define CA_EXPLAINED_LINES_MAX 10000    /* of one claim; above that the question must name a line */

typedef struct ca_claim_question {
    ca_text claim_id;           /* ptr NULL = every claim, for tests */
    bool has_type;
    uint8_t claim_type;
    const char *rule;           /* only this rule, whatever its status; NULL = all active and shadow rules */
    bool has_line;              /* only this line; what is said of the claim as a whole is left out */
    int64_t line_no;
    bool leaves;                /* the conditions with their values, too */
} ca_claim_question;

typedef struct ca_told_rule {
    const char *id, *title, *status;
} ca_told_rule;

/* A condition of a rule as one unit met it. */
typedef struct ca_told_leaf {
    const char *part;           /* "where", "when", or "unless NAME" */
    const char *is;             /* "true", "false", "unknown", "not reached" */
    ca_text text, values, decided_by;
} ca_told_leaf;

/* What one rule says of one line, or of a claim (part). */
typedef struct ca_told_outcome {
    const ca_told_rule *rule;
    uint32_t rule_index;
    uint8_t claim_type;
    bool of_claim;
    bool sees_all;              /* a rule with `rows: all` */
    int64_t part, line_no;
    const char *file;           /* of the line */
    uint32_t file_no;           /* among the inputs: one may be given twice */
    uint64_t row;
    ca_outcome outcome;
    ca_text because;
    ca_told_leaf *leaves;       /* when asked for */
    size_t leaf_count;
} ca_told_outcome;

/* A line of the claim, and why it counts or not. */
typedef struct ca_told_line {
    uint8_t claim_type, status;
    int64_t part, line_no;
    const char *file;
    uint32_t file_no;
    uint64_t row;
    bool live;                  /* false: void or reversal */
    bool dropped;
    bool repeated;              /* dropped: the one that counts is the same record; else a newer one */
    bool undone;                /* by a reversal or void: only rules with `rows: all` see it */
    bool voided;                /* undone: by a void */
    const char *other_file;     /* dropped: where what counts instead stands; undone: the reversal or void; or NULL */
    uint64_t other_row;
} ca_told_line;

typedef struct ca_claim_told {
    ca_told_outcome *outcomes;  /* by claim type, lines before claims, line, rule */
    size_t outcome_count;
    ca_told_line *lines;
    size_t line_count;
    bool incomplete;            /* a row of the claim was rejected */
    size_t others;              /* rules that run and were not asked: they look at other claims, too */
    uint64_t rows_read, rows_rejected, rows_skipped;
} ca_claim_told;

/* options->db must be NULL; its limits of rejects do not apply. CA_USAGE when there is no such claim, line or rule. On
 * CA_CONFIG the reasons are in diags. What is told lives in the arena. */
int ca_explain_claim(const ca_scan_options *options, const ca_claim_question *question, ca_arena *arena,
                     ca_diags *diags, ca_claim_told *ret_told, ca_error *err);

#endif
