/* Facts about patients and providers, and their join to claim lines. The record with the newest
 * as_of wins as a whole, at equal dates the one that sorts higher by content; a death date once
 * seen stays unless a newer record gives another (at equal dates the later one). The result does
 * not depend on the order of files. */
#ifndef CA_MAP_FACTS_H
#define CA_MAP_FACTS_H

#include "base/hash.h"
#include "claim/batch.h"
#include "claim/codes.h"

typedef struct ca_facts ca_facts;

typedef struct ca_patient_fact {
    ca_text patient_id;
    bool has_sex, has_birth, has_death, has_eligibility, has_region;
    uint8_t sex;
    ca_date birth_date, death_date;
    const ca_interval *eligibility;
    size_t eligibility_count;
    ca_text region;
    ca_date as_of; /* CA_DATE_MIN: older than every dated one */
} ca_patient_fact;

typedef struct ca_provider_fact {
    ca_text provider_id;
    bool has_specialty, has_region, has_level, has_organisation;
    uint32_t specialty; /* code id */
    ca_text region, level, organisation_id;
    ca_date as_of;
} ca_provider_fact;

ca_facts *ca_facts_new(void);
void ca_facts_free(ca_facts *facts);
/* Placeholder identifiers are refused: CA_END, "not an error, but" not stored. `codes` gives the
 * text of codes for ties. CA_LIMIT beyond 2^31 records. */
int ca_facts_add_patient(ca_facts *facts, const ca_patient_fact *fact, ca_error *err);
int ca_facts_add_provider(ca_facts *facts, const ca_provider_fact *fact, const ca_codes *codes,
                          ca_error *err);
/* What is known of patients is given up, all but how many they are: no line is joined any more. */
void ca_facts_forget_patients(ca_facts *facts);
size_t ca_facts_bytes(const ca_facts *facts); /* memory held */
size_t ca_facts_patients(const ca_facts *facts);
size_t ca_facts_providers(const ca_facts *facts);
/* Specialty (code id) and region, as the join fills them; CA_NO_SPECIALTY and a text without ptr where they are not known. */
#define CA_NO_SPECIALTY UINT32_MAX
void ca_facts_peers(const ca_facts *facts, ca_text provider_id, uint32_t *ret_specialty, ca_text *ret_region);
/* Whom a provider belongs to; "" when that is not known. */
ca_text ca_facts_organisation(const ca_facts *facts, ca_text provider_id);
/* Digest of content, independent of order of arrival and of dictionary ids. */
int ca_facts_digest(const ca_facts *facts, const ca_codes *codes, ca_digest *ret_digest,
                    ca_error *err);

typedef struct ca_join_counts {
    uint64_t usable; /* lines with a key that is present and no placeholder */
    uint64_t found;
} ca_join_counts;

typedef struct ca_joins {
    ca_join_counts patient;
    ca_join_counts provider[CA_ROLE_COUNT];
} ca_joins;

/* Fills patient columns (a value on the claim row wins) and provider columns by role of the rows
 * from `from` on. Only columns with needed[column] != 0 are filled (NULL: all), and only joins that feed such
 * a column are made and counted: a look-up per line and role is not free. */
int ca_facts_join(const ca_facts *facts, ca_batch *batch, unsigned from, const uint8_t *needed,
                  ca_joins *counts, ca_error *err);

void ca_joins_add(ca_joins *to, const ca_joins *from);

#endif
