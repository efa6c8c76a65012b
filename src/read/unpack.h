/* Packed bytes in, plain bytes out, in pieces of any size: gzip and zstd look the same to a source.
 */
#ifndef CA_READ_UNPACK_H
#define CA_READ_UNPACK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* Each step moves the pointers on by what it took and gave. */
typedef struct ca_unpack_io {
    const unsigned char *in;
    size_t in_len;
    unsigned char *out;
    size_t out_len;
    bool last; /* nothing follows `in` */
} ca_unpack_io;

typedef struct ca_unpacker ca_unpacker;
struct ca_unpacker {
    /* 0: goes on, with more input or more room; CA_END: the stream is complete and `last` was true;
     * CA_FAIL: damaged or cut off, said without the file's name. */
    int (*step)(ca_unpacker *unpacker, ca_unpack_io *io, ca_error *err);
    void (*free)(ca_unpacker *unpacker);
};

int ca_unpack_gzip_new(ca_unpacker **ret_unpacker, ca_error *err);
int ca_unpack_zstd_new(ca_unpacker **ret_unpacker, ca_error *err);

#endif
