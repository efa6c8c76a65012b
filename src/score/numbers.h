/* Numbers in order, their quantiles and robust scales, and the normal distribution. No number here is NAN. */
#ifndef CA_SCORE_NUMBERS_H
#define CA_SCORE_NUMBERS_H

#include <stddef.h>

/* Ascending; `scratch` has room for as many. */
void ca_numbers_sort(double *numbers, size_t count, double *scratch);
/* Of ascending numbers, at least one: between neighbours in proportion (type 7 of Hyndman and Fan, 1996). */
double ca_numbers_quantile(const double *sorted, size_t count, double share);
/* 1.4826 MAD; where that is no more than 0.3 of (q95 - q05) / 3.29, as with many equal values, the latter; where that is 0
 * too, the standard deviation between the 1st and 99th percentile, then that of all. 0 only when all are equal. */
double ca_numbers_scale(const double *sorted, size_t count);

/* The normal score of a probability: where a share `p` lies above (p within 0 and 1; never infinite). Wichura, AS 241. */
double ca_normal_above(double p);

#endif
