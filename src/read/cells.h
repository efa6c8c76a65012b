/* The cells of one row: memory that is used again for every row. */
#ifndef CA_READ_CELLS_H
#define CA_READ_CELLS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

typedef struct ca_cells {
    ca_text *items;
    size_t count;
    size_t cap;
    size_t max; /* never more than this */
} ca_cells;

int ca_cells_init(ca_cells *cells, size_t max); /* 0 or CA_NOMEM */
void ca_cells_done(ca_cells *cells);
/* Makes room for at least one more: CA_LIMIT at `max`, CA_NOMEM when memory ran out. */
int ca_cells_grow(ca_cells *cells);

#endif
