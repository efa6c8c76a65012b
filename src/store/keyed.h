/* The exchange for rules that see more than one line: lines are routed by the hash of a key to a
 * fixed number of buckets and come back with all lines of a key side by side, in one total order,
 * whatever wrote them. What does not fit in memory lies in part files, one for each writer. */
#ifndef CA_STORE_KEYED_H
#define CA_STORE_KEYED_H

#include <stddef.h>
#include <stdint.h>

#include "claim/batch.h"
#include "claim/codes.h"
#include "store/part.h"

#define CA_KEYED_BUCKETS     256u      /* unless the caller wants otherwise */
#define CA_KEYED_BUCKETS_MAX 4096u
#define CA_KEYED_KEY_MAX     16u       /* columns of a key */
#define CA_KEYED_MARKS       255u      /* kinds of marks: 1 ... */

/* What all tasks of a run must agree on; part files carry its digest. */
typedef struct ca_manifest {
    uint64_t seed;          /* of the hash */
    uint32_t buckets;       /* a power of two, 1 ... CA_KEYED_BUCKETS_MAX */
    ca_digest run;          /* of all else that decides what the rows mean: contents, profile, rules */
} ca_manifest;

ca_digest ca_manifest_digest(const ca_manifest *manifest);

typedef struct ca_keyed ca_keyed;
typedef struct ca_keyed_writer ca_keyed_writer;
typedef struct ca_keyed_reader ca_keyed_reader;

typedef struct ca_keyed_plan {
    ca_disk *disk;
    const char *folder;             /* "work/x1": made when first needed, removed by ca_keyed_free */
    const ca_schema *schema;
    ca_codes *codes;                /* of the run: ids in batches put and read */
    const unsigned *columns;        /* the projection; the key and the columns of the total order are added to it */
    unsigned column_count;
    const unsigned *key;            /* columns of the key, at most CA_KEYED_KEY_MAX */
    unsigned key_count;
    ca_manifest manifest;
    int zstd_level;                 /* of the part files; 0 is cheapest */
    bool unsynced;                  /* part files die with this process: do not wait for the disk */
    bool on_disk;                   /* write part files even if everything fits in memory */
} ca_keyed_plan;

/* A record that is no line: says something of a line (file, row, line_no) or of the key alone. Only its hash routes
 * it. */
typedef struct ca_keyed_mark {
    uint64_t hash;
    uint64_t row;
    int64_t line_no;
    uint32_t file;
    uint8_t kind;                   /* 1 ... CA_KEYED_MARKS, the caller's */
} ca_keyed_mark;

/* Copies the lists of the plan; schema, codes and disk are borrowed. */
int ca_keyed_new(const ca_keyed_plan *plan, ca_keyed **ret_keyed, ca_error *err);
/* Also frees the writers, and removes all files, also after an error. Readers must be gone. */
void ca_keyed_free(ca_keyed *keyed);
uint32_t ca_keyed_buckets(const ca_keyed *keyed);
/* Removes what a killed run left in the folder, and the folder. Other files in it stay. */
int ca_keyed_sweep(ca_disk *disk, const char *folder, ca_error *err);

/* --- Writing -------------------------------------------------------------------------------- */

/* Hashes of the keys of the rows in `rows` (NULL: all), by row. XXH3-64 with the manifest's seed over the bytes of the
 * first column, and so on with each hash as the seed of the next; codes are system and text, never ids. In *ret_whole
 * (a bitmap, may be NULL) the rows whose key has no missing column are set, the others cleared. */
void ca_keyed_hash(const ca_keyed *keyed, const ca_batch *batch, const uint64_t *rows, uint64_t *ret_hash,
                   uint64_t *ret_whole);

/* One for each task (thread), with a task number of its own; not itself to be called by several threads at once, nor
 * at the same time as another of these. Owned by the exchange. It stages rows in at most `budget` bytes, then writes
 * all of them to its part file (which takes some 4 MB more) and begins again. */
int ca_keyed_writer_new(ca_keyed *keyed, uint32_t task, size_t budget, ca_keyed_writer **ret_writer, ca_error *err);
/* Copies the rows in `rows` (NULL: all), a key each by its hash in `hashes` (by row): any 64 bits that are equal for
 * equal keys. `uses` (by row; NULL: all bits set) is a word of the caller's that a row carries: it decides nothing. A
 * row with a missing key is a row like others: leave it out if it must not join. A row whose texts and lists exceed
 * 1 MB together is CA_LIMIT. */
int ca_keyed_put(ca_keyed_writer *writer, const ca_batch *batch, const uint64_t *rows, const uint64_t *hashes,
                 const uint64_t *uses, ca_error *err);
int ca_keyed_put_mark(ca_keyed_writer *writer, const ca_keyed_mark *mark, ca_error *err);
/* No more puts: what lies on disk already is completed, what fits stays in memory. Again changes
 * nothing. */
int ca_keyed_finish(ca_keyed_writer *writer, ca_error *err);
uint64_t ca_keyed_disk_bytes(const ca_keyed_writer *writer);  /* 0: nothing was written */

/* --- Reading -------------------------------------------------------------------------------- */

typedef struct ca_keyed_limits {
    size_t bytes;           /* what a group may take, with what reading it takes; 0 = no limit */
    unsigned rows;          /* of a group; 0 = no limit */
    bool chunks;            /* a single key above the limits comes in several groups, else in one all the same */
    size_t whole;           /* with `chunks`: a single key of at most so many bytes comes in one all the same */
} ca_keyed_limits;

/* Rows in the batch that was handed in: whole keys, except with `chunks`. Within one bucket, and from bucket to
 * bucket, rows ascend by
 *     hash, the columns of the key, service_date, claim_type, claim_id, line_no, record digest, file, row, offset
 * where missing comes last, texts compare bytewise (shorter first) and codes by the name of the system, then text. So
 * rows of one key are neighbours, and the sequence of rows depends on the seed, but not on the number of buckets or
 * writers, on budgets, limits or dictionary ids; only where it is cut into groups does. (Which of two lines alike
 * in everything but their place comes first depends on the numbers of files.) Two keys of one hash are possible: compare keys. */
typedef struct ca_keyed_group {
    const uint64_t *hash;           /* by row of the batch */
    const uint64_t *uses;           /* by row, as it was put */
    const ca_keyed_mark *marks;     /* those of the hashes in this group; by hash, kind, file, row, line_no */
    size_t mark_count;
    bool continued;                 /* begins with the key with which the last one ended */
    bool more;                      /* its key goes on in the next one; all marks come with each */
} ca_keyed_group;                   /* borrowed until the next call */

/* After all writers are finished. Several readers may work at once, on buckets of their own. */
int ca_keyed_reader_new(ca_keyed *keyed, const ca_keyed_limits *limits, ca_keyed_reader **ret_reader, ca_error *err);
void ca_keyed_reader_free(ca_keyed_reader *reader);
/* What follows comes from buckets `from` up to, not including, `end`; a new reader has them all. */
void ca_keyed_select(ca_keyed_reader *reader, uint32_t from, uint32_t end);
/* Empties the batch (of the schema of the plan; it grows as needed) and fills it; CA_END after the last group. Marks of
 * hashes without rows are never handed out. */
int ca_keyed_next(ca_keyed_reader *reader, ca_batch *batch, ca_keyed_group *ret_group, ca_error *err);
/* The first mark of this kind and hash, whatever line it names, or NULL. */
const ca_keyed_mark *ca_keyed_find_hash(const ca_keyed_group *group, uint64_t hash, uint8_t kind);

#endif
