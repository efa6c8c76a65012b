/* What commands that read claim files and store nothing have in common. */
#ifndef CA_CLI_LOOK_OPTIONS_H
#define CA_CLI_LOOK_OPTIONS_H

#include "cli/command.h"
#include "run/scan.h"

/* --profile, --rules and what else is said of rules, the days that the files cover, --memory, --work, and the inputs: all words from `first` on. `command` is for the
 * messages, such as "rules try". */
int ca_look_options(ca_cli *cli, const ca_arguments *arguments, const char *command, size_t first,
                    ca_scan_options *ret_options, ca_error *err);

/* Minor units as an amount: 1234 with two digits is "12.34". */
#define CA_MINOR_SIZE 32
void ca_minor_print(int64_t minor, int digits, char ret_text[CA_MINOR_SIZE]);

#endif
