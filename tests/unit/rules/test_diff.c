/* What two versions of a rule say differently. */
#include "rules/diff.h"

#include <string.h>

#include "base/alloc.h"
#include "support/check_main.h"
#include "support/rule_front.h"

static rule_front *old_front;
static rule_front *new_front;
static ca_arena arena;
static ca_buf words;

static void set_up(void)
{
    old_front = rule_front_new();
    new_front = rule_front_new_with("code,from,to\nO80,2015-10-01,2024-09-30\nZ35,2015-10-01,\n");
    ca_arena_init(&arena);
    ca_buf_init(&words);
}

static void tear_down(void)
{
    ca_buf_done(&words);
    ca_arena_done(&arena);
    rule_front_free(new_front);
    rule_front_free(old_front);
}

static const ca_rule *load(rule_front *front, const char *rest)
{
    ca_buf source;
    ca_buf_init(&source);
    ca_buf_printf(&source, "rule: US-0101\nversion: 1\nstatus: draft\nseverity: high\ncategory: eligibility\nmessage: m\n%s", rest);
    const char *said = rule_front_load(front, ca_buf_cstr(&source));
    const ca_rule *rule = rule_front_rule(front);
    ck_assert_msg(rule != NULL, "%s", said);
    ca_buf_done(&source);
    return rule;
}

static const char *differ(const char *before, const char *after)
{
    ca_rule_diff diff;
    const ca_rule *old = load(old_front, before);
    const ca_rule *new = load(new_front, after);
    ck_assert_int_eq(ca_rule_compare(rule_front_set(old_front), old, rule_front_set(new_front), new, &arena, &diff, NULL), 0);
    ca_buf_clear(&words);
    ca_buf_add_cstr(&words, diff.logic ? "logic\n" : "text\n");
    for (size_t i = 0; i < diff.count; i++)
        ca_buf_printf(&words, "%s%s: %s -> %s\n", diff.items[i].logic ? "* " : "", diff.items[i].what,
                      diff.items[i].before ? diff.items[i].before : "nothing", diff.items[i].after ? diff.items[i].after : "nothing");
    return ca_buf_cstr(&words);
}

START_TEST(nothing)
{
    ck_assert_str_eq(differ("title: T\nkind: line\nwhen: units > 1\n", "kind: line\n# a comment\ntitle: T\nwhen: >\n  units\n  > 1\n"),
                     "text\n");
}
END_TEST

START_TEST(texts)
{
    ck_assert_str_eq(differ("title: T\nkind: line\nwhen: units > 1\ntests: [{name: a, lines: x, hits: []}]\nowner: A\n",
                            "title: U\nkind: line\nwhen: units > 1\ntests: [{name: b, lines: x, hits: []}]\ntitle@de: V\n"),
                     "text\ntitle: T -> U\ntests: 1 -> 1\nowner: A -> nothing\ntitle@de: nothing -> V\n");
}
END_TEST

START_TEST(conditions)
{
    ck_assert_str_eq(differ("title: T\nkind: line\nwhere: sex = 'M'\nwhen: units > 1 and paid > 1\n",
                            "title: T\nkind: line\nwhen: paid > 1 and units >= 1 and not (charge > 2)\n"),
                     "logic\n* where: sex = 'M' -> nothing\n* when: units > 1 -> nothing\n* when: nothing -> units >= 1\n"
                     "* when: nothing -> charge > 2\n");
    ck_assert_str_eq(differ("title: T\nkind: line\nwhen: units > 1 and paid > 1\n", "title: T\nkind: line\nwhen: units > 1 or paid > 1\n"),
                     "logic\n* when: units > 1 and paid > 1 -> units > 1 or paid > 1\n");
}
END_TEST

START_TEST(parameters)
{
    ck_assert_str_eq(differ("title: T\nkind: line\nparameters: {cap: 1, old: 2}\nwhen: units > cap and paid > old\n",
                            "title: T\nkind: line\nparameters: {cap: 3, new: 2}\nwhen: units > cap and paid > new\n"),
                     "logic\n* parameter cap: 1 -> 3\n* parameter old: 2 -> nothing\n* parameter new: nothing -> 2\n"
                     "* when: paid > old -> nothing\n* when: nothing -> paid > new\n");
}
END_TEST

START_TEST(exceptions)
{
    ck_assert_str_eq(differ("title: T\nkind: line\nwhen: units > 1\nunless: [{name: a, when: paid > 1, reason: x}, {name: b, when: paid > 2, reason: x}]\n",
                            "title: T\nkind: line\nwhen: units > 1\nunless: [{name: a, when: paid > 1, reason: other}, {name: c, when: paid > 3, reason: x}]\n"),
                     "logic\n* unless b: paid > 2 -> nothing\n* unless c: nothing -> paid > 3\nreason of a: x -> other\n");
}
END_TEST

START_TEST(keys_and_kinds)
{
    ck_assert_str_eq(differ("title: T\nkind: window\nper: [patient_id, drug]\nwithin: rolling 30 days\nwhen: sum(units) > 1\n",
                            "title: T\nkind: window\nper: [patient_id]\nwithin: month\nwhen: sum(units) > 1\nsettle: 10 days\neffective: 2024-01-01 .. open\nrows: all\n"),
                     "logic\n* per: [patient_id, drug] -> [patient_id]\n* within: rolling 30 days -> month\n* settle: 60 days -> 10 days\n"
                     "* effective: nothing -> 2024-01-01 .. open on service_date\n* rows: live -> all\n");
    ck_assert_str_eq(differ("title: T\nkind: line\nwhen: units > 1\nexposure: paid\n", "title: T\nkind: line\nwhen: units > 1\nexposure: paid - charge\n"),
                     "logic\n* exposure: paid -> paid - charge\n");
    ck_assert_ptr_nonnull(strstr(differ("title: T\nkind: claim\nwhen: any(units > 1)\n", "title: T\nkind: line\nwhen: units > 1\n"), "* kind: claim -> line\n"));
}
END_TEST

START_TEST(sets)
{
    ck_assert_str_eq(differ("title: T\nkind: line\nwhen: diagnoses overlaps set female_dx\n", "title: T\nkind: line\nwhen: diagnoses overlaps set female_dx\n"),
                     "logic\n* set female_dx: 2 rows -> as many, of which some are others\n");
}
END_TEST

START_TEST(memory_may_run_out)
{
    const ca_rule *old = load(old_front, "title: T\nkind: line\nwhere: sex = 'M'\nwhen: units > 1 and paid > 1\n");
    const ca_rule *new = load(new_front, "title: U\nkind: line\nwhen: units > 2 and paid > 1\n");
    int code = CA_NOMEM;
    for (uint64_t n = 1; code == CA_NOMEM && n < 200; n++) {
        ca_arena room;
        ca_rule_diff diff = {0};
        ca_arena_init(&room);
        ca_alloc_fail(n, 1);
        code = ca_rule_compare(rule_front_set(old_front), old, rule_front_set(new_front), new, &room, &diff, NULL);
        ca_alloc_fail(0, 0);
        ck_assert(code == CA_NOMEM || (code == 0 && diff.count == 4));
        ca_arena_done(&room);
    }
    ck_assert_int_eq(code, 0);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, nothing);
    tcase_add_test(tcase, texts);
    tcase_add_test(tcase, conditions);
    tcase_add_test(tcase, parameters);
    tcase_add_test(tcase, exceptions);
    tcase_add_test(tcase, keys_and_kinds);
    tcase_add_test(tcase, sets);
    tcase_add_test(tcase, memory_may_run_out);
}

CA_CHECK_MAIN("rules/diff", add_tests)
