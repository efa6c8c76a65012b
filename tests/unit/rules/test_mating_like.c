/* Which rule recognises all lines that another one would. */
#include "support/check_main.h"
#include "support/group_judge.h"

#include "rules/group_mates.h"

typedef struct serve_case {
    const char *wide, *narrow;
    bool serves;
} serve_case;

#define NEAR_DAYS "days_between(a.service_date, b.service_date) between 0 and "

static const serve_case cases[] = {
    {"kind: pair\nmessage: m\nsame: [patient_id]\nwhere: paid > 0\nwhen: a.units > b.units\n",
     "kind: duplicate\nmessage: m\nsame: [service_date, patient_id, charge]\noriginal: first by claim_id, line_no\n"
     "where: units > 1 and paid > 0\n", true},
    /* Another key, other lines. */
    {"kind: pair\nmessage: m\nsame: [patient_id, facility_id]\nwhen: a.units > b.units\n",
     "kind: pair\nmessage: m\nsame: [patient_id, charge]\nwhen: a.units > b.units\n", false},
    {"kind: pair\nmessage: m\nsame: [patient_id]\nwhere: paid > 0 and units > 1\nwhen: a.units > b.units\n",
     "kind: pair\nmessage: m\nsame: [patient_id]\nwhere: paid > 0\nwhen: a.units > b.units\n", false},
    {"kind: pair\nmessage: m\nsame: [patient_id]\nwhere: paid > 0\nwhen: a.units > b.units\n",
     "kind: pair\nmessage: m\nsame: [patient_id]\nwhere: paid > 1\nwhen: a.units > b.units\n", false},
    {"kind: pair\nmessage: m\nsame: [patient_id]\nwhere: paid > 0\nwhen: a.units > b.units\n",
     "kind: pair\nmessage: m\nsame: [patient_id]\nwhen: a.units > b.units\n", false},
    {"kind: pair\nmessage: m\nsame: [patient_id]\nwhere: paid > 0 or not (units > 1 and units < 3)\nwhen: a.units > b.units\n",
     "kind: pair\nmessage: m\nsame: [patient_id]\nwhere: charge > 1 and (paid > 0 or not (units > 1 and units < 3))\n"
     "when: a.units > b.units\n", true},
    {"kind: pair\nmessage: m\nsame: [patient_id]\nwhere: paid > 0 or not (units > 1 and units < 3)\nwhen: a.units > b.units\n",
     "kind: pair\nmessage: m\nsame: [patient_id]\nwhere: charge > 1 and (paid > 0 or not (units > 1 and units < 4))\n"
     "when: a.units > b.units\n", false},
    /* Days: lines of one key lie near enough, or they do not. */
    {"kind: pair\nmessage: m\nsame: [patient_id]\nwhen: a.units > b.units and " NEAR_DAYS "1\n",
     "kind: pair\nmessage: m\nsame: [patient_id, service_date]\nwhen: a.units > b.units\n", true},
    {"kind: pair\nmessage: m\nsame: [patient_id]\nwhen: a.units > b.units and " NEAR_DAYS "1\n",
     "kind: pair\nmessage: m\nsame: [patient_id, charge]\nwhen: a.units > b.units\n", false},
    {"kind: pair\nmessage: m\nsame: [patient_id]\nwhen: a.units > b.units and " NEAR_DAYS "3\n",
     "kind: pair\nmessage: m\nsame: [patient_id, charge]\nwhen: a.units > b.units and " NEAR_DAYS "3\n", true},
    {"kind: pair\nmessage: m\nsame: [patient_id]\nwhen: a.units > b.units and " NEAR_DAYS "3\n",
     "kind: pair\nmessage: m\nsame: [patient_id, charge]\nwhen: a.units > b.units and " NEAR_DAYS "4\n", false},
    /* Those that stand on one side only, claims, and what is no pair by its key. */
    {"kind: pair\nmessage: m\nsame: [patient_id]\nwhen: a.paid > 1 and b.paid < 3 and a.units > b.units\n",
     "kind: pair\nmessage: m\nsame: [patient_id, charge]\nwhen: a.units > b.units\n", false},
    {"kind: pair\nmessage: m\nsame: [patient_id]\nwhen: a.units > b.units\n",
     "kind: pair\nmessage: m\nsame: [patient_id, charge]\nwhen: a.paid > 1 and b.paid < 3 and a.units > b.units\n", true},
    {"kind: sequence\nlevel: claim\nmessage: m\nper: [patient_id]\norder: admission_date\nadjacent: yes\n"
     "when: a.discharge_date <= b.admission_date\n",
     "kind: pair\nmessage: m\nsame: [patient_id, charge]\nwhen: a.units > b.units\n", false},
    {"kind: pair\nmessage: m\nsame: [patient_id]\nwhen: a.units > b.units\n",
     "kind: overlap\nlevel: claim\nmessage: m\nper: [patient_id]\ninterval: admission_date to discharge_date\n"
     "when: a.paid > b.paid\n", false},
    {"kind: pair\nmessage: m\nsame: [patient_id]\nwhen: a.units > b.units\n",
     "kind: absence\nmessage: m\nper: [patient_id, billing_provider_id]\nevent: units > 2 and paid > 0\n"
     "without: units < 2 and paid = a.paid\nlook: 0 days before to 0 days after\n", false},
    {"kind: window\nmessage: m\nper: [patient_id]\nwithin: day\nwhen: sum(units) > 2\n",
     "kind: pair\nmessage: m\nsame: [patient_id, charge]\nwhen: a.units > b.units\n", false},
};

START_TEST(a_rule_serves_another)
{
    group_world wide, narrow;
    group_init(&wide);
    group_init(&narrow);
    group_rule(&wide, cases[_i].wide);
    group_rule(&narrow, cases[_i].narrow);
    ca_mating of_wide = ca_mating_of(wide.rule);
    ca_mating of_narrow = ca_mating_of(narrow.rule);
    ck_assert_int_eq(ca_mating_serves(wide.rule, &of_wide, narrow.rule, &of_narrow), cases[_i].serves);
    ck_assert(of_wide.by == CA_MATES_NONE || of_wide.by == CA_MATES_EVENT || wide.rule->keys.of_claims || of_wide.sided ||
              ca_mating_serves(wide.rule, &of_wide, wide.rule, &of_wide));
    group_done(&wide);
    group_done(&narrow);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, a_rule_serves_another, 0, (int)(sizeof cases / sizeof *cases));
}

CA_CHECK_MAIN("rules/mating_like", add_tests)
