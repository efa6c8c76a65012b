/* UTF-16 to UTF-8, in pieces of any size: a layer of a source behind its packing, because everything
 * after it looks for ASCII bytes. */
#ifndef CA_READ_UTF16_H
#define CA_READ_UTF16_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct ca_utf16 ca_utf16;

/* Where the bytes come from: as ca_source_read. */
typedef int64_t (*ca_utf16_read)(void *context, void *bytes, size_t len, ca_error *err);

/* Reads the byte order mark. CA_CONFIG when there is none; an empty stream needs none. */
int ca_utf16_new(ca_utf16_read read, void *context, ca_utf16 **ret_utf16, ca_error *err);
void ca_utf16_free(ca_utf16 *utf16);
/* Up to len bytes of UTF-8 without the mark; 0 at the end. What is no character becomes bytes that
 * are no UTF-8: half a surrogate pair its three bytes (ED …), a byte left over at the end FF. */
int64_t ca_utf16_give(ca_utf16 *utf16, unsigned char *bytes, size_t len, ca_error *err);

#endif
