/* Drugs: filled too early (CORE-0501), from many doctors and pharmacies (CORE-0502), under control
 * and without a visit (CORE-0503). */
#include "generator/stage.h"

#define SHOPPED 4 /* doctors, and pharmacies */

static bool play_refill(gen_stage *stage)
{
    static const int32_t supplies[] = {30, 90, 8};
    static const int32_t early[] = {22, 67, 5};
    uint32_t kind = gen_edge(stage, "replaced") ? 0 : stage->variant % 3;
    uint32_t person = gen_add_person(stage);
    uint32_t drug = 1 + gen_below(&stage->random, GEN_DRUGS);
    int32_t days = supplies[kind];
    int32_t after = early[kind] + (gen_edge(stage, "on_time") ? 1 : 0);
    gen_claim *claim = gen_add_claim(stage, person, GEN_COUNTER, stage->day);

    if (gen_edge(stage, "short_supply")) {
        days = 6;
        after = 1;
    }
    gen_stage_fill(stage, claim, drug, days);
    if (gen_edge(stage, "other_patient"))
        person = gen_add_person(stage);
    if (gen_edge(stage, "other_drug"))
        drug = drug % GEN_DRUGS + 1;
    claim = gen_add_claim(stage, person, GEN_COUNTER, stage->day + after);
    gen_stage_fill(stage, claim, drug, days);
    gen_label_pair(stage, 0, 0, 1, 0, "filled again too early");
    gen_undo_for_edge(stage, 0);
    return true;
}

static gen_claim *add_visit(gen_stage *stage, uint32_t doctor, int32_t day)
{
    gen_claim *visit = gen_add_claim(stage, 0, GEN_OFFICE, day);

    gen_any_line(stage, visit, "V0103", 1);
    gen_set_doctor(stage, visit, doctor);
    return visit;
}

static void add_fills(gen_stage *stage, const int32_t *days, uint32_t doctor)
{
    for (uint32_t i = 0; i < SHOPPED; i++) {
        bool last = i + 1 == SHOPPED;
        int32_t day = stage->day + days[i] + (last && gen_edge(stage, "ninety_days") ? 1 : 0);
        uint32_t from = last && gen_edge(stage, "three_doctors") ? i - 1 : i;
        bool plain = last && gen_edge(stage, "plain_drug");
        gen_claim *claim = gen_add_claim(stage, 0, GEN_COUNTER, day);

        gen_stage_fill(stage, claim, plain ? 7 : GEN_CONTROLLED + 1 + i * 5, 30)->prescriber =
            (doctor + from) % stage->world->practitioners;
        if (last && gen_edge(stage, "three_pharmacies"))
            claim->biller = stage->claims[stage->claim_count - 2].biller;
        if (gen_edge(stage, "cancer"))
            claim->principal = "C9110";
    }
}

/* Each drug was prescribed at a visit the day before; 89 days from the first to the last. */
static bool play_shopping(gen_stage *stage)
{
    static const int32_t days[] = {0, 31, 60, 89};
    uint32_t doctor = gen_below(&stage->random, stage->world->practitioners);

    gen_add_person(stage);
    for (uint32_t i = 0; i < SHOPPED; i++)
        add_visit(stage, (doctor + i) % stage->world->practitioners, stage->day + days[i] - 1);
    if (gen_edge(stage, "three_doctors"))
        gen_set_doctor(stage, &stage->claims[3], (doctor + 2) % stage->world->practitioners);
    add_fills(stage, days, doctor);
    gen_label_window(stage, SHOPPED, 2 * SHOPPED - 1,
                     "four doctors and four pharmacies in 90 days");
    gen_undo_for_edge(stage, 2 * SHOPPED - 1);
    return true;
}

/* What there is in place of a visit that would count. */
static void add_what_does_not_count(gen_stage *stage, uint32_t doctor)
{
    switch (stage->variant % 6) {
    case 1:
        add_visit(stage, doctor, stage->day - 181);
        return;
    case 2:
        add_visit(stage, doctor, stage->day + 4);
        return;
    case 3:
        add_visit(stage, (doctor + 1) % stage->world->practitioners, stage->day);
        return;
    case 4:
        add_visit(stage, doctor, stage->day - 2);
        gen_reverse(stage, 1);
        return;
    case 5:
        gen_set_doctor(stage, gen_add_stay(stage, 0, 0, stage->day - 9, 3), doctor);
        return;
    default:
        return;
    }
}

static bool play_without_visit(gen_stage *stage)
{
    uint32_t doctor = gen_below(&stage->random, stage->world->practitioners);
    uint32_t drug = gen_edge(stage, "plain_drug")
                        ? 1 + gen_below(&stage->random, GEN_DRUGS)
                        : GEN_CONTROLLED + 1 + gen_below(&stage->random, GEN_CONTROLLED_MAX);
    gen_claim *claim;

    gen_add_person(stage);
    if (gen_edge(stage, "before_history"))
        stage->day = stage->world->first_day + 179;
    claim = gen_add_claim(stage, 0, GEN_COUNTER, stage->day);
    gen_stage_fill(stage, claim, drug, 30)->prescriber = doctor;
    if (gen_planted(stage)) {
        add_what_does_not_count(stage, doctor);
        gen_add_ref(gen_add_label(stage, 0, 0, "no visit to the prescriber"), "event", 0, 0);
    }
    if (gen_edge(stage, "first_day"))
        add_visit(stage, doctor, stage->day - 180);
    if (gen_edge(stage, "last_day"))
        add_visit(stage, doctor, stage->day + 3);
    if (gen_edge(stage, "outpatient")) {
        claim = gen_add_claim(stage, 0, GEN_CLINIC, stage->day - 30);
        gen_any_line(stage, claim, "V0103", 1);
        gen_set_doctor(stage, claim, doctor);
    }
    gen_undo_for_edge(stage, 0);
    return true;
}

static const gen_scheme schemes[] = {
    {"early_refill", "CORE-0501", NULL, play_refill},
    {"early_refill", "CORE-0501", "on_time", play_refill},
    {"early_refill", "CORE-0501", "short_supply", play_refill},
    {"early_refill", "CORE-0501", "other_drug", play_refill},
    {"early_refill", "CORE-0501", "other_patient", play_refill},
    {"early_refill", "CORE-0501", "reversed", play_refill},
    {"early_refill", "CORE-0501", "replaced", play_refill},
    {"doctor_shopping", "CORE-0502", NULL, play_shopping},
    {"doctor_shopping", "CORE-0502", "ninety_days", play_shopping},
    {"doctor_shopping", "CORE-0502", "three_doctors", play_shopping},
    {"doctor_shopping", "CORE-0502", "three_pharmacies", play_shopping},
    {"doctor_shopping", "CORE-0502", "plain_drug", play_shopping},
    {"doctor_shopping", "CORE-0502", "cancer", play_shopping},
    {"doctor_shopping", "CORE-0502", "reversed", play_shopping},
    {"doctor_shopping", "CORE-0502", "replaced", play_shopping},
    {"controlled_without_visit", "CORE-0503", NULL, play_without_visit},
    {"controlled_without_visit", "CORE-0503", "first_day", play_without_visit},
    {"controlled_without_visit", "CORE-0503", "last_day", play_without_visit},
    {"controlled_without_visit", "CORE-0503", "outpatient", play_without_visit},
    {"controlled_without_visit", "CORE-0503", "plain_drug", play_without_visit},
    {"controlled_without_visit", "CORE-0503", "before_history", play_without_visit},
    {"controlled_without_visit", "CORE-0503", "reversed", play_without_visit},
};

const gen_scheme *gen_drug_schemes(uint32_t *ret_count)
{
    *ret_count = sizeof schemes / sizeof schemes[0];
    return schemes;
}
