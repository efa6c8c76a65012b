/* The keys of a rule file: what they become, and what is said about each wrong one. */
#include "support/check_main.h"

#include <stdio.h>
#include <string.h>

#include "rules/kind.h"
#include "rules/print.h"
#include "rules/rulefile.h"
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

/* --- A whole rule ---------------------------------------------------------------------------- */

static const char *const whole =
    "# a comment\n"
    "rule: US-0101\n"
    "version: 3\n"
    "title: Female-only diagnosis for a man\n"
    "title@de: Diagnose\n"
    "description: |\n"
    "  Two lines\n"
    "  of text\n"
    "references: [One, 'Two: 2']\n"
    "owner: Audit\n"
    "review_by: 2026-01-31\n"
    "basis: \xC2\xA7 12\n"
    "phase: after\n"
    "tags: [sex, dx]\n"
    "status: shadow\n"
    "severity: critical\n"
    "category: demographic-conflict\n"
    "jurisdiction: us\n"
    "grade: definite\n"
    "effective: 2015-10-01 .. 2024-09-30\n"
    "effective_on: from_date\n"
    "rows: all\n"
    "kind: line\n"
    "parameters:\n"
    "  smallest: -12.50\n"
    "  since: 2016-01-01\n"
    "  who: 'P1'\n"
    "  number_text: \"12\"\n"
    "where: claim_type = 'professional'\n"
    "when: >\n"
    "  sex = 'M' and principal_diagnosis in set female_dx\n"
    "  and paid > smallest and service_date >= since and (patient_id = who or claim_id = number_text)\n"
    "unless:\n"
    "  - name: condition-45\n"
    "    when: condition_codes has '45'\n"
    "    reason: Confirmed by a condition code\n"
    "exposure: least(paid, 100)\n"
    "message: \"Claim {claim_id}: {paid|money}\"\n"
    "tests:\n"
    "  - name: a case\n";

START_TEST(every_key)
{
    ck_assert_str_eq(rule_front_load(front, whole), "");
    const ca_rule *rule = rule_front_rule(front);
    ck_assert_str_eq(rule->id, "US-0101");
    ck_assert_int_eq(rule->version, 3);
    ck_assert_str_eq(rule->title, "Female-only diagnosis for a man");
    ck_assert_str_eq(rule->description, "Two lines\nof text\n");
    ck_assert_uint_eq(rule->reference_count, 2);
    ck_assert_str_eq(rule->references[1], "Two: 2");
    ck_assert_str_eq(rule->owner, "Audit");
    ck_assert_str_eq(rule->basis, "\xC2\xA7 12");
    ck_assert_str_eq(rule->phase, "after");
    ck_assert_int_eq(rule->status, CA_RULE_SHADOW);
    ck_assert_str_eq(rule->severity, "critical");
    ck_assert_uint_eq(rule->severity_rank, 3);
    ck_assert_str_eq(rule->category, "demographic-conflict");
    ck_assert_str_eq(rule->jurisdiction, "us");
    ck_assert_int_eq(rule->grade, CA_GRADE_DEFINITE);
    ck_assert(rule->has_effective);
    char date[CA_DATE_SIZE];
    ca_date_print(rule->effective_from, date);
    ck_assert_str_eq(date, "2015-10-01");
    ca_date_print(rule->effective_to, date);
    ck_assert_str_eq(date, "2024-09-30");
    ck_assert_uint_eq(rule->effective_on, CA_F_FROM_DATE);
    ck_assert(rule->rows_all);
    ck_assert_str_eq(rule->kind->name, "line");
    ck_assert_uint_eq(rule->parameter_count, 4);
    ck_assert_uint_eq(rule->unless_count, 1);
    ck_assert_str_eq(rule->unless[0].name, "condition-45");
    ck_assert_str_eq(rule->unless[0].reason, "Confirmed by a condition code");
    ck_assert_ptr_nonnull(rule->where);
    ck_assert_ptr_nonnull(rule->tests);
    ck_assert_str_eq(rule->pack, ".");
    ck_assert_str_eq(rule->file->path, "US-0101.yaml");
    ck_assert_uint_eq(rule->message_count, 4);
}
END_TEST

START_TEST(parameters_become_literals)
{
    ck_assert_str_eq(rule_front_load(front, whole), "");
    const ca_rule *rule = rule_front_rule(front);
    ca_buf text;
    ca_buf_init(&text);
    ca_print_expression(rule_front_set(front), rule->when, &text);
    ck_assert_str_eq(ca_buf_cstr(&text),
                     "sex = 'M' and principal_diagnosis in set female_dx and paid > -12.5 and "
                     "service_date >= 2016-01-01 and (patient_id = 'P1' or claim_id = '12')");
    ca_buf_done(&text);
    ck_assert_str_eq(rule->when->args[2]->args[1]->parameter, "smallest");
    ck_assert_str_eq(rule->when->args[3]->args[1]->parameter, "since");
    ck_assert_str_eq(rule->when->args[4]->args[0]->args[1]->parameter, "who");
    ck_assert_ptr_null(rule->when->args[0]->args[1]->parameter);
}
END_TEST

START_TEST(defaults)
{
    ck_assert_str_eq(rule_front_when(front, "line", "paid > 1"), "");
    const ca_rule *rule = rule_front_rule(front);
    ck_assert_int_eq(rule->grade, CA_GRADE_SUSPICIOUS);
    ck_assert_str_eq(rule->jurisdiction, "core");
    ck_assert(!rule->has_effective && !rule->rows_all);
    ck_assert_int_eq(rule->effective_from, CA_DATE_MIN);
    ck_assert_int_eq(rule->effective_to, CA_DATE_MAX);
    ck_assert_uint_eq(rule->effective_on, CA_F_SERVICE_DATE);
    ck_assert_str_eq(rule->description, "");
    ck_assert_ptr_null(rule->where);
    ck_assert_ptr_null(rule->tests);
    ck_assert_int_eq(rule->exposure->kind, CA_NODE_COLUMN);
    ck_assert_uint_eq(rule->exposure->column, CA_F_PAID);
    ck_assert_str_eq(rule_front_when(front, "claim", "paid > 1"), "");
    rule = rule_front_rule(front);
    ck_assert_uint_eq(rule->effective_on, CA_F_FROM_DATE);
    ck_assert_int_eq(rule->exposure->kind, CA_NODE_AGGREGATE);
    ck_assert_int_eq(rule->exposure->aggregate, CA_AGG_SUM);
    ck_assert(rule->exposure->args[0]->of_lines);
    ck_assert_str_eq(rule_front_with(front, "line", "paid > 1", "effective: 2020-01-01..open\n"),
                     "");
    ck_assert_int_eq(rule_front_rule(front)->effective_to, CA_DATE_MAX);
}
END_TEST

START_TEST(folder_gives_the_jurisdiction)
{
    static const char *const head =
        "rule: US-0101\nversion: 1\ntitle: T\nstatus: draft\nseverity: low\n"
        "category: eligibility\nkind: line\nwhen: paid > 1\nmessage: '{claim_id}'\n";
    char source[1000];
    ck_assert_str_eq(rule_front_load_as(front, "rules/us/US-0101.yaml", head), "");
    ck_assert_str_eq(rule_front_rule(front)->jurisdiction, "us");
    ck_assert_str_eq(rule_front_rule(front)->pack, "rules/us");
    ck_assert_str_eq(rule_front_load_as(front, "rules/site/US-0101.yaml", head), "");
    ck_assert_str_eq(rule_front_rule(front)->jurisdiction, "core");
    snprintf(source, sizeof(source), "%sjurisdiction: cn\n", head);
    ck_assert_str_eq(rule_front_load_as(front, "site/US-0101.yaml", source), "");
    ck_assert_str_eq(rule_front_rule(front)->jurisdiction, "cn");
    ck_assert_str_eq(rule_front_load_as(front, "rules/us/US-0101.yaml", source),
                     "10:15: error: the rule lies in the folder us, but its jurisdiction is cn\n");
}
END_TEST

START_TEST(file_name_is_the_id)
{
    static const char *const source =
        "rule: US-0101\nversion: 1\ntitle: T\nstatus: draft\nseverity: low\n"
        "category: eligibility\nkind: line\nwhen: paid > 1\nmessage: '{claim_id}'\n";
    ck_assert_str_eq(
        rule_front_load_as(front, "x/US-0102.yaml", source),
        "1:7: error: the file is called US-0102.yaml, but the rule US-0101; make them equal\n");
    ck_assert_str_eq(rule_front_load_as(front, "<test>", source), "");
}
END_TEST

/* --- One wrong key at a time ----------------------------------------------------------------- */

#define GOOD                                                                                                   \
    "rule: US-0101\nversion: 1\ntitle: T\nstatus: active\nseverity: high\ncategory: eligibility\nkind: line\n" \
    "when: paid > 1\nmessage: '{claim_id}'\n"

static const struct {
    const char *source;
    const char *said;
} bad[] = {
    {"", "0:0: error: the file is empty; it should hold a rule\n"},
    {"just text\n", "1:1: error: the file should hold a rule: a mapping of 'key: value' lines\n"},
    {"kind: line\n",
     "1:1: error: key 'rule' is missing\n1:1: error: key 'version' is missing\n1:1: error: key 'title' is missing\n"
     "1:1: error: key 'status' is missing\n1:1: error: key 'severity' is missing\n"
     "1:1: error: key 'category' is missing\n1:1: error: key 'when' is missing\n"
     "1:1: error: key 'message' is missing\n"},
    {"rule: us-1\nversion: 1\ntitle: T\nstatus: active\nseverity: high\ncategory: eligibility\nkind: line\n"
     "when: paid > 1\nmessage: '{claim_id}'\n",
     "1:7: error: 'us-1' is no rule id; it has 2 to 8 capital letters, '-' and four digits: US-0101\n"},
    {"rule: US-0101\nversion: 0\ntitle: T\nstatus: actve\nseverity: hihg\ncategory: nothing\nkind: lime\n",
     "2:10: error: 'version' must be a whole number from 1 to 1000000, not '0'\n"
     "4:9: error: 'status' cannot be 'actve'; did you mean 'active'?; it is one of draft, shadow, active, retired\n"
     "5:11: error: the vocabulary has no severity 'hihg'; it has low, medium, high, critical\n"
     "6:11: error: the vocabulary has no category 'nothing'; it has demographic-conflict, eligibility\n"
     "7:7: error: there is no kind 'lime'; it is one of absence, claim, duplicate, line, overlap, pair, peer, sequence, window\n"},
    {GOOD "jurisdiction: fr\n",
     "10:15: error: the vocabulary has no jurisdiction 'fr'; it has core, us, cn\n"},
    {GOOD "grade: maybe\n",
     "10:8: error: 'grade' cannot be 'maybe'; it is one of definite, suspicious, tip\n"},
    {GOOD "rows: dead\n", "10:7: error: 'rows' cannot be 'dead'; it is one of live, all\n"},
    {GOOD "review_by: soon\n", "10:12: error: a date is written 2024-12-31\n"},
    {GOOD "effective: 2024-01-01\n",
     "10:12: error: write 'effective: 2024-01-01 .. 2024-12-31' or '2024-01-01 .. open'\n"},
    {GOOD "effective: 2024-01-01 .. never\n",
     "10:12: error: write 'effective: 2024-01-01 .. 2024-12-31' or '2024-01-01 .. open'\n"},
    {GOOD "effective: open .. 2024-01-01\n",
     "10:12: error: write 'effective: 2024-01-01 .. 2024-12-31' or '2024-01-01 .. open'\n"},
    {GOOD "effective: 2024-01-02 .. 2024-01-01\n",
     "10:12: error: 'effective' ends before it begins\n"},
    {GOOD "effective_on: from_date\n",
     "10:15: error: 'effective_on' says which date 'effective' looks at, and there is no 'effective'\n"},
    {GOOD "effective: 2024-01-01 .. open\neffective_on: form_date\n",
     "11:15: error: unknown column 'form_date'; did you mean 'from_date'?\n"},
    {GOOD "effective: 2024-01-01 .. open\neffective_on: paid\n", "11:15: error: paid is no date\n"},
    {"rule: US-0101\nversion: 1\ntitle: T\nstatus: active\nseverity: high\ncategory: eligibility\nkind: claim\n"
     "when: paid > 1\nmessage: '{claim_id}'\neffective: 2024-01-01 .. open\neffective_on: service_date\n",
     "11:15: error: service_date belongs to lines; a claim rule needs a date of the claim\n"},
    {GOOD "mesage: x\n", "10:1: error: unknown key 'mesage'; did you mean 'message'?\n"},
    {GOOD "zzzzzzzzz: x\n", "10:1: error: unknown key 'zzzzzzzzz'\n"},
    {GOOD "within: day\nper: [patient_id]\n",
     "10:1: error: 'within' is a key of window, sequence and peer rules, not of line rules\n"
     "11:1: error: 'per' is a key of window, overlap, sequence and absence rules, not of line rules\n"},
    {GOOD "each: t(procedure)\n",
     "10:7: error: there is no table 't'; tables are declared in sets.yaml\n"},
    {GOOD "tests: none\n", "10:8: error: 'tests' must be a list, not text\n"},
    {GOOD "tags: {a: b}\n", "10:7: error: 'tags' must be text, not a mapping\n"},
    /* parameters */
    {GOOD "parameters: [1]\n",
     "10:13: error: 'parameters' must be a mapping of 'key: value', not a list\n"},
    {GOOD "parameters:\n  limit: abc\n",
     "11:10: error: a parameter is a number, a date, or a text between quotes: 'abc'\n"},
    {GOOD "parameters:\n  limit: 1.2.3\n",
     "11:10: error: a parameter is a number, a date, or a text between quotes: '1.2.3'\n"},
    {GOOD "parameters:\n  limit: 5.\n",
     "11:10: error: a parameter is a number, a date, or a text between quotes: '5.'\n"},
    {GOOD "parameters:\n  limit: [1]\n", "11:10: error: 'limit' must be text, not a list\n"},
    {GOOD "parameters:\n  max-days: 1\n",
     "11:3: error: 'max-days' is no name for a parameter; use letters, digits and _\n"},
    {GOOD "parameters:\n  and: 1\n",
     "11:3: error: 'and' is no name for a parameter; use letters, digits and _\n"},
    {GOOD "parameters:\n  paid: 1\n",
     "11:3: error: 'paid' is a column; give the parameter another name\n"},
    {GOOD "parameters:\n  count: 1\n",
     "11:3: error: 'count' is a function; give the parameter another name\n"},
    {GOOD "parameters:\n  limit: 12345678901234567890\n",
     "11:10: error: a parameter is a number, a date, or a text between quotes: '12345678901234567890'\n"},
    /* unless */
    {GOOD "unless: x\n", "10:9: error: 'unless' must be a list, not text\n"},
    {GOOD "unless:\n  - when: units > 1\n",
     "11:5: error: key 'name' is missing\n11:5: error: key 'reason' is missing\n"},
    {GOOD "unless:\n  - {name: a, reason: r}\n", "11:5: error: key 'when' is missing\n"},
    {GOOD "unless:\n  - {name: a, reason: r, when: units > 1, why: x}\n",
     "11:43: error: unknown key 'why'\n"},
    {GOOD
     "unless:\n  - {name: a, reason: r, when: units > 1}\n  - {name: a, reason: r, when: units > 2}\n",
     "12:12: error: two exceptions are called 'a'\n"},
    {GOOD "unless:\n  - x\n",
     "11:5: error: an exception must be a mapping of 'key: value', not text\n"},
    {GOOD "unless:\n  - {name: a, reason: r, when: unitz > 1}\n",
     "11:32: error: unknown column 'unitz'; did you mean 'units'?\n"},
    /* expressions elsewhere */
    {GOOD "exposure: claim_id\n",
     "10:11: error: the exposure is an amount of money, but this is an identifier\n"},
    {GOOD "exposure: paid > 1\n",
     "10:11: error: a value is expected here, but this is a condition\n"},
    {GOOD "where: paied > 1\nexposure: payd\n",
     "10:8: error: unknown column 'paied'; did you mean 'paid'?\n"
     "11:11: error: unknown column 'payd'; did you mean 'paid'?\n"},
    {"rule: US-0101\nversion: 1\ntitle: T\nstatus: active\nseverity: high\ncategory: eligibility\nkind: claim\n"
     "when: paid > 1\nmessage: '{claim_id}'\nwhere: sum(paid) > 1\n",
     "10:8: error: sum(\xE2\x80\xA6) counts over several lines, which a claim rule's expression here does not see: "
     "'where' looks at one line at a time; put it into 'when'\n"},
    {"rule: US-0101\nversion: 1\ntitle: T\nstatus: active\nseverity: high\ncategory: eligibility\nkind: line\n"
     "when: [paid > 1]\nmessage: '{claim_id}'\n",
     "8:7: error: 'when' must be text, not a list\n"},
    {"rule: US-0101\nversion: 1\ntitle: T\nstatus: active\nseverity: high\ncategory: eligibility\nkind: line\n"
     "when: ''\nmessage: '{claim_id}'\n",
     "8:8: error: the expression is empty\n"},
    {"rule: US-0101\nversion: 1\ntitle: T\nstatus: active\nseverity: high\ncategory: eligibility\nkind: line\n"
     "when:\nmessage: '{claim_id}'\n",
     "8:6: error: 'when' has no value; an empty text is written ''\n"},
    /* YAML itself */
    {GOOD "title: again\n", "10:1: error: key 'title' appears twice, first on line 3\n"},
};

START_TEST(mistakes)
{
    ck_assert_str_eq(rule_front_load(front, bad[_i].source), bad[_i].said);
    ck_assert_ptr_null(rule_front_rule(front));
    ck_assert_int_eq(rule_front_code(front), 0);
}
END_TEST

START_TEST(warnings)
{
    ck_assert_str_eq(
        rule_front_load(front, GOOD "exposure: units\n"),
        "10:11: warning: the exposure is an amount of money, but this is a number; it is read as an amount\n");
    ck_assert_ptr_nonnull(rule_front_rule(front));
    ck_assert_str_eq(rule_front_load(front, GOOD "parameters: {limit: 5}\n"),
                     "10:21: warning: nothing uses the parameter 'limit'\n");
    ck_assert_ptr_nonnull(rule_front_rule(front));
}
END_TEST

/* A broken line takes its key away; what needs it says nothing more. */
START_TEST(broken_yaml_is_said_once)
{
    const char *said = rule_front_load(
        front, "rule: US-0101\nversion: 1\ntitle: T\nstatus: active\nseverity: high\n"
               "category: eligibility\nkind: line\nparameters:\n  limit: 'x\n"
               "when: paid > limit and sex = 'm'\nmessage: '{claim_id}'\n");
    ck_assert_msg(strstr(said, "limit'; did") == NULL && strstr(said, "unknown column") == NULL,
                  "%s", said);
    ck_assert_ptr_null(rule_front_rule(front));
}
END_TEST

START_TEST(ids)
{
    static const char *const valid[] = {"US-0101", "CORE-9999", "ABCDEFGH-0000", "AB-1234"};
    static const char *const invalid[] = {"",         "A-0101",  "ABCDEFGHI-0101", "US-101",
                                          "US-01011", "US_0101", "us-0101",        "US-01O1",
                                          "US0101",   "-0101",   "US-0101 "};
    for (size_t i = 0; i < sizeof(valid) / sizeof(valid[0]); i++)
        ck_assert(ca_rule_id_valid(ca_text_of(valid[i])));
    for (size_t i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++)
        ck_assert(!ca_rule_id_valid(ca_text_of(invalid[i])));
}
END_TEST

START_TEST(names)
{
    ck_assert_str_eq(ca_grade_name(CA_GRADE_TIP), "tip");
    ck_assert_str_eq(ca_rule_status_name(CA_RULE_RETIRED), "retired");
    ck_assert_ptr_eq(ca_kind_find(CA_TEXT("lines")), NULL);
    for (size_t i = 0; ca_kinds[i] != NULL; i++) {
        ck_assert_ptr_eq(ca_kind_find(ca_text_of(ca_kinds[i]->name)), ca_kinds[i]);
        ck_assert(i == 0 || strcmp(ca_kinds[i - 1]->name, ca_kinds[i]->name) < 0);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_unchecked_fixture(tcase, open_front, close_front);
    tcase_add_test(tcase, every_key);
    tcase_add_test(tcase, parameters_become_literals);
    tcase_add_test(tcase, defaults);
    tcase_add_test(tcase, folder_gives_the_jurisdiction);
    tcase_add_test(tcase, file_name_is_the_id);
    tcase_add_loop_test(tcase, mistakes, 0, (int)(sizeof(bad) / sizeof(bad[0])));
    tcase_add_test(tcase, warnings);
    tcase_add_test(tcase, broken_yaml_is_said_once);
    tcase_add_test(tcase, ids);
    tcase_add_test(tcase, names);
}

CA_CHECK_MAIN("rules/rulefile", add_tests)
