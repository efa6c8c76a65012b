/* Open addressing; slots of earlier entities are told by their generation, and a small entity behind a large one uses few of them. */
#include "run/measure_groups.h"

#include "base/alloc.h"
#include "base/error.h"

#define SLOTS_FIRST 32u
#define GROUPS_FIRST 16u
#define GROUPS_MOST (UINT32_C(1) << 31)

/* Once in 2^32 entities the generations begin again. */
static void forget(ca_group_table *table)
{
    for (size_t i = 0; i < table->slot_cap; i++) {
        table->slots[i].generation = 0;
    }
}

void ca_group_table_clear(ca_group_table *table, unsigned words)
{
    table->generation++;
    if (table->generation == 0) {
        forget(table);
        table->generation = 1;
    }
    table->slot_count = table->slot_cap < SLOTS_FIRST ? table->slot_cap : SLOTS_FIRST;
    table->words = words;
    table->count = 0;
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

/* Twice as many slots; all groups get a place anew. */
static int widen(ca_group_table *table)
{
    size_t count = table->slot_count ? 2 * table->slot_count : SLOTS_FIRST;
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

static int make_room(ca_group_table *table)
{
    if (table->count == table->key_cap) {
        size_t cap = table->key_cap ? 2 * table->key_cap : GROUPS_FIRST;
        uint64_t *keys = ca_realloc_array(table->keys, cap, sizeof *keys);
        if (!keys) {
            return CA_NOMEM;
        }
        table->keys = keys;
        table->key_cap = cap;
    }
    if (((size_t)table->count + 1) * table->words > table->weight_cap) {
        size_t cap = table->key_cap * table->words;
        int64_t *weights = ca_realloc_array(table->weights, cap, sizeof *weights);
        if (!weights) {
            return CA_NOMEM;
        }
        table->weights = weights;
        table->weight_cap = cap;
    }
    return 0;
}

uint32_t ca_group_table_add(ca_group_table *table, uint64_t key)
{
    bool full = 2 * ((size_t)table->count + 1) > table->slot_count;
    if (full && (table->count >= GROUPS_MOST || widen(table))) {
        return CA_NO_GROUP;
    }
    ca_group_slot *slot = find(table, key);
    if (slot->generation != table->generation) {
        if (make_room(table)) {
            return CA_NO_GROUP;
        }
        *slot = (ca_group_slot){key, table->count, table->generation};
        table->keys[table->count] = key;
        for (unsigned i = 0; i < table->words; i++) {
            table->weights[(size_t)table->count * table->words + i] = 0;
        }
        table->count++;
    }
    table->last = slot->group;
    return slot->group;
}
