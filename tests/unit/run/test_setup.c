/* Tests of run/setup.c and setup_notes.c: what a site changes of the rules, in a small world in memory. */
#include "run/setup.h"

#include <string.h>

#include "base/alloc.h"
#include "support/check_main.h"
#include "support/night.h"

static night n;
static ca_setup setup;
static ca_setup_options options;

#define WORD(literal) {literal, sizeof(literal) - 1}

static const ca_override changes[] = {
    {.rule = WORD("CORE-0002"), .file = "site.yaml", .line = 7, .column = 3},
    {.rule = WORD("CORE-0001"), .parameter = WORD("most"), .value = WORD("-4"), .file = "site.yaml", .line = 9},
    {.rule = WORD("CORE-0003"), .file = "command line"},
    {.rule = WORD("CORE-0009"), .file = "site.yaml", .line = 12, .optional = true}};

static void open_night(void)
{
    night_init(&n);
    night_rule(&n, "CORE-0001", "line", "units <= most", "parameters: {most: 0}\n");
    night_rule(&n, "CORE-0002", "line", "units < 7", "");
    night_rule(&n, "CORE-0003", "line", "units = 7", "");
    options = (ca_setup_options){.disk = n.options.disk,
                                 .profile = n.options.profile,
                                 .shipped_rules = n.options.shipped_rules,
                                 .changes = changes,
                                 .change_count = 4};
}

static void close_night(void)
{
    ca_setup_done(&setup);
    night_done(&n);
}

/* The notes, one a line; or what is wrong. */
static const char *notes(void)
{
    const char *all = "";
    int rc = ca_setup_load(&options, &n.arena, &n.diags, &setup, &n.err);
    if (rc) {
        return night_said(&n);
    }
    for (size_t i = 0; i < setup.note_count; i++) {
        all = ca_arena_printf(&n.arena, "%s%s\n", all, setup.notes[i]);
    }
    return all;
}

START_TEST(nothing_changed_is_nothing_said)
{
    options.change_count = 0;
    ck_assert_str_eq(notes(), "");
    ck_assert_str_eq(setup.settings_json, "");
}
END_TEST

START_TEST(rules_off_and_parameters)
{
    ck_assert_str_eq(notes(),
                     "rules switched off: CORE-0002 (site.yaml:7), CORE-0003 (command line)\n"
                     "CORE-0001: most = -4 (site.yaml:9)\n"
                     "rule CORE-0009 is not loaded: what is said of it (site.yaml:12) changes nothing\n");
    ck_assert_str_eq(setup.settings_json,
                     ",\"rules_off\":[\"CORE-0002\",\"CORE-0003\"],\"parameters\":{\"CORE-0001.most\":\"-4\"}");
    ck_assert_int_eq(setup.rules->rules[1]->status, CA_RULE_OFF);
    ck_assert(setup.rules->rules[0]->parameters[0].overridden);
}
END_TEST

START_TEST(sets_of_the_site)
{
    static const char *const folder[] = {"site"};
    night_put(&n, "rules/core/sets.yaml", "sets:\n  a: {family: diagnosis, codes: [icd10cm:A1]}\n"
                                          "  b: {family: diagnosis, bind: site}\n"
                                          "tables:\n  t: {file: t.csv, keys: [k int]}\n");
    night_put(&n, "rules/core/t.csv", "k\n1\n");
    night_put(&n, "site/sets.yaml", "sets:\n  a: {family: diagnosis, codes: [icd10cm:A2]}\n"
                                    "  b: {family: diagnosis, codes: [icd10cm:A2]}\n"
                                    "tables:\n  t: {file: t.csv, keys: [k int]}\n");
    night_put(&n, "site/t.csv", "k\n2\n");
    options.rule_folders = folder;
    options.rule_folder_count = 1;
    options.change_count = 0;
    ck_assert_str_eq(notes(), "set a is the site's own, in place of the shipped one\n"
                              "table t is the site's own, in place of the shipped one\n");
}
END_TEST

START_TEST(a_change_of_what_is_not_there)
{
    static const ca_override wrong[] = {
        {.rule = WORD("CORE-0008"), .file = "site.yaml", .line = 7, .column = 3},
        {.rule = WORD("CORE-0001"), .parameter = WORD("mots"), .value = WORD("4"), .file = "site.yaml", .line = 9,
         .column = 5}};
    options.changes = wrong;
    options.change_count = 2;
    const char *said = notes();
    ck_assert_msg(strstr(said, "there is no rule 'CORE-0008' among those that are loaded; did you mean 'CORE-0001'?"),
                  "%s", said);
    ck_assert_msg(strstr(said, "the rule CORE-0001 has no parameter 'mots'; did you mean 'most'?"), "%s", said);
}
END_TEST

/* One site file for profiles of several jurisdictions. */
START_TEST(a_shipped_rule_that_is_not_loaded)
{
    static const ca_override other[] = {{.rule = WORD("DE-0001"), .file = "site.yaml", .line = 7, .column = 3},
                                        {.rule = WORD("DE-0002"), .file = "site.yaml", .line = 8, .column = 3},
                                        {.rule = WORD("../core/CORE-0001"), .file = "site.yaml", .line = 9, .column = 3}};
    night_put(&n, "rules/de/DE-0001.yaml", "");
    options.changes = other;
    options.change_count = 1;
    ck_assert_str_eq(notes(), "rule DE-0001 is not loaded: what is said of it (site.yaml:7) changes nothing\n");
    ck_assert_str_eq(setup.settings_json, "");
    ca_setup_done(&setup);
    options.change_count = 3;
    const char *said = notes();
    ck_assert_msg(strstr(said, "there is no rule 'DE-0002'") && strstr(said, "there is no rule '../core/CORE-0001'"), "%s",
                  said);
}
END_TEST

START_TEST(rules_that_are_off_find_nothing)
{
    night_put(&n, "claims.csv", "claim_id,claim_type,line_no,units,paid\nA,professional,1,0,5\nB,professional,1,7,5\n");
    n.options.changes = changes;
    n.options.change_count = 4;
    ck_assert_msg(night_scan(&n, "claims.csv") == 0, "%s", night_said(&n));
    ck_assert_int_eq((int)n.summary.findings, 0);
    ck_assert(!n.summary.rules[0].off && n.summary.rules[1].off && n.summary.rules[2].off);
    ck_assert_str_eq(n.summary.notes[0], "rules switched off: CORE-0002 (site.yaml:7), CORE-0003 (command line)");
    ck_assert_str_eq(night_ask(&n, "SELECT rule_id, status, offered FROM v_rule_stats ORDER BY 1"),
                     "CORE-0001|active|2\nCORE-0002|off|0\nCORE-0003|off|0\n");
    ck_assert_str_eq(night_ask(&n, "SELECT settings ->> '$.parameters.\"CORE-0001.most\"', settings ->> '$.rules_off[1]' FROM run"),
                     "-4|CORE-0003\n");
}
END_TEST

START_TEST(memory_may_run_out)
{
    int rc = CA_NOMEM;
    for (uint64_t i = 1; rc; i++) {
        ca_arena arena;
        ca_diags diags;
        ca_arena_init(&arena);
        ca_diags_init(&diags, &arena);
        ca_alloc_fail(i, 1);
        rc = ca_setup_load(&options, &arena, &diags, &setup, &n.err);
        ca_alloc_fail(0, 0);
        ck_assert_msg(rc == 0 || rc == CA_NOMEM, "%d at %llu", rc, (unsigned long long)i);
        ca_setup_done(&setup);
        ca_diags_done(&diags);
        ca_arena_done(&arena);
    }
    memset(&setup, 0, sizeof setup);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, open_night, close_night);
    tcase_add_test(tcase, nothing_changed_is_nothing_said);
    tcase_add_test(tcase, rules_off_and_parameters);
    tcase_add_test(tcase, sets_of_the_site);
    tcase_add_test(tcase, a_change_of_what_is_not_there);
    tcase_add_test(tcase, a_shipped_rule_that_is_not_loaded);
    tcase_add_test(tcase, rules_that_are_off_find_nothing);
    tcase_add_test(tcase, memory_may_run_out);
}

CA_CHECK_MAIN("run/setup", add_tests)
