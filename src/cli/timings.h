/* Where the time of a scan went, as a table. */
#ifndef CA_CLI_TIMINGS_H
#define CA_CLI_TIMINGS_H

#include "cli/command.h"
#include "run/scan.h"

void ca_timings_print(ca_cli *cli, const ca_scan_timings *timings);

#endif
