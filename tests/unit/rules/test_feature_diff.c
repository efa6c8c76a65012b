/* What two versions of a feature say differently. */
#include "rules/diff.h"

#include <string.h>

#include "base/alloc.h"
#include "support/check_main.h"
#include "support/feature_front.h"

static feature_front old_front;
static feature_front new_front;
static ca_arena arena;
static ca_buf words;

static void set_up(void)
{
    feature_front_begin(&old_front);
    feature_front_begin(&new_front);
    rule_front_free(new_front.world);
    new_front.world = rule_front_new_with("code,from,to\nO80,2015-10-01,2024-09-30\nZ35,2015-10-01,\nZ36,2015-10-01,\n");
    ca_arena_init(&arena);
    ca_buf_init(&words);
}

static void tear_down(void)
{
    ca_buf_done(&words);
    ca_arena_done(&arena);
    feature_front_end(&new_front);
    feature_front_end(&old_front);
}

static const ca_feature *load(feature_front *front, const char *keys)
{
    const char *said = feature_front_with(front, keys);
    ck_assert_msg(strstr(said, "error") == NULL, "%s", said);
    return feature_front_only(front);
}

static const char *differ(const char *before, const char *after)
{
    ca_rule_diff diff;
    const ca_feature *old = load(&old_front, before);
    const ca_feature *new = load(&new_front, after);
    ck_assert_int_eq(ca_feature_compare(old_front.set, old, new_front.set, new, &arena, &diff, NULL), 0);
    ca_buf_clear(&words);
    ca_buf_add_cstr(&words, diff.logic ? "logic\n" : "text\n");
    for (size_t i = 0; i < diff.count; i++)
        ca_buf_printf(&words, "%s%s: %s -> %s\n", diff.items[i].logic ? "* " : "", diff.items[i].what,
                      diff.items[i].before ? diff.items[i].before : "nothing", diff.items[i].after ? diff.items[i].after : "nothing");
    return ca_buf_cstr(&words);
}

/* Neither blanks, comments and the order of sums, nor what is said that holds anyway. */
START_TEST(nothing)
{
    ck_assert_str_eq(differ("ratio: sum(paid + charge) / count()\n", "minimum: 5\n# so\nratio: >\n  sum(charge\n  + paid) / count()\ntransform: log\n"),
                     "text\n");
}
END_TEST

START_TEST(what_it_counts)
{
    ck_assert_str_eq(differ("ratio: sum(paid) / count()\n", "where: units > 4\nratio: >\n  sum(paid)\n  / distinct(claim_id)\n"),
                     "logic\n* where: nothing -> units > 4\n* ratio: sum(paid) / count() -> sum(paid) / distinct(claim_id)\n");
    ck_assert_str_eq(differ("ratio: sum(paid) / count()\nexposure: count()\n", "value: distinct(patient_id)\nexposure: distinct(claim_id)\n"),
                     "logic\n* ratio: sum(paid) / count() -> nothing\n* value: nothing -> distinct(patient_id)\n"
                     "* exposure: count() -> distinct(claim_id)\n");
}
END_TEST

START_TEST(how_it_is_judged)
{
    ck_assert_str_eq(differ("ratio: sum(paid) / count()\nmoney: yes\n", "ratio: sum(paid) / count()\nminimum: 7\ntransform: asinh\n"),
                     "logic\n* transform: log -> asinh\n* money: yes -> no\n* minimum: 5 -> 7\n");
}
END_TEST

START_TEST(rows_of_a_set)
{
    ck_assert_str_eq(differ("share: count(where principal_diagnosis in set female_dx) / count()\n",
                            "share: count(where principal_diagnosis in set female_dx) / count()\n"),
                     "logic\n* set female_dx: 2 rows -> 3 rows\n");
}
END_TEST

START_TEST(texts)
{
    ck_assert_str_eq(differ("ratio: sum(paid) / count()\ndescription: old\nreferences: [a, b]\n",
                            "ratio: sum(paid) / count()\nexposes: new\nreferences: [a, c]\n"),
                     "text\ndescription: old -> nothing\nexposes: nothing -> new\nreferences: 2 -> 2\n");
}
END_TEST

START_TEST(memory_may_run_out)
{
    const ca_feature *old = load(&old_front, "ratio: sum(paid) / count()\n");
    const ca_feature *new = load(&new_front, "ratio: sum(charge) / count()\nexposes: x\n");
    int code = CA_NOMEM;
    for (uint64_t n = 1; code == CA_NOMEM; n++) {
        ca_arena room;
        ca_rule_diff diff;
        ca_arena_init(&room);
        ca_alloc_fail(n, 1);
        code = ca_feature_compare(old_front.set, old, new_front.set, new, &room, &diff, NULL);
        ca_alloc_fail(0, 0);
        ck_assert(code == CA_NOMEM || (code == 0 && diff.count == 2));
        ca_arena_done(&room);
    }
    ck_assert_int_eq(code, 0);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, nothing);
    tcase_add_test(tcase, what_it_counts);
    tcase_add_test(tcase, how_it_is_judged);
    tcase_add_test(tcase, rows_of_a_set);
    tcase_add_test(tcase, texts);
    tcase_add_test(tcase, memory_may_run_out);
}

CA_CHECK_MAIN("rules/feature_diff", add_tests)
