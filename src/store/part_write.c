/* Writes a part file: sections one after another, then dictionary, directory and trailer; the file
 * gets its name when everything is on disk. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/alloc.h"
#include "store/part_inside.h"

#define WORTH_PACKING 256u /* bytes of a column below which compression is not tried */

struct ca_part_writer {
    ca_disk *disk;
    char *path;
    char *temporary;
    ca_file *file;
    bool named; /* renamed to `path` */
    ca_part_options options;
    ca_part_column *columns;
    unsigned column_count;
    char *names; /* what columns[].name points into */
    uint64_t written;
    ca_hasher *hasher; /* of everything written */
    ca_zstd_packer *zstd;
    ca_error failure; /* code 0 = none: after one nothing works any more */
    ca_part_encoder encoder;
    ca_buf section; /* head and columns of the one being made */
    ca_buf packed;
    ca_part_place *places;
    size_t place_count, place_cap;
};

static int write_bytes(ca_part_writer *writer, const void *bytes, size_t len, ca_error *err)
{
    int rc = writer->disk->write(writer->file, bytes, len, err);
    if (rc == 0) {
        ca_hasher_add(writer->hasher, bytes, len);
        writer->written += len;
    }
    return rc;
}

static int copy_columns(ca_part_writer *writer, const ca_part_column *columns, unsigned count)
{
    size_t bytes = 0;
    for (unsigned i = 0; i < count; i++) {
        assert(strlen(columns[i].name) <= CA_PART_NAME_MAX);
        bytes += strlen(columns[i].name) + 1;
    }
    writer->columns = ca_realloc_array(NULL, count, sizeof *columns);
    writer->names = ca_alloc(bytes);
    if (!writer->columns || !writer->names) {
        return CA_NOMEM;
    }
    char *name = writer->names;
    for (unsigned i = 0; i < count; i++) {
        size_t size = strlen(columns[i].name) + 1;
        memcpy(name, columns[i].name, size);
        writer->columns[i] = (ca_part_column){name, columns[i].type};
        name += size;
    }
    writer->column_count = count;
    return 0;
}

static int set_up(ca_part_writer *writer, const char *path, const ca_part_column *columns,
                  unsigned count, ca_error *err)
{
    size_t size = strlen(path) + sizeof CA_DISK_TEMPORARY;
    writer->path = ca_alloc(size);
    writer->temporary = ca_alloc(size);
    writer->hasher = ca_hasher_new();
    writer->zstd = writer->options.zstd_level ? ZSTD_createCCtx() : NULL;
    if (!writer->path || !writer->temporary || !writer->hasher ||
        (writer->options.zstd_level && !writer->zstd) || copy_columns(writer, columns, count)) {
        return ca_error_nomem(err);
    }
    snprintf(writer->path, size, "%s", path);
    snprintf(writer->temporary, size, "%s%s", path, CA_DISK_TEMPORARY);
    int rc = ca_disk_open_new(writer->disk, writer->temporary, &writer->file, err);
    return rc ? rc : write_bytes(writer, CA_PART_MAGIC, CA_PART_MAGIC_BYTES, err);
}

int ca_part_create(ca_disk *disk, const char *path, const ca_part_column *columns, unsigned count,
                   const ca_part_options *options, ca_part_writer **ret_writer, ca_error *err)
{
    assert(count <= CA_PART_COLUMNS_MAX);
    ca_part_writer *writer = ca_alloc_zero(1, sizeof *writer);
    if (!writer) {
        return ca_error_nomem(err);
    }
    writer->disk = disk;
    writer->options = *options;
    writer->encoder.codes.codes = options->codes;
    int rc = set_up(writer, path, columns, count, err);
    if (rc) {
        ca_part_writer_free(writer);
        return rc;
    }
    *ret_writer = writer;
    return 0;
}

void ca_part_writer_free(ca_part_writer *writer)
{
    if (!writer) {
        return;
    }
    bool created = writer->file != NULL;
    writer->disk->close(writer->file, NULL);
    if (created && !writer->named) {
        writer->disk->remove(writer->disk, writer->temporary, NULL);
    }
    ZSTD_freeCCtx(writer->zstd);
    ca_hasher_free(writer->hasher);
    ca_part_encoder_done(&writer->encoder);
    ca_buf_done(&writer->section);
    ca_buf_done(&writer->packed);
    ca_free(writer->places);
    ca_free(writer->columns);
    ca_free(writer->names);
    ca_free(writer->temporary);
    ca_free(writer->path);
    ca_free(writer);
}

uint64_t ca_part_written(const ca_part_writer *writer)
{
    return writer->written;
}

/* Compresses the encoded column into writer->packed; false: does not pay. */
static int pack(ca_part_writer *writer, bool *ret_packed)
{
    const ca_buf *plain = &writer->encoder.plain;
    *ret_packed = false;
    if (!writer->zstd || plain->len < WORTH_PACKING) {
        return 0;
    }
    ca_buf_clear(&writer->packed);
    if (!ca_buf_reserve(&writer->packed, ZSTD_compressBound(plain->len))) {
        return CA_NOMEM;
    }
    size_t packed = ZSTD_compressCCtx(writer->zstd, writer->packed.ptr, writer->packed.cap,
                                      plain->ptr, plain->len, writer->options.zstd_level);
    if (ZSTD_isError(packed)) { /* the output has room: only memory can be short */
        return CA_NOMEM;
    }
    writer->packed.len = packed;
    *ret_packed = packed < plain->len - plain->len / 8;
    return 0;
}

/* Appends a column to the section; its entry goes to `entry_at` in the head. */
static int add_column(ca_part_writer *writer, unsigned rows, const ca_part_values *values,
                      size_t entry_at, uint64_t *contents)
{
    uint64_t more = 0;
    bool packed;
    ca_type type = writer->columns[values->column].type;
    int rc = ca_part_encode(&writer->encoder, type, rows, values, &more);
    rc = rc ? rc : pack(writer, &packed);
    if (rc) {
        return rc;
    }
    const ca_buf *bytes = packed ? &writer->packed : &writer->encoder.plain;
    ca_part_entry entry = {
        .column = values->column,
        .packing = packed ? CA_PART_ZSTD : CA_PART_STORED,
        .stored = (uint32_t)bytes->len,
        .plain = (uint32_t)writer->encoder.plain.len,
        .checksum = ca_hash64(bytes->ptr, bytes->len),
    };
    ca_buf_add(&writer->section, bytes->ptr, bytes->len);
    if (writer->section.failed) {
        return CA_NOMEM;
    }
    ca_part_put_entry((uint8_t *)writer->section.ptr + entry_at, &entry);
    *contents += more;
    return 0;
}

static int make_section(ca_part_writer *writer, unsigned rows, const ca_part_values *values,
                        unsigned count, uint64_t *ret_contents)
{
    size_t head = (size_t)count * CA_PART_ENTRY_BYTES;
    ca_buf_clear(&writer->section);
    if (!ca_buf_reserve(&writer->section, head)) {
        return CA_NOMEM;
    }
    writer->section.len = head;
    for (unsigned i = 0; i < count; i++) {
        assert(values[i].column < writer->column_count);
        assert(i == 0 || values[i].column > values[i - 1].column);
        int rc = add_column(writer, rows, &values[i], i * CA_PART_ENTRY_BYTES, ret_contents);
        if (rc) {
            return rc;
        }
    }
    return 0;
}

static int add(ca_part_writer *writer, ca_part_place place, const ca_part_values *values,
               unsigned count, ca_error *err)
{
    ca_part_place *places =
        ca_grown_array(writer->places, writer->place_count, &writer->place_cap, sizeof *places);
    if (!places) {
        return ca_error_nomem(err);
    }
    writer->places = places;
    int rc = make_section(writer, place.section.rows, values, count, &place.section.contents);
    if (rc == CA_LIMIT || writer->place_count == CA_PART_SECTIONS_MAX) {
        return ca_error_set(err, CA_LIMIT,
                            "a section of the part file %s is above a limit of its "
                            "format: this is an error of the program, please report it",
                            writer->path);
    }
    if (rc) {
        return ca_error_nomem(err);
    }
    place.offset = writer->written;
    place.length = writer->section.len;
    place.head = count * CA_PART_ENTRY_BYTES;
    place.head_checksum = ca_hash64(writer->section.ptr, place.head);
    rc = write_bytes(writer, writer->section.ptr, writer->section.len, err);
    if (rc == 0) {
        writer->places[writer->place_count++] = place;
    }
    return rc;
}

/* Keeps the first failure: what stands in the file is unknown after it. */
static int keep_failure(ca_part_writer *writer, int rc, const ca_error *failure, ca_error *err)
{
    if (rc < 0) {
        writer->failure = *failure;
        if (err) {
            *err = *failure;
        }
    }
    return rc;
}

int ca_part_add(ca_part_writer *writer, uint32_t bucket, uint32_t tag, unsigned rows,
                const ca_part_values *values, unsigned count, ca_error *err)
{
    assert(!writer->named && rows >= 1 && rows <= CA_PART_ROWS_MAX);
    ca_error failure = writer->failure;
    ca_part_place place = {.section = {.bucket = bucket, .tag = tag, .rows = rows}};
    int rc = failure.code ? failure.code : add(writer, place, values, count, &failure);
    return keep_failure(writer, rc, &failure, err);
}

/* --- The end of the file -------------------------------------------------------------------- */

static int compare_places(const void *a, const void *b)
{
    const ca_part_place *one = a;
    const ca_part_place *other = b;
    if (one->section.bucket != other->section.bucket) {
        return one->section.bucket < other->section.bucket ? -1 : 1;
    }
    return (one->offset > other->offset) - (one->offset < other->offset);
}

static void put_directory(ca_part_writer *writer, ca_buf *to)
{
    uint8_t count[4];
    ca_put32(count, writer->column_count);
    ca_buf_add(to, count, sizeof count);
    for (unsigned i = 0; i < writer->column_count; i++) {
        ca_text name = ca_text_of(writer->columns[i].name);
        ca_buf_add_char(to, (char)ca_part_type_number(writer->columns[i].type));
        ca_buf_add_char(to, (char)(uint8_t)name.len);
        ca_buf_add_text(to, name);
    }
    ca_put32(count, (uint32_t)writer->place_count);
    ca_buf_add(to, count, sizeof count);
    for (size_t i = 0; i < writer->place_count; i++) {
        uint8_t place[CA_PART_SECTION_BYTES];
        ca_part_put_place(place, &writer->places[i]);
        ca_buf_add(to, place, sizeof place);
    }
}

static int write_end(ca_part_writer *writer, ca_digest *ret_digest, ca_error *err)
{
    ca_buf *bytes = &writer->section;
    ca_part_trailer trailer = {.manifest = writer->options.manifest, .dictionary = writer->written};
    ca_buf_clear(bytes);
    int rc = ca_part_put_dictionary(&writer->encoder.codes, bytes);
    if (rc) {
        return rc == CA_NOMEM ? ca_error_nomem(err)
                              : ca_error_set(err, rc, "too many codes for one part file");
    }
    size_t dictionary = bytes->len;
    put_directory(writer, bytes);
    if (bytes->failed) {
        return ca_error_nomem(err);
    }
    trailer.dictionary_checksum = ca_hash64(bytes->ptr, dictionary);
    trailer.directory_checksum = ca_hash64(bytes->ptr + dictionary, bytes->len - dictionary);
    trailer.directory = trailer.dictionary + dictionary;
    rc = write_bytes(writer, bytes->ptr, bytes->len, err);
    if (rc) {
        return rc;
    }
    uint8_t end[CA_PART_TRAILER_BYTES];
    trailer.payload = writer->written;
    trailer.digest = ca_hasher_digest(writer->hasher);
    ca_part_put_trailer(end, &trailer);
    *ret_digest = trailer.digest;
    return writer->disk->write(writer->file, end, sizeof end, err);
}

static int finish(ca_part_writer *writer, ca_digest *ret_digest, ca_error *err)
{
    if (writer->place_count > 0) {
        qsort(writer->places, writer->place_count, sizeof *writer->places, compare_places);
    }
    int rc = write_end(writer, ret_digest, err);
    if (rc == 0 && !writer->options.unsynced) {
        rc = writer->disk->sync(writer->file, err);
    }
    return rc ? rc : writer->disk->rename(writer->disk, writer->temporary, writer->path, err);
}

int ca_part_finish(ca_part_writer *writer, ca_digest *ret_digest, ca_error *err)
{
    assert(!writer->named);
    ca_error failure = writer->failure;
    ca_digest digest;
    int rc = failure.code ? failure.code : finish(writer, &digest, &failure);
    if (rc == 0) {
        writer->named = true;
        *ret_digest = digest;
    }
    return keep_failure(writer, rc, &failure, err);
}
