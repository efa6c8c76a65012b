/* What the files that run inline tests share. */
#ifndef CA_RULES_TESTRUN_PARTS_H
#define CA_RULES_TESTRUN_PARTS_H

#include "rules/explain.h"
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
    bool positive, negative; /* the case expects a hit; it has a unit that must not be one */
} ca_case_run;

/* Judges the units with both evaluators; a difference is an error of the case. */
int ca_case_judge(ca_case_run *run, ca_error *err);
/* Compares with hits, excused and unknown. */
int ca_case_compare(ca_case_run *run, ca_error *err);

#endif
