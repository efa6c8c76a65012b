/* Linear algebra by OpenBLAS, and the only file that knows it. Without it the plain loops take its place. */
#include "score/linalg.h"

#ifdef CA_WITH_OPENBLAS

#include <cblas.h>
#include <string.h>

/* LAPACK as OpenBLAS exports it: column-major, so that its upper triangle is our lower one. */
extern void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info);
extern void dpotri_(const char *uplo, const int *n, double *a, const int *lda, int *info);

static void mirror_lower(double *a, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            a[i * n + j] = a[j * n + i];
}

static void blas_add_products(const double *rows, size_t count, size_t n, size_t ld, double *c)
{
    cblas_dsyrk(CblasRowMajor, CblasLower, CblasTrans, (int)n, (int)count, 1, rows, (int)ld, 1, c, (int)n);
    mirror_lower(c, n);
}

static void blas_multiply(const double *a, size_t lda, const double *b, size_t ldb, double *c, size_t ldc, size_t m, size_t n,
                          size_t k)
{
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)m, (int)n, (int)k, 1, a, (int)lda, b, (int)ldb, 0, c, (int)ldc);
}

static void blas_multiply_rows(const double *a, size_t lda, const double *b, size_t ldb, double *c, size_t ldc, size_t m,
                               size_t n, size_t k)
{
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)m, (int)n, (int)k, 1, a, (int)lda, b, (int)ldb, 0, c, (int)ldc);
}

static void blas_multiply_rows_single(const float *a, size_t lda, const float *b, size_t ldb, float *c, size_t ldc, size_t m,
                                      size_t n, size_t k)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)m, (int)n, (int)k, 1, a, (int)lda, b, (int)ldb, 0, c, (int)ldc);
}

static bool blas_factor(double *a, size_t n)
{
    int order = (int)n, info = 0;
    dpotrf_("U", &order, a, &order, &info);
    if (info != 0)
        return false;
    bool definite = true;
    for (size_t i = 0; i < n; i++) {
        memset(a + i * n + i + 1, 0, (n - i - 1) * sizeof *a);
        definite = definite && a[i * n + i] > 0;    /* not a number: it does not notice */
    }
    return definite;
}

static bool blas_invert_factored(double *factor, size_t n)
{
    int order = (int)n, info = 0;
    dpotri_("U", &order, factor, &order, &info);
    if (info != 0)
        return false;
    mirror_lower(factor, n);
    return true;
}

static void blas_solve_rows(const double *factor, size_t n, double *rows, size_t count, size_t ld)
{
    /* Rows X become X L'^-1, which is L^-1 x for each. */
    cblas_dtrsm(CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, (int)count, (int)n, 1, factor, (int)n, rows,
                (int)ld);
}

const ca_linalg *ca_linalg_fast(void)
{
    static const ca_linalg blas = {
        "openblas", blas_add_products, blas_multiply, blas_multiply_rows, blas_multiply_rows_single, blas_factor,
        blas_invert_factored, blas_solve_rows,
    };
    openblas_set_num_threads(1);
    return &blas;
}

#else

const ca_linalg *ca_linalg_fast(void)
{
    return ca_linalg_plain();
}

#endif
