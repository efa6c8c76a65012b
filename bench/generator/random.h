/* Random numbers that are the same for a seed on every machine: integers only, and any claim can be
 * drawn without drawing those before it. */
#ifndef GEN_RANDOM_H
#define GEN_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

typedef struct gen_random {
    uint64_t state;
} gen_random;

/* What a number is drawn for; two purposes never share a sequence. */
typedef enum gen_purpose {
    GEN_FOR_PATIENT = 1,
    GEN_FOR_PROVIDER,
    GEN_FOR_CLAIM,
    GEN_FOR_SCHEME,
    GEN_FOR_SLOT,
    GEN_FOR_BROKEN,
    GEN_FOR_NAMES,
    GEN_FOR_INSURANCE,
    GEN_FOR_COMMUNITY,
    GEN_FOR_HARBIN,
    GEN_FOR_VISITS,
    GEN_FOR_RING
} gen_purpose;

uint64_t gen_mix(uint64_t value);
gen_random gen_random_for(uint64_t seed, gen_purpose purpose, uint64_t index);
uint64_t gen_next(gen_random *random);
uint32_t gen_below(gen_random *random, uint32_t limit);             /* 0 .. limit - 1 */
int32_t gen_between(gen_random *random, int32_t low, int32_t high); /* both included */
bool gen_per_mille(gen_random *random, uint32_t share);
uint32_t gen_skewed(gen_random *random, uint32_t limit);      /* a few are frequent */
uint32_t gen_very_skewed(gen_random *random, uint32_t limit); /* near to Zipf's law */

#endif
