/* claimaudit config: what holds, and who says so. Its options are the keys of the site's file. */
#include "cli/commands.h"

#include <string.h>

#include "base/cores.h"
#include "base/memory.h"
#include "base/text.h"
#include "cli/report_options.h"
#include "cli/rule_options.h"
#include "cli/score_options.h"
#include "cli/value.h"

static int print_row(ca_output *output, const char *option, ca_text value, const char *source)
{
    static const char *const names[] = {"option", "value", "source"};
    ca_text cells[] = {ca_text_of(option), value, ca_text_of(source)};
    return ca_output_row(output, names, cells, 3);
}

static const char *source_of(ca_cli *cli, const ca_option_given *given)
{
    return given->file ? ca_arena_printf(&cli->arena, "%s:%u", given->file, (unsigned)given->line) : "command line";
}

/* Two defaults are asked of the machine. */
static int print_default(ca_cli *cli, ca_output *output, const ca_option *option)
{
    ca_text text = ca_option_default(option);
    const char *value = NULL;
    if (strcmp(option->name, "memory") == 0) {
        value = ca_arena_printf(&cli->arena, "%lluM", (unsigned long long)(ca_memory_default(cli->disk) >> 20));
    } else if (strcmp(option->name, "jobs") == 0) {
        value = ca_arena_printf(&cli->arena, "%u", ca_cores_allowed(cli->disk));
    } else if (ca_option_kind(option) == CA_VALUE_SWITCH) {
        return print_row(output, option->name, CA_TEXT("no"), "default");
    } else {
        return print_row(output, option->name, text.len ? text : (ca_text){0}, "default");
    }
    const char *source = ca_arena_printf(&cli->arena, "default: %.*s", (int)text.len, text.ptr);
    return value && source ? print_row(output, option->name, ca_text_of(value), source) : CA_NOMEM;
}

static int print_option(ca_cli *cli, const ca_arguments *arguments, ca_output *output, const ca_option *option)
{
    int rc = 0;
    bool given = false;
    for (size_t i = 0; rc == 0 && i < arguments->option_count; i++) {
        const ca_option_given *one = &arguments->options[i];
        if (strcmp(one->name, option->name) == 0) {
            const char *source = source_of(cli, one);
            given = true;
            rc = source ? print_row(output, option->name, ca_text_of(one->value ? one->value : "yes"), source) : CA_NOMEM;
        }
    }
    return rc || given ? rc : print_default(cli, output, option);
}

static int print_all(ca_cli *cli, const ca_arguments *arguments, ca_format format, ca_error *err)
{
    ca_output *output = ca_output_new(cli, format);
    if (!output) {
        return ca_error_nomem(err);
    }
    int rc = print_row(output, "config", arguments->site ? ca_text_of(arguments->site) : (ca_text){0},
                       arguments->site ? arguments->site_from : "no file");
    for (const ca_option *option = arguments->command->options; rc == 0 && option->name; option++) {
        if (strcmp(option->name, "check") != 0) {
            rc = print_option(cli, arguments, output, option);
        }
    }
    ca_output_end(output);
    return rc ? ca_error_nomem(err) : 0;
}

/* Loads what a scan with these settings would load. */
static int check(ca_cli *cli, const ca_arguments *arguments, bool say, ca_error *err)
{
    ca_setup_options options;
    ca_setup setup;
    ca_diags diags;
    const char *path = NULL;
    const char *profile = ca_argument(arguments, "profile");
    int rc = profile ? ca_share_profile(cli, profile, &path, err) : 0;
    rc = rc == CA_USAGE ? CA_CONFIG : rc;
    rc = rc ? rc : ca_rule_options(cli, arguments, path, &options, err);
    if (rc) {
        return rc;
    }
    ca_diags_init(&diags, &cli->arena);
    rc = ca_setup_load(&options, &cli->arena, &diags, &setup, err);
    ca_print_diags(cli, &diags, CA_DIAG_WARNING);
    if (rc == 0 && say) {
        fprintf(cli->out, "%zu rules, no errors.\n", setup.rules->count);
    }
    for (size_t i = 0; rc == 0 && say && i < setup.note_count; i++) {
        fprintf(cli->out, "Note: %s\n", setup.notes[i]);
    }
    ca_setup_done(&setup);
    ca_diags_done(&diags);
    return rc;
}

static int run(ca_cli *cli, const ca_arguments *arguments, ca_error *err)
{
    ca_format format;
    bool only_check = ca_switch(arguments, "check");
    int rc = ca_arguments_check(arguments, err);
    rc = rc ? rc : ca_argument_format(arguments, &format, err);
    if (rc == 0 && arguments->word_count) {
        rc = ca_error_set(err, CA_USAGE, "config takes options only, not '%s'", arguments->words[0]);
    }
    if (rc == 0 && !only_check) {
        rc = print_all(cli, arguments, format, err);
        fputs(format == CA_FORMAT_TABLE ? "\n" : "", cli->out);
    }
    return rc ? rc : check(cli, arguments, only_check || format == CA_FORMAT_TABLE, err);
}

static const ca_option options[] = {
    {"profile", "NAME|FILE", "how to read the files: a shipped profile or a file", false},
    CA_DB_OPTION,
    {"work", "DIR", "folder for temporary files (default beside the database)", false},
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
    {"group", "NAME", "group of users that may read and write what is kept", false},
    {"publish", "FILE", "copy of the report for network shares and other programs", false},
    {"metrics", "FILE", "counts of each run, for Prometheus", false},
    {"exit-on-findings", NULL, "scan ends with 5 when there are findings", false},
    {"quiet", NULL, "no progress, no summary", false},
    {"format", "FORMAT", "table, csv or json (default table)", false},
    {"check", NULL, "print only what is wrong", false},
    {0}};

const ca_command ca_cmd_config = {
    .name = "config",
    .summary = "print the settings that hold, and where each comes from",
    .synopsis = "[--check] [options]",
    .description =
        "Prints the value of every setting and who says so: the command line, the site's file (with the\n"
        "line), or nobody, which is the default. Then it loads the profile and the rules as a scan would\n"
        "and reports every error with file:line:column.\n\n"
        "The site's file is the one that --config names, else $CLAIMAUDIT_CONFIG, else\n"
        "/etc/claimaudit/site.yaml when it exists; an empty name stands for none. Each option below is\n"
        "a key of it, with _ for - (max_rejects: 50); --off is the list rules_off, --set the mapping\n"
        "parameters. Relative paths start at the folder of the file. The command line wins.",
    .options = options,
    .run = run};
