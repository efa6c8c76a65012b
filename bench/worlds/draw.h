/* Random numbers of the usual families, exact (no normal approximation), from the integers of generator/random.h: the same
 * for a seed wherever the C library computes logarithms alike. */
#ifndef WORLD_DRAW_H
#define WORLD_DRAW_H

#include <stdint.h>

#include "generator/random.h"

/* A sequence of its own for each seed, purpose and index. */
gen_random world_random(uint64_t seed, uint64_t purpose, uint64_t index);

double draw_uniform(gen_random *random);                /* inside of 0 .. 1 */
double draw_normal(gen_random *random);                 /* mean 0, deviation 1 */
double draw_gamma(gen_random *random, double shape);    /* scale 1; shape > 0 */
double draw_beta(gen_random *random, double a, double b);
uint32_t draw_binomial(gen_random *random, uint32_t n, double p);
uint32_t draw_poisson(gen_random *random, double mean);     /* mean up to 1e8 */

#endif
