/* Reads a part file: trailer, dictionary and directory when it is opened; part_section.c reads
 * the sections. */
#include <string.h>

#include "base/alloc.h"
#include "store/part_inside.h"

#define VERIFY_STEP 65536u

int ca_part_read_at(const ca_part *part, uint64_t offset, void *bytes, size_t len, ca_error *err)
{
    int64_t got = part->disk->read_at(part->file, offset, bytes, len, err);
    if (got < 0) {
        return (int)got;
    }
    return (uint64_t)got == len ? 0 : ca_part_cut_short(part->path, err);
}

/* --- Opening -------------------------------------------------------------------------------- */

static int read_trailer(ca_part *part, const ca_part_options *options, ca_error *err)
{
    ca_file_info info;
    uint8_t bytes[CA_PART_TRAILER_BYTES];
    int rc = part->disk->info_of(part->file, &info, err);
    if (rc) {
        return rc;
    }
    if (info.size < CA_PART_MAGIC_BYTES + CA_PART_TRAILER_BYTES) {
        return ca_part_cut_short(part->path, err);
    }
    rc = ca_part_read_at(part, info.size - CA_PART_TRAILER_BYTES, bytes, sizeof bytes, err);
    if (rc == 0) {
        rc = ca_part_get_trailer(part->path, bytes, info.size, &part->trailer, err);
    }
    if (rc == 0) {
        rc = ca_part_read_at(part, 0, bytes, CA_PART_MAGIC_BYTES, err);
    }
    if (rc == 0 && memcmp(bytes, CA_PART_MAGIC, CA_PART_MAGIC_BYTES) != 0) {
        rc = ca_part_damaged(part->path, err);
    }
    if (rc == 0 && ca_digest_cmp(part->trailer.manifest, options->manifest) != 0) {
        rc = ca_error_set(err, CA_FAIL,
                          "the part file %s belongs to another run: remove it, or give this run a "
                          "folder of its own",
                          part->path);
    }
    return rc;
}

static int read_dictionary(ca_part *part, ca_codes *codes, ca_error *err)
{
    size_t len = (size_t)(part->trailer.directory - part->trailer.dictionary);
    uint8_t *bytes = ca_alloc_zero(1, len + CA_PART_SLACK);
    if (!bytes) {
        return ca_error_nomem(err);
    }
    int rc = ca_part_read_at(part, part->trailer.dictionary, bytes, len, err);
    if (rc == 0 && ca_hash64(bytes, len) != part->trailer.dictionary_checksum) {
        rc = ca_part_damaged(part->path, err);
    }
    if (rc == 0) {
        rc = ca_part_get_dictionary(part->path, (ca_part_bytes){bytes, len}, codes, &part->run_ids,
                                    &part->code_count, err);
    }
    ca_free(bytes);
    return rc;
}

/* Columns of an unknown type are skipped: a later program may have more types. */
static int get_column(ca_part *part, ca_part_bytes *from, char **names)
{
    const uint8_t *head, *name;
    if (!ca_part_take(from, 2, &head) || head[0] == 0 || !ca_part_take(from, head[1], &name) ||
        memchr(name, 0, head[1])) {
        return CA_FAIL;
    }
    memcpy(*names, name, head[1]);
    (*names)[head[1]] = '\0';
    ca_part_column *column = &part->columns[part->column_count];
    column->name = *names;
    part->unknown[part->column_count] = !ca_part_type_of(head[0], &column->type);
    part->column_count++;
    *names += head[1] + 1;
    return 0;
}

static int get_columns(ca_part *part, ca_part_bytes *from, ca_error *err)
{
    const uint8_t *bytes;
    if (!ca_part_take(from, 4, &bytes) || ca_get32(bytes) > CA_PART_COLUMNS_MAX) {
        return ca_part_damaged(part->path, err);
    }
    uint32_t count = ca_get32(bytes);
    part->columns = ca_alloc_zero(count, sizeof *part->columns);
    part->unknown = ca_alloc_zero(count, sizeof *part->unknown);
    part->names = ca_alloc((size_t)count * (CA_PART_NAME_MAX + 1));
    if (!part->columns || !part->unknown || !part->names) {
        return ca_error_nomem(err);
    }
    char *names = part->names;
    for (uint32_t i = 0; i < count; i++) {
        if (get_column(part, from, &names)) {
            return ca_part_damaged(part->path, err);
        }
    }
    return 0;
}

/* Sections lie between the magic and the dictionary and are in order of bucket. */
static bool good_place(const ca_part *part, const ca_part_place *place, const ca_part_place *before)
{
    return place->section.rows >= 1 && place->section.rows <= CA_PART_ROWS_MAX &&
           place->offset >= CA_PART_MAGIC_BYTES && place->offset <= part->trailer.dictionary &&
           place->length <= part->trailer.dictionary - place->offset &&
           place->head <= place->length && place->head % CA_PART_ENTRY_BYTES == 0 &&
           place->head / CA_PART_ENTRY_BYTES <= part->column_count &&
           (!before || before->section.bucket <= place->section.bucket);
}

static int get_places(ca_part *part, ca_part_bytes *from, ca_error *err)
{
    const uint8_t *bytes;
    if (!ca_part_take(from, 4, &bytes) ||
        from->left != (uint64_t)ca_get32(bytes) * CA_PART_SECTION_BYTES) {
        return ca_part_damaged(part->path, err);
    }
    size_t count = ca_get32(bytes);
    part->places = ca_realloc_array(NULL, count, sizeof *part->places);
    if (!part->places) {
        return ca_error_nomem(err);
    }
    for (size_t i = 0; i < count; i++) {
        part->places[i] = ca_part_get_place(from->at + i * CA_PART_SECTION_BYTES);
        if (!good_place(part, &part->places[i], i ? &part->places[i - 1] : NULL)) {
            return ca_part_damaged(part->path, err);
        }
    }
    part->place_count = count;
    return 0;
}

static int read_directory(ca_part *part, ca_error *err)
{
    size_t len = (size_t)(part->trailer.payload - part->trailer.directory);
    uint8_t *bytes = ca_alloc(len);
    if (!bytes) {
        return ca_error_nomem(err);
    }
    ca_part_bytes from = {bytes, len};
    int rc = ca_part_read_at(part, part->trailer.directory, bytes, len, err);
    if (rc == 0 && ca_hash64(bytes, len) != part->trailer.directory_checksum) {
        rc = ca_part_damaged(part->path, err);
    }
    rc = rc ? rc : get_columns(part, &from, err);
    rc = rc ? rc : get_places(part, &from, err);
    ca_free(bytes);
    return rc;
}

int ca_part_open(ca_disk *disk, const char *path, const ca_part_options *options,
                 ca_part **ret_part, ca_error *err)
{
    ca_part *part = ca_alloc_zero(1, sizeof *part);
    if (!part) {
        return ca_error_nomem(err);
    }
    part->disk = disk;
    part->path = ca_alloc(strlen(path) + 1);
    int rc = part->path ? 0 : ca_error_nomem(err);
    if (rc == 0) {
        memcpy(part->path, path, strlen(path) + 1);
        rc = disk->open(disk, part->path, CA_DISK_READ, &part->file, err);
    }
    rc = rc ? rc : read_trailer(part, options, err);
    rc = rc ? rc : read_directory(part, err);
    rc = rc ? rc : read_dictionary(part, options->codes, err);
    if (rc) {
        ca_part_close(part);
        return rc;
    }
    *ret_part = part;
    return 0;
}

void ca_part_close(ca_part *part)
{
    if (!part) {
        return;
    }
    part->disk->close(part->file, NULL);
    ca_free(part->columns);
    ca_free(part->unknown);
    ca_free(part->names);
    ca_free(part->places);
    ca_free(part->run_ids);
    ca_free(part->path);
    ca_free(part);
}

/* --- What it has ---------------------------------------------------------------------------- */

unsigned ca_part_columns(const ca_part *part)
{
    return part->column_count;
}

const ca_part_column *ca_part_column_at(const ca_part *part, unsigned column)
{
    return &part->columns[column];
}

bool ca_part_find(const ca_part *part, ca_text name, unsigned *ret_column)
{
    for (unsigned i = 0; i < part->column_count; i++) {
        if (!part->unknown[i] && ca_text_is(name, part->columns[i].name)) {
            *ret_column = i;
            return true;
        }
    }
    return false;
}

size_t ca_part_sections(const ca_part *part)
{
    return part->place_count;
}

const ca_part_section *ca_part_section_at(const ca_part *part, size_t section)
{
    return &part->places[section].section;
}

/* The first section of a bucket not below this one. */
static size_t first_of(const ca_part *part, uint64_t bucket)
{
    size_t from = 0;
    size_t end = part->place_count;
    while (from < end) {
        size_t middle = from + (end - from) / 2;
        if (part->places[middle].section.bucket < bucket) {
            from = middle + 1;
        } else {
            end = middle;
        }
    }
    return from;
}

size_t ca_part_bucket(const ca_part *part, uint32_t bucket, size_t *ret_from)
{
    *ret_from = first_of(part, bucket);
    return first_of(part, (uint64_t)bucket + 1);
}

ca_digest ca_part_digest(const ca_part *part)
{
    return part->trailer.digest;
}

int ca_part_verify(const ca_part *part, ca_error *err)
{
    ca_hasher *hasher = ca_hasher_new();
    uint8_t *bytes = ca_alloc(VERIFY_STEP);
    int rc = hasher && bytes ? 0 : ca_error_nomem(err);
    for (uint64_t at = 0; rc == 0 && at < part->trailer.payload; at += VERIFY_STEP) {
        uint64_t left = part->trailer.payload - at;
        size_t len = left < VERIFY_STEP ? (size_t)left : VERIFY_STEP;
        rc = ca_part_read_at(part, at, bytes, len, err);
        if (rc == 0) {
            ca_hasher_add(hasher, bytes, len);
        }
    }
    if (rc == 0 && ca_digest_cmp(ca_hasher_digest(hasher), part->trailer.digest) != 0) {
        rc = ca_part_damaged(part->path, err);
    }
    ca_hasher_free(hasher);
    ca_free(bytes);
    return rc;
}
