/* What one patient goes through in one stretch of days: one to three claims that belong together.
 *
 * Every patient has 50 stretches, ten times four of a week and one of four weeks, and no two
 * episodes share one. So whatever the size of the output, claims of different episodes of a patient
 * are at least two days apart, stays at least 30 days, and what may happen in which stretch bounds
 * the periods that rules look at. */
#ifndef GEN_EPISODE_H
#define GEN_EPISODE_H

#include <stdbool.h>
#include <stdint.h>

#include "generator/claim.h"
#include "generator/world.h"

typedef struct gen_stretch {
    uint32_t patient;
    uint32_t ordinal; /* of the patient's episodes, in no order of time */
    uint32_t round;   /* 0 to 9: of eight weeks */
    uint32_t place;   /* 0 to 3: a week; 4: the long one */
    int32_t first;    /* days in it */
    int32_t last;
} gen_stretch;

typedef struct gen_episode {
    gen_claim claims[GEN_EPISODE_CLAIMS];
    uint32_t count;
} gen_episode;

/* Episodes from this number on are empty: the patients have no stretch left. */
uint64_t gen_episode_limit(const gen_world *world);
/* Episode `number`, empty when its patient is not alive then. Its claims trip no shipped rule,
 * alone or together with those of all other episodes. */
void gen_draw_episode(const gen_world *world, uint64_t number, gen_episode *ret_episode);
/* One claim of somebody, for a row that is going to be broken. */
void gen_draw_for_broken(const gen_world *world, uint64_t number, gen_claim *ret_claim);

/* A line or two with codes that rules of several lines ask for, below their limits (extras.c). */
void gen_add_extras(const gen_world *world, const gen_stretch *stretch, gen_random *random,
                    gen_claim *claim);

#endif
