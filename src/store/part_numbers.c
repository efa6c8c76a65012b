/* Lists of numbers: the smallest, the bits that the largest difference from it takes, and all
 * differences in so many bits. */
#include "store/part_inside.h"

#include <string.h>

#include "base/alloc.h"

#define WIDEST 56u /* bits that one unaligned load of 8 bytes always has; wider numbers take 64 */
#define HEAD   9u  /* width, smallest */

/* Whole bytes, though the format knows bits: a loop that only narrows numbers costs a tenth of one that shifts them. */
static unsigned width_of(uint64_t spread)
{
    return spread == 0            ? 0
           : spread <= UINT8_MAX  ? 8
           : spread <= UINT16_MAX ? 16
           : spread <= 0xffffff   ? 24
           : spread <= UINT32_MAX ? 32
           : spread >> 40 == 0    ? 40
           : spread >> 48 == 0    ? 48
                                  : 64;
}

static size_t packed_bytes(size_t count, unsigned width)
{
    return width == 64 ? count * 8 : (count * width + 7) / 8;
}

static void pack(uint8_t *to, const int64_t *numbers, size_t count, uint64_t least, unsigned width)
{
    switch (width) {
    case 8:
        for (size_t i = 0; i < count; i++) {
            to[i] = (uint8_t)((uint64_t)numbers[i] - least);
        }
        break;
    case 16:
        for (size_t i = 0; i < count; i++) {
            uint64_t number = (uint64_t)numbers[i] - least;
            to[2 * i] = (uint8_t)number;
            to[2 * i + 1] = (uint8_t)(number >> 8);
        }
        break;
    case 32:
        for (size_t i = 0; i < count; i++) {
            ca_put32(to + 4 * i, (uint32_t)((uint64_t)numbers[i] - least));
        }
        break;
    default:
        for (size_t i = 0; i < count; i++) {
            ca_put64(to + i * (width / 8), (uint64_t)numbers[i] - least); /* what it writes too much is in the slack */
        }
        break;
    }
}

void ca_part_put_numbers(ca_buf *to, const int64_t *numbers, size_t count)
{
    int64_t least = count ? numbers[0] : 0;
    int64_t most = least;
    for (size_t i = 1; i < count; i++) {
        least = numbers[i] < least ? numbers[i] : least;
        most = numbers[i] > most ? numbers[i] : most;
    }
    unsigned width = width_of((uint64_t)most - (uint64_t)least);
    size_t bytes = packed_bytes(count, width);
    if (!ca_buf_reserve(to, HEAD + bytes + CA_PART_SLACK)) {
        return;
    }
    uint8_t *at = (uint8_t *)to->ptr + to->len;
    at[0] = (uint8_t)width;
    ca_put64(at + 1, (uint64_t)least);
    if (width > 0) {
        pack(at + HEAD, numbers, count, (uint64_t)least, width);
    }
    to->len += HEAD + bytes;
}

bool ca_part_take(ca_part_bytes *from, size_t len, const uint8_t **ret_bytes)
{
    if (len > from->left) {
        return false;
    }
    *ret_bytes = from->at;
    from->at += len;
    from->left -= len;
    return true;
}

static void unpack(const uint8_t *from, size_t count, uint64_t least, unsigned width, int64_t *to)
{
    if (width == 64) {
        for (size_t i = 0; i < count; i++) {
            to[i] = (int64_t)(ca_get64(from + 8 * i) + least);
        }
        return;
    }
    if (width == 8) {
        for (size_t i = 0; i < count; i++) {
            to[i] = (int64_t)(from[i] + least);
        }
    } else if (width == 16) {
        for (size_t i = 0; i < count; i++) {
            to[i] = (int64_t)(((uint64_t)from[2 * i] | (uint64_t)from[2 * i + 1] << 8) + least);
        }
    } else if (width == 32) {
        for (size_t i = 0; i < count; i++) {
            to[i] = (int64_t)(ca_get32(from + 4 * i) + least);
        }
    } else {
        uint64_t mask = (UINT64_C(1) << width) - 1;
        for (size_t i = 0, bit = 0; i < count; i++, bit += width) {
            to[i] = (int64_t)((ca_get64(from + bit / 8) >> bit % 8 & mask) + least);
        }
    }
}

bool ca_part_get_numbers(ca_part_bytes *from, size_t count, int64_t *ret_numbers)
{
    const uint8_t *head, *packed;
    if (!ca_part_take(from, HEAD, &head)) {
        return false;
    }
    unsigned width = head[0];
    uint64_t least = ca_get64(head + 1);
    if ((width > WIDEST && width != 64) ||
        !ca_part_take(from, packed_bytes(count, width), &packed)) {
        return false;
    }
    if (width == 0) {
        for (size_t i = 0; i < count; i++) {
            ret_numbers[i] = (int64_t)least;
        }
        return true;
    }
    unpack(packed, count, least, width, ret_numbers);
    return true;
}

bool ca_part_room(int64_t **numbers, size_t *cap, size_t count)
{
    if (count <= *cap) {
        return true;
    }
    size_t wanted = count < 1024 ? 1024 : count;
    ca_free(*numbers);
    *cap = 0;
    *numbers = ca_realloc_array(NULL, wanted, sizeof **numbers);
    if (*numbers == NULL) {
        return false;
    }
    *cap = wanted;
    return true;
}
