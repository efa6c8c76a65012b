/* Looks up columns in the header of a file. */
#ifndef CA_MAP_HEADER_H
#define CA_MAP_HEADER_H

#include "map/profile.h"

#define CA_NO_CELL UINT32_MAX

typedef struct ca_header {
    const ca_text *cells;
    size_t count;
    const ca_profile *profile; /* for the position of messages */
} ca_header;

/* How often a name stands in the header; *ret_cell is its first place. */
size_t ca_header_find(const ca_header *header, ca_text name, uint32_t *ret_cell);

typedef struct ca_wanted { /* for whom a column is looked up */
    const char *what;      /* "field 'paid'", "filter 'deleted'" */
    uint32_t line, at;     /* in the profile */
    bool optional;         /* absent is fine: CA_NO_CELL */
    bool vital;            /* it cannot be made optional */
} ca_wanted;

/* The one of several aliases that is there. CA_CONFIG when two are, when the name is there twice,
 * or when none is and that is not fine. */
int ca_header_bind(const ca_header *header, const ca_wanted *wanted, const ca_text *aliases,
                   size_t count, uint32_t *ret_cell, ca_error *err);

#endif
