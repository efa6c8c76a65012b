/* What the commands that load rules share. */
#include "cli/rule_options.h"

#include <stdio.h>
#include <string.h>

#include "cli/value.h"

/* Where the command line names other rules than the site's, what the site says of a rule may concern none of them. */
static bool rules_are_chosen(const ca_arguments *arguments)
{
    for (size_t i = 0; i < arguments->option_count; i++) {
        const ca_option_given *given = &arguments->options[i];
        if (!given->file && (strcmp(given->name, "rules") == 0 || strcmp(given->name, "only-rules") == 0)) {
            return true;
        }
    }
    return false;
}

static size_t read_changes(const ca_arguments *arguments, ca_override *changes)
{
    size_t count = 0;
    bool chosen = rules_are_chosen(arguments);
    for (size_t i = 0; i < arguments->option_count; i++) {
        const ca_option_given *given = &arguments->options[i];
        ca_override said = {.file = given->file ? given->file : "command line",
                            .line = given->line,
                            .column = given->column,
                            .optional = given->file && chosen};
        if (strcmp(given->name, "off") == 0) {
            said.rule = ca_text_of(given->value);
            changes[count++] = said;
        } else if (strcmp(given->name, "set") == 0 &&
                   ca_value_parameter(given->value, &said.rule, &said.parameter, &said.value)) {
            changes[count++] = said;
        }
    }
    return count;
}

int ca_rule_options(ca_cli *cli, const ca_arguments *arguments, const char *profile, ca_setup_options *ret_options,
                    ca_error *err)
{
    ca_override *changes = ca_arena_array(&cli->arena, arguments->option_count + 1, sizeof *changes);
    ca_setup_options options = {.disk = cli->disk,
                                .profile = profile,
                                .shipped_rules = ca_share_rules(cli),
                                .only_rules = ca_switch(arguments, "only-rules"),
                                .changes = changes};
    options.rule_folders = ca_argument_list(arguments, "rules", &cli->arena, &options.rule_folder_count);
    if (!changes || !options.shipped_rules || !options.rule_folders) {
        return ca_error_nomem(err);
    }
    options.change_count = read_changes(arguments, changes);
    *ret_options = options;
    return 0;
}

void ca_scan_take_rules(ca_scan_options *scan, const ca_setup_options *rules)
{
    scan->shipped_rules = rules->shipped_rules;
    scan->rule_folders = rules->rule_folders;
    scan->rule_folder_count = rules->rule_folder_count;
    scan->only_rules = rules->only_rules;
    scan->changes = rules->changes;
    scan->change_count = rules->change_count;
}

static int read_date(const ca_arguments *arguments, const char *option, bool *ret_given, ca_date *ret_date, ca_error *err)
{
    char subject[32];
    const char *text = ca_argument(arguments, option);
    snprintf(subject, sizeof subject, "--%s", option);
    *ret_given = text != NULL;
    return text ? ca_value_date(subject, text, ret_date, err) : 0;
}

int ca_span_options(const ca_arguments *arguments, ca_scan_options *options, ca_error *err)
{
    int rc = read_date(arguments, "data-from", &options->has_data_from, &options->data_from, err);
    return rc ? rc : read_date(arguments, "data-through", &options->has_data_through, &options->data_through, err);
}
