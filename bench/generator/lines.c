/* Draws the lines of a claim: services, drugs, units and money. */
#include "generator/claim.h"

#include <string.h>

#include "generator/text.h"

#define CODE_TRIES 60

/* charge >= allowed >= paid; a few are paid as charged, a few not at all. */
void gen_draw_money(gen_random *random, int64_t price, gen_line *line)
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
static const char *place_of(const gen_claim *claim, const char *revenue)
{
    if (claim->setting == GEN_WARD)
        return "21";
    if (claim->setting == GEN_CLINIC)
        return strncmp(revenue, "045", 3) == 0 ? "23" : "22";
    if (revenue[0] == '\0')
        return "11";
    return revenue[1] == '2' || (revenue[1] == '5' && revenue[2] >= '4') ? "12" : "11";
}

gen_line *gen_add_service(gen_random *random, gen_claim *claim, const char *procedure,
                          const char *revenue, int32_t units, int32_t price)
{
    gen_line *line = &claim->lines[claim->line_count++];

    *line = (gen_line){.procedure = procedure, .modifiers = "", .revenue = ""};
    line->service_date = draw_service_date(random, claim);
    line->performer = claim->practitioner;
    line->prescriber = GEN_NOBODY;
    line->revenue = (claim->setting & GEN_HOSPITAL) != 0 ? revenue : "";
    line->place = place_of(claim, revenue);
    line->units = units;
    gen_draw_money(random, price, line);
    return line;
}

static void draw_service(gen_random *random, gen_claim *claim)
{
    const gen_procedure *procedure = draw_procedure(random, claim);
    gen_line *line;

    if (procedure == NULL)
        return;
    line = gen_add_service(random, claim, procedure->code, procedure->revenue,
                           1 + (int32_t)gen_very_skewed(random, (uint32_t)procedure->most),
                           procedure->price);
    line->modifiers = draw_modifiers(random);
}

/* A stay's first line is its room; the others are charge centres without a procedure code. */
static void draw_ward_line(gen_random *random, gen_claim *claim)
{
    uint32_t count;
    const gen_charge_centre *all = gen_charge_centres(&count);
    const gen_charge_centre *centre = &all[gen_skewed(random, count)];
    bool room = claim->line_count == 0;
    int32_t units = room ? claim->through_date - claim->from_date
                         : 1 + (int32_t)gen_below(random, (uint32_t)centre->most);
    gen_line *line = gen_add_service(random, claim, "", room ? "0120" : centre->revenue, units,
                                     room ? 121500 : centre->price);

    if (room)
        line->service_date = claim->from_date;
}

gen_line *gen_add_fill(gen_random *random, gen_claim *claim, uint32_t drug, int32_t days)
{
    uint64_t trait = gen_mix(drug);
    gen_line *line = &claim->lines[claim->line_count++];

    *line = (gen_line){.procedure = "", .modifiers = "", .revenue = "", .drug = drug};
    line->service_date = claim->from_date;
    line->performer = GEN_NOBODY;
    line->prescriber = claim->practitioner;
    line->place = "01";
    line->days_supply = days;
    line->quantity = days * (int32_t)(1 + trait % 3);
    line->units = 1;
    gen_draw_money(random, (int64_t)(3 + trait / 7 % 240) * line->quantity / 2 + 150, line);
    return line;
}

static void draw_drug_line(gen_random *random, gen_claim *claim)
{
    static const int32_t supplies[] = {30, 30, 90, 30, 10, 7, 60, 5};
    uint32_t drug = 1 + claim->drug_kind + 10 * gen_very_skewed(random, GEN_DRUGS / 10);

    for (uint32_t i = 0; i < claim->line_count; i++) {
        if (claim->lines[i].drug == drug)
            return;
    }
    gen_add_fill(random, claim, drug, supplies[gen_below(random, 8)]);
}

void gen_part_charges(gen_claim *claim)
{
    for (uint32_t i = 1; i < claim->line_count; i++) {
        for (uint32_t j = 0; j < i; j++) {
            if (claim->lines[i].charge == claim->lines[j].charge) {
                claim->lines[i].charge++;
                j = UINT32_MAX; /* from the beginning */
            }
        }
    }
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
