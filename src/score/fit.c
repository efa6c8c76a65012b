/* Learning a model from a table, step by step. */
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "score/fit_inside.h"
#include "score/numbers.h"

#define DRAWN_MOST (CA_FIT_DRAWN + CA_FIT_DRAWN / 8)      /* of the values of a column, by 45 standard deviations */

/* Behind all classes where it is not a number. */
static unsigned class_of(const ca_score_fitting *fit, double number, uint32_t place)
{
    unsigned class = fit->model->classes > 1 ? fit->sizes[place] : 0, unknown = isnan(number) ? 1u : 0u;
    return class + unknown * (CA_TAIL_CLASSES - class);      /* no branch, as it is not foreseen */
}

int ca_fit_tails(ca_score_fitting *fit, const double *numbers, const uint32_t *places, size_t count, ca_tails *ret_tails, ca_error *err)
{
    size_t ends[CA_TAIL_CLASSES + 2] = {0};
    unsigned classes = fit->model->classes;
    ret_tails->classes = classes;
    for (size_t i = 0; i < count; i++)
        ends[class_of(fit, numbers[i], places[i]) + 1]++;
    for (unsigned class = 0; class <= CA_TAIL_CLASSES; class++)
        ends[class + 1] += ends[class];
    for (size_t i = 0; i < count; i++)
        fit->work[ends[class_of(fit, numbers[i], places[i])]++] = numbers[i];
    for (unsigned class = 0; class < classes; class++) {
        size_t from = class > 0 ? ends[class - 1] : 0;      /* each end has moved to the next */
        ca_numbers_sort(fit->work + from, ends[class] - from, fit->scratch);
        if (!ca_tail_fit(fit->work + from, ends[class] - from, &ret_tails->of[class]))
            return ca_error_nomem(err);
    }
    return 0;
}

/* --- Memory ------------------------------------------------------------------------------------------------------------- */

static bool take_memory(ca_score_fitting *fit)
{
    size_t all = fit->source.count + 1;
    double **each[] = {&fit->numbers, &fit->volumes, &fit->residuals, &fit->variances, &fit->work, &fit->scratch, &fit->distances};
    fit->room = fit->source.count < DRAWN_MOST ? fit->source.count : DRAWN_MOST;
    for (size_t i = 0; i < sizeof each / sizeof *each; i++)
        if (!(*each[i] = ca_alloc_zero(fit->room + 1, sizeof(double))))
            return false;
    fit->at = ca_alloc_zero(fit->room + 1, sizeof *fit->at);
    fit->bins = ca_alloc_zero(fit->room + 1, sizeof *fit->bins);
    fit->sample = ca_alloc_zero(fit->count + 1, sizeof *fit->sample);
    fit->values = ca_alloc_zero(all, sizeof *fit->values);
    fit->exposures = ca_alloc_zero(all, sizeof *fit->exposures);
    fit->x = ca_alloc_zero(all, sizeof *fit->x);
    fit->sorted = ca_alloc_zero(all, sizeof *fit->sorted);
    fit->split = ca_alloc_zero(all, sizeof *fit->split);
    fit->finest = ca_alloc_zero(all, sizeof *fit->finest);
    fit->ends = ca_alloc_zero(fit->model->cell_count, sizeof *fit->ends);
    fit->at_level = ca_alloc_zero(fit->model->cell_count, sizeof *fit->at_level);
    fit->places = ca_alloc_zero(all, sizeof *fit->places);
    fit->drawn = ca_alloc_zero(all, sizeof *fit->drawn);
    fit->sizes = ca_alloc_zero(all, sizeof *fit->sizes);
    fit->peers = ca_alloc_zero(all, sizeof *fit->peers);
    fit->z_means = ca_alloc_zero(fit->model->columns, sizeof *fit->z_means);
    return fit->at && fit->bins && fit->sample && fit->values && fit->exposures && fit->x && fit->sorted && fit->split && fit->finest &&
           fit->ends && fit->at_level && fit->places && fit->drawn && fit->sizes && fit->peers && fit->z_means;
}

/* Small cells know statistics without each of their members while a model is fitted. */
static bool take_cells(ca_score_model *model)
{
    bool good = true;
    for (size_t i = 0; i < model->cell_count && good; i++) {
        ca_peer_cell *cell = &model->cells[i];
        cell->without = cell->digests ? ca_alloc_zero(cell->members + 1, sizeof *cell->without) : NULL;
        good = cell->without || !cell->digests;
    }
    return good;
}

static void give_back_cells(ca_score_model *model)
{
    for (size_t i = 0; model && model->cells && i < model->cell_count; i++) {
        ca_free(model->cells[i].without);
        model->cells[i].without = NULL;
    }
}

static void give_back(ca_score_fitting *fit)
{
    give_back_cells(fit->model);
    void *each[] = {fit->numbers, fit->volumes, fit->residuals, fit->variances, fit->work,   fit->scratch, fit->distances,
                    fit->at,      fit->sample,  fit->values,    fit->exposures, fit->x,      fit->places,  fit->sizes,
                    fit->peers,   fit->z_means, fit->rows,      fit->draws,     fit->bins,   fit->sorted,  fit->split,
                    fit->ends,    fit->finest,  fit->at_level, fit->drawn};
    for (size_t i = 0; i < sizeof each / sizeof *each; i++)
        ca_free(each[i]);
    ca_matrix_free(fit->z);
    ca_peer_cells_done(&fit->cells);
}

/* --- Places ------------------------------------------------------------------------------------------------------------- */

/* In order of id, or, where some are drawn, as they are. */
static int order_rows(ca_score_fitting *fit, bool drawn, ca_error *err)
{
    const ca_score_table *table = fit->source.table;
    fit->rows = ca_alloc_zero(fit->source.count + 1, sizeof *fit->rows);
    if (!fit->rows)
        return ca_error_nomem(err);
    memcpy(fit->rows, table->drawn, fit->source.count * sizeof *fit->rows);
    return drawn ? 0 : ca_score_order_by_id(table, fit->rows, fit->source.count, err);
}

/* Places in the order of cells, so that what is looked at together lies together. */
static int move_by_cell(ca_score_fitting *fit, ca_error *err)
{
    uint32_t *rows = ca_alloc_zero(fit->source.count + 1, sizeof *rows);
    uint32_t *order = ca_alloc_zero(fit->source.count + 1, sizeof *order);
    if (!rows || !order) {
        ca_free(rows);
        ca_free(order);
        return ca_error_nomem(err);
    }
    for (size_t i = 0; i < fit->source.count; i++) {
        rows[i] = fit->rows[fit->cells.order[i]];
        order[i] = (uint32_t)i;
    }
    ca_free(fit->rows);
    fit->rows = rows;
    fit->draws = fit->cells.order;      /* places were those of draws */
    fit->cells.order = order;
    return 0;
}

static void describe_places(ca_score_fitting *fit)
{
    const ca_score_table *table = fit->source.table;
    const ca_score_model *model = fit->model;
    for (uint32_t cell = 0; cell < model->cell_count; cell++)      /* finer ones come later */
        for (size_t i = fit->cells.spans[cell].from; i < fit->cells.spans[cell].to; i++)
            fit->finest[i] = cell;
    for (size_t i = 0; i < fit->source.count; i++) {
        size_t place = fit->cells.order[i];
        fit->peers[place].cell = fit->finest[i];
        ca_peer_members(model, table, fit->rows[place], &fit->peers[place]);
    }
    for (size_t place = 0, drawn = 0; place < fit->source.count; place++) {
        fit->places[fit->rows[place]] = (uint32_t)place;
        bool in_sample = ca_fit_is_drawn(fit, place, fit->count);
        fit->drawn[place] = (uint32_t)(in_sample ? drawn : fit->count);
        fit->sample[drawn] = (uint32_t)place;
        drawn += in_sample;
    }
    for (size_t row = 0; row < fit->source.count; row++)      /* what is large lies in this order */
        fit->sizes[fit->places[row]] = (uint8_t)ca_score_size_of(model, ca_score_table_claims(table, row));
}

/* --- All steps ---------------------------------------------------------------------------------------------------------- */

static int prepare(ca_score_fitting *fit, ca_error *err)
{
    ca_score_model *model = fit->model;
    bool drawn = fit->source.count > CA_FIT_DRAWN;
    fit->count = drawn ? CA_FIT_DRAWN : fit->source.count;
    model->entities = fit->source.count;
    model->classes = fit->source.count > CA_CLASSES_FROM ? CA_TAIL_CLASSES : 1;
    int rc = order_rows(fit, drawn, err);
    if (rc == 0)
        rc = ca_peer_cells_make(model, fit->source.table, fit->rows, &fit->cells, err);
    if (rc == 0 && drawn) {
        fit->results = NULL;
        rc = move_by_cell(fit, err);
    }
    if (rc < 0)
        return rc;
    model->stats = ca_alloc_zero(model->columns * model->cell_count, sizeof *model->stats);
    model->views = ca_alloc_zero(model->columns * model->cell_count, sizeof *model->views);
    if (!model->stats || !model->views || !take_cells(model) || !take_memory(fit))
        return ca_error_nomem(err);
    describe_places(fit);
    ca_matrix_shape shape = {.rows = fit->count, .columns = model->columns};
    return ca_score_table_scratch(fit->source.table, &shape, &fit->z, err);
}

static int fit_all(ca_score_fitting *fit, ca_error *err)
{
    int rc = prepare(fit, err);
    for (size_t column = 0; column < fit->model->columns && rc == 0; column++)
        rc = ca_fit_column(fit, column, err);
    if (rc == 0)
        rc = ca_fit_matrices(fit, err);
    return rc < 0 ? rc : ca_fit_channels(fit, err);
}

int ca_fit_model(ca_score_table *table, const ca_linalg *linalg, ca_score_results *results, bool *ret_scored, ca_score_model **ret_model,
                 ca_error *err)
{
    ca_score_fitting fit = {.linalg = linalg, .source = ca_score_source_of(table), .results = results};
    fit.model = ca_score_model_new(table->kind, table->features, table->feature_count);
    int rc = fit.model ? fit_all(&fit, err) : ca_error_nomem(err);
    give_back(&fit);
    if (rc < 0) {
        ca_score_model_free(fit.model);
        return rc;
    }
    *ret_scored = fit.results != NULL;
    *ret_model = fit.model;
    return 0;
}

int ca_score_fit(ca_score_table *table, const ca_linalg *linalg, ca_score_model **ret_model, ca_error *err)
{
    bool scored;
    return ca_fit_model(table, linalg, NULL, &scored, ret_model, err);
}
