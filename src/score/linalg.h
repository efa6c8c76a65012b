/* Dense linear algebra on small matrices, as a table of operations, so that the same scorer runs on OpenBLAS and on plain loops.
 * Matrices are row-major doubles, `ld` is the distance from row to row; nothing is allocated. One thread. */
#ifndef CA_SCORE_LINALG_H
#define CA_SCORE_LINALG_H

#include <stdbool.h>
#include <stddef.h>

typedef struct ca_linalg {
    const char *name;     /* "openblas", "plain" */
    /* c (n x n, both triangles) += rows' rows, for `count` rows of n numbers. */
    void (*add_products)(const double *rows, size_t count, size_t n, size_t ld, double *c);
    /* c (m x n) = a (m x k) b (k x n). */
    void (*multiply)(const double *a, size_t lda, const double *b, size_t ldb, double *c, size_t ldc, size_t m, size_t n, size_t k);
    /* c (m x n) = a (m x k) b' (n x k): products of all rows of a with all rows of b. */
    void (*multiply_rows)(const double *a, size_t lda, const double *b, size_t ldb, double *c, size_t ldc, size_t m, size_t n,
                          size_t k);
    void (*multiply_rows_single)(const float *a, size_t lda, const float *b, size_t ldb, float *c, size_t ldc, size_t m, size_t n,
                                 size_t k);
    /* The symmetric positive definite a (n x n) becomes its lower Cholesky factor, the upper triangle 0. False, and a is lost,
     * when it is not definite. */
    bool (*factor)(double *a, size_t n);
    /* The lower factor becomes the inverse of what was factored, both triangles. */
    bool (*invert_factored)(double *factor, size_t n);
    /* Each of `count` rows of n numbers x becomes L^-1 x, so that its squared length is x' A^-1 x. */
    void (*solve_rows)(const double *factor, size_t n, double *rows, size_t count, size_t ld);
} ca_linalg;

/* OpenBLAS where it was found when this was built, else the plain one. Sets OpenBLAS to one thread. */
const ca_linalg *ca_linalg_fast(void);
const ca_linalg *ca_linalg_plain(void);

#endif
