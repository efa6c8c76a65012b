/* Who sits on the seats: asks for the role of each entity, leaves hubs out, counts the pairs that are possible, and gives seats
 * their order: by the region where an entity has most of its patients, so that those who meet lie near each other. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "score/network_inside.h"

static int compare(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int by_entity(const void *a, const void *b)
{
    const net_seat *x = a, *y = b;
    int order = compare((uint64_t)x->kind, (uint64_t)y->kind);
    if (order == 0)
        order = compare(x->entity, y->entity);
    return order != 0 ? order : compare(x->region, y->region);
}

static int by_home(const void *a, const void *b)
{
    const net_owner *x = a, *y = b;
    int order = compare(x->home, y->home);
    if (order == 0)
        order = compare((uint64_t)x->entity.kind, (uint64_t)y->entity.kind);
    return order != 0 ? order : compare(x->entity.hash, y->entity.hash);
}

static bool same_entity(const net_seat *a, const net_seat *b)
{
    return a->entity == b->entity && a->kind == b->kind;
}

static int find_owners(network *net, ca_error *err)
{
    size_t count = 0;
    if (net->seat_count > 0)
        qsort(net->seats, net->seat_count, sizeof *net->seats, by_entity);
    for (size_t i = 0; i < net->seat_count; i++)
        count += i == 0 || !same_entity(&net->seats[i], &net->seats[i - 1]);
    net->owners = ca_alloc_zero(count, sizeof *net->owners);
    if (net->owners == NULL)
        return ca_error_nomem(err);
    for (size_t i = 0; i < net->seat_count; i++) {
        const net_seat *one = &net->seats[i];
        if (i == 0 || !same_entity(one, one - 1))
            net->owners[net->owner_count++] = (net_owner){
                .entity = {.hash = one->entity, .kind = one->kind, .role = CA_NETWORK_UNKNOWN},
                .first = (uint32_t)i,
                .home = one->region,
            };
        net->owners[net->owner_count - 1].seats++;
    }
    return 0;
}

static int describe_owners(network *net, ca_network_describe *describe, void *context, ca_error *err)
{
    ca_network_entity *asked = ca_alloc_zero(net->owner_count, sizeof *asked);
    if (asked == NULL)
        return ca_error_nomem(err);
    for (size_t i = 0; i < net->owner_count; i++)
        asked[i] = net->owners[i].entity;
    int rc = net->owner_count == 0 ? 0 : describe(context, asked, net->owner_count, err);
    for (size_t i = 0; rc == 0 && i < net->owner_count; i++)
        net->owners[i].entity = asked[i];
    ca_free(asked);
    return rc;
}

/* Whoever's specialty is unknown is a laboratory when at least half of its patients have a line of one. */
static void settle_role(const network *net, net_owner *owner)
{
    uint64_t patients = 0, laboratory = 0;
    for (uint32_t i = 0; i < owner->seats; i++) {
        const net_seat *one = &net->seats[owner->first + i];
        patients += one->patients;
        laboratory += one->laboratory;
    }
    if (owner->entity.kind != CA_EDGE_PROVIDER)
        return;
    if (owner->entity.role == CA_NETWORK_UNKNOWN && laboratory * 2 >= patients)
        owner->entity.role = CA_NETWORK_LABORATORY;
    if (owner->entity.role == CA_NETWORK_LABORATORY)
        owner->entity.kind = CA_EDGE_LABORATORY;
}

static bool is_hub(const network *net, const net_owner *owner, const net_seat *seat)
{
    return (owner->entity.kind == CA_EDGE_LABORATORY || owner->entity.role == CA_NETWORK_FACILITY) &&
           owner->entity.kind != CA_EDGE_PHARMACY &&
           (uint64_t)seat->patients * 100 > (uint64_t)net->population[seat->region] * net->settings->hub_percent;
}

/* Moves the seats that stay together; an owner may lose all of them. */
static void leave_out_hubs(network *net)
{
    size_t kept = 0;
    for (size_t o = 0; o < net->owner_count; o++) {
        net_owner *owner = &net->owners[o];
        uint32_t first = (uint32_t)kept, most = 0;
        settle_role(net, owner);
        for (uint32_t i = 0; i < owner->seats; i++) {
            net_seat one = net->seats[owner->first + i];
            if (is_hub(net, owner, &one)) {
                net->counts.hubs++;
                continue;
            }
            if (one.patients > most) {
                most = one.patients;
                owner->home = one.region;
            }
            net->seats[kept++] = one;
        }
        owner->first = first;
        owner->seats = (uint32_t)kept - first;
        net->counts.entities += owner->seats > 0;
    }
    net->seat_count = kept;
}

/* All pairs of those who have enough patients in a region, in each region. */
static int count_possible(network *net, ca_error *err)
{
    uint64_t (*there)[CA_EDGE_KINDS] = ca_alloc_zero(net->region_count, sizeof *there);
    if (there == NULL)
        return ca_error_nomem(err);
    for (size_t o = 0; o < net->owner_count; o++) {
        for (uint32_t i = 0; i < net->owners[o].seats; i++)
            there[net->seats[net->owners[o].first + i].region][net->owners[o].entity.kind]++;
    }
    for (uint32_t region = 0; region < net->region_count; region++) {
        const uint64_t *kinds = there[region];
        uint64_t providers = kinds[CA_EDGE_PROVIDER];
        net->counts.possible += providers * (providers - (providers > 0)) / 2 + providers * kinds[CA_EDGE_LABORATORY] +
                                kinds[CA_EDGE_PRESCRIBER] * kinds[CA_EDGE_PHARMACY];
    }
    ca_free(there);
    return 0;
}

static int order_seats(network *net, ca_error *err)
{
    net_seat *ordered = ca_alloc_zero(net->seat_count, sizeof *ordered);
    if (ordered == NULL)
        return ca_error_nomem(err);
    if (net->owner_count > 0)
        qsort(net->owners, net->owner_count, sizeof *net->owners, by_home);
    size_t to = 0;
    for (size_t o = 0; o < net->owner_count; o++) {
        net_owner *owner = &net->owners[o];
        memcpy(ordered + to, net->seats + owner->first, owner->seats * sizeof *ordered);
        owner->first = (uint32_t)to;
        for (uint32_t i = 0; i < owner->seats; i++)
            ordered[to++].owner = (uint32_t)o;
    }
    ca_free(net->seats);
    net->seats = ordered;
    return 0;
}

static int index_seats(network *net, ca_error *err)
{
    size_t size = 16;
    while (size < net->seat_count * 2)
        size *= 2;
    net->index = ca_alloc_zero(size, sizeof *net->index);
    if (net->index == NULL)
        return ca_error_nomem(err);
    net->index_mask = size - 1;
    for (size_t i = 0; i < net->seat_count; i++) {
        const net_seat *one = &net->seats[i];
        size_t at = (size_t)(seat_hash(one->entity, one->kind, one->region) & net->index_mask);
        while (net->index[at] != 0)
            at = (at + 1) & net->index_mask;
        net->index[at] = (uint32_t)i + 1;
    }
    return 0;
}

static uint32_t find_seat(const network *net, size_t at, const ca_edge *edge, uint32_t region)
{
    for (; net->index[at] != 0; at = (at + 1) & net->index_mask) {
        const net_seat *one = &net->seats[net->index[at] - 1];
        if (one->entity == edge->entity && one->kind == edge->kind && one->region == region)
            return net->index[at] - 1;
    }
    return SEAT_NONE;
}

/* In three steps, so that what all edges need is fetched at once. */
void ca_network_seats(const network *net, const ca_edge_patient *patient, uint32_t seats[CA_EDGES_MAX])
{
    size_t places[CA_EDGES_MAX];
    for (uint32_t i = 0; i < patient->count; i++) {
        places[i] = (size_t)(seat_hash(patient->edges[i].entity, patient->edges[i].kind, patient->region) & net->index_mask);
        __builtin_prefetch(&net->index[places[i]]);
    }
    for (uint32_t i = 0; i < patient->count; i++) {
        if (net->index[places[i]] != 0)
            __builtin_prefetch(&net->seats[net->index[places[i]] - 1]);
    }
    for (uint32_t i = 0; i < patient->count; i++)
        seats[i] = find_seat(net, places[i], &patient->edges[i], patient->region);
}

int ca_network_know_owners(network *net, ca_network_describe *describe, void *context, ca_error *err)
{
    if (net->seat_count >= UINT32_MAX / 2)
        return ca_error_set(err, CA_LIMIT, "too many entities for a network");
    int rc = find_owners(net, err);
    if (rc == 0)
        rc = describe_owners(net, describe, context, err);
    if (rc == 0) {
        leave_out_hubs(net);
        rc = count_possible(net, err);
    }
    if (rc == 0)
        rc = order_seats(net, err);
    if (rc == 0)
        rc = index_seats(net, err);
    return rc;
}
