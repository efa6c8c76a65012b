/* Money at stake: clamped to what was paid, rounded once, split over the lines so that the parts
 * sum exactly. */
#ifndef CA_RULES_EXPOSURE_H
#define CA_RULES_EXPOSURE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/decimal.h"

/* paid: of the carrying lines, in 1/10,000; negative counts as 0. Clamps `wanted` to [0, sum],
 * rounds half to even to minor units (minor_digits 0 to 4 decimals), down if that would exceed
 * the sum, and splits in proportion to paid: largest remainder first, then line order. scratch:
 * `count` indices. False when the sum does not fit. */
bool ca_exposure_split(ca_ratio wanted, const int64_t *paid, size_t count, int minor_digits,
                       size_t *scratch, int64_t *ret_total, int64_t *ret_shares);

#endif
