/* Columns in records of the claim exchange: which ones, what a row has in them, and whether it is what the row before has. */
#include "run/columns.h"

/* Where the elements of a slice are, and how many bytes of the pool there are from there on. */
static const uint8_t *in_pool(const ca_batch *batch, ca_type type, ca_slice slice, size_t *ret_left)
{
    if (type == CA_TYPE_CODES) {
        *ret_left = (batch->list_cap - slice.from) * sizeof *batch->list_codes;
        return (const uint8_t *)(batch->list_codes + slice.from);
    }
    if (type == CA_TYPE_INTERVALS) {
        *ret_left = (batch->interval_cap - slice.from) * sizeof *batch->intervals;
        return (const uint8_t *)(batch->intervals + slice.from);
    }
    *ret_left = batch->byte_cap - slice.from;
    return (const uint8_t *)batch->bytes + slice.from;
}

size_t ca_columns_room(const ca_projection *projection, const ca_batch *batch, unsigned row)
{
    size_t room = projection->room + CA_SLICE_SLACK;
    for (unsigned i = projection->fixed; i < projection->count; i++) {
        const ca_projected *column = &projection->columns[i];
        if (ca_batch_has(batch, column->column, row)) {
            room += batch->columns[column->column].as.slice[row].len * column->element;
        }
    }
    return room;
}

/* How many elements there are mostly has place in one byte. Short slices are copied with what is behind them: their lengths are
 * anything, and a copy of one length costs less than to guess. */
uint8_t *ca_put_slice(const ca_projected *projected, const ca_batch *batch, ca_slice slice, uint8_t *to)
{
    size_t bytes = slice.len * projected->element;
    size_t there;
    *to++ = slice.len < CA_LONG_SLICE ? (uint8_t)slice.len : CA_LONG_SLICE;
    if (slice.len >= CA_LONG_SLICE) {
        memcpy(to, &slice.len, sizeof slice.len);
        to += sizeof slice.len;
    }
    const uint8_t *from = in_pool(batch, projected->type, slice, &there);
    if (bytes <= CA_SLICE_SLACK && there >= CA_SLICE_SLACK) {
        memcpy(to, from, CA_SLICE_SLACK);
    } else if (bytes) {
        memcpy(to, from, bytes);
    }
    return to + bytes;
}

/* A value that is not there is written, too, and the next one over it: whether it is there is anybody's guess. */
static uint8_t *put_fixed(const ca_projected *projected, const ca_column *column, unsigned row, uint8_t *to, uint64_t *ret_has)
{
    if (!column->present) {
        *ret_has = 0;
        return to;
    }
    *ret_has = ca_bit(column->present, row);
    ca_copy_value(to, (const uint8_t *)column->as.any + row * projected->size, projected->size);
    return to + *ret_has * projected->size;
}

static uint8_t *put_listed(const ca_projected *projected, const ca_batch *batch, unsigned row, uint8_t *to, uint64_t *ret_has)
{
    *ret_has = ca_batch_has(batch, projected->column, row);
    return *ret_has ? ca_put_slice(projected, batch, batch->columns[projected->column].as.slice[row], to) : to;
}

/* Nothing is read where it is written: that memory is mostly far away. */
uint8_t *ca_put_columns(const ca_projection *projection, const ca_batch *batch, unsigned row, uint8_t *to)
{
    uint8_t *start = to;
    size_t size = ca_presence_size(projection);
    to += size;
    for (unsigned from = 0; from < projection->count; from += 64) {
        uint64_t presence = 0, has;
        for (unsigned i = from; i < projection->count && i < from + 64; i++) {
            const ca_projected *projected = &projection->columns[i];
            to = i < projection->fixed ? put_fixed(projected, &batch->columns[projected->column], row, to, &has)
                                       : put_listed(projected, batch, row, to, &has);
            presence |= has << (i - from);
        }
        for (size_t i = from / 8; i < size && i < from / 8 + 8; i++, presence >>= 8) {
            start[i] = (uint8_t)presence;
        }
    }
    return to;
}

/* Neighbours in a column, of a value's size or a slice's. */
static inline bool same_as_before(const uint8_t *value, size_t size)
{
    uint64_t a, b;
    uint32_t small, before;
    switch (size) {
    case sizeof a:
        memcpy(&a, value, sizeof a);
        memcpy(&b, value - sizeof b, sizeof b);
        return a == b;
    case sizeof small:
        memcpy(&small, value, sizeof small);
        memcpy(&before, value - sizeof before, sizeof before);
        return small == before;
    default:
        return value[0] == value[-1];
    }
}

/* Whether a row has the very value of the row before; equal texts that stand in two places count as different. */
static inline bool repeats_in(const ca_projected *projected, const ca_batch *batch, unsigned row)
{
    const ca_column *column = &batch->columns[projected->column];
    bool present = ca_batch_has(batch, projected->column, row);
    size_t size = projected->size ? projected->size : sizeof(ca_slice);
    return present == ca_batch_has(batch, projected->column, row - 1) &&
           (!present || same_as_before((const uint8_t *)column->as.any + row * size, size));
}

bool ca_repeats(const ca_projection *projection, const ca_batch *batch, unsigned row)
{
    bool same = true;
    for (unsigned i = 0; i < projection->count && same; i++) {
        same = repeats_in(&projection->columns[i], batch, row);
    }
    return same;
}

/* Of 64 values from `values` on: whether each is the one before. The first `from` are not asked for. */
static void compare_neighbours(const uint8_t *values, size_t size, unsigned from, uint8_t *same)
{
    uint64_t a, b;
    uint32_t small, before;
    for (unsigned i = from; size == sizeof a && i < 64; i++) {
        memcpy(&a, values + i * sizeof a, sizeof a);
        memcpy(&b, values + i * sizeof b - sizeof b, sizeof b);
        same[i] = a == b;
    }
    for (unsigned i = from; size == sizeof small && i < 64; i++) {
        memcpy(&small, values + i * sizeof small, sizeof small);
        memcpy(&before, values + i * sizeof before - sizeof before, sizeof before);
        same[i] = small == before;
    }
    for (unsigned i = from; size == 1 && i < 64; i++) {
        same[i] = values[i] == (values + i)[-1];
    }
}

/* Eight bytes that are 0 or 1 become eight bits by one multiplication. */
static uint64_t to_bits(const uint8_t *flags)
{
    uint64_t bits = 0;
    for (unsigned i = 0; i < 64; i += 8) {
        uint64_t eight;
        memcpy(&eight, flags + i, sizeof eight);
        bits |= (eight * UINT64_C(0x0102040810204080) >> 56) << i;
    }
    return bits;
}

/* Bitmaps of 64 rows: arrays of a batch have room for whole ones. */
void ca_keep_repeats(const ca_projected *column, const ca_batch *batch, uint64_t *rows)
{
    const ca_column *of = &batch->columns[column->column];
    size_t size = column->size ? column->size : sizeof(ca_slice);
    unsigned words = (batch->rows + 63) / 64;
    uint8_t same[64] = {0};
    for (unsigned w = 0; of->present && w < words; w++) {
        if (rows[w] == 0) {
            continue;
        }
        uint64_t here = of->present[w];
        uint64_t before = here << 1 | (w ? of->present[w - 1] >> 63 : 0);
        uint64_t keep = ~(here | before);
        if (here & before & rows[w]) {
            compare_neighbours((const uint8_t *)of->as.any + w * 64 * size, size, w == 0, same);
            keep |= here & before & to_bits(same);
        }
        rows[w] &= keep;
    }
}

/* Appends the wanted columns that have a fixed size, or those that have none. */
static void project_sized(const ca_scan_state *scan, const uint8_t *wanted, bool fixed,
                          ca_projection *projection)
{
    for (unsigned c = 0; c < scan->setup->schema.count; c++) {
        ca_type type = scan->setup->schema.columns[c].type;
        if (wanted[c] && fixed == !ca_type_is_sliced(type)) {
            projection->columns[projection->count] = ca_projected_of(c, type);
            size_t size = projection->columns[projection->count++].size;
            projection->fixed_room += size;
            projection->room += size ? size : CA_SLICE_COUNT;
        }
    }
}

int ca_project(ca_scan_state *scan, const uint8_t *wanted, ca_projection *projection, ca_error *err)
{
    projection->columns =
        ca_arena_array(scan->arena, scan->setup->schema.count, sizeof *projection->columns);
    if (!projection->columns) {
        return ca_error_nomem(err);
    }
    project_sized(scan, wanted, true, projection);
    projection->fixed = projection->count;
    project_sized(scan, wanted, false, projection);
    projection->room += ca_presence_size(projection);
    return 0;
}

int ca_projections_new(ca_scan_state *scan, ca_error *err)
{
    int rc = ca_project(scan, scan->of_unit, &scan->unit_columns, err);
    return rc ? rc : ca_project(scan, scan->of_lines, &scan->line_columns, err);
}

