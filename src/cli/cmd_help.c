/* claimaudit help [COMMAND]. */
#include "cli/commands.h"

#include <string.h>

static int run(ca_cli *cli, const ca_arguments *arguments, ca_error *err)
{
    if (arguments->word_count == 0) {
        ca_help(cli);
        return 0;
    }
    for (size_t i = 0; ca_commands[i]; i++) {
        if (strcmp(ca_commands[i]->name, arguments->words[0]) == 0) {
            ca_help_command(cli, ca_commands[i]);
            return 0;
        }
    }
    return ca_error_set(err, CA_USAGE, "there is no command '%s'; see claimaudit help", arguments->words[0]);
}

const ca_command ca_cmd_help = {.name = "help",
                                .summary = "explain a command",
                                .synopsis = "[COMMAND]",
                                .description = "Explains a command and its options.",
                                .options = (const ca_option[]){{0}},
                                .run = run,
                                .without_site = true};
