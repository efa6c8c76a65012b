/* The insured and the providers. Nothing is stored: each is derived from the seed and its number.
 */
#ifndef GEN_WORLD_H
#define GEN_WORLD_H

#include <stdint.h>

#include "generator/random.h"
#include "generator/sink.h"

typedef struct gen_world {
    uint64_t seed;
    int32_t first_day; /* of the claims' period */
    int32_t last_day;
    uint32_t patients;
    uint32_t practitioners;
    uint32_t groups;
    uint32_t hospitals;
    uint32_t pharmacies;
} gen_world;

typedef struct gen_patient {
    uint32_t number;
    char sex;      /* M, F, X, or 0 for unknown */
    int32_t birth; /* GEN_NO_DATE for unknown */
    int32_t death; /* GEN_NO_DATE for none */
} gen_patient;

typedef enum gen_provider_kind {
    GEN_PRACTITIONER,
    GEN_GROUP,
    GEN_HOSPITAL_PROVIDER,
    GEN_PHARMACY
} gen_provider_kind;

/* `providers` are divided among the kinds; at least a few of each. */
void gen_world_init(gen_world *world, uint64_t seed, uint32_t patients, uint32_t providers);
void gen_patient_at(const gen_world *world, uint32_t number, gen_patient *ret_patient);
/* The group a practitioner bills through. */
uint32_t gen_group_of(const gen_world *world, uint32_t practitioner);

char *gen_put_patient_id(char *at, const gen_world *world, uint32_t number);
char *gen_put_provider_id(char *at, const gen_world *world, gen_provider_kind kind,
                          uint32_t number);
char *gen_put_claim_id(char *at, const gen_world *world, uint64_t number);

void gen_write_patients(const gen_world *world, gen_sink *sink);
void gen_write_providers(const gen_world *world, gen_sink *sink);
/* The diagnoses in use, as an official table writes them: code, from, to, flags. */
void gen_write_diagnosis_codes(gen_sink *sink);

#endif
