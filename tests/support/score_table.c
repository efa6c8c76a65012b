/* Random tables of entities. */
#include "support/score_table.h"

#include <check.h>
#include <math.h>
#include <stdio.h>

#include "score/table.h"

const ca_score_feature score_features[SCORE_FEATURES] = {
    {"weekend_share", CA_SCORE_SHARE, 1, 0, false},
    {"paid_per_claim", CA_SCORE_LOG, 1, 0, true},
    {"variety", CA_SCORE_LOG, -1, 0, false},
    {"balance", CA_SCORE_PLAIN, 2, 0, false},
    {"reach", CA_SCORE_ASINH, 1, 5, false},
    {"age", CA_SCORE_PLAIN, 0, 0, false},
    {"rare_share", CA_SCORE_SHARE, 1, 0, false},
};

double score_random(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t x = *state;
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return (double)((x ^ x >> 31) >> 11) / 9007199254740992.0;
}

double score_normal(uint64_t *state)
{
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += score_random(state);
    return sum;
}

static double count_of(double trials, double chance, uint64_t *state)
{
    double count = 0;
    for (double i = 0; i < trials; i++)
        count += score_random(state) < chance;
    return count;
}

static void fill_values(uint64_t claims, uint64_t *state, ca_score_value *values)
{
    double n = (double)claims, noise = 1 / sqrt(n), skill = score_normal(state), far = score_random(state) < .01 ? 4 : 0;
    double trials = n < 200 ? n : 200;
    double chance = .1 + .03 * score_normal(state) + .05 * far;
    values[0] = (ca_score_value){count_of(trials, chance, state) / trials, trials};
    values[1] = (ca_score_value){1e6 * exp(.4 * skill + noise * score_normal(state) + .5 * far), n};
    values[2] = (ca_score_value){exp(.3 * score_normal(state) - .3 * far), n};
    values[3] = (ca_score_value){score_normal(state), NAN};
    values[4] = (ca_score_value){exp(score_normal(state)) - 1, n};
    values[5] = (ca_score_value){50 + 10 * skill, n};
    values[6] = (ca_score_value){count_of(trials, .003, state) / trials, trials};
    for (unsigned i = 0; i < SCORE_FEATURES; i++)
        if (score_random(state) < .03)
            values[i].value = NAN;
}

static int add_entity(const score_shape *shape, size_t index, ca_score_table *table, ca_error *err)
{
    static const char *const specialties[] = {"cardiology", "", "surgery", "dental", "none of these"};
    static const char *const regions[] = {"north", "south", ""};
    uint64_t state = shape->seed * 1000003 + index;
    char id[32];
    ca_score_value values[SCORE_FEATURES];
    snprintf(id, sizeof id, "E%06zu", index);
    double kind = score_random(&state), place = score_random(&state);
    uint64_t claims = 5 + (uint64_t)exp(7 * score_random(&state));
    fill_values(claims, &state, values);
    ca_score_row row = {
        .id = ca_text_of(id),
        .specialty = ca_text_of(specialties[kind < .6 ? 0 : kind < .65 ? 1 : kind < .9 ? 2 : kind < .99 ? 3 : 4]),
        .region = ca_text_of(regions[place < .7 ? 0 : place < .95 ? 1 : 2]),
        .claims = claims,
        .paid = (int64_t)claims * 1000000,
        .values = values,
    };
    return ca_score_table_add(table, &row, err);
}

int score_table_try(const score_shape *shape, ca_score_table **ret_table, ca_error *err)
{
    ca_score_table_options options = {
        .kind = "provider", .features = score_features, .feature_count = SCORE_FEATURES, .disk = shape->disk, .folder = shape->folder,
        .memory = shape->memory ? shape->memory : (size_t)1 << 30,
    };
    size_t stride = shape->stride ? shape->stride : 1;
    ca_score_table *table;
    int rc = ca_score_table_new(&options, &table, err);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < shape->entities && rc == 0; i++)
        rc = add_entity(shape, i * stride % shape->entities, table, err);
    if (rc == 0)
        rc = ca_score_table_finish(table, err);
    if (rc < 0)
        ca_score_table_free(table);
    else
        *ret_table = table;
    return rc;
}

ca_score_table *score_table_make(const score_shape *shape)
{
    ca_score_table *table = NULL;
    ca_error err = {0};
    ck_assert_msg(score_table_try(shape, &table, &err) == 0, "%s", err.text);
    return table;
}
