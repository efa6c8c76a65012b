/* By what the lines of a rule come together, and which route serves which rule. */
#include "rules/route.h"

#include "support/check_main.h"
#include "support/rule_front.h"

static rule_front *front;
static ca_buf words;

static void set_up(void)
{
    front = rule_front_new();
    ca_buf_init(&words);
}

static void tear_down(void)
{
    ca_buf_done(&words);
    rule_front_free(front);
}

static const char *key_of(const char *rest)
{
    unsigned key[CA_ROUTE_KEY_MAX];
    ca_buf source;
    ca_buf_init(&source);
    ca_buf_printf(&source, "rule: US-0101\nversion: 1\ntitle: T\nstatus: active\nseverity: high\ncategory: eligibility\nmessage: m\n%s", rest);
    const char *said = rule_front_load(front, ca_buf_cstr(&source));
    ck_assert_msg(rule_front_rule(front) != NULL, "%s", said);
    unsigned count = ca_route_key(rule_front_rule(front), key);
    ca_buf_clear(&words);
    for (unsigned i = 0; i < count; i++)
        ca_buf_printf(&words, "%s%s", i == 0 ? "" : " ", rule_front_set(front)->schema->columns[key[i]].name);
    ca_buf_done(&source);
    return ca_buf_cstr(&words);
}

static const struct {
    const char *rule, *key;
} rules[] = {
    {"kind: line\nwhen: units > 1\n", ""},
    {"kind: claim\nwhen: sum(units) > 1\n", ""},
    {"kind: pair\nsame: [service_date, patient_id]\nwhen: a.paid > b.paid\n", "patient_id"},
    {"kind: pair\nsame: [service_date, procedure]\nwhen: a.paid > b.paid\n", "service_date procedure"},
    {"kind: duplicate\nsame: [claim_id, line_no]\noriginal: first by claim_id, line_no\n", "claim_id line_no"},
    {"kind: window\nper: [rendering_provider_id]\nwithin: day\nwhen: count() > 1\n", "rendering_provider_id"},
    {"kind: window\nwithin: claim\nwhen: count() > 1\n", "claim_type claim_id"},
    {"kind: window\nper: [claim_id, procedure]\nwithin: claim\nwhen: count() > 1\n", "claim_id procedure claim_type"},
    {"kind: window\nper: [patient_id]\nwithin: claim\nwhen: count() > 1\n", "patient_id"},
    {"kind: window\nwithin: stay\nwhen: count() > 1\n", "patient_id"},
    {"kind: window\nper: [procedure]\nwithin: stay\nwhen: count() > 1\n", "patient_id"},
    {"kind: peer\nentity: pharmacy_id\npeers: [pharmacy.specialty]\nwithin: year\nmin_peers: 4\nmetric: sum(paid)\nwhen: metric > median()\n",
     "pharmacy_id"},
};

START_TEST(keys)
{
    ck_assert_str_eq(key_of(rules[_i].rule), rules[_i].key);
}
END_TEST

/* As many columns as a rule may name, and then the claim: what finds no room is left out. */
START_TEST(a_key_is_never_too_long)
{
    static const unsigned sixteen[] = {CA_F_PROCEDURE,   CA_F_CHARGE,        CA_F_UNITS,         CA_F_PAID,
                                       CA_F_ALLOWED,     CA_F_SERVICE_DATE,  CA_F_FROM_DATE,     CA_F_THROUGH_DATE,
                                       CA_F_BILL_TYPE,   CA_F_REVENUE_CODE,  CA_F_DRUG,          CA_F_MODIFIERS,
                                       CA_F_FACILITY_ID, CA_F_PHARMACY_ID,   CA_F_PRESCRIBER_ID, CA_F_LINE_NO};
    unsigned items[CA_ROUTE_KEY_MAX], key[CA_ROUTE_KEY_MAX];
    ck_assert_uint_eq(sizeof(sixteen) / sizeof(sixteen[0]), CA_ROUTE_KEY_MAX);
    for (unsigned i = 0; i < CA_ROUTE_KEY_MAX; i++)
        items[i] = sixteen[i];
    ca_rule rule = {.keys = {.same = {items, CA_ROUTE_KEY_MAX}, .period = CA_PERIOD_CLAIM}};
    ck_assert_uint_eq(ca_route_key(&rule, key), CA_ROUTE_KEY_MAX);
    ck_assert_mem_eq(key, items, sizeof(items));
    rule.keys.same.count--;
    ck_assert_uint_eq(ca_route_key(&rule, key), CA_ROUTE_KEY_MAX);
    ck_assert_uint_eq(key[CA_ROUTE_KEY_MAX - 1], CA_F_CLAIM_TYPE);
    rule.keys.period = CA_PERIOD_STAY;
    ck_assert_uint_eq(ca_route_key(&rule, key), 1);
    ck_assert_uint_eq(key[0], CA_F_PATIENT_ID);
    items[7] = items[3];    /* one column twice is there once */
    rule.keys.period = CA_PERIOD_NONE;
    ck_assert_uint_eq(ca_route_key(&rule, key), CA_ROUTE_KEY_MAX - 2);
}
END_TEST

START_TEST(fewer_columns_serve_more_rules)
{
    static const unsigned abc[] = {1, 2, 3}, ca[] = {3, 1}, d[] = {4}, cd[] = {3, 4};
    ck_assert(ca_route_serves(ca, 2, abc, 3));
    ck_assert(!ca_route_serves(abc, 3, ca, 2));
    ck_assert(ca_route_serves(abc, 3, abc, 3));
    ck_assert(!ca_route_serves(d, 1, abc, 3));
    ck_assert(!ca_route_serves(cd, 2, abc, 3));
    ck_assert(ca_route_serves(NULL, 0, d, 1));
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, keys, 0, (int)(sizeof(rules) / sizeof(rules[0])));
    tcase_add_test(tcase, a_key_is_never_too_long);
    tcase_add_test(tcase, fewer_columns_serve_more_rules);
}

CA_CHECK_MAIN("rules/route", add_tests)
