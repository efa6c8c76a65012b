/* Benjamini-Hochberg: from the largest probability down, each q is the least seen so far. */
#include "score/bh.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"

typedef struct placed {
    double log_p;
    size_t place;
} placed;

static int by_p(const void *a, const void *b)
{
    const placed *x = a, *y = b;
    return x->log_p < y->log_p ? -1 : x->log_p > y->log_p;
}

int ca_bh(const double *log_p, size_t count, uint64_t tests, double *ret_log_q, ca_error *err)
{
    size_t numbers = 0;
    placed *sorted = ca_alloc_zero(count, sizeof *sorted);
    if (sorted == NULL)
        return ca_error_nomem(err);
    for (size_t i = 0; i < count; i++) {
        if (!isnan(log_p[i]))
            sorted[numbers++] = (placed){log_p[i], i};
        else
            ret_log_q[i] = NAN;
    }
    qsort(sorted, numbers, sizeof *sorted, by_p);
    double least = 0, log_tests = log((double)tests);
    for (size_t i = numbers; i-- > 0;) {
        double log_q = sorted[i].log_p + log_tests - log((double)(i + 1));
        if (log_q < least)
            least = log_q;
        ret_log_q[sorted[i].place] = least;    /* equal p get one q: of the last of them, or less */
    }
    ca_free(sorted);
    return 0;
}
