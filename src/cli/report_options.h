/* What the commands that read the report share. */
#ifndef CA_CLI_REPORT_OPTIONS_H
#define CA_CLI_REPORT_OPTIONS_H

#include "cli/command.h"
#include "report/report.h"

#define CA_DB_OPTION {"db", "FILE", "report database (default claimaudit.db)", false}
#define CA_FORMAT_OPTION {"format", "FORMAT", "table, csv or json", false}

int ca_open_report(const ca_arguments *arguments, ca_report **ret_report, ca_error *err);
/* ca_report_visit that hands rows to a ca_output. */
int ca_visit_output(void *output, const ca_report_row *row);

#endif
