/* Rings of the pairs, and what only the patients know: a second look at the edges for the members alone. A doctor who treats and
 * prescribes is two entities, but one member of a ring. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "score/network_inside.h"
#include "score/rings.h"

__extension__ typedef __int128 wide;

/* Sums that cannot overflow, until they are told. */
typedef struct sums {
    wide first, second;
} sums;

typedef struct ring_look {
    const network *net;
    ca_network_result *result;
    uint32_t *member_of;        /* by entity: the first one of the same identifier */
    ca_rings rings;             /* of members */
    uint32_t *entity_index;     /* open addressing: entity + 1 */
    uint32_t *pair_index;
    size_t entity_mask, pair_mask;
    sums *pair_sums, *ring_sums;
} ring_look;

/* An entity of the result on a patient's list; or only somebody with its identifier in another role. */
typedef struct met {
    uint32_t entity;            /* UINT32_MAX: in another role */
    uint32_t member;
    int64_t paid;
} met;

static bool is_pharmacy(ca_edge_kind kind)
{
    return kind == CA_EDGE_PHARMACY;
}

static uint64_t member_hash(uint64_t hash, ca_edge_kind kind)
{
    return seat_hash(hash, is_pharmacy(kind) ? CA_EDGE_PHARMACY : CA_EDGE_PROVIDER, 0);
}

static uint64_t pair_hash(uint32_t first, uint32_t second)
{
    return seat_hash((uint64_t)first << 32 | second, CA_EDGE_PROVIDER, 0);
}

static uint32_t *new_index(size_t count, size_t *ret_mask)
{
    size_t size = 16;
    while (size < count * 2)
        size *= 2;
    *ret_mask = size - 1;
    return ca_alloc_zero(size, sizeof(uint32_t));
}

/* Entities stand by kind: the first of an identifier is found before the others, which lie behind it in the index. */
static int index_entities(ring_look *look, ca_error *err)
{
    const ca_network_result *result = look->result;
    look->entity_index = new_index(result->entity_count, &look->entity_mask);
    look->member_of = ca_alloc_zero(result->entity_count, sizeof *look->member_of);
    if (look->entity_index == NULL || look->member_of == NULL)
        return ca_error_nomem(err);
    for (uint32_t i = 0; i < result->entity_count; i++) {
        const ca_network_entity *one = &result->entities[i];
        size_t at = (size_t)member_hash(one->hash, one->kind) & look->entity_mask;
        look->member_of[i] = i;
        for (; look->entity_index[at] != 0; at = (at + 1) & look->entity_mask) {
            uint32_t other = look->entity_index[at] - 1;
            if (result->entities[other].hash == one->hash && is_pharmacy(result->entities[other].kind) == is_pharmacy(one->kind))
                look->member_of[i] = look->member_of[other];
        }
        look->entity_index[at] = i + 1;
    }
    return 0;
}

static int index_pairs(ring_look *look, ca_error *err)
{
    const ca_network_result *result = look->result;
    look->pair_index = new_index(result->pair_count, &look->pair_mask);
    if (look->pair_index == NULL)
        return ca_error_nomem(err);
    for (uint32_t i = 0; i < result->pair_count; i++) {
        size_t at = (size_t)pair_hash(result->pairs[i].first, result->pairs[i].second) & look->pair_mask;
        while (look->pair_index[at] != 0)
            at = (at + 1) & look->pair_mask;
        look->pair_index[at] = i + 1;
    }
    return 0;
}

static int make_rings(ring_look *look, ca_error *err)
{
    ca_network_result *result = look->result;
    uint32_t least = look->net->settings->ring_least < 2 ? 2 : look->net->settings->ring_least;
    ca_ring_pair *pairs = ca_alloc_zero(result->pair_count, sizeof *pairs);
    if (pairs == NULL)
        return ca_error_nomem(err);
    for (size_t i = 0; i < result->pair_count; i++)
        pairs[i] = (ca_ring_pair){look->member_of[result->pairs[i].first], look->member_of[result->pairs[i].second]};
    int rc = ca_rings_find(pairs, result->pair_count, (uint32_t)result->entity_count, least, &look->rings, err);
    ca_free(pairs);
    if (rc != 0)
        return rc;
    result->rings = ca_alloc_zero(look->rings.count, sizeof *result->rings);
    if (result->rings == NULL)
        return ca_error_nomem(err);
    for (uint32_t i = 0; i < look->rings.count; i++) {
        const ca_ring *one = &look->rings.rings[i];
        result->rings[i] = (ca_network_ring){
            .first_member = one->first,
            .members = one->count,
            .pairs = one->pairs,
            .density = ca_ring_density(one->count, one->pairs),
        };
        result->ring_member_count += one->count;
    }
    result->ring_count = look->rings.count;
    result->ring_members = look->rings.members;
    look->rings.members = NULL;
    for (size_t i = 0; i < result->pair_count; i++)
        result->pairs[i].ring = look->rings.ring_of[look->member_of[result->pairs[i].first]];
    return 0;
}

static bool meet(const ring_look *look, const ca_edge *edge, met *ret_met)
{
    const ca_network_result *result = look->result;
    size_t at = (size_t)member_hash(edge->entity, edge->kind) & look->entity_mask;
    bool found = false;
    for (; look->entity_index[at] != 0; at = (at + 1) & look->entity_mask) {
        uint32_t place = look->entity_index[at] - 1;
        ca_edge_kind kind = result->entities[place].kind;
        if (result->entities[place].hash != edge->entity || is_pharmacy(kind) != is_pharmacy(edge->kind))
            continue;
        if (!found)
            *ret_met = (met){UINT32_MAX, look->member_of[place], edge->paid};
        found = true;
        if (kind == edge->kind || (kind == CA_EDGE_LABORATORY && edge->kind == CA_EDGE_PROVIDER))
            ret_met->entity = place;
    }
    return found;
}

/* The smallest are kept, in order. */
static void add_sample(uint64_t patient, uint64_t *samples, uint32_t *count)
{
    if (*count == CA_NETWORK_SAMPLES && samples[*count - 1] <= patient)
        return;
    uint32_t at = *count < CA_NETWORK_SAMPLES ? (*count)++ : *count - 1;
    for (; at > 0 && samples[at - 1] > patient; at--)
        samples[at] = samples[at - 1];
    samples[at] = patient;
}

static void look_at_pair(ring_look *look, const ca_edge_patient *patient, const met *a, const met *b)
{
    if (a->entity > b->entity) {
        const met *other = a;
        a = b;
        b = other;
    }
    size_t at = (size_t)pair_hash(a->entity, b->entity) & look->pair_mask;
    for (; look->pair_index[at] != 0; at = (at + 1) & look->pair_mask) {
        uint32_t place = look->pair_index[at] - 1;
        ca_network_pair *pair = &look->result->pairs[place];
        if (pair->first != a->entity || pair->second != b->entity)
            continue;
        if (pair->region == patient->region) {
            look->pair_sums[place].first += a->paid;
            look->pair_sums[place].second += b->paid;
            add_sample(patient->patient, pair->samples, &pair->sample_count);
        }
        return;
    }
}

/* One ring with the members that the patient met; `from` is the first of them on the list. */
static void look_at_ring(ring_look *look, const ca_edge_patient *patient, const met *list, uint32_t count, uint32_t from)
{
    uint32_t ring = look->rings.ring_of[list[from].member], seen = 0;
    wide paid = 0;
    for (uint32_t i = from; i < count; i++) {
        bool again = false;
        if (look->rings.ring_of[list[i].member] != ring)
            continue;
        for (uint32_t j = from; j < i; j++)
            again = again || list[j].member == list[i].member;
        seen += !again;
        paid += list[i].paid;
    }
    ca_network_ring *one = &look->result->rings[ring];
    if (seen < 2 || seen * 2 < one->members)
        return;
    one->shared++;
    look->ring_sums[ring].first += paid;
    add_sample(patient->patient, one->samples, &one->sample_count);
}

static void look_at_patient(ring_look *look, const ca_edge_patient *patient)
{
    met list[CA_EDGES_MAX];
    uint32_t count = 0;
    for (uint32_t i = 0; i < patient->count; i++)
        count += meet(look, &patient->edges[i], &list[count]);
    for (uint32_t i = 0; count > 1 && i < count; i++) {
        bool first = look->rings.ring_of[list[i].member] != CA_RING_NONE;
        for (uint32_t j = 0; j < i; j++) {
            if (list[i].entity != UINT32_MAX && list[j].entity != UINT32_MAX)
                look_at_pair(look, patient, &list[j], &list[i]);
            first = first && look->rings.ring_of[list[j].member] != look->rings.ring_of[list[i].member];
        }
        if (first)
            look_at_ring(look, patient, list, count, i);
    }
}

static int look_at_patients(ring_look *look, ca_error *err)
{
    ca_edges_reader *reader;
    ca_edge_patient patient;
    int rc = ca_edges_reader_new(look->net->edges, &reader, err);
    if (rc != 0)
        return rc;
    while ((rc = ca_edges_next(reader, &patient, err)) == 0) {
        if (patient.region != CA_EDGES_NOWHERE)
            look_at_patient(look, &patient);
    }
    ca_edges_reader_free(reader);
    return rc == CA_END ? 0 : rc;
}

static int64_t told(wide sum)
{
    return sum > INT64_MAX ? INT64_MAX : sum < INT64_MIN ? INT64_MIN : (int64_t)sum;
}

static void tell_sums(ring_look *look)
{
    ca_network_result *result = look->result;
    for (size_t i = 0; i < result->pair_count; i++)
        result->pairs[i].paid = (ca_network_money){told(look->pair_sums[i].first), told(look->pair_sums[i].second)};
    for (size_t i = 0; i < result->ring_count; i++)
        result->rings[i].paid = told(look->ring_sums[i].first);
}

int ca_network_find_rings(network *net, ca_network_result *result, ca_error *err)
{
    ring_look look = {.net = net, .result = result};
    int rc = index_entities(&look, err);
    if (rc == 0)
        rc = index_pairs(&look, err);
    if (rc == 0)
        rc = make_rings(&look, err);
    if (rc == 0) {
        look.pair_sums = ca_alloc_zero(result->pair_count, sizeof *look.pair_sums);
        look.ring_sums = ca_alloc_zero(result->ring_count, sizeof *look.ring_sums);
        rc = look.pair_sums == NULL || look.ring_sums == NULL ? ca_error_nomem(err) : 0;
    }
    if (rc == 0 && result->pair_count > 0)
        rc = look_at_patients(&look, err);
    if (rc == 0)
        tell_sums(&look);
    ca_free(look.member_of);
    ca_free(look.entity_index);
    ca_free(look.pair_index);
    ca_free(look.pair_sums);
    ca_free(look.ring_sums);
    ca_rings_done(&look.rings);
    return rc;
}
