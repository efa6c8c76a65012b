/* Planted schemes: a clean claim changed in exactly one way that exactly one rule must find. */
#ifndef GEN_SCHEMES_H
#define GEN_SCHEMES_H

#include <stdbool.h>
#include <stdint.h>

#include "generator/claim.h"
#include "generator/random.h"
#include "generator/world.h"

#define GEN_NOTE_MAX 96

typedef struct gen_planted {
    const char *scheme;
    const char *rule_id;
    bool on_lines;  /* the finding names a line */
    uint32_t lines; /* bits of the lines it names */
    char note[GEN_NOTE_MAX];
} gen_planted;

uint32_t gen_scheme_count(void);
/* Draws claim `number` with a scheme in it; `turn` counts up and chooses scheme and variant in
 * turn. false when no patient of this world is fit for it. */
bool gen_plant(const gen_world *world, uint64_t number, uint32_t turn, gen_claim *ret_claim,
               gen_planted *ret_planted);

#endif
