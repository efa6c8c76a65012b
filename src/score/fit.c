/* Learning a model from a table, step by step. */
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "score/fit_inside.h"
#include "score/numbers.h"
#include "score/table_inside.h"

int ca_fit_tails(ca_score_fitting *fit, const double *numbers, ca_tails *ret_tails, ca_error *err)
{
    const ca_score_model *model = fit->model;
    ret_tails->classes = model->classes;
    for (unsigned class = 0; class < model->classes; class++) {
        size_t count = 0;
        for (size_t i = 0; i < fit->source.count; i++) {
            bool here = model->classes == 1 || ca_score_size_of(model, ca_score_table_claims(fit->source.table, i)) == class;
            if (here && !isnan(numbers[i]))
                fit->work[count++] = numbers[i];
        }
        ca_numbers_sort(fit->work, count, fit->scratch);
        if (!ca_tail_fit(fit->work, count, &ret_tails->of[class]))
            return ca_error_nomem(err);
    }
    return 0;
}

static bool take_memory(ca_score_fitting *fit)
{
    double **each[] = {&fit->x, &fit->residuals, &fit->variances, &fit->work, &fit->scratch, &fit->distances};
    for (size_t i = 0; i < sizeof each / sizeof *each; i++)
        if (!(*each[i] = ca_alloc_zero(fit->source.count + 1, sizeof(double))))
            return false;
    fit->z_means = ca_alloc_zero(fit->model->columns, sizeof *fit->z_means);
    return fit->z_means != NULL;
}

static void give_back(ca_score_fitting *fit)
{
    double *each[] = {fit->x, fit->residuals, fit->variances, fit->work, fit->scratch, fit->distances, fit->z_means};
    for (size_t i = 0; i < sizeof each / sizeof *each; i++)
        ca_free(each[i]);
    ca_matrix_free(fit->z);
    ca_peer_cells_done(&fit->cells);
    ca_score_source_done(&fit->source);
}

static int prepare(ca_score_fitting *fit, ca_error *err)
{
    ca_score_model *model = fit->model;
    model->entities = fit->source.count;
    model->classes = fit->source.count > CA_CLASSES_FROM ? CA_TAIL_CLASSES : 1;
    int rc = ca_peer_cells_make(model, fit->source.table, &fit->cells, err);
    if (rc < 0)
        return rc;
    model->stats = ca_alloc_zero(model->columns * model->cell_count, sizeof *model->stats);
    model->views = ca_alloc_zero(model->columns * model->cell_count, sizeof *model->views);
    if (!model->stats || !model->views || !take_memory(fit))
        return ca_error_nomem(err);
    rc = ca_score_source_place(&fit->source, model, 0, fit->source.count, err);
    return rc < 0 ? rc : ca_score_table_scratch(fit->source.table, model->columns, false, &fit->z, err);
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

int ca_score_fit(ca_score_table *table, const ca_linalg *linalg, ca_score_model **ret_model, ca_error *err)
{
    ca_score_fitting fit = {.linalg = linalg, .source = ca_score_source_of(table)};
    fit.model = ca_score_model_new(table->kind, table->features, table->feature_count);
    int rc = fit.model ? fit_all(&fit, err) : ca_error_nomem(err);
    give_back(&fit);
    if (rc < 0) {
        ca_score_model_free(fit.model);
        return rc;
    }
    *ret_model = fit.model;
    return 0;
}
