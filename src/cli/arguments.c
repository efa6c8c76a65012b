/* Command lines: options of a table, the same everywhere; values may follow a space or '='. */
#include "cli/command.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static const ca_option *find_option(const ca_command *command, const char *name, size_t len)
{
    for (const ca_option *option = command->options; option->name; option++) {
        if (strlen(option->name) == len && memcmp(option->name, name, len) == 0) {
            return option;
        }
    }
    return NULL;
}

static int unknown_option(const ca_command *command, const char *word, size_t len, ca_error *err)
{
    const char *names[64];
    size_t count = 0;
    for (const ca_option *option = command->options; option->name && count < 64; option++) {
        names[count++] = option->name;
    }
    const char *closest = ca_text_closest((ca_text){word + 2, len}, names, count);
    return ca_error_set(err, CA_USAGE, "unknown option %.*s%s%s; see claimaudit help %s", (int)len + 2,
                        word, closest ? ", did you mean --" : "", closest ? closest : "",
                        command->name);
}

static int parse_option(const ca_command *command, int count, char **words, int *at,
                        ca_arguments *arguments, ca_error *err)
{
    const char *word = words[*at];
    const char *equals = strchr(word, '=');
    size_t len = equals ? (size_t)(equals - word) - 2 : strlen(word) - 2;
    const ca_option *option = find_option(command, word + 2, len);
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
    if (!option->argument && equals) {
        return ca_error_set(err, CA_USAGE, "--%s takes no value", option->name);
    }
    for (size_t i = 0; !option->repeats && i < arguments->option_count; i++) {
        if (strcmp(arguments->names[i], option->name) == 0) {
            return ca_error_set(err, CA_USAGE, "--%s is given twice", option->name);
        }
    }
    if (arguments->option_count == sizeof arguments->names / sizeof *arguments->names) {
        return ca_error_set(err, CA_USAGE, "too many options");
    }
    arguments->names[arguments->option_count] = option->name;
    arguments->values[arguments->option_count++] = value;
    return 0;
}

/* Options and words may be mixed; "--" ends the options. Words are moved to the front. */
int ca_arguments_parse(const ca_command *command, int count, char **words, ca_arguments *ret_arguments,
                       ca_error *err)
{
    ca_arguments arguments = {.command = command, .words = (const char *const *)words};
    bool options = true;
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

const char *ca_argument(const ca_arguments *arguments, const char *name)
{
    for (size_t i = arguments->option_count; i-- > 0;) {
        if (strcmp(arguments->names[i], name) == 0) {
            return arguments->values[i];
        }
    }
    return NULL;
}

bool ca_switch(const ca_arguments *arguments, const char *name)
{
    for (size_t i = 0; i < arguments->option_count; i++) {
        if (strcmp(arguments->names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

const char *const *ca_argument_list(const ca_arguments *arguments, const char *name, ca_arena *arena,
                                    size_t *ret_count)
{
    const char **list = ca_arena_array(arena, arguments->option_count + 1, sizeof *list);
    size_t count = 0;
    for (size_t i = 0; list && i < arguments->option_count; i++) {
        if (strcmp(arguments->names[i], name) == 0) {
            list[count++] = arguments->values[i];
        }
    }
    *ret_count = count;
    return list;
}

int ca_argument_number(const ca_arguments *arguments, const char *name, uint64_t missing,
                       uint64_t *ret_value, ca_error *err)
{
    const char *text = ca_argument(arguments, name);
    int64_t value;
    if (!text) {
        *ret_value = missing;
        return 0;
    }
    if (!ca_text_to_int(ca_text_of(text), &value) || value < 0) {
        return ca_error_set(err, CA_USAGE, "--%s takes a whole number, not '%s'", name, text);
    }
    *ret_value = (uint64_t)value;
    return 0;
}

int ca_argument_size(const ca_arguments *arguments, const char *name, uint64_t missing,
                     uint64_t *ret_bytes, ca_error *err)
{
    const char *text = ca_argument(arguments, name);
    int64_t value;
    unsigned shift = 0;
    if (!text) {
        *ret_bytes = missing;
        return 0;
    }
    ca_text number = ca_text_of(text);
    char unit = number.len ? number.ptr[number.len - 1] : 0;
    shift = unit == 'K' || unit == 'k' ? 10 : unit == 'M' || unit == 'm' ? 20
            : unit == 'G' || unit == 'g' ? 30 : 0;
    number.len -= shift ? 1 : 0;
    if (!ca_text_to_int(number, &value) || value < 1 || value > INT64_MAX >> shift) {
        return ca_error_set(err, CA_USAGE, "--%s takes a size such as 512M or 4G, not '%s'", name, text);
    }
    *ret_bytes = (uint64_t)value << shift;
    return 0;
}

int ca_argument_format(const ca_arguments *arguments, ca_format *ret_format, ca_error *err)
{
    const char *text = ca_argument(arguments, "format");
    static const char *const names[] = {"table", "csv", "json"};
    *ret_format = CA_FORMAT_TABLE;
    for (size_t i = 0; text && i < 3; i++) {
        if (strcmp(text, names[i]) == 0) {
            *ret_format = (ca_format)i;
            return 0;
        }
    }
    return text ? ca_error_set(err, CA_USAGE, "--format is table, csv or json, not '%s'", text) : 0;
}
