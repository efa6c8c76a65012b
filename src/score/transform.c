/* Values on a scale on which distances mean the same everywhere, and back. Shares by the constants that keep their variance most even
 * (Anscombe, Biometrika 35, 1948). */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "score/model_inside.h"

#define HALF_PI 1.5707963267948966
#define CLEAR   1e-5      /* more than single precision and rounding can be off */

/* Small volumes have few shares, which come again and again. Their bits are compared, as what is not a number equals nothing. */
static double arc_of(ca_arcs *arcs, double share)
{
    uint64_t bits;
    memcpy(&bits, &share, sizeof bits);
    size_t slot = (size_t)(bits * UINT64_C(0x9E3779B97F4A7C15) >> (64 - CA_ARC_BITS));
    if (arcs->shares[slot] != bits) {
        arcs->shares[slot] = bits;
        arcs->arcs[slot] = asin(sqrt(share));
    }
    return arcs->arcs[slot];
}

double ca_score_forward(const ca_score_feature *feature, const ca_score_column *column, ca_arcs *arcs, double value, double exposure)
{
    if (isnan(value))
        return value;
    switch (feature->transform) {
    case CA_SCORE_SHARE:
        return arc_of(arcs, (value * exposure + .375) / (exposure + .75));
    case CA_SCORE_LOG:
        return log((value > 0 ? value : 0) + column->shift);
    case CA_SCORE_ASINH:
        return asinh((value - column->shift) / column->scale);
    case CA_SCORE_PLAIN:
        break;
    }
    return value;
}

double ca_score_back(const ca_score_feature *feature, const ca_score_column *column, double x, double exposure)
{
    switch (feature->transform) {
    case CA_SCORE_SHARE: {
        double root = sin(fmax(0, fmin(x, HALF_PI)));
        return fmax(0, fmin(1, (root * root * (exposure + .75) - .375) / exposure));
    }
    case CA_SCORE_LOG:
        return fmax(0, exp(fmin(x, 70)) - column->shift);
    case CA_SCORE_ASINH:
        return sinh(fmax(-700, fmin(x, 700))) * column->scale + column->shift;
    case CA_SCORE_PLAIN:
        break;
    }
    return x;
}

/* Most medians lie clear of both ends, which costs no arc: asin(y) <= y + (pi / 2 - 1) y^3 from 0 to 1. */
double ca_score_nearest(const ca_score_feature *feature, double median, double exposure)
{
    if (feature->transform != CA_SCORE_SHARE || !(exposure > 0))
        return median;
    double root = sqrt(.375 / (exposure + .75)), beyond = (root + (HALF_PI - 1) * root * root * root) * (1 + CLEAR);
    if (median >= beyond && median <= HALF_PI - beyond - CLEAR)
        return median;
    double least = (double)(float)asin(root);
    if (median <= least)
        return least;
    double most = (double)(float)asin(sqrt((exposure + .375) / (exposure + .75)));
    return median > most ? most : median;
}
