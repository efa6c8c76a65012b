/* claimaudit show: one finding with everything needed to check it by hand. */
#include "cli/commands.h"
#include "cli/report_options.h"

#include <string.h>

#include "base/alloc.h"
#include "store/evidence.h"

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
        fprintf(out, "%-14s %.*s\n", label, (int)value.len, value.ptr);
    }
}

static int64_t number(const ca_report_row *row, const char *name)
{
    int64_t value = 0;
    ca_text_to_int(cell(row, name), &value);
    return value;
}

/* Evidence files lie beside the database and are named by it. */
static void open_evidence(ca_shown *shown, int64_t run)
{
    ca_buf name;
    ca_digest checksum;
    ca_error reason = {0};
    ca_buf_init(&name);
    int rc = ca_report_evidence(shown->report, run, &name, &checksum, &reason);
    if (rc == 0) {
        const char *slash = strrchr(shown->db, '/');
        int folder = slash ? (int)(slash - shown->db + 1) : 0;
        const char *path = ca_arena_printf(&shown->cli->arena, "%.*s%s", folder, shown->db, ca_buf_cstr(&name));
        rc = path ? ca_evidence_open(shown->cli->disk, path, &shown->evidence, &reason) : CA_NOMEM;
    }
    if (rc) {
        fprintf(shown->cli->out, "%-14s not at hand: %s\n", "Source rows", reason.text);
    }
    ca_buf_done(&name);
}

static void print_raw(FILE *out, ca_text raw)
{
    fputs("    ", out);
    for (size_t i = 0; i < raw.len; i++) {
        unsigned char byte = (unsigned char)raw.ptr[i];
        if (byte == '\n') {
            fputs("\n    ", out);
        } else if ((byte < ' ' && byte != '\t') || byte == 0x7F) {
            fprintf(out, "\\x%02X", byte);    /* a terminal must not take data for commands */
        } else {
            fputc(byte, out);
        }
    }
    fputc('\n', out);
}

static void print_source_row(const ca_shown *shown, uint32_t file, uint64_t row)
{
    ca_buf raw;
    ca_error reason = {0};
    ca_buf_init(&raw);
    int rc = shown->evidence ? ca_evidence_get(shown->evidence, file, row, &raw, &reason) : CA_END;
    if (rc == 0) {
        print_raw(shown->cli->out, ca_buf_text(&raw));
    } else if (rc < 0) {
        fprintf(shown->cli->out, "    (source row not at hand: %s)\n", reason.text);
    }
    ca_buf_done(&raw);
}

static int show_head(void *context, const ca_report_row *row)
{
    ca_shown *shown = context;
    FILE *out = shown->cli->out;
    ca_text exposure = cell(row, "exposure_text");
    ca_text currency = cell(row, "currency");
    ca_text id = cell(row, "finding_id");
    ca_text title = cell(row, "title");
    fprintf(out, "%sFinding %.*s: %.*s%s\n", shown->cli->colour ? "\033[1m" : "", (int)id.len, id.ptr,
            (int)title.len, title.ptr, shown->cli->colour ? "\033[0m" : "");
    ca_text message = cell(row, "message");
    if (message.len) {
        fprintf(out, "%.*s\n", (int)message.len, message.ptr);
    }
    fputc('\n', out);
    fprintf(out, "%-14s %.*s version %.*s, severity %.*s, grade %.*s\n", "Rule",
            (int)cell(row, "rule_id").len, cell(row, "rule_id").ptr, (int)cell(row, "rule_version").len,
            cell(row, "rule_version").ptr, (int)cell(row, "severity").len, cell(row, "severity").ptr,
            (int)cell(row, "grade").len, cell(row, "grade").ptr);
    line(out, "Outcome", cell(row, "outcome"));
    line(out, "Because", cell(row, "reason"));
    line(out, "Subject", cell(row, "subject_id"));
    line(out, "Patient", cell(row, "patient_id"));
    line(out, "Billed by", cell(row, "billing_provider_id"));
    line(out, "Rendered by", cell(row, "rendering_provider_id"));
    line(out, "Service date", cell(row, "service_date"));
    fprintf(out, "%-14s ", "Exposure");
    if (exposure.ptr) {
        fprintf(out, "%.*s %.*s\n", (int)exposure.len, exposure.ptr, (int)currency.len, currency.ptr);
    } else {
        fputs("unknown: an amount is missing\n", out);
    }
    line(out, "Finding key", cell(row, "finding_key"));
    line(out, "Logic hash", cell(row, "logic_hash"));
    open_evidence(shown, number(row, "run_id"));
    return 0;
}

static int show_line(void *context, const ca_report_row *row)
{
    ca_shown *shown = context;
    FILE *out = shown->cli->out;
    ca_text line_no = cell(row, "line_no");
    fprintf(out, "  %.*s", (int)cell(row, "role").len, cell(row, "role").ptr);
    if (line_no.ptr) {
        fprintf(out, " %.*s", (int)line_no.len, line_no.ptr);
    }
    fprintf(out, ": %.*s row %.*s, byte %.*s\n", (int)cell(row, "file").len, cell(row, "file").ptr,
            (int)cell(row, "row").len, cell(row, "row").ptr, (int)cell(row, "byte_offset").len,
            cell(row, "byte_offset").ptr);
    print_source_row(shown, (uint32_t)number(row, "file_no"), (uint64_t)number(row, "row"));
    return 0;
}

static int show_leaf(void *context, const ca_report_row *row)
{
    ca_shown *shown = context;
    FILE *out = shown->cli->out;
    ca_text is = cell(row, "is");
    ca_text values = cell(row, "values");
    ca_text decided = cell(row, "decided_by");
    if (ca_text_is(is, "not reached")) {
        return 0;
    }
    fprintf(out, "  %-8.*s %.*s\n", (int)is.len, is.ptr, (int)cell(row, "text").len, cell(row, "text").ptr);
    if (values.len) {
        fprintf(out, "           %.*s\n", (int)values.len, values.ptr);
    }
    if (decided.len) {
        fprintf(out, "           decided by %.*s\n", (int)decided.len, decided.ptr);
    }
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
