/* Open addressing; slots of earlier entities are told by their generation, and a small entity behind a large one uses few of them. */
#include "run/measure_groups.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error.h"

#define SLOTS_FIRST 32u
#define GROUPS_MOST (UINT32_C(1) << 31)

/* Once in 2^32 entities the generations begin again. */
static void forget(ca_group_table *table)
{
    for (size_t i = 0; i < table->slot_cap; i++) {
        table->slots[i].generation = 0;
    }
}

void ca_group_table_clear(ca_group_table *table, unsigned words, size_t groups)
{
    table->generation++;
    if (table->generation == 0) {
        forget(table);
        table->generation = 1;
    }
    if (table->count && table->words) {
        memset(table->weights, 0, (size_t)table->count * table->words * sizeof *table->weights);
    }
    table->slot_count = table->slot_cap < SLOTS_FIRST ? table->slot_cap : SLOTS_FIRST;
    while (table->slot_count < table->slot_cap && table->slot_count < 2 * groups) {
        table->slot_count *= 2;
    }
    table->words = words;
    table->count = 0;
    table->room = table->slot_count / 2 * words <= table->weight_cap ? table->slot_count / 2 : 0;
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

static ca_group_slot *find(const ca_group_table *table, uint64_t key)
{
    uint64_t mixed = key * UINT64_C(0x9E3779B97F4A7C15);
    size_t at = (size_t)(mixed ^ mixed >> 32) & (table->slot_count - 1);
    while (table->slots[at].generation == table->generation && table->slots[at].key != key) {
        at = (at + 1) & (table->slot_count - 1);
    }
    return &table->slots[at];
}

uint32_t ca_group_table_find(const ca_group_table *table, uint64_t key)
{
    if (table->count == 0) {
        return CA_NO_GROUP;
    }
    const ca_group_slot *slot = find(table, key);
    return slot->generation == table->generation ? slot->group : CA_NO_GROUP;
}

/* All groups get a place anew. */
static int widen(ca_group_table *table, size_t count)
{
    if (count > table->slot_cap) {
        ca_group_slot *slots = ca_alloc_zero(count, sizeof *slots);
        if (!slots) {
            return CA_NOMEM;
        }
        ca_free(table->slots);
        table->slots = slots;
        table->slot_cap = count;
        table->generation = 0;
    }
    table->generation++;
    if (table->generation == 0) {
        forget(table);
        table->generation = 1;
    }
    table->slot_count = count;
    for (uint32_t i = 0; i < table->count; i++) {
        *find(table, table->keys[i]) = (ca_group_slot){table->keys[i], i, table->generation};
    }
    return 0;
}

/* Of keys and weights. There are always keys for half of the slots. */
static int make_room(ca_group_table *table, size_t groups)
{
    if (groups > table->key_cap) {
        uint64_t *keys = ca_realloc_array(table->keys, groups, sizeof *keys);
        if (!keys) {
            return CA_NOMEM;
        }
        table->keys = keys;
        table->key_cap = groups;
    }
    if (groups * table->words > table->weight_cap) {
        int64_t *weights = ca_realloc_array(table->weights, groups * table->words, sizeof *weights);
        if (!weights) {
            return CA_NOMEM;
        }
        memset(weights + table->weight_cap, 0, (groups * table->words - table->weight_cap) * sizeof *weights);
        table->weights = weights;
        table->weight_cap = groups * table->words;
    }
    return 0;
}

/* A group takes two slots. */
static __attribute__((noinline)) int grow(ca_group_table *table)
{
    bool full = 2 * table->count >= table->slot_count;
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
    ca_group_slot *slot = find(table, key);
    if (slot->generation != table->generation) {
        *slot = (ca_group_slot){key, table->count, table->generation};
        table->keys[table->count++] = key;
    }
    table->last_key = key;
    table->last = slot->group;
    return slot->group;
}
