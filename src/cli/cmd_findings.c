/* claimaudit findings: the worklist. */
#include "cli/commands.h"
#include "cli/report_options.h"

static int run(ca_cli *cli, const ca_arguments *arguments, ca_error *err)
{
    ca_format format;
    uint64_t number, limit;
    ca_report *report;
    ca_finding_filter filter = {.rule = ca_argument(arguments, "rule"),
                                .claim = ca_argument(arguments, "claim"),
                                .patient = ca_argument(arguments, "patient"),
                                .provider = ca_argument(arguments, "provider"),
                                .severity = ca_argument(arguments, "severity"),
                                .all = ca_switch(arguments, "all")};
    int rc = ca_argument_format(arguments, &format, err);
    rc = rc ? rc : ca_argument_number(arguments, "run", 0, &number, err);
    rc = rc ? rc : ca_argument_number(arguments, "limit", format == CA_FORMAT_TABLE ? 50 : 0, &limit, err);
    if (rc == 0 && arguments->word_count) {
        rc = ca_error_set(err, CA_USAGE, "findings takes options only, not '%s'", arguments->words[0]);
    }
    rc = rc ? rc : ca_open_report(arguments, &report, err);
    if (rc) {
        return rc;
    }
    filter.run = (int64_t)number;
    filter.limit = (int64_t)limit;
    rc = ca_report_check_run(report, filter.run, err);
    rc = rc ? rc : ca_report_check_filter(report, &filter, err);
    if (rc) {
        ca_report_close(report);
        return rc;
    }
    ca_output *output = ca_output_new(cli, format);
    rc = output ? ca_report_findings(report, &filter, ca_visit_output, output, err) : ca_error_nomem(err);
    size_t rows = output ? ca_output_end(output) : 0;
    ca_report_close(report);
    if (rc == 0 && format == CA_FORMAT_TABLE) {
        if (rows == 0) {
            fputs("No findings.\n", cli->out);
        } else if (rows == limit) {
            fprintf(cli->out, "The first %zu by exposure; --limit 0 shows all.\n", rows);
        }
    }
    return rc;
}

static const ca_option options[] = {
    CA_DB_OPTION,
    {"rule", "ID", "only this rule", false},
    {"claim", "ID", "only this claim", false},
    {"patient", "ID", "only this patient", false},
    {"provider", "ID", "only this billing or rendering provider", false},
    {"severity", "NAME", "low, medium, high or critical", false},
    {"run", "N", "only this run", false},
    {"all", NULL, "also excused and unknown units and shadow rules, with their reason", false},
    {"limit", "N", "at most N (a table shows 50 unless told; 0 = all)", false},
    CA_FORMAT_OPTION,
    {0}};

const ca_command ca_cmd_findings = {
    .name = "findings",
    .summary = "list findings, largest exposure first",
    .synopsis = "[--rule ID] [--claim ID] [--patient ID] [--provider ID] [--severity NAME] [options]",
    .description = "Lists findings: leads that a person should look at, not verdicts. claimaudit show N prints\n"
                   "one with its evidence. The same rows are in the view v_findings of the report.",
    .options = options,
    .run = run};
