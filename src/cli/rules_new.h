/* claimaudit rules new: a rule to begin with. */
#ifndef CA_CLI_RULES_NEW_H
#define CA_CLI_RULES_NEW_H

#include "cli/command.h"

int ca_rules_new(ca_cli *cli, const ca_arguments *arguments, ca_error *err);

#endif
