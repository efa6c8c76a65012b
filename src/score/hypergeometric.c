/* The hypergeometric tail: one term from logarithms of factorials, its neighbours from ratios of whole numbers. */
#include "score/hypergeometric.h"

#include <math.h>

#define EXACT 20u           /* factorials that a double holds */
#define NEGLIGIBLE 1e-17    /* of the sum */

double ca_log_factorial(uint64_t n)
{
    static const double half_log_two_pi = 0.91893853320467274178;
    if (n <= EXACT) {
        double product = 1;
        for (uint64_t i = 2; i <= n; i++)
            product *= (double)i;
        return log(product);
    }
    double x = (double)n, inverse = 1 / x, square = inverse * inverse;
    double series = inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square * (1.0 / 1680))));
    return (x + 0.5) * log(x) - x + half_log_two_pi + series;
}

static double log_choose(uint64_t n, uint64_t k)
{
    return ca_log_factorial(n) - ca_log_factorial(k) - ca_log_factorial(n - k);
}

static double log_probability(uint64_t population, uint64_t first, uint64_t second, uint64_t shared)
{
    return log_choose(first, shared) + log_choose(population - first, second - shared) - log_choose(population, second);
}

/* ln of the sum of probabilities from `shared` on; it lies above the most likely value, so that they fall. */
static double log_above(uint64_t population, uint64_t first, uint64_t second, uint64_t shared)
{
    uint64_t most = first < second ? first : second;
    double term = 1, sum = 1;
    for (uint64_t k = shared; k < most && term > sum * NEGLIGIBLE; k++) {
        /* population - first - second + k + 1 is positive: k is possible */
        term *= (double)(first - k) * (double)(second - k) / ((double)(k + 1) * (double)(population + k + 1 - first - second));
        sum += term;
    }
    return log_probability(population, first, second, shared) + log(sum);
}

/* ln of the sum of probabilities up to `shared`, which lies at most at the most likely value. */
static double log_below(uint64_t population, uint64_t first, uint64_t second, uint64_t shared)
{
    uint64_t least = first + second > population ? first + second - population : 0;
    double term = 1, sum = 1;
    for (uint64_t k = shared; k > least && term > sum * NEGLIGIBLE; k--) {
        term *= (double)k * (double)(population + k - first - second) / ((double)(first - k + 1) * (double)(second - k + 1));
        sum += term;
    }
    return log_probability(population, first, second, shared) + log(sum);
}

double ca_hypergeometric_log_tail(uint64_t population, uint64_t first, uint64_t second, uint64_t shared)
{
    uint64_t least = first + second > population ? first + second - population : 0;
    uint64_t most = first < second ? first : second;
    if (shared <= least)
        return 0;
    if (shared > most)
        return -INFINITY;
    double likely = floor((double)(first + 1) * (double)(second + 1) / ((double)population + 2));
    double tail;
    if ((double)shared > likely)
        tail = log_above(population, first, second, shared);
    else
        tail = log1p(-exp(log_below(population, first, second, shared - 1)));
    return tail < 0 ? tail : 0;
}
