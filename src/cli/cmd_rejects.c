/* claimaudit rejects: rows that could not be read, with place and reason. */
#include "cli/commands.h"
#include "cli/report_options.h"

static int run(ca_cli *cli, const ca_arguments *arguments, ca_error *err)
{
    ca_format format;
    ca_report *report;
    uint64_t number, limit;
    int rc = ca_argument_format(arguments, &format, err);
    rc = rc ? rc : ca_argument_number(arguments, "run", 0, &number, err);
    rc = rc ? rc : ca_argument_number(arguments, "limit", format == CA_FORMAT_TABLE ? 50 : 0, &limit, err);
    if (rc == 0 && arguments->word_count) {
        rc = ca_error_set(err, CA_USAGE, "rejects takes options only, not '%s'", arguments->words[0]);
    }
    rc = rc ? rc : ca_open_report(arguments, &report, err);
    if (rc) {
        return rc;
    }
    rc = ca_report_check_run(report, (int64_t)number, err);
    if (rc) {
        ca_report_close(report);
        return rc;
    }
    ca_output *output = ca_output_new(cli, format);
    rc = output ? ca_report_rejects(report, (int64_t)number, (int64_t)limit, ca_visit_output, output, err)
                : ca_error_nomem(err);
    size_t rows = output ? ca_output_end(output) : 0;
    ca_report_close(report);
    if (rc == 0 && format == CA_FORMAT_TABLE && rows == 0) {
        fputs("No rejected rows.\n", cli->out);
    }
    return rc;
}

static const ca_option options[] = {CA_DB_OPTION,
                                    {"run", "N", "only this run", false},
                                    {"limit", "N", "at most N (a table shows 50 unless told; 0 = all)", false},
                                    CA_FORMAT_OPTION,
                                    {0}};

const ca_command ca_cmd_rejects = {
    .name = "rejects",
    .summary = "list rejected rows with place and reason",
    .synopsis = "[--run N] [options]",
    .description = "Lists rows that could not be read: file, row, byte offset, column and reason. Their bytes are\n"
                   "kept verbatim in the evidence file of the run.",
    .options = options,
    .run = run};
