/* zstd: frames one after another are one stream. A frame may ask for a window of up to 128 MiB, so
 * that no file can demand any amount of memory. */
#include "read/unpack.h"

#include <zstd.h>
#include <zstd_errors.h>

#include "base/alloc.h"

enum { WINDOW_LOG_MAX = 27 };

typedef struct zstd_unpacker {
    ca_unpacker base;
    ZSTD_DStream *stream;
    bool between; /* behind a frame's end */
} zstd_unpacker;

static int zstd_error(size_t code, ca_error *err)
{
    switch ((int)ZSTD_getErrorCode(code)) {
    case ZSTD_error_memory_allocation:
        return ca_error_nomem(err);
    case ZSTD_error_frameParameter_windowTooLarge:
        return ca_error_set(
            err, CA_FAIL,
            "the zstd data needs a window above 128 MiB: pack it again without --long "
            "or with --long=27");
    default:
        return ca_error_set(err, CA_FAIL, "the zstd data is damaged: deliver the file again");
    }
}

static int zstd_step(ca_unpacker *unpacker, ca_unpack_io *io, ca_error *err)
{
    zstd_unpacker *zstd = (zstd_unpacker *)unpacker;
    while (io->out_len > 0) {
        if (zstd->between && io->in_len == 0)
            return io->last ? CA_END : 0;
        ZSTD_inBuffer in = {io->in, io->in_len, 0};
        ZSTD_outBuffer out = {io->out, io->out_len, 0};
        size_t left = ZSTD_decompressStream(zstd->stream, &out, &in);
        if (ZSTD_isError(left))
            return zstd_error(left, err);
        io->in += in.pos;
        io->in_len -= in.pos;
        io->out += out.pos;
        io->out_len -= out.pos;
        zstd->between = left == 0;
        if (in.pos > 0 || out.pos > 0 || zstd->between)
            continue;
        return io->last
                   ? ca_error_set(err, CA_FAIL, "the zstd data is cut off: deliver the file again")
                   : 0;
    }
    return 0;
}

static void zstd_free(ca_unpacker *unpacker)
{
    zstd_unpacker *zstd = (zstd_unpacker *)unpacker;
    ZSTD_freeDStream(zstd->stream);
    ca_free(zstd);
}

int ca_unpack_zstd_new(ca_unpacker **ret_unpacker, ca_error *err)
{
    zstd_unpacker *zstd = ca_alloc_zero(1, sizeof(*zstd));
    if (zstd == NULL)
        return ca_error_nomem(err);
    zstd->base = (ca_unpacker){zstd_step, zstd_free};
    zstd->stream = ZSTD_createDStream();
    if (zstd->stream == NULL ||
        ZSTD_isError(ZSTD_DCtx_setParameter(zstd->stream, ZSTD_d_windowLogMax, WINDOW_LOG_MAX))) {
        zstd_free(&zstd->base);
        return ca_error_nomem(err);
    }
    *ret_unpacker = &zstd->base;
    return 0;
}
