/* claimaudit explain: what every rule says of one claim, and why. */
#include <string.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/explain_entity.h"
#include "cli/look_options.h"
#include "cli/progress.h"
#include "cli/report_options.h"
#include "cli/rule_options.h"
#include "cli/score_options.h"
#include "run/explain_claim.h"

/* --- Lines ------------------------------------------------------------------------------------ */

/* "line 2 (void), claims.csv row 7: …" of lines that the rules do not see, or not as the others. */
static void print_line(FILE *out, const ca_told_line *line)
{
    fprintf(out, "  line %lld (%s), ", (long long)line->line_no, ca_enum_name(CA_F_CLAIM_STATUS, line->status));
    ca_print_data(out, ca_text_of(line->file));
    fprintf(out, " row %llu: ", (unsigned long long)line->row);
    if (line->dropped) {
        fputs(line->repeated ? "repeated; the same line counts from" : "superseded by a newer version,", out);
    } else if (line->undone) {
        fputs(line->voided ? "undone by the void in" : "undone by the reversal in", out);
    } else {
        fputs("judged by rules with 'rows: all' only", out);
    }
    if (line->other_file) {
        fputc(' ', out);
        ca_print_data(out, ca_text_of(line->other_file));
        fprintf(out, " row %llu", (unsigned long long)line->other_row);
    }
    fputc('\n', out);
}

static bool counts(const ca_told_line *line)
{
    return line->live && !line->dropped && !line->undone;
}

static void print_claim(FILE *out, ca_text id, const ca_told_line *lines, size_t count)
{
    size_t judged = 0;
    for (size_t i = 0; i < count; i++) {
        judged += counts(&lines[i]);
    }
    fputs("Claim ", out);
    ca_print_data(out, id);
    fprintf(out, " (%s): %zu line%s judged", ca_enum_name(CA_F_CLAIM_TYPE, lines[0].claim_type), judged,
            judged == 1 ? "" : "s");
    if (judged < count) {
        fprintf(out, ", %zu not", count - judged);
    }
    fputc('\n', out);
    for (size_t i = 0; i < count; i++) {
        if (!counts(&lines[i])) {
            print_line(out, &lines[i]);
        }
    }
}

static void print_claims(FILE *out, ca_text id, const ca_claim_told *told)
{
    for (size_t from = 0, to; from < told->line_count; from = to) {
        for (to = from; to < told->line_count && told->lines[to].claim_type == told->lines[from].claim_type;) {
            to++;
        }
        print_claim(out, id, told->lines + from, to - from);
    }
    if (told->incomplete && told->rows_rejected == 0) {
        fputs("Note: its header, or its lines, are missing among the files\n", out);
    } else if (told->incomplete) {
        fputs("Note: a row of this claim was rejected; claimaudit rejects shows which after a scan\n", out);
    } else if (told->rows_rejected) {
        fprintf(out, "Note: %llu of %llu rows were rejected; whether some of them belong to this claim is not known\n",
                (unsigned long long)told->rows_rejected, (unsigned long long)told->rows_read);
    }
    fputc('\n', out);
}

/* --- Outcomes --------------------------------------------------------------------------------- */

#define OUTCOME_CELLS 7

static int outcome_cells(ca_cli *cli, const ca_told_outcome *told, ca_text cells[OUTCOME_CELLS])
{
    const char *part = ca_arena_printf(&cli->arena, "%lld", (long long)told->part);
    const char *line = ca_arena_printf(&cli->arena, "%lld", (long long)told->line_no);
    if (!part || !line) {
        return CA_NOMEM;
    }
    cells[0] = ca_text_of(told->rule->id);
    cells[1] = ca_text_of(told->rule->status);
    cells[2] = ca_text_of(ca_enum_name(CA_F_CLAIM_TYPE, told->claim_type));
    cells[3] = ca_text_of(part);
    cells[4] = told->of_claim ? (ca_text){NULL, 0} : ca_text_of(line);
    cells[5] = ca_text_of(ca_outcome_name(told->outcome));
    cells[6] = told->because;
    return 0;
}

static int print_outcomes(ca_cli *cli, ca_format format, const ca_claim_told *told)
{
    static const char *const names[] = {"rule", "status", "claim_type", "part", "line_no", "outcome", "because"};
    ca_output *output = ca_output_new(cli, format);
    int rc = output ? 0 : CA_NOMEM;
    for (size_t i = 0; rc == 0 && i < told->outcome_count; i++) {
        ca_text cells[OUTCOME_CELLS];
        rc = outcome_cells(cli, &told->outcomes[i], cells);
        rc = rc ? rc : ca_output_row(output, names, cells, OUTCOME_CELLS);
    }
    if (output) {
        ca_output_end(output);
    }
    return rc;
}

/* For programs: a row for each condition. */
static int list_leaves(ca_cli *cli, ca_format format, const ca_claim_told *told)
{
    static const char *const names[] = {"rule",    "status", "claim_type", "part", "line_no", "outcome",
                                        "because", "of",     "is",         "text", "values",  "decided_by"};
    ca_output *output = ca_output_new(cli, format);
    int rc = output ? 0 : CA_NOMEM;
    for (size_t i = 0; rc == 0 && i < told->outcome_count; i++) {
        const ca_told_outcome *outcome = &told->outcomes[i];
        for (size_t k = 0; rc == 0 && k < outcome->leaf_count; k++) {
            const ca_told_leaf *leaf = &outcome->leaves[k];
            ca_text cells[OUTCOME_CELLS + 5];
            rc = outcome_cells(cli, outcome, cells);
            cells[OUTCOME_CELLS] = ca_text_of(leaf->part);
            cells[OUTCOME_CELLS + 1] = ca_text_of(leaf->is);
            cells[OUTCOME_CELLS + 2] = leaf->text;
            cells[OUTCOME_CELLS + 3] = leaf->values;
            cells[OUTCOME_CELLS + 4] = leaf->decided_by;
            rc = rc ? rc : ca_output_row(output, names, cells, OUTCOME_CELLS + 5);
        }
    }
    if (output) {
        ca_output_end(output);
    }
    return rc;
}

static void print_part(FILE *out, const char *label, ca_text text)
{
    if (text.len) {
        fprintf(out, "           %s", label);
        ca_print_data(out, text);
        fputc('\n', out);
    }
}

static void print_leaf(FILE *out, const ca_told_leaf *leaf)
{
    if (strcmp(leaf->is, "not reached") == 0) {
        return;
    }
    fprintf(out, "  %-8s ", leaf->is);
    if (strcmp(leaf->part, "when") != 0) {
        fprintf(out, "%s: ", leaf->part);
    }
    ca_print_data(out, leaf->text);
    fputc('\n', out);
    print_part(out, "", leaf->values);
    print_part(out, "decided by ", leaf->decided_by);
}

/* For people: under a heading for each unit and rule. */
static void print_leaves(ca_cli *cli, const ca_claim_told *told)
{
    FILE *out = cli->out;
    for (size_t i = 0; i < told->outcome_count; i++) {
        const ca_told_outcome *outcome = &told->outcomes[i];
        fprintf(out, "\n%s%s %s%s\n", cli->colour ? "\033[1m" : "", outcome->rule->id, outcome->rule->title,
                cli->colour ? "\033[0m" : "");
        fprintf(out, "  %s, ", ca_enum_name(CA_F_CLAIM_TYPE, outcome->claim_type));
        if (!outcome->of_claim) {
            fprintf(out, "line %lld", (long long)outcome->line_no);
        } else if (outcome->part != 1) {
            fprintf(out, "part %lld of the claim", (long long)outcome->part);
        } else {
            fputs("the claim", out);
        }
        fprintf(out, ": %s", ca_outcome_name(outcome->outcome));
        fputs(outcome->because.len ? "; " : "", out);
        ca_print_data(out, outcome->because);
        fputc('\n', out);
        for (size_t k = 0; k < outcome->leaf_count; k++) {
            print_leaf(out, &outcome->leaves[k]);
        }
    }
}

/* Silence would look like a pass. */
static void print_others(FILE *out, const ca_claim_told *told)
{
    if (told->others) {
        fprintf(out, "\nNot asked: %zu rule%s of several lines, which look%s at other claims, too. claimaudit findings --claim shows\n"
                     "what a scan found of this one, claimaudit rules try what such a rule finds in these files.\n",
                told->others, told->others == 1 ? "" : "s", told->others == 1 ? "s" : "");
    }
}

static int print_told(ca_cli *cli, const ca_arguments *arguments, ca_format format, const ca_claim_question *question,
                      const ca_claim_told *told)
{
    if (format != CA_FORMAT_TABLE) {
        return ca_switch(arguments, "all-leaves") ? list_leaves(cli, format, told) : print_outcomes(cli, format, told);
    }
    print_claims(cli->out, question->claim_id, told);
    int rc = print_outcomes(cli, format, told);
    if (told->outcome_count == 0) {
        fputs("No rule judges these lines.\n", cli->out);
    }
    if (question->leaves) {
        print_leaves(cli, told);
    }
    print_others(cli->out, told);
    return rc;
}

/* --- The command ------------------------------------------------------------------------------ */

static int parse_type(const char *name, ca_claim_question *question, ca_error *err)
{
    if (!name || ca_enum_find(CA_F_CLAIM_TYPE, ca_text_of(name), &question->claim_type)) {
        question->has_type = name != NULL;
        return 0;
    }
    return ca_error_set(err, CA_USAGE,
                        "--type is professional, inpatient, outpatient, pharmacy, dental or other, not '%s'", name);
}

static int parse_line(const ca_arguments *arguments, ca_claim_question *question, ca_error *err)
{
    uint64_t line = 0;
    int rc = ca_argument_number(arguments, "line", 0, &line, err);
    question->has_line = ca_argument(arguments, "line") != NULL;
    question->line_no = (int64_t)line;
    return rc;
}

static int explain(ca_cli *cli, const ca_scan_options *given, const ca_claim_question *question, ca_claim_told *ret_told,
                   ca_error *err)
{
    ca_scan_options options = *given;
    ca_progress_line line = {0};
    ca_diags diags;
    if (cli->terminal) {
        ca_progress_begin(&line, cli);
        options.progress = ca_progress_show;
        options.progress_context = &line;
    }
    ca_diags_init(&diags, &cli->arena);
    int rc = ca_explain_claim(&options, question, &cli->arena, &diags, ret_told, err);
    ca_progress_end(&line);
    ca_print_diags(cli, &diags, CA_DIAG_ERROR);
    ca_diags_done(&diags);
    return rc;
}

static int run(ca_cli *cli, const ca_arguments *arguments, ca_error *err)
{
    ca_scan_options options;
    ca_format format;
    ca_claim_told told;
    ca_claim_question question = {.rule = ca_argument(arguments, "rule")};
    if (ca_argument(arguments, "provider")) {
        return ca_explain_entity(cli, arguments, err);
    }
    if (arguments->word_count == 0) {
        return ca_error_set(err, CA_USAGE, "which claim? for example: claimaudit explain C1001 --profile generic claims.csv");
    }
    question.claim_id = ca_text_of(arguments->words[0]);
    question.leaves = question.rule || ca_switch(arguments, "all-leaves");
    int rc = ca_look_options(cli, arguments, "explain", 1, &options, err);
    rc = rc ? rc : parse_type(ca_argument(arguments, "type"), &question, err);
    rc = rc ? rc : parse_line(arguments, &question, err);
    rc = rc ? rc : ca_argument_format(arguments, &format, err);
    rc = rc ? rc : explain(cli, &options, &question, &told, err);
    if (rc) {
        return rc;
    }
    return print_told(cli, arguments, format, &question, &told) ? ca_error_nomem(err) : 0;
}

static const ca_option options[] = {
    {"profile", "NAME|FILE", "how to read the files: a shipped profile or a file (needed with files)", false},
    CA_RULES_OPTION,
    CA_ONLY_RULES_OPTION,
    CA_OFF_OPTION,
    CA_SET_OPTION,
    {"type", "TYPE", "only the claim of this type, such as pharmacy", false},
    {"rule", "ID", "only this rule, whatever its status, with its conditions", false},
    {"line", "N", "only this line", false},
    {"all-leaves", NULL, "all conditions of all rules with the values they saw", false},
    {"provider", "ID", "the features of a provider, pharmacy or patient beside its peers", false},
    {"kind", "NAME", "--provider: provider, institution, prescriber, pharmacy, patient or line", false},
    {"run", "N", "--provider: of this run (default the last one with scores)", false},
    {"db", "FILE", "--provider: report database (default claimaudit.db)", false},
    CA_DATA_FROM_OPTION,
    CA_DATA_THROUGH_OPTION,
    CA_SCORE_MONTHS_OPTION,
    {"jobs", "N", "--provider: threads (default the cores allowed)", false},
    CA_MEMORY_OPTION,
    {"work", "DIR", "folder for temporary files (default the current one)", false},
    {"format", "FORMAT", "table, csv or json", false},
    {0}};

const ca_command ca_cmd_explain = {
    .name = "explain",
    .summary = "print what every rule says of one claim, and why",
    .synopsis = "CLAIM --profile NAME|FILE [options] FILE|DIR|- …\n       claimaudit explain --provider ID [--kind NAME] [options] [--profile NAME|FILE FILE|DIR|- …]",
    .description =
        "Reads claim files as a scan does and prints for one claim the outcome of every active and shadow\n"
        "line and claim rule on each line and on the claim: also why it was not flagged. For a pass that is\n"
        "the condition that was false, for unknown the field that is missing, for not applicable the date\n"
        "or the condition under where. Lines that do not count are listed with the line that counts\n"
        "instead. Rules of several lines look at other claims, too, and are only counted here. It shows\n"
        "content of the files, and stores nothing.\n\n"
        "With --provider it prints what the report keeps of somebody's score: rank, reasons, and of a\n"
        "finding the whole table of features, each with the value, the peers' median, percentile and cell.\n"
        "A report keeps the first of each kind (scan --max-scores), and features of findings only. With\n"
        "files and the settings of the scan all of it is computed anew for anybody, against the last\n"
        "model of the report: this takes as long as a scan, and stores nothing.",
    .options = options,
    .run = run};
