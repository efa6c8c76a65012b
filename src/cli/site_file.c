/* Finds the site's file, checks its values as those of options, and merges them behind the command line. */
#include "cli/site_file.h"

#include <string.h>

#include "cli/commands.h"
#include "cli/rule_options.h"
#include "cli/value.h"

/* --- Keys ------------------------------------------------------------------------------------ */

/* Two options say one thing at a time and have a key that says all; --check is no setting. */
static const struct {
    const char *option, *key;
} other_names[] = {{"off", "rules_off"}, {"set", "parameters"}, {"check", NULL}};

static const char *underscores(ca_arena *arena, const char *name)
{
    char *copy = ca_arena_cstr(arena, ca_text_of(name));
    for (char *at = copy; at && *at; at++) {
        *at = *at == '-' ? '_' : *at;
    }
    return copy;
}

static ca_site_form form_of(const ca_option *option)
{
    ca_value_kind kind = ca_option_kind(option);
    return kind == CA_VALUE_SWITCH      ? CA_SITE_SWITCH
           : kind == CA_VALUE_PARAMETER ? CA_SITE_RULES
           : option->repeats            ? CA_SITE_LIST
                                        : CA_SITE_VALUE;
}

int ca_site_file_keys(const ca_command *config, ca_arena *arena, ca_site_keys *ret_keys, ca_error *err)
{
    memset(ret_keys, 0, sizeof *ret_keys);
    for (const ca_option *option = config->options; option->name && ret_keys->count < CA_SITE_KEYS_MAX; option++) {
        ca_site_key key = {.form = form_of(option)};
        bool setting = true;
        for (size_t i = 0; i < sizeof other_names / sizeof *other_names; i++) {
            if (strcmp(option->name, other_names[i].option) == 0) {
                setting = other_names[i].key != NULL;
                key.name = other_names[i].key;
                key.other_name = option->name;
            }
        }
        key.name = setting && !key.name ? underscores(arena, option->name) : key.name;
        if (setting && !key.name) {
            return ca_error_nomem(err);
        }
        if (setting) {
            ret_keys->options[ret_keys->count] = option;
            ret_keys->keys[ret_keys->count++] = key;
        }
    }
    return 0;
}

/* --- Values ---------------------------------------------------------------------------------- */

/* Relative paths start at the file's folder. */
static const char *from_folder(ca_arena *arena, const char *site, const char *path)
{
    const char *slash = strrchr(site, '/');
    return path[0] == '/' || !slash ? path
                                    : ca_arena_printf(arena, "%.*s/%s", (int)(slash - site), site, path);
}

/* What a scan could not find is told with its place. *wrong is "" when all is well. */
static void look_for(ca_cli *cli, const ca_option *option, const char *text, ca_error *wrong)
{
    ca_file_info info;
    const char *path = text;
    bool profile = ca_option_kind(option) == CA_VALUE_NAME_OR_PATH;
    if (profile && !ca_value_is_path(text)) {
        if (ca_share_profile(cli, text, &path, wrong) != CA_USAGE) {
            wrong->text[0] = 0;    /* a program that is not installed whole says so when it needs the profile */
        }
    } else if ((profile || strcmp(option->name, "rules") == 0) && cli->disk->info(cli->disk, text, &info, NULL) == CA_END) {
        (void)ca_error_set(wrong, CA_CONFIG, "there is no %s '%s'", profile ? "profile" : "rule folder or file", text);
    }
}

/* A value that is wrong goes to diags and leaves no text. */
static int settle_value(ca_cli *cli, const ca_option *option, const ca_site *site, const char *key,
                        ca_site_value *value, ca_diags *diags, ca_error *err)
{
    ca_value_kind kind = ca_option_kind(option);
    ca_error wrong = {0};
    char subject[80];
    const char *text = value->text;
    snprintf(subject, sizeof subject, "'%s'", key);
    if (ca_option_check(option, subject, text, &wrong) == 0) {
        if (kind == CA_VALUE_PATH || (kind == CA_VALUE_NAME_OR_PATH && ca_value_is_path(text))) {
            text = from_folder(&cli->arena, site->path, text);
        }
        if (!text) {
            return ca_error_nomem(err);
        }
        look_for(cli, option, text, &wrong);
    }
    if (wrong.text[0]) {
        ca_diag_add(diags, CA_DIAG_ERROR, site->path, value->line, value->column, "%s", wrong.text);
    }
    value->text = wrong.text[0] ? NULL : text;
    return diags->failed ? ca_error_nomem(err) : 0;
}

/* --- Merging --------------------------------------------------------------------------------- */

/* The command's own option of this name, where it means the same: `runs --rules N` does not. */
static bool has_option(const ca_command *command, const ca_option *setting)
{
    const ca_option *option;
    for (size_t i = 0; (option = ca_command_option(command, i)) != NULL; i++) {
        if (strcmp(option->name, setting->name) == 0) {
            return ca_option_kind(option) == ca_option_kind(setting) && option->repeats == setting->repeats;
        }
    }
    return false;
}

/* A list is given as a whole, a parameter for itself. */
static bool is_given(const ca_arguments *arguments, size_t count, const ca_option *option, const char *text)
{
    bool parameter = ca_option_kind(option) == CA_VALUE_PARAMETER;
    size_t same = parameter ? strcspn(text, "=") + 1 : 0;
    for (size_t i = 0; i < count; i++) {
        const ca_option_given *given = &arguments->options[i];
        if (strcmp(given->name, option->name) == 0 && (!parameter || strncmp(given->value, text, same) == 0)) {
            return true;
        }
    }
    return false;
}

static int merge(ca_cli *cli, const ca_site_keys *keys, const ca_site *site, ca_arguments *arguments, ca_error *err)
{
    size_t given = arguments->option_count;
    ca_option_given *all = ca_arena_array(&cli->arena, given + site->count + 1, sizeof *all);
    if (!all) {
        return ca_error_nomem(err);
    }
    if (given) {
        memcpy(all, arguments->options, given * sizeof *all);
    }
    arguments->options = all;
    for (size_t i = 0; i < site->count; i++) {
        const ca_site_value *value = &site->values[i];
        const ca_option *option = keys->options[value->key];
        if (value->text && has_option(arguments->command, option) && !is_given(arguments, given, option, value->text)) {
            all[arguments->option_count++] =
                (ca_option_given){option->name, value->text, site->path, value->line, value->column};
        }
    }
    return 0;
}

/* --- The file -------------------------------------------------------------------------------- */

/* Which file, and who says so. CA_END: none. */
static int find_file(ca_cli *cli, const char *environment, ca_arguments *arguments, ca_error *err)
{
    ca_file_info info;
    const char *given = ca_argument(arguments, "config");
    const char *named = given ? given : environment;
    arguments->site = named ? named : CA_SITE_DEFAULT;
    arguments->site_from = given ? "command line" : named ? "environment CLAIMAUDIT_CONFIG" : "the usual place";
    int rc = *arguments->site ? cli->disk->info(cli->disk, arguments->site, &info, err) : CA_END;
    if (rc == CA_END) {
        const char *missing = arguments->site;
        arguments->site = NULL;
        if (named && *named) {
            return ca_error_at(err, CA_CONFIG, missing, 0, 0,
                               "there is no such file; the %s names it as the site's settings", arguments->site_from);
        }
    }
    return rc;
}

/* CA_END: there is none. */
static int load_file(ca_cli *cli, const char *environment, ca_arguments *arguments, ca_diags *diags, ca_error *err)
{
    ca_site_keys keys;
    ca_site site;
    int rc = find_file(cli, environment, arguments, err);
    rc = rc ? rc : ca_site_file_keys(&ca_cmd_config, &cli->arena, &keys, err);
    rc = rc ? rc : ca_site_load(cli->disk, arguments->site, keys.keys, keys.count, &cli->arena, diags, &site, err);
    for (size_t i = 0; rc == 0 && i < site.count; i++) {
        size_t key = site.values[i].key;
        rc = settle_value(cli, keys.options[key], &site, keys.keys[key].name, &site.values[i], diags, err);
    }
    return rc ? rc : merge(cli, &keys, &site, arguments, err);
}

int ca_site_file_load(ca_cli *cli, const char *environment, ca_arguments *arguments, ca_diags *diags, ca_error *err)
{
    int rc = load_file(cli, environment, arguments, diags, err);
    if (rc == CA_FAIL || rc == CA_LIMIT) {
        return CA_CONFIG;    /* it is there and cannot be used: another try will not help */
    }
    return rc == CA_END ? 0 : rc;
}

/* The rest of what is wrong, so that one look is enough: the rules and the profile that the file names, whatever the command
 * needs of them. */
static void check_rules(ca_cli *cli, const char *environment, const ca_arguments *arguments, ca_diags *diags)
{
    ca_setup_options options;
    ca_setup setup;
    ca_diags known;
    ca_arguments all = *arguments;
    const char *profile = NULL;
    all.command = &ca_cmd_config;
    ca_diags_init(&known, &cli->arena);
    int rc = ca_site_file_load(cli, environment, &all, &known, NULL);
    ca_diags_done(&known);
    const char *named = ca_argument(&all, "profile");
    rc = rc || !named ? rc : ca_share_profile(cli, named, &profile, NULL);
    rc = rc ? rc : ca_rule_options(cli, &all, profile, &options, NULL);
    if (rc == 0) {
        options.unlocked = true;    /* names are looked at, no logic */
        (void)ca_setup_load(&options, &cli->arena, diags, &setup, NULL);
        ca_setup_done(&setup);
    }
}

int ca_site_file_read(ca_cli *cli, const char *environment, ca_arguments *arguments, ca_error *err)
{
    static const ca_option parameters = CA_SET_OPTION;
    ca_diags diags;
    ca_arguments given = *arguments;
    if (arguments->command->without_site) {
        return 0;
    }
    if (!has_option(arguments->command, &parameters)) {
        given.option_count = 0;    /* what it calls --rules may be something else */
    }
    ca_diags_init(&diags, &cli->arena);
    int rc = ca_site_file_load(cli, environment, arguments, &diags, err);
    if (rc == 0 && diags.errors) {
        check_rules(cli, arguments->site, &given, &diags);
        rc = ca_diags_result(&diags, err);
    }
    ca_print_diags(cli, &diags, CA_DIAG_ERROR);
    ca_diags_done(&diags);
    return rc;
}
