/* The registry of sets and tables by name, and overlays of it for tests. */
#include "refs/refs.h"

#include <string.h>

#include "base/alloc.h"
#include "refs/inside.h"

ca_refs *ca_refs_new(ca_codes *codes, ca_disk *disk)
{
    ca_refs *refs = ca_alloc_zero(1, sizeof *refs);
    if (refs) {
        refs->codes = codes;
        refs->disk = disk;
    }
    return refs;
}

static void free_entry(const ca_ref_entry *entry)
{
    if (!entry->owned) {
        return;
    }
    if (entry->set) {
        ca_codeset_done(entry->set);
        ca_free(entry->set);
    }
    if (entry->table) {
        ca_reftable_done(entry->table);
        ca_free(entry->table);
    }
}

void ca_refs_free(ca_refs *refs)
{
    if (!refs) {
        return;
    }
    for (size_t i = 0; i < refs->set_count; i++) {
        free_entry(&refs->sets[i]);
    }
    for (size_t i = 0; i < refs->table_count; i++) {
        free_entry(&refs->tables[i]);
    }
    ca_free(refs->sets);
    ca_free(refs->tables);
    ca_free(refs);
}

static int borrow_all(const ca_ref_entry *from, size_t count, ca_ref_entry **ret_entries,
                      size_t *ret_cap)
{
    ca_ref_entry *entries = ca_alloc_zero(count + 4, sizeof *entries);
    if (!entries) {
        return CA_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        entries[i] = from[i];
        entries[i].owned = false;
    }
    *ret_entries = entries;
    *ret_cap = count + 4;
    return 0;
}

ca_refs *ca_refs_overlay(ca_refs *under)
{
    ca_refs *refs = ca_refs_new(under->codes, under->disk);
    if (!refs) {
        return NULL;
    }
    if (borrow_all(under->sets, under->set_count, &refs->sets, &refs->set_cap) != 0 ||
        borrow_all(under->tables, under->table_count, &refs->tables, &refs->table_cap) != 0) {
        ca_refs_free(refs);
        return NULL;
    }
    refs->under = under;
    refs->set_count = under->set_count;
    refs->table_count = under->table_count;
    return refs;
}

/* Where the name stands, or would stand. */
static size_t place_of(const ca_ref_entry *entries, size_t count, ca_text name, bool *ret_found)
{
    size_t from = 0;
    size_t end = count;
    *ret_found = false;
    while (from < end) {
        size_t middle = from + (end - from) / 2;
        int order = ca_text_cmp(ca_text_of(entries[middle].name), name);
        if (order == 0) {
            *ret_found = true;
            return middle;
        }
        if (order < 0) {
            from = middle + 1;
        } else {
            end = middle;
        }
    }
    return from;
}

/* The entry of a name, made where there is none. NULL when memory ran out. */
static ca_ref_entry *want_entry(ca_ref_entry **entries, size_t *count, size_t *cap,
                                const char *name)
{
    bool found;
    size_t at = place_of(*entries, *count, ca_text_of(name), &found);
    if (found) {
        return &(*entries)[at];
    }
    if (*count == *cap) {
        size_t more = *cap ? *cap * 2 : 16;
        ca_ref_entry *grown = ca_realloc_array(*entries, more, sizeof *grown);
        if (!grown) {
            return NULL;
        }
        *entries = grown;
        *cap = more;
    }
    ca_ref_entry *entry = &(*entries)[at];
    memmove(entry + 1, entry, (*count - at) * sizeof *entry);
    *entry = (ca_ref_entry){0};
    (*count)++;
    return entry;
}

int ca_refs_put_set(ca_refs *refs, ca_codeset *set)
{
    ca_ref_entry *entry = want_entry(&refs->sets, &refs->set_count, &refs->set_cap, set->name);
    if (!entry) {
        ca_codeset_done(set);
        ca_free(set);
        return CA_NOMEM;
    }
    if (entry->owned) {
        /* Rules may hold the address. */
        entry->again |= ca_codeset_bound(entry->set) != ca_codeset_bound(set) ||
                        ca_digest_cmp(entry->set->digest, set->digest) != 0;
        entry->replaced = entry->replaced || (ca_codeset_bound(entry->set) &&
                                              ca_digest_cmp(entry->set->digest, set->digest) != 0);
        ca_codeset_done(entry->set);
        *entry->set = *set;
        ca_free(set);
    } else {
        entry->set = set;
        entry->owned = true;
    }
    entry->name = entry->set->name;
    return 0;
}

int ca_refs_put_table(ca_refs *refs, ca_reftable *table)
{
    ca_ref_entry *entry =
        want_entry(&refs->tables, &refs->table_count, &refs->table_cap, table->name);
    if (!entry) {
        ca_reftable_done(table);
        ca_free(table);
        return CA_NOMEM;
    }
    if (entry->owned) {
        entry->again |= ca_reftable_bound(entry->table) != ca_reftable_bound(table) ||
                        ca_digest_cmp(entry->table->digest, table->digest) != 0;
        entry->replaced = entry->replaced || (ca_reftable_bound(entry->table) &&
                                              ca_digest_cmp(entry->table->digest, table->digest) != 0);
        ca_reftable_done(entry->table);
        *entry->table = *table;
        ca_free(table);
    } else {
        entry->table = table;
        entry->owned = true;
    }
    entry->name = entry->table->name;
    return 0;
}

ca_codeset *ca_refs_set(const ca_refs *refs, ca_text name)
{
    bool found;
    size_t at = place_of(refs->sets, refs->set_count, name, &found);
    return found ? refs->sets[at].set : NULL;
}

ca_reftable *ca_refs_table(const ca_refs *refs, ca_text name)
{
    bool found;
    size_t at = place_of(refs->tables, refs->table_count, name, &found);
    return found ? refs->tables[at].table : NULL;
}

static const char *closest_of(const ca_ref_entry *entries, size_t count, ca_text name)
{
    const char **names = ca_alloc_zero(count, sizeof *names);
    if (!names) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        names[i] = entries[i].name;
    }
    const char *closest = ca_text_closest(name, names, count);
    ca_free(names);
    return closest;
}

const char *ca_refs_closest_set(const ca_refs *refs, ca_text name)
{
    return closest_of(refs->sets, refs->set_count, name);
}

const char *ca_refs_closest_table(const ca_refs *refs, ca_text name)
{
    return closest_of(refs->tables, refs->table_count, name);
}

size_t ca_refs_set_count(const ca_refs *refs)
{
    return refs->set_count;
}

const ca_codeset *ca_refs_set_at(const ca_refs *refs, size_t index)
{
    return refs->sets[index].set;
}

size_t ca_refs_table_count(const ca_refs *refs)
{
    return refs->table_count;
}

const ca_reftable *ca_refs_table_at(const ca_refs *refs, size_t index)
{
    return refs->tables[index].table;
}

bool ca_refs_set_replaced(const ca_refs *refs, size_t index)
{
    return refs->sets[index].replaced;
}

bool ca_refs_table_replaced(const ca_refs *refs, size_t index)
{
    return refs->tables[index].replaced;
}

bool ca_refs_set_again(const ca_refs *refs, ca_text name)
{
    bool found;
    size_t at = place_of(refs->sets, refs->set_count, name, &found);
    return found && refs->sets[at].again;
}

bool ca_refs_table_again(const ca_refs *refs, ca_text name)
{
    bool found;
    size_t at = place_of(refs->tables, refs->table_count, name, &found);
    return found && refs->tables[at].again;
}

int ca_refs_sync(ca_refs *refs, ca_error *err)
{
    for (size_t i = 0; i < refs->set_count; i++) {
        if (ca_codeset_index_extend(refs->sets[i].set, refs->codes) != 0) {
            return ca_error_nomem(err);
        }
    }
    return 0;
}
