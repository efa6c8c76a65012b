/* What an entity comes to, shared by the files that add its lines up and that say what features they make. */
#ifndef CA_RUN_MEASURE_ENTITY_INSIDE_H
#define CA_RUN_MEASURE_ENTITY_INSIDE_H

#include "run/measure_entity.h"
#include "run/measure_groups.h"

#include <string.h>

/* Lines that are looked at at a time: no more than a byte counts, and such that columns do not push each other out of the cache. */
#define CA_MEASURE_ROWS 248u
/* Places are written four at a time: so many more, where the last line of all has one of its own. */
#define CA_MEASURE_PAST 3u
#define CA_MEASURE_PLACES (CA_MEASURE_ROWS + CA_MEASURE_PAST)
/* Bytes of numbers of which as many as there are rows fit in eight together. */
#define CA_MEASURE_NARROW 6u

/* The weight of a group of numbers: 2^31 lines of 64 bits each are far from 128. */
static inline ca_wide ca_group_sum(const int64_t *weights)
{
    ca_wide sum;
    memcpy(&sum, weights, sizeof sum);
    return sum;
}

/* Rows of one record. */
typedef struct ca_measure_run {
    unsigned row, end;
    uint32_t peers;               /* number of whom the entity is alike */
    uint64_t each;                /* columns of which each row has its own value */
} ca_measure_run;

typedef struct ca_summed {
    ca_wide total;
    int64_t low, high;
} ca_summed;

struct ca_measure_entity {
    const ca_measure_plan *plan;
    const ca_measure_peers *peers;
    const ca_facts *facts;
    const ca_codes *codes;
    size_t most;
    ca_network_sink *network;     /* NULL: nobody asks whom patients see */
    const ca_measure_kind *kind;  /* of the entity at hand; NULL: none is */
    uint64_t lines;
    ca_buf id;
    /* Some records, by column: */
    uint64_t *cells;              /* of all that follow; */
    uint32_t *cells_of[CA_ENTITY_LINE];    /* where those of a column of a record of this kind begin */
    uint64_t *bits;               /* by word of members and row */
    uint64_t *keys;               /* by key and row */
    int64_t *numbers;             /* by number and row */
    size_t *places;               /* by key that weighs and row: of its group, where its weights begin */
    ca_measure_run *runs;         /* by record; */
    unsigned run_count;
    uint64_t wide;                /* columns of which some value takes more than CA_MEASURE_NARROW bytes */
    uint64_t *has;                /* by word and run: members that some row has; */
    uint64_t *any;                /* by word: that some run has; */
    uint8_t *member_rows;         /* by member: how many of them it has */
    uint64_t spread[256];         /* eight bits, each in a byte of its own */
    /* What they add up to: */
    uint64_t *member_lines;       /* by member: how many it has */
    ca_summed *sums;              /* by sum */
    unsigned key_count;           /* of the kind that has most of them */
    ca_group_table *groups;       /* by key */
    uint32_t *counts;             /* by tally: groups that it has */
    ca_group_table of_peers;
    ca_feature_value *values;
    char specialty[CA_PERSON_SIZE];
};

/* measure_entity.c: says that a record is no record. */
int ca_measure_damaged(ca_error *err);
/* measure_take.c: the lines of a record become a run of rows from `row` on; returns how many, 0: it is damaged. */
unsigned ca_measure_take(ca_measure_entity *entity, const ca_exchange_record *record, unsigned row, ca_measure_run *ret_run);
/* measure_entity_rows.c: once; then so many rows become part of sums and groups. CA_NOMEM when memory ran out. */
void ca_measure_rows_init(ca_measure_entity *entity);
int ca_measure_rows_add(ca_measure_entity *entity, unsigned rows);
/* measure_values.c: the features of the kind, from sums and groups. */
void ca_measure_values(ca_measure_entity *entity);
/* measure_links.c: whom the patient at hand sees, of so many rows; then where the patient lives. */
int ca_measure_links_add(const ca_measure_entity *entity, unsigned rows, ca_error *err);
/* measure_attributes.c: specialty and region. CA_NOMEM when memory ran out. */
int ca_measure_attributes(ca_measure_entity *entity, ca_text *ret_specialty, ca_text *ret_region, ca_error *err);

#endif
