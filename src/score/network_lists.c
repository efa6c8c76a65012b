/* Writes each patient's seats as a list of numbers, in groups of those who may be pairs, and counts for each seat how often it
 * stands first in a pair. */
#include <string.h>

#include "base/alloc.h"
#include "score/network_lists.h"

/* The list of a patient, by kind. */
typedef struct by_kind {
    uint32_t count[CA_EDGE_KINDS];
    uint32_t seats[CA_EDGE_KINDS][CA_EDGES_MAX];
} by_kind;

/* In ascending order, as a pair has its first seat before its second. */
static void add_seat(by_kind *lists, ca_edge_kind kind, uint32_t seat)
{
    uint32_t *seats = lists->seats[kind], at = lists->count[kind]++;
    for (; at > 0 && seats[at - 1] > seat; at--)
        seats[at] = seats[at - 1];
    seats[at] = seat;
}

static void collect(const network *net, const ca_edge_patient *patient, by_kind *lists)
{
    uint32_t seats[CA_EDGES_MAX];
    memset(lists->count, 0, sizeof lists->count);
    ca_network_seats(net, patient, seats);
    for (uint32_t i = 0; i < patient->count; i++) {
        if (seats[i] != SEAT_NONE)
            add_seat(lists, net->owners[net->seats[seats[i]].owner].entity.kind, seats[i]);
    }
}

/* Those who stand first with all who may stand behind them. */
static int write_list(network *net, const uint32_t *firsts, uint32_t first_count, const uint32_t *seconds, uint32_t second_count,
                      bool among, ca_error *err)
{
    uint32_t head[LIST_HEAD] = {first_count, second_count, among};
    uint8_t *at;
    if (first_count == 0 || (second_count == 0 && (!among || first_count == 1)))
        return 0;
    int rc = ca_blocks_room(net->lists, (LIST_HEAD + first_count + second_count) * sizeof *head, &at, err);
    if (rc != 0)
        return rc;
    memcpy(at, head, sizeof head);
    memcpy(at + sizeof head, firsts, first_count * sizeof *firsts);
    memcpy(at + sizeof head + first_count * sizeof *firsts, seconds, second_count * sizeof *seconds);
    ca_blocks_use(net->lists, (LIST_HEAD + first_count + second_count) * sizeof *head);
    for (uint32_t i = 0; i < first_count; i++)
        net->firsts[firsts[i]] += second_count + (among ? first_count - 1 - i : 0);
    return 0;
}

static int write_patient(network *net, const by_kind *lists, uint32_t region, ca_error *err)
{
    const uint32_t *count = lists->count;
    uint64_t providers = count[CA_EDGE_PROVIDER];
    stratum *strata = net->strata[region];
    strata[PROVIDERS].met += providers * (providers - (providers > 0)) / 2;
    strata[PROVIDER_LABORATORY].met += providers * count[CA_EDGE_LABORATORY];
    strata[PRESCRIBER_PHARMACY].met += (uint64_t)count[CA_EDGE_PRESCRIBER] * count[CA_EDGE_PHARMACY];
    int rc = write_list(net, lists->seats[CA_EDGE_PROVIDER], count[CA_EDGE_PROVIDER], lists->seats[CA_EDGE_LABORATORY],
                        count[CA_EDGE_LABORATORY], true, err);
    if (rc == 0)
        rc = write_list(net, lists->seats[CA_EDGE_PRESCRIBER], count[CA_EDGE_PRESCRIBER], lists->seats[CA_EDGE_PHARMACY],
                        count[CA_EDGE_PHARMACY], false, err);
    return rc;
}

int ca_network_write_lists(network *net, ca_error *err)
{
    ca_edges_reader *reader;
    ca_edge_patient patient;
    by_kind lists;
    net->firsts = ca_alloc_zero(net->seat_count, sizeof *net->firsts);
    net->strata = ca_alloc_zero(net->region_count, sizeof *net->strata);
    if (net->firsts == NULL || net->strata == NULL)
        return ca_error_nomem(err);
    int rc = ca_blocks_new(net->disk, net->path, net->settings->memory / 4, &net->lists, err);
    if (rc == 0)
        rc = ca_edges_reader_new(net->edges, &reader, err);
    if (rc != 0)
        return rc;
    while (rc == 0 && (rc = ca_edges_next(reader, &patient, err)) == 0) {
        if (patient.region == CA_EDGES_NOWHERE || patient.count < 2)
            continue;
        collect(net, &patient, &lists);
        rc = write_patient(net, &lists, patient.region, err);
    }
    ca_edges_reader_free(reader);
    return rc == CA_END ? 0 : rc;
}
