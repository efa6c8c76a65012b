/* Numbers of a compact batch: side by side as differences from one that none is below, in as many bytes as the largest of them
 * takes. Each width has a loop of its own. What fitted the batch before is tried first: that mostly saves looking for the least. */
#include <assert.h>
#include <stddef.h>

#include "store/compact_inside.h"

static uint64_t width_of(uint64_t spread)
{
    return spread == 0 ? 0 : spread <= UINT8_MAX ? 1 : spread <= UINT16_MAX ? 2 : spread <= UINT32_MAX ? 4 : 8;
}

/* --- Writing --------------------------------------------------------------------------------- */

static inline void put_at(uint8_t *to, uint64_t width, uint32_t place, uint64_t value)
{
    if (width == 1) {
        to[place] = (uint8_t)value;
    } else if (width == 2) {
        ((uint16_t *)(void *)to)[place] = (uint16_t)value;
    } else if (width == 4) {
        ((uint32_t *)(void *)to)[place] = (uint32_t)value;
    } else if (width == 8) {
        ((uint64_t *)(void *)to)[place] = value;
    }
}

/* These return all bits of all differences: whether the width was enough is seen afterwards. */
static inline uint32_t put32(const uint32_t *values, uint32_t count, uint32_t least, uint64_t width, uint8_t *to)
{
    uint32_t all = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t difference = values[i] - least;
        all |= difference;
        put_at(to, width, i, difference);
    }
    return all;
}

static inline uint64_t put64(const int64_t *values, uint32_t count, uint64_t least, uint64_t width, uint8_t *to)
{
    uint64_t all = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t difference = (uint64_t)values[i] - least;
        all |= difference;
        put_at(to, width, i, difference);
    }
    return all;
}

static uint32_t put_any32(const uint32_t *values, uint32_t count, const ca_compact_numbers *numbers, uint8_t *to)
{
    uint32_t least = (uint32_t)numbers->least;
    return numbers->width == 0   ? put32(values, count, least, 0, to)
           : numbers->width == 1 ? put32(values, count, least, 1, to)
           : numbers->width == 2 ? put32(values, count, least, 2, to)
                                 : put32(values, count, least, 4, to);
}

static uint64_t put_any64(const int64_t *values, uint32_t count, const ca_compact_numbers *numbers, uint8_t *to)
{
    uint64_t least = (uint64_t)numbers->least;
    return numbers->width == 0   ? put64(values, count, least, 0, to)
           : numbers->width == 1 ? put64(values, count, least, 1, to)
           : numbers->width == 2 ? put64(values, count, least, 2, to)
           : numbers->width == 4 ? put64(values, count, least, 4, to)
                                 : put64(values, count, least, 8, to);
}

/* What was least before stays so where that takes no more bytes: then it fits the next numbers, too. */
static void choose(int64_t least, int64_t most, ca_compact_numbers *numbers)
{
    int64_t before = numbers->least < least ? numbers->least : least;
    numbers->width = width_of((uint64_t)most - (uint64_t)least);
    numbers->least = width_of((uint64_t)most - (uint64_t)before) == numbers->width ? before : least;
}

static void choose32(const uint32_t *values, uint32_t count, ca_compact_numbers *numbers)
{
    int32_t least = count ? (int32_t)values[0] : 0;
    int32_t most = least;
    for (uint32_t i = 1; i < count; i++) {
        int32_t value = (int32_t)values[i];
        least = value < least ? value : least;
        most = value > most ? value : most;
    }
    choose(least, most, numbers);
}

static void choose64(const int64_t *values, uint32_t count, ca_compact_numbers *numbers)
{
    int64_t least = count ? values[0] : 0;
    int64_t most = least;
    for (uint32_t i = 1; i < count; i++) {
        least = values[i] < least ? values[i] : least;
        most = values[i] > most ? values[i] : most;
    }
    choose(least, most, numbers);
}

uint8_t *ca_compact_put32(const uint32_t *values, uint32_t count, ca_compact_numbers *numbers, uint8_t *to)
{
    if (width_of(put_any32(values, count, numbers, to)) != numbers->width) {
        choose32(values, count, numbers);
        put_any32(values, count, numbers, to);
    }
    return to + ca_compact_aligned(numbers->width * count);
}

uint8_t *ca_compact_put64(const int64_t *values, uint32_t count, ca_compact_numbers *numbers, uint8_t *to)
{
    if (width_of(put_any64(values, count, numbers, to)) != numbers->width) {
        choose64(values, count, numbers);
        put_any64(values, count, numbers, to);
    }
    return to + ca_compact_aligned(numbers->width * count);
}

/* --- Taking ---------------------------------------------------------------------------------- */

static inline uint64_t number_at(const uint8_t *from, uint64_t width, uint32_t place)
{
    return width == 1   ? from[place]
           : width == 2 ? ((const uint16_t *)(const void *)from)[place]
           : width == 4 ? ((const uint32_t *)(const void *)from)[place]
           : width == 8 ? ((const uint64_t *)(const void *)from)[place]
                        : 0;
}

void ca_compact_take8(const uint8_t *bytes, const ca_compact_numbers *numbers, const uint32_t *places, uint32_t count,
                      uint8_t *to)
{
    const uint8_t *from = bytes + numbers->at;
    for (uint32_t i = 0; i < count; i++) {
        to[i] = (uint8_t)((uint64_t)numbers->least + (numbers->width ? from[places[i]] : 0));
    }
}

static inline void take32(const uint8_t *from, uint64_t width, uint32_t least, const uint32_t *places, uint32_t count,
                          uint32_t *to, uint32_t stride)
{
    for (uint32_t i = 0; i < count; i++) {
        to[(size_t)i * stride] = (uint32_t)number_at(from, width, places[i]) + least;
    }
}

static inline void take_any32(const uint8_t *bytes, const ca_compact_numbers *numbers, const uint32_t *places, uint32_t count,
                              uint32_t *to, uint32_t stride)
{
    const uint8_t *from = bytes + numbers->at;
    uint32_t least = (uint32_t)numbers->least;
    if (numbers->width == 0) {
        take32(from, 0, least, places, count, to, stride);
    } else if (numbers->width == 1) {
        take32(from, 1, least, places, count, to, stride);
    } else if (numbers->width == 2) {
        take32(from, 2, least, places, count, to, stride);
    } else {
        take32(from, 4, least, places, count, to, stride);
    }
}

static inline void take64(const uint8_t *from, uint64_t width, uint64_t least, const uint32_t *places, uint32_t count,
                          uint64_t *to, uint32_t stride)
{
    for (uint32_t i = 0; i < count; i++) {
        to[(size_t)i * stride] = number_at(from, width, places[i]) + least;
    }
}

static inline void take_any64(const uint8_t *bytes, const ca_compact_numbers *numbers, const uint32_t *places, uint32_t count,
                              uint64_t *to, uint32_t stride)
{
    const uint8_t *from = bytes + numbers->at;
    uint64_t least = (uint64_t)numbers->least;
    if (numbers->width == 0) {
        take64(from, 0, least, places, count, to, stride);
    } else if (numbers->width == 1) {
        take64(from, 1, least, places, count, to, stride);
    } else if (numbers->width == 2) {
        take64(from, 2, least, places, count, to, stride);
    } else if (numbers->width == 4) {
        take64(from, 4, least, places, count, to, stride);
    } else {
        take64(from, 8, least, places, count, to, stride);
    }
}

void ca_compact_take32(const uint8_t *bytes, const ca_compact_numbers *numbers, const uint32_t *places, uint32_t count,
                       uint32_t *to)
{
    take_any32(bytes, numbers, places, count, to, 1);
}

void ca_compact_take64(const uint8_t *bytes, const ca_compact_numbers *numbers, const uint32_t *places, uint32_t count,
                       int64_t *to)
{
    take_any64(bytes, numbers, places, count, (uint64_t *)(void *)to, 1);
}

/* Most begin within 64 KiB, and are shorter than 256 bytes, or all as long. */
static inline void take_both(const uint8_t *bytes, const ca_compact_column *column, uint64_t width, uint64_t length_width,
                             const uint32_t *places, uint32_t count, ca_slice *to)
{
    const uint8_t *from = bytes + column->values.at;
    const uint8_t *lengths = bytes + column->lengths.at;
    uint32_t least = (uint32_t)column->values.least;
    uint32_t shortest = (uint32_t)column->lengths.least;
    for (uint32_t i = 0; i < count; i++) {
        to[i] = (ca_slice){(uint32_t)number_at(from, width, places[i]) + least,
                           (uint32_t)number_at(lengths, length_width, places[i]) + shortest};
    }
}

void ca_compact_take_slices(const uint8_t *bytes, const ca_compact_column *column, const uint32_t *places, uint32_t count,
                            ca_slice *to)
{
    uint32_t *halves = (uint32_t *)(void *)to;    /* from, len, from ... */
    if (column->values.width == 2 && column->lengths.width == 0) {
        take_both(bytes, column, 2, 0, places, count, to);
    } else if (column->values.width == 2 && column->lengths.width == 1) {
        take_both(bytes, column, 2, 1, places, count, to);
    } else if (count) {
        take_any32(bytes, &column->values, places, count, halves, 2);
        take_any32(bytes, &column->lengths, places, count, halves + 1, 2);
    }
}

void ca_compact_take_origins(const uint8_t *bytes, const ca_compact_numbers *numbers, const uint32_t *rows, uint32_t count,
                             ca_origin *to)
{
    static_assert(sizeof(ca_origin) == 3 * sizeof(uint64_t) && offsetof(ca_origin, length) == sizeof(uint32_t) &&
                      offsetof(ca_origin, row) == sizeof(uint64_t),
                  "its numbers lie side by side");
    uint32_t *narrow = (uint32_t *)(void *)to;
    uint64_t *wide = (uint64_t *)(void *)to;
    if (count) {
        take_any32(bytes, &numbers[CA_COMPACT_FILE], rows, count, narrow, 6);
        take_any32(bytes, &numbers[CA_COMPACT_LENGTH], rows, count, narrow + 1, 6);
        take_any64(bytes, &numbers[CA_COMPACT_ROW], rows, count, wide + 1, 3);
        take_any64(bytes, &numbers[CA_COMPACT_OFFSET], rows, count, wide + 2, 3);
    }
    for (uint32_t i = 0; i < count; i++) {
        to[i].row += rows[i];
    }
}
