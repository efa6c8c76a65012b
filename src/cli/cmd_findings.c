/* claimaudit findings: the worklist. */
#include "cli/commands.h"
#include "cli/report_options.h"

#include <stdio.h>

#include "cli/look_options.h"

static const char *const total_names[] = {"currency", "findings", "line_exposure", "entity_exposure", "without_amount"};

typedef struct ca_totals {
    ca_output *output;
    size_t currencies;
} ca_totals;

static int take_total(void *context, const ca_exposure *total)
{
    ca_totals *totals = context;
    char findings[24], missing[24], lines[CA_MINOR_SIZE], entities[CA_MINOR_SIZE];
    snprintf(findings, sizeof findings, "%llu", (unsigned long long)total->findings);
    snprintf(missing, sizeof missing, "%llu", (unsigned long long)total->missing);
    ca_minor_print(total->lines, total->minor_digits, lines);
    ca_minor_print(total->entities, total->minor_digits, entities);
    ca_text cells[] = {ca_text_of(total->currency), ca_text_of(findings), ca_text_of(lines), ca_text_of(entities),
                       ca_text_of(missing)};
    ca_report_row row = {total_names, cells, sizeof cells / sizeof *cells};
    totals->currencies++;
    return ca_visit_output(totals->output, &row);
}

/* What the findings come to, instead of the findings. */
static int print_totals(ca_cli *cli, ca_report *report, const ca_finding_filter *filter, ca_format format, ca_error *err)
{
    ca_totals totals = {ca_output_new(cli, format), 0};
    if (!totals.output) {
        return ca_error_nomem(err);
    }
    int rc = ca_report_exposure(report, filter, take_total, &totals, err);
    if (rc == 0 && totals.currencies == 0) {
        ca_report_row none = {total_names, NULL, sizeof total_names / sizeof *total_names};
        rc = ca_visit_output(totals.output, &none);
    }
    ca_output_end(totals.output);
    if (rc == 0 && totals.currencies == 0 && format == CA_FORMAT_TABLE) {
        fputs("No findings.\n", cli->out);
    }
    return rc;
}

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
    if (rc || ca_switch(arguments, "total")) {
        rc = rc ? rc : print_totals(cli, report, &filter, format, err);
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
    {"total", NULL, "only what they come to: every line once, and beside it what lies on entities", false},
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
