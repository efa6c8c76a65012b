/* Counting items in cells while lines pass: one open table from (cell, item) to a count, so that a line costs one look-up a
 * feature. Cells are looked up only where an item is new in them. */
#include "base/alloc.h"
#include "score/profile_inside.h"

enum { FIRST_SLOTS = 1024, FIRST_CELL_SLOTS = 64 };

static void set_limits(ca_counts *counts)
{
    unsigned most_coarse = counts->numbers ? CA_BUCKET_COARSER : 0;
    counts->coarser = counts->steps < most_coarse ? counts->steps : most_coarse;
    unsigned halvings = counts->steps - counts->coarser;
    for (unsigned level = 0; level <= counts->levels; level++) {
        unsigned before = level * CA_USUAL_HALVINGS;
        unsigned halved = halvings > before ? halvings - before : 0;
        bool none = level < counts->levels && halved >= CA_USUAL_HALVINGS;
        unsigned bits = halved < 40 ? halved : 40;    /* buckets and conditions are smaller numbers than 2^24 */
        counts->limits[level] = none ? 0 : halved == 0 ? UINT64_MAX : UINT64_C(1) << (64 - bits);
    }
}

/* Looked up all over: in large pages. */
static ca_count *free_slots(uint32_t count)
{
    ca_count *slots = ca_alloc_large(count * sizeof *slots);
    if (slots != NULL)
        memset(slots, 0, count * sizeof *slots);
    return slots;
}

int ca_counts_init(ca_counts *counts, const ca_usual_feature *about, uint32_t most)
{
    ca_counts like = {.levels = about->levels,
                      .numbers = about->form == CA_USUAL_NUMBER,
                      .crossed = about->crossed,
                      .most = most};
    return ca_counts_like(counts, &like, 0);
}

int ca_counts_like(ca_counts *counts, const ca_counts *other, unsigned steps)
{
    unsigned levels = other->levels;
    *counts = (ca_counts){
        .levels = levels, .numbers = other->numbers, .crossed = other->crossed, .most = other->most, .steps = steps};
    uint32_t slot_count = other->slot_count > FIRST_SLOTS ? other->slot_count : FIRST_SLOTS;
    counts->slots = free_slots(slot_count);
    counts->cell_slots = ca_alloc_zero(FIRST_CELL_SLOTS, sizeof *counts->cell_slots);
    if (counts->slots == NULL || counts->cell_slots == NULL) {
        ca_counts_done(counts);
        return CA_NOMEM;
    }
    counts->slot_count = slot_count;
    counts->cell_slot_count = FIRST_CELL_SLOTS;
    set_limits(counts);
    uint32_t all;
    int rc = ca_counts_cell_put(counts, ca_cell_key(levels, levels, 0), levels, CA_USUAL_NONE, &all);
    if (rc != 0)
        ca_counts_done(counts);
    return rc;
}

void ca_counts_done(ca_counts *counts)
{
    ca_free(counts->slots);
    ca_free(counts->cells);
    ca_free(counts->cell_slots);
    *counts = (ca_counts){0};
}

/* --- Cells ---------------------------------------------------------------------------------------------------------- */

static uint32_t *cell_slot(uint32_t *slots, uint32_t slot_count, const ca_counts_cell *cells, uint64_t key)
{
    uint32_t mask = slot_count - 1;
    uint32_t at = (uint32_t)(ca_key_place(key) >> 32) & mask;
    while (slots[at] != 0 && cells[slots[at] - 1].key != key)
        at = (at + 1) & mask;
    return &slots[at];
}

static int grow_cell_slots(ca_counts *counts)
{
    uint32_t more = counts->cell_slot_count * 2;
    uint32_t *slots = ca_alloc_zero(more, sizeof *slots);
    if (slots == NULL)
        return CA_NOMEM;
    for (uint32_t i = 0; i < counts->cell_count; i++)
        *cell_slot(slots, more, counts->cells, counts->cells[i].key) = i + 1;
    ca_free(counts->cell_slots);
    counts->cell_slots = slots;
    counts->cell_slot_count = more;
    return 0;
}

int ca_counts_cell_put(ca_counts *counts, uint64_t key, unsigned level, uint32_t parent, uint32_t *ret_cell)
{
    uint32_t *slot = cell_slot(counts->cell_slots, counts->cell_slot_count, counts->cells, key);
    if (*slot != 0) {
        *ret_cell = *slot - 1;
        return 0;
    }
    if (counts->cell_count * 2 >= counts->cell_slot_count && grow_cell_slots(counts) != 0)
        return CA_NOMEM;
    ca_counts_cell *cells = ca_grown_array(counts->cells, counts->cell_count, &counts->cell_cap, sizeof *cells);
    if (cells == NULL)
        return CA_NOMEM;
    counts->cells = cells;
    cells[counts->cell_count] = (ca_counts_cell){key, parent, level};
    *cell_slot(counts->cell_slots, counts->cell_slot_count, cells, key) = counts->cell_count + 1;
    *ret_cell = counts->cell_count++;
    return 0;
}

/* The line's cell at this level, with the coarser ones that it belongs to. */
static int cell_of_line(ca_counts *counts, const uint64_t *const *keys, uint32_t line, unsigned level, uint32_t *ret_cell)
{
    uint32_t parent = 0;
    for (unsigned at = counts->levels; at-- > level;) {
        uint64_t key = keys[at][line];
        if (key == 0 || (counts->crossed && at > level))
            continue;
        int rc = ca_counts_cell_put(counts, ca_cell_key(at, counts->levels, key), at, parent, &parent);
        if (rc != 0)
            return rc;
    }
    *ret_cell = parent;
    return 0;
}

/* --- Counts --------------------------------------------------------------------------------------------------------- */

static ca_count *count_slot(ca_count *slots, uint32_t slot_count, uint64_t key)
{
    uint32_t mask = slot_count - 1;
    uint32_t at = (uint32_t)(ca_key_place(key) >> 32) & mask;
    while (slots[at].count != 0 && slots[at].key != key)
        at = (at + 1) & mask;
    return &slots[at];
}

/* Room for so many more. */
static int reserve(ca_counts *counts, uint32_t more)
{
    uint32_t slot_count = counts->slot_count;
    while ((uint64_t)(counts->used + more) * 4 > (uint64_t)slot_count * 3)
        slot_count *= 2;
    if (slot_count == counts->slot_count)
        return 0;
    ca_count *slots = free_slots(slot_count);
    if (slots == NULL)
        return CA_NOMEM;
    for (uint32_t i = 0; i < counts->slot_count; i++)
        if (counts->slots[i].count != 0)
            *count_slot(slots, slot_count, counts->slots[i].key) = counts->slots[i];
    ca_free(counts->slots);
    counts->slots = slots;
    counts->slot_count = slot_count;
    return 0;
}

/* In its bucket, or among those that are not told apart. */
static inline uint64_t item_counted(const ca_counts *counts, uint64_t item)
{
    if (counts->numbers)
        return counts->coarser == 0 ? item : ca_bucket_coarse(item, counts->coarser);
    return item < counts->limits[counts->levels] ? item : CA_USUAL_OTHER;
}

int ca_counts_put(ca_counts *counts, uint32_t cell, uint64_t item, uint32_t count)
{
    int rc = reserve(counts, 1);
    if (rc != 0)
        return rc;
    uint64_t key = ca_count_key(counts->cells[cell].key, item_counted(counts, item));
    ca_count *slot = count_slot(counts->slots, counts->slot_count, key);
    counts->used += slot->count == 0;
    *slot = (ca_count){key, cell, count > UINT32_MAX - slot->count ? UINT32_MAX : slot->count + count};
    return 0;
}

/* Lines of a block that are counted at a level: where the item is in the cell that they have there, or is looked for from. */
typedef struct sought {
    uint32_t count;
    uint32_t lines[CA_USUAL_BLOCK];
    uint32_t slots[CA_USUAL_BLOCK];
    uint64_t keys[CA_USUAL_BLOCK];
} sought;

static inline void put_sought(const ca_counts *counts, uint64_t key, uint32_t line, bool known, sought *to)
{
    uint32_t slot = (uint32_t)(ca_key_place(key) >> 32) & (counts->slot_count - 1);
    to->lines[to->count] = line;
    to->slots[to->count] = slot;
    to->keys[to->count] = key;
    to->count += known;
    __builtin_prefetch(&counts->slots[slot], 1);
}

/* `left` are the items that are not counted yet; those without a cell here that is told apart stay there. */
static uint32_t seek(const ca_counts *counts, const ca_items *items, const uint64_t *parts, const uint64_t *keys, unsigned level,
                     uint32_t *left, uint32_t left_count, sought *to)
{
    uint64_t salt = ca_cell_key(level, counts->levels, 0), limit = counts->limits[level];
    uint32_t rest = 0;
    to->count = 0;
    for (uint32_t j = 0; j < left_count; j++) {
        uint32_t i = left[j], line = items->lines[i];
        uint64_t own = keys[line], cell = own ^ salt;
        bool known = own != 0 && cell < limit;
        put_sought(counts, cell + parts[i], line, known, to);
        left[rest] = i;
        rest += !known;
    }
    return rest;
}

/* In the cell of all lines. */
static void seek_all(const ca_counts *counts, const ca_items *items, const uint64_t *parts, const uint32_t *left, uint32_t left_count,
                     sought *to)
{
    uint64_t cell = ca_cell_key(counts->levels, counts->levels, 0);
    to->count = 0;
    for (uint32_t j = 0; j < left_count; j++)
        put_sought(counts, cell + parts[left[j]], items->lines[left[j]], true, to);
}

/* Mostly the item is there. */
static int add_sought(ca_counts *counts, const uint64_t *const *keys, unsigned level, const sought *of)
{
    ca_count *slots = counts->slots;
    uint32_t mask = counts->slot_count - 1;
    for (uint32_t i = 0; i < of->count; i++) {
        uint32_t at = of->slots[i];
        while (slots[at].key != of->keys[i] && slots[at].count != 0)
            at = (at + 1) & mask;
        if (slots[at].count != 0) {
            slots[at].count += slots[at].count < UINT32_MAX;
            continue;
        }
        uint32_t cell;
        int rc = cell_of_line(counts, keys, of->lines[i], level, &cell);
        if (rc != 0)
            return rc;
        slots[at] = (ca_count){of->keys[i], cell, 1};
        counts->used++;
    }
    return 0;
}

static uint32_t take_all(const ca_items *items, uint32_t *left)
{
    for (uint32_t i = 0; i < items->count; i++)
        left[i] = i;
    return items->count;
}

/* Each line in the finest cell that it knows and that is told apart; of crossed cells in all of them. */
static int add_levels(ca_counts *counts, const ca_items *items, const uint64_t *const *keys)
{
    sought some;
    uint64_t parts[CA_USUAL_BLOCK];    /* of keys: what items make of those of cells */
    uint32_t left[CA_USUAL_BLOCK], count = take_all(items, left);
    unsigned levels = counts->levels;
    int rc = 0;
    for (uint32_t i = 0; i < count; i++)
        parts[i] = ca_count_key(0, item_counted(counts, items->items[i]));
    for (unsigned level = 0; rc == 0 && level <= levels && count > 0; level++) {
        rc = reserve(counts, count);
        if (rc == 0 && level < levels)
            count = seek(counts, items, parts, keys[level], level, left, count, &some);
        else if (rc == 0)
            seek_all(counts, items, parts, left, count, &some);
        rc = rc == 0 ? add_sought(counts, keys, level, &some) : rc;
        count = counts->crossed ? take_all(items, left) : count;
    }
    return rc;
}

int ca_counts_add(ca_counts *counts, const ca_items *items, const uint64_t *const *keys)
{
    int rc = add_levels(counts, items, keys);
    if (rc != 0)
        return rc;
    counts->lines += items->count;
    for (uint32_t i = 0; counts->levels > 0 && i < items->count; i++)
        counts->finest += keys[0][items->lines[i]] != 0;
    return counts->used + counts->cell_count > counts->most ? ca_counts_fit(counts) : 0;
}
