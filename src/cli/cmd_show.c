/* claimaudit show: one finding with everything needed to check it by hand. */
#include "cli/commands.h"
#include "cli/report_options.h"

#include <string.h>

#include "cli/source_rows.h"

typedef struct ca_shown {
    ca_cli *cli;
    ca_report *report;
    ca_evidence *evidence;       /* NULL when the file cannot be opened: the finding is shown without rows */
    const char *db;
} ca_shown;

static ca_text cell(const ca_report_row *row, const char *name)
{
    for (size_t i = 0; i < row->count; i++) {
        if (strcmp(row->names[i], name) == 0) {
            return row->cells[i];
        }
    }
    return CA_TEXT("");
}

static void line(FILE *out, const char *label, ca_text value)
{
    if (value.ptr && value.len) {
        fprintf(out, "%-14s ", label);
        ca_print_data(out, value);
        fputc('\n', out);
    }
}

static int64_t number(const ca_report_row *row, const char *name)
{
    int64_t value = 0;
    ca_text_to_int(cell(row, name), &value);
    return value;
}

/* What the reason is a reason for. */
static const char *reason_label(ca_text outcome)
{
    return ca_text_is(outcome, "unknown")   ? "Missing"
           : ca_text_is(outcome, "excused") ? "Excused by"
                                            : "Note";
}

static void show_exposure(FILE *out, const ca_report_row *row)
{
    ca_text exposure = cell(row, "exposure_text");
    if (ca_text_is(cell(row, "outcome"), "unknown")) {
        return;
    }
    fprintf(out, "%-14s ", "Exposure");
    if (exposure.ptr) {
        ca_print_data(out, exposure);
        fputc(' ', out);
        ca_print_data(out, cell(row, "currency"));
        fputc('\n', out);
    } else {
        fputs("unknown: an amount is missing\n", out);
    }
}

static void show_title(const ca_shown *shown, const ca_report_row *row)
{
    FILE *out = shown->cli->out;
    fprintf(out, "%sFinding %lld: ", shown->cli->colour ? "\033[1m" : "", (long long)number(row, "finding_id"));
    ca_print_data(out, cell(row, "title"));
    fputs(shown->cli->colour ? "\033[0m\n" : "\n", out);
    if (cell(row, "message").len) {
        ca_print_data(out, cell(row, "message"));
        fputc('\n', out);
    }
    fprintf(out, "\n%-14s ", "Rule");
    ca_print_data(out, cell(row, "rule_id"));
    fprintf(out, " version %lld, severity ", (long long)number(row, "rule_version"));
    ca_print_data(out, cell(row, "severity"));
    fputs(", grade ", out);
    ca_print_data(out, cell(row, "grade"));
    fputc('\n', out);
}

static int show_head(void *context, const ca_report_row *row)
{
    ca_shown *shown = context;
    FILE *out = shown->cli->out;
    show_title(shown, row);
    line(out, "Outcome", cell(row, "outcome"));
    line(out, reason_label(cell(row, "outcome")), cell(row, "reason"));
    line(out, "Subject", cell(row, "subject_id"));
    line(out, "Patient", cell(row, "patient_id"));
    line(out, "Billed by", cell(row, "billing_provider_id"));
    line(out, "Rendered by", cell(row, "rendering_provider_id"));
    line(out, "Service date", cell(row, "service_date"));
    show_exposure(out, row);
    line(out, "Finding key", cell(row, "finding_key"));
    line(out, "Logic hash", cell(row, "logic_hash"));
    shown->evidence = ca_open_evidence(shown->cli, shown->report, shown->db, number(row, "run_id"));
    return 0;
}

static int show_line(void *context, const ca_report_row *row)
{
    ca_shown *shown = context;
    FILE *out = shown->cli->out;
    fputs("  ", out);
    ca_print_data(out, cell(row, "role"));
    if (cell(row, "line_no").ptr) {
        fprintf(out, " %lld", (long long)number(row, "line_no"));
    }
    fputs(": ", out);
    ca_print_data(out, cell(row, "file"));
    fprintf(out, " row %lld, byte %lld\n", (long long)number(row, "row"), (long long)number(row, "byte_offset"));
    ca_print_source_row(shown->cli->out, shown->evidence, cell(row, "encoding"), (uint32_t)number(row, "file_no"),
                        (uint64_t)number(row, "row"));
    return 0;
}

static void show_part(FILE *out, const char *label, ca_text text)
{
    if (text.len) {
        fprintf(out, "           %s", label);
        ca_print_data(out, text);
        fputc('\n', out);
    }
}

static int show_leaf(void *context, const ca_report_row *row)
{
    ca_shown *shown = context;
    FILE *out = shown->cli->out;
    ca_text is = cell(row, "is");
    if (ca_text_is(is, "not reached")) {
        return 0;
    }
    fprintf(out, "  %-8.*s ", (int)is.len, is.ptr);
    ca_print_data(out, cell(row, "text"));
    fputc('\n', out);
    show_part(out, "", cell(row, "values"));
    show_part(out, "decided by ", cell(row, "decided_by"));
    return 0;
}

static int show(ca_shown *shown, int64_t finding, ca_error *err)
{
    int rc = ca_report_finding(shown->report, finding, show_head, shown, err);
    if (rc == CA_END) {
        return ca_error_set(err, CA_USAGE, "there is no finding %lld in %s", (long long)finding, shown->db);
    }
    if (rc == 0) {
        fputs("\nWhy\n", shown->cli->out);
        rc = ca_report_finding_leaves(shown->report, finding, show_leaf, shown, err);
    }
    if (rc == 0) {
        fputs("\nSource rows\n", shown->cli->out);
        rc = ca_report_finding_lines(shown->report, finding, show_line, shown, err);
    }
    if (rc == 0) {
        fputs("\nA finding is a lead for a person to check, not a verdict.\n", shown->cli->out);
    }
    return rc;
}

static int run(ca_cli *cli, const ca_arguments *arguments, ca_error *err)
{
    const char *db = ca_argument(arguments, "db");
    ca_shown shown = {.cli = cli, .db = db ? db : "claimaudit.db"};
    int64_t finding;
    if (arguments->word_count != 1 || !ca_text_to_int(ca_text_of(arguments->words[0]), &finding)) {
        return ca_error_set(err, CA_USAGE, "which finding? give its number, as claimaudit findings lists it");
    }
    int rc = ca_open_report(arguments, &shown.report, err);
    if (rc) {
        return rc;
    }
    rc = show(&shown, finding, err);
    ca_evidence_close(shown.evidence);
    ca_report_close(shown.report);
    return rc;
}

const ca_command ca_cmd_show = {
    .name = "show",
    .summary = "print one finding with its evidence and source rows",
    .synopsis = "FINDING [--db FILE]",
    .description = "Prints a finding so that it can be checked by hand: the sentence, each condition of the rule with the\n"
                   "values it saw, the table row that decided, and the original rows of the claim file with file, row\n"
                   "number and byte offset. Works without the claim files: rows are kept in the run's evidence file.",
    .options = (const ca_option[]){CA_DB_OPTION, {0}},
    .run = run};
