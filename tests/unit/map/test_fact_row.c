/* Rows of fact files: identity, source dates, and what is skipped. */
#include <string.h>

#include "map/facts_inner.h"
#include "support/check_main.h"
#include "support/map_fixture.h"

#define TOP "profile: test\ntitle: Test\njurisdiction: us\ncurrency: USD\nlayouts:\n"
#define PATIENTS                                                                                   \
    TOP "  - layout: patients\n    records: patients\n    columns: [PAT]\n%s"                      \
        "    filters:\n      - {name: deleted, skip: {column: DML, in: [D]}}\n    fields:\n"       \
        "      patient_id: PAT\n"                                                                  \
        "      sex: {column: S, values: {\"1\": M, \"2\": F}}\n      birth_date: B\n"              \
        "      death_date: E\n"                                                                    \
        "      region: R\n      eligibility: {column: I}\n"
#define HEADER "PAT,S,B,E,R,I,DML,Y"

typedef struct load {
    fixture f;
    ca_facts *facts;
} load;

static void start(load *l, const char *yaml, const char *keys, const char *header,
                  const char *file_name)
{
    fixture_init(&l->f);
    l->facts = ca_facts_new();
    ck_assert_str_eq(fixture_parse(&l->f, ca_arena_printf(&l->f.arena, "%.*s%s%s",
                                                          (int)(strstr(yaml, "%s") - yaml), yaml,
                                                          keys, strstr(yaml, "%s") + 2)),
                     "");
    ck_assert_msg(fixture_header_in(&l->f, header, file_name) == 0, "%s", l->f.err.text);
}

static void finish(load *l)
{
    ca_facts_free(l->facts);
    fixture_done(&l->f);
}

static const char *outcome(load *l, const char *row)
{
    fixture *f = &l->f;
    ck_assert_int_eq(fixture_fact(f, row, l->facts), 0);
    ck_assert_uint_eq(f->mapped.lines, 0);
    if (f->mapped.reject) {
        return ca_arena_printf(&f->arena, "%s: %s",
                               f->mapped.reject_column ? f->mapped.reject_column : "-",
                               f->mapped.reject);
    }
    return f->mapped.skip ? ca_arena_printf(&f->arena, "skip: %s", f->mapped.skip) : "stored";
}

static const ca_patient *patient(load *l, const char *id)
{
    return ca_idmap_find(&l->facts->patients, ca_text_of(id), ca_idmap_hash(ca_text_of(id)));
}

START_TEST(rows_of_patients)
{
    load l;
    start(&l, PATIENTS, "", HEADER, "patients.csv");
    ck_assert_str_eq(outcome(&l, "p1,2,1950-01-02,,north,2020-01-01..,I,"), "stored");
    ck_assert_str_eq(outcome(&l, ",2,1950-01-02,,north,,I,"), "PAT: patient_id is missing");
    ck_assert_str_eq(outcome(&l, "0000,2,1950-01-02,,north,,I,"), "skip: placeholder patient_id");
    ck_assert_str_eq(outcome(&l, "p2,2,1950-01-02,,north,,D,"), "skip: deleted");
    ck_assert_str_eq(outcome(&l, "1.2E+11,2,1950-01-02,,north,,I,"),
                     "PAT: the file went through a spreadsheet, export it again as text");
    ck_assert_str_eq(outcome(&l, "p2,2"), "-: 8 columns expected, 2 found");
    ck_assert_str_eq(outcome(&l, "p3,9,never,,,x,I,"), "stored");
    ck_assert_uint_eq(ca_facts_patients(l.facts), 2);
    const ca_patient *p = patient(&l, "p1");
    char date[CA_DATE_SIZE];
    ca_date_print(p->birth_date, date);
    ck_assert_str_eq(date, "1950-01-02");
    ck_assert(p->sex == CA_SEX_F + 1 && p->death_date == CA_FACT_NO_DATE &&
              p->as_of == CA_DATE_MIN);
    ck_assert_uint_eq(ca_facts_intervals(l.facts, p->eligibility).len, sizeof(ca_interval));
    p = patient(&l, "p3");
    ck_assert(p->sex == 0 && p->birth_date == CA_FACT_NO_DATE && p->region == 0 &&
              p->eligibility == 0);
    ck_assert_str_eq(fixture_counted(&l.f, "S", "sex"), "0/1");
    ck_assert_str_eq(fixture_counted(&l.f, "B", "birth_date"), "0/1");
    ck_assert_str_eq(fixture_counted(&l.f, "I", "eligibility"), "1/1");
    finish(&l);
}
END_TEST

static const char *as_of(load *l, const char *id)
{
    char date[CA_DATE_SIZE];
    ca_date_print(patient(l, id)->as_of, date);
    return ca_arena_printf(&l->f.arena, "%s", date);
}

START_TEST(source_dates_of_a_column)
{
    load l;
    start(&l, PATIENTS,
          "    missing: [\"-\"]\n    as_of: {column: Y, dates: [yyyy, yyyymm, yyyy-mm-dd]}\n",
          HEADER, "x.csv");
    ck_assert_str_eq(outcome(&l, "a,1,,,,,I,2019"), "stored");
    ck_assert_str_eq(outcome(&l, "b,1,,,,,I,202402"), "stored");
    ck_assert_str_eq(outcome(&l, "c,1,,,,,I,2024-03-04"), "stored");
    ck_assert_str_eq(outcome(&l, "d,1,,,,,I,"), "stored");
    ck_assert_str_eq(outcome(&l, "e,1,,,,,I,last year"), "stored");
    ck_assert_str_eq(outcome(&l, "f,1,,,,,I,-"), "stored");
    ck_assert_str_eq(as_of(&l, "a"), "2019-12-31");
    ck_assert_str_eq(as_of(&l, "b"), "2024-02-29");
    ck_assert_str_eq(as_of(&l, "c"), "2024-03-04");
    ck_assert(patient(&l, "d")->as_of == CA_DATE_MIN && patient(&l, "e")->as_of == CA_DATE_MIN);
    ck_assert_str_eq(fixture_counted(&l.f, "Y", "as_of"), "2/1");
    /* an older record does not change a newer one */
    ck_assert_str_eq(outcome(&l, "a,2,,,,,I,2018"), "stored");
    ck_assert_uint_eq(patient(&l, "a")->sex, CA_SEX_M + 1);
    finish(&l);
}
END_TEST

START_TEST(source_dates_of_the_name)
{
    load l;
    start(&l, PATIENTS, "    as_of: {file_name: \"*_{yyyy}_*\"}\n", HEADER,
          "in/people_2010_b.csv.gz");
    ck_assert_str_eq(outcome(&l, "a,1,,,,,I,"), "stored");
    ck_assert_str_eq(as_of(&l, "a"), "2010-12-31");
    ck_assert_int_eq(ca_layout_file_as_of(l.f.layout, "people.csv"), CA_DATE_MIN);
    finish(&l);
    start(&l, PATIENTS, "", HEADER, "people_2010_b.csv");
    ck_assert_int_eq(ca_layout_file_as_of(l.f.layout, "people_2010_b.csv"), CA_DATE_MIN);
    finish(&l);
}
END_TEST

START_TEST(a_source_date_that_may_be_absent)
{
    load l;
    start(&l, PATIENTS, "    as_of: {column: Z, optional: yes}\n", HEADER, "x.csv");
    ck_assert_str_eq(outcome(&l, "a,1,,,,,I,"), "stored");
    ck_assert_int_eq(patient(&l, "a")->as_of, CA_DATE_MIN);
    ck_assert_str_eq(fixture_counted(&l.f, "Z", "as_of"), "");
    finish(&l);
}
END_TEST

START_TEST(rows_of_providers)
{
    load l;
    start(&l,
          TOP "  - layout: providers\n    records: providers\n    columns: [NPI]\n%s    fields:\n"
              "      provider_id: NPI\n"
              "      specialty: S\n      provider_region: R\n      provider_level: L\n"
              "      organisation_id: O\n",
          "", "NPI,S,R,L,O", "p.csv");
    ck_assert_str_eq(outcome(&l, "n1,207q,north,3,o9"), "stored");
    ck_assert_str_eq(outcome(&l, "9999999999,207q,north,3,o9"), "skip: placeholder provider_id");
    ck_assert_str_eq(outcome(&l, ",207q,north,3,o9"), "NPI: provider_id is missing");
    ck_assert_str_eq(outcome(&l, "n2,207q,north,3,9E+10"),
                     "O: the file went through a spreadsheet, export it again as text");
    ck_assert_uint_eq(ca_facts_providers(l.facts), 1);
    const ca_provider *p =
        ca_idmap_find(&l.facts->providers, CA_TEXT("n1"), ca_idmap_hash(CA_TEXT("n1")));
    ck_assert(ca_text_is(ca_codes_text(&l.f.codes, p->specialty - 1), "207Q"));
    ck_assert(ca_text_is(ca_facts_text(l.facts, p->organisation), "o9"));
    finish(&l);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, rows_of_patients);
    tcase_add_test(tcase, source_dates_of_a_column);
    tcase_add_test(tcase, source_dates_of_the_name);
    tcase_add_test(tcase, a_source_date_that_may_be_absent);
    tcase_add_test(tcase, rows_of_providers);
}

CA_CHECK_MAIN("map/fact_row", add_tests)
