/* The parts of a model, made and given back. */
#include <string.h>

#include "base/alloc.h"
#include "score/model_inside.h"

#define MISSING_NAME "missing_share"

static bool copy_feature(ca_score_model *model, const ca_score_feature *from, ca_score_feature *to)
{
    *to = *from;
    to->name = ca_arena_cstr(&model->texts, ca_text_of(from->name));
    return to->name != NULL;
}

ca_score_model *ca_score_model_new(const char *kind, const ca_score_feature *features, size_t count)
{
    static const ca_score_feature missing = {.name = MISSING_NAME, .transform = CA_SCORE_PLAIN};
    ca_score_model *model = ca_alloc_zero(1, sizeof *model);
    if (!model)
        return NULL;
    ca_arena_init(&model->texts);
    model->columns = count + 1;
    model->classes = 1;
    model->kind = ca_arena_cstr(&model->texts, ca_text_of(kind));
    model->features = ca_alloc_zero(model->columns, sizeof *model->features);
    model->each = ca_alloc_zero(model->columns, sizeof *model->each);
    model->order = ca_alloc_zero(model->columns, sizeof *model->order);
    bool made = model->kind && model->features && model->each && model->order;
    for (size_t i = 0; i < model->columns && made; i++)
        made = copy_feature(model, i < count ? &features[i] : &missing, &model->features[i]);
    if (made)
        return model;
    ca_score_model_free(model);
    return NULL;
}

static void free_cells(ca_score_model *model)
{
    for (size_t i = 0; model->cells && i < model->cell_count; i++)
        ca_peer_unname(&model->cells[i]);
    ca_free(model->cells);
    ca_free(model->stats);
    ca_free(model->views);
    ca_free(model->names);
}

void ca_score_model_free(ca_score_model *model)
{
    if (!model)
        return;
    free_cells(model);
    for (size_t i = 0; model->each && i < model->columns; i++) {
        ca_tails_done(&model->each[i].tails);
        ca_tails_done(&model->each[i].residual_tails);
    }
    ca_tails *tails[] = {&model->sum, &model->best, &model->distance, &model->residual, &model->total};
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++)
        ca_tails_done(tails[i]);
    for (size_t i = 0; i < CA_TOPS; i++)
        ca_tails_done(&model->top[i]);
    ca_free(model->features);
    ca_free(model->each);
    ca_free(model->order);
    ca_free(model->weights);
    ca_free(model->precision);
    ca_arena_done(&model->texts);
    ca_free(model);
}

void ca_score_model_columns(ca_score_model *model)
{
    model->kept = model->directed = 0;
    for (int context = 0; context < 2; context++)
        for (uint32_t i = 0; i < model->columns; i++)
            if (model->each[i].use == CA_SCORE_USED && (model->features[i].direction == 0) == context) {
                model->order[model->kept++] = i;
                model->directed += !context;
            }
}

bool ca_score_model_matrices(ca_score_model *model)
{
    model->weights = ca_alloc_zero(model->directed * model->directed + 1, sizeof *model->weights);
    model->precision = ca_alloc_zero(model->kept * model->kept + 1, sizeof *model->precision);
    return model->weights && model->precision;
}

bool ca_score_model_same(const ca_score_model *model, const ca_score_table *table)
{
    if (model->columns != ca_score_table_feature_count(table) + 1 || strcmp(model->kind, ca_score_table_kind(table)) != 0)
        return false;
    for (size_t i = 0; i + 1 < model->columns; i++) {
        const ca_score_feature *a = &model->features[i], *b = ca_score_table_feature(table, i);
        bool exposure = a->minimum_exposure <= b->minimum_exposure && a->minimum_exposure >= b->minimum_exposure;
        if (strcmp(a->name, b->name) != 0 || a->transform != b->transform || a->direction != b->direction || !exposure ||
            a->money != b->money)
            return false;
    }
    return true;
}

const char *ca_score_model_kind(const ca_score_model *model)
{
    return model->kind;
}

size_t ca_score_model_entities(const ca_score_model *model)
{
    return (size_t)model->entities;
}

size_t ca_score_model_feature_count(const ca_score_model *model)
{
    return model->columns - 1;
}

const ca_score_feature *ca_score_model_feature(const ca_score_model *model, size_t feature)
{
    return &model->features[feature];
}

ca_score_use ca_score_model_use(const ca_score_model *model, size_t feature)
{
    return model->each[feature].use;
}
