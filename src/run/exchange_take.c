/* The columns of a record of the claim exchange, read back into a batch. */
#include "run/bundle.h"

/* Records come from this very run, so a length that does not fit is a damaged temporary file. */
struct cursor {
    const uint8_t *at;
    const uint8_t *end;
};

static size_t left(const struct cursor *cursor)
{
    return (size_t)(cursor->end - cursor->at);
}

static int take_fixed(struct cursor *cursor, const ca_projected *projected, ca_batch *batch, unsigned row)
{
    ca_column *to = &batch->columns[projected->column];
    if (left(cursor) < projected->size) {
        return CA_FAIL;
    }
    ca_bit_set(to->present, row);
    ca_copy_value((uint8_t *)to->as.any + row * projected->size, cursor->at, projected->size);
    cursor->at += projected->size;
    return 0;
}

static int take_count(struct cursor *cursor, const ca_projected *projected, uint32_t *ret_count)
{
    uint32_t count;
    if (left(cursor) == 0) {
        return CA_FAIL;
    }
    count = *cursor->at++;
    if (count == CA_LONG_SLICE) {
        if (left(cursor) < sizeof count) {
            return CA_FAIL;
        }
        memcpy(&count, cursor->at, sizeof count);
        cursor->at += sizeof count;
    }
    *ret_count = count;
    return left(cursor) / projected->element < count ? CA_FAIL : 0;
}

static int take_slice(struct cursor *cursor, const ca_projected *projected, ca_batch *batch, unsigned row)
{
    ca_column *to = &batch->columns[projected->column];
    uint32_t count;
    if (take_count(cursor, projected, &count)) {
        return CA_FAIL;
    }
    ca_bit_set(to->present, row);
    int rc = ca_batch_add_elements(batch, projected->type, cursor->at, count, left(cursor), &to->as.slice[row]);
    cursor->at += count * projected->element;
    return rc;
}

/* There are bytes enough for all columns: those that are not there are read, too, and what they give counts as missing. */
static void take_fixed_quickly(const ca_projection *projection, const uint8_t *presence, struct cursor *cursor, ca_batch *batch,
                               unsigned row)
{
    for (unsigned i = 0; i < projection->fixed; i++) {
        const ca_projected *projected = &projection->columns[i];
        ca_column *to = &batch->columns[projected->column];
        size_t has = presence[i / 8] >> i % 8 & 1;
        to->present[row / 64] |= (uint64_t)has << row % 64;
        ca_copy_value((uint8_t *)to->as.any + row * projected->size, cursor->at, projected->size);
        cursor->at += has * projected->size;
    }
}

static int take_all(const ca_projection *projection, const uint8_t *presence, struct cursor *cursor,
                    ca_batch *batch, unsigned row)
{
    int rc = 0;
    unsigned i = 0;
    if (left(cursor) >= projection->fixed_room) {
        take_fixed_quickly(projection, presence, cursor, batch, row);
        i = projection->fixed;
    }
    for (; rc == 0 && i < projection->fixed; i++) {
        rc = presence[i / 8] >> i % 8 & 1 ? take_fixed(cursor, &projection->columns[i], batch, row) : 0;
    }
    for (; rc == 0 && i < projection->count; i++) {
        rc = presence[i / 8] >> i % 8 & 1 ? take_slice(cursor, &projection->columns[i], batch, row) : 0;
    }
    return rc;
}

static int failed(int rc, ca_error *err)
{
    return rc == CA_NOMEM ? ca_error_nomem(err) : ca_damaged_record(err);
}

static int take(const ca_projection *projection, struct cursor *cursor, ca_batch *batch, unsigned row,
                ca_error *err)
{
    const uint8_t *presence = cursor->at;
    size_t size = ca_presence_size(projection);
    int rc = size <= left(cursor) ? 0 : CA_FAIL;
    cursor->at += rc ? 0 : size;
    rc = rc ? rc : take_all(projection, presence, cursor, batch, row);
    return rc ? failed(rc, err) : 0;
}

int ca_take_columns(const ca_projection *projection, const uint8_t *bytes, size_t len,
                    ca_batch *batch, unsigned row, ca_error *err)
{
    struct cursor cursor = {bytes, bytes + len};
    return take(projection, &cursor, batch, row, err);
}

/* --- Lines that lie together ------------------------------------------------------------------------------ */

/* A column of such lines: what there is, what is wanted of it, and where to. */
struct lines {
    uint8_t way;                  /* CA_VALUES_… */
    unsigned lines;
    uint64_t there;               /* the lines that have a value */
    uint64_t wanted;              /* the lines that become rows */
    unsigned row, rows;           /* the first of these, and how many */
};

static unsigned row_of(const struct lines *of, unsigned line)
{
    return of->row + (unsigned)__builtin_popcountll(of->wanted & ((UINT64_C(1) << line) - 1));
}

static void set_present(uint64_t *present, unsigned row, uint64_t bits)
{
    present[row / 64] |= bits << row % 64;
    if (row % 64 && bits >> (64 - row % 64)) {
        present[row / 64 + 1] |= bits >> (64 - row % 64);
    }
}

static void set_rows_present(const struct lines *of, uint64_t *present)
{
    if (of->way != CA_VALUES_SOME) {
        set_present(present, of->row, ca_first_lines(of->rows));
        return;
    }
    for (uint64_t rest = of->there & of->wanted; rest; rest &= rest - 1) {
        ca_bit_set(present, row_of(of, (unsigned)__builtin_ctzll(rest)));
    }
}

static int begin_column(struct cursor *cursor, struct lines *of)
{
    if (left(cursor) == 0 || *cursor->at > CA_VALUES_SOME) {
        return CA_FAIL;
    }
    of->way = *cursor->at++;
    of->there = of->way == CA_VALUES_NONE ? 0 : ca_first_lines(of->lines);
    if (of->way == CA_VALUES_SOME) {
        if (left(cursor) < sizeof of->there) {
            return CA_FAIL;
        }
        memcpy(&of->there, cursor->at, sizeof of->there);
        of->there &= ca_first_lines(of->lines);
        cursor->at += sizeof of->there;
    }
    return 0;
}

static void take_short(const struct lines *of, const uint8_t *from, int64_t *to)
{
    for (uint64_t rest = of->wanted; rest; rest &= rest - 1) {
        uint32_t value;
        memcpy(&value, from + (unsigned)__builtin_ctzll(rest) * sizeof value, sizeof value);
        *to++ = value;
    }
}

static void take_each(const struct lines *of, const uint8_t *from, size_t size, uint8_t *values)
{
    if (of->there == of->wanted && of->there == ca_first_lines(of->lines)) {
        memcpy(values + of->row * size, from, of->lines * size);
        return;
    }
    for (uint64_t rest = of->there; rest; rest &= rest - 1, from += size) {
        unsigned line = (unsigned)__builtin_ctzll(rest);
        if (of->wanted >> line & 1) {
            ca_copy_value(values + row_of(of, line) * size, from, size);
        }
    }
}

static int take_fixed_lines(struct cursor *cursor, const ca_projected *projected, const struct lines *of, ca_batch *batch)
{
    ca_column *to = &batch->columns[projected->column];
    size_t size = of->way == CA_VALUES_SHORT ? sizeof(uint32_t) : projected->size;
    size_t count = of->way == CA_VALUES_SAME   ? 1
                   : of->way == CA_VALUES_SOME ? (size_t)__builtin_popcountll(of->there)
                                               : of->lines;
    bool halved = of->way != CA_VALUES_SHORT || projected->size == sizeof(int64_t);    /* nothing else is */
    if (!halved || left(cursor) < count * size) {
        return CA_FAIL;
    }
    if (of->way == CA_VALUES_SHORT) {
        take_short(of, cursor->at, to->as.number + of->row);
    } else if (of->way == CA_VALUES_SAME) {
        for (unsigned i = 0; i < of->rows; i++) {
            ca_copy_value((uint8_t *)to->as.any + (of->row + i) * size, cursor->at, size);
        }
    } else {
        take_each(of, cursor->at, size, to->as.any);
    }
    cursor->at += count * size;
    return 0;
}

static int take_slices(struct cursor *cursor, const ca_projected *projected, const struct lines *of, ca_batch *batch)
{
    ca_slice *slices = batch->columns[projected->column].as.slice;
    bool same = of->way == CA_VALUES_SAME;
    int rc = 0;
    for (uint64_t rest = same ? 1 : of->there; rc == 0 && rest; rest &= rest - 1) {
        unsigned line = (unsigned)__builtin_ctzll(rest);
        uint32_t count;
        rc = take_count(cursor, projected, &count);
        if (rc == 0 && (same || of->wanted >> line & 1)) {
            rc = ca_batch_add_elements(batch, projected->type, cursor->at, count, left(cursor),
                                       &slices[same ? of->row : row_of(of, line)]);
        }
        cursor->at += rc ? 0 : count * projected->element;
    }
    for (unsigned i = 1; rc == 0 && same && i < of->rows; i++) {
        slices[of->row + i] = slices[of->row];
    }
    return rc;
}

int ca_take_lines(const ca_projection *projection, const uint8_t *bytes, size_t len, unsigned lines,
                  uint64_t wanted, ca_batch *batch, unsigned row, ca_error *err)
{
    struct cursor cursor = {bytes, bytes + len};
    struct lines of = {.lines = lines, .wanted = wanted, .row = row};
    of.rows = wanted == ca_first_lines(lines) ? lines : (unsigned)__builtin_popcountll(wanted);
    int rc = 0;
    for (unsigned i = 0; rc == 0 && i < projection->count; i++) {
        const ca_projected *projected = &projection->columns[i];
        rc = begin_column(&cursor, &of);
        if (rc || of.there == 0) {
            continue;
        }
        set_rows_present(&of, batch->columns[projected->column].present);
        rc = i < projection->fixed ? take_fixed_lines(&cursor, projected, &of, batch)
                                   : take_slices(&cursor, projected, &of, batch);
    }
    return rc ? failed(rc, err) : 0;
}
