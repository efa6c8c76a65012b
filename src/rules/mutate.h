/* Mutants of a rule or feature: its text with one small change that its inline tests ought to notice. A change that no test
 * notices is a part of the rule that nothing pins down. */
#ifndef CA_RULES_MUTATE_H
#define CA_RULES_MUTATE_H

#include "rules/feature.h"
#include "rules/ruleset.h"

#define CA_MUTANTS_MAX       2000   /* of one rule */
#define CA_MUTANT_EDITS_MAX  4
#define CA_MUTANT_BAR        90     /* percent that tests must catch, for rules with CA_MUTANTS_MANY or more */
#define CA_MUTANTS_MANY      10     /* a rule with fewer may let one live */
#define CA_MUTANT_DECLARED   15     /* percent of all that may be declared equivalent */

typedef struct ca_edit {            /* bytes of the rule file that become a text */
    size_t start, end;
    ca_text text;
} ca_edit;

typedef enum ca_mutant_fate { CA_MUTANT_CAUGHT, CA_MUTANT_SURVIVES, CA_MUTANT_EQUIVALENT } ca_mutant_fate;
const char *ca_mutant_fate_name(ca_mutant_fate fate);

typedef struct ca_mutant {
    ca_edit edits[CA_MUTANT_EDITS_MAX];
    size_t edit_count;
    uint32_t line, column;          /* where the change is */
    const char *change;             /* "when: units > 4 -> units >= 4" */
    ca_mutant_fate fate;
    const char *reason;             /* CA_MUTANT_EQUIVALENT: what the rule file says */
} ca_mutant;

typedef struct ca_mutation {
    ca_mutant *items;               /* in the order of the file's keys; those that do not load or decide alike are left out */
    size_t count;
    size_t caught, survive, equivalent;
    bool untested;                  /* no tests, or tests that fail: nothing was tried */
} ca_mutation;

/* Every change of the rule, whether it loads or not. `rule` must be as its file says: no parameter set by a site. */
int ca_mutants_list(const ca_rule *rule, ca_arena *arena, ca_mutant **ret_items, size_t *ret_count, ca_error *err);
/* The file's text with the mutant's change; the caller's buffer is cleared first. */
void ca_mutant_source(ca_text source, const ca_mutant *mutant, ca_buf *out);

/* Runs the rule's tests on every mutant. The rule is taken as its file says. Declarations in the key `mutants` that fit no
 * mutant, or one that a test catches, are errors in diags. All lives in arena. */
int ca_mutate_rule(const ca_ruleset *under, const ca_rule *rule, ca_arena *arena, ca_diags *diags,
                   ca_mutation *ret_mutation, ca_error *err);
/* The same for a feature, whose declarations stand in its own key `mutants`. Where, and how much, it counts is changed; how it is judged
 * no test shows. */
int ca_mutate_feature(const ca_featureset *under, const ca_feature *feature, ca_arena *arena, ca_diags *diags,
                      ca_mutation *ret_mutation, ca_error *err);
/* Do the tests catch enough? True for a rule that was not tried. */
bool ca_mutation_passes(const ca_mutation *mutation);

/* The shape of the key `mutants`: a list of {change, equivalent}. */
void ca_mutants_check(const ca_conf *conf, ca_yaml *node);

#endif
