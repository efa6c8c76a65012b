/* Options and words that `rules try` and `explain` share. */
#include "cli/look_options.h"

#include "base/memory.h"
#include "cli/rule_options.h"

int ca_look_options(ca_cli *cli, const ca_arguments *arguments, const char *command, size_t first,
                    ca_scan_options *ret_options, ca_error *err)
{
    ca_scan_options options = ca_scan_defaults();
    ca_setup_options rules;
    const char *profile = ca_argument(arguments, "profile");
    if (arguments->word_count <= first) {
        return ca_error_set(err, CA_USAGE,
                            "%s: which claim files? name files, folders or - for standard input; see claimaudit help %s",
                            command, arguments->command->name);
    }
    if (!profile) {
        return ca_error_set(err, CA_USAGE, "%s needs a profile to read the files with, for example --profile generic",
                            command);
    }
    options.disk = cli->disk;
    options.clock = cli->clock;
    options.version = CA_VERSION;
    options.inputs = arguments->words + first;
    options.input_count = arguments->word_count - first;
    options.work = ca_argument(arguments, "work");
    int rc = ca_share_profile(cli, profile, &options.profile, err);
    rc = rc ? rc : ca_rule_options(cli, arguments, options.profile, &rules, err);
    rc = rc ? rc : ca_span_options(arguments, &options, err);
    rc = rc ? rc : ca_argument_size(arguments, "memory", ca_memory_default(cli->disk), &options.memory, err);
    if (rc == 0) {
        ca_scan_take_rules(&options, &rules);
        *ret_options = options;
    }
    return rc;
}

void ca_minor_print(int64_t minor, int digits, char ret_text[CA_MINOR_SIZE])
{
    char reversed[CA_MINOR_SIZE];
    size_t len = 0;
    uint64_t left = minor < 0 ? 0 - (uint64_t)minor : (uint64_t)minor;
    for (int digit = 0; digit <= digits || left; digit++) {
        if (digit == digits && digits > 0) {
            reversed[len++] = '.';
        }
        reversed[len++] = (char)('0' + left % 10);
        left /= 10;
    }
    if (minor < 0) {
        reversed[len++] = '-';
    }
    for (size_t i = 0; i < len; i++) {
        ret_text[i] = reversed[len - 1 - i];
    }
    ret_text[len] = 0;
}
