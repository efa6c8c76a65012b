/* The evidence file of a run: the verbatim source rows of findings and rejects, compressed,
 * checksummed, immutable once complete. */
#ifndef CA_STORE_EVIDENCE_H
#define CA_STORE_EVIDENCE_H

#include <stdint.h>

#include "base/disk.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"

#define CA_EVIDENCE_ROW_MAX (64u << 20)

typedef struct ca_evidence_writer ca_evidence_writer;
typedef struct ca_evidence ca_evidence;

/* Rows arrive in any order; the same (file, row) again is ignored. Written to a temporary name
 * beside `path`; _finish sorts the index, writes the trailer (format version, counts, checksums),
 * syncs and renames over `path`. Memory: 24 bytes a row, 6 to 12 more to know rows again, and one
 * block. */
int ca_evidence_create(ca_disk *disk, const char *path, ca_evidence_writer **ret_writer, ca_error *err);
int ca_evidence_add(ca_evidence_writer *writer, uint32_t file, uint64_t row, ca_text raw, ca_error *err);
/* The checksum is XXH3-128 of the whole file. After an error only _free is left. */
int ca_evidence_finish(ca_evidence_writer *writer, ca_digest *ret_checksum, ca_error *err);
void ca_evidence_writer_free(ca_evidence_writer *writer);   /* removes the temporary file when not finished */

/* Checks trailer and directory and, of each block read, its checksum; a damaged file is CA_FAIL
 * with words. */
int ca_evidence_open(ca_disk *disk, const char *path, ca_evidence **ret_evidence, ca_error *err);
void ca_evidence_close(ca_evidence *evidence);
uint64_t ca_evidence_rows(const ca_evidence *evidence);
/* `ret_raw` is cleared first; CA_END: not kept. */
int ca_evidence_get(ca_evidence *evidence, uint32_t file, uint64_t row, ca_buf *ret_raw, ca_error *err);
/* Reads everything: the whole file against `expected`, as _finish gave it. */
int ca_evidence_verify(ca_evidence *evidence, ca_digest expected, ca_error *err);

#endif
