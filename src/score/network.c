/* The search for pairs and rings, one part after another. */
#include "score/network.h"

#include "base/alloc.h"
#include "score/network_inside.h"

#define REGIONS_MOST (1u << 26)

ca_network_settings ca_network_defaults(void)
{
    return (ca_network_settings){
        .shared_least = 5,
        .lift_least = 3,
        .hub_percent = 5,
        .ring_least = 3,
        .discoveries_per_mille = 10,
        .memory = 64u << 20,
    };
}

static void network_done(network *net)
{
    ca_free(net->population);
    ca_free(net->seats);
    ca_free(net->owners);
    ca_free(net->index);
    ca_free(net->strata);
    ca_blocks_free(net->lists);
    ca_free(net->firsts);
    ca_free(net->candidates);
}

/* What is only needed to find pairs goes before the second look at the edges. */
static void forget_lists(network *net)
{
    ca_blocks_free(net->lists);
    net->lists = NULL;
    ca_free(net->firsts);
    net->firsts = NULL;
    ca_free(net->index);
    net->index = NULL;
}

static int find(network *net, ca_network_describe *describe, void *context, ca_network_result *result, ca_error *err)
{
    int rc = ca_network_count_seats(net, err);
    if (rc == 0)
        rc = ca_network_know_owners(net, describe, context, err);
    if (rc == 0)
        rc = ca_network_write_lists(net, err);
    if (rc == 0)
        rc = ca_network_find_peers(net, err);
    if (rc == 0)
        rc = ca_network_count_pairs(net, err);
    forget_lists(net);
    if (rc == 0)
        rc = ca_network_report(net, result, err);
    if (rc == 0)
        rc = ca_network_find_rings(net, result, err);
    result->counts = net->counts;
    return rc;
}

int ca_network_find(ca_edges *edges, uint32_t region_count, const ca_network_settings *settings, ca_network_describe *describe,
                    void *context, ca_disk *disk, const char *path, ca_network_result **ret_result, ca_error *err)
{
    if (region_count > REGIONS_MOST)
        return ca_error_set(err, CA_LIMIT, "more than %u regions", REGIONS_MOST);
    network net = {.edges = edges, .settings = settings, .disk = disk, .path = path, .region_count = region_count};
    ca_network_result *result = ca_alloc_zero(1, sizeof *result);
    if (result == NULL)
        return ca_error_nomem(err);
    int rc = find(&net, describe, context, result, err);
    network_done(&net);
    if (rc != 0) {
        ca_network_result_free(result);
        return rc;
    }
    *ret_result = result;
    return 0;
}

void ca_network_result_free(ca_network_result *result)
{
    if (result == NULL)
        return;
    ca_free(result->entities);
    ca_free(result->pairs);
    ca_free(result->rings);
    ca_free(result->ring_members);
    ca_free(result);
}
