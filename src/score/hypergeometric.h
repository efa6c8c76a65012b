/* How likely it is by chance that two share as many: the upper tail of the hypergeometric law, in logarithms, so that it never
 * becomes 0. */
#ifndef CA_SCORE_HYPERGEOMETRIC_H
#define CA_SCORE_HYPERGEOMETRIC_H

#include <stdint.h>

/* ln n!, by Stirling's series; relative error about 1e-15. */
double ca_log_factorial(uint64_t n);

/* ln P(X >= shared), where of `population` one drew `first` and another, not knowing which, `second`: X is how many both drew.
 * The first probability by logarithms of factorials, the others by their ratios, until they no longer count. 0 where it is
 * certain, -INFINITY where it is impossible. first and second <= population <= 2^53. */
double ca_hypergeometric_log_tail(uint64_t population, uint64_t first, uint64_t second, uint64_t shared);

#endif
