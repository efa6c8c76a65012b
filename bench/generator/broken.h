/* Rows that a reader must refuse, of every kind in turn, with the count of each. */
#ifndef GEN_BROKEN_H
#define GEN_BROKEN_H

#include <stdint.h>

#include "generator/claim.h"
#include "generator/sink.h"
#include "generator/world.h"

#define GEN_BROKEN_KINDS 13

typedef struct gen_broken {
    uint64_t rows; /* written so far */
    uint64_t counts[GEN_BROKEN_KINDS];
} gen_broken;

/* Writes the claim's first line, broken in the way whose turn it is. */
void gen_write_broken(gen_broken *broken, const gen_world *world, const gen_claim *claim,
                      gen_sink *sink);
/* The table of kinds: kind, rows, rejects (records or lines that a reader must report). */
void gen_write_broken_counts(const gen_broken *broken, gen_sink *sink);

#endif
