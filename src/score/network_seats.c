/* Counts the patients of each entity in each region, and keeps those that have enough to be paired. The table of all of them may
 * not fit: then it is filled in several passes, each for a part of the hashes. */
#include "base/alloc.h"
#include "score/network_inside.h"

#define TABLE_LEAST 1024u
#define PARTS_MOST  (1u << 16)

typedef struct slot {
    uint64_t entity;
    uint32_t region_kind;       /* region * CA_EDGE_KINDS + kind */
    uint32_t patients;          /* 0: free */
    uint32_t laboratory;
} slot;

typedef struct seat_table {
    slot *slots;
    size_t size, count, size_most;
    unsigned part, parts;       /* parts is a power of two */
    bool full;
} seat_table;

static size_t place_of(const seat_table *table, uint64_t hash)
{
    return (size_t)(hash & (table->size - 1));
}

static slot *find_slot(const seat_table *table, uint64_t hash, uint64_t entity, uint32_t region_kind)
{
    size_t at = place_of(table, hash);
    while (table->slots[at].patients != 0 &&
           (table->slots[at].entity != entity || table->slots[at].region_kind != region_kind))
        at = (at + 1) & (table->size - 1);
    return &table->slots[at];
}

static int grow(seat_table *table, ca_error *err)
{
    seat_table larger = *table;
    larger.size = table->size == 0 ? TABLE_LEAST : table->size * 2;
    if (table->size > 0 && larger.size > table->size_most) {
        table->full = true;
        return 0;
    }
    larger.slots = ca_alloc_zero(larger.size, sizeof *larger.slots);
    if (larger.slots == NULL)
        return ca_error_nomem(err);
    for (size_t i = 0; i < table->size; i++) {
        const slot *old = &table->slots[i];
        if (old->patients == 0)
            continue;
        uint64_t hash = seat_hash(old->entity, (ca_edge_kind)(old->region_kind % CA_EDGE_KINDS), old->region_kind / CA_EDGE_KINDS);
        *find_slot(&larger, hash, old->entity, old->region_kind) = *old;
    }
    ca_free(table->slots);
    *table = larger;
    return 0;
}

static int count_edge(seat_table *table, const ca_edge *edge, uint32_t region, uint64_t hash, ca_error *err)
{
    if ((hash >> 48 & (table->parts - 1)) != table->part)
        return 0;
    if (table->count * 10 >= table->size * 7) {
        int rc = grow(table, err);
        if (rc != 0 || table->full)
            return rc;
    }
    slot *one = find_slot(table, hash, edge->entity, region * CA_EDGE_KINDS + (uint32_t)edge->kind);
    if (one->patients == 0) {
        *one = (slot){.entity = edge->entity, .region_kind = region * CA_EDGE_KINDS + (uint32_t)edge->kind};
        table->count++;
    }
    one->patients++;
    one->laboratory += edge->laboratory;
    return 0;
}

/* The places of all edges are fetched before the first is looked at: they lie anywhere. */
static int count_edges(seat_table *table, const ca_edge_patient *patient, ca_error *err)
{
    uint64_t hashes[CA_EDGES_MAX];
    int rc = 0;
    for (uint32_t i = 0; i < patient->count; i++) {
        hashes[i] = seat_hash(patient->edges[i].entity, patient->edges[i].kind, patient->region);
        if (table->size > 0)
            __builtin_prefetch(&table->slots[place_of(table, hashes[i])], 1);
    }
    for (uint32_t i = 0; rc == 0 && i < patient->count; i++)
        rc = count_edge(table, &patient->edges[i], patient->region, hashes[i], err);
    return rc;
}

/* One pass; ends early when the table is full. */
static int fill(network *net, seat_table *table, ca_error *err)
{
    ca_edges_reader *reader;
    ca_edge_patient patient;
    int rc = ca_edges_reader_new(net->edges, &reader, err);
    if (rc != 0)
        return rc;
    while (rc == 0 && !table->full && (rc = ca_edges_next(reader, &patient, err)) == 0) {
        if (patient.region != CA_EDGES_NOWHERE)
            rc = count_edges(table, &patient, err);
    }
    ca_edges_reader_free(reader);
    return rc == CA_END ? 0 : rc;
}

static int keep(network *net, const seat_table *table, ca_error *err)
{
    for (size_t i = 0; i < table->size; i++) {
        const slot *one = &table->slots[i];
        if (one->patients == 0 || one->patients < net->settings->shared_least)
            continue;
        net_seat *grown = ca_grown_array(net->seats, net->seat_count, &net->seat_cap, sizeof *grown);
        if (grown == NULL)
            return ca_error_nomem(err);
        net->seats = grown;
        net->seats[net->seat_count++] = (net_seat){
            .entity = one->entity,
            .region = one->region_kind / CA_EDGE_KINDS,
            .kind = (ca_edge_kind)(one->region_kind % CA_EDGE_KINDS),
            .patients = one->patients,
            .laboratory = one->laboratory,
        };
    }
    return 0;
}

static int count_part(network *net, seat_table *table, ca_error *err)
{
    int rc = fill(net, table, err);
    if (rc == 0 && !table->full)
        rc = keep(net, table, err);
    ca_free(table->slots);
    table->slots = NULL;
    net->counts.passes++;
    return rc;
}

/* Also tells who is counted at all. */
static int count_patients(network *net, ca_error *err)
{
    ca_edges_reader *reader;
    ca_edge_patient patient;
    int rc = ca_edges_reader_new(net->edges, &reader, err);
    if (rc != 0)
        return rc;
    while ((rc = ca_edges_next(reader, &patient, err)) == 0) {
        net->counts.patients++;
        if (patient.region == CA_EDGES_NOWHERE) {
            net->counts.homeless++;
            continue;
        }
        net->counts.edges += patient.count;
        net->counts.regions += net->population[patient.region]++ == 0;
    }
    ca_edges_reader_free(reader);
    net->counts.crowded = ca_edges_crowded_count(net->edges);
    net->counts.patients += net->counts.crowded;
    return rc == CA_END ? 0 : rc;
}

int ca_network_count_seats(network *net, ca_error *err)
{
    size_t most = TABLE_LEAST;
    while (most * 2 * sizeof(slot) <= net->settings->memory / 2)
        most *= 2;
    net->population = ca_alloc_zero(net->region_count, sizeof *net->population);
    if (net->population == NULL)
        return ca_error_nomem(err);
    int rc = count_patients(net, err);
    for (unsigned parts = 1, part = 0; rc == 0 && part < parts;) {
        seat_table table = {.size_most = most, .part = part, .parts = parts};
        rc = count_part(net, &table, err);
        if (rc == 0 && table.full) {
            if (parts == PARTS_MOST)
                return ca_error_set(err, CA_LIMIT, "too many entities for a network in %zu bytes", net->settings->memory);
            parts *= 2;
            part = 0;
            net->seat_count = 0;
        } else {
            part++;
        }
    }
    return rc;
}
