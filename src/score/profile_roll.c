/* Counts as they are kept: those of a cell include those of all finer ones, cells of too few lines are left out, and all is
 * in an order that depends on nothing but its keys. */
#include <stdlib.h>

#include "base/alloc.h"
#include "score/profile_inside.h"

void ca_kept_done(ca_kept *kept)
{
    ca_free(kept->cells);
    ca_free(kept->items);
    ca_free(kept->counts);
    ca_free(kept->words);
    ca_buf_done(&kept->text);
    ca_free(kept->tails);
    ca_free(kept->under);
    ca_free(kept->slots);
    ca_free(kept->cell_slots);
    *kept = (ca_kept){0};
}

/* --- Cells ---------------------------------------------------------------------------------------------------------- */

typedef struct rolled {
    uint64_t *totals;        /* by cell of the collector: lines, with those of finer cells */
    uint32_t *kept;          /* its place among the kept, or of the next coarser that is */
    uint32_t *order;         /* kept cells of the collector, in their order */
} rolled;

static void rolled_done(rolled *work)
{
    ca_free(work->totals);
    ca_free(work->kept);
    ca_free(work->order);
}

static int rolled_new(rolled *work, const ca_counts *counts)
{
    *work = (rolled){ca_alloc_zero(counts->cell_count, sizeof *work->totals),
                     ca_alloc_zero(counts->cell_count, sizeof *work->kept),
                     ca_alloc_zero(counts->cell_count, sizeof *work->order)};
    return work->totals == NULL || work->kept == NULL || work->order == NULL ? CA_NOMEM : 0;
}

static void add_totals(rolled *work, ca_kept *kept, const ca_counts *counts)
{
    uint64_t finest = 0;
    for (uint32_t i = 0; i < counts->slot_count; i++) {
        const ca_count *slot = &counts->slots[i];
        if (slot->count == 0)
            continue;
        work->totals[slot->cell] += slot->count;
        if (counts->cells[slot->cell].level == 0)
            finest += slot->count;
    }
    for (uint32_t i = counts->cell_count; !counts->crossed && i-- > 1;)
        work->totals[counts->cells[i].parent] += work->totals[i];
    kept->lines = work->totals[0];
    kept->coarsened = counts->levels > 0 && counts->finest > finest ? counts->finest - finest : 0;
}

typedef struct sorted {
    uint64_t key;
    uint32_t cell, level;
} sorted;

static int by_level_and_key(const void *a, const void *b)
{
    const sorted *one = a, *other = b;
    if (one->level != other->level)
        return one->level > other->level ? -1 : 1;
    return (one->key > other->key) - (one->key < other->key);
}

/* Chooses and orders the cells; `kept` has room for them. */
static int order_cells(rolled *work, ca_kept *kept, const ca_counts *counts)
{
    sorted *all = ca_alloc((size_t)counts->cell_count * sizeof *all);
    if (all == NULL)
        return CA_NOMEM;
    uint32_t count = 0;
    for (uint32_t i = 0; i < counts->cell_count; i++)
        if (i == 0 || work->totals[i] >= kept->about.least)
            all[count++] = (sorted){counts->cells[i].key, i, counts->cells[i].level};
    qsort(all, count, sizeof *all, by_level_and_key);
    for (uint32_t i = 0; i < counts->cell_count; i++)
        work->kept[i] = CA_USUAL_NONE;
    for (uint32_t i = 0; i < count; i++) {
        work->order[i] = all[i].cell;
        work->kept[all[i].cell] = i;
    }
    for (uint32_t i = 1; i < counts->cell_count && !counts->crossed; i++)
        if (work->kept[i] == CA_USUAL_NONE)
            work->kept[i] = work->kept[counts->cells[i].parent];
    ca_free(all);
    kept->cell_count = count;
    return 0;
}

static int make_cells(rolled *work, ca_kept *kept, const ca_counts *counts)
{
    int rc = order_cells(work, kept, counts);
    if (rc != 0)
        return rc;
    kept->cells = ca_alloc_zero(kept->cell_count, sizeof *kept->cells);
    if (kept->cells == NULL)
        return CA_NOMEM;
    for (uint32_t i = 0; i < kept->cell_count; i++) {
        const ca_counts_cell *cell = &counts->cells[work->order[i]];
        kept->cells[i] = (ca_kept_cell){.key = cell->key,
                                        .lines = work->totals[work->order[i]],
                                        .parent = i == 0 ? CA_USUAL_NONE : counts->crossed ? 0 : work->kept[cell->parent],
                                        .level = cell->level};
    }
    return 0;
}

/* --- Items ---------------------------------------------------------------------------------------------------------- */

/* The cell that counts what this one counts, too. */
static uint32_t coarser(const ca_kept *kept, uint32_t cell)
{
    return kept->about.crossed ? CA_USUAL_NONE : kept->cells[cell].parent;
}

/* How many items each kept cell gets, of all finer ones together; then where they begin. */
static uint32_t place_items(const rolled *work, ca_kept *kept, const ca_counts *counts)
{
    for (uint32_t i = 0; i < counts->slot_count; i++)
        if (counts->slots[i].count != 0)
            for (uint32_t cell = work->kept[counts->slots[i].cell]; cell != CA_USUAL_NONE; cell = coarser(kept, cell))
                kept->cells[cell].count++;
    uint32_t total = 0;
    for (uint32_t i = 0; i < kept->cell_count; i++) {
        kept->cells[i].from = total;
        total += kept->cells[i].count;
        kept->cells[i].count = 0;
    }
    return total;
}

static void fill_items(const rolled *work, ca_kept *kept, const ca_counts *counts, ca_pair *items)
{
    for (uint32_t i = 0; i < counts->slot_count; i++) {
        const ca_count *slot = &counts->slots[i];
        if (slot->count == 0)
            continue;
        uint64_t of = ca_count_item(counts->cells[slot->cell].key, slot->key);
        for (uint32_t at = work->kept[slot->cell]; at != CA_USUAL_NONE; at = coarser(kept, at)) {
            ca_kept_cell *cell = &kept->cells[at];
            items[cell->from + cell->count++] = (ca_pair){of, slot->count};
        }
    }
}

/* Sorts each cell's items (item, count) and adds equal ones up; they move to the front. */
static void merge_items(ca_kept *kept, ca_pair *items, ca_pair *scratch)
{
    uint32_t to = 0;
    for (uint32_t i = 0; i < kept->cell_count; i++) {
        ca_kept_cell *cell = &kept->cells[i];
        uint32_t from = cell->from, end = cell->from + cell->count;
        ca_pairs_sort(&items[from], cell->count, scratch);
        cell->from = to;
        for (uint32_t at = from; at < end; at++) {
            if (to > cell->from && items[to - 1].first == items[at].first)
                items[to - 1].second += items[at].second;
            else
                items[to++] = items[at];
        }
        cell->count = to - cell->from;
    }
    kept->count = to;
}

static int make_items(const rolled *work, ca_kept *kept, const ca_counts *counts)
{
    uint32_t total = place_items(work, kept, counts), largest = 0;
    ca_pair *items = ca_alloc_large(((size_t)total + 1) * sizeof *items);
    if (items == NULL)
        return CA_NOMEM;
    fill_items(work, kept, counts, items);
    for (uint32_t i = 0; i < kept->cell_count; i++)
        largest = kept->cells[i].count > largest ? kept->cells[i].count : largest;
    ca_pair *scratch = ca_alloc(((size_t)largest + 1) * sizeof *scratch);
    if (scratch != NULL) {
        merge_items(kept, items, scratch);
        kept->items = ca_alloc_zero((size_t)kept->count + 1, sizeof *kept->items);
        kept->counts = ca_alloc_zero((size_t)kept->count + 1, sizeof *kept->counts);
    }
    bool there = kept->items != NULL && kept->counts != NULL;
    for (uint32_t i = 0; there && i < kept->count; i++) {
        kept->items[i] = items[i].first;
        kept->counts[i] = items[i].second;
    }
    ca_free(scratch);
    ca_free(items);
    return there ? 0 : CA_NOMEM;
}

int ca_kept_roll(ca_kept *kept, const ca_counts *counts, const ca_usual_feature *about)
{
    rolled work;
    *kept = (ca_kept){.about = *about, .coarser = counts->coarser, .item_limit = counts->limits[counts->levels]};
    ca_buf_init(&kept->text);
    int rc = rolled_new(&work, counts);
    if (rc == 0) {
        add_totals(&work, kept, counts);
        rc = make_cells(&work, kept, counts);
    }
    if (rc == 0)
        rc = make_items(&work, kept, counts);
    rolled_done(&work);
    if (rc != 0)
        ca_kept_done(kept);
    return rc;
}
