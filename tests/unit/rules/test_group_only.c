/* Lines that a rule is not shown do not exist for it: not as members or units, not as the other line of an absence, not in
 * claims, stays or peers. What is said must be what is said where they are not in the batch. */
#include "support/check_main.h"
#include "rules/group_mates.h"
#include "support/group_judge.h"

#include <stdio.h>
#include <string.h>

static group_world world;

static void set_up(void)
{
    group_init(&world);
}

static void tear_down(void)
{
    group_done(&world);
}

/* Rows of the table by their place in the text: "1101". */
static uint64_t rows_of(const char *bits)
{
    uint64_t only = 0;
    for (unsigned i = 0; bits[i] != '\0'; i++)
        only |= bits[i] == '1' ? UINT64_C(1) << i : 0;
    return only;
}

static void is_said(const char *bits, const char *expected)
{
    uint64_t only = rows_of(bits);
    ck_assert_str_eq(group_said(&world, &only, false), expected);
    ck_assert_str_eq(group_said(&world, &only, true), expected);
}

START_TEST(as_member_of_a_window)
{
    group_rule(&world, "kind: window\nmessage: m\nper: [patient_id]\nwithin: day\nwhere: paid > 0\nwhen: sum(units) > 2\n");
    group_table(&world, "id patient_id service_date units paid\n"
                        "1 P1 2024-01-01 2 1\n2 P1 2024-01-01 1 1\n3 P1 2024-01-01 2 -\n4 - 2024-01-01 2 1\n");
    is_said("1111", "hit 1 2; unknown 4: patient_id; 1 hit, 1 unknown");
    is_said("1010", "unknown 1 3: paid; 1 unknown");
    is_said("1000", "1 pass");
    is_said("0001", "unknown 4: patient_id; 1 unknown");
    is_said("0000", "");
}
END_TEST

START_TEST(as_unit_of_a_pair)
{
    group_rule(&world, "kind: pair\nmessage: m\nsame: [patient_id]\nwhere: paid > 0\nwhen: a.units > b.units\n");
    group_table(&world, "id patient_id service_date units paid\n"
                        "1 P1 2024-01-01 2 1\n2 P1 2024-01-02 1 1\n3 P1 2024-01-03 - 1\n4 P1 2024-01-04 1 -\n");
    is_said("1100", "hit 1 2; 2 hit");
    is_said("1000", "1 pass");
    is_said("0011", "unknown 4: paid; 1 pass, 1 unknown");
    is_said("1010", "unknown 1 3: units; unknown 1 3: units; 2 unknown");
}
END_TEST

START_TEST(as_other_line_of_an_absence)
{
    group_rule(&world, "kind: absence\nmessage: m\nper: [patient_id]\nevent: units > 5\nwithout: units < 3\n"
                       "look: 3 days before to 3 days after\n");
    group_table(&world, "id patient_id service_date units\n"
                        "1 P1 2024-01-03 9\n2 P1 2024-01-02 1\n3 P1 2024-01-04 -\n4 P1 2024-01-05 7\n");
    world.horizon.has_from = true;
    is_said("1101", "2 pass");
    is_said("1000", "hit 1; 1 hit");
    is_said("1010", "unknown 1: units; unknown 3: units; 2 unknown");
    is_said("0100", "");
}
END_TEST

START_TEST(as_line_of_a_claim)
{
    group_rule(&world, "kind: pair\nlevel: claim\nmessage: m\nsame: [patient_id]\nwhen: sum(a.units) > sum(b.units)\n");
    group_table(&world, "id patient_id claim_type claim_id line_no service_date units\n"
                        "1 P1 professional A 1 2024-01-01 1\n2 P1 professional A 2 2024-01-01 2\n"
                        "3 P1 professional B 1 2024-01-01 2\n4 P1 professional C 1 2024-01-01 -\n");
    is_said("1110", "hit 1 3; 2 hit");
    is_said("1010", "hit 3 1; 2 hit");
    is_said("0110", "2 pass");
    is_said("0010", "1 pass");
}
END_TEST

START_TEST(as_stay)
{
    group_rule(&world, "kind: window\nmessage: m\nwithin: stay\nwhere: claim_type = 'professional'\nwhen: count() > 1\n");
    group_table(&world, "id patient_id claim_type claim_id service_date admission_date discharge_date\n"
                        "1 P1 inpatient S 2024-01-01 2024-01-01 2024-01-09\n"
                        "2 P1 professional A 2024-01-02 - -\n3 P1 professional B 2024-01-03 - -\n");
    is_said("111", "hit 2 3; 1 hit");
    is_said("011", "2 not_applicable");
    is_said("101", "1 pass");
}
END_TEST

START_TEST(as_peer)
{
    group_rule(&world, "kind: peer\nmessage: m\nentity: pharmacy_id\npeers: [claim_type]\nwithin: year\nmin_peers: 2\n"
                       "metric: sum(units)\nwhen: metric > median()\n");
    group_table(&world, "id claim_type pharmacy_id service_date units\n1 pharmacy R1 2024-01-01 3\n"
                        "2 pharmacy R1 2024-01-01 3\n3 pharmacy R2 2024-01-01 5\n");
    is_said("111", "hit 1 2; 1 pass, 1 hit");
    is_said("101", "hit 3; 1 pass, 1 hit");
    is_said("001", "unknown 3: too few peers; 1 unknown");
}
END_TEST

START_TEST(lines_that_travel_hold_the_stays)
{
    uint64_t travels[1], certain[1], turned[1];
    uint64_t all = 7;
    ca_error err = {0};
    group_rule(&world, "kind: window\nmessage: m\nwithin: stay\nwhere: claim_type = 'professional'\nwhen: count() > 1\n");
    group_table(&world, "id patient_id claim_type claim_id service_date\n1 P1 inpatient S 2024-01-01\n"
                        "2 P1 professional A 2024-01-02\n3 P1 pharmacy B 2024-01-03\n");
    ck_assert_int_eq(ca_group_travels(world.eval, &world.table.frame, world.rule, &all, travels, certain, turned, &err), 0);
    ck_assert_uint_eq(certain[0], 2);
    ck_assert_uint_eq(travels[0], 3);
    ck_assert_uint_eq(turned[0], 5);
}
END_TEST

/* A line that can be neither a nor b parts those around it. */
START_TEST(neighbours_have_all_lines_of_their_key)
{
    static const char rule[] = "kind: sequence\nmessage: m\nper: [patient_id]\norder: service_date\n%s"
                               "when: a.units = 1 and b.units = 2 and a.service_date = b.service_date\n";
    char text[400];
    snprintf(text, sizeof text, rule, "adjacent: yes\n");
    group_rule(&world, text);
    ca_mating mating = ca_mating_of(world.rule);
    ck_assert(mating.by == CA_MATES_ANY && !mating.sided);
    snprintf(text, sizeof text, rule, "");
    group_rule(&world, text);
    mating = ca_mating_of(world.rule);
    ck_assert(mating.by == CA_MATES_NEAR && mating.sided);
}
END_TEST

/* --- Any rule, any lines ---------------------------------------------------------------------------------- */

static const char *const rules[] = {
    "kind: window\nmessage: m\nper: [patient_id]\nwithin: week\nwhere: paid > 0\nwhen: sum(units) > 6\n",
    "kind: window\nmessage: m\nper: [billing_provider_id, patient_id]\nwithin: rolling 5 days\nwhen: count() > 2\n",
    "kind: window\nmessage: m\nwithin: claim\nwhen: distinct(procedure) > 1\n",
    "kind: window\nmessage: m\nwithin: stay\nwhere: units > 1\nwhen: count() > 1\n",
    "kind: window\nmessage: m\neach: mue(procedure)\nper: [patient_id]\nwithin: month\nwhen: sum(units) > row.max_units\n",
    "kind: pair\nmessage: m\nsame: [patient_id]\nwhere: paid > 0\nwhen: a.units > b.units and a.procedure = b.procedure\n",
    "kind: pair\nlevel: claim\nmessage: m\nsame: [patient_id]\nwhere: paid > 0\nwhen: sum(a.units) > sum(b.units)\n",
    "kind: duplicate\nmessage: m\nsame: [patient_id, procedure, modifiers]\noriginal: first by paid, claim_id, line_no\n",
    "kind: duplicate\nlevel: claim\nmessage: m\nsame: [patient_id, billing_provider_id]\noriginal: first by claim_id\n",
    "kind: overlap\nmessage: m\nper: [patient_id]\ninterval: service_date to service_end_date\n"
    "when: a.units > b.units or overlap_days > 2\n",
    "kind: overlap\nlevel: claim\nmessage: m\nper: [patient_id]\ninterval: admission_date to discharge_date\n",
    "kind: sequence\nmessage: m\nper: [patient_id]\norder: service_date\nadjacent: yes\nwhen: a.units < b.units\n",
    "kind: sequence\nmessage: m\nper: [patient_id, procedure]\norder: service_date\nwithin: 4 days\nwhen: a.units < b.units\n",
    "kind: absence\nmessage: m\nper: [patient_id]\nwhere: paid > 0\nevent: units > 3\nwithout: units < 3 and a.procedure = procedure\n"
    "look: 4 days before to 2 days after\n",
    "kind: peer\nmessage: m\nentity: patient_id\npeers: [claim_type]\nwithin: month\nmin_peers: 2\nminimum: count() > 1\n"
    "metric: sum(units)\nwhen: metric > median()\n",
};

static unsigned next(uint64_t *seed, unsigned below)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(*seed >> 33) % below;
}

static void random_table(uint64_t *seed, unsigned rows, char *table, size_t size)
{
    static const char *const types[] = {"professional", "professional", "inpatient", "pharmacy"};
    static const char *const units[] = {"-", "1", "2", "3", "4", "5"};
    static const char *const paid[] = {"-", "0", "5", "7"};
    static const char *const modifiers[] = {"''", "KX", "KX;59", "59;KX"};
    size_t at = (size_t)snprintf(table, size,
                                 "id patient_id billing_provider_id claim_type claim_id line_no service_date "
                                 "service_end_date admission_date discharge_date procedure units paid modifiers\n");
    for (unsigned i = 0; i < rows; i++) {
        unsigned patient = next(seed, 4);
        unsigned claim = next(seed, 6);
        unsigned day = 1 + next(seed, 9);
        at += (size_t)snprintf(table + at, size - at, "%u %s B%u %s C%u %u 2024-01-%02u 2024-01-%02u 2024-01-%02u 2024-01-%02u V010%u %s %s %s\n",
                               i + 1, patient == 0 ? "-" : patient == 1 ? "P1" : "P2", next(seed, 2), types[claim % 4], claim,
                               i + 1, day, day + next(seed, 4), 1 + claim, 5 + claim, 3 + next(seed, 2),
                               units[next(seed, 6)], paid[next(seed, 4)], modifiers[next(seed, 4)]);
        ck_assert_uint_lt(at, size);
    }
}

START_TEST(what_is_not_shown_is_not_there)
{
    static char table[12000];
    static char absent[200000];
    uint64_t seed = (uint64_t)_i + 1;
    uint64_t incomplete[2] = {seed * 0x1111, 0};
    group_rule(&world, rules[(size_t)_i % (sizeof rules / sizeof *rules)]);
    world.horizon = (ca_horizon){.has_from = true, .from = 19722, .through = 19735};
    world.incomplete = incomplete;
    for (int round = 0; round < 6; round++) {
        random_table(&seed, 70, table, sizeof table);
        group_table(&world, table);
        uint64_t only[2] = {0};
        for (unsigned row = 0; row < 70; row++)
            if (next(&seed, 6) < (unsigned)round)
                ca_bit_set(only, row);
        const char *said = group_said(&world, only, true);
        ck_assert_uint_lt(strlen(said), sizeof absent);
        snprintf(absent, sizeof absent, "%s", said);
        ck_assert_str_eq(group_said(&world, only, false), absent);
        ck_assert(round > 0 || *absent == '\0');
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, as_member_of_a_window);
    tcase_add_test(tcase, as_unit_of_a_pair);
    tcase_add_test(tcase, as_other_line_of_an_absence);
    tcase_add_test(tcase, as_line_of_a_claim);
    tcase_add_test(tcase, as_stay);
    tcase_add_test(tcase, as_peer);
    tcase_add_test(tcase, lines_that_travel_hold_the_stays);
    tcase_add_test(tcase, neighbours_have_all_lines_of_their_key);
    tcase_add_loop_test(tcase, what_is_not_shown_is_not_there, 0, 2 * (int)(sizeof rules / sizeof *rules));
}

CA_CHECK_MAIN("rules/group_only", add_tests)
