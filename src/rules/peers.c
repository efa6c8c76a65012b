/* Metrics of entities by peer group. Groups are named by a hash of what their members have in common. */
#include "rules/peers.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

typedef struct measured {
    ca_digest group;
    ca_ratio metric;
} measured;

typedef struct named_group {
    ca_digest name;
    ca_peer_group group;
} named_group;

struct ca_peers {
    measured *items;
    size_t count, cap;
    ca_ratio *metrics;         /* of all groups, one after another */
    named_group *groups;       /* by name */
    size_t group_count;
    bool closed;
};

ca_peers *ca_peers_new(void)
{
    return ca_alloc_zero(1, sizeof(ca_peers));
}

void ca_peers_free(ca_peers *peers)
{
    if (peers == NULL)
        return;
    ca_free(peers->items);
    ca_free(peers->metrics);
    ca_free(peers->groups);
    ca_free(peers);
}

int ca_peers_add(ca_peers *peers, ca_digest group, ca_ratio metric, ca_error *err)
{
    measured *items = ca_grown_array(peers->items, peers->count, &peers->cap, sizeof *items);
    if (items == NULL)
        return ca_error_nomem(err);
    peers->items = items;
    items[peers->count++] = (measured){group, metric};
    return 0;
}

size_t ca_peers_bytes(const ca_peers *peers)
{
    return 2 * peers->count * sizeof *peers->items;
}

int ca_peers_merge(ca_peers *peers, ca_peers *from, ca_error *err)
{
    for (size_t i = 0; i < from->count; i++) {
        int code = ca_peers_add(peers, from->items[i].group, from->items[i].metric, err);
        if (code != 0)
            return code;
    }
    from->count = 0;
    return 0;
}

static int by_group_and_metric(const void *left, const void *right)
{
    const measured *a = left;
    const measured *b = right;
    int order = ca_digest_cmp(a->group, b->group);
    if (order == 0)
        (void)ca_ratio_cmp(a->metric, b->metric, &order);
    return order;
}

static void name_groups(ca_peers *peers)
{
    for (size_t from = 0, to; from < peers->count; from = to) {
        for (to = from; to < peers->count && ca_digest_cmp(peers->items[to].group, peers->items[from].group) == 0; to++)
            peers->metrics[to] = peers->items[to].metric;
        peers->groups[peers->group_count++] =
            (named_group){peers->items[from].group, {peers->metrics + from, to - from}};
    }
}

int ca_peers_close(ca_peers *peers, ca_error *err)
{
    size_t groups = 0;
    if (peers->count > 1)
        qsort(peers->items, peers->count, sizeof *peers->items, by_group_and_metric);
    for (size_t i = 0; i < peers->count; i++)
        groups += i == 0 || ca_digest_cmp(peers->items[i - 1].group, peers->items[i].group) != 0;
    peers->metrics = ca_realloc_array(NULL, peers->count + 1, sizeof *peers->metrics);
    peers->groups = ca_realloc_array(NULL, groups + 1, sizeof *peers->groups);
    if (peers->metrics == NULL || peers->groups == NULL)
        return ca_error_nomem(err);
    name_groups(peers);
    ca_free(peers->items);
    peers->items = NULL;
    peers->closed = true;
    return 0;
}

bool ca_peers_closed(const ca_peers *peers)
{
    return peers->closed;
}

static int by_name(const void *left, const void *right)
{
    const named_group *a = left;
    const named_group *b = right;
    return ca_digest_cmp(a->name, b->name);
}

const ca_peer_group *ca_peers_find(const ca_peers *peers, ca_digest group)
{
    const named_group key = {.name = group};
    const named_group *found =
        peers->group_count == 0 ? NULL : bsearch(&key, peers->groups, peers->group_count, sizeof key, by_name);
    return found ? &found->group : NULL;
}
