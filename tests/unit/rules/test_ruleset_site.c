/* What a site says of rules: switched off, parameters, and what is not there. */
#include "rules/ruleset.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "support/check_main.h"
#include "support/rule_front.h"

static rule_front *front;
static ca_ruleset *set;
static ca_diags diags;
static ca_arena texts;
static ca_buf words;

static void open_front(void)
{
    front = rule_front_new();
    set = rule_front_set(front);
    ca_arena_init(&texts);
    ca_diags_init(&diags, &texts);
    ca_buf_init(&words);
}

static void close_front(void)
{
    ca_buf_done(&words);
    ca_diags_done(&diags);
    ca_arena_done(&texts);
    rule_front_free(front);
}

static void add(const char *path, const char *parameters, const char *when, bool replace)
{
    char text[600];
    const char *id = strrchr(path, '/') + 1;
    snprintf(text, sizeof(text),
             "rule: %.7s\nversion: 1\ntitle: T\nstatus: active\nseverity: high\ncategory: eligibility\nkind: line\n"
             "parameters: %s\nwhen: %s\nmessage: '{claim_id}'\n",
             id, parameters, when);
    ck_assert_int_eq(ca_ruleset_add_source(set, path, ca_text_of(text), replace, &diags, NULL), 0);
}

static void say(const char *rule, const char *parameter, const char *value, uint32_t line)
{
    ca_override said = {.rule = ca_text_of(rule),
                        .parameter = ca_text_of(parameter),
                        .value = ca_text_of(value),
                        .file = "site.yaml",
                        .line = line,
                        .column = 3};
    ck_assert_int_eq(ca_ruleset_change(set, &said, NULL), 0);
}

/* Ids with their statuses, then what was said. */
static const char *finish(void)
{
    ck_assert_int_eq(ca_ruleset_finish(set, &diags, NULL), 0);
    ca_buf_clear(&words);
    for (size_t i = 0; i < set->count; i++)
        ca_buf_printf(&words, "%s %s\n", set->rules[i]->id,
                      ca_rule_status_name(set->rules[i]->status));
    for (size_t i = 0; i < diags.count; i++)
        ca_buf_printf(&words, "%s:%u:%u: %s\n", diags.items[i].file, (unsigned)diags.items[i].line,
                      (unsigned)diags.items[i].column, diags.items[i].text);
    return ca_buf_cstr(&words);
}

START_TEST(a_rule_is_switched_off)
{
    say("US-0102", "", "", 4);
    add("us/US-0101.yaml", "{limit: 5}", "paid > limit", false);
    add("us/US-0102.yaml", "{limit: 5}", "paid > limit + 1", false);
    ck_assert_str_eq(finish(), "US-0101 active\nUS-0102 off\n");
    ck_assert(set->overrides[0].used);
}
END_TEST

/* A site that replaces a rule by a copy under its own name switches the shipped one off: no warning of twins. */
START_TEST(a_rule_that_is_off_is_nobodys_twin)
{
    say("US-0101", "", "", 4);
    add("us/US-0101.yaml", "{limit: 5}", "paid > limit", false);
    add("us/US-0102.yaml", "{limit: 5}", "paid > limit", false);
    ck_assert_str_eq(finish(), "US-0101 off\nUS-0102 active\n");
}
END_TEST

START_TEST(what_is_not_there)
{
    say("US-0110", "", "", 4);
    say("XX-9999", "limit", "1", 5);
    say("XX-9999", "other", "1", 6);
    say("US-0101", "limt", "1", 7);
    say("US-0101", "wombat", "1", 8);
    say("US-0101", "limit", "many", 9);
    say("US-0101", "since", "5", 10);
    say("US-0102", "limit", "5", 11);
    add("us/US-0101.yaml", "{limit: 5, since: 2020-01-01}", "paid > limit and service_date > since", false);
    add("us/US-0102.yaml", "{}", "paid > 77", false);
    ck_assert_str_eq(finish(),
                     "US-0101 active\nUS-0102 active\n"
                     "site.yaml:4:3: there is no rule 'US-0110' among those that are loaded; did you mean 'US-0101'?\n"
                     "site.yaml:5:3: there is no rule 'XX-9999' among those that are loaded\n"
                     "site.yaml:7:3: the rule US-0101 has no parameter 'limt'; did you mean 'limit'?\n"
                     "site.yaml:8:3: the rule US-0101 has no parameter 'wombat'; its first one is 'limit'\n"
                     "site.yaml:9:3: the parameter 'limit' of the rule US-0101 is a number, not 'many'\n"
                     "site.yaml:10:3: the parameter 'since' of the rule US-0101 is a date such as 2020-12-31, not '5'\n"
                     "site.yaml:11:3: the rule US-0102 has no parameters\n");
    ck_assert_uint_eq(diags.errors, 7);
}
END_TEST

START_TEST(a_rule_with_errors_is_not_missing)
{
    say("US-0101", "", "", 4);
    add("us/US-0101.yaml", "{limit: 5}", "payd > limit", false);
    ck_assert_str_eq(finish(), "us/US-0101.yaml:9:7: unknown column 'payd'; did you mean 'paid'?\n");
}
END_TEST

START_TEST(other_packs_than_the_sites)
{
    ca_override said = {.rule = CA_TEXT("XX-9999"), .file = "site.yaml", .optional = true};
    ck_assert_int_eq(ca_ruleset_change(set, &said, NULL), 0);
    ck_assert_str_eq(finish(), "site.yaml:0:0: there is no rule 'XX-9999' among those that are loaded\n");
    ck_assert_uint_eq(diags.errors, 0);
    ck_assert(!set->overrides[0].used);
}
END_TEST

/* The rule that stands in the place of another is asked, not the other. */
START_TEST(a_rule_of_the_sites_own_has_its_own_parameters)
{
    say("US-0101", "limit", "9", 4);
    add("us/US-0101.yaml", "{limit: 5}", "paid > limit", false);
    add("site/US-0101.yaml", "{most: 5}", "paid > most", true);
    ck_assert_str_eq(finish(), "US-0101 active\n"
                               "site.yaml:4:3: the rule US-0101 has no parameter 'limit'; its first one is 'most'\n");
}
END_TEST

START_TEST(a_value_changes_the_logic)
{
    uint8_t before[32];
    add("us/US-0101.yaml", "{limit: 5}", "paid > limit", false);
    memcpy(before, set->rules[0]->logic_hash, sizeof(before));
    say("US-0101", "limit", "6", 4);
    add("site/US-0101.yaml", "{limit: 5}", "paid > limit", true);
    ck_assert(set->rules[0]->parameters[0].overridden);
    ck_assert_int_ne(memcmp(before, set->rules[0]->logic_hash, sizeof(before)), 0);
    ck_assert_str_eq(finish(), "US-0101 active\n");
}
END_TEST

START_TEST(memory_may_run_out)
{
    bool finished = false;
    for (uint64_t n = 1; !finished; n++) {
        ca_override said[] = {{.rule = CA_TEXT("US-0110"), .file = "a"},
                              {.rule = CA_TEXT("US-0101"), .parameter = CA_TEXT("x"), .file = "b"}};
        ca_error err = {0};
        int code = 0;
        rule_front_empty(front);
        set = rule_front_set(front);
        ca_diags_done(&diags);
        ca_diags_init(&diags, &texts);
        add("us/US-0101.yaml", "{limit: 5}", "paid > limit", false);
        ca_alloc_fail(n, 1);
        for (size_t i = 0; code == 0 && i < 2; i++)
            code = ca_ruleset_change(set, &said[i], &err);
        if (code == 0)
            code = ca_ruleset_finish(set, &diags, &err);
        ca_alloc_fail(0, 0);
        finished = code == 0;
        if (!finished)
            ck_assert_int_eq(code, CA_NOMEM);
        ck_assert_uint_lt(n, 200);
    }
    ck_assert_uint_gt(diags.errors, 0);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, open_front, close_front);
    tcase_add_test(tcase, a_rule_is_switched_off);
    tcase_add_test(tcase, a_rule_that_is_off_is_nobodys_twin);
    tcase_add_test(tcase, what_is_not_there);
    tcase_add_test(tcase, a_rule_with_errors_is_not_missing);
    tcase_add_test(tcase, other_packs_than_the_sites);
    tcase_add_test(tcase, a_rule_of_the_sites_own_has_its_own_parameters);
    tcase_add_test(tcase, a_value_changes_the_logic);
    tcase_add_test(tcase, memory_may_run_out);
}

CA_CHECK_MAIN("rules/ruleset_site", add_tests)
