/* One declaration a subcommand. */
#ifndef CA_CLI_COMMANDS_H
#define CA_CLI_COMMANDS_H

#include "cli/command.h"

extern const ca_command ca_cmd_scan, ca_cmd_findings, ca_cmd_scores, ca_cmd_model, ca_cmd_show, ca_cmd_explain, ca_cmd_export,
    ca_cmd_runs, ca_cmd_rejects, ca_cmd_rules, ca_cmd_profile, ca_cmd_config, ca_cmd_completion,
    ca_cmd_fields, ca_cmd_help;

#endif
