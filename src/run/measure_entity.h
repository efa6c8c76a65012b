/* The records of an entity's lines to its features, exactly. One thread each. For this room only. */
#ifndef CA_RUN_MEASURE_ENTITY_H
#define CA_RUN_MEASURE_ENTITY_H

#include "claim/codes.h"
#include "run/measure_lines.h"
#include "run/network.h"

typedef struct ca_measured {
    ca_entity entity;
    ca_text id;
    ca_text specialty, region;    /* known of a provider; of most of a patient's lines, of equals the smaller text; ptr
                                   * NULL = unknown */
    uint64_t lines, claims;
    int64_t paid;                 /* 1/10,000; the nearest number where it does not fit */
    const ca_feature_value *values;    /* by active feature of the kind */
    size_t count;
} ca_measured;

typedef struct ca_measure_entity ca_measure_entity;
/* All that is asked for is borrowed; providers are as `facts` know them. `most`: bytes that the groups of one entity may take. */
int ca_measure_entity_new(const ca_measure_plan *plan, const ca_measure_peers *peers, const ca_facts *facts, const ca_codes *codes,
                          size_t most, ca_measure_entity **ret_entity, ca_error *err);
void ca_measure_entity_free(ca_measure_entity *entity);
/* Tells a network of patients, whose plan was made for networks. Borrowed. */
void ca_measure_entity_link(ca_measure_entity *entity, ca_network_sink *network);
/* Records of one hash, in any order and as many at a time as may be; then what they come to, which lives until the next _add. CA_LIMIT:
 * the groups take too much memory. */
int ca_measure_entity_add(ca_measure_entity *entity, const ca_exchange_record *records, size_t count, ca_error *err);
#define CA_MEASURE_AHEAD 4u    /* records: what memory takes to be there */
/* Has a record brought near, which comes soon. */
static inline void ca_measure_fetch(const ca_exchange_record *record)
{
    __builtin_prefetch(record->bytes);
    if (record->len > 64) {
        __builtin_prefetch(record->bytes + 64);
    }
}
int ca_measure_entity_end(ca_measure_entity *entity, ca_measured *ret_measured, ca_error *err);

#endif
