/* Runs a network: regions of all sinks get one order, entities their roles, what was found its names. */
#include <stdlib.h>

#include "base/alloc.h"
#include "run/network_inside.h"

typedef struct asked_names {
    ca_network_name *name;
    void *context;
} asked_names;

static int by_name(const void *a, const void *b)
{
    return ca_text_cmp(*(const ca_text *)a, *(const ca_text *)b);
}

/* The names of all regions, each once, in the arena of what is found. */
static int list_regions(const ca_network_sink *sinks, ca_network_found *found, ca_error *err)
{
    size_t most = 0, count = 0, kept = 0;
    for (const ca_network_sink *sink = sinks; sink != NULL; sink = sink->next)
        most += sink->regions.count;
    found->regions = ca_arena_array(&found->arena, most + 1, sizeof *found->regions);
    if (found->regions == NULL)
        return ca_error_nomem(err);
    for (const ca_network_sink *sink = sinks; sink != NULL; sink = sink->next) {
        for (uint32_t i = 0; i < sink->regions.count; i++)
            found->regions[count++] = ca_table_key(&sink->regions, i);
    }
    if (count > 0)
        qsort(found->regions, count, sizeof *found->regions, by_name);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && ca_text_eq(found->regions[i], found->regions[kept - 1]))
            continue;
        found->regions[kept++] = found->regions[i];
    }
    for (size_t i = 0; i < kept; i++) {
        if (ca_arena_text(&found->arena, found->regions[i], &found->regions[i]) != 0)
            return ca_error_nomem(err);
    }
    if (kept == 0)
        found->regions[kept++] = CA_TEXT("");
    found->region_count = (uint32_t)kept;
    return 0;
}

/* Where nobody has a region all are in one; where some have, the others are in none. */
static int number_regions(ca_network_sink *sink, const ca_network_found *found, bool known, ca_error *err)
{
    sink->numbers = ca_alloc_zero(sink->regions.count + 1, sizeof *sink->numbers);
    if (sink->numbers == NULL)
        return ca_error_nomem(err);
    sink->numbers[0] = known ? CA_EDGES_NOWHERE : 0;
    for (uint32_t i = 0; i < sink->regions.count; i++) {
        ca_text name = ca_table_key(&sink->regions, i);
        const ca_text *at = bsearch(&name, found->regions, found->region_count, sizeof name, by_name);
        sink->numbers[i + 1] = (uint32_t)(at - found->regions);
    }
    ca_edges_renumber(sink->edges, sink->numbers);
    return 0;
}

static int join_sinks(ca_network_sink *sinks, ca_network_found *found, ca_error *err)
{
    int rc = list_regions(sinks, found, err);
    bool known = found->region_count > 1 || (found->region_count == 1 && found->regions[0].len > 0);
    for (ca_network_sink *sink = sinks; rc == 0 && sink != NULL; sink = sink->next)
        rc = number_regions(sink, found, known, err);
    for (ca_network_sink *sink = sinks->next; rc == 0 && sink != NULL; sink = sink->next) {
        ca_edges_join(sinks->edges, sink->edges);
        sink->edges = NULL;
    }
    return rc;
}

static int name_entity(const asked_names *naming, ca_edge_kind kind, uint64_t hash, ca_network_named *ret_named, ca_error *err)
{
    ca_network_named named = {.id = CA_TEXT(""), .specialty = CA_TEXT(""), .organisation = CA_TEXT("")};
    int rc = naming->name(naming->context, kind == CA_EDGE_LABORATORY ? CA_EDGE_PROVIDER : kind, hash, &named, err);
    if (rc < 0)
        return rc;
    *ret_named = named;
    return 0;
}

static uint64_t hash_known(ca_text text)
{
    return text.len == 0 ? 0 : ca_hash64(text.ptr, text.len);
}

static int describe(void *context, ca_network_entity *entities, size_t count, ca_error *err)
{
    for (size_t i = 0; i < count; i++) {
        ca_network_named named;
        int rc = name_entity(context, entities[i].kind, entities[i].hash, &named, err);
        if (rc != 0)
            return rc;
        entities[i].role = ca_network_role_of(named.specialty);
        entities[i].specialty = hash_known(named.specialty);
        entities[i].organisation = hash_known(named.organisation);
    }
    return 0;
}

static int name_found(const asked_names *naming, ca_network_found *found, ca_error *err)
{
    const ca_network_result *result = found->result;
    found->named = ca_arena_array(&found->arena, result->entity_count + 1, sizeof *found->named);
    if (found->named == NULL)
        return ca_error_nomem(err);
    for (size_t i = 0; i < result->entity_count; i++) {
        ca_network_named *to = &found->named[i], named;
        int rc = name_entity(naming, result->entities[i].kind, result->entities[i].hash, &named, err);
        if (rc != 0)
            return rc;
        if (ca_arena_text(&found->arena, named.id, &to->id) != 0 ||
            ca_arena_text(&found->arena, named.specialty, &to->specialty) != 0 ||
            ca_arena_text(&found->arena, named.organisation, &to->organisation) != 0)
            return ca_error_nomem(err);
    }
    return 0;
}

int ca_network_run(ca_network_sink *sink, ca_disk *disk, const char *path, const ca_network_settings *settings,
                   ca_network_name *name, void *context, ca_network_found **ret_found, ca_error *err)
{
    asked_names naming = {name, context};
    ca_network_found *found = ca_alloc_zero(1, sizeof *found);
    if (found == NULL)
        return ca_error_nomem(err);
    ca_arena_init(&found->arena);
    int rc = join_sinks(sink, found, err);
    if (rc == 0)
        rc = ca_network_find(sink->edges, found->region_count, settings, describe, &naming, disk, path, &found->result, err);
    if (rc == 0)
        rc = name_found(&naming, found, err);
    if (rc != 0) {
        ca_network_found_free(found);
        return rc;
    }
    *ret_found = found;
    return 0;
}

void ca_network_found_free(ca_network_found *found)
{
    if (found == NULL)
        return;
    ca_network_result_free(found->result);
    ca_arena_done(&found->arena);
    ca_free(found);
}
