/* One input as a stream of plain bytes, recognised by its first bytes, hashed while it is read. */
#include "read/source.h"

#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "read/unpack.h"
#include "read/utf16.h"

enum {
    MAGIC_MAX = 4,
    PACKED_SIZE = 128 * 1024 /* packed bytes taken from the file at a time */
};

struct ca_source {
    ca_file *file;
    ca_file_info info; /* at open */
    bool is_stdin;
    ca_packing packing;
    ca_unpacker *unpacker; /* NULL for plain bytes */
    ca_utf16 *utf16;       /* NULL unless it is to be decoded */
    ca_hasher *hasher;
    uint64_t bytes;
    uint64_t packed_bytes;
    bool file_ended;
    bool stream_ended;
    unsigned char *packed; /* bytes of the file not yet used: at first the ones looked at */
    size_t packed_from;
    size_t packed_to;
    int failure; /* a damaged stream stays damaged */
    char *path;
};

static ca_packing packing_of(const unsigned char *bytes, size_t len)
{
    static const unsigned char zstd_frame[MAGIC_MAX] = {0x28, 0xB5, 0x2F, 0xFD};
    static const unsigned char zstd_skipped[MAGIC_MAX - 1] = {0x2A, 0x4D, 0x18};
    if (len >= 2 && bytes[0] == 0x1F && bytes[1] == 0x8B)
        return CA_PACKING_GZIP;
    if (len < MAGIC_MAX)
        return CA_PACKING_NONE;
    if (memcmp(bytes, zstd_frame, sizeof(zstd_frame)) == 0)
        return CA_PACKING_ZSTD;
    if ((bytes[0] & 0xF0) == 0x50 && memcmp(bytes + 1, zstd_skipped, sizeof(zstd_skipped)) == 0)
        return CA_PACKING_ZSTD;
    return CA_PACKING_NONE;
}

/* Bytes of the file as they are; counts them. */
static int64_t read_file(ca_source *source, void *bytes, size_t len, ca_error *err)
{
    if (source->file_ended || len == 0)
        return 0;
    int64_t got = source->file->disk->read(source->file, bytes, len, err);
    if (got == 0)
        source->file_ended = true;
    if (got > 0)
        source->packed_bytes += (uint64_t)got;
    return got;
}

/* Reads the first bytes, and keeps them, to see what the stream is. */
static int recognise(ca_source *source, ca_error *err)
{
    source->packed = ca_alloc(PACKED_SIZE);
    if (source->packed == NULL)
        return ca_error_nomem(err);
    while (source->packed_to < MAGIC_MAX && !source->file_ended) {
        int64_t got = read_file(source, source->packed + source->packed_to,
                                MAGIC_MAX - source->packed_to, err);
        if (got < 0)
            return (int)got;
        source->packed_to += (size_t)got;
    }
    source->packing = packing_of(source->packed, source->packed_to);
    switch (source->packing) {
    case CA_PACKING_NONE:
        return 0;
    case CA_PACKING_GZIP:
        return ca_unpack_gzip_new(&source->unpacker, err);
    case CA_PACKING_ZSTD:
        return ca_unpack_zstd_new(&source->unpacker, err);
    }
    return 0;
}

static int open_file(ca_source *source, ca_disk *disk, const char *path, ca_error *err)
{
    source->is_stdin = strcmp(path, "-") == 0;
    ca_text name = ca_text_of(source->is_stdin ? "standard input" : path);
    source->path = ca_alloc(name.len + 1);
    source->hasher = ca_hasher_new();
    if (source->path == NULL || source->hasher == NULL)
        return ca_error_nomem(err);
    memcpy(source->path, name.ptr, name.len);
    source->path[name.len] = '\0';
    int result = source->is_stdin ? ca_disk_stdin(disk, &source->file, err)
                                  : disk->open(disk, path, CA_DISK_READ, &source->file, err);
    if (result < 0)
        return result;
    result = disk->info_of(source->file, &source->info, err);
    return result < 0 ? result : recognise(source, err);
}

int ca_source_open(ca_disk *disk, const char *path, ca_source **ret_source, ca_error *err)
{
    ca_source *source = ca_alloc_zero(1, sizeof(*source));
    if (source == NULL)
        return ca_error_nomem(err);
    int result = open_file(source, disk, path, err);
    if (result < 0) {
        ca_source_close(source);
        return result;
    }
    *ret_source = source;
    return 0;
}

void ca_source_close(ca_source *source)
{
    if (source == NULL)
        return;
    if (source->unpacker != NULL)
        source->unpacker->free(source->unpacker);
    ca_utf16_free(source->utf16);
    if (source->file != NULL)
        (void)source->file->disk->close(source->file, NULL); /* only read: nothing can be lost */
    ca_hasher_free(source->hasher);
    ca_free(source->packed);
    ca_free(source->path);
    ca_free(source);
}

/* The bytes looked at to recognise the stream come first, then the file. */
static int64_t read_plain(ca_source *source, unsigned char *bytes, size_t len, ca_error *err)
{
    size_t kept = source->packed_to - source->packed_from;
    if (kept == 0)
        return read_file(source, bytes, len, err);
    size_t given = kept < len ? kept : len;
    memcpy(bytes, source->packed + source->packed_from, given);
    source->packed_from += given;
    int64_t more = given < len ? read_file(source, bytes + given, len - given, err) : 0;
    return more < 0 ? more : (int64_t)given + more;
}

static int refill(ca_source *source, ca_error *err)
{
    int64_t got = read_file(source, source->packed, PACKED_SIZE, err);
    if (got < 0)
        return (int)got;
    source->packed_from = 0;
    source->packed_to = (size_t)got;
    return 0;
}

/* Names the file in what the unpacker said. */
static int damaged(const ca_source *source, int code, const ca_error *cause, ca_error *err)
{
    if (code == CA_NOMEM)
        return ca_error_nomem(err);
    return ca_error_at(err, code, source->path, 0, 0, "%s", cause->text);
}

static int64_t read_packed(ca_source *source, unsigned char *bytes, size_t len, ca_error *err)
{
    ca_unpack_io io = {.out = bytes, .out_len = len};
    while (io.out_len == len && !source->stream_ended) {
        if (source->packed_from == source->packed_to && !source->file_ended) {
            int result = refill(source, err);
            if (result < 0)
                return result;
        }
        io.in = source->packed + source->packed_from;
        io.in_len = source->packed_to - source->packed_from;
        io.last = source->file_ended;
        ca_error cause;
        int result = source->unpacker->step(source->unpacker, &io, &cause);
        source->packed_from = source->packed_to - io.in_len;
        if (result < 0)
            return damaged(source, result, &cause, err);
        source->stream_ended = result == CA_END;
    }
    return (int64_t)(len - io.out_len);
}

static int64_t read_unpacked(void *context, void *bytes, size_t len, ca_error *err)
{
    ca_source *source = context;
    return source->unpacker != NULL ? read_packed(source, bytes, len, err)
                                    : read_plain(source, bytes, len, err);
}

int ca_source_utf16(ca_source *source, ca_error *err)
{
    if (source->utf16 != NULL)
        return 0;
    int result = ca_utf16_new(read_unpacked, source, &source->utf16, err);
    if (result < 0 && result != CA_CONFIG)
        source->failure = result;
    return result;
}

int64_t ca_source_read(ca_source *source, void *bytes, size_t len, ca_error *err)
{
    if (source->failure != 0)
        return ca_error_at(err, source->failure, source->path, 0, 0, "cannot be read further");
    if (len == 0)
        return 0;
    int64_t got = source->utf16 != NULL ? ca_utf16_give(source->utf16, bytes, len, err)
                                        : read_unpacked(source, bytes, len, err);
    if (got < 0) {
        source->failure = (int)got;
        return got;
    }
    ca_hasher_add(source->hasher, bytes, (size_t)got);
    source->bytes += (uint64_t)got;
    return got;
}

ca_packing ca_source_packing(const ca_source *source)
{
    return source->packing;
}

bool ca_source_seekable(const ca_source *source)
{
    return source->packing == CA_PACKING_NONE && source->utf16 == NULL && source->info.is_regular && !source->is_stdin;
}

int64_t ca_source_read_at(ca_source *source, uint64_t offset, void *bytes, size_t len,
                          ca_error *err)
{
    if (!ca_source_seekable(source))
        return ca_error_at(err, CA_FAIL, source->path, 0, 0, "cannot be read a second time");
    return source->file->disk->read_at(source->file, offset, bytes, len, err);
}

bool ca_source_is_stdin(const ca_source *source)
{
    return source->is_stdin;
}

uint64_t ca_source_bytes(const ca_source *source)
{
    return source->bytes;
}

uint64_t ca_source_packed_bytes(const ca_source *source)
{
    return source->packed_bytes;
}

ca_digest ca_source_digest(const ca_source *source)
{
    return ca_hasher_digest(source->hasher);
}
