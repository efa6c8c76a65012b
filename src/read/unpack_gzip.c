/* gzip through zlib: several members one after another are one stream, and zeros that pad a tape
 * block after the last one are ignored, as gzip does. */
#include "read/unpack.h"

#define ZLIB_CONST /* input stays const */
#include <zlib.h>

#include "base/alloc.h"

enum { GZIP_ONLY = 16, STEP_MAX = 1 << 30 }; /* zlib counts in unsigned int */

typedef struct gzip_unpacker {
    ca_unpacker base;
    z_stream stream;
    bool between; /* behind a member's end */
    bool padded;  /* zeros were seen there */
} gzip_unpacker;

static voidpf gzip_alloc(voidpf opaque, uInt count, uInt size)
{
    (void)opaque;
    return ca_alloc_zero(count, size);
}

static void gzip_release(voidpf opaque, voidpf memory)
{
    (void)opaque;
    ca_free(memory);
}

static int gzip_error(int code, ca_error *err)
{
    if (code == Z_MEM_ERROR)
        return ca_error_nomem(err);
    return ca_error_set(err, CA_FAIL, "the gzip data is damaged: deliver the file again");
}

/* Between two members: true when the next one may begin. */
static bool next_member(gzip_unpacker *gzip, ca_unpack_io *io, int *ret_result, ca_error *err)
{
    while (io->in_len > 0 && *io->in == 0) {
        io->in++;
        io->in_len--;
        gzip->padded = true;
    }
    if (io->in_len == 0) {
        *ret_result = io->last ? CA_END : 0;
        return false;
    }
    if (gzip->padded || inflateReset(&gzip->stream) != Z_OK) {
        *ret_result = ca_error_set(
            err, CA_FAIL, "other bytes follow the end of the gzip data: deliver the file again");
        return false;
    }
    gzip->between = false;
    return true;
}

/* One call of inflate; true when it moved anything. */
static bool inflate_some(gzip_unpacker *gzip, ca_unpack_io *io, int *ret_code)
{
    z_stream *stream = &gzip->stream;
    uInt in_len = (uInt)(io->in_len < STEP_MAX ? io->in_len : STEP_MAX);
    uInt out_len = (uInt)(io->out_len < STEP_MAX ? io->out_len : STEP_MAX);
    stream->next_in = io->in;
    stream->avail_in = in_len;
    stream->next_out = io->out;
    stream->avail_out = out_len;
    *ret_code = inflate(stream, Z_NO_FLUSH);
    size_t taken = in_len - stream->avail_in;
    size_t given = out_len - stream->avail_out;
    io->in += taken;
    io->in_len -= taken;
    io->out += given;
    io->out_len -= given;
    return taken > 0 || given > 0;
}

static int gzip_step(ca_unpacker *unpacker, ca_unpack_io *io, ca_error *err)
{
    gzip_unpacker *gzip = (gzip_unpacker *)unpacker;
    while (io->out_len > 0) {
        int result;
        if (gzip->between && !next_member(gzip, io, &result, err))
            return result;
        int code;
        bool moved = inflate_some(gzip, io, &code);
        if (code == Z_STREAM_END)
            gzip->between = true;
        else if (code != Z_OK && code != Z_BUF_ERROR)
            return gzip_error(code, err);
        else if (!moved && io->last)
            return ca_error_set(err, CA_FAIL, "the gzip data is cut off: deliver the file again");
        else if (!moved)
            return 0;
    }
    return 0;
}

static void gzip_free(ca_unpacker *unpacker)
{
    gzip_unpacker *gzip = (gzip_unpacker *)unpacker;
    inflateEnd(&gzip->stream);
    ca_free(gzip);
}

int ca_unpack_gzip_new(ca_unpacker **ret_unpacker, ca_error *err)
{
    gzip_unpacker *gzip = ca_alloc_zero(1, sizeof(*gzip));
    if (gzip == NULL)
        return ca_error_nomem(err);
    gzip->base = (ca_unpacker){gzip_step, gzip_free};
    gzip->stream.zalloc = gzip_alloc;
    gzip->stream.zfree = gzip_release;
    int code = inflateInit2(&gzip->stream, MAX_WBITS + GZIP_ONLY);
    if (code != Z_OK) {
        ca_free(gzip);
        return gzip_error(code, err);
    }
    *ret_unpacker = &gzip->base;
    return 0;
}
