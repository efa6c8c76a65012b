/* The ensemble as a whole: finds what is odd, always the same, whatever the order and the blocks, and survives any numbers. */
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "score/ensemble_parts.h"
#include "support/check_main.h"

enum { ROWS = 700, COLUMNS = 4, ODD = 5 };

static double normal(ca_draws *draws)
{
    double sum = 0;
    for (size_t i = 0; i < 12; i++)
        sum += ca_draw_unit(draws);
    return sum - 6;
}

/* The first ODD rows are far from the others. */
static const double *table(void)
{
    static double cells[ROWS * COLUMNS];
    ca_draws draws = ca_draws_of(5, CA_DRAW_SETS, 0, 0);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < COLUMNS; j++)
            cells[i * COLUMNS + j] = normal(&draws) * (double)(j + 1) + (i < ODD ? 12.0 * (double)(j + 1) : 0);
    return cells;
}

static void score(const double *cells, size_t rows, size_t columns, uint64_t seed, double *ret_scores)
{
    ck_assert_int_eq(ca_ensemble_score(ca_linalg_fast(), cells, rows, columns, seed, ret_scores, NULL), 0);
}

typedef struct held {
    const double *cells;
    size_t columns;
} held;

static int read_held(void *state, uint64_t first, size_t count, double *to, ca_error *err)
{
    (void)err;
    held *from = state;
    memcpy(to, from->cells + (size_t)first * from->columns, count * from->columns * sizeof *to);
    return 0;
}

static ca_ensemble *fitted(const double *cells, size_t rows, size_t columns, ca_ensemble_facts *ret_facts)
{
    held from = {cells, columns};
    ca_ensemble_rows source = {.count = rows, .columns = columns, .read = read_held, .state = &from};
    ca_ensemble *ensemble = NULL;
    ck_assert_int_eq(ca_ensemble_fit(ca_linalg_fast(), &source, 1, &ensemble, ret_facts, NULL), 0);
    return ensemble;
}

START_TEST(odd_rows_come_first)
{
    double scores[ROWS];
    for (uint64_t seed = 0; seed < 3; seed++) {
        score(table(), ROWS, COLUMNS, seed, scores);
        for (size_t i = 0; i < ODD; i++)
            for (size_t j = ODD; j < ROWS; j++)
                ck_assert_double_gt(scores[i], scores[j]);
        for (size_t i = 0; i < ROWS; i++)
            ck_assert_double_le(fabs(scores[i] * 1e6 - round(scores[i] * 1e6)), 1e-6);
    }
}
END_TEST

START_TEST(a_seed_gives_the_same_and_another_does_not)
{
    double first[ROWS], again[ROWS], other[ROWS];
    score(table(), ROWS, COLUMNS, 1, first);
    score(table(), ROWS, COLUMNS, 1, again);
    score(table(), ROWS, COLUMNS, 2, other);
    ck_assert_mem_eq(first, again, sizeof first);
    ck_assert_mem_ne(first, other, sizeof first);
}
END_TEST

START_TEST(neither_order_nor_blocks_matter)
{
    static double turned[ROWS * COLUMNS];
    double scores[ROWS], back[ROWS], parts[ROWS];
    const double *cells = table();
    for (size_t i = 0; i < ROWS; i++)
        memcpy(turned + i * COLUMNS, cells + (ROWS - 1 - i) * COLUMNS, COLUMNS * sizeof *cells);
    score(cells, ROWS, COLUMNS, 1, scores);
    score(turned, ROWS, COLUMNS, 1, back);
    for (size_t i = 0; i < ROWS; i++)
        ck_assert(memcmp(&scores[i], &back[ROWS - 1 - i], sizeof *scores) == 0);
    ca_ensemble *ensemble = fitted(cells, ROWS, COLUMNS, NULL);
    static const size_t blocks[] = {1, 3, 64, 255, 256, 257, ROWS};
    for (size_t b = 0; b < sizeof blocks / sizeof *blocks; b++) {
        size_t rows = blocks[b] < 10 ? 40 : ROWS;       /* a row alone takes as long as 256 */
        for (size_t first = 0; first < rows; first += blocks[b]) {
            size_t count = rows - first < blocks[b] ? rows - first : blocks[b];
            ca_ensemble_rate(ensemble, cells + first * COLUMNS, count, parts + first);
        }
        ck_assert_mem_eq(scores, parts, rows * sizeof *scores);
    }
    ca_ensemble_free(ensemble);
}
END_TEST

/* Ranks move where single precision makes another row the nearest: by less than .02 of a score but for one row in 100. */
START_TEST(plain_loops_agree)
{
    double fast[ROWS], plain[ROWS];
    size_t apart = 0;
    score(table(), ROWS, COLUMNS, 1, fast);
    ck_assert_int_eq(ca_ensemble_score(ca_linalg_plain(), table(), ROWS, COLUMNS, 1, plain, NULL), 0);
    for (size_t i = 0; i < ROWS; i++)
        apart += fabs(fast[i] - plain[i]) > .02;
    ck_assert_uint_le(apart, ROWS / 100);
}
END_TEST

/* Units do not matter, nor do columns that never vary or are never there. */
START_TEST(only_what_varies_counts)
{
    static double wider[ROWS * (COLUMNS + 2)];
    double scores[ROWS], other[ROWS];
    const double *cells = table();
    for (size_t i = 0; i < ROWS; i++) {
        wider[i * (COLUMNS + 2)] = (double)NAN;
        wider[i * (COLUMNS + 2) + 1] = 5;
        for (size_t j = 0; j < COLUMNS; j++)
            wider[i * (COLUMNS + 2) + 2 + j] = cells[i * COLUMNS + j] * 1024;
    }
    ca_ensemble_facts facts;
    ca_ensemble *ensemble = fitted(wider, ROWS, COLUMNS + 2, &facts);
    ca_ensemble_rate(ensemble, wider, ROWS, other);
    ca_ensemble_free(ensemble);
    ck_assert_uint_eq(facts.rows, ROWS);
    ck_assert_uint_eq(facts.sample, ROWS);
    ck_assert_uint_eq(facts.missing, ROWS);
    ck_assert_uint_eq(facts.columns_used, COLUMNS);
    score(cells, ROWS, COLUMNS, 1, scores);
    for (size_t i = 0; i < ODD; i++)
        ck_assert_double_gt(other[i], 14);
    double difference = 0;      /* the order of the sample is another: other sets and trees, the same picture */
    for (size_t i = 0; i < ROWS; i++)
        difference += fabs(scores[i] - other[i]) / ROWS;
    ck_assert_double_lt(difference, .8);
}
END_TEST

START_TEST(missing_cells_are_ordinary)
{
    static double cells[ROWS * COLUMNS];
    double scores[ROWS], highest = 0;
    memcpy(cells, table(), sizeof cells);
    for (size_t i = 100; i < 200; i++)
        cells[i * COLUMNS + i % COLUMNS] = (double)NAN;
    for (size_t j = 0; j < COLUMNS; j++)
        cells[300 * COLUMNS + j] = (double)INFINITY;
    score(cells, ROWS, COLUMNS, 1, scores);
    for (size_t i = ODD; i < ROWS; i++)
        highest = fmax(highest, scores[i]);
    ck_assert_double_lt(scores[300], 2);        /* the median in every column */
    for (size_t i = 0; i < ODD; i++)
        ck_assert_double_gt(scores[i], highest);
}
END_TEST

static void check_hostile(const double *cells, size_t rows, size_t columns, int expected)
{
    static double scores[ROWS];
    for (size_t i = 0; i < rows; i++)
        scores[i] = -1;
    ck_assert_int_eq(ca_ensemble_score(ca_linalg_fast(), cells, rows, columns, 1, scores, NULL), expected);
    for (size_t i = 0; i < rows; i++)
        ck_assert(expected == 0 ? isfinite(scores[i]) && scores[i] >= 0 : scores[i] == -1);
}

START_TEST(hostile_numbers)
{
    static double cells[64 * 3];
    const double one[3] = {1, 2, 3};
    check_hostile(one, 0, 3, CA_END);
    check_hostile(one, 1, 3, CA_END);
    check_hostile(one, 3, 1, CA_END);
    check_hostile(one, 3, 0, CA_END);
    check_hostile(cells, 64, 3, CA_END);        /* all the same */
    static const double kinds[] = {1e300, -1e300, 1e-300, 4e-324, 0, 1, 1e99};
    enum { KINDS = sizeof kinds / sizeof *kinds };
    for (size_t a = 0; a < KINDS; a++)
        for (size_t b = a; b < KINDS; b++) {
            for (size_t i = 0; i < 64; i++) {
                cells[i * 3] = i % 2 == 0 ? kinds[a] : kinds[b];
                cells[i * 3 + 1] = i == 5 ? kinds[a] : kinds[b];
                cells[i * 3 + 2] = i == 9 ? (double)NAN : kinds[(a + b + i) % KINDS];
            }
            check_hostile(cells, 64, 3, 0);
        }
    for (size_t i = 0; i < 64 * 3; i++)
        cells[i] = (double)NAN;
    check_hostile(cells, 64, 3, CA_END);
    cells[50] = 1;
    check_hostile(cells, 64, 3, CA_END);
    cells[53] = 2;      /* the two cells that there are */
    check_hostile(cells, 64, 3, 0);
    for (size_t i = 0; i < 64; i++)
        for (size_t j = 0; j < 3; j++)
            cells[i * 3 + j] = (double)(i % 7);     /* the same column three times */
    check_hostile(cells, 64, 3, 0);
    check_hostile(cells, CA_ENSEMBLE_LEAST_ROWS, 3, 0);
    check_hostile(cells, CA_ENSEMBLE_LEAST_ROWS - 1, 3, CA_END);
}
END_TEST

START_TEST(more_columns_than_rows)
{
    enum { FEW = 20, WIDE = 90 };
    static double cells[FEW * WIDE];
    double scores[FEW];
    ca_draws draws = ca_draws_of(8, CA_DRAW_SETS, 0, 0);
    for (size_t i = 0; i < FEW * WIDE; i++)
        cells[i] = normal(&draws) + (i / WIDE == 3 ? 5 : 0);
    score(cells, FEW, WIDE, 1, scores);
    for (size_t i = 0; i < FEW; i++)
        ck_assert(i == 3 || scores[i] < scores[3]);
}
END_TEST

START_TEST(too_many_columns_are_refused)
{
    ca_error err;
    double cells[1] = {0};
    ck_assert_int_eq(ca_ensemble_score(ca_linalg_fast(), cells, 0, CA_ENSEMBLE_COLUMNS + 1, 1, cells, &err), CA_LIMIT);
    ck_assert_int_eq(ca_ensemble_score(ca_linalg_fast(), cells, 0, CA_ENSEMBLE_COLUMNS, 1, cells, &err), CA_END);
}
END_TEST

START_TEST(memory_may_run_out)
{
    enum { FEW = 100 };
    double scores[FEW];
    uint64_t held_before = ca_alloc_held(), before = ca_alloc_calls();
    score(table(), FEW, COLUMNS, 1, scores);
    uint64_t calls = ca_alloc_calls() - before;
    ck_assert_uint_gt(calls, 5);
    for (uint64_t n = 1; n <= calls; n++) {
        ca_error err;
        ca_alloc_fail(n, 0);
        ck_assert_int_eq(ca_ensemble_score(ca_linalg_fast(), table(), FEW, COLUMNS, 1, scores, &err), CA_NOMEM);
        ca_alloc_fail(0, 0);
        ck_assert_uint_eq(ca_alloc_held(), held_before);
    }
    ca_ensemble_free(NULL);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, odd_rows_come_first);
    tcase_add_test(tcase, a_seed_gives_the_same_and_another_does_not);
    tcase_add_test(tcase, neither_order_nor_blocks_matter);
    tcase_add_test(tcase, plain_loops_agree);
    tcase_add_test(tcase, only_what_varies_counts);
    tcase_add_test(tcase, missing_cells_are_ordinary);
    tcase_add_test(tcase, hostile_numbers);
    tcase_add_test(tcase, more_columns_than_rows);
    tcase_add_test(tcase, too_many_columns_are_refused);
    tcase_add_test(tcase, memory_may_run_out);
}

CA_CHECK_MAIN("score/ensemble", add_tests)
