/* The subcommands of `model`. To add one: its function here, its row in cmd_model.c. */
#ifndef CA_CLI_MODEL_VERBS_H
#define CA_CLI_MODEL_VERBS_H

#include "cli/command.h"

int ca_model_show(ca_cli *cli, const ca_arguments *arguments, ca_error *err);
int ca_model_diff(ca_cli *cli, const ca_arguments *arguments, ca_error *err);

#endif
