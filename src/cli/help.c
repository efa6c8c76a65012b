/* Help texts from the tables. */
#include "cli/command.h"

#include <string.h>

void ca_help(ca_cli *cli)
{
    fprintf(cli->out,
            "claimaudit finds leads of fraud, waste and error in health-insurance claims.\n\n"
            "Usage: claimaudit COMMAND [options] …\n\n"
            "Commands:\n");
    for (size_t i = 0; ca_commands[i]; i++) {
        fprintf(cli->out, "  %-10s %s\n", ca_commands[i]->name, ca_commands[i]->summary);
    }
    fprintf(cli->out,
            "\nFirst steps:\n"
            "  claimaudit scan --profile generic data/sample/claims.csv data/sample/patients.csv\n"
            "  claimaudit findings\n"
            "  claimaudit show 1\n\n"
            "claimaudit help COMMAND explains a command. Exit status: 0 done, 1 failed (a rerun is "
            "safe),\n2 usage, 3 configuration refused, 4 too many rejects, 5 findings exist, 6 totals "
            "or joins\nwrong, 7 written with an alarm, 8 change above a limit, 75 try again later.\n");
}

void ca_help_command(ca_cli *cli, const ca_command *command)
{
    fprintf(cli->out, "Usage: claimaudit %s %s\n\n%s\n", command->name, command->synopsis,
            command->description);
    bool any = false;
    const ca_option *option;
    for (size_t i = 0; (option = ca_command_option(command, i)) != NULL; i++) {
        if (!option->help) {
            continue;
        }
        char left[64];
        snprintf(left, sizeof left, "--%s%s%s", option->name, option->argument ? " " : "",
                 option->argument ? option->argument : "");
        fprintf(cli->out, "%s  %-24s %s\n", any ? "" : "\nOptions:\n", left, option->help);
        any = true;
    }
}
