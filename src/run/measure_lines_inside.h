/* What is known of the lines of a batch, shared by the files that find it out and write it down. */
#ifndef CA_RUN_MEASURE_LINES_INSIDE_H
#define CA_RUN_MEASURE_LINES_INSIDE_H

#include "rules/trigger.h"
#include "run/measure_lines.h"

#define CA_TOLD_SLOTS 32768u      /* entities of which it is remembered that their identifier was told */
#define CA_PEER_SLOTS 1024u

typedef struct ca_peer_slot {
    uint64_t hash;                /* of specialty and region; 0 = free */
    uint32_t number;
} ca_peer_slot;

typedef struct ca_record_rows {
    uint32_t row, count;
} ca_record_rows;

typedef struct ca_record_column {
    const uint64_t *values;       /* by row */
    size_t size;                  /* bytes that all of them fit */
} ca_record_column;

struct ca_measure_lines {
    const ca_measure_plan *plan;
    ca_measure_peers *peers;
    ca_date through;
    ca_eval *eval;
    ca_trigger *trigger;
    uint64_t *told;               /* hashes of entities, by some of their bits */
    ca_peer_slot *cache;
    uint64_t *memory;             /* of all that follows */
    size_t words;                 /* of 64 rows, for which there is room */
    size_t stride;                /* from a column to the next */
    uint64_t *all;                /* bitmaps: the rows there are; */
    uint64_t *truths, *doubts;    /* by condition: where it is TRUE, UNKNOWN; */
    uint64_t *number_there, *key_there;    /* where there is one; */
    uint64_t *named;              /* by hashed column: where somebody is named */
    uint64_t *hashes;             /* by hashed column and row */
    int64_t *numbers;             /* by number and row; 0 where it is missing */
    uint64_t *keys;               /* by key and row; 0 where it is missing */
    uint64_t *scratch;            /* by row */
    ca_record_rows *records;      /* of the kind at hand */
    uint64_t *begins;             /* bitmap: where runs of the kind at hand begin */
    ca_record_column *all_columns;
    ca_record_column *columns[CA_ENTITY_LINE];    /* by kind: those of a record */
    uint8_t *number_size, *key_size;    /* bytes that all of a batch fit; 0: all are nought */
    uint64_t *members[CA_ENTITY_LINE];    /* by kind: words of 64 members, and row */
};

/* measure_texts.c: the hashed column of this index. */
void ca_measure_lines_hash(ca_measure_lines *lines, const ca_batch *batch, size_t index);
/* measure_put.c: ca_measure_peers_put, by a thread that remembers some. */
int ca_measure_peer_number(ca_measure_lines *lines, uint32_t specialty, ca_text region, uint32_t *ret_number, ca_error *err);

#endif
