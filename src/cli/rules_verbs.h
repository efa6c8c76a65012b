/* The subcommands of `rules`, each in a file of its own, and what they share. To add one: its function here, its row in
 * cmd_rules.c. */
#ifndef CA_CLI_RULES_VERBS_H
#define CA_CLI_RULES_VERBS_H

#include "cli/command.h"
#include "run/setup.h"

/* What a subcommand works on: rules that are loaded, with every error that was found in `diags`. */
typedef struct ca_rules_job {
    ca_cli *cli;
    const ca_arguments *arguments;
    ca_setup *setup;
    ca_diags *diags;
    const char *only;     /* the rule or feature that a word names; NULL = all that are loaded */
} ca_rules_job;

int ca_rules_lint(ca_rules_job *job, ca_error *err);
int ca_rules_test(ca_rules_job *job, ca_error *err);
int ca_rules_mutate(ca_rules_job *job, ca_error *err);
int ca_rules_list(ca_rules_job *job, ca_error *err);
int ca_rules_show(ca_rules_job *job, ca_error *err);
int ca_rules_cost(ca_rules_job *job, ca_error *err);
int ca_rules_doc(ca_rules_job *job, ca_error *err);
int ca_rules_lock(ca_rules_job *job, ca_error *err);

/* These load what they need themselves. */
int ca_rules_diff(ca_cli *cli, const ca_arguments *arguments, ca_error *err);
int ca_rules_fmt(ca_cli *cli, const ca_arguments *arguments, ca_error *err);
int ca_rules_new(ca_cli *cli, const ca_arguments *arguments, ca_error *err);
int ca_rules_try(ca_cli *cli, const ca_arguments *arguments, ca_error *err);    /* cmd_try.c */

/* rules_features.c: the same of features. */
int ca_features_list(ca_cli *cli, ca_output *output, const ca_featureset *set);
void ca_features_show(ca_cli *cli, const ca_feature *feature);
int ca_features_test(ca_rules_job *job, size_t *ret_features, size_t *cases, size_t *failed, ca_error *err);
/* "34 rules and 12 features"; without features or without rules "34 rules", "12 features". */
const char *ca_rules_and_features(ca_cli *cli, size_t rules, size_t features);

/* "3 errors in the rules" */
int ca_rules_refuse(const ca_rules_job *job, ca_error *err);
/* Is the rule one that the word asks for? */
bool ca_rules_asked(const ca_rules_job *job, const ca_rule *rule);
bool ca_features_asked(const ca_rules_job *job, const ca_feature *feature);
/* How many rules are; CA_USAGE where a word names a rule or feature that is not there. */
int ca_rules_count(const ca_rules_job *job, size_t *ret_count, ca_error *err);

#endif
