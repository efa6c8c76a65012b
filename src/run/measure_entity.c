/* Records of an entity's lines, some hundreds of lines at a time, and what they come to in the end. */
#include "run/measure_entity_inside.h"

#include <string.h>

#include "base/alloc.h"

#define LINES_LARGE 512u    /* what fewer leave behind is little */

/* --- Room ---------------------------------------------------------------------------------------------------- */

static unsigned larger(unsigned a, unsigned b)
{
    return a > b ? a : b;
}

static void place_columns(ca_measure_entity *entity, unsigned keys, unsigned numbers)
{
    uint32_t *next = entity->cells_of[0];
    for (unsigned k = 0; k < CA_ENTITY_LINE; k++) {
        const ca_measure_kind *kind = &entity->plan->kinds[k];
        entity->cells_of[k] = next;
        for (unsigned i = 0; i < kind->column_count; i++) {
            const ca_measure_part *part = i < kind->words ? NULL : &kind->columns[i - kind->words];
            *next++ = (!part ? i : part->index + (part->number ? numbers : keys)) * CA_MEASURE_ROWS;
        }
    }
}

static int make_room(ca_measure_entity *entity)
{
    unsigned words = 0, keys = 0, numbers = 0, sums = 0, tallies = 0, features = 0, columns = 0;
    for (unsigned k = 0; k < CA_ENTITY_LINE; k++) {
        const ca_measure_kind *kind = &entity->plan->kinds[k];
        words = larger(words, kind->words);
        keys = larger(keys, kind->key_count);
        numbers = larger(numbers, kind->number_count);
        sums = larger(sums, kind->sum_count);
        tallies = larger(tallies, kind->tally_count);
        features = larger(features, (unsigned)kind->feature_count);
        columns += kind->column_count;
    }
    entity->key_count = keys;
    entity->cells = ca_alloc_zero((words + keys + numbers) * CA_MEASURE_ROWS + 1, sizeof *entity->cells);
    entity->cells_of[0] = ca_alloc_zero(columns + 1, sizeof *entity->cells_of[0]);
    entity->places = ca_alloc_zero(keys * CA_MEASURE_PLACES + 1, sizeof *entity->places);
    entity->runs = ca_alloc_zero(CA_MEASURE_ROWS, sizeof *entity->runs);
    entity->has = ca_alloc_zero(words * CA_MEASURE_ROWS + 1, sizeof *entity->has);
    entity->any = ca_alloc_zero(words + 1, sizeof *entity->any);
    entity->member_rows = ca_alloc_zero(64 * (size_t)words + 1, sizeof *entity->member_rows);
    entity->member_lines = ca_alloc_zero(64 * (size_t)words + 1, sizeof *entity->member_lines);
    entity->sums = ca_alloc_zero(sums + 1, sizeof *entity->sums);
    entity->groups = ca_alloc_zero(keys + 1, sizeof *entity->groups);
    entity->counts = ca_alloc_zero(tallies + 1, sizeof *entity->counts);
    entity->values = ca_alloc_zero(features + 1, sizeof *entity->values);
    bool made = entity->runs && entity->has && entity->any && entity->cells && entity->cells_of[0] && entity->places && entity->member_rows &&
                entity->member_lines && entity->sums && entity->groups && entity->counts && entity->values;
    if (made) {
        entity->bits = entity->cells;
        entity->keys = entity->bits + words * CA_MEASURE_ROWS;
        entity->numbers = (int64_t *)entity->keys + keys * CA_MEASURE_ROWS;
        place_columns(entity, words, words + keys);
    }
    return made ? 0 : CA_NOMEM;
}

int ca_measure_entity_new(const ca_measure_plan *plan, const ca_measure_peers *peers, const ca_facts *facts, const ca_codes *codes,
                          size_t most, ca_measure_entity **ret_entity, ca_error *err)
{
    ca_measure_entity *entity = ca_alloc_zero(1, sizeof *entity);
    if (!entity) {
        return ca_error_nomem(err);
    }
    entity->plan = plan;
    entity->peers = peers;
    entity->facts = facts;
    entity->codes = codes;
    entity->most = most;
    ca_buf_init(&entity->id);
    ca_measure_rows_init(entity);
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
    ca_group_table_done(&entity->of_peers);
    ca_free(entity->cells);
    ca_free(entity->cells_of[0]);
    ca_free(entity->places);
    ca_free(entity->runs);
    ca_free(entity->has);
    ca_free(entity->any);
    ca_free(entity->member_rows);
    ca_free(entity->member_lines);
    ca_free(entity->sums);
    ca_free(entity->groups);
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
    if (ca_group_tables_bytes(entity->groups, entity->key_count) > entity->most / 16) {
        ca_group_tables_done(entity->groups, entity->key_count);
    }
}

static void begin(ca_measure_entity *entity, const ca_measure_kind *kind, size_t records)
{
    entity->kind = kind;
    entity->lines = 0;
    ca_buf_clear(&entity->id);
    memset(entity->member_lines, 0, kind->member_count * sizeof *entity->member_lines);
    for (unsigned i = 0; i < kind->sum_count; i++) {
        entity->sums[i] = (ca_summed){0, INT64_MAX, INT64_MIN};
    }
    for (unsigned i = 0; i < kind->key_count; i++) {
        ca_group_table_clear(&entity->groups[i], kind->keys[i].words, records);
    }
    memset(entity->counts, 0, kind->tally_count * sizeof *entity->counts);
    ca_group_table_clear(&entity->of_peers, 1, 1);
}

int ca_measure_damaged(ca_error *err)
{
    return ca_error_set(err, CA_FAIL, "a record of an entity is damaged: run again");
}

/* --- Records ------------------------------------------------------------------------------------------------- */

static size_t bytes_held(const ca_measure_entity *entity)
{
    return ca_group_tables_bytes(entity->groups, entity->kind->key_count);
}

static int add_rows(ca_measure_entity *entity, unsigned rows, ca_error *err)
{
    if (ca_measure_rows_add(entity, rows)) {
        return ca_error_nomem(err);
    }
    entity->lines += rows;
    return entity->network && entity->kind->links.used ? ca_measure_links_add(entity, rows, err) : 0;
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
    entity->run_count = 0;
    entity->wide = 0;
    if (count && !entity->kind) {
        unsigned number = records[0].len ? records[0].bytes[0] & CA_MEASURE_KIND : CA_MEASURE_KIND;
        if (number >= CA_ENTITY_LINE || !entity->plan->kinds[number].used) {
            return ca_measure_damaged(err);
        }
        begin(entity, &entity->plan->kinds[number], count);
        if (entity->network && entity->kind->links.used) {
            ca_network_begin(entity->network, records[0].hash);
        }
    }
    for (size_t i = 0; rc == 0 && i < count; i++) {
        if (rows + CA_MEASURE_LINES > CA_MEASURE_ROWS) {
            rc = add_rows(entity, rows, err);
            rc = rc || bytes_held(entity) <= entity->most ? rc : too_large(entity, err);
            entity->run_count = rows = 0;
            entity->wide = 0;
        }
        if (i + CA_MEASURE_AHEAD < count) {
            ca_measure_fetch(&records[i + CA_MEASURE_AHEAD]);
        }
        unsigned more = rc ? 0 : ca_measure_take(entity, &records[i], rows, &entity->runs[entity->run_count]);
        rc = rc || more ? rc : ca_measure_damaged(err);
        entity->run_count++;
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
