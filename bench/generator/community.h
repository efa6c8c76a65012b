/* Pharmacies of one region whose sales of controlled drugs can be compared (CORE-0504): 31 that
 * sell at least 20 drugs in 2023, and one that sells 19. */
#ifndef GEN_COMMUNITY_H
#define GEN_COMMUNITY_H

#include <stdint.h>

#include "generator/claim.h"
#include "generator/sink.h"
#include "generator/world.h"

#define GEN_COMMUNITY_LINES 800 /* no community has more */
#define GEN_COMMUNITIES_MAX 20
#define GEN_SALES_MAX       2 /* claims of one patient */

typedef struct gen_sale {
    gen_claim claims[GEN_SALES_MAX];
    uint32_t count;
} gen_sale;

/* How many patients buy in a community, and what the n-th does: a visit and a purchase, or one of
 * them. */
uint32_t gen_sale_count(void);
void gen_draw_sale(const gen_world *world, uint32_t community, uint32_t n, gen_sale *ret_sale);
void gen_write_community_people(const gen_world *world, uint32_t community, gen_sink *sink);
/* Labels the pharmacies that stand out, or says by what they miss. */
void gen_label_community(const gen_world *world, uint32_t community, gen_sink *labels,
                         gen_sink *near_misses);

#endif
