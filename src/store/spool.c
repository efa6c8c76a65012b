/* A temporary file of records, each with its length before it; the end of the file is still in the
 * write buffer, and a small spool never leaves it. */
#include "store/spool.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

#define BUFFER_BYTES 65536u
#define NEAR_BYTES   4096u /* read at once where the last read does not continue */
#define FRAME_BYTES  4u

struct ca_spool {
    ca_disk *disk;
    char *path;
    ca_file *file;    /* NULL until the buffer overflows */
    uint64_t written; /* bytes in the file */
    uint64_t count;
    ca_error failure; /* of writing, code 0 = none: nothing works after one */
    uint32_t pending; /* bytes in `buffer`, whole records that follow those in the file */
    uint8_t buffer[BUFFER_BYTES];
    uint64_t window_from; /* file position of the bytes in `window` */
    uint32_t window_len;
    uint8_t window[BUFFER_BYTES];
};

int ca_spool_new(ca_disk *disk, const char *path, ca_spool **ret_spool, ca_error *err)
{
    size_t path_size = strlen(path) + 1;
    ca_spool *spool = ca_alloc_zero(1, sizeof *spool);
    if (!spool) {
        return ca_error_nomem(err);
    }
    spool->path = ca_alloc(path_size);
    if (!spool->path) {
        ca_free(spool);
        return ca_error_nomem(err);
    }
    memcpy(spool->path, path, path_size);
    spool->disk = disk;
    *ret_spool = spool;
    return 0;
}

void ca_spool_free(ca_spool *spool)
{
    if (!spool) {
        return;
    }
    if (spool->file) {
        spool->disk->close(spool->file, NULL);
        spool->disk->remove(spool->disk, spool->path, NULL);
    }
    ca_free(spool->path);
    ca_free(spool);
}

static int failed(const ca_spool *spool, ca_error *err)
{
    if (spool->failure.code && err) {
        *err = spool->failure;
    }
    return spool->failure.code;
}

static int write_out(ca_spool *spool, const void *bytes, size_t len, ca_error *err)
{
    int rc = 0;
    if (!spool->file) {
        rc = ca_disk_open_new(spool->disk, spool->path, &spool->file, &spool->failure);
    }
    if (rc == 0) {
        rc = spool->disk->write(spool->file, bytes, len, &spool->failure);
    }
    if (rc < 0) {
        return failed(spool, err);
    }
    spool->written += len;
    return 0;
}

static int flush(ca_spool *spool, ca_error *err)
{
    if (spool->pending == 0) {
        return 0;
    }
    int rc = write_out(spool, spool->buffer, spool->pending, err);
    if (rc == 0) {
        spool->pending = 0;
    }
    return rc;
}

int ca_spool_add(ca_spool *spool, const void *bytes, size_t len, uint64_t *ret_position,
                 ca_error *err)
{
    uint32_t len32 = (uint32_t)len;
    int rc = failed(spool, err);
    if (rc) {
        return rc;
    }
    if (len > CA_SPOOL_RECORD_MAX) {
        return ca_error_set(err, CA_LIMIT, "a record of %zu bytes is above the limit of %u", len,
                            CA_SPOOL_RECORD_MAX);
    }
    bool fits = len <= BUFFER_BYTES - FRAME_BYTES;
    if (!fits || FRAME_BYTES + len > BUFFER_BYTES - spool->pending) {
        rc = flush(spool, err);
        if (rc) {
            return rc;
        }
    }
    uint64_t position = spool->written + spool->pending;
    if (fits) {
        memcpy(spool->buffer + spool->pending, &len32, FRAME_BYTES);
        if (len > 0) {
            memcpy(spool->buffer + spool->pending + FRAME_BYTES, bytes, len);
        }
        spool->pending += FRAME_BYTES + len32;
    } else {
        rc = write_out(spool, &len32, FRAME_BYTES, err);
        if (rc == 0) {
            rc = write_out(spool, bytes, len, err);
        }
        if (rc) {
            return rc;
        }
    }
    spool->count++;
    *ret_position = position;
    return 0;
}

uint64_t ca_spool_count(const ca_spool *spool)
{
    return spool->count;
}

static int damaged(const ca_spool *spool, ca_error *err)
{
    return ca_error_set(err, CA_FAIL, "the temporary file %s was changed while in use: run again",
                        spool->path);
}

/* Whole `len` bytes of the file, through the window. */
static int read_file(ca_spool *spool, uint64_t from, void *to, size_t len, ca_error *err)
{
    if (len > spool->written - from) {
        return damaged(spool, err);
    }
    uint64_t window_end = spool->window_from + spool->window_len;
    if (from < spool->window_from || from + len > window_end) {
        bool onward = from >= spool->window_from && from <= window_end;
        size_t want = onward ? BUFFER_BYTES : NEAR_BYTES;
        want = want < spool->written - from ? want : (size_t)(spool->written - from);    /* behind it lies what others have written */
        if (len > want) {
            int64_t got = spool->disk->read_at(spool->file, from, to, len, err);
            return got < 0 ? (int)got : (uint64_t)got == len ? 0 : damaged(spool, err);
        }
        spool->window_len = 0;
        int64_t got = spool->disk->read_at(spool->file, from, spool->window, want, err);
        if (got < 0) {
            return (int)got;
        }
        spool->window_from = from;
        spool->window_len = (uint32_t)got;
        if ((uint64_t)got < len) {
            return damaged(spool, err);
        }
    }
    memcpy(to, spool->window + (from - spool->window_from), len);
    return 0;
}

static int read_bytes(ca_spool *spool, uint64_t from, void *to, size_t len, ca_error *err)
{
    if (from < spool->written) {
        return read_file(spool, from, to, len, err);
    }
    if (from - spool->written > spool->pending || len > spool->pending - (from - spool->written)) {
        return damaged(spool, err);
    }
    memcpy(to, spool->buffer + (from - spool->written), len);
    return 0;
}

int ca_spool_read(ca_spool *spool, uint64_t position, ca_buf *bytes, ca_error *err)
{
    uint32_t len = 0;
    ca_buf_clear(bytes);
    int rc = failed(spool, err);
    if (rc == 0) {
        rc = read_bytes(spool, position, &len, sizeof len, err);
    }
    if (rc) {
        return rc;
    }
    if (len > CA_SPOOL_RECORD_MAX) {
        return damaged(spool, err);
    }
    if (!ca_buf_reserve(bytes, len)) {
        return ca_error_nomem(err);
    }
    rc = len > 0 ? read_bytes(spool, position + FRAME_BYTES, bytes->ptr, len, err) : 0;
    bytes->len = rc == 0 ? len : 0;
    return rc;
}

int ca_spool_next(ca_spool *spool, uint64_t *cursor, uint64_t *ret_position, ca_buf *bytes,
                  ca_error *err)
{
    if (*cursor == spool->written + spool->pending) {
        return CA_END;
    }
    int rc = ca_spool_read(spool, *cursor, bytes, err);
    if (rc) {
        return rc;
    }
    *ret_position = *cursor;
    *cursor += FRAME_BYTES + bytes->len;
    return 0;
}
