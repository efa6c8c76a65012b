/* Reads a finished workbook back: the directory at its end, then each sheet, of which rows are counted. */
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "base/alloc.h"
#include "report/export_inner.h"

#define CHUNK 65536
#define ROW_TAG "<row "
#define LAST_TAG "</worksheet>"

/* Reading goes on at `at`; the last bytes of what came out are kept, as tags may lie across two pieces. */
typedef struct workbook {
    ca_disk *disk;
    ca_file *file;
    const char *path;
    uint64_t size;
    unsigned char in[CHUNK];
    unsigned char out[CHUNK + 16];
} workbook;

static int damaged(const workbook *book, ca_error *err)
{
    return ca_error_set(err, CA_FAIL, "%s: was not written whole; is the disk full? Make room and export again",
                        book->path);
}

static int get(workbook *book, uint64_t offset, void *bytes, size_t len, ca_error *err)
{
    int64_t got = book->disk->read_at(book->file, offset, bytes, len, err);
    return got < 0 ? (int)got : (size_t)got < len ? damaged(book, err) : 0;
}

static uint32_t number(const unsigned char *bytes, unsigned len)
{
    uint32_t value = 0;
    while (len-- > 0) {
        value = value << 8 | bytes[len];
    }
    return value;
}

static void *allocate(void *unused, unsigned count, unsigned size)
{
    (void)unused;
    return ca_alloc_zero(count, size);
}

static void release(void *unused, void *memory)
{
    (void)unused;
    ca_free(memory);
}

static uint64_t count_rows(const unsigned char *bytes, size_t len)
{
    static const size_t tag = sizeof ROW_TAG - 1;
    uint64_t rows = 0;
    for (size_t i = 0; i + tag <= len; i++) {
        rows += bytes[i] == '<' && memcmp(bytes + i, ROW_TAG, tag) == 0;
    }
    return rows;
}

/* Inflates `len` bytes at `offset`. Z_STREAM_END is the only good end. */
static int read_sheet(workbook *book, z_stream *stream, uint64_t offset, uint64_t len, uint64_t rows, ca_error *err)
{
    size_t kept = 0;
    uint64_t counted = 0;
    int code = Z_OK;
    while (code == Z_OK) {
        if (stream->avail_in == 0 && len > 0) {
            size_t step = len < CHUNK ? (size_t)len : CHUNK;
            int rc = get(book, offset, book->in, step, err);
            if (rc) {
                return rc;
            }
            stream->next_in = book->in;
            stream->avail_in = (unsigned)step;
            offset += step;
            len -= step;
        }
        stream->next_out = book->out + kept;
        stream->avail_out = CHUNK;
        code = inflate(stream, Z_NO_FLUSH);
        size_t held = kept + CHUNK - stream->avail_out;
        counted += count_rows(book->out, held);
        kept = held < sizeof LAST_TAG - 1 ? held : sizeof LAST_TAG - 1;
        memmove(book->out, book->out + held - kept, kept);
        counted -= code == Z_OK ? count_rows(book->out, kept) : 0;    /* they are counted with the next piece */
    }
    if (code == Z_MEM_ERROR) {
        return ca_error_nomem(err);
    }
    bool whole = code == Z_STREAM_END && kept == sizeof LAST_TAG - 1 && memcmp(book->out, LAST_TAG, kept) == 0;
    return whole && counted == rows ? 0 : damaged(book, err);
}

static int check_sheet(workbook *book, const unsigned char entry[46], uint64_t rows, ca_error *err)
{
    unsigned char local[30];
    uint64_t offset = number(entry + 42, 4);
    z_stream stream = {.zalloc = allocate, .zfree = release};
    int rc = get(book, offset, local, sizeof local, err);
    if (rc) {
        return rc;
    }
    if (number(entry + 10, 2) != Z_DEFLATED) {
        return damaged(book, err);
    }
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) {
        return ca_error_nomem(err);
    }
    offset += sizeof local + number(local + 26, 2) + number(local + 28, 2);
    rc = read_sheet(book, &stream, offset, number(entry + 20, 4), rows, err);
    inflateEnd(&stream);
    return rc;
}

/* Entries of the directory, in the order in which they were written. */
static int check_entries(workbook *book, const uint64_t *rows, size_t sheets, ca_error *err)
{
    static const char folder[] = "xl/worksheets/sheet";
    unsigned char end[22];
    unsigned char entry[46];
    char name[sizeof folder - 1];
    size_t found = 0;
    int rc = book->size < sizeof end ? damaged(book, err) : get(book, book->size - sizeof end, end, sizeof end, err);
    if (rc || memcmp(end, "PK\5\6", 4) != 0) {
        return rc ? rc : damaged(book, err);
    }
    uint64_t at = number(end + 16, 4);
    for (uint32_t left = number(end + 10, 2); rc == 0 && left > 0; left--) {
        rc = get(book, at, entry, sizeof entry, err);
        if (rc || memcmp(entry, "PK\1\2", 4) != 0) {
            return rc ? rc : damaged(book, err);
        }
        bool fits = number(entry + 28, 2) > sizeof name;
        rc = fits ? get(book, at + sizeof entry, name, sizeof name, err) : 0;
        if (rc == 0 && fits && memcmp(name, folder, sizeof name) == 0) {
            rc = found < sheets ? check_sheet(book, entry, rows[found], err) : damaged(book, err);
            found++;
        }
        at += sizeof entry + number(entry + 28, 2) + number(entry + 30, 2) + number(entry + 32, 2);
    }
    return rc || found == sheets ? rc : damaged(book, err);
}

int ca_export_check_sheets(ca_disk *disk, const char *path, const uint64_t *rows, size_t sheets, ca_error *err)
{
    ca_file_info info;
    workbook *book = ca_alloc_zero(1, sizeof *book);
    if (!book) {
        return ca_error_nomem(err);
    }
    book->disk = disk;
    book->path = path;
    int rc = disk->open(disk, path, CA_DISK_READ, &book->file, err);
    rc = rc ? rc : disk->info_of(book->file, &info, err);
    if (rc == 0) {
        book->size = info.size;
        rc = check_entries(book, rows, sheets, err);
    }
    if (book->file) {
        disk->close(book->file, NULL);
    }
    ca_free(book);
    return rc;
}
