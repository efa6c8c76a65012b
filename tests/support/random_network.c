/* Draws small networks, and runs the search in them. */
#include "support/random_network.h"

#include <check.h>
#include <stdbool.h>

#include "base/alloc.h"

#define CIRCLE 4u     /* entities that stand together: every third circle is a planted one */

static uint32_t below(uint64_t *state, uint32_t limit)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((*state >> 33) % limit);
}

static void add_edge(ca_edge_patient *patient, const random_network *network, uint32_t entity, ca_edge_kind kind, uint64_t *state)
{
    for (uint32_t i = 0; i < patient->count; i++) {
        if (patient->edges[i].entity == network->entities[entity] && patient->edges[i].kind == kind)
            return;
    }
    patient->edges[patient->count++] = (ca_edge){
        .entity = network->entities[entity],
        .kind = kind,
        .paid = (int64_t)below(state, 1000) - 50,
        .laboratory = kind == CA_EDGE_PROVIDER && entity % 4 == 3 && below(state, 10) < 3 + entity % 5,
    };
}

/* The last ten entities are pharmacies; the others treat, and some of them prescribe. */
static ca_edge_kind kind_of(uint32_t entity, uint64_t *state)
{
    if (entity >= ENTITIES - 10)
        return CA_EDGE_PHARMACY;
    return below(state, 3) == 0 ? CA_EDGE_PRESCRIBER : CA_EDGE_PROVIDER;
}

random_network *random_network_new(uint64_t seed)
{
    uint64_t state = seed;
    random_network *made = ca_alloc_zero(1, sizeof *made);
    ck_assert_ptr_nonnull(made);
    for (uint32_t i = 0; i < ENTITIES; i++) {
        made->entities[i] = (uint64_t)below(&state, 1u << 30) << 32 | i;
        made->roles[i] = below(&state, 4) == 0 ? (ca_network_role)below(&state, 4) : CA_NETWORK_UNKNOWN;
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

int random_network_describe(void *context, ca_network_entity *entities, size_t count, ca_error *err)
{
    const random_network *network = context;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        for (uint32_t e = 0; e < ENTITIES; e++) {
            if (network->entities[e] != entities[i].hash)
                continue;
            entities[i].role = network->roles[e];
            entities[i].organisation = network->organisations[e];
        }
    }
    return 0;
}

ca_network_settings random_network_settings(uint64_t seed)
{
    ca_network_settings settings = ca_network_defaults();
    settings.shared_least = 3 + (unsigned)seed % 3;
    settings.hub_percent = seed % 2 == 0 ? 5 : 15;
    settings.discoveries_per_mille = 100;
    settings.alike = seed % 4 == 3;
    settings.ring_least = seed % 3 == 1 ? 2 : 3;
    return settings;
}

ca_edges *random_network_log(const random_network *network, memdisk *mem, size_t hold, uint32_t step)
{
    ca_edges *edges;
    ck_assert_int_eq(ca_edges_new(memdisk_disk(mem), LOG_PATH, hold, &edges, NULL), 0);
    for (uint32_t i = 0; i < PATIENTS; i++)
        ck_assert_int_eq(ca_edges_add(edges, &network->patients[(uint64_t)i * step % PATIENTS], NULL), 0);
    return edges;
}

ca_network_result *random_network_find(const random_network *network, const ca_network_settings *settings, size_t hold, uint32_t step)
{
    memdisk *mem = memdisk_new();
    ca_edges *edges = random_network_log(network, mem, hold, step);
    ca_network_result *result;
    ca_text left;
    ck_assert_int_eq(ca_network_find(edges, REGIONS, settings, random_network_describe, (void *)(uintptr_t)network, memdisk_disk(mem), PATH, &result, NULL), 0);
    ca_edges_free(edges);
    ck_assert(!memdisk_get(mem, PATH, &left));
    ck_assert(!memdisk_get(mem, LOG_PATH, &left));
    memdisk_free(mem);
    return result;
}
