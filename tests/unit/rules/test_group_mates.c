/* Lines that no other line recognises are nothing to a rule: without them it says the same, and they pass. Told of random
 * lines of few values, so that many of them meet. */
#include "support/check_main.h"
#include "support/group_judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/group_mates.h"
#include "rules/kind.h"

#define LINES  50u
#define ROUNDS 40u

typedef struct mate_case {
    const char *keys;
    ca_mating_by by;
    unsigned asks;
    bool sided;
} mate_case;

static const mate_case cases[] = {
    {"kind: duplicate\nmessage: m\nsame: [patient_id, service_date, charge]\noriginal: first by claim_id, line_no\n"
     "where: paid > 1\n", CA_MATES_ANY, 1, false},
    {"kind: pair\nmessage: m\nsame: [patient_id]\nwhere: paid > 0\nwhen: a.units > b.units\n", CA_MATES_ANY, 1, false},
    {"kind: pair\nmessage: m\nsame: [patient_id]\nwhen: a.paid > 1 and b.paid < 3 and a.units > b.units\n", CA_MATES_ANY, 1, true},
    {"kind: pair\nmessage: m\nsame: [patient_id]\n"
     "when: a.units > b.units and days_between(a.service_date, b.service_date) between 1 and 3\n", CA_MATES_NEAR, 3, false},
    {"kind: pair\nmessage: m\nsame: [patient_id]\nwhen: a.units >= b.units and a.line_no < b.line_no and "
     "(a.service_date = b.service_date or days_between(b.service_date, a.service_date) between -40 and 2)\n", CA_MATES_NEAR, 3,
     false},
    {"kind: overlap\nmessage: m\nper: [patient_id]\ninterval: service_date to coalesce(discharge_date, service_date)\n"
     "when: a.paid > b.paid\n", CA_MATES_OVERLAP, 0, false},
    {"kind: overlap\nlevel: claim\nmessage: m\nper: [patient_id]\ninterval: admission_date to discharge_date\n"
     "when: a.claim_type = 'inpatient' and b.claim_type = 'outpatient'\n", CA_MATES_OVERLAP, 0, true},
    /* A claim that `where` takes in part is unknown with every other, whatever its side. */
    {"kind: overlap\nlevel: claim\nmessage: m\nper: [patient_id]\ninterval: admission_date to discharge_date\nwhere: paid > 1\n"
     "when: a.claim_type = 'inpatient' and b.claim_type = 'outpatient'\n", CA_MATES_OVERLAP, 0, true},
    {"kind: pair\nlevel: claim\nmessage: m\nsame: [patient_id]\nwhere: units > 1\n"
     "when: a.claim_type = 'inpatient' and b.claim_type = 'professional'\n", CA_MATES_ANY, 1, true},
    /* By other days than those that `when` bounds. */
    {"kind: sequence\nmessage: m\nper: [patient_id]\norder: admission_date\n"
     "when: a.units > b.units and days_between(a.service_date, b.service_date) between -20 and 20\n", CA_MATES_ANY, 1, false},
    {"kind: sequence\nmessage: m\nper: [patient_id]\norder: service_date\n"
     "when: a.units > b.units and days_between(a.service_date, b.service_date) between 0 and 20\n", CA_MATES_NEAR, 3, false},
    {"kind: sequence\nmessage: m\nper: [patient_id, rendering_provider_id]\norder: service_date\nadjacent: yes\n"
     "when: a.units > b.units\n", CA_MATES_ANY, 1, false},
    {"kind: sequence\nlevel: claim\nmessage: m\nper: [patient_id, facility_id]\norder: admission_date\nadjacent: yes\n"
     "when: a.discharge_date <= b.admission_date\n", CA_MATES_ANY, 1, false},
    {"kind: absence\nmessage: m\nper: [patient_id]\nevent: units > 2\nwithout: rendering_provider_id = a.billing_provider_id "
     "or billing_provider_id = a.rendering_provider_id\nlook: 30 days before to 3 days after\n", CA_MATES_EVENT, 0, false},
    /* What the author limits counts lines with other values, too. */
    {"kind: absence\nmessage: m\nper: [patient_id]\nevent: units > 2\nwithout: rendering_provider_id = a.billing_provider_id\n"
     "look: 30 days before to 3 days after\nmax_group: 9000\n", CA_MATES_EVENT, 1, false},
    {"kind: absence\nmessage: m\nper: [patient_id]\nwhere: paid > 0\nevent: units > 2\nwithout: units < 2 and charge > 0 and "
     "rendering_provider_id = a.billing_provider_id\nlook: 30 days before to 3 days after\n", CA_MATES_EVENT, 0, false},
    {"kind: absence\nmessage: m\nper: [patient_id]\nevent: units > 2\nwithout: paid > a.paid and (rendering_provider_id = "
     "a.billing_provider_id or billing_provider_id = a.rendering_provider_id)\nlook: 30 days before to 3 days after\n",
     CA_MATES_EVENT, 3, false},
    {"kind: absence\nmessage: m\nper: [patient_id, billing_provider_id]\nevent: units > 2 and paid > 0\n"
     "without: units < 2 and paid = a.paid\nlook: 0 days before to 0 days after\n", CA_MATES_EVENT, 1, false},
    {"kind: pair\nmessage: m\nsame: [patient_id]\n"
     "when: a.units > b.units and days_between(a.service_date, b.service_date) between 0 and 1\n", CA_MATES_NEAR, 3, false},
    {"kind: pair\nmessage: m\nsame: [patient_id]\nwhen: a.units > 1 and b.units < 3 and a.service_date = b.service_date\n",
     CA_MATES_NEAR, 2, true},
    {"kind: overlap\nmessage: m\nper: [patient_id]\ninterval: service_date to coalesce(discharge_date, service_date)\n"
     "touching: allowed\nwhen: a.paid > b.paid\n", CA_MATES_OVERLAP, 0, false},
};

static group_world world;

static void set_up(void)
{
    group_init(&world);
    world.horizon.has_from = true;
}

static void tear_down(void)
{
    group_done(&world);
}

/* --- Random lines ------------------------------------------------------------------------------------------ */

static unsigned below(unsigned *seed, unsigned limit)
{
    *seed = *seed * 1103515245u + 12345u;
    return (*seed >> 16) % limit;
}

static void add_date(ca_buf *table, unsigned *seed, unsigned days)
{
    unsigned day = below(seed, days);
    if (below(seed, 12) == 0)
        ca_buf_add_cstr(table, " -");
    else
        ca_buf_printf(table, " 2024-%02u-%02u", 1 + day / 28, 1 + day % 28);
}

static void add_one_of(ca_buf *table, unsigned *seed, const char *name, unsigned count)
{
    unsigned number = below(seed, count + 1);
    if (number == 0)
        ca_buf_add_cstr(table, " -");
    else
        ca_buf_printf(table, " %s%u", name, number);
}

/* Patients are many, so that some lines are alone; claims have two lines, which mostly agree. */
static void make_table(unsigned number, ca_buf *table)
{
    unsigned seed = number;
    ca_buf_add_cstr(table, "id claim_id line_no claim_type patient_id facility_id admission_date discharge_date "
                           "billing_provider_id rendering_provider_id service_date units paid charge\n");
    for (unsigned i = 0; i < LINES; i++) {
        unsigned of_claim = number * 31 + (i / 2) * 1700;
        unsigned *header = below(&seed, 10) ? &of_claim : &seed;
        ca_buf_printf(table, "%u C%u %u %s", i, i / 2, 1 + i % 2, below(&of_claim, 2) ? "inpatient" : "outpatient");
        add_one_of(table, header, "P", 12);
        add_one_of(table, header, "F", 2);
        add_date(table, header, 200);
        add_date(table, header, 200);
        add_one_of(table, &seed, "H", 3);
        add_one_of(table, &seed, "H", 3);
        add_date(table, &seed, 200);
        add_one_of(table, &seed, "", 4);
        add_one_of(table, &seed, "", 4);
        add_one_of(table, &seed, "", 2);
        ca_buf_add_char(table, '\n');
    }
}

/* --- Who recognises whom, by hand ----------------------------------------------------------------------------- */

typedef struct mates_of {
    ca_mating mating;
    ca_mates mates;
    uint64_t sure;
    uint64_t key[64];
    uint64_t events, runs, answers;
    int32_t span[2][64];
    uint16_t asks[CA_MATE_ASKS_MAX][64];
    uint64_t travels;
} mates_of;

static bool same_values(unsigned column, unsigned a, unsigned b)
{
    const ca_batch *lines = world.table.lines;
    ca_value left = ca_value_of(lines, column, a);
    ca_value right = ca_value_of(lines, column, b);
    if (!left.present || !right.present)
        return left.present == right.present;
    return left.type == CA_TYPE_ID ? ca_text_eq(left.as.text, right.as.text) : left.as.date == right.as.date;
}

/* The second line of a claim has the header of the first. */
static bool agrees(unsigned row)
{
    static const unsigned header[] = {CA_F_PATIENT_ID, CA_F_FACILITY_ID, CA_F_ADMISSION_DATE, CA_F_DISCHARGE_DATE};
    bool same = row % 2 == 1;
    for (size_t i = 0; i < sizeof header / sizeof *header && same; i++)
        same = same_values(header[i], row - 1, row);
    return same;
}

/* As it is done when all lines have told. */
static void ask_later(mates_of *of)
{
    const ca_batch *lines = world.table.lines;
    uint64_t whole = of->sure;
    uint64_t keys[64] = {0};
    if (of->mating.by == CA_MATES_EVENT)
        ca_mates_find_keys(lines, world.rule, &of->sure, &whole, keys);
    of->sure &= whole;
    for (unsigned row = 0; row < lines->rows; row++) {
        uint16_t asks[CA_MATE_ASKS_MAX];
        if (!ca_bit(&of->sure, row))
            continue;
        if (of->mating.by == CA_MATES_EVENT)
            of->key[row] = keys[row];
        ca_mates_ask(lines, &of->mating, row, asks);
        for (unsigned i = 0; i < of->mating.asks; i++)
            of->asks[i][row] = asks[i];
    }
}

static void look_with(mates_of *of, const ca_rule *wider)
{
    const ca_batch *lines = world.table.lines;
    uint64_t live = lines->live[0];
    uint64_t certain = 0;
    uint64_t turned = 0;
    ca_frame frame = {.units = lines, .date_column = CA_F_SERVICE_DATE, .codes = rule_front_set(world.front)->codes};
    uint64_t repeats = 0;
    ca_error err = {0};
    for (unsigned row = 0; row < lines->rows; row++)
        repeats |= agrees(row) ? UINT64_C(1) << row : 0;
    *of = (mates_of){.mating = ca_mating_of(world.rule)};
    of->mating.wider = wider;
    of->mates.sure = &of->sure;
    of->mates.key = of->key;
    of->mates.events = &of->events;
    of->mates.runs = &of->runs;
    of->mates.span[0] = of->span[0];
    of->mates.span[1] = of->span[1];
    of->mates.answers = &of->answers;
    for (unsigned i = 0; i < CA_MATE_ASKS_MAX; i++)
        of->mates.asks[i] = of->asks[i];
    ck_assert_int_eq(ca_group_travels(world.eval, &frame, world.rule, &live, &of->travels, &certain, &turned, &err), 0);
    ck_assert_int_eq(ca_group_mates(world.eval, &frame, world.rule, &of->mating, &of->travels, &certain, &turned,
                                    &repeats, &of->mates, &err), 0);
    if (of->mating.later)
        ask_later(of);
}

static void look(mates_of *of)
{
    look_with(of, NULL);
}

static bool meet(const mates_of *of, unsigned row, uint16_t ask)
{
    unsigned told = 0;
    bool as_a = false;
    bool as_b = false;
    bool doubted = of->mates.sideless;
    for (size_t i = 0; i < of->mates.told_count; i++) {
        const ca_told *other = &of->mates.told[i];
        bool here = of->key[other->row] == of->key[row] && other->mark == ask >> CA_ASK_SHIFT;
        if (here && (other->sides || !of->mating.sided || world.rule->keys.of_claims)) {
            told++;
            as_a |= other->sides & CA_ASK_AS_A;
            as_b |= other->sides & CA_ASK_AS_B;
            doubted |= other->sides & CA_TOLD_IN_DOUBT;
        }
    }
    for (unsigned other = 0; of->mating.later && !world.rule->keys.of_claims && other < LINES; other++) {
        bool tells = of->mating.by != CA_MATES_EVENT && ca_bit(&of->sure, other) && of->key[other] == of->key[row];
        told += tells && ca_mates_mark(world.table.lines, &of->mating, other) == ask >> CA_ASK_SHIFT;
    }
    bool met = told > (ask & CA_ASK_OWN ? 1u : 0u);
    return met && (!of->mating.sided || doubted || (ask & CA_ASK_AS_A && as_b) || (ask & CA_ASK_AS_B && as_a));
}

/* Does an event that has not been found any other line look for this one? One that answers is found by it. */
static bool is_sought(const mates_of *of, unsigned row, uint64_t *found)
{
    const ca_batch *lines = world.table.lines;
    const ca_date *days = lines->columns[CA_F_SERVICE_DATE].as.date;
    bool sought = false;
    for (unsigned event = 0; event < lines->rows; event++) {
        if (!ca_bit(&of->events, event) || of->key[event] != of->key[row])
            continue;
        for (unsigned i = 0; i < of->mating.equal_count; i++) {
            uint64_t a = 0;
            uint64_t b = 0;
            bool known = ca_mates_value(lines, &of->mating, i, CA_SIDE_A, event, &a);
            known = ca_mates_value(lines, &of->mating, i, CA_SIDE_B, row, &b) && known;
            ca_digest is = known ? ca_mates_identity(lines, world.rule, &of->mating, i, CA_SIDE_A, event) : (ca_digest){0, 0};
            ca_digest other = known ? ca_mates_identity(lines, world.rule, &of->mating, i, CA_SIDE_B, row) : is;
            ck_assert(!known || (a == b) == (ca_digest_cmp(is, other) == 0));
            bool here = days[row] >= days[event] - of->mating.before && days[row] <= days[event] + of->mating.after;
            if (!known || (here && a == b && !ca_bit(found, event)))
                sought = true;
            if (known && here && a == b && ca_bit(&of->answers, row))
                ca_bit_set(found, event);
        }
    }
    return sought;
}

/* A line of a claim that repeats another has its marks. */
static unsigned marked_row(const mates_of *of, unsigned row)
{
    return world.rule->keys.of_claims && agrees(row) && ca_bit(&of->sure, row - 1) ? row - 1 : row;
}

static bool is_told(const mates_of *of, unsigned row, uint64_t *found)
{
    const int32_t span[2] = {of->span[0][row], of->span[1][row]};
    bool met = false;
    uint16_t ask;
    for (unsigned i = 0; i < of->mating.asks && !met; i++)
        met = meet(of, row, of->asks[i][row]);
    for (unsigned i = 0; of->mating.by == CA_MATES_OVERLAP && !met && ca_mates_ask_span(span, of->asks[0][row], i, &ask); i++)
        met = meet(of, row, ask);
    return met || (of->mating.by_equality && is_sought(of, row, found));
}

static uint64_t lonely_lines(const mates_of *of)
{
    const ca_batch *lines = world.table.lines;
    uint64_t found = 0;
    uint64_t lonely = 0;
    for (unsigned row = 0; row < lines->rows; row++) {
        bool met = !ca_bit(&of->sure, row) || is_told(of, marked_row(of, row), &found);
        lonely |= met || !ca_bit(&of->travels, row) ? 0 : UINT64_C(1) << row;
    }
    return lonely;
}

static uint64_t lonely_claims(const mates_of *of)
{
    uint64_t lonely = lonely_lines(of);
    uint64_t ret = 0;
    for (unsigned row = 0; row < LINES; row += 2)
        ret |= agrees(row + 1) && (lonely >> row & 3) == 3 ? UINT64_C(3) << row : 0;
    return ret;
}

/* --- Without them the rule says the same ---------------------------------------------------------------------- */

/* Takes the number of units that pass out of what is said. */
static unsigned take_passes(char *said)
{
    char *at = strstr(said, " pass");
    unsigned passes = 0;
    if (at == NULL)
        return 0;
    char *from = at;
    while (from > said && from[-1] >= '0' && from[-1] <= '9')
        from--;
    passes = (unsigned)strtoul(from, NULL, 10);
    memset(from, '.', (size_t)(at + strlen(" pass") - from));
    return passes;
}

/* Without punctuation and what passed. */
static char *outcomes(const char *said, unsigned *ret_passes)
{
    char *copy = strdup(said);
    char *to = copy;
    *ret_passes = take_passes(copy);
    for (const char *at = copy; *at != '\0'; at++) {
        if (strchr(" ,;.", *at) == NULL)
            *to++ = *at;
    }
    *to = '\0';
    return copy;
}

static unsigned units_of(uint64_t lonely)
{
    unsigned lines = (unsigned)__builtin_popcountll(lonely);
    bool passes = world.rule->keys.event == NULL;    /* others than events are no units */
    return !passes ? 0 : world.rule->keys.of_claims ? lines / 2 : lines;
}

static unsigned check_round(unsigned seed)
{
    ca_buf table;
    mates_of of;
    unsigned with, without;
    ca_buf_init(&table);
    make_table(seed, &table);
    group_table(&world, ca_buf_cstr(&table));
    look(&of);
    uint64_t lonely = world.rule->keys.of_claims ? lonely_claims(&of) : lonely_lines(&of);
    uint64_t only = ~lonely;
    char *all = outcomes(group_said(&world, NULL, false), &with);
    char *rest = outcomes(group_said(&world, &only, false), &without);
    ck_assert_str_eq(all, rest);
    ck_assert_uint_eq(with, without + units_of(lonely));
    free(all);
    free(rest);
    ca_mates_done(&of.mates);
    ca_buf_done(&table);
    return (unsigned)__builtin_popcountll(lonely);
}

START_TEST(lonely_lines_are_nothing)
{
    unsigned lonely = 0;
    group_rule(&world, cases[_i].keys);
    ca_mating mating = ca_mating_of(world.rule);
    ck_assert_int_eq(mating.by, cases[_i].by);
    ck_assert_uint_eq(mating.asks, cases[_i].asks);
    ck_assert_int_eq(mating.sided, cases[_i].sided);
    for (unsigned round = 0; round < ROUNDS; round++)
        lonely += check_round(round * 100 + (unsigned)_i);
    ck_assert_uint_gt(lonely, ROUNDS / 4);    /* else nothing was tried */
}
END_TEST

/* Where columns of the claim stand on its first line alone, the doubt is on one that does not say whose it is. */
START_TEST(a_doubt_may_be_of_any_claim)
{
    mates_of of;
    group_rule(&world, "kind: pair\nlevel: claim\nmessage: m\nsame: [patient_id]\nwhere: units > 1\n"
                       "when: a.claim_type = 'inpatient' and b.claim_type = 'outpatient'\n");
    group_table(&world, "id claim_id line_no claim_type patient_id facility_id admission_date discharge_date units\n"
                        "1 C1 1 inpatient P1 F1 2024-01-01 2024-01-05 2\n"
                        "2 C1 2 inpatient - - - - -\n"
                        "3 C2 1 inpatient P1 F1 2024-01-03 2024-01-08 2\n"
                        "4 C2 2 inpatient P1 F1 2024-01-03 2024-01-08 2\n");
    ck_assert(strstr(group_said(&world, NULL, false), "3:") != NULL);    /* unknown, for what is not known of C1 */
    look(&of);
    ck_assert_uint_eq(of.sure, 0xC | 1);
    ck_assert_uint_eq(lonely_lines(&of) & 0xC, 0);
    ca_mates_done(&of.mates);
}
END_TEST

/* Whoever has the marks for it sees that the patient is there. */
START_TEST(what_another_recognises_needs_the_rest_of_its_key)
{
    group_world wide;
    mates_of of;
    group_init(&wide);
    group_rule(&wide, "kind: pair\nmessage: m\nsame: [patient_id]\nwhen: a.units > b.units\n");
    group_rule(&world, "kind: duplicate\nmessage: m\nsame: [patient_id, facility_id, charge]\nwhere: paid > 0\n"
                       "original: first by claim_id, line_no\n");
    group_table(&world, "id claim_id line_no patient_id facility_id charge paid\n"
                        "1 C1 1 P1 F1 1 1\n2 C2 1 P1 - 1 1\n3 C3 1 P1 F1 - 1\n4 C4 1 P1 F1 1 -\n5 C5 1 P1 UNKNOWN 1 1\n"
                        "6 C6 1 - F1 1 1\n7 C7 1 P1 F1 2 1\n8 C8 1 P1 F1 2 0\n");
    look_with(&of, wide.rule);
    ck_assert_uint_eq(of.sure, 1 | 0x20 | 0x40);
    ck_assert_uint_eq(of.mates.told_count, 0);
    /* A line without its place in the order is not sure. */
    group_rule(&world, "kind: sequence\nmessage: m\nper: [patient_id, charge]\norder: admission_date\n"
                       "when: a.units > b.units\n");
    group_table(&world, "id claim_id line_no patient_id charge admission_date units\n"
                        "1 C1 1 P1 1 2024-01-01 1\n2 C2 1 P1 1 - 1\n3 C3 1 P1 - 2024-01-01 1\n");
    look_with(&of, wide.rule);
    ck_assert_uint_eq(of.sure, 1);
    group_done(&wide);
}
END_TEST

/* Rules whose lines matter by themselves, and those of which too little is known. */
START_TEST(some_have_no_mates)
{
    static const char *const keys[] = {
        "kind: window\nmessage: m\nper: [patient_id]\nwithin: day\nwhen: sum(units) > 2\n",
        "kind: pair\nmessage: m\nsame: [patient_id]\neffective: 2020-01-01 .. 2024-09-30\nwhen: a.units > b.units\n",
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        group_rule(&world, keys[i]);
        ck_assert_int_eq(ca_mating_of(world.rule).by, CA_MATES_NONE);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, lonely_lines_are_nothing, 0, (int)(sizeof cases / sizeof *cases));
    tcase_add_test(tcase, a_doubt_may_be_of_any_claim);
    tcase_add_test(tcase, what_another_recognises_needs_the_rest_of_its_key);
    tcase_add_test(tcase, some_have_no_mates);
}

CA_CHECK_MAIN("rules/group_mates", add_tests)
