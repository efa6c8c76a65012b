/* A zstd-compressed copy of a stream, for input that cannot be read twice. */
#ifndef CA_STORE_PACK_H
#define CA_STORE_PACK_H

#include "base/disk.h"

typedef struct ca_pack ca_pack;

int ca_pack_create(ca_disk *disk, const char *path, ca_pack **ret_pack, ca_error *err);
int ca_pack_add(ca_pack *pack, const void *bytes, size_t len, ca_error *err);
int ca_pack_finish(ca_pack *pack, ca_error *err);
void ca_pack_free(ca_pack *pack);      /* keeps the file; the caller removes it */

#endif
