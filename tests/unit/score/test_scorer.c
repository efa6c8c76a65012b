/* The whole scorer: the same whatever the order, the memory and the library; whoever cannot be scored is said so. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "score/model_inside.h"
#include "score/numbers.h"
#include "score/scorer.h"
#include "support/check_main.h"
#include "support/memdisk.h"
#include "support/score_table.h"

#define ENTITIES 2300u
#define MANY     133072u     /* more than a model is fitted on */

typedef struct run {
    ca_score_table *table;
    ca_score_model *model;
    ca_score_results *results;
} run;

static run run_on(const score_shape *shape, const ca_linalg *linalg, const ca_score_settings *settings)
{
    run made = {.table = score_table_make(shape)};
    ca_error err = {0};
    ck_assert_msg(ca_score_fit(made.table, linalg, &made.model, &err) == 0, "%s", err.text);
    ck_assert_msg(ca_score_apply(made.model, made.table, settings, &made.results, &err) == 0, "%s", err.text);
    return made;
}

static void done(run *of)
{
    ca_score_results_free(of->results);
    ca_score_model_free(of->model);
    ca_score_table_free(of->table);
}

static const ca_score_settings usual = {.small_claims = CA_SCORE_SMALL_CLAIMS};

static void check_same_model(const run *a, const run *b)
{
    ca_buf first, second;
    ca_buf_init(&first);
    ca_buf_init(&second);
    ck_assert_int_eq(ca_score_model_write(a->model, &first, NULL), 0);
    ck_assert_int_eq(ca_score_model_write(b->model, &second, NULL), 0);
    ck_assert(ca_text_eq(ca_buf_text(&first), ca_buf_text(&second)));
    ca_buf_done(&first);
    ca_buf_done(&second);
}

/* Where an entity of `a` stands in `b`. */
static size_t place_of(const run *a, size_t entity, const run *b)
{
    size_t place;
    ck_assert_int_eq(ca_score_table_find(b->table, ca_score_table_id(a->table, entity), &place), 0);
    return place;
}

static void check_same(const run *a, const run *b)
{
    check_same_model(a, b);
    for (size_t i = 0; i < a->results->count; i++) {
        const ca_score_result *x = &a->results->entities[i], *y = &b->results->entities[place_of(a, i, b)];
        ck_assert(x->p == y->p && x->q == y->q && x->excess == y->excess && x->score == y->score && x->rank == y->rank);
        ck_assert_mem_eq(x->channels, y->channels, sizeof x->channels);
    }
    ck_assert_uint_eq(a->results->lead_count, b->results->lead_count);
    for (size_t i = 0; i < a->results->lead_count; i++)
        ck_assert(place_of(a, a->results->leads[i].entity, b) == b->results->leads[i].entity &&
                  a->results->leads[i].small == b->results->leads[i].small);
}

START_TEST(order_and_memory_do_not_matter)
{
    static const size_t memories[] = {1, 300000, 700000, 1u << 30};
    memdisk *mem = memdisk_new();
    run first = run_on(&(score_shape){.entities = ENTITIES, .seed = 3}, ca_linalg_fast(), &usual);
    for (size_t i = 0; i < sizeof memories / sizeof *memories; i++) {
        score_shape shape = {.entities = ENTITIES, .seed = 3, .stride = 7 + 2 * (unsigned)(i % 2), .memory = memories[i],
                             .disk = memdisk_disk(mem), .folder = "."};
        run other = run_on(&shape, ca_linalg_fast(), &usual);
        check_same(&first, &other);
        done(&other);
    }
    ck_assert(memdisk_calls(mem, MEMDISK_OPEN) >= 3 && memdisk_calls(mem, MEMDISK_REMOVE) >= memdisk_calls(mem, MEMDISK_OPEN));
    done(&first);
    memdisk_free(mem);
}
END_TEST

/* One by one, and both at once; of many only some are drawn, and the others scored afterwards. */
static void check_both_at_once(const run *of)
{
    run both = {.table = of->table};
    ck_assert_int_eq(ca_score_fit_apply(of->table, ca_linalg_fast(), &usual, &both.model, &both.results, NULL), 0);
    check_same_model(of, &both);
    ck_assert_uint_eq(of->results->lead_count, both.results->lead_count);
    for (size_t i = 0; i < of->results->count; i++) {
        const ca_score_result *x = &of->results->entities[i], *y = &both.results->entities[i];
        ck_assert(x->p == y->p && x->q == y->q && x->excess == y->excess && x->score == y->score && x->rank == y->rank);
        ck_assert_mem_eq(x->channels, y->channels, sizeof x->channels);
    }
    both.table = NULL;
    done(&both);
}

START_TEST(fitted_and_applied_at_once)
{
    for (size_t entities = 0; entities < 3000; entities += 2 * entities + 7) {
        run made = run_on(&(score_shape){.entities = entities, .seed = entities}, ca_linalg_fast(), &usual);
        check_both_at_once(&made);
        done(&made);
    }
}
END_TEST

/* Medians and shares of those who are drawn are nearly those of all; how many have a value is counted. */
static void check_drawn(const run *of)
{
    static double values[MANY], exposures[MANY], scratch[MANY];
    const ca_score_model *model = of->model;
    for (size_t column = 0; column < SCORE_FEATURES; column++) {
        size_t known = 0;
        ck_assert_int_eq(ca_score_table_read(of->table, column, 0, MANY, values, exposures, NULL), 0);
        for (size_t i = 0; i < MANY; i++) {
            double x = ca_score_forward(&model->features[column], &model->each[column], &(ca_arcs){0}, values[i], exposures[i]);
            if (!isnan(x))
                values[known++] = x;
        }
        ca_numbers_sort(values, known, scratch);
        const ca_peer_stats *stats = &model->stats[column * model->cell_count];
        ck_assert_uint_eq(stats->count, known);
        ck_assert_double_eq_tol(model->each[column].present, (double)known / MANY, 1e-12);
        if (model->each[column].use == CA_SCORE_USED) {
            ck_assert_double_eq_tol(stats->median, ca_numbers_quantile(values, known, .5), .02 * ca_numbers_scale(values, known));
            ck_assert_double_eq_tol(stats->scale / ca_numbers_scale(values, known), 1, .02);
        }
    }
}

/* Whoever is ranked higher has no larger q, though sizes have tails of their own. */
static void check_q_of_ranks(const run *of)
{
    static double q[MANY];
    size_t scored = of->results->scored;
    for (size_t i = 0; i < of->results->count; i++)
        if (of->results->entities[i].rank > 0)
            q[of->results->entities[i].rank - 1] = of->results->entities[i].q;
    for (size_t i = 1; i < scored; i++)
        ck_assert(q[i - 1] <= q[i]);
    ck_assert(q[0] >= 0 && q[scored - 1] <= 1);
}

START_TEST(of_many_some_are_drawn)
{
    run first = run_on(&(score_shape){.entities = MANY, .seed = 4}, ca_linalg_fast(), &usual);
    run other = run_on(&(score_shape){.entities = MANY, .seed = 4, .stride = 8191}, ca_linalg_fast(), &usual);
    check_same_model(&first, &other);
    ck_assert_uint_eq(ca_score_model_entities(first.model), MANY);
    ck_assert_uint_eq(first.results->scored, other.results->scored);
    ck_assert_uint_eq(first.results->lead_count, other.results->lead_count);
    for (size_t i = 0; i < first.results->lead_count; i++) {
        size_t a = first.results->leads[i].entity, b = other.results->leads[i].entity;
        ck_assert(ca_text_eq(ca_score_table_id(first.table, a), ca_score_table_id(other.table, b)));
        ck_assert(first.results->entities[a].q == other.results->entities[b].q);
    }
    check_drawn(&first);
    check_q_of_ranks(&first);
    check_both_at_once(&first);
    done(&first);
    done(&other);
}
END_TEST

START_TEST(plain_loops_say_the_same)
{
    for (uint64_t seed = 1; seed < 4; seed++) {
        run fast = run_on(&(score_shape){.entities = 1200, .seed = seed}, ca_linalg_fast(), &usual);
        run plain = run_on(&(score_shape){.entities = 1200, .seed = seed}, ca_linalg_plain(), &usual);
        for (size_t i = 0; i < 1200; i++) {
            const ca_score_result *a = &fast.results->entities[i], *b = &plain.results->entities[i];
            ck_assert_double_eq_tol(log(a->p), log(b->p), 1e-9);      /* of the score before it was rounded */
            ck_assert_int_le(abs(a->score - b->score), 1);
            ck_assert_uint_eq(a->rank, b->rank);
        }
        done(&fast);
        done(&plain);
    }
}
END_TEST

START_TEST(the_stored_model_scores_the_same)
{
    run of = run_on(&(score_shape){.entities = 900, .seed = 8}, ca_linalg_fast(), &usual);
    run again = {.table = of.table};
    ca_buf bytes;
    ca_buf_init(&bytes);
    ck_assert_int_eq(ca_score_model_write(of.model, &bytes, NULL), 0);
    ck_assert_int_eq(ca_score_model_read(ca_buf_text(&bytes), &again.model, NULL), 0);
    ck_assert_int_eq(ca_score_apply(again.model, of.table, &usual, &again.results, NULL), 0);
    check_same(&of, &again);
    ca_score_results_free(again.results);
    ca_score_model_free(again.model);
    ca_buf_done(&bytes);
    done(&of);
}
END_TEST

START_TEST(budget_and_quota)
{
    static const struct { uint32_t budget, small_claims; size_t leads, small; } cases[] = {
        {0, 0, 23, 0}, {0, 60, 23, 2}, {40, 60, 40, 4}, {10, 60, 10, 1}, {50, 100000, 50, 50}, {50, 1, 50, 0},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        ca_score_settings settings = {.budget = cases[c].budget, .small_claims = cases[c].small_claims};
        run of = run_on(&(score_shape){.entities = ENTITIES, .seed = 4}, ca_linalg_fast(), &settings);
        size_t small = 0;
        uint32_t before = 0;
        for (size_t i = 0; i < of.results->lead_count; i++) {
            const ca_score_lead *lead = &of.results->leads[i];
            before = i > 0 && lead->small != of.results->leads[i - 1].small ? 0 : before;
            ck_assert_uint_gt(of.results->entities[lead->entity].rank, before);
            before = of.results->entities[lead->entity].rank;
            ck_assert_int_eq(ca_score_table_claims(of.table, lead->entity) < cases[c].small_claims, lead->small);
            small += lead->small;
        }
        ck_assert_uint_eq(of.results->lead_count, cases[c].leads);
        ck_assert_uint_eq(of.results->budget, cases[c].leads);
        ck_assert_uint_eq(small, cases[c].small);
        done(&of);
    }
}
END_TEST

START_TEST(q_values_are_those_of_benjamini_and_hochberg)
{
    run of = run_on(&(score_shape){.entities = 300, .seed = 6}, ca_linalg_fast(), &usual);
    size_t scored = of.results->scored;
    for (size_t i = 0; i < 300; i++) {
        const ca_score_result *result = &of.results->entities[i];
        double least = 1;
        for (size_t k = 0; k < 300 && result->rank; k++) {
            size_t below = 0;
            if (of.results->entities[k].rank == 0 || of.results->entities[k].p < result->p)
                continue;
            for (size_t j = 0; j < 300; j++)
                below += of.results->entities[j].rank > 0 && of.results->entities[j].p <= of.results->entities[k].p;
            least = fmin(least, of.results->entities[k].p * (double)scored / (double)below);
        }
        ck_assert_double_eq_tol(result->q, least, 1e-12);
    }
    done(&of);
}
END_TEST

/* --- Hostile numbers ---------------------------------------------------------------------------------------------------- */

enum hostile { CONSTANT, COPIES, ALL_MISSING, HUGE_NUMBERS, ALONE, SINGLE_MEMBERS, ONE_DIFFERS, ALL_EQUAL_BUT_NOISE, TINY_EXPOSURES, KINDS };

static double hostile_value(enum hostile kind, size_t entity, size_t feature, uint64_t *state)
{
    double value = score_normal(state);
    switch (kind) {
    case CONSTANT: return 4;
    case COPIES: return (double)(entity * 7919 % 997) / 997;
    case ALL_MISSING: return NAN;
    case HUGE_NUMBERS: return value * (entity % 3 ? 1e300 : 1e-300);
    case ONE_DIFFERS: return entity == 5 ? 1 : 0;
    case ALL_EQUAL_BUT_NOISE: return 1 + 1e-16 * value;
    case ALONE:
    case TINY_EXPOSURES:
    case SINGLE_MEMBERS:
    case KINDS: break;
    }
    return feature == 0 ? score_random(state) : value;
}

static ca_score_table *hostile_table(enum hostile kind, size_t count)
{
    ca_score_table *table;
    ca_score_table_options options = {.kind = "provider", .features = score_features, .feature_count = SCORE_FEATURES, .memory = 1 << 24};
    ck_assert_int_eq(ca_score_table_new(&options, &table, NULL), 0);
    for (size_t i = 0; i < count; i++) {
        uint64_t state = i + 77;
        char id[32], name[32];
        ca_score_value values[SCORE_FEATURES];
        snprintf(id, sizeof id, "%zu", i);
        snprintf(name, sizeof name, "s%zu", kind == SINGLE_MEMBERS ? i : i % 3);
        double exposure = kind == HUGE_NUMBERS ? 1e-300 + 1e300 * (double)(i % 2) : kind == TINY_EXPOSURES ? 1e-300 * (double)(i % 7 + 1) : 10;
        for (size_t f = 0; f < SCORE_FEATURES; f++)
            values[f] = (ca_score_value){hostile_value(kind, i, f, &state), exposure};
        ca_score_row row = {.id = ca_text_of(id), .specialty = ca_text_of(name), .region = ca_text_of(name), .claims = i, .values = values};
        ck_assert_int_eq(ca_score_table_add(table, &row, NULL), 0);
    }
    ck_assert_int_eq(ca_score_table_finish(table, NULL), 0);
    return table;
}

static bool is_finite_or_none(double number)
{
    return isnan(number) || isfinite(number);
}

static void check_hostile(enum hostile kind, size_t count)
{
    run of = {.table = hostile_table(kind, count)};
    ca_arena arena;
    ca_buf bytes;
    ca_arena_init(&arena);
    ca_buf_init(&bytes);
    ck_assert_int_eq(ca_score_fit(of.table, ca_linalg_fast(), &of.model, NULL), 0);
    ck_assert_int_eq(ca_score_model_write(of.model, &bytes, NULL), 0);
    ca_score_model_free(of.model);
    ck_assert_msg(ca_score_model_read(ca_buf_text(&bytes), &of.model, NULL) == 0, "%d of %zu", kind, count);
    ck_assert_int_eq(ca_score_apply(of.model, of.table, &usual, &of.results, NULL), 0);
    for (size_t i = 0; i < count; i++) {
        const ca_score_result *result = &of.results->entities[i];
        ca_score_explanation why;
        ck_assert(result->p > 0 && result->p <= 1 && result->q > 0 && result->q <= 1 && result->score >= 0);
        ck_assert_int_eq(ca_score_explain(of.model, of.table, i, &arena, &why, NULL), 0);
        ck_assert_int_eq(why.insufficient, result->rank == 0);
        for (size_t k = 0; k < why.count; k++) {
            const ca_score_reason *reason = &why.reasons[k];
            ck_assert(reason->p > 0 && reason->p <= 1 && isfinite(reason->evidence));
            ck_assert(is_finite_or_none(reason->z) && is_finite_or_none(reason->median) && is_finite_or_none(reason->expected) &&
                      is_finite_or_none(reason->ratio) && is_finite_or_none(reason->percentile) && is_finite_or_none(reason->residual));
        }
    }
    if (kind == CONSTANT || kind == ALL_MISSING || count < 5)
        ck_assert_uint_eq(of.results->scored, 0);
    if (kind == SINGLE_MEMBERS && count > 100)      /* they have all others as peers */
        ck_assert_uint_eq(of.results->scored, count);
    ca_buf_done(&bytes);
    ca_arena_done(&arena);
    done(&of);
}

START_TEST(hostile_numbers)
{
    static const size_t counts[] = {0, 1, 2, 5, 6, 60, 200};
    for (int kind = 0; kind < KINDS; kind++)
        for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
            check_hostile((enum hostile)kind, counts[i]);
}
END_TEST

START_TEST(copies_and_constants_are_left_out)
{
    ca_score_table *table = hostile_table(COPIES, 300);
    ca_score_model *model;
    ck_assert_int_eq(ca_score_fit(table, ca_linalg_fast(), &model, NULL), 0);
    ck_assert_int_eq(ca_score_model_use(model, 0), CA_SCORE_USED);
    ck_assert_int_eq(ca_score_model_use(model, 6), CA_SCORE_COPY);      /* the other share */
    ck_assert_int_eq(ca_score_model_use(model, 5), CA_SCORE_COPY);      /* context, of a plain feature of evidence */
    ck_assert_int_eq(ca_score_model_use(model, 3), CA_SCORE_USED);
    ca_score_model_free(model);
    ca_score_table_free(table);
    table = hostile_table(CONSTANT, 300);
    ck_assert_int_eq(ca_score_fit(table, ca_linalg_fast(), &model, NULL), 0);
    for (size_t f = 0; f < SCORE_FEATURES; f++)
        ck_assert_int_eq(ca_score_model_use(model, f), CA_SCORE_CONSTANT);
    ca_score_model_free(model);
    ca_score_table_free(table);
}
END_TEST

/* Whoever reads a reason finds the value where it says: on the side of the median that counts as evidence, among at least five peers. */
START_TEST(reasons_lie_on_their_side_of_the_peers)
{
    size_t reasons = 0;
    run of = run_on(&(score_shape){.entities = 1200, .seed = 3}, ca_linalg_plain(), &usual);
    for (size_t entity = 0; entity < 1200; entity++) {
        ca_arena arena;
        ca_score_explanation why;
        ca_arena_init(&arena);
        ck_assert_int_eq(ca_score_explain(of.model, of.table, entity, &arena, &why, NULL), 0);
        ck_assert_uint_ge(why.cell.members, 5);
        for (size_t i = 0; i < why.count; i++) {
            if (!why.reasons[i].attributed)
                continue;
            reasons++;
            int direction = ca_score_model_feature(of.model, why.reasons[i].feature)->direction;
            ck_assert_double_gt(direction == 2 ? fabs(why.reasons[i].z) : direction * why.reasons[i].z, 0);
        }
        ca_arena_done(&arena);
    }
    ck_assert_uint_gt(reasons, 20);
    done(&of);
}
END_TEST

static bool same_number(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

static void check_same_reasons(const ca_score_explanation *a, const ca_score_explanation *b)
{
    ck_assert_uint_eq(a->count, b->count);
    ck_assert(a->insufficient == b->insufficient && a->few == b->few && a->cell.members == b->cell.members && a->cell.level == b->cell.level);
    for (size_t i = 0; i < a->count; i++) {
        const ca_score_reason *x = &a->reasons[i], *y = &b->reasons[i];
        const double numbers[][2] = {{x->value, y->value}, {x->exposure, y->exposure}, {x->median, y->median}, {x->ratio, y->ratio},
                                     {x->z, y->z}, {x->p, y->p}, {x->percentile, y->percentile}, {x->expected, y->expected},
                                     {x->residual, y->residual}, {x->p_residual, y->p_residual}, {x->evidence, y->evidence}};
        ck_assert(x->feature == y->feature && x->present == y->present && x->attributed == y->attributed && x->cell.members == y->cell.members);
        for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++)
            ck_assert_msg(same_number(numbers[k][0], numbers[k][1]), "number %zu of feature %u", k, x->feature);
    }
}

/* Bit by bit, in whatever order and company, of a table in memory and of one on disk. */
START_TEST(explained_together_as_alone)
{
    static const size_t memories[] = {1, 1u << 30};
    memdisk *mem = memdisk_new();
    for (size_t m = 0; m < sizeof memories / sizeof *memories; m++) {
        run of = run_on(&(score_shape){.entities = ENTITIES, .seed = 3, .memory = memories[m], .disk = memdisk_disk(mem), .folder = "."},
                        ca_linalg_fast(), &usual);
        ca_score_explainer *explainer;
        ck_assert_int_eq(ca_score_explainer_new(of.model, of.table, &explainer, NULL), 0);
        for (size_t first = 0; first < ENTITIES; first += 700) {
            uint32_t taken[CA_SCORE_BLOCK];
            size_t count = first == 0 ? 1 : first == 700 ? CA_SCORE_BLOCK : 300;
            for (size_t i = 0; i < count; i++)
                taken[i] = (uint32_t)((first + i) * 1201 % ENTITIES);
            ck_assert_int_eq(ca_score_explainer_take(explainer, taken, count, NULL), 0);
            for (size_t i = 0; i < count; i += 5) {
                ca_arena arena;
                ca_score_explanation together, alone;
                ca_arena_init(&arena);
                ck_assert_int_eq(ca_score_explainer_look(explainer, i, &arena, &together, NULL), 0);
                ck_assert_int_eq(ca_score_explain(of.model, of.table, taken[i], &arena, &alone, NULL), 0);
                check_same_reasons(&together, &alone);
                ca_arena_done(&arena);
            }
        }
        ca_score_explainer_free(explainer);
        done(&of);
    }
    memdisk_free(mem);
}
END_TEST

/* Entities by rank, one after another, who have a reason when they are explained. */
START_TEST(leads_are_the_first_with_a_reason)
{
    static const uint32_t budgets[] = {10, 64, 150, 2000};
    for (size_t b = 0; b < sizeof budgets / sizeof *budgets; b++) {
        const ca_score_settings settings = {.budget = budgets[b]};
        run of = run_on(&(score_shape){.entities = ENTITIES, .seed = 3}, ca_linalg_fast(), &settings);
        uint32_t by_rank[ENTITIES + 1];
        size_t leads = 0;
        for (uint32_t i = 0; i < ENTITIES; i++)
            by_rank[of.results->entities[i].rank] = i;
        for (size_t rank = 1; rank <= of.results->scored && leads < budgets[b]; rank++) {
            ca_arena arena;
            ca_score_explanation why;
            bool reason = false;
            ca_arena_init(&arena);
            ck_assert_int_eq(ca_score_explain(of.model, of.table, by_rank[rank], &arena, &why, NULL), 0);
            for (size_t k = 0; k < why.count; k++)
                reason = reason || why.reasons[k].attributed;
            if (reason) {
                ck_assert_uint_lt(leads, of.results->lead_count);
                ck_assert_uint_eq(of.results->leads[leads++].entity, by_rank[rank]);
            }
            ca_arena_done(&arena);
        }
        ck_assert_uint_eq(of.results->lead_count, leads);
        ck_assert(budgets[b] > 64 || leads == budgets[b]);
        ck_assert(budgets[b] < 2000 || (leads > 64 && leads < budgets[b]));
        done(&of);
    }
}
END_TEST

START_TEST(another_table_is_refused)
{
    run of = run_on(&(score_shape){.entities = 50, .seed = 6}, ca_linalg_fast(), &usual);
    ca_score_table_options options = {.kind = "provider", .features = score_features + 1, .feature_count = SCORE_FEATURES - 1, .memory = 1000};
    ca_score_table *other;
    ca_score_results *results;
    ca_score_drift drifts[SCORE_FEATURES];
    ca_error err;
    ck_assert_int_eq(ca_score_table_new(&options, &other, NULL), 0);
    ck_assert_int_eq(ca_score_table_finish(other, NULL), 0);
    ck_assert_int_eq(ca_score_apply(of.model, other, &usual, &results, &err), CA_CONFIG);
    ck_assert_ptr_nonnull(strstr(err.text, "provider"));
    ck_assert_int_eq(ca_score_drift_of(of.model, other, drifts, &err), CA_CONFIG);
    ca_score_table_free(other);
    done(&of);
}
END_TEST

START_TEST(excess_is_money_above_the_median)
{
    run of = run_on(&(score_shape){.entities = 400, .seed = 6}, ca_linalg_fast(), &usual);
    ca_arena arena;
    ca_arena_init(&arena);
    for (size_t i = 0; i < 400; i += 11) {
        ca_score_explanation why;
        ck_assert_int_eq(ca_score_explain(of.model, of.table, i, &arena, &why, NULL), 0);
        for (size_t k = 0; k < why.count; k++)
            if (why.reasons[k].feature == SCORE_MONEY) {
                double excess = why.reasons[k].exposure * (why.reasons[k].value - why.reasons[k].median);
                ck_assert_double_eq_tol((double)of.results->entities[i].excess, excess > 0 ? excess : 0, 1);
            }
    }
    ca_arena_done(&arena);
    done(&of);
}
END_TEST

static int fit_apply_and_explain(ca_score_table *table, const ca_score_settings *settings, ca_error *err)
{
    ca_score_model *model = NULL;
    ca_score_explanation why;
    ca_arena arena;
    ca_score_results *results = NULL;
    int rc = ca_score_fit(table, ca_linalg_fast(), &model, err);
    if (rc == 0)
        rc = ca_score_apply(model, table, settings, &results, err);
    ck_assert(rc == 0 || !results);
    ca_arena_init(&arena);
    if (rc == 0)
        rc = ca_score_explain(model, table, 7, &arena, &why, err);
    ca_arena_done(&arena);
    ca_score_results_free(results);
    ca_score_model_free(model);
    return rc;
}

START_TEST(memory_and_disks_that_fail)
{
    memdisk *mem = memdisk_new();
    ca_score_table *table = score_table_make(&(score_shape){.entities = 120, .seed = 1, .memory = 1, .disk = memdisk_disk(mem), .folder = "."});
    for (int what = 0; what < 2; what++) {
        int rc = -1;
        for (uint64_t n = 1; rc != 0; n += n < 30 ? 1 : what == 0 ? 29 : 211) {
            ca_error err = {0};
            if (what == 0)
                ca_alloc_fail(n, 0);
            else
                memdisk_fail(mem, MEMDISK_ANY, n, true);
            rc = fit_apply_and_explain(table, &usual, &err);
            ca_alloc_fail(0, 0);
            memdisk_fail(mem, MEMDISK_ANY, 0, false);
            ck_assert_msg(rc == 0 || (rc == (what == 0 ? CA_NOMEM : CA_FAIL) && err.text[0]), "%d at %zu", rc, (size_t)n);
        }
    }
    ca_score_table_free(table);
    memdisk_free(mem);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, order_and_memory_do_not_matter);
    tcase_add_test(tcase, of_many_some_are_drawn);
    tcase_add_test(tcase, fitted_and_applied_at_once);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, plain_loops_say_the_same);
    tcase_add_test(tcase, the_stored_model_scores_the_same);
    tcase_add_test(tcase, budget_and_quota);
    tcase_add_test(tcase, q_values_are_those_of_benjamini_and_hochberg);
    tcase_add_test(tcase, hostile_numbers);
    tcase_add_test(tcase, copies_and_constants_are_left_out);
    tcase_add_test(tcase, reasons_lie_on_their_side_of_the_peers);
    tcase_add_test(tcase, explained_together_as_alone);
    tcase_add_test(tcase, leads_are_the_first_with_a_reason);
    tcase_add_test(tcase, another_table_is_refused);
    tcase_add_test(tcase, excess_is_money_above_the_median);
    tcase_add_test(tcase, memory_and_disks_that_fail);
}

CA_CHECK_MAIN("score/scorer", add_tests)
