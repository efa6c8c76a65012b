/* Judges the lines of a text table by one rule of several lines, in the small world of rule_front.h. Ends the test when
 * the rule or the table is refused, or when the two evaluators differ. */
#ifndef CA_TESTS_GROUP_JUDGE_H
#define CA_TESTS_GROUP_JUDGE_H

#include "rules/group.h"
#include "rules/test_frame.h"
#include "support/rule_front.h"

typedef struct group_world {
    rule_front *front;
    ca_arena arena;
    ca_eval *eval;
    ca_grouper *grouper;
    ca_test_frame table;
    ca_batch *sorted;          /* its lines in the total order */
    const ca_rule *rule;
    ca_horizon horizon;        /* set it before; all time at first */
    uint64_t *incomplete;      /* by row of the table, or NULL */
    uint64_t fail_at;          /* this allocation of a judging fails, and all after it; 0 = none */
    ca_buf words;
} group_world;

void group_init(group_world *world);
void group_done(group_world *world);
/* Keys of the rule behind its head: "kind: pair\nsame: [patient_id]\nwhen: ...\nmessage: m\n". */
void group_rule(group_world *world, const char *keys);
/* The lines to be judged; `id` names them. */
void group_table(group_world *world, const char *table);
/* What is said of the lines that `only` names by row of the table (NULL = all): every match by its outcome and the ids of
 * its rows, sorted, then the counts: "hit 1 2; unknown 3: units; 1 hit, 4 pass". `absent`: lines that are not shown are not
 * in the batch at all, instead. */
const char *group_said(group_world *world, const uint64_t *only, bool absent);
/* The same of the whole table, or what went wrong when memory ran out. */
int group_run(group_world *world, const uint64_t *only, bool absent, ca_error *err);

#endif
