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

/* An exchange of records that agree in their first `shared_bits` hash bits (at most 63), in file
 * path + suffix. */
int ca_exchange_new_part(ca_disk *disk, const char *path, const char *suffix, unsigned shared_bits,
                         ca_exchange **ret_exchange, ca_error *err);
/* The failure of an earlier call, or 0. */
int ca_exchange_failed(const ca_exchange *exchange, ca_error *err);

#endif
