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
    uint32_t communities; /* groups of pharmacies for comparison among peers */
} gen_world;

/* Beyond the counts above stand those who only take part in schemes: pharmacies of schemes, then
 * the pharmacies of each community; the people of each community, then those of each stage. */
#define GEN_STAGE_PHARMACIES     12
#define GEN_COMMUNITY_PHARMACIES 32
#define GEN_COMMUNITY_PEOPLE     128
#define GEN_STAGE_PEOPLE         4
#define GEN_STAGE_DOCTORS        2

/* Numbers of claims: four for each episode, then a range for each other use. */
#define GEN_EPISODE_CLAIMS    4u
#define GEN_STAGE_NUMBERS     6000000000u
#define GEN_BROKEN_NUMBERS    8000000000u
#define GEN_COMMUNITY_NUMBERS 9000000000u

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
void gen_world_init(gen_world *world, uint64_t seed, uint32_t patients, uint32_t providers,
                    uint32_t communities);
void gen_patient_at(const gen_world *world, uint32_t number, gen_patient *ret_patient);
/* A grown-up of working age who lives through the period: for schemes that ask nothing else. */
void gen_grown_up(gen_random *random, const gen_world *world, uint32_t number,
                  gen_patient *ret_patient);
/* Somebody of any kind, for schemes that ask for a certain one. */
void gen_anybody(gen_random *random, const gen_world *world, uint32_t number,
                 gen_patient *ret_patient);
/* The number of a person of a stage or of a community. */
uint32_t gen_stage_patient(const gen_world *world, uint64_t stage, uint32_t one);
uint32_t gen_community_patient(const gen_world *world, uint32_t community, uint32_t one);
uint32_t gen_community_pharmacy(const gen_world *world, uint32_t community, uint32_t one);
/* The group a practitioner bills through. */
uint32_t gen_group_of(const gen_world *world, uint32_t practitioner);

char *gen_put_patient_id(char *at, const gen_world *world, uint32_t number);
char *gen_put_provider_id(char *at, const gen_world *world, gen_provider_kind kind,
                          uint32_t number);
char *gen_put_claim_id(char *at, const gen_world *world, uint64_t number);

/* The header of the file, the people of the world, and one person of a scheme, or of a certain region. */
const char *gen_patients_header(void);
void gen_write_patients(const gen_world *world, gen_sink *sink);
void gen_write_patient(const gen_world *world, const gen_patient *patient, gen_sink *sink);
void gen_write_patient_of(const gen_world *world, const gen_patient *patient, uint32_t region, gen_sink *sink);
/* All providers but the doctors of stages. */
void gen_write_providers(const gen_world *world, gen_sink *sink);
void gen_write_provider(const gen_world *world, gen_sink *sink, gen_provider_kind kind,
                        uint32_t number);
/* One of a certain region, and group where it is a practitioner's. */
#define GEN_NO_GROUP UINT32_MAX
const char *gen_providers_header(void);
void gen_write_provider_of(const gen_world *world, gen_sink *sink, gen_provider_kind kind, uint32_t number, uint32_t region,
                           uint32_t group);
/* The diagnoses in use, as an official table writes them: code, from, to, flags. */
void gen_write_diagnosis_codes(gen_sink *sink);

#endif
