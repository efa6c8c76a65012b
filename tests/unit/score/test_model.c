/* Models as bytes: the same again, and whatever is cut or changed is refused or still a model. */
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "score/model_bytes.h"
#include "score/scorer.h"
#include "support/check_main.h"
#include "support/score_table.h"

static ca_score_table *table;
static ca_buf bytes;

static void fit(size_t entities)
{
    ca_score_model *model;
    table = score_table_make(&(score_shape){.entities = entities, .seed = 4});
    ck_assert_int_eq(ca_score_fit(table, ca_linalg_plain(), &model, NULL), 0);
    ca_buf_init(&bytes);
    ck_assert_int_eq(ca_score_model_write(model, &bytes, NULL), 0);
    ca_score_model_free(model);
}

static void done(void)
{
    ca_buf_done(&bytes);
    ca_score_table_free(table);
}

static void mend(char *copy, size_t len)
{
    uint64_t sum = ca_hash64(copy, len - CA_MODEL_CHECK);
    for (unsigned i = 0; i < CA_MODEL_CHECK; i++)
        copy[len - CA_MODEL_CHECK + i] = (char)(sum >> 8 * i & 0xff);
}

START_TEST(comes_back)
{
    static const size_t counts[] = {0, 1, 30, 49, 50, 400};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        ca_score_model *model;
        ca_buf again;
        fit(counts[i]);
        ca_buf_init(&again);
        ck_assert_int_eq(ca_score_model_read(ca_buf_text(&bytes), &model, NULL), 0);
        ck_assert_int_eq(ca_score_model_write(model, &again, NULL), 0);
        ck_assert(ca_text_eq(ca_buf_text(&bytes), ca_buf_text(&again)));
        ck_assert_str_eq(ca_score_model_kind(model), "provider");
        ck_assert_uint_eq(ca_score_model_entities(model), counts[i]);
        ck_assert_uint_eq(ca_score_model_feature_count(model), SCORE_FEATURES);
        ck_assert_str_eq(ca_score_model_feature(model, 2)->name, "variety");
        ck_assert_int_eq(ca_score_model_feature(model, 2)->direction, -1);
        ca_score_model_free(model);
        ca_buf_done(&again);
        done();
    }
}
END_TEST

/* With a checksum that fits, so that the numbers themselves are looked at. */
static void try_bytes(char *copy, size_t len, size_t *refused)
{
    static const ca_score_settings settings = {0};
    ca_score_model *model;
    ca_score_results *results;
    ca_error err = {0};
    int rc = ca_score_model_read((ca_text){copy, len}, &model, &err);
    ck_assert(rc == CA_CONFIG || rc == 0);
    ck_assert(rc == 0 || strstr(err.text, "model"));
    *refused += rc != 0;
    if (rc != 0)
        return;
    if (ca_score_apply(model, table, &settings, &results, &err) == 0) {
        for (size_t i = 0; i < results->count; i++)
            ck_assert(results->entities[i].p > 0 && results->entities[i].p <= 1 && results->entities[i].q <= 1);
        ca_score_results_free(results);
    }
    ca_score_model_free(model);
}

START_TEST(whatever_is_cut_is_refused)
{
    fit(60);
    char *copy = ca_alloc(bytes.len);
    for (size_t len = 0; len < bytes.len; len += len < 400 || len + 100 > bytes.len ? 1 : 199) {
        size_t refused = 0;
        memcpy(copy, bytes.ptr, len);
        try_bytes(copy, len, &refused);
        if (len >= CA_MODEL_CHECK)
            mend(copy, len);
        try_bytes(copy, len, &refused);
        ck_assert_uint_eq(refused, 2);
    }
    ca_free(copy);
    done();
}
END_TEST

START_TEST(whatever_is_changed_is_refused_or_a_model)
{
    fit(60);
    char *copy = ca_alloc(bytes.len);
    uint64_t state = 1;
    size_t refused = 0, tried = 0;
    for (size_t at = 0; at + CA_MODEL_CHECK < bytes.len; at += at < 600 ? 1 : 151, tried++) {
        memcpy(copy, bytes.ptr, bytes.len);
        copy[at] = (char)((unsigned char)copy[at] ^ (1u << (unsigned)(8 * score_random(&state))));
        size_t before = refused;
        try_bytes(copy, bytes.len, &refused);
        ck_assert_uint_eq(refused, before + 1);      /* the checksum is wrong */
        mend(copy, bytes.len);
        try_bytes(copy, bytes.len, &refused);
    }
    ck_assert_uint_gt(refused, tried + tried / 30);
    ca_free(copy);
    done();
}
END_TEST

START_TEST(says_what_is_wrong)
{
    ca_score_model *model;
    ca_error err;
    ck_assert_int_eq(ca_score_model_read(CA_TEXT("{\"a file\": \"of another kind\", \"and\": \"long enough\"}"), &model, &err), CA_CONFIG);
    ck_assert_ptr_nonnull(strstr(err.text, "no model"));
    fit(20);
    bytes.ptr[strlen(CA_MODEL_MAGIC)] = 9;
    mend(bytes.ptr, bytes.len);
    ck_assert_int_eq(ca_score_model_read(ca_buf_text(&bytes), &model, &err), CA_CONFIG);
    ck_assert_ptr_nonnull(strstr(err.text, "version 9"));
    done();
}
END_TEST

START_TEST(without_memory)
{
    fit(60);
    int rc = -1;
    for (uint64_t n = 1; rc != 0; n += n < 40 ? 1 : 11) {
        ca_score_model *model = NULL;
        ca_alloc_fail(n, 0);
        rc = ca_score_model_read(ca_buf_text(&bytes), &model, NULL);
        ca_alloc_fail(0, 0);
        ck_assert(rc == 0 || (rc == CA_NOMEM && !model));
        ca_score_model_free(model);
    }
    done();
}
END_TEST

START_TEST(drift_is_how_far_quantiles_moved)
{
    ca_score_model *model;
    ca_score_drift drifts[SCORE_FEATURES];
    fit(500);
    ck_assert_int_eq(ca_score_model_read(ca_buf_text(&bytes), &model, NULL), 0);
    ck_assert_int_eq(ca_score_drift_of(model, table, drifts, NULL), 0);
    for (size_t f = 0; f < SCORE_FEATURES; f++)
        for (size_t i = 0; i < 5; i++)
            ck_assert(fabs(drifts[f].moved[i]) < 1e-6 && fabs(drifts[f].share) < 1e-9);
    ca_score_table *other = score_table_make(&(score_shape){.entities = 500, .seed = 4000});
    ck_assert_int_eq(ca_score_drift_of(model, other, drifts, NULL), 0);
    for (size_t f = 0; f < SCORE_FEATURES; f++)
        ck_assert(fabs(drifts[f].moved[2]) < .5);
    ca_score_table_free(other);
    other = score_table_make(&(score_shape){.entities = 0});
    ck_assert_int_eq(ca_score_drift_of(model, other, drifts, NULL), 0);
    for (size_t f = 0; f < SCORE_FEATURES; f++)
        ck_assert(drifts[f].moved[2] == 0 && drifts[f].share < -.9);
    ca_score_table_free(other);
    ca_score_model_free(model);
    done();
}
END_TEST

/* Everybody's balance is one unit higher: so are its quantiles, in units of its scale, and nothing else. */
START_TEST(drift_has_a_sign)
{
    static const ca_score_feature features[] = {{"a", CA_SCORE_PLAIN, 1, 0, false}, {"b", CA_SCORE_PLAIN, 1, 0, false}};
    ca_score_model *model = NULL;
    ca_score_drift drifts[2];
    for (int later = 0; later < 2; later++) {
        ca_score_table_options options = {.kind = "k", .features = features, .feature_count = 2, .memory = 1 << 20};
        ca_score_table *made;
        ck_assert_int_eq(ca_score_table_new(&options, &made, NULL), 0);
        for (uint64_t i = 0; i < 200; i++) {
            ca_score_value values[] = {{(double)i + 10 * later, NAN}, {(double)(i % 40), NAN}};
            ca_score_row row = {.id = {(const char *)&i, sizeof i}, .values = values};
            ck_assert_int_eq(ca_score_table_add(made, &row, NULL), 0);
        }
        ck_assert_int_eq(ca_score_table_finish(made, NULL), 0);
        if (!later)
            ck_assert_int_eq(ca_score_fit(made, ca_linalg_plain(), &model, NULL), 0);
        else
            ck_assert_int_eq(ca_score_drift_of(model, made, drifts, NULL), 0);
        ca_score_table_free(made);
    }
    for (size_t i = 0; i < 5; i++) {
        ck_assert_double_eq_tol(drifts[0].moved[i], 10 / (1.4826 * 50), 1e-5);
        ck_assert_double_eq_tol(drifts[1].moved[i], 0, 1e-9);
    }
    ca_score_model_free(model);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, comes_back);
    tcase_add_test(tcase, whatever_is_cut_is_refused);
    tcase_add_test(tcase, whatever_is_changed_is_refused_or_a_model);
    tcase_add_test(tcase, says_what_is_wrong);
    tcase_add_test(tcase, without_memory);
    tcase_add_test(tcase, drift_is_how_far_quantiles_moved);
    tcase_add_test(tcase, drift_has_a_sign);
}

CA_CHECK_MAIN("score/model", add_tests)
