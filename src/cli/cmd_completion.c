/* claimaudit completion bash: a script for the shell, made from the same tables as the help. */
#include "cli/commands.h"

#include <string.h>

#include "base/text.h"
#include "rules/kinds.h"

/* What may follow an option: words, files, or both. */
typedef struct values {
    const char *words;
    bool files;
    bool folders;
} values;

static bool names(const char *argument, const char *what)
{
    return argument && strstr(argument, what) != NULL;
}

static values values_of(const ca_option *option)
{
    values found = {"", names(option->argument, "FILE"), names(option->argument, "DIR")};
    if (strcmp(option->name, "profile") == 0) {
        found.words = "$profiles";
    } else if (strcmp(option->name, "kind") == 0) {
        bool of_rules = strcmp(option->argument, "KIND") == 0;
        found.words = of_rules ? "$kinds" : "provider institution prescriber pharmacy patient line";
    } else if (strcmp(option->name, "severity") == 0) {
        found.words = "low medium high critical";
    } else if (option->argument && strcmp(option->argument, "FORMAT") == 0) {
        found.words = "table csv json";
    }
    return found;
}

static bool is_verb(ca_text word)
{
    for (size_t i = 0; i < word.len; i++) {
        if (word.ptr[i] != '-' && (word.ptr[i] < 'a' || word.ptr[i] > 'z')) {
            return false;
        }
    }
    return word.len > 0 && word.ptr[0] != '-';
}

/* Without what stands in brackets: lint | test [ID] | list becomes lint | test | list. */
static int bare_synopsis(const ca_command *command, ca_buf *bare)
{
    int depth = 0;
    ca_buf_clear(bare);
    for (const char *at = command->synopsis; *at; at++) {
        depth += *at == '[';
        if (depth == 0) {
            ca_buf_add_char(bare, *at);
        }
        depth -= *at == ']';
    }
    return bare->failed ? CA_NOMEM : 0;
}

static const char *print_line_verbs(FILE *out, ca_text line, const char *space)
{
    ca_text part;
    ca_text word;
    while (ca_text_next(&line, '|', &part)) {
        part = ca_text_trim(part);
        if (ca_text_next(&part, ' ', &word) && is_verb(word)) {
            fprintf(out, "%s%.*s", space, (int)word.len, word.ptr);
            space = " ";
        }
    }
    return space;
}

/* The words that a command begins with stand in its synopsis; a further line of it repeats program and command. */
static void print_verbs(FILE *out, ca_text bare)
{
    ca_text line;
    ca_text word;
    const char *space = "";
    while (ca_text_next(&bare, '\n', &line)) {
        line = ca_text_trim(line);
        if (ca_text_starts(line, CA_TEXT("claimaudit "))) {
            ca_text_next(&line, ' ', &word);
            ca_text_next(&line, ' ', &word);
        }
        space = print_line_verbs(out, line, space);
    }
}

static void print_names(FILE *out)
{
    for (size_t i = 0; ca_commands[i]; i++) {
        fprintf(out, "%s%s", i ? " " : "", ca_commands[i]->name);
    }
}

static void print_option_values(FILE *out, const ca_command *command)
{
    const ca_option *option;
    for (size_t i = 0; (option = ca_command_option(command, i)) != NULL; i++) {
        if (option->help && option->argument) {
            values found = values_of(option);
            fprintf(out, "        --%s) words=\"%s\"; files=%s ;;\n", option->name, found.words,
                    found.files ? "-f" : found.folders ? "-d" : "");
        }
    }
}

/* Options, then what may stand where no option is asked for. */
static void print_command(FILE *out, const ca_command *command, ca_buf *bare)
{
    const char *synopsis = ca_buf_cstr(bare);
    bool files = names(synopsis, "FILE") || names(synopsis, "INPUT") || names(synopsis, "DIR");
    fprintf(out, "    %s)\n        options=\"--help", command->name);
    const ca_option *option;
    for (size_t i = 0; (option = ca_command_option(command, i)) != NULL; i++) {
        if (option->help) {
            fprintf(out, " --%s", option->name);
        }
    }
    fputs("\"\n        verbs=\"", out);
    if (strcmp(command->name, "help") == 0) {
        print_names(out);
    } else {
        print_verbs(out, ca_buf_text(bare));
    }
    fprintf(out, "\"\n        files=%s\n        case $asked in\n", files ? "-f" : "");
    print_option_values(out, command);
    fputs("        esac ;;\n", out);
}

static int print_commands(FILE *out)
{
    ca_buf bare;
    int rc = 0;
    ca_buf_init(&bare);
    for (size_t i = 0; rc == 0 && ca_commands[i]; i++) {
        rc = bare_synopsis(ca_commands[i], &bare);
        if (rc == 0) {
            print_command(out, ca_commands[i], &bare);
        }
    }
    ca_buf_done(&bare);
    return rc;
}

static const char head[] =
    "# Completion of claimaudit for bash; made by claimaudit completion bash.\n"
    "_claimaudit()\n"
    "{\n"
    "    local current=${COMP_WORDS[COMP_CWORD]} asked=${COMP_WORDS[COMP_CWORD-1]}\n"
    "    local command=${COMP_WORDS[1]} profiles kinds options=\"\" verbs=\"\" words=\"\" files=\"\" line\n";

/* The shell takes --name=value apart at the equals sign. */
static const char choose[] =
    "    COMPREPLY=()\n"
    "    if [[ $current == = ]]; then\n"
    "        current=\"\"\n"
    "    elif [[ $asked == = ]]; then\n"
    "        asked=${COMP_WORDS[COMP_CWORD-2]}\n"
    "    fi\n"
    "    if [[ $COMP_CWORD == 1 ]]; then\n"
    "        command=\"\"\n"
    "        words=\"";

static const char tail[] =
    "    esac\n"
    "    if [[ $current == -* && -z $words ]]; then\n"
    "        words=$options\n"
    "        files=\"\"\n"
    "    elif [[ -z $words && $COMP_CWORD == 2 && -n $verbs ]]; then\n"
    "        words=$verbs\n"
    "        files=\"\"\n"
    "    elif [[ $asked == check && $COMP_CWORD == 3 && $command == profile ]]; then\n"
    "        words=$profiles\n"
    "    fi\n"
    "    while IFS= read -r line; do\n"
    "        COMPREPLY+=(\"$line\")\n"
    "    done < <(compgen -W \"$words\" -- \"$current\")\n"
    "    if [[ -n $files ]]; then\n"
    "        compopt -o filenames 2>/dev/null || :\n"
    "        while IFS= read -r line; do\n"
    "            COMPREPLY+=(\"$line\")\n"
    "        done < <(compgen \"$files\" -- \"$current\")\n"
    "    fi\n"
    "}\n"
    "complete -F _claimaudit claimaudit\n";

/* Names come from file names: only those that a shell reads as one plain word. */
static bool is_plain(const char *name)
{
    return strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == strlen(name);
}

static int print_profiles(ca_cli *cli, ca_error *err)
{
    char **files = NULL;
    size_t count = 0;
    const char *space = "";
    const char *folder = ca_arena_printf(&cli->arena, "%s/data/profiles", cli->share ? cli->share : "");
    int rc = folder ? cli->disk->list(cli->disk, folder, &cli->arena, &files, &count, err) : ca_error_nomem(err);
    if (rc) {
        return rc;
    }
    fputs("    profiles=\"", cli->out);
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(files[i]);
        if (len > 5 && strcmp(files[i] + len - 5, ".yaml") == 0 && is_plain(files[i])) {
            fprintf(cli->out, "%s%.*s", space, (int)len - 5, files[i]);
            space = " ";
        }
    }
    fputs("\"\n", cli->out);
    return 0;
}

static void print_kinds(FILE *out)
{
    fputs("    kinds=\"", out);
    for (size_t i = 0; ca_kinds[i]; i++) {
        fprintf(out, "%s%s", i ? " " : "", ca_kinds[i]->name);
    }
    fputs("\"\n", out);
}

static int run(ca_cli *cli, const ca_arguments *arguments, ca_error *err)
{
    FILE *out = cli->out;
    if (arguments->word_count != 1 || strcmp(arguments->words[0], "bash") != 0) {
        return ca_error_set(err, CA_USAGE, "for which shell? there is one: claimaudit completion bash");
    }
    fputs(head, out);
    int rc = print_profiles(cli, err);
    if (rc) {
        return rc;
    }
    print_kinds(out);
    fputs(choose, out);
    print_names(out);
    fputs("\"\n        [[ $current == -* ]] && words=\"--help --version\"\n    fi\n    case $command in\n", out);
    rc = print_commands(out);
    fputs(tail, out);
    return rc ? ca_error_nomem(err) : 0;
}

const ca_command ca_cmd_completion = {
    .name = "completion",
    .summary = "print a script that completes command lines",
    .synopsis = "bash",
    .description = "Prints a script for bash that completes commands, options, shipped profiles and files. meson\n"
                   "install puts it where bash finds it; without an installation:\n"
                   "  source <(claimaudit completion bash)",
    .options = (const ca_option[]){{0}},
    .run = run,
    .without_site = true};
