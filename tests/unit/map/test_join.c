/* The join of facts to lines, against a slow twin and in its corners. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "support/check_main.h"
#include "support/map_fixture.h"

typedef struct world {
    fixture f;
    ca_facts *facts;
    ca_joins joins;
} world;

#define YAML                                                                                       \
    FIXTURE_TOP                                                                                    \
    "    columns: [ID]\n    fields:\n      claim_id: ID\n      claim_type: {value: other}\n"       \
    "      patient_id: PAT\n      sex: S\n      birth_date: B\n      region: R\n"                  \
    "      billing_provider_id: BILL\n      rendering_provider_id: REND\n"

static void start(world *w)
{
    memset(w, 0, sizeof *w);
    fixture_init(&w->f);
    w->facts = ca_facts_new();
    ck_assert_str_eq(fixture_parse(&w->f, YAML), "");
    ck_assert_int_eq(fixture_header(&w->f, "ID,PAT,S,B,R,BILL,REND"), 0);
}

static void finish(world *w)
{
    ca_facts_free(w->facts);
    fixture_done(&w->f);
}

static void add_patient(world *w, const char *id, const char *region)
{
    ca_interval spans[] = {{0, 10}, {20, CA_DATE_MAX}};
    ca_patient_fact fact = {.patient_id = ca_text_of(id),
                            .has_sex = true,
                            .sex = CA_SEX_F,
                            .has_birth = true,
                            .birth_date = 0,
                            .has_death = true,
                            .death_date = 365,
                            .has_eligibility = true,
                            .eligibility = spans,
                            .eligibility_count = 2,
                            .has_region = region != NULL,
                            .region = ca_text_of(region)};
    ck_assert_int_eq(ca_facts_add_patient(w->facts, &fact, &w->f.err), 0);
}

static void add_provider(world *w, const char *id, const char *specialty, const char *level)
{
    uint8_t system;
    uint32_t code;
    ck_assert(ca_codes_find_system(&w->f.codes, CA_TEXT("specialty"), &system));
    ck_assert_int_eq(ca_codes_put(&w->f.codes, system, ca_text_of(specialty), &code), 0);
    ca_provider_fact fact = {.provider_id = ca_text_of(id),
                             .has_specialty = true,
                             .specialty = code,
                             .has_level = level != NULL,
                             .level = ca_text_of(level),
                             .has_region = true,
                             .region = CA_TEXT("west"),
                             .has_organisation = true,
                             .organisation_id = CA_TEXT("org")};
    ck_assert_int_eq(ca_facts_add_provider(w->facts, &fact, &w->f.codes, &w->f.err), 0);
}

static void row(world *w, const char *text)
{
    ck_assert_int_eq(fixture_row(&w->f, text), 0);
    ck_assert_ptr_null(w->f.mapped.reject);
}

static void join(world *w, const uint8_t *needed)
{
    ck_assert_int_eq(ca_facts_join(w->facts, w->f.batch, 0, needed, &w->joins, &w->f.err), 0);
}

START_TEST(patients_of_lines)
{
    world w;
    start(&w);
    add_patient(&w, "p1", "north");
    add_patient(&w, "p2", NULL);
    row(&w, "1,p1,,,,,");
    row(&w, "1,p1,M,2000-01-01,mine,,");
    row(&w, "2,p2,,,,,");
    row(&w, "3,stranger,,,,,");
    row(&w, "4,0000,,,,,");
    row(&w, "5,,X,,,,");
    row(&w, "6,p1,,,,,");
    row(&w, "7,,,,,,");
    row(&w, "8,p1,,,,,");
    join(&w, NULL);
    ck_assert_str_eq(fixture_value(&w.f, "sex", 0), "F");
    ck_assert_str_eq(fixture_value(&w.f, "birth_date", 0), "1970-01-01");
    ck_assert_str_eq(fixture_value(&w.f, "death_date", 0), "1971-01-01");
    ck_assert_str_eq(fixture_value(&w.f, "eligibility", 0), "1970-01-01..1970-01-11;1970-01-21..");
    ck_assert_str_eq(fixture_value(&w.f, "region", 0), "north");
    /* what stands on the claim wins, the rest is filled */
    ck_assert_str_eq(fixture_value(&w.f, "sex", 1), "M");
    ck_assert_str_eq(fixture_value(&w.f, "birth_date", 1), "2000-01-01");
    ck_assert_str_eq(fixture_value(&w.f, "region", 1), "mine");
    ck_assert_str_eq(fixture_value(&w.f, "death_date", 1), "1971-01-01");
    ck_assert_str_eq(fixture_value(&w.f, "region", 2), "-");
    ck_assert_str_eq(fixture_value(&w.f, "sex", 3), "-");
    ck_assert_str_eq(fixture_value(&w.f, "sex", 4), "-");
    ck_assert_str_eq(fixture_value(&w.f, "sex", 5), "X");
    ck_assert_str_eq(fixture_value(&w.f, "region", 6), "north");
    ck_assert_str_eq(fixture_value(&w.f, "region", 7), "-");
    ck_assert_str_eq(fixture_value(&w.f, "region", 8), "north");
    ck_assert_uint_eq(w.joins.patient.usable, 6);
    ck_assert_uint_eq(w.joins.patient.found, 5);
    finish(&w);
}
END_TEST

START_TEST(providers_by_role)
{
    world w;
    start(&w);
    add_provider(&w, "b1", "GP", "3");
    add_provider(&w, "r1", "ENT", NULL);
    row(&w, "1,,,,,b1,r1");
    row(&w, "1,,,,,r1,b1");
    row(&w, "1,,,,,9999,nobody");
    row(&w, "1,,,,,,");
    join(&w, NULL);
    ck_assert_str_eq(fixture_value(&w.f, "billing.specialty", 0), "GP");
    ck_assert_str_eq(fixture_value(&w.f, "billing.provider_level", 0), "3");
    ck_assert_str_eq(fixture_value(&w.f, "billing.provider_region", 0), "west");
    ck_assert_str_eq(fixture_value(&w.f, "billing.organisation_id", 0), "org");
    ck_assert_str_eq(fixture_value(&w.f, "rendering.specialty", 0), "ENT");
    ck_assert_str_eq(fixture_value(&w.f, "rendering.provider_level", 0), "-");
    ck_assert_str_eq(fixture_value(&w.f, "billing.specialty", 1), "ENT");
    ck_assert_str_eq(fixture_value(&w.f, "rendering.specialty", 1), "GP");
    ck_assert_str_eq(fixture_value(&w.f, "billing.specialty", 2), "-");
    ck_assert_str_eq(fixture_value(&w.f, "facility.specialty", 0), "-");
    ck_assert_uint_eq(w.joins.provider[CA_ROLE_BILLING].usable, 2);
    ck_assert_uint_eq(w.joins.provider[CA_ROLE_BILLING].found, 2);
    ck_assert_uint_eq(w.joins.provider[CA_ROLE_RENDERING].usable, 3);
    ck_assert_uint_eq(w.joins.provider[CA_ROLE_RENDERING].found, 2);
    ck_assert_uint_eq(w.joins.provider[CA_ROLE_FACILITY].usable, 0);
    finish(&w);
}
END_TEST

START_TEST(only_needed_columns)
{
    world w;
    uint8_t needed[CA_COLUMN_SITE + CA_SITE_COLUMNS_MAX] = {0};
    start(&w);
    add_patient(&w, "p1", "north");
    add_provider(&w, "b1", "GP", "3");
    row(&w, "1,p1,,,,b1,");
    needed[CA_F_DEATH_DATE] = 1;
    needed[ca_schema_provider(CA_ROLE_BILLING, CA_F_PROVIDER_LEVEL)] = 1;
    join(&w, needed);
    ck_assert_str_eq(fixture_value(&w.f, "death_date", 0), "1971-01-01");
    ck_assert_str_eq(fixture_value(&w.f, "sex", 0), "-");
    ck_assert_str_eq(fixture_value(&w.f, "region", 0), "-");
    ck_assert_str_eq(fixture_value(&w.f, "eligibility", 0), "-");
    ck_assert_str_eq(fixture_value(&w.f, "billing.provider_level", 0), "3");
    ck_assert_str_eq(fixture_value(&w.f, "billing.specialty", 0), "-");
    ck_assert_uint_eq(w.joins.patient.found, 1);
    ck_assert_uint_eq(w.joins.provider[CA_ROLE_BILLING].found, 1);
    finish(&w);
}
END_TEST

START_TEST(without_facts_nothing_counts)
{
    world w;
    start(&w);
    row(&w, "1,p1,,,,b1,");
    join(&w, NULL);
    ck_assert_uint_eq(w.joins.patient.usable, 0);
    ck_assert_uint_eq(w.joins.provider[CA_ROLE_BILLING].usable, 0);
    finish(&w);
}
END_TEST

START_TEST(only_rows_from_there_on)
{
    world w;
    start(&w);
    add_patient(&w, "p1", "north");
    row(&w, "1,p1,,,,,");
    row(&w, "2,p1,,,,,");
    ck_assert_int_eq(ca_facts_join(w.facts, w.f.batch, 1, NULL, &w.joins, &w.f.err), 0);
    ck_assert_str_eq(fixture_value(&w.f, "sex", 0), "-");
    ck_assert_str_eq(fixture_value(&w.f, "sex", 1), "F");
    ck_assert_uint_eq(w.joins.patient.usable, 1);
    finish(&w);
}
END_TEST

/* Many patients and many lines, repeated and not, across the blocks that are searched together. */
START_TEST(a_crowd)
{
    world w;
    uint32_t state = 9;
    uint64_t usable = 0;
    uint64_t found = 0;
    char expected[1000];
    start(&w);
    for (int i = 0; i < 300; i++) {
        char id[40];
        (void)snprintf(id, sizeof id, i % 2 ? "p%d" : "a-patient-with-a-long-id-%d", i);
        add_patient(&w, id, i % 3 ? "r1" : "r2");
    }
    for (int i = 0; i < 1000; i++) {
        state = state * 1664525u + 1013904223u;
        int n = (int)(state >> 16) % 400;
        int repeat = (int)(state >> 8) % 3;
        do {
            char text[80];
            (void)snprintf(text, sizeof text,
                           n % 2 ? "1,p%d,,,,," : "1,a-patient-with-a-long-id-%d,,,,,", n);
            row(&w, n % 37 == 0 ? "1,unknown,,,,," : n % 41 == 0 ? "1,,,,,," : text);
            bool placeholder = n % 37 == 0 || n % 41 == 0;
            bool known = !placeholder && n < 300;
            usable += placeholder ? 0 : 1;
            found += known ? 1 : 0;
            expected[i] = (char)(!known ? '-' : n % 3 ? '1' : '2');
        } while (repeat-- > 0 && ++i < 1000);
    }
    join(&w, NULL);
    for (unsigned i = 0; i < 1000; i++) {
        const char *region = fixture_value(&w.f, "region", i);
        ck_assert_int_eq(region[strlen(region) - 1], expected[i]);
    }
    ck_assert_uint_eq(w.joins.patient.usable, usable);
    ck_assert_uint_eq(w.joins.patient.found, found);
    finish(&w);
}
END_TEST

START_TEST(memory_runs_out_anywhere)
{
    for (uint64_t n = 1;; n++) {
        world w;
        start(&w);
        add_patient(&w, "p1", "north");
        add_provider(&w, "b1", "GP", "3");
        row(&w, "1,p1,,,,b1,");
        ca_alloc_fail(n, 1);
        int rc = ca_facts_join(w.facts, w.f.batch, 0, NULL, &w.joins, &w.f.err);
        ca_alloc_fail(0, 0);
        ck_assert(rc == 0 || rc == CA_NOMEM);
        finish(&w);
        if (rc == 0) {
            ck_assert_uint_gt(n, 3);
            break;
        }
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, patients_of_lines);
    tcase_add_test(tcase, providers_by_role);
    tcase_add_test(tcase, only_needed_columns);
    tcase_add_test(tcase, without_facts_nothing_counts);
    tcase_add_test(tcase, only_rows_from_there_on);
    tcase_add_test(tcase, a_crowd);
    tcase_add_test(tcase, memory_runs_out_anywhere);
}

CA_CHECK_MAIN("map/join", add_tests)
