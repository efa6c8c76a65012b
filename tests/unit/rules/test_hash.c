/* logic_hash changes with everything that decides and with nothing else; text_hash with every byte.
 */
#include "support/check_main.h"

#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "support/rule_front.h"

static rule_front *front;

static void open_front(void)
{
    front = rule_front_new();
}

static void close_front(void)
{
    rule_front_free(front);
}

/* The keys of a rule, each replaceable by another text. */
typedef struct keys {
    const char *rule, *version, *title, *status, *severity, *grade, *jurisdiction, *effective,
        *rows, *kind, *parameters, *where, *when, *unless, *exposure, *message, *extra;
} keys;

static const keys usual = {
    .rule = "US-0101",
    .version = "1",
    .title = "A title",
    .status = "active",
    .severity = "high",
    .grade = "tip",
    .jurisdiction = "us",
    .effective = "effective: 2020-01-01 .. open\n",
    .rows = "live",
    .kind = "line",
    .parameters = "{limit: 5}",
    .where = "claim_type = 'dental'",
    .when = "paid > limit and principal_diagnosis in set female_dx",
    .unless =
        "unless: [{name: n, reason: r, when: units > 1}, {name: m, reason: r, when: units > 2}]\n",
    .exposure = "paid",
    .message = "Claim {claim_id}",
    .extra = "",
};

typedef struct hashes {
    uint8_t logic[32], text[32];
} hashes;

static hashes of_source(const char *source)
{
    hashes result = {{0}, {0}};
    const char *said = rule_front_load(front, source);
    ck_assert_msg(strstr(said, "error") == NULL, "%s", said);
    const ca_rule *rule = rule_front_rule(front);
    ck_assert_ptr_nonnull(rule);
    memcpy(result.logic, rule->logic_hash, 32);
    memcpy(result.text, rule->text_hash, 32);
    return result;
}

static hashes of_keys(const keys *k)
{
    char source[2000];
    snprintf(
        source, sizeof(source),
        "rule: %s\nversion: %s\ntitle: %s\nstatus: %s\nseverity: %s\ncategory: eligibility\ngrade: %s\n"
        "jurisdiction: %s\n%srows: %s\nkind: %s\nparameters: %s\nwhere: %s\nwhen: %s\n%sexposure: %s\n"
        "message: %s\n%s",
        k->rule, k->version, k->title, k->status, k->severity, k->grade, k->jurisdiction,
        k->effective, k->rows, k->kind, k->parameters, k->where, k->when, k->unless, k->exposure,
        k->message, k->extra);
    return of_source(source);
}

static bool same_logic(const keys *k)
{
    hashes one = of_keys(&usual);
    hashes other = of_keys(k);
    ck_assert_int_ne(memcmp(one.text, other.text, 32), 0);
    return memcmp(one.logic, other.logic, 32) == 0;
}

#define CHANGED(KEY, VALUE)                                                                        \
    do {                                                                                           \
        keys k = usual;                                                                            \
        k.KEY = VALUE;                                                                             \
        ck_assert(!same_logic(&k));                                                                \
    } while (0)

#define SAME(KEY, VALUE)                                                                           \
    do {                                                                                           \
        keys k = usual;                                                                            \
        k.KEY = VALUE;                                                                             \
        ck_assert(same_logic(&k));                                                                 \
    } while (0)

START_TEST(what_decides)
{
    CHANGED(jurisdiction, "cn");
    CHANGED(effective, "effective: 2020-01-02 .. open\n");
    CHANGED(effective, "effective: 2020-01-01 .. 2024-12-31\n");
    CHANGED(effective, "effective: 2020-01-01 .. open\neffective_on: paid_date\n");
    CHANGED(effective, "");
    CHANGED(rows, "all");
    CHANGED(parameters, "{limit: 5.0001}");
    CHANGED(where, "claim_type = 'other'");
    CHANGED(where, "claim_type in ('dental')");
    CHANGED(when, "paid >= limit and principal_diagnosis in set female_dx");
    CHANGED(when, "paid > limit or principal_diagnosis in set female_dx");
    CHANGED(when, "paid > limit and principal_diagnosis not in set female_dx");
    CHANGED(when, "paid > limit and principal_diagnosis in set valid_dx");
    CHANGED(when, "paid > limit and admitting_diagnosis in set female_dx");
    CHANGED(when, "paid > limit and principal_diagnosis in set female_dx on paid_date");
    CHANGED(when, "allowed > limit and principal_diagnosis in set female_dx");
    CHANGED(when, "not (paid > limit and principal_diagnosis in set female_dx)");
    CHANGED(when, "paid > limit and principal_diagnosis in codes('icd10cm:O80')");
    CHANGED(when, "paid > limit and principal_diagnosis is missing");
    CHANGED(when, "paid > limit and principal_diagnosis is present");
    CHANGED(unless, "");
    CHANGED(unless, "unless: [{name: n, reason: r, when: units > 1}]\n");
    CHANGED(
        unless,
        "unless: [{name: m, reason: r, when: units > 2}, {name: n, reason: r, when: units > 1}]\n");
    CHANGED(
        unless,
        "unless: [{name: n, reason: r, when: units > 1}, {name: k, reason: r, when: units > 2}]\n");
    CHANGED(exposure, "allowed");
    CHANGED(exposure, "paid * 1.5");
}
END_TEST

START_TEST(what_does_not_decide)
{
    SAME(rule, "US-0101  # a comment");
    SAME(version, "2");
    SAME(title, "Another title");
    SAME(status, "shadow");
    SAME(severity, "low");
    SAME(grade, "definite");
    SAME(message, "Paid {paid}");
    SAME(parameters, "{limit: 5.000}");
    SAME(when, "paid   > 5   and (principal_diagnosis in set female_dx)"); /* a value for its
                                                                              parameter, too */
    SAME(when, ">\n  paid\n  > limit\n  and principal_diagnosis in set female_dx");
    SAME(
        unless,
        "unless: [{name: n, reason: other, when: units > 1}, {reason: r, when: units > 2.0, name: m}]\n");
    SAME(extra, "description: More words\nreferences: [x]\ntags: [a]\ntitle@de: T\nowner: O\n"
                "tests:\n  - {name: t, lines: x}\n");
}
END_TEST

START_TEST(order_of_keys)
{
    hashes one = of_source(
        "rule: US-0101\nversion: 1\ntitle: T\nstatus: active\nseverity: high\ncategory: eligibility\n"
        "kind: line\nwhere: units > 1\nwhen: paid > 1\nmessage: '{claim_id}'\n");
    hashes other = of_source(
        "message: '{claim_id}'\nwhen: paid > 1\nwhere: units > 1\nkind: line\n"
        "category: eligibility\nseverity: high\nstatus: active\ntitle: T\nversion: 1\nrule: US-0101\n");
    ck_assert_int_eq(memcmp(one.logic, other.logic, 32), 0);
    ck_assert_int_ne(memcmp(one.text, other.text, 32), 0);
}
END_TEST

static hashes of_when(const char *kind, const char *when)
{
    const char *said = rule_front_when(front, kind, when);
    hashes result = {{0}, {0}};
    ck_assert_msg(strstr(said, "error") == NULL, "%s", said);
    memcpy(result.logic, rule_front_rule(front)->logic_hash, 32);
    return result;
}

/* Expressions that look alike but decide differently. */
START_TEST(no_two_logics_collide)
{
    static const struct {
        const char *kind;
        const char *when;
    } cases[] = {
        {"line", "paid > 1"},
        {"claim", "paid > 1"},
        {"claim", "claim_paid > 1"},
        {"claim", "sum(paid) > 1"},
        {"claim", "sum(paid where paid > 1) > 1"},
        {"claim", "max(paid) > 1"},
        {"line", "paid > 10"},
        {"line", "paid > 0.1"},
        {"line", "paid > -1"},
        {"line", "-paid > 1"},
        {"line", "paid - (allowed - charge) > 1"},
        {"line", "paid - allowed - charge > 1"},
        {"line", "(sex = 'M' and paid > 1) or units > 1"},
        {"line", "sex = 'M' and (paid > 1 or units > 1)"},
        {"line", "principal_diagnosis = 'icd9cm:E119'"},
        {"line", "principal_diagnosis = 'icd10cm:E119'"},
        {"line", "principal_diagnosis in ('icd10cm:E119')"},
        {"line", "principal_diagnosis in codes('icd10cm:E119')"},
        {"line", "principal_diagnosis starts with 'icd10cm:E119'"},
        {"line", "diagnoses overlaps ('icd10cm:E119')"},
        {"line", "diagnoses within ('icd10cm:E119')"},
        {"line", "diagnoses has 'icd10cm:E119'"},
        {"line", "procedure in ('A', 'B')"},
        {"line", "procedure in ('A')"},
        {"line", "procedure in codes('A'..'B')"},
        {"line", "procedure in codes('A', 'B')"},
        {"line", "patient_id = 'A'"},
        {"line", "claim_id = 'A'"},
        {"line", "mue(procedure).max_units > 1"},
        {"line", "mue(procedure).price > 1"},
        {"line", "mue(procedure on paid_date).price > 1"},
        {"line", "mue(procedure) is found"},
        {"line", "mue(procedure) is not found"},
        {"line", "days_between(from_date, paid_date) > 1"},
        {"line", "days_between(paid_date, from_date) > 1"},
        {"line", "age_days(from_date, paid_date) > 1"},
        {"line", "least(paid, 2) > 1"},
        {"line", "greatest(paid, 2) > 1"},
    };
    enum { COUNT = sizeof(cases) / sizeof(cases[0]) };
    hashes all[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        all[i] = of_when(cases[i].kind, cases[i].when);
        for (size_t k = 0; k < i; k++)
            ck_assert_msg(memcmp(all[i].logic, all[k].logic, 32) != 0, "'%s' and '%s'",
                          cases[i].when, cases[k].when);
    }
}
END_TEST

START_TEST(contents_of_sets_count)
{
    rule_front *other = rule_front_new_with(
        "code,from,to\nO80,2015-10-01,2024-09-30\nZ35,2015-10-01,\n"); /* one other code, same name
                                                                        */
    hashes one = of_when("line", "principal_diagnosis in set female_dx");
    rule_front_when(other, "line", "principal_diagnosis in set female_dx");
    ck_assert_int_ne(memcmp(one.logic, rule_front_rule(other)->logic_hash, 32), 0);
    hashes two = of_when("line", "paid > 1");
    rule_front_when(other, "line", "paid > 1");
    ck_assert_int_eq(memcmp(two.logic, rule_front_rule(other)->logic_hash, 32), 0);
    rule_front_free(other);
}
END_TEST

/* The hash is stored with findings: a change of it is a change of CA_SEMANTICS or a mistake. */
START_TEST(known_values)
{
    char hex[65];
    hashes one = of_when("line", "paid > 1");
    ca_hex(one.logic, 32, hex);
    ck_assert_str_eq(hex, "475b737bebdaa91ffe929c6059b2e39ce16775600946c6006bfc36991f704f40");
    one = of_when("claim", "sum(paid where procedure in codes('V01'..'V02')) > 100 and sex = 'M'");
    ca_hex(one.logic, 32, hex);
    ck_assert_str_eq(hex, "61b7ca1f69efb8b195b9ba35f4e7771699190df99b4919e4133dd570127348ff");
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_unchecked_fixture(tcase, open_front, close_front);
    tcase_add_test(tcase, what_decides);
    tcase_add_test(tcase, what_does_not_decide);
    tcase_add_test(tcase, order_of_keys);
    tcase_add_test(tcase, no_two_logics_collide);
    tcase_add_test(tcase, contents_of_sets_count);
    tcase_add_test(tcase, known_values);
}

CA_CHECK_MAIN("rules/hash", add_tests)
