/* Open addressing; a small entity behind a large one uses few of the slots. */
#include "run/measure_groups.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error.h"

#define SLOTS_FIRST 32u
#define GROUPS_MOST (UINT32_C(1) << 31)

static void empty(ca_group_table *table)
{
    if (table->slot_count) {
        memset(table->slots, 0, table->slot_count * sizeof *table->slots);
    }
}

void ca_group_table_clear(ca_group_table *table, unsigned words, size_t groups)
{
    if (table->count) {
        empty(table);
        memset(table->weights, 0, table->count * (size_t)table->words * sizeof *table->weights);
    }
    table->slot_count = table->slot_cap < SLOTS_FIRST ? table->slot_cap : SLOTS_FIRST;
    while (table->slot_count < table->slot_cap && table->slot_count < 2 * groups) {
        table->slot_count *= 2;
    }
    table->words = words;
    table->count = 0;
    table->room = table->slot_count / 2 * words < table->weight_cap ? table->slot_count / 2 : 0;
    table->last = CA_NO_GROUP;
}

void ca_group_table_done(ca_group_table *table)
{
    ca_free(table->slots);
    ca_free(table->keys);
    ca_free(table->weights);
    *table = (ca_group_table){0};
}

size_t ca_group_table_bytes(const ca_group_table *table)
{
    return table->slot_cap * sizeof *table->slots + table->key_cap * sizeof *table->keys + table->weight_cap * sizeof *table->weights;
}

size_t ca_group_tables_bytes(const ca_group_table *tables, unsigned count)
{
    size_t sum = 0;
    for (unsigned i = 0; i < count; i++) {
        sum += ca_group_table_bytes(&tables[i]);
    }
    return sum;
}

void ca_group_tables_done(ca_group_table *tables, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        ca_group_table_done(&tables[i]);
    }
}

/* The slot of the key, or a free one. */
static inline uint32_t *find(const ca_group_table *table, uint64_t key)
{
    uint64_t mixed = key * UINT64_C(0x9E3779B97F4A7C15);
    size_t at = (size_t)(mixed ^ mixed >> 32);
    uint32_t *slot = &table->slots[at & (table->slot_count - 1)];
    while (*slot && table->keys[*slot - 1] != key) {
        slot = &table->slots[++at & (table->slot_count - 1)];
    }
    return slot;
}

uint32_t ca_group_table_find(const ca_group_table *table, uint64_t key)
{
    uint32_t slot = table->count ? *find(table, key) : 0;
    return slot ? slot - 1 : CA_NO_GROUP;
}

/* All groups get a place anew. */
static int widen(ca_group_table *table, size_t count)
{
    if (count > table->slot_cap) {
        uint32_t *slots = ca_alloc_zero(count, sizeof *slots);
        if (!slots) {
            return CA_NOMEM;
        }
        ca_free(table->slots);
        table->slots = slots;
        table->slot_cap = count;
    }
    empty(table);
    table->slot_count = count;
    for (uint32_t i = 0; i < table->count; i++) {
        *find(table, table->keys[i]) = i + 1;
    }
    return 0;
}

/* Of keys and weights. There are always keys for half of the slots. */
static int make_room(ca_group_table *table, size_t groups)
{
    size_t weights = groups * table->words + 1;
    if (groups > table->key_cap) {
        uint64_t *more = ca_realloc_array(table->keys, groups, sizeof *more);
        if (!more) {
            return CA_NOMEM;
        }
        table->keys = more;
        table->key_cap = groups;
    }
    if (weights > table->weight_cap) {
        int64_t *more = ca_realloc_array(table->weights, weights, sizeof *more);
        if (!more) {
            return CA_NOMEM;
        }
        memset(more + table->weight_cap, 0, (weights - table->weight_cap) * sizeof *more);
        table->weights = more;
        table->weight_cap = weights;
    }
    return 0;
}

/* A group takes two slots. */
static __attribute__((noinline)) int grow(ca_group_table *table)
{
    bool full = 2 * (size_t)table->count >= table->slot_count;
    size_t slots = !full ? table->slot_count : table->slot_count ? 2 * table->slot_count : SLOTS_FIRST;
    if (table->count >= GROUPS_MOST || make_room(table, slots / 2) || (full && widen(table, slots))) {
        return CA_NOMEM;
    }
    table->room = slots / 2;
    return 0;
}

uint32_t ca_group_table_add(ca_group_table *table, uint64_t key)
{
    if (table->count >= table->room) {
        return grow(table) ? CA_NO_GROUP : ca_group_table_add(table, key);
    }
    uint32_t *slot = find(table, key);
    if (!*slot) {
        table->keys[table->count++] = key;
        *slot = table->count;
    }
    table->last_key = key;
    table->last = *slot - 1;
    return table->last;
}
