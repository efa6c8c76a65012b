/* What the tables of schemes build with: people, claims, lines and labels on a stage. */
#ifndef GEN_STAGE_H
#define GEN_STAGE_H

#include "generator/schemes.h"

/* Whether the scheme in play is this near miss. */
bool gen_edge(const gen_stage *stage, const char *edge);
/* Whether what is planted has to be labelled: it is no near miss. */
bool gen_planted(const gen_stage *stage);

uint32_t gen_add_person(gen_stage *stage);
/* A practitioner who does nothing off this stage. */
uint32_t gen_add_doctor(gen_stage *stage);
/* An original claim without lines. One after the other they are received and paid later, and have
 * ascending ids, so that "the later one" is the same by any of these. */
gen_claim *gen_add_claim(gen_stage *stage, uint32_t person, unsigned setting, int32_t day);
gen_claim *gen_add_stay(gen_stage *stage, uint32_t person, uint32_t hospital, int32_t day,
                        int32_t nights);
/* A paid line on the claim's first day; price in cents a unit. */
gen_line *gen_stage_line(gen_claim *claim, const char *procedure, int32_t units, int32_t price);
/* A paid line at a random price. */
gen_line *gen_any_line(gen_stage *stage, gen_claim *claim, const char *procedure, int32_t units);
gen_line *gen_stage_fill(gen_stage *stage, gen_claim *claim, uint32_t drug, int32_t days);
/* A copy of a claim as another one, received and paid later. */
gen_claim *gen_copy_claim(gen_stage *stage, uint32_t claim);
void gen_set_doctor(gen_stage *stage, gen_claim *claim, uint32_t doctor);
void gen_set_hospital(gen_stage *stage, gen_claim *claim, uint32_t hospital);
void gen_move_claim(gen_claim *claim, int32_t days);

/* Takes a claim back by later rows: a void that names it, or, every other time, has its number. */
void gen_reverse(gen_stage *stage, uint32_t claim);
/* The same by a replacement of the same number, in which all days are 70 days later. */
void gen_replace(gen_stage *stage, uint32_t claim);
/* Plays the edges "reversed" and "replaced"; nothing on other stages. */
void gen_undo_for_edge(gen_stage *stage, uint32_t claim);

/* A label about a line (or GEN_WHOLE_CLAIM), to which lines with their roles are added. */
gen_label *gen_add_label(gen_stage *stage, uint32_t claim, uint32_t line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void gen_add_ref(gen_label *label, const char *role, uint32_t claim, uint32_t line);
/* Labels a pair of lines; the second is the one that is reported. */
void gen_label_pair(gen_stage *stage, uint32_t a, uint32_t line_a, uint32_t b, uint32_t line_b,
                    const char *note);
/* Labels all lines of the claims from the first to the last as one window. */
void gen_label_window(gen_stage *stage, uint32_t first, uint32_t last, const char *note);

#endif
