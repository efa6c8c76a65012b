/* From records in memory to rows of a batch, a column at a time. */
#include <string.h>

#include "base/alloc.h"
#include "store/keyed_inside.h"

#define CACHE_LINE 64u
#define FETCHED    (3 * CACHE_LINE) /* of each record, which are not in the cache when a bucket is read */

typedef ca_keyed_line line;

void ca_keyed_lines_done(ca_keyed_lines *lines)
{
    ca_free(lines->memory);
    ca_free(lines->present);
    *lines = (ca_keyed_lines){0};
}

static int make_room(ca_keyed_lines *lines, size_t count)
{
    if (count <= lines->cap) {
        return 0;
    }
    size_t cap = lines->cap ? lines->cap : 64;
    while (cap < count) {
        cap *= 2;
    }
    line *items = ca_realloc_array(NULL, cap, 2 * sizeof *items);
    uint32_t *present = ca_realloc_array(NULL, cap, sizeof *present);
    if (!items || !present) {
        ca_free(items);
        ca_free(present);
        return CA_NOMEM;
    }
    if (lines->count) {
        memcpy(items, lines->items, lines->count * sizeof *items);
    }
    size_t kept = lines->count;
    ca_keyed_lines_done(lines);
    *lines = (ca_keyed_lines){
        .memory = items, .items = items, .other = items + cap, .present = present, .count = kept, .cap = cap};
    return 0;
}

int ca_keyed_open_chunk(ca_keyed_lines *lines, const ca_keyed_chunk *chunk)
{
    if (make_room(lines, lines->count + chunk->rows)) {
        return CA_NOMEM;
    }
    for (uint32_t i = 0; i < chunk->rows; i++) {
        const ca_keyed_record *record = ca_keyed_record_at(chunk, i);
        for (size_t at = 0; at < FETCHED; at += CACHE_LINE) {
            __builtin_prefetch((const uint8_t *)record + at);
        }
        lines->items[lines->count++].record = record;
    }
    return 0;
}

/* --- Which rows have a value ---------------------------------------------------------------- */

/* The words with the bit of this number. */
static void read_present(ca_keyed_lines *lines, unsigned number)
{
    lines->in_all = UINT32_MAX;
    lines->in_any = 0;
    for (size_t i = 0; i < lines->count; i++) {
        const uint32_t *words = (const uint32_t *)(const void *)(lines->items[i].record + 1);
        lines->present[i] = words[number / 32];
        lines->in_all &= lines->present[i];
        lines->in_any |= lines->present[i];
    }
}

/* Sets and clears the bits of the rows; false: none has a value. */
static bool get_bits(const ca_keyed_lines *lines, unsigned number, uint64_t *bits, unsigned base)
{
    unsigned shift = number % 32;
    uint64_t same = lines->in_all >> shift & 1 ? UINT64_MAX : 0;
    bool mixed = ((lines->in_all ^ lines->in_any) >> shift & 1) != 0;
    for (size_t i = 0; i < lines->count;) {
        size_t first = base + i;
        size_t end = 64 - first % 64 < lines->count - i ? i + 64 - first % 64 : lines->count;
        uint64_t mask = (end - i == 64 ? UINT64_MAX : (UINT64_C(1) << (end - i)) - 1) << first % 64;
        uint64_t word = same & mask;
        for (unsigned at = first % 64; mixed && i < end; i++, at++) {
            word |= (uint64_t)(lines->present[i] >> shift & 1) << at;
        }
        bits[first / 64] = (bits[first / 64] & ~mask) | word;
        i = end;
    }
    return same || mixed;
}

/* --- Values --------------------------------------------------------------------------------- */

/* A number of eight bytes, or of four. */
static inline int64_t number_in(const line *item, const ca_keyed_column *column)
{
    const uint8_t *from = (const uint8_t *)item->record;
    int64_t wide;
    int32_t narrow;
    if (item->record->form == CA_KEYED_WIDE) {
        memcpy(&wide, from + column->offset[CA_KEYED_WIDE], sizeof wide);
        return wide;
    }
    memcpy(&narrow, from + column->offset[CA_KEYED_NARROW], sizeof narrow);
    return narrow;
}

static inline size_t offset_in(const line *item, const ca_keyed_column *column, bool wide)
{
    return wide ? column->offset[item->record->form] : column->offset[CA_KEYED_NARROW];
}

/* A loop for each size; and those of narrow records do not look whether they are. */
static void get_values(const ca_keyed_lines *lines, const ca_keyed_column *column, void *values, unsigned base)
{
    const line *items = lines->items;
    if (column->size == sizeof(int64_t)) {
        int64_t *to = (int64_t *)values + base;
        for (size_t i = 0; lines->wide && i < lines->count; i++) {
            to[i] = number_in(&items[i], column);
        }
        for (size_t i = 0; !lines->wide && i < lines->count; i++) {
            int32_t number;
            memcpy(&number, (const uint8_t *)items[i].record + column->offset[CA_KEYED_NARROW], sizeof number);
            to[i] = number;
        }
    } else if (column->size == sizeof(uint32_t)) {
        uint32_t *to = (uint32_t *)values + base;
        for (size_t i = 0; i < lines->count; i++) {
            memcpy(&to[i], (const uint8_t *)items[i].record + offset_in(&items[i], column, lines->wide), sizeof *to);
        }
    } else {
        uint8_t *to = (uint8_t *)values + base;
        for (size_t i = 0; i < lines->count; i++) {
            to[i] = ((const uint8_t *)items[i].record)[offset_in(&items[i], column, lines->wide)];
        }
    }
}

static inline uint32_t length_of(const ca_keyed_lines *lines, const line *item, const ca_keyed_column *column)
{
    const uint8_t *from = (const uint8_t *)item->record + offset_in(item, column, lines->wide);
    uint32_t len = *from;
    if (lines->wide && item->record->form == CA_KEYED_WIDE) {
        memcpy(&len, from, sizeof len);
    }
    return len;
}

/* Texts are in the pool already. */
static void get_texts(const ca_keyed_lines *lines, const ca_keyed_column *column, ca_slice *to)
{
    for (size_t i = 0; i < lines->count; i++) {
        line *item = &lines->items[i];
        uint32_t len = length_of(lines, item, column);
        to[i] = (ca_slice){item->at, len};
        item->at += len;
    }
}

static int get_lists(const ca_keyed_lines *lines, const ca_keyed *keyed, const ca_keyed_column *column, ca_batch *batch,
                     ca_slice *to)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < lines->count; i++) {
        line *item = &lines->items[i];
        uint32_t len = length_of(lines, item, column);
        const void *from = (const uint8_t *)item->record + keyed->record[item->record->form] + item->at;
        item->at += len * column->element;
        to[i] = (ca_slice){0};
        if (len && column->type == CA_TYPE_CODES) {
            rc = ca_batch_add_codes(batch, from, len, &to[i]);
        } else if (len) {
            rc = ca_batch_add_intervals(batch, from, len, &to[i]);
        }
    }
    return rc;
}

typedef enum kind { FIXED, LISTS, TEXTS } kind;

static kind kind_of(const ca_keyed_column *column)
{
    return column->size ? FIXED : column->element > 1 ? LISTS : TEXTS;
}

static int get_column(ca_keyed_lines *lines, const ca_keyed *keyed, unsigned number, ca_batch *batch)
{
    const ca_keyed_column *of = &keyed->columns[number];
    const ca_column *column = &batch->columns[of->column];
    unsigned base = batch->rows;
    if (!get_bits(lines, number, column->present, base)) {
        return 0;
    }
    switch (kind_of(of)) {
    case FIXED:
        get_values(lines, of, column->as.any, base);
        break;
    case LISTS:
        return get_lists(lines, keyed, of, batch, column->as.slice + base);
    case TEXTS:
        get_texts(lines, of, column->as.slice + base);
        break;
    }
    return 0;
}

/* Of the first `count` columns of the sequence those of this kind: `at` is right for one kind at a time. */
static int get_columns(ca_keyed_lines *lines, const ca_keyed *keyed, unsigned count, kind wanted, ca_batch *batch)
{
    unsigned word = UINT32_MAX;
    int rc = 0;
    for (size_t i = 0; i < lines->count; i++) {
        lines->items[i].at = wanted == TEXTS ? lines->items[i].texts : 0;
    }
    for (unsigned i = 0; rc == 0 && i < count; i++) {
        unsigned number = keyed->sequence[i];
        if (kind_of(&keyed->columns[number]) != wanted) {
            continue;
        }
        if (number / 32 != word) {
            word = number / 32;
            read_present(lines, number);
        }
        rc = get_column(lines, keyed, number, batch);
    }
    return rc;
}

static int get_all(ca_keyed_lines *lines, const ca_keyed *keyed, unsigned count, ca_batch *batch)
{
    int rc = get_columns(lines, keyed, count, FIXED, batch);
    rc = rc ? rc : get_columns(lines, keyed, count, LISTS, batch);
    return rc ? rc : get_columns(lines, keyed, count, TEXTS, batch);
}

/* --- All of it ------------------------------------------------------------------------------ */

static int take_texts(ca_keyed_lines *lines, const ca_keyed *keyed, ca_batch *batch)
{
    size_t contents = 0;
    lines->wide = false;
    for (size_t i = 0; i < lines->count; i++) {
        const ca_keyed_record *record = lines->items[i].record;
        contents += (size_t)record->texts + record->lists;
        lines->wide |= record->form == CA_KEYED_WIDE;
    }
    if (ca_batch_reserve(batch, contents)) {
        return CA_NOMEM;
    }
    for (size_t i = 0; i < lines->count; i++) {
        line *item = &lines->items[i];
        const ca_keyed_record *record = item->record;
        item->texts = (uint32_t)batch->byte_count;
        if (record->texts) {
            const uint8_t *from = (const uint8_t *)record + keyed->record[record->form] + record->lists;
            memcpy(batch->bytes + batch->byte_count, from, record->texts);
        }
        batch->byte_count += record->texts;
    }
    return 0;
}

static void get_places(const ca_keyed_lines *lines, ca_batch *batch)
{
    for (size_t i = 0; i < lines->count; i++) {
        batch->digest[batch->rows + i] = lines->items[i].record->digest;
        batch->origin[batch->rows + i] = lines->items[i].record->origin;
    }
}

static void get_hashes(const ca_keyed_lines *lines, uint64_t *hash)
{
    for (size_t i = 0; i < lines->count; i++) {
        hash[i] = lines->items[i].record->hash;
    }
}

static int get_rest(ca_keyed_lines *lines, const ca_keyed *keyed, ca_batch *batch, uint64_t *uses)
{
    for (size_t i = 0; i < lines->count; i++) {
        uses[batch->rows + i] = lines->items[i].record->uses;
    }
    get_places(lines, batch);
    read_present(lines, keyed->count);
    (void)get_bits(lines, keyed->count, batch->live, batch->rows);
    return get_all(lines, keyed, keyed->count, batch);
}

int ca_keyed_unpack_deciding(ca_keyed_lines *lines, const ca_keyed *keyed, ca_batch *batch, uint64_t *hash)
{
    if (take_texts(lines, keyed, batch)) {
        return CA_NOMEM;
    }
    get_hashes(lines, hash);
    get_places(lines, batch);
    return get_all(lines, keyed, keyed->deciding, batch);
}

int ca_keyed_unpack_ordered(ca_keyed_lines *lines, const ca_keyed *keyed, const uint32_t *order, ca_batch *batch,
                            uint64_t *uses)
{
    line *items = lines->items;
    for (size_t i = 0; i < lines->count; i++) {
        lines->other[i] = items[order[i]];
    }
    lines->items = lines->other;
    lines->other = items;
    batch->list_count = batch->interval_count = 0; /* those that decide the order come again */
    return get_rest(lines, keyed, batch, uses);
}

int ca_keyed_unpack(ca_keyed_lines *lines, const ca_keyed *keyed, const ca_keyed_chunk *chunk, ca_batch *batch,
                    uint64_t *hash, uint64_t *uses)
{
    unsigned before = batch->rows;
    lines->count = 0;
    if (ca_keyed_open_chunk(lines, chunk) || take_texts(lines, keyed, batch)) {
        return CA_NOMEM;
    }
    get_hashes(lines, hash + before);
    int rc = get_rest(lines, keyed, batch, uses);
    batch->rows += (unsigned)lines->count;
    if (rc) {
        ca_batch_cut(batch, before);
    }
    return rc;
}
