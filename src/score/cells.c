/* The cells of peers of a population, and its entities in an order in which each cell is one span. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "score/model_inside.h"
#include "score/numbers.h"
#include "score/scorer.h"
#include "score/table_inside.h"

/* --- Names and sizes ---------------------------------------------------------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
    return ca_text_cmp(*(const ca_text *)a, *(const ca_text *)b);
}

/* "" first, then all names of the table in order: ids that compare like names. */
static bool copy_names(ca_score_model *model, const ca_score_table *table)
{
    size_t count = table->names.count;
    model->names = ca_alloc_zero(count + 1, sizeof *model->names);
    for (uint32_t i = 0; model->names && i < count; i++)
        if (ca_arena_text(&model->texts, ca_table_key(&table->names, i), &model->names[i + 1]) < 0)
            return false;
    if (!model->names)
        return false;
    model->names[0] = CA_TEXT("");
    model->name_count = count + 1;
    qsort(model->names + 1, count, sizeof *model->names, compare_names);
    return true;
}

static int compare_claims(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Thirds by claims; the logarithm of design changes no order. */
static bool cut_sizes(ca_score_model *model, const ca_score_table *table)
{
    uint64_t *claims = ca_alloc_zero(table->count + 1, sizeof *claims);
    if (!claims)
        return false;
    for (size_t i = 0; i < table->count; i++)
        claims[i] = table->entities[i].claims;
    qsort(claims, table->count, sizeof *claims, compare_claims);
    if (table->count > 0) {
        model->size_cuts[0] = claims[(table->count - 1) / 3];
        model->size_cuts[1] = claims[2 * (table->count - 1) / 3];
    }
    ca_free(claims);
    return true;
}

/* --- Entities by cell --------------------------------------------------------------------------------------------------- */

typedef struct keyed {
    uint32_t specialty, region;      /* CA_NOBODY when unknown: behind all others */
    uint32_t size, entity;
} keyed;

static int compare_keyed(const void *a, const void *b)
{
    const keyed *x = a, *y = b;
    if (x->specialty != y->specialty)
        return x->specialty < y->specialty ? -1 : 1;
    if (x->region != y->region)
        return x->region < y->region ? -1 : 1;
    if (x->size != y->size)
        return x->size < y->size ? -1 : 1;
    return x->entity < y->entity ? -1 : 1;
}

static keyed *key_entities(const ca_score_model *model, const ca_score_table *table)
{
    uint32_t *names = ca_peer_names(model, table);
    keyed *all = names ? ca_alloc_zero(table->count + 1, sizeof *all) : NULL;
    for (size_t i = 0; all && i < table->count; i++) {
        const ca_score_entity *of = &table->entities[i];
        all[i] = (keyed){
            .specialty = of->specialty == CA_SCORE_UNKNOWN ? CA_NOBODY : names[of->specialty],
            .region = of->region == CA_SCORE_UNKNOWN ? CA_NOBODY : names[of->region],
            .size = ca_score_size_of(model, of->claims),
            .entity = (uint32_t)i,
        };
    }
    ca_free(names);
    if (all)
        qsort(all, table->count, sizeof *all, compare_keyed);
    return all;
}

/* How many share the key of the one at `from`, up to this level. */
static size_t span_of(const keyed *all, size_t from, size_t count, ca_score_level level)
{
    size_t end = from + 1;
    while (end < count && all[end].specialty == all[from].specialty &&
           (level < CA_SCORE_BY_CELL || (all[end].region == all[from].region && all[end].size == all[from].size)))
        end++;
    return end - from;
}

/* Adds the cells of a level that have enough members; without `model` only counts. Specialties without enough have no cells. */
static size_t add_level(ca_score_model *model, ca_peer_cells *cells, const keyed *all, size_t count, ca_score_level level, size_t at)
{
    uint32_t parent = 0;
    for (size_t from = 0, len; from < count; from += len) {
        len = span_of(all, from, count, level);
        bool whole = all[from].specialty != CA_NOBODY && (level < CA_SCORE_BY_CELL || all[from].region != CA_NOBODY);
        if (!whole || len < CA_CELL_LEAST)
            continue;
        if (model) {
            while (level == CA_SCORE_BY_CELL && model->cells[parent].specialty != all[from].specialty)
                parent++;
            model->cells[at] = (ca_peer_cell){
                .level = level, .specialty = all[from].specialty, .members = (uint32_t)len, .parent = parent,
                .region = level < CA_SCORE_BY_CELL ? 0 : all[from].region, .size = level < CA_SCORE_BY_CELL ? 0 : all[from].size,
            };
            cells->spans[at] = (ca_cell_span){(uint32_t)from, (uint32_t)(from + len)};
        }
        at++;
    }
    return at;
}

static int compare_digests(const void *a, const void *b)
{
    return compare_claims(a, b);
}

/* Small cells know their members. */
static bool name_members(ca_peer_cell *cell, const ca_peer_cells *cells, const ca_cell_span *span, const ca_score_table *table,
                         size_t columns)
{
    if (cell->members >= CA_CELL_NAMED)
        return true;
    cell->digests = ca_alloc_zero(cell->members + 1u, sizeof *cell->digests);
    cell->values = ca_alloc_zero(columns * cell->members + 1, sizeof *cell->values);
    cell->ranked = ca_alloc_zero(columns * cell->members + 1, sizeof *cell->ranked);
    if (!cell->digests || !cell->values || !cell->ranked)
        return false;
    for (uint32_t i = 0; i < cell->members; i++)
        cell->digests[i] = ca_peer_digest(ca_score_entity_id(&table->entities[cells->order[span->from + i]]));
    qsort(cell->digests, cell->members, sizeof *cell->digests, compare_digests);
    return true;
}

static bool fill_cells(ca_score_model *model, const ca_score_table *table, const keyed *all, ca_peer_cells *cells)
{
    size_t specialties = add_level(NULL, NULL, all, table->count, CA_SCORE_BY_SPECIALTY, 1);
    model->cell_count = add_level(NULL, NULL, all, table->count, CA_SCORE_BY_CELL, specialties);
    model->cells = ca_alloc_zero(model->cell_count, sizeof *model->cells);
    cells->spans = ca_alloc_zero(model->cell_count, sizeof *cells->spans);
    cells->order = ca_alloc_zero(table->count + 1, sizeof *cells->order);
    if (!model->cells || !cells->spans || !cells->order)
        return false;
    for (size_t i = 0; i < table->count; i++)
        cells->order[i] = all[i].entity;
    model->cells[0] = (ca_peer_cell){.level = CA_SCORE_ALL, .members = (uint32_t)table->count};
    cells->spans[0] = (ca_cell_span){0, (uint32_t)table->count};
    add_level(model, cells, all, table->count, CA_SCORE_BY_SPECIALTY, 1);
    add_level(model, cells, all, table->count, CA_SCORE_BY_CELL, specialties);
    for (size_t i = 0; i < model->cell_count; i++)
        if (!name_members(&model->cells[i], cells, &cells->spans[i], table, model->columns))
            return false;
    return true;
}

int ca_peer_cells_make(ca_score_model *model, const ca_score_table *table, ca_peer_cells *ret_cells, ca_error *err)
{
    memset(ret_cells, 0, sizeof *ret_cells);
    if (!copy_names(model, table) || !cut_sizes(model, table))
        return ca_error_nomem(err);
    keyed *all = key_entities(model, table);
    bool made = all && fill_cells(model, table, all, ret_cells);
    ca_free(all);
    if (!made)
        ca_peer_cells_done(ret_cells);
    return made ? 0 : ca_error_nomem(err);
}

void ca_peer_cells_done(ca_peer_cells *cells)
{
    ca_free(cells->order);
    ca_free(cells->spans);
    memset(cells, 0, sizeof *cells);
}
