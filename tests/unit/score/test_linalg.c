/* Linear algebra: OpenBLAS and the plain loops agree, and both do what they say. */
#include <math.h>
#include <string.h>

#include "score/linalg.h"
#include "support/check_main.h"

#define N    13
#define ROWS 40

static double numbers(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(*state >> 11) / 9007199254740992.0 - 0.5;
}

static void fill(double *to, size_t count, uint64_t seed)
{
    for (size_t i = 0; i < count; i++)
        to[i] = numbers(&seed);
}

static void check_close(const double *a, const double *b, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ck_assert_double_le(fabs(a[i] - b[i]), 1e-9 * (1 + fabs(a[i])));
}

/* Products of random rows, made safely definite. */
static void definite(const ca_linalg *linalg, double *a, uint64_t seed)
{
    double rows[ROWS * N];
    fill(rows, ROWS * N, seed);
    memset(a, 0, N * N * sizeof *a);
    linalg->add_products(rows, ROWS, N, N, a);
    for (size_t i = 0; i < N; i++)
        a[i * N + i] += 0.1;
}

START_TEST(products_agree)
{
    double a[ROWS * (N + 2)], b[N * N], c[ROWS * N], d[ROWS * N];
    fill(a, ROWS * (N + 2), 1);
    fill(b, N * N, 2);
    ca_linalg_fast()->multiply(a, N + 2, b, N, c, N, ROWS, N, N);
    ca_linalg_plain()->multiply(a, N + 2, b, N, d, N, ROWS, N, N);
    check_close(c, d, ROWS * N);
    ca_linalg_fast()->multiply_rows(a, N + 2, b, N, c, N, ROWS, N, N);
    ca_linalg_plain()->multiply_rows(a, N + 2, b, N, d, N, ROWS, N, N);
    check_close(c, d, ROWS * N);
    double e[N * N], f[N * N];
    fill(e, N * N, 3);
    memcpy(f, e, sizeof f);
    for (size_t i = 0; i < N; i++)      /* what is added to is symmetric */
        for (size_t j = 0; j < i; j++)
            f[i * N + j] = e[i * N + j] = e[j * N + i];
    ca_linalg_fast()->add_products(a, ROWS, N, N + 2, e);
    ca_linalg_plain()->add_products(a, ROWS, N, N + 2, f);
    check_close(e, f, N * N);
}
END_TEST

START_TEST(single_products_agree)
{
    float a[ROWS * N], b[N * N], c[ROWS * N], d[ROWS * N];
    uint64_t seed = 9;
    for (size_t i = 0; i < ROWS * N; i++)
        a[i] = (float)numbers(&seed);
    for (size_t i = 0; i < N * N; i++)
        b[i] = (float)numbers(&seed);
    ca_linalg_fast()->multiply_rows_single(a, N, b, N, c, N, ROWS, N, N);
    ca_linalg_plain()->multiply_rows_single(a, N, b, N, d, N, ROWS, N, N);
    for (size_t i = 0; i < ROWS * N; i++)
        ck_assert_float_le(fabsf(c[i] - d[i]), 1e-5f);
}
END_TEST

START_TEST(factors_and_inverts)
{
    const ca_linalg *both[] = {ca_linalg_fast(), ca_linalg_plain()};
    for (size_t which = 0; which < 2; which++) {
        const ca_linalg *linalg = both[which];
        double a[N * N], factor[N * N], product[N * N], inverse[N * N];
        definite(linalg, a, 5);
        memcpy(factor, a, sizeof a);
        ck_assert(linalg->factor(factor, N));
        for (size_t i = 0; i < N; i++)
            for (size_t j = i + 1; j < N; j++)
                ck_assert_double_eq(factor[i * N + j], 0);
        linalg->multiply_rows(factor, N, factor, N, product, N, N, N, N);
        check_close(a, product, N * N);

        double rows[3 * N], solved[3 * N], tested[3 * N];
        fill(rows, 3 * N, 6);
        memcpy(solved, rows, sizeof rows);
        linalg->solve_rows(factor, N, solved, 3, N);
        linalg->multiply_rows(solved, N, factor, N, tested, N, 3, N, N);    /* L times the solution */
        check_close(rows, tested, 3 * N);

        memcpy(inverse, factor, sizeof inverse);
        ck_assert(linalg->invert_factored(inverse, N));
        linalg->multiply(a, N, inverse, N, product, N, N, N, N);
        for (size_t i = 0; i < N; i++)
            for (size_t j = 0; j < N; j++)
                ck_assert_double_le(fabs(product[i * N + j] - (i == j ? 1 : 0)), 1e-9);
    }
}
END_TEST

START_TEST(refuses_what_is_not_definite)
{
    const ca_linalg *both[] = {ca_linalg_fast(), ca_linalg_plain()};
    for (size_t which = 0; which < 2; which++) {
        double zero[4] = {0, 0, 0, 0}, negative[4] = {1, 2, 2, 1}, nothing[1] = {NAN};
        ck_assert(!both[which]->factor(zero, 2));
        ck_assert(!both[which]->factor(negative, 2));
        ck_assert(!both[which]->factor(nothing, 1));
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, products_agree);
    tcase_add_test(tcase, single_products_agree);
    tcase_add_test(tcase, factors_and_inverts);
    tcase_add_test(tcase, refuses_what_is_not_definite);
}

CA_CHECK_MAIN("score/linalg", add_tests)
