/* Source rows as they stood in the claim file, from the evidence file of a run, made readable. */
#ifndef CA_CLI_SOURCE_ROWS_H
#define CA_CLI_SOURCE_ROWS_H

#include "cli/command.h"
#include "report/report.h"
#include "store/evidence.h"

/* The evidence file of a run, or NULL when it cannot be opened; that, and doubts, are printed. */
ca_evidence *ca_open_evidence(ca_cli *cli, ca_report *report, const char *db, int64_t run);
/* The lines of a row as UTF-8, indented. Control characters, and bytes that are no character in the encoding (a name as in
 * the report), are shown as the bytes of the file: \xNN. */
int ca_source_row_text(ca_text encoding, ca_text raw, ca_buf *ret_text, ca_error *err);
/* Prints that of a row; or why it is not there. `evidence` may be NULL. */
void ca_print_source_row(FILE *out, ca_evidence *evidence, ca_text encoding, uint32_t file, uint64_t row);

#endif
