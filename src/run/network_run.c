/* Runs a network: regions of all sinks get one order, entities their roles, what was found its names. */
#include <stdlib.h>

#include "base/alloc.h"
#include "run/network_inside.h"

typedef struct teller {
    ca_network_teller *tell;
    void *context;
} teller;

/* Entities that are asked for, by (kind, hash) in an open table of their places + 1. */
typedef struct asking {
    ca_network_entity *entities;
    size_t count;
    uint32_t *index;
    size_t mask;
    ca_network_found *found;    /* where names go, NULL: roles are asked for */
} asking;

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

static ca_edge_kind told_kind(ca_edge_kind kind)
{
    return kind == CA_EDGE_LABORATORY ? CA_EDGE_PROVIDER : kind;
}

static size_t place_in(const asking *of, ca_edge_kind kind, uint64_t hash)
{
    return (size_t)((hash + (uint64_t)kind) * UINT64_C(0x9e3779b97f4a7c15) >> 20) & of->mask;
}

static int ask(const teller *who, asking *of, ca_network_hear *hear, ca_error *err)
{
    size_t size = 16;
    while (size < of->count * 2)
        size *= 2;
    of->mask = size - 1;
    of->index = ca_alloc_zero(size, sizeof *of->index);
    if (of->index == NULL)
        return ca_error_nomem(err);
    for (size_t i = 0; i < of->count; i++) {
        size_t at = place_in(of, told_kind(of->entities[i].kind), of->entities[i].hash);
        while (of->index[at] != 0)
            at = (at + 1) & of->mask;
        of->index[at] = (uint32_t)i + 1;
    }
    int rc = who->tell(who->context, hear, of, err);
    ca_free(of->index);
    return rc;
}

static bool find(const asking *of, const ca_network_known *known, size_t *ret_place)
{
    for (size_t at = place_in(of, known->kind, known->entity); of->index[at] != 0; at = (at + 1) & of->mask) {
        const ca_network_entity *one = &of->entities[of->index[at] - 1];
        if (one->hash == known->entity && told_kind(one->kind) == known->kind) {
            *ret_place = of->index[at] - 1;
            return true;
        }
    }
    return false;
}

static uint64_t hash_known(ca_text text)
{
    return text.len == 0 ? 0 : ca_hash64(text.ptr, text.len);
}

static int hear_role(void *to, const ca_network_known *known, ca_error *err)
{
    asking *of = to;
    size_t place;
    (void)err;
    if (find(of, known, &place)) {
        of->entities[place].role = ca_network_role_of(known->specialty);
        of->entities[place].specialty = hash_known(known->specialty);
        of->entities[place].organisation = hash_known(known->organisation);
    }
    return 0;
}

static int describe(void *context, ca_network_entity *entities, size_t count, ca_error *err)
{
    asking of = {.entities = entities, .count = count};
    return ask(context, &of, hear_role, err);
}

static int hear_name(void *to, const ca_network_known *known, ca_error *err)
{
    asking *of = to;
    size_t place;
    if (!find(of, known, &place))
        return 0;
    ca_network_named *named = &of->found->named[place];
    if (ca_arena_text(&of->found->arena, known->id, &named->id) != 0 ||
        ca_arena_text(&of->found->arena, known->specialty, &named->specialty) != 0 ||
        ca_arena_text(&of->found->arena, known->organisation, &named->organisation) != 0)
        return ca_error_nomem(err);
    return 0;
}

static int name_found(const teller *who, ca_network_found *found, ca_error *err)
{
    asking of = {.entities = found->result->entities, .count = found->result->entity_count, .found = found};
    found->named = ca_arena_array(&found->arena, of.count + 1, sizeof *found->named);
    if (found->named == NULL)
        return ca_error_nomem(err);
    for (size_t i = 0; i < of.count; i++)
        found->named[i] = (ca_network_named){CA_TEXT(""), CA_TEXT(""), CA_TEXT("")};
    return of.count == 0 ? 0 : ask(who, &of, hear_name, err);
}

int ca_network_run(ca_network_sink *sink, ca_disk *disk, const char *path, const ca_network_settings *settings,
                   ca_network_teller *tell, void *context, ca_network_found **ret_found, ca_error *err)
{
    teller who = {tell, context};
    ca_network_found *found = ca_alloc_zero(1, sizeof *found);
    if (found == NULL)
        return ca_error_nomem(err);
    ca_arena_init(&found->arena);
    int rc = join_sinks(sink, found, err);
    if (rc == 0)
        rc = ca_network_find(sink->edges, found->region_count, settings, describe, &who, disk, path, &found->result, err);
    if (rc == 0)
        rc = name_found(&who, found, err);
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
