/* A network from lines: what adds up, who is left out, where a patient lives, and that neither order nor threads matter. */
#include <stdio.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "run/network.h"
#include "support/check_main.h"
#include "support/memdisk.h"

#define PATH     "edges.tmp"
#define LISTS    "lists.tmp"
#define SINKS    3u
#define PATIENTS 400u

static ca_network_sink *new_sink(memdisk *mem, size_t hold)
{
    ca_network_sink *sink;
    ck_assert_int_eq(ca_network_sink_new(memdisk_disk(mem), PATH, hold, &sink, NULL), 0);
    return sink;
}

/* Entities are small numbers; 13 is a laboratory by its specialty, 14 a hospital, 15 and 16 are of one organisation. */
static int tell(void *context, ca_network_hear *hear, void *to, ca_error *err)
{
    int rc = 0;
    for (uint64_t entity = 0; rc == 0 && entity < 300; entity++) {
        char text[16];
        ca_network_known known = {.kind = entity < 100   ? CA_EDGE_PROVIDER
                                          : entity < 200 ? CA_EDGE_PRESCRIBER
                                                         : CA_EDGE_PHARMACY,
                                  .entity = entity % 100};
        snprintf(text, sizeof text, "%c%u", entity < 200 ? 'E' : 'R', (unsigned)known.entity);
        known.id = ca_text_of(text);
        known.specialty = known.entity == 13 ? CA_TEXT("cms:69") : known.entity == 14 ? CA_TEXT("282N00000X") : CA_TEXT("");
        known.organisation = known.entity == 15 || known.entity == 16 ? CA_TEXT("O1") : CA_TEXT("");
        rc = known.entity == 99 ? 0 : hear(to, &known, err);
    }
    ++*(unsigned *)context;
    return rc;
}

static ca_network_found *run_in(memdisk *mem, ca_network_sink *sink, size_t memory)
{
    unsigned told = 0;
    ca_network_settings settings = ca_network_defaults();
    ca_network_found *found;
    settings.memory = memory;
    ck_assert_int_eq(ca_network_run(sink, memdisk_disk(mem), LISTS, &settings, tell, &told, &found, NULL), 0);
    ck_assert_uint_le(told, 2);
    return found;
}

static void end_in(ca_network_sink *sink, const char *region)
{
    ck_assert_int_eq(ca_network_place(sink, ca_text_of(region), true, 1, NULL), 0);
    ck_assert_int_eq(ca_network_end(sink, NULL), 0);
}

/* A doctor and a pharmacy share every tenth patient, three doctors another tenth, and so do 15 and 16; the others go anywhere. */
static void tell_patient(ca_network_sink *sink, uint64_t patient, const char *region)
{
    uint64_t draw = ca_hash64(&patient, sizeof patient);
    ca_network_begin(sink, patient);
    for (uint32_t line = 0; line < 3; line++) {
        ca_network_see(sink, CA_EDGE_PROVIDER, 20 + (draw >> 8 * line) % 30, 100, false);
        ca_network_see(sink, CA_EDGE_PRESCRIBER, 20 + (draw >> 8 * line) % 30, 0, false);
    }
    ca_network_see(sink, CA_EDGE_PHARMACY, 60 + (draw >> 32) % 20, 7, false);
    for (uint64_t member = 1; patient % 10 == 0 && member < 4; member++) {
        ca_network_see(sink, CA_EDGE_PROVIDER, member, 1000, false);
        ca_network_see(sink, CA_EDGE_PROVIDER, member, 500, false);
    }
    if (patient % 10 == 1) {
        ca_network_see(sink, CA_EDGE_PRESCRIBER, 4, 30, false);
        ca_network_see(sink, CA_EDGE_PHARMACY, 99, 30, false);
    }
    if (patient % 10 == 2) {
        ca_network_see(sink, CA_EDGE_PROVIDER, 15, 1, false);
        ca_network_see(sink, CA_EDGE_PROVIDER, 16, 1, false);
    }
    end_in(sink, region);
}

static void check_ring(const ca_network_found *found)
{
    const ca_network_result *result = found->result;
    ck_assert_uint_eq(result->ring_count, 1);
    ck_assert_uint_eq(result->rings[0].members, 3);
    ck_assert_uint_eq(result->rings[0].pairs, 3);
    ck_assert_uint_eq(result->rings[0].shared, PATIENTS / 10);
    ck_assert_int_eq(result->rings[0].paid, PATIENTS / 10 * 3 * 1500);
    for (uint32_t i = 0; i < 3; i++) {
        char expected[16];
        snprintf(expected, sizeof expected, "E%u", i + 1);
        ck_assert(ca_text_is(found->named[result->ring_members[i]].id, expected));
    }
}

START_TEST(finds_and_names_pairs_and_rings)
{
    memdisk *mem = memdisk_new();
    ca_network_sink *sink = new_sink(mem, SIZE_MAX);
    for (uint64_t patient = 0; patient < PATIENTS; patient++)
        tell_patient(sink, patient, "North");
    ca_network_found *found = run_in(mem, sink, 1u << 20);
    const ca_network_result *result = found->result;
    ck_assert_uint_eq(result->pair_count, 4);
    ck_assert_uint_eq(result->counts.one_organisation, 1);
    ck_assert_uint_eq(found->region_count, 1);
    ck_assert(ca_text_is(found->regions[0], "North"));
    check_ring(found);
    uint32_t sold = 0;
    for (size_t i = 0; i < result->pair_count; i++) {
        const ca_network_pair *pair = &result->pairs[i];
        if (result->entities[pair->second].kind != CA_EDGE_PHARMACY)
            continue;
        sold++;
        ck_assert(ca_text_is(found->named[pair->first].id, "E4"));
        ck_assert_uint_eq(found->named[pair->second].id.len, 0);     /* nobody knows 99 */
        ck_assert_uint_eq(result->entities[pair->second].hash, 99);
        ck_assert_uint_eq(pair->shared, PATIENTS / 10);
        ck_assert_uint_eq(pair->samples[0], 1);
    }
    ck_assert_uint_eq(sold, 1);
    ca_network_found_free(found);
    ca_network_sink_free(sink);
    memdisk_free(mem);
}
END_TEST

/* Without a specialty a provider is what half of its patients' lines look like, whichever line says so. */
START_TEST(a_laboratory_is_known_by_its_lines)
{
    memdisk *mem = memdisk_new();
    ca_network_sink *sink = new_sink(mem, SIZE_MAX);
    for (uint64_t patient = 0; patient < 1000; patient++) {
        ca_network_begin(sink, patient);
        for (uint64_t entity = 1; patient < 10 && entity < 4; entity++) {
            bool place = entity == 2 ? patient < 5 : entity == 3 && patient < 4;
            ca_network_see(sink, CA_EDGE_PROVIDER, entity, 1, place && patient % 2 == 0);
            ca_network_see(sink, CA_EDGE_PROVIDER, entity, 1, place && patient % 2 == 1);
        }
        end_in(sink, "North");
    }
    ca_network_found *found = run_in(mem, sink, 1u << 20);
    ck_assert_uint_eq(found->result->entity_count, 3);
    ck_assert(ca_text_is(found->named[2].id, "E2"));        /* providers come first */
    ck_assert_int_eq(found->result->entities[2].kind, CA_EDGE_LABORATORY);
    ck_assert_uint_eq(found->result->pair_count, 3);
    ca_network_found_free(found);
    ca_network_sink_free(sink);
    memdisk_free(mem);
}
END_TEST

START_TEST(leaves_crowded_patients_out)
{
    memdisk *mem = memdisk_new();
    ca_network_sink *sink = new_sink(mem, SIZE_MAX);
    for (uint32_t count = CA_EDGES_MAX - 1; count <= CA_EDGES_MAX + 2; count++) {
        ca_network_begin(sink, count);
        for (uint32_t round = 0; round < 2; round++) {      /* seen again is not another */
            for (uint64_t i = 0; i < count; i++)
                ca_network_see(sink, i % 2 == 0 ? CA_EDGE_PROVIDER : CA_EDGE_PHARMACY, i / 2, 1, false);
        }
        end_in(sink, "North");
    }
    ca_network_found *found = run_in(mem, sink, 1u << 20);
    ck_assert_uint_eq(found->result->counts.patients, 4);
    ck_assert_uint_eq(found->result->counts.crowded, 2);
    ck_assert_uint_eq(found->result->counts.edges, CA_EDGES_MAX * 2 - 1);
    ca_network_found_free(found);
    ca_network_sink_free(sink);
    memdisk_free(mem);
}
END_TEST

static void place(ca_network_sink *sink, const char *region, unsigned lines)
{
    ck_assert_int_eq(ca_network_place(sink, ca_text_of(region), false, lines, NULL), 0);
}

/* Five patients who saw two doctors, so that the pair is tested where they live: 3 shared there is what tells. */
START_TEST(a_patient_lives_where_most_lines_are)
{
    memdisk *mem = memdisk_new();
    ca_network_sink *sink = new_sink(mem, SIZE_MAX);
    for (uint64_t patient = 0; patient < 1000; patient++) {
        ca_network_begin(sink, patient);
        if (patient < 20) {
            ca_network_see(sink, CA_EDGE_PROVIDER, 1, 1, false);
            ca_network_see(sink, CA_EDGE_PROVIDER, 2, 1, false);
            place(sink, "", 9);                             /* nowhere */
            place(sink, "South", patient % 2 == 0 ? 2 : 1);
            place(sink, "East", patient % 2 == 0 ? 1 : 1);
            place(sink, "South", 1);
            place(sink, "East", patient % 2 == 0 ? 2 : 0);  /* even: three each, East is smaller; odd: South has more */
        } else {
            place(sink, "North", 5);                        /* not asked: the patient's own is known */
        }
        end_in(sink, patient < 20 ? "" : patient % 2 == 0 ? "East" : "South");
    }
    ca_network_begin(sink, 1001);
    end_in(sink, "");
    ca_network_found *found = run_in(mem, sink, 1u << 20);
    ck_assert_uint_eq(found->result->counts.homeless, 1);
    ck_assert_uint_eq(found->region_count, 3);
    ck_assert(ca_text_is(found->regions[0], "East"));
    ck_assert(ca_text_is(found->regions[2], "South"));
    ck_assert_uint_eq(found->result->pair_count, 1);
    ck_assert_uint_eq(found->result->pairs[0].region, 0);   /* ten each: of equals the smaller name */
    ck_assert_uint_eq(found->result->pairs[0].shared, 10);
    ck_assert_uint_eq(found->result->pairs[0].population, 500);
    ca_network_found_free(found);
    ca_network_sink_free(sink);
    memdisk_free(mem);
}
END_TEST

/* Twenty patients with two lines in one of 300 regions and one in all others; the order in which they are told is another each time. */
START_TEST(a_patient_of_very_many_regions)
{
    memdisk *mem = memdisk_new();
    ca_network_sink *sink = new_sink(mem, SIZE_MAX);
    for (unsigned patient = 0; patient < 1000; patient++) {
        ca_network_begin(sink, patient);
        if (patient < 20) {
            ca_network_see(sink, CA_EDGE_PROVIDER, 1, 1, false);
            ca_network_see(sink, CA_EDGE_PROVIDER, 2, 1, false);
        }
        for (unsigned i = 0; i < (patient < 20 ? 301u : 1u); i++) {
            char region[8];
            unsigned which = patient < 20 ? i * (patient + 1) % 301 : patient % 301;    /* 301 = 7 x 43: some come again */
            snprintf(region, sizeof region, "R%03u", which);
            place(sink, region, 1);
        }
        place(sink, patient < 20 ? "R299" : "", 400);
        end_in(sink, "");
    }
    ca_network_found *found = run_in(mem, sink, 1u << 20);
    ck_assert_uint_eq(found->region_count, 301);
    ck_assert_uint_eq(found->result->counts.homeless, 0);
    ck_assert_uint_eq(found->result->pair_count, 0);        /* all who live there see both */
    ck_assert_uint_eq(found->result->counts.tested, 1);
    ck_assert_uint_eq(found->result->counts.entities, 2);
    ca_network_found_free(found);
    ca_network_sink_free(sink);
    memdisk_free(mem);
}
END_TEST

START_TEST(all_are_in_one_region_where_none_is_known)
{
    memdisk *mem = memdisk_new();
    ca_network_sink *sink = new_sink(mem, SIZE_MAX);
    for (uint64_t patient = 0; patient < PATIENTS; patient++)
        tell_patient(sink, patient, "");
    ca_network_found *found = run_in(mem, sink, 1u << 20);
    ck_assert_uint_eq(found->result->counts.homeless, 0);
    ck_assert_uint_eq(found->region_count, 1);
    ck_assert_uint_eq(found->regions[0].len, 0);
    check_ring(found);
    ca_network_found_free(found);
    ca_network_sink_free(sink);
    memdisk_free(mem);
}
END_TEST

static void dump(const ca_network_found *found, ca_buf *buf)
{
    const ca_network_result *result = found->result;
    for (size_t i = 0; i < result->pair_count; i++) {
        const ca_network_pair *pair = &result->pairs[i];
        ca_buf_add_text(buf, found->named[pair->first].id);
        ca_buf_add_text(buf, found->named[pair->second].id);
        ca_buf_add_text(buf, found->regions[pair->region]);
        ca_buf_printf(buf, "%u %u %u %u %u %a %a %lld\n", pair->population, pair->peers, pair->of_first, pair->of_second, pair->shared,
                      pair->log_p, pair->log_q, (long long)(pair->paid.first + pair->paid.second));
    }
    ck_assert(!buf->failed);
}

/* Patients told by several sinks in any order, in memory and on disk, with regions that each sink meets in its own order. */
START_TEST(sinks_join_in_any_order)
{
    const char *const regions[] = {"South", "North", "East"};
    ca_buf expected, got;
    ca_buf_init(&expected);
    ca_buf_init(&got);
    for (uint64_t round = 0; round < 6; round++) {
        memdisk *mem = memdisk_new();
        ca_network_sink *sinks[SINKS];
        for (uint32_t i = 0; i < SINKS; i++) {
            char path[32];
            snprintf(path, sizeof path, "edges.%u", i);
            ck_assert_int_eq(ca_network_sink_new(memdisk_disk(mem), path, round % 2 == 0 ? SIZE_MAX : 0, &sinks[i], NULL), 0);
        }
        for (uint64_t n = 1; n <= PATIENTS * 4; n++) {
            uint64_t patient = n * (round * 2 + 1) * 7 % (PATIENTS * 4 + 1);    /* 1601 is a prime */
            tell_patient(sinks[(patient * 31 + round) % SINKS], patient, regions[patient % 3]);
        }
        for (uint32_t i = 1; i < SINKS; i++)
            ca_network_join(sinks[0], sinks[i]);
        ca_network_found *found = run_in(mem, sinks[0], round < 3 ? 1u << 20 : 1);
        dump(found, round == 0 ? &expected : &got);
        ck_assert_uint_gt(found->result->pair_count, 3);
        ck_assert(round == 0 || ca_text_eq(ca_buf_text(&expected), ca_buf_text(&got)));
        ca_buf_clear(&got);
        ca_network_found_free(found);
        ca_network_sink_free(sinks[0]);
        memdisk_free(mem);
    }
    ca_buf_done(&expected);
    ca_buf_done(&got);
}
END_TEST

static int try_all(memdisk *mem)
{
    unsigned told = 0;
    ca_network_sink *sink = NULL, *other = NULL;
    ca_network_found *found = NULL;
    ca_network_settings settings = ca_network_defaults();
    int rc = ca_network_sink_new(memdisk_disk(mem), PATH, 0, &sink, NULL);
    if (rc == 0)
        rc = ca_network_sink_new(memdisk_disk(mem), "other.tmp", 0, &other, NULL);
    for (uint64_t patient = 0; rc == 0 && patient < 60; patient++) {
        ca_network_begin(patient % 2 == 0 ? sink : other, patient);
        for (uint64_t member = 1; member < 4; member++)
            ca_network_see(patient % 2 == 0 ? sink : other, CA_EDGE_PROVIDER, patient < 30 ? member : 4 + (patient + member) % 30, 1, false);
        rc = ca_network_place(patient % 2 == 0 ? sink : other, patient % 3 == 0 ? CA_TEXT("North") : CA_TEXT("East"), false, 1, NULL);
        if (rc == 0)
            rc = ca_network_end(patient % 2 == 0 ? sink : other, NULL);
    }
    if (rc == 0) {
        ca_network_join(sink, other);
        other = NULL;
        rc = ca_network_run(sink, memdisk_disk(mem), LISTS, &settings, tell, &told, &found, NULL);
    }
    ck_assert_int_eq(rc == 0, found != NULL);
    ca_network_found_free(found);
    ca_network_sink_free(other);
    ca_network_sink_free(sink);
    return rc;
}

START_TEST(tells_that_memory_ran_out)
{
    memdisk *mem = memdisk_new();
    uint64_t held = ca_alloc_held(), n = 0;
    int rc = CA_NOMEM;
    while (rc == CA_NOMEM) {
        ca_alloc_fail(++n, 0);
        rc = try_all(mem);
        ca_alloc_fail(0, 0);
    }
    ck_assert_int_eq(rc, 0);
    ck_assert_uint_gt(n, 30);
    memdisk_free(mem);
    ck_assert_uint_le(ca_alloc_held(), held);
}
END_TEST

START_TEST(tells_that_the_disk_fails)
{
    for (uint64_t n = 1;; n++) {
        memdisk *mem = memdisk_new();
        memdisk_fail(mem, MEMDISK_WRITE, n, false);
        int rc = try_all(mem);
        memdisk_free(mem);
        if (rc == 0) {
            ck_assert_uint_gt(n, 2);
            break;
        }
        ck_assert_int_eq(rc, CA_FAIL);
    }
}
END_TEST

START_TEST(knows_roles_by_their_codes)
{
    ck_assert_int_eq(ca_network_role_of(CA_TEXT("")), CA_NETWORK_UNKNOWN);
    ck_assert_int_eq(ca_network_role_of(CA_TEXT("cms:")), CA_NETWORK_UNKNOWN);
    ck_assert_int_eq(ca_network_role_of(CA_TEXT("69")), CA_NETWORK_LABORATORY);
    ck_assert_int_eq(ca_network_role_of(CA_TEXT("291U00000X")), CA_NETWORK_LABORATORY);
    ck_assert_int_eq(ca_network_role_of(CA_TEXT("nucc:282N00000X")), CA_NETWORK_FACILITY);
    ck_assert_int_eq(ca_network_role_of(CA_TEXT("A0")), CA_NETWORK_FACILITY);
    ck_assert_int_eq(ca_network_role_of(CA_TEXT("70")), CA_NETWORK_FACILITY);
    ck_assert_int_eq(ca_network_role_of(CA_TEXT("11")), CA_NETWORK_PERSON);
    ck_assert_int_eq(ca_network_role_of(CA_TEXT("207R00000X")), CA_NETWORK_PERSON);
    ck_assert_int_eq(ca_network_role_of(CA_TEXT("cardiology")), CA_NETWORK_PERSON);
    ck_assert(ca_network_is_laboratory_place(CA_TEXT("81")));
    ck_assert(!ca_network_is_laboratory_place(CA_TEXT("11")));
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, finds_and_names_pairs_and_rings);
    tcase_add_test(tcase, a_laboratory_is_known_by_its_lines);
    tcase_add_test(tcase, leaves_crowded_patients_out);
    tcase_add_test(tcase, a_patient_lives_where_most_lines_are);
    tcase_add_test(tcase, a_patient_of_very_many_regions);
    tcase_add_test(tcase, all_are_in_one_region_where_none_is_known);
    tcase_add_test(tcase, sinks_join_in_any_order);
    tcase_add_test(tcase, tells_that_memory_ran_out);
    tcase_add_test(tcase, tells_that_the_disk_fails);
    tcase_add_test(tcase, knows_roles_by_their_codes);
}

CA_CHECK_MAIN("run/network", add_tests)
