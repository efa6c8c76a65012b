/* claimaudit explain --provider: an entity beside its peers. */
#ifndef CA_CLI_EXPLAIN_ENTITY_H
#define CA_CLI_EXPLAIN_ENTITY_H

#include "cli/command.h"

/* What the report keeps of the entity that --provider names: its score, reasons and features; with files among the arguments what a scan
 * of these would say. CA_USAGE when it has no score. */
int ca_explain_entity(ca_cli *cli, const ca_arguments *arguments, ca_error *err);

#endif
