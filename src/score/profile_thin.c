/* Fewer counts, and those of several collectors as one. Where not all fit, numbers are counted in coarser buckets, and where
 * that is not enough, in fewer cells. A cell is told apart or not by its key alone, and how many keys are is
 * lowered only when all that there is does not fit: so what is left depends neither on the order of lines nor on who counted
 * them. Giving a cell up never makes more of the others: what it counts is counted in the next coarser one, which is there.
 *
 * (One halving after the other: lowering is undone by nothing, and the counts for a given limit only grow with lines. So the
 * limit of all lines together is the first that fits them, whatever was tried on parts of them.) */
#include "base/alloc.h"
#include "score/profile_inside.h"

/* The cell of `to` that stands for each cell of `from`: itself, or the next coarser one that is told apart. Of crossed ones none:
 * what is counted there is counted in the coarser one already. */
static int map_cells(ca_counts *to, const ca_counts *from, uint32_t *map)
{
    map[0] = 0;
    for (uint32_t i = 1; i < from->cell_count; i++) {
        const ca_counts_cell *cell = &from->cells[i];
        map[i] = from->crossed ? CA_USUAL_NONE : map[cell->parent];
        if (cell->key >= to->limits[cell->level])
            continue;
        int rc = ca_counts_cell_put(to, cell->key, cell->level, from->crossed ? 0 : map[cell->parent], &map[i]);
        if (rc != 0)
            return rc;
    }
    return 0;
}

/* All that is counted in `from`, counted in `to`. */
static int move(ca_counts *to, const ca_counts *from)
{
    uint32_t *map = ca_alloc((size_t)from->cell_count * sizeof *map);
    if (map == NULL)
        return CA_NOMEM;
    int rc = map_cells(to, from, map);
    for (uint32_t i = 0; rc == 0 && i < from->slot_count; i++) {
        const ca_count *slot = &from->slots[i];
        if (slot->count != 0 && map[slot->cell] != CA_USUAL_NONE)
            rc = ca_counts_put(to, map[slot->cell], ca_count_item(from->cells[slot->cell].key, slot->key), slot->count);
    }
    ca_free(map);
    return rc;
}

static int thin_to(ca_counts *counts, unsigned steps)
{
    ca_counts fewer;
    int rc = ca_counts_like(&fewer, counts, steps);
    if (rc != 0)
        return rc;
    if ((rc = move(&fewer, counts)) != 0) {
        ca_counts_done(&fewer);
        return rc;
    }
    fewer.lines = counts->lines;
    fewer.finest = counts->finest;
    ca_counts_done(counts);
    *counts = fewer;
    return 0;
}

int ca_counts_fit(ca_counts *counts)
{
    int rc = 0;
    while (rc == 0 && counts->used + counts->cell_count > counts->most)
        rc = thin_to(counts, counts->steps + 1);
    return rc;
}

int ca_counts_merge(ca_counts *counts, const ca_counts *from)
{
    int rc = counts->steps < from->steps ? thin_to(counts, from->steps) : 0;
    if (rc == 0)
        rc = move(counts, from);
    counts->lines += from->lines;
    counts->finest += from->finest;
    return rc == 0 ? ca_counts_fit(counts) : rc;
}
