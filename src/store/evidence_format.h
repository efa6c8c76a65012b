/* The bytes of an evidence file, shared by its writer and its reader:
 *
 *   magic (8)
 *   blocks       zstd frames, first of rows (verbatim, one after another), then of the index
 *   directory    a block entry each, then the first key of each index block
 *   trailer      TRAILER_BYTES, the last of the file
 *
 * The index is sorted by (file, row) and cut into blocks of INDEX_ROWS entries. Integers are
 * little-endian. Each block and the directory have an XXH3 checksum in what points at them, the
 * trailer has its own. */
#ifndef CA_STORE_EVIDENCE_FORMAT_H
#define CA_STORE_EVIDENCE_FORMAT_H

#include <stdint.h>

#include "store/evidence.h"

#define CA_EVIDENCE_MAGIC       "CAROWS\r\n" /* a transfer that changes line ends shows here */
#define CA_EVIDENCE_MAGIC_BYTES 8u
#define CA_EVIDENCE_VERSION     1u
/* Bytes of rows in a block before compression; a longer row has a block of its own. */
#define CA_EVIDENCE_BLOCK       131072u
#define CA_EVIDENCE_INDEX_ROWS  4096u
#define CA_EVIDENCE_INDEX_BYTES 24u /* file 4, row 8, block 4, offset 4, length 4 */
#define CA_EVIDENCE_BLOCK_BYTES 24u /* offset 8, packed length 4, plain length 4, checksum 8 */
#define CA_EVIDENCE_KEY_BYTES   12u /* file 4, row 8 */
/* Magic 8, version 4, row blocks 4, index blocks 4, zero 4, rows 8; of the directory: offset 8, length
 * 8, checksum 8; checksum of the trailer 8. */
#define CA_EVIDENCE_TRAILER_BYTES 64u

typedef struct ca_evidence_entry { /* of the index */
    uint32_t file;
    uint32_t block;
    uint64_t row;
    uint32_t offset; /* in the plain block */
    uint32_t len;
} ca_evidence_entry;

typedef struct ca_evidence_block {
    uint64_t offset;
    uint32_t packed;
    uint32_t plain;
    uint64_t checksum; /* XXH3-64 of the packed bytes */
} ca_evidence_block;

typedef struct ca_evidence_trailer {
    uint32_t row_blocks;
    uint32_t index_blocks;
    uint64_t rows;
    uint64_t directory_offset;
    uint64_t directory_len;
    uint64_t directory_checksum;
} ca_evidence_trailer;

void ca_evidence_put_entry(uint8_t *to, const ca_evidence_entry *entry);
ca_evidence_entry ca_evidence_get_entry(const uint8_t *from);
void ca_evidence_put_block(uint8_t *to, const ca_evidence_block *block);
ca_evidence_block ca_evidence_get_block(const uint8_t *from);
void ca_evidence_put_key(uint8_t *to, uint32_t file, uint64_t row);
/* -1, 0, 1: the key at `from` is before, at, after (file, row). Also for an index entry. */
int ca_evidence_cmp_key(const uint8_t *from, uint32_t file, uint64_t row);
void ca_evidence_put_trailer(uint8_t *to, const ca_evidence_trailer *trailer);
/* CA_FAIL with what is wrong: not such a file, another version, damaged. */
int ca_evidence_get_trailer(const char *path, const uint8_t *from, ca_evidence_trailer *ret_trailer,
                            ca_error *err);
int ca_evidence_damaged(const char *path, ca_error *err);

#endif
