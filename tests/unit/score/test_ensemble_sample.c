/* The ensemble's sample: which rows it has depends on what is in them and the seed, not on their order. */
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "score/ensemble_parts.h"
#include "support/check_main.h"

enum { ROWS = 3000, COLUMNS = 3 };

typedef struct held {
    const double *cells;
    size_t columns;
    int fail_at;        /* reads that work, then all fail; negative: none fails */
} held;

static int read_held(void *state, uint64_t first, size_t count, double *to, ca_error *err)
{
    held *from = state;
    if (from->fail_at == 0)
        return ca_error_set(err, CA_FAIL, "cannot read");
    from->fail_at -= from->fail_at > 0;
    memcpy(to, from->cells + (size_t)first * from->columns, count * from->columns * sizeof *to);
    return 0;
}

static ca_ensemble_rows rows_of(held *from, size_t rows)
{
    return (ca_ensemble_rows){.count = rows, .columns = from->columns, .read = read_held, .state = from};
}

static void fill(double *cells, uint64_t seed)
{
    ca_draws draws = ca_draws_of(seed, CA_DRAW_SETS, 0, 0);
    for (size_t i = 0; i < ROWS * COLUMNS; i++)
        cells[i] = ca_draw_unit(&draws);
}

static void turn_round(const double *cells, double *ret_turned)
{
    for (size_t i = 0; i < ROWS; i++)
        memcpy(ret_turned + i * COLUMNS, cells + (ROWS - 1 - i) * COLUMNS, COLUMNS * sizeof *cells);
}

START_TEST(draws_are_what_they_are_for)
{
    ca_draws a = ca_draws_of(1, CA_DRAW_SETS, 2, 3), same = ca_draws_of(1, CA_DRAW_SETS, 2, 3);
    ck_assert_double_eq(ca_draw_unit(&a), ca_draw_unit(&same));
    ca_draws others[] = {ca_draws_of(2, CA_DRAW_SETS, 2, 3), ca_draws_of(1, CA_DRAW_SPLITS, 2, 3),
                         ca_draws_of(1, CA_DRAW_SETS, 3, 3), ca_draws_of(1, CA_DRAW_SETS, 2, 4), ca_draws_of(1, CA_DRAW_SETS, 3, 2)};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        ck_assert_uint_ne(others[i].key, a.key);
    double sum = 0;
    for (size_t i = 0; i < 10000; i++) {
        double x = ca_draw_unit(&a);
        ck_assert(x >= 0 && x < 1);
        sum += x;
    }
    ck_assert_double_le(fabs(sum / 10000 - .5), .01);
}
END_TEST

START_TEST(distinct_numbers_are_distinct_and_all_alike)
{
    size_t seen[20] = {0}, numbers[20];
    for (uint64_t tree = 0; tree < 4000; tree++) {
        ca_draws draws = ca_draws_of(7, CA_DRAW_TREE_ROWS, tree, 0);
        ca_draw_distinct(&draws, 20, 5, numbers);
        for (size_t i = 0; i < 5; i++) {
            ck_assert_uint_lt(numbers[i], 20);
            seen[numbers[i]]++;
            for (size_t j = 0; j < i; j++)
                ck_assert_uint_ne(numbers[i], numbers[j]);
        }
    }
    for (size_t i = 0; i < 20; i++)     /* 1000 each, five deviations of 27 about it */
        ck_assert(seen[i] > 860 && seen[i] < 1140);
    ca_draws draws = ca_draws_of(7, CA_DRAW_TREE_ROWS, 0, 0);
    ca_draw_distinct(&draws, 20, 20, numbers);
    size_t sum = 0;
    for (size_t i = 0; i < 20; i++)
        sum += numbers[i];
    ck_assert_uint_eq(sum, 190);
}
END_TEST

START_TEST(cells_are_cleaned)
{
    double cells[] = {(double)NAN, (double)INFINITY, -(double)INFINITY, 1e300, -1e300, -0.0, 5};
    ca_sample_clean(cells, 7);
    for (size_t i = 0; i < 3; i++)
        ck_assert(isnan(cells[i]));
    ck_assert_double_eq(cells[3], 1e100);
    ck_assert_double_eq(cells[4], -1e100);
    ck_assert(!signbit(cells[5]));
    ck_assert_double_eq(cells[6], 5);
}
END_TEST

/* A small table is its own sample; a large one's has so many rows. Both are the same bytes when the table is turned round. */
START_TEST(the_order_of_rows_does_not_matter)
{
    static double cells[ROWS * COLUMNS], turned[ROWS * COLUMNS];
    fill(cells, 1);
    cells[7] = (double)NAN;
    cells[101 * COLUMNS] = -9;
    for (size_t i = 0; i < 300; i++)        /* a tenth of them repeat one */
        memcpy(cells + 10 * i * COLUMNS, cells, COLUMNS * sizeof *cells);
    turn_round(cells, turned);
    const size_t wants[] = {ROWS, ROWS + 1, ROWS - 1, 500, 1};
    for (size_t i = 0; i < sizeof wants / sizeof *wants; i++) {
        held one = {cells, COLUMNS, -1}, other = {turned, COLUMNS, -1};
        ca_ensemble_rows source = rows_of(&one, ROWS), back = rows_of(&other, ROWS);
        ca_arena arena;
        ca_arena_init(&arena);
        ca_sample a, b;
        ck_assert_int_eq(ca_sample_take(&source, 3, wants[i], &arena, &a, NULL), 0);
        ck_assert_int_eq(ca_sample_take(&back, 3, wants[i], &arena, &b, NULL), 0);
        size_t count = wants[i] < ROWS ? wants[i] : ROWS;
        ck_assert_uint_eq(a.count, count);
        ck_assert_mem_eq(a.rows, b.rows, count * COLUMNS * sizeof *a.rows);
        ck_assert_uint_eq(a.missing, 1);
        ck_assert_double_eq(a.low[0], -9);
        ck_assert_double_eq(a.high[0], b.high[0]);
        ca_arena_done(&arena);
    }
}
END_TEST

START_TEST(a_small_table_is_there_whole)
{
    static double cells[ROWS * COLUMNS];
    fill(cells, 2);
    held from = {cells, COLUMNS, -1};
    ca_ensemble_rows source = rows_of(&from, ROWS);
    ca_arena arena;
    ca_arena_init(&arena);
    ca_sample sample;
    ck_assert_int_eq(ca_sample_take(&source, 3, ROWS, &arena, &sample, NULL), 0);
    double sum = 0, expected = 0;
    uint64_t before = 0;
    for (size_t i = 0; i < ROWS; i++) {
        const double *row = sample.rows + i * COLUMNS;
        uint64_t hash = ca_hash64_seeded(row, COLUMNS * sizeof *row, 3);
        ck_assert(i == 0 || hash > before);
        before = hash;
        sum += row[0] + row[1] * row[2];
        expected += cells[i * COLUMNS] + cells[i * COLUMNS + 1] * cells[i * COLUMNS + 2];
    }
    ck_assert_double_le(fabs(sum - expected), 1e-6);
    ca_arena_done(&arena);
}
END_TEST

/* With large parts of the table the same rows, the sample has the same parts. */
START_TEST(what_repeats_has_its_share)
{
    enum { TABLE = 200000, WANT = 10000, HALF = TABLE / 2, TENTH = TABLE / 10 };
    uint64_t *hashes = ca_alloc(WANT * sizeof *hashes);
    ca_chooser *chooser = ca_chooser_new(TABLE, WANT);
    ck_assert_ptr_nonnull(hashes);
    ck_assert_ptr_nonnull(chooser);
    for (int turn = 0; turn < 2; turn++)
        for (uint64_t i = 0; i < TABLE; i++) {
            uint64_t content = i < HALF ? 1 : i < HALF + TENTH ? 2 : i;
            uint64_t hash = ca_hash64(&content, sizeof content);
            if (turn == 0)
                ca_chooser_notice(chooser, hash);
            else
                ca_chooser_count(chooser, hash);
        }
    ca_chooser_hashes(chooser, hashes);
    uint64_t contents[] = {1, 2};
    size_t found[] = {0, 0};
    for (size_t i = 0; i < WANT; i++) {
        ck_assert(i == 0 || hashes[i - 1] <= hashes[i]);
        for (size_t which = 0; which < 2; which++)
            found[which] += hashes[i] == ca_hash64(&contents[which], sizeof contents[which]);
    }
    ck_assert_uint_le(found[0] > WANT / 2 ? found[0] - WANT / 2 : WANT / 2 - found[0], 1);
    ck_assert_uint_le(found[1] > WANT / 10 ? found[1] - WANT / 10 : WANT / 10 - found[1], 1);
    ca_chooser_free(chooser);
    ca_free(hashes);
}
END_TEST

/* More different rows than there are counters: those that are frequent are found all the same. */
START_TEST(a_frequent_row_is_found_among_many_rare_ones)
{
    enum { TABLE = 3 * CA_REPEATS, WANT = 1000 };
    static uint64_t forwards[WANT], backwards[WANT];
    for (int direction = 0; direction < 2; direction++) {
        ca_chooser *chooser = ca_chooser_new(TABLE, WANT);
        ck_assert_ptr_nonnull(chooser);
        for (int turn = 0; turn < 2; turn++)
            for (uint64_t i = 0; i < TABLE; i++) {
                uint64_t number = direction == 0 ? i : TABLE - 1 - i;
                uint64_t content = number % 10 == 0 ? UINT64_MAX : number % 7 == 0 ? number % 49 : number;
                uint64_t hash = ca_hash64(&content, sizeof content);
                if (turn == 0)
                    ca_chooser_notice(chooser, hash);
                else
                    ca_chooser_count(chooser, hash);
            }
        ca_chooser_hashes(chooser, direction == 0 ? forwards : backwards);
        ca_chooser_free(chooser);
    }
    uint64_t frequent = UINT64_MAX;
    size_t found = 0;
    for (size_t i = 0; i < WANT; i++)
        found += forwards[i] == ca_hash64(&frequent, sizeof frequent);
    ck_assert(found == WANT / 10 || found == WANT / 10 + 1);
    ck_assert_mem_eq(forwards, backwards, sizeof forwards);
}
END_TEST

START_TEST(failures_are_told)
{
    static double cells[ROWS * COLUMNS];
    fill(cells, 2);
    ca_arena arena;
    ca_arena_init(&arena);
    ca_sample sample;
    ca_error err;
    enum { BLOCKS = (ROWS + CA_ENSEMBLE_BLOCK - 1) / CA_ENSEMBLE_BLOCK };
    for (int good = 0; good <= 3 * BLOCKS; good++) {
        held from = {cells, COLUMNS, good};
        ca_ensemble_rows source = rows_of(&from, ROWS);
        ck_assert_int_eq(ca_sample_take(&source, 3, 100, &arena, &sample, &err), good < 3 * BLOCKS ? CA_FAIL : 0);
    }
    ca_arena_reset(&arena);
    int result = CA_NOMEM;
    uint64_t allocations = 1;
    for (; result == CA_NOMEM; allocations++) {
        held from = {cells, COLUMNS, -1};
        ca_ensemble_rows source = rows_of(&from, ROWS);
        ca_arena_done(&arena);
        ca_alloc_fail(allocations, 0);
        result = ca_sample_take(&source, 3, 100, &arena, &sample, &err);
        ca_alloc_fail(0, 0);
    }
    ck_assert_int_eq(result, 0);
    ck_assert_uint_gt(allocations, 5);      /* the arena's, and four of the chooser */
    ca_arena_done(&arena);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, draws_are_what_they_are_for);
    tcase_add_test(tcase, distinct_numbers_are_distinct_and_all_alike);
    tcase_add_test(tcase, cells_are_cleaned);
    tcase_add_test(tcase, the_order_of_rows_does_not_matter);
    tcase_add_test(tcase, a_small_table_is_there_whole);
    tcase_add_test(tcase, what_repeats_has_its_share);
    tcase_add_test(tcase, a_frequent_row_is_found_among_many_rare_ones);
    tcase_add_test(tcase, failures_are_told);
}

CA_CHECK_MAIN("score/ensemble_sample", add_tests)
