/* Keys of the kinds that see several lines: what they mean, printed and read again; what enters the logic hash. */
#include "support/check_main.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "rules/kind.h"
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

#define HEAD "rule: US-0101\nversion: 1\ntitle: T\nstatus: active\nseverity: high\ncategory: eligibility\nkind: "

#define PAIR HEAD "pair\nmessage: \"{patient_id}\"\nsame: [patient_id]\n"
#define DUPLICATE HEAD "duplicate\nmessage: \"{procedure}\"\nsame: [patient_id, procedure]\n"
#define WINDOW HEAD "window\nmessage: \"{count()}\"\nper: [patient_id]\n"
#define OVERLAP HEAD "overlap\nmessage: \"{overlap_days}\"\nper: [patient_id]\n"
#define SEQUENCE HEAD "sequence\nmessage: \"{patient_id}\"\nper: [patient_id]\nwhen: a.paid > b.paid\n"
#define ABSENCE HEAD "absence\nmessage: \"{a.paid}\"\nper: [patient_id]\n"
#define PEER                                                                                       \
    HEAD "peer\nmessage: \"{metric}\"\nentity: pharmacy_id\npeers: [pharmacy.specialty]\nwithin: year\n"

static const ca_rule *load(const char *source)
{
    const char *said = rule_front_load(front, source);
    ck_assert_msg(rule_front_rule(front) != NULL && *said == '\0', "%s\n%s", source, said);
    return rule_front_rule(front);
}

/* All keys of the kind as lines of YAML. */
static void print_keys(const ca_rule *rule, ca_buf *out)
{
    for (const char *const *key = rule->kind->keys; *key != NULL; key++) {
        size_t before = out->len;
        ca_buf_printf(out, "%s: ", *key);
        size_t name = out->len;
        if (ca_print_key(rule_front_set(front), rule, *key, false, out))
            ca_buf_add_char(out, '\n');
        else
            out->len = before;
        ck_assert(out->len == before || out->len > name + 1);
    }
}

/* --- Printed, read again --------------------------------------------------------------------- */

static const struct {
    const char *source;
    const char *keys; /* canonical */
} good[] = {
    {PAIR "when: a.paid > b.paid\n", "same: [patient_id]\nlevel: line\nreport: both\nmax_group: 10000\n"},
    {PAIR "when: a.paid > b.paid\nreport: b\nmax_group: 500\n",
     "same: [patient_id]\nlevel: line\nreport: b\nmax_group: 500\n"},
    {PAIR "level: claim\nwhen: sum(a.paid) > b.paid and count(where a.units > 1) > 2\n",
     "same: [patient_id]\nlevel: claim\nreport: both\nmax_group: 10000\n"},
    {PAIR "when: a.billing.specialty = b.billing.specialty and a.paid < b.paid\nparameters: {cap: 7}\nmax_group: cap\n",
     "same: [patient_id]\nlevel: line\nreport: both\nmax_group: 7\n"},
    {DUPLICATE "original: first by received_date, claim_id, line_no\n",
     "same: [patient_id, procedure]\noriginal: first by received_date, claim_id, line_no\nlevel: line\n"},
    {HEAD "duplicate\nmessage: \"{paid} {original.paid} {sum(original.paid)}\"\nsame: claim_paid\nlevel: claim\n"
          "original: first by claim_id\nunless: [{name: n, when: any(procedure = 'V0103'), reason: R}]\n",
     "same: [claim_paid]\noriginal: first by claim_id\nlevel: claim\n"},
    {WINDOW "within: rolling 90 days\nwhen: count() > 3\n",
     "per: [patient_id]\nwithin: rolling 90 days\nsettle: 60 days\njudge: closed\n"},
    {WINDOW "within: rolling span days\nwhen: count() > 3\nparameters: {span: 30}\nsettle: 0 days\njudge: open\n",
     "per: [patient_id]\nwithin: rolling 30 days\nsettle: 0 days\njudge: open\n"},
    {WINDOW "within: day\nwhen: sum(units) > mue(procedure).max_units\nwhere: paid>0\nlines: paid  >  5 and "
            "modifiers has 'kx'\n",
     NULL},
    {HEAD "window\nmessage: \"{window_start} {window_end} {service_date} {sex} {procedure}\"\n"
          "per: [patient_id, procedure]\nwithin: benefit_year\n"
          "when: sum(units) > mue(procedure on service_date).max_units and age_at(birth_date, window_end) < 18\n"
          "lines: paid  >  5 and modifiers has 'kx'\n",
     "per: [patient_id, procedure]\nwithin: benefit_year\nlines: paid > 5 and modifiers has 'KX'\nsettle: 60 days\n"
     "judge: closed\n"},
    {HEAD "window\nmessage: \"{count()}\"\nwithin: stay\nwhen: count() > 3\n",
     "within: stay\n"},
    {WINDOW "each: mue(procedure)\nwithin: rolling row.max_units days\nwhen: sum(paid) > row.price\nsettle: row.max_units "
            "days\n",
     "each: mue(procedure)\nper: [patient_id]\nwithin: rolling row.max_units days\nsettle: row.max_units days\n"
     "judge: closed\n"},
    {SEQUENCE "each: contract(a.rendering_provider_id, b.procedure on a.service_date)\norder: service_date\nadjacent: yes\n"
              "unless: [{name: n, when: row.price > 1 and row.provider = a.patient_id, reason: R}]\n",
     "each: contract(a.rendering_provider_id, b.procedure on a.service_date)\nper: [patient_id]\norder: service_date\n"
     "adjacent: yes\nlevel: line\nreport: both\nmax_group: 10000\n"},
    {OVERLAP "interval: service_date to coalesce(service_end_date, service_date)\n",
     "per: [patient_id]\ninterval: service_date to coalesce(service_end_date, service_date)\ntouching: overlap\n"
     "level: line\nreport: both\nmax_group: 10000\n"},
    {OVERLAP "level: claim\ninterval: \"add_days(admission_date, 1) to max(service_date where paid > 1)\"\n"
             "touching: allowed\nwhen: a.facility_id = b.facility_id\nexposure: least(a.paid, b.paid)\nreport: a\n",
     "per: [patient_id]\ninterval: add_days(admission_date, 1) to max(service_date where paid > 1)\ntouching: allowed\n"
     "level: claim\nreport: a\nmax_group: 10000\n"},
    {SEQUENCE "order: service_date\nadjacent: yes\n",
     "per: [patient_id]\norder: service_date\nadjacent: yes\nlevel: line\nreport: both\nmax_group: 10000\n"},
    {SEQUENCE "order: >\n  add_days(service_date,\n  -1)\nwithin: 1 day\nreport: b\nadjacent: no\n",
     "per: [patient_id]\norder: add_days(service_date, -1)\nadjacent: no\nwithin: 1 days\nlevel: line\nreport: b\n"
     "max_group: 10000\n"},
    {ABSENCE "event: drug is present and a.paid > 0\nwithout: rendering_provider_id = a.prescriber_id\n"
             "look: 180 days before to 3 days after\n",
     "per: [patient_id]\nevent: a.drug is present and a.paid > 0\n"
     "without: b.rendering_provider_id = a.prescriber_id\nlook: 180 days before to 3 days after\nsettle: 60 days\n"},
    {ABSENCE "event: paid > 0\nwithout: procedure in ('V0103')\nlook: 0 days  before to 1 day after\n"
             "history: 365 days\nsettle: 30 days\nunless: [{name: n, when: a.units > 1 and sex = 'M', reason: R}]\n",
     "per: [patient_id]\nevent: a.paid > 0\nwithout: b.procedure in ('V0103')\nlook: 0 days before to 1 days after\n"
     "history: 365 days\nsettle: 30 days\n"},
    {PEER "minimum: count() >= 3\nmin_peers: 30\nmetric: top_share(prescriber_id where paid > 0)\n"
          "when: metric > percentile(99.5) and metric > 2 * median() and peer_count > 50 and count() > 5\n",
     "entity: pharmacy_id\npeers: [pharmacy.specialty]\nwithin: year\nminimum: count() >= 3\nmin_peers: 30\n"
     "metric: top_share(prescriber_id where paid > 0)\nsettle: 60 days\njudge: closed\n"},
};

/* Without its kind's keys, and those that stand in for them. */
static void strip_keys(const char *source, const ca_kind *kind, ca_buf *out)
{
    ca_text rest = ca_text_of(source);
    ca_text line;
    bool own = false;
    while (ca_text_next(&rest, '\n', &line)) {
        const char *colon = memchr(line.ptr, ':', line.len);
        if (line.len > 0 && line.ptr[0] != ' ')
            own = colon != NULL && ca_kind_has_key(kind, (ca_text){line.ptr, (size_t)(colon - line.ptr)});
        if (own || ca_text_starts(line, CA_TEXT("parameters:")))
            continue;
        ca_buf_add_text(out, line);
        ca_buf_add_char(out, '\n');
    }
}

START_TEST(printed_keys_read_the_same)
{
    uint8_t hash[32];
    ca_buf keys;
    ca_buf again;
    if (good[_i].keys == NULL) { /* procedure is no key there */
        ck_assert_ptr_nonnull(strstr(rule_front_load(front, good[_i].source), "procedure belongs to lines"));
        return;
    }
    const ca_rule *rule = load(good[_i].source);
    ca_buf_init(&keys);
    ca_buf_init(&again);
    print_keys(rule, &keys);
    ck_assert_str_eq(ca_buf_cstr(&keys), good[_i].keys);
    memcpy(hash, rule->logic_hash, sizeof(hash));
    strip_keys(good[_i].source, rule->kind, &again);
    ca_buf_add_text(&again, ca_buf_text(&keys));
    rule = load(ca_buf_cstr(&again));
    ck_assert_mem_eq(rule->logic_hash, hash, sizeof(hash));
    ca_buf_clear(&keys);
    print_keys(rule, &keys);
    ck_assert_str_eq(ca_buf_cstr(&keys), good[_i].keys);
    ca_buf_done(&keys);
    ca_buf_done(&again);
}
END_TEST

/* --- What decides ----------------------------------------------------------------------------- */

static const struct {
    const char *source;
    const char *other;
    bool same;
} logics[] = {
#define PAIR_WHEN PAIR "when: a.paid > b.paid\n"
    {PAIR_WHEN, PAIR "when: b.paid > a.paid\n", false},
    {PAIR_WHEN, PAIR_WHEN "report: a\n", false},
    {PAIR_WHEN, PAIR_WHEN "report: both\n", true},
    {PAIR_WHEN, PAIR_WHEN "max_group: 9999\n", false},
    {PAIR_WHEN, PAIR_WHEN "max_group: 10000\n", true},
    {PAIR_WHEN, PAIR_WHEN "level: claim\n", false},
    {PAIR_WHEN, PAIR_WHEN "where: paid > 0\n", false},
    {PAIR_WHEN, HEAD "pair\nmessage: \"{patient_id}\"\nsame: [patient_id, sex]\nwhen: a.paid > b.paid\n", false},
    {PAIR_WHEN, HEAD "pair\nmessage: \"{patient_id}\"\nsame: patient_id\nwhen: a.paid  >  b.paid\n", true},
    {PAIR "level: claim\nwhen: sum(a.units) > b.paid\n", PAIR "level: claim\nwhen: sum(b.units) > b.paid\n", false},
    {PAIR_WHEN "exposure: a.paid\n", PAIR_WHEN "exposure: b.paid\n", false},
    {PAIR_WHEN "exposure: a.paid + b.paid\n", PAIR_WHEN, true},
#define FIRST "original: first by received_date, claim_id, line_no\n"
    {DUPLICATE FIRST, DUPLICATE "original: first by paid_date, claim_id, line_no\n", false},
    {DUPLICATE FIRST "exposure: paid\n", DUPLICATE FIRST, true},
    {DUPLICATE FIRST "exposure: original.paid\n", DUPLICATE FIRST, false},
#define COUNT "when: count() > 3\n"
    {WINDOW COUNT "within: month\n", WINDOW COUNT "within: quarter\n", false},
    {WINDOW COUNT "within: rolling 30 days\n", WINDOW COUNT "within: rolling 31 days\n", false},
    {WINDOW COUNT "within: rolling n days\nparameters: {n: 30}\n", WINDOW COUNT "within: rolling 30 days\n", true},
    {WINDOW COUNT "within: month\n", WINDOW COUNT "within: month\nsettle: 60 days\njudge: closed\n", true},
    {WINDOW COUNT "within: month\n", WINDOW COUNT "within: month\nsettle: 61 days\n", false},
    {WINDOW COUNT "within: month\n", WINDOW COUNT "within: month\njudge: open\n", false},
    {WINDOW COUNT "within: month\n", WINDOW COUNT "within: month\nlines: paid > 0\n", false},
    {WINDOW "within: month\nwhen: count() > 3 and window_end > 2024-01-01\n",
     WINDOW "within: month\nwhen: count() > 3 and window_start > 2024-01-01\n", false},
#define DATES "interval: admission_date to discharge_date\n"
    {OVERLAP DATES, OVERLAP DATES "touching: allowed\n", false},
    {OVERLAP DATES, OVERLAP DATES "touching: overlap\n", true},
    {OVERLAP DATES, OVERLAP "interval: discharge_date to admission_date\n", false},
    {OVERLAP DATES, OVERLAP "interval: admission_date to through_date\n", false},
    {OVERLAP DATES, OVERLAP DATES "when: a.paid > b.paid\n", false},
    {SEQUENCE "order: service_date\nadjacent: yes\n", SEQUENCE "order: paid_date\nadjacent: yes\n", false},
    {SEQUENCE "order: service_date\nwithin: 5 days\n", SEQUENCE "order: service_date\nwithin: 6 days\n", false},
    {SEQUENCE "order: service_date\nwithin: 5 days\n", SEQUENCE "order: service_date\nwithin: 5 days\nadjacent: yes\n",
     false},
#define EVENT "event: paid > 0\nwithout: units > 0\nlook: 5 days before to 6 days after\n"
    {ABSENCE EVENT, ABSENCE "event: paid > 1\nwithout: units > 0\nlook: 5 days before to 6 days after\n", false},
    {ABSENCE EVENT, ABSENCE "event: a.paid > 0\nwithout: b.units > 0\nlook: 5 days before to 6 days after\n", true},
    {ABSENCE EVENT, ABSENCE "event: paid > 0\nwithout: a.units > b.units\nlook: 5 days before to 6 days after\n", false},
    {ABSENCE EVENT, ABSENCE "event: paid > 0\nwithout: units > 0\nlook: 6 days before to 5 days after\n", false},
    {ABSENCE EVENT, ABSENCE EVENT "history: 5 days\n", false},
    {ABSENCE EVENT, ABSENCE EVENT "settle: 5 days\n", false},
    {ABSENCE EVENT, ABSENCE EVENT "exposure: a.paid\n", true},
#define METRIC "minimum: count() > 3\nmetric: sum(paid)\n"
#define AMONG METRIC "min_peers: 30\n"
    {PEER AMONG "when: metric > percentile(95)\n", PEER AMONG "when: metric > percentile(96)\n", false},
    {PEER AMONG "when: metric > percentile(95)\n", PEER AMONG "when: metric > percentile(95.0)\n", true},
    {PEER AMONG "when: metric > median()\n", PEER AMONG "when: metric > peer_count\n", false},
    {PEER AMONG "when: metric > median()\n", PEER METRIC "min_peers: 31\nwhen: metric > median()\n", false},
    {PEER AMONG "when: metric > median()\n",
     PEER "min_peers: 30\nminimum: count() > 3\nmetric: sum(allowed)\nwhen: metric > median()\n", false},
    {PEER AMONG "when: metric > median()\n",
     PEER "min_peers: 30\nminimum: count() > 4\nmetric: sum(paid)\nwhen: metric > median()\n", false},
    {PEER AMONG "when: metric > median()\n",
     HEAD "peer\nmessage: \"{metric}\"\nentity: pharmacy_id\npeers: [pharmacy.provider_region]\nwithin: year\n" AMONG
          "when: metric > median()\n",
     false},
};

static void load_loosely(const char *source, uint8_t hash[32])
{
    const char *said = rule_front_load(front, source);
    ck_assert_msg(rule_front_rule(front) != NULL && strstr(said, "error") == NULL, "%s\n%s", source, said);
    memcpy(hash, rule_front_rule(front)->logic_hash, 32);
}

START_TEST(what_enters_the_logic_hash)
{
    uint8_t one[32];
    uint8_t other[32];
    load_loosely(logics[_i].source, one);
    load_loosely(logics[_i].other, other);
    ck_assert_msg((memcmp(one, other, 32) == 0) == logics[_i].same, "%s\nand\n%s", logics[_i].source, logics[_i].other);
}
END_TEST

/* --- The tree ---------------------------------------------------------------------------------- */

START_TEST(sides_of_columns)
{
    const ca_rule *rule = load(ABSENCE "event: drug is present\nwithout: rendering_provider_id = a.prescriber_id\n"
                                       "look: 180 days before to 3 days after\n");
    const ca_node *without = rule->keys.without;
    ck_assert_int_eq(rule->keys.event->args[0]->side, CA_SIDE_A);
    ck_assert_int_eq(without->args[0]->side, CA_SIDE_B);
    ck_assert_uint_eq(without->args[0]->column, CA_F_RENDERING_PROVIDER_ID);
    ck_assert_int_eq(without->args[1]->side, CA_SIDE_A);
    ck_assert_int_eq((int)ca_keys_number(rule->keys.look_before, CA_NO_TABLE_ROW), 180);
    ck_assert_int_eq((int)ca_keys_number(rule->keys.look_after, CA_NO_TABLE_ROW), 3);
    ck_assert_ptr_null(rule->when);
    ck_assert_ptr_null(rule->keys.history);
    ck_assert_uint_eq(rule->leaf_count, 2);
    ck_assert_uint_eq(rule->key_leaves, 2);
    ck_assert_ptr_eq(rule->leaves[0], rule->keys.event);
    ck_assert_int_eq(rule->exposure->side, CA_SIDE_A);
    ck_assert(rule->line_columns[CA_F_PRESCRIBER_ID] && rule->line_columns[CA_F_DRUG]);
    ck_assert(rule->line_columns[CA_F_PATIENT_ID] && rule->line_columns[CA_F_SERVICE_DATE]);
    ck_assert(!rule->unit_columns[CA_F_PRESCRIBER_ID]);
}
END_TEST

START_TEST(columns_of_claims)
{
    const ca_rule *rule = load(OVERLAP "level: claim\ninterval: admission_date to max(service_date)\n"
                                       "when: a.paid > sum(b.paid where b.units > 1)\nwhere: procedure is present\n");
    ck_assert(rule->keys.of_claims);
    ck_assert(rule->when->args[0]->claim_amount);
    ck_assert_int_eq(rule->when->args[1]->side, CA_SIDE_B);
    ck_assert(rule->when->args[1]->args[0]->of_lines);
    ck_assert_uint_eq(rule->effective_on, CA_F_FROM_DATE);
    ck_assert(rule->unit_columns[CA_F_ADMISSION_DATE] && rule->unit_columns[CA_F_CLAIM_PAID]);
    ck_assert(rule->unit_columns[CA_F_PATIENT_ID] && !rule->unit_columns[CA_F_UNITS]);
    ck_assert(rule->line_columns[CA_F_UNITS] && rule->line_columns[CA_F_PROCEDURE]);
    ck_assert(rule->line_columns[CA_F_SERVICE_DATE] && rule->line_columns[CA_F_PAID]);
}
END_TEST

START_TEST(default_exposures)
{
    static const struct {
        const char *source;
        const char *exposure;
    } cases[] = {
        {PAIR "when: a.paid > b.paid\n", "a.paid + b.paid"},
        {PAIR "when: a.paid > b.paid\nreport: a\n", "a.paid"},
        {PAIR "when: a.paid > b.paid\nreport: b\n", "b.paid"},
        {DUPLICATE FIRST, "paid"},
        {WINDOW "within: day\nwhen: count() > 3\n", "sum(paid)"},
        {ABSENCE EVENT, "a.paid"},
        {PEER AMONG "when: metric > median()\n", "sum(paid)"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ca_buf text;
        ca_buf_init(&text);
        const ca_rule *rule = load(cases[i].source);    /* makes the set anew */
        ca_print_expression(rule_front_set(front), rule->exposure, &text);
        ck_assert_str_eq(ca_buf_cstr(&text), cases[i].exposure);
        ca_buf_done(&text);
    }
}
END_TEST

START_TEST(types_of_what_a_kind_gives)
{
    const ca_rule *rule = load(PEER AMONG "when: metric > percentile(95)\n");
    ck_assert_int_eq(rule->when->args[0]->given, CA_GIVEN_METRIC);
    ck_assert_int_eq(rule->when->args[0]->type.type, CA_TYPE_MONEY);
    ck_assert_int_eq(rule->when->args[1]->type.type, CA_TYPE_MONEY);
    ck_assert_int_eq(rule->when->args[1]->given, CA_GIVEN_PERCENTILE);
}
END_TEST

START_TEST(every_kind_is_whole)
{
    for (const ca_kind *const *kind = ca_kinds; *kind != NULL; kind++) {
        size_t own = (*kind)->keys[0] != NULL && strcmp((*kind)->keys[0], "each") == 0 ? 1 : 0;
        ck_assert_int_eq((*kind)->judge_groups != NULL, ca_kind_of_several(*kind));
        ck_assert_int_eq((*kind)->judge == NULL, ca_kind_of_several(*kind));
        ck_assert_int_eq((*kind)->keys[own] == NULL, (*kind)->group_key == NULL);
        ck_assert_int_eq((*kind)->each == CA_EACH_NONE, own == 0);
        ck_assert_int_eq((*kind)->each == CA_EACH_NONE, (*kind)->instead_of_each != NULL);
        ck_assert_int_eq((*kind)->when == CA_WHEN_NONE, (*kind)->instead_of_when != NULL);
        ck_assert_ptr_nonnull((*kind)->skeleton);
        ck_assert(kind == ca_kinds || strcmp(kind[-1]->name, (*kind)->name) < 0);
    }
}
END_TEST

START_TEST(memory_may_run_out)
{
    ca_text source = ca_text_of(good[_i].source);
    size_t n = 1;
    for (bool finished = false; !finished; n++) {
        ca_diags diags;
        ca_arena texts;
        rule_front_empty(front);
        ca_arena_init(&texts);
        ca_diags_init(&diags, &texts);
        ca_alloc_fail(n, 1);
        int code = ca_ruleset_add_source(rule_front_set(front), "US-0101.yaml", source, false, &diags, NULL);
        ca_alloc_fail(0, 0);
        finished = code == 0;
        if (!finished)
            ck_assert_int_eq(code, CA_NOMEM);
        ck_assert_uint_eq(rule_front_set(front)->count, finished && good[_i].keys != NULL);
        ck_assert_uint_lt(n, 2000);
        ca_diags_done(&diags);
        ca_arena_done(&texts);
    }
    ck_assert_uint_gt(n, 5);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_unchecked_fixture(tcase, open_front, close_front);
    tcase_add_loop_test(tcase, printed_keys_read_the_same, 0, sizeof(good) / sizeof(good[0]));
    tcase_add_loop_test(tcase, what_enters_the_logic_hash, 0, sizeof(logics) / sizeof(logics[0]));
    tcase_add_test(tcase, sides_of_columns);
    tcase_add_test(tcase, columns_of_claims);
    tcase_add_test(tcase, default_exposures);
    tcase_add_test(tcase, types_of_what_a_kind_gives);
    tcase_add_test(tcase, every_kind_is_whole);
    tcase_add_loop_test(tcase, memory_may_run_out, 0, sizeof(good) / sizeof(good[0]));
}

CA_CHECK_MAIN("rules/kind_keys", add_tests)
