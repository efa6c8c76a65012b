/* What the writing and the reading half of the exchange share; nobody else includes this. */
#ifndef CA_STORE_EXCHANGE_INSIDE_H
#define CA_STORE_EXCHANGE_INSIDE_H

#include <stdbool.h>

#include "store/exchange.h"

#define CA_EXCHANGE_BUFFER 32768u
#define CA_EXCHANGE_SLAB   ((size_t)2 << 20)    /* of buffers that are held in memory */
#define CA_EXCHANGE_FRAME  12u /* length and hash before each record */

typedef struct ca_exchange_block {
    uint64_t offset; /* in the file, unless it is held */
    uint8_t *held;   /* in memory, or NULL */
    uint32_t len;
    uint32_t records;
} ca_exchange_block;

typedef struct ca_exchange_bucket {
    uint32_t used; /* of its write buffer */
    uint32_t block_count;
    uint64_t records;
    uint64_t blocked; /* of them, in blocks */
    uint8_t *buffer; /* for writing: CA_EXCHANGE_BUFFER */
    uint64_t stored; /* bytes in blocks of the file */
    ca_exchange_block *blocks;
    size_t block_cap;
} ca_exchange_bucket;

struct ca_exchange {
    ca_disk *disk;
    char *path;
    ca_file *file; /* NULL until a buffer overflows */
    uint64_t file_bytes;
    uint64_t held_bytes; /* in blocks in memory */
    uint8_t **slabs;     /* of held buffers; the last one has so many bytes left */
    size_t slab_count, slab_cap, slab_left;
    size_t room;         /* for more of those */
    unsigned shared_bits; /* leading hash bits in which all records agree */
    bool finished;
    ca_exchange *joined; /* or NULL: another one, whose records come behind these */
    uint8_t *buffers; /* CA_BUCKETS of CA_EXCHANGE_BUFFER: with what each bucket begins */
    ca_exchange_bucket buckets[CA_BUCKETS];
    ca_error failure; /* code 0 = none; after one nothing works any more */

    ca_exchange_bucket *open_bucket; /* between reserve and commit */
    uint8_t *open_bytes;
    uint64_t open_hash;
    uint8_t *large; /* a record that may not fit a write buffer */
    size_t large_cap;
};

#define CA_RECORD_MEMORY (2 * sizeof(ca_exchange_record)) /* with room to sort */

struct ca_exchange_reader {
    const ca_exchange *exchange;
    unsigned number;
    size_t bucket_bytes; /* more than that is split */
    ca_exchange_weigh *weigh;
    uint64_t most;
    unsigned next_bucket, end_bucket;
    uint8_t *bytes; /* of the bucket being read */
    size_t byte_cap;
    ca_exchange_record *records; /* and as many again as scratch */
    size_t record_cap;
    ca_exchange *part; /* splits the large bucket before next_bucket */
    ca_exchange_reader *of_part;
    uint64_t left; /* records of a hash that comes in parts: of the bucket before next_bucket */
    const ca_exchange *at; /* the next of them is in this exchange */
    uint32_t at_block;     /* and block; behind the last one comes the buffer */
    bool begun;
    ca_error failure; /* code 0 = none; after one nothing works any more */
};

/* exchange_read.c */
int ca_exchange_damaged(const ca_exchange *exchange, ca_error *err);
int ca_exchange_read_block(const ca_exchange *exchange, const ca_exchange_block *block, uint8_t *to, ca_error *err);
int ca_exchange_want_bytes(ca_exchange_reader *reader, size_t bytes, ca_error *err);
int ca_exchange_want_records(ca_exchange_reader *reader, size_t count, ca_error *err);
bool ca_exchange_next_frame(const uint8_t *bytes, size_t len, size_t *at, ca_exchange_record *ret_record);
/* exchange_hash.c: the bucket of this number is of one hash, and comes a block at a time. */
void ca_exchange_begin_hash(ca_exchange_reader *reader, unsigned number);
int ca_exchange_next_of_hash(ca_exchange_reader *reader, ca_exchange_group *ret_group, ca_error *err);

/* An exchange of records that agree in their first `shared_bits` hash bits (at most 63), in file
 * path + suffix. */
int ca_exchange_new_part(ca_disk *disk, const char *path, const char *suffix, unsigned shared_bits,
                         ca_exchange **ret_exchange, ca_error *err);
/* The failure of an earlier call, or 0. */
int ca_exchange_failed(const ca_exchange *exchange, ca_error *err);

#endif
