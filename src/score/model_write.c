/* A model as bytes. */
#include "base/hash.h"
#include "score/model_bytes.h"
#include "score/model_inside.h"

static void put_head(const ca_score_model *model, ca_buf *to)
{
    ca_buf_add_cstr(to, CA_MODEL_MAGIC);
    ca_model_put(to, CA_SCORE_MODEL_VERSION, 4);
    ca_model_put_text(to, ca_text_of(model->kind));
    ca_model_put(to, model->entities, 8);
    ca_model_put(to, model->size_cuts[0], 8);
    ca_model_put(to, model->size_cuts[1], 8);
    ca_model_put(to, model->classes, 4);
    ca_model_put(to, model->columns - 1, 4);
    for (size_t i = 0; i + 1 < model->columns; i++) {
        const ca_score_feature *feature = &model->features[i];
        ca_model_put_text(to, ca_text_of(feature->name));
        ca_model_put(to, feature->transform, 1);
        ca_model_put(to, (uint64_t)(feature->direction + 1), 1);
        ca_model_put(to, feature->money, 1);
        ca_model_put_number(to, feature->minimum_exposure);
    }
}

static void put_cells(const ca_score_model *model, ca_buf *to)
{
    ca_model_put(to, model->name_count, 4);
    for (size_t i = 0; i < model->name_count; i++)
        ca_model_put_text(to, model->names[i]);
    ca_model_put(to, model->cell_count, 4);
    for (size_t i = 0; i < model->cell_count; i++) {
        const ca_peer_cell *cell = &model->cells[i];
        const uint32_t numbers[] = {cell->level, cell->specialty, cell->region, cell->size, cell->members, cell->parent};
        for (unsigned n = 0; n < sizeof numbers / sizeof *numbers; n++)
            ca_model_put(to, numbers[n], 4);
        for (uint32_t n = 0; cell->digests && n < cell->members; n++)
            ca_model_put(to, cell->digests[n], 8);
    }
}

static void put_tails(const ca_score_model *model, const ca_tails *tails, ca_buf *to)
{
    for (uint32_t class = 0; class < model->classes; class++) {
        const ca_tail *tail = &tails->of[class];
        ca_model_put(to, tail->count, 4);
        ca_model_put_number(to, tail->end_level);
        ca_model_put_number(to, tail->scale);
        ca_model_put_number(to, tail->weight);
        for (uint32_t i = 0; i < tail->count; i++) {
            ca_model_put_number(to, tail->at[i]);
            ca_model_put_number(to, tail->knots[i].level);
        }
    }
}

static void put_values(const ca_score_model *model, size_t column, ca_buf *to)
{
    for (size_t i = 0; i < model->cell_count; i++) {
        const ca_peer_stats *stats = &model->stats[column * model->cell_count + i];
        const ca_peer_cell *cell = &model->cells[i];
        ca_model_put(to, stats->count, 4);
        ca_model_put_number(to, stats->median);
        ca_model_put_number(to, stats->scale);
        for (uint32_t n = 0; cell->digests && n < cell->members; n++) {
            uint32_t bits;
            float value = ca_peer_kept(cell, column, n);
            memcpy(&bits, &value, sizeof bits);
            ca_model_put(to, isnan(value) ? UINT32_C(0x7fc00000) : bits, 4);
        }
    }
}

static void put_column(const ca_score_model *model, size_t column, ca_buf *to)
{
    const ca_score_column *of = &model->each[column];
    const double numbers[] = {of->shift, of->scale, of->part, of->per_exposure, of->spread, of->present};
    ca_model_put(to, of->use, 1);
    ca_model_put(to, of->few, 1);
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++)
        ca_model_put_number(to, numbers[i]);
    for (unsigned i = 0; i < CA_QUANTILES; i++)
        ca_model_put_number(to, of->quantiles[i]);
    put_values(model, column, to);
    put_tails(model, &of->tails, to);
    put_tails(model, &of->residual_tails, to);
}

int ca_score_model_write(const ca_score_model *model, ca_buf *to, ca_error *err)
{
    size_t start = to->len;
    put_head(model, to);
    put_cells(model, to);
    for (size_t i = 0; i < model->columns; i++)
        put_column(model, i, to);
    for (size_t i = 0; i < model->directed * model->directed; i++)
        ca_model_put_number(to, model->weights[i]);
    for (size_t i = 0; i < model->kept * model->kept; i++)
        ca_model_put_number(to, model->precision[i]);
    const ca_tails *tails[] = {&model->sum, &model->best, &model->distance, &model->residual, &model->total};
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++)
        put_tails(model, tails[i], to);
    for (size_t i = 0; i < CA_TOPS; i++)
        put_tails(model, &model->top[i], to);
    if (!to->failed)
        ca_model_put(to, ca_hash64(to->ptr + start, to->len - start), CA_MODEL_CHECK);
    return to->failed ? ca_error_nomem(err) : 0;
}
