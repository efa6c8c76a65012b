/* Reads columns of one section: its head says where each lies; wanted ones that lie side by side are
 * fetched at once. */
#include <assert.h>
#include <string.h>
#include <zstd.h>

#include "base/alloc.h"
#include "store/part_inside.h"

ca_part_reader *ca_part_reader_new(void)
{
    return ca_alloc_zero(1, sizeof(ca_part_reader));
}

void ca_part_reader_free(ca_part_reader *reader)
{
    if (!reader) {
        return;
    }
    ca_buf_done(&reader->stored);
    ca_buf_done(&reader->plain);
    ca_free(reader->entries);
    ca_free(reader->numbers);
    ca_free(reader->indices);
    ca_free(reader->more);
    ca_free(reader->elements);
    ZSTD_freeDCtx(reader->zstd);
    ca_free(reader);
}

/* Room for `len` bytes at the start of a buffer, and the slack behind. */
static bool room(ca_buf *buf, size_t len)
{
    ca_buf_clear(buf);
    if (!ca_buf_reserve(buf, len + CA_PART_SLACK)) {
        return false;
    }
    memset(buf->ptr + len, 0, CA_PART_SLACK);
    return true;
}

static int fetch(const ca_part *part, uint64_t offset, size_t len, ca_part_reader *reader,
                 ca_error *err)
{
    return room(&reader->stored, len) ? ca_part_read_at(part, offset, reader->stored.ptr, len, err)
                                      : ca_error_nomem(err);
}

static bool good_entry(const ca_part *part, const ca_part_entry *entry, const ca_part_entry *before)
{
    return entry->column < part->column_count && (!before || entry->column > before->column) &&
           entry->plain <= CA_PART_BYTES_MAX && entry->packing <= CA_PART_ZSTD &&
           (entry->packing == CA_PART_ZSTD || entry->stored == entry->plain);
}

/* The entries of the head, which together account for every byte of the section. */
static int read_head(const ca_part *part, const ca_part_place *place, ca_part_reader *reader,
                     size_t *ret_count, ca_error *err)
{
    size_t count = place->head / CA_PART_ENTRY_BYTES;
    uint64_t left = place->length - place->head;
    int rc = fetch(part, place->offset, place->head, reader, err);
    if (rc) {
        return rc;
    }
    const uint8_t *head = (const uint8_t *)reader->stored.ptr;
    if (ca_hash64(head, place->head) != place->head_checksum) {
        return ca_part_damaged(part->path, err);
    }
    if (count > reader->entry_cap) {
        ca_free(reader->entries);
        reader->entry_cap = 0;
        reader->entries = ca_realloc_array(NULL, count, sizeof *reader->entries);
        if (!reader->entries) {
            return ca_error_nomem(err);
        }
        reader->entry_cap = count;
    }
    for (size_t i = 0; i < count; i++) {
        ca_part_entry *entry = &reader->entries[i];
        *entry = ca_part_get_entry(head + i * CA_PART_ENTRY_BYTES);
        if (!good_entry(part, entry, i ? entry - 1 : NULL) || entry->stored > left) {
            return ca_part_damaged(part->path, err);
        }
        left -= entry->stored;
    }
    *ret_count = count;
    return left == 0 ? 0 : ca_part_damaged(part->path, err);
}

static const ca_part_target *target_of(const ca_part_target *targets, unsigned count,
                                       uint32_t column)
{
    for (unsigned i = 0; i < count; i++) {
        if (targets[i].column == column) {
            return &targets[i];
        }
    }
    return NULL;
}

/* The bytes of a column, unpacked. */
static int unpack(const ca_part *part, ca_part_reader *reader, const ca_part_entry *entry,
                  const uint8_t *stored, ca_part_bytes *ret_plain, ca_error *err)
{
    if (ca_hash64(stored, entry->stored) != entry->checksum) {
        return ca_part_damaged(part->path, err);
    }
    if (entry->packing == CA_PART_STORED) {
        *ret_plain = (ca_part_bytes){stored, entry->stored};
        return 0;
    }
    if (!reader->zstd) {
        reader->zstd = ZSTD_createDCtx();
    }
    if (!reader->zstd || !room(&reader->plain, entry->plain)) {
        return ca_error_nomem(err);
    }
    size_t got =
        ZSTD_decompressDCtx(reader->zstd, reader->plain.ptr, entry->plain, stored, entry->stored);
    if (ZSTD_isError(got) || got != entry->plain) {
        return ca_part_damaged(part->path, err);
    }
    *ret_plain = (ca_part_bytes){(const uint8_t *)reader->plain.ptr, got};
    return 0;
}

static int read_column(const ca_part *part, unsigned rows, const ca_part_entry *entry,
                       const uint8_t *stored, const ca_part_target *target, ca_part_reader *reader,
                       ca_error *err)
{
    ca_part_bytes plain;
    int rc = unpack(part, reader, entry, stored, &plain, err);
    if (rc) {
        return rc;
    }
    assert(!part->unknown[entry->column]);
    rc = ca_part_decode(reader, part->columns[entry->column].type, rows, plain, part->run_ids,
                        part->code_count, target);
    return rc == 0 ? 0 : rc == CA_NOMEM ? ca_error_nomem(err) : ca_part_damaged(part->path, err);
}

int ca_part_read(const ca_part *part, size_t section, const ca_part_target *targets, unsigned count,
                 ca_part_reader *reader, ca_error *err)
{
    const ca_part_place *place = &part->places[section];
    size_t entries = 0;
    int rc = read_head(part, place, reader, &entries, err);
    uint64_t at = place->offset + place->head;
    for (size_t i = 0; rc == 0 && i < entries;) {
        size_t from = i;
        size_t len = 0;
        while (i < entries && target_of(targets, count, reader->entries[i].column)) {
            len += reader->entries[i++].stored;
        }
        if (i == from) {
            at += reader->entries[i++].stored;
            continue;
        }
        rc = fetch(part, at, len, reader, err);
        at += len;
        const uint8_t *stored = (const uint8_t *)reader->stored.ptr;
        for (size_t j = from; rc == 0 && j < i; j++) {
            const ca_part_entry *entry = &reader->entries[j];
            rc = read_column(part, place->section.rows, entry, stored,
                             target_of(targets, count, entry->column), reader, err);
            stored += entry->stored;
        }
    }
    return rc;
}
