/* What an entity comes to, shared by the files that add its lines up and that say what features they make. */
#ifndef CA_RUN_MEASURE_ENTITY_INSIDE_H
#define CA_RUN_MEASURE_ENTITY_INSIDE_H

#include "run/measure_entity.h"
#include "run/measure_groups.h"

#include <string.h>

#define CA_MEASURE_ROWS 256u      /* records that are looked at at a time */

/* The weight of a group of numbers: 2^31 lines of 64 bits each are far from 128. */
static inline ca_wide ca_group_sum(const int64_t *weights)
{
    ca_wide sum;
    memcpy(&sum, weights, sizeof sum);
    return sum;
}

typedef struct ca_summed {
    ca_wide total;
    int64_t low, high;
    uint64_t lines;
} ca_summed;

struct ca_measure_entity {
    const ca_measure_plan *plan;
    const ca_measure_peers *peers;
    const ca_codes *codes;
    size_t most;
    ca_network_sink *network;     /* NULL: nobody asks whom patients see */
    const ca_measure_kind *kind;  /* of the entity at hand; NULL: none is */
    uint64_t lines;
    ca_buf id;
    /* Some records, by column: */
    uint64_t *bits;               /* by word of members and row */
    uint64_t *keys;               /* by key and row */
    int64_t *numbers;             /* by number and row */
    uint32_t *peer;               /* by row */
    uint32_t *group;              /* of the key at hand, by row */
    uint32_t *member_rows;        /* by member: how many of them it has */
    /* What they add up to: */
    ca_summed *sums;              /* by sum */
    unsigned key_count, tally_count;    /* of the kind that has most of them */
    ca_group_table *groups;       /* by key */
    uint32_t *counts;             /* by tally: groups that it has */
    ca_group_table *pairs;        /* by tally: groups with what counts once in each */
    ca_group_table of_peers;
    ca_feature_value *values;
    char specialty[CA_PERSON_SIZE];
};

/* measure_take.c: the lines of a record become rows from `row` on; returns how many, 0: it is damaged. */
unsigned ca_measure_take(ca_measure_entity *entity, const ca_exchange_record *record, unsigned row);
/* measure_values.c: the features of the kind, from sums and groups. */
void ca_measure_values(ca_measure_entity *entity);
/* measure_links.c: whom the patient at hand sees, of so many rows; then where the patient lives. */
int ca_measure_links_add(const ca_measure_entity *entity, unsigned rows, ca_error *err);
/* measure_attributes.c: specialty and region. CA_NOMEM when memory ran out. */
int ca_measure_attributes(ca_measure_entity *entity, ca_text *ret_specialty, ca_text *ret_region, ca_error *err);

#endif
