/* Which conditions the tests of a rule saw true and false. */
#include "rules/testrun.h"

#include <string.h>

#include "rules/eval.h"
#include "support/check_main.h"
#include "support/rule_front.h"

static rule_front *front;
static ca_arena arena;

static void set_up(void)
{
    front = rule_front_new();
    ca_arena_init(&arena);
}

static void tear_down(void)
{
    ca_arena_done(&arena);
    rule_front_free(front);
}

/* By leaf: T, F, B for both, - for neither. */
static const char *seen_by(const char *rest)
{
    static char words[CA_RULE_LEAVES_MAX + 1];
    uint8_t seen[CA_RULE_LEAVES_MAX] = {0};
    ca_testrun result = {.seen = seen};
    ca_diags diags;
    ca_buf source;
    ca_buf_init(&source);
    ca_diags_init(&diags, &arena);
    ca_buf_printf(&source, "rule: US-0101\nversion: 1\ntitle: T\nstatus: draft\nseverity: high\ncategory: eligibility\n"
                           "message: m\n%s", rest);
    rule_front_load(front, ca_buf_cstr(&source));
    const ca_rule *rule = rule_front_rule(front);
    ck_assert_ptr_nonnull(rule);
    ck_assert_int_eq(ca_testrun_rule(rule_front_set(front), rule, &diags, &result, NULL), 0);
    ck_assert_msg(diags.errors == 0, "%s", diags.count ? diags.items[0].text : "");
    for (size_t i = 0; i < rule->leaf_count; i++)
        words[i] = "-FTB"[(seen[i] & 1u << CA_FALSE ? 1 : 0) + (seen[i] & 1u << CA_TRUE ? 2 : 0)];
    words[rule->leaf_count] = '\0';
    ca_diags_done(&diags);
    ca_buf_done(&source);
    return words;
}

START_TEST(lines_over_all_cases)
{
    ck_assert_str_eq(seen_by("kind: line\nwhen: units > 1\ntests:\n"
                             "  - {name: a, lines: \"id units\\n1 2\", hits: [1]}\n"),
                     "T");
    ck_assert_str_eq(seen_by("kind: line\nwhen: units > 1\ntests:\n"
                             "  - {name: a, lines: \"id units\\n1 2\", hits: [1]}\n"
                             "  - {name: b, lines: \"id units\\n1 1\\n2 -\", hits: []}\n"),
                     "B");
    ck_assert_str_eq(seen_by("kind: line\nwhen: units > 1\ntests:\n"
                             "  - {name: b, lines: \"id units\\n1 -\", hits: []}\n"),
                     "-");
}
END_TEST

START_TEST(a_condition_counts_though_another_decides)
{
    ck_assert_str_eq(seen_by("kind: line\nwhen: units > 1 and paid > 1 and charge > 1\ntests:\n"
                             "  - {name: a, lines: \"id units paid charge\\n1 0 2 0\\n2 0 0 2\", hits: []}\n"),
                     "FBB");
    ck_assert_str_eq(seen_by("kind: line\nwhen: units > 1 or not (paid > 1 or charge > 1)\ntests:\n"
                             "  - {name: a, lines: \"id units paid charge\\n1 2 2 0\\n2 2 0 2\", hits: [1, 2]}\n"),
                     "TBB");
}
END_TEST

START_TEST(exceptions_are_looked_at_for_hits)
{
    ck_assert_str_eq(seen_by("kind: line\nwhere: sex = 'M'\nwhen: units > 1\n"
                             "unless: [{name: kx, when: modifiers has 'KX', reason: r}]\ntests:\n"
                             "  - {name: a, lines: \"id sex units modifiers\\n1 M 2 ''\\n2 M 1 KX\\n3 F 2 KX\", hits: [1]}\n"),
                     "BBF");
}
END_TEST

START_TEST(every_line_of_a_claim)
{
    ck_assert_str_eq(seen_by("kind: claim\nwhere: units > 1\nwhen: count() > 1\ntests:\n"
                             "  - {name: a, lines: \"id claim_id units\\n1 C 2\\n2 C 1\\n3 C 2\", hits: [[1, 3]]}\n"),
                     "BT");
}
END_TEST

START_TEST(pairs_that_do_not_hit)
{
    ck_assert_str_eq(seen_by("kind: pair\nsame: [patient_id]\nwhere: units > 1\nwhen: a.paid > b.paid\ntests:\n"
                             "  - name: a\n    lines: |\n      id claim_id line_no patient_id units paid\n"
                             "      1 C 1 P 2 5\n      2 C 2 P 2 6\n      3 C 3 P 1 9\n    hits: [[2, 1]]\n"),
                     "BB");
}
END_TEST

START_TEST(lines_that_an_absence_looks_through)
{
    ck_assert_str_eq(seen_by("kind: absence\nper: [patient_id]\nevent: units > 1\nwithout: charge > 1 and paid = a.paid\n"
                             "look: 1 days before to 1 days after\nsettle: 0 days\ntests:\n"
                             "  - name: a\n    horizon: 2024-01-01 .. 2024-12-31\n    lines: |\n"
                             "      id claim_id line_no patient_id service_date units charge paid\n"
                             "      1 C 1 P 2024-03-01 2 0 5\n      2 C 2 P 2024-03-01 1 2 6\n      3 C 3 Q 2024-03-01 2 0 5\n"
                             "      4 C 4 Q 2024-03-02 1 2 5\n    hits: [1]\n"),
                     "BBB");
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, lines_over_all_cases);
    tcase_add_test(tcase, a_condition_counts_though_another_decides);
    tcase_add_test(tcase, exceptions_are_looked_at_for_hits);
    tcase_add_test(tcase, every_line_of_a_claim);
    tcase_add_test(tcase, pairs_that_do_not_hit);
    tcase_add_test(tcase, lines_that_an_absence_looks_through);
}

CA_CHECK_MAIN("rules/leaves", add_tests)
