/* Draws the lines of a claim: services, drugs, units and money. */
#include "generator/claim.h"

#include <string.h>

#include "generator/text.h"

#define DRUG_COUNT 400u
#define CODE_TRIES 60

/* charge >= allowed >= paid; a few are paid as charged, a few not at all. */
static void draw_money(gen_random *random, int64_t price, gen_line *line)
{
    int64_t value = price * line->units;

    line->charge = value * gen_between(random, 110, 220) / 100;
    line->allowed = value * gen_between(random, 70, 105) / 100;
    if (gen_per_mille(random, 15))
        line->allowed = line->charge;
    line->paid = gen_per_mille(random, 350) ? line->allowed : line->allowed * 4 / 5;
    if (gen_per_mille(random, 20))
        line->paid = 0;
}

static int32_t draw_service_date(gen_random *random, const gen_claim *claim)
{
    return gen_between(random, claim->from_date, claim->through_date);
}

static bool procedure_fits(const gen_procedure *one, const gen_claim *claim)
{
    const gen_patient *patient = &claim->patient;

    if ((one->settings & claim->setting) == 0 || (one->sex != 0 && one->sex != patient->sex))
        return false;
    return one->low == 0 ||
           (patient->birth != GEN_NO_DATE && gen_age(patient->birth, claim->from_date) >= one->low);
}

static bool already_there(const gen_claim *claim, const char *procedure)
{
    for (uint32_t i = 0; i < claim->line_count; i++) {
        if (claim->lines[i].procedure == procedure)
            return true;
    }
    return false;
}

/* Each practice has its own usual services: the order of frequency is turned by its number. */
static const gen_procedure *draw_procedure(gen_random *random, const gen_claim *claim)
{
    uint32_t count;
    const gen_procedure *all = gen_procedures(&count);
    uint32_t turn = claim->line_count == 0 ? 0 : (uint32_t)(gen_mix(claim->practitioner) % 8) * 9;

    for (unsigned tries = 0; tries < CODE_TRIES; tries++) {
        const gen_procedure *one = &all[(gen_very_skewed(random, count) + turn) % count];

        if (procedure_fits(one, claim) && !already_there(claim, one->code))
            return one;
    }
    return NULL;
}

static const char *draw_modifiers(gen_random *random)
{
    static const char *const some[] = {"LT", "RT", "GT", "TC", "GA", "RT;GA", "GY", "Q6"};

    return gen_per_mille(random, 120) ? some[gen_skewed(random, 8)] : "";
}

/* 23 emergency room, 22 outpatient hospital, 12 home (supplies, ambulance, care at home), 11
 * office. */
static const char *place_of(const gen_claim *claim, const gen_procedure *procedure)
{
    const char *revenue = procedure->revenue;

    if (claim->setting == GEN_CLINIC)
        return strncmp(revenue, "045", 3) == 0 ? "23" : "22";
    return revenue[1] == '2' || (revenue[1] == '5' && revenue[2] >= '4') ? "12" : "11";
}

static void draw_service(gen_random *random, gen_claim *claim)
{
    const gen_procedure *procedure = draw_procedure(random, claim);
    gen_line *line = &claim->lines[claim->line_count];

    if (procedure == NULL)
        return;
    line->service_date = draw_service_date(random, claim);
    line->performer = claim->practitioner;
    line->procedure = procedure->code;
    line->modifiers = draw_modifiers(random);
    line->revenue = claim->setting == GEN_CLINIC ? procedure->revenue : "";
    line->place = place_of(claim, procedure);
    line->units = 1 + (int32_t)gen_very_skewed(random, (uint32_t)procedure->most);
    draw_money(random, procedure->price, line);
    claim->line_count++;
}

/* A stay's first line is its room; the others are charge centres without a procedure code. */
static void draw_ward_line(gen_random *random, gen_claim *claim)
{
    uint32_t count;
    const gen_charge_centre *all = gen_charge_centres(&count);
    const gen_charge_centre *centre = &all[gen_skewed(random, count)];
    gen_line *line = &claim->lines[claim->line_count];
    bool room = claim->line_count == 0;

    line->service_date = room ? claim->from_date : draw_service_date(random, claim);
    line->performer = claim->practitioner;
    line->revenue = room ? "0120" : centre->revenue;
    line->place = "21";
    line->units = room ? claim->through_date - claim->from_date
                       : 1 + (int32_t)gen_below(random, (uint32_t)centre->most);
    draw_money(random, room ? 121500 : centre->price, line);
    claim->line_count++;
}

static void draw_drug_line(gen_random *random, gen_claim *claim)
{
    static const int32_t supplies[] = {30, 30, 90, 30, 10, 7, 60, 5};
    gen_line *line = &claim->lines[claim->line_count];
    uint64_t trait;

    line->drug = 1 + gen_very_skewed(random, DRUG_COUNT);
    for (uint32_t i = 0; i < claim->line_count; i++) {
        if (claim->lines[i].drug == line->drug)
            return;
    }
    trait = gen_mix(line->drug);
    line->service_date = claim->from_date;
    line->performer = GEN_NOBODY;
    line->place = "01";
    line->days_supply = supplies[gen_below(random, 8)];
    line->quantity = line->days_supply * (int32_t)(1 + trait % 3);
    line->units = 1;
    draw_money(random, (int64_t)(3 + trait / 7 % 240) * line->quantity / 2 + 150, line);
    claim->line_count++;
}

/* Two of a hundred lines lack an optional cell. */
static unsigned draw_missing(gen_random *random, const gen_claim *claim)
{
    uint32_t which = gen_below(random, 3);

    if (!gen_per_mille(random, 20))
        return 0;
    if (claim->setting == GEN_COUNTER)
        return which == 0 ? GEN_NO_PRESCRIBER : which == 1 ? GEN_NO_DAYS : GEN_NO_ALLOWED;
    if (which == 0)
        return claim->setting == GEN_OFFICE ? GEN_NO_PLACE : GEN_NO_REVENUE;
    return which == 1 ? GEN_NO_PERFORMER : GEN_NO_ALLOWED;
}

static uint32_t draw_line_count(gen_random *random, const gen_claim *claim)
{
    switch (claim->setting) {
    case GEN_OFFICE:
        return 1 + gen_skewed(random, 6);
    case GEN_CLINIC:
        return 1 + gen_skewed(random, 15);
    case GEN_WARD:
        return 3 + gen_below(random, GEN_LINES_MAX - 2);
    default:
        return 1 + gen_skewed(random, 4);
    }
}

void gen_draw_lines(gen_random *random, gen_claim *claim)
{
    uint32_t wanted = draw_line_count(random, claim);

    claim->line_count = 0;
    for (uint32_t i = 0; i < wanted; i++) {
        uint32_t before = claim->line_count;

        claim->lines[before] = (gen_line){.procedure = "", .modifiers = "", .revenue = ""};
        if (claim->setting == GEN_WARD)
            draw_ward_line(random, claim);
        else if (claim->setting == GEN_COUNTER)
            draw_drug_line(random, claim);
        else
            draw_service(random, claim);
        if (claim->line_count > before)
            claim->lines[before].missing = draw_missing(random, claim);
    }
}
