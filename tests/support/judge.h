/* Judges the lines of a text table by one rule, with both evaluators, in the small world of
 * rule_front.h. Ends the test when the evaluators differ in outcome or blame, or when the rule
 * or the table is refused. */
#ifndef CA_TESTS_JUDGE_H
#define CA_TESTS_JUDGE_H

#include "rules/explain.h"
#include "rules/test_frame.h"
#include "support/rule_front.h"

typedef struct judge_world {
    rule_front *front;
    ca_arena arena;
    ca_eval *eval;
    ca_test_frame lines;
    const ca_rule *rule;
    ca_explanation *said; /* by unit */
    ca_buf words;
} judge_world;

void judge_init(judge_world *judge);
void judge_done(judge_world *judge);
/* What is said of each unit, in order: "1 hit; 2 excused kx; 3 unknown sex; 4 pass; 5
 * not_applicable; 6 hit, kx? modifiers". A claim is called by its first line. `keys` are further
 * keys of the rule, one a line, or "". */
const char *judge_rule(judge_world *judge, const char *kind, const char *when, const char *keys,
                       const char *table);
const char *judge_when(judge_world *judge, const char *kind, const char *when, const char *table);

/* Compares both evaluators on a frame: fills `said` (by unit, offered ones only) and returns
 * NULL, or says what differs. */
const char *judge_compare(ca_eval *eval, const ca_frame *frame, const ca_rule *rule,
                          const uint64_t *offered, ca_arena *arena, ca_explanation *said);

#endif
