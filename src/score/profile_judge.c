/* A kept feature made ready to judge: the surprise of every item in every cell stands in a table, so that most lines cost one
 * look-up a feature; what a cell has not seen is worked out. */
#include <stdlib.h>

#include "base/alloc.h"
#include "score/profile_inside.h"

/* --- Finding ---------------------------------------------------------------------------------------------------------- */

/* Slots in proportion, not in powers of two: tables of all features stay for the whole run. */
static uint32_t place_of(uint64_t key, uint32_t slot_count)
{
    return (uint32_t)((ca_key_place(key) >> 32) * slot_count >> 32);
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

static inline ca_kept_slot *slot_of(const ca_kept *kept, uint64_t key)
{
    uint32_t at = place_of(key, kept->slot_count);
    while (kept->slots[at].count != 0 && kept->slots[at].key != key)
        at = at + 1 == kept->slot_count ? 0 : at + 1;
    return &kept->slots[at];
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

/* --- Preparing -------------------------------------------------------------------------------------------------------- */

static void put_surprise(ca_kept *kept, const ca_kept_cell *cell, uint32_t at, double p)
{
    uint64_t key = ca_count_key(cell->key, kept->items[at]);
    *slot_of(kept, key) = (ca_kept_slot){key, ca_surprise_of(p), at + 1};
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
        double p = ca_tail_choice(cell, rarer, equal);
        for (uint32_t j = i; j < next; j++) {
            uint32_t at = (uint32_t)sorted[j].second;
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
    if (kept->slots == NULL || kept->cell_slots == NULL || (kept->about.form == CA_USUAL_NUMBER && kept->tails == NULL))
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
    const ca_kept_slot *slot = slot_of(kept, ca_count_key(kept->cells[cell].key, ca_kept_item(kept, item)));
    return slot->count != 0 ? slot->surprise : ca_surprise_of(ca_kept_p(kept, cell, item));
}

/* Of a block: by line its cell, and what its item is called there. */
typedef struct places {
    uint32_t cells[CA_USUAL_BLOCK];
    uint32_t slots[CA_USUAL_BLOCK];
    uint64_t keys[CA_USUAL_BLOCK];
} places;

static inline void put_place(const ca_kept *kept, uint32_t i, uint32_t cell, uint64_t key, uint64_t item, places *to)
{
    uint64_t counted = kept->coarser == 0 ? item : ca_bucket_coarse(item, kept->coarser);    /* 0 of what is no number */
    to->cells[i] = cell;
    to->keys[i] = ca_count_key(key, counted);
    to->slots[i] = place_of(to->keys[i], kept->slot_count);
    __builtin_prefetch(&kept->slots[to->slots[i]]);
}

/* As ca_kept_cell_of, one level after the other; those that have a cell, and how many. */
static uint32_t find_places(const ca_kept *kept, const ca_items *items, const uint64_t *const *keys, uint32_t *ret_found, places *to)
{
    uint32_t left[CA_USUAL_BLOCK], count = items->count, known = 0;
    unsigned levels = kept->about.levels;
    for (uint32_t i = 0; i < count; i++)
        left[i] = i;
    for (unsigned level = 0; level < levels && count > 0; level++) {
        const uint64_t *own = keys[level], salt = ca_cell_key(level, levels, 0);
        uint32_t rest = 0;
        for (uint32_t j = 0; j < count; j++) {
            uint32_t i = left[j];
            uint64_t key = own[items->lines[i]];
            uint32_t cell = key != 0 ? find_cell(kept, key ^ salt) : CA_USUAL_NONE;
            if (cell == CA_USUAL_NONE) {
                left[rest++] = i;
                continue;
            }
            put_place(kept, i, cell, key ^ salt, items->items[i], to);
            ret_found[known++] = i;
        }
        count = rest;
    }
    for (uint32_t j = 0; j < count && !(kept->about.strict && levels > 0); j++) {
        put_place(kept, left[j], 0, ca_cell_key(levels, levels, 0), items->items[left[j]], to);
        ret_found[known++] = left[j];
    }
    return known;
}

void ca_kept_judge(const ca_kept *kept, const ca_items *items, const uint64_t *const *keys, uint64_t bit, uint32_t first,
                   uint64_t *sums, uint64_t *present)
{
    places all;
    uint32_t found[CA_USUAL_BLOCK];
    uint32_t count = find_places(kept, items, keys, found, &all);
    for (uint32_t j = 0; j < count; j++) {
        uint32_t i = found[j], at = all.slots[i], line = items->lines[i] - first;
        while (kept->slots[at].key != all.keys[i] && kept->slots[at].count != 0)
            at = at + 1 == kept->slot_count ? 0 : at + 1;
        const ca_kept_slot *slot = &kept->slots[at];
        sums[line] += slot->count != 0 ? slot->surprise : ca_surprise_of(ca_kept_p(kept, all.cells[i], items->items[i]));
        present[line] |= bit;
    }
}
