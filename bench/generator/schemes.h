/* Planted schemes and near misses. Each is played on a stage of its own: people who take part in
 * nothing else, so that a scheme is exactly what was planted, and a near miss exactly none. */
#ifndef GEN_SCHEMES_H
#define GEN_SCHEMES_H

#include <stdbool.h>
#include <stdint.h>

#include "generator/claim.h"
#include "generator/random.h"
#include "generator/sink.h"
#include "generator/world.h"

#define GEN_NOTE_MAX     96
#define GEN_STAGE_CLAIMS 24
#define GEN_LABELS_MAX   GEN_LINES_MAX
#define GEN_REFS_MAX     24
#define GEN_WHOLE_CLAIM  UINT32_MAX

/* A line or claim in a finding, with its part in it: line, claim, a, b, copy, original, event. */
typedef struct gen_ref {
    const char *role;
    uint32_t claim; /* index on the stage */
    uint32_t line;  /* index in the claim or GEN_WHOLE_CLAIM */
} gen_ref;

/* One finding that must be made; `subject` is the line or claim it is about. */
typedef struct gen_label {
    gen_ref subject;
    gen_ref refs[GEN_REFS_MAX];
    uint32_t ref_count;
    char note[GEN_NOTE_MAX];
} gen_label;

typedef struct gen_scheme gen_scheme;

typedef struct gen_stage {
    const gen_world *world;
    const gen_scheme *scheme;
    uint64_t number;
    uint32_t variant; /* counts up each time the scheme is played */
    gen_random random;
    int32_t day; /* in the middle of the period */
    gen_patient people[GEN_STAGE_PEOPLE];
    uint32_t people_count;
    uint32_t doctor_count; /* practitioners of this stage only that are in use */
    gen_claim claims[GEN_STAGE_CLAIMS];
    uint32_t claim_count;
    bool
        own_number[GEN_STAGE_CLAIMS]; /* false: the number of the claim that it replaces or voids */
    uint32_t partner[GEN_STAGE_CLAIMS]; /* the claim that is replaced or voided */
    gen_label labels[GEN_LABELS_MAX];
    uint32_t label_count;
} gen_stage;

struct gen_scheme {
    const char *name;
    const char *rule_id;
    const char *edge; /* what a near miss misses by; NULL for the scheme itself */
    bool (*play)(gen_stage *stage);
};

/* The tables, one for each topic; gen_line_schemes need one line or claim only. */
const gen_scheme *gen_line_schemes(uint32_t *ret_count);
const gen_scheme *gen_copy_schemes(uint32_t *ret_count);
const gen_scheme *gen_stay_schemes(uint32_t *ret_count);
const gen_scheme *gen_volume_schemes(uint32_t *ret_count);
const gen_scheme *gen_drug_schemes(uint32_t *ret_count);
const gen_scheme *gen_edit_schemes(uint32_t *ret_count);

/* Stages after which all have come round: each near miss once and each scheme twice. */
uint32_t gen_stage_round(void);
/* Plays stage `number`. false when nobody was found who is fit for it; the next one may be. */
bool gen_play(const gen_world *world, uint64_t number, gen_stage *ret_stage);
void gen_write_stage(const gen_stage *stage, gen_sink *claims, gen_sink *labels,
                     gen_sink *near_misses);
uint32_t gen_stage_lines(const gen_stage *stage);
/* People and doctors of a stage, as rows of the fact files. */
void gen_write_stage_people(const gen_stage *stage, gen_sink *sink);
void gen_write_stage_doctors(const gen_stage *stage, gen_sink *sink);
const char *gen_labels_header(void);
const char *gen_near_misses_header(void);

#endif
