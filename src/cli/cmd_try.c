/* claimaudit rules try: rules of any status over real files; stores nothing. */
#include <string.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/look_options.h"
#include "cli/progress.h"
#include "cli/rules_verbs.h"
#include "run/try.h"

static void print_count(FILE *out, uint64_t count, const char *one, const char *many)
{
    fprintf(out, "%llu %s", (unsigned long long)count, count == 1 ? one : many);
}

static void print_rows(FILE *out, const ca_try_result *result)
{
    fprintf(out, "Rows: %llu read = %llu accepted + %llu rejected + %llu skipped; ", (unsigned long long)result->rows_read,
            (unsigned long long)result->rows_accepted, (unsigned long long)result->rows_rejected,
            (unsigned long long)result->rows_skipped);
    print_count(out, result->lines, "line", "lines");
    fputs(" of ", out);
    print_count(out, result->claims, "claim", "claims");
    fputc('\n', out);
}

static void print_money(FILE *out, const ca_try_result *result, const ca_try_rule *rule)
{
    char amount[CA_MINOR_SIZE];
    if (rule->hit == 0) {
        return;
    }
    ca_minor_print(rule->exposure, result->minor_digits, amount);
    fprintf(out, "  Money at stake: %s%s %s", rule->exposure == INT64_MAX ? "more than " : "", amount, result->currency);
    if (rule->exposure_missing) {
        fprintf(out, ", and %llu without an amount", (unsigned long long)rule->exposure_missing);
    }
    fputc('\n', out);
}

static void print_blames(FILE *out, const ca_try_rule *rule)
{
    for (size_t i = 0; i < rule->blame_count; i++) {
        fprintf(out, "%s%s %llu", i ? ", " : "  Unknown for want of: ", rule->blames[i].field,
                (unsigned long long)rule->blames[i].count);
    }
    fputs(rule->blame_count ? "\n" : "", out);
}

static void print_rule(ca_cli *cli, const ca_try_result *result, const ca_try_rule *rule)
{
    FILE *out = cli->out;
    fprintf(out, "\n%s%s%s %s (%s, %s)\n", cli->colour ? "\033[1m" : "", rule->id, cli->colour ? "\033[0m" : "",
            rule->title, rule->status, rule->kind);
    fprintf(out, "  %llu offered: ", (unsigned long long)rule->offered);
    print_count(out, rule->hit, "hit", "hits");
    fprintf(out, ", %llu excused, %llu unknown, %llu not applicable, %llu pass\n", (unsigned long long)rule->excused,
            (unsigned long long)rule->unknown, (unsigned long long)rule->not_applicable, (unsigned long long)rule->pass);
    print_money(out, result, rule);
    print_blames(out, rule);
    if (rule->hit > rule->finding_count) {
        fprintf(out, "  Listed: %zu of them, largest exposure first; --limit lists more\n", rule->finding_count);
    }
}

static const char *last_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static int print_finding(ca_cli *cli, ca_output *output, ca_format format, const ca_try_result *result, size_t index)
{
    static const char *const names[] = {"finding", "rule", "claim_type", "claim_id", "line_no", "service_date",
                                        "exposure", "file", "row", "message"};
    const ca_try_finding *finding = &result->findings[index];
    char amount[CA_MINOR_SIZE] = "";
    char date[CA_DATE_SIZE] = "";
    if (finding->exposure != CA_EXPOSURE_MISSING) {
        ca_minor_print(finding->exposure, result->minor_digits, amount);
    }
    if (finding->has_date) {
        ca_date_print(finding->date, date);
    }
    const char *number = ca_arena_printf(&cli->arena, "%zu", index + 1);
    const char *line = ca_arena_printf(&cli->arena, "%lld", (long long)finding->line_no);
    const char *row = ca_arena_printf(&cli->arena, "%llu", (unsigned long long)finding->row);
    const char *message = ca_arena_printf(&cli->arena, "%s%s%s%s", finding->message.ptr, finding->note.len ? " (" : "",
                                          finding->note.len ? finding->note.ptr : "", finding->note.len ? ")" : "");
    const char *file = finding->file && format == CA_FORMAT_TABLE ? last_name(finding->file) : finding->file;
    if (!number || !line || !row || !message) {
        return CA_NOMEM;
    }
    const ca_text none = {NULL, 0};
    const ca_text cells[] = {ca_text_of(number),
                             ca_text_of(finding->rule),
                             ca_text_of(ca_enum_name(CA_F_CLAIM_TYPE, finding->claim_type)),
                             finding->claim_id,
                             finding->of_claim ? none : ca_text_of(line),
                             *date ? ca_text_of(date) : none,
                             *amount ? ca_text_of(amount) : none,
                             file ? ca_text_of(file) : none,
                             ca_text_of(row),
                             ca_text_of(message)};
    return ca_output_row(output, names, cells, sizeof cells / sizeof *cells);
}

static int print_findings(ca_cli *cli, ca_format format, const ca_try_result *result, ca_error *err)
{
    ca_output *output = ca_output_new(cli, format);
    int rc = output ? 0 : CA_NOMEM;
    if (format == CA_FORMAT_TABLE && result->finding_count) {
        fputc('\n', cli->out);
    }
    for (size_t i = 0; rc == 0 && i < result->finding_count; i++) {
        rc = print_finding(cli, output, format, result, i);
    }
    if (output) {
        ca_output_end(output);
    }
    return rc ? ca_error_nomem(err) : 0;
}

/* Programs get the findings alone on standard output; the notes are for people in any case. */
static int print_result(ca_cli *cli, ca_format format, const ca_try_result *result, ca_error *err)
{
    FILE *notes = format == CA_FORMAT_TABLE ? cli->out : cli->err;
    if (format == CA_FORMAT_TABLE) {
        print_rows(cli->out, result);
    }
    for (size_t i = 0; i < result->note_count; i++) {
        fputs("Note: ", notes);
        ca_print_line(notes, result->notes[i]);
    }
    for (size_t i = 0; format == CA_FORMAT_TABLE && i < result->rule_count; i++) {
        print_rule(cli, result, &result->rules[i]);
    }
    return print_findings(cli, format, result, err);
}

static int try_rules(ca_cli *cli, const ca_try_options *given, ca_try_result *ret_result, ca_error *err)
{
    ca_scan_options scan = *given->scan;
    ca_try_options options = *given;
    ca_progress_line line = {0};
    ca_diags diags;
    options.scan = &scan;
    if (cli->terminal) {
        ca_progress_begin(&line, cli);
        scan.progress = ca_progress_show;
        scan.progress_context = &line;
    }
    ca_diags_init(&diags, &cli->arena);
    int rc = ca_try(&options, &cli->arena, &diags, ret_result, err);
    ca_progress_end(&line);
    ca_print_diags(cli, &diags, CA_DIAG_ERROR);
    ca_diags_done(&diags);
    return rc;
}

int ca_rules_try(ca_cli *cli, const ca_arguments *arguments, ca_error *err)
{
    ca_scan_options scan;
    ca_format format;
    ca_try_options options = {.scan = &scan};
    ca_try_result result;
    if (arguments->word_count < 2) {
        return ca_error_set(err, CA_USAGE, "which rules? for example: claimaudit rules try SITE-0001.yaml --profile generic "
                                           "claims.csv");
    }
    int rc = ca_arguments_check(arguments, err);    /* a number that was forgotten takes the word behind it */
    rc = rc ? rc : ca_look_options(cli, arguments, "rules try", 2, &scan, err);
    rc = rc ? rc : ca_argument_number(arguments, "limit", 20, &options.limit, err);
    rc = rc ? rc : ca_argument_number(arguments, "as-test", 0, &options.as_test, err);
    rc = rc ? rc : ca_argument_format(arguments, &format, err);
    if (rc == 0 && options.as_test == 0 && ca_argument(arguments, "as-test")) {
        rc = ca_error_set(err, CA_USAGE, "--as-test takes the number of a finding, as rules try lists it");
    }
    if (rc) {
        return rc;
    }
    options.rules = arguments->words[1];
    rc = try_rules(cli, &options, &result, err);
    if (rc) {
        return rc;
    }
    if (options.as_test) {
        fwrite(result.test.ptr, 1, result.test.len, cli->out);
        return 0;
    }
    return print_result(cli, format, &result, err);
}
