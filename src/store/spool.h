/* A temporary file of records, written once in order and read again by position. */
#ifndef CA_STORE_SPOOL_H
#define CA_STORE_SPOOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/disk.h"
#include "base/error.h"
#include "base/text.h"

#define CA_SPOOL_RECORD_MAX (16u << 20)

typedef struct ca_spool ca_spool;

/* `path` is created when the write buffer first overflows and removed again by ca_spool_free, also
 * after an error. Records up to CA_SPOOL_RECORD_MAX bytes, else CA_LIMIT. Adding and reading may
 * alternate. */
int ca_spool_new(ca_disk *disk, const char *path, ca_spool **ret_spool, ca_error *err);
void ca_spool_free(ca_spool *spool);
int ca_spool_add(ca_spool *spool, const void *bytes, size_t len, uint64_t *ret_position, ca_error *err);
uint64_t ca_spool_count(const ca_spool *spool);
/* Reads the record at a position into `bytes` (cleared first). */
int ca_spool_read(ca_spool *spool, uint64_t position, ca_buf *bytes, ca_error *err);
/* In order: start at *cursor = 0; CA_END after the last. */
int ca_spool_next(ca_spool *spool, uint64_t *cursor, uint64_t *ret_position, ca_buf *bytes, ca_error *err);

#endif
