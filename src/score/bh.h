/* False discovery rates by Benjamini and Hochberg (1995): the q-value of a test is the least rate at which it is still among
 * what is reported. In logarithms, so that the smallest probabilities keep their order. */
#ifndef CA_SCORE_BH_H
#define CA_SCORE_BH_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* ln q of each ln p, in their order: min over all j of rank >= i of p_j tests / j, at most 1. `tests` is how many were made,
 * >= count: those that are not listed count as p = 1. A p that is not a number gets a q that is none, and has no rank.
 * `ret_log_q` may be `log_p`. CA_NOMEM. */
int ca_bh(const double *log_p, size_t count, uint64_t tests, double *ret_log_q, ca_error *err);

#endif
