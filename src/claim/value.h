/* One value of any type, for the slow and obvious paths: explaining, lookups, test tables. */
#ifndef CA_CLAIM_VALUE_H
#define CA_CLAIM_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/decimal.h"
#include "claim/batch.h"
#include "claim/codes.h"

typedef struct ca_value {
    ca_type type;           /* numbers of an expression: CA_TYPE_DECIMAL with `ratio` */
    bool present;           /* false = missing */
    unsigned field;         /* ENUM: which enumeration */
    union {
        ca_ratio ratio;     /* INT, DECIMAL, MONEY */
        ca_date date;
        uint32_t code;
        uint8_t choice;
        ca_text text;       /* ID, TEXT */
        struct { const uint32_t *ids; size_t count; } codes;
        struct { const ca_interval *items; size_t count; } intervals;
    } as;
} ca_value;

/* The value of a column in a row; borrows from the batch. */
ca_value ca_value_of(const ca_batch *batch, unsigned column, unsigned row);
/* As an auditor reads it: 12.50, 2024-03-01, M, E11.9, "-" when missing; lists joined with ';'. Money and
 * decimals in shortest form, money with two places at least. */
void ca_value_print(const ca_value *value, const ca_codes *codes, ca_buf *ret_text);

#endif
