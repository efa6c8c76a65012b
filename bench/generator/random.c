/* Random numbers by splitmix64, started from the seed, a purpose and an index. */
#include "generator/random.h"

uint64_t gen_mix(uint64_t value)
{
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
    return value ^ (value >> 31);
}

gen_random gen_random_for(uint64_t seed, gen_purpose purpose, uint64_t index)
{
    uint64_t start = gen_mix(seed * 16 + (uint64_t)purpose);

    return (gen_random){gen_mix(start + index * 0x9e3779b97f4a7c15u)};
}

uint64_t gen_next(gen_random *random)
{
    random->state += 0x9e3779b97f4a7c15u;
    return gen_mix(random->state);
}

static uint64_t next_half(gen_random *random)
{
    return gen_next(random) >> 32;
}

uint32_t gen_below(gen_random *random, uint32_t limit)
{
    return (uint32_t)((next_half(random) * limit) >> 32);
}

int32_t gen_between(gen_random *random, int32_t low, int32_t high)
{
    return low + (int32_t)gen_below(random, (uint32_t)(high - low) + 1);
}

bool gen_per_mille(gen_random *random, uint32_t share)
{
    return gen_below(random, 1000) < share;
}

uint32_t gen_skewed(gen_random *random, uint32_t limit)
{
    uint64_t part = next_half(random);

    part = (part * part) >> 32;
    return (uint32_t)((part * limit) >> 32);
}

uint32_t gen_very_skewed(gen_random *random, uint32_t limit)
{
    uint64_t whole = next_half(random);
    uint64_t part = (whole * whole) >> 32;

    part = (part * whole) >> 32;
    return (uint32_t)((part * limit) >> 32);
}
