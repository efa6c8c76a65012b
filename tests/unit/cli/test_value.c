/* Kinds of values and their checks; and the tables of all commands, which name them. */
#include "cli/value.h"

#include <string.h>

#include "cli/commands.h"
#include "run/scan.h"
#include "support/check_main.h"

static const struct {
    const char *argument, *value, *said;    /* said NULL = fine */
} checks[] = {
    {NULL, "yes", NULL},
    {NULL, "no", NULL},
    {NULL, "true", "it takes no value, or yes or no, not 'true'"},
    {"N", "0", NULL},
    {"N", "12", NULL},
    {"N", "-1", "it takes a whole number, not '-1'"},
    {"N", "1.5", "it takes a whole number, not '1.5'"},
    {"N", "", "it takes a whole number, not ''"},
    {"SIZE", "1", NULL},
    {"SIZE", "64k", NULL},
    {"SIZE", "4G", NULL},
    {"SIZE", "0", "it takes a size such as 512M or 4G, not '0'"},
    {"SIZE", "G", "it takes a size such as 512M or 4G, not 'G'"},
    {"SIZE", "4T", "it takes a size such as 512M or 4G, not '4T'"},
    {"SIZE", "9223372036854775807G", "it takes a size such as 512M or 4G, not '9223372036854775807G'"},
    {"N|N%", "50", NULL},
    {"N|N%", "2.5%", NULL},
    {"N|N%", "100%", NULL},
    {"N|N%", "100.1%", "it takes a count such as 50 or a share such as 1%, not '100.1%'"},
    {"N|N%", "%", "it takes a count such as 50 or a share such as 1%, not '%'"},
    {"N|N%", "2.5", "it takes a count such as 50 or a share such as 1%, not '2.5'"},
    {"DATE", "2024-02-29", NULL},
    {"DATE", "2023-02-29", "it takes a date such as 2024-12-31, not '2023-02-29'"},
    {"DATE", "", "it takes a date such as 2024-12-31, not ''"},
    {"FORMAT", "json", NULL},
    {"FORMAT", "xml", "it is table, csv or json, not 'xml'"},
    {"FILE", "x", NULL},
    {"FILE", "", "it takes a name, not ''"},
    {"DIR|FILE", "", "it takes a name, not ''"},
    {"NAME|FILE", "", "it takes a name, not ''"},
    {"ID", "", NULL},
    {"WOMBAT", "anything", NULL},
    {"ID.NAME=VALUE", "US-0111.max_age=1", NULL},
    {"ID.NAME=VALUE", "US-0111.rate=1.5=x", NULL},
    {"ID.NAME=VALUE", "US-0111.name=", NULL},
    {"ID.NAME=VALUE", "US-0111.name", "it takes RULE.PARAMETER=VALUE such as US-0111.max_age=1, not 'US-0111.name'"},
    {"ID.NAME=VALUE", "US-0111=1", "it takes RULE.PARAMETER=VALUE such as US-0111.max_age=1, not 'US-0111=1'"},
    {"ID.NAME=VALUE", ".a=1", "it takes RULE.PARAMETER=VALUE such as US-0111.max_age=1, not '.a=1'"},
    {"ID.NAME=VALUE", "R.=1", "it takes RULE.PARAMETER=VALUE such as US-0111.max_age=1, not 'R.=1'"},
};

START_TEST(a_value)
{
    const ca_option option = {"wombat", checks[_i].argument, "", false};
    ca_error err = {0};
    int rc = ca_option_check(&option, "it", checks[_i].value, &err);
    ck_assert_int_eq(rc, checks[_i].said ? CA_USAGE : 0);
    ck_assert_str_eq(err.text, checks[_i].said ? checks[_i].said : "");
}
END_TEST

START_TEST(jobs_have_bounds)
{
    const ca_option option = {"jobs", "N", "", false};
    ck_assert_int_eq(ca_option_check(&option, "it", "1", NULL), 0);
    ck_assert_int_eq(ca_option_check(&option, "it", "1024", NULL), 0);
    ck_assert_int_eq(ca_option_check(&option, "it", "0", NULL), CA_USAGE);
    ck_assert_int_eq(ca_option_check(&option, "it", "1025", NULL), CA_USAGE);
}
END_TEST

START_TEST(months_have_bounds)
{
    const ca_option option = {"score-months", "N", "", false};
    ck_assert_int_eq(ca_option_check(&option, "it", "1", NULL), 0);
    ck_assert_int_eq(ca_option_check(&option, "it", "120", NULL), 0);
    ck_assert_int_eq(ca_option_check(&option, "it", "0", NULL), CA_USAGE);
    ck_assert_int_eq(ca_option_check(&option, "it", "121", NULL), CA_USAGE);
}
END_TEST

START_TEST(what_values_mean)
{
    uint64_t number;
    bool share;
    ca_format format;
    ca_text rule, parameter, value;
    ck_assert_int_eq(ca_value_size("it", "3M", &number, NULL), 0);
    ck_assert_uint_eq(number, 3 << 20);
    ck_assert_int_eq(ca_value_share("it", "2.5%", &number, &share, NULL), 0);
    ck_assert(number == 25000 && share);
    ck_assert_int_eq(ca_value_share("it", "7", &number, &share, NULL), 0);
    ck_assert(number == 7 && !share);
    ck_assert_int_eq(ca_value_format("it", "csv", &format, NULL), 0);
    ck_assert_int_eq(format, CA_FORMAT_CSV);
    ck_assert(ca_value_parameter("US-0111.rate=1.5=x", &rule, &parameter, &value));
    ck_assert(ca_text_is(rule, "US-0111") && ca_text_is(parameter, "rate") && ca_text_is(value, "1.5=x"));
    ck_assert(ca_value_is_path("a/b") && ca_value_is_path("b.yaml") && !ca_value_is_path("generic") &&
              !ca_value_is_path(".yaml"));
}
END_TEST

static const ca_option *option_of(const ca_command *command, const char *name)
{
    const ca_option *option;
    for (size_t i = 0; (option = ca_command_option(command, i)) != NULL; i++) {
        if (strcmp(option->name, name) == 0) {
            return option;
        }
    }
    return NULL;
}

/* Help tells defaults that the program keeps elsewhere. */
START_TEST(defaults_are_those_of_the_scan)
{
    ca_scan_options scan = ca_scan_defaults();
    char text[32];
    uint64_t number;
    bool share;
    ca_text said = ca_option_default(option_of(&ca_cmd_scan, "max-findings"));
    snprintf(text, sizeof text, "%llu", (unsigned long long)scan.max_findings);
    ck_assert(ca_text_is(said, text));
    said = ca_option_default(option_of(&ca_cmd_scan, "max-rejects"));
    snprintf(text, sizeof text, "%.*s", (int)said.len, said.ptr);
    ck_assert_int_eq(ca_value_share("it", text, &number, &share, NULL), 0);
    ck_assert(number == scan.max_rejects && share == scan.max_rejects_share);
    ck_assert(ca_text_is(ca_option_default(option_of(&ca_cmd_scan, "db")), "claimaudit.db"));
    ck_assert(ca_text_is(ca_option_default(option_of(&ca_cmd_scan, "memory")), "a quarter of what there is"));
    ck_assert_uint_eq(ca_option_default(option_of(&ca_cmd_scan, "quiet")).len, 0);
    ck_assert_uint_eq(ca_option_default(option_of(&ca_cmd_scan, "batch-rows")).len, 0);
}
END_TEST

/* A setting is the same thing wherever it appears, so that one file serves all commands. */
START_TEST(commands_agree_on_settings)
{
    for (const ca_option *setting = ca_cmd_config.options; setting->name; setting++) {
        for (size_t i = 0; ca_commands[i]; i++) {
            const ca_option *option = option_of(ca_commands[i], setting->name);
            bool other = ca_commands[i] == &ca_cmd_runs && strcmp(setting->name, "rules") == 0;
            if (option && !other) {
                ck_assert_msg(ca_option_kind(option) == ca_option_kind(setting) && option->repeats == setting->repeats,
                              "%s --%s", ca_commands[i]->name, setting->name);
            }
        }
    }
}
END_TEST

START_TEST(every_command_takes_a_config)
{
    for (size_t i = 0; ca_commands[i]; i++) {
        const ca_option *option = option_of(ca_commands[i], "config");
        ck_assert_msg(option != NULL, "%s", ca_commands[i]->name);
        ck_assert_int_eq(option->help == NULL, ca_commands[i]->without_site);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, a_value, 0, sizeof checks / sizeof *checks);
    tcase_add_test(tcase, jobs_have_bounds);
    tcase_add_test(tcase, months_have_bounds);
    tcase_add_test(tcase, what_values_mean);
    tcase_add_test(tcase, defaults_are_those_of_the_scan);
    tcase_add_test(tcase, commands_agree_on_settings);
    tcase_add_test(tcase, every_command_takes_a_config);
}

CA_CHECK_MAIN("cli/value", add_tests)
