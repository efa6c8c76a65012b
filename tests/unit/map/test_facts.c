/* Fact tables: which record wins, in any order; placeholders; identifiers of every length. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "map/facts_inner.h"
#include "support/check_main.h"
#include "support/map_fixture.h"

typedef struct spec {
    const char *id;
    int sex;              /* -1 = missing */
    ca_date birth, death; /* 0 = missing */
    const char *region;   /* NULL = missing */
    ca_date as_of;
} spec;

static int add(ca_facts *facts, const spec *from)
{
    ca_error err;
    ca_interval interval = {from->birth, from->birth + 100};
    ca_patient_fact fact = {.patient_id = ca_text_of(from->id),
                            .has_sex = from->sex >= 0,
                            .sex = (uint8_t)from->sex,
                            .has_birth = from->birth != 0,
                            .birth_date = from->birth,
                            .has_death = from->death != 0,
                            .death_date = from->death,
                            .has_region = from->region != NULL,
                            .region = ca_text_of(from->region),
                            .has_eligibility = from->birth != 0,
                            .eligibility = &interval,
                            .eligibility_count = 1,
                            .as_of = from->as_of};
    return ca_facts_add_patient(facts, &fact, &err);
}

static const ca_patient *find(const ca_facts *facts, const char *id)
{
    ca_text text = ca_text_of(id);
    return ca_idmap_find(&facts->patients, text, ca_idmap_hash(text));
}

START_TEST(the_newest_record_wins)
{
    const spec specs[] = {{"p", CA_SEX_F, 10, 0, "south", 100},
                          {"p", CA_SEX_M, 11, 0, "north", 300},
                          {"p", -1, 0, 0, NULL, 200},
                          {"p", CA_SEX_X, 12, 0, "old", CA_DATE_MIN}};
    ca_facts *facts = ca_facts_new();
    for (size_t i = 0; i < 4; i++) {
        ck_assert_int_eq(add(facts, &specs[i]), 0);
    }
    ck_assert_uint_eq(ca_facts_patients(facts), 1);
    const ca_patient *p = find(facts, "p");
    ck_assert(p->sex == CA_SEX_M + 1 && p->birth_date == 11);
    ck_assert(ca_text_is(ca_facts_text(facts, p->region), "north"));
    /* the newest wins whole: what it does not say is missing */
    ck_assert_int_eq(add(facts, &(spec){"p", -1, 0, 0, NULL, 400}), 0);
    p = find(facts, "p");
    ck_assert(p->sex == 0 && p->birth_date == CA_FACT_NO_DATE && p->region == 0 &&
              p->eligibility == 0);
    ca_facts_free(facts);
}
END_TEST

static ca_date death_of(const spec *specs, size_t count)
{
    ca_facts *facts = ca_facts_new();
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_eq(add(facts, &specs[i]), 0);
    }
    ca_date death = find(facts, "p")->death_date;
    ca_facts_free(facts);
    return death;
}

START_TEST(a_death_stays)
{
    const spec dies = {"p", 0, 1, 500, NULL, 100};
    const spec silent = {"p", 0, 1, 0, NULL, 200};
    const spec other = {"p", 0, 1, 600, NULL, 300};
    const spec earlier = {"p", 0, 1, 400, NULL, 50};
    const spec same_day = {"p", 0, 1, 450, NULL, 100};
    ck_assert_int_eq(death_of((const spec[]){dies, silent}, 2), 500);
    ck_assert_int_eq(death_of((const spec[]){silent, dies}, 2), 500);
    ck_assert_int_eq(death_of((const spec[]){dies, silent, other}, 3), 600);
    ck_assert_int_eq(death_of((const spec[]){other, silent, dies}, 3), 600);
    ck_assert_int_eq(death_of((const spec[]){dies, earlier}, 2), 500);
    ck_assert_int_eq(death_of((const spec[]){earlier, dies}, 2), 500);
    ck_assert_int_eq(death_of((const spec[]){dies, same_day}, 2), 500);
    ck_assert_int_eq(death_of((const spec[]){same_day, dies}, 2), 500);
    ck_assert_int_eq(death_of((const spec[]){silent}, 1), CA_FACT_NO_DATE);
}
END_TEST

START_TEST(placeholders_are_nobody)
{
    static const char *const ids[] = {"", "0", "0000", "999", "unknown", "N/A", "null"};
    ca_facts *facts = ca_facts_new();
    ca_codes codes;
    ca_arena arena;
    ca_error err;
    ca_arena_init(&arena);
    ca_codes_init(&codes, &arena);
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        ca_provider_fact provider = {.provider_id = ca_text_of(ids[i])};
        ck_assert_int_eq(add(facts, &(spec){ids[i], 0, 0, 0, NULL, 1}), CA_END);
        ck_assert_int_eq(ca_facts_add_provider(facts, &provider, &codes, &err), CA_END);
    }
    ck_assert_uint_eq(ca_facts_patients(facts) + ca_facts_providers(facts), 0);
    ca_codes_done(&codes);
    ca_arena_done(&arena);
    ca_facts_free(facts);
}
END_TEST

/* --- Order ---------------------------------------------------------------------------------- */

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

#define RECORDS 200u

static spec random_spec(uint32_t *state, char id[16])
{
    static const char *const regions[] = {"a", "b", "", NULL};
    spec made = {.id = id};
    (void)snprintf(id, 16, "P%u", next_random(state) % 12);
    made.sex = (int)(next_random(state) % 4) - 1;
    made.birth = (ca_date)(next_random(state) % 3);
    made.death = next_random(state) % 3 ? 0 : (ca_date)(next_random(state) % 5);
    made.region = regions[next_random(state) % 4];
    made.as_of = next_random(state) % 4 ? (ca_date)(next_random(state) % 4) : CA_DATE_MIN;
    return made;
}

static ca_provider_fact provider_of(const spec *from, const uint32_t *ids)
{
    return (ca_provider_fact){.provider_id = ca_text_of(from->id),
                              .has_specialty = from->sex >= 0,
                              .specialty = ids[(size_t)(from->sex < 0 ? 0 : from->sex)],
                              .has_region = from->region != NULL,
                              .region = ca_text_of(from->region),
                              .has_level = from->birth != 0,
                              .level = from->birth == 1 ? CA_TEXT("one") : CA_TEXT("two"),
                              .has_organisation = from->death != 0,
                              .organisation_id = from->death == 1 ? CA_TEXT("o1") : CA_TEXT("o2"),
                              .as_of = from->as_of};
}

/* Adds the records in the order given; the specialties get their dictionary ids in that order too.
 * */
static ca_digest digest_in_order(const spec *specs, const size_t *order)
{
    ca_facts *facts = ca_facts_new();
    ca_digest digest = {0, 0};
    fixture f;
    uint8_t system;
    uint32_t ids[3];
    fixture_init(&f);
    ck_assert(ca_codes_find_system(&f.codes, CA_TEXT("specialty"), &system));
    for (size_t i = 0; i < 3; i++) {
        size_t at = (i + order[0]) % 3;
        ck_assert_int_eq(ca_codes_put(&f.codes, system,
                                      ca_text_of(at == 0   ? "A"
                                                 : at == 1 ? "B"
                                                           : "C"),
                                      &ids[at]),
                         0);
    }
    for (size_t i = 0; i < RECORDS; i++) {
        ca_provider_fact provider = provider_of(&specs[order[i]], ids);
        ck_assert_int_eq(add(facts, &specs[order[i]]), 0);
        ck_assert_int_eq(ca_facts_add_provider(facts, &provider, &f.codes, &f.err), 0);
    }
    ck_assert_int_eq(ca_facts_digest(facts, &f.codes, &digest, &f.err), 0);
    ck_assert_uint_eq(ca_facts_patients(facts), 12);
    ca_facts_free(facts);
    fixture_done(&f);
    return digest;
}

START_TEST(any_order_gives_the_same)
{
    uint32_t state = (uint32_t)_i * 77 + 1;
    spec specs[RECORDS];
    char ids[RECORDS][16];
    size_t order[RECORDS];
    for (size_t i = 0; i < RECORDS; i++) {
        specs[i] = random_spec(&state, ids[i]);
        order[i] = i;
    }
    ca_digest first = digest_in_order(specs, order);
    for (int round = 0; round < 10; round++) {
        for (size_t i = RECORDS - 1; i > 0; i--) {
            size_t at = next_random(&state) % (i + 1);
            size_t kept = order[i];
            order[i] = order[at];
            order[at] = kept;
        }
        ck_assert_int_eq(ca_digest_cmp(first, digest_in_order(specs, order)), 0);
    }
    specs[order[0]].as_of = 1000;
    specs[order[0]].sex = CA_SEX_X;
    ck_assert_int_ne(ca_digest_cmp(first, digest_in_order(specs, order)), 0);
}
END_TEST

/* --- The table of identifiers --------------------------------------------------------------- */

START_TEST(identifiers_of_every_length)
{
    char bytes[400];
    ca_idmap map;
    ca_idmap_init(&map, sizeof(ca_id_key) + 4);
    memset(bytes, 'x', sizeof bytes);
    for (size_t len = 0; len < sizeof bytes; len++) {
        void *record;
        bool is_new;
        ck_assert_int_eq(ca_idmap_put(&map, (ca_text){bytes, len}, &record, &is_new), 0);
        ck_assert(is_new);
        ck_assert_int_eq(ca_idmap_put(&map, (ca_text){bytes, len}, &record, &is_new), 0);
        ck_assert(!is_new);
    }
    for (size_t len = 0; len < sizeof bytes; len++) {
        ca_text id = {bytes, len};
        const void *record = ca_idmap_find(&map, id, ca_idmap_hash(id));
        ck_assert_ptr_nonnull(record);
        ck_assert_ptr_eq(record, ca_idmap_at(&map, len));
        ck_assert(ca_text_eq(ca_idmap_id(&map, record), id));
    }
    ck_assert_ptr_null(ca_idmap_find(&map, CA_TEXT("y"), ca_idmap_hash(CA_TEXT("y"))));
    ca_idmap_done(&map);
}
END_TEST

START_TEST(identifiers_beyond_the_limit)
{
    size_t size = 65537;
    char *bytes = ca_alloc_zero(1, size);
    ca_idmap map;
    void *record;
    bool is_new;
    ca_idmap_init(&map, sizeof(ca_id_key));
    ck_assert_int_eq(ca_idmap_put(&map, (ca_text){bytes, size}, &record, &is_new), CA_LIMIT);
    ck_assert_int_eq(ca_idmap_put(&map, (ca_text){bytes, size - 1}, &record, &is_new), 0);
    ck_assert_int_eq(ca_idmap_put(&map, (ca_text){bytes, size - 2}, &record, &is_new), 0);
    ck_assert_uint_eq(map.count, 2);
    ck_assert_uint_eq(ca_idmap_id(&map, record).len, size - 2);
    ca_idmap_done(&map);
    ca_free(bytes);
}
END_TEST

/* What a patient costs, at a table that is as full as it gets. */
START_TEST(memory_of_a_patient)
{
    ca_facts *facts = ca_facts_new();
    char id[20];
    for (unsigned i = 0; i < 49152; i++) {
        (void)snprintf(id, sizeof id, "%016u", i + 1);
        ck_assert_int_eq(add(facts, &(spec){id, 0, 10, 0, "region", 1}), 0);
    }
    ck_assert_uint_le(ca_facts_bytes(facts), 49152 * 60 + 16384);
    ck_assert_uint_ge(ca_facts_bytes(facts), 49152 * 48);
    ca_facts_free(facts);
}
END_TEST

START_TEST(memory_runs_out_anywhere)
{
    for (uint64_t n = 1;; n++) {
        ca_alloc_fail(n, 1);
        ca_facts *facts = ca_facts_new();
        int rc = facts ? add(facts, &(spec){"an identifier of more than sixteen", 0, 1, 2, "r", 3})
                       : CA_NOMEM;
        ca_alloc_fail(0, 0);
        ck_assert(rc == 0 || rc == CA_NOMEM);
        ck_assert(!facts || ca_facts_patients(facts) == (rc == 0 ? 1 : 0));
        ca_facts_free(facts);
        if (rc == 0) {
            ck_assert_uint_gt(n, 5);
            break;
        }
    }
}
END_TEST

START_TEST(tells_the_organisation_of_a_provider)
{
    ca_codes codes = {0};
    ca_facts *facts = ca_facts_new();
    ca_provider_fact provider = {.provider_id = CA_TEXT("p1"), .has_organisation = true, .organisation_id = CA_TEXT("o1")};
    ck_assert_int_eq(ca_facts_add_provider(facts, &provider, &codes, NULL), 0);
    provider = (ca_provider_fact){.provider_id = CA_TEXT("p2")};
    ck_assert_int_eq(ca_facts_add_provider(facts, &provider, &codes, NULL), 0);
    ck_assert(ca_text_is(ca_facts_organisation(facts, CA_TEXT("p1")), "o1"));
    ck_assert_uint_eq(ca_facts_organisation(facts, CA_TEXT("p2")).len, 0);
    ck_assert_uint_eq(ca_facts_organisation(facts, CA_TEXT("p3")).len, 0);
    ca_facts_free(facts);
}
END_TEST

/* How many they were is still known, and providers are as before. */
START_TEST(forgets_patients)
{
    ca_codes codes = {0};
    ca_facts *facts = ca_facts_new();
    ca_patient_fact patient = {.patient_id = CA_TEXT("a")};
    ca_provider_fact provider = {.provider_id = CA_TEXT("p1"), .has_organisation = true, .organisation_id = CA_TEXT("o1")};
    ck_assert_int_eq(ca_facts_add_patient(facts, &patient, NULL), 0);
    patient.patient_id = CA_TEXT("b");
    ck_assert_int_eq(ca_facts_add_patient(facts, &patient, NULL), 0);
    ck_assert_int_eq(ca_facts_add_provider(facts, &provider, &codes, NULL), 0);
    size_t bytes = ca_facts_bytes(facts);
    ca_facts_forget_patients(facts);
    ck_assert_uint_lt(ca_facts_bytes(facts), bytes);
    ck_assert_uint_eq(ca_facts_patients(facts), 2);
    ck_assert_uint_eq(ca_facts_providers(facts), 1);
    ck_assert(ca_text_is(ca_facts_organisation(facts, CA_TEXT("p1")), "o1"));
    ca_facts_free(facts);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, forgets_patients);
    tcase_add_test(tcase, tells_the_organisation_of_a_provider);
    tcase_add_test(tcase, the_newest_record_wins);
    tcase_add_test(tcase, a_death_stays);
    tcase_add_test(tcase, placeholders_are_nobody);
    tcase_add_loop_test(tcase, any_order_gives_the_same, 0, 3);
    tcase_add_test(tcase, identifiers_of_every_length);
    tcase_add_test(tcase, identifiers_beyond_the_limit);
    tcase_add_test(tcase, memory_of_a_patient);
    tcase_add_test(tcase, memory_runs_out_anywhere);
}

CA_CHECK_MAIN("map/facts", add_tests)
