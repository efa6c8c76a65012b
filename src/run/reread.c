/* Source rows a second time: the places are sorted, each file is opened once and read forward, or read at the
 * offset where that is possible. */
#include "run/state.h"

#include <stdlib.h>

#include "base/alloc.h"

int ca_places_add(ca_places *places, const ca_place *place, ca_error *err)
{
    if (places->count == places->cap) {
        size_t cap = places->cap ? 2 * places->cap : 256;
        ca_place *items = ca_realloc_array(places->items, cap, sizeof *items);
        if (!items) {
            return ca_error_nomem(err);
        }
        places->items = items;
        places->cap = cap;
    }
    places->items[places->count++] = *place;
    return 0;
}

static int by_place(const void *left, const void *right)
{
    const ca_place *a = left;
    const ca_place *b = right;
    if (a->file != b->file) {
        return a->file < b->file ? -1 : 1;
    }
    if (a->offset != b->offset) {
        return a->offset < b->offset ? -1 : 1;
    }
    return a->line_no < b->line_no ? -1 : a->line_no > b->line_no;
}

static int read_fully(ca_source *source, void *bytes, size_t len, ca_error *err)
{
    uint8_t *at = bytes;
    while (len) {
        int64_t got = ca_source_read(source, at, len, err);
        if (got <= 0) {
            return got < 0 ? (int)got : ca_error_set(err, CA_FAIL, "an input became shorter while it was read");
        }
        at += got;
        len -= (size_t)got;
    }
    return 0;
}

static int read_fully_at(ca_source *source, uint64_t offset, char *bytes, size_t len, ca_error *err)
{
    while (len) {
        int64_t got = ca_source_read_at(source, offset, bytes, len, err);
        if (got <= 0) {
            return got < 0 ? (int)got : ca_error_set(err, CA_FAIL, "an input became shorter while it was read");
        }
        bytes += got;
        offset += (uint64_t)got;
        len -= (size_t)got;
    }
    return 0;
}

/* Places come in ascending order; packed input is read and thrown away up to the next one. */
static int fetch(ca_source *source, const ca_place *place, uint64_t *at, ca_buf *raw, ca_error *err)
{
    ca_buf_clear(raw);
    if (!ca_buf_reserve(raw, (size_t)place->length + 65536)) {
        return ca_error_nomem(err);
    }
    int rc = 0;
    if (ca_source_seekable(source)) {
        rc = read_fully_at(source, place->offset, raw->ptr, place->length, err);
    } else {
        while (rc == 0 && *at < place->offset) {
            uint64_t step = place->offset - *at < 65536 ? place->offset - *at : 65536;
            rc = read_fully(source, raw->ptr, (size_t)step, err);
            *at += step;
        }
        rc = rc ? rc : read_fully(source, raw->ptr, place->length, err);
        *at += place->length;
    }
    raw->len = place->length;
    return rc;
}

int ca_reread(ca_scan_state *scan, ca_places *places, ca_reread_visit visit, void *context,
              ca_error *err)
{
    ca_source *source = NULL;
    ca_buf raw;
    uint64_t at = 0;
    uint32_t last = 0;
    int rc = 0;
    ca_buf_init(&raw);
    if (places->count) {
        qsort(places->items, places->count, sizeof *places->items, by_place);
    }
    for (size_t i = 0; rc == 0 && i < places->count; i++) {
        const ca_place *place = &places->items[i];
        const ca_place *before = i ? &places->items[i - 1] : NULL;
        if (!before || before->file != place->file) {
            rc = source ? ca_source_still(scan, &scan->files[before->file], 0, err) : 0;
            ca_source_close(source);
            source = NULL;
            at = 0;
            rc = rc ? rc : ca_open_source(scan, &scan->files[place->file], &source, err);
        }
        bool same = before && before->file == place->file && before->offset == place->offset;
        if (rc == 0 && !same) {
            rc = fetch(source, place, &at, &raw, err);
        }
        if (rc == 0) {
            rc = visit(context, place, ca_buf_text(&raw), err);
        }
        last = place->file;
    }
    if (source) {
        rc = ca_source_still(scan, &scan->files[last], rc, err);
    }
    ca_source_close(source);
    ca_buf_done(&raw);
    return rc;
}
