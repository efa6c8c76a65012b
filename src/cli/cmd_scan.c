/* claimaudit scan: the nightly command. */
#include "cli/commands.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/metrics.h"
#include "cli/progress.h"
#include "cli/rule_options.h"
#include "cli/scan_options.h"
#include "cli/score_options.h"
#include "cli/timings.h"
#include "report/report.h"
#include "run/scan.h"

/* Nought would look like a rule that found nothing. */
static bool is_told(const ca_scan_rule *rule)
{
    return !rule->off && !rule->idle;
}

static int widest_id(const ca_scan_rule *rules, size_t count)
{
    size_t widest = 10;
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(rules[i].id);
        widest = is_told(&rules[i]) && len > widest ? len : widest;
    }
    return widest < 64 ? (int)widest : 64;
}

static void print_rule(FILE *out, const ca_scan_rule *rule, int width)
{
    bool of_entities = strcmp(rule->kind, "score") == 0;
    fprintf(out, "  %-*s %9llu  %s%s", width, rule->id, (unsigned long long)rule->findings, rule->title,
            rule->shadow ? " (shadow: not counted)" : "");
    if (rule->excused) {
        fprintf(out, "; %llu excused", (unsigned long long)rule->excused);
    }
    uint64_t judged = rule->offered - rule->not_applicable;
    if (rule->unknown && judged) {
        uint64_t tenths = ca_permille(rule->unknown, judged);
        fprintf(out, "; %s %llu of %llu (%llu.%llu %%)", of_entities ? "too little is known of" : "could not be judged on",
                (unsigned long long)rule->unknown, (unsigned long long)judged, (unsigned long long)(tenths / 10),
                (unsigned long long)(tenths % 10));
        if (rule->unknown_field) {
            fprintf(out, ", mostly %s", rule->unknown_field);
        }
    }
    fputc('\n', out);
}

static void print_rules(FILE *out, const ca_scan_rule *rules, size_t count)
{
    int width = widest_id(rules, count);
    for (size_t i = 0; i < count; i++) {
        if (is_told(&rules[i])) {
            print_rule(out, &rules[i], width);
        }
    }
}

/* Rules, then whom scores lead to. */
static void print_findings(FILE *out, const ca_scan_summary *summary)
{
    size_t rules = summary->rule_count - summary->score_rules;
    fprintf(out, "Findings: %llu\n", (unsigned long long)summary->findings);
    print_rules(out, summary->rules, rules);
    if (summary->score_rules == 0) {
        return;
    }
    fprintf(out, "Scores of %s: leads of each kind\n", summary->scores);
    print_rules(out, summary->rules + rules, summary->score_rules);
    if (summary->lines_wait) {
        fputs("  Claim lines are not scored yet: there is no model of an earlier run.\n", out);
    }
}

static void print_joins(FILE *out, const ca_scan_summary *summary)
{
    if (summary->patients) {
        fprintf(out, "Joins: %llu of %llu lines with a usable patient id found their patient\n",
                (unsigned long long)summary->joins.patient.found,
                (unsigned long long)summary->joins.patient.usable);
    }
    for (unsigned role = 0; summary->providers && role < CA_ROLE_COUNT; role++) {
        const ca_join_counts *counts = &summary->joins.provider[role];
        if (counts->usable) {
            fprintf(out, "       %llu of %llu with a usable %s provider id found the provider\n",
                    (unsigned long long)counts->found, (unsigned long long)counts->usable,
                    ca_role_name((ca_role)role));
        }
    }
}

static void print_alarms(FILE *out, const ca_scan_summary *summary)
{
    for (size_t i = 0; i < summary->alarm_count; i++) {
        fprintf(out, "Alarm: %s\n", summary->alarms[i]);
    }
}

static void print_summary(ca_cli *cli, const ca_scan_options *options, const ca_scan_summary *summary)
{
    FILE *out = cli->out;
    if (summary->already_done) {
        fprintf(out, "Nothing to do: this very run is in %s already, as run %lld.\n", options->db,
                (long long)summary->run);
        print_alarms(out, summary);
        return;
    }
    fprintf(out, "Rows: %llu read = %llu accepted + %llu rejected + %llu skipped\n",
            (unsigned long long)summary->rows_read, (unsigned long long)summary->rows_accepted,
            (unsigned long long)summary->rows_rejected, (unsigned long long)summary->rows_skipped);
    fprintf(out, "Claims: %llu, with %llu lines; %llu repeated or superseded lines dropped\n",
            (unsigned long long)summary->claims,
            (unsigned long long)(summary->lines - summary->lines_dropped),
            (unsigned long long)summary->lines_dropped);
    print_joins(out, summary);
    print_findings(out, summary);
    for (size_t i = 0; i < summary->note_count; i++) {
        fprintf(out, "Note: %s\n", summary->notes[i]);
    }
    print_alarms(out, summary);
    fprintf(out, "Written to %s as run %lld in %lld.%lld s.\n", options->db, (long long)summary->run,
            (long long)(summary->elapsed_ms / 1000), (long long)(summary->elapsed_ms / 100 % 10));
}

static int scan(ca_cli *cli, const ca_arguments *arguments, const ca_scan_options *given, ca_scan_summary *summary,
                ca_error *err)
{
    ca_scan_options options = *given;
    ca_progress_line line = {0};
    ca_diags diags;
    if (cli->terminal && !ca_switch(arguments, "quiet")) {
        ca_progress_begin(&line, cli);
        options.progress = ca_progress_show;
        options.progress_context = &line;
    }
    ca_diags_init(&diags, &cli->arena);
    int rc = ca_scan(&options, &cli->arena, &diags, summary, err);
    ca_progress_end(&line);
    ca_print_diags(cli, &diags, CA_DIAG_ERROR);
    ca_diags_done(&diags);
    return rc;
}

/* Tells people, then the caller by an exit status. */
static int tell(ca_cli *cli, const ca_arguments *arguments, const ca_scan_options *options,
                const ca_scan_summary *summary, ca_error *err)
{
    if (!ca_switch(arguments, "quiet")) {
        print_summary(cli, options, summary);
    } else {
        print_alarms(cli->err, summary);    /* an exit status of 7 alone does not say what to do */
    }
    if (fflush(cli->out) != 0 || ferror(cli->out)) {
        return ca_error_set(err, CA_FAIL, "standard output could not be written, but the report was: %s has it as run %lld",
                            options->db, (long long)summary->run);
    }
    if (summary->alarm_count) {
        return CA_EXIT_ALARM;
    }
    return ca_switch(arguments, "exit-on-findings") && summary->findings ? CA_EXIT_FINDINGS : 0;
}

/* Monitoring that is not told is no reason to fail a run, but one to look at it. */
static int measure(ca_cli *cli, const char *path, const ca_metrics_run *done)
{
    ca_error reason = {0};
    int rc = ca_metrics_write(cli, path, done, &reason);
    if (rc) {
        const char *text = ca_arena_printf(&cli->arena, "Alarm: --metrics: %s%s%s", reason.file, reason.file[0] ? ": " : "",
                                           reason.text);
        ca_print_line(cli->err, text ? text : reason.text);
    }
    return rc;
}

/* Before anything is read, because counts are written also of a run that fails. */
static int check_metrics(ca_cli *cli, const ca_arguments *arguments, const char *path, ca_error *err)
{
    const char *db = ca_argument(arguments, "db");
    const char *publish = ca_argument(arguments, "publish");
    int rc = ca_metrics_check(cli, path, err);
    rc = rc ? rc : ca_report_check_name(cli->disk, db ? db : "claimaudit.db", path, err);
    return rc || !publish ? rc : ca_report_check_name(cli->disk, publish, path, err);
}

static int run(ca_cli *cli, const ca_arguments *arguments, ca_error *err)
{
    ca_scan_options options;
    ca_scan_summary summary = {0};
    const char *metrics = ca_argument(arguments, "metrics");
    int64_t start = cli->clock->steady_ns(cli->clock);
    int rc = metrics ? check_metrics(cli, arguments, metrics, err) : 0;
    if (rc) {
        return rc;
    }
    rc = ca_scan_arguments(cli, arguments, "scan", 0, &options, err);
    rc = rc ? rc : scan(cli, arguments, &options, &summary, err);
    bool stored = rc == 0;
    if (stored && ca_switch(arguments, "timings")) {
        ca_timings_print(cli, &summary.timings);
    }
    rc = rc ? rc : tell(cli, arguments, &options, &summary, err);
    ca_metrics_run done = {&summary, rc < 0 ? ca_error_exit_status(rc) : rc, stored,
                           (cli->clock->steady_ns(cli->clock) - start) / 1000000};
    if (metrics && measure(cli, metrics, &done) && rc >= 0) {
        return CA_EXIT_ALARM;
    }
    return rc;
}

static const ca_option scan_options[] = {
    {"profile", "NAME|FILE", "how to read the files: a shipped profile or a file (needed)", false},
    {"db", "FILE", "report database (default claimaudit.db)", false},
    CA_RULES_OPTION,
    CA_ONLY_RULES_OPTION,
    CA_OFF_OPTION,
    CA_SET_OPTION,
    CA_DATA_FROM_OPTION,
    CA_DATA_THROUGH_OPTION,
    {"max-rejects", "N|N%", "rejected rows allowed per file (default 1%, never under one row)", false},
    {"max-findings", "N", "findings stored per rule (default 100000); all are counted", false},
    CA_NO_SCORE_OPTION,
    CA_BUDGET_OPTION,
    CA_MAX_SCORES_OPTION,
    CA_SCORE_MONTHS_OPTION,
    CA_MEMORY_OPTION,
    {"jobs", "N", "threads (default the cores allowed); any number finds the same", false},
    {"work", "DIR", "folder for temporary files (default beside the database)", false},
    {"group", "NAME", "group of users that may read and write what is kept", false},
    {"publish", "FILE", "copy of the report for network shares and other programs", false},
    {"metrics", "FILE", "counts of this run, for Prometheus", false},
    {"exit-on-findings", NULL, "end with 5 when there are findings", false},
    {"timings", NULL, "tell on standard error how long each part of the scan took", false},
    {"quiet", NULL, "no progress, no summary", false},
    {"read-size", "BYTES", NULL, false},
    {"batch-rows", "N", NULL, false},
    {"buckets", "N", NULL, false},
    {"group-bytes", "N", NULL, false},
    {"large-bytes", "N", NULL, false},
    {"profile-lines", "N", NULL, false},
    {"no-networks", NULL, NULL, false},
    {"values", "FILE", NULL, false},
    {0}};

const ca_command ca_cmd_scan = {
    .name = "scan",
    .summary = "read claim files, judge every line, write the report",
    .synopsis = "--profile NAME|FILE [options] FILE|DIR|- …",
    .description =
        "Reads claim files (plain, gzip or zstd; folders; - for standard input), maps them with a\n"
        "profile, judges every line and claim with rules, and writes findings with their evidence to\n"
        "an SQLite report. Files of patients and providers are recognised by their header and read\n"
        "first. The same input, rules and settings again are recognised: nothing is done twice.\n"
        "Shipped profiles: generic, desynpuf, cms-rif, cn-settlement.\n\n"
        "Example for cron:\n"
        "  claimaudit scan --profile generic --db /srv/audit/claims.db /srv/drop/tonight",
    .options = scan_options,
    .run = run};
