/* Packs of rules: folders, replacing, duplicates, overrides, twins, order. */
#include "support/check_main.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "support/memdisk.h"
#include "support/rule_front.h"

static rule_front *front;
static memdisk *memory;
static ca_diags diags;
static ca_arena texts;
static ca_buf words;

static void open_front(void)
{
    front = rule_front_new();
    memory = memdisk_new();
    ca_arena_init(&texts);
    ca_diags_init(&diags, &texts);
    ca_buf_init(&words);
}

static void close_front(void)
{
    ca_buf_done(&words);
    ca_diags_done(&diags);
    ca_arena_done(&texts);
    memdisk_free(memory);
    rule_front_free(front);
}

static const char *rule_text(char text[600], const char *id, const char *title, const char *when)
{
    snprintf(
        text, 600,
        "rule: %s\nversion: 1\ntitle: %s\nstatus: active\nseverity: high\ncategory: eligibility\nkind: line\n"
        "parameters: {limit: 5, since: 2020-01-01, who: 'P1'}\nwhen: %s and paid > limit and service_date > since "
        "and patient_id = who\nmessage: '{claim_id}'\n",
        id, title, when);
    return text;
}

static void put(const char *path, const char *id, const char *title, const char *when)
{
    char text[600];
    rule_text(text, id, title, when);
    memdisk_put(memory, path, text, strlen(text));
}

static void put_text(const char *path, const char *text)
{
    memdisk_put(memory, path, text, strlen(text));
}

static int add_folder(const char *path, bool replace)
{
    return ca_ruleset_add_folder(rule_front_set(front), memdisk_disk(memory), path, replace, &diags,
                                 NULL);
}

static int add_source(const char *id, const char *when)
{
    char text[600];
    char path[40];
    snprintf(path, sizeof(path), "%s.yaml", id);
    return ca_ruleset_add_source(rule_front_set(front), path,
                                 ca_text_of(rule_text(text, id, "T", when)), false, &diags, NULL);
}

/* Ids with titles, then what was said. */
static const char *state(void)
{
    const ca_ruleset *set = rule_front_set(front);
    ca_buf_clear(&words);
    for (size_t i = 0; i < set->count; i++)
        ca_buf_printf(&words, "%s %s\n", set->rules[i]->id, set->rules[i]->title);
    for (size_t i = 0; i < set->replaced_count; i++)
        ca_buf_printf(&words, "replaced %.*s\n", (int)set->replaced[i].len, set->replaced[i].ptr);
    for (size_t i = 0; i < diags.count; i++)
        ca_buf_printf(&words, "%s:%u:%u: %s\n", diags.items[i].file, (unsigned)diags.items[i].line,
                      (unsigned)diags.items[i].column, diags.items[i].text);
    return ca_buf_cstr(&words);
}

START_TEST(a_folder_with_everything)
{
    put("rules/us/US-0102.yaml", "US-0102", "two", "units > 2");
    put("rules/us/US-0101.yaml", "US-0101", "one", "units > 1");
    put("rules/core/CORE-0101.yaml", "CORE-0101", "core", "units > 3");
    put("rules/deep/er/AB-0001.yaml", "AB-0001", "deep", "units > 4");
    put_text("rules/us/sets.yaml", "not a rule: [");
    put_text("rules/vocabulary.yaml", "not a rule: [");
    put_text("rules/us/codes.csv", "code\n");
    put_text("rules/us/US-01.yaml", "x");
    put_text("rules/us/US-0103.yml", "x");
    put_text("rules/us/.hidden.yaml", "x");
    put_text("rules/.git/US-0199.yaml", "x");
    put_text("rules/README.md", "x");
    ck_assert_int_eq(add_folder("rules/", false), 0);
    ck_assert_int_eq(ca_ruleset_finish(rule_front_set(front), &diags, NULL), 0);
    ck_assert_str_eq(
        state(),
        "AB-0001 deep\nCORE-0101 core\nUS-0101 one\nUS-0102 two\n"
        "rules/us/US-01.yaml:0:0: this file is not read: a rule file is called as its rule, as in "
        "US-0101.yaml\n"
        "rules/us/US-0103.yml:0:0: this file is not read: a rule file is called as its rule, as in "
        "US-0101.yaml\n");
    ck_assert_str_eq(ca_ruleset_find(rule_front_set(front), CA_TEXT("US-0101"))->pack, "rules");
    ck_assert_str_eq(ca_ruleset_find(rule_front_set(front), CA_TEXT("US-0101"))->file->path,
                     "rules/us/US-0101.yaml");
    ck_assert_ptr_null(ca_ruleset_find(rule_front_set(front), CA_TEXT("US-9999")));
    ck_assert_uint_eq(diags.errors, 0);
}
END_TEST

START_TEST(errors_of_all_files_in_one_run)
{
    put("rules/US-0101.yaml", "US-0101", "one", "unitz > 1");
    put("rules/US-0102.yaml", "US-0102", "two", "units > 1");
    put("rules/US-0103.yaml", "US-0103", "three", "unitz > 1");
    ck_assert_int_eq(add_folder("rules", false), 0);
    ck_assert_str_eq(state(),
                     "US-0102 two\n"
                     "rules/US-0101.yaml:9:7: unknown column 'unitz'; did you mean 'units'?\n"
                     "rules/US-0103.yaml:9:7: unknown column 'unitz'; did you mean 'units'?\n");
}
END_TEST

START_TEST(a_later_pack_replaces)
{
    put("rules/US-0101.yaml", "US-0101", "shipped", "units > 1");
    put("rules/US-0102.yaml", "US-0102", "shipped", "units > 2");
    put("site/US-0101.yaml", "US-0101", "own", "units > 3");
    put("site/SITE-0001.yaml", "SITE-0001", "own", "units > 4");
    ck_assert_int_eq(add_folder("rules", false), 0);
    ck_assert_int_eq(add_folder("site", true), 0);
    ck_assert_int_eq(ca_ruleset_finish(rule_front_set(front), &diags, NULL), 0);
    ck_assert_str_eq(state(), "SITE-0001 own\nUS-0101 own\nUS-0102 shipped\nreplaced US-0101\n");
}
END_TEST

START_TEST(the_same_id_twice)
{
    put("rules/a/US-0101.yaml", "US-0101", "one", "units > 1");
    put("rules/b/US-0101.yaml", "US-0101", "two", "units > 2");
    ck_assert_int_eq(add_folder("rules", true), 0); /* one pack cannot replace its own rules */
    ck_assert_str_eq(
        state(),
        "US-0101 one\n"
        "rules/b/US-0101.yaml:1:7: the rule US-0101 is already defined in rules/a/US-0101.yaml\n");
    rule_front_empty(front);
    ca_diags_done(&diags);
    put("other/US-0101.yaml", "US-0101", "three", "units > 3");
    ck_assert_int_eq(add_folder("other", false), 0);
    ck_assert_int_eq(add_folder("rules/a", false), 0);
    ck_assert_str_eq(
        state(),
        "US-0101 three\n"
        "rules/a/US-0101.yaml:1:7: the rule US-0101 is already defined in other/US-0101.yaml\n");
}
END_TEST

START_TEST(a_file_of_its_own)
{
    put("tmp/US-0101.yaml", "US-0101", "one", "units > 1");
    ca_error err = {0};
    ck_assert_int_eq(ca_ruleset_add_file(rule_front_set(front), memdisk_disk(memory),
                                         "tmp/US-0101.yaml", false, &diags, &err),
                     0);
    ck_assert_str_eq(state(), "US-0101 one\n");
    ck_assert_str_eq(rule_front_set(front)->rules[0]->pack, "tmp");
    ck_assert_int_eq(ca_ruleset_add_file(rule_front_set(front), memdisk_disk(memory),
                                         "tmp/US-0102.yaml", false, &diags, &err),
                     CA_FAIL);
    ck_assert_str_eq(err.file, "tmp/US-0102.yaml");
    ck_assert_int_eq(ca_ruleset_add_folder(rule_front_set(front), memdisk_disk(memory), "nowhere",
                                           false, &diags, &err),
                     CA_FAIL);
}
END_TEST

START_TEST(folders_have_a_depth)
{
    ca_error err = {0};
    put("d/1/2/3/4/5/6/7/8/US-0101.yaml", "US-0101", "one", "units > 1");
    ck_assert_int_eq(add_folder("d", false), 0);
    ck_assert_str_eq(state(), "US-0101 one\n");
    put("d/1/2/3/4/5/6/7/8/9/US-0102.yaml", "US-0102", "two", "units > 2");
    ck_assert_int_eq(
        ca_ruleset_add_folder(rule_front_set(front), memdisk_disk(memory), "d", true, &diags, &err),
        CA_LIMIT);
    ck_assert_str_eq(err.text, "the folders of this pack are nested more than 8 deep");
}
END_TEST

START_TEST(overrides)
{
    ca_ruleset *set = rule_front_set(front);
    ck_assert_int_eq(
        ca_ruleset_override(set, CA_TEXT("US-0101"), CA_TEXT("limit"), CA_TEXT("7.5"), NULL), 0);
    ck_assert_int_eq(
        ca_ruleset_override(set, CA_TEXT("US-0101"), CA_TEXT("since"), CA_TEXT("2021-02-03"), NULL),
        0);
    ck_assert_int_eq(
        ca_ruleset_override(set, CA_TEXT("US-0101"), CA_TEXT("who"), CA_TEXT("12"), NULL), 0);
    ck_assert_int_eq(add_source("US-0101", "units > 1"), 0);
    ck_assert_int_eq(add_source("US-0102", "units > 1"), 0);
    ck_assert_int_eq(ca_ruleset_finish(set, &diags, NULL), 0);
    ck_assert_uint_eq(diags.count, 0);
    const ca_rule *rule = set->rules[0];
    const ca_node *when = rule->when;
    ck_assert(rule->parameters[0].overridden && rule->parameters[1].overridden &&
              rule->parameters[2].overridden);
    ck_assert_int_eq(
        (int)(when->args[1]->args[1]->number.n * 10 / when->args[1]->args[1]->number.d), 75);
    char date[CA_DATE_SIZE];
    ca_date_print(when->args[2]->args[1]->date, date);
    ck_assert_str_eq(date, "2021-02-03");
    ck_assert(ca_text_is(when->args[3]->args[1]->text, "12"));
    ck_assert(!set->rules[1]->parameters[0].overridden);
    ck_assert_int_ne(memcmp(rule->logic_hash, set->rules[1]->logic_hash, 32), 0);
}
END_TEST

START_TEST(wrong_overrides)
{
    ca_ruleset *set = rule_front_set(front);
    ca_ruleset_override(set, CA_TEXT("US-0101"), CA_TEXT("limit"), CA_TEXT("many"), NULL);
    ca_ruleset_override(set, CA_TEXT("US-0101"), CA_TEXT("since"), CA_TEXT("7"), NULL);
    ca_ruleset_override(set, CA_TEXT("US-0102"), CA_TEXT("limt"), CA_TEXT("7"), NULL);
    ca_ruleset_override(set, CA_TEXT("US-0199"), CA_TEXT("limit"), CA_TEXT("7"), NULL);
    add_source("US-0101", "units > 1");
    add_source("US-0102", "units > 2");
    ck_assert_int_eq(ca_ruleset_finish(set, &diags, NULL), 0);
    ck_assert_str_eq(
        state(),
        "US-0101 T\nUS-0102 T\n"
        ":0:0: the parameter 'limit' of the rule US-0101 is a number, not 'many'\n"
        ":0:0: the parameter 'since' of the rule US-0101 is a date such as 2020-12-31, not '7'\n"
        ":0:0: the rule US-0102 has no parameter 'limt'; did you mean 'limit'?\n"
        ":0:0: there is no rule 'US-0199' among those that are loaded; did you mean 'US-0101'?\n");
    ck_assert_uint_eq(diags.errors, 4);
}
END_TEST

START_TEST(twins_are_noticed)
{
    add_source("US-0103", "units > 1");
    add_source("US-0101", "units > 1");
    add_source("US-0102", "units > 2");
    ck_assert_int_eq(ca_ruleset_finish(rule_front_set(front), &diags, NULL), 0);
    ck_assert_str_eq(state(),
                     "US-0101 T\nUS-0102 T\nUS-0103 T\n"
                     "US-0103.yaml:1:1: US-0103 decides exactly as US-0101; retire one of them\n");
    ck_assert_uint_eq(diags.errors, 0);
}
END_TEST

START_TEST(many_rules_in_order)
{
    char id[12];
    char when[40];
    for (int i = 0; i < 200; i++) {
        snprintf(id, sizeof(id), "US-%04d", i * 37 % 200);
        snprintf(when, sizeof(when), "units > %d", i);
        ck_assert_int_eq(add_source(id, when), 0);
    }
    ck_assert_int_eq(ca_ruleset_finish(rule_front_set(front), &diags, NULL), 0);
    ck_assert_uint_eq(rule_front_set(front)->count, 200);
    for (size_t i = 0; i < 200; i++) {
        snprintf(id, sizeof(id), "US-%04u", (unsigned)i);
        ck_assert_str_eq(rule_front_set(front)->rules[i]->id, id);
    }
}
END_TEST

START_TEST(memory_may_run_out)
{
    put("rules/US-0101.yaml", "US-0101", "one", "units > 1");
    put("rules/us/US-0102.yaml", "US-0102", "two", "unitz > 2");
    put("site/US-0101.yaml", "US-0101", "own", "units > 3");
    bool finished = false;
    for (uint64_t n = 1; !finished; n++) {
        ca_error err = {0};
        rule_front_empty(front);
        ca_diags_done(&diags);
        ca_arena_reset(&texts);
        ca_ruleset *set = rule_front_set(front);
        ca_alloc_fail(n, 1);
        int code = ca_ruleset_override(set, CA_TEXT("US-0101"), CA_TEXT("who"), CA_TEXT("x"), &err);
        if (code == 0)
            code = ca_ruleset_add_folder(set, memdisk_disk(memory), "rules", false, &diags, &err);
        if (code == 0)
            code = ca_ruleset_add_folder(set, memdisk_disk(memory), "site", true, &diags, &err);
        if (code == 0)
            code = ca_ruleset_finish(set, &diags, &err);
        ca_alloc_fail(0, 0);
        finished = code == 0;
        if (!finished)
            ck_assert_int_eq(code, CA_NOMEM);
        ck_assert_uint_lt(n, 2000);
    }
    ck_assert_str_eq(state(),
                     "US-0101 own\nreplaced US-0101\n"
                     "rules/us/US-0102.yaml:9:7: unknown column 'unitz'; did you mean 'units'?\n");
}
END_TEST

START_TEST(new_may_fail)
{
    ca_ruleset *set = NULL;
    ca_error err = {0};
    ca_alloc_fail(1, 1);
    ck_assert_int_eq(ca_ruleset_new(NULL, NULL, NULL, NULL, &set, &err), CA_NOMEM);
    ca_alloc_fail(0, 0);
    ck_assert_ptr_null(set);
    ca_ruleset_free(NULL);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, open_front, close_front);
    tcase_add_test(tcase, a_folder_with_everything);
    tcase_add_test(tcase, errors_of_all_files_in_one_run);
    tcase_add_test(tcase, a_later_pack_replaces);
    tcase_add_test(tcase, the_same_id_twice);
    tcase_add_test(tcase, a_file_of_its_own);
    tcase_add_test(tcase, folders_have_a_depth);
    tcase_add_test(tcase, overrides);
    tcase_add_test(tcase, wrong_overrides);
    tcase_add_test(tcase, twins_are_noticed);
    tcase_add_test(tcase, many_rules_in_order);
    tcase_add_test(tcase, memory_may_run_out);
    tcase_add_test(tcase, new_may_fail);
}

CA_CHECK_MAIN("rules/ruleset", add_tests)
