/* The program: finds the subcommand, runs it, and turns its result into words and an exit status. */
#include <string.h>
#include <sys/resource.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "cli/command.h"
#include "cli/features.h"
#include "cli/place.h"
#include "cli/site_file.h"
#include "cli/value.h"
#include "report/report.h"

/* A core dump would hold medical data. */
static void forbid_core_dumps(void)
{
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
}

static const ca_command *find_command(const char *name)
{
    for (size_t i = 0; ca_commands[i]; i++) {
        if (strcmp(ca_commands[i]->name, name) == 0) {
            return ca_commands[i];
        }
    }
    return NULL;
}

static int unknown_command(const char *name, ca_error *err)
{
    const char *names[32];
    size_t count = 0;
    while (ca_commands[count] && count < 32) {
        names[count] = ca_commands[count]->name;
        count++;
    }
    const char *closest = ca_text_closest(ca_text_of(name), names, count);
    return ca_error_set(err, CA_USAGE, "there is no command '%s'%s%s%s; see claimaudit help", name,
                        closest ? ", did you mean '" : "", closest ? closest : "", closest ? "'" : "");
}

/* Only what reads rules or profiles needs what ships with the program. */
static bool needs_share(const ca_command *command)
{
    for (const ca_option *option = command->options; option->name; option++) {
        ca_value_kind kind = ca_option_kind(option);
        if ((strcmp(option->name, "rules") == 0 && kind == CA_VALUE_PATH) || kind == CA_VALUE_NAME_OR_PATH) {
            return true;
        }
    }
    return false;
}

static int find_share(ca_cli *cli, const ca_command *command, ca_error *err)
{
    bool found = false;
    int rc = ca_place_share(cli, &cli->share, &found, err);
    if (!needs_share(command)) {
        return 0;
    }
    return rc || found ? rc : ca_place_refuse(cli, err);
}

static int run(ca_cli *cli, int count, char **words, ca_error *err)
{
    ca_arguments arguments;
    if (count < 2 || strcmp(words[1], "--help") == 0 || strcmp(words[1], "-h") == 0) {
        ca_help(cli);
        return count < 2 ? ca_error_set(err, CA_USAGE, "which command?") : 0;
    }
    if (strcmp(words[1], "--version") == 0 || strcmp(words[1], "version") == 0) {
        ca_features_print(cli);
        return 0;
    }
    const ca_command *command = find_command(words[1]);
    if (!command) {
        return unknown_command(words[1], err);
    }
    for (int i = 2; i < count && strcmp(words[i], "--") != 0; i++) {
        if (strcmp(words[i], "--help") == 0) {
            ca_help_command(cli, command);
            return 0;
        }
    }
    int rc = ca_arguments_parse(command, count - 2, words + 2, &cli->arena, &arguments, err);
    rc = rc ? rc : find_share(cli, command, err);
    rc = rc ? rc : ca_site_file_read(cli, getenv("CLAIMAUDIT_CONFIG"), &arguments, err);
    return rc ? rc : command->run(cli, &arguments, err);
}

/* A full disk or closed pipe behind stdout must not pass for success. */
static int check_output(int rc, ca_error *err)
{
    bool failed = fflush(stdout) != 0 || ferror(stdout);
    return failed && rc >= 0 ? ca_error_set(err, CA_FAIL, "standard output could not be written") : rc;
}

static void print_error(ca_cli *cli, const ca_error *error)
{
    const char *line = error->file[0] && error->line
                           ? ca_arena_printf(&cli->arena, "claimaudit: %s:%u:%u: %s", error->file, error->line,
                                             error->column, error->text)
                       : error->file[0] ? ca_arena_printf(&cli->arena, "claimaudit: %s: %s", error->file, error->text)
                                        : ca_arena_printf(&cli->arena, "claimaudit: %s", error->text);
    ca_print_line(cli->err, line ? line : error->text);
}

int main(int count, char **words)
{
    ca_error error = {0};
    const char *no_color = getenv("NO_COLOR");
    ca_cli cli = {.out = stdout, .err = stderr, .disk = ca_disk_real(), .clock = ca_clock_real()};
    ca_alloc_keep();
    forbid_core_dumps();
    ca_arena_init(&cli.arena);
    cli.colour = isatty(STDOUT_FILENO) && !(no_color && *no_color);
    cli.terminal = isatty(STDERR_FILENO);
    int rc = ca_report_use_allocator(&error);
    rc = rc ? rc : run(&cli, count, words, &error);
    rc = check_output(rc, &error);
    if (rc < 0) {
        print_error(&cli, &error);
    }
    ca_arena_done(&cli.arena);
    return rc < 0 ? ca_error_exit_status(rc) : rc;
}
