/* The site's file behind the command line: which file, which values, which paths. */
#include "cli/site_file.h"

#include <string.h>

#include "base/alloc.h"
#include "cli/commands.h"
#include "cli/rule_options.h"
#include "support/check_main.h"
#include "support/memdisk.h"

static memdisk *mem;
static ca_cli cli;
static ca_diags diags;
static ca_error err;
static ca_arguments arguments;
static ca_buf text;

static void setup(void)
{
    mem = memdisk_new();
    cli = (ca_cli){.disk = memdisk_disk(mem), .share = "share"};
    ca_arena_init(&cli.arena);
    ca_diags_init(&diags, &cli.arena);
    ca_buf_init(&text);
    memset(&err, 0, sizeof err);
    memdisk_put(mem, "share/data/profiles/generic.yaml", "", 0);
    memdisk_put(mem, "etc/rules/x", "", 0);
    memdisk_put(mem, "etc/own.yaml", "", 0);
}

static void teardown(void)
{
    ca_buf_done(&text);
    ca_diags_done(&diags);
    ca_arena_done(&cli.arena);
    memdisk_free(mem);
}

static void put(const char *path, const char *content)
{
    memdisk_put(mem, path, content, strlen(content));
}

static int load(const ca_command *command, const char *line, const char *environment)
{
    char **words = ca_arena_array(&cli.arena, 32, sizeof *words);
    int count = 0;
    char *copy = ca_arena_cstr(&cli.arena, ca_text_of(line));
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " ")) {
        words[count++] = word;
    }
    ck_assert_int_eq(ca_arguments_parse(command, count, words, &cli.arena, &arguments, &err), 0);
    return ca_site_file_load(&cli, environment, &arguments, &diags, &err);
}

/* "name=value" of all options, one after another, "(s.yaml:3)" behind those of the file; then what is wrong. */
static const char *merged(const ca_command *command, const char *line, const char *environment)
{
    ca_buf_clear(&text);
    if (load(command, line, environment) != 0) {
        return err.text;
    }
    for (size_t i = 0; i < arguments.option_count; i++) {
        const ca_option_given *given = &arguments.options[i];
        ca_buf_printf(&text, "%s%s=%s", text.len ? " " : "", given->name, given->value ? given->value : "");
        if (given->file) {
            ca_buf_printf(&text, "(%s:%u)", given->file, (unsigned)given->line);
        }
    }
    for (size_t i = 0; i < diags.count; i++) {
        ca_buf_printf(&text, "; %s:%u:%u: %s", diags.items[i].file, (unsigned)diags.items[i].line,
                      (unsigned)diags.items[i].column, diags.items[i].text);
    }
    return ca_buf_cstr(&text);
}

START_TEST(which_file)
{
    put("a.yaml", "db: a.db\n");
    put("b.yaml", "db: b.db\n");
    ck_assert_str_eq(merged(&ca_cmd_show, "", NULL), "");
    ck_assert_ptr_null(arguments.site);
    put(CA_SITE_DEFAULT, "db: etc.db\n");
    ck_assert_str_eq(merged(&ca_cmd_show, "", NULL), "db=/etc/claimaudit/etc.db(/etc/claimaudit/site.yaml:1)");
    ck_assert_str_eq(merged(&ca_cmd_show, "", "b.yaml"), "db=b.db(b.yaml:1)");
    ck_assert_str_eq(arguments.site_from, "environment CLAIMAUDIT_CONFIG");
    ck_assert_str_eq(merged(&ca_cmd_show, "--config a.yaml", "b.yaml"), "config=a.yaml db=a.db(a.yaml:1)");
    ck_assert_str_eq(arguments.site_from, "command line");
    ck_assert_str_eq(arguments.site, "a.yaml");
    ck_assert_str_eq(merged(&ca_cmd_show, "", ""), "");    /* none, whatever lies in /etc */
    ck_assert_str_eq(merged(&ca_cmd_show, "--config=", "b.yaml"), "config=");
}
END_TEST

START_TEST(a_file_that_is_named_must_be_there)
{
    ck_assert_int_eq(load(&ca_cmd_show, "--config none.yaml", NULL), CA_CONFIG);
    ck_assert_str_eq(err.file, "none.yaml");
    ck_assert_str_eq(err.text, "there is no such file; the command line names it as the site's settings");
    ck_assert_int_eq(load(&ca_cmd_show, "", "none.yaml"), CA_CONFIG);
    ck_assert_str_eq(err.text, "there is no such file; the environment CLAIMAUDIT_CONFIG names it as the site's settings");
}
END_TEST

START_TEST(a_file_that_is_there_must_be_readable)
{
    put(CA_SITE_DEFAULT, "db: etc.db\n");
    memdisk_fail(mem, MEMDISK_OPEN, 1, false);
    ck_assert_int_eq(load(&ca_cmd_show, "", NULL), CA_CONFIG);
    memdisk_fail(mem, MEMDISK_INFO, 1, false);
    ck_assert_int_eq(load(&ca_cmd_show, "", NULL), CA_CONFIG);
    ck_assert_int_eq(load(&ca_cmd_show, "--config etc", NULL), CA_CONFIG);
}
END_TEST

START_TEST(the_command_line_wins)
{
    put("s.yaml", "db: s.db\nquiet: yes\nrules: [etc/rules, etc/own.yaml]\nrules_off: [A, B]\n"
                  "parameters: {R: {a: 1, b: 2}, S: {a: 3}}\nmax_rejects: 5\n");
    ck_assert_str_eq(merged(&ca_cmd_scan, "--config s.yaml", NULL),
                     "config=s.yaml db=s.db(s.yaml:1) rules=etc/rules(s.yaml:3) rules=etc/own.yaml(s.yaml:3) off=A(s.yaml:4) "
                     "off=B(s.yaml:4) set=R.a=1(s.yaml:5) set=R.b=2(s.yaml:5) set=S.a=3(s.yaml:5) max-rejects=5(s.yaml:6) "
                     "quiet=yes(s.yaml:2)");
    ck_assert_str_eq(merged(&ca_cmd_scan, "--db x --off C --rules y --set R.a=9 --max-rejects 7 --quiet=no", "s.yaml"),
                     "db=x off=C rules=y set=R.a=9 max-rejects=7 quiet=no set=R.b=2(s.yaml:5) set=S.a=3(s.yaml:5)");
    ck_assert(!ca_switch(&arguments, "quiet"));
}
END_TEST

START_TEST(a_command_takes_what_it_has_an_option_for)
{
    put("s.yaml", "db: s.db\nformat: json\nrules: etc/rules\nmax_rejects: 5\nprofile: generic\n");
    ck_assert_str_eq(merged(&ca_cmd_show, "", "s.yaml"), "db=s.db(s.yaml:1)");
    ck_assert_str_eq(merged(&ca_cmd_findings, "", "s.yaml"), "db=s.db(s.yaml:1) format=json(s.yaml:2)");
    ck_assert_str_eq(merged(&ca_cmd_runs, "", "s.yaml"), "db=s.db(s.yaml:1) format=json(s.yaml:2)");
    ck_assert_str_eq(merged(&ca_cmd_runs, "--rules 3", "s.yaml"), "rules=3 db=s.db(s.yaml:1) format=json(s.yaml:2)");
    ck_assert_str_eq(merged(&ca_cmd_rules, "", "s.yaml"),
                     "profile=generic(s.yaml:5) rules=etc/rules(s.yaml:3) format=json(s.yaml:2)");
}
END_TEST

START_TEST(relative_paths_start_at_the_file)
{
    put("etc/s.yaml", "db: ../s.db\nwork: /var/tmp/w\nrules: rules\nprofile: own.yaml\n");
    ck_assert_str_eq(merged(&ca_cmd_scan, "", "etc/s.yaml"),
                     "profile=etc/own.yaml(etc/s.yaml:4) db=etc/../s.db(etc/s.yaml:1) work=/var/tmp/w(etc/s.yaml:2) "
                     "rules=etc/rules(etc/s.yaml:3)");
    put("etc/s.yaml", "profile: generic\n");
    ck_assert_str_eq(merged(&ca_cmd_scan, "", "etc/s.yaml"), "profile=generic(etc/s.yaml:1)");
}
END_TEST

START_TEST(every_value_is_checked_whatever_the_command)
{
    put("s.yaml", "max_rejects: many\nmemory: 4T\njobs: 2000\nformat: xml\ndb: ''\nrules: [etc/rules, nowhere]\n"
                  "profile: generc\n");
    ck_assert_str_eq(merged(&ca_cmd_show, "", "s.yaml"),
                     "; s.yaml:7:10: there is no profile 'generc', did you mean 'generic'; shipped are generic"
                     "; s.yaml:5:5: 'db' takes a name, not ''"
                     "; s.yaml:6:20: there is no rule folder or file 'nowhere'"
                     "; s.yaml:1:14: 'max_rejects' takes a count such as 50 or a share such as 1%, not 'many'"
                     "; s.yaml:2:9: 'memory' takes a size such as 512M or 4G, not '4T'"
                     "; s.yaml:3:7: 'jobs' takes a number from 1 to 1024"
                     "; s.yaml:4:9: 'format' is table, csv or json, not 'xml'");
    ck_assert_uint_eq(diags.errors, 7);
}
END_TEST

START_TEST(a_profile_that_is_a_file)
{
    put("s.yaml", "profile: none.yaml\n");
    ck_assert_str_eq(merged(&ca_cmd_show, "", "s.yaml"), "; s.yaml:1:10: there is no profile 'none.yaml'");
}
END_TEST

/* --- What rules hear of it ------------------------------------------------------------------- */

START_TEST(changes_of_rules)
{
    ca_setup_options options;
    put("s.yaml", "only_rules: yes\nrules_off: [A]\nparameters:\n  R: {a: 1}\n");
    ck_assert_int_eq(load(&ca_cmd_scan, "--off B --set R.b=2", "s.yaml"), 0);
    ck_assert_int_eq(ca_rule_options(&cli, &arguments, "p.yaml", &options, &err), 0);
    ck_assert(options.only_rules && options.rule_folder_count == 0);
    ck_assert_str_eq(options.shipped_rules, "share/rules");
    ck_assert_uint_eq(options.change_count, 3);
    const ca_override *said = options.changes;
    ck_assert(ca_text_is(said[0].rule, "B") && said[0].parameter.len == 0 && said[0].line == 0);
    ck_assert_str_eq(said[0].file, "command line");
    ck_assert(ca_text_is(said[1].rule, "R") && ca_text_is(said[1].parameter, "b") && ca_text_is(said[1].value, "2"));
    ck_assert(ca_text_is(said[2].rule, "R") && ca_text_is(said[2].parameter, "a") && said[2].line == 4 &&
              said[2].column == 7);
    ck_assert(!said[2].optional);
}
END_TEST

START_TEST(other_rules_than_the_sites)
{
    ca_setup_options options;
    put("s.yaml", "rules: etc/rules\nrules_off: [A]\n");
    ck_assert_int_eq(load(&ca_cmd_rules, "--rules other --set R.a=1", "s.yaml"), 0);
    ck_assert_int_eq(ca_rule_options(&cli, &arguments, NULL, &options, &err), 0);
    ck_assert(options.rule_folder_count == 1 && options.change_count == 2);
    ck_assert(!options.changes[0].optional);    /* said on the same command line */
    ck_assert(options.changes[1].optional);
}
END_TEST

START_TEST(memory_may_run_out)
{
    int rc = CA_NOMEM;
    put("etc/s.yaml", "db: s.db\nprofile: generic\nmemory: 4T\n");
    for (uint64_t n = 1; rc; n++) {
        ca_arguments some = {.command = &ca_cmd_scan};
        ca_diags said;
        ca_diags_init(&said, &cli.arena);
        ca_alloc_fail(n, 1);
        rc = ca_site_file_load(&cli, "etc/s.yaml", &some, &said, &err);
        ca_alloc_fail(0, 0);
        ca_diags_done(&said);
        ck_assert_msg(rc == 0 || rc == CA_NOMEM, "%d", rc);
        ck_assert_uint_lt(n, 500);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, which_file);
    tcase_add_test(tcase, a_file_that_is_named_must_be_there);
    tcase_add_test(tcase, a_file_that_is_there_must_be_readable);
    tcase_add_test(tcase, the_command_line_wins);
    tcase_add_test(tcase, a_command_takes_what_it_has_an_option_for);
    tcase_add_test(tcase, relative_paths_start_at_the_file);
    tcase_add_test(tcase, every_value_is_checked_whatever_the_command);
    tcase_add_test(tcase, a_profile_that_is_a_file);
    tcase_add_test(tcase, changes_of_rules);
    tcase_add_test(tcase, other_rules_than_the_sites);
    tcase_add_test(tcase, memory_may_run_out);
}

CA_CHECK_MAIN("cli/site_file", add_tests)
