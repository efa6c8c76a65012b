/* The fixed-size parts of an evidence file to bytes and back. */
#include "store/evidence_format.h"

#include <string.h>

static void put32(uint8_t *to, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++) {
        to[i] = (uint8_t)(value >> (8 * i));
    }
}

static void put64(uint8_t *to, uint64_t value)
{
    put32(to, (uint32_t)value);
    put32(to + 4, (uint32_t)(value >> 32));
}

static uint32_t get32(const uint8_t *from)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < 4; i++) {
        value |= (uint32_t)from[i] << (8 * i);
    }
    return value;
}

static uint64_t get64(const uint8_t *from)
{
    return get32(from) | (uint64_t)get32(from + 4) << 32;
}

/* An entry begins with its key, so that both are compared alike. */
void ca_evidence_put_entry(uint8_t *to, const ca_evidence_entry *entry)
{
    ca_evidence_put_key(to, entry->file, entry->row);
    put32(to + 12, entry->block);
    put32(to + 16, entry->offset);
    put32(to + 20, entry->len);
}

ca_evidence_entry ca_evidence_get_entry(const uint8_t *from)
{
    return (ca_evidence_entry){
        .file = get32(from),
        .row = get64(from + 4),
        .block = get32(from + 12),
        .offset = get32(from + 16),
        .len = get32(from + 20),
    };
}

void ca_evidence_put_block(uint8_t *to, const ca_evidence_block *block)
{
    put64(to, block->offset);
    put32(to + 8, block->packed);
    put32(to + 12, block->plain);
    put64(to + 16, block->checksum);
}

ca_evidence_block ca_evidence_get_block(const uint8_t *from)
{
    return (ca_evidence_block){get64(from), get32(from + 8), get32(from + 12), get64(from + 16)};
}

void ca_evidence_put_key(uint8_t *to, uint32_t file, uint64_t row)
{
    put32(to, file);
    put64(to + 4, row);
}

int ca_evidence_cmp_key(const uint8_t *from, uint32_t file, uint64_t row)
{
    uint32_t its_file = get32(from);
    uint64_t its_row = get64(from + 4);
    if (its_file != file) {
        return its_file < file ? -1 : 1;
    }
    return (its_row > row) - (its_row < row);
}

void ca_evidence_put_trailer(uint8_t *to, const ca_evidence_trailer *trailer)
{
    memcpy(to, CA_EVIDENCE_MAGIC, CA_EVIDENCE_MAGIC_BYTES);
    put32(to + 8, CA_EVIDENCE_VERSION);
    put32(to + 12, trailer->row_blocks);
    put32(to + 16, trailer->index_blocks);
    put32(to + 20, 0);
    put64(to + 24, trailer->rows);
    put64(to + 32, trailer->directory_offset);
    put64(to + 40, trailer->directory_len);
    put64(to + 48, trailer->directory_checksum);
    put64(to + 56, ca_hash64(to, 56));
}

int ca_evidence_damaged(const char *path, ca_error *err)
{
    return ca_error_set(err, CA_FAIL, "the evidence file %s is damaged: restore it from a copy",
                        path);
}

int ca_evidence_get_trailer(const char *path, const uint8_t *from, ca_evidence_trailer *ret_trailer,
                            ca_error *err)
{
    if (memcmp(from, CA_EVIDENCE_MAGIC, CA_EVIDENCE_MAGIC_BYTES) != 0 ||
        get64(from + 56) != ca_hash64(from, 56)) {
        return ca_evidence_damaged(path, err);
    }
    if (get32(from + 8) != CA_EVIDENCE_VERSION) {
        return ca_error_set(err, CA_FAIL,
                            "the evidence file %s has format %u, this program reads %u: use the "
                            "program that wrote it or a newer one",
                            path, get32(from + 8), CA_EVIDENCE_VERSION);
    }
    *ret_trailer = (ca_evidence_trailer){
        .row_blocks = get32(from + 12),
        .index_blocks = get32(from + 16),
        .rows = get64(from + 24),
        .directory_offset = get64(from + 32),
        .directory_len = get64(from + 40),
        .directory_checksum = get64(from + 48),
    };
    return 0;
}
