/* Adds up the records of an entity's lines, some hundreds at a time, column by column. */
#include "run/measure_entity_inside.h"

#include <string.h>

#include "base/alloc.h"

#define LINES_LARGE 512u    /* what fewer leave behind is little */
#define PLANES 9u    /* as many rows as are looked at at a time have so many bits */

/* --- Room ---------------------------------------------------------------------------------------------------- */

static unsigned larger(unsigned a, unsigned b)
{
    return a > b ? a : b;
}

static int make_room(ca_measure_entity *entity)
{
    unsigned words = 0, keys = 0, numbers = 0, sums = 0, tallies = 0, features = 0;
    for (unsigned k = 0; k < CA_ENTITY_LINE; k++) {
        const ca_measure_kind *kind = &entity->plan->kinds[k];
        words = larger(words, kind->words);
        keys = larger(keys, kind->key_count);
        numbers = larger(numbers, kind->number_count);
        sums = larger(sums, kind->sum_count);
        tallies = larger(tallies, kind->tally_count);
        features = larger(features, (unsigned)kind->feature_count);
    }
    entity->key_count = keys;
    entity->tally_count = tallies;
    entity->bits = ca_alloc_zero(words * CA_MEASURE_ROWS + 1, sizeof *entity->bits);
    entity->keys = ca_alloc_zero(keys * CA_MEASURE_ROWS + 1, sizeof *entity->keys);
    entity->numbers = ca_alloc_zero(numbers * CA_MEASURE_ROWS + 1, sizeof *entity->numbers);
    entity->peer = ca_alloc_zero(CA_MEASURE_ROWS, sizeof *entity->peer);
    entity->group = ca_alloc_zero(CA_MEASURE_ROWS, sizeof *entity->group);
    entity->member_rows = ca_alloc_zero(64 * (size_t)words + 1, sizeof *entity->member_rows);
    entity->sums = ca_alloc_zero(sums + 1, sizeof *entity->sums);
    entity->groups = ca_alloc_zero(keys + 1, sizeof *entity->groups);
    entity->pairs = ca_alloc_zero(tallies + 1, sizeof *entity->pairs);
    entity->counts = ca_alloc_zero(tallies + 1, sizeof *entity->counts);
    entity->values = ca_alloc_zero(features + 1, sizeof *entity->values);
    bool made = entity->bits && entity->keys && entity->numbers && entity->peer && entity->group && entity->member_rows && entity->sums && entity->groups &&
                entity->pairs && entity->counts && entity->values;
    return made ? 0 : CA_NOMEM;
}

int ca_measure_entity_new(const ca_measure_plan *plan, const ca_measure_peers *peers, const ca_codes *codes, size_t most,
                          ca_measure_entity **ret_entity, ca_error *err)
{
    ca_measure_entity *entity = ca_alloc_zero(1, sizeof *entity);
    if (!entity) {
        return ca_error_nomem(err);
    }
    entity->plan = plan;
    entity->peers = peers;
    entity->codes = codes;
    entity->most = most;
    ca_buf_init(&entity->id);
    if (make_room(entity)) {
        ca_measure_entity_free(entity);
        return ca_error_nomem(err);
    }
    *ret_entity = entity;
    return 0;
}

void ca_measure_entity_free(ca_measure_entity *entity)
{
    if (!entity) {
        return;
    }
    ca_group_tables_done(entity->groups, entity->groups ? entity->key_count : 0);
    ca_group_tables_done(entity->pairs, entity->pairs ? entity->tally_count : 0);
    ca_group_table_done(&entity->of_peers);
    ca_free(entity->bits);
    ca_free(entity->keys);
    ca_free(entity->numbers);
    ca_free(entity->peer);
    ca_free(entity->group);
    ca_free(entity->member_rows);
    ca_free(entity->sums);
    ca_free(entity->groups);
    ca_free(entity->pairs);
    ca_free(entity->counts);
    ca_free(entity->values);
    ca_buf_done(&entity->id);
    ca_free(entity);
}

void ca_measure_entity_link(ca_measure_entity *entity, ca_network_sink *network)
{
    entity->network = network;
}

/* Of a large entity the tables go: another may be large in others, and must not be refused for what this one left. */
static void give_back(ca_measure_entity *entity)
{
    size_t bytes = ca_group_tables_bytes(entity->groups, entity->key_count) + ca_group_tables_bytes(entity->pairs, entity->tally_count);
    if (bytes > entity->most / 16) {
        ca_group_tables_done(entity->groups, entity->key_count);
        ca_group_tables_done(entity->pairs, entity->tally_count);
    }
}

static void begin(ca_measure_entity *entity, const ca_measure_kind *kind)
{
    entity->kind = kind;
    entity->lines = 0;
    ca_buf_clear(&entity->id);
    for (unsigned i = 0; i < kind->sum_count; i++) {
        entity->sums[i] = (ca_summed){0, INT64_MAX, INT64_MIN, 0};
    }
    for (unsigned i = 0; i < kind->key_count; i++) {
        ca_group_table_clear(&entity->groups[i], kind->keys[i].words);
    }
    for (unsigned i = 0; i < kind->tally_count; i++) {
        entity->counts[i] = 0;
        if (kind->tallies[i].once != CA_NO_INDEX) {
            ca_group_table_clear(&entity->pairs[i], 0);
        }
    }
    ca_group_table_clear(&entity->of_peers, 1);
}

static int damaged(ca_error *err)
{
    return ca_error_set(err, CA_FAIL, "a record of an entity is damaged: run again");
}

/* --- Sums ---------------------------------------------------------------------------------------------------- */

static bool has(const ca_measure_entity *entity, unsigned member, unsigned row)
{
    return entity->bits[member / 64 * CA_MEASURE_ROWS + row] >> member % 64 & 1;
}

/* Rows of 64 members at a time: bit k of plane i is bit i of how many rows member k has. */
static unsigned slice(const uint64_t *bits, unsigned rows, uint64_t planes[PLANES])
{
    unsigned used = 0;
    for (unsigned row = 0; row < rows; row++) {
        uint64_t carry = bits[row];
        for (unsigned i = 0; carry; i++) {
            if (i == used) {
                planes[used++] = 0;
            }
            uint64_t sum = planes[i] ^ carry;
            carry &= planes[i];
            planes[i] = sum;
        }
    }
    return used;
}

static void count_members(ca_measure_entity *entity, unsigned rows)
{
    const ca_measure_kind *kind = entity->kind;
    for (unsigned word = 0; word < kind->words; word++) {
        uint64_t planes[PLANES];
        unsigned used = slice(entity->bits + word * CA_MEASURE_ROWS, rows, planes);
        unsigned left = kind->member_count - 64 * word;
        for (unsigned k = 0; k < (left < 64 ? left : 64); k++) {
            uint32_t count = 0;
            for (unsigned i = 0; i < used; i++) {
                count |= (uint32_t)(planes[i] >> k & 1) << i;
            }
            entity->member_rows[64 * word + k] = count;
        }
    }
}

static void add_sum(ca_measure_entity *entity, const ca_measure_sum *sum, ca_summed *to, unsigned rows)
{
    const uint64_t *bits = entity->bits + sum->member / 64 * CA_MEASURE_ROWS;
    unsigned shift = sum->member % 64;
    uint32_t lines = entity->member_rows[sum->member];
    to->lines += lines;
    if (sum->number == CA_NO_INDEX || lines == 0) {
        return;
    }
    const int64_t *numbers = entity->numbers + sum->number * CA_MEASURE_ROWS;
    for (unsigned row = 0; sum->reduce == CA_REDUCE_TOTAL && row < rows; row++) {
        to->total += numbers[row] & -(int64_t)(bits[row] >> shift & 1);
    }
    for (unsigned row = 0; sum->reduce != CA_REDUCE_TOTAL && row < rows; row++) {
        if (bits[row] >> shift & 1) {
            to->low = numbers[row] < to->low ? numbers[row] : to->low;
            to->high = numbers[row] > to->high ? numbers[row] : to->high;
        }
    }
}

/* --- Groups -------------------------------------------------------------------------------------------------- */

static bool needed(const ca_measure_entity *entity, const ca_measure_key *key, unsigned row)
{
    bool any = false;
    for (unsigned i = 0; i < entity->kind->words; i++) {
        any |= (entity->bits[i * CA_MEASURE_ROWS + row] & key->needs[i]) != 0;
    }
    return any;
}

static int add_once(ca_measure_entity *entity, unsigned index, unsigned row)
{
    const ca_measure_tally *tally = &entity->kind->tallies[index];
    ca_group_table *pairs = &entity->pairs[index];
    uint64_t once = entity->keys[tally->once * CA_MEASURE_ROWS + row];
    uint64_t mixed = (once ^ (uint64_t)entity->group[row] << 32) * UINT64_C(0x9E3779B97F4A7C15);
    uint32_t before = pairs->count;
    uint32_t pair = ca_group_table_put(pairs, (mixed ^ mixed >> 31) + entity->group[row]);
    int64_t *weight = &ca_group_weights(&entity->groups[tally->key], entity->group[row])[tally->word];
    entity->counts[index] += *weight == 0;
    *weight += pairs->count - before;
    return pair == CA_NO_GROUP ? CA_NOMEM : 0;
}

static void count_groups(ca_measure_entity *entity, unsigned index, unsigned rows)
{
    const ca_measure_tally *tally = &entity->kind->tallies[index];
    const ca_group_table *groups = &entity->groups[tally->key];
    const uint64_t *bits = entity->bits + tally->member / 64 * CA_MEASURE_ROWS;
    uint32_t more = 0;
    for (unsigned row = 0; row < rows; row++) {
        if (bits[row] >> tally->member % 64 & 1) {
            int64_t *weight = ca_group_weights(groups, entity->group[row]) + tally->word;
            more += *weight == 0;
            ++*weight;
        }
    }
    entity->counts[index] += more;
}

static void sum_groups(ca_measure_entity *entity, unsigned index, unsigned rows)
{
    const ca_measure_tally *tally = &entity->kind->tallies[index];
    const int64_t *numbers = entity->numbers + tally->number * CA_MEASURE_ROWS;
    for (unsigned row = 0; row < rows; row++) {
        if (has(entity, tally->member, row)) {
            int64_t *weights = ca_group_weights(&entity->groups[tally->key], entity->group[row]) + tally->word;
            ca_wide sum = ca_group_sum(weights) + numbers[row];
            memcpy(weights, &sum, sizeof sum);
            entity->counts[index] += weights[2] == 0;
            weights[2]++;
        }
    }
}

static int add_tally(ca_measure_entity *entity, unsigned index, unsigned rows)
{
    const ca_measure_tally *tally = &entity->kind->tallies[index];
    int rc = 0;
    if (tally->once == CA_NO_INDEX && tally->number == CA_NO_INDEX) {
        count_groups(entity, index, rows);
    } else if (tally->once == CA_NO_INDEX) {
        sum_groups(entity, index, rows);
    }
    for (unsigned row = 0; tally->once != CA_NO_INDEX && rc == 0 && row < rows; row++) {
        rc = has(entity, tally->member, row) ? add_once(entity, index, row) : 0;
    }
    return rc;
}

/* Members of which the group has no row yet. */
static void see(ca_measure_entity *entity, const ca_measure_key *key, unsigned row, uint64_t *seen)
{
    for (unsigned word = 0; word < entity->kind->words; word++) {
        uint64_t more = entity->bits[word * CA_MEASURE_ROWS + row] & key->seen[word] & ~seen[word];
        seen[word] |= more;
        for (; more; more &= more - 1) {
            entity->counts[key->tally_of[64 * word + (unsigned)__builtin_ctzll(more)]]++;
        }
    }
}

static int add_groups(ca_measure_entity *entity, unsigned index, unsigned rows)
{
    const ca_measure_key *key = &entity->kind->keys[index];
    const uint64_t *keys = entity->keys + index * CA_MEASURE_ROWS;
    ca_group_table *groups = &entity->groups[index];
    int rc = 0;
    for (unsigned row = 0; rc == 0 && row < rows; row++) {
        if (needed(entity, key, row)) {
            uint32_t group = ca_group_table_put(groups, keys[row]);
            entity->group[row] = group;
            rc = group == CA_NO_GROUP ? CA_NOMEM : 0;
            if (rc == 0) {
                see(entity, key, row, (uint64_t *)ca_group_weights(groups, group));
            }
        }
    }
    for (unsigned i = 0; rc == 0 && i < key->tally_count; i++) {
        rc = add_tally(entity, key->tallies[i], rows);
    }
    return rc;
}

static size_t bytes_held(const ca_measure_entity *entity)
{
    return ca_group_tables_bytes(entity->groups, entity->kind->key_count) + ca_group_tables_bytes(entity->pairs, entity->kind->tally_count);
}

static int add_rows(ca_measure_entity *entity, unsigned rows, ca_error *err)
{
    const ca_measure_kind *kind = entity->kind;
    int rc = 0;
    count_members(entity, rows);
    for (unsigned i = 0; i < kind->sum_count; i++) {
        add_sum(entity, &kind->sums[i], &entity->sums[i], rows);
    }
    for (unsigned i = 0; rc == 0 && i < kind->key_count; i++) {
        rc = add_groups(entity, i, rows);
    }
    for (unsigned row = 0; rc == 0 && row < rows; row++) {
        uint32_t group = ca_group_table_put(&entity->of_peers, entity->peer[row]);
        rc = group == CA_NO_GROUP ? CA_NOMEM : 0;
        if (rc == 0) {
            ca_group_weights(&entity->of_peers, group)[0]++;
        }
    }
    entity->lines += rows;
    if (rc) {
        return ca_error_nomem(err);
    }
    return entity->network && kind->links.used ? ca_measure_links_add(entity, rows, err) : 0;
}

static int too_large(const ca_measure_entity *entity, ca_error *err)
{
    return ca_error_set(err, CA_LIMIT,
                        "one %s has so many lines that differ that they take more than --memory leaves: give more, or scan without scores",
                        ca_entity_kinds[entity->kind->entity].name);
}

int ca_measure_entity_add(ca_measure_entity *entity, const ca_exchange_record *records, size_t count, ca_error *err)
{
    unsigned rows = 0;
    int rc = 0;
    if (count && !entity->kind) {
        unsigned number = records[0].len ? records[0].bytes[0] & CA_MEASURE_KIND : CA_MEASURE_KIND;
        if (number >= CA_ENTITY_LINE || !entity->plan->kinds[number].used) {
            return damaged(err);
        }
        begin(entity, &entity->plan->kinds[number]);
        if (entity->network && entity->kind->links.used) {
            ca_network_begin(entity->network, records[0].hash);
        }
    }
    for (size_t i = 0; rc == 0 && i < count; i++) {
        if (rows + CA_MEASURE_LINES > CA_MEASURE_ROWS) {
            rc = add_rows(entity, rows, err);
            rc = rc || bytes_held(entity) <= entity->most ? rc : too_large(entity, err);
            rows = 0;
        }
        unsigned more = rc ? 0 : ca_measure_take(entity, &records[i], rows);
        rc = rc || more ? rc : damaged(err);
        rows += more;
    }
    rc = rc || rows == 0 ? rc : add_rows(entity, rows, err);
    return rc || !entity->id.failed ? rc : ca_error_nomem(err);
}

static int64_t nearest(ca_wide value)
{
    return value > INT64_MAX ? INT64_MAX : value < INT64_MIN ? INT64_MIN : (int64_t)value;
}

int ca_measure_entity_end(ca_measure_entity *entity, ca_measured *ret_measured, ca_error *err)
{
    const ca_measure_kind *kind = entity->kind;
    ca_measured measured = {.entity = kind->entity,
                            .id = ca_buf_text(&entity->id),
                            .lines = entity->lines,
                            .claims = entity->groups[kind->tallies[kind->claims].key].count,
                            .paid = nearest(entity->sums[kind->paid].total),
                            .values = entity->values,
                            .count = kind->feature_count};
    int rc = ca_measure_attributes(entity, &measured.specialty, &measured.region, err);
    if (rc == 0 && entity->network && kind->links.used) {
        rc = measured.region.ptr ? ca_network_place(entity->network, measured.region, true, 1, err) : 0;
        rc = rc ? rc : ca_network_end(entity->network, err);
    }
    ca_measure_values(entity);
    if (entity->lines > LINES_LARGE) {
        give_back(entity);
    }
    entity->kind = NULL;
    if (rc == 0) {
        *ret_measured = measured;
    }
    return rc;
}
