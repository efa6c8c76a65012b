/* A bucket that is too large goes through an exchange of its own, by the hash bits in which its keys
 * differ. */
#include <string.h>

#include "base/alloc.h"
#include "store/keyed_inside.h"

#define SPLIT_MOST 256u /* buckets */

void ca_keyed_split_free(ca_keyed_reader *reader)
{
    ca_keyed_reader_free(reader->split_reader);
    ca_keyed_free(reader->split);
    reader->split_reader = NULL;
    reader->split = NULL;
}

static unsigned leading_zeros(uint64_t bits)
{
    unsigned count = 0;
    for (; !(bits >> 63); bits <<= 1) {
        count++;
    }
    return count;
}

/* The plan of the whole, for the lines of one bucket. */
static int make_exchange(ca_keyed_reader *reader, const char *folder, uint64_t differences,
                         uint32_t buckets, ca_error *err)
{
    const ca_keyed *keyed = reader->keyed;
    unsigned columns[CA_COLUMN_SITE + CA_SITE_COLUMNS_MAX];
    unsigned key[CA_KEYED_KEY_MAX];
    ca_keyed_plan plan = keyed->plan;
    for (unsigned i = 0; i < keyed->count; i++) {
        columns[i] = keyed->columns[i].column;
    }
    for (unsigned i = 0; i < keyed->key_count; i++) {
        key[i] = keyed->order[i].column;
    }
    plan.folder = folder;
    plan.columns = columns;
    plan.column_count = keyed->count;
    plan.key = key;
    plan.manifest.buckets = buckets;
    plan.on_disk = false;
    return ca_keyed_new_part(&plan, keyed, leading_zeros(differences), &reader->split, err);
}

static int move_lines(ca_keyed_reader *reader, uint32_t bucket, ca_keyed_writer *writer,
                      ca_batch *batch, ca_error *err)
{
    ca_keyed_cursor cursor = {0};
    size_t step = reader->limits.bytes ? reader->limits.bytes / 4 + 1 : CA_KEYED_SECTION_BYTES;
    for (;;) {
        ca_batch_clear(batch);
        int rc = ca_keyed_load(reader, bucket, &cursor, step, batch, err);
        if (rc) {
            return rc == CA_END ? 0 : rc;
        }
        rc = ca_keyed_put(writer, batch, NULL, reader->hash, reader->uses, err);
        if (rc) {
            return rc;
        }
    }
}

static int move_marks(ca_keyed_reader *reader, uint32_t bucket, ca_keyed_writer *writer,
                      ca_error *err)
{
    int rc = ca_keyed_load_marks(reader, bucket, err);
    for (size_t i = 0; rc == 0 && i < reader->mark_count; i++) {
        rc = ca_keyed_put_mark(writer, &reader->marks[i], err);
    }
    return rc;
}

int ca_keyed_split(ca_keyed_reader *reader, uint32_t bucket, uint64_t differences, uint64_t bytes,
                   ca_batch *batch, ca_error *err)
{
    size_t limit = reader->limits.bytes;
    uint32_t buckets = 2;
    while (buckets < SPLIT_MOST && (!limit || buckets * (uint64_t)limit < 2 * bytes)) {
        buckets *= 2;
    }
    char *folder = ca_keyed_path(reader->keyed, bucket, "split");
    ca_keyed_writer *writer;
    int rc =
        folder ? make_exchange(reader, folder, differences, buckets, err) : ca_error_nomem(err);
    ca_free(folder);
    if (rc) {
        return rc;
    }
    rc = ca_keyed_writer_new(reader->split, 0, limit ? limit / 2 : (size_t)bytes, &writer, err);
    rc = rc ? rc : move_lines(reader, bucket, writer, batch, err);
    rc = rc ? rc : move_marks(reader, bucket, writer, err);
    rc = rc ? rc : ca_keyed_finish(writer, err);
    return rc ? rc
              : ca_keyed_reader_new(reader->split, &reader->limits, &reader->split_reader, err);
}
