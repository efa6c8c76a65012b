/* A table from bytes to small integers: linear probing, at most half full. A slot holds the upper
 * half of the hash, which gives both its place and a first test, so that growing need not look at
 * any key. */
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/hash.h"

enum { FIRST_SLOTS = 16, FIRST_NAMES = 8 };

static const size_t MOST_KEYS = (size_t)1 << 31;
static const uint64_t ID_MASK = UINT32_MAX;

void ca_table_init(ca_table *table)
{
    *table = (ca_table){0};
    ca_arena_init(&table->keys);
}

void ca_table_done(ca_table *table)
{
    ca_arena_done(&table->keys);
    ca_free(table->slots);
    ca_free(table->names);
    ca_table_init(table);
}

/* The key's slot, or the free slot where it belongs. */
static size_t slot_of(const ca_table *table, ca_text key, uint64_t hash)
{
    size_t mask = table->slot_count - 1;
    for (size_t i = (size_t)(hash >> 32) & mask;; i = (i + 1) & mask) {
        uint64_t slot = table->slots[i];
        if (slot == 0)
            return i;
        if ((slot >> 32) == (hash >> 32) && ca_text_eq(table->names[(slot & ID_MASK) - 1], key))
            return i;
    }
}

static int grow_slots(ca_table *table)
{
    size_t count = table->slot_count == 0 ? FIRST_SLOTS : table->slot_count * 2;
    uint64_t *slots = ca_alloc_zero(count, sizeof(*slots));
    if (slots == NULL)
        return CA_NOMEM;
    for (size_t i = 0; i < table->slot_count; i++) {
        uint64_t slot = table->slots[i];
        if (slot == 0)
            continue;
        size_t place = (size_t)(slot >> 32) & (count - 1);
        while (slots[place] != 0)
            place = (place + 1) & (count - 1);
        slots[place] = slot;
    }
    ca_free(table->slots);
    table->slots = slots;
    table->slot_count = count;
    return 0;
}

static int make_room(ca_table *table)
{
    if (table->count == MOST_KEYS)
        return CA_NOMEM;
    if (table->count == table->name_cap) {
        size_t cap = table->name_cap == 0 ? FIRST_NAMES : table->name_cap * 2;
        ca_text *names = ca_realloc_array(table->names, cap, sizeof(*names));
        if (names == NULL)
            return CA_NOMEM;
        table->names = names;
        table->name_cap = cap;
    }
    return table->count * 2 < table->slot_count ? 0 : grow_slots(table);
}

static bool find(const ca_table *table, ca_text key, uint64_t hash, uint32_t *ret_id)
{
    if (table->slot_count == 0)
        return false;
    uint64_t slot = table->slots[slot_of(table, key, hash)];
    if (slot == 0)
        return false;
    *ret_id = (uint32_t)(slot & ID_MASK) - 1;
    return true;
}

int ca_table_put(ca_table *table, ca_text key, uint32_t *ret_id, bool *ret_new)
{
    uint64_t hash = ca_hash64(key.ptr, key.len);
    uint32_t id;
    bool is_new = !find(table, key, hash, &id);
    if (is_new) {
        ca_text copy;
        if (make_room(table) != 0 || ca_arena_text(&table->keys, key, &copy) != 0)
            return CA_NOMEM;
        id = (uint32_t)table->count;
        table->slots[slot_of(table, key, hash)] = (hash & ~ID_MASK) | (id + 1);
        table->names[id] = copy;
        table->count++;
    }
    *ret_id = id;
    if (ret_new != NULL)
        *ret_new = is_new;
    return 0;
}

uint32_t ca_table_find(const ca_table *table, ca_text key)
{
    uint32_t id;
    return find(table, key, ca_hash64(key.ptr, key.len), &id) ? id : CA_TABLE_NONE;
}

ca_text ca_table_key(const ca_table *table, uint32_t id)
{
    return id < table->count ? table->names[id] : CA_TEXT("");
}

size_t ca_table_bytes(const ca_table *table)
{
    return table->keys.used + table->slot_count * sizeof(*table->slots) +
           table->name_cap * sizeof(*table->names);
}
