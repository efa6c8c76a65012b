/* What the files that run inline tests share. */
#ifndef CA_RULES_TESTRUN_PARTS_H
#define CA_RULES_TESTRUN_PARTS_H

#include "rules/explain_parts.h"
#include "rules/group.h"
#include "rules/kind.h"
#include "rules/say.h"
#include "rules/test_frame.h"

/* One case on its way. */
typedef struct ca_case_run {
    ca_conf conf;
    ca_yaml *test;
    const ca_rule *rule; /* first as loaded, then as compiled for this case */
    ca_refs *refs;       /* with the tables of the case */
    ca_ruleset *set;
    ca_arena *arena;
    ca_test_frame lines;
    ca_explanation *said;    /* by unit */
    ca_horizon horizon;
    bool positive, negative; /* the case expects a hit; it has a unit that must not be one */
    uint8_t *seen;       /* as in ca_testrun */
} ca_case_run;

/* Judges the units with both evaluators; a difference is an error of the case. */
int ca_case_judge(ca_case_run *run, ca_error *err);
/* Kinds of several lines: judges all lines as one bucket, and compares. */
int ca_case_groups(ca_case_run *run, ca_error *err);
/* Kinds of several lines: do the lists name lines of the table, in the shape that the kind has? */
void ca_case_shapes(ca_case_run *run);
/* `horizon: FROM .. TO`, for kinds that wait for later lines. */
void ca_case_horizon(ca_case_run *run);
/* Line of the frame that a scalar names; false with a message. */
bool ca_case_line(ca_case_run *run, const ca_yaml *node, uint32_t *ret_line);
/* Compares with hits, excused and unknown. */
int ca_case_compare(ca_case_run *run, ca_error *err);

#endif
