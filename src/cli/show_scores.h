/* How scores are printed for people: reasons as sentences, members of a pair or ring as a table. */
#ifndef CA_CLI_SHOW_SCORES_H
#define CA_CLI_SHOW_SCORES_H

#include "cli/command.h"
#include "report/report.h"

/* "  75 %  paid per patient 142.00, …": a ca_report_visit over sentence and percent; the context is a FILE. */
int ca_show_reason(void *out, const ca_report_row *row);
/* Those that the finding is about, under a heading; nothing when it has no members. */
int ca_show_members(ca_cli *cli, ca_report *report, int64_t finding, ca_error *err);

#endif
