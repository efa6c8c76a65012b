/* Rows of a batch as sections of a part file, and back. Provenance, digest and hash are columns like
 * others there, named with an '@'. */
#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "store/keyed_inside.h"
#include "store/part_inside.h"

#define TARGETS_MAX (CA_KEYED_OWN_COLUMNS + CA_COLUMN_SITE + CA_SITE_COLUMNS_MAX)

static int number_room(ca_keyed_numbers *numbers, size_t rows, ca_error *err)
{
    if (rows <= numbers->cap) {
        return 0;
    }
    ca_free(numbers->lists);
    numbers->cap = 0;
    numbers->lists = ca_realloc_array(NULL, rows, CA_KEYED_OWN_COLUMNS * sizeof *numbers->lists);
    if (!numbers->lists) {
        return ca_error_nomem(err);
    }
    numbers->cap = rows;
    return 0;
}

static int64_t *list_of(const ca_keyed_numbers *numbers, unsigned column)
{
    return numbers->lists + column * numbers->cap;
}

/* --- Writing -------------------------------------------------------------------------------- */

static void list_provenance(const ca_batch *batch, const uint64_t *hash, const uint64_t *uses,
                            unsigned from, unsigned end, ca_keyed_numbers *numbers)
{
    for (unsigned row = from; row < end; row++) {
        unsigned i = row - from;
        list_of(numbers, CA_KEYED_HASH)[i] = (int64_t)hash[row];
        list_of(numbers, CA_KEYED_FILE)[i] = batch->origin[row].file;
        list_of(numbers, CA_KEYED_ROW)[i] = (int64_t)batch->origin[row].row;
        list_of(numbers, CA_KEYED_OFFSET)[i] = (int64_t)batch->origin[row].offset;
        list_of(numbers, CA_KEYED_LENGTH)[i] = batch->origin[row].length;
        list_of(numbers, CA_KEYED_DIGEST_HIGH)[i] = (int64_t)batch->digest[row].high;
        list_of(numbers, CA_KEYED_DIGEST_LOW)[i] = (int64_t)batch->digest[row].low;
        list_of(numbers, CA_KEYED_LIVE)[i] = ca_bit(batch->live, row);
        list_of(numbers, CA_KEYED_USES)[i] = (int64_t)uses[row];
    }
}

int ca_keyed_add_lines(const ca_keyed *keyed, ca_part_writer *part, uint32_t bucket,
                       const ca_batch *batch, const uint64_t *hash, const uint64_t *uses,
                       unsigned from, unsigned end, ca_keyed_numbers *numbers, ca_error *err)
{
    assert(from % 64 == 0 && end - from <= CA_KEYED_SECTION_ROWS);
    ca_part_values values[TARGETS_MAX];
    unsigned count = 0;
    int rc = number_room(numbers, end - from, err);
    if (rc) {
        return rc;
    }
    list_provenance(batch, hash, uses, from, end, numbers);
    for (; count < CA_KEYED_LINE_COLUMNS; count++) {
        values[count] = (ca_part_values){count, NULL, list_of(numbers, count), NULL};
    }
    for (unsigned i = 0; i < keyed->count; i++) {
        const ca_column *column = &batch->columns[keyed->columns[i].column];
        ca_type type = keyed->columns[i].type;
        values[count++] = (ca_part_values){
            .column = CA_KEYED_OWN_COLUMNS + i,
            .present = column->present + from / 64,
            .values = (const uint8_t *)column->as.any + from * ca_type_size(type),
            .pool = ca_batch_pool(batch, type),
        };
    }
    return ca_part_add(part, bucket, CA_KEYED_LINES, end - from, values, count, err);
}

static const unsigned mark_columns[] = {CA_KEYED_HASH, CA_KEYED_FILE, CA_KEYED_ROW, CA_KEYED_KIND,
                                        CA_KEYED_LINE_NO};
enum { MARK_COLUMNS = sizeof mark_columns / sizeof *mark_columns };

int ca_keyed_add_marks(ca_part_writer *part, uint32_t bucket, const ca_keyed_mark *marks,
                       unsigned count, ca_keyed_numbers *numbers, ca_error *err)
{
    ca_part_values values[MARK_COLUMNS];
    int rc = number_room(numbers, count, err);
    if (rc) {
        return rc;
    }
    for (unsigned i = 0; i < count; i++) {
        list_of(numbers, CA_KEYED_HASH)[i] = (int64_t)marks[i].hash;
        list_of(numbers, CA_KEYED_FILE)[i] = marks[i].file;
        list_of(numbers, CA_KEYED_ROW)[i] = (int64_t)marks[i].row;
        list_of(numbers, CA_KEYED_KIND)[i] = marks[i].kind;
        list_of(numbers, CA_KEYED_LINE_NO)[i] = marks[i].line_no;
    }
    for (unsigned i = 0; i < MARK_COLUMNS; i++) {
        values[i] =
            (ca_part_values){mark_columns[i], NULL, list_of(numbers, mark_columns[i]), NULL};
    }
    return ca_part_add(part, bucket, CA_KEYED_MARK_TAG, count, values, MARK_COLUMNS, err);
}

/* --- Reading -------------------------------------------------------------------------------- */

static void take_provenance(const ca_keyed_numbers *numbers, unsigned rows, ca_batch *batch,
                            uint64_t *hash, uint64_t *uses)
{
    for (unsigned i = 0; i < rows; i++) {
        unsigned row = batch->rows + i;
        hash[row] = (uint64_t)list_of(numbers, CA_KEYED_HASH)[i];
        uses[row] = (uint64_t)list_of(numbers, CA_KEYED_USES)[i];
        batch->origin[row] = (ca_origin){
            .file = (uint32_t)list_of(numbers, CA_KEYED_FILE)[i],
            .length = (uint32_t)list_of(numbers, CA_KEYED_LENGTH)[i],
            .row = (uint64_t)list_of(numbers, CA_KEYED_ROW)[i],
            .offset = (uint64_t)list_of(numbers, CA_KEYED_OFFSET)[i],
        };
        batch->digest[row] = (ca_digest){(uint64_t)list_of(numbers, CA_KEYED_DIGEST_HIGH)[i],
                                         (uint64_t)list_of(numbers, CA_KEYED_DIGEST_LOW)[i]};
        if (list_of(numbers, CA_KEYED_LIVE)[i]) {
            ca_bit_set(batch->live, row);
        }
    }
}

int ca_keyed_get_lines(const ca_keyed *keyed, const ca_part *part, size_t section, ca_batch *batch,
                       uint64_t *hash, uint64_t *uses, ca_keyed_numbers *numbers,
                       ca_part_reader *reader, ca_error *err)
{
    ca_part_target targets[TARGETS_MAX];
    unsigned rows = ca_part_section_at(part, section)->rows;
    unsigned count = 0;
    int rc = number_room(numbers, rows, err);
    if (rc) {
        return rc;
    }
    for (; count < CA_KEYED_LINE_COLUMNS; count++) {
        targets[count] = (ca_part_target){.column = count, .values = list_of(numbers, count)};
    }
    for (unsigned i = 0; i < keyed->count; i++) {
        const ca_column *column = &batch->columns[keyed->columns[i].column];
        targets[count++] = (ca_part_target){CA_KEYED_OWN_COLUMNS + i, column->present,
                                            column->as.any, batch->rows, batch};
    }
    rc = ca_part_read(part, section, targets, count, reader, err);
    if (rc == 0) {
        take_provenance(numbers, rows, batch, hash, uses);
        batch->rows += rows;
    }
    return rc;
}

int ca_keyed_get_marks(const ca_part *part, size_t section, ca_keyed_mark *ret_marks,
                       ca_keyed_numbers *numbers, ca_part_reader *reader, ca_error *err)
{
    ca_part_target targets[MARK_COLUMNS];
    unsigned rows = ca_part_section_at(part, section)->rows;
    int rc = number_room(numbers, rows, err);
    if (rc) {
        return rc;
    }
    for (unsigned i = 0; i < MARK_COLUMNS; i++) {
        targets[i] = (ca_part_target){.column = mark_columns[i],
                                      .values = list_of(numbers, mark_columns[i])};
    }
    rc = ca_part_read(part, section, targets, MARK_COLUMNS, reader, err);
    for (unsigned i = 0; rc == 0 && i < rows; i++) {
        ret_marks[i] = (ca_keyed_mark){
            .hash = (uint64_t)list_of(numbers, CA_KEYED_HASH)[i],
            .row = (uint64_t)list_of(numbers, CA_KEYED_ROW)[i],
            .line_no = list_of(numbers, CA_KEYED_LINE_NO)[i],
            .file = (uint32_t)list_of(numbers, CA_KEYED_FILE)[i],
            .kind = (uint8_t)list_of(numbers, CA_KEYED_KIND)[i],
        };
    }
    return rc;
}

int ca_keyed_get_hashes(const ca_part *part, size_t section, ca_keyed_numbers *numbers,
                        ca_part_reader *reader, const int64_t **ret_hashes, ca_error *err)
{
    int rc = number_room(numbers, ca_part_section_at(part, section)->rows, err);
    if (rc) {
        return rc;
    }
    ca_part_target target = {.column = CA_KEYED_HASH, .values = list_of(numbers, CA_KEYED_HASH)};
    *ret_hashes = target.values;
    return ca_part_read(part, section, &target, 1, reader, err);
}

/* The columns are those of this exchange, one by one: then targets need no look-up. */
static bool has_our_columns(const ca_keyed *keyed, const ca_part *part)
{
    if (ca_part_columns(part) != CA_KEYED_OWN_COLUMNS + keyed->count) {
        return false;
    }
    for (unsigned i = 0; i < ca_part_columns(part); i++) {
        const ca_part_column *wanted = &keyed->part_columns[i];
        unsigned found;
        if (!ca_part_find(part, ca_text_of(wanted->name), &found) || found != i ||
            ca_part_column_at(part, i)->type != wanted->type) {
            return false;
        }
    }
    return true;
}

int ca_keyed_open_part(const ca_keyed *keyed, const char *path, ca_part **ret_part, ca_error *err)
{
    ca_part_options options = ca_keyed_options(keyed);
    ca_part *part;
    int rc = ca_part_open(keyed->plan.disk, path, &options, &part, err);
    if (rc) {
        return rc;
    }
    if (!has_our_columns(keyed, part)) {
        ca_part_close(part);
        return ca_error_set(err, CA_FAIL,
                            "the part file %s has other columns than this run writes: remove it "
                            "and run again what wrote it",
                            path);
    }
    *ret_part = part;
    return 0;
}
