/* The entities of one kind with their features, as numbers. Rows are added in any order, and stay in it: who needs an order that does not
 * depend on who came first takes that of the ids. Values lie in memory while they fit, the others in a temporary file; beside them each
 * entity takes its id and 44 bytes. One thread. */
#ifndef CA_SCORE_TABLE_H
#define CA_SCORE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/disk.h"
#include "base/error.h"
#include "base/text.h"

#define CA_SCORE_BLOCK    1024u         /* entities that are read at a time */
#define CA_SCORE_FEATURES 200u          /* of one kind, at most */
#define CA_SCORE_ENTITIES 100000000u    /* of one kind, at most */
#define CA_SCORE_NAME     255u          /* bytes of a name, specialty or region; longer ones are cut */

typedef enum ca_score_transform {
    CA_SCORE_SHARE,    /* k of n: the value is k / n, the exposure n */
    CA_SCORE_LOG,      /* money, ratios, distances: log(value + c); below zero counts as zero */
    CA_SCORE_ASINH,    /* a heavy tail on either side */
    CA_SCORE_PLAIN
} ca_score_transform;

typedef struct ca_score_feature {
    const char *name;
    ca_score_transform transform;
    int direction;               /* 1: too much is evidence, -1: too little, 2: both, 0: context only, never evidence */
    double minimum_exposure;     /* with less, the value is missing */
    bool money;                  /* the value is money (1/10,000) per exposure: exposure * (value - median) is excess */
} ca_score_feature;

/* A value that is missing or not finite is unknown. Exposure: what the value is an average over (claims, days, patients), by
 * which small volumes are judged mildly; not a number: it has none; zero or less: the value is missing. */
typedef struct ca_score_value {
    double value;
    double exposure;
} ca_score_value;

typedef struct ca_score_row {
    ca_text id;                      /* not empty, once per table */
    ca_text specialty, region;       /* "" when unknown: then it has no such peers */
    uint64_t claims;                 /* volume, by which sizes are told apart */
    int64_t paid;                    /* money in 1/10,000, only handed on */
    const ca_score_value *values;    /* one for each feature */
} ca_score_row;

typedef struct ca_score_table_options {
    const char *kind;                     /* "provider" */
    const ca_score_feature *features;     /* copied */
    size_t feature_count;
    size_t memory;                        /* bytes for values; what the scorer keeps on the way comes out of the same sum */
    ca_disk *disk;
    const char *folder;                   /* of temporary files, exists; NULL: everything stays in memory */
} ca_score_table_options;

typedef struct ca_score_table ca_score_table;

int ca_score_table_new(const ca_score_table_options *options, ca_score_table **ret_table, ca_error *err);
void ca_score_table_free(ca_score_table *table);      /* and its temporary files; NULL is fine */
int ca_score_table_add(ca_score_table *table, const ca_score_row *row, ca_error *err);
/* So many bytes more for what the scorer keeps on the way. */
void ca_score_table_lend(ca_score_table *table, size_t memory);
/* Nothing is added later. CA_CONFIG when an id came twice. */
int ca_score_table_finish(ca_score_table *table, ca_error *err);

/* From here on a finished table; `entity` counts from 0 as they were added. */
const char *ca_score_table_kind(const ca_score_table *table);
size_t ca_score_table_feature_count(const ca_score_table *table);
const ca_score_feature *ca_score_table_feature(const ca_score_table *table, size_t feature);
size_t ca_score_table_count(const ca_score_table *table);
ca_text ca_score_table_id(const ca_score_table *table, size_t entity);
ca_text ca_score_table_specialty(const ca_score_table *table, size_t entity);
ca_text ca_score_table_region(const ca_score_table *table, size_t entity);
uint64_t ca_score_table_claims(const ca_score_table *table, size_t entity);
int64_t ca_score_table_paid(const ca_score_table *table, size_t entity);
/* Looks at all of them. CA_END when there is no such id. */
int ca_score_table_find(const ca_score_table *table, ca_text id, size_t *ret_entity);
/* Values and exposures of `count` entities from `first`, which may span blocks. */
int ca_score_table_read(ca_score_table *table, size_t feature, size_t first, size_t count, double *values, double *exposures,
                        ca_error *err);

#endif
