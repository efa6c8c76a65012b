/* Rows in the order of a key. */
#ifndef CA_SCORE_ORDER_H
#define CA_SCORE_ORDER_H

#include <stddef.h>
#include <stdint.h>

typedef struct ca_ordered {
    uint64_t key;
    uint32_t row;
} ca_ordered;

/* Rows of equal keys stay in the order in which they are. `other`: as many, for work. */
void ca_order(ca_ordered *all, size_t count, ca_ordered *other);

#endif
