/* A kept feature made ready to judge: the surprise of every item in every cell stands in a table, so that most lines cost one
 * look-up a feature; what a cell has not seen is worked out. */
#include <stdlib.h>

#include "base/alloc.h"
#include "score/profile_inside.h"

/* --- Finding ---------------------------------------------------------------------------------------------------------- */

/* Slots in proportion, not in powers of two: tables of all features stay for the whole run. */
static inline uint32_t slot_from(uint64_t place, uint32_t slot_count)
{
    return (uint32_t)((place >> 32) * slot_count >> 32);
}

static uint32_t place_of(uint64_t key, uint32_t slot_count)
{
    return slot_from(ca_key_place(key), slot_count);
}

static inline uint32_t find_cell(const ca_kept *kept, uint64_t key)
{
    for (uint32_t at = place_of(key, kept->cell_slot_count);; at = at + 1 == kept->cell_slot_count ? 0 : at + 1) {
        const ca_kept_place *place = &kept->cell_slots[at];
        if (place->cell == 0)
            return CA_USUAL_NONE;
        if (place->key == key)
            return place->cell - 1;
    }
}

uint32_t ca_kept_find_cell(const ca_kept *kept, uint64_t key)
{
    return find_cell(kept, key);
}

/* The slot of a key, or a free one; `at` is where it is looked for from. */
static inline uint32_t find_slot(const ca_kept *kept, uint64_t place, uint32_t at)
{
    uint64_t mark = place << CA_SLOT_BITS;
    while (kept->slots[at] != 0 && (kept->slots[at] ^ mark) >> CA_SLOT_BITS != 0)
        at = at + 1 == kept->slot_count ? 0 : at + 1;
    return at;
}

static inline ca_kept_slot *slot_of(const ca_kept *kept, uint64_t key)
{
    uint64_t place = ca_key_place(key);
    return &kept->slots[find_slot(kept, place, slot_from(place, kept->slot_count))];
}

static inline uint32_t surprise_in(ca_kept_slot slot)
{
    return (uint32_t)(slot & ((1u << CA_SLOT_BITS) - 1)) - 1;
}

bool ca_kept_find_item(const ca_kept *kept, const ca_kept_cell *cell, uint64_t item, uint32_t *ret_at)
{
    uint32_t low = cell->from, high = cell->from + cell->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (kept->items[middle] < item)
            low = middle + 1;
        else
            high = middle;
    }
    *ret_at = low;
    return low < cell->from + cell->count && kept->items[low] == item;
}

void ca_kept_beside(const ca_kept *kept, const ca_kept_cell *cell, uint64_t item, uint64_t *ret_below, uint64_t *ret_equal)
{
    uint32_t at;
    bool found = ca_kept_find_item(kept, cell, item, &at);
    *ret_below = at < cell->from + cell->count ? kept->under[at] : cell->lines;
    *ret_equal = found ? kept->counts[at] : 0;
}

/* --- Preparing -------------------------------------------------------------------------------------------------------- */

static void put_surprise(ca_kept *kept, const ca_kept_cell *cell, uint32_t at, double p)
{
    uint64_t key = ca_count_key(cell->key, kept->items[at]);
    *slot_of(kept, key) = ca_key_place(key) << CA_SLOT_BITS | (ca_surprise_of(p) + 1);
}

static void prepare_numbers(ca_kept *kept, uint32_t which)
{
    ca_kept_cell *cell = &kept->cells[which];
    uint64_t below = 0;
    ca_tail_prepare(kept, which);
    cell->usual = cell->from;
    for (uint32_t at = cell->from; at < cell->from + cell->count; at++) {
        put_surprise(kept, cell, at, ca_tail_number(kept, which, ca_bucket_number(kept->items[at]), below, kept->counts[at]));
        if (below * 2 < cell->lines)
            cell->usual = at;
        kept->under[at] = below;
        below += kept->counts[at];
    }
}

/* `sorted` and `scratch` have room for (count, place) of each item of the cell. */
static void prepare_choices(ca_kept *kept, ca_kept_cell *cell, ca_pair *sorted, ca_pair *scratch)
{
    cell->usual = cell->from;
    cell->once = 0;
    for (uint32_t i = 0; i < cell->count; i++) {
        uint64_t count = kept->counts[cell->from + i];
        sorted[i] = (ca_pair){count, cell->from + i};
        cell->once += count == 1;
        bool told = kept->items[cell->from + i] != CA_USUAL_OTHER;
        if (told && (count > kept->counts[cell->usual] || kept->items[cell->usual] == CA_USUAL_OTHER))
            cell->usual = cell->from + i;
    }
    ca_pairs_sort(sorted, cell->count, scratch);
    uint64_t rarer = 0;
    for (uint32_t i = 0, next; i < cell->count; i = next) {
        for (next = i + 1; next < cell->count && sorted[next].first == sorted[i].first;)
            next++;
        uint64_t equal = sorted[i].first * (next - i);
        double p = ca_tail_choice(cell, 2 * rarer + equal);
        for (uint32_t j = i; j < next; j++) {
            uint32_t at = (uint32_t)sorted[j].second;
            kept->under[at] = 2 * rarer + equal;
            put_surprise(kept, cell, at, kept->items[at] == CA_USUAL_OTHER ? 1 : p);
        }
        rarer += equal;
    }
}

static void prepare_condition(ca_kept *kept, uint32_t which)
{
    ca_kept_cell *cell = &kept->cells[which];
    cell->usual = cell->from;
    for (uint32_t at = cell->from; at < cell->from + cell->count; at++) {
        put_surprise(kept, cell, at, ca_kept_p(kept, which, kept->items[at]));
        if (kept->counts[at] > kept->counts[cell->usual])
            cell->usual = at;
    }
}

static int make_tables(ca_kept *kept)
{
    kept->slot_count = kept->count * 2 + 2;
    kept->cell_slot_count = kept->cell_count * 4 + 2;
    kept->slots = ca_alloc_large(kept->slot_count * sizeof *kept->slots);
    if (kept->slots != NULL)
        memset(kept->slots, 0, kept->slot_count * sizeof *kept->slots);
    kept->cell_slots = ca_alloc_zero(kept->cell_slot_count, sizeof *kept->cell_slots);
    if (kept->about.form == CA_USUAL_NUMBER)
        kept->tails = ca_alloc_zero((size_t)kept->cell_count * 2, sizeof *kept->tails);
    kept->under = ca_alloc_zero((size_t)kept->count + 1, sizeof *kept->under);
    bool made = kept->slots != NULL && kept->cell_slots != NULL && kept->under != NULL;
    if (!made || (kept->about.form == CA_USUAL_NUMBER && kept->tails == NULL))
        return CA_NOMEM;
    for (uint32_t i = 0; i < kept->cell_count; i++) {
        uint32_t at = place_of(kept->cells[i].key, kept->cell_slot_count);
        while (kept->cell_slots[at].cell != 0)
            at = at + 1 == kept->cell_slot_count ? 0 : at + 1;
        kept->cell_slots[at] = (ca_kept_place){kept->cells[i].key, i + 1};
    }
    return 0;
}

int ca_kept_prepare(ca_kept *kept)
{
    uint32_t largest = 0;
    for (uint32_t i = 0; i < kept->cell_count; i++)
        largest = kept->cells[i].count > largest ? kept->cells[i].count : largest;
    ca_pair *sorted = ca_alloc_zero(2 * ((size_t)largest + 1), sizeof *sorted);
    int rc = sorted == NULL ? CA_NOMEM : make_tables(kept);
    for (uint32_t i = 0; rc == 0 && i < kept->cell_count; i++) {
        switch (kept->about.form) {
        case CA_USUAL_NUMBER:
            prepare_numbers(kept, i);
            break;
        case CA_USUAL_CHOICE:
            prepare_choices(kept, &kept->cells[i], sorted, sorted + largest + 1);
            break;
        case CA_USUAL_CONDITION:
            prepare_condition(kept, i);
            break;
        }
    }
    ca_free(sorted);
    return rc;
}

/* --- Judging ---------------------------------------------------------------------------------------------------------- */

uint32_t ca_kept_cell_of(const ca_kept *kept, const uint64_t *const *keys, uint32_t line)
{
    unsigned levels = kept->about.levels;
    for (unsigned level = 0; level < levels; level++) {
        uint64_t key = keys[level][line];
        uint32_t cell = key != 0 ? find_cell(kept, ca_cell_key(level, levels, key)) : CA_USUAL_NONE;
        if (cell != CA_USUAL_NONE)
            return cell;
    }
    return kept->about.strict && levels > 0 ? CA_USUAL_NONE : 0;
}

uint64_t ca_kept_item(const ca_kept *kept, uint64_t item)
{
    return kept->about.form == CA_USUAL_NUMBER ? ca_bucket_coarse(item, kept->coarser) : item;
}

uint32_t ca_kept_surprise(const ca_kept *kept, uint32_t cell, uint64_t item)
{
    ca_kept_slot slot = *slot_of(kept, ca_count_key(kept->cells[cell].key, ca_kept_item(kept, item)));
    return slot != 0 ? surprise_in(slot) : ca_surprise_of(ca_kept_p(kept, cell, item));
}

/* Lines of a block that a level may judge: where the item would be in the cell that they have there. */
typedef struct sought {
    uint32_t count;
    uint32_t items[CA_USUAL_BLOCK];
    uint32_t slots[CA_USUAL_BLOCK];
    uint64_t cells[CA_USUAL_BLOCK];    /* keys */
    uint64_t places[CA_USUAL_BLOCK];
} sought;

/* `left` are the items that no finer level judged; those without a cell here stay there. */
static void seek(const ca_kept *kept, const ca_items *items, const uint64_t *keys, uint64_t salt, uint32_t *left, uint32_t *left_count,
                 sought *to)
{
    const ca_kept_slot *slots = kept->slots;
    uint32_t slot_count = kept->slot_count, rest = 0, count = 0;
    unsigned coarser = kept->coarser;    /* 0 of what is no number */
    for (uint32_t j = 0; j < *left_count; j++) {
        uint32_t i = left[j];
        uint64_t own = keys != NULL ? keys[items->lines[i]] : 0;
        if (keys != NULL && own == 0) {
            left[rest++] = i;
            continue;
        }
        uint64_t item = coarser == 0 ? items->items[i] : ca_bucket_coarse(items->items[i], coarser);
        uint64_t place = ca_key_place(ca_count_key(own ^ salt, item));
        uint32_t slot = slot_from(place, slot_count);
        __builtin_prefetch(&slots[slot]);
        to->items[count] = i;
        to->cells[count] = own ^ salt;
        to->places[count] = place;
        to->slots[count++] = slot;
    }
    *left_count = rest;
    to->count = count;
}

/* Mostly the item is there, and then its cell is, too. A cell that is not there leaves its line to the next coarser one. */
static void judge_sought(const ca_kept *kept, const ca_items *items, const sought *of, uint64_t bit, uint32_t first, uint64_t *sums,
                         uint64_t *present, uint32_t *left, uint32_t *left_count)
{
    for (uint32_t j = 0; j < of->count; j++) {
        uint32_t i = of->items[j], line = items->lines[i] - first, surprise;
        ca_kept_slot slot = kept->slots[find_slot(kept, of->places[j], of->slots[j])];
        if (slot != 0) {
            surprise = surprise_in(slot);
        } else {
            uint32_t cell = find_cell(kept, of->cells[j]);
            if (cell == CA_USUAL_NONE) {
                left[(*left_count)++] = i;
                continue;
            }
            surprise = ca_surprise_of(ca_kept_p(kept, cell, items->items[i]));
        }
        sums[line] += surprise;
        present[line] |= bit;
    }
}

/* As ca_kept_cell_of, one level after the other. */
void ca_kept_judge(const ca_kept *kept, const ca_items *items, const uint64_t *const *keys, uint64_t bit, uint32_t first,
                   uint64_t *sums, uint64_t *present)
{
    sought some;
    uint32_t left[CA_USUAL_BLOCK], count = items->count;
    unsigned levels = kept->about.levels, end = kept->about.strict && levels > 0 ? levels : levels + 1;
    for (uint32_t i = 0; i < count; i++)
        left[i] = i;
    for (unsigned level = 0; level < end && count > 0; level++) {
        seek(kept, items, level < levels ? keys[level] : NULL, ca_cell_key(level, levels, 0), left, &count, &some);
        judge_sought(kept, items, &some, bit, first, sums, present, left, &count);
    }
}
