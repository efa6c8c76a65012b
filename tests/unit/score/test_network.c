/* Pairs and rings in small random networks against loops over all pairs, all regions and all patients. */
#include <math.h>
#include <stdbool.h>

#include "base/alloc.h"
#include "score/hypergeometric.h"
#include "score/network.h"
#include "support/check_main.h"
#include "support/random_network.h"

/* --- The twin: an entity is (hash, kind); everything is found by walking over everything. */

static const ca_edge *edge_of(const ca_edge_patient *patient, uint64_t hash, ca_edge_kind kind)
{
    ca_edge_kind told = kind == CA_EDGE_LABORATORY ? CA_EDGE_PROVIDER : kind;
    for (uint32_t i = 0; i < patient->count; i++) {
        if (patient->edges[i].entity == hash && patient->edges[i].kind == told)
            return &patient->edges[i];
    }
    return NULL;
}

static uint32_t seen_in(const random_network *world, const ca_network_entity *a, const ca_network_entity *b, uint32_t region)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < PATIENTS; i++) {
        const ca_edge_patient *patient = &world->patients[i];
        count += patient->region == region && (a == NULL || edge_of(patient, a->hash, a->kind) != NULL) &&
                 (b == NULL || edge_of(patient, b->hash, b->kind) != NULL);
    }
    return count;
}

typedef struct slow_entity {
    ca_network_entity entity;
    uint32_t patients[REGIONS];     /* 0 where it is not paired */
} slow_entity;

typedef struct slow_network {
    slow_entity entities[ENTITIES * 3];
    uint32_t entity_count;
    ca_network_pair pairs[ENTITIES * ENTITIES * 4];     /* tested; first and second are places above */
    uint32_t pair_count;
    uint64_t possible;
    uint64_t met[REGIONS][CA_EDGE_KINDS], products[REGIONS][CA_EDGE_KINDS];    /* of all pairs, by the kind of the second */
} slow_network;

static bool may_pair(ca_edge_kind a, ca_edge_kind b)
{
    return (a == CA_EDGE_PROVIDER && (b == CA_EDGE_PROVIDER || b == CA_EDGE_LABORATORY)) ||
           (a == CA_EDGE_PRESCRIBER && b == CA_EDGE_PHARMACY);
}

static void slow_entities(const random_network *world, const ca_network_settings *settings, slow_network *slow)
{
    const ca_edge_kind kinds[] = {CA_EDGE_PROVIDER, CA_EDGE_PRESCRIBER, CA_EDGE_PHARMACY};
    for (uint32_t k = 0; k < 3; k++)
        for (uint32_t e = 0; e < ENTITIES; e++) {
            slow_entity *one = &slow->entities[slow->entity_count++];
            uint32_t told = 0, patients = 0;
            one->entity = (ca_network_entity){.hash = world->entities[e], .kind = kinds[k]};
            for (uint32_t r = 0; r < REGIONS; r++) {
                uint32_t seen = seen_in(world, &one->entity, NULL, r), laboratory = 0;
                if (seen < settings->shared_least)
                    continue;
                for (uint32_t i = 0; i < PATIENTS; i++) {
                    const ca_edge *edge = edge_of(&world->patients[i], one->entity.hash, kinds[k]);
                    laboratory += world->patients[i].region == r && edge != NULL && edge->laboratory;
                }
                one->patients[r] = seen;
                patients += seen;
                told += laboratory;
            }
            one->entity.role = world->roles[e];
            one->entity.organisation = world->organisations[e];
            bool looks = one->entity.role == CA_NETWORK_UNKNOWN && told * 2 >= patients;
            if (kinds[k] == CA_EDGE_PROVIDER && (looks || one->entity.role == CA_NETWORK_LABORATORY))
                one->entity.kind = CA_EDGE_LABORATORY;
            bool skipped = one->entity.kind == CA_EDGE_LABORATORY ||
                           (one->entity.role == CA_NETWORK_FACILITY && kinds[k] != CA_EDGE_PHARMACY);
            for (uint32_t r = 0; r < REGIONS; r++) {
                if (skipped && one->patients[r] * 100 > seen_in(world, NULL, NULL, r) * settings->hub_percent)
                    one->patients[r] = 0;
            }
        }
}

/* How often all pairs of a kind meet, and how often they should. */
static void add_to_stratum(const random_network *world, uint32_t a, uint32_t b, slow_network *slow)
{
    const slow_entity *first = &slow->entities[a], *second = &slow->entities[b];
    for (uint32_t r = 0; r < REGIONS; r++) {
        if (first->patients[r] == 0 || second->patients[r] == 0)
            continue;
        slow->met[r][second->entity.kind] += seen_in(world, &first->entity, &second->entity, r);
        slow->products[r][second->entity.kind] += (uint64_t)first->patients[r] * second->patients[r];
    }
}

static uint32_t slow_peers(const slow_network *slow, const ca_network_settings *settings, const ca_network_pair *pair)
{
    ca_edge_kind kind = slow->entities[pair->second].entity.kind;
    uint64_t products = slow->products[pair->region][kind] + 1000u * (uint64_t)pair->population;
    uint64_t peers = products / (slow->met[pair->region][kind] + 1000u);
    return settings->alike || peers > pair->population ? pair->population : (uint32_t)peers;
}

static void slow_pair(const random_network *world, const ca_network_settings *settings, uint32_t a, uint32_t b, slow_network *slow)
{
    const slow_entity *first = &slow->entities[a], *second = &slow->entities[b];
    ca_network_pair best = {.first = a, .second = b};
    for (uint32_t r = 0; r < REGIONS; r++) {
        if (first->patients[r] == 0 || second->patients[r] == 0)
            continue;
        slow->possible++;
        uint32_t shared = seen_in(world, &first->entity, &second->entity, r);
        if (shared < settings->shared_least || shared <= best.shared)
            continue;
        best.region = r;
        best.shared = shared;
        best.population = seen_in(world, NULL, NULL, r);
        best.of_first = first->patients[r];
        best.of_second = second->patients[r];
    }
    if (best.shared == 0)
        return;
    best.peers = slow_peers(slow, settings, &best);
    double log_p = 0;
    if (best.peers >= best.of_first + best.of_second - best.shared)
        log_p = ca_hypergeometric_log_tail(best.peers, best.of_first, best.of_second, best.shared);
    best.log_p = rint(log_p * 1e6) / 1e6;
    slow->pairs[slow->pair_count++] = best;
}

static void slow_pairs(const random_network *world, const ca_network_settings *settings, slow_network *slow)
{
    for (uint32_t step = 0; step < 2; step++)
        for (uint32_t a = 0; a < slow->entity_count; a++)
            for (uint32_t b = 0; b < slow->entity_count; b++) {
                ca_edge_kind x = slow->entities[a].entity.kind, y = slow->entities[b].entity.kind;
                if (!may_pair(x, y) || (x == y && a >= b))
                    continue;
                if (step == 0)
                    add_to_stratum(world, a, b, slow);
                else
                    slow_pair(world, settings, a, b, slow);
            }
}

/* The least of p M / rank over all that are at least as large. */
static double slow_q(const slow_network *slow, double log_p)
{
    double least = 1;
    for (uint32_t i = 0; i < slow->pair_count; i++) {
        uint32_t rank = 0;
        if (slow->pairs[i].log_p < log_p)
            continue;
        for (uint32_t j = 0; j < slow->pair_count; j++)
            rank += slow->pairs[j].log_p <= slow->pairs[i].log_p;
        least = fmin(least, exp(slow->pairs[i].log_p) * (double)slow->possible / rank);
    }
    return least;
}

static void check_samples(const uint64_t *samples, uint32_t count, const uint64_t *all, uint32_t all_count)
{
    ck_assert_uint_eq(count, all_count < CA_NETWORK_SAMPLES ? all_count : CA_NETWORK_SAMPLES);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t smaller = 0, same = 0;
        for (uint32_t j = 0; j < all_count; j++) {
            smaller += all[j] < samples[i];
            same += all[j] == samples[i];
        }
        ck_assert_uint_eq(smaller, i);
        ck_assert_uint_eq(same, 1);
    }
}

static void check_pair(const random_network *world, const slow_network *slow, const ca_network_pair *expected, const ca_network_pair *pair)
{
    const ca_network_entity *a = &slow->entities[expected->first].entity, *b = &slow->entities[expected->second].entity;
    uint64_t all[PATIENTS];
    uint32_t count = 0;
    int64_t first = 0, second = 0;
    ck_assert_uint_eq(pair->region, expected->region);
    ck_assert_uint_eq(pair->shared, expected->shared);
    ck_assert_uint_eq(pair->population, expected->population);
    ck_assert_uint_eq(pair->peers, expected->peers);
    if (pair->of_first == expected->of_second && pair->of_first != expected->of_first) {
        const ca_network_entity *other = a;     /* the twin does not order by hash */
        a = b;
        b = other;
    }
    ck_assert_double_eq(pair->log_p, expected->log_p);
    ck_assert_double_le(fabs(exp(pair->log_q) - slow_q(slow, expected->log_p)), 1e-9);
    ck_assert_double_le(fabs(pair->jaccard * (pair->of_first + pair->of_second - pair->shared) - pair->shared), 1e-9);
    for (uint32_t i = 0; i < PATIENTS; i++) {
        const ca_edge_patient *patient = &world->patients[i];
        const ca_edge *x = edge_of(patient, a->hash, a->kind), *y = edge_of(patient, b->hash, b->kind);
        if (patient->region != pair->region || x == NULL || y == NULL)
            continue;
        all[count++] = patient->patient;
        first += x->paid;
        second += y->paid;
    }
    ck_assert_int_eq(pair->paid.first + pair->paid.second, first + second);
    check_samples(pair->samples, pair->sample_count, all, count);
}

/* Patients who saw at least half of the ring's members, whatever the members did. */
static void check_ring(const random_network *world, const ca_network_result *result, const ca_network_ring *ring)
{
    uint64_t all[PATIENTS];
    uint32_t shared = 0;
    int64_t paid = 0;
    for (uint32_t i = 0; i < PATIENTS; i++) {
        const ca_edge_patient *patient = &world->patients[i];
        uint32_t seen = 0;
        int64_t here = 0;
        for (uint32_t m = 0; patient->region != CA_EDGES_NOWHERE && m < ring->members; m++) {
            const ca_network_entity *member = &result->entities[result->ring_members[ring->first_member + m]];
            bool met = false;
            for (uint32_t e = 0; e < patient->count; e++) {
                bool pharmacy = patient->edges[e].kind == CA_EDGE_PHARMACY;
                if (patient->edges[e].entity != member->hash || pharmacy != (member->kind == CA_EDGE_PHARMACY))
                    continue;
                met = true;
                here += patient->edges[e].paid;
            }
            seen += met;
        }
        if (seen >= 2 && seen * 2 >= ring->members) {
            all[shared++] = patient->patient;
            paid += here;
        }
    }
    ck_assert_uint_eq(ring->shared, shared);
    ck_assert_int_eq(ring->paid, paid);
    check_samples(ring->samples, ring->sample_count, all, shared);
}

static bool is_pair_of(const ca_network_result *result, const ca_network_pair *pair, const slow_network *slow,
                       const ca_network_pair *expected)
{
    const ca_network_entity *a = &result->entities[pair->first], *b = &result->entities[pair->second];
    const ca_network_entity *x = &slow->entities[expected->first].entity, *y = &slow->entities[expected->second].entity;
    bool straight = a->hash == x->hash && a->kind == x->kind && b->hash == y->hash && b->kind == y->kind;
    return straight || (a->hash == y->hash && a->kind == y->kind && b->hash == x->hash && b->kind == x->kind);
}

static uint32_t check_pairs(const random_network *world, const ca_network_settings *settings, const slow_network *slow,
                            const ca_network_result *result)
{
    uint32_t reported = 0, one_organisation = 0;
    for (uint32_t i = 0; i < slow->pair_count; i++) {
        const ca_network_pair *expected = &slow->pairs[i], *found = NULL;
        uint64_t organisation = slow->entities[expected->first].entity.organisation;
        for (size_t j = 0; j < result->pair_count; j++) {
            if (is_pair_of(result, &result->pairs[j], slow, expected))
                found = &result->pairs[j];
        }
        double lift = (double)expected->shared * expected->population / ((double)expected->of_first * expected->of_second);
        bool stands_out = slow_q(slow, expected->log_p) <= settings->discoveries_per_mille / 1000.0 &&
                          lift >= settings->lift_least;
        bool of_one = organisation != 0 && organisation == slow->entities[expected->second].entity.organisation;
        ck_assert_int_eq(found != NULL, stands_out && !of_one);
        one_organisation += stands_out && of_one;
        if (found == NULL)
            continue;
        reported++;
        check_pair(world, slow, expected, found);
        ck_assert_double_le(fabs(found->lift - lift), 1e-9);
    }
    ck_assert_uint_eq(result->pair_count, reported);
    ck_assert_uint_eq(result->counts.one_organisation, one_organisation);
    return reported;
}

START_TEST(agrees_with_loops_over_everything)
{
    random_network *world = random_network_new((uint64_t)_i);
    slow_network *slow = ca_alloc_zero(1, sizeof *slow);
    ca_network_settings settings = random_network_settings((uint64_t)_i);
    ck_assert_ptr_nonnull(slow);
    slow_entities(world, &settings, slow);
    slow_pairs(world, &settings, slow);
    ca_network_result *result = random_network_find(world, &settings, SIZE_MAX, 1);
    ck_assert_uint_eq(result->counts.possible, slow->possible);
    ck_assert_uint_eq(result->counts.tested, slow->pair_count);
    uint32_t reported = check_pairs(world, &settings, slow, result);
    ck_assert_uint_gt(reported, 5);
    ck_assert_uint_gt(result->ring_count, 0);
    for (size_t i = 0; i < result->ring_count; i++)
        check_ring(world, result, &result->rings[i]);
    ca_network_result_free(result);
    ca_free(slow);
    ca_free(world);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, agrees_with_loops_over_everything, 0, 8);
}

CA_CHECK_MAIN("score/network", add_tests)
