/* Distances from peers: against a twin that gathers the others of each entity anew, from the definition. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "score/channels.h"
#include "score/numbers.h"
#include "score/scorer.h"
#include "support/check_main.h"
#include "support/score_table.h"

#define MOST 900

/* A table that was read, with its model. */
typedef struct twin {
    ca_score_table *table;
    ca_score_model *model;
    size_t count;
    double values[SCORE_FEATURES][MOST], exposures[SCORE_FEATURES][MOST], x[SCORE_FEATURES][MOST];
    unsigned sizes[MOST];
} twin;
static twin of;

/* Thirds by counting how many are not larger. */
static unsigned slow_size(size_t entity)
{
    uint64_t claims = ca_score_table_claims(of.table, entity);
    size_t below[2] = {0, 0}, thirds[2] = {(of.count - 1) / 3, 2 * (of.count - 1) / 3};
    unsigned size = 0;
    for (size_t i = 0; i < of.count; i++)
        below[0] += ca_score_table_claims(of.table, i) < claims;
    for (unsigned cut = 0; cut < 2; cut++)      /* larger than the one at the cut: more than `cut` are smaller */
        size += below[0] > thirds[cut];
    return size;
}

static void open_twin(size_t count, uint64_t seed)
{
    of.table = score_table_make(&(score_shape){.entities = count, .seed = seed});
    of.count = count;
    ck_assert_int_eq(ca_score_fit(of.table, ca_linalg_plain(), &of.model, NULL), 0);
    for (size_t f = 0; f < SCORE_FEATURES; f++) {
        ck_assert_int_eq(ca_score_table_read(of.table, f, 0, count, of.values[f], of.exposures[f], NULL), 0);
        for (size_t i = 0; i < count; i++)
            of.x[f][i] = (double)(float)ca_score_forward(&score_features[f], &of.model->each[f], &(ca_arcs){0}, of.values[f][i], of.exposures[f][i]);
    }
    for (size_t i = 0; i < count; i++)
        of.sizes[i] = slow_size(i);
}

static void close_twin(void)
{
    ca_score_model_free(of.model);
    ca_score_table_free(of.table);
}

static bool is_peer(size_t a, size_t b, ca_score_level level)
{
    if (level == CA_SCORE_ALL)
        return true;
    if (ca_score_table_specialty(of.table, a).len == 0 || !ca_text_eq(ca_score_table_specialty(of.table, a), ca_score_table_specialty(of.table, b)))
        return false;
    return level == CA_SCORE_BY_SPECIALTY ||
           (ca_score_table_region(of.table, a).len > 0 && ca_text_eq(ca_score_table_region(of.table, a), ca_score_table_region(of.table, b)) &&
            of.sizes[a] == of.sizes[b]);
}

/* Median and variance of an entity's peers; returns how many the finest cell had, 0 without any. */
static size_t slow_view(size_t f, size_t entity, double *median, double *variance)
{
    static double others[MOST], scratch[MOST];
    size_t peers = 0;
    for (int level = CA_SCORE_ALL; level <= CA_SCORE_BY_CELL; level++) {
        size_t members = 0, count = 0;
        for (size_t i = 0; i < of.count; i++)
            members += is_peer(entity, i, (ca_score_level)level);
        for (size_t i = 0; i < of.count; i++)
            if (is_peer(entity, i, (ca_score_level)level) && !isnan(of.x[f][i]) && (i != entity || members >= 50))
                others[count++] = of.x[f][i];
        if (count < 5 || members < 5)
            continue;
        ca_numbers_sort(others, count, scratch);
        double c = (double)count, m = ca_numbers_quantile(others, count, .5), s = ca_numbers_scale(others, count);
        *median = peers ? c / (c + 3) * m + 3 / (c + 3) * *median : m;
        if (!peers)
            *variance = s * s;
        else if (s > 0)
            *variance = c / (c + 20) * s * s + 20 / (c + 20) * *variance;
        peers = count;
    }
    return peers;
}

static double slow_z(size_t f, size_t entity)
{
    double median = 0, variance = 0;
    if (isnan(of.x[f][entity]) || slow_view(f, entity, &median, &variance) == 0 || variance <= 0)
        return NAN;
    const ca_score_column *column = &of.model->each[f];
    double n = of.exposures[f][entity], by = column->part;
    if (!isnan(n))
        by += column->per_exposure / n / (score_features[f].transform == CA_SCORE_SHARE ? variance : 1);
    if (score_features[f].transform == CA_SCORE_SHARE)      /* none and all are as far as anybody with this exposure can be */
        for (double end = 0; end <= 1; end++) {
            double at = (double)(float)ca_score_forward(&score_features[f], column, &(ca_arcs){0}, end, n);
            median = end < 1 ? fmax(median, at) : fmin(median, at);
        }
    return (of.x[f][entity] - median) / sqrt(variance) / fmax(.2, sqrt(by));
}

static void check_entity(size_t entity, ca_arena *arena)
{
    ca_score_explanation why;
    ck_assert_int_eq(ca_score_explain(of.model, of.table, entity, arena, &why, NULL), 0);
    for (size_t i = 0; i < why.count; i++) {
        const ca_score_reason *reason = &why.reasons[i];
        size_t f = reason->feature;
        double expected = slow_z(f, entity), median = 0, variance = 0;
        ck_assert_uint_eq(reason->cell.members, slow_view(f, entity, &median, &variance));
        if (of.model->each[f].use != CA_SCORE_USED)
            continue;
        ck_assert_msg(isnan(expected) ? isnan(reason->z) : fabs(expected - reason->z) <= 1e-9 * (1 + fabs(expected)), "entity %zu, %s: %g and %g",
                      entity, score_features[f].name, expected, reason->z);
        if (reason->present && score_features[f].transform == CA_SCORE_LOG)
            ck_assert_double_eq_tol(reason->median, fmax(0, exp(median) - of.model->each[f].shift), 1e-6 * reason->median + 1e-12);
    }
}

START_TEST(distances_are_those_of_the_others)
{
    static const size_t counts[] = {4, 5, 6, 7, 30, 49, 50, 51, 120, MOST};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        ca_arena arena;
        ca_arena_init(&arena);
        open_twin(counts[c], 11 + c);
        for (size_t i = 0; i < of.count; i += counts[c] < 200 ? 1 : 3) {
            check_entity(i, &arena);
            ca_arena_reset(&arena);
        }
        close_twin();
        ca_arena_done(&arena);
    }
}
END_TEST

/* Without itself: whoever is far from all others of a small cell is not hidden by himself. */
START_TEST(an_entity_of_another_period_removes_nobody_else)
{
    open_twin(300, 2);
    ca_score_table *later = score_table_make(&(score_shape){.entities = 300, .seed = 9});
    ca_arena arena;
    ca_arena_init(&arena);
    ca_score_explanation now, then;
    for (size_t i = 0; i < 300; i += 7) {
        ck_assert_int_eq(ca_score_explain(of.model, of.table, i, &arena, &then, NULL), 0);
        ck_assert_int_eq(ca_score_explain(of.model, later, i, &arena, &now, NULL), 0);
        if (now.cell.level != then.cell.level || strcmp(now.cell.specialty, then.cell.specialty) != 0 ||
            strcmp(now.cell.region, then.cell.region) != 0 || now.cell.size != then.cell.size)
            continue;
        ck_assert_uint_eq(now.cell.members, then.cell.members);      /* the same others */
        for (size_t a = 0; a < now.count; a++)
            for (size_t b = 0; b < then.count; b++)
                if (now.reasons[a].feature == then.reasons[b].feature && now.reasons[a].feature == 3)
                    ck_assert_double_eq(now.reasons[a].median, then.reasons[b].median);
    }
    ca_arena_done(&arena);
    ca_score_table_free(later);
    close_twin();
}
END_TEST

START_TEST(transforms_come_back)
{
    ca_score_column column = {.shift = .5, .scale = 2};
    for (size_t f = 0; f < SCORE_FEATURES; f++)
        for (double n = 1; n < 1000; n *= 3)
            for (double value = 0; value <= 1; value += 1 / n) {
                double x = ca_score_forward(&score_features[f], &column, &(ca_arcs){0}, value, n);
                ck_assert_double_eq_tol(ca_score_back(&score_features[f], &column, x, n), value, 1e-9);
            }
    ck_assert_double_eq(ca_score_forward(&score_features[1], &column, &(ca_arcs){0}, -7, 1), log(.5));
}
END_TEST

/* More shares than are remembered, twice, and some that are none. */
START_TEST(a_remembered_arc_is_that_of_its_share)
{
    const ca_score_feature feature = {"a", CA_SCORE_SHARE, 1, 0, false};
    const double odd[] = {0, -0.0, 1, INFINITY, 1e300, -2};
    ca_arcs *arcs = calloc(1, sizeof *arcs);
    ck_assert_ptr_nonnull(arcs);
    for (unsigned round = 0; round < 2; round++)
        for (unsigned n = 1; n < 80; n++)
            for (unsigned k = 0; k <= n; k++) {
                double share = (double)k / n, x = ca_score_forward(&feature, NULL, arcs, share, n);
                ck_assert_double_eq(x, asin(sqrt((share * n + .375) / (n + .75))));
            }
    for (unsigned i = 0; i < 2 * sizeof odd / sizeof *odd; i++) {
        double value = odd[i / 2], n = i % 2 ? -.75 : 3, x = ca_score_forward(&feature, NULL, arcs, value, n);
        double expected = asin(sqrt((value * n + .375) / (n + .75)));
        ck_assert(isnan(expected) ? isnan(x) : x == expected);
    }
    free(arcs);
}
END_TEST

/* Peers have a share of none of a thousand, or nearly: none of two is not more, and no reason, however the shares are transformed; nor is
 * all of two less than nearly all. */
static ca_score_table *table_of_ends(bool all)
{
    static const ca_score_feature features[] = {
        {"a", CA_SCORE_SHARE, 1, 0, false}, {"b", CA_SCORE_SHARE, -1, 0, false}, {"c", CA_SCORE_SHARE, 2, 0, false},
    };
    ca_score_table *table;
    ca_score_table_options options = {.kind = "provider", .features = features, .feature_count = 3, .memory = 1u << 24};
    ck_assert_int_eq(ca_score_table_new(&options, &table, NULL), 0);
    for (unsigned i = 0; i < 600; i++) {
        char id[8];
        bool small = i % 60 == 7;
        ca_score_value values[3];
        for (unsigned f = 0; f < 3; f++) {
            double few = small ? 0 : (i * (f + 3) / 7 % 5) / 1000.0;
            values[f] = (ca_score_value){all ? 1 - few : few, small ? 2 : 1000 + i};
        }
        snprintf(id, sizeof id, "%03u", i);
        ca_score_row row = {.id = ca_text_of(id), .specialty = CA_TEXT("x"), .region = CA_TEXT("y"), .claims = small ? 2 : 1000, .values = values};
        ck_assert_int_eq(ca_score_table_add(table, &row, NULL), 0);
    }
    ck_assert_int_eq(ca_score_table_finish(table, NULL), 0);
    return table;
}

START_TEST(none_of_few_is_not_more_than_none_of_many)
{
    for (int all = 0; all < 2; all++) {
        ca_arena arena;
        ca_score_model *model;
        ca_score_explanation why;
        ca_arena_init(&arena);
        ca_score_table *table = table_of_ends(all);
        ck_assert_int_eq(ca_score_fit(table, ca_linalg_plain(), &model, NULL), 0);
        for (size_t entity = 7; entity < 600; entity += 60) {
            ck_assert_int_eq(ca_score_explain(model, table, entity, &arena, &why, NULL), 0);
            for (size_t i = 0; i < why.count; i++) {
                ck_assert_double_eq_tol(why.reasons[i].z, 0, 1e-9);
                ck_assert(!why.reasons[i].attributed);
            }
        }
        ca_score_model_free(model);
        ca_score_table_free(table);
        ca_arena_done(&arena);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, none_of_few_is_not_more_than_none_of_many);
    tcase_add_test(tcase, distances_are_those_of_the_others);
    tcase_add_test(tcase, an_entity_of_another_period_removes_nobody_else);
    tcase_add_test(tcase, transforms_come_back);
    tcase_add_test(tcase, a_remembered_arc_is_that_of_its_share);
}

CA_CHECK_MAIN("score/peers", add_tests)
