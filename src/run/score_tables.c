/* Measured entities to tables of score: exact fractions become the nearest numbers that a machine calculates with. */
#include "run/scores.h"

#include <math.h>

#include "base/decimal.h"
#include "run/budget.h"

static ca_score_transform transform_of(ca_transform transform)
{
    switch (transform) {
    case CA_TRANSFORM_SHARE:
        return CA_SCORE_SHARE;
    case CA_TRANSFORM_LOG:
        return CA_SCORE_LOG;
    case CA_TRANSFORM_ASINH:
        return CA_SCORE_ASINH;
    case CA_TRANSFORM_PLAIN:
    case CA_TRANSFORMS:
        break;
    }
    return CA_SCORE_PLAIN;
}

static int open_kind(const ca_scan_state *scan, ca_entity entity, unsigned kinds, ca_run_scored *scored, ca_error *err)
{
    const ca_featureset *set = scored->set;
    size_t count = set->active[entity];
    ca_score_feature *features = ca_arena_array(scan->arena, count, sizeof *features);
    if (!features) {
        return ca_error_nomem(err);
    }
    for (size_t i = 0; i < count; i++) {
        const ca_feature *feature = set->features[set->first[entity] + i];
        features[i] = (ca_score_feature){.name = feature->id,
                                         .transform = transform_of(feature->transform),
                                         .direction = (int)feature->direction,
                                         .minimum_exposure = (double)feature->minimum,
                                         .money = feature->money};
    }
    ca_score_table_options options = {.kind = ca_entity_kinds[entity].name,
                                      .features = features,
                                      .feature_count = count,
                                      .memory = ca_budget_table_bytes(scan) / kinds,
                                      .disk = scan->temporary,
                                      .folder = scan->work};
    return ca_score_table_new(&options, &scored->kinds[entity].table, err);
}

int ca_score_tables_open(const ca_scan_state *scan, ca_run_scored *scored, ca_error *err)
{
    unsigned kinds = 0;
    int rc = 0;
    for (unsigned entity = 0; entity < CA_ENTITY_LINE; entity++) {
        kinds += scored->set->active[entity] > 0;
    }
    for (unsigned entity = 0; rc == 0 && entity < CA_ENTITY_LINE; entity++) {
        rc = scored->set->active[entity] ? open_kind(scan, (ca_entity)entity, kinds, scored, err) : 0;
    }
    return rc;
}

/* --- Entities ------------------------------------------------------------------------------------------------ */

/* Of 64 bits it is the same, and sooner. */
static double number_of(ca_ratio value, int64_t scale)
{
    if (value.n == (int64_t)value.n && value.d == (int64_t)value.d) {
        return (double)(int64_t)value.n * (double)scale / (double)(int64_t)value.d;
    }
    return (double)value.n * (double)scale / (double)value.d;
}

int ca_score_tables_take(void *context, const ca_measured *measured, ca_error *err)
{
    ca_run_scored *scored = context;
    ca_score_value values[CA_SCORE_FEATURES];
    ca_score_table *table = scored->kinds[measured->entity].table;
    const ca_featureset *set = scored->set;
    for (size_t i = 0; i < measured->count; i++) {
        const ca_feature_value *from = &measured->values[i];
        bool money = set->features[set->first[measured->entity] + i]->money;
        bool missing = from->missing || from->thin;
        values[i] = (ca_score_value){.value = missing ? NAN : number_of(from->value, money ? CA_DECIMAL_ONE : 1),
                                     .exposure = number_of(from->exposure, 1)};
    }
    const ca_score_row row = {.id = measured->id,
                              .specialty = measured->specialty.ptr ? measured->specialty : CA_TEXT(""),
                              .region = measured->region.ptr ? measured->region : CA_TEXT(""),
                              .claims = measured->claims,
                              .paid = measured->paid,
                              .values = values};
    return table ? ca_score_table_add(table, &row, err) : 0;    /* without features patients are measured for networks only */
}
