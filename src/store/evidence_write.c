/* Writes an evidence file: rows gather in a block, full blocks are compressed and appended, the
 * index follows at the end; the file gets its name when everything is on disk. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/alloc.h"
#include "store/evidence_format.h"

#define ZSTD_LEVEL 3

struct ca_evidence_writer {
    ca_disk *disk;
    char *path;
    char *temporary;
    ca_file *file;
    bool named; /* renamed to `path` */
    uint64_t written;
    ca_hasher *hasher; /* of everything written */
    ZSTD_CCtx *zstd;
    ca_error failure; /* code 0 = none: after one nothing works any more */
    ca_buf plain;     /* the block being filled */
    ca_buf packed;
    ca_evidence_block *blocks;
    size_t block_count, block_cap;
    ca_evidence_entry *entries;
    size_t count, cap;
    uint32_t *slots;   /* hash table of entries: number + 1, 0 = free */
    size_t slot_count; /* power of two, or 0 */
};

static int write_bytes(ca_evidence_writer *writer, const void *bytes, size_t len, ca_error *err)
{
    int rc = writer->disk->write(writer->file, bytes, len, err);
    if (rc == 0) {
        ca_hasher_add(writer->hasher, bytes, len);
        writer->written += len;
    }
    return rc;
}

static int set_up(ca_evidence_writer *writer, const char *path, ca_error *err)
{
    size_t size = strlen(path) + sizeof CA_DISK_TEMPORARY;
    writer->path = ca_alloc(size);
    writer->temporary = ca_alloc(size);
    writer->hasher = ca_hasher_new();
    writer->zstd = ZSTD_createCCtx();
    if (!writer->path || !writer->temporary || !writer->hasher || !writer->zstd) {
        return ca_error_nomem(err);
    }
    snprintf(writer->path, size, "%s", path);
    snprintf(writer->temporary, size, "%s%s", path, CA_DISK_TEMPORARY);
    int rc = ca_disk_open_new(writer->disk, writer->temporary, &writer->file, err);
    return rc ? rc : write_bytes(writer, CA_EVIDENCE_MAGIC, CA_EVIDENCE_MAGIC_BYTES, err);
}

int ca_evidence_create(ca_disk *disk, const char *path, ca_evidence_writer **ret_writer,
                       ca_error *err)
{
    ca_evidence_writer *writer = ca_alloc_zero(1, sizeof *writer);
    if (!writer) {
        return ca_error_nomem(err);
    }
    writer->disk = disk;
    int rc = set_up(writer, path, err);
    if (rc) {
        ca_evidence_writer_free(writer);
        return rc;
    }
    *ret_writer = writer;
    return 0;
}

void ca_evidence_writer_free(ca_evidence_writer *writer)
{
    if (!writer) {
        return;
    }
    bool created = writer->file != NULL;
    writer->disk->close(writer->file, NULL);
    if (created && !writer->named) {
        writer->disk->remove(writer->disk, writer->temporary, NULL);
    }
    ZSTD_freeCCtx(writer->zstd);
    ca_hasher_free(writer->hasher);
    ca_buf_done(&writer->plain);
    ca_buf_done(&writer->packed);
    ca_free(writer->blocks);
    ca_free(writer->entries);
    ca_free(writer->slots);
    ca_free(writer->temporary);
    ca_free(writer->path);
    ca_free(writer);
}

/* Compresses writer->plain into a block of its own and empties it. */
static int write_block(ca_evidence_writer *writer, ca_error *err)
{
    if (writer->block_count == writer->block_cap) {
        size_t cap = writer->block_cap ? writer->block_cap * 2 : 64;
        ca_evidence_block *blocks = ca_realloc_array(writer->blocks, cap, sizeof *blocks);
        if (!blocks) {
            return ca_error_nomem(err);
        }
        writer->blocks = blocks;
        writer->block_cap = cap;
    }
    ca_buf_clear(&writer->packed);
    if (writer->plain.failed ||
        !ca_buf_reserve(&writer->packed, ZSTD_compressBound(writer->plain.len))) {
        return ca_error_nomem(err);
    }
    size_t packed = ZSTD_compressCCtx(writer->zstd, writer->packed.ptr, writer->packed.cap,
                                      writer->plain.ptr, writer->plain.len, ZSTD_LEVEL);
    if (ZSTD_isError(packed)) { /* the output has room: only memory can be short */
        return ca_error_nomem(err);
    }
    ca_evidence_block block = {writer->written, (uint32_t)packed, (uint32_t)writer->plain.len,
                               ca_hash64(writer->packed.ptr, packed)};
    int rc = write_bytes(writer, writer->packed.ptr, packed, err);
    if (rc == 0) {
        writer->blocks[writer->block_count++] = block;
        ca_buf_clear(&writer->plain);
    }
    return rc;
}

static size_t slot_of(const ca_evidence_writer *writer, uint32_t file, uint64_t row)
{
    uint8_t key[CA_EVIDENCE_KEY_BYTES];
    ca_evidence_put_key(key, file, row);
    size_t slot = (size_t)ca_hash64(key, sizeof key) & (writer->slot_count - 1);
    while (writer->slots[slot] != 0) {
        const ca_evidence_entry *entry = &writer->entries[writer->slots[slot] - 1];
        if (entry->file == file && entry->row == row) {
            break;
        }
        slot = (slot + 1) & (writer->slot_count - 1);
    }
    return slot;
}

/* Room for one more entry in array and table. */
static int grow(ca_evidence_writer *writer, ca_error *err)
{
    if (writer->count == writer->cap) {
        size_t cap = writer->cap ? writer->cap + writer->cap / 2 : 256;
        ca_evidence_entry *entries =
            cap < UINT32_MAX ? ca_realloc_array(writer->entries, cap, sizeof *entries) : NULL;
        if (!entries) {
            return ca_error_nomem(err);
        }
        writer->entries = entries;
        writer->cap = cap;
    }
    if (writer->count < writer->slot_count / 3 * 2) {
        return 0;
    }
    size_t slot_count = writer->slot_count ? writer->slot_count * 2 : 512;
    uint32_t *slots = ca_alloc_zero(slot_count, sizeof *slots);
    if (!slots) {
        return ca_error_nomem(err);
    }
    ca_free(writer->slots);
    writer->slots = slots;
    writer->slot_count = slot_count;
    for (size_t i = 0; i < writer->count; i++) {
        size_t slot = slot_of(writer, writer->entries[i].file, writer->entries[i].row);
        slots[slot] = (uint32_t)(i + 1);
    }
    return 0;
}

static int add(ca_evidence_writer *writer, uint32_t file, uint64_t row, ca_text raw, ca_error *err)
{
    int rc = grow(writer, err);
    if (rc) {
        return rc;
    }
    size_t slot = slot_of(writer, file, row);
    if (writer->slots[slot] != 0) {
        return 0;
    }
    if (writer->plain.len > 0 && writer->plain.len + raw.len > CA_EVIDENCE_BLOCK) {
        rc = write_block(writer, err);
        if (rc) {
            return rc;
        }
    }
    writer->entries[writer->count] = (ca_evidence_entry){
        .file = file,
        .block = (uint32_t)writer->block_count,
        .row = row,
        .offset = (uint32_t)writer->plain.len,
        .len = (uint32_t)raw.len,
    };
    ca_buf_add(&writer->plain, raw.ptr, raw.len);
    if (writer->plain.failed) {
        return ca_error_nomem(err);
    }
    writer->slots[slot] = (uint32_t)++writer->count;
    return 0;
}

/* Keeps the first failure: what stands in the file is unknown after it. */
static int keep_failure(ca_evidence_writer *writer, int rc, const ca_error *failure, ca_error *err)
{
    if (rc < 0) {
        writer->failure = *failure;
        if (err) {
            *err = *failure;
        }
    }
    return rc;
}

int ca_evidence_add(ca_evidence_writer *writer, uint32_t file, uint64_t row, ca_text raw,
                    ca_error *err)
{
    assert(!writer->named);
    ca_error failure = writer->failure;
    if (raw.len > CA_EVIDENCE_ROW_MAX) {
        return ca_error_set(err, CA_LIMIT, "a source row of %zu bytes is above the limit of %u",
                            raw.len, CA_EVIDENCE_ROW_MAX);
    }
    int rc = failure.code ? failure.code : add(writer, file, row, raw, &failure);
    return keep_failure(writer, rc, &failure, err);
}

/* --- The end of the file ---------------------------------------------------------------- */

static int compare_entries(const void *a, const void *b)
{
    const ca_evidence_entry *one = a;
    const ca_evidence_entry *other = b;
    if (one->file != other->file) {
        return one->file < other->file ? -1 : 1;
    }
    return (one->row > other->row) - (one->row < other->row);
}

static int write_index(ca_evidence_writer *writer, ca_error *err)
{
    if (writer->count > 0) {
        qsort(writer->entries, writer->count, sizeof *writer->entries, compare_entries);
    }
    for (size_t from = 0; from < writer->count; from += CA_EVIDENCE_INDEX_ROWS) {
        for (size_t i = from; i < writer->count && i < from + CA_EVIDENCE_INDEX_ROWS; i++) {
            uint8_t bytes[CA_EVIDENCE_INDEX_BYTES];
            ca_evidence_put_entry(bytes, &writer->entries[i]);
            ca_buf_add(&writer->plain, bytes, sizeof bytes);
        }
        int rc = write_block(writer, err);
        if (rc) {
            return rc;
        }
    }
    return 0;
}

static int write_directory(ca_evidence_writer *writer, size_t row_blocks, ca_error *err)
{
    ca_buf *bytes = &writer->plain;
    for (size_t i = 0; i < writer->block_count; i++) {
        uint8_t block[CA_EVIDENCE_BLOCK_BYTES];
        ca_evidence_put_block(block, &writer->blocks[i]);
        ca_buf_add(bytes, block, sizeof block);
    }
    for (size_t i = 0; i < writer->count; i += CA_EVIDENCE_INDEX_ROWS) {
        uint8_t key[CA_EVIDENCE_KEY_BYTES];
        ca_evidence_put_key(key, writer->entries[i].file, writer->entries[i].row);
        ca_buf_add(bytes, key, sizeof key);
    }
    ca_evidence_trailer trailer = {
        .row_blocks = (uint32_t)row_blocks,
        .index_blocks = (uint32_t)(writer->block_count - row_blocks),
        .rows = writer->count,
        .directory_offset = writer->written,
        .directory_len = bytes->len,
        .directory_checksum = ca_hash64(bytes->ptr, bytes->len),
    };
    uint8_t trailer_bytes[CA_EVIDENCE_TRAILER_BYTES];
    ca_evidence_put_trailer(trailer_bytes, &trailer);
    ca_buf_add(bytes, trailer_bytes, sizeof trailer_bytes);
    return bytes->failed ? ca_error_nomem(err) : write_bytes(writer, bytes->ptr, bytes->len, err);
}

static int finish(ca_evidence_writer *writer, ca_error *err)
{
    int rc = writer->plain.len > 0 ? write_block(writer, err) : 0;
    size_t row_blocks = writer->block_count;
    if (rc == 0) {
        rc = write_index(writer, err);
    }
    if (rc == 0) {
        rc = write_directory(writer, row_blocks, err);
    }
    if (rc == 0) {
        rc = writer->disk->sync(writer->file, err);
    }
    return rc ? rc : writer->disk->rename(writer->disk, writer->temporary, writer->path, err);
}

int ca_evidence_finish(ca_evidence_writer *writer, ca_digest *ret_checksum, ca_error *err)
{
    assert(!writer->named);
    ca_error failure = writer->failure;
    int rc = failure.code ? failure.code : finish(writer, &failure);
    if (rc == 0) {
        writer->named = true;
        *ret_checksum = ca_hasher_digest(writer->hasher);
    }
    return keep_failure(writer, rc, &failure, err);
}
