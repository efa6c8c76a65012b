/* What the commands that read the report share. */
#include "cli/report_options.h"

int ca_open_report(const ca_arguments *arguments, ca_report **ret_report, ca_error *err)
{
    const char *db = ca_argument(arguments, "db");
    return ca_report_open(db ? db : "claimaudit.db", false, 5000, ret_report, err);
}

int ca_visit_output(void *output, const ca_report_row *row)
{
    return ca_output_row(output, row->names, row->cells, row->count);
}
