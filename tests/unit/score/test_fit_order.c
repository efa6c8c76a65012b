/* A column in order: everybody who has a value once, by x, and by cell; constants as of all values, sorted exactly. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "score/fit_inside.h"
#include "score/numbers.h"
#include "support/check_main.h"
#include "support/score_table.h"

#define MOST  3000u
#define CELLS 4u      /* of all, a specialty, and two cells of which it is the parent; the last quarter is in none of them */

static double values[MOST], exposures[MOST], work[MOST + 1], numbers[MOST + 1], sorted[MOST], scratch[MOST];
static float x[MOST];
static uint64_t seats[MOST + 1], split[MOST + 1];
static uint32_t order[MOST], finest[MOST], at[MOST + 1], draws[MOST], ends[CELLS], at_level[CELLS];

static int ascending(const void *a, const void *b)
{
    double d = *(const double *)a, e = *(const double *)b;
    return (d > e) - (d < e);
}

/* Few different ones, any, so near each other that single precision does not tell them apart, and shares. */
static double value_of(int how, uint64_t *seed)
{
    double value = score_normal(seed);
    return how == 0 ? floor(2 * value) : how == 1 ? value : how == 2 ? 1e6 + 1e-5 * value : floor(9 * score_random(seed)) / 9;
}

static size_t fill(int how, bool drawn)
{
    size_t known = 0;
    uint64_t seed = 40 + (uint64_t)how;
    for (uint32_t i = 0; i < MOST; i++) {
        values[i] = i % 3 == 1 ? (double)NAN : value_of(how, &seed);
        exposures[i] = 9;
        order[i] = drawn ? i : (i * 7u) % MOST;
        draws[i] = (i * 11u) % MOST;
        finest[i] = i < MOST / 4 ? 1 : i < MOST / 2 ? 2 : i < 3 * (MOST / 4) ? 3 : 0;
        known += i % 3 != 1;
    }
    return known;
}

static void check_sorted(const ca_score_fitting *fit, size_t known, uint64_t limit)
{
    static bool seen[MOST];
    size_t drawn = 0;
    memset(seen, 0, sizeof seen);
    for (size_t i = 0; i < known; i++) {
        uint32_t where = (uint32_t)fit->sorted[i], place = order[where];
        ck_assert(!isnan(values[place]) && !seen[where]);
        seen[where] = true;
        float expected = (float)ca_score_forward(fit->model->features, fit->model->each, &(ca_arcs){0}, values[place], exposures[place]);
        ck_assert(x[place] == expected && ca_fit_seat_x(fit->sorted[i]) == (double)expected);
        ck_assert(i == 0 || ca_fit_seat_x(fit->sorted[i - 1]) <= ca_fit_seat_x(fit->sorted[i]));
    }
    for (uint32_t place = 0; place < MOST; place++)
        if (!isnan(values[place]) && (!fit->draws || draws[place] < limit))
            ck_assert_uint_eq(at[drawn++], place);
    ck_assert_uint_eq(fit->known, drawn);
}

static void check_split(ca_score_fitting *fit, size_t known)
{
    for (uint32_t level = 1; level <= 2; level++) {
        ca_fit_split(fit, level, known);
        for (uint32_t cell = 1; cell < CELLS; cell++) {
            const ca_cell_span *span = &fit->cells.spans[cell];
            size_t expected = 0;
            for (uint32_t i = span->from; i < span->to; i++)
                expected += isnan(values[order[i]]) ? 0 : 1;
            if (fit->model->cells[cell].level != level)
                continue;
            ck_assert_uint_eq(ends[cell] - span->from, expected);
            for (uint32_t i = span->from; i < ends[cell]; i++) {
                uint32_t where = (uint32_t)fit->split[i];
                ck_assert(where >= span->from && where < span->to);
                ck_assert(i == span->from || ca_fit_seat_x(fit->split[i - 1]) <= ca_fit_seat_x(fit->split[i]));
            }
        }
    }
}

/* The constant of asinh is the median of the values of all who are drawn. */
static void check_constants(const ca_score_fitting *fit)
{
    size_t count = 0;
    for (size_t i = 0; i < fit->known; i++)
        sorted[count++] = values[at[i]];
    qsort(sorted, count, sizeof *sorted, ascending);
    ck_assert(fit->model->each[0].shift == ca_numbers_quantile(sorted, count, .5));
}

START_TEST(orders_draws_and_splits)
{
    for (int how = 0; how < 8; how++) {
        bool some = how >= 4;
        size_t known = fill(how % 4, some);
        uint64_t limit = some ? MOST / 2 : UINT64_MAX;
        ca_score_feature feature = {"x", how % 4 == 3 ? CA_SCORE_SHARE : CA_SCORE_ASINH, 1, 0, false};
        ca_score_column column = {.scale = 1};
        ca_cell_span spans[CELLS] = {{0, MOST}, {0, 3 * (MOST / 4)}, {MOST / 4, MOST / 2}, {MOST / 2, 3 * (MOST / 4)}};
        ca_peer_cell cells[CELLS] = {{.level = 0}, {.level = 1}, {.level = 2, .parent = 1}, {.level = 2, .parent = 1}};
        ca_score_model model = {.features = &feature, .each = &column, .columns = 1, .cells = cells, .cell_count = CELLS};
        ca_score_fitting fit = {
            .model = &model, .source = {.count = MOST}, .draws = some ? draws : NULL, .cells = {order, spans}, .values = values,
            .exposures = exposures, .x = x, .sorted = seats, .split = split, .ends = ends, .at_level = at_level, .finest = finest,
            .at = at, .room = MOST, .work = work, .scratch = scratch, .numbers = numbers,
        };
        ca_fit_order(&fit, 0, known, limit);
        check_sorted(&fit, known, limit);
        if (feature.transform == CA_SCORE_ASINH)
            check_constants(&fit);
        check_split(&fit, known);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, orders_draws_and_splits);
}

CA_CHECK_MAIN("score/fit_order", add_tests)
