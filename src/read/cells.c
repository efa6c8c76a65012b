/* The memory for the cells of a row grows to the widest row met. */
#include "read/cells.h"

#include "base/alloc.h"
#include "base/error.h"

enum { CELLS_FIRST = 256 }; /* far more than most rows have, so that the splitter need not count */

int ca_cells_init(ca_cells *cells, size_t max)
{
    *cells = (ca_cells){.max = max};
    return ca_cells_grow(cells);
}

void ca_cells_done(ca_cells *cells)
{
    ca_free(cells->items);
    *cells = (ca_cells){0};
}

int ca_cells_grow(ca_cells *cells)
{
    if (cells->cap == cells->max)
        return CA_LIMIT;
    size_t cap = cells->cap > 0 ? cells->cap * 2 : CELLS_FIRST;
    if (cap > cells->max)
        cap = cells->max;
    ca_text *items = ca_realloc_array(cells->items, cap, sizeof(*items));
    if (items == NULL)
        return CA_NOMEM;
    cells->items = items;
    cells->cap = cap;
    return 0;
}
