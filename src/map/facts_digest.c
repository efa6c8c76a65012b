/* A digest of the fact tables that does not depend on the order in which they were filled. */
#include <string.h>

#include "map/facts_inner.h"

static void add_text(ca_buf *bytes, uint32_t place, ca_text text)
{
    uint64_t len = place ? (uint64_t)text.len + 1 : 0;
    ca_buf_add(bytes, &len, sizeof len);
    ca_buf_add_text(bytes, text);
}

static void add_patient(const ca_facts *facts, const ca_patient *patient, ca_buf *bytes)
{
    const int32_t numbers[] = {patient->birth_date, patient->death_date, patient->as_of,
                               patient->sex};
    ca_buf_add_char(bytes, 'p');
    add_text(bytes, 1, ca_idmap_id(&facts->patients, patient));
    ca_buf_add(bytes, numbers, sizeof numbers);
    add_text(bytes, patient->region, ca_facts_text(facts, patient->region));
    add_text(bytes, patient->eligibility, ca_facts_intervals(facts, patient->eligibility));
}

static void add_provider(const ca_facts *facts, const ca_codes *codes, const ca_provider *provider,
                         ca_buf *bytes)
{
    ca_buf_add_char(bytes, 'v');
    add_text(bytes, 1, ca_idmap_id(&facts->providers, provider));
    ca_buf_add(bytes, &provider->as_of, sizeof provider->as_of);
    if (provider->specialty) {
        uint32_t code = provider->specialty - 1;
        ca_buf_add_cstr(bytes, codes->systems[ca_codes_system_of(codes, code)].name);
        add_text(bytes, 1, ca_codes_text(codes, code));
    }
    add_text(bytes, provider->region, ca_facts_text(facts, provider->region));
    add_text(bytes, provider->level, ca_facts_text(facts, provider->level));
    add_text(bytes, provider->organisation, ca_facts_text(facts, provider->organisation));
}

/* The sum of the digests of all records. */
static void add_digest(ca_buf *bytes, ca_digest *sum)
{
    ca_digest digest = ca_hash128(bytes->ptr, bytes->len);
    sum->high += digest.high;
    sum->low += digest.low;
    bytes->len = 0;
}

int ca_facts_digest(const ca_facts *facts, const ca_codes *codes, ca_digest *ret_digest,
                    ca_error *err)
{
    ca_digest sum = {0};
    ca_buf bytes;
    ca_buf_init(&bytes);
    for (size_t i = 0; i < facts->patients.count; i++) {
        add_patient(facts, ca_idmap_at(&facts->patients, i), &bytes);
        add_digest(&bytes, &sum);
    }
    for (size_t i = 0; i < facts->providers.count; i++) {
        add_provider(facts, codes, ca_idmap_at(&facts->providers, i), &bytes);
        add_digest(&bytes, &sum);
    }
    bool good = !bytes.failed;
    ca_buf_done(&bytes);
    if (!good) {
        return ca_error_nomem(err);
    }
    *ret_digest = sum;
    return 0;
}
