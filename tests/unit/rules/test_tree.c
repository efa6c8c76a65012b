/* What the checked tree holds: types, resolved literals, leaves in order, and the columns a rule
 * needs. */
#include "support/check_main.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "rules/print.h"
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

START_TEST(types_of_numbers)
{
    static const struct {
        const char *value;
        ca_type type;
    } cases[] = {
        {"1 + 2", CA_TYPE_INT},
        {"1 + 2.5", CA_TYPE_DECIMAL},
        {"paid + 1", CA_TYPE_MONEY},
        {"paid * units", CA_TYPE_MONEY},
        {"paid * paid", CA_TYPE_DECIMAL},
        {"paid / units", CA_TYPE_MONEY},
        {"paid / paid", CA_TYPE_DECIMAL},
        {"4 / 2", CA_TYPE_DECIMAL},
        {"line_no * 2", CA_TYPE_INT},
        {"abs(paid)", CA_TYPE_MONEY},
        {"round(units, 0)", CA_TYPE_INT},
        {"round(units, 1)", CA_TYPE_DECIMAL},
        {"round(paid, 0)", CA_TYPE_MONEY},
        {"least(1, paid)", CA_TYPE_MONEY},
        {"least(1, 2.5)", CA_TYPE_DECIMAL},
        {"coalesce(line_no, 1.5)", CA_TYPE_DECIMAL},
        {"size(modifiers)", CA_TYPE_INT},
        {"-paid", CA_TYPE_MONEY},
        {"mue(procedure).price", CA_TYPE_MONEY},
        {"mue(procedure).max_units", CA_TYPE_INT},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char expression[100];
        snprintf(expression, sizeof(expression), "%s > paid", cases[i].value);
        ck_assert_str_eq(rule_front_when(front, "line", expression), "");
        ck_assert_int_eq(rule_front_rule(front)->when->args[0]->type.type, cases[i].type);
    }
}
END_TEST

START_TEST(literals_are_resolved)
{
    ck_assert_str_eq(rule_front_when(front, "line",
                                     "diagnoses overlaps codes('icd9cm:v30.0'..'icd9cm:V39', "
                                     "'icd10cm:z38') and sex in ('F')"),
                     "");
    const ca_node *when = rule_front_rule(front)->when;
    const ca_node *codes = when->args[0];
    ck_assert_int_eq(codes->kind, CA_NODE_OVERLAPS);
    ck_assert_uint_eq(codes->member_count, 2);
    ck_assert_uint_eq(codes->members[0].system, 0);
    ck_assert(ca_text_is(codes->members[0].low, "V300"));
    ck_assert(ca_text_is(codes->members[0].high, "V39"));
    ck_assert_uint_eq(codes->members[1].system, 1);
    ck_assert(ca_text_is(codes->members[1].low, "Z38"));
    ck_assert(ca_text_eq(codes->members[1].low, codes->members[1].high));
    ck_assert(codes->members[0].range && codes->members[1].range);
    const ca_node *sex = when->args[1];
    ck_assert_uint_eq(sex->members[0].choice, CA_SEX_F);
    ck_assert_uint_eq(sex->members[0].system, CA_SYSTEM_NONE);
    ck_assert(!sex->members[0].range);
}
END_TEST

START_TEST(columns_of_claims_and_lines)
{
    ck_assert_str_eq(rule_front_with(front, "claim",
                                     "paid > 1 and any(paid > 1) and claim_paid > 1",
                                     "where: units > 1\nexposure: charge\n"),
                     "");
    const ca_rule *rule = rule_front_rule(front);
    const ca_node *bare = rule->when->args[0]->args[0];
    const ca_node *inside = rule->when->args[1]->args[0]->args[0]->args[0];
    ck_assert(bare->claim_amount && !bare->of_lines);
    ck_assert(!inside->claim_amount && inside->of_lines);
    ck_assert(!rule->when->args[2]->args[0]->claim_amount &&
              !rule->when->args[2]->args[0]->of_lines);
    ck_assert(rule->where->args[0]->of_lines);
    ck_assert(rule->exposure->claim_amount);
    ck_assert_int_eq(rule->when->args[1]->kind, CA_NODE_TRUTH);
    ck_assert_int_eq(rule->when->args[1]->args[0]->args[0]->leaf, -1);
    ck_assert_int_eq(rule->when->args[1]->leaf, 2);
}
END_TEST

START_TEST(leaves_are_in_source_order)
{
    ck_assert_str_eq(rule_front_with(front, "line", "(paid > 1 or units > 1) and sex = 'M'",
                                     "where: claim_type = 'dental' and charge > 1\nunless:\n"
                                     "  - {name: one, reason: R, when: modifiers has 'KX'}\n"
                                     "  - {name: two, reason: R, when: modifiers has '59'}\n"),
                     "");
    const ca_rule *rule = rule_front_rule(front);
    static const char *const leaves[] = {
        "claim_type = 'dental'", "charge > 1",        "paid > 1", "units > 1", "sex = 'M'",
        "modifiers has 'KX'",    "modifiers has '59'"};
    ck_assert_uint_eq(rule->leaf_count, 7);
    ck_assert_uint_eq(rule->where_leaves, 2);
    ck_assert_uint_eq(rule->when_leaves, 3);
    for (size_t i = 0; i < 7; i++) {
        ca_buf text;
        ca_buf_init(&text);
        ck_assert_int_eq(rule->leaves[i]->leaf, (int)i);
        ca_print_source(rule, rule->leaves[i], &text);
        ck_assert_str_eq(ca_buf_cstr(&text), leaves[i]);
        ca_buf_done(&text);
    }
}
END_TEST

START_TEST(too_many_leaves)
{
    ca_buf text;
    ca_buf_init(&text);
    for (int i = 0; i < 256; i++)
        ca_buf_add_cstr(&text, i == 0 ? "paid > 0" : " and paid > 0");
    ck_assert_str_eq(rule_front_when(front, "line", ca_buf_cstr(&text)), "");
    ca_buf_add_cstr(&text, " and units > 1 and units > 2");
    ck_assert_str_eq(
        rule_front_when(front, "line", ca_buf_cstr(&text)),
        "9:3335: error: the rule has more than 256 tests; use sets or split the rule\n");
    ca_buf_done(&text);
}
END_TEST

static bool reads(const uint8_t *columns, const char *names)
{
    ca_schema schema;
    char all[400] = "";
    ca_schema_init(&schema);
    for (unsigned i = 0; i < schema.count; i++)
        if (columns[i])
            snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s ", schema.columns[i].name);
    if (strcmp(all, names) != 0)
        fprintf(stderr, "reads '%s'\n", all);
    return strcmp(all, names) == 0;
}

START_TEST(needed_columns)
{
    ck_assert_str_eq(rule_front_with(front, "line",
                                     "sex = 'M' and principal_diagnosis in set female_dx",
                                     "where: units > 1\nexposure: paid - allowed\n"),
                     "");
    const ca_rule *rule = rule_front_rule(front);
    ck_assert(reads(rule->unit_columns,
                    "claim_id principal_diagnosis service_date units allowed paid sex "));
    ck_assert(reads(rule->line_columns, ""));
    ck_assert(rule->reads_patient && !rule->reads_provider);
    ck_assert_uint_eq(rule->set_count, 1);
    ck_assert_str_eq(ca_codeset_name(rule->sets[0]), "female_dx");
    ck_assert_uint_eq(rule->table_count, 0);

    ck_assert_str_eq(
        rule_front_with(
            front, "claim",
            "any(admitting_diagnosis in set female_dx) and billing.specialty = '01' and "
            "diagnoses overlaps set female_dx on paid_date",
            "where: units > 1\n"),
        "");
    rule = rule_front_rule(front);
    ck_assert(reads(rule->unit_columns,
                    "claim_id from_date paid_date claim_paid diagnoses billing.specialty "));
    ck_assert(reads(rule->line_columns, "admitting_diagnosis service_date units paid "));
    ck_assert(!rule->reads_patient && rule->reads_provider);
    ck_assert_uint_eq(rule->set_count, 1);

    ck_assert_str_eq(rule_front_with(front, "claim", "principal_diagnosis in set female_dx",
                                     "effective: 2020-01-01 .. open\n"),
                     "");
    rule = rule_front_rule(front);
    ck_assert(reads(rule->unit_columns, "claim_id from_date claim_paid principal_diagnosis "));
    ck_assert(reads(rule->line_columns, "service_date paid "));

    ck_assert_str_eq(
        rule_front_with(front, "line",
                        "mue(procedure).price > contract(patient_id, procedure).price "
                        "and mue(procedure on paid_date) is found",
                        "effective: 2020-01-01 .. open\neffective_on: received_date\n"),
        "");
    rule = rule_front_rule(front);
    ck_assert(reads(rule->unit_columns,
                    "claim_id patient_id received_date paid_date service_date procedure paid "));
    ck_assert_uint_eq(rule->table_count, 2);
}
END_TEST

START_TEST(memory_may_run_out)
{
    bool finished = false;
    for (uint64_t n = 1; !finished; n++) {
        rule_front_empty(front);
        ca_error err = {0};
        ca_diags diags;
        ca_arena texts;
        ca_arena_init(&texts);
        ca_diags_init(&diags, &texts);
        static const char *const source =
            "rule: US-0101\nversion: 1\ntitle: T\nstatus: active\nseverity: high\ncategory: eligibility\n"
            "kind: claim\nparameters: {limit: 5, who: 'P1'}\nwhere: claim_type in ('dental', 'inpatient')\n"
            "when: any(principal_diagnosis in set female_dx on add_days(from_date, 1)) and patient_id = who and\n"
            "  sum(mue(procedure).price where units > limit) > least(paid, 5) and paied > 1\n"
            "unless: [{name: n, reason: r, when: diagnoses overlaps codes('icd9cm:250')}]\n"
            "exposure: sum(paid) - 1\nmessage: 'Claim {claim_id}: {count()} lines, {sum(paid)|money}'\n"
            "references: [A, B]\nunknown_key: 1\n";
        ca_alloc_fail(n, 1);
        int code = ca_ruleset_add_source(rule_front_set(front), "US-0101.yaml", ca_text_of(source),
                                         false, &diags, &err);
        ca_alloc_fail(0, 0);
        finished = code == 0;
        if (!finished)
            ck_assert_int_eq(code, CA_NOMEM);
        else
            ck_assert_uint_eq(diags.count, 2);
        ck_assert_uint_eq(rule_front_set(front)->count, 0);
        ck_assert_uint_lt(n, 2000);
        ca_diags_done(&diags);
        ca_arena_done(&texts);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_unchecked_fixture(tcase, open_front, close_front);
    tcase_add_test(tcase, types_of_numbers);
    tcase_add_test(tcase, literals_are_resolved);
    tcase_add_test(tcase, columns_of_claims_and_lines);
    tcase_add_test(tcase, leaves_are_in_source_order);
    tcase_add_test(tcase, too_many_leaves);
    tcase_add_test(tcase, needed_columns);
    tcase_add_test(tcase, memory_may_run_out);
}

CA_CHECK_MAIN("rules/tree", add_tests)
