/* Where the program lies, and what lies beside it. */
#ifndef CA_CLI_PLACE_H
#define CA_CLI_PLACE_H

#include "cli/command.h"

/* The folder with rules/ and data/profiles/: $CLAIMAUDIT_SHARE; else as meson install laid it out around the
 * binary, wherever that was moved; else the source tree, for a binary that stands in its build folder. *ret_found
 * is false when it is not there: the path is then where it is expected. */
int ca_place_share(ca_cli *cli, const char **ret_path, bool *ret_found, ca_error *err);
/* CA_FAIL, with what to do, for a command that reads rules or profiles when cli->share is not there. */
int ca_place_refuse(const ca_cli *cli, ca_error *err);

#endif
