/* Which entities each patient saw: a log of patients that is written once and read several times in the same order, in memory
 * and, beyond what may be held, in a temporary file. */
#ifndef CA_SCORE_EDGES_H
#define CA_SCORE_EDGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/disk.h"
#include "base/error.h"

#define CA_EDGES_MAX 50u                /* entities of a patient: above it, a patient says nothing of who works together */
#define CA_EDGES_NOWHERE UINT32_MAX     /* the region of a patient who has none */

typedef enum ca_edge_kind { CA_EDGE_PROVIDER, CA_EDGE_LABORATORY, CA_EDGE_PRESCRIBER, CA_EDGE_PHARMACY, CA_EDGE_KINDS } ca_edge_kind;

typedef struct ca_edge {
    uint64_t entity;                    /* hash of its identifier */
    int64_t paid;                       /* 1/10,000, to the entity for this patient; 0 where nothing is known */
    ca_edge_kind kind;                  /* laboratories are told as providers: `laboratory` says what the claims look like */
    bool laboratory;
} ca_edge;

typedef struct ca_edge_patient {
    uint64_t patient;                   /* hash of the identifier */
    uint32_t region;                    /* number, or CA_EDGES_NOWHERE */
    uint32_t count;                     /* distinct (kind, entity); at most CA_EDGES_MAX. 0 is a patient too */
    ca_edge edges[CA_EDGES_MAX];
} ca_edge_patient;

typedef struct ca_edges ca_edges;

/* `path` is created when more than `hold` bytes wait, and removed by ca_edges_free. */
int ca_edges_new(ca_disk *disk, const char *path, size_t hold, ca_edges **ret_edges, ca_error *err);
void ca_edges_free(ca_edges *edges);    /* NULL is fine */
/* Each patient once. After an error the log is good for ca_edges_free only. */
int ca_edges_add(ca_edges *edges, const ca_edge_patient *patient, ca_error *err);
/* A patient with more than CA_EDGES_MAX entities: counted, and nothing else. */
void ca_edges_crowded(ca_edges *edges);
uint64_t ca_edges_crowded_count(const ca_edges *edges);
/* Numbers of regions change: the patients of region r are of region `numbers[r]` from now on, when read. Borrowed until
 * ca_edges_free; NULL for no change. */
void ca_edges_renumber(ca_edges *edges, const uint32_t *numbers);
/* The patients of another log, which is owned from now on, are read after those of this one. */
void ca_edges_join(ca_edges *edges, ca_edges *other);

/* Reads from the beginning. One reader at a time; no more adding from the first on. */
typedef struct ca_edges_reader ca_edges_reader;
int ca_edges_reader_new(ca_edges *edges, ca_edges_reader **ret_reader, ca_error *err);
void ca_edges_reader_free(ca_edges_reader *reader);         /* NULL is fine */
int ca_edges_next(ca_edges_reader *reader, ca_edge_patient *ret_patient, ca_error *err);    /* CA_END */

#endif
