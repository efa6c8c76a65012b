/* Streams bytes through zstd into a file, a buffer at a time. */
#include "store/pack.h"

#include <zstd.h>

#include "base/alloc.h"

struct ca_pack {
    ca_file *file;
    ZSTD_CCtx *context;
    void *out;
    size_t out_size;
};

int ca_pack_create(ca_disk *disk, const char *path, ca_pack **ret_pack, ca_error *err)
{
    ca_pack *pack = ca_alloc_zero(1, sizeof *pack);
    if (!pack) {
        return ca_error_nomem(err);
    }
    pack->out_size = ZSTD_CStreamOutSize();
    pack->out = ca_alloc(pack->out_size);
    pack->context = ZSTD_createCCtx();
    int rc = pack->out && pack->context ? 0 : ca_error_nomem(err);
    if (rc == 0) {
        ZSTD_CCtx_setParameter(pack->context, ZSTD_c_compressionLevel, 1);
        rc = ca_disk_open_new(disk, path, &pack->file, err);
    }
    if (rc) {
        ca_pack_free(pack);
        return rc;
    }
    *ret_pack = pack;
    return 0;
}

static int feed(ca_pack *pack, ZSTD_inBuffer *in, ZSTD_EndDirective how, ca_error *err)
{
    size_t left;
    do {
        ZSTD_outBuffer out = {pack->out, pack->out_size, 0};
        left = ZSTD_compressStream2(pack->context, &out, in, how);
        if (ZSTD_isError(left)) {
            return ca_error_set(err, CA_FAIL, "cannot compress: %s", ZSTD_getErrorName(left));
        }
        int rc = out.pos ? pack->file->disk->write(pack->file, pack->out, out.pos, err) : 0;
        if (rc) {
            return rc;
        }
    } while (how == ZSTD_e_end ? left != 0 : in->pos < in->size);
    return 0;
}

int ca_pack_add(ca_pack *pack, const void *bytes, size_t len, ca_error *err)
{
    ZSTD_inBuffer in = {bytes, len, 0};
    return feed(pack, &in, ZSTD_e_continue, err);
}

int ca_pack_finish(ca_pack *pack, ca_error *err)
{
    ZSTD_inBuffer in = {NULL, 0, 0};
    int rc = feed(pack, &in, ZSTD_e_end, err);
    if (rc == 0) {
        rc = pack->file->disk->close(pack->file, err);
        pack->file = NULL;
    }
    return rc;
}

void ca_pack_free(ca_pack *pack)
{
    if (pack) {
        if (pack->file) {
            pack->file->disk->close(pack->file, NULL);
        }
        ZSTD_freeCCtx(pack->context);
        ca_free(pack->out);
        ca_free(pack);
    }
}
