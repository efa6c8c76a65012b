/* Records written one behind the other and read again in that order, several times: in memory, and in a temporary file beyond what
 * may be held. A record lies in one block. */
#ifndef CA_SCORE_BLOCKS_H
#define CA_SCORE_BLOCKS_H

#include <stddef.h>
#include <stdint.h>

#include "base/disk.h"
#include "base/error.h"

#define CA_BLOCK_BYTES 65536u

typedef struct ca_blocks ca_blocks;

/* `path` is borrowed until _free; the file is created when more than `hold` bytes wait, and removed by _free. */
int ca_blocks_new(ca_disk *disk, const char *path, size_t hold, ca_blocks **ret_blocks, ca_error *err);
void ca_blocks_free(ca_blocks *blocks);                     /* NULL is fine */
/* Room for a record of at most `max` bytes, no more than a block; then _use says how many it has. */
int ca_blocks_room(ca_blocks *blocks, size_t max, uint8_t **ret_bytes, ca_error *err);
void ca_blocks_use(ca_blocks *blocks, size_t used);

/* Reads block by block. Nothing is written any more from the first read on. */
typedef struct ca_blocks_reader {
    ca_blocks *blocks;
    size_t next;
} ca_blocks_reader;
/* Whole records; borrowed until the next call for any reader of these blocks. CA_END behind the last. */
int ca_blocks_next(ca_blocks_reader *reader, const uint8_t **ret_bytes, size_t *ret_len, ca_error *err);

#endif
