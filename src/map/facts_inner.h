/* The fact tables from the inside. */
#ifndef CA_MAP_FACTS_INNER_H
#define CA_MAP_FACTS_INNER_H

#include "map/facts.h"
#include "map/idmap.h"

#define CA_FACT_NO_DATE INT32_MIN

/* 48 bytes; missing: CA_FACT_NO_DATE, and 0 for the others. */
typedef struct ca_patient {
    ca_id_key key;
    ca_date birth_date, death_date;
    ca_date as_of;
    ca_date death_as_of;  /* of the record the death date is from */
    uint32_t region;      /* place in texts, + 1 */
    uint32_t eligibility; /* place in intervals, + 1 */
    uint8_t sex;          /* + 1 */
} ca_patient;

typedef struct ca_provider {
    ca_id_key key;
    ca_date as_of;
    uint32_t specialty;                   /* code id, + 1 */
    uint32_t region, level, organisation; /* places in texts, + 1 */
} ca_provider;

struct ca_facts {
    ca_idmap patients, providers;
    size_t forgotten;   /* patients */
    ca_table texts;
    ca_table intervals; /* keys are the bytes of ca_interval items */
};

ca_text ca_facts_text(const ca_facts *facts, uint32_t place);
ca_text ca_facts_intervals(const ca_facts *facts, uint32_t place);

#endif
