/* What the commands that load rules share: their options, and what these mean for the setup. */
#ifndef CA_CLI_RULE_OPTIONS_H
#define CA_CLI_RULE_OPTIONS_H

#include "cli/command.h"
#include "run/setup.h"

#define CA_RULES_OPTION {"rules", "DIR|FILE", "rules of your own, added to the shipped ones; may repeat", true}
#define CA_ONLY_RULES_OPTION {"only-rules", NULL, "leave the shipped rules out", false}
#define CA_OFF_OPTION {"off", "ID", "a rule that shall not run; may repeat", true}
#define CA_SET_OPTION {"set", "ID.NAME=VALUE", "a parameter of a rule, as in US-0111.max_age=1; may repeat", true}
#define CA_MEMORY_OPTION {"memory", "SIZE", "memory to plan with, such as 2G (default a quarter of what there is)", false}

#define CA_DATA_FROM_OPTION {"data-from", "DATE", "first day that the files cover (default what the profile says)", false}
#define CA_DATA_THROUGH_OPTION {"data-through", "DATE", "last day that the files cover (default the day of the run)", false}

/* Everything about rules that the arguments say. `profile` is the path of one, or NULL. */
int ca_rule_options(ca_cli *cli, const ca_arguments *arguments, const char *profile, ca_setup_options *ret_options,
                    ca_error *err);

/* The same for what reads claims with them. */
void ca_scan_take_rules(ca_scan_options *scan, const ca_setup_options *rules);

/* From where to where the claims go. */
int ca_span_options(const ca_arguments *arguments, ca_scan_options *options, ca_error *err);

#endif
