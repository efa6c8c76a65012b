/* claimaudit runs: the runs in the report, or one with its files and rules. */
#include "cli/commands.h"
#include "cli/report_options.h"

static int print_part(ca_cli *cli, ca_report *report, ca_format format, int64_t number, bool rules,
                      ca_error *err)
{
    ca_output *output = ca_output_new(cli, format);
    if (!output) {
        return ca_error_nomem(err);
    }
    int rc = rules ? ca_report_rule_stats(report, number, ca_visit_output, output, err)
                   : ca_report_files(report, number, ca_visit_output, output, err);
    ca_output_end(output);
    return rc;
}

static int run(ca_cli *cli, const ca_arguments *arguments, ca_error *err)
{
    ca_format format;
    ca_report *report;
    uint64_t files, rules;
    int rc = ca_argument_format(arguments, &format, err);
    rc = rc ? rc : ca_argument_number(arguments, "files", 0, &files, err);
    rc = rc ? rc : ca_argument_number(arguments, "rules", 0, &rules, err);
    if (rc == 0 && arguments->word_count) {
        rc = ca_error_set(err, CA_USAGE, "runs takes options only, not '%s'", arguments->words[0]);
    }
    rc = rc ? rc : ca_open_report(arguments, &report, err);
    if (rc) {
        return rc;
    }
    rc = ca_report_check_run(report, (int64_t)files, err);
    rc = rc ? rc : ca_report_check_run(report, (int64_t)rules, err);
    if (rc == 0 && (files || rules)) {
        rc = files ? print_part(cli, report, format, (int64_t)files, false, err) : 0;
        rc = rc == 0 && rules ? print_part(cli, report, format, (int64_t)rules, true, err) : rc;
    } else if (rc == 0) {
        ca_output *output = ca_output_new(cli, format);
        /* Programs always find the same columns. */
        rc = output ? ca_report_runs(report, format != CA_FORMAT_TABLE, ca_visit_output, output, err) : ca_error_nomem(err);
        if (output) {
            ca_output_end(output);
        }
    }
    ca_report_close(report);
    return rc;
}

static const ca_option options[] = {CA_DB_OPTION,
                                    {"files", "N", "the files of run N, with their counts and totals", false},
                                    {"rules", "N", "the outcomes of every rule of run N", false},
                                    CA_FORMAT_OPTION,
                                    {0}};

const ca_command ca_cmd_runs = {
    .name = "runs",
    .summary = "list runs, their files and their rules",
    .synopsis = "[--files N] [--rules N] [options]",
    .description = "Lists the runs in the report. With --files or --rules: the row counts of each file (rows read =\n"
                   "accepted + rejected + skipped), or what each rule said of all units it was offered.",
    .options = options,
    .run = run};
