/* Packs bytes for tests: the other side of the source. */
#include "support/pack.h"

#include <check.h>
#define ZLIB_CONST
#include <zlib.h>
#include <zstd.h>

static void add_gzip(ca_buf *out, const void *bytes, size_t len)
{
    z_stream stream = {0};
    ck_assert_int_eq(deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    size_t room = deflateBound(&stream, len) + 64;
    ck_assert(ca_buf_reserve(out, room));
    stream.next_in = bytes;
    stream.avail_in = (uInt)len;
    stream.next_out = (unsigned char *)out->ptr + out->len;
    stream.avail_out = (uInt)room;
    ck_assert_int_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out->len += stream.total_out;
    deflateEnd(&stream);
}

static void add_zstd(ca_buf *out, const void *bytes, size_t len)
{
    size_t room = ZSTD_compressBound(len);
    ck_assert(ca_buf_reserve(out, room));
    size_t size = ZSTD_compress(out->ptr + out->len, room, bytes, len, 1);
    ck_assert(!ZSTD_isError(size));
    out->len += size;
}

void pack_add(ca_buf *out, ca_packing packing, const void *bytes, size_t len)
{
    if (packing == CA_PACKING_GZIP)
        add_gzip(out, bytes, len);
    else if (packing == CA_PACKING_ZSTD)
        add_zstd(out, bytes, len);
    else
        ca_buf_add(out, bytes, len);
}

void pack_add_zstd_window(ca_buf *out, ca_text text, int window_log)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
    size_t room = ZSTD_compressBound(text.len);
    ck_assert(ca_buf_reserve(out, room));
    ZSTD_inBuffer in = {text.ptr, text.len, 0};
    ZSTD_outBuffer packed = {out->ptr + out->len, room, 0};
    /* In two steps: with all input at once the window shrinks to it. */
    ZSTD_compressStream2(context, &packed, &in, ZSTD_e_flush);
    ck_assert_uint_eq(ZSTD_compressStream2(context, &packed, &in, ZSTD_e_end), 0);
    out->len += packed.pos;
    ZSTD_freeCCtx(context);
}
