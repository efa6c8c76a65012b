/* Marsaglia and Tsang (2000) for gamma; binomial and Poisson numbers are split by an order statistic until they are small
 * (Devroye 1986, X.4.3; Ahrens and Dieter 1974), so that they take logarithmic time and are exact. */
#include "worlds/draw.h"

#include <math.h>

#define SMALL 16

gen_random world_random(uint64_t seed, uint64_t purpose, uint64_t index)
{
    uint64_t start = gen_mix(gen_mix(seed + 0x5c02e5) + purpose * 0xd1342543de82ef95u);

    return (gen_random){gen_mix(start + index * 0x9e3779b97f4a7c15u)};
}

double draw_uniform(gen_random *random)
{
    return ((double)(gen_next(random) >> 12) + 0.5) / 4503599627370496.0;
}

double draw_normal(gen_random *random)
{
    double radius = sqrt(-2 * log(draw_uniform(random)));

    return radius * cos(6.283185307179586 * draw_uniform(random));
}

double draw_gamma(gen_random *random, double shape)
{
    if (shape < 1)
        return draw_gamma(random, shape + 1) * pow(draw_uniform(random), 1 / shape);
    double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double x = draw_normal(random), v = 1 + c * x;
        if (v <= 0)
            continue;
        v = v * v * v;
        if (log(draw_uniform(random)) < 0.5 * x * x + d - d * v + d * log(v))
            return d * v;
    }
}

double draw_beta(gen_random *random, double a, double b)
{
    double x = draw_gamma(random, a), y = draw_gamma(random, b);

    return x + y > 0 ? x / (x + y) : a / (a + b);
}

uint32_t draw_binomial(gen_random *random, uint32_t n, double p)
{
    uint32_t found = 0;

    while (n > SMALL) {     /* the i-th smallest of n uniform numbers tells how many lie on its side */
        uint32_t i = n / 2 + 1;
        double middle = draw_beta(random, i, n + 1 - i);
        if (middle <= p) {
            found += i;
            n -= i;
            p = (p - middle) / (1 - middle);
        } else {
            n = i - 1;
            p = p / middle;
        }
    }
    for (uint32_t i = 0; i < n; i++)
        found += draw_uniform(random) < p;
    return found;
}

uint32_t draw_poisson(gen_random *random, double mean)
{
    uint32_t found = 0;

    while (mean > SMALL) {  /* when did the m-th event happen? */
        uint32_t m = (uint32_t)(mean * 7 / 8);
        double when = draw_gamma(random, m);
        if (when > mean)
            return found + draw_binomial(random, m - 1, mean / when);
        found += m;
        mean -= when;
    }
    double limit = exp(-mean);
    for (double product = draw_uniform(random); product > limit; product *= draw_uniform(random))
        found++;
    return found;
}
