/* Packs bytes for tests: the other side of the source. */
#ifndef CA_TESTS_PACK_H
#define CA_TESTS_PACK_H

#include "base/text.h"
#include "read/source.h"

/* Adds one gzip member, one zstd frame, or the bytes as they are. */
void pack_add(ca_buf *out, ca_packing packing, const void *bytes, size_t len);
/* A zstd frame that asks for a window of 2^window_log bytes. */
void pack_add_zstd_window(ca_buf *out, ca_text text, int window_log);

#endif
