/* Columns in records of the claim exchange: what writing and reading them have in common. */
#ifndef CA_RUN_COLUMNS_H
#define CA_RUN_COLUMNS_H

#include <string.h>

#include "run/state.h"

static inline size_t ca_presence_size(const ca_projection *projection)
{
    return (projection->count + 7) / 8;
}

static inline ca_projected ca_projected_of(unsigned column, ca_type type)
{
    bool sliced = ca_type_is_sliced(type);
    return (ca_projected){column, type, sliced ? 0 : ca_type_size(type), sliced ? ca_type_element(type) : 0};
}

/* Of a slice: how many elements, then these. So many bytes behind it may be written, too. */
#define CA_LONG_SLICE  255u    /* from here on the number has bytes of its own */
#define CA_SLICE_COUNT (1 + sizeof(uint32_t))
#define CA_SLICE_SLACK 16u
uint8_t *ca_put_slice(const ca_projected *projected, const ca_batch *batch, ca_slice slice, uint8_t *to);
/* A presence bit for each column, then the values that are there: fixed sizes, then a count and elements each. Returns the end;
 * _room is an upper bound of what that is. */
size_t ca_columns_room(const ca_projection *projection, const ca_batch *batch, unsigned row);
uint8_t *ca_put_columns(const ca_projection *projection, const ca_batch *batch, unsigned row, uint8_t *to);
/* Every column has the very value of the row before, as ca_keep_repeats has it. */
bool ca_repeats(const ca_projection *projection, const ca_batch *batch, unsigned row);

/* Of lines that lie in one record: how the values of a column do. */
enum {
    CA_VALUES_NONE,
    CA_VALUES_SAME,     /* one for all */
    CA_VALUES_EACH,
    CA_VALUES_SHORT,    /* each, in half its size */
    CA_VALUES_SOME      /* a bitmap of 64 lines, then those that are there */
};

/* Of a value of fixed size: sizes known to the compiler take no call. */
static inline void ca_copy_value(void *to, const void *from, size_t size)
{
    switch (size) {
    case sizeof(int64_t):
        memcpy(to, from, sizeof(int64_t));
        break;
    case sizeof(uint32_t):
        memcpy(to, from, sizeof(uint32_t));
        break;
    default:
        memcpy(to, from, 1);
        break;
    }
}

#endif
