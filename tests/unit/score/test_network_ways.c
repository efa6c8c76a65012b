/* The search for pairs and rings says the same whatever the order of patients, the log they lie in, and the memory; and it tells what
 * fails. */
#include <stdio.h>

#include "base/alloc.h"
#include "support/check_main.h"
#include "support/random_network.h"

static void dump(const ca_network_result *result, ca_buf *buf)
{
    ca_network_counts counts = result->counts;
    counts.passes = 0;
    ca_buf_add(buf, &counts, sizeof counts);
    for (size_t i = 0; i < result->entity_count; i++)
        ca_buf_printf(buf, "%d %016llx\n", (int)result->entities[i].kind, (unsigned long long)result->entities[i].hash);
    for (size_t i = 0; i < result->pair_count; i++) {
        const ca_network_pair *pair = &result->pairs[i];
        ca_buf_printf(buf, "%u-%u in %u ring %u: %u %u %u %u %u p %a q %a lift %a jaccard %a paid %lld %lld", pair->first, pair->second,
                      pair->region, pair->ring, pair->population, pair->peers, pair->of_first, pair->of_second, pair->shared, pair->log_p,
                      pair->log_q, pair->lift, pair->jaccard, (long long)pair->paid.first, (long long)pair->paid.second);
        ca_buf_add(buf, pair->samples, pair->sample_count * sizeof *pair->samples);
    }
    for (size_t i = 0; i < result->ring_count; i++) {
        const ca_network_ring *ring = &result->rings[i];
        ca_buf_printf(buf, "%u pairs %a %u %lld:", ring->pairs, ring->density, ring->shared, (long long)ring->paid);
        for (uint32_t m = 0; m < ring->members; m++)
            ca_buf_printf(buf, " %u", result->ring_members[ring->first_member + m]);
        ca_buf_add(buf, ring->samples, ring->sample_count * sizeof *ring->samples);
    }
    ck_assert(!buf->failed);
}

static void check_same(const random_network *world, const ca_buf *expected, size_t hold, size_t memory, uint32_t step)
{
    ca_network_settings settings = random_network_settings(0);
    ca_buf got;
    ca_buf_init(&got);
    settings.memory = memory;
    ca_network_result *result = random_network_find(world, &settings, hold, step);
    dump(result, &got);
    ck_assert(ca_text_eq(ca_buf_text(&got), ca_buf_text(expected)));
    ca_network_result_free(result);
    ca_buf_done(&got);
}

START_TEST(depends_on_no_order_and_no_memory)
{
    random_network *world = random_network_new(77);
    ca_network_settings settings = random_network_settings(0);
    ca_buf expected;
    ca_buf_init(&expected);
    ca_network_result *result = random_network_find(world, &settings, SIZE_MAX, 1);
    ck_assert_uint_gt(result->pair_count, 5);
    dump(result, &expected);
    ca_network_result_free(result);
    const uint32_t steps[] = {3, 7, 19, 101, 333, PATIENTS - 1};     /* no divisors of the number of patients: each comes once */
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        check_same(world, &expected, i % 2 == 0 ? 0 : SIZE_MAX, i % 3 == 0 ? 1 : 1u << 20, steps[i]);
    const size_t memories[] = {1, 64, 200, 1000, 4000, 20000, 1u << 16, 1u << 18};
    for (size_t i = 0; i < sizeof memories / sizeof *memories; i++)
        check_same(world, &expected, i % 2 == 0 ? 0 : 100000, memories[i], 1);
    ca_buf_done(&expected);
    ca_free(world);
}
END_TEST

/* In little memory it looks at the lists several times, writes them to disk, and counts single entities alone. */
START_TEST(little_memory_takes_more_passes)
{
    random_network *world = random_network_new(3);
    ca_network_settings settings = random_network_settings(0);
    ca_network_result *much = random_network_find(world, &settings, SIZE_MAX, 1);
    settings.memory = 64;
    ca_network_result *little = random_network_find(world, &settings, 0, 1);
    ck_assert_uint_eq(much->counts.passes, 2);
    ck_assert_uint_gt(little->counts.passes, 20);
    ca_network_result_free(much);
    ca_network_result_free(little);
    ca_free(world);
}
END_TEST

#define MANY 5700u   /* some parts fit into the table before one does not: all are counted anew */

static int describe_nobody(void *context, ca_network_entity *entities, size_t count, ca_error *err)
{
    (void)context;
    (void)entities;
    (void)count;
    (void)err;
    return 0;
}

/* A table that holds fewer entities than there are is filled for a part of them at a time. */
START_TEST(many_entities_are_counted_in_parts)
{
    ca_network_counts counts[2];
    for (size_t i = 0; i < 2; i++) {
        memdisk *mem = memdisk_new();
        ca_edges *edges;
        ca_network_result *result;
        ca_network_settings settings = random_network_settings(0);
        settings.memory = i == 0 ? 1 : 1u << 24;
        ck_assert_int_eq(ca_edges_new(memdisk_disk(mem), LOG_PATH, 0, &edges, NULL), 0);
        for (uint64_t n = 0; n < MANY * 3; n++) {       /* each entity has three patients of its own, and its neighbour's */
            ca_edge_patient patient = {.patient = n, .region = (uint32_t)(n % MANY % REGIONS), .count = 2};
            patient.edges[0] = (ca_edge){.entity = n % MANY, .kind = CA_EDGE_PROVIDER};
            patient.edges[1] = (ca_edge){.entity = (n % MANY + REGIONS) % MANY, .kind = CA_EDGE_PROVIDER};
            ck_assert_int_eq(ca_edges_add(edges, &patient, NULL), 0);
        }
        ck_assert_int_eq(ca_network_find(edges, REGIONS, &settings, describe_nobody, NULL, memdisk_disk(mem), PATH, &result, NULL), 0);
        ck_assert_uint_eq(result->counts.entities, MANY);
        ck_assert_uint_eq(result->counts.possible, (uint64_t)REGIONS * (MANY / REGIONS) * (MANY / REGIONS - 1) / 2);
        ck_assert_uint_eq(result->counts.tested, MANY);
        ck_assert(i == 0 ? result->counts.passes > 20 : result->counts.passes == 2);
        counts[i] = result->counts;
        ca_network_result_free(result);
        ca_edges_free(edges);
        memdisk_free(mem);
    }
    ck_assert_uint_eq(counts[0].edges, counts[1].edges);
}
END_TEST

static int try_find(const random_network *world, memdisk *mem, ca_edges *edges)
{
    ca_network_settings settings = random_network_settings(0);
    ca_network_result *result = NULL;
    settings.memory = 1000;
    int rc = ca_network_find(edges, REGIONS, &settings, random_network_describe, (void *)(uintptr_t)world, memdisk_disk(mem), PATH, &result, NULL);
    ck_assert_int_eq(rc == 0, result != NULL);
    ca_network_result_free(result);
    return rc;
}

START_TEST(tells_that_memory_ran_out)
{
    random_network *world = random_network_new(5);
    memdisk *mem = memdisk_new();
    ca_edges *edges = random_network_log(world, mem, SIZE_MAX, 1);
    int rc = CA_NOMEM;
    uint64_t n = 0;
    ck_assert_int_eq(try_find(world, mem, edges), 0);   /* the first reader seals a block */
    uint64_t held = ca_alloc_held();
    while (rc == CA_NOMEM) {
        ca_alloc_fail(++n, 0);
        rc = try_find(world, mem, edges);
        ca_alloc_fail(0, 0);
        ck_assert_uint_eq(ca_alloc_held(), held);
    }
    ck_assert_int_eq(rc, 0);
    ck_assert_uint_gt(n, 25);
    ca_edges_free(edges);
    memdisk_free(mem);
    ca_free(world);
}
END_TEST

START_TEST(tells_that_the_disk_fails)
{
    const memdisk_call calls[] = {MEMDISK_OPEN, MEMDISK_WRITE, MEMDISK_READ};
    random_network *world = random_network_new(5);
    for (size_t c = 0; c < 3; c++) {
        memdisk *mem = memdisk_new();
        ca_edges *edges = random_network_log(world, mem, 0, 1);
        ca_text left;
        for (uint64_t n = 1;; n++) {
            memdisk_fail(mem, calls[c], n, false);
            int rc = try_find(world, mem, edges);
            ck_assert(!memdisk_get(mem, PATH, &left));
            if (rc == 0) {
                ck_assert_uint_gt(n, 1);
                break;
            }
            ck_assert_int_eq(rc, CA_FAIL);
            ca_edges_free(edges);
            memdisk_fail(mem, calls[c], 0, false);
            edges = random_network_log(world, mem, 0, 1);
        }
        ca_edges_free(edges);
        memdisk_free(mem);
    }
    ca_free(world);
}
END_TEST

START_TEST(nobody_and_lonely_people_are_no_network)
{
    memdisk *mem = memdisk_new();
    ca_edges *edges;
    ca_network_result *result;
    ca_network_settings settings = ca_network_defaults();
    ck_assert_int_eq(ca_edges_new(memdisk_disk(mem), LOG_PATH, 0, &edges, NULL), 0);
    ck_assert_int_eq(ca_network_find(edges, 0, &settings, random_network_describe, NULL, memdisk_disk(mem), PATH, &result, NULL), 0);
    ck_assert_uint_eq(result->pair_count + result->ring_count, 0);
    ca_network_result_free(result);
    ca_edges_free(edges);
    ck_assert_int_eq(ca_edges_new(memdisk_disk(mem), LOG_PATH, 0, &edges, NULL), 0);
    for (uint64_t i = 0; i < 10; i++) {
        ca_edge_patient patient = {.patient = i, .count = i % 2 == 0, .edges = {{.entity = i, .kind = CA_EDGE_PROVIDER}}};
        patient.region = i < 3 ? CA_EDGES_NOWHERE : 0;
        ck_assert_int_eq(ca_edges_add(edges, &patient, NULL), 0);
    }
    ca_edges_crowded(edges);
    ck_assert_int_eq(ca_network_find(edges, 1, &settings, random_network_describe, NULL, memdisk_disk(mem), PATH, &result, NULL), 0);
    ck_assert_uint_eq(result->counts.patients, 11);
    ck_assert_uint_eq(result->counts.homeless, 3);
    ck_assert_uint_eq(result->counts.crowded, 1);
    ck_assert_uint_eq(result->counts.regions, 1);
    ck_assert_uint_eq(result->counts.possible, 0);
    ck_assert_uint_eq(result->pair_count, 0);
    ca_network_result_free(result);
    ca_edges_free(edges);
    memdisk_free(mem);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, depends_on_no_order_and_no_memory);
    tcase_add_test(tcase, little_memory_takes_more_passes);
    tcase_add_test(tcase, many_entities_are_counted_in_parts);
    tcase_add_test(tcase, tells_that_memory_ran_out);
    tcase_add_test(tcase, tells_that_the_disk_fails);
    tcase_add_test(tcase, nobody_and_lonely_people_are_no_network);
}

CA_CHECK_MAIN("score/network_ways", add_tests)
