/* What the files of the score table share, and what the scorer takes from its memory. */
#ifndef CA_SCORE_TABLE_INSIDE_H
#define CA_SCORE_TABLE_INSIDE_H

#include "base/hash.h"
#include "score/matrix.h"

#define CA_SCORE_UNKNOWN UINT32_MAX    /* specialty or region */

typedef struct ca_score_entity {
    const char *id;                /* two bytes of length, then as many */
    uint64_t claims;
    int64_t paid;
    uint32_t specialty, region;    /* of `names`, or CA_SCORE_UNKNOWN */
    uint32_t missing;              /* values that it lacks */
} ca_score_entity;

struct ca_score_table {
    char *kind;
    ca_score_feature *features;
    size_t feature_count;
    ca_arena texts;                /* kind, names of features, ids */
    ca_table names;                /* of specialties and regions */
    ca_score_entity *entities;
    size_t count, cap;
    uint32_t *order;               /* while rows are added: nothing; then by id */
    /* Rows as they came: the last of them in memory, runs of `run_rows` before in a file, each in order of id. */
    double *rows;
    size_t row_count, row_cap, run_rows, runs;
    ca_disk *disk;
    const char *folder;
    char *run_path;
    ca_file *run_file;
    size_t memory;                 /* that is left */
    unsigned scratches;            /* made so far, for their names */
    ca_matrix *values;             /* finished: the value, then the exposure of each feature */
};

ca_text ca_score_entity_id(const ca_score_entity *entity);
/* For further columns of the same entities, from the memory of the table. */
int ca_score_table_scratch(ca_score_table *table, size_t columns, bool by_blocks, ca_matrix **ret_matrix, ca_error *err);

/* table_rows.c */
int ca_score_rows_add(ca_score_table *table, const ca_score_value *values, uint32_t *ret_missing, ca_error *err);
int ca_score_rows_finish(ca_score_table *table, const uint32_t *order, ca_error *err);
void ca_score_rows_done(ca_score_table *table);
/* Indexes of `count` entities from `first` in order of id, in `order`; CA_END when an id is there twice. */
int ca_score_order(const ca_score_table *table, size_t first, size_t count, uint32_t *order, ca_error *err);
char *ca_score_path(const ca_score_table *table, const char *name, unsigned number);

#endif
