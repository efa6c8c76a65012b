/* The exchange in its simplest form: records routed by hash into a fixed number of buckets of one
 * temporary file, read back a bucket at a time. Memory is bounded: a write buffer per bucket, what
 * is to be held, and one bucket at a time. */
#ifndef CA_STORE_EXCHANGE_H
#define CA_STORE_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/disk.h"
#include "base/error.h"
#include "base/text.h"

#define CA_BUCKETS 256
#define CA_BUCKET_BYTES (16u << 20)   /* a bucket that takes more memory is split, unless the reader is told otherwise */
#define CA_RECORD_MAX (1u << 20)

typedef struct ca_exchange ca_exchange;

/* `path` is created when a write buffer first overflows (never, if all records fit in the buffers)
 * and removed again by ca_exchange_free, also after an error. A reader that splits a large bucket takes
 * a further file, "path.1" for number 0. */
int ca_exchange_new(ca_disk *disk, const char *path, ca_exchange **ret_exchange, ca_error *err);
void ca_exchange_free(ca_exchange *exchange);
/* Full write buffers stay in memory, so many bytes of them; only then they go to disk. Before the first put. */
void ca_exchange_hold(ca_exchange *exchange, size_t bytes);
/* Copies the record. The bucket is the top 8 bits of the hash. CA_LIMIT above CA_RECORD_MAX bytes. */
int ca_exchange_put(ca_exchange *exchange, uint64_t hash, const void *record, size_t len, ca_error *err);
/* Room for a record of at most `max` bytes written in place: returns where to write (unaligned);
 * then call _commit with the length used. Saves the copy on the hot path, when `max` is below
 * CA_EXCHANGE_IN_PLACE. */
#define CA_EXCHANGE_IN_PLACE 32000u
int ca_exchange_reserve(ca_exchange *exchange, uint64_t hash, size_t max, uint8_t **ret_bytes, ca_error *err);
/* Cannot fail; a write that it causes and that fails is told by the next call. */
void ca_exchange_commit(ca_exchange *exchange, size_t used);
/* A record of this hash comes soon: its place in memory is fetched meanwhile. Changes nothing. */
void ca_exchange_expect(const ca_exchange *exchange, uint64_t hash);
/* The records of another exchange, which is owned from now on, come back with those of this one: of equal hashes, behind
 * them. Before either is finished. */
void ca_exchange_join(ca_exchange *exchange, ca_exchange *other);
int ca_exchange_finish(ca_exchange *exchange, ca_error *err);   /* no more puts */

/* After finish: groups of records that share all hash bits used so far, one after another, each at
 * most about the bytes of a bucket unless one hash alone exceeds it. Records of one hash are always in
 * one group, unless ca_exchange_part_hashes says otherwise. Groups come in ascending order of their hashes. */
typedef struct ca_exchange_reader ca_exchange_reader;
typedef struct ca_exchange_record {
    uint64_t hash;
    const uint8_t *bytes;          /* unaligned */
    uint32_t len;
} ca_exchange_record;

typedef struct ca_exchange_group {
    ca_exchange_record *records;   /* sorted by hash; equal hashes in the order in which they were put */
    size_t count;
    bool more, continued;          /* of a hash that comes in parts: others follow; others came before */
} ca_exchange_group;               /* borrowed until the reader's next call */

/* Several readers may work at once, each with a number of its own and on buckets of its own. All must be gone before the
 * exchange is. */
int ca_exchange_reader_new(const ca_exchange *exchange, unsigned number, ca_exchange_reader **ret_reader, ca_error *err);
/* A bucket that takes more memory than that is split by the next bits of the hash; CA_BUCKET_BYTES for a new reader. */
void ca_exchange_bound(ca_exchange_reader *reader, size_t bytes);
/* Of what is larger than that and cannot be split, because it is of one hash: whose records weigh more than `most` together comes a
 * few at a time, in the order in which they were put. Without it any hash comes in one. */
typedef uint64_t ca_exchange_weigh(const ca_exchange_record *record);
void ca_exchange_part_hashes(ca_exchange_reader *reader, ca_exchange_weigh *weigh, uint64_t most);
void ca_exchange_reader_free(ca_exchange_reader *reader);
/* What follows comes from buckets `from` up to, not including, `end`; a new reader has them all. */
void ca_exchange_select(ca_exchange_reader *reader, unsigned from, unsigned end);
int ca_exchange_next(ca_exchange_reader *reader, ca_exchange_group *ret_group, ca_error *err);   /* CA_END */
uint64_t ca_exchange_bytes(const ca_exchange *exchange);        /* of all records put, with their frames */

#endif
