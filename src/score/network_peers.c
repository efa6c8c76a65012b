/* Among how many patients a pair is tested.
 *
 * Some patients see many, and some live near the same few: two who have nothing to do with each other meet on their lists more
 * often than among patients who are all alike. So a pair is compared with its peers, all pairs of its kind in the region. Together
 * they are met M times, where sum(a b) / N times were to be expected; a region of (sum(a b) + C N) / (M + C) patients explains it,
 * and is what a pair is tested in. C meetings as expected stand beside those of the peers, so that a ring among few does not
 * explain itself. */
#include "base/alloc.h"
#include "score/network_inside.h"

#define AS_EXPECTED 1000u

__extension__ typedef unsigned __int128 wide;

/* Patients of all entities of a kind in a region: their sum, and that of their squares. */
typedef struct kind_sums {
    uint64_t patients[CA_EDGE_KINDS];
    uint64_t squares;       /* of providers */
} kind_sums;

static uint64_t that_explain(uint64_t met, wide products, uint64_t population)
{
    wide explained = (products + (wide)population * AS_EXPECTED) / (met + AS_EXPECTED);
    return explained < population ? (uint64_t)explained : population;
}

static void settle_region(stratum *strata, const kind_sums *sums, uint64_t population)
{
    wide providers = sums->patients[CA_EDGE_PROVIDER], prescribers = sums->patients[CA_EDGE_PRESCRIBER];
    const wide products[PAIR_KINDS] = {
        [PROVIDERS] = (providers * providers - sums->squares) / 2,
        [PROVIDER_LABORATORY] = providers * sums->patients[CA_EDGE_LABORATORY],
        [PRESCRIBER_PHARMACY] = prescribers * sums->patients[CA_EDGE_PHARMACY],
    };
    for (unsigned kind = 0; kind < PAIR_KINDS; kind++)
        strata[kind].peers = that_explain(strata[kind].met, products[kind], population);
}

int ca_network_find_peers(network *net, ca_error *err)
{
    kind_sums *sums = ca_alloc_zero(net->region_count, sizeof *sums);
    if (sums == NULL)
        return ca_error_nomem(err);
    for (size_t i = 0; i < net->seat_count; i++) {
        const net_seat *one = &net->seats[i];
        ca_edge_kind kind = net->owners[one->owner].entity.kind;
        sums[one->region].patients[kind] += one->patients;
        if (kind == CA_EDGE_PROVIDER)
            sums[one->region].squares += (uint64_t)one->patients * one->patients;
    }
    for (uint32_t region = 0; region < net->region_count; region++)
        settle_region(net->strata[region], &sums[region], net->population[region]);
    ca_free(sums);
    return 0;
}

uint64_t ca_network_peers(const network *net, const candidate *pair)
{
    const net_seat *first = &net->seats[pair->first], *second = &net->seats[pair->second];
    ca_edge_kind kind = net->owners[second->owner].entity.kind;
    pair_kind among = kind == CA_EDGE_PHARMACY ? PRESCRIBER_PHARMACY : kind == CA_EDGE_LABORATORY ? PROVIDER_LABORATORY : PROVIDERS;
    return net->settings->alike ? net->population[first->region] : net->strata[first->region][among].peers;
}
