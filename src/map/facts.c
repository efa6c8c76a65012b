/* Stores facts about patients and providers. Which record wins is a total order on what the records
 * say, so that the order of their arrival cannot matter. */
#include "map/facts.h"

#include <string.h>

#include "base/alloc.h"
#include "map/facts_inner.h"

ca_facts *ca_facts_new(void)
{
    ca_facts *facts = ca_alloc_zero(1, sizeof *facts);
    if (!facts) {
        return NULL;
    }
    ca_idmap_init(&facts->patients, sizeof(ca_patient));
    ca_idmap_init(&facts->providers, sizeof(ca_provider));
    ca_table_init(&facts->texts);
    ca_table_init(&facts->intervals);
    return facts;
}

void ca_facts_free(ca_facts *facts)
{
    if (!facts) {
        return;
    }
    ca_idmap_done(&facts->patients);
    ca_idmap_done(&facts->providers);
    ca_table_done(&facts->texts);
    ca_table_done(&facts->intervals);
    ca_free(facts);
}

void ca_facts_forget_patients(ca_facts *facts)
{
    size_t count = facts->patients.count;
    ca_idmap_done(&facts->patients);
    ca_idmap_init(&facts->patients, sizeof(ca_patient));
    ca_table_done(&facts->intervals);
    ca_table_init(&facts->intervals);
    facts->forgotten += count;
}

size_t ca_facts_bytes(const ca_facts *facts)
{
    return sizeof *facts + ca_idmap_bytes(&facts->patients) + ca_idmap_bytes(&facts->providers) +
           ca_table_bytes(&facts->texts) + ca_table_bytes(&facts->intervals);
}

size_t ca_facts_patients(const ca_facts *facts)
{
    return facts->forgotten + facts->patients.count;
}

size_t ca_facts_providers(const ca_facts *facts)
{
    return facts->providers.count;
}

ca_text ca_facts_text(const ca_facts *facts, uint32_t place)
{
    return place ? ca_table_key(&facts->texts, place - 1) : (ca_text){"", 0};
}

ca_text ca_facts_organisation(const ca_facts *facts, ca_text provider_id)
{
    const ca_provider *provider = ca_idmap_find(&facts->providers, provider_id, ca_idmap_hash(provider_id));
    return provider ? ca_facts_text(facts, provider->organisation) : (ca_text){"", 0};
}

void ca_facts_peers(const ca_facts *facts, ca_text provider_id, uint32_t *ret_specialty, ca_text *ret_region)
{
    const ca_provider *provider = ca_idmap_find(&facts->providers, provider_id, ca_idmap_hash(provider_id));
    *ret_specialty = provider && provider->specialty ? provider->specialty - 1 : CA_NO_SPECIALTY;
    *ret_region = provider && provider->region ? ca_facts_text(facts, provider->region) : (ca_text){NULL, 0};
}

ca_text ca_facts_intervals(const ca_facts *facts, uint32_t place)
{
    return place ? ca_table_key(&facts->intervals, place - 1) : (ca_text){"", 0};
}

/* Few different texts stand for many: each is kept once. 0 stands for missing. */
static int keep(ca_table *table, bool has, ca_text text, uint32_t *ret_place)
{
    uint32_t id;
    if (!has) {
        *ret_place = 0;
        return 0;
    }
    if (ca_table_put(table, text, &id, NULL)) {
        return CA_NOMEM;
    }
    *ret_place = id + 1;
    return 0;
}

static int failed(ca_error *err, int rc)
{
    return rc == CA_LIMIT
               ? ca_error_set(err, CA_LIMIT, "too many patients or providers for one run")
               : ca_error_nomem(err);
}

static int compare(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* Missing sorts before everything. */
static int compare_texts(uint32_t place_a, ca_text a, uint32_t place_b, ca_text b)
{
    return place_a && place_b ? ca_text_cmp(a, b) : compare(place_a != 0, place_b != 0);
}

/* --- Patients ------------------------------------------------------------------------------- */

/* The newer wins; at the same date the one that sorts higher by what it says. */
static bool patient_wins(const ca_facts *facts, const ca_patient *a, const ca_patient *b)
{
    int order = compare(a->as_of, b->as_of);
    order = order ? order : compare(a->sex, b->sex);
    order = order ? order : compare(a->birth_date, b->birth_date);
    order = order ? order
                  : compare_texts(a->region, ca_facts_text(facts, a->region), b->region,
                                  ca_facts_text(facts, b->region));
    order = order ? order
                  : compare_texts(a->eligibility, ca_facts_intervals(facts, a->eligibility),
                                  b->eligibility, ca_facts_intervals(facts, b->eligibility));
    return order > 0;
}

/* A death date comes from the newest record that has one; of two that disagree on the same date,
 * the later stays. */
static bool death_wins(const ca_patient *a, const ca_patient *b)
{
    if (a->death_date == CA_FACT_NO_DATE || b->death_date == CA_FACT_NO_DATE) {
        return a->death_date != CA_FACT_NO_DATE;
    }
    int order = compare(a->death_as_of, b->death_as_of);
    return order > 0 || (order == 0 && a->death_date > b->death_date);
}

int ca_facts_add_patient(ca_facts *facts, const ca_patient_fact *fact, ca_error *err)
{
    ca_text intervals = {(const char *)fact->eligibility,
                         fact->eligibility_count * sizeof *fact->eligibility};
    ca_patient made = {.birth_date = fact->has_birth ? fact->birth_date : CA_FACT_NO_DATE,
                       .death_date = fact->has_death ? fact->death_date : CA_FACT_NO_DATE,
                       .as_of = fact->as_of,
                       .death_as_of = fact->as_of,
                       .sex = fact->has_sex ? (uint8_t)(fact->sex + 1) : 0};
    void *record;
    bool is_new;
    if (ca_is_placeholder(fact->patient_id)) {
        return CA_END;
    }
    intervals.ptr = intervals.len ? intervals.ptr : "";
    if (keep(&facts->texts, fact->has_region, fact->region, &made.region) ||
        keep(&facts->intervals, fact->has_eligibility, intervals, &made.eligibility)) {
        return ca_error_nomem(err);
    }
    int rc = ca_idmap_put(&facts->patients, fact->patient_id, &record, &is_new);
    if (rc) {
        return failed(err, rc);
    }
    ca_patient *known = record;
    made.key = known->key;
    if (is_new) {
        *known = made;
        return 0;
    }
    const ca_patient *dead = death_wins(&made, known) ? &made : known;
    ca_date death_date = dead->death_date;
    ca_date death_as_of = dead->death_as_of;
    if (patient_wins(facts, &made, known)) {
        *known = made;
    }
    known->death_date = death_date;
    known->death_as_of = death_as_of;
    return 0;
}

/* --- Providers ------------------------------------------------------------------------------ */

static int compare_codes(const ca_codes *codes, uint32_t a, uint32_t b)
{
    if (a == 0 || b == 0) {
        return compare(a != 0, b != 0);
    }
    const char *system_a = codes->systems[ca_codes_system_of(codes, a - 1)].name;
    const char *system_b = codes->systems[ca_codes_system_of(codes, b - 1)].name;
    int order = strcmp(system_a, system_b);
    return order ? order : ca_text_cmp(ca_codes_text(codes, a - 1), ca_codes_text(codes, b - 1));
}

static bool provider_wins(const ca_facts *facts, const ca_codes *codes, const ca_provider *a,
                          const ca_provider *b)
{
    int order = compare(a->as_of, b->as_of);
    order = order ? order : compare_codes(codes, a->specialty, b->specialty);
    order = order ? order
                  : compare_texts(a->region, ca_facts_text(facts, a->region), b->region,
                                  ca_facts_text(facts, b->region));
    order = order ? order
                  : compare_texts(a->level, ca_facts_text(facts, a->level), b->level,
                                  ca_facts_text(facts, b->level));
    order = order ? order
                  : compare_texts(a->organisation, ca_facts_text(facts, a->organisation),
                                  b->organisation, ca_facts_text(facts, b->organisation));
    return order > 0;
}

int ca_facts_add_provider(ca_facts *facts, const ca_provider_fact *fact, const ca_codes *codes,
                          ca_error *err)
{
    ca_provider made = {.as_of = fact->as_of,
                        .specialty = fact->has_specialty ? fact->specialty + 1 : 0};
    void *record;
    bool is_new;
    if (ca_is_placeholder(fact->provider_id)) {
        return CA_END;
    }
    if (keep(&facts->texts, fact->has_region, fact->region, &made.region) ||
        keep(&facts->texts, fact->has_level, fact->level, &made.level) ||
        keep(&facts->texts, fact->has_organisation, fact->organisation_id, &made.organisation)) {
        return ca_error_nomem(err);
    }
    int rc = ca_idmap_put(&facts->providers, fact->provider_id, &record, &is_new);
    if (rc) {
        return failed(err, rc);
    }
    ca_provider *known = record;
    made.key = known->key;
    if (is_new || provider_wins(facts, codes, &made, known)) {
        *known = made;
    }
    return 0;
}
