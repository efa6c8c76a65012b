/* claimaudit show: one finding with everything needed to check it by hand. */
#include "cli/commands.h"
#include "cli/report_options.h"

#include <string.h>

#include "cli/look_options.h"
#include "cli/show_scores.h"
#include "cli/source_rows.h"

typedef struct ca_shown {
    ca_cli *cli;
    ca_report *report;
    ca_evidence *evidence;       /* NULL when the file cannot be opened: the finding is shown without rows */
    const char *db;
    int minor_digits;
    bool several;                /* lines: each says what was paid and what its share is */
    bool of_window;              /* its lines may be of many claims: their numbers alone say nothing */
    bool of_entity;
    bool statistical;            /* it was made by scores: it has reasons, and no conditions */
    bool of_network;             /* a pair or a ring: its sentence is its reason */
    bool has_lines;
    bool has_values;             /* the heading of what the rule read was printed */
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

static bool is_network(const ca_report_row *row)
{
    return ca_text_is(cell(row, "kind"), "pair") || ca_text_is(cell(row, "kind"), "ring");
}

/* Of scores: what was paid beyond what peers let expect, or for the patients that several share. */
static void show_excess(FILE *out, const ca_report_row *row)
{
    bool of_network = is_network(row);
    fprintf(out, "%-14s ", of_network ? "Paid" : "Excess");
    if (!cell(row, "exposure_text").ptr) {
        fputs("not known\n", out);
        return;
    }
    ca_print_data(out, cell(row, "exposure_text"));
    fputc(' ', out);
    ca_print_data(out, cell(row, "currency"));
    fputs(of_network ? " to them for the patients they share; on no line\n" : " paid above what its peers let expect; on no line\n", out);
}

static void show_rank(FILE *out, const ca_report_row *row)
{
    fprintf(out, "%-14s %lld, q-value ", "Rank", (long long)number(row, "score_rank"));
    ca_print_data(out, cell(row, "score_q"));
    fputs(", model ", out);
    ca_print_data(out, cell(row, "model"));
    fputc('\n', out);
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
        fputs(ca_text_is(cell(row, "exposure_scope"), "entity") ? " of the subject as a whole, not of lines\n" : "\n", out);
    } else {
        fputs("unknown: an amount is missing\n", out);
    }
}

static void show_window(FILE *out, const ca_report_row *row)
{
    if (cell(row, "window_from").len) {
        fprintf(out, "%-14s ", ca_text_is(cell(row, "exposure_scope"), "entity") ? "Period" : "Window");
        ca_print_data(out, cell(row, "window_from"));
        fputs(" to ", out);
        ca_print_data(out, cell(row, "window_to"));
        fputs(ca_text_is(cell(row, "judged_open"), "1") ? ", judged before all of its lines can have come\n" : "\n", out);
    }
}

/* An entity is named by the field that it stands in. */
static void show_subject(FILE *out, const ca_report_row *row)
{
    ca_text kind = cell(row, "subject_kind");
    bool of_claims = ca_text_is(kind, "line") || ca_text_is(kind, "claim");
    fprintf(out, "%-14s ", "Subject");
    if (!of_claims) {
        ca_print_data(out, kind);
        fputc(' ', out);
    }
    ca_print_data(out, cell(row, "subject_id"));
    fputc('\n', out);
    line(out, "Other claim", cell(row, "counterpart_claim_id"));
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
    show_subject(out, row);
    line(out, "Patient", cell(row, "patient_id"));
    line(out, "Billed by", cell(row, "billing_provider_id"));
    line(out, "Rendered by", cell(row, "rendering_provider_id"));
    line(out, "Service date", cell(row, "service_date"));
    show_window(out, row);
    shown->statistical = ca_text_is(cell(row, "grade"), "statistical");
    shown->of_network = shown->statistical && is_network(row);    /* there are rules of pairs, too */
    if (shown->statistical) {
        show_rank(out, row);
        show_excess(out, row);
    } else {
        show_exposure(out, row);
    }
    line(out, "Finding key", cell(row, "finding_key"));
    line(out, "Logic hash", cell(row, "logic_hash"));
    shown->minor_digits = (int)number(row, "minor_digits");
    shown->several = number(row, "lines") > 1;
    shown->has_lines = !shown->statistical || number(row, "lines") > 0;
    shown->of_window = cell(row, "window_from").len > 0;
    shown->of_entity = ca_text_is(cell(row, "exposure_scope"), "entity");
    shown->evidence = ca_open_evidence(shown->cli, shown->report, shown->db, number(row, "run_id"));
    return 0;
}

static void show_amount(const ca_shown *shown, const char *label, ca_text cell)
{
    char text[CA_MINOR_SIZE];
    int64_t minor;
    if (ca_text_to_int(cell, &minor)) {
        ca_minor_print(minor, shown->minor_digits, text);
    }
    fprintf(shown->cli->out, ", %s %s", label, cell.ptr ? text : "unknown");
}

static void show_amounts(const ca_shown *shown, const ca_report_row *row)
{
    show_amount(shown, "paid", cell(row, "paid"));
    if (!shown->of_entity) {
        show_amount(shown, "share", cell(row, "exposure"));
    }
    fputc('\n', shown->cli->out);
}

/* "    outpatient/C1/2 of 2024-03-01, paid 10.00, share 5.00" */
static void show_claim(const ca_shown *shown, const ca_report_row *row)
{
    FILE *out = shown->cli->out;
    fputs("    ", out);
    ca_print_data(out, cell(row, "claim_type"));
    fputc('/', out);
    ca_print_data(out, cell(row, "claim_id"));
    if (number(row, "claim_part") != 1) {
        fprintf(out, "#%lld", (long long)number(row, "claim_part"));
    }
    if (cell(row, "line_no").ptr) {
        fprintf(out, "/%lld", (long long)number(row, "line_no"));
    }
    if (cell(row, "service_date").ptr) {
        fputs(" of ", out);
        ca_print_data(out, cell(row, "service_date"));
    }
    show_amounts(shown, row);
}

static int show_line(void *context, const ca_report_row *row)
{
    ca_shown *shown = context;
    FILE *out = shown->cli->out;
    bool of_line = ca_text_is(cell(row, "role"), "line");
    fputs("  ", out);
    ca_print_data(out, cell(row, "role"));
    if (ca_text_is(cell(row, "role"), "others")) {
        fprintf(out, ": %lld more lines", (long long)number(row, "lines"));
        show_amounts(shown, row);
        return 0;
    }
    if (of_line && !shown->of_window && cell(row, "line_no").ptr) {
        fprintf(out, " %lld", (long long)number(row, "line_no"));
    }
    fputs(": ", out);
    ca_print_data(out, cell(row, "file"));
    fprintf(out, " row %lld, byte %lld\n", (long long)number(row, "row"), (long long)number(row, "byte_offset"));
    if (shown->several || !of_line) {
        show_claim(shown, row);
    }
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

/* The key of a window, the row of the rule's table, and what was read of each line. */
static int show_values(void *context, const ca_report_row *row)
{
    ca_shown *shown = context;
    FILE *out = shown->cli->out;
    if (!shown->has_values) {
        fputs("\nRead\n", out);
        shown->has_values = true;
    }
    fputs("  ", out);
    ca_print_data(out, cell(row, "what"));
    if (cell(row, "whose").len) {
        fputc(' ', out);
        ca_print_data(out, cell(row, "whose"));
    }
    fputc('\n', out);
    show_part(out, "", cell(row, "values"));
    return 0;
}

static int show(ca_shown *shown, int64_t finding, ca_error *err)
{
    int rc = ca_report_finding(shown->report, finding, show_head, shown, err);
    if (rc == CA_END) {
        return ca_error_set(err, CA_USAGE, "there is no finding %lld in %s", (long long)finding, shown->db);
    }
    if (rc == 0) {
        fputs(shown->of_network ? "" : "\nWhy\n", shown->cli->out);
        rc = ca_report_finding_leaves(shown->report, finding, show_leaf, shown, err);
    }
    if (rc == 0 && shown->statistical) {
        rc = ca_report_finding_reasons(shown->report, finding, ca_show_reason, shown->cli->out, err);
        rc = rc ? rc : ca_show_members(shown->cli, shown->report, finding, err);
    }
    if (rc == 0) {
        rc = ca_report_finding_values(shown->report, finding, show_values, shown, err);
    }
    if (rc == 0) {
        fputs(shown->has_lines ? "\nSource rows\n" : "", shown->cli->out);
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
                   "values it saw, the table row that decided, what was read of each line, and the original rows of the\n"
                   "claim files with file, row number and byte offset; of several lines also the part each has in it,\n"
                   "what was paid and its share. Works without the claim files: rows are kept in the run's evidence file.",
    .options = (const ca_option[]){CA_DB_OPTION, {0}},
    .run = run};
