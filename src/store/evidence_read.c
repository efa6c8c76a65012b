/* Reads an evidence file: the directory is checked at the start, blocks when they are needed. */
#include <string.h>
#include <zstd.h>

#include "base/alloc.h"
#include "store/evidence_format.h"

#define READ_BYTES 65536u
#define NO_BLOCK   SIZE_MAX

struct ca_evidence {
    ca_disk *disk;
    ca_file *file;
    const char *path; /* of the file */
    uint64_t size;
    ca_evidence_trailer trailer;
    uint8_t *directory;
    ZSTD_DCtx *zstd;
    ca_buf packed;
    ca_buf index;       /* the index block read last */
    size_t index_block; /* its number, or NO_BLOCK */
    ca_buf rows;        /* the row block read last */
    size_t row_block;
};

static size_t block_total(const ca_evidence *evidence)
{
    return (size_t)evidence->trailer.row_blocks + evidence->trailer.index_blocks;
}

static int read_exactly(const ca_evidence *evidence, uint64_t offset, void *to, size_t len,
                        ca_error *err)
{
    int64_t got = evidence->disk->read_at(evidence->file, offset, to, len, err);
    if (got < 0) {
        return (int)got;
    }
    return (uint64_t)got == len ? 0 : ca_evidence_damaged(evidence->path, err);
}

static int check_ends(ca_evidence *evidence, ca_error *err)
{
    ca_file_info info;
    uint8_t magic[CA_EVIDENCE_MAGIC_BYTES];
    uint8_t trailer[CA_EVIDENCE_TRAILER_BYTES];
    int rc = evidence->disk->info_of(evidence->file, &info, err);
    if (rc) {
        return rc;
    }
    if (info.size < sizeof magic + sizeof trailer) {
        return ca_evidence_damaged(evidence->path, err);
    }
    evidence->size = info.size;
    rc = read_exactly(evidence, 0, magic, sizeof magic, err);
    if (rc == 0 && memcmp(magic, CA_EVIDENCE_MAGIC, sizeof magic) != 0) {
        rc = ca_error_set(err, CA_FAIL, "%s is not an evidence file, or damaged", evidence->path);
    }
    if (rc == 0) {
        rc = read_exactly(evidence, info.size - sizeof trailer, trailer, sizeof trailer, err);
    }
    return rc ? rc : ca_evidence_get_trailer(evidence->path, trailer, &evidence->trailer, err);
}

/* Sizes must agree with each other before anything is allocated by them. */
static bool trailer_fits(const ca_evidence *evidence)
{
    const ca_evidence_trailer *trailer = &evidence->trailer;
    uint64_t space = evidence->size - CA_EVIDENCE_TRAILER_BYTES;
    uint64_t index_blocks =
        trailer->rows / CA_EVIDENCE_INDEX_ROWS + (trailer->rows % CA_EVIDENCE_INDEX_ROWS != 0);
    return trailer->directory_offset >= CA_EVIDENCE_MAGIC_BYTES &&
           trailer->directory_offset <= space &&
           trailer->directory_len == space - trailer->directory_offset &&
           trailer->index_blocks == index_blocks &&
           trailer->directory_len == block_total(evidence) * CA_EVIDENCE_BLOCK_BYTES +
                                         trailer->index_blocks * (uint64_t)CA_EVIDENCE_KEY_BYTES;
}

static int read_directory(ca_evidence *evidence, ca_error *err)
{
    const ca_evidence_trailer *trailer = &evidence->trailer;
    if (!trailer_fits(evidence)) {
        return ca_evidence_damaged(evidence->path, err);
    }
    size_t len = (size_t)trailer->directory_len;
    evidence->directory = ca_alloc(len);
    if (!evidence->directory) {
        return ca_error_nomem(err);
    }
    int rc = read_exactly(evidence, trailer->directory_offset, evidence->directory, len, err);
    if (rc == 0 && ca_hash64(evidence->directory, len) != trailer->directory_checksum) {
        rc = ca_evidence_damaged(evidence->path, err);
    }
    return rc;
}

int ca_evidence_open(ca_disk *disk, const char *path, ca_evidence **ret_evidence, ca_error *err)
{
    ca_evidence *evidence = ca_alloc_zero(1, sizeof *evidence);
    if (!evidence) {
        return ca_error_nomem(err);
    }
    evidence->disk = disk;
    evidence->index_block = evidence->row_block = NO_BLOCK;
    int rc = disk->open(disk, path, CA_DISK_READ, &evidence->file, err);
    if (rc == 0) {
        evidence->path = evidence->file->path;
        rc = check_ends(evidence, err);
    }
    if (rc == 0) {
        rc = read_directory(evidence, err);
    }
    if (rc == 0) {
        evidence->zstd = ZSTD_createDCtx();
        rc = evidence->zstd ? 0 : ca_error_nomem(err);
    }
    if (rc) {
        ca_evidence_close(evidence);
        return rc;
    }
    *ret_evidence = evidence;
    return 0;
}

void ca_evidence_close(ca_evidence *evidence)
{
    if (!evidence) {
        return;
    }
    evidence->disk->close(evidence->file, NULL);
    ZSTD_freeDCtx(evidence->zstd);
    ca_buf_done(&evidence->packed);
    ca_buf_done(&evidence->index);
    ca_buf_done(&evidence->rows);
    ca_free(evidence->directory);
    ca_free(evidence);
}

uint64_t ca_evidence_rows(const ca_evidence *evidence)
{
    return evidence->trailer.rows;
}

/* --- Blocks ----------------------------------------------------------------------------- */

static bool block_fits(const ca_evidence *evidence, const ca_evidence_block *block)
{
    uint64_t end = evidence->trailer.directory_offset;
    return block->offset >= CA_EVIDENCE_MAGIC_BYTES && block->offset <= end &&
           block->packed <= end - block->offset && block->plain <= CA_EVIDENCE_ROW_MAX;
}

static int unpack(ca_evidence *evidence, const ca_evidence_block *block, ca_buf *plain,
                  ca_error *err)
{
    ca_buf_clear(&evidence->packed);
    ca_buf_clear(plain);
    if (!ca_buf_reserve(&evidence->packed, block->packed) || !ca_buf_reserve(plain, block->plain)) {
        return ca_error_nomem(err);
    }
    int rc = read_exactly(evidence, block->offset, evidence->packed.ptr, block->packed, err);
    if (rc) {
        return rc;
    }
    if (ca_hash64(evidence->packed.ptr, block->packed) != block->checksum) {
        return ca_evidence_damaged(evidence->path, err);
    }
    size_t got = ZSTD_decompressDCtx(evidence->zstd, plain->ptr, block->plain, evidence->packed.ptr,
                                     block->packed);
    if (ZSTD_isError(got) || got != block->plain) {
        return ca_evidence_damaged(evidence->path, err);
    }
    plain->len = block->plain;
    return 0;
}

/* Block `number` into `plain`, which holds block *held. */
static int want_block(ca_evidence *evidence, size_t number, ca_buf *plain, size_t *held,
                      ca_error *err)
{
    if (*held == number) {
        return 0;
    }
    *held = NO_BLOCK;
    ca_evidence_block block =
        ca_evidence_get_block(evidence->directory + number * CA_EVIDENCE_BLOCK_BYTES);
    if (!block_fits(evidence, &block)) {
        return ca_evidence_damaged(evidence->path, err);
    }
    int rc = unpack(evidence, &block, plain, err);
    if (rc == 0) {
        *held = number;
    }
    return rc;
}

/* Number of the last of `count` keys, `stride` bytes apart, that is not after (file, row); count
 * when all are. */
static size_t last_not_after(const uint8_t *keys, size_t stride, size_t count, uint32_t file,
                             uint64_t row)
{
    size_t from = 0;
    size_t end = count;
    while (from < end) {
        size_t middle = from + (end - from) / 2;
        if (ca_evidence_cmp_key(keys + middle * stride, file, row) <= 0) {
            from = middle + 1;
        } else {
            end = middle;
        }
    }
    return from == 0 ? count : from - 1;
}

static int find(ca_evidence *evidence, uint32_t file, uint64_t row, ca_evidence_entry *ret_entry,
                ca_error *err)
{
    const uint8_t *keys = evidence->directory + block_total(evidence) * CA_EVIDENCE_BLOCK_BYTES;
    size_t blocks = evidence->trailer.index_blocks;
    size_t block = last_not_after(keys, CA_EVIDENCE_KEY_BYTES, blocks, file, row);
    if (block == blocks) {
        return CA_END;
    }
    int rc = want_block(evidence, evidence->trailer.row_blocks + block, &evidence->index,
                        &evidence->index_block, err);
    if (rc) {
        return rc;
    }
    const uint8_t *entries = (const uint8_t *)evidence->index.ptr;
    size_t count = evidence->index.len / CA_EVIDENCE_INDEX_BYTES;
    size_t at = last_not_after(entries, CA_EVIDENCE_INDEX_BYTES, count, file, row);
    if (at == count ||
        ca_evidence_cmp_key(entries + at * CA_EVIDENCE_INDEX_BYTES, file, row) != 0) {
        return CA_END;
    }
    *ret_entry = ca_evidence_get_entry(entries + at * CA_EVIDENCE_INDEX_BYTES);
    return 0;
}

int ca_evidence_get(ca_evidence *evidence, uint32_t file, uint64_t row, ca_buf *ret_raw,
                    ca_error *err)
{
    ca_evidence_entry entry;
    ca_buf_clear(ret_raw);
    int rc = find(evidence, file, row, &entry, err);
    if (rc == 0 && entry.block >= evidence->trailer.row_blocks) {
        /* Only empty rows at the very end have no block. */
        return entry.len == 0 ? 0 : ca_evidence_damaged(evidence->path, err);
    }
    if (rc == 0) {
        rc = want_block(evidence, entry.block, &evidence->rows, &evidence->row_block, err);
    }
    if (rc) {
        return rc;
    }
    if (entry.offset > evidence->rows.len || entry.len > evidence->rows.len - entry.offset) {
        return ca_evidence_damaged(evidence->path, err);
    }
    ca_buf_add(ret_raw, evidence->rows.ptr + entry.offset, entry.len);
    return ret_raw->failed ? ca_error_nomem(err) : 0;
}

/* --- The whole file --------------------------------------------------------------------- */

static int digest_of_file(ca_evidence *evidence, ca_hasher *hasher, ca_error *err)
{
    ca_buf_clear(&evidence->packed);
    if (!ca_buf_reserve(&evidence->packed, READ_BYTES)) {
        return ca_error_nomem(err);
    }
    for (uint64_t at = 0; at < evidence->size;) {
        uint64_t left = evidence->size - at;
        size_t len = left < READ_BYTES ? (size_t)left : READ_BYTES;
        int rc = read_exactly(evidence, at, evidence->packed.ptr, len, err);
        if (rc) {
            return rc;
        }
        ca_hasher_add(hasher, evidence->packed.ptr, len);
        at += len;
    }
    return 0;
}

int ca_evidence_verify(ca_evidence *evidence, ca_digest expected, ca_error *err)
{
    ca_hasher *hasher = ca_hasher_new();
    if (!hasher) {
        return ca_error_nomem(err);
    }
    int rc = digest_of_file(evidence, hasher, err);
    if (rc == 0 && ca_digest_cmp(ca_hasher_digest(hasher), expected) != 0) {
        rc = ca_error_set(
            err, CA_FAIL,
            "the evidence file %s is not the one that its run wrote: restore it from a "
            "copy",
            evidence->path);
    }
    ca_hasher_free(hasher);
    return rc;
}
