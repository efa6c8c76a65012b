/* Which pairs share more patients than chance explains: each is tested in the region where it shares most, all together are held to
 * one rate of false discoveries. */
#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "score/bh.h"
#include "score/hypergeometric.h"
#include "score/network_inside.h"

typedef struct sorted_pair {
    candidate pair;
    uint32_t owner;     /* of the second seat */
    uint32_t region;
} sorted_pair;

static int by_owner(const void *a, const void *b)
{
    const sorted_pair *x = a, *y = b;
    if (x->owner != y->owner)
        return x->owner < y->owner ? -1 : 1;
    if (x->pair.shared != y->pair.shared)
        return x->pair.shared > y->pair.shared ? -1 : 1;
    return x->region < y->region ? -1 : x->region > y->region;
}

static double rate(const network *net)
{
    return net->settings->discoveries_per_mille / 1000.0;
}

/* Whoever shares no more than is expected has a p near 1/2 or above, and whoever is above the rate alone stays above it among
 * others: neither needs to be kept. Whoever shares more, k N > a b, is among more than the a + b - k who saw the two, since
 * (a - k)(b - k) >= 0. */
static int test_pair(network *net, candidate pair, ca_error *err)
{
    const net_seat *first = &net->seats[pair.first], *second = &net->seats[pair.second];
    uint64_t population = ca_network_peers(net, &pair);
    net->counts.tested++;
    if (pair.shared * population <= (uint64_t)first->patients * second->patients)
        return 0;
    pair.log_p = rint(ca_hypergeometric_log_tail(population, first->patients, second->patients, pair.shared) * 1e6) / 1e6;
    if (pair.log_p > log(rate(net)))
        return 0;
    candidate *grown = ca_grown_array(net->candidates, net->candidate_count, &net->candidate_cap, sizeof *grown);
    if (grown == NULL)
        return ca_error_nomem(err);
    net->candidates = grown;
    net->candidates[net->candidate_count++] = pair;
    return 0;
}

/* An entity with one seat meets each other in that region only. */
int ca_network_test_pairs(network *net, candidate *pairs, size_t count, ca_error *err)
{
    int rc = 0;
    if (net->owners[net->seats[pairs[0].first].owner].seats == 1) {
        for (size_t i = 0; rc == 0 && i < count; i++)
            rc = test_pair(net, pairs[i], err);
        return rc;
    }
    sorted_pair *sorted = ca_alloc_zero(count, sizeof *sorted);
    if (sorted == NULL)
        return ca_error_nomem(err);
    for (size_t i = 0; i < count; i++) {
        const net_seat *second = &net->seats[pairs[i].second];
        sorted[i] = (sorted_pair){pairs[i], second->owner, second->region};
    }
    qsort(sorted, count, sizeof *sorted, by_owner);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        if (i == 0 || sorted[i].owner != sorted[i - 1].owner)
            rc = test_pair(net, sorted[i].pair, err);
    }
    ca_free(sorted);
    return rc;
}

typedef struct placed_owner {
    uint64_t hash;
    uint32_t kind;
    uint32_t owner;
} placed_owner;

static int by_kind_hash(const void *a, const void *b)
{
    const placed_owner *x = a, *y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return x->hash < y->hash ? -1 : x->hash > y->hash;
}

/* Marks who is in a reported pair; candidates that are not reported were dropped. */
static int place_entities(const network *net, uint32_t *place_of, ca_network_result *result, ca_error *err)
{
    size_t most = net->candidate_count * 2, count = 0;
    placed_owner *sorted = ca_alloc_zero(most, sizeof *sorted);
    if (sorted == NULL)
        return ca_error_nomem(err);
    for (size_t i = 0; i < most; i++) {
        const candidate *pair = &net->candidates[i / 2];
        uint32_t owner = net->seats[i % 2 == 0 ? pair->first : pair->second].owner;
        const ca_network_entity *entity = &net->owners[owner].entity;
        if (place_of[owner]++ == 0)
            sorted[count++] = (placed_owner){entity->hash, (uint32_t)entity->kind, owner};
    }
    qsort(sorted, count, sizeof *sorted, by_kind_hash);
    result->entities = ca_alloc_zero(count, sizeof *result->entities);
    if (result->entities != NULL) {
        for (size_t i = 0; i < count; i++) {
            place_of[sorted[i].owner] = (uint32_t)i;
            result->entities[i] = net->owners[sorted[i].owner].entity;
        }
        result->entity_count = count;
    }
    ca_free(sorted);
    return result->entities == NULL ? ca_error_nomem(err) : 0;
}

static bool is_of_one_organisation(const network *net, const candidate *pair)
{
    uint64_t organisation = net->owners[net->seats[pair->first].owner].entity.organisation;
    return organisation != 0 && organisation == net->owners[net->seats[pair->second].owner].entity.organisation;
}

static bool is_lifted(const network *net, const candidate *pair)
{
    const net_seat *first = &net->seats[pair->first], *second = &net->seats[pair->second];
    double expected = (double)first->patients * second->patients * net->settings->lift_least;
    return (double)pair->shared * net->population[first->region] >= expected;
}

/* Keeps those of the candidates that are reported, with their q in `log_q`. */
static int select_pairs(network *net, double *log_q, ca_error *err)
{
    size_t kept = 0;
    for (size_t i = 0; i < net->candidate_count; i++)
        log_q[i] = net->candidates[i].log_p;
    int rc = ca_bh(log_q, net->candidate_count, net->counts.possible, log_q, err);
    for (size_t i = 0; rc == 0 && i < net->candidate_count; i++) {
        const candidate *pair = &net->candidates[i];
        if (log_q[i] > log(rate(net)) || !is_lifted(net, pair))
            continue;
        if (is_of_one_organisation(net, pair)) {
            net->counts.one_organisation++;
            continue;
        }
        log_q[kept] = log_q[i];
        net->candidates[kept++] = *pair;
    }
    net->candidate_count = kept;
    return rc;
}

static ca_network_pair describe_pair(const network *net, const candidate *pair, double log_q, const uint32_t *place_of)
{
    const net_seat *a = &net->seats[pair->first], *b = &net->seats[pair->second];
    if (place_of[a->owner] > place_of[b->owner]) {
        const net_seat *other = a;
        a = b;
        b = other;
    }
    double population = net->population[a->region];
    return (ca_network_pair){
        .first = place_of[a->owner],
        .second = place_of[b->owner],
        .region = a->region,
        .ring = UINT32_MAX,
        .population = net->population[a->region],
        .peers = (uint32_t)ca_network_peers(net, pair),
        .of_first = a->patients,
        .of_second = b->patients,
        .shared = pair->shared,
        .log_p = pair->log_p,
        .log_q = log_q,
        .lift = pair->shared * population / ((double)a->patients * b->patients),
        .jaccard = pair->shared / ((double)a->patients + b->patients - pair->shared),
    };
}

static int by_p(const void *a, const void *b)
{
    const ca_network_pair *x = a, *y = b;
    if (x->log_p != y->log_p)
        return x->log_p < y->log_p ? -1 : 1;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return x->second < y->second ? -1 : x->second > y->second;
}

int ca_network_report(network *net, ca_network_result *result, ca_error *err)
{
    double *log_q = ca_alloc_zero(net->candidate_count, sizeof *log_q);
    uint32_t *place_of = ca_alloc_zero(net->owner_count, sizeof *place_of);
    int rc = log_q == NULL || place_of == NULL ? ca_error_nomem(err) : 0;
    if (rc == 0)
        rc = select_pairs(net, log_q, err);
    if (rc == 0)
        rc = place_entities(net, place_of, result, err);
    if (rc == 0) {
        result->pairs = ca_alloc_zero(net->candidate_count, sizeof *result->pairs);
        rc = result->pairs == NULL ? ca_error_nomem(err) : 0;
    }
    if (rc == 0) {
        for (size_t i = 0; i < net->candidate_count; i++)
            result->pairs[result->pair_count++] = describe_pair(net, &net->candidates[i], log_q[i], place_of);
        qsort(result->pairs, result->pair_count, sizeof *result->pairs, by_p);
    }
    ca_free(log_q);
    ca_free(place_of);
    return rc;
}
