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
    double *rows, *block;          /* while rows are added: the last of them, and the block that they go to */
    uint32_t *drawn;               /* finished: rows by a hash of their ids, by which some of them are drawn */
    ca_disk *disk;
    const char *folder;
    size_t memory;                 /* that is left */
    unsigned scratches;            /* made so far, for their names */
    ca_matrix *values;             /* the value, then the exposure of each feature */
    bool finished;
    bool picked;                   /* out of another, whose names and texts it borrows */
};

ca_text ca_score_entity_id(const ca_score_entity *entity);
/* Columns of entities, from the memory of the table. */
int ca_score_table_scratch(ca_score_table *table, const ca_matrix_shape *shape, ca_matrix **ret_matrix, ca_error *err);


/* table_rows.c */
int ca_score_rows_add(ca_score_table *table, const ca_score_value *values, uint32_t *ret_missing, ca_error *err);
int ca_score_rows_finish(ca_score_table *table, ca_error *err);
void ca_score_rows_done(ca_score_table *table);

/* table_pick.c: the entities `rows`, at most CA_SCORE_BLOCK, are 0, 1, … of a finished table in memory, taken from that of `table`, which
 * outlives it. */
int ca_score_table_pick(ca_score_table *table, const uint32_t *rows, size_t count, ca_score_table **ret_picked, ca_error *err);

/* table_order.c: `count` rows come in order of id; all rows, in order of a hash of the id. CA_END when an id is there twice. */
int ca_score_order_by_id(const ca_score_table *table, uint32_t *rows, size_t count, ca_error *err);
int ca_score_order_by_hash(const ca_score_table *table, uint32_t *rows, ca_error *err);

#endif
