/* claimaudit scores: who is unlike their peers, by rank. */
#include "cli/commands.h"
#include "cli/report_options.h"

#include <stdio.h>

#include "run/score_findings.h"

static int list(ca_cli *cli, ca_report *report, const ca_score_filter *filter, ca_format format, ca_error *err)
{
    ca_output *output = ca_output_new(cli, format);
    int rc = output ? ca_report_scores(report, filter, ca_visit_output, output, err) : ca_error_nomem(err);
    size_t rows = output ? ca_output_end(output) : 0;
    if (rc == 0 && format == CA_FORMAT_TABLE) {
        if (rows == 0) {
            fputs("No scores.\n", cli->out);
        } else if (rows == (size_t)filter->limit) {
            fprintf(cli->out, "The first %zu by kind and rank; --limit 0 shows all.\n", rows);
        }
    }
    return rc;
}

static int run(ca_cli *cli, const ca_arguments *arguments, ca_error *err)
{
    ca_format format;
    uint64_t number, limit;
    ca_report *report;
    ca_score_filter filter = {.kind = ca_argument(arguments, "kind"),
                              .entity = ca_argument(arguments, "entity"),
                              .leads = ca_switch(arguments, "leads")};
    int rc = ca_argument_format(arguments, &format, err);
    rc = rc ? rc : ca_argument_number(arguments, "run", 0, &number, err);
    rc = rc ? rc : ca_argument_number(arguments, "limit", format == CA_FORMAT_TABLE ? 50 : 0, &limit, err);
    rc = rc || !filter.kind || ca_score_kind_known(filter.kind) ? rc : ca_score_kind_refuse(filter.kind, err);
    if (rc == 0 && arguments->word_count) {
        rc = ca_error_set(err, CA_USAGE, "scores takes options only, not '%s'", arguments->words[0]);
    }
    rc = rc ? rc : ca_open_report(arguments, &report, err);
    if (rc) {
        return rc;
    }
    filter.run = (int64_t)number;
    filter.limit = (int64_t)limit;
    rc = ca_report_check_run(report, filter.run, err);
    rc = rc ? rc : list(cli, report, &filter, format, err);
    ca_report_close(report);
    return rc;
}

static const ca_option options[] = {
    CA_DB_OPTION,
    {"kind", "NAME", "provider, institution, prescriber, pharmacy, patient or line", false},
    {"entity", "ID", "only this one", false},
    {"leads", NULL, "only those that became findings", false},
    {"run", "N", "of this run (default the last one with scores)", false},
    {"limit", "N", "at most N (a table shows 50 unless told; 0 = all)", false},
    CA_FORMAT_OPTION,
    {0}};

const ca_command ca_cmd_scores = {
    .name = "scores",
    .summary = "list who is unlike their peers, by rank",
    .synopsis = "[--kind NAME] [--leads] [options]",
    .description = "Lists the scores of a run: how unlike its peers each provider, pharmacy or patient is, the most\n"
                   "unlike first, with the first reason. A score is a reason to look, not a verdict. claimaudit\n"
                   "show N prints the finding that a lead became, claimaudit explain --provider ID its features.",
    .options = options,
    .run = run};
