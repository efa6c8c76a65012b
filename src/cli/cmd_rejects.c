/* claimaudit rejects: rows that could not be read, with place and reason. */
#include "cli/commands.h"
#include "cli/report_options.h"
#include "cli/source_rows.h"

/* The list with the rows themselves. */
typedef struct ca_raw {
    ca_cli *cli;
    ca_report *report;
    const char *db;
    ca_evidence *evidence;
    int64_t run;                 /* whose evidence is open; 0 = none yet */
    size_t rows;
} ca_raw;

static int64_t number_of(ca_text text)
{
    int64_t value = 0;
    ca_text_to_int(text, &value);
    return value;
}

/* Cells: run_id, file, row, byte_offset, column, reason, file_no, encoding. */
static int show_raw(void *context, const ca_report_row *row)
{
    ca_raw *raw = context;
    FILE *out = raw->cli->out;
    int64_t run = number_of(row->cells[0]);
    int64_t number = number_of(row->cells[2]);
    if (run != raw->run) {
        fprintf(out, "%sRun %lld\n", raw->rows ? "\n" : "", (long long)run);
        ca_evidence_close(raw->evidence);
        raw->evidence = ca_open_evidence(raw->cli, raw->report, raw->db, run);
        raw->run = run;
    }
    fputs("  ", out);
    ca_print_data(out, row->cells[1]);
    if (number) {
        fprintf(out, " row %lld, byte %lld", (long long)number, (long long)number_of(row->cells[3]));
    }
    fputs(": ", out);
    if (row->cells[4].len) {
        ca_print_data(out, row->cells[4]);
        fputs(": ", out);
    }
    ca_print_data(out, row->cells[5]);
    fputc('\n', out);
    ca_print_source_row(out, raw->evidence, row->cells[7], (uint32_t)number_of(row->cells[6]), (uint64_t)number);
    raw->rows++;
    return 0;
}

static int print_raw(ca_cli *cli, ca_report *report, const char *db, int64_t run, uint64_t limit, ca_error *err)
{
    ca_raw raw = {.cli = cli, .report = report, .db = db};
    int rc = ca_report_reject_places(report, run, (int64_t)limit, show_raw, &raw, err);
    ca_evidence_close(raw.evidence);
    if (rc == 0 && raw.rows == 0) {
        fputs("No rejected rows.\n", cli->out);
    } else if (rc == 0 && raw.rows == limit) {
        fprintf(cli->out, "The first %zu; --limit 0 shows all.\n", raw.rows);
    }
    return rc;
}

static int run(ca_cli *cli, const ca_arguments *arguments, ca_error *err)
{
    ca_format format;
    ca_report *report;
    uint64_t number, limit;
    int rc = ca_argument_format(arguments, &format, err);
    rc = rc ? rc : ca_argument_number(arguments, "run", 0, &number, err);
    rc = rc ? rc : ca_argument_number(arguments, "limit", format == CA_FORMAT_TABLE ? 50 : 0, &limit, err);
    if (rc == 0 && arguments->word_count) {
        rc = ca_error_set(err, CA_USAGE, "rejects takes options only, not '%s'", arguments->words[0]);
    }
    if (rc == 0 && ca_switch(arguments, "raw") && format != CA_FORMAT_TABLE) {
        rc = ca_error_set(err, CA_USAGE, "--raw prints text for people; leave out --format");
    }
    rc = rc ? rc : ca_open_report(arguments, &report, err);
    if (rc) {
        return rc;
    }
    rc = ca_report_check_run(report, (int64_t)number, err);
    if (rc || ca_switch(arguments, "raw")) {
        const char *db = ca_argument(arguments, "db");
        rc = rc ? rc : print_raw(cli, report, db ? db : "claimaudit.db", (int64_t)number, limit, err);
        ca_report_close(report);
        return rc;
    }
    ca_output *output = ca_output_new(cli, format);
    rc = output ? ca_report_rejects(report, (int64_t)number, (int64_t)limit, ca_visit_output, output, err)
                : ca_error_nomem(err);
    size_t rows = output ? ca_output_end(output) : 0;
    ca_report_close(report);
    if (rc == 0 && format == CA_FORMAT_TABLE && rows == 0) {
        fputs("No rejected rows.\n", cli->out);
    }
    return rc;
}

static const ca_option options[] = {CA_DB_OPTION,
                                    {"run", "N", "only this run", false},
                                    {"raw", NULL, "also each row as it stands in the file, from the evidence file", false},
                                    {"limit", "N", "at most N (a table shows 50 unless told; 0 = all)", false},
                                    CA_FORMAT_OPTION,
                                    {0}};

const ca_command ca_cmd_rejects = {
    .name = "rejects",
    .summary = "list rejected rows with place and reason",
    .synopsis = "[--run N] [--raw] [options]",
    .description = "Lists rows that could not be read: file, row, byte offset, column and reason. Their bytes are\n"
                   "kept verbatim in the evidence file of the run; --raw prints them as UTF-8, control\n"
                   "characters and what is no character in the file's encoding as bytes, such as \\x1B.",
    .options = options,
    .run = run};
