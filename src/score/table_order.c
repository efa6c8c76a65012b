/* Rows of a table by what their ids are: by the first bytes in which ids differ, or by a hash; only where these are equal, ids are compared
 * as a whole. */
#include <string.h>

#include "base/alloc.h"
#include "score/order.h"
#include "score/table_inside.h"

#define KEY  8u      /* bytes */
#define SEED UINT64_C(0x9e6c63d0876a9a47)    /* nobody else draws by this hash */

/* --- Equal keys --------------------------------------------------------------------------------------------------------- */

static int compare(const ca_score_table *table, const ca_ordered *a, const ca_ordered *b)
{
    return ca_text_cmp(ca_score_table_id(table, a->row), ca_score_table_id(table, b->row));
}

/* Two neighbouring ascending pieces of `from` become one in `to`. */
static bool merge(const ca_score_table *table, const ca_ordered *from, size_t middle, size_t end, ca_ordered *to)
{
    size_t i = 0, j = middle;
    for (size_t k = 0; k < end; k++) {
        int order = i == middle ? 1 : j == end ? -1 : compare(table, &from[i], &from[j]);
        if (order == 0)
            return false;
        to[k] = order < 0 ? from[i++] : from[j++];
    }
    return true;
}

static bool merge_sort(const ca_score_table *table, ca_ordered *all, size_t count, ca_ordered *other)
{
    ca_ordered *from = all, *to = other;
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t at = 0; at < count; at += 2 * width) {
            size_t end = count - at < 2 * width ? count - at : 2 * width;
            if (!merge(table, from + at, width < end ? width : end, end, to + at))
                return false;
        }
        ca_ordered *swap = from;
        from = to;
        to = swap;
    }
    if (from != all)
        memcpy(all, from, count * sizeof *all);
    return true;
}

/* By key, then id; false when an id is there twice. */
static bool sort(const ca_score_table *table, ca_ordered *all, size_t count, ca_ordered *other)
{
    bool single = true;
    ca_order(all, count, other);
    for (size_t from = 0, end; from < count && single; from = end) {
        for (end = from + 1; end < count && all[end].key == all[from].key; end++)
            continue;
        single = merge_sort(table, all + from, end - from, other);
    }
    return single;
}

/* --- Keys --------------------------------------------------------------------------------------------------------------- */

static size_t same_bytes(ca_text a, ca_text b)
{
    size_t most = a.len < b.len ? a.len : b.len, same = 0;
    while (same < most && a.ptr[same] == b.ptr[same])
        same++;
    return same;
}

/* Bytes with which all ids begin. */
static size_t common_start(const ca_score_table *table, const uint32_t *rows, size_t count)
{
    ca_text start = ca_score_table_id(table, rows[0]);
    for (size_t i = 1; i < count && start.len > 0; i++)
        start.len = same_bytes(start, ca_score_table_id(table, rows[i]));
    return start.len;
}

/* In the order of the ids, but for equal ones: an id that ends is filled up with the least byte. */
static uint64_t key_of(ca_text id, size_t from)
{
    uint64_t key = 0;
    for (size_t i = from; i < from + KEY; i++)
        key = key << 8 | (i < id.len ? (unsigned char)id.ptr[i] : 0u);
    return key;
}

int ca_score_order_by_id(const ca_score_table *table, uint32_t *rows, size_t count, ca_error *err)
{
    if (count == 0)
        return 0;
    ca_ordered *all = ca_alloc_zero(2 * count, sizeof *all);
    if (!all)
        return ca_error_nomem(err);
    size_t from = common_start(table, rows, count);
    for (size_t i = 0; i < count; i++)
        all[i] = (ca_ordered){key_of(ca_score_table_id(table, rows[i]), from), rows[i]};
    bool single = sort(table, all, count, all + count);
    for (size_t i = 0; i < count && single; i++)
        rows[i] = all[i].row;
    ca_free(all);
    return single ? 0 : CA_END;
}

int ca_score_order_by_hash(const ca_score_table *table, uint32_t *rows, ca_error *err)
{
    size_t count = table->count;
    ca_ordered *all = ca_alloc((2 * count + 1) * sizeof *all);    /* of at most CA_SCORE_ENTITIES */
    if (!all)
        return ca_error_nomem(err);
    for (size_t i = 0; i < count; i++) {
        ca_text id = ca_score_table_id(table, i);
        all[i] = (ca_ordered){ca_hash64_seeded(id.ptr, id.len, SEED) >> 32, (uint32_t)i};
    }
    bool single = sort(table, all, count, all + count);
    for (size_t i = 0; i < count && single; i++)
        rows[i] = all[i].row;
    ca_free(all);
    return single ? 0 : CA_END;
}
