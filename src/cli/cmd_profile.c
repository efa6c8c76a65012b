/* claimaudit profile: check tries a profile out, on its own or with some files; guess drafts one. */
#include "cli/commands.h"

#include <string.h>

#include "base/memory.h"
#include "cli/rule_options.h"
#include "run/profile_check.h"
#include "run/profile_guess.h"

static unsigned long long big(uint64_t number)
{
    return (unsigned long long)number;
}

/* Shares in tenths of a percent, without floating point. */
static void print_share(FILE *out, const char *what, uint64_t part, uint64_t whole)
{
    uint64_t tenths = ca_permille(part, whole);
    if (part) {
        fprintf(out, ", %llu.%llu %% %s", big(tenths / 10), big(tenths % 10), what);
    }
}

/* Content of files may hold anything: nothing of it may move the cursor. */
static void print_plain(FILE *out, const char *text)
{
    for (const char *at = text; *at; at++) {
        unsigned char byte = (unsigned char)*at;
        fputc(byte < ' ' || byte == 127 ? '?' : *at, out);
    }
}

static void print_line(FILE *out, const ca_check_line *line)
{
    fprintf(out, "  row %llu:\n", big(line->row));
    for (size_t i = 0; i < line->count; i++) {
        fprintf(out, "    %s = ", line->fields[i]);
        print_plain(out, line->values[i]);
        fputc('\n', out);
    }
}

static void print_columns(FILE *out, const ca_check_file *file)
{
    for (size_t i = 0; i < file->column_count; i++) {
        const ca_column_count *count = &file->columns[i];
        if (!*count->column || (count->empty == 0 && count->undecoded == 0)) {
            continue;
        }
        fputs("  ", out);
        print_plain(out, count->column);
        fprintf(out, " (%s)", count->field);
        print_share(out, "empty", count->empty, file->rows_accepted);
        print_share(out, "could not be read", count->undecoded, file->rows_accepted);
        fputc('\n', out);
    }
}

/* What rows of claims are: lines, or a part of each claim. */
static void print_claims(FILE *out, const ca_layout *layout, uint64_t lines)
{
    ca_piece piece = ca_layout_piece(layout);
    bool claims = ca_layout_records(layout) == CA_RECORDS_CLAIMS;
    if (claims && (piece == CA_PIECE_NONE || piece == CA_PIECE_LINES)) {
        fprintf(out, "; %llu lines", big(lines));
    }
    if (piece != CA_PIECE_NONE) {
        fprintf(out, "; part_of_claim: %s", ca_piece_name(piece));
    }
}

static void print_file(FILE *out, const ca_check_file *file)
{
    fprintf(out, "\n%s: layout %s\n", file->path, ca_layout_name(file->layout));
    if (ca_layout_records(file->layout) == CA_RECORDS_IGNORE) {
        fprintf(out, "  left out (use: ignore)\n");
        return;
    }
    fprintf(out, "  rows: %llu read%s = %llu accepted + %llu rejected + %llu skipped", big(file->rows_read),
            file->cut ? " (the file has more)" : "", big(file->rows_accepted), big(file->rows_rejected),
            big(file->rows_skipped));
    print_claims(out, file->layout, file->lines);
    fputc('\n', out);
    for (size_t i = 0; i < file->reject_count; i++) {
        const ca_check_reject *reject = &file->rejects[i];
        fprintf(out, "  rejected, first in row %llu: %s%s%s\n", big(reject->row), reject->column,
                *reject->column ? ": " : "", reject->reason);
    }
    for (size_t i = 0; i < file->skip_count; i++) {
        fprintf(out, "  skipped by: %s\n", file->skips[i]);
    }
    if (file->totals_wrong) {
        fprintf(out, "  %s; a scan would end with 6\n", file->totals_wrong);
    }
    print_columns(out, file);
    for (size_t i = 0; i < file->shown_count; i++) {
        print_line(out, &file->shown[i]);
    }
}

static void print_join(FILE *out, const char *role, const char *what, const ca_join_counts *counts,
                       unsigned min_match)
{
    uint64_t tenths = ca_permille(counts->found, counts->usable);
    if (!counts->usable) {
        return;
    }
    fprintf(out, "  %s%s%s: %llu of %llu lines found (%llu.%llu %%)%s\n", role, *role ? " " : "", what,
            big(counts->found), big(counts->usable), big(tenths / 10), big(tenths % 10),
            counts->found * 100 < counts->usable * min_match ? ", below min_match: a scan would stop" : "");
}

static void print_join_rates(FILE *out, const ca_joins *joins, unsigned min_match)
{
    print_join(out, "", "patient", &joins->patient, min_match);
    for (unsigned role = 0; role < CA_ROLE_COUNT; role++) {
        print_join(out, ca_role_name((ca_role)role), "provider", &joins->provider[role], min_match);
    }
}

static void print_amount(FILE *out, const ca_profile *profile, const char *what, bool has, int64_t amount, bool *first)
{
    char text[CA_DECIMAL_SIZE];
    if (has) {
        ca_decimal_print(amount, profile->minor_digits, text);
        fprintf(out, "%s%s %s", *first ? "  sums: " : ", ", what, text);
        *first = false;
    }
}

static void print_totals(FILE *out, const ca_profile *profile, const ca_check_layout *layout)
{
    bool first = true;
    print_amount(out, profile, "charge", layout->has_charge, layout->totals.charge, &first);
    print_amount(out, profile, "allowed", layout->has_allowed, layout->totals.allowed, &first);
    print_amount(out, profile, "paid", layout->has_paid, layout->totals.paid, &first);
    if (!first) {
        fprintf(out, " %s%s%s\n", profile->currency, layout->cut ? " (of the rows read)" : "",
                layout->totals.overflow ? " (too large to add up)" : "");
    }
}

/* By layout; join rates also over all where several layouts have claims, because that is what a scan looks at. */
static void print_layout(FILE *out, const ca_profile_report *report, const ca_check_layout *layout, bool only)
{
    bool claims = ca_layout_records(layout->layout) == CA_RECORDS_CLAIMS;
    fprintf(out, "\nLayout %s: %zu file%s\n", ca_layout_name(layout->layout), layout->files, layout->files == 1 ? "" : "s");
    fprintf(out, "  rows: %llu read = %llu accepted + %llu rejected + %llu skipped", big(layout->rows_read),
            big(layout->rows_accepted), big(layout->rows_rejected), big(layout->rows_skipped));
    print_claims(out, layout->layout, layout->lines);
    fputc('\n', out);
    if (claims) {
        print_totals(out, report->profile, layout);
    }
    if (layout->totals_checked) {
        fprintf(out, "  total rows: agree with the rows in %zu of %zu file%s\n", layout->totals_checked, layout->files,
                layout->files == 1 ? "" : "s");
    }
    if (claims) {
        print_join_rates(out, &layout->joins, only ? report->profile->min_match : 0);
    }
}

static void print_layouts(FILE *out, const ca_profile_report *report)
{
    size_t claims = 0;
    for (size_t i = 0; i < report->layout_count; i++) {
        claims += ca_layout_records(report->layouts[i].layout) == CA_RECORDS_CLAIMS;
    }
    for (size_t i = 0; i < report->layout_count; i++) {
        print_layout(out, report, &report->layouts[i], claims == 1);
    }
    fprintf(out, "\nFacts: %zu patient%s, %zu provider%s\n", report->patients, report->patients == 1 ? "" : "s",
            report->providers, report->providers == 1 ? "" : "s");
    if (claims > 1) {
        fprintf(out, "\nAll layouts of claims\n");
        print_join_rates(out, &report->joins, report->profile->min_match);
    }
}

static void print_rule(FILE *out, const ca_check_rule *rule)
{
    fprintf(out, "  %-10s %s", rule->id, rule->title);
    if (rule->feeding != CA_NOT_FED) {
        fprintf(out, "; by %s", rule->layouts);
    }
    if (!*rule->layouts) {
        fprintf(out, "; there are no claims");
    }
    if (*rule->missing && rule->nowhere) {
        fprintf(out, "; nothing supplies %s", rule->missing);
    } else if (*rule->missing) {
        fprintf(out, "; %s without %s", rule->layouts, rule->missing);
    }
    if (*rule->unbound) {
        fprintf(out, "; the site has to bind %s", rule->unbound);
    }
    fputc('\n', out);
}

static void print_rules(FILE *out, const ca_profile_report *report)
{
    static const char *const titles[] = {"Rules that can be judged", "Rules that can be judged in part",
                                         "Rules that cannot be judged"};
    for (unsigned feeding = CA_FED; feeding <= CA_NOT_FED; feeding++) {
        size_t count = 0;
        for (size_t i = 0; i < report->rule_count; i++) {
            count += (unsigned)report->rules[i].feeding == feeding;
        }
        if (count) {
            fprintf(out, "\n%s: %zu\n", titles[feeding], count);
        }
        for (size_t i = 0; i < report->rule_count; i++) {
            if ((unsigned)report->rules[i].feeding == feeding) {
                print_rule(out, &report->rules[i]);
            }
        }
    }
}

static void print_report(FILE *out, const ca_profile_report *report)
{
    const ca_profile *profile = report->profile;
    fprintf(out, "Profile %s: %s, jurisdiction %s, currency %s, %zu layouts\n", profile->name, profile->title,
            profile->jurisdiction, profile->currency, profile->layout_count);
    for (size_t i = 0; i < report->file_count; i++) {
        print_file(out, &report->files[i]);
    }
    if (report->file_count) {
        print_layouts(out, report);
    }
    print_rules(out, report);
}

static int check(ca_cli *cli, const ca_arguments *arguments, const char *profile, ca_error *err)
{
    ca_profile_report report;
    ca_diags diags;
    ca_setup_options rules;
    const char *path = NULL;
    int rc = ca_share_profile(cli, profile, &path, err);
    rc = rc ? rc : ca_rule_options(cli, arguments, path, &rules, err);
    if (rc) {
        return rc;
    }
    ca_check_options options = {.disk = cli->disk,
                                .profile = path,
                                .shipped_rules = rules.shipped_rules,
                                .rule_folders = rules.rule_folders,
                                .rule_folder_count = rules.rule_folder_count,
                                .only_rules = rules.only_rules,
                                .changes = rules.changes,
                                .change_count = rules.change_count,
                                .inputs = arguments->words + 2,
                                .input_count = arguments->word_count < 2 ? 0 : arguments->word_count - 2};
    rc = ca_argument_size(arguments, "memory", ca_memory_default(cli->disk), &options.memory, err);
    if (rc) {
        return rc;
    }
    ca_diags_init(&diags, &cli->arena);
    rc = ca_profile_check(&options, &cli->arena, &diags, &report, err);
    ca_print_diags(cli, &diags, CA_DIAG_HINT);
    ca_diags_done(&diags);
    if (rc == 0) {
        print_report(cli->out, &report);
    }
    return rc;
}

/* --- guess ---------------------------------------------------------------------------------- */

static int write_draft(ca_cli *cli, const char *path, ca_text yaml, ca_error *err)
{
    ca_file *file = NULL;
    ca_file_info info;
    int rc = cli->disk->info(cli->disk, path, &info, err);
    if (rc == 0) {
        return ca_error_set(err, CA_USAGE, "%s: there is such a file already; name another or remove it", path);
    }
    rc = rc < 0 ? rc : cli->disk->open(cli->disk, path, CA_DISK_WRITE | CA_DISK_CREATE | CA_DISK_EXCLUSIVE, &file, err);
    if (rc) {
        return rc;
    }
    rc = cli->disk->write(file, yaml.ptr, yaml.len, err);
    rc = rc ? rc : cli->disk->sync(file, err);
    int closed = cli->disk->close(file, rc ? NULL : err);
    rc = rc ? rc : closed;
    if (rc) {
        (void)cli->disk->remove(cli->disk, path, NULL);
    }
    return rc;
}

static void print_open(ca_cli *cli, const ca_guess_draft *draft, const char *path)
{
    fflush(cli->out);
    if (path) {
        fputs("claimaudit: wrote ", cli->err);
        ca_print_line(cli->err, path);
    }
    fprintf(cli->err, "claimaudit: %zu layout%s, %zu open question%s%s\n", draft->layouts, draft->layouts == 1 ? "" : "s",
            draft->questions, draft->questions == 1 ? "" : "s", draft->questions ? ": look for \"# ?\"" : "");
    if (!draft->complete) {
        fprintf(cli->err, "claimaudit: the draft does not load yet: a file of claims has no claim_id\n");
    }
}

static int guess(ca_cli *cli, const ca_arguments *arguments, ca_error *err)
{
    ca_buf yaml;
    ca_diags diags;
    ca_guess_draft draft;
    const char *path = ca_argument(arguments, "output");
    ca_guess_options options = {.disk = cli->disk,
                                .shipped_rules = ca_share_rules(cli),
                                .inputs = arguments->words + 1,
                                .input_count = arguments->word_count - 1};
    if (options.input_count == 0) {
        return ca_error_set(err, CA_USAGE, "which files? for example: claimaudit profile guess claims.csv patients.csv");
    }
    if (!options.shipped_rules) {
        return ca_error_nomem(err);
    }
    ca_buf_init(&yaml);
    ca_diags_init(&diags, &cli->arena);
    int rc = ca_profile_guess(&options, &cli->arena, &diags, &yaml, &draft, err);
    ca_print_diags(cli, &diags, CA_DIAG_HINT);
    ca_diags_done(&diags);
    if (rc == 0 && path) {
        rc = write_draft(cli, path, ca_buf_text(&yaml), err);
    } else if (rc == 0) {
        fwrite(yaml.ptr, 1, yaml.len, cli->out);
    }
    if (rc == 0) {
        print_open(cli, &draft, path);
    }
    ca_buf_done(&yaml);
    return rc;
}

static int run(ca_cli *cli, const ca_arguments *arguments, ca_error *err)
{
    const char *verb = arguments->word_count ? arguments->words[0] : "";
    bool guesses = strcmp(verb, "guess") == 0;
    if (!guesses && strcmp(verb, "check") != 0) {
        return ca_error_set(err, CA_USAGE, "profile check or profile guess? see claimaudit help profile");
    }
    if (guesses) {
        return guess(cli, arguments, err);
    }
    if (ca_argument(arguments, "output")) {
        return ca_error_set(err, CA_USAGE, "--output belongs to profile guess");
    }
    const char *profile = arguments->word_count < 2 ? ca_argument(arguments, "profile") : arguments->words[1];
    if (!profile) {
        return ca_error_set(err, CA_USAGE, "which profile? for example: claimaudit profile check generic");
    }
    return check(cli, arguments, profile, err);
}

static const ca_option options[] = {
    {"profile", "NAME|FILE", "the profile, where no name stands behind check", false},
    CA_RULES_OPTION,
    CA_ONLY_RULES_OPTION,
    CA_OFF_OPTION,
    CA_SET_OPTION,
    {"output", "FILE", "guess: write the draft to a new file, for you alone to read", false},
    CA_MEMORY_OPTION,
    {0}};

const ca_command ca_cmd_profile = {
    .name = "profile",
    .summary = "draft a profile, or try one out on some files",
    .synopsis = "check NAME|FILE [options] [FILE|DIR …]\n       claimaudit profile guess [--output FILE] FILE|DIR …",
    .description =
        "check: reads a profile and the rules that run with it and reports every error with file:line:column.\n"
        "With files it reads the first 100,000 rows of each, as a scan would, and shows which layout\n"
        "each file got, how many rows were accepted, rejected (and why) and skipped, which columns are\n"
        "empty or cannot be read, and the first mapped lines; by layout the rows, the sums of money, whether\n"
        "total rows agree, and how many lines found their patient and providers; then which rules these\n"
        "columns can feed, which wait, and what each of the others lacks. It shows content of the files,\n"
        "and writes nothing.\n"
        "guess: drafts a profile from the headers, first and last rows of some files. Every doubt stands\n"
        "in the draft as a comment that is a question (\"# ? …\"); how many there are is said at the end.\n"
        "It holds nothing of the files but names of columns and the few short values a mapping must name.",
    .options = options,
    .run = run};
