/* What commands that run a scan take from their command line. */
#ifndef CA_CLI_SCAN_OPTIONS_H
#define CA_CLI_SCAN_OPTIONS_H

#include "cli/command.h"
#include "run/scan.h"

/* Every option of `scan` that the command has, and the inputs: all words from `first` on. `command` is for the messages. */
int ca_scan_arguments(ca_cli *cli, const ca_arguments *arguments, const char *command, size_t first, ca_scan_options *ret_options,
                      ca_error *err);

#endif
