/* Pairs and rings as they are told: who stands first, how much was paid, and what members of a ring have. */
#include "run/network_tell.h"

#include <math.h>
#include <stdio.h>

#include "base/alloc.h"
#include "support/check_main.h"
#include "support/made_scores.h"

static ca_error err;
static ca_arena arena;

/* By kind, then hash: doctors 10 and 11 perform, 10 prescribes, too; a laboratory; pharmacies 30 and 31, one without a name. */
static ca_network_entity entities[] = {{.hash = 10, .kind = CA_EDGE_PROVIDER},   {.hash = 11, .kind = CA_EDGE_PROVIDER},
                                       {.hash = 20, .kind = CA_EDGE_LABORATORY}, {.hash = 10, .kind = CA_EDGE_PRESCRIBER},
                                       {.hash = 30, .kind = CA_EDGE_PHARMACY},   {.hash = 31, .kind = CA_EDGE_PHARMACY}};
static ca_network_named named[] = {{{"R9", 2}, {"cardiology", 10}, {"", 0}},
                                   {{"R1", 2}, {"", 0}, {"", 0}},
                                   {{"L1", 2}, {0}, {0}},
                                   {{"R9", 2}, {"cardiology", 10}, {"", 0}},
                                   {{"F1", 2}, {"", 0}, {"", 0}},
                                   {{0}, {0}, {0}}};
static ca_text regions[] = {{"north", 5}, {"south", 5}};
static uint32_t ring_members[] = {0, 1, 4, 1, 2, 5};

static ca_network_pair pairs[] = {
    {.first = 3, .second = 4, .region = 1, .ring = 0, .population = 4000, .peers = 2000, .of_first = 80, .of_second = 100,
     .shared = 40, .log_p = -90, .log_q = -80, .lift = 20, .jaccard = 0.25, .paid = {1000000, 500060}},
    {.first = 0, .second = 1, .region = 0, .ring = 0, .population = 1000, .peers = 1000, .of_first = 70, .of_second = 60,
     .shared = 30, .log_p = -50, .log_q = -40, .lift = 7, .jaccard = 0.3, .paid = {10000, 20000}},
    {.first = 1, .second = 2, .region = 7, .ring = 1, .population = 1000, .of_first = 55, .of_second = 90, .shared = 20,
     .log_p = -20, .log_q = -10, .lift = 4, .paid = {30000, 40000}},
    {.first = 3, .second = 5, .region = 1, .ring = UINT32_MAX, .population = 4000, .peers = 4000, .of_first = 81, .of_second = 50,
     .shared = 10, .log_p = -19, .log_q = -9, .lift = 5, .paid = {INT64_MAX, INT64_MAX}}};
static ca_network_ring rings[] = {{.first_member = 0, .members = 3, .pairs = 2, .density = 2.0 / 3, .shared = 25, .paid = 990000},
                                  {.first_member = 3, .members = 3, .pairs = 3, .density = 1, .shared = 26, .paid = 1}};
static ca_network_result result = {.entities = entities, .entity_count = 6, .pairs = pairs, .pair_count = 4, .rings = rings,
                                   .ring_count = 2, .ring_members = ring_members, .ring_member_count = 6};
static ca_network_found found = {.result = &result, .named = named, .regions = regions, .region_count = 2};
static ca_network_told told;

static void tell(int digits)
{
    ck_assert_int_eq(ca_network_tell(&found, digits, &arena, &told, &err), 0);
}

static void check_member(const ca_told_member *member, const char *kind, const char *id, uint64_t patients, uint64_t shared)
{
    ck_assert_str_eq(member->kind, kind);
    ck_assert_msg(ca_text_is(member->id, id), "%.*s", (int)member->id.len, member->id.ptr);
    ck_assert_uint_eq(member->patients, patients);
    ck_assert_uint_eq(member->shared, shared);
}

START_TEST(members_of_a_pair_stand_by_kind_and_name)
{
    tell(2);
    ck_assert_uint_eq(told.pair_count, 4);
    check_member(&told.pairs[0].a, "pharmacy", "F1", 100, 40);
    check_member(&told.pairs[0].b, "prescriber", "R9", 80, 40);
    ck_assert(ca_text_is(told.pairs[0].b.group, "cardiology"));
    check_member(&told.pairs[1].a, "provider", "R1", 60, 30);
    check_member(&told.pairs[1].b, "provider", "R9", 70, 30);
    check_member(&told.pairs[2].a, "laboratory", "L1", 90, 20);
    ck_assert_ptr_nonnull(told.pairs[2].a.group.ptr);
    check_member(&told.pairs[3].a, "pharmacy", "#000000000000001f", 50, 10);
}
END_TEST

START_TEST(a_pair_has_its_numbers)
{
    tell(2);
    const ca_told_pair *pair = &told.pairs[0];
    ck_assert(ca_text_is(pair->region, "south"));
    ck_assert_uint_eq(pair->population, 4000);
    ck_assert_uint_eq(pair->shared, 40);
    ck_assert(pair->expected > 3.999 && pair->expected < 4.001);    /* among its peers */
    ck_assert(pair->lift == 20 && pair->jaccard == 0.25 && pair->log_p == -90);
    ck_assert(fabs(pair->q - exp(-80)) < 1e-40);
    ck_assert_uint_eq(pair->rank, 1);
    ck_assert_uint_eq(told.pairs[3].rank, 4);
    ck_assert(told.pairs[2].expected > 4.949 && told.pairs[2].expected < 4.951);
    ck_assert_uint_eq(told.pairs[2].region.len, 0);    /* of none that has a name */
}
END_TEST

/* 1/10,000 become minor units; what a prescriber caused was paid to the pharmacy. */
START_TEST(money_is_paid_once)
{
    tell(2);
    ck_assert_int_eq(told.pairs[0].a.paid, 5001);
    ck_assert_int_eq(told.pairs[0].b.paid, 10000);
    ck_assert_int_eq(told.pairs[0].money, 5001);
    ck_assert_int_eq(told.pairs[1].money, 300);
    ck_assert_int_eq(told.pairs[2].money, 700);
    ck_assert_int_eq(told.rings[1].money, 9900);
    tell(0);
    ck_assert_int_eq(told.pairs[1].money, 3);
    pairs[1].paid = (ca_network_money){INT64_MAX, INT64_MAX};
    tell(4);
    ck_assert_int_eq(told.pairs[1].money, INT64_MAX);
    pairs[1].paid = (ca_network_money){10000, 20000};
}
END_TEST

START_TEST(rings_by_patients)
{
    tell(2);
    ck_assert_uint_eq(told.ring_count, 2);
    ck_assert_uint_eq(told.rings[0].patients, 26);
    ck_assert_uint_eq(told.rings[0].rank, 1);
    ck_assert_uint_eq(told.rings[1].rank, 2);
    ck_assert(fabs(told.rings[0].q - exp(-10)) < 1e-12);
    ck_assert(fabs(told.rings[1].q - exp(-40)) < 1e-25);    /* the larger of its two pairs' */
    const ca_told_ring *ring = &told.rings[1];
    ck_assert_uint_eq(ring->member_count, 3);
    ck_assert_uint_eq(ring->pairs, 2);
    check_member(&ring->members[0], "pharmacy", "F1", 100, 40);
    check_member(&ring->members[1], "provider", "R1", 60, 30);
    check_member(&ring->members[2], "provider", "R9", 81, 40);    /* also as a prescriber */
    rings[0].shared = 26;    /* a tie: by the first member */
    tell(2);
    check_member(&told.rings[0].members[0], "laboratory", "L1", 90, 20);
    rings[0].shared = 25;
}
END_TEST

START_TEST(kinds_are_counted)
{
    tell(2);
    static const struct {
        const char *of;
        uint64_t leads;
    } expected[CA_NETWORK_KINDS] = {{"provider+provider", 1}, {"pharmacy+prescriber", 2}, {"laboratory+provider", 1}, {"ring", 2}};
    for (size_t k = 0; k < CA_NETWORK_KINDS; k++) {
        ck_assert_str_eq(told.kinds[k].of, expected[k].of);
        ck_assert_uint_eq(told.kinds[k].leads, expected[k].leads);
        ck_assert_uint_eq(told.kinds[k].offered, expected[k].leads);
        ck_assert_ptr_nonnull(ca_score_rule_of(told.kinds[k].of));
    }
}
END_TEST

static int count(void *to, const ca_finding *finding, const ca_entity_score *score, ca_error *error)
{
    (void)score;
    (void)error;
    *(unsigned *)to += finding != NULL;
    return 0;
}

/* What is told has a rule each. */
START_TEST(all_become_findings)
{
    static made_scores made;
    unsigned findings = 0;
    made_scores_set(&made, "R7");
    tell(2);
    ca_scored scored = {.model = &made.model, .logic_hash = made.scored.logic_hash, .minor_digits = 2, .kinds = told.kinds,
                        .kind_count = CA_NETWORK_KINDS, .pairs = told.pairs, .pair_count = told.pair_count, .rings = told.rings,
                        .ring_count = told.ring_count};
    ck_assert_msg(ca_scored_findings(&scored, 1, 100, false, count, &findings, &err) == 0, "%s", err.text);
    ck_assert_uint_eq(findings, 6);
}
END_TEST

START_TEST(nothing_was_found)
{
    ca_network_result nothing = {0};
    ca_network_found none = {.result = &nothing};
    ck_assert_int_eq(ca_network_tell(&none, 2, &arena, &told, &err), 0);
    ck_assert_uint_eq(told.pair_count + told.ring_count, 0);
}
END_TEST

START_TEST(memory_runs_out)
{
    unsigned failures = 0;
    for (uint64_t n = 1; n < 4; n++) {
        ca_arena_done(&arena);
        ca_arena_init(&arena);
        ca_alloc_fail(n, 1);
        failures += ca_network_tell(&found, 2, &arena, &told, &err) == CA_NOMEM;
        ca_alloc_fail(0, 0);
    }
    ck_assert_uint_gt(failures, 0);
}
END_TEST

static void setup(void)
{
    ca_arena_init(&arena);
}

static void teardown(void)
{
    ca_arena_done(&arena);
}

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, members_of_a_pair_stand_by_kind_and_name);
    tcase_add_test(tcase, a_pair_has_its_numbers);
    tcase_add_test(tcase, money_is_paid_once);
    tcase_add_test(tcase, rings_by_patients);
    tcase_add_test(tcase, kinds_are_counted);
    tcase_add_test(tcase, all_become_findings);
    tcase_add_test(tcase, nothing_was_found);
    tcase_add_test(tcase, memory_runs_out);
}

CA_CHECK_MAIN("run/network_tell", add_tests)
