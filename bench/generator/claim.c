/* Draws the header of a claim: kind, dates, providers, diagnoses and operations; and the patient,
 * for a claim that wants a certain one. */
#include "generator/claim.h"

#include <string.h>

#include "generator/text.h"

#define PATIENT_TRIES   20000
#define CODE_TRIES      400
#define COMMON_CODE     "N390"  /* fits every sex, age and setting */
#define NEEDS_SECONDARY "Z5189" /* the one code that is acceptable only beside another */

static unsigned draw_setting(gen_random *random)
{
    uint32_t share = gen_below(random, 1000);

    return share < 520   ? GEN_OFFICE
           : share < 780 ? GEN_CLINIC
           : share < 802 ? GEN_WARD
                         : GEN_COUNTER;
}

static void draw_dates(const gen_world *world, gen_random *random, gen_claim *claim)
{
    int32_t last = world->last_day;
    int32_t from = gen_between(random, world->first_day, last - 30);
    int32_t nights = 0;

    /* 1970-01-01 was a Thursday; offices are closed on most Sundays. */
    if (claim->setting == GEN_OFFICE && (from + 4) % 7 == 0 && !gen_per_mille(random, 50))
        from++;
    if (claim->setting == GEN_WARD)
        nights = 1 + (int32_t)gen_very_skewed(random, 24);
    else if (claim->setting != GEN_COUNTER && gen_per_mille(random, 90))
        nights = gen_between(random, 1, claim->setting == GEN_CLINIC ? 2 : 6);
    claim->from_date = from;
    claim->through_date = from + nights;
}

static bool age_fits(const gen_claim *claim, int32_t low, int32_t high)
{
    const gen_patient *patient = &claim->patient;

    if (low == 0 && high >= GEN_AGE_MAX)
        return true;
    return patient->birth != GEN_NO_DATE && gen_age(patient->birth, claim->from_date) >= low &&
           gen_age(patient->birth, claim->through_date) <= high;
}

/* Sets a claim after the death of its patient; the stay or visit keeps its length. */
static void move_after_death(gen_random *random, gen_claim *claim)
{
    int32_t nights = claim->through_date - claim->from_date;

    claim->from_date = claim->patient.death + gen_between(random, 1, 30);
    claim->through_date = claim->from_date + nights;
}

static bool patient_fits(const gen_world *world, gen_random *random, const gen_want *want,
                         gen_claim *claim)
{
    const gen_patient *patient = &claim->patient;

    if (want->sex != 0 && patient->sex != want->sex)
        return false;
    if (want->dead) {
        if (patient->death == GEN_NO_DATE)
            return false;
        move_after_death(random, claim);
        return claim->through_date <= world->last_day;
    }
    if (patient->birth != GEN_NO_DATE && patient->birth > claim->from_date)
        return false;
    if (patient->death != GEN_NO_DATE && patient->death < claim->through_date)
        return false;
    return age_fits(claim, want->low, want->high);
}

static bool draw_patient(const gen_world *world, uint32_t person, gen_random *random,
                         const gen_want *want, gen_claim *claim)
{
    for (unsigned tries = 0; tries < PATIENT_TRIES; tries++) {
        gen_anybody(random, world, person, &claim->patient);
        if (patient_fits(world, random, want, claim))
            return true;
    }
    return false;
}

/* Most people go to the same few; the rest goes anywhere. */
static uint32_t draw_place(gen_random *random, uint32_t patient, uint32_t salt, uint32_t count)
{
    if (gen_per_mille(random, 300))
        return gen_skewed(random, count);
    return (uint32_t)(gen_mix(((uint64_t)patient << 8) + salt) % count);
}

static void draw_providers(const gen_world *world, gen_random *random, gen_claim *claim)
{
    uint32_t patient = claim->patient.number;

    claim->practitioner = draw_place(random, patient, 1, world->practitioners);
    claim->hospital = GEN_NOBODY;
    if ((claim->setting & GEN_HOSPITAL) != 0) {
        claim->hospital = draw_place(random, patient, 2, world->hospitals);
        claim->biller_kind = GEN_HOSPITAL_PROVIDER;
        claim->biller = claim->hospital;
    } else if (claim->setting == GEN_COUNTER) {
        claim->biller_kind = GEN_PHARMACY;
        claim->biller = draw_place(random, patient, 3, world->pharmacies);
    } else {
        claim->biller_kind = GEN_GROUP;
        claim->biller = gen_group_of(world, claim->practitioner);
    }
}

bool gen_claim_has_diagnosis(const gen_claim *claim, const char *code)
{
    if (strcmp(claim->principal, code) == 0)
        return true;
    for (uint32_t i = 0; i < claim->other_count; i++) {
        if (strcmp(claim->others[i], code) == 0)
            return true;
    }
    return false;
}

static bool diagnosis_fits(const gen_diagnosis *diagnosis, const gen_claim *claim)
{
    return (diagnosis->settings & claim->setting) != 0 &&
           (diagnosis->sex == 0 || diagnosis->sex == claim->patient.sex) &&
           age_fits(claim, diagnosis->low, diagnosis->high) &&
           !gen_claim_has_diagnosis(claim, diagnosis->code);
}

static const char *draw_principal(gen_random *random, const gen_claim *claim)
{
    uint32_t count;
    const gen_diagnosis *all = gen_diagnoses(&count);

    for (unsigned tries = 0; tries < CODE_TRIES; tries++) {
        const gen_diagnosis *one = &all[gen_very_skewed(random, count)];

        if (one->role <= GEN_NEEDS_SECONDARY && diagnosis_fits(one, claim))
            return one->code;
    }
    return COMMON_CODE;
}

/* External causes stand beside an injury only. */
static void draw_other(gen_random *random, bool external, gen_claim *claim)
{
    uint32_t count;
    const gen_diagnosis *all = gen_diagnoses(&count);

    for (unsigned tries = 0; tries < CODE_TRIES; tries++) {
        const gen_diagnosis *one =
            &all[external ? gen_below(random, count) : gen_very_skewed(random, count)];

        if ((one->role == GEN_EXTERNAL) == external && diagnosis_fits(one, claim)) {
            claim->others[claim->other_count++] = one->code;
            return;
        }
    }
}

static void draw_diagnoses(gen_random *random, gen_claim *claim)
{
    uint32_t wanted = 0;

    claim->principal = "";
    claim->other_count = 0;
    if (claim->setting == GEN_COUNTER)
        return;
    claim->principal = draw_principal(random, claim);
    wanted = claim->setting == GEN_WARD ? 2 + gen_below(random, 7) : gen_very_skewed(random, 5);
    for (uint32_t i = 0; i < wanted; i++)
        draw_other(random, false, claim);
    if ((claim->principal[0] == 'S' || claim->principal[0] == 'T') && gen_per_mille(random, 600))
        draw_other(random, true, claim);
    if (claim->other_count == 0 && strcmp(claim->principal, NEEDS_SECONDARY) == 0)
        claim->principal = COMMON_CODE;
}

static void draw_operations(gen_random *random, gen_claim *claim)
{
    uint32_t count;
    const gen_operation *all = gen_operations(&count);
    uint32_t wanted = claim->setting == GEN_WARD ? gen_below(random, 4) : 0;

    claim->operation_count = 0;
    for (unsigned tries = 0; tries < CODE_TRIES && claim->operation_count < wanted; tries++) {
        const gen_operation *one = &all[gen_skewed(random, count)];
        bool again = claim->operation_count > 0 &&
                     strcmp(claim->operations[claim->operation_count - 1], one->code) == 0;

        if (!again && (one->sex == 0 || one->sex == claim->patient.sex) &&
            age_fits(claim, one->low, GEN_AGE_MAX))
            claim->operations[claim->operation_count++] = one->code;
    }
}

void gen_begin_claim(const gen_world *world, gen_random *random, gen_claim *claim)
{
    int32_t wait = gen_between(random, 1, 20);

    claim->status = "";
    claim->undone = 0;
    claim->admission_date = claim->setting == GEN_WARD ? claim->from_date : GEN_NO_DATE;
    claim->discharge_date = claim->setting == GEN_WARD ? claim->through_date : GEN_NO_DATE;
    claim->received_date = claim->through_date + wait;
    claim->paid_date = claim->received_date + gen_between(random, 4, 25);
    draw_providers(world, random, claim);
    claim->principal = "";
    claim->other_count = 0;
    claim->operation_count = 0;
    claim->line_count = 0;
}

void gen_fill_claim(const gen_world *world, gen_random *random, gen_claim *claim)
{
    gen_begin_claim(world, random, claim);
    draw_diagnoses(random, claim);
    draw_operations(random, claim);
    gen_draw_lines(random, claim);
}

bool gen_draw_claim(const gen_world *world, uint32_t person, const gen_want *want,
                    gen_random *random, gen_claim *ret_claim)
{
    gen_claim *claim = ret_claim;

    do
        claim->setting = draw_setting(random);
    while ((claim->setting & want->settings) == 0);
    claim->drug_kind = gen_below(random, 10);
    draw_dates(world, random, claim);
    if (!draw_patient(world, person, random, want, claim))
        return false;
    gen_fill_claim(world, random, claim);
    gen_part_charges(claim);
    return true;
}
