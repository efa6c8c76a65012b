/* One value as it was read from a cell, and how the canonical CSV writes it: constants and the
 * targets of value maps are written so, whatever the notation of the file. */
#ifndef CA_MAP_CANONICAL_H
#define CA_MAP_CANONICAL_H

#include "claim/batch.h"

#define CA_ID_MAX 256 /* bytes of an identifier; a longer cell cannot be read */

typedef struct ca_cell {
    bool present;
    union {
        int64_t number; /* INT, DECIMAL, MONEY */
        ca_date date;
        uint32_t code;
        uint8_t choice;
        ca_text text; /* ID, TEXT */
        struct {
            const uint32_t *ids;
            size_t count;
        } codes;
        struct {
            const ca_interval *items;
            size_t count;
        } intervals;
    } as;
} ca_cell;

/* Enumerations, numbers, dates, identifiers and text; codes are only looked at for their length.
 * False when the text is no value of this type. */
bool ca_canonical_read(unsigned column, ca_type type, ca_text text, ca_cell *ret_cell);
const char *ca_canonical_form(unsigned column, ca_type type);           /* "a date as 2024-12-31" */
void ca_canonical_choices(unsigned field, char *ret_text, size_t size); /* "M, F, X" */

/* An integer within what the column allows. */
bool ca_integer_allowed(unsigned column, int64_t value);

#endif
