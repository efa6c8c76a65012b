/* What a record holds of its lines: each column once. A key of several columns that the kind has one by one is made of these again, and
 * so is one of a number. */
#include "run/measure_asks.h"

unsigned ca_measure_plain(const ca_feature_number *number)
{
    return number->count == 1 && number->factor[0] == 1 && number->constant == 0 ? number->column[0] : CA_NO_COLUMN;
}

/* Dates are days in numbers, and unsigned in keys. */
static bool find_number(const ca_measure_plan *plan, const ca_measure_kind *kind, unsigned column, ca_measure_part *ret_part)
{
    bool found = false;
    for (uint32_t i = 0; i < kind->number_count && !found && plan->schema->columns[column].type != CA_TYPE_DATE; i++) {
        found = ca_measure_plain(&plan->numbers[kind->numbers[i]]) == column;
        *ret_part = found ? (ca_measure_part){true, i} : *ret_part;
    }
    return found;
}

static bool find_key(const ca_measure_plan *plan, const ca_measure_kind *kind, unsigned column, ca_measure_part *ret_part)
{
    bool found = false;
    for (uint32_t i = 0; i < kind->key_count && !found; i++) {
        const ca_feature_key *key = kind->keys[i].key == CA_NO_INDEX ? NULL : &plan->keys[kind->keys[i].key];
        found = key && key->count == 1 && key->column[0] == column;
        *ret_part = found ? (ca_measure_part){false, i} : *ret_part;
    }
    return found;
}

/* Lines that miss a column of it differ from what records would hold: nobody asks for these, but who counts claims. */
static void make_key(const ca_measure_plan *plan, const ca_measure_kind *kind, ca_measure_key *key)
{
    unsigned found = 0;
    if (key->key == CA_NO_INDEX) {
        return;
    }
    const ca_feature_key *of = &plan->keys[key->key];
    while (found < of->count && key->key != plan->claim &&
           (find_number(plan, kind, of->column[found], &key->parts[found]) ||
            (of->count > 1 && find_key(plan, kind, of->column[found], &key->parts[found])))) {
        found++;
    }
    key->part_count = found == of->count ? found : 0;
}

static void add_column(ca_measure_kind *kind, bool number, uint32_t index)
{
    kind->columns[kind->column_count++ - kind->words] = (ca_measure_part){number, index};
}

/* A part of pairs may be made of others; keys that are made lie before the pairs that they are parts of. */
static uint64_t columns_of(const ca_measure_kind *kind, ca_measure_part part)
{
    unsigned i = 0;
    if (!part.number && kind->keys[part.index].part_count) {
        return kind->keys[part.index].columns;
    }
    while (kind->columns[i].number != part.number || kind->columns[i].index != part.index) {
        i++;
    }
    return ca_measure_column(kind->words + i);
}

static void find_columns(ca_measure_kind *kind)
{
    for (uint32_t i = 0; i < kind->key_count; i++) {
        ca_measure_key *key = &kind->keys[i];
        uint64_t columns = key->part_count ? 0 : columns_of(kind, (ca_measure_part){false, i});
        for (unsigned k = 0; k < key->part_count; k++) {
            columns |= columns_of(kind, key->parts[k]);
        }
        key->columns = columns;
    }
    for (unsigned i = 0; i < kind->tally_count; i++) {    /* a row has its own pair where it has its own group, whatever a record says */
        const ca_measure_tally *tally = &kind->tallies[i];
        if (tally->pairs != CA_NO_INDEX) {
            kind->keys[tally->pairs].columns |= kind->keys[tally->key].columns;
        }
    }
}

int ca_measure_plan_record(const ca_measure_plan *plan, ca_measure_kind *kind, ca_arena *arena)
{
    uint32_t claim = kind->tallies[kind->claims].key;
    kind->columns = ca_arena_array(arena, kind->number_count + kind->key_count, sizeof *kind->columns);
    kind->made = ca_arena_array(arena, kind->key_count, sizeof *kind->made);
    if (!kind->columns || !kind->made) {
        return CA_NOMEM;
    }
    kind->column_count = kind->words;
    for (uint32_t i = 0; i < kind->number_count; i++) {
        add_column(kind, true, i);
    }
    for (uint32_t i = 0; i < kind->key_count; i++) {
        make_key(plan, kind, &kind->keys[i]);
        if (kind->keys[i].part_count) {
            kind->made[kind->made_count++] = i;
        } else if (i != claim) {
            add_column(kind, false, i);
        }
    }
    add_column(kind, false, claim);
    find_columns(kind);
    return 0;
}

size_t ca_measure_record_most(const ca_measure_kind *kind, unsigned lines)
{
    return CA_MEASURE_HEAD + kind->column_count * (1 + lines * sizeof(uint64_t)) + sizeof(uint64_t);
}
