/* Linear algebra in plain loops: what a build without OpenBLAS uses, and what tests hold OpenBLAS against. */
#include "score/linalg.h"

#include <math.h>

static void plain_add_products(const double *rows, size_t count, size_t n, size_t ld, double *c)
{
    for (size_t r = 0; r < count; r++) {
        const double *row = rows + r * ld;
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++)
                c[i * n + j] += row[i] * row[j];
    }
}

static void plain_multiply(const double *a, size_t lda, const double *b, size_t ldb, double *c, size_t ldc, size_t m, size_t n,
                           size_t k)
{
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            double sum = 0;
            for (size_t l = 0; l < k; l++)
                sum += a[i * lda + l] * b[l * ldb + j];
            c[i * ldc + j] = sum;
        }
}

static void plain_multiply_rows(const double *a, size_t lda, const double *b, size_t ldb, double *c, size_t ldc, size_t m,
                                size_t n, size_t k)
{
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            double sum = 0;
            for (size_t l = 0; l < k; l++)
                sum += a[i * lda + l] * b[j * ldb + l];
            c[i * ldc + j] = sum;
        }
}

static void plain_multiply_rows_single(const float *a, size_t lda, const float *b, size_t ldb, float *c, size_t ldc, size_t m,
                                       size_t n, size_t k)
{
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            float sum = 0;
            for (size_t l = 0; l < k; l++)
                sum += a[i * lda + l] * b[j * ldb + l];
            c[i * ldc + j] = sum;
        }
}

static bool plain_factor(double *a, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        double pivot = a[j * n + j];
        for (size_t k = 0; k < j; k++)
            pivot -= a[j * n + k] * a[j * n + k];
        if (!(pivot > 0))
            return false;
        pivot = sqrt(pivot);
        a[j * n + j] = pivot;
        for (size_t i = j + 1; i < n; i++) {
            double sum = a[i * n + j];
            for (size_t k = 0; k < j; k++)
                sum -= a[i * n + k] * a[j * n + k];
            a[i * n + j] = sum / pivot;
        }
        for (size_t i = 0; i < j; i++)
            a[i * n + j] = 0;
    }
    return true;
}

/* L becomes its inverse, column by column from the last. */
static bool invert_lower(double *factor, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        double pivot = factor[j * n + j];
        if (!(pivot > 0))
            return false;
        factor[j * n + j] = 1 / pivot;
        for (size_t i = j + 1; i < n; i++) {
            double sum = 0;
            for (size_t k = j; k < i; k++)
                sum -= factor[i * n + k] * factor[k * n + j];
            factor[i * n + j] = sum / factor[i * n + i];
        }
    }
    return true;
}

static bool plain_invert_factored(double *factor, size_t n)
{
    if (!invert_lower(factor, n))
        return false;
    /* The inverse is M'M of M = L^-1: its element (i, j), i <= j, needs rows j and later only, so it may take its own place. */
    for (size_t i = 0; i < n; i++)
        for (size_t j = i; j < n; j++) {
            double sum = 0;
            for (size_t k = j; k < n; k++)
                sum += factor[k * n + i] * factor[k * n + j];
            factor[i * n + j] = sum;
        }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            factor[i * n + j] = factor[j * n + i];
    return true;
}

static void plain_solve_rows(const double *factor, size_t n, double *rows, size_t count, size_t ld)
{
    for (size_t r = 0; r < count; r++) {
        double *x = rows + r * ld;
        for (size_t i = 0; i < n; i++) {
            double sum = x[i];
            for (size_t k = 0; k < i; k++)
                sum -= factor[i * n + k] * x[k];
            x[i] = sum / factor[i * n + i];
        }
    }
}

const ca_linalg *ca_linalg_plain(void)
{
    static const ca_linalg plain = {
        "plain", plain_add_products, plain_multiply, plain_multiply_rows, plain_multiply_rows_single, plain_factor,
        plain_invert_factored, plain_solve_rows,
    };
    return &plain;
}
