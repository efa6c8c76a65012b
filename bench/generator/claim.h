/* One claim with its lines, drawn so that none of the shipped rules has anything to say about it.
 */
#ifndef GEN_CLAIM_H
#define GEN_CLAIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "generator/codes.h"
#include "generator/random.h"
#include "generator/world.h"

#define GEN_LINES_MAX      20
#define GEN_DIAGNOSES_MAX  12
#define GEN_OPERATIONS_MAX 5
#define GEN_AGE_MAX        120
#define GEN_NOBODY         UINT32_MAX
#define GEN_ROW_MAX        2048 /* a row of claims.csv is far shorter */
#define GEN_DRUGS          400  /* 40 of each kind, the last digit of the number */
#define GEN_CONTROLLED     10000
#define GEN_CONTROLLED_MAX 20
#define GEN_SHORT_COURSE   20000 /* of the world of Harbin: one drug in boxes, */
#define GEN_DEAR           30000 /* and costly ones for long courses */

/* Optional cells that a line leaves empty, as bits. */
#define GEN_NO_PERFORMER  1u
#define GEN_NO_PLACE      2u
#define GEN_NO_ALLOWED    4u
#define GEN_NO_REVENUE    8u
#define GEN_NO_PRESCRIBER 16u
#define GEN_NO_DAYS       32u

typedef struct gen_line {
    int32_t service_date;
    uint32_t performer;    /* practitioner or GEN_NOBODY */
    const char *procedure; /* "" where there is none, as all texts here */
    const char *modifiers;
    const char *revenue;
    const char *place;
    uint32_t prescriber; /* practitioner or GEN_NOBODY */
    uint32_t drug;       /* number of the drug, 0 for none; GEN_CONTROLLED + 1 to 20; of Harbin */
    int32_t units;
    int32_t days_supply;
    int32_t quantity;
    int64_t charge; /* cents */
    int64_t allowed;
    int64_t paid;
    unsigned missing;
} gen_line;

typedef struct gen_claim {
    uint64_t number;
    const char *status;       /* "" for an original */
    uint64_t undone;          /* number of the claim that a void undoes */
    unsigned drug_kind;       /* 0 to 9: ordinary drugs of this claim are of this kind */
    unsigned setting; /* GEN_OFFICE, GEN_CLINIC, GEN_WARD or GEN_COUNTER */
    gen_patient patient;
    gen_provider_kind biller_kind;
    uint32_t biller;
    uint32_t hospital; /* or GEN_NOBODY */
    uint32_t practitioner;
    int32_t from_date;
    int32_t through_date;
    int32_t admission_date;
    int32_t discharge_date;
    int32_t received_date;
    int32_t paid_date;
    const char *principal;
    const char *others[GEN_DIAGNOSES_MAX];
    uint32_t other_count;
    const char *operations[GEN_OPERATIONS_MAX];
    uint32_t operation_count;
    gen_line lines[GEN_LINES_MAX];
    uint32_t line_count;
} gen_claim;

/* What a claim must be so that a scheme can be planted in it. */
typedef struct gen_want {
    unsigned settings; /* any of these */
    char sex;          /* M, F, or 0 for any */
    int32_t low;       /* age from the first to the last day of the claim; */
    int32_t high;      /* GEN_AGE_MAX and 0 below: any, also unknown */
    bool dead;         /* the patient died before the claim */
} gen_want;

/* A claim of a person who fits and takes part in nothing else; false when none is found. */
bool gen_draw_claim(const gen_world *world, uint32_t person, const gen_want *want,
                    gen_random *random, gen_claim *ret_claim);
/* All that is left when setting, patient and dates are settled; providers are drawn, too. */
void gen_fill_claim(const gen_world *world, gen_random *random, gen_claim *claim);
/* Providers, dates of stay and payment, of a claim whose setting, patient and dates are settled;
 * no diagnoses and no lines. */
void gen_begin_claim(const gen_world *world, gen_random *random, gen_claim *claim);
/* Fills the lines; called by gen_fill_claim when all else is settled. */
void gen_draw_lines(gen_random *random, gen_claim *claim);
/* A line with a code, in the claim's way, and paid as the price says; the claim has room. */
gen_line *gen_add_service(gen_random *random, gen_claim *claim, const char *procedure,
                          const char *revenue, int32_t units, int32_t price);
gen_line *gen_add_fill(gen_random *random, gen_claim *claim, uint32_t drug, int32_t days);
void gen_draw_money(gen_random *random, int64_t price, gen_line *line);
/* No two lines of a claim have the same charge: what is charged tells them apart. */
void gen_part_charges(gen_claim *claim);

bool gen_claim_has_diagnosis(const gen_claim *claim, const char *code);
const char *gen_claim_type(const gen_claim *claim);

/* The header of claims.csv, and one row with its line end; both return the place after it. */
const char *gen_claim_header(void);
char *gen_put_row(char *at, const gen_world *world, const gen_claim *claim, uint32_t line);

#endif
