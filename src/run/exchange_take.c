/* The columns of a record of the claim exchange, read back into a batch. */
#include "run/columns.h"

/* Records come from this very run, so a length that does not fit is a damaged temporary file. */
struct cursor {
    const uint8_t *at;
    const uint8_t *end;
};

static size_t left(const struct cursor *cursor)
{
    return (size_t)(cursor->end - cursor->at);
}

/* A copy in the scratch, which is aligned as records are not; NULL when memory ran out. */
static const void *aligned(ca_scan_state *scan, const uint8_t *at, size_t size)
{
    ca_buf_clear(&scan->more_bytes);
    ca_buf_add(&scan->more_bytes, at, size);
    return scan->more_bytes.failed ? NULL : scan->more_bytes.ptr;
}

static int add_slice(ca_scan_state *scan, ca_batch *batch, const ca_projected *projected, const uint8_t *at,
                     uint32_t count, ca_slice *ret_slice)
{
    size_t element = projected->element;
    if (count == 0) {
        *ret_slice = (ca_slice){0, 0};
        return 0;
    }
    if (element == 1) {
        return ca_batch_add_bytes(batch, (ca_text){(const char *)at, count}, ret_slice);
    }
    const void *items = aligned(scan, at, count * element);
    if (!items) {
        return CA_NOMEM;
    }
    return projected->type == CA_TYPE_CODES ? ca_batch_add_codes(batch, items, count, ret_slice)
                                            : ca_batch_add_intervals(batch, items, count, ret_slice);
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

static int take_slice(ca_scan_state *scan, struct cursor *cursor, const ca_projected *projected, ca_batch *batch,
                      unsigned row)
{
    ca_column *to = &batch->columns[projected->column];
    uint32_t count;
    if (left(cursor) < sizeof count) {
        return CA_FAIL;
    }
    memcpy(&count, cursor->at, sizeof count);
    cursor->at += sizeof count;
    if (left(cursor) / projected->element < count) {
        return CA_FAIL;
    }
    ca_bit_set(to->present, row);
    int rc = add_slice(scan, batch, projected, cursor->at, count, &to->as.slice[row]);
    cursor->at += count * projected->element;
    return rc;
}

static int take_all(ca_scan_state *scan, const ca_projection *projection, const uint8_t *presence, struct cursor *cursor,
                    ca_batch *batch, unsigned row)
{
    int rc = 0;
    unsigned i = 0;
    for (; rc == 0 && i < projection->fixed; i++) {
        rc = presence[i / 8] >> i % 8 & 1 ? take_fixed(cursor, &projection->columns[i], batch, row) : 0;
    }
    for (; rc == 0 && i < projection->count; i++) {
        rc = presence[i / 8] >> i % 8 & 1 ? take_slice(scan, cursor, &projection->columns[i], batch, row) : 0;
    }
    return rc;
}

static int take(ca_scan_state *scan, const ca_projection *projection, struct cursor *cursor, ca_batch *batch, unsigned row,
                ca_error *err)
{
    const uint8_t *presence = cursor->at;
    size_t size = ca_presence_size(projection);
    int rc = size <= left(cursor) ? 0 : CA_FAIL;
    cursor->at += rc ? 0 : size;
    rc = rc ? rc : take_all(scan, projection, presence, cursor, batch, row);
    if (rc) {
        return rc == CA_NOMEM ? ca_error_nomem(err)
                              : ca_error_set(err, CA_FAIL, "damaged record in a temporary file");
    }
    return 0;
}

int ca_take_columns(ca_scan_state *scan, const ca_projection *projection, const uint8_t *bytes, size_t len,
                    ca_batch *batch, unsigned row, ca_error *err)
{
    struct cursor cursor = {bytes, bytes + len};
    return take(scan, projection, &cursor, batch, row, err);
}
