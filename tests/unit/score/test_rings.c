/* Components against a walk that paints neighbours until nothing changes. */
#include <stdbool.h>

#include "base/alloc.h"
#include "score/rings.h"
#include "support/check_main.h"

#define NODES 40u
#define PAIRS 60u

static uint32_t below(uint64_t *state, uint32_t limit)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((*state >> 33) % limit);
}

/* Paints each node with the smallest node that it hangs together with. */
static void paint(const ca_ring_pair *pairs, size_t count, uint32_t *colours)
{
    for (uint32_t i = 0; i < NODES; i++)
        colours[i] = i;
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < count; i++) {
            uint32_t *a = &colours[pairs[i].a], *b = &colours[pairs[i].b];
            changed = changed || *a != *b;
            *a = *b = *a < *b ? *a : *b;
        }
    }
}

static void check_ring(const ca_rings *rings, uint32_t colour, const uint32_t *colours, const ca_ring_pair *pairs, size_t count)
{
    uint32_t members = 0, edges = 0;
    const ca_ring *ring = &rings->rings[rings->ring_of[colour]];
    for (uint32_t i = 0; i < NODES; i++) {
        if (colours[i] != colour)
            continue;
        ck_assert_uint_eq(rings->members[ring->first + members], i);
        ck_assert_uint_eq(rings->ring_of[i], rings->ring_of[colour]);
        members++;
    }
    for (size_t i = 0; i < count; i++)
        edges += colours[pairs[i].a] == colour;
    ck_assert_uint_eq(ring->count, members);
    ck_assert_uint_eq(ring->pairs, edges);
}

START_TEST(agrees_with_painting)
{
    uint64_t state = (uint64_t)_i;
    ca_ring_pair pairs[PAIRS];
    uint32_t colours[NODES], sizes[NODES] = {0}, found = 0;
    size_t count = below(&state, PAIRS / 2 + 1) + (uint32_t)_i % (PAIRS / 2);
    for (size_t i = 0; i < count; i++) {
        uint32_t a = below(&state, NODES);
        pairs[i] = (ca_ring_pair){a, (a + 1 + below(&state, NODES - 1)) % NODES};
    }
    ca_rings rings;
    ck_assert_int_eq(ca_rings_find(pairs, count, NODES, 3, &rings, NULL), 0);
    paint(pairs, count, colours);
    for (uint32_t i = 0; i < NODES; i++)
        sizes[colours[i]]++;
    for (uint32_t i = 0; i < NODES; i++) {
        if (sizes[colours[i]] < 3)
            ck_assert_uint_eq(rings.ring_of[i], CA_RING_NONE);
        else if (colours[i] == i) {
            ck_assert_uint_eq(rings.ring_of[i], found++);
            check_ring(&rings, i, colours, pairs, count);
        }
    }
    ck_assert_uint_eq(rings.count, found);
    ca_rings_done(&rings);
}
END_TEST

START_TEST(density_is_a_share_of_all_pairs)
{
    ck_assert_double_eq(ca_ring_density(4, 6), 1);
    ck_assert_double_eq(ca_ring_density(4, 3), 0.5);
    ck_assert_double_eq(ca_ring_density(1, 0), 0);
    ck_assert_double_gt(ca_ring_density(100000, 99999), 0);     /* more pairs than 32 bits */
}
END_TEST

START_TEST(nobody_is_no_ring)
{
    ca_rings rings;
    ck_assert_int_eq(ca_rings_find(NULL, 0, 0, 3, &rings, NULL), 0);
    ck_assert_uint_eq(rings.count, 0);
    ca_rings_done(&rings);
}
END_TEST

START_TEST(tells_that_memory_ran_out)
{
    ca_ring_pair pairs[] = {{0, 1}, {1, 2}};
    for (uint64_t n = 1; n <= 5; n++) {
        ca_rings rings = {.count = 77};
        ca_alloc_fail(n, 0);
        ck_assert_int_eq(ca_rings_find(pairs, 2, 3, 3, &rings, NULL), CA_NOMEM);
        ck_assert_uint_eq(rings.count, 77);
    }
    ca_alloc_fail(0, 0);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, agrees_with_painting, 0, 60);
    tcase_add_test(tcase, density_is_a_share_of_all_pairs);
    tcase_add_test(tcase, nobody_is_no_ring);
    tcase_add_test(tcase, tells_that_memory_ran_out);
}

CA_CHECK_MAIN("score/rings", add_tests)
