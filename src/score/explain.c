/* Why an entity has its score, feature by feature. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "score/apply_inside.h"

struct ca_score_explainer {
    ca_score_table *table;
    ca_score_source source;               /* of those who were taken */
    ca_channels channels;
    uint32_t places[CA_SCORE_BLOCK];      /* of each of them: where it stands in the channels */
};

typedef struct looking {
    const ca_score_model *model;
    const ca_score_source *source;
    const ca_channels *channels;
    size_t entity, place;      /* of those who were taken; in the channels */
    double parts[CA_SCORE_FEATURES + 1];
} looking;

static ca_score_cell cell_of(const ca_score_model *model, uint32_t cell, uint32_t members)
{
    const ca_peer_cell *of = &model->cells[cell];
    return (ca_score_cell){
        .level = (ca_score_level)of->level,
        .specialty = model->names[of->specialty].ptr,
        .region = model->names[of->region].ptr,
        .size = of->size,
        .members = members,
    };
}

static double percentile(int direction, double z, double p)
{
    if (direction == 2)
        return z > 0 ? 100 * (1 - p / 2) : 50 * p;
    return direction > 0 ? 100 * (1 - p) : 100 * p;
}

/* What the channels say of a directed column. */
static void add_evidence(const looking *at, size_t k, const ca_peer_view *view, ca_score_reason *to)
{
    const ca_channels *channels = at->channels;
    const ca_score_model *model = at->model;
    uint32_t column = model->order[k];
    size_t i = k * CA_SCORE_BLOCK + at->place;
    double own = model->precision[k * model->kept + k];
    if (isnan(channels->levels[i]))
        return;
    to->p = exp(-channels->levels[i]);
    to->percentile = percentile(model->features[column].direction, to->z, to->p);
    if (isnan(channels->total[at->place]))
        return;
    double predicted = channels->clipped[i] - channels->predicted[i] / own;
    double deviation = ca_score_deviation(&model->each[column], &model->features[column], view->variance, to->exposure);
    double median = ca_score_nearest(&model->features[column], view->median, to->exposure);
    to->expected = ca_score_back(&model->features[column], &model->each[column],
                                 median + predicted * sqrt(view->variance) * deviation, to->exposure);
    to->expected = isfinite(to->expected) ? to->expected : NAN;
    to->residual = channels->predicted[i] / sqrt(own);
    to->p_residual = exp(-channels->residual_levels[i]);
    to->evidence = at->parts[k];
    to->attributed = ca_score_is_reason(channels, at->place, k, at->parts);
}

static int describe(const looking *at, uint32_t column, ca_score_reason *to, ca_error *err)
{
    *to = (ca_score_reason){.feature = column, .z = NAN, .p = 1, .percentile = NAN, .expected = NAN, .residual = NAN, .p_residual = NAN,
                            .ratio = NAN};
    int rc = ca_score_source_read(at->source, column, at->entity, 1, &to->value, &to->exposure, err);
    if (rc < 0)
        return rc;
    const ca_score_model *model = at->model;
    ca_peer_view view = ca_peer_look(model, column, &at->channels->peers[at->place]);
    to->present = !isnan(to->value);
    to->median = ca_score_median(model, column, &view, to->exposure > 0 ? to->exposure : 1);
    to->cell = cell_of(model, view.cell, view.peers);
    if (to->present && fabs(to->median) > 0)
        to->ratio = to->value / to->median;
    for (size_t k = 0; k < model->kept && to->present; k++)
        if (model->order[k] == column) {
            to->z = at->channels->z[k * CA_SCORE_BLOCK + at->place];
            if (k < model->directed)
                add_evidence(at, k, &view, to);
        }
    return 0;
}

static int by_evidence(const void *a, const void *b)
{
    const ca_score_reason *x = a, *y = b;
    if (x->evidence > y->evidence || x->evidence < y->evidence)
        return x->evidence > y->evidence ? -1 : 1;
    return x->feature < y->feature ? -1 : x->feature > y->feature;
}

/* The finest cell with enough others. */
static ca_score_cell own_cell(const ca_score_model *model, const ca_peer_place *place)
{
    uint32_t cell = place->cell, others = 0;
    for (unsigned i = 0; i < 3; i++) {
        uint32_t members = model->cells[cell].members;
        others = members - (members > 0 && place->members[i] != CA_NO_MEMBER);
        if (cell == 0 || others >= CA_CELL_LEAST)
            break;
        cell = model->cells[cell].parent;
    }
    return cell_of(model, cell, others);
}

static int describe_all(looking *at, ca_score_explanation *to, ca_error *err)
{
    int rc = 0;
    to->insufficient = isnan(at->channels->total[at->place]);
    to->cell = own_cell(at->model, &at->channels->peers[at->place]);
    if (!to->insufficient)
        ca_score_parts(at->channels, at->place, at->parts);
    for (size_t i = 0; i < to->count && rc == 0; i++) {
        rc = describe(at, (uint32_t)i, &to->reasons[i], err);
        to->few = to->few || (at->model->each[i].use == CA_SCORE_USED && at->model->each[i].few);
    }
    qsort(to->reasons, to->count, sizeof *to->reasons, by_evidence);
    return rc;
}

int ca_score_explainer_new(const ca_score_model *model, ca_score_table *table, ca_score_explainer **ret_explainer, ca_error *err)
{
    int rc = ca_score_check(model, table, err);
    if (rc < 0)
        return rc;
    ca_score_explainer *explainer = ca_alloc_zero(1, sizeof *explainer);
    if (!explainer)
        return ca_error_nomem(err);
    explainer->table = table;
    explainer->source = ca_score_source_of(table);
    rc = ca_channels_new(model, &explainer->source, &explainer->channels, err);
    if (rc < 0) {
        ca_free(explainer);
        return rc;
    }
    *ret_explainer = explainer;
    return 0;
}

/* Who were taken last. */
static void let_go(ca_score_explainer *explainer)
{
    if (explainer->source.table != explainer->table)
        ca_score_table_free(explainer->source.table);
    explainer->source = ca_score_source_of(explainer->table);
}

void ca_score_explainer_free(ca_score_explainer *explainer)
{
    if (!explainer)
        return;
    ca_channels_done(&explainer->channels);
    let_go(explainer);
    ca_free(explainer);
}

int ca_score_explainer_take(ca_score_explainer *explainer, const uint32_t *entities, size_t count, ca_error *err)
{
    ca_score_table *picked = NULL;
    int rc = ca_score_table_pick(explainer->table, entities, count, &picked, err);
    if (rc < 0)
        return rc;
    let_go(explainer);
    explainer->source = ca_score_source_of(picked);
    rc = ca_channels_z(&explainer->channels, 0, count, true, err);
    if (rc < 0)
        return rc;
    ca_score_run(&explainer->channels);
    for (uint32_t place = 0; place < count; place++)
        explainer->places[explainer->channels.entities[place]] = place;
    return 0;
}

int ca_score_explainer_look(const ca_score_explainer *explainer, size_t taken, ca_arena *arena, ca_score_explanation *ret_explanation,
                            ca_error *err)
{
    const ca_score_model *model = explainer->channels.model;
    ca_score_explanation made = {.count = model->columns - 1};
    made.reasons = ca_arena_array(arena, made.count + 1, sizeof *made.reasons);
    if (!made.reasons)
        return ca_error_nomem(err);
    assert(taken < explainer->source.count && explainer->source.table != explainer->table);
    looking at = {.model = model, .source = &explainer->source, .channels = &explainer->channels, .entity = taken,
                  .place = explainer->places[taken]};
    int rc = describe_all(&at, &made, err);
    if (rc == 0)
        *ret_explanation = made;
    return rc;
}

int ca_score_explain(const ca_score_model *model, ca_score_table *table, size_t entity, ca_arena *arena,
                     ca_score_explanation *ret_explanation, ca_error *err)
{
    ca_score_explainer *explainer = NULL;
    int rc = ca_score_explainer_new(model, table, &explainer, err);
    if (rc == 0)
        rc = ca_score_explainer_take(explainer, &(uint32_t){(uint32_t)entity}, 1, err);
    if (rc == 0)
        rc = ca_score_explainer_look(explainer, 0, arena, ret_explanation, err);
    ca_score_explainer_free(explainer);
    return rc;
}
