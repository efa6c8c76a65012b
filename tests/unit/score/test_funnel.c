/* The funnel: what scatter small volumes have is found again, and left alone where entities are few. */
#include <math.h>
#include <stdio.h>

#include "score/model_inside.h"
#include "support/check_main.h"
#include "support/score_table.h"

/* z of a plain feature with variance 1 + noise / n, of a share that is all chance, and of a feature without exposures. */
static ca_score_model *fit_noise(size_t entities, double noise)
{
    static const ca_score_feature features[] = {
        {"plain", CA_SCORE_PLAIN, 1, 0, false}, {"share", CA_SCORE_SHARE, 1, 0, false}, {"free", CA_SCORE_PLAIN, 1, 0, false}};
    ca_score_table_options options = {.kind = "k", .features = features, .feature_count = 3, .memory = 1 << 24};
    ca_score_table *table;
    ca_score_model *model;
    uint64_t state = 5;
    ck_assert_int_eq(ca_score_table_new(&options, &table, NULL), 0);
    for (size_t i = 0; i < entities; i++) {
        double n = floor(exp(7 * score_random(&state))) + 1, hits = 0;
        for (double t = 0; t < n; t++)
            hits += score_random(&state) < .4;
        ca_score_value values[] = {
            {score_normal(&state) * sqrt(1 + noise / n), n}, {hits / n, n}, {score_normal(&state), NAN}};
        char id[32];
        snprintf(id, sizeof id, "%zu", i);
        ca_score_row row = {.id = ca_text_of(id), .claims = (uint64_t)n, .values = values};
        ck_assert_int_eq(ca_score_table_add(table, &row, NULL), 0);
    }
    ck_assert_int_eq(ca_score_table_finish(table, NULL), 0);
    ck_assert_int_eq(ca_score_fit(table, ca_linalg_plain(), &model, NULL), 0);
    ca_score_table_free(table);
    return model;
}

/* The deviation of a residual at n, whatever the scale it is counted in, against that of the truth; both are 1 at n = 1000. */
static double shape_at(const ca_score_model *model, size_t column, double n)
{
    const ca_score_column *of = &model->each[column];
    double variance = of->spread * of->spread;
    return ca_score_deviation(of, &model->features[column], variance, n) / ca_score_deviation(of, &model->features[column], variance, 1000);
}

START_TEST(finds_what_was_put_in)
{
    ca_score_model *model = fit_noise(8000, 30);
    ck_assert(!model->each[0].few);
    for (double n = 2; n < 1000; n *= 3) {
        double truth = sqrt((1 + 30 / n) / (1 + 30 / 1000.0));
        ck_assert_double_eq_tol(shape_at(model, 0, n) / truth, 1, .12);
    }
    /* asin(sqrt(k / n)) scatters by 1 / (4 n); for many, what is certain is at least a twentieth of the mean. */
    for (double n = 8; n < 70; n *= 2)
        ck_assert_double_eq_tol(shape_at(model, 1, n) / shape_at(model, 1, 64) / sqrt(64 / n), 1, .2);
    ck_assert(model->each[2].few && model->each[2].per_exposure == 0);
    ca_score_model_free(model);
}
END_TEST

START_TEST(finds_nothing_where_nothing_is)
{
    ca_score_model *model = fit_noise(8000, 0);
    for (double n = 5; n < 1000; n *= 3)
        ck_assert_double_eq_tol(shape_at(model, 0, n), 1, .1);
    ca_score_model_free(model);
}
END_TEST

START_TEST(few_are_said_so)
{
    ca_score_model *model = fit_noise(140, 30);
    ck_assert(model->each[0].few && model->each[1].few);
    ck_assert_double_eq(model->each[0].part, 1);
    ck_assert_double_eq(model->each[0].per_exposure, 0);
    ck_assert_double_eq(model->each[1].per_exposure, .25);
    ca_score_model_free(model);
}
END_TEST

START_TEST(no_volume_makes_sure)
{
    ca_score_column column = {.part = 1e-9};
    ck_assert_double_eq(ca_score_deviation(&column, &score_features[1], 1, 1e9), .2);
    column.per_exposure = 4;
    ck_assert_double_eq_tol(ca_score_deviation(&column, &score_features[1], 1, 1), 2, 1e-6);
    ck_assert_double_eq_tol(ca_score_deviation(&column, &score_features[0], 4, 1), 1, 1e-6);      /* a share: by its scale */
    ck_assert_double_eq(ca_score_deviation(&column, &score_features[1], 1, NAN), .2);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, finds_what_was_put_in);
    tcase_add_test(tcase, finds_nothing_where_nothing_is);
    tcase_add_test(tcase, few_are_said_so);
    tcase_add_test(tcase, no_volume_makes_sure);
}

CA_CHECK_MAIN("score/funnel", add_tests)
