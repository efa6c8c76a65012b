/* Command lines: options of a table, the same everywhere; values may follow a space or '='. */
#include "cli/command.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/value.h"

const ca_option *ca_command_option(const ca_command *command, size_t index)
{
    static const ca_option shown = {"config", "FILE", "the site's settings; see claimaudit help config", false};
    static const ca_option hidden = {"config", "FILE", NULL, false};
    for (size_t i = 0; i <= index; i++) {
        if (!command->options[i].name) {
            return i < index ? NULL : command->without_site ? &hidden : &shown;
        }
    }
    return &command->options[index];
}

static const ca_option *find_option(const ca_command *command, ca_text name)
{
    const ca_option *option;
    for (size_t i = 0; (option = ca_command_option(command, i)) != NULL; i++) {
        if (ca_text_is(name, option->name)) {
            return option;
        }
    }
    return NULL;
}

static int unknown_option(const ca_command *command, const char *word, size_t len, ca_error *err)
{
    const char *names[64];
    size_t count = 0;
    const ca_option *option;
    while (count < 64 && (option = ca_command_option(command, count)) != NULL) {
        names[count++] = option->name;
    }
    const char *closest = ca_text_closest((ca_text){word + 2, len}, names, count);
    return ca_error_set(err, CA_USAGE, "unknown option %.*s%s%s; see claimaudit help %s", (int)len + 2,
                        word, closest ? ", did you mean --" : "", closest ? closest : "",
                        command->name);
}

/* What a message calls the option. */
typedef struct subject {
    char text[64];
} subject;

static subject subject_of(const char *name)
{
    subject made;
    snprintf(made.text, sizeof made.text, "--%s", name);
    return made;
}

/* What nobody reads as a number, a size or the like. Those are checked where they are read: the command may have more to
 * say, or something to do about it. */
static int check_form(const ca_option *option, const char *value, ca_error *err)
{
    switch (ca_option_kind(option)) {
    case CA_VALUE_TEXT:
    case CA_VALUE_NUMBER:
    case CA_VALUE_SIZE:
    case CA_VALUE_SHARE:
    case CA_VALUE_FORMAT:
    case CA_VALUE_DATE:
        return 0;
    case CA_VALUE_PATH:
        if (strcmp(option->name, "config") == 0 && !*value) {
            return 0;    /* no file */
        }
        break;
    case CA_VALUE_SWITCH:
    case CA_VALUE_NAME_OR_PATH:
    case CA_VALUE_PARAMETER:
        break;
    }
    return ca_option_check(option, subject_of(option->name).text, value, err);
}

static int add_option(ca_arguments *arguments, const ca_option *option, const char *value, ca_error *err)
{
    for (size_t i = 0; !option->repeats && i < arguments->option_count; i++) {
        if (strcmp(arguments->options[i].name, option->name) == 0) {
            return ca_error_set(err, CA_USAGE, "--%s is given twice", option->name);
        }
    }
    for (size_t i = 0; ca_option_kind(option) == CA_VALUE_PARAMETER && i < arguments->option_count; i++) {
        size_t same = strcspn(value, "=") + 1;
        const ca_option_given *given = &arguments->options[i];
        if (strcmp(given->name, option->name) == 0 && strncmp(given->value, value, same) == 0) {
            return ca_error_set(err, CA_USAGE, "--%s %.*s is given twice", option->name, (int)same - 1, value);
        }
    }
    int rc = value ? check_form(option, value, err) : 0;
    if (rc == 0) {
        arguments->options[arguments->option_count++] = (ca_option_given){.name = option->name, .value = value};
    }
    return rc;
}

static int parse_option(const ca_command *command, int count, char **words, int *at,
                        ca_arguments *arguments, ca_error *err)
{
    const char *word = words[*at];
    const char *equals = strchr(word, '=');
    size_t len = equals ? (size_t)(equals - word) - 2 : strlen(word) - 2;
    const ca_option *option = find_option(command, (ca_text){word + 2, len});
    if (!option) {
        return unknown_option(command, word, len, err);
    }
    const char *value = equals ? equals + 1 : NULL;
    if (option->argument && !value) {
        if (*at + 1 >= count) {
            return ca_error_set(err, CA_USAGE, "--%s needs a value: --%s %s", option->name, option->name,
                                option->argument);
        }
        value = words[++*at];
    }
    return add_option(arguments, option, value, err);
}

/* Options and words may be mixed; "--" ends the options. Words are moved to the front. */
int ca_arguments_parse(const ca_command *command, int count, char **words, ca_arena *arena,
                       ca_arguments *ret_arguments, ca_error *err)
{
    ca_arguments arguments = {.command = command, .words = (const char *const *)words};
    bool options = true;
    arguments.options = ca_arena_array(arena, (size_t)count + 1, sizeof *arguments.options);
    if (!arguments.options) {
        return ca_error_nomem(err);
    }
    for (int i = 0; i < count; i++) {
        if (options && strcmp(words[i], "--") == 0) {
            options = false;
        } else if (options && strncmp(words[i], "--", 2) == 0) {
            int rc = parse_option(command, count, words, &i, &arguments, err);
            if (rc) {
                return rc;
            }
        } else if (options && words[i][0] == '-' && words[i][1]) {
            return ca_error_set(err, CA_USAGE, "unknown option %s; options are written in full, see "
                                "claimaudit help %s", words[i], command->name);
        } else {
            words[arguments.word_count++] = words[i];
        }
    }
    *ret_arguments = arguments;
    return 0;
}

int ca_arguments_check(const ca_arguments *arguments, ca_error *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < arguments->option_count; i++) {
        const ca_option_given *given = &arguments->options[i];
        const ca_option *option = find_option(arguments->command, ca_text_of(given->name));
        if (option && given->value && !given->file && strcmp(given->name, "config") != 0) {
            rc = ca_option_check(option, subject_of(given->name).text, given->value, err);
        }
    }
    return rc;
}

static const ca_option_given *find_given(const ca_arguments *arguments, const char *name)
{
    for (size_t i = arguments->option_count; i-- > 0;) {
        if (strcmp(arguments->options[i].name, name) == 0) {
            return &arguments->options[i];
        }
    }
    return NULL;
}

const char *ca_argument(const ca_arguments *arguments, const char *name)
{
    const ca_option_given *given = find_given(arguments, name);
    return given ? given->value : NULL;
}

bool ca_switch(const ca_arguments *arguments, const char *name)
{
    const ca_option_given *given = find_given(arguments, name);
    return given && (!given->value || strcmp(given->value, "no") != 0);
}

const char *const *ca_argument_list(const ca_arguments *arguments, const char *name, ca_arena *arena,
                                    size_t *ret_count)
{
    const char **list = ca_arena_array(arena, arguments->option_count + 1, sizeof *list);
    size_t count = 0;
    for (size_t i = 0; list && i < arguments->option_count; i++) {
        if (strcmp(arguments->options[i].name, name) == 0) {
            list[count++] = arguments->options[i].value;
        }
    }
    *ret_count = count;
    return list;
}

int ca_argument_number(const ca_arguments *arguments, const char *name, uint64_t missing,
                       uint64_t *ret_value, ca_error *err)
{
    const char *text = ca_argument(arguments, name);
    if (text) {
        return ca_value_number(subject_of(name).text, text, ret_value, err);
    }
    *ret_value = missing;
    return 0;
}

int ca_argument_size(const ca_arguments *arguments, const char *name, uint64_t missing,
                     uint64_t *ret_bytes, ca_error *err)
{
    const char *text = ca_argument(arguments, name);
    if (text) {
        return ca_value_size(subject_of(name).text, text, ret_bytes, err);
    }
    *ret_bytes = missing;
    return 0;
}

int ca_argument_share(const ca_arguments *arguments, const char *name, uint64_t *ret_value, bool *ret_share,
                      ca_error *err)
{
    const char *text = ca_argument(arguments, name);
    return text ? ca_value_share(subject_of(name).text, text, ret_value, ret_share, err) : 0;
}

int ca_argument_format(const ca_arguments *arguments, ca_format *ret_format, ca_error *err)
{
    const char *text = ca_argument(arguments, "format");
    *ret_format = CA_FORMAT_TABLE;
    return text ? ca_value_format("--format", text, ret_format, err) : 0;
}
