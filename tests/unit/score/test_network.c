/* Pairs and rings in small random worlds against loops over all pairs, all regions and all patients; and the same bytes whatever
 * the order of patients, the logs they lie in, and the memory. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "score/hypergeometric.h"
#include "score/network.h"
#include "support/check_main.h"
#include "support/memdisk.h"

#define PATIENTS 500u
#define ENTITIES 30u
#define REGIONS  3u
#define CIRCLE   4u     /* entities that stand together: every third circle is a planted one */
#define PATH     "network.tmp"
#define LOG_PATH "edges.tmp"

typedef struct small_world {
    ca_edge_patient patients[PATIENTS];
    uint64_t entities[ENTITIES];        /* hashes */
    ca_network_role roles[ENTITIES];
    uint64_t organisations[ENTITIES];
} small_world;

static uint32_t below(uint64_t *state, uint32_t limit)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((*state >> 33) % limit);
}

static void add_edge(ca_edge_patient *patient, const small_world *world, uint32_t entity, ca_edge_kind kind, uint64_t *state)
{
    for (uint32_t i = 0; i < patient->count; i++) {
        if (patient->edges[i].entity == world->entities[entity] && patient->edges[i].kind == kind)
            return;
    }
    patient->edges[patient->count++] = (ca_edge){
        .entity = world->entities[entity],
        .kind = kind,
        .paid = (int64_t)below(state, 1000) - 50,
        .laboratory = kind == CA_EDGE_PROVIDER && entity % 7 == 3 && below(state, 10) < 8,
    };
}

/* The last ten entities are pharmacies; the others treat, and some of them prescribe. */
static ca_edge_kind kind_of(uint32_t entity, uint64_t *state)
{
    if (entity >= ENTITIES - 10)
        return CA_EDGE_PHARMACY;
    return below(state, 3) == 0 ? CA_EDGE_PRESCRIBER : CA_EDGE_PROVIDER;
}

static small_world *random_world(uint64_t seed)
{
    uint64_t state = seed;
    small_world *made = ca_alloc_zero(1, sizeof *made);
    ck_assert_ptr_nonnull(made);
    for (uint32_t i = 0; i < ENTITIES; i++) {
        made->entities[i] = (uint64_t)below(&state, 1u << 30) << 32 | i;
        made->roles[i] = below(&state, 4) == 0 ? (ca_network_role)below(&state, 4) : CA_ROLE_UNKNOWN;
        made->organisations[i] = below(&state, 5) == 0 ? 1 + below(&state, 2) : 0;
    }
    for (uint32_t i = 0; i < PATIENTS; i++) {
        ca_edge_patient *patient = &made->patients[i];
        *patient = (ca_edge_patient){.patient = (uint64_t)below(&state, 1u << 30) << 20 | i, .region = below(&state, REGIONS)};
        uint32_t edges = below(&state, 5), circle = below(&state, 30);
        if (circle % 3 == 0 && below(&state, 4) > 0)
            patient->region = circle / 3 % REGIONS;
        if (below(&state, 25) == 0)
            patient->region = CA_EDGES_NOWHERE;
        for (uint32_t e = 0; e < edges; e++) {
            uint32_t entity = below(&state, ENTITIES);
            add_edge(patient, made, entity, kind_of(entity, &state), &state);
        }
        for (uint32_t e = 0; circle % 3 == 0 && circle * CIRCLE / 3 + e < ENTITIES && e < CIRCLE; e++) {
            uint32_t entity = circle * CIRCLE / 3 + e;
            if (below(&state, 4) > 0)
                add_edge(patient, made, entity, entity >= ENTITIES - 10 ? CA_EDGE_PHARMACY : CA_EDGE_PROVIDER, &state);
        }
        for (uint32_t e = 0; circle == 1 && e < 3; e++)     /* a doctor and two pharmacies */
            add_edge(patient, made, e == 0 ? 1 : ENTITIES - e, e == 0 ? CA_EDGE_PRESCRIBER : CA_EDGE_PHARMACY, &state);
    }
    return made;
}

static int describe(void *context, ca_network_entity *entities, size_t count, ca_error *err)
{
    const small_world *world = context;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        for (uint32_t e = 0; e < ENTITIES; e++) {
            if (world->entities[e] != entities[i].hash)
                continue;
            entities[i].role = world->roles[e];
            entities[i].organisation = world->organisations[e];
        }
    }
    return 0;
}

static ca_network_settings settings_for(uint64_t seed)
{
    ca_network_settings settings = ca_network_defaults();
    settings.shared_least = 3 + (unsigned)seed % 3;
    settings.hub_percent = seed % 2 == 0 ? 5 : 15;
    settings.discoveries_per_mille = 100;
    settings.alike = seed % 4 == 3;
    return settings;
}

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

static uint32_t seen_in(const small_world *world, const ca_network_entity *a, const ca_network_entity *b, uint32_t region)
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

static void slow_entities(const small_world *world, const ca_network_settings *settings, slow_network *slow)
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
            bool looks = one->entity.role == CA_ROLE_UNKNOWN && told * 2 >= patients;
            if (kinds[k] == CA_EDGE_PROVIDER && (looks || one->entity.role == CA_ROLE_LABORATORY))
                one->entity.kind = CA_EDGE_LABORATORY;
            bool skipped = one->entity.kind == CA_EDGE_LABORATORY ||
                           (one->entity.role == CA_ROLE_FACILITY && kinds[k] != CA_EDGE_PHARMACY);
            for (uint32_t r = 0; r < REGIONS; r++) {
                if (skipped && one->patients[r] * 100 > seen_in(world, NULL, NULL, r) * settings->hub_percent)
                    one->patients[r] = 0;
            }
        }
}

/* How often all pairs of a kind meet, and how often they should. */
static void add_to_stratum(const small_world *world, uint32_t a, uint32_t b, slow_network *slow)
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
    uint32_t either = pair->of_first + pair->of_second - pair->shared;
    if (settings->alike || peers > pair->population)
        return pair->population;
    return peers < either ? either : (uint32_t)peers;
}

static void slow_pair(const small_world *world, const ca_network_settings *settings, uint32_t a, uint32_t b, slow_network *slow)
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
    double log_p = ca_hypergeometric_log_tail(best.peers, best.of_first, best.of_second, best.shared);
    best.log_p = rint(log_p * 1e6) / 1e6;
    slow->pairs[slow->pair_count++] = best;
}

static void slow_pairs(const small_world *world, const ca_network_settings *settings, slow_network *slow)
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

static void check_pair(const small_world *world, const slow_network *slow, const ca_network_pair *expected, const ca_network_pair *pair)
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
static void check_ring(const small_world *world, const ca_network_result *result, const ca_network_ring *ring)
{
    uint64_t all[PATIENTS];
    uint32_t shared = 0;
    int64_t paid = 0;
    ck_assert_uint_ge(ring->members, 3);
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

static uint32_t check_pairs(const small_world *world, const ca_network_settings *settings, const slow_network *slow,
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

static ca_edges *log_of(const small_world *world, memdisk *mem, size_t hold, uint32_t step)
{
    ca_edges *edges;
    ck_assert_int_eq(ca_edges_new(memdisk_disk(mem), LOG_PATH, hold, &edges, NULL), 0);
    for (uint32_t i = 0; i < PATIENTS; i++)
        ck_assert_int_eq(ca_edges_add(edges, &world->patients[(uint64_t)i * step % PATIENTS], NULL), 0);
    return edges;
}

static ca_network_result *find(const small_world *world, const ca_network_settings *settings, size_t hold, uint32_t step)
{
    memdisk *mem = memdisk_new();
    ca_edges *edges = log_of(world, mem, hold, step);
    ca_network_result *result;
    ca_text left;
    ck_assert_int_eq(ca_network_find(edges, REGIONS, settings, describe, (void *)(uintptr_t)world, memdisk_disk(mem), PATH, &result, NULL), 0);
    ca_edges_free(edges);
    ck_assert(!memdisk_get(mem, PATH, &left));
    ck_assert(!memdisk_get(mem, LOG_PATH, &left));
    memdisk_free(mem);
    return result;
}

START_TEST(agrees_with_loops_over_everything)
{
    small_world *world = random_world((uint64_t)_i);
    slow_network *slow = ca_alloc_zero(1, sizeof *slow);
    ca_network_settings settings = settings_for((uint64_t)_i);
    ck_assert_ptr_nonnull(slow);
    slow_entities(world, &settings, slow);
    slow_pairs(world, &settings, slow);
    ca_network_result *result = find(world, &settings, SIZE_MAX, 1);
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

static void dump(const ca_network_result *result, ca_buf *buf)
{
    ca_network_counts counts = result->counts;
    counts.passes = 0;
    ca_buf_add(buf, &counts, sizeof counts);
    for (size_t i = 0; i < result->entity_count; i++)
        ca_buf_printf(buf, "%d %016llx\n", (int)result->entities[i].kind, (unsigned long long)result->entities[i].hash);
    for (size_t i = 0; i < result->pair_count; i++) {
        const ca_network_pair *pair = &result->pairs[i];
        ca_buf_printf(buf, "%u-%u in %u ring %u: %u %u %u %u %u p %a q %a lift %a jaccard %a paid %lld %lld", pair->first, pair->second,
                      pair->region, pair->ring, pair->population, pair->peers, pair->of_first, pair->of_second, pair->shared, pair->log_p,
                      pair->log_q, pair->lift, pair->jaccard, (long long)pair->paid.first, (long long)pair->paid.second);
        ca_buf_add(buf, pair->samples, pair->sample_count * sizeof *pair->samples);
    }
    for (size_t i = 0; i < result->ring_count; i++) {
        const ca_network_ring *ring = &result->rings[i];
        ca_buf_printf(buf, "%u pairs %a %u %lld:", ring->pairs, ring->density, ring->shared, (long long)ring->paid);
        for (uint32_t m = 0; m < ring->members; m++)
            ca_buf_printf(buf, " %u", result->ring_members[ring->first_member + m]);
        ca_buf_add(buf, ring->samples, ring->sample_count * sizeof *ring->samples);
    }
    ck_assert(!buf->failed);
}

static void check_same(const small_world *world, const ca_buf *expected, size_t hold, size_t memory, uint32_t step)
{
    ca_network_settings settings = settings_for(0);
    ca_buf got;
    ca_buf_init(&got);
    settings.memory = memory;
    ca_network_result *result = find(world, &settings, hold, step);
    dump(result, &got);
    ck_assert(ca_text_eq(ca_buf_text(&got), ca_buf_text(expected)));
    ca_network_result_free(result);
    ca_buf_done(&got);
}

START_TEST(depends_on_no_order_and_no_memory)
{
    small_world *world = random_world(77);
    ca_network_settings settings = settings_for(0);
    ca_buf expected;
    ca_buf_init(&expected);
    ca_network_result *result = find(world, &settings, SIZE_MAX, 1);
    ck_assert_uint_gt(result->pair_count, 5);
    dump(result, &expected);
    ca_network_result_free(result);
    const uint32_t steps[] = {3, 7, 19, 101, 333, PATIENTS - 1};     /* no divisors of the number of patients: each comes once */
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        check_same(world, &expected, i % 2 == 0 ? 0 : SIZE_MAX, i % 3 == 0 ? 1 : 1u << 20, steps[i]);
    const size_t memories[] = {1, 64, 200, 1000, 4000, 20000, 1u << 16, 1u << 18};
    for (size_t i = 0; i < sizeof memories / sizeof *memories; i++)
        check_same(world, &expected, i % 2 == 0 ? 0 : 100000, memories[i], 1);
    ca_buf_done(&expected);
    ca_free(world);
}
END_TEST

/* In little memory it looks at the lists several times, writes them to disk, and counts single entities alone. */
START_TEST(little_memory_takes_more_passes)
{
    small_world *world = random_world(3);
    ca_network_settings settings = settings_for(0);
    ca_network_result *much = find(world, &settings, SIZE_MAX, 1);
    settings.memory = 64;
    ca_network_result *little = find(world, &settings, 0, 1);
    ck_assert_uint_eq(much->counts.passes, 2);
    ck_assert_uint_gt(little->counts.passes, 20);
    ca_network_result_free(much);
    ca_network_result_free(little);
    ca_free(world);
}
END_TEST

static int try_find(const small_world *world, memdisk *mem, ca_edges *edges)
{
    ca_network_settings settings = settings_for(0);
    ca_network_result *result = NULL;
    settings.memory = 1000;
    int rc = ca_network_find(edges, REGIONS, &settings, describe, (void *)(uintptr_t)world, memdisk_disk(mem), PATH, &result, NULL);
    ck_assert_int_eq(rc == 0, result != NULL);
    ca_network_result_free(result);
    return rc;
}

START_TEST(tells_that_memory_ran_out)
{
    small_world *world = random_world(5);
    memdisk *mem = memdisk_new();
    ca_edges *edges = log_of(world, mem, SIZE_MAX, 1);
    int rc = CA_NOMEM;
    uint64_t n = 0;
    ck_assert_int_eq(try_find(world, mem, edges), 0);   /* the first reader seals a block */
    uint64_t held = ca_alloc_held();
    while (rc == CA_NOMEM) {
        ca_alloc_fail(++n, 0);
        rc = try_find(world, mem, edges);
        ca_alloc_fail(0, 0);
        ck_assert_uint_eq(ca_alloc_held(), held);
    }
    ck_assert_int_eq(rc, 0);
    ck_assert_uint_gt(n, 25);
    ca_edges_free(edges);
    memdisk_free(mem);
    ca_free(world);
}
END_TEST

START_TEST(tells_that_the_disk_fails)
{
    const memdisk_call calls[] = {MEMDISK_OPEN, MEMDISK_WRITE, MEMDISK_READ};
    small_world *world = random_world(5);
    for (size_t c = 0; c < 3; c++) {
        memdisk *mem = memdisk_new();
        ca_edges *edges = log_of(world, mem, 0, 1);
        ca_text left;
        for (uint64_t n = 1;; n++) {
            memdisk_fail(mem, calls[c], n, false);
            int rc = try_find(world, mem, edges);
            ck_assert(!memdisk_get(mem, PATH, &left));
            if (rc == 0) {
                ck_assert_uint_gt(n, 1);
                break;
            }
            ck_assert_int_eq(rc, CA_FAIL);
            ca_edges_free(edges);
            memdisk_fail(mem, calls[c], 0, false);
            edges = log_of(world, mem, 0, 1);
        }
        ca_edges_free(edges);
        memdisk_free(mem);
    }
    ca_free(world);
}
END_TEST

START_TEST(nobody_and_lonely_people_are_no_network)
{
    memdisk *mem = memdisk_new();
    ca_edges *edges;
    ca_network_result *result;
    ca_network_settings settings = ca_network_defaults();
    ck_assert_int_eq(ca_edges_new(memdisk_disk(mem), LOG_PATH, 0, &edges, NULL), 0);
    ck_assert_int_eq(ca_network_find(edges, 0, &settings, describe, NULL, memdisk_disk(mem), PATH, &result, NULL), 0);
    ck_assert_uint_eq(result->pair_count + result->ring_count, 0);
    ca_network_result_free(result);
    ca_edges_free(edges);
    ck_assert_int_eq(ca_edges_new(memdisk_disk(mem), LOG_PATH, 0, &edges, NULL), 0);
    for (uint64_t i = 0; i < 10; i++) {
        ca_edge_patient patient = {.patient = i, .count = i % 2 == 0, .edges = {{.entity = i, .kind = CA_EDGE_PROVIDER}}};
        patient.region = i < 3 ? CA_EDGES_NOWHERE : 0;
        ck_assert_int_eq(ca_edges_add(edges, &patient, NULL), 0);
    }
    ca_edges_crowded(edges);
    ck_assert_int_eq(ca_network_find(edges, 1, &settings, describe, NULL, memdisk_disk(mem), PATH, &result, NULL), 0);
    ck_assert_uint_eq(result->counts.patients, 11);
    ck_assert_uint_eq(result->counts.homeless, 3);
    ck_assert_uint_eq(result->counts.crowded, 1);
    ck_assert_uint_eq(result->counts.regions, 1);
    ck_assert_uint_eq(result->counts.possible, 0);
    ck_assert_uint_eq(result->pair_count, 0);
    ca_network_result_free(result);
    ca_edges_free(edges);
    memdisk_free(mem);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, agrees_with_loops_over_everything, 0, 8);
    tcase_add_test(tcase, depends_on_no_order_and_no_memory);
    tcase_add_test(tcase, little_memory_takes_more_passes);
    tcase_add_test(tcase, tells_that_memory_ran_out);
    tcase_add_test(tcase, tells_that_the_disk_fails);
    tcase_add_test(tcase, nobody_and_lonely_people_are_no_network);
}

CA_CHECK_MAIN("score/network", add_tests)
