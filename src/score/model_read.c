/* Bytes as a model. Counts are held against the bytes that are left before memory is taken for them, and every number against what a
 * model may hold, so that whatever is accepted can be applied. */
#include "base/alloc.h"
#include "base/hash.h"
#include "score/model_bytes.h"
#include "score/model_inside.h"
#include "score/scorer.h"

#define WEIGHT_MOST 1e12
#define FLOAT_MOST  1e38f

typedef struct reading {
    ca_model_in in;
    ca_score_model *model;
    bool nomem;
    size_t kept;        /* bytes of members' values that follow behind the cells */
} reading;

static void *take(reading *at, size_t count, size_t size)
{
    void *memory = ca_alloc_zero(count + 1, size);
    at->nomem = at->nomem || !memory;
    return memory;
}

/* --- Features ----------------------------------------------------------------------------------------------------------- */

static void get_feature(ca_model_in *in, ca_arena *names, ca_score_feature *to, bool *ret_nomem)
{
    ca_text name = ca_model_get_text(in);
    uint64_t transform = ca_model_get(in, 1), direction = ca_model_get(in, 1), money = ca_model_get(in, 1);
    in->bad = in->bad || name.len > CA_SCORE_NAME || memchr(name.ptr, 0, name.len) || transform > CA_SCORE_PLAIN || direction > 3 ||
              money > 1;
    *to = (ca_score_feature){
        .name = ca_arena_cstr(names, name),
        .transform = in->bad ? CA_SCORE_PLAIN : (ca_score_transform)transform,
        .direction = (int)direction - 1,
        .money = money,
        .minimum_exposure = ca_model_get_number(in, 0, CA_MODEL_NUMBER),
    };
    *ret_nomem = *ret_nomem || !to->name;
}

static bool get_head(reading *at)
{
    ca_model_in *in = &at->in;
    ca_score_feature features[CA_SCORE_FEATURES];
    ca_arena names;
    ca_arena_init(&names);
    ca_text kind = ca_model_get_text(in);
    uint64_t numbers[3];
    for (unsigned i = 0; i < 3; i++)
        numbers[i] = ca_model_get(in, 8);
    uint64_t classes = ca_model_get(in, 4);
    size_t count = ca_model_get_count(in, 8);
    in->bad = in->bad || kind.len > CA_SCORE_NAME || memchr(kind.ptr, 0, kind.len) || count > CA_SCORE_FEATURES ||
              numbers[0] > CA_SCORE_ENTITIES || numbers[1] > numbers[2] || (classes != 1 && classes != CA_TAIL_CLASSES);
    for (size_t i = 0; i < count && !in->bad && !at->nomem; i++)
        get_feature(in, &names, &features[i], &at->nomem);
    if (!in->bad && !at->nomem) {
        const char *name = ca_arena_cstr(&names, kind);
        at->model = name ? ca_score_model_new(name, features, count) : NULL;
        at->nomem = !at->model;
    }
    ca_arena_done(&names);
    if (in->bad || at->nomem)
        return false;
    at->model->entities = numbers[0];
    at->model->size_cuts[0] = numbers[1];
    at->model->size_cuts[1] = numbers[2];
    at->model->classes = (uint32_t)classes;
    return true;
}

/* --- Cells -------------------------------------------------------------------------------------------------------------- */

/* Ascending, the first "". */
static bool get_names(reading *at)
{
    ca_model_in *in = &at->in;
    ca_score_model *model = at->model;
    size_t count = ca_model_get_count(in, 2);
    model->names = take(at, count, sizeof *model->names);
    for (size_t i = 0; i < count && !in->bad && !at->nomem; i++) {
        ca_text name = ca_model_get_text(in);
        in->bad = in->bad || (i == 0) != (name.len == 0) || (i > 0 && ca_text_cmp(model->names[i - 1], name) >= 0) ||
                  memchr(name.ptr, 0, name.len);
        at->nomem = at->nomem || ca_arena_text(&model->texts, name, &model->names[i]) < 0;
    }
    model->name_count = count;
    return !in->bad && !at->nomem && count > 0;
}

static int compare_cells(const ca_peer_cell *a, const ca_peer_cell *b)
{
    const uint32_t x[] = {a->level, a->specialty, a->region, a->size}, y[] = {b->level, b->specialty, b->region, b->size};
    for (unsigned i = 0; i < 4; i++)
        if (x[i] != y[i])
            return x[i] < y[i] ? -1 : 1;
    return 0;
}

/* One of all, then those of specialties below it, then those below them. */
static bool is_cell(const ca_score_model *model, size_t index)
{
    const ca_peer_cell *cell = &model->cells[index], *parent = &model->cells[cell->parent];
    if (cell->specialty >= model->name_count || cell->region >= model->name_count || cell->size > 2 ||
        cell->members > CA_SCORE_ENTITIES || (index == 0) != (cell->level == CA_SCORE_ALL) ||
        (index > 0 && compare_cells(cell - 1, cell) >= 0))
        return false;
    if (cell->level < CA_SCORE_BY_CELL)
        return cell->parent == 0 && cell->region == 0 && cell->size == 0 && (index > 0 || cell->specialty == 0);
    return cell->level == CA_SCORE_BY_CELL && cell->parent < index && parent->level == CA_SCORE_BY_SPECIALTY &&
           parent->specialty == cell->specialty;
}

static void get_members(reading *at, ca_peer_cell *cell)
{
    ca_model_in *in = &at->in;
    if (cell->members >= CA_CELL_NAMED)
        return;
    at->kept += cell->members * at->model->columns * sizeof *cell->sorted;
    in->bad = in->bad || at->kept > in->left;
    if (in->bad)
        return;
    at->nomem = at->nomem || !ca_peer_name(cell, at->model->columns);
    for (uint32_t i = 0; i < cell->members && !at->nomem; i++)
        cell->digests[i] = ca_model_get(in, 8);
}

static bool get_cells(reading *at)
{
    ca_model_in *in = &at->in;
    ca_score_model *model = at->model;
    size_t count = ca_model_get_count(in, 24);
    in->bad = in->bad || count == 0;
    model->cells = take(at, count, sizeof *model->cells);
    model->cell_count = model->cells ? count : 0;
    for (size_t i = 0; i < count && !in->bad && !at->nomem; i++) {
        uint32_t numbers[6];
        for (unsigned n = 0; n < 6; n++)
            numbers[n] = (uint32_t)ca_model_get(in, 4);
        ca_peer_cell *cell = &model->cells[i];
        *cell = (ca_peer_cell){.level = numbers[0], .specialty = numbers[1], .region = numbers[2], .size = numbers[3],
                               .members = numbers[4], .parent = numbers[5] < count ? numbers[5] : 0};
        in->bad = in->bad || numbers[5] >= count || !is_cell(model, i);
        if (!in->bad)
            get_members(at, cell);
    }
    /* Every cell has its statistics in every column. */
    in->bad = in->bad || model->columns > in->left / 20 / count;
    model->stats = take(at, in->bad ? 0 : model->columns * count, sizeof *model->stats);
    model->views = take(at, in->bad ? 0 : model->columns * count, sizeof *model->views);
    return !in->bad && !at->nomem;
}

/* --- Columns ------------------------------------------------------------------------------------------------------------ */

static bool get_tails(reading *at, ca_tails *to)
{
    ca_model_in *in = &at->in;
    double knots[2][CA_TAIL_KNOTS];
    to->classes = at->model->classes;
    for (uint32_t class = 0; class < to->classes && !in->bad && !at->nomem; class++) {
        ca_tail *tail = &to->of[class];
        size_t count = ca_model_get_count(in, 16);
        tail->end_level = ca_model_get_number(in, 0, CA_TAIL_MOST);
        tail->scale = ca_model_get_number(in, 0, 1e300);
        tail->weight = ca_model_get_number(in, 0, 1e18);
        in->bad = in->bad || count > CA_TAIL_KNOTS;
        for (size_t i = 0; i < count && !in->bad; i++) {
            knots[0][i] = ca_model_get_number(in, -1e300, 1e300);
            knots[1][i] = ca_model_get_number(in, 0, CA_TAIL_MOST);
        }
        bool nomem = false;
        in->bad = in->bad || !(ca_tail_make(knots[0], knots[1], (uint32_t)count, tail, &nomem) || nomem);
        at->nomem = at->nomem || nomem;
    }
    return !in->bad && !at->nomem;
}

static bool get_values(reading *at, size_t column)
{
    ca_model_in *in = &at->in;
    ca_score_model *model = at->model;
    for (size_t i = 0; i < model->cell_count && !in->bad; i++) {
        float values[CA_CELL_NAMED];
        ca_peer_cell *cell = &model->cells[i];
        ca_peer_stats *stats = &model->stats[column * model->cell_count + i];
        stats->count = (uint32_t)ca_model_get(in, 4);
        stats->median = ca_model_get_number(in, -CA_MODEL_NUMBER, CA_MODEL_NUMBER);
        stats->scale = ca_model_get_number(in, 0, CA_MODEL_NUMBER);
        in->bad = in->bad || stats->count > cell->members;
        for (uint32_t n = 0; cell->digests && n < cell->members; n++) {
            uint32_t bits = (uint32_t)ca_model_get(in, 4);
            memcpy(&values[n], &bits, sizeof bits);
            in->bad = in->bad || fabsf(values[n]) > FLOAT_MOST;
        }
        if (cell->digests)
            ca_peer_keep(cell, column, values);
    }
    return !in->bad;
}

static bool get_column(reading *at, size_t column)
{
    ca_model_in *in = &at->in;
    ca_score_column *of = &at->model->each[column];
    uint64_t use = ca_model_get(in, 1), few = ca_model_get(in, 1);
    in->bad = in->bad || use > CA_SCORE_COPY || few > 1;
    of->use = in->bad ? CA_SCORE_CONSTANT : (ca_score_use)use;
    of->few = few;
    of->shift = ca_model_get_number(in, at->model->features[column].transform == CA_SCORE_LOG ? 1e-300 : -CA_MODEL_NUMBER, CA_MODEL_NUMBER);
    of->scale = ca_model_get_number(in, 1e-100, CA_MODEL_NUMBER);
    of->part = ca_model_get_number(in, 0, CA_MODEL_NUMBER);
    of->per_exposure = ca_model_get_number(in, 0, CA_MODEL_NUMBER);
    of->spread = ca_model_get_number(in, 0, CA_MODEL_NUMBER);
    of->present = ca_model_get_number(in, 0, 1);
    for (unsigned i = 0; i < CA_QUANTILES; i++)
        of->quantiles[i] = ca_model_get_number(in, -CA_MODEL_NUMBER, CA_MODEL_NUMBER);
    if (!get_values(at, column) || !get_tails(at, &of->tails) || !get_tails(at, &of->residual_tails))
        return false;
    ca_peer_views(at->model, column);
    return true;
}

static bool get_matrices(reading *at)
{
    ca_model_in *in = &at->in;
    ca_score_model *model = at->model;
    ca_score_model_columns(model);
    at->nomem = !ca_score_model_matrices(model);
    for (size_t i = 0; i < model->directed * model->directed && !at->nomem; i++)
        model->weights[i] = ca_model_get_number(in, 0, WEIGHT_MOST);
    for (size_t i = 0; i < model->kept * model->kept && !at->nomem; i++) {
        bool own = i / model->kept == i % model->kept;
        model->precision[i] = ca_model_get_number(in, own ? 1 / WEIGHT_MOST : -WEIGHT_MOST, WEIGHT_MOST);
    }
    return !in->bad && !at->nomem;
}

static bool get_all(reading *at)
{
    bool good = get_head(at) && get_names(at) && get_cells(at);
    for (size_t i = 0; good && i < at->model->columns; i++)
        good = get_column(at, i);
    if (!good || !get_matrices(at))
        return false;
    ca_score_model *model = at->model;
    ca_tails *tails[] = {&model->sum, &model->best, &model->distance, &model->residual, &model->total};
    for (size_t i = 0; good && i < sizeof tails / sizeof *tails; i++)
        good = get_tails(at, tails[i]);
    for (size_t i = 0; good && i < CA_TOPS; i++)
        good = get_tails(at, &model->top[i]);
    return good && at->in.left == 0;
}

int ca_score_model_read(ca_text bytes, ca_score_model **ret_model, ca_error *err)
{
    size_t head = sizeof CA_MODEL_MAGIC - 1;
    if (bytes.len < head + 4 + CA_MODEL_CHECK || memcmp(bytes.ptr, CA_MODEL_MAGIC, head) != 0)
        return ca_error_set(err, CA_CONFIG, "this is no model of claimaudit");
    ca_model_in check = {.ptr = bytes.ptr + bytes.len - CA_MODEL_CHECK, .left = CA_MODEL_CHECK};
    reading at = {.in = {.ptr = bytes.ptr + head, .left = bytes.len - head - CA_MODEL_CHECK}};
    uint64_t version = ca_model_get(&at.in, 4);
    if (version != CA_SCORE_MODEL_VERSION)
        return ca_error_set(err, CA_CONFIG, "the model is of version %llu, this program reads %u: fit it again",
                            (unsigned long long)version, CA_SCORE_MODEL_VERSION);
    if (ca_hash64(bytes.ptr, bytes.len - CA_MODEL_CHECK) != ca_model_get(&check, CA_MODEL_CHECK))
        return ca_error_set(err, CA_CONFIG, "the model is damaged: its checksum is wrong");
    if (!get_all(&at)) {
        ca_score_model_free(at.model);
        return at.nomem ? ca_error_nomem(err) : ca_error_set(err, CA_CONFIG, "the model is damaged: its numbers make no model");
    }
    *ret_model = at.model;
    return 0;
}
