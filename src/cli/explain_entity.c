/* An entity beside its peers, as the report has it, or as claim files and the report's model say. */
#include "cli/explain_entity.h"

#include <string.h>

#include "base/cores.h"
#include "cli/look_options.h"
#include "cli/progress.h"
#include "cli/report_options.h"
#include "cli/score_options.h"
#include "cli/show_scores.h"
#include "run/explain_entity.h"
#include "run/score_findings.h"

#define KINDS_MAX 8

typedef struct ca_explaining {
    ca_cli *cli;
    ca_report *report;
    ca_score_filter filter;
    const char *kinds[KINDS_MAX];    /* in which it has a score: a provider may prescribe, too */
    size_t kind_count;
    bool computed;                   /* not read from the report that --db names */
    bool insufficient;               /* the kind that is being printed has no score */
    ca_output *output;
    size_t rows;                     /* of what is being printed */
} ca_explaining;

static ca_text cell(const ca_report_row *row, const char *name)
{
    for (size_t i = 0; i < row->count; i++) {
        if (strcmp(row->names[i], name) == 0) {
            return row->cells[i];
        }
    }
    return CA_TEXT("");
}

/* "Period     2024-01-01 to 2024-12-31"; nothing where the first is missing. */
static void line(FILE *out, const char *label, ca_text value, const char *between, ca_text more)
{
    if (value.len) {
        fprintf(out, "%-10s ", label);
        ca_print_data(out, value);
        fputs(between, out);
        ca_print_data(out, more);
        fputc('\n', out);
    }
}

static void print_rank(FILE *out, const ca_report_row *row)
{
    if (ca_text_is(cell(row, "insufficient"), "1")) {
        fputs("Score      none: too little is known of it\n", out);
        return;
    }
    fputs("Score      ", out);
    ca_print_data(out, cell(row, "score"));
    fputs(", rank ", out);
    ca_print_data(out, cell(row, "rank"));
    fputs(", q-value ", out);
    ca_print_data(out, cell(row, "q_value"));
    fputs(ca_text_is(cell(row, "small"), "1") ? ", of those with few claims\n" : "\n", out);
}

static void print_head(ca_cli *cli, const ca_report_row *row)
{
    FILE *out = cli->out;
    const char *bold = cli->colour ? "\033[1m" : "";
    fputs(bold, out);
    ca_print_data(out, cell(row, "entity_kind"));
    fputc(' ', out);
    ca_print_data(out, cell(row, "entity_id"));
    fputs(*bold ? "\033[0m\n" : "\n", out);
    print_rank(out, row);
    line(out, "Peers", cell(row, "cell_size"), cell(row, "cell").len ? ": " : "", cell(row, "cell"));
    line(out, "Claims", cell(row, "volume"), "", CA_TEXT(""));
    line(out, "Excess", cell(row, "excess_text"), " ", cell(row, "currency"));
    line(out, "Finding", cell(row, "finding_id"), "", CA_TEXT(""));
    line(out, "Period", cell(row, "period_from"), " to ", cell(row, "period_to"));
    line(out, "Model", cell(row, "model"), " ", cell(row, "model_version"));
}

static int take_kind(void *context, const ca_report_row *row)
{
    ca_explaining *explaining = context;
    const char *kind = ca_arena_cstr(&explaining->cli->arena, cell(row, "entity_kind"));
    if (!kind) {
        return CA_NOMEM;
    }
    if (explaining->kind_count < KINDS_MAX) {
        explaining->kinds[explaining->kind_count++] = kind;
    }
    return 0;
}

static int take_head(void *context, const ca_report_row *row)
{
    ca_explaining *explaining = context;
    print_head(explaining->cli, row);
    explaining->insufficient = ca_text_is(cell(row, "insufficient"), "1");
    return 0;
}

static int take_reason(void *context, const ca_report_row *row)
{
    ca_explaining *explaining = context;
    explaining->rows++;
    return ca_show_reason(explaining->cli->out, row);
}

static int print_reasons(ca_explaining *explaining, const ca_score_filter *filter, ca_error *err)
{
    explaining->rows = 0;
    fputs("\nWhy\n", explaining->cli->out);
    int rc = ca_report_entity_reasons(explaining->report, filter, take_reason, explaining, err);
    if (rc == 0 && explaining->rows == 0) {
        fputs("  No feature is rare by itself.\n", explaining->cli->out);
    }
    return rc;
}

static int take_feature(void *context, const ca_report_row *row)
{
    ca_explaining *explaining = context;
    explaining->rows += row->cells != NULL;
    return ca_visit_output(explaining->output, row);
}

static int print_features(ca_explaining *explaining, ca_format format, const char *kind, ca_error *err)
{
    ca_score_filter filter = explaining->filter;
    filter.kind = kind;
    explaining->rows = 0;
    explaining->output = ca_output_new(explaining->cli, format);
    if (!explaining->output) {
        return ca_error_nomem(err);
    }
    int rc = ca_report_entity_features(explaining->report, &filter, take_feature, explaining, err);
    ca_output_end(explaining->output);
    if (rc == 0 && explaining->rows == 0 && format == CA_FORMAT_TABLE) {
        fputs("The report keeps the whole table of features of findings only; name the profile and the claim files to have it\n"
              "computed anew.\n", explaining->cli->out);
    }
    return rc;
}

/* For people: one kind after another. */
static int print_kind(ca_explaining *explaining, const char *kind, ca_error *err)
{
    FILE *out = explaining->cli->out;
    ca_score_filter filter = explaining->filter;
    filter.kind = kind;
    int rc = ca_report_entity(explaining->report, &filter, take_head, explaining, err);
    if (rc == 0 && !explaining->insufficient) {
        rc = print_reasons(explaining, &filter, err);
    }
    if (rc == 0 && (explaining->computed || !explaining->insufficient)) {
        fputs("\nFeatures\n", out);
        rc = print_features(explaining, CA_FORMAT_TABLE, kind, err);
    }
    return rc;
}

static int explain(ca_explaining *explaining, ca_format format, ca_error *err)
{
    int rc = ca_report_entity(explaining->report, &explaining->filter, take_kind, explaining, err);
    if (rc == CA_END) {
        return ca_error_set(err, CA_USAGE,
                            "no score of '%.80s' is in the report: claimaudit scores lists those that are; name the profile and the "
                            "claim files to have it computed anew",
                            explaining->filter.entity);
    }
    if (rc || format != CA_FORMAT_TABLE) {
        return rc ? rc : print_features(explaining, format, explaining->filter.kind, err);
    }
    for (size_t i = 0; rc == 0 && i < explaining->kind_count; i++) {
        fputs(i ? "\n" : "", explaining->cli->out);
        rc = print_kind(explaining, explaining->kinds[i], err);
    }
    if (rc == 0) {
        fputs("\nWho is unlike their peers is worth a look; that alone says nothing against them.\n", explaining->cli->out);
    }
    return rc;
}

/* --- From the report, or from files ---------------------------------------------------------- */

static int read_report(ca_explaining *explaining, const ca_arguments *arguments, ca_format format, ca_error *err)
{
    int rc = ca_open_report(arguments, &explaining->report, err);
    rc = rc ? rc : ca_report_check_run(explaining->report, explaining->filter.run, err);
    return rc ? rc : explain(explaining, format, err);
}

static int compute(ca_explaining *explaining, const ca_arguments *arguments, ca_entity_told *ret_told, ca_error *err)
{
    ca_cli *cli = explaining->cli;
    ca_scan_options options;
    ca_progress_line line = {0};
    ca_diags diags;
    const char *db = ca_argument(arguments, "db");
    const ca_entity_question question = {db ? db : "claimaudit.db", explaining->filter.kind, explaining->filter.entity};
    uint64_t jobs = 0;
    int rc = ca_look_options(cli, arguments, "explain --provider", 0, &options, err);
    rc = rc ? rc : ca_argument_number(arguments, "jobs", ca_cores_allowed(cli->disk), &jobs, err);
    rc = rc ? rc : ca_score_months_option(arguments, &options, err);
    if (rc) {
        return rc;
    }
    options.jobs = (unsigned)jobs;
    if (cli->terminal) {
        ca_progress_begin(&line, cli);
        options.progress = ca_progress_show;
        options.progress_context = &line;
    }
    ca_diags_init(&diags, &cli->arena);
    rc = ca_explain_scored(&options, &question, &cli->arena, &diags, ret_told, err);
    ca_progress_end(&line);
    ca_print_diags(cli, &diags, CA_DIAG_ERROR);
    ca_diags_done(&diags);
    return rc;
}

static int read_files(ca_explaining *explaining, const ca_arguments *arguments, ca_format format, ca_error *err)
{
    ca_entity_told told;
    if (explaining->filter.run) {
        return ca_error_set(err, CA_USAGE, "--run is of what the report keeps; files are compared with its last model: leave one of them out");
    }
    int rc = compute(explaining, arguments, &told, err);
    if (rc) {
        return rc;
    }
    explaining->report = told.report;
    explaining->computed = true;
    rc = explain(explaining, format, err);
    if (rc == 0 && told.rows_rejected && format == CA_FORMAT_TABLE) {
        fprintf(explaining->cli->out, "Note: %llu of %llu rows were rejected and count for nobody\n", (unsigned long long)told.rows_rejected,
                (unsigned long long)told.rows_read);
    }
    return rc;
}

/* On the command line: the site's file speaks to all commands. */
static bool is_given(const ca_arguments *arguments, const char *option)
{
    bool given = false;
    for (size_t i = 0; i < arguments->option_count; i++) {
        given |= !arguments->options[i].file && strcmp(arguments->options[i].name, option) == 0;
    }
    return given;
}

/* What is said of files is nothing to a report, and what is said of a claim nothing to an entity. */
static int check_options(const ca_arguments *arguments, ca_error *err)
{
    static const char *const of_claims[] = {"type", "rule", "line", "all-leaves"};
    static const char *const of_files[] = {"profile", "rules", "only-rules", "off", "set", "data-from", "data-through", "score-months"};
    for (size_t i = 0; i < sizeof of_claims / sizeof *of_claims; i++) {
        if (is_given(arguments, of_claims[i])) {
            return ca_error_set(err, CA_USAGE, "--%s is about a claim: leave it out, or --provider", of_claims[i]);
        }
    }
    for (size_t i = 0; i < sizeof of_files / sizeof *of_files && arguments->word_count == 0; i++) {
        if (is_given(arguments, of_files[i])) {
            return ca_error_set(err, CA_USAGE, "--%s is about claim files, and none are named: name them, or leave it out to read the report",
                                of_files[i]);
        }
    }
    return 0;
}

int ca_explain_entity(ca_cli *cli, const ca_arguments *arguments, ca_error *err)
{
    ca_format format;
    uint64_t number;
    ca_explaining explaining = {.cli = cli,
                                .filter = {.entity = ca_argument(arguments, "provider"), .kind = ca_argument(arguments, "kind")}};
    if (explaining.filter.kind && !ca_score_kind_known(explaining.filter.kind)) {
        return ca_score_kind_refuse(explaining.filter.kind, err);
    }
    int rc = ca_arguments_check(arguments, err);
    rc = rc ? rc : check_options(arguments, err);
    rc = rc ? rc : ca_argument_format(arguments, &format, err);
    rc = rc ? rc : ca_argument_number(arguments, "run", 0, &number, err);
    if (rc) {
        return rc;
    }
    explaining.filter.run = (int64_t)number;
    rc = arguments->word_count ? read_files(&explaining, arguments, format, err) : read_report(&explaining, arguments, format, err);
    ca_report_close(explaining.report);
    return rc;
}
