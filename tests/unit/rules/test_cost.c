/* Which exchange a rule needs, and what the estimates do. */
#include "rules/cost.h"

#include <stdio.h>

#include "base/alloc.h"
#include "support/check_main.h"
#include "support/rule_front.h"

static rule_front *front;
static ca_arena arena;
static ca_buf words;

static void set_up(void)
{
    front = rule_front_new();
    ca_arena_init(&arena);
    ca_buf_init(&words);
}

static void tear_down(void)
{
    ca_buf_done(&words);
    ca_arena_done(&arena);
    rule_front_free(front);
}

static const char *describe(const char *rest)
{
    ca_buf source;
    ca_rule_cost cost;
    ca_buf_init(&source);
    ca_buf_printf(&source, "rule: US-0101\nversion: 1\ntitle: T\nstatus: active\nseverity: high\ncategory: eligibility\nmessage: m\n%s", rest);
    const char *said = rule_front_load(front, ca_buf_cstr(&source));
    ck_assert_msg(rule_front_rule(front) != NULL, "%s", said);
    const ca_schema *schema = rule_front_set(front)->schema;
    ca_rule_cost_of(schema, rule_front_rule(front), &cost);
    ca_buf_clear(&words);
    ca_exchange_print(schema, cost.exchange, cost.key, cost.key_count, &words);
    ca_buf_printf(&words, " %u%%%s", cost.percent, cost.by_codes ? " by codes" : "");
    ca_buf_done(&source);
    return ca_buf_cstr(&words);
}

static const struct {
    const char *rule;
    const char *cost;
} rules[] = {
    {"kind: line\nwhen: units > 1\n", "none 100%"},
    {"kind: line\nwhen: units > 1 and procedure in ('V1', 'V2')\n", "none 5% by codes"},
    {"kind: line\nwhere: diagnoses overlaps set female_dx\nwhen: units > 1\n", "none 5% by codes"},
    {"kind: line\nwhen: procedure = 'V1' or units > 1\n", "none 100%"},
    {"kind: line\nwhen: procedure = 'V1' or modifiers has 'KX'\n", "none 5% by codes"},
    {"kind: line\nwhen: not (procedure = 'V1') and procedure not in ('V2', 'V3')\n", "none 100%"},
    {"kind: line\nwhen: procedure != 'V1'\n", "none 100%"},
    {"kind: line\nwhen: mue(procedure).max_units < units and mue(procedure) is found\n", "none 5% by codes"},
    {"kind: line\nwhen: mue(procedure) is not found\n", "none 100%"},
    {"kind: line\nwhen: sex = 'M' and units > 1\n", "none 35%"},
    {"kind: claim\nwhen: sum(units) > 1\n", "claim 100%"},
    {"kind: pair\nsame: [patient_id, service_date]\nwhen: a.paid > b.paid\n", "patient 5%"},
    {"kind: duplicate\nwhere: claim_type = 'pharmacy'\nsame: [claim_id, line_no]\noriginal: first by claim_id, line_no\n",
     "key [claim_id, line_no] 2%"},
    {"kind: window\nper: [rendering_provider_id]\nwithin: day\nwhere: procedure in codes('V1'..'V9')\nwhen: count() > 1\n",
     "key [rendering_provider_id] 5% by codes"},
    {"kind: window\nwithin: claim\nwhen: count() > 1\n", "key [claim_type, claim_id] 100%"},
    {"kind: window\nwithin: stay\nwhen: count() > 1\n", "patient 100%"},
    {"kind: overlap\nlevel: claim\nper: [patient_id]\ninterval: admission_date to discharge_date\n", "patient 5%"},
    {"kind: sequence\nper: [billing_provider_id]\norder: service_date\nwhen: a.paid > b.paid\n", "key [billing_provider_id] 5%"},
    {"kind: absence\nper: [patient_id]\nevent: drug = 'D1'\nwithout: claim_type = 'professional'\nlook: 1 days before to 1 days after\n",
     "patient 7%"},
    {"kind: peer\nentity: pharmacy_id\npeers: [pharmacy.specialty]\nwithin: year\nmin_peers: 4\nmetric: sum(paid)\nwhen: metric > median()\n",
     "key [pharmacy_id] 100%"},
};

START_TEST(exchanges)
{
    ck_assert_str_eq(describe(rules[_i].rule), rules[_i].cost);
}
END_TEST

START_TEST(bytes_follow_columns)
{
    ca_rule_cost few, many;
    describe("kind: pair\nsame: [patient_id]\nwhen: a.paid > b.paid\n");
    ca_rule_cost_of(rule_front_set(front)->schema, rule_front_rule(front), &few);
    describe("kind: pair\nsame: [patient_id]\nwhen: a.paid > b.paid and a.charge > b.charge and a.sex = b.sex\n");
    ca_rule_cost_of(rule_front_set(front)->schema, rule_front_rule(front), &many);
    ck_assert_uint_eq(many.bytes, few.bytes + 8 + 1);
    ck_assert_uint_eq(many.columns, few.columns + 2);
}
END_TEST

/* What is looked at, and what travels: all of it, or little of it. */
START_TEST(lonely_lines_stay)
{
    ca_rule_cost pairs, window, absence;
    const ca_schema *schema;
    describe("kind: pair\nsame: [patient_id]\nwhere: sex = 'M'\nwhen: a.paid > b.paid\n");
    schema = rule_front_set(front)->schema;
    ca_rule_cost_of(schema, rule_front_rule(front), &pairs);
    ck_assert(pairs.mates);
    ck_assert_uint_eq(pairs.looks, 35);
    ck_assert_uint_eq(pairs.percent, 2);
    describe("kind: window\nper: [patient_id]\nwithin: day\nwhere: sex = 'M'\nwhen: count() > 1\n");
    ca_rule_cost_of(schema, rule_front_rule(front), &window);
    ck_assert(!window.mates);
    ck_assert_uint_eq(window.looks, 35);
    ck_assert_uint_eq(window.percent, 35);
    describe("kind: absence\nper: [patient_id]\nevent: drug = 'D1'\nwithout: claim_type = 'professional'\nlook: 1 days before to 1 days after\n");
    ca_rule_cost_of(schema, rule_front_rule(front), &absence);
    ck_assert(absence.mates);
    ck_assert_uint_eq(absence.looks, 40);
    ck_assert_uint_eq(absence.percent, 5 + 2); /* each event */
}
END_TEST

static void add(const char *id, const char *rest)
{
    ca_diags diags;
    ca_buf source;
    char path[40];
    ca_buf_init(&source);
    ca_diags_init(&diags, &arena);
    snprintf(path, sizeof(path), "%s.yaml", id);
    ca_buf_printf(&source, "rule: %s\nversion: 1\ntitle: T\nseverity: high\ncategory: eligibility\nmessage: m\n%s", id, rest);
    ck_assert_int_eq(ca_ruleset_add_source(rule_front_set(front), path, ca_buf_text(&source), false, &diags, NULL), 0);
    ck_assert_msg(diags.errors == 0, "%s", diags.count ? diags.items[0].text : "");
    ca_diags_done(&diags);
    ca_buf_done(&source);
}

START_TEST(a_run)
{
    ca_run_cost cost, larger, huge;
    add("US-0101", "status: active\nkind: line\nwhen: units > 1\n");
    add("US-0102", "status: active\nkind: window\nper: [billing_provider_id, procedure]\nwithin: day\nwhere: procedure = 'V1'\nwhen: count() > 1\n");
    add("US-0103", "status: shadow\nkind: window\nper: [billing_provider_id]\nwithin: day\nwhere: sex = 'M'\nwhen: sum(charge) > 1\n");
    add("US-0104", "status: active\nkind: pair\nsame: [patient_id]\nwhen: a.paid > b.paid\n");
    add("US-0105", "status: draft\nkind: pair\nsame: [claim_id]\nwhen: a.paid > b.paid\n");
    ck_assert_int_eq(ca_run_cost_of(rule_front_set(front), 1000, &arena, &cost, NULL), 0);
    ck_assert_uint_eq(cost.rules, 4);
    ck_assert_uint_eq(cost.exchange_count, 4);
    ck_assert_int_eq(cost.exchanges[0].exchange, CA_EXCHANGE_NONE);
    ck_assert_uint_eq(cost.exchanges[0].total, 0);
    ck_assert_int_eq(cost.exchanges[1].exchange, CA_EXCHANGE_CLAIM); /* where lines of all rules but those of one line wait */
    ck_assert_uint_eq(cost.exchanges[1].rules, 3);
    ck_assert_uint_eq(cost.exchanges[1].percent, 100);
    ck_assert_int_eq(cost.exchanges[2].exchange, CA_EXCHANGE_KEY); /* by the provider alone: it serves both */
    ck_assert_uint_eq(cost.exchanges[2].rules, 2);
    ck_assert_uint_eq(cost.exchanges[2].key_count, 1);
    ck_assert_uint_eq(cost.exchanges[2].percent, 40);
    ck_assert_uint_eq(cost.exchanges[2].total, 400u * cost.exchanges[2].bytes);
    ck_assert_int_eq(cost.exchanges[3].exchange, CA_EXCHANGE_PATIENT);
    ck_assert_uint_eq(cost.exchanges[3].percent, 5);
    ck_assert_int_eq(ca_run_cost_of(rule_front_set(front), 100000000, &arena, &larger, NULL), 0);
    ck_assert_uint_eq(larger.memory, cost.memory); /* more lines are more on disk */
    ck_assert_uint_gt(larger.exchanges[3].total, cost.exchanges[3].total);
    ck_assert_uint_gt(larger.milliseconds, 1000);
    ck_assert_int_eq(ca_run_cost_of(rule_front_set(front), UINT64_MAX, &arena, &huge, NULL), 0);
    ck_assert_uint_ge(huge.exchanges[3].total, larger.exchanges[3].total); /* nothing wraps around */
    ck_assert_uint_ge(huge.milliseconds, larger.milliseconds);
}
END_TEST

START_TEST(memory_may_run_out)
{
    ca_run_cost cost;
    int code = CA_NOMEM;
    add("US-0101", "status: active\nkind: line\nwhen: units > 1\n");
    for (uint64_t n = 1; code == CA_NOMEM && n < 50; n++) {
        ca_arena room;
        ca_arena_init(&room);
        ca_alloc_fail(n, 1);
        code = ca_run_cost_of(rule_front_set(front), 10, &room, &cost, NULL);
        ca_alloc_fail(0, 0);
        ca_arena_done(&room);
    }
    ck_assert_int_eq(code, 0);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, exchanges, 0, (int)(sizeof(rules) / sizeof(rules[0])));
    tcase_add_test(tcase, bytes_follow_columns);
    tcase_add_test(tcase, lonely_lines_stay);
    tcase_add_test(tcase, a_run);
    tcase_add_test(tcase, memory_may_run_out);
}

CA_CHECK_MAIN("rules/cost", add_tests)
