/* Too much of something: hours of a day (CORE-0401), units of a period (CORE-0402), an
 * organ (CORE-0406), two services of which one includes the other (CORE-0407, CORE-0408). */
#include "generator/stage.h"
#include "generator/text.h"

#define DAY_MINUTES 960
#define PART        3 /* patients among whom an impossible day is divided */

static bool play_day(gen_stage *stage)
{
    static const char *const codes[] = {"V6403", "V6402", "V6401"};
    static const int32_t minutes[] = {15, 30, 60};
    uint32_t kind = stage->variant % 3;
    int32_t units = DAY_MINUTES / minutes[kind] + (gen_edge(stage, "limit") ? 0 : 1);
    uint32_t doctor = gen_add_doctor(stage);

    for (int32_t i = 0; i < PART; i++) {
        gen_claim *claim = gen_add_claim(stage, gen_add_person(stage), GEN_OFFICE, stage->day);

        gen_set_doctor(stage, claim, doctor);
        gen_stage_line(claim, codes[kind], (units + i) / PART, 2000 + 100 * i);
    }
    if (gen_edge(stage, "two_days"))
        gen_move_claim(&stage->claims[2], 1);
    if (gen_edge(stage, "two_doctors"))
        gen_set_doctor(stage, &stage->claims[2], gen_add_doctor(stage));
    if (gen_edge(stage, "doctor_missing"))
        stage->claims[2].lines[0].missing = GEN_NO_PERFORMER;
    gen_label_window(stage, 0, PART - 1, "more than 16 hours in a day");
    gen_undo_for_edge(stage, 2);
    return true;
}

/* The limit on one day, and one unit more on another day of the period, or of the next one. */
static bool play_period(gen_stage *stage, const char *code, int32_t most, int32_t first,
                        int32_t last, int32_t after)
{
    uint32_t person = gen_add_person(stage);
    gen_claim *claim = gen_add_claim(stage, person, GEN_OFFICE, first);

    gen_stage_line(claim, code, gen_edge(stage, "limit") ? most - 1 : most, 10000);
    if (gen_edge(stage, "other_patient"))
        person = gen_add_person(stage);
    claim = gen_add_claim(stage, person, stage->variant % 2 == 0 ? GEN_OFFICE : GEN_CLINIC,
                          gen_edge(stage, "next_period") ? after : last);
    gen_stage_line(claim, gen_edge(stage, "other_item") ? "V6505" : code, 1, 13300);
    gen_label_window(stage, 0, 1, "one unit too many");
    gen_undo_for_edge(stage, 0);
    return true;
}

static bool play_units_of_day(gen_stage *stage)
{
    return play_period(stage, "V6501", 2, stage->day, stage->day, stage->day + 1);
}

static bool play_units_of_month(gen_stage *stage)
{
    return play_period(stage, "V6502", 4, gen_day(2023, 9, 1), gen_day(2023, 9, 30),
                       gen_day(2023, 10, 1));
}

static bool play_units_of_quarter(gen_stage *stage)
{
    return play_period(stage, "V6504", 3, gen_day(2023, 7, 1), gen_day(2023, 9, 30),
                       gen_day(2023, 10, 1));
}

static bool play_units_of_year(gen_stage *stage)
{
    return play_period(stage, "V6503", 6, gen_day(2023, 1, 1), gen_day(2023, 12, 31),
                       gen_day(2024, 1, 1));
}

static bool play_once(gen_stage *stage)
{
    static const char *const organs[] = {"V6601", "V6602", "V6603"};
    uint32_t kind = stage->variant % 3;
    uint32_t person = gen_add_person(stage);
    int32_t later = gen_edge(stage, "same_day") ? 0 : kind == 1 ? 1 : 130;
    gen_claim *claim = gen_add_claim(stage, person, GEN_CLINIC, stage->day);
    uint32_t hospital = claim->hospital;

    gen_stage_line(claim, organs[kind], 1, 210000);
    if (gen_edge(stage, "other_patient"))
        person = gen_add_person(stage);
    claim = gen_add_claim(stage, person, GEN_CLINIC, stage->day + later);
    gen_set_hospital(stage, claim, hospital + 1);
    gen_stage_line(claim, organs[gen_edge(stage, "other_organ") ? (kind + 1) % 3 : kind], 1,
                   240000);
    gen_label_pair(stage, 0, 0, 1, 0, "an organ removed twice");
    gen_undo_for_edge(stage, 0);
    return true;
}

/* Both in one claim, or in two of which the second code may come first. */
static bool play_pair_of_day(gen_stage *stage)
{
    bool third = stage->variant % 3 == 2;
    bool apart = !gen_planted(stage) || stage->variant % 3 == 1;
    const char *code_a = third ? "V6705" : "V6701";
    const char *code_b = gen_edge(stage, "no_pair") != third ? "V6706" : "V6702";
    uint32_t person = gen_add_person(stage);
    gen_claim *claim = gen_add_claim(stage, person, GEN_OFFICE, stage->day);

    if (!apart) {
        gen_any_line(stage, claim, code_a, 1);
        gen_any_line(stage, claim, code_b, 1);
        gen_label_pair(stage, 0, 0, 0, 1, "one service includes the other");
        return true;
    }
    gen_any_line(stage, claim, code_b, 1);
    if (gen_edge(stage, "other_patient"))
        person = gen_add_person(stage);
    claim = gen_add_claim(stage, person, GEN_CLINIC,
                          stage->day + (gen_edge(stage, "other_day") ? 1 : 0));
    gen_any_line(stage, claim, code_a, 1);
    gen_label_pair(stage, 1, 0, 0, 0, "one service includes the other");
    gen_undo_for_edge(stage, 0);
    return true;
}

static bool play_pair_of_stay(gen_stage *stage)
{
    uint32_t person = gen_add_person(stage);
    uint32_t hospital = gen_below(&stage->random, stage->world->hospitals);
    gen_claim *stay = gen_add_stay(stage, person, hospital, stage->day, 5);
    gen_claim *other = stay;

    gen_any_line(stage, stay, "V6703", 1)->service_date++;
    if (gen_edge(stage, "other_stay"))
        other = gen_add_stay(stage, person, hospital, stage->day + 60, 5);
    if (gen_edge(stage, "after_stay"))
        other = gen_add_claim(stage, person, GEN_CLINIC, stage->day + 6);
    if (gen_edge(stage, "other_patient"))
        other = gen_add_stay(stage, gen_add_person(stage), hospital, stage->day, 5);
    gen_any_line(stage, other, gen_edge(stage, "no_pair") ? "V6702" : "V6704", 1);
    if (other == stay)
        stay->lines[2].service_date += 3;
    gen_label_pair(stage, 0, 1, 0, 2, "one service of the stay includes the other");
    gen_undo_for_edge(stage, 0);
    return true;
}

static const gen_scheme schemes[] = {
    {"impossible_day", "CORE-0401", NULL, play_day},
    {"impossible_day", "CORE-0401", "limit", play_day},
    {"impossible_day", "CORE-0401", "two_days", play_day},
    {"impossible_day", "CORE-0401", "two_doctors", play_day},
    {"impossible_day", "CORE-0401", "doctor_missing", play_day},
    {"impossible_day", "CORE-0401", "reversed", play_day},
    {"impossible_day", "CORE-0401", "replaced", play_day},
    {"units_of_day", "CORE-0402", NULL, play_units_of_day},
    {"units_of_day", "CORE-0402", "limit", play_units_of_day},
    {"units_of_day", "CORE-0402", "next_period", play_units_of_day},
    {"units_of_day", "CORE-0402", "other_patient", play_units_of_day},
    {"units_of_day", "CORE-0402", "other_item", play_units_of_day},
    {"units_of_day", "CORE-0402", "reversed", play_units_of_day},
    {"units_of_day", "CORE-0402", "replaced", play_units_of_day},
    {"units_of_month", "CORE-0402", NULL, play_units_of_month},
    {"units_of_month", "CORE-0402", "limit", play_units_of_month},
    {"units_of_month", "CORE-0402", "next_period", play_units_of_month},
    {"units_of_month", "CORE-0402", "other_patient", play_units_of_month},
    {"units_of_month", "CORE-0402", "reversed", play_units_of_month},
    {"units_of_quarter", "CORE-0402", NULL, play_units_of_quarter},
    {"units_of_quarter", "CORE-0402", "limit", play_units_of_quarter},
    {"units_of_quarter", "CORE-0402", "next_period", play_units_of_quarter},
    {"units_of_quarter", "CORE-0402", "reversed", play_units_of_quarter},
    {"units_of_year", "CORE-0402", NULL, play_units_of_year},
    {"units_of_year", "CORE-0402", "limit", play_units_of_year},
    {"units_of_year", "CORE-0402", "next_period", play_units_of_year},
    {"units_of_year", "CORE-0402", "reversed", play_units_of_year},
    {"once_in_a_life", "CORE-0406", NULL, play_once},
    {"once_in_a_life", "CORE-0406", "same_day", play_once},
    {"once_in_a_life", "CORE-0406", "other_organ", play_once},
    {"once_in_a_life", "CORE-0406", "other_patient", play_once},
    {"once_in_a_life", "CORE-0406", "reversed", play_once},
    {"double_charge_of_day", "CORE-0407", NULL, play_pair_of_day},
    {"double_charge_of_day", "CORE-0407", "other_day", play_pair_of_day},
    {"double_charge_of_day", "CORE-0407", "other_patient", play_pair_of_day},
    {"double_charge_of_day", "CORE-0407", "no_pair", play_pair_of_day},
    {"double_charge_of_day", "CORE-0407", "reversed", play_pair_of_day},
    {"double_charge_of_day", "CORE-0407", "replaced", play_pair_of_day},
    {"double_charge_of_stay", "CORE-0408", NULL, play_pair_of_stay},
    {"double_charge_of_stay", "CORE-0408", "other_stay", play_pair_of_stay},
    {"double_charge_of_stay", "CORE-0408", "after_stay", play_pair_of_stay},
    {"double_charge_of_stay", "CORE-0408", "other_patient", play_pair_of_stay},
    {"double_charge_of_stay", "CORE-0408", "no_pair", play_pair_of_stay},
    {"double_charge_of_stay", "CORE-0408", "reversed", play_pair_of_stay},
};

const gen_scheme *gen_volume_schemes(uint32_t *ret_count)
{
    *ret_count = sizeof schemes / sizeof schemes[0];
    return schemes;
}
