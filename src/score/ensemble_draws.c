/* Random numbers of the ensemble: each is a hash of what it is for, so that no order of drawing can change another. */
#include "score/ensemble_parts.h"

#define GOLDEN UINT64_C(0x9E3779B97F4A7C15)

/* The finalizer of SplitMix64 (Steele, Lea and Flood, Fast Splittable Pseudorandom Number Generators, 2014). */
static uint64_t mixed(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

ca_draws ca_draws_of(uint64_t seed, ca_draw_purpose purpose, uint64_t tree, uint64_t node)
{
    uint64_t key = mixed(seed + GOLDEN);
    key = mixed(key ^ (uint64_t)purpose * GOLDEN);
    key = mixed(key + tree * GOLDEN);
    return (ca_draws){.key = mixed(key ^ (node + 1) * GOLDEN)};
}

static uint64_t draw(ca_draws *draws)
{
    return mixed(draws->key + ++draws->count * GOLDEN);
}

size_t ca_draw_below(ca_draws *draws, size_t limit)
{
    return (size_t)(((draw(draws) >> 32) * (uint64_t)limit) >> 32);
}

double ca_draw_unit(ca_draws *draws)
{
    return (double)(draw(draws) >> 11) / 9007199254740992.0;
}

static bool is_among(const size_t *numbers, size_t count, size_t number)
{
    for (size_t i = 0; i < count; i++)
        if (numbers[i] == number)
            return true;
    return false;
}

/* Floyd's way (Bentley and Floyd, A Sample of Brilliance, 1987). */
void ca_draw_distinct(ca_draws *draws, size_t limit, size_t count, size_t *ret_numbers)
{
    for (size_t i = 0; i < count; i++) {
        size_t last = limit - count + i;
        size_t number = ca_draw_below(draws, last + 1);
        ret_numbers[i] = is_among(ret_numbers, i, number) ? last : number;
    }
}
