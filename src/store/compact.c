/* Makes a compact batch. The lines of a claim lie together and agree in most columns: such a column has a value for each run of
 * lines. Where the caller does not know it, whether it may is asked of its values, batch by batch. */
#include "store/compact_inside.h"

#include <string.h>

#include "base/alloc.h"
#include "store/part_inside.h"

typedef struct making {
    ca_compact_maker *maker;
    const ca_batch *batch;
    const ca_compact_known *known;    /* or NULL */
    uint32_t rows, words;
    uint32_t runs;                /* 0: it is not worth while */
    uint8_t *bytes, *at;
} making;

int ca_compact_maker_init(ca_compact_maker *maker, const ca_schema *schema, const uint8_t *columns)
{
    static const uint8_t order[] = {CA_COMPACT_FIRST, CA_COMPACT_FIRST | CA_COMPACT_SECOND, CA_COMPACT_SECOND};
    *maker = (ca_compact_maker){.schema = schema,
                                .columns = ca_realloc_array(NULL, schema->count, sizeof *maker->columns),
                                .readers = ca_alloc_zero(schema->count, 1),
                                .made = ca_alloc_zero(schema->count, sizeof *maker->made)};
    for (size_t part = 0; maker->columns && maker->readers && part < sizeof order; part++) {
        for (unsigned c = 0; c < schema->count; c++) {
            if (columns[c] == order[part]) {
                maker->readers[maker->count] = columns[c];
                maker->columns[maker->count++] = c;
            }
        }
    }
    maker->guesses = ca_alloc_zero(2 * maker->count + CA_COMPACT_ORIGINS, sizeof *maker->guesses);
    if (!maker->columns || !maker->readers || !maker->made || !maker->guesses) {
        ca_compact_maker_done(maker);
        return CA_NOMEM;
    }
    return 0;
}

void ca_compact_maker_done(ca_compact_maker *maker)
{
    ca_free(maker->columns);
    ca_free(maker->readers);
    ca_free(maker->made);
    ca_free(maker->guesses);
    ca_free(maker->wide);
    *maker = (ca_compact_maker){0};
}

static size_t bitmap_bytes(uint32_t rows)
{
    return (size_t)(rows + 63) / 64 * sizeof(uint64_t);
}

size_t ca_compact_most(const ca_compact_maker *maker, const ca_batch *batch)
{
    size_t row = sizeof(ca_origin) + sizeof(ca_digest);
    size_t bitmaps = 2;
    size_t lists = CA_COMPACT_ORIGINS;
    for (unsigned i = 0; i < maker->count; i++) {
        ca_type type = maker->schema->columns[maker->columns[i]].type;
        row += ca_type_size(type);
        lists += 1 + ca_type_is_sliced(type);
        bitmaps++;
    }
    return sizeof(ca_compact_head) + maker->count * sizeof(ca_compact_column) + ca_compact_aligned(batch->rows * row) +
           bitmaps * bitmap_bytes(batch->rows) + (lists + 3) * 8 + ca_compact_aligned(batch->byte_count) +
           ca_compact_aligned(batch->list_count * sizeof *batch->list_codes) +
           batch->interval_count * sizeof *batch->intervals;
}

static int make_room(ca_compact_maker *maker, size_t rows)
{
    if (rows <= maker->cap) {
        return 0;
    }
    rows = (rows + 63) / 64 * 64;
    ca_free(maker->wide);
    maker->cap = 0;
    maker->wide = ca_realloc_array(NULL, rows, sizeof *maker->wide + sizeof *maker->starts + 1);
    if (!maker->wide) {
        return CA_NOMEM;
    }
    maker->cap = rows;
    maker->begins = maker->wide + rows;
    maker->starts = (uint32_t *)(maker->begins + rows / 64);
    return 0;
}

static uint64_t put_bytes(making *of, const void *from, size_t len)
{
    uint64_t at = (uint64_t)(of->at - of->bytes);
    if (len) {
        memcpy(of->at, from, len);
    }
    of->at += ca_compact_aligned(len);
    return at;
}

/* --- Runs ------------------------------------------------------------------------------------ */

static uint64_t rows_of_word(const making *of, uint32_t word)
{
    return of->rows - word * 64 < 64 ? (UINT64_C(1) << (of->rows - word * 64)) - 1 : UINT64_MAX;
}

/* The mapper lets rows that repeat a claim id share its slice. Where it does not, each is a run of its own. */
static void begin_claims(const making *of)
{
    const ca_column *ids = &of->batch->columns[CA_F_CLAIM_ID];
    uint64_t *begins = of->maker->begins;
    memset(begins, 0, bitmap_bytes(of->rows));
    ca_bit_set(begins, 0);
    for (uint32_t row = 1; row < of->rows; row++) {
        bool begin = !ids->present || ids->as.slice[row].from != ids->as.slice[row - 1].from;
        begins[row / 64] |= (uint64_t)begin << row % 64;
    }
}

static void find_runs(making *of)
{
    uint64_t *begins = of->maker->begins;
    uint32_t runs = 0;
    if (of->rows == 0) {
        return;
    }
    for (uint32_t word = 0; of->known && word < of->words; word++) {
        begins[word] = ~of->known->repeats[word] & rows_of_word(of, word);
    }
    if (!of->known) {
        begin_claims(of);
    }
    ca_bit_set(begins, 0);
    for (uint32_t word = 0; word < of->words; word++) {
        for (uint64_t rest = begins[word]; rest; rest &= rest - 1) {
            of->maker->starts[runs++] = word * 64 + (uint32_t)__builtin_ctzll(rest);
        }
    }
    of->runs = runs <= of->rows / 4 * 3 ? runs : 0;
}

static inline bool differs(const void *values, size_t size, uint32_t row)
{
    return size == sizeof(uint64_t) ? ((const uint64_t *)values)[row] != ((const uint64_t *)values)[row - 1]
                                    : ((const uint32_t *)values)[row] != ((const uint32_t *)values)[row - 1];
}

/* Do rows without a run's beginning have the value of the row above, or none like that one? */
static inline bool agree(const making *of, const uint64_t *present, const void *values, size_t size)
{
    uint64_t before = 0;
    for (uint32_t word = 0; word < of->words; word++) {
        uint64_t goes_on = ~of->maker->begins[word] & rows_of_word(of, word);
        uint64_t wrong = (present[word] ^ (present[word] << 1 | before)) & goes_on;
        before = present[word] >> 63;
        for (uint64_t rest = wrong ? 0 : present[word] & goes_on; rest; rest &= rest - 1) {
            wrong |= differs(values, size, word * 64 + (uint32_t)__builtin_ctzll(rest));
        }
        if (wrong) {
            return false;
        }
    }
    return true;
}

/* A byte each is as few for each row. */
static bool is_by_run(const making *of, unsigned number, size_t size)
{
    const ca_column *column = &of->batch->columns[number];
    if (of->runs == 0 || size == 1) {
        return false;
    }
    if (of->known && of->known->columns[number]) {
        return true;
    }
    return size == sizeof(uint64_t) ? agree(of, column->present, column->as.any, sizeof(uint64_t))
                                    : agree(of, column->present, column->as.any, sizeof(uint32_t));
}

/* --- A column -------------------------------------------------------------------------------- */

static uint8_t presence_of(const making *of, const uint64_t *present)
{
    uint64_t all = UINT64_MAX;
    uint64_t any = 0;
    for (uint32_t word = 0; present && word < of->words; word++) {
        uint64_t within = rows_of_word(of, word);
        all &= present[word] | ~within;
        any |= present[word] & within;
    }
    return !any ? CA_PART_NONE : all == UINT64_MAX ? CA_PART_ALL : CA_PART_SOME;
}

static void put_bits(making *of, const uint64_t *present, ca_compact_column *to)
{
    if (!to->by_run) {
        to->bits = put_bytes(of, present, bitmap_bytes(of->rows));
        return;
    }
    to->bits = (uint64_t)(of->at - of->bytes);
    ca_bits_select(present, of->maker->starts, of->runs, (uint64_t *)(void *)of->at);
    of->at += bitmap_bytes(of->runs);
}

/* `list`: which one it is, of those of all batches. */
static ca_compact_numbers put32(making *of, const uint32_t *values, uint32_t count, unsigned list)
{
    ca_compact_numbers *numbers = &of->maker->guesses[list];
    numbers->at = (uint64_t)(of->at - of->bytes);
    of->at = ca_compact_put32(values, count, numbers, of->at);
    return *numbers;
}

static ca_compact_numbers put64(making *of, const int64_t *values, uint32_t count, unsigned list)
{
    ca_compact_numbers *numbers = &of->maker->guesses[list];
    numbers->at = (uint64_t)(of->at - of->bytes);
    of->at = ca_compact_put64(values, count, numbers, of->at);
    return *numbers;
}

static void put_slices(making *of, const ca_slice *slices, ca_compact_column *to, unsigned list)
{
    const uint32_t *starts = of->maker->starts;
    uint32_t count = to->by_run ? of->runs : of->rows;
    uint32_t *from = (uint32_t *)(void *)of->maker->wide;
    uint32_t *len = from + of->maker->cap;
    for (uint32_t run = 0; to->by_run && run < count; run++) {
        from[run] = slices[starts[run]].from;
        len[run] = slices[starts[run]].len;
    }
    for (uint32_t row = 0; !to->by_run && row < count; row++) {
        from[row] = slices[row].from;
        len[row] = slices[row].len;
    }
    to->values = put32(of, from, count, list);
    to->lengths = put32(of, len, count, list + 1);
}

static void put_wide(making *of, const int64_t *values, ca_compact_column *to, unsigned list)
{
    int64_t *some = (int64_t *)(void *)of->maker->wide;
    for (uint32_t run = 0; to->by_run && run < of->runs; run++) {
        some[run] = values[of->maker->starts[run]];
    }
    to->values = put64(of, to->by_run ? some : values, to->by_run ? of->runs : of->rows, list);
}

static void put_narrow(making *of, const uint32_t *values, ca_compact_column *to, unsigned list)
{
    uint32_t *some = (uint32_t *)(void *)of->maker->wide;
    for (uint32_t run = 0; to->by_run && run < of->runs; run++) {
        some[run] = values[of->maker->starts[run]];
    }
    to->values = put32(of, to->by_run ? some : values, to->by_run ? of->runs : of->rows, list);
}

/* Values of rows without one are kept, too, and never looked at: that is faster than to ask. */
static void put_column(making *of, unsigned number, ca_compact_column *to, unsigned list)
{
    const ca_column *column = &of->batch->columns[number];
    ca_type type = of->batch->schema->columns[number].type;
    size_t size = ca_type_size(type);
    *to = (ca_compact_column){.column = number, .presence = presence_of(of, column->present)};
    if (to->presence == CA_PART_NONE) {
        return;
    }
    to->by_run = is_by_run(of, number, size);
    if (to->presence == CA_PART_SOME) {
        put_bits(of, column->present, to);
    }
    if (ca_type_is_sliced(type)) {
        put_slices(of, column->as.slice, to, list);
    } else if (size == sizeof(int64_t)) {
        put_wide(of, column->as.number, to, list);
    } else if (size == sizeof(uint32_t)) {
        put_narrow(of, column->as.code, to, list);
    } else {
        to->values.at = put_bytes(of, column->as.choice, of->rows);
        to->values.width = 1;
    }
}

/* --- A batch --------------------------------------------------------------------------------- */

/* All from the first row on, so that those of the next batch are as small. Rows follow each other: what is left of their numbers
 * is how many were left out. */
static void put_origins(making *of, ca_compact_numbers *to)
{
    const ca_origin *origin = of->batch->origin;
    ca_origin first = of->rows ? origin[0] : (ca_origin){0};
    unsigned list = 2 * of->maker->count;
    uint32_t *narrow = (uint32_t *)(void *)of->maker->wide;
    int64_t *wide = (int64_t *)(void *)of->maker->wide;
    for (uint32_t row = 0; row < of->rows; row++) {
        narrow[row] = origin[row].file - first.file;
    }
    to[CA_COMPACT_FILE] = put32(of, narrow, of->rows, list + CA_COMPACT_FILE);
    for (uint32_t row = 0; row < of->rows; row++) {
        narrow[row] = origin[row].length;
    }
    to[CA_COMPACT_LENGTH] = put32(of, narrow, of->rows, list + CA_COMPACT_LENGTH);
    for (uint32_t row = 0; row < of->rows; row++) {
        wide[row] = (int64_t)(origin[row].row - first.row - row);
    }
    to[CA_COMPACT_ROW] = put64(of, wide, of->rows, list + CA_COMPACT_ROW);
    for (uint32_t row = 0; row < of->rows; row++) {
        wide[row] = (int64_t)(origin[row].offset - first.offset);
    }
    to[CA_COMPACT_OFFSET] = put64(of, wide, of->rows, list + CA_COMPACT_OFFSET);
    to[CA_COMPACT_FILE].least += first.file;
    to[CA_COMPACT_ROW].least = (int64_t)((uint64_t)to[CA_COMPACT_ROW].least + first.row);
    to[CA_COMPACT_OFFSET].least = (int64_t)((uint64_t)to[CA_COMPACT_OFFSET].least + first.offset);
}

static void put_pools(making *of, ca_compact_head *head)
{
    const ca_batch *batch = of->batch;
    head->text_count = batch->byte_count;
    head->code_count = batch->list_count;
    head->interval_count = batch->interval_count;
    head->text = put_bytes(of, batch->bytes, batch->byte_count);
    head->codes = put_bytes(of, batch->list_codes, batch->list_count * sizeof *batch->list_codes);
    head->intervals = put_bytes(of, batch->intervals, batch->interval_count * sizeof *batch->intervals);
}

/* Columns that these take, and nobody else: they lie side by side. */
static void put_columns(making *of, unsigned readers)
{
    const ca_compact_maker *maker = of->maker;
    for (unsigned i = 0; i < maker->count; i++) {
        if (maker->readers[i] == readers) {
            put_column(of, maker->columns[i], &maker->made[i], 2 * i);
            maker->made[i].readers = maker->readers[i];
        }
    }
}

/* The head has its place, and is written when all is known. */
int ca_compact_make(ca_compact_maker *maker, const ca_batch *batch, const ca_compact_known *known, uint8_t *to,
                    ca_compact_parts *ret_parts)
{
    if (make_room(maker, batch->rows)) {
        return CA_NOMEM;
    }
    making of = {.maker = maker, .batch = batch, .known = known, .rows = batch->rows, .words = (batch->rows + 63) / 64,
                 .bytes = to, .at = to};
    ca_compact_head head = {.rows = batch->rows, .columns = maker->count};
    find_runs(&of);
    put_columns(&of, CA_COMPACT_FIRST);
    uint8_t *both = of.at;
    of.at += sizeof head + maker->count * sizeof *maker->made;
    head.begins = of.runs ? put_bytes(&of, maker->begins, bitmap_bytes(of.rows)) : 0;
    put_columns(&of, CA_COMPACT_FIRST | CA_COMPACT_SECOND);
    head.live = put_bytes(&of, batch->live, bitmap_bytes(of.rows));
    head.digests = put_bytes(&of, batch->digest, batch->rows * sizeof *batch->digest);
    put_origins(&of, head.origin);
    put_pools(&of, &head);
    *ret_parts = (ca_compact_parts){.both = (size_t)(both - to), .second = (size_t)(of.at - to)};
    put_columns(&of, CA_COMPACT_SECOND);
    ret_parts->end = (size_t)(of.at - to);
    memcpy(both, &head, sizeof head);
    memcpy(both + sizeof head, maker->made, maker->count * sizeof *maker->made);
    return 0;
}
