/* Peers of an entity: median and scale of its cell, shrunk to those of the cells above it, without the entity itself. */
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "score/model_inside.h"
#include "score/numbers.h"
#include "score/scorer.h"
#include "score/table_inside.h"

#define MEDIAN_PRIOR 3.0      /* members that the parent's median is worth */
#define SCALE_PRIOR  20.0     /* and its scale */
#define NAMES_FEW    128u     /* of specialties and regions: cells are found once for each pair of them */
#define DEVIATION_LEAST .2    /* of a residual: no volume makes an entity surer than this */

uint64_t ca_peer_digest(ca_text id)
{
    return ca_hash64(id.ptr, id.len);
}

/* --- Where an entity stands --------------------------------------------------------------------------------------------- */

static uint32_t find_name(const ca_score_model *model, ca_text name)
{
    size_t from = 0, to = model->name_count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (ca_text_cmp(model->names[middle], name) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from < model->name_count && ca_text_eq(model->names[from], name) ? (uint32_t)from : CA_NOBODY;
}

uint32_t *ca_peer_names(const ca_score_model *model, const ca_score_table *table)
{
    uint32_t *names = ca_alloc_zero(table->names.count + 1, sizeof *names);
    for (uint32_t i = 0; names && i < table->names.count; i++)
        names[i] = find_name(model, ca_table_key(&table->names, i));
    return names;
}

static int compare(const ca_peer_cell *cell, uint32_t level, uint32_t specialty, uint32_t region, uint32_t size)
{
    if (cell->level != level)
        return cell->level < level ? -1 : 1;
    if (cell->specialty != specialty)
        return cell->specialty < specialty ? -1 : 1;
    if (cell->region != region)
        return cell->region < region ? -1 : 1;
    return cell->size == size ? 0 : cell->size < size ? -1 : 1;
}

/* 0, the cell of all, where there is none. */
static uint32_t find_cell(const ca_score_model *model, uint32_t level, uint32_t specialty, uint32_t region, uint32_t size)
{
    size_t from = 0, to = model->cell_count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (compare(&model->cells[middle], level, specialty, region, size) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from < model->cell_count && compare(&model->cells[from], level, specialty, region, size) == 0 ? (uint32_t)from : 0;
}

static uint32_t cell_of(const ca_score_model *model, const ca_score_entity *of, const uint32_t *names)
{
    uint32_t specialty = of->specialty == CA_SCORE_UNKNOWN ? CA_NOBODY : names[of->specialty];
    uint32_t region = of->region == CA_SCORE_UNKNOWN ? CA_NOBODY : names[of->region];
    uint32_t cell = 0;
    if (specialty != CA_NOBODY && region != CA_NOBODY)
        cell = find_cell(model, CA_SCORE_BY_CELL, specialty, region, ca_score_size_of(model, of->claims));
    return cell == 0 && specialty != CA_NOBODY ? find_cell(model, CA_SCORE_BY_SPECIALTY, specialty, 0, 0) : cell;
}

uint32_t *ca_peer_found_new(const ca_score_table *table)
{
    size_t names = table->names.count + 1;
    return names <= NAMES_FEW ? ca_alloc_zero(names * names * CA_TAIL_CLASSES, sizeof(uint32_t)) : NULL;
}

/* As of the last entity of the same names and size. */
static uint32_t cell_again(const ca_score_model *model, const ca_score_table *table, const uint32_t *names, uint32_t *found, size_t entity)
{
    const ca_score_entity *of = &table->entities[entity];
    if (!found)
        return cell_of(model, of, names);
    size_t count = table->names.count, specialty = of->specialty < count ? of->specialty : count, region = of->region < count ? of->region : count;
    uint32_t *cell = &found[(specialty * (count + 1) + region) * CA_TAIL_CLASSES + ca_score_size_of(model, of->claims)];
    if (*cell == 0)
        *cell = cell_of(model, of, names) + 1;
    return *cell - 1;
}

static uint8_t find_member(const ca_peer_cell *cell, uint64_t digest)
{
    if (cell->digests)
        for (uint8_t i = 0; i < cell->members; i++)
            if (cell->digests[i] == digest)
                return i;
    return CA_NO_MEMBER;
}

/* Cells above one that names nobody are as large, and name nobody either. */
void ca_peer_members(const ca_score_model *model, const ca_score_table *table, size_t entity, ca_peer_place *place)
{
    uint32_t cell = place->cell;
    memset(place->members, CA_NO_MEMBER, sizeof place->members);
    if (!model->cells[cell].digests)
        return;
    uint64_t digest = ca_peer_digest(ca_score_table_id(table, entity));
    for (unsigned i = 0; i < 3; i++) {
        place->members[i] = find_member(&model->cells[cell], digest);
        cell = model->cells[cell].parent;
    }
}

ca_peer_place ca_peer_find(const ca_score_model *model, const ca_score_table *table, const uint32_t *names, uint32_t *found, size_t entity)
{
    ca_peer_place place = {.cell = cell_again(model, table, names, found, entity)};
    ca_peer_members(model, table, entity, &place);
    return place;
}

/* --- Medians and scales ------------------------------------------------------------------------------------------------- */

ca_peer_stats ca_peer_stats_of(const double *sorted, size_t count)
{
    if (count == 0)
        return (ca_peer_stats){0};
    return (ca_peer_stats){(uint32_t)count, ca_numbers_quantile(sorted, count, .5), ca_numbers_scale(sorted, count)};
}

/* A cell moves what its parents said. A scale of zero says nothing: few are different, and none of them is here. */
static void shrink(ca_peer_view *view, const ca_peer_stats *stats, uint32_t cell)
{
    if (stats->count < CA_CELL_LEAST)
        return;
    double count = (double)stats->count, own = count / (count + MEDIAN_PRIOR), own_scale = count / (count + SCALE_PRIOR);
    bool first = view->peers == 0;
    view->median = first ? stats->median : own * stats->median + (1 - own) * view->median;
    if (first)
        view->variance = stats->scale * stats->scale;
    else if (stats->scale > 0)
        view->variance = own_scale * stats->scale * stats->scale + (1 - own_scale) * view->variance;
    view->cell = cell;
    view->peers = stats->count;
}

bool ca_peer_name(ca_peer_cell *cell, size_t columns)
{
    size_t values = columns * cell->members + 1;
    cell->digests = ca_alloc_zero(cell->members + 1u, sizeof *cell->digests);
    cell->sorted = ca_alloc_zero(values, sizeof *cell->sorted);
    cell->ranks = ca_alloc_zero(values, sizeof *cell->ranks);
    cell->known = ca_alloc_zero(columns + 1, sizeof *cell->known);
    return cell->digests && cell->sorted && cell->ranks && cell->known;
}

void ca_peer_unname(ca_peer_cell *cell)
{
    ca_free(cell->digests);
    ca_free(cell->sorted);
    ca_free(cell->ranks);
    ca_free(cell->known);
}

void ca_peer_keep(ca_peer_cell *cell, size_t column, const float *values)
{
    uint8_t ranked[CA_CELL_NAMED], known = 0;
    float *sorted = cell->sorted + column * cell->members;
    for (uint32_t i = 0; i < cell->members; i++) {
        uint32_t at = i;
        for (; at > 0 && (isnan(values[ranked[at - 1]]) || values[ranked[at - 1]] > values[i]); at--)
            ranked[at] = ranked[at - 1];
        ranked[at] = (uint8_t)i;
    }
    for (uint32_t i = 0; i < cell->members; i++) {
        sorted[i] = values[ranked[i]];
        cell->ranks[column * cell->members + ranked[i]] = (uint8_t)i;
        known = (uint8_t)(known + !isnan(sorted[i]));
    }
    cell->known[column] = known;
}

void ca_peer_views(ca_score_model *model, size_t column)
{
    const ca_peer_stats *stats = model->stats + column * model->cell_count;
    ca_peer_view *views = model->views + column * model->cell_count;
    for (uint32_t i = 0; i < model->cell_count; i++) {      /* parents come first */
        views[i] = i == 0 ? (ca_peer_view){0} : views[model->cells[i].parent];
        shrink(&views[i], &stats[i], i);
        views[i].scale = sqrt(views[i].variance);
    }
}

/* The values of a small cell without one member, in order. */
static ca_peer_stats stats_without(const ca_peer_cell *cell, size_t column, uint32_t member)
{
    double others[CA_CELL_NAMED];
    const float *sorted = cell->sorted + column * cell->members;
    size_t known = cell->known[column], rank = cell->ranks[column * cell->members + member];
    if (cell->without)
        return cell->without[rank < known ? rank : known];
    size_t before = rank < known ? rank : known, after = rank < known ? known - rank - 1 : 0;
    for (size_t i = 0; i < before; i++)
        others[i] = (double)sorted[i];
    for (size_t i = 0; i < after; i++)
        others[before + i] = (double)sorted[rank + 1 + i];
    return ca_peer_stats_of(others, before + after);
}

void ca_peer_leave_out(ca_peer_cell *cell, size_t column)
{
    double others[CA_CELL_NAMED];
    const float *sorted = cell->sorted + column * cell->members;
    size_t known = cell->known[column];
    for (size_t i = 1; i < known; i++)
        others[i - 1] = (double)sorted[i];
    for (size_t i = 0; i < known; i++) {
        cell->without[i] = ca_peer_stats_of(others, known - 1);
        others[i] = (double)sorted[i];
    }
    cell->without[known] = ca_peer_stats_of(others, known);
}

/* From the cell of all down to that of the place, where each may lack the entity. */
static void look_down(const ca_score_model *model, size_t column, const ca_peer_place *place, uint32_t cell, unsigned depth,
                      ca_peer_view *view)
{
    bool others = false;
    for (unsigned i = depth; i < 3; i++)
        others = others || place->members[i] != CA_NO_MEMBER;
    if (!others) {
        *view = model->views[column * model->cell_count + cell];
        return;
    }
    if (cell != 0)
        look_down(model, column, place, model->cells[cell].parent, depth + 1, view);
    else
        *view = (ca_peer_view){0};
    if (place->members[depth] == CA_NO_MEMBER) {
        shrink(view, &model->stats[column * model->cell_count + cell], cell);
    } else {
        ca_peer_stats stats = stats_without(&model->cells[cell], column, place->members[depth]);
        shrink(view, &stats, cell);
    }
}

ca_peer_view ca_peer_look_without(const ca_score_model *model, size_t column, const ca_peer_place *place)
{
    ca_peer_view view;
    look_down(model, column, place, place->cell, 0, &view);
    view.scale = sqrt(view.variance);
    return view;
}

double ca_score_deviation(const ca_score_column *column, const ca_score_feature *feature, double variance, double exposure)
{
    double of = column->part;
    if (exposure > 0)
        of += column->per_exposure / exposure / (feature->transform == CA_SCORE_SHARE ? variance : 1);
    double deviation = sqrt(of);
    return deviation > DEVIATION_LEAST ? deviation : DEVIATION_LEAST;
}

double ca_score_z(const ca_score_column *column, const ca_score_feature *feature, const ca_peer_view *view, double x, double exposure)
{
    if (isnan(x) || !(view->variance > 0))
        return NAN;
    double median = ca_score_nearest(feature, view->median, exposure);
    return (x - median) / view->scale / ca_score_deviation(column, feature, view->variance, exposure);
}
