/* A stream of decompressed bytes: a file or standard input, plain, gzip or zstd by content. */
#ifndef CA_READ_SOURCE_H
#define CA_READ_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/disk.h"
#include "base/error.h"
#include "base/hash.h"

typedef enum ca_packing { CA_PACKING_NONE, CA_PACKING_GZIP, CA_PACKING_ZSTD } ca_packing;

typedef struct ca_source ca_source;

/* "-" reads standard input. Several gzip members or zstd frames one after another are one stream; a
 * truncated or damaged stream is CA_FAIL at the read that meets it. zstd windows above 128 MiB are
 * refused. */
int ca_source_open(ca_disk *disk, const char *path, ca_source **ret_source, ca_error *err);
void ca_source_close(ca_source *source);
/* Up to len bytes; 0 at the end; negative code on error. */
int64_t ca_source_read(ca_source *source, void *bytes, size_t len, ca_error *err);
/* The unpacked bytes are UTF-16 behind a byte order mark: reads give UTF-8 without it, and offsets,
 * counts and the digest are those of this UTF-8. To be called before the first read; again changes
 * nothing. CA_CONFIG when there is no mark. See read/utf16.h. */
int ca_source_utf16(ca_source *source, ca_error *err);
ca_packing ca_source_packing(const ca_source *source);
bool ca_source_seekable(
    const ca_source *source); /* a plain regular file, not decoded: ca_source_read_at works */
int64_t ca_source_read_at(ca_source *source, uint64_t offset, void *bytes, size_t len,
                          ca_error *err);
bool ca_source_is_stdin(const ca_source *source);
uint64_t ca_source_bytes(const ca_source *source); /* decompressed bytes given so far */
uint64_t
ca_source_packed_bytes(const ca_source *source); /* bytes taken from the file: for progress */
/* XXH3-128 of the decompressed bytes given so far. */
ca_digest ca_source_digest(const ca_source *source);

#endif
