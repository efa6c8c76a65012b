/* claimaudit export: the worklist as a file for auditors. */
#include "cli/commands.h"
#include "cli/report_options.h"

#include <string.h>

#include "cli/features.h"
#include "report/export.h"
#include "run/scan.h"

/* What the sheet `about` says. */
static int tell_about(ca_cli *cli, const ca_arguments *arguments, ca_export_options *options, ca_error *err)
{
    const char *filter = "";
    for (size_t i = 0; filter && i < arguments->option_count; i++) {
        const ca_option_given *given = &arguments->options[i];
        filter = ca_arena_printf(&cli->arena, "%s%s--%s%s%s", filter, *filter ? " " : "", given->name,
                                 given->value ? " " : "", given->value ? given->value : "");
    }
    const char *lines[] = {
        "A finding is a lead for a person to check, not a verdict.",
        ca_arena_printf(&cli->arena, "Written by claimaudit %s from the report %s.", CA_VERSION, options->report_path),
        filter && *filter ? ca_arena_printf(&cli->arena, "Options: %s", filter) : "Options: none, all findings",
        "findings: as claimaudit findings lists them, largest exposure first; claimaudit show NUMBER prints one with its "
        "evidence.",
        "lines: the claim lines that carry a finding, with their place in the claim files.",
        "rules: what each rule said of all it was offered in a run; offered = hit + excused + unknown + not applicable + pass.",
        "These sheets hold medical data of persons: keep them as you keep the report."};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        if (!lines[i]) {
            return ca_error_nomem(err);
        }
        options->about[i] = lines[i];
    }
    return filter ? 0 : ca_error_nomem(err);
}

static int parse(ca_cli *cli, const ca_arguments *arguments, ca_export_options *options, ca_error *err)
{
    uint64_t run, limit;
    const char *db = ca_argument(arguments, "db");
    if (arguments->word_count != 1) {
        return ca_error_set(err, CA_USAGE, "export to which file? one that ends with .xlsx or .csv");
    }
    *options = (ca_export_options){.disk = cli->disk,
                                   .path = arguments->words[0],
                                   .report_path = db ? db : "claimaudit.db",
                                   .overwrite = ca_switch(arguments, "force"),
                                   .ordered = ca_switch(arguments, "ordered"),
                                   .filter = {.rule = ca_argument(arguments, "rule"),
                                              .claim = ca_argument(arguments, "claim"),
                                              .patient = ca_argument(arguments, "patient"),
                                              .provider = ca_argument(arguments, "provider"),
                                              .severity = ca_argument(arguments, "severity"),
                                              .all = ca_switch(arguments, "all")}};
    int rc = ca_argument_number(arguments, "run", 0, &run, err);
    rc = rc ? rc : ca_argument_number(arguments, "limit", 0, &limit, err);
    rc = rc ? rc : ca_argument_number(arguments, "sheet-rows", CA_EXPORT_SHEET_ROWS, &options->sheet_rows, err);
    rc = rc ? rc : ca_export_check(options, err);
    if (rc) {
        return rc;
    }
    options->filter.run = (int64_t)run;
    options->filter.limit = (int64_t)limit;
    size_t len = strlen(options->path);
    rc = strcmp(options->path + len - 4, "xlsx") == 0 ? ca_feature_need("xlsx", err) : 0;
    return rc ? rc : tell_about(cli, arguments, options, err);
}

static int run(ca_cli *cli, const ca_arguments *arguments, ca_error *err)
{
    ca_export_options options;
    ca_export_counts counts;
    ca_report *report;
    int rc = parse(cli, arguments, &options, err);
    rc = rc ? rc : ca_open_report(arguments, &report, err);
    if (rc) {
        return rc;
    }
    rc = ca_report_check_run(report, options.filter.run, err);
    rc = rc ? rc : ca_report_check_filter(report, &options.filter, err);
    rc = rc ? rc : ca_report_export(report, &options, &counts, err);
    ca_report_close(report);
    if (rc) {
        return rc;
    }
    fprintf(cli->out, "%llu finding%s", (unsigned long long)counts.findings, counts.findings == 1 ? "" : "s");
    if (counts.finding_sheets > 1) {
        fprintf(cli->out, " on %u sheets (one holds %llu rows)", counts.finding_sheets,
                (unsigned long long)options.sheet_rows);
    }
    fprintf(cli->out, " written to %s.\n", options.path);
    return 0;
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
    {"limit", "N", "at most N (default all)", false},
    {"ordered", NULL, "what was found and nothing of how, in one defined order: for comparing runs; CSV", false},
    {"force", NULL, "write over FILE when it is there", false},
    {"sheet-rows", "N", NULL, false},
    {0}};

const ca_command ca_cmd_export = {
    .name = "export",
    .summary = "write the findings to a workbook or a CSV file",
    .synopsis = "FILE.xlsx|FILE.csv [--rule ID] [--claim ID] [--patient ID] [--provider ID] [options]",
    .description =
        "Writes the worklist for auditors, largest exposure first. A workbook has the sheets findings,\n"
        "lines, reasons, rules, runs and about, with filters, amounts and dates as numbers, and identifiers as\n"
        "texts of which no digit is lost; above 1,048,575 rows a sheet goes on in another one. CSV has\n"
        "the findings only. Neither holds formulas; whoever may read the report may read them.\n"
        "--ordered writes all of them, also excused and unknown ones and those of shadow rules, with their\n"
        "lines and evidence but no run, file, row, offset or time: who found the same has the same bytes.",
    .options = options,
    .run = run};
