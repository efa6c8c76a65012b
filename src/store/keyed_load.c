/* The lines of a bucket, wherever its writers left them: in memory or in the sections of their
 * part files. */
#include <string.h>

#include "base/alloc.h"
#include "store/keyed_inside.h"

static ca_keyed_writer *writer_at(const ca_keyed_reader *reader, size_t number)
{
    return reader->keyed->writers[number];
}

void ca_keyed_size(const ca_keyed_reader *reader, uint32_t bucket, uint64_t *ret_rows,
                   uint64_t *ret_marks, uint64_t *ret_contents)
{
    uint64_t rows = 0;
    uint64_t marks = 0;
    uint64_t contents = 0;
    for (size_t i = 0; i < reader->keyed->writer_count; i++) {
        const ca_keyed_writer *writer = writer_at(reader, i);
        const ca_keyed_bucket *staged = &writer->buckets[bucket];
        rows += staged->rows;
        marks += staged->marks;
        contents += staged->contents;
        size_t from = 0;
        size_t end = writer->opened ? ca_part_bucket(writer->opened, bucket, &from) : 0;
        for (; from < end; from++) {
            const ca_part_section *section = ca_part_section_at(writer->opened, from);
            *(section->tag == CA_KEYED_LINES ? &rows : &marks) += section->rows;
            contents += section->contents;
        }
    }
    *ret_rows = rows;
    *ret_marks = marks;
    *ret_contents = contents;
}

/* --- Lines ---------------------------------------------------------------------------------- */

int ca_keyed_make_room(ca_keyed_reader *reader, ca_batch *batch, size_t rows, ca_error *err)
{
    int rc = ca_keyed_prepare(reader->keyed, batch, rows, err);
    if (rc || batch->capacity <= reader->hash_cap) {
        return rc;
    }
    size_t cap = batch->capacity;
    uint64_t *hash = ca_realloc_array(reader->hash, cap, 2 * sizeof *hash);
    if (!hash) {
        return ca_error_nomem(err);
    }
    reader->hash = hash;
    reader->uses = memmove(hash + cap, hash + reader->hash_cap, batch->rows * sizeof *hash);
    reader->hash_cap = cap;
    return 0;
}

/* The batch has rows, and would take more than `bytes` with so much more. */
static bool is_full(const ca_keyed_reader *reader, const ca_batch *batch, size_t bytes, size_t rows,
                    uint64_t contents)
{
    return bytes && batch->rows &&
           (batch->rows + rows) * reader->keyed->row_memory + ca_keyed_contents(batch) + contents >
               bytes;
}

/* From the sections of the writer's part; CA_END when the batch is full. */
static int load_sections(ca_keyed_reader *reader, const ca_part *part, ca_keyed_cursor *cursor,
                         size_t bytes, ca_batch *batch, ca_error *err)
{
    for (; cursor->section < cursor->end; cursor->section++) {
        const ca_part_section *section = ca_part_section_at(part, cursor->section);
        if (section->tag != CA_KEYED_LINES) {
            continue;
        }
        if (is_full(reader, batch, bytes, section->rows, section->contents)) {
            return CA_END;
        }
        int rc = ca_keyed_make_room(reader, batch, batch->rows + section->rows, err);
        if (rc == 0) {
            rc = ca_keyed_get_lines(reader->keyed, part, cursor->section, batch, reader->hash,
                                    reader->uses, &reader->numbers, reader->parts, err);
        }
        if (rc) {
            return rc;
        }
    }
    return 0;
}

/* From what the writer still has. */
static int load_chunks(ca_keyed_reader *reader, ca_keyed_cursor *cursor, size_t bytes, ca_batch *batch, ca_error *err)
{
    for (; cursor->chunk; cursor->chunk = cursor->chunk->next) {
        const ca_keyed_chunk *chunk = cursor->chunk;
        if (is_full(reader, batch, bytes, chunk->rows, chunk->contents)) {
            return CA_END;
        }
        int rc = ca_keyed_make_room(reader, batch, (size_t)batch->rows + chunk->rows, err);
        if (rc) {
            return rc;
        }
        if (ca_keyed_unpack(&reader->lines, reader->keyed, chunk, batch, reader->hash, reader->uses)) {
            return ca_error_nomem(err);
        }
    }
    return 0;
}

int ca_keyed_load(ca_keyed_reader *reader, uint32_t bucket, ca_keyed_cursor *cursor, size_t bytes,
                  ca_batch *batch, ca_error *err)
{
    for (; cursor->writer < reader->keyed->writer_count; cursor->writer++) {
        const ca_keyed_writer *writer = writer_at(reader, cursor->writer);
        if (!cursor->begun) {
            cursor->begun = true;
            cursor->section = cursor->end = 0;
            if (writer->opened) {
                cursor->end = ca_part_bucket(writer->opened, bucket, &cursor->section);
            }
            cursor->chunk = writer->buckets[bucket].first;
        }
        int rc = load_sections(reader, writer->opened, cursor, bytes, batch, err);
        rc = rc ? rc : load_chunks(reader, cursor, bytes, batch, err);
        if (rc) {
            return rc == CA_END ? 0 : rc;
        }
        cursor->begun = false;
    }
    return batch->rows ? 0 : CA_END;
}

/* --- A whole bucket at once ----------------------------------------------------------------- */

/* CA_END when some of it lies on disk. */
static int open_all(ca_keyed_reader *reader, uint32_t bucket, ca_error *err)
{
    reader->lines.count = 0;
    for (size_t i = 0; i < reader->keyed->writer_count; i++) {
        const ca_keyed_writer *writer = writer_at(reader, i);
        if (writer->opened) {
            return CA_END;
        }
        for (const ca_keyed_chunk *chunk = writer->buckets[bucket].first; chunk; chunk = chunk->next) {
            if (ca_keyed_open_chunk(&reader->lines, chunk)) {
                return ca_error_nomem(err);
            }
        }
    }
    return 0;
}

int ca_keyed_load_sorted(ca_keyed_reader *reader, uint32_t bucket, ca_batch *batch, ca_error *err)
{
    ca_keyed_lines *lines = &reader->lines;
    const uint32_t *order;
    int rc = open_all(reader, bucket, err);
    rc = rc ? rc : ca_keyed_make_room(reader, batch, lines->count, err);
    if (rc) {
        return rc;
    }
    if (ca_keyed_unpack_deciding(lines, reader->keyed, batch, reader->hash)) {
        rc = ca_error_nomem(err);
    }
    rc = rc ? rc : ca_keyed_find_order(reader, batch, (unsigned)lines->count, &order, err);
    if (rc == 0 && ca_keyed_unpack_ordered(lines, reader->keyed, order, batch, reader->uses)) {
        rc = ca_error_nomem(err);
    }
    batch->rows = (unsigned)lines->count;
    if (rc) {
        ca_batch_cut(batch, 0);
    }
    return rc;
}

/* --- Marks ---------------------------------------------------------------------------------- */

static int load_marks_of(ca_keyed_reader *reader, const ca_keyed_writer *writer, uint32_t bucket,
                         ca_error *err)
{
    size_t from = 0;
    size_t end = writer->opened ? ca_part_bucket(writer->opened, bucket, &from) : 0;
    for (; from < end; from++) {
        const ca_part_section *section = ca_part_section_at(writer->opened, from);
        if (section->tag == CA_KEYED_LINES) {
            continue;
        }
        int rc = ca_keyed_get_marks(writer->opened, from, reader->marks + reader->mark_count,
                                    &reader->numbers, reader->parts, err);
        if (rc) {
            return rc;
        }
        reader->mark_count += section->rows;
    }
    const ca_keyed_bucket *staged = &writer->buckets[bucket];
    if (staged->marks) {
        memcpy(reader->marks + reader->mark_count, writer->marks + staged->first_mark,
               staged->marks * sizeof *reader->marks);
        reader->mark_count += staged->marks;
    }
    return 0;
}

int ca_keyed_load_marks(ca_keyed_reader *reader, uint32_t bucket, ca_error *err)
{
    uint64_t rows, marks, contents;
    ca_keyed_size(reader, bucket, &rows, &marks, &contents);
    reader->mark_count = 0;
    if (marks > reader->mark_cap) {
        ca_free(reader->marks);
        reader->mark_cap = 0;
        reader->marks = ca_realloc_array(NULL, (size_t)marks, sizeof *reader->marks);
        if (!reader->marks) {
            return ca_error_nomem(err);
        }
        reader->mark_cap = (size_t)marks;
    }
    int rc = 0;
    for (size_t i = 0; rc == 0 && marks > 0 && i < reader->keyed->writer_count; i++) {
        rc = load_marks_of(reader, writer_at(reader, i), bucket, err);
    }
    return rc;
}

/* --- Hashes --------------------------------------------------------------------------------- */

struct spread {
    bool any;
    uint64_t first, bits;
};

static void note(struct spread *spread, uint64_t hash)
{
    spread->first = spread->any ? spread->first : hash;
    spread->any = true;
    spread->bits |= hash ^ spread->first;
}

static int note_sections(ca_keyed_reader *reader, const ca_part *part, uint32_t bucket,
                         struct spread *spread, ca_error *err)
{
    size_t section;
    size_t end = ca_part_bucket(part, bucket, &section);
    for (; section < end; section++) {
        const int64_t *hashes;
        if (ca_part_section_at(part, section)->tag != CA_KEYED_LINES) {
            continue;
        }
        int rc = ca_keyed_get_hashes(part, section, &reader->numbers, reader->parts, &hashes, err);
        if (rc) {
            return rc;
        }
        for (uint32_t i = 0; i < ca_part_section_at(part, section)->rows; i++) {
            note(spread, (uint64_t)hashes[i]);
        }
    }
    return 0;
}

static void note_chunk(const ca_keyed_chunk *chunk, struct spread *spread)
{
    for (uint32_t i = 0; i < chunk->rows; i++) {
        note(spread, ca_keyed_record_at(chunk, i)->hash);
    }
}

int ca_keyed_differences(ca_keyed_reader *reader, uint32_t bucket, uint64_t *ret_bits,
                         ca_error *err)
{
    struct spread spread = {0};
    for (size_t i = 0; i < reader->keyed->writer_count; i++) {
        const ca_keyed_writer *writer = writer_at(reader, i);
        int rc = writer->opened ? note_sections(reader, writer->opened, bucket, &spread, err) : 0;
        if (rc) {
            return rc;
        }
        for (const ca_keyed_chunk *chunk = writer->buckets[bucket].first; chunk; chunk = chunk->next) {
            note_chunk(chunk, &spread);
        }
    }
    *ret_bits = spread.bits;
    return 0;
}
