/* The codes that generated claims use, each with the people and places it fits. */
#ifndef GEN_CODES_H
#define GEN_CODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "generator/random.h"

/* Where a code may stand, as bits. */
#define GEN_OFFICE     1u /* professional claims */
#define GEN_CLINIC     2u /* outpatient claims */
#define GEN_WARD       4u /* inpatient claims */
#define GEN_COUNTER    8u /* pharmacy claims */
#define GEN_AMBULATORY (GEN_OFFICE | GEN_CLINIC)
#define GEN_HOSPITAL   (GEN_CLINIC | GEN_WARD)
#define GEN_ANYWHERE   (GEN_OFFICE | GEN_CLINIC | GEN_WARD)

/* The age group an official editor binds a diagnosis to. */
typedef enum gen_age_group {
    GEN_ALL_AGES,
    GEN_NEWBORN,    /* 0 */
    GEN_PAEDIATRIC, /* 0 to 17 */
    GEN_MATERNITY,  /* 9 to 64 */
    GEN_ADULT       /* 15 to 124 */
} gen_age_group;

/* What an official editor says of a diagnosis as the principal one. */
typedef enum gen_role {
    GEN_PLAIN,
    GEN_NEEDS_SECONDARY,
    GEN_UNACCEPTABLE,
    GEN_MANIFESTATION,
    GEN_EXTERNAL
} gen_role;

typedef struct gen_diagnosis {
    char code[8];
    char sex; /* M or F when only for them, else 0 */
    gen_age_group age;
    gen_role role;
    int32_t low; /* the ages at which we give it; narrower than the editor's */
    int32_t high;
    unsigned settings;
    int32_t valid_from; /* 20151001 */
} gen_diagnosis;

/* A code that is not valid throughout the generated period. */
typedef struct gen_dated_code {
    char code[8];
    int32_t valid_from; /* 0 for a code that never was */
    int32_t valid_to;   /* 0 for none */
} gen_dated_code;

typedef struct gen_procedure {
    char code[6];
    char revenue[5];
    int32_t price; /* cents a unit */
    char sex;
    int32_t low;  /* youngest age */
    int32_t most; /* units */
    unsigned settings;
} gen_procedure;

typedef struct gen_operation {
    char code[8]; /* ICD-10-PCS */
    char sex;
    int32_t low;
} gen_operation;

typedef struct gen_charge_centre {
    char revenue[5];
    int32_t price; /* cents a unit */
    int32_t most;
} gen_charge_centre;

/* Tables are ordered by frequency. Each returns its first row and the number of rows. */
const gen_diagnosis *gen_diagnoses(uint32_t *ret_count);
const gen_dated_code *gen_dated_codes(uint32_t *ret_count);
const gen_procedure *gen_procedures(uint32_t *ret_count);
const gen_operation *gen_operations(uint32_t *ret_count);
const gen_charge_centre *gen_charge_centres(uint32_t *ret_count);

/* Whether the editor's age group admits an age. */
bool gen_age_admitted(gen_age_group group, int32_t age);
const char *gen_age_group_name(gen_age_group group);

#endif
