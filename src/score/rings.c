/* Components by union and find: the root of a set is its smallest node, so that rings come out in one order. */
#include "score/rings.h"

#include <string.h>

#include "base/alloc.h"

static uint32_t root_of(uint32_t *parents, uint32_t node)
{
    while (parents[node] != node) {
        parents[node] = parents[parents[node]];
        node = parents[node];
    }
    return node;
}

static void unite(uint32_t *parents, uint32_t a, uint32_t b)
{
    a = root_of(parents, a);
    b = root_of(parents, b);
    if (a < b)
        parents[b] = a;
    else
        parents[a] = b;
}

/* Numbers the components that are large enough, smallest nodes first, and counts their members. `sizes` is by root. */
static void number_rings(const uint32_t *parents, const uint32_t *sizes, uint32_t nodes, uint32_t least, ca_rings *rings)
{
    uint32_t members = 0;
    for (uint32_t node = 0; node < nodes; node++) {
        rings->ring_of[node] = CA_RING_NONE;
        if (parents[node] != node || sizes[node] < least)
            continue;
        rings->ring_of[node] = rings->count;
        rings->rings[rings->count++] = (ca_ring){.first = members};
        members += sizes[node];
    }
    for (uint32_t node = 0; node < nodes; node++) {
        uint32_t ring = rings->ring_of[parents[node]];
        rings->ring_of[node] = ring;
        if (ring != CA_RING_NONE)
            rings->members[rings->rings[ring].first + rings->rings[ring].count++] = node;
    }
}

int ca_rings_find(const ca_ring_pair *pairs, size_t count, uint32_t nodes, uint32_t least, ca_rings *ret_rings, ca_error *err)
{
    uint32_t *parents = ca_alloc_zero(nodes, sizeof *parents), *sizes = ca_alloc_zero(nodes, sizeof *sizes);
    ca_rings rings = {
        .rings = ca_alloc_zero(nodes / (least > 0 ? least : 1) + 1, sizeof *rings.rings),
        .members = ca_alloc_zero(nodes, sizeof *rings.members),
        .ring_of = ca_alloc_zero(nodes, sizeof *rings.ring_of),
    };
    int rc = 0;
    if (parents == NULL || sizes == NULL || rings.rings == NULL || rings.members == NULL || rings.ring_of == NULL) {
        ca_rings_done(&rings);
        rc = ca_error_nomem(err);
        goto done;
    }
    for (uint32_t node = 0; node < nodes; node++)
        parents[node] = node;
    for (size_t i = 0; i < count; i++)
        unite(parents, pairs[i].a, pairs[i].b);
    for (uint32_t node = 0; node < nodes; node++)
        sizes[parents[node] = root_of(parents, node)]++;
    number_rings(parents, sizes, nodes, least, &rings);
    for (size_t i = 0; i < count; i++) {
        if (rings.ring_of[pairs[i].a] != CA_RING_NONE)
            rings.rings[rings.ring_of[pairs[i].a]].pairs++;
    }
    *ret_rings = rings;
done:
    ca_free(parents);
    ca_free(sizes);
    return rc;
}

void ca_rings_done(ca_rings *rings)
{
    ca_free(rings->rings);
    ca_free(rings->members);
    ca_free(rings->ring_of);
    memset(rings, 0, sizeof *rings);
}

double ca_ring_density(uint32_t members, uint32_t pairs)
{
    return members < 2 ? 0 : pairs / ((double)members * (members - 1) / 2);
}
