/* What models say of their populations, side by side. */
#include "score/model_inside.h"

#define MUCH 1e9    /* an exposure beside which what is added to small shares does not count */

ca_score_values ca_score_model_values(const ca_score_model *model, size_t feature)
{
    const ca_score_column *column = &model->each[feature];
    ca_score_values values = {.present = column->present};
    for (unsigned i = 0; i < CA_QUANTILES && column->present > 0; i++)
        values.quantiles[i] = ca_score_back(&model->features[feature], column, column->quantiles[i], MUCH);
    return values;
}

ca_score_drift ca_score_model_moved(const ca_score_model *model, size_t feature, const ca_score_model *later, size_t later_feature)
{
    const ca_score_column *column = &model->each[feature];
    ca_score_values values = ca_score_model_values(later, later_feature);
    ca_arcs arcs = {0};
    ca_score_drift drift = {.share = values.present - column->present};
    for (unsigned i = 0; i < CA_QUANTILES && values.present > 0 && column->present > 0; i++) {
        double x = ca_score_forward(&model->features[feature], column, &arcs, values.quantiles[i], MUCH);
        double moved = (x - column->quantiles[i]) / (column->spread > 0 ? column->spread : 1);
        drift.moved[i] = fmax(-1e6, fmin(moved, 1e6));
    }
    return drift;
}
