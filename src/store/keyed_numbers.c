/* Numbers of a block: differences from the smallest, in as many bytes as the largest of them takes. */
#include <string.h>

#include "store/keyed_inside.h"

static uint8_t width_of(uint64_t spread)
{
    return spread == 0 ? 0 : spread <= UINT8_MAX ? 1 : spread <= UINT16_MAX ? 2 : spread <= UINT32_MAX ? 4 : 8;
}

void ca_keyed_choose(const int64_t *numbers, uint32_t count, ca_keyed_coding *coding)
{
    int64_t least = numbers[0];
    int64_t most = numbers[0];
    for (uint32_t i = 1; i < count; i++) {
        least = numbers[i] < least ? numbers[i] : least;
        most = numbers[i] > most ? numbers[i] : most;
    }
    coding->least = least;
    coding->width = width_of((uint64_t)most - (uint64_t)least);
}

uint8_t *ca_keyed_narrow(const int64_t *numbers, uint32_t count, const ca_keyed_coding *coding, uint8_t *to)
{
    uint64_t least = (uint64_t)coding->least;
    switch (coding->width) {
    case 0:
        break;
    case 1:
        for (uint32_t i = 0; i < count; i++) {
            to[i] = (uint8_t)((uint64_t)numbers[i] - least);
        }
        break;
    case 2:
        for (uint32_t i = 0; i < count; i++) {
            uint16_t number = (uint16_t)((uint64_t)numbers[i] - least);
            memcpy(to + i * sizeof number, &number, sizeof number);
        }
        break;
    case 4:
        for (uint32_t i = 0; i < count; i++) {
            uint32_t number = (uint32_t)((uint64_t)numbers[i] - least);
            memcpy(to + i * sizeof number, &number, sizeof number);
        }
        break;
    default:
        for (uint32_t i = 0; i < count; i++) {
            uint64_t number = (uint64_t)numbers[i] - least;
            memcpy(to + i * sizeof number, &number, sizeof number);
        }
        break;
    }
    return to + (size_t)count * coding->width;
}

const uint8_t *ca_keyed_widen(const uint8_t *from, uint32_t rows, const ca_keyed_coding *coding, int64_t *to)
{
    uint64_t least = (uint64_t)coding->least;
    uint16_t two;
    uint32_t four;
    uint64_t eight;
    switch (coding->width) {
    case 0:
        for (uint32_t i = 0; i < rows; i++) {
            to[i] = coding->least;
        }
        break;
    case 1:
        for (uint32_t i = 0; i < rows; i++) {
            to[i] = (int64_t)(from[i] + least);
        }
        break;
    case 2:
        for (uint32_t i = 0; i < rows; i++) {
            memcpy(&two, from + i * sizeof two, sizeof two);
            to[i] = (int64_t)(two + least);
        }
        break;
    case 4:
        for (uint32_t i = 0; i < rows; i++) {
            memcpy(&four, from + i * sizeof four, sizeof four);
            to[i] = (int64_t)(four + least);
        }
        break;
    default:
        for (uint32_t i = 0; i < rows; i++) {
            memcpy(&eight, from + i * sizeof eight, sizeof eight);
            to[i] = (int64_t)(eight + least);
        }
        break;
    }
    return from + (size_t)rows * coding->width;
}
