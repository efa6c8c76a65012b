/* Numbers of a block: differences from the smallest, in as many bytes as the largest of them takes. Each shape of value
 * and each number of bytes has a loop of its own. */
#include <string.h>

#include "store/keyed_inside.h"

/* --- Values where they lie ------------------------------------------------------------------ */

static inline int64_t number_at(const void *values, ca_keyed_shape shape, size_t i)
{
    switch (shape) {
    case CA_KEYED_WIDE:
        return ((const int64_t *)values)[i];
    case CA_KEYED_SIGNED:
        return ((const int32_t *)values)[i];
    case CA_KEYED_UNSIGNED:
        return ((const uint32_t *)values)[i];
    case CA_KEYED_BYTE:
        return ((const uint8_t *)values)[i];
    case CA_KEYED_FILES:
        return ((const ca_origin *)values)[i].file;
    case CA_KEYED_LENGTHS:
        return ((const ca_origin *)values)[i].length;
    case CA_KEYED_ROWS:
        return (int64_t)((const ca_origin *)values)[i].row;
    case CA_KEYED_OFFSETS:
        break;
    }
    return (int64_t)((const ca_origin *)values)[i].offset;
}

static inline void set_number(void *values, ca_keyed_shape shape, size_t i, uint64_t number)
{
    switch (shape) {
    case CA_KEYED_WIDE:
        ((uint64_t *)values)[i] = number;
        return;
    case CA_KEYED_SIGNED: /* any shape of integer may be written as its unsigned one */
    case CA_KEYED_UNSIGNED:
        ((uint32_t *)values)[i] = (uint32_t)number;
        return;
    case CA_KEYED_BYTE:
        ((uint8_t *)values)[i] = (uint8_t)number;
        return;
    case CA_KEYED_FILES:
        ((ca_origin *)values)[i].file = (uint32_t)number;
        return;
    case CA_KEYED_LENGTHS:
        ((ca_origin *)values)[i].length = (uint32_t)number;
        return;
    case CA_KEYED_ROWS:
        ((ca_origin *)values)[i].row = number;
        return;
    case CA_KEYED_OFFSETS:
        ((ca_origin *)values)[i].offset = number;
        return;
    }
}

/* --- Choosing a width ----------------------------------------------------------------------- */

static uint8_t width_of(uint64_t spread)
{
    return spread == 0 ? 0 : spread <= UINT8_MAX ? 1 : spread <= UINT16_MAX ? 2 : spread <= UINT32_MAX ? 4 : 8;
}

static inline void choose(const void *values, ca_keyed_shape shape, uint32_t count, ca_keyed_coding *coding)
{
    int64_t least = number_at(values, shape, 0);
    int64_t most = least;
    for (uint32_t i = 1; i < count; i++) {
        int64_t number = number_at(values, shape, i);
        least = number < least ? number : least;
        most = number > most ? number : most;
    }
    coding->least = least;
    coding->width = width_of((uint64_t)most - (uint64_t)least);
}

void ca_keyed_choose(const void *values, ca_keyed_shape shape, uint32_t count, ca_keyed_coding *coding)
{
    switch (shape) {
    case CA_KEYED_WIDE:
        choose(values, CA_KEYED_WIDE, count, coding);
        return;
    case CA_KEYED_SIGNED:
        choose(values, CA_KEYED_SIGNED, count, coding);
        return;
    case CA_KEYED_UNSIGNED:
        choose(values, CA_KEYED_UNSIGNED, count, coding);
        return;
    case CA_KEYED_BYTE:
        choose(values, CA_KEYED_BYTE, count, coding);
        return;
    case CA_KEYED_FILES:
        choose(values, CA_KEYED_FILES, count, coding);
        return;
    case CA_KEYED_LENGTHS:
        choose(values, CA_KEYED_LENGTHS, count, coding);
        return;
    case CA_KEYED_ROWS:
        choose(values, CA_KEYED_ROWS, count, coding);
        return;
    case CA_KEYED_OFFSETS:
        choose(values, CA_KEYED_OFFSETS, count, coding);
        return;
    }
}

/* --- Writing -------------------------------------------------------------------------------- */

static inline void narrow(const void *values, ca_keyed_shape shape, const uint32_t *rows, uint32_t count,
                          const ca_keyed_coding *coding, uint8_t *to)
{
    uint64_t least = (uint64_t)coding->least;
    if (coding->width == sizeof(uint8_t)) {
        for (uint32_t i = 0; i < count; i++) {
            to[i] = (uint8_t)((uint64_t)number_at(values, shape, rows[i]) - least);
        }
    } else if (coding->width == sizeof(uint16_t)) {
        for (uint32_t i = 0; i < count; i++) {
            uint16_t number = (uint16_t)((uint64_t)number_at(values, shape, rows[i]) - least);
            memcpy(to + i * sizeof number, &number, sizeof number);
        }
    } else if (coding->width == sizeof(uint32_t)) {
        for (uint32_t i = 0; i < count; i++) {
            uint32_t number = (uint32_t)((uint64_t)number_at(values, shape, rows[i]) - least);
            memcpy(to + i * sizeof number, &number, sizeof number);
        }
    } else {
        for (uint32_t i = 0; i < count; i++) {
            uint64_t number = (uint64_t)number_at(values, shape, rows[i]) - least;
            memcpy(to + i * sizeof number, &number, sizeof number);
        }
    }
}

uint8_t *ca_keyed_narrow(const void *values, ca_keyed_shape shape, const uint32_t *rows, uint32_t count,
                         const ca_keyed_coding *coding, uint8_t *to)
{
    switch (shape) {
    case CA_KEYED_WIDE:
        narrow(values, CA_KEYED_WIDE, rows, count, coding, to);
        break;
    case CA_KEYED_SIGNED: /* only the last bytes of a difference are written: the sign does not matter */
    case CA_KEYED_UNSIGNED:
        narrow(values, CA_KEYED_UNSIGNED, rows, count, coding, to);
        break;
    case CA_KEYED_BYTE:
        narrow(values, CA_KEYED_BYTE, rows, count, coding, to);
        break;
    case CA_KEYED_FILES:
        narrow(values, CA_KEYED_FILES, rows, count, coding, to);
        break;
    case CA_KEYED_LENGTHS:
        narrow(values, CA_KEYED_LENGTHS, rows, count, coding, to);
        break;
    case CA_KEYED_ROWS:
        narrow(values, CA_KEYED_ROWS, rows, count, coding, to);
        break;
    case CA_KEYED_OFFSETS:
        narrow(values, CA_KEYED_OFFSETS, rows, count, coding, to);
        break;
    }
    return to + (size_t)count * coding->width;
}

/* --- Reading -------------------------------------------------------------------------------- */

static inline void widen(const uint8_t *from, uint32_t rows, const ca_keyed_coding *coding, ca_keyed_shape shape,
                         const uint32_t *place, void *to)
{
    uint64_t least = (uint64_t)coding->least;
    uint16_t two;
    uint32_t four;
    uint64_t eight;
    switch (coding->width) {
    case 0:
        for (uint32_t i = 0; i < rows; i++) {
            set_number(to, shape, place ? place[i] : i, least);
        }
        break;
    case 1:
        for (uint32_t i = 0; i < rows; i++) {
            set_number(to, shape, place ? place[i] : i, from[i] + least);
        }
        break;
    case 2:
        for (uint32_t i = 0; i < rows; i++) {
            memcpy(&two, from + i * sizeof two, sizeof two);
            set_number(to, shape, place ? place[i] : i, two + least);
        }
        break;
    case 4:
        for (uint32_t i = 0; i < rows; i++) {
            memcpy(&four, from + i * sizeof four, sizeof four);
            set_number(to, shape, place ? place[i] : i, four + least);
        }
        break;
    default:
        for (uint32_t i = 0; i < rows; i++) {
            memcpy(&eight, from + i * sizeof eight, sizeof eight);
            set_number(to, shape, place ? place[i] : i, eight + least);
        }
        break;
    }
}

const uint8_t *ca_keyed_widen(const uint8_t *from, uint32_t rows, const ca_keyed_coding *coding, ca_keyed_shape shape,
                              const uint32_t *place, void *to)
{
    switch (shape) {
    case CA_KEYED_WIDE:
        widen(from, rows, coding, CA_KEYED_WIDE, place, to);
        break;
    case CA_KEYED_SIGNED:
    case CA_KEYED_UNSIGNED:
        widen(from, rows, coding, CA_KEYED_UNSIGNED, place, to);
        break;
    case CA_KEYED_BYTE:
        widen(from, rows, coding, CA_KEYED_BYTE, place, to);
        break;
    case CA_KEYED_FILES:
        widen(from, rows, coding, CA_KEYED_FILES, place, to);
        break;
    case CA_KEYED_LENGTHS:
        widen(from, rows, coding, CA_KEYED_LENGTHS, place, to);
        break;
    case CA_KEYED_ROWS:
        widen(from, rows, coding, CA_KEYED_ROWS, place, to);
        break;
    case CA_KEYED_OFFSETS:
        widen(from, rows, coding, CA_KEYED_OFFSETS, place, to);
        break;
    }
    return from + (size_t)rows * coding->width;
}
