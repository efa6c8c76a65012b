/* Blocks of records: sealed ones are kept while they may be held, then written, and the memory of what was written is used again. */
#include "score/blocks.h"

#include <stdbool.h>

#include "base/alloc.h"

typedef struct block {
    uint8_t *bytes;      /* NULL: on disk */
    uint32_t used;
    uint64_t offset;     /* there */
} block;

struct ca_blocks {
    ca_disk *disk;
    const char *path;
    ca_file *file;
    uint64_t written;
    size_t hold, held;
    block *blocks;
    size_t count, cap;
    uint8_t *current;    /* being filled; when reading, what was read from disk */
    size_t used;
    bool sealed;         /* the last block is among the others */
};

int ca_blocks_new(ca_disk *disk, const char *path, size_t hold, ca_blocks **ret_blocks, ca_error *err)
{
    ca_blocks *blocks = ca_alloc_zero(1, sizeof *blocks);
    if (blocks == NULL)
        return ca_error_nomem(err);
    *blocks = (ca_blocks){.disk = disk, .path = path, .hold = hold};
    *ret_blocks = blocks;
    return 0;
}

void ca_blocks_free(ca_blocks *blocks)
{
    if (blocks == NULL)
        return;
    for (size_t i = 0; i < blocks->count; i++)
        ca_free(blocks->blocks[i].bytes);
    if (blocks->file != NULL) {
        blocks->disk->close(blocks->file, NULL);
        blocks->disk->remove(blocks->disk, blocks->path, NULL);
    }
    ca_free(blocks->blocks);
    ca_free(blocks->current);
    ca_free(blocks);
}

static int write_block(ca_blocks *blocks, ca_error *err)
{
    int rc = 0;
    if (blocks->file == NULL)
        rc = ca_disk_open_new(blocks->disk, blocks->path, &blocks->file, err);
    if (rc == 0)
        rc = blocks->disk->write(blocks->file, blocks->current, blocks->used, err);
    if (rc != 0)
        return rc;
    blocks->blocks[blocks->count++] = (block){.used = (uint32_t)blocks->used, .offset = blocks->written};
    blocks->written += blocks->used;
    blocks->used = 0;
    return 0;
}

/* What was filled becomes a block; afterwards nothing is. */
static int seal(ca_blocks *blocks, ca_error *err)
{
    block *grown = ca_grown_array(blocks->blocks, blocks->count, &blocks->cap, sizeof *grown);
    if (grown == NULL)
        return ca_error_nomem(err);
    blocks->blocks = grown;
    if (blocks->held + CA_BLOCK_BYTES > blocks->hold)
        return write_block(blocks, err);
    blocks->held += CA_BLOCK_BYTES;
    blocks->blocks[blocks->count++] = (block){.bytes = blocks->current, .used = (uint32_t)blocks->used};
    blocks->current = NULL;
    blocks->used = 0;
    return 0;
}

int ca_blocks_room(ca_blocks *blocks, size_t max, uint8_t **ret_bytes, ca_error *err)
{
    if (max > CA_BLOCK_BYTES)
        return ca_error_set(err, CA_LIMIT, "a record of more than %u bytes", CA_BLOCK_BYTES);
    if (blocks->current != NULL && blocks->used + max > CA_BLOCK_BYTES) {
        int rc = seal(blocks, err);
        if (rc != 0)
            return rc;
    }
    if (blocks->current == NULL) {
        blocks->current = ca_alloc(CA_BLOCK_BYTES);
        if (blocks->current == NULL)
            return ca_error_nomem(err);
    }
    *ret_bytes = blocks->current + blocks->used;
    return 0;
}

void ca_blocks_use(ca_blocks *blocks, size_t used)
{
    blocks->used += used;
}

static int read_block(ca_blocks *blocks, const block *one, ca_error *err)
{
    if (blocks->current == NULL) {
        blocks->current = ca_alloc(CA_BLOCK_BYTES);
        if (blocks->current == NULL)
            return ca_error_nomem(err);
    }
    for (size_t done = 0; done < one->used;) {
        int64_t got = blocks->disk->read_at(blocks->file, one->offset + done, blocks->current + done, one->used - done, err);
        if (got < 0)
            return (int)got;
        if (got == 0)
            return ca_error_set(err, CA_FAIL, "%s: a temporary file is shorter than what was written to it", blocks->path);
        done += (size_t)got;
    }
    return 0;
}

int ca_blocks_next(ca_blocks_reader *reader, const uint8_t **ret_bytes, size_t *ret_len, ca_error *err)
{
    ca_blocks *blocks = reader->blocks;
    if (!blocks->sealed && blocks->used > 0) {
        int rc = seal(blocks, err);
        if (rc != 0)
            return rc;
    }
    blocks->sealed = true;
    if (reader->next == blocks->count)
        return CA_END;
    const block *one = &blocks->blocks[reader->next];
    if (one->bytes == NULL) {
        int rc = read_block(blocks, one, err);
        if (rc != 0)
            return rc;
    }
    *ret_bytes = one->bytes != NULL ? one->bytes : blocks->current;
    *ret_len = one->used;
    reader->next++;
    return 0;
}
