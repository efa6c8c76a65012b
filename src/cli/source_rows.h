/* Source rows as they stood in the claim file, from the evidence file of a run. */
#ifndef CA_CLI_SOURCE_ROWS_H
#define CA_CLI_SOURCE_ROWS_H

#include "cli/command.h"
#include "report/report.h"
#include "store/evidence.h"

/* The evidence file of a run, or NULL when it cannot be opened; that, and doubts, are printed. */
ca_evidence *ca_open_evidence(ca_cli *cli, ca_report *report, const char *db, int64_t run);
/* The row, indented, with control characters escaped; or why it is not there. `evidence` may be NULL. */
void ca_print_source_row(FILE *out, ca_evidence *evidence, uint32_t file, uint64_t row);

#endif
