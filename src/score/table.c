/* The table of entities: who they are. Their numbers are in table_rows.c until all are there, then in a matrix. */
#include "score/table.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "score/table_inside.h"

static int copy_features(ca_score_table *table, const ca_score_table_options *options)
{
    table->kind = ca_arena_cstr(&table->texts, ca_text_sub(ca_text_of(options->kind), 0, CA_SCORE_NAME));
    table->features = ca_arena_array(&table->texts, options->feature_count + 1, sizeof *table->features);
    if (!table->kind || !table->features)
        return CA_NOMEM;
    for (size_t i = 0; i < options->feature_count; i++) {
        table->features[i] = options->features[i];
        table->features[i].name = ca_arena_cstr(&table->texts, ca_text_sub(ca_text_of(options->features[i].name), 0, CA_SCORE_NAME));
        if (!table->features[i].name)
            return CA_NOMEM;
    }
    return 0;
}

int ca_score_table_new(const ca_score_table_options *options, ca_score_table **ret_table, ca_error *err)
{
    if (options->feature_count > CA_SCORE_FEATURES)
        return ca_error_set(err, CA_LIMIT, "%zu features of one kind of entity, at most %u are allowed", options->feature_count,
                            CA_SCORE_FEATURES);
    ca_score_table *table = ca_alloc_zero(1, sizeof *table);
    if (!table)
        return ca_error_nomem(err);
    ca_arena_init(&table->texts);
    ca_table_init(&table->names);
    table->feature_count = options->feature_count;
    table->disk = options->disk;
    table->memory = options->memory;
    if (copy_features(table, options) < 0 ||
        (options->folder && !(table->folder = ca_arena_cstr(&table->texts, ca_text_of(options->folder))))) {
        ca_score_table_free(table);
        return ca_error_nomem(err);
    }
    *ret_table = table;
    return 0;
}

void ca_score_table_free(ca_score_table *table)
{
    if (!table)
        return;
    ca_score_rows_done(table);
    ca_matrix_free(table->values);
    ca_free(table->entities);
    ca_free(table->drawn);
    if (!table->picked)
        ca_table_done(&table->names);
    ca_arena_done(&table->texts);
    ca_free(table);
}

/* Cut before a character, not within one: it becomes a text of the report. */
static ca_text short_name(ca_text name)
{
    size_t len = name.len < CA_SCORE_NAME ? name.len : CA_SCORE_NAME;
    while (len > 0 && len < name.len && ((unsigned char)name.ptr[len] & 0xC0) == 0x80)
        len--;
    return ca_text_sub(name, 0, len);
}

static int put_name(ca_score_table *table, ca_text name, uint32_t *ret_id)
{
    *ret_id = CA_SCORE_UNKNOWN;
    return name.len == 0 ? 0 : ca_table_put(&table->names, short_name(name), ret_id, NULL);
}

/* Two bytes of length and the id. */
static char *keep_id(ca_score_table *table, ca_text id)
{
    char *kept = ca_arena_alloc(&table->texts, id.len + 2);
    if (kept) {
        kept[0] = (char)(id.len & 0xff);
        kept[1] = (char)(id.len >> 8);
        memcpy(kept + 2, id.ptr, id.len);
    }
    return kept;
}

int ca_score_table_add(ca_score_table *table, const ca_score_row *row, ca_error *err)
{
    assert(!table->finished);
    if (row->id.len == 0 || row->id.len > UINT16_MAX)
        return ca_error_set(err, CA_CONFIG, "the id of an entity is empty or longer than %u bytes", UINT16_MAX);
    if (table->count >= CA_SCORE_ENTITIES)
        return ca_error_set(err, CA_LIMIT, "more than %u entities of one kind", CA_SCORE_ENTITIES);
    ca_score_entity *entities = ca_grown_array(table->entities, table->count, &table->cap, sizeof *entities);
    if (!entities)
        return ca_error_nomem(err);
    table->entities = entities;
    ca_score_entity *made = &entities[table->count];
    *made = (ca_score_entity){.id = keep_id(table, row->id), .claims = row->claims, .paid = row->paid};
    if (!made->id || put_name(table, row->specialty, &made->specialty) < 0 || put_name(table, row->region, &made->region) < 0)
        return ca_error_nomem(err);
    int rc = ca_score_rows_add(table, row->values, &made->missing, err);
    if (rc == 0)
        table->count++;
    return rc;
}

void ca_score_table_lend(ca_score_table *table, size_t memory)
{
    table->memory += memory;
}

int ca_score_table_finish(ca_score_table *table, ca_error *err)
{
    assert(!table->finished);
    table->drawn = ca_alloc_zero(table->count + 1, sizeof *table->drawn);
    int rc = table->drawn ? ca_score_rows_finish(table, err) : ca_error_nomem(err);
    if (rc == 0)
        rc = ca_score_order_by_hash(table, table->drawn, err);
    if (rc == CA_END)
        rc = ca_error_set(err, CA_CONFIG, "an entity is in the table of %s twice", table->kind);
    table->finished = rc == 0;
    return rc;
}

static char *scratch_path(ca_score_table *table)
{
    size_t size = strlen(table->folder) + strlen(table->kind) + 32;
    char *path = ca_alloc(size);
    if (path)
        snprintf(path, size, "%s/score-%s-%u", table->folder, table->kind, table->scratches++);
    return path;
}

int ca_score_table_scratch(ca_score_table *table, const ca_matrix_shape *shape, ca_matrix **ret_matrix, ca_error *err)
{
    char *path = table->folder ? scratch_path(table) : NULL;
    if (table->folder && !path)
        return ca_error_nomem(err);
    int rc = ca_matrix_new(shape, &table->memory, table->disk, path, ret_matrix, err);
    ca_free(path);
    return rc;
}

/* --- Reading ------------------------------------------------------------------------------------------------------------ */

ca_text ca_score_entity_id(const ca_score_entity *entity)
{
    return (ca_text){entity->id + 2, (size_t)(unsigned char)entity->id[0] | (size_t)(unsigned char)entity->id[1] << 8};
}

const char *ca_score_table_kind(const ca_score_table *table)
{
    return table->kind;
}

size_t ca_score_table_feature_count(const ca_score_table *table)
{
    return table->feature_count;
}

const ca_score_feature *ca_score_table_feature(const ca_score_table *table, size_t feature)
{
    return &table->features[feature];
}

size_t ca_score_table_count(const ca_score_table *table)
{
    return table->count;
}

ca_text ca_score_table_id(const ca_score_table *table, size_t entity)
{
    return ca_score_entity_id(&table->entities[entity]);
}

static ca_text name_of(const ca_score_table *table, uint32_t id)
{
    return id == CA_SCORE_UNKNOWN ? CA_TEXT("") : ca_table_key(&table->names, id);
}

ca_text ca_score_table_specialty(const ca_score_table *table, size_t entity)
{
    return name_of(table, table->entities[entity].specialty);
}

ca_text ca_score_table_region(const ca_score_table *table, size_t entity)
{
    return name_of(table, table->entities[entity].region);
}

uint64_t ca_score_table_claims(const ca_score_table *table, size_t entity)
{
    return table->entities[entity].claims;
}

int64_t ca_score_table_paid(const ca_score_table *table, size_t entity)
{
    return table->entities[entity].paid;
}

int ca_score_table_find(const ca_score_table *table, ca_text id, size_t *ret_entity)
{
    for (size_t i = 0; i < table->count; i++)
        if (ca_text_eq(ca_score_table_id(table, i), id)) {
            *ret_entity = i;
            return 0;
        }
    return CA_END;
}

int ca_score_table_read(ca_score_table *table, size_t feature, size_t first, size_t count, double *values, double *exposures,
                        ca_error *err)
{
    int rc = ca_matrix_read(table->values, 2 * feature, first, count, values, err);
    return rc < 0 ? rc : ca_matrix_read(table->values, 2 * feature + 1, first, count, exposures, err);
}
