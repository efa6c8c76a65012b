/* The cells of peers of a population, and its entities in an order in which each cell is one span. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "score/model_inside.h"
#include "score/order.h"
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

/* Thirds by claims; the logarithm of design changes no order. */
static bool cut_sizes(ca_score_model *model, const ca_score_table *table)
{
    ca_ordered *claims = ca_alloc_zero(2 * table->count + 1, sizeof *claims);
    if (!claims)
        return false;
    for (size_t i = 0; i < table->count; i++)
        claims[i] = (ca_ordered){table->entities[i].claims, (uint32_t)i};
    ca_order(claims, table->count, claims + table->count);
    if (table->count > 0) {
        model->size_cuts[0] = claims[(table->count - 1) / 3].key;
        model->size_cuts[1] = claims[2 * (table->count - 1) / 3].key;
    }
    ca_free(claims);
    return true;
}

/* --- Entities by cell --------------------------------------------------------------------------------------------------- */

/* A key is specialty, region and size; whose name is unknown comes behind all others. */
typedef struct keys {
    uint64_t names;      /* and one for the unknown */
} keys;

static uint64_t per_specialty(const keys *of)
{
    return of->names * 3;
}

static uint64_t key_of(const keys *of, const ca_score_model *model, const ca_score_entity *entity, const uint32_t *names)
{
    uint64_t specialty = entity->specialty == CA_SCORE_UNKNOWN ? of->names - 1 : names[entity->specialty];
    uint64_t region = entity->region == CA_SCORE_UNKNOWN ? of->names - 1 : names[entity->region];
    return specialty * per_specialty(of) + region * 3 + ca_score_size_of(model, entity->claims);
}

/* Places in the order of their cells, those of one cell as they come. */
static ca_ordered *order_places(const ca_score_model *model, const ca_score_table *table, const uint32_t *rows, const keys *of)
{
    uint32_t *names = ca_peer_names(model, table);
    ca_ordered *all = names ? ca_alloc_zero(2 * table->count + 1, sizeof *all) : NULL;
    for (size_t i = 0; all && i < table->count; i++)
        all[i] = (ca_ordered){key_of(of, model, &table->entities[rows[i]], names), (uint32_t)i};
    ca_free(names);
    if (all)
        ca_order(all, table->count, all + table->count);
    return all;
}

/* Adds the cells of a level that have enough members; without `model` only counts. Specialties without enough have no cells. */
static size_t add_level(ca_score_model *model, ca_peer_cells *cells, const keys *of, const ca_ordered *all, size_t count,
                        ca_score_level level, size_t at)
{
    uint32_t parent = 0;
    uint64_t width = level < CA_SCORE_BY_CELL ? per_specialty(of) : 1;
    for (size_t from = 0, end; from < count; from = end) {
        uint64_t key = all[from].key, next = (key / width + 1) * width, specialty = key / per_specialty(of);
        uint64_t region = key % per_specialty(of) / 3;
        for (end = from + 1; end < count && all[end].key < next; end++)
            continue;
        bool whole = specialty + 1 < of->names && (level < CA_SCORE_BY_CELL || region + 1 < of->names);
        if (!whole || end - from < CA_CELL_LEAST)
            continue;
        if (model) {
            while (level == CA_SCORE_BY_CELL && model->cells[parent].specialty != specialty)
                parent++;
            model->cells[at] = (ca_peer_cell){
                .level = level, .specialty = (uint32_t)specialty, .members = (uint32_t)(end - from), .parent = parent,
                .region = level < CA_SCORE_BY_CELL ? 0 : (uint32_t)region, .size = level < CA_SCORE_BY_CELL ? 0 : (uint32_t)(key % 3),
            };
            cells->spans[at] = (ca_cell_span){(uint32_t)from, (uint32_t)end};
        }
        at++;
    }
    return at;
}

static int compare_digests(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Small cells know their members. */
static bool name_members(ca_peer_cell *cell, const ca_peer_cells *cells, const ca_cell_span *span, const ca_score_table *table,
                         const uint32_t *rows, size_t columns)
{
    if (cell->members >= CA_CELL_NAMED)
        return true;
    if (!ca_peer_name(cell, columns))
        return false;
    for (uint32_t i = 0; i < cell->members; i++)
        cell->digests[i] = ca_peer_digest(ca_score_table_id(table, rows[cells->order[span->from + i]]));
    qsort(cell->digests, cell->members, sizeof *cell->digests, compare_digests);
    return true;
}

static bool fill_cells(ca_score_model *model, const ca_score_table *table, const uint32_t *rows, const keys *of, const ca_ordered *all,
                       ca_peer_cells *cells)
{
    size_t count = table->count, specialties = add_level(NULL, NULL, of, all, count, CA_SCORE_BY_SPECIALTY, 1);
    model->cell_count = add_level(NULL, NULL, of, all, count, CA_SCORE_BY_CELL, specialties);
    model->cells = ca_alloc_zero(model->cell_count, sizeof *model->cells);
    cells->spans = ca_alloc_zero(model->cell_count, sizeof *cells->spans);
    cells->order = ca_alloc_zero(count + 1, sizeof *cells->order);
    if (!model->cells || !cells->spans || !cells->order)
        return false;
    for (size_t i = 0; i < count; i++)
        cells->order[i] = all[i].row;
    model->cells[0] = (ca_peer_cell){.level = CA_SCORE_ALL, .members = (uint32_t)count};
    cells->spans[0] = (ca_cell_span){0, (uint32_t)count};
    add_level(model, cells, of, all, count, CA_SCORE_BY_SPECIALTY, 1);
    add_level(model, cells, of, all, count, CA_SCORE_BY_CELL, specialties);
    for (size_t i = 0; i < model->cell_count; i++)
        if (!name_members(&model->cells[i], cells, &cells->spans[i], table, rows, model->columns))
            return false;
    return true;
}

int ca_peer_cells_make(ca_score_model *model, const ca_score_table *table, const uint32_t *rows, ca_peer_cells *ret_cells,
                       ca_error *err)
{
    memset(ret_cells, 0, sizeof *ret_cells);
    if (!copy_names(model, table) || !cut_sizes(model, table))
        return ca_error_nomem(err);
    const keys of = {model->name_count + 1};
    ca_ordered *all = order_places(model, table, rows, &of);
    bool made = all && fill_cells(model, table, rows, &of, all, ret_cells);
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
