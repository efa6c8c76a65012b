/* What the files that explain a claim share with those that try rules out. */
#ifndef CA_RUN_EXPLAIN_CLAIM_INSIDE_H
#define CA_RUN_EXPLAIN_CLAIM_INSIDE_H

#include "run/explain_claim.h"
#include "run/state.h"

/* explain_claim_look.c: reads the claim files, the first time or again, with an eye for the lines of one claim (ptr NULL =
 * all). Facts must have been read. Judging is left to the observers. */
typedef struct ca_look {
    ca_text claim_id;
    ca_observe observe;
    ca_observe_lines observe_lines;    /* or NULL */
    void *context;
} ca_look;
int ca_look_at_claim(ca_scan_state *scan, const ca_look *look, ca_error *err);

/* explain_claim_why.c: one line of words on an outcome. */
void ca_tell_because(const ca_frame *frame, const ca_rule *rule, unsigned unit, const ca_explanation *explanation,
                     ca_buf *out);

/* explain_claim_leaf.c: the conditions of a rule with what they saw. */
void ca_leaf_values(const ca_rule *rule, const ca_codes *codes, const ca_leaf_trace *trace, ca_buf *out);
int ca_tell_leaves(const ca_rule *rule, const ca_codes *codes, const ca_explanation *explanation, ca_arena *arena,
                   ca_told_leaf **ret_leaves, size_t *ret_count, ca_error *err);

/* What is told, while it comes in. */
typedef struct ca_telling {
    const ca_claim_question *question;
    ca_scan_state *scan;
    ca_arena *arena;
    ca_told_rule *rules;            /* by index in the rule set */
    ca_told_outcome *outcomes;
    size_t outcome_count, outcome_cap;
    ca_told_line *lines;
    size_t line_count, line_cap;
    uint64_t units;                 /* lines offered to the rules */
    bool seen, seen_type;           /* some line of the claim; of the type asked for */
    bool incomplete;
    ca_buf bytes;
} ca_telling;

/* A row that names the claim comes with it, under an id of its own. */
static inline bool ca_is_asked_claim(const ca_claim_question *question, ca_text claim_id)
{
    return !question->claim_id.ptr || ca_text_eq(question->claim_id, claim_id);
}

/* explain_claim_lines.c: a ca_observe_lines whose context is the ca_telling. */
int ca_tell_lines(void *context, const ca_settled_line *lines, size_t count, ca_error *err);

#endif
